"""Does a PDF and a log prove each other? Every statement apart, so that one failing hides no other.

1. The PDF states one head of a log, in its metadata and, the same, in the text of its last page.
2. A log of the package (or store) has that origin, and had that size with that root.
3. An entry of that log names this very file: as it was made, or as it was signed; a notice of
   rights as it was signed.
4. Every signature inside the PDF is good (``bottom_line`` of pyHanko, at the time of the entry),
   and leads to the signing authority that the entry names.
5. The package itself verifies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from command_centre.record.errors import RecordError
from command_centre.record.pades import SignatureState, signature_states
from command_centre.record.typeset import page_texts
from evidence_store.checkpoint import parse_checkpoint
from evidence_store.document_account import FILED, DocumentHead, statements_in
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import EvidenceError
from evidence_store.merkle import HASH_BYTES, CompactRange
from evidence_store.package_files import PackageFiles, open_package
from evidence_store.package_layout import recorder_logs
from evidence_store.reader import LogReader
from evidence_store.store_ladder import CENTRE, log_names
from evidence_store.verify import verify_path

_PAGE = 1000


@dataclass
class RecordCheck:
    """What was found; ``good`` when nothing failed."""

    sha256: str
    document: str = ""
    session: str = ""
    head: DocumentHead | None = None
    named_by: str = ""  # kind of the entry that names this file
    index: int | None = None  # and its index
    signatures: list[SignatureState] = field(default_factory=list)
    verdict: str = ""  # of the package
    failed: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether everything held."""
        return not self.failed


@dataclass
class _Log:
    """One log as far as it speaks of documents."""

    origin: str
    leaves: bytes
    entries: list[Entry]

    def root(self, size: int) -> str:
        """Hex of the root of the first ``size`` entries; empty when there are not so many."""
        if not 0 < size <= len(self.leaves) // HASH_BYTES:
            return ""
        tree = CompactRange()
        for begin in range(0, size * HASH_BYTES, HASH_BYTES):
            tree.append(self.leaves[begin : begin + HASH_BYTES])
        return tree.root().hex()


def check_record(pdf: bytes, evidence: Path, *, stamp_roots: bytes = b"") -> RecordCheck:
    """Check a file against a package or a store."""
    found = RecordCheck(hashlib.sha256(pdf).hexdigest())
    # 1. The statement.
    _check_statement(pdf, found)
    # 2. and 3. The log.
    try:
        logs = list(_logs(evidence))
    except (EvidenceError, OSError) as error:
        found.failed.append(f"the evidence cannot be read: {error}")
        return found
    entry = _check_log(logs, found)
    # 4. The signatures.
    _check_signatures(pdf, entry, found, stamp_roots)
    # 5. The package.
    report = verify_path(evidence)
    found.verdict = report.verdict
    if report.exit_code:
        found.failed.append(f"the evidence is {report.verdict}")
    return found


def _check_statement(pdf: bytes, found: RecordCheck) -> None:
    stated = statements_in(pdf)
    if len(stated) != 1:
        found.failed.append(f"the PDF states {len(stated)} heads of a log, one is expected")
        return
    [(found.document, found.session, found.head)] = stated
    try:
        last = "".join(page_texts(pdf)[-1:])
    except RecordError as error:
        found.failed.append(str(error))
        return
    printed = "".join(last.split())
    for word in (found.head.origin, found.head.root, found.document):
        if word not in printed:
            found.failed.append("its last page prints another head of the log than its metadata")
            return


def _check_log(logs: list[_Log], found: RecordCheck) -> Entry | None:
    if found.head is None:
        return None
    log = next((one for one in logs if one.origin == found.head.origin), None)
    if log is None:
        found.failed.append(f"there is no log {found.head.origin} here")
        return None
    if log.root(found.head.size) != found.head.root:
        found.failed.append("the log never had the size with the root that the PDF states")
    for entry in log.entries:
        if entry.kind in FILED and entry.body.get("sha256") == found.sha256:
            found.named_by, found.index = entry.kind, entry.seq
            return entry
    found.failed.append("no entry of the log names this very file")
    return None


def _check_signatures(
    pdf: bytes, entry: Entry | None, found: RecordCheck, stamp_roots: bytes
) -> None:
    moment = datetime.fromtimestamp(entry.t_us / 1_000_000, UTC) if entry else None
    try:
        found.signatures = signature_states(pdf, moment=moment, stamp_roots=stamp_roots)
    except RecordError as error:
        found.failed.append(str(error))
        return
    authority = entry.body.get("authority_sha256") if entry else None
    for one in found.signatures:
        if not one.good:
            found.failed.append(f"the signature {one.field} ({one.name}) is not good")
        elif authority and one.authority_sha256 != authority:
            found.failed.append(f"the signature {one.field} is of another authority")
    stated = entry.body.get("signatures") if entry else None
    if isinstance(stated, list) and len(stated) != len(found.signatures):
        found.failed.append(
            f"the log states {len(stated)} signatures, the file has {len(found.signatures)}"
        )
    if found.named_by in ("document.signed", "notice.signed") and not found.signatures:
        found.failed.append("there is no signature in it")


def _logs(evidence: Path) -> Iterator[_Log]:
    if evidence.is_dir() and (evidence / "FORMAT").is_file():
        for name in log_names(evidence):
            if name != CENTRE:
                yield _of_store(evidence / name / "log")
        return
    files = open_package(evidence)
    try:
        for folder in recorder_logs(files.sizes):
            yield _of_package(files, folder)
    finally:
        files.close()


def _of_package(files: PackageFiles, folder: str) -> _Log:
    head = parse_checkpoint(files.read(f"{folder}/checkpoint"))
    lines = files.read(f"{folder}/entries.jsonl").split(b"\n")
    leaves = files.read(f"{folder}/leaf-hashes")
    return _Log(head.origin, leaves, [parse_entry(line) for line in lines if _tells(line)])


def _of_store(directory: Path) -> _Log:
    reader = LogReader(directory)
    head = reader.checkpoint()
    entries: list[Entry] = []
    leaves: list[bytes] = []
    for first in range(0, head.size, _PAGE):
        lines = reader.entries(first, min(_PAGE, head.size - first))
        leaves += reader.leaf_hashes(first, min(_PAGE, head.size - first))
        entries += [parse_entry(line) for line in lines if _tells(line)]
    return _Log(head.origin, b"".join(leaves), entries)


def _tells(line: bytes) -> bool:
    return b'"kind":"document.' in line or b'"kind":"notice.signed"' in line
