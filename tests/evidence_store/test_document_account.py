"""What the verifier holds of documents: each rule, by breaking it."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evidence_store.document_account import DocumentHead, statement_text, statements_in
from evidence_store.reader import LogReader
from evidence_store.report import Report
from evidence_store.sealer import Sealer
from evidence_store.verify import verify_path
from evidence_store.writer import FileWrite
from tests.evidence_store.builder import ORIGIN, SESSION, SessionScript, export, open_writer

DOCUMENT = "a1b2c3d4e5f60718"
BY_HAND = [{"page": 1, "place": "foot"}, {"page": 1, "place": "o1"}]
PAGES = [{"bitmap": hashlib.sha256(b"%d" % n).hexdigest(), "text": "00"} for n in range(2)]


@dataclass
class Story:
    """A session with a document; every step can be bent before it is written."""

    store: Path
    bend: dict[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    statement: Callable[[str], str] = lambda text: text
    signed_from: Callable[[bytes], bytes] = lambda made: made + b"signatures"
    encryption: str = "off"

    def write(self, *, leave_out: str = "") -> Path:
        """Write it; returns the store."""
        sealer = Sealer.of_store(self.store / "recorder-1", ORIGIN, self.encryption)
        writer = open_writer(self.store, sealer=sealer)
        script = SessionScript(writer, SESSION)
        script.open()
        script.open_recording("room1-camera")
        script.segment("room1-camera")
        script.tick(0)
        head = LogReader(self.store / "recorder-1" / "log").checkpoint()
        stated = {"origin": head.origin, "size": head.size, "root": head.root.hex()}
        text = statement_text(
            DOCUMENT, SESSION, DocumentHead(head.origin, head.size, head.root.hex())
        )
        made = b"%PDF-1.7 " + self.statement(text).encode() + b" the record"
        folder = f"documents/{SESSION}"
        page = {"document": DOCUMENT, "page": 1, **PAGES[0]}
        steps: list[tuple[str, dict[str, Any], FileWrite | None]] = [
            (
                "document.made",
                {"document": DOCUMENT, "pages": 2, "page_digests": PAGES, "head": stated},
                FileWrite(f"{folder}/{DOCUMENT}.pdf", made),
            ),
            ("page.shown", {**page, "signer": "p"}, None),
            ("page.signed", {**page, "place": "foot", "signer": "p"}, None),
            ("sign.refused", {"document": DOCUMENT, "signer": "o2"}, None),
            ("page.signed_late", {**page, "place": "o1", "signer": "o1"}, None),
            ("signer.corrected", {"document": DOCUMENT, "signer": "a1"}, None),
            (
                "document.signed",
                {"document": DOCUMENT, "by_hand": BY_HAND},
                FileWrite(f"{folder}/{DOCUMENT}-signed.pdf", self.signed_from(made)),
            ),
        ]
        for kind, body, file in steps:
            if kind == leave_out:
                continue
            if kind in self.bend:
                self.bend[kind](body)
            script.append(kind, body, file)
        script.close_recording("room1-camera")
        script.close()
        writer.close()
        return self.store

    def verified(self, **options: str) -> Report:
        """The report on it."""
        return verify_path(self.write(**options))


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def test_a_document_and_its_log_prove_each_other(tmp_path: Path) -> None:
    store = Story(tmp_path / "store").write()
    assert verify_path(store).exit_code == 0
    package = export(store, tmp_path / "package", SESSION)
    report = verify_path(package)
    assert report.exit_code == 0, report.findings
    assert (package / "data/documents" / SESSION / f"{DOCUMENT}-signed.pdf").is_file()


def test_verify_txt_finds_a_document_with_stock_tools(tmp_path: Path) -> None:
    package = export(Story(tmp_path / "store").write(), tmp_path / "package", SESSION)
    ran = run_stock_commands(package, (package / "VERIFY.txt").read_text())
    assert ran.startswith("document is in the log\nduizhi-record/1 document=")


def run_stock_commands(package: Path, verify_txt: str) -> str:
    """What the commands of VERIFY.txt for documents print."""
    text = verify_txt.partition("Records of questioning")[2]
    lines = text.partition("verify.py")[0].split("\n")[1:]
    script = "\n".join(line[4:] for line in lines if line.startswith("    "))
    ran = subprocess.run(
        ["sh", "-ec", script], cwd=package, capture_output=True, text=True, timeout=60, check=True
    )
    return ran.stdout


def test_what_is_stated_is_read_back() -> None:
    head = DocumentHead("duizhi.local/recorder-1", 12, "ab" * 32)
    text = statement_text(DOCUMENT, SESSION, head)
    assert statements_in(b"x " + text.encode() + b") /Title") == {(DOCUMENT, SESSION, head)}
    assert statements_in(text.replace("root=ab", "root=").encode()) == set()


def _other_root(body: dict[str, Any]) -> None:
    body["head"] = {**body["head"], "root": "00" * 32}


def _other_size(body: dict[str, Any]) -> None:
    body["head"] = {**body["head"], "size": 10_000}


def _other_origin(body: dict[str, Any]) -> None:
    body["head"] = {**body["head"], "origin": "elsewhere"}


BENT: list[tuple[str, str, Callable[[dict[str, Any]], Any]]] = [
    ("a root the log never had", "document.made", _other_root),
    ("a size the log never had", "document.made", _other_size),
    ("another log", "document.made", _other_origin),
    ("no head", "document.made", lambda body: body.pop("head")),
    ("a head that is none", "document.made", lambda body: body.update(head=[1])),
    ("another page", "page.signed", lambda body: body.update(bitmap="00" * 32)),
    ("a page that is not there", "page.signed", lambda body: body.update(page=3)),
    ("another page was shown", "page.shown", lambda body: body.update(bitmap="00" * 32)),
    ("of no document", "page.signed", lambda body: body.update(document="other")),
    ("of no document", "document.signed", lambda body: body.update(document="other")),
    ("another page later", "page.signed_late", lambda body: body.update(bitmap="00" * 32)),
    ("later of no document", "page.signed_late", lambda body: body.update(document="other")),
    ("corrected of no document", "signer.corrected", lambda body: body.update(document="other")),
    ("refused of no document", "sign.refused", lambda body: body.update(document="other")),
    ("nobody wrote there", "document.signed", lambda body: body.update(by_hand=[{"page": 2}])),
    ("no list", "document.signed", lambda body: body.update(by_hand="all")),
    ("no numbers", "document.signed", lambda body: body.update(by_hand=[7])),
]


@pytest.mark.parametrize(("why", "kind", "bend"), BENT, ids=[f"{k}: {w}" for w, k, _ in BENT])
def test_what_does_not_fit_is_found(
    tmp_path: Path, why: str, kind: str, bend: Callable[[dict[str, Any]], Any]
) -> None:
    report = Story(tmp_path / "store", {kind: bend}).verified()
    assert codes(report) == {"document_binding"}, (why, report.findings)
    assert report.verdict == "altered"


def test_a_pdf_that_states_another_head_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path / "store", statement=lambda text: text.replace("size=", "size=1"))
    assert codes(story.verified()) == {"document_binding"}


def test_a_pdf_that_states_two_heads_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path / "store", statement=lambda t: t + t.replace("size=", "size=1"))
    assert codes(story.verified()) == {"document_binding"}


def test_a_signed_document_that_is_another_is_found(tmp_path: Path) -> None:
    story = Story(tmp_path / "store", signed_from=lambda made: b"X" + made)
    assert codes(story.verified()) == {"document_binding"}
    short = Story(tmp_path / "short", signed_from=lambda made: made[:10])
    assert codes(short.verified()) == {"document_binding"}


def test_a_signature_by_hand_that_was_left_out_is_found(tmp_path: Path) -> None:
    for kind in ("page.signed", "page.signed_late"):
        report = Story(tmp_path / kind).verified(leave_out=kind)
        assert codes(report) == {"document_binding"}, kind


@pytest.mark.parametrize("name", [f"{DOCUMENT}.pdf", f"{DOCUMENT}-signed.pdf"])
def test_a_document_that_was_changed_or_taken_is_named(tmp_path: Path, name: str) -> None:
    store = Story(tmp_path / "store").write()
    package = export(store, tmp_path / "package", SESSION)
    for folder in (store / "recorder-1", package / "data"):
        path = folder / "documents" / SESSION / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + b"!")
        target = store if folder.parent == store else package
        assert "altered" in codes(verify_path(target))
        path.unlink()
        assert "missing" in codes(verify_path(target))


def test_a_document_that_no_entry_names_is_found(tmp_path: Path) -> None:
    package = export(Story(tmp_path / "store").write(), tmp_path / "package", SESSION)
    (package / "data/documents" / SESSION / "other.pdf").write_bytes(b"%PDF")
    report = verify_path(package)
    assert [finding.path for finding in report.findings if finding.code == "unlisted"] == [
        f"data/documents/{SESSION}/other.pdf"
    ]


def test_documents_of_an_encrypted_session_outlive_its_key(tmp_path: Path) -> None:
    store = Story(tmp_path / "store", encryption="machine").write()
    report = verify_path(store)
    assert report.exit_code == 0, report.findings
    lying = (store / "recorder-1/documents" / SESSION / f"{DOCUMENT}.pdf").read_bytes()
    assert b"the record" in lying
    for number, sealed in enumerate((False, True)):
        package = export(store, tmp_path / f"package-{number}", SESSION, sealed=sealed)
        report = verify_path(package)
        assert report.exit_code == 0, report.findings


def test_a_document_is_written_once(tmp_path: Path) -> None:
    store = Story(tmp_path / "store").write()
    writer = open_writer(store)
    script = SessionScript(writer, SESSION)
    file = FileWrite(f"documents/{SESSION}/{DOCUMENT}.pdf", b"other bytes")
    with pytest.raises(Exception, match="exists with other bytes"):
        script.append("document.made", {"document": "x"}, file)
    writer.close()
