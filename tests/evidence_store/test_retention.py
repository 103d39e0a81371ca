"""The end of retention: gone by decision is told apart from gone, and the tree stays provable."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evidence_store.durable import Disk
from evidence_store.end_of_retention import destroy_key, remove_media
from evidence_store.errors import SealedKeyMissing
from evidence_store.fsck import fsck_store
from evidence_store.report import Report
from evidence_store.sealed_media import SealedMedia
from evidence_store.sealer import Sealer
from evidence_store.session_key import key_file
from evidence_store.verify import verify_path
from evidence_store.writer import Draft
from tests.evidence_store.builder import (
    CASE,
    ORIGIN,
    SECOND,
    SESSION,
    START_US,
    export,
    open_writer,
    write_session,
)
from tests.evidence_store.test_package import run_verify_py

LATER_US = START_US + 1000 * SECOND
PEOPLE = [
    {"by": "ac-1", "by_name": "林某某", "t_us": LATER_US},
    {"by": "ac-2", "by_name": "沈某某", "t_us": LATER_US + SECOND},
]


@dataclass
class End:
    """An end of retention, right in everything unless a test changes it."""

    people: list[dict[str, Any]] = field(default_factory=lambda: [dict(one) for one in PEOPLE])
    confirmed: list[str] = field(default_factory=lambda: ["ac-1", "ac-2"])
    until_us: int = LATER_US
    at_us: int = LATER_US + 10 * SECOND
    holds: list[tuple[str, str, int]] = field(default_factory=list)  # kind, target, when
    say_ended: bool = True
    say_key: bool = True
    encryption: str = "machine"
    close: bool = True

    def carry_out(self, top: Path) -> Path:
        """The store afterwards."""
        store = top / "store"
        root = store / "recorder-1"
        writer = open_writer(store, sealer=Sealer.of_store(root, ORIGIN, self.encryption))
        write_session(writer, "s0", segments=2)
        write_session(writer, SESSION, close=self.close)
        if self.say_ended:
            body = {
                "proposal": "re-1",
                "case": CASE["id"],
                "category": "ordinary",
                "until_us": self.until_us,
                "confirmed": self.people,
            }
            self._say(writer, "retention.ended", body)
        keys = destroy_key(Disk(), [root], SESSION)
        assert len(keys) == (self.encryption == "machine")
        if self.say_key:
            self._say(writer, "key.destroyed", {"keys": keys})
        files, size = remove_media([root], SESSION)
        assert files == 5
        assert size > 0
        assert destroy_key(Disk(), [root], SESSION) == []
        assert remove_media([root], SESSION) == (0, 0)
        writer.close()
        self._centre(store)
        return store

    def _say(self, writer: Any, kind: str, body: dict[str, Any]) -> None:
        writer.submit([Draft(kind, SESSION, "room1", body, self.at_us)]).result(timeout=30)

    def _centre(self, store: Path) -> None:
        about = {"session": SESSION, "case": CASE["id"], "proposal": "re-1"}
        drafts = [Draft("retention.proposed", "", "", {**about, "by": "system"}, LATER_US)]
        for by in self.confirmed:
            drafts.append(Draft("retention.confirmed", "", "", {**about, "by": by}, LATER_US))
        for kind, target, t_us in self.holds:
            body = {"hold": "ho-1", "case": CASE["id"], "reason": "x", "by": "ac-3"}
            if target == "session":
                body["session"] = SESSION
            drafts.append(Draft(kind, "", "", body, t_us))
        writer = open_writer(store, "centre")
        writer.submit(drafts).result(timeout=30)
        writer.close()


def _both(store: Path) -> tuple[Report, Report]:
    """The store itself and a package of it."""
    package = export(store, store.parent / "package", SESSION)
    return verify_path(store), verify_path(package)


def _codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


@pytest.mark.parametrize("encryption", ["machine", "off"])
def test_an_end_in_order_is_a_declared_state(quick_path: Path, encryption: str) -> None:
    store = End(encryption=encryption).carry_out(quick_path)
    for report in _both(store):
        assert (report.verdict, report.findings) == ("complete", [])
        (told,) = [one for one in report.notices if one.code == "destroyed"]
        assert told.session == SESSION
        assert "林某某 and 沈某某" in told.detail
        gone = next(one for one in report.per_source if one.session == SESSION)
        assert {span.state for span in gone.spans} == {"destroyed"}
    assert fsck_store(store).verdict == "complete"
    package = store.parent / "package"
    assert run_verify_py(package).returncode == 0
    assert "destroyed" in run_verify_py(package).stdout
    assert not (package / "data/media").exists()
    other = export(store, store.parent / "other", "s0")
    assert verify_path(other).verdict == "complete"


def test_what_was_copied_before_opens_no_more(quick_path: Path) -> None:
    store, kept = quick_path / "store", quick_path / "kept"
    root = store / "recorder-1"
    writer = open_writer(store, sealer=Sealer.of_store(root, ORIGIN, "machine"))
    write_session(writer, SESSION)
    media = SealedMedia(store)
    path = f"media/{SESSION}/room1-camera/e001-000001.m4s"
    assert media.read("recorder-1", path)
    shutil.copytree(root / "media", kept)
    assert destroy_key(Disk(), [root], SESSION)
    with pytest.raises(SealedKeyMissing):
        media.read("recorder-1", path)  # the key is gone from memory as well
    assert media._keys == {}
    assert not key_file(root, SESSION).exists()
    writer.close()


PLACED = ("hold.placed", "case", LATER_US)
TWICE = [PEOPLE[0], {**PEOPLE[1], "by": "ac-1"}]
BOTH = {"missing", "retention"}
WRONG: dict[str, tuple[End, set[str]]] = {
    "nothing says so": (End(say_ended=False, say_key=False), {"missing"}),
    "only the key was said to be destroyed": (End(say_ended=False), BOTH),
    "one person": (End(people=PEOPLE[:1]), BOTH),
    "one person twice": (End(people=TWICE), BOTH),
    "too early": (End(until_us=LATER_US + 3600 * SECOND), BOTH),
    "not closed": (End(close=False), BOTH),
    "the centre knows one confirmation": (End(confirmed=["ac-1"]), {"retention"}),
    "the centre knows of nothing": (End(confirmed=[]), {"retention"}),
    "others confirmed": (End(confirmed=["ac-1", "ac-9"]), {"retention"}),
    "a hold on the session": (End(holds=[("hold.placed", "session", LATER_US)]), {"retention"}),
    "a hold on the case": (End(holds=[PLACED]), {"retention"}),
    "a hold lifted too late": (
        End(holds=[PLACED, ("hold.lifted", "case", LATER_US + 20 * SECOND)]),
        {"retention"},
    ),
}


@pytest.mark.parametrize(("end", "codes"), WRONG.values(), ids=list(WRONG))
def test_a_destruction_against_the_rules_is_found(
    quick_path: Path, end: End, codes: set[str]
) -> None:
    for report in _both(end.carry_out(quick_path)):
        assert _codes(report) == codes
        assert report.exit_code == 1


def test_a_hold_that_was_lifted_before_is_no_hindrance(quick_path: Path) -> None:
    holds = [("hold.placed", "case", START_US), ("hold.lifted", "case", LATER_US - SECOND)]
    for report in _both(End(holds=holds).carry_out(quick_path)):
        assert report.verdict == "complete"


def test_an_end_covers_its_own_session_only(quick_path: Path) -> None:
    store = End().carry_out(quick_path)
    shutil.rmtree(store / "recorder-1/media/s0")
    report = verify_path(store)
    assert report.verdict == "missing"
    assert {finding.session for finding in report.findings} == {"s0"}


def test_what_is_left_over_must_still_be_right(quick_path: Path) -> None:
    store = End().carry_out(quick_path)
    left = store / f"recorder-1/media/{SESSION}/room1-camera/e001-000001.m4s"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"something else")
    assert _codes(verify_path(store)) == {"altered"}


def test_a_package_without_the_centres_word_does_not_pass(quick_path: Path) -> None:
    package = export(End().carry_out(quick_path), quick_path / "package", SESSION)
    shutil.rmtree(package / "data/centre-log")
    assert "retention" in _codes(verify_path(package))


def test_an_end_written_into_a_package_ends_nothing(quick_path: Path) -> None:
    """An entry that is not in the signed tree says nothing."""
    store = End(say_ended=False, say_key=False).carry_out(quick_path)
    package = export(store, quick_path / "package", SESSION)
    entries = package / "data/log/entries.jsonl"
    ended = End().carry_out(quick_path / "other")
    other = export(ended, quick_path / "other-package", SESSION) / "data/log/entries.jsonl"
    (line,) = [one for one in other.read_bytes().splitlines() if b"retention.ended" in one]
    entries.write_bytes(entries.read_bytes() + line + b"\n")
    assert {"altered", "missing"} <= _codes(verify_path(package))
