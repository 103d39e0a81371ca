"""Export: one or more sessions as a package that a stranger can verify without our code.

The package is a BagIt bag (RFC 8493)::

    bagit.txt  manifest-sha256.txt  tagmanifest-sha256.txt  VERIFY.txt  verify.py
    data/case.json                           what it is, for people and machines
    data/log/checkpoint                      the signed head of the recorder's log
    data/log/public-key.pem
    data/log/leaf-hashes                     all leaf hashes up to the checkpoint, 32 bytes each
    data/log/checkpoint.sm3, leaf-hashes.sm3  the same of the twin tree, when the log has one
    data/log/entries.jsonl                   the disclosed entries, one a line, as stored
    data/log/payloads.jsonl                  private payloads of the entries, with their salts
    data/log/proofs/<seq>.tlog-proof
    data/log/policy                          who must have cosigned (C2SP tlog-policy)
    data/log/witnessed/<size>.checkpoint     heads of the log that witnesses cosigned
    data/log-<recorder>/...                  the same of every further recorder's log, when
                                             the sessions lie in several
    data/centre-log/...                      the same of the centre's log, without proofs, when it
                                             speaks of this case
    data/media/<session>/<source>/           init and segments; e001-play.mp4 is them joined
    data/media/<session>/<source>/late-<file>/   the same of a file handed over afterwards, and
                                             original.*, that file as it was handed over
    data/transcript/<session>-<source>.vtt, .txt
    data/documents/<session>/                records of questioning as PDF, as made and as signed
    data/case.jsonld                         the package as a CASE/UCO graph
    data/player.html                         all sources side by side, in any browser, no server
    data/derived/<id>.mp4                    redacted copies, marked as derived works
    data/log*/withheld.json                  of a disclosure copy: what is not in it
    data/log*/wrapped-keys.json              of a sealed package: the sessions' data keys, wrapped

Disclosed are all entries of the sessions and those that belong to the log itself. Everything
is copied as it is found: damage is not hidden, verifying the package names it. Media are opened
on the way (sealed_media.py); a sealed package holds them as they lie in the store, encrypted,
without playable copies.

The package is built beside its place, in a directory whose name ends in ``.partial``, and
renamed there when it is whole. It is not flushed: verify it where it is to stay.
"""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_store.books import Books
from evidence_store.bundle import verifier_source
from evidence_store.case_graph import CASE_GRAPH, Making, case_graph
from evidence_store.coverage import uncovered
from evidence_store.derived_account import derived_works
from evidence_store.disclosure import (
    DISCLOSURE_KIND,
    WITHHELD_FILE,
    Rule,
    mark_withheld,
    parse_rule,
    stated_disclosure,
    withheld_bytes,
)
from evidence_store.entry import Entry
from evidence_store.errors import (
    FormatError,
    OpenWords,
    PackageError,
)
from evidence_store.export_bag import Bag, Progress
from evidence_store.export_logs import (
    LogCopy,
    centre_log,
    head_of,
    read_log,
    recorder_logs,
    wrapped_keys,
    write_log,
)
from evidence_store.export_media import write_derived, write_documents, write_media
from evidence_store.export_wish import Wish, Withhold, as_they_lie, opened
from evidence_store.media_check import media_files
from evidence_store.package_layout import (
    BAGIT_TEXT,
    CASE_FILE,
    CENTRE_LOG,
    FURTHER_LOG,
    MAIN_LOG,
    MANIFEST,
    PACKAGE_FORMAT_PREFIX,
    PACKAGE_FORMAT_VERSION,
    TAG_MANIFEST,
    TRANSCRIPTS,
    manifest_bytes,
    sessions_summary,
)
from evidence_store.player_data import PLAYER_PAGE, player_data
from evidence_store.player_page import player_page
from evidence_store.report import LogReport
from evidence_store.store_format import check_store
from evidence_store.store_ladder import CENTRE
from evidence_store.transcript import transcript_files
from evidence_store.verify_text import verify_text

#: Files beside ``data/``, written last.
_TAG_FILES = ("bagit.txt", "VERIFY.txt", "verify.py", MANIFEST, TAG_MANIFEST)


@dataclass(frozen=True)
class PackageSummary:
    """What was exported. ``sha256`` is that of the tag manifest, which covers every file."""

    path: Path
    sessions: tuple[str, ...]
    files: int
    size_bytes: int
    log_size: int
    root: str
    sha256: str


def export_package(
    store: Path,
    out: Path,
    *,
    sessions: Sequence[str],
    case: Mapping[str, Any],
    reason: str,
    by: str,
    progress: Progress | None = None,
    exported_us: int | None = None,
    sealed: bool = False,
    withhold: Withhold | None = None,
    disclosure: str = "",
) -> PackageSummary:
    """Make a package of these sessions at ``out``, which must not exist or be empty.

    Media that are encrypted at rest are opened on the way; with ``sealed`` they stay as they are,
    for a check without any key, and all private payloads are withheld.

    ``withhold`` names entries whose private payload is kept back: they stay in the package as
    what they are, with their commitment. Whoever gets its line later can check it.
    ``disclosure`` names an entry ``disclose.made`` of the centre's log: the package becomes that
    disclosure copy, and withholds what the entry decided (disclosure.py).

    Raises:
        PackageError: a session is unknown, ``out`` is taken, or something cannot be read.
        SealedError: encrypted media cannot be opened on this machine.
        StoreFormatError: ``store`` is no store of this version.
    """
    check_store(store)
    if not sessions:
        raise PackageError("name at least one session to export")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise PackageError(f"{out} exists already; choose another place")
    partial = out.with_name(out.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        wish = Wish(
            frozenset(sessions),
            Making(case, reason, by, exported_us or time.time_ns() // 1000),
            as_they_lie(store) if sealed else opened(store),
            sealed,
            _decided_rule(store, disclosure, sealed),
            disclosure,
            (lambda _: True) if sealed else withhold,
        )
        summary = _build(store, partial, out, wish, progress)
        if out.exists():
            out.rmdir()
        partial.rename(out)
    except OSError as error:
        raise PackageError(f"cannot export to {out}: {error.strerror or error}") from error
    except FormatError as error:
        raise PackageError(f"the log cannot be read: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return summary


def zip_package(package: Path, archive: Path) -> None:
    """Put a package into a zip archive, under one top directory; media are not compressed.

    Raises:
        PackageError: it cannot be written.
    """
    try:
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
            for path in sorted(item for item in package.rglob("*") if item.is_file()):
                name = f"{package.name}/{path.relative_to(package).as_posix()}"
                target.write(path, name)
    except (OSError, ValueError) as error:
        raise PackageError(f"cannot write {archive}: {error}") from error


def _decided_rule(store: Path, disclosure: str, sealed: bool) -> Rule | None:
    """The rule that the centre's log states for this disclosure."""
    if not disclosure:
        return None
    if sealed:
        raise PackageError("a sealed package withholds everything; it is no disclosure copy")
    log = read_log(store, CENTRE, lambda entry: entry.kind == DISCLOSURE_KIND, lambda *_: False)
    entry = stated_disclosure(log.entries if log else (), disclosure)
    if entry is None:
        raise PackageError(f"no entry of the centre's log decided the disclosure {disclosure}")
    return parse_rule(entry.body.get("withhold"))


def _build(
    store: Path, directory: Path, out: Path, wish: Wish, progress: Progress | None
) -> PackageSummary:
    logs = recorder_logs(store, wish)
    entries = [entry for log in logs for entry in log.entries]
    books = Books()
    for entry in entries:
        books.add(entry)
    if wish.rule is not None:
        _refuse_open_words(wish.rule, logs)
        mark_withheld(books, wish.rule)
    media = sum(file.size for file, _ in media_files(books))
    bag = Bag(directory, 2 * media + 64 * sum(len(log.leaves) for log in logs), progress)
    folders = dict(zip([MAIN_LOG, *(FURTHER_LOG + x.name for x in logs[1:])], logs, strict=True))
    centre = centre_log(store, wish)
    _write_logs(bag, store, folders, centre, wish)
    if wish.rule is not None:
        for folder, log in [*folders.items(), *([(CENTRE_LOG, centre)] if centre else [])]:
            origin = log.checkpoint.origin
            listed = withheld_bytes(wish.disclosure, wish.rule, origin, log.entries, books)
            bag.write(f"{folder}/{WITHHELD_FILE}", listed)
    for log in logs:
        write_media(bag, store, log, books, wish)
        write_documents(bag, store, log, books, wish)
    _write_for_reading(bag, store, books, entries, centre.entries if centre else [], wish)
    heads = {folder: head_of(log) for folder, log in folders.items()}
    names = {*bag.digests, CASE_FILE, *_TAG_FILES}
    bag.write(CASE_FILE, _case_bytes(books, heads, wish.making, names, wish.disclosure))
    shown = [entry for entry in logs[0].entries if _example_is_here(bag, entry)]
    stamped = any(name.endswith(".tsr") for name in bag.digests)
    sha256 = _write_tags(bag, verify_text(shown, heads, names, wish.disclosure, stamped=stamped))
    head, sessions = heads[MAIN_LOG], tuple(sorted(wish.sessions))
    files, size = len(bag.digests), bag.size_bytes
    return PackageSummary(out, sessions, files, size, head.size, head.root, sha256)


def _write_logs(
    bag: Bag, store: Path, folders: Mapping[str, LogCopy], centre: LogCopy | None, wish: Wish
) -> None:
    """The logs of the recorders, with the proofs of their entries, and the centre's."""
    for folder, log in folders.items():
        write_log(bag, store, folder, log, proofs=True)
        if wish.sealed:
            own = {entry.session for entry in log.entries if entry.session}
            bag.write(f"{folder}/wrapped-keys.json", wrapped_keys(store / log.name, own))
    if centre:
        write_log(bag, store, CENTRE_LOG, centre, proofs=False)


def _write_for_reading(
    bag: Bag, store: Path, books: Books, entries: list[Entry], acts: list[Entry], wish: Wish
) -> None:
    """What is made for people and other programs: transcripts, copies, player, graph."""
    for session in books.sessions.values():
        for name, data in transcript_files(session).items():
            bag.write(TRANSCRIPTS + name, data)
    works = [
        work
        for work in derived_works(acts, books.sessions)
        if wish.rule is None or not wish.rule.withholds_work(work)
    ]
    write_derived(bag, store, works)
    page = player_page(player_data(books, entries, works), wish.making.case)
    bag.write(PLAYER_PAGE, page.encode())
    files = {name: (sha256, bag.sizes[name]) for name, sha256 in bag.digests.items()}
    bag.write(CASE_GRAPH, case_graph(books, files, acts, wish.making))


def _example_is_here(bag: Bag, entry: Entry) -> bool:
    return entry.kind != "media.segment" or f"data/{entry.body.get('path')}" in bag.digests


def _refuse_open_words(rule: Rule, logs: Sequence[LogCopy]) -> None:
    """Words in the public part of an entry cannot be withheld; that must not go unnoticed."""
    for log in logs:
        for entry in log.entries:
            origin, said = log.checkpoint.origin, entry.kind == "utterance" and "text" in entry.body
            if said and rule.withholds_payload(origin, entry):
                raise OpenWords(
                    f"entry {entry.seq} of {origin} holds its words in its public part, they"
                    " cannot be withheld; withhold media only"
                )


def _case_bytes(
    books: Books,
    heads: Mapping[str, LogReport],
    making: Making,
    names: Collection[str],
    disclosure: str,
) -> bytes:
    value = {
        "format": f"{PACKAGE_FORMAT_PREFIX}{PACKAGE_FORMAT_VERSION}",
        "case": dict(making.case),
        "reason": making.reason,
        "by": making.by,
        "exported_us": making.exported_us,
        "log": heads[MAIN_LOG].head(),
        "further_logs": {
            folder: head.head() for folder, head in heads.items() if folder != MAIN_LOG
        },
        "sessions": sessions_summary(books),
        "uncovered": uncovered(names),
    }
    if disclosure:
        value["disclosure"] = disclosure
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _write_tags(bag: Bag, verify: str) -> str:
    """Manifests and the files beside ``data/``; returns the SHA-256 of the tag manifest."""
    manifest = manifest_bytes(bag.digests)
    payload = set(bag.digests)
    bag.write("bagit.txt", BAGIT_TEXT)
    bag.write("VERIFY.txt", verify.encode())
    bag.write("verify.py", verifier_source().encode())
    bag.write(MANIFEST, manifest)
    tags = {name: digest for name, digest in bag.digests.items() if name not in payload}
    bag.write(TAG_MANIFEST, manifest_bytes(tags))
    return bag.digests[TAG_MANIFEST]
