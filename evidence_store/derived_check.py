"""Step 9 of the ladder: what a package derives from its entries and media says what they say.

Redacted copies are held to the centre's log by derived_account.py. Standard library only.
"""

from __future__ import annotations

import hashlib

from evidence_store.books import Books
from evidence_store.coverage import UNCOVERED_SINCE, admits
from evidence_store.derived_account import DerivedWork
from evidence_store.disclosed_log import DisclosedLog
from evidence_store.errors import PackageError, ProofError
from evidence_store.media_check import lies_sealed, media_files
from evidence_store.merkle import HASH_BYTES
from evidence_store.package_files import Digest, PackageFiles
from evidence_store.package_layout import (
    CASE_FILE,
    MAIN_LOG,
    TRANSCRIPTS,
    package_version,
    parse_case,
    play_parts,
    play_path,
    played,
    sessions_summary,
)
from evidence_store.player_data import check_player
from evidence_store.proof import parse_proof, verify_proof
from evidence_store.report import Finding, Report
from evidence_store.transcript import transcript_files


def check_derived(
    files: PackageFiles,
    books: Books,
    digests: dict[str, Digest],
    logs: list[DisclosedLog],
    works: list[DerivedWork],
    report: Report,
) -> None:
    """Step 9: transcripts, playable copies, the player page, proof files and the summary."""
    expected: set[str] = set()
    for session in books.sessions.values():
        for name, data in transcript_files(session).items():
            path = TRANSCRIPTS + name
            expected.add(path)
            found = digests.get(path)
            if found is None or found.sha256 != hashlib.sha256(data).hexdigest():
                code = "missing" if found is None else "altered"
                detail = "the transcript does not say what the entries say"
                report.findings.append(Finding(code, detail, session.id, path=path))
    sealed = _without_copies(books, digests)
    for recording, epoch in played(books):
        path, parts = play_path(recording, epoch), play_parts(recording, epoch)
        if sealed.isdisjoint(parts):
            _check_copy(files, path, parts, digests, report)
        elif path in digests:
            detail = "a playable copy of files that are encrypted or gone cannot be checked"
            report.findings.append(Finding("unlisted", detail, path=path))
    for name in sorted(digests):
        if name.startswith(TRANSCRIPTS) and name not in expected:
            report.findings.append(Finding("unlisted", "no entry stands behind it", path=name))
    entries = [entry for log in logs for entry, _ in log.entries]
    check_player(files, books, entries, works, report)
    for log in logs:
        _check_proofs(files, log, report)
    _check_summary(files, books, logs, report)


def _without_copies(books: Books, digests: dict[str, Digest]) -> set[str]:
    """Media files of which nothing can be made: encrypted here, or gone under retention."""
    ended = books.retention.ended
    names = [(file, "data/" + file.path, one.session) for file, one in media_files(books)]
    return {
        name
        for file, name, session in names
        if lies_sealed(file, digests.get(name)) or (session in ended and name not in digests)
    }


def _check_copy(
    files: PackageFiles,
    path: str,
    parts: list[str],
    digests: dict[str, Digest],
    report: Report,
) -> None:
    """A playable copy is its parts joined; when a part is broken, that part is the finding."""
    if any(report.mentions(part) for part in parts):
        return
    found = digests.get(path)
    if found is None:
        report.findings.append(Finding("missing", "the playable copy is not there", path=path))
    elif not files.joined(path, parts):
        detail = "the playable copy is not its segments joined; the segments themselves are judged"
        report.findings.append(Finding("altered", detail, path=path))


def _check_proofs(files: PackageFiles, log: DisclosedLog, report: Report) -> None:
    """Each entry but ticks has its proof file, and each proof file proves the entry it is named
    after, under this package's checkpoint."""
    folder = f"{log.prefix}/proofs/"
    for entry, trusted in log.entries:
        name = f"{folder}{entry.seq}.tlog-proof"
        if trusted and entry.kind != "tick" and name not in files.sizes:
            report.findings.append(Finding("missing", "no proof of this entry", path=name))
    for name in sorted(files.sizes):
        if not name.startswith(folder):
            continue
        try:
            proof = parse_proof(files.read(name))
            if name != f"{folder}{proof.index}.tlog-proof" or proof.checkpoint != log.checkpoint:
                raise ProofError("the proof is of another entry or another checkpoint")
            begin = proof.index * HASH_BYTES
            verify_proof(proof, log.leaves[begin : begin + HASH_BYTES])
        except (PackageError, ProofError) as error:
            report.findings.append(Finding("altered", str(error), path=name))


def _check_summary(
    files: PackageFiles, books: Books, logs: list[DisclosedLog], report: Report
) -> None:
    value = parse_case(files.read(CASE_FILE))
    heads = {log.prefix: head.head() for log in logs if (head := log.report())}
    listed = value.get("uncovered")
    since = package_version(files.read(CASE_FILE)) >= UNCOVERED_SINCE
    if (since or listed is not None) and not admits(listed, files.sizes):
        detail = "the list of what is not covered leaves something out"
        report.findings.append(Finding("altered", detail, path=CASE_FILE))
    stated = {
        "sessions": value.get("sessions"),
        "log": value.get("log"),
        "further_logs": value.get("further_logs", {}),
    }
    true = {
        "sessions": sessions_summary(books),
        "log": heads.pop(MAIN_LOG, None),
        "further_logs": heads,
    }
    for part, said in stated.items():
        if said != true[part]:
            detail = f"the summary's {part} are not what the log says"
            report.findings.append(Finding("altered", detail, path=CASE_FILE))
            return
