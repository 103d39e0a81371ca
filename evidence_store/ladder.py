"""The verification of a package, as a ladder: each step stands on those before it.

1.  The package is a BagIt bag of a format this program knows.
2.  Every file has the digest its manifest lists; none is missing, none is unlisted.
3.  The checkpoint of each recorder's log is signed with the key in the package (and with an
    expected key, when some are given).
4.  The leaf hashes are as many as the checkpoint says and lead to its root.
5.  Every disclosed entry is canonical, and its hash stands at its index among them; the first
    entry of the log names the key.
5a. Private payloads fit the commitments in their entries; what is withheld is listed (at the end
    of step 8: or was destroyed at the end of its retention).
5b. The twin tree with SM3 (twin_check.py), when the log states one: signed with SM2, covering the
    log, and every disclosed entry stands in it.
6.  Within each session no entry was left out: every entry names the one before it.
7.  Every media file that an entry names is there with the size and SHA-256 the entry states
    (those of its clear or of its encrypted form), and there is no other media file. The same for
    documents, which state the head of the log that they were made under (document_account.py). A
    disclosure copy withholds exactly what an entry of the centre's log decided (disclosure.py).
8.  Every second is accounted for: elapsed = recorded + gaps + pauses, each gap declared. What was
    handed over afterwards is listed apart, claims no time received live, and none is left out.
9.  Transcripts, playable copies, the player page, proof files and the summary say what the
    entries say; redacted copies are those the centre's log names (derived_account.py).
10. The centre's own log, when the package has one, passes steps 3 to 5a as well.
11. Cosigned heads of each log are heads of this log, signed by witnesses of the policy; for every
    second of every session it is said who vouches for it and since when.
12. Time stamps are over heads of these logs, and signed by their authorities where that can be
    checked.
13. A receipt that somebody brings (receipt.py) is of a session in here, sealed as it says.

What fails a step is named as exactly as it can be (session, source, file, seconds), and the
ladder goes on, so that one broken file does not hide another. Only step 1 ends it.

Standard library only; this module is part of the verifier inside a package.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from evidence_store.accounting import source_reports
from evidence_store.books import Books
from evidence_store.coverage import check_places
from evidence_store.derived_account import check_derived_works, derived_works
from evidence_store.derived_check import check_derived
from evidence_store.disclosed_log import (
    DisclosedLog,
    check_chain,
    read_disclosed_log,
)
from evidence_store.disclosure import apply_disclosure
from evidence_store.document_account import (
    check_documents,
    check_unlisted_documents,
    settle_documents,
)
from evidence_store.entry import Entry
from evidence_store.errors import PackageError
from evidence_store.late_account import late_reports
from evidence_store.manifest_check import Progress, check_manifests, digest_all, report_suspects
from evidence_store.media_check import check_media, media_files
from evidence_store.media_sm3 import check_media_sm3
from evidence_store.package_files import Digest, PackageFiles, open_package
from evidence_store.package_layout import (
    BAGIT_TEXT,
    CASE_FILE,
    CENTRE_LOG,
    MEDIA,
    PACKAGE_FORMAT_VERSION,
    package_version,
    parse_case,
    play_path,
    played,
    recorder_logs,
)
from evidence_store.payload_check import open_payloads
from evidence_store.receipt import Receipt, check_receipts
from evidence_store.report import Finding, Report, unreadable_report
from evidence_store.session_marks import SessionMarks
from evidence_store.settlement import settle_books
from evidence_store.stamp_account import check_stamps, package_stamps
from evidence_store.witness_account import (
    HEAD_BYTES_MAX,
    WitnessedLog,
    account_witnesses,
    check_policy_entry,
    check_witnesses,
    package_heads,
    read_policy,
)


def verify_package(
    path: Path,
    *,
    progress: Progress | None = None,
    keys: Collection[bytes] = (),
    policy: bytes | None = None,
    anchors: bytes | None = None,
    jobs: int = 0,
    receipts: Collection[Receipt] = (),
) -> Report:
    """Climb the ladder for the package at ``path`` (a directory or a zip archive).

    ``jobs`` files are hashed at the same time; 0: as many as there are processors.

    ``keys`` are the expected public keys (32 bytes each), known from elsewhere: every recorder's
    log must be signed with one of them. Without any the report only says that all is consistent
    with the keys in the package, whose fingerprints it gives. ``policy`` is a policy file known
    from elsewhere; without one that of the package says whose cosignatures count. ``anchors``
    are roots of time stamping authorities in PEM, instead of those beside the stamps.
    ``receipts`` are those that people brought.
    """
    # 1. A bag of a known format.
    try:
        files = open_package(path)
    except PackageError as error:
        return unreadable_report(str(path), str(error))
    try:
        _check_format(files)
        files.jobs = jobs or os.cpu_count() or 1
        return _climb(files, str(path), progress, _Given(keys, policy, anchors, receipts))
    except PackageError as error:
        return unreadable_report(str(path), str(error))
    finally:
        files.close()


@dataclass(frozen=True)
class _Given:
    """What the caller knows from elsewhere; see ``verify_package``."""

    keys: Collection[bytes]
    policy: bytes | None
    anchors: bytes | None
    receipts: Collection[Receipt]


def _climb(files: PackageFiles, target: str, progress: Progress | None, given: _Given) -> Report:
    """Steps 2 to 13."""
    report = Report(target=target)
    # 2. Digests of all files, against both manifests. Files that differ are reported at the
    #    step that knows most about them, and here in the end if none did.
    digests = digest_all(files, progress)
    suspects = check_manifests(files, digests, report)
    # 3. to 6. The logs.
    logs = _read_logs(files, given.keys, report)
    # 7. Media files.
    books, proved = _open_books(logs, report)
    centre = _read_centre(files, report)
    disclosure = parse_case(files.read(CASE_FILE)).get("disclosure")
    rule = apply_disclosure(files, disclosure, logs, centre, books, report)
    states = _check_media(files, books, digests, report)
    _check_documents(files, logs, books, digests, report)
    # 8. Time.
    settle_books(books, report)
    # 9. What was derived from the above.
    works = derived_works([] if centre is None else [e for e, _ in centre.entries], books.sessions)
    works = [work for work in works if rule is None or not rule.withholds_work(work)]
    check_derived_works(works, books, _origins(logs), digests.get, sorted(digests), report)
    check_derived(files, books, digests, logs, works, report)
    # 10. The centre's log was read before step 7, for what it decided.
    all_logs = logs if centre is None else [*logs, centre]
    _check_origins(all_logs, report)
    _check_decisions(centre, books, report)
    # 11. and 12. Witnesses and time stamps.
    for log in all_logs:
        if log.checkpoint is not None:
            _check_vouchers(files, log, given.policy, given.anchors, report)
    # 13. Receipts.
    _check_receipts(given.receipts, logs, report)
    report_suspects(suspects, report)
    _conclude(books, _proved_states(states, books, proved), logs, report)
    return report


def _read_logs(files: PackageFiles, keys: Collection[bytes], report: Report) -> list[DisclosedLog]:
    """The recorders' logs, with their payloads opened."""
    # 3. to 5. Signature, tree, entries.
    logs = [
        read_disclosed_log(files, folder, report, keys) for folder in recorder_logs(files.sizes)
    ]
    # 5a. Private payloads, put back into their entries.
    for log in logs:
        log.entries = open_payloads(files, log.prefix, log.entries, report)
    # 6. Nothing left out within a session.
    for log in logs:
        check_chain(log, report)
    return logs


def _open_books(logs: list[DisclosedLog], report: Report) -> tuple[Books, dict[str, bool]]:
    """What the entries say, and of each session whether the log it lies in is proved."""
    books = Books()
    proved: dict[str, bool] = {}
    for log in logs:
        for entry, trusted in log.entries:
            _check_home(proved, log, entry, report)
            books.add(entry, trusted=trusted)
    return books, proved


def _read_centre(files: PackageFiles, report: Report) -> DisclosedLog | None:
    """The centre's own log, when the package has one."""
    if f"{CENTRE_LOG}/checkpoint" not in files.sizes:
        return None
    centre = read_disclosed_log(files, CENTRE_LOG, report, ())
    centre.entries = open_payloads(files, CENTRE_LOG, centre.entries, report)
    return centre


def _check_media(
    files: PackageFiles, books: Books, digests: dict[str, Digest], report: Report
) -> dict[str, str]:
    """Step 7: the state of each media file; and no file is there that does not belong."""
    states = check_media(books, "data/", digests.get, report)
    check_media_sm3(books, "data/", states, files.blocks, report)
    _check_unlisted(books, sorted(digests), report)
    check_places(digests, report)
    return states


def _check_receipts(
    receipts: Collection[Receipt], logs: list[DisclosedLog], report: Report
) -> None:
    """Step 13."""
    sealed = {name: one for log in logs if log.proved for name, one in log.sealed.items()}
    heads_of = {log.checkpoint.origin: log.roots_at for log in logs if log.checkpoint}
    check_receipts(receipts, sealed, heads_of, report)


def _proved_states(states: dict[str, str], books: Books, proved: dict[str, bool]) -> dict[str, str]:
    """The states of media files; without a proved log a file is held to nothing."""
    unproved = {
        file.path: "altered" for file, one in media_files(books) if not proved.get(one.session)
    }
    return states | unproved


def _origins(logs: list[DisclosedLog]) -> dict[str, str]:
    """The origin of the log that each session is in."""
    return {
        entry.session: log.checkpoint.origin
        for log in logs
        for entry, _ in log.entries
        if log.checkpoint
    }


def _check_decisions(centre: DisclosedLog | None, books: Books, report: Report) -> None:
    """Step 10: what was destroyed at the end of its retention was decided in the centre's log."""
    for entry, trusted in centre.entries if centre is not None and centre.proved else []:
        if trusted:
            books.decisions.add(entry)
    for ended in books.retention.ended.values():
        report.findings += books.decisions.check(ended)


def _conclude(
    books: Books, states: dict[str, str], logs: list[DisclosedLog], report: Report
) -> None:
    """What the steps found of each source, and the heads they found it under."""

    def state_of(path: str) -> str:
        return states.get(path, "missing")

    report.per_source, report.totals = source_reports(books, state_of)
    report.add_late(late_reports(books, state_of))
    heads = [head for log in logs if (head := log.report())]
    report.log, report.further_logs = (heads[0], heads[1:]) if heads else (None, [])


def _check_documents(
    files: PackageFiles,
    logs: list[DisclosedLog],
    books: Books,
    digests: dict[str, Digest],
    report: Report,
) -> None:
    """Step 7 for documents."""
    states = check_documents(books, "data/", digests.get, report)
    check_unlisted_documents(books, "data/", sorted(digests), report)
    for log in logs:
        sessions = {entry.session for entry, _ in log.entries if entry.session}
        origin = log.checkpoint.origin if log.checkpoint else ""
        head = (origin, log.roots_at)
        settle_documents(books, "data/", sessions, head, states, files.blocks, report)


def _check_origins(logs: list[DisclosedLog], report: Report) -> None:
    """No log stands in for another: each has an origin of its own."""
    seen: set[str] = set()
    for log in logs:
        if log.checkpoint is not None and log.checkpoint.origin in seen:
            detail = "another log of this package has the same origin"
            report.findings.append(Finding("altered", detail, path=f"{log.prefix}/checkpoint"))
        elif log.checkpoint is not None:
            seen.add(log.checkpoint.origin)


def _check_home(proved: dict[str, bool], log: DisclosedLog, entry: Entry, report: Report) -> None:
    """A session lies in one log: entries of it in a second one would double its time."""
    if not entry.session:
        return
    if entry.kind == "session.open" and entry.session in proved:
        detail = f"the session is opened twice, again in {log.prefix}"
        report.findings.append(Finding("altered", detail, entry.session, path=log.prefix))
    proved[entry.session] = proved.get(entry.session, True) and log.proved


def _check_vouchers(
    files: PackageFiles,
    log: DisclosedLog,
    given: bytes | None,
    anchors: bytes | None,
    report: Report,
) -> None:
    """Steps 11 and 12 for one log."""
    if log.checkpoint is None:
        return
    place = f"{log.prefix}/policy"
    own = files.read(place) if 0 <= files.sizes.get(place, -1) <= HEAD_BYTES_MAX else None
    marks = SessionMarks()
    for entry, _ in log.entries:
        marks.add(entry)
    check_policy_entry(marks.policy_sha256, own, place, report)
    data = own if given is None else given
    policy = read_policy(data, place, report) if data is not None else None
    heads = package_heads(files, log.prefix, report)
    known = WitnessedLog(
        *(log.prefix, log.checkpoint.origin, log.checkpoint.size, log.roots, log.key, heads),
        ended=log.ended,
    )
    check_witnesses(known, policy, report)
    # 12. Time stamps, before the account that tells of both.
    stamps = package_stamps(files, log.prefix, report)
    check_stamps(known, stamps, marks.authorities, anchors, report)
    account_witnesses(known, marks, None if log.prefix != CENTRE_LOG else (), policy, report)


def _check_format(files: PackageFiles) -> None:
    if "bagit.txt" not in files.sizes:
        raise PackageError("there is no bagit.txt: this is no package")
    if files.read("bagit.txt") != BAGIT_TEXT:
        raise PackageError("bagit.txt is not that of a package")
    version = package_version(files.read(CASE_FILE))
    if version > PACKAGE_FORMAT_VERSION:
        raise PackageError(
            f"the package has format version {version}, this program knows up to "
            f"{PACKAGE_FORMAT_VERSION}: verify it with the verify.py it carries, or a newer Duizhi"
        )


def _check_unlisted(books: Books, names: list[str], report: Report) -> None:
    """No media file is there that no entry names."""
    known = {play_path(recording, epoch) for recording, epoch in played(books)}
    known |= {"data/" + file.path for file, _ in media_files(books)}
    for name in names:
        if name.startswith(MEDIA) and name not in known:
            report.findings.append(Finding("unlisted", "no entry names this file", path=name))
