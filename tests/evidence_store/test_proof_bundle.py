"""Proofs to take along: what is made verifies, and whatever is changed in it is named."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence_store import proof_bundle
from evidence_store.entry import parse_entry
from evidence_store.errors import PackageError
from evidence_store.key_pem import public_pem
from evidence_store.proof_bundle import write_proofs
from evidence_store.reader import LogReader
from evidence_store.report import Report
from evidence_store.verify import verify_path
from tests.evidence_store.builder import SESSION, make_store

TOP = "proof-recorder-1"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made, _ = make_store(tmp_path_factory.mktemp("proofs") / "store", gap=True)
    return made


def key_of(store: Path) -> bytes:
    return (store / "keys" / "recorder-1.pub.pem").read_bytes()


def session_of(reader: LogReader) -> list[int]:
    entries = [parse_entry(data) for data in reader.entries(0, 10_000)]
    return [entry.seq for entry in entries if entry.session]


def bundle(store: Path, seqs: list[int], session: str = "") -> bytes:
    target = io.BytesIO()
    reader = LogReader(store / "recorder-1" / "log")
    write_proofs(reader, "recorder-1", key_of(store), seqs, target, top=TOP, session=session)
    return target.getvalue()


def unpacked(data: bytes, tmp_path: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    return tmp_path / TOP


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


@pytest.mark.parametrize("shared_leaves", [False, True])
def test_a_session_verifies_as_archive_and_unpacked(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_leaves: bool
) -> None:
    if shared_leaves:
        monkeypatch.setattr(proof_bundle, "OWN_PROOFS_MAX", 0)
    seqs = session_of(LogReader(store / "recorder-1" / "log"))
    data = bundle(store, seqs, session="s1")
    (tmp_path / "p.zip").write_bytes(data)
    folder = unpacked(data, tmp_path)
    name = json.loads((folder / "proofs.json").read_text())
    (folder / "proofs.json").write_text(json.dumps({**name, "session": _session(folder)}))
    assert (folder / "leaf-hashes").exists() is shared_leaves
    assert (folder / "proofs").exists() is not shared_leaves
    report = verify_path(folder, keys=[key_of(store)])
    assert report.findings == [], report.findings
    assert report.verdict == "complete"
    assert report.totals.entries == len(seqs)
    assert report.log is not None
    assert report.log.origin == "duizhi.local/recorder-1"


def _session(folder: Path) -> str:
    first = (folder / "entries.jsonl").read_bytes().split(b"\n")[0]
    return parse_entry(first).session


def _flip(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = next(folder.glob(name))
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

    return change


def _drop_line(name: str, number: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        lines = (folder / name).read_bytes().split(b"\n")
        del lines[number]
        (folder / name).write_bytes(b"\n".join(lines))

    return change


def _drop_line_unlisted(folder: Path) -> None:
    """A line goes, and the list is made to fit."""
    lines = (folder / "entries.jsonl").read_bytes().split(b"\n")
    gone = parse_entry(lines.pop(2)).seq
    (folder / "entries.jsonl").write_bytes(b"\n".join(lines))
    said = json.loads((folder / "proofs.json").read_text())
    said["entries"].remove(gone)
    (folder / "proofs.json").write_text(json.dumps(said))


def _other_payload(folder: Path) -> None:
    text = (folder / "payloads.jsonl").read_text()
    (folder / "payloads.jsonl").write_text(text.replace("张某", "李某", 1))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_flip("entries.jsonl"), "altered"),
        (_flip("proofs/*.tlog-proof"), "altered"),
        (_flip("checkpoint"), "signature_wrong"),
        (_drop_line("entries.jsonl", 3), "missing"),
        (_drop_line_unlisted, "missing"),
        (_other_payload, "altered"),
        (lambda folder: next(folder.glob("proofs/*")).unlink(), "missing"),
        (lambda folder: (folder / "checkpoint").unlink(), "missing"),
        (lambda folder: (folder / "proofs.json").write_text("[]"), "unreadable"),
        (lambda folder: (folder / "proofs.json").write_text("{"), "unreadable"),
        (lambda folder: (folder / "entries.jsonl").write_bytes(b"x"), "altered"),
    ],
)
def test_what_was_changed_is_named(
    store: Path, tmp_path: Path, change: Callable[[Path], None], code: str
) -> None:
    seqs = session_of(LogReader(store / "recorder-1" / "log"))
    folder = unpacked(bundle(store, seqs, session=SESSION), tmp_path)
    said = json.loads((folder / "proofs.json").read_text())
    (folder / "proofs.json").write_text(json.dumps({**said, "session": _session(folder)}))
    change(folder)
    assert code in codes(verify_path(folder))


def test_another_key_is_named(store: Path, tmp_path: Path) -> None:
    folder = unpacked(bundle(store, [1]), tmp_path)
    assert codes(verify_path(folder)) == set()
    assert codes(verify_path(folder, keys=[public_pem(bytes(32))])) == {"key_mismatch"}


def test_nothing_signed_is_an_error(store: Path) -> None:
    with pytest.raises(PackageError, match="covered by a checkpoint"):
        bundle(store, [10**6])


def test_an_archive_verifies_without_unpacking(store: Path, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(bundle(store, [1, 4]))
    report = verify_path(tmp_path / "p.zip")
    assert (report.verdict, report.totals.entries) == ("complete", 2)
    (tmp_path / "p.zip").write_bytes(b"PK\x03\x04 no archive")
    assert verify_path(tmp_path / "p.zip").verdict == "unreadable"


def test_the_commands_of_verify_txt_hold(store: Path, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.fail("openssl is part of the set-up of the tests")
    folder = unpacked(bundle(store, [3]), tmp_path)
    text = (folder / "VERIFY.txt").read_text()
    steps = re.findall(r"(?m)(?:^    (?!duizhi).*\n)+", text)
    said = [
        subprocess.run(["sh", "-c", step], cwd=folder, capture_output=True, text=True, timeout=30)
        for step in steps
    ]
    assert [one.returncode for one in said] == [0, 0], said
    assert "Verified Successfully" in said[0].stdout
    reader = LogReader(store / "recorder-1" / "log")
    assert said[1].stdout.startswith(reader.leaf_hashes(3, 1)[0].hex())
