"""What the verifier holds of a signed notice of rights: each rule, by breaking it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence_store.document_account import DocumentHead, statement_text
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path
from evidence_store.writer import FileWrite
from tests.evidence_store.builder import SESSION, SessionScript, export, open_writer
from tests.evidence_store.test_document_account import codes, run_stock_commands

DOCUMENT = "0f1e2d3c4b5a6978"
WORDS = {"notice": "interview/2", "text_sha256": "ab" * 32}
Step = tuple[str, dict[str, Any], FileWrite | None]
Bend = Callable[[list[Step]], Any]


def story(store: Path, bend: Bend = lambda _: None) -> Path:
    """A session in which a notice was read, refused at first and signed; returns the store."""
    writer = open_writer(store)
    script = SessionScript(writer, SESSION)
    script.open()
    script.open_recording("room1-camera")
    script.segment("room1-camera")
    script.tick(0)
    head = LogReader(store / "recorder-1" / "log").checkpoint()
    stated = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
    text = statement_text(DOCUMENT, SESSION, DocumentHead(head.origin, head.size, head.root.hex()))
    signed = {**WORDS, "document": DOCUMENT, "head": stated, "ink_sha256": "ef" * 32}
    steps: list[Step] = [
        ("notice.read", {**WORDS, "language": "zh"}, None),
        ("notice.unsigned", {**WORDS, "why": "refused"}, None),
        ("notice.signed", signed, _file(b"%PDF-1.7 " + text.encode())),
    ]
    bend(steps)
    for kind, body, file in steps:
        script.append(kind, body, file)
    script.close_recording("room1-camera")
    script.close()
    writer.close()
    return store


def _file(data: bytes, name: str = DOCUMENT) -> FileWrite:
    return FileWrite(f"documents/{SESSION}/{name}-notice.pdf", data)


def test_a_signed_notice_and_its_log_prove_each_other(tmp_path: Path) -> None:
    store = story(tmp_path / "store")
    report = verify_path(store)
    assert report.exit_code == 0, report.findings
    package = export(store, tmp_path / "package", SESSION)
    report = verify_path(package)
    assert report.exit_code == 0, report.findings
    assert (package / "data/documents" / SESSION / f"{DOCUMENT}-notice.pdf").is_file()


def test_verify_txt_finds_a_signed_notice_with_stock_tools(tmp_path: Path) -> None:
    package = export(story(tmp_path / "store"), tmp_path / "package", SESSION)
    text = (package / "VERIFY.txt").read_text()
    assert "笔录、告知书" in text
    ran = run_stock_commands(package, text)
    assert ran.startswith(f"document is in the log\nduizhi-record/1 document={DOCUMENT} ")


def _twice(steps: list[Step], **other: str) -> None:
    kind, body, file = steps[-1]
    assert file is not None
    steps.append((kind, {**body, **other}, _file(file.data, "other")))


def _twice_unsaid(steps: list[Step]) -> None:
    steps[-1][1].pop("ink_sha256")
    _twice(steps)


def _refused_afterwards(steps: list[Step]) -> None:
    steps.append(("notice.unsigned", {**steps[1][1], "ink_sha256": "ef" * 32}, None))


def test_the_same_handwriting_told_again_is_one_signature(tmp_path: Path) -> None:
    report = verify_path(story(tmp_path / "store", _twice))
    assert report.exit_code == 0, report.findings


BENT: list[tuple[str, Bend]] = [
    ("never read", lambda steps: steps.pop(0)),
    ("read in other words", lambda steps: steps[0][1].update(text_sha256="cd" * 32)),
    ("another notice read", lambda steps: steps[0][1].update(notice="interview/1")),
    ("refused in other words", lambda steps: steps[1][1].update(text_sha256="cd" * 32)),
    ("signed twice", lambda steps: _twice(steps, ink_sha256="01" * 32)),
    ("signed twice, by no handwriting", _twice_unsaid),
    ("refused after it was signed", _refused_afterwards),
    ("no head", lambda steps: steps[2][1].pop("head")),
    ("a head that is none", lambda steps: steps[2][1].update(head=[1])),
    ("a PDF that states nothing", lambda steps: steps.__setitem__(2, _other_pdf(steps[2]))),
]


def _other_pdf(step: Step) -> Step:
    return step[0], step[1], _file(b"%PDF-1.7 another")


@pytest.mark.parametrize("bend", [bend for _, bend in BENT], ids=[name for name, _ in BENT])
def test_what_does_not_fit_is_found(tmp_path: Path, bend: Bend) -> None:
    assert codes(verify_path(story(tmp_path / "store", bend))) == {"document_binding"}


def test_a_changed_and_a_missing_copy_are_found(tmp_path: Path) -> None:
    store = story(tmp_path / "store")
    [path] = (store / "recorder-1" / "documents" / SESSION).glob("*.pdf")
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    assert "altered" in codes(verify_path(store))
    path.unlink()
    assert "missing" in codes(verify_path(store))
