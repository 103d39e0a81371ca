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

import hashlib
import os
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evidence_store.accounting import settle, source_reports
from evidence_store.books import Books
from evidence_store.coverage import UNCOVERED_SINCE, admits, check_places
from evidence_store.derived_account import DerivedWork, check_derived_works, derived_works
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
from evidence_store.errors import PackageError, ProofError
from evidence_store.late_account import late_reports, settle_late
from evidence_store.media_check import check_media, lies_sealed, media_files
from evidence_store.media_sm3 import check_media_sm3
from evidence_store.merkle import HASH_BYTES
from evidence_store.package_files import Digest, PackageFiles, open_package
from evidence_store.package_layout import (
    BAGIT_TEXT,
    CASE_FILE,
    CENTRE_LOG,
    MAIN_LOG,
    MANIFEST,
    MEDIA,
    PACKAGE_FORMAT_VERSION,
    TAG_MANIFEST,
    TRANSCRIPTS,
    package_version,
    parse_case,
    parse_manifest,
    play_parts,
    play_path,
    played,
    recorder_logs,
    sessions_summary,
)
from evidence_store.payload_check import open_payloads, tell_ended
from evidence_store.player_data import check_player
from evidence_store.proof import parse_proof, verify_proof
from evidence_store.receipt import Receipt, check_receipts
from evidence_store.report import Finding, Report, unreadable_report
from evidence_store.session_marks import SessionMarks
from evidence_store.stamp_account import check_stamps, package_stamps
from evidence_store.time_account import settle_time
from evidence_store.transcript import transcript_files
from evidence_store.witness_account import (
    HEAD_BYTES_MAX,
    WitnessedLog,
    account_witnesses,
    check_policy_entry,
    check_witnesses,
    package_heads,
    read_policy,
)

Progress = Callable[[float], None]


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
        return _climb(files, str(path), progress, keys, policy, anchors, receipts)
    except PackageError as error:
        return unreadable_report(str(path), str(error))
    finally:
        files.close()


def _climb(
    files: PackageFiles,
    target: str,
    progress: Progress | None,
    keys: Collection[bytes],
    policy: bytes | None,
    anchors: bytes | None,
    receipts: Collection[Receipt],
) -> Report:
    """Steps 2 to 13."""
    report = Report(target=target)
    # 2. Digests of all files, against both manifests. Files that differ are reported at the
    #    step that knows most about them, and here in the end if none did.
    digests = _digest_all(files, progress)
    suspects = _check_manifests(files, digests, report)
    # 3. to 5. The logs: signature, tree, entries.
    logs = [
        read_disclosed_log(files, folder, report, keys) for folder in recorder_logs(files.sizes)
    ]
    # 5a. Private payloads, put back into their entries.
    for log in logs:
        log.entries = open_payloads(files, log.prefix, log.entries, report)
    # 6. Nothing left out within a session.
    for log in logs:
        check_chain(log, report)
    # 7. Media files.
    books = Books()
    proved: dict[str, bool] = {}  # by session
    for log in logs:
        for entry, trusted in log.entries:
            _check_home(proved, log, entry, report)
            books.add(entry, trusted=trusted)
    centre = None
    if f"{CENTRE_LOG}/checkpoint" in files.sizes:
        centre = read_disclosed_log(files, CENTRE_LOG, report, ())
        centre.entries = open_payloads(files, CENTRE_LOG, centre.entries, report)
    disclosure = parse_case(files.read(CASE_FILE)).get("disclosure")
    rule = apply_disclosure(files, disclosure, logs, centre, books, report)
    states = check_media(books, "data/", digests.get, report)
    check_media_sm3(books, "data/", states, files.blocks, report)
    _check_unlisted(books, sorted(digests), report)
    check_places(digests, report)
    _check_documents(files, logs, books, digests, report)
    # 8. Time.
    _check_time(books, report)
    # 9. What was derived from the above.
    works = derived_works([] if centre is None else [e for e, _ in centre.entries], books.sessions)
    works = [work for work in works if rule is None or not rule.withholds_work(work)]
    check_derived_works(works, books, _origins(logs), digests.get, sorted(digests), report)
    _check_derived(files, books, digests, logs, works, report)
    # 10. The centre's log was read before step 7, for what it decided.
    all_logs = logs if centre is None else [*logs, centre]
    _check_origins(all_logs, report)
    _check_decisions(centre, books, report)
    # 11. and 12. Witnesses and time stamps.
    for log in all_logs:
        if log.checkpoint is not None:
            _check_vouchers(files, log, policy, anchors, report)
    # 13. Receipts.
    sealed = {name: one for log in logs if log.proved for name, one in log.sealed.items()}
    heads_of = {log.checkpoint.origin: log.roots_at for log in logs if log.checkpoint}
    check_receipts(receipts, sealed, heads_of, report)
    _report_suspects(suspects, report)
    for file, recording in media_files(books):
        if not proved.get(recording.session):
            states[file.path] = "altered"
    _conclude(books, states, logs, report)
    return report


def _check_time(books: Books, report: Report) -> None:
    """Step 8."""
    for findings, notices in (
        settle(books),
        settle_time(books),
        settle_late(books),
        books.retention.settle(books.sessions),
    ):
        report.findings += findings
        report.notices += notices
    tell_ended(report, books.retention.ended)


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


def _digest_all(files: PackageFiles, progress: Progress | None) -> dict[str, Digest]:
    total = sum(files.sizes.values()) or 1
    done = 0
    lock = threading.Lock()

    def step(count: int) -> None:
        nonlocal done
        with lock:
            done += count
            if progress:
                progress(min(1.0, done / total))

    names = sorted(files.sizes)
    if files.jobs == 1:
        return {name: files.digest(name, step) for name in names}
    # Reading and hashing let other threads run; each file is one thread's.
    with ThreadPoolExecutor(files.jobs) as pool:
        found = pool.map(lambda name: files.digest(name, step), names)
        return dict(zip(names, found, strict=True))


def _check_manifests(
    files: PackageFiles, digests: dict[str, Digest], report: Report
) -> dict[str, str]:
    """Files that differ from their manifest, with the finding's code."""
    suspects: dict[str, str] = {}
    listed: set[str] = {TAG_MANIFEST}
    for manifest in (MANIFEST, TAG_MANIFEST):
        try:
            lines = parse_manifest(files.read(manifest))
        except PackageError as error:
            report.findings.append(Finding("altered", str(error), path=manifest))
            continue
        for name, sha256 in lines.items():
            listed.add(name)
            if name not in digests:
                suspects[name] = "missing"
            elif digests[name].sha256 != sha256:
                suspects[name] = "altered"
    for name in sorted(set(digests) - listed):
        suspects[name] = "unlisted"
    return suspects


def _report_suspects(suspects: dict[str, str], report: Report) -> None:
    texts = {
        "missing": "listed in the manifest, but not there",
        "altered": "not the bytes its manifest lists",
        "unlisted": "no manifest lists this file",
    }
    for name, code in suspects.items():
        if not report.mentions(name):
            report.findings.append(Finding(code, texts[code], path=name))


def _check_unlisted(books: Books, names: list[str], report: Report) -> None:
    """No media file is there that no entry names."""
    known = {play_path(recording, epoch) for recording, epoch in played(books)}
    known |= {"data/" + file.path for file, _ in media_files(books)}
    for name in names:
        if name.startswith(MEDIA) and name not in known:
            report.findings.append(Finding("unlisted", "no entry names this file", path=name))


def _check_derived(
    files: PackageFiles,
    books: Books,
    digests: dict[str, Digest],
    logs: list[DisclosedLog],
    works: list[DerivedWork],
    report: Report,
) -> None:
    """Step 9."""
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
