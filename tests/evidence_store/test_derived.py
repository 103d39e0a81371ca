"""Derived works in packages: named by the centre's log, tied to their segments, never counted."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evidence_store.entry import parse_entry
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from evidence_store.writer import Draft
from tests.evidence_store.builder import SESSION, START_US, export, make_store, open_writer
from tests.evidence_store.test_player import page_value, write_manifests_again

DATA = b"a derived picture"
SOURCE = "room1-camera"


def segments(store: Path) -> list[Any]:
    reader = LogReader(store / "recorder-1/log")
    entries = [parse_entry(line) for line in reader.entries(0, reader.checkpoint().size)]
    return [entry for entry in entries if entry.kind == "media.segment"]


def derive(store: Path, name: str = "dv-1", **changes: Any) -> None:
    """What the centre writes when a redacted copy was made of segments 2 and 3."""
    (store / "derived").mkdir(exist_ok=True)
    (store / f"derived/{name}.mp4").write_bytes(DATA)
    parts = [entry for entry in segments(store) if entry.session == SESSION][1:3]
    lines = "".join(f"{entry.body['sha256']}\n" for entry in parts)
    of = {
        "origin": "duizhi.local/recorder-1",
        "first": parts[0].seq,
        "last": parts[-1].seq,
        "segments": 2,
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
    }
    body = {
        "derived": name,
        "case": "case-2026-014",
        "session": SESSION,
        "source": SOURCE,
        "start_us": START_US,
        "end_us": START_US + 4_000_000,
        "path": f"derived/{name}.mp4",
        "sha256": hashlib.sha256(DATA).hexdigest(),
        "size": len(DATA),
        "of": {**of, **changes.pop("of", {})},
    }
    writer = open_writer(store, "centre")
    private = {"reason": "遮挡未成年人", "plan": {}}
    draft = Draft("derived.made", "", "", {**body, **changes}, START_US, private=private)
    writer.submit([draft]).result(timeout=30)
    writer.close()


@pytest.fixture
def store(quick_path: Path) -> Path:
    return make_store(quick_path / "store", gap=True, centre=True)[0]


def test_a_derived_work_is_listed_apart_and_tied_to_its_segments(store: Path) -> None:
    plain = verify_path(export(store, store.parent / "plain", SESSION))
    derive(store)
    package = export(store, store.parent / "package", SESSION)
    report = verify_path(package)
    assert (report.verdict, report.findings) == ("complete_with_gaps", [])
    assert report.totals == plain.totals
    assert [(one.derived, one.source, one.state) for one in report.derived] == [
        ("dv-1", SOURCE, "proved")
    ]
    assert (package / "data/derived/dv-1.mp4").read_bytes() == DATA
    sources = page_value(package)["sessions"][0]["sources"]
    assert [one["kind"] for one in sources] == ["room_camera", "derived"]
    assert sources[1]["files"][0]["path"] == "derived/dv-1.mp4"
    graph = json.loads((package / "data/case.jsonld").read_text())["@graph"]
    assert "data/derived/dv-1.mp4" in {one.get("uco-observable:filePath") for one in graph}


@pytest.mark.parametrize(
    "changes",
    [
        {"of": {"sha256": "0" * 64}},
        {"of": {"segments": 3}},
        {"of": {"first": 0}},
        {"of": {"origin": "other"}},
        {"of": {"last": "x"}},
        {"source": "another"},
    ],
)
def test_sources_that_are_not_in_the_log_are_found(store: Path, changes: dict[str, Any]) -> None:
    derive(store, **changes)
    report = verify_path(export(store, store.parent / "package", SESSION))
    assert [(one.code, one.path) for one in report.findings] == [
        ("altered", "data/derived/dv-1.mp4")
    ]
    assert report.derived[0].state == "altered"


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (lambda package: (package / "data/derived/dv-1.mp4").write_bytes(b"other"), "altered"),
        (lambda package: (package / "data/derived/dv-1.mp4").unlink(), "missing"),
        (lambda package: (package / "data/derived/dv-2.mp4").write_bytes(b"x"), "unlisted"),
    ],
)
def test_a_derived_work_that_is_changed_gone_or_added(store: Path, attack: Any, code: str) -> None:
    derive(store)
    package = export(store, store.parent / "package", SESSION)
    attack(package)
    write_manifests_again(package)
    assert [one.code for one in verify_path(package).findings] == [code]


def test_a_derived_work_cannot_lead_an_export_outside(store: Path) -> None:
    derive(store, path="derived/../keys/centre.pem")
    package = export(store, store.parent / "package", SESSION)
    assert not list(package.rglob("*.pem.*"))
    assert not list((package / "data").rglob("centre.pem"))
    assert [one.code for one in verify_path(package).findings] == ["missing"]
    shutil.rmtree(package)
