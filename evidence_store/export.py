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

import contextlib
import hashlib
import json
import shutil
import time
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from evidence_store.accounting import Books, Recording
from evidence_store.bundle import verifier_source
from evidence_store.case_graph import CASE_GRAPH, Making, case_graph
from evidence_store.checkpoint import Checkpoint, parse_checkpoint
from evidence_store.commitment import Payload, fits, open_entry, parse_payload
from evidence_store.coverage import uncovered
from evidence_store.derived_account import DERIVED, DerivedWork, derived_works
from evidence_store.disclosure import (
    DISCLOSURE_KIND,
    WITHHELD_FILE,
    Rule,
    mark_withheld,
    parse_rule,
    stated_disclosure,
    withheld_bytes,
)
from evidence_store.document_account import DOCUMENTS, document_files
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import (
    EntryError,
    FormatError,
    PackageError,
    SealedDamaged,
    SealedKeyMissing,
)
from evidence_store.key_pem import parse_public_pem, spki_sha256
from evidence_store.media_check import media_files
from evidence_store.merkle import HashTree, inclusion_path
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
    play_parts,
    play_path,
    played,
    sessions_summary,
)
from evidence_store.payload_check import PAYLOADS_FILE
from evidence_store.player_data import PLAYER_PAGE, player_data
from evidence_store.player_page import player_page
from evidence_store.proof import proof_bytes
from evidence_store.reader import LogReader
from evidence_store.report import LogReport
from evidence_store.sealed_media import media_of
from evidence_store.session_key import read_session_keys
from evidence_store.sm3_twin import twin_leaf, twin_leaves
from evidence_store.store_format import check_store
from evidence_store.store_ladder import CENTRE, log_names
from evidence_store.transcript import transcript_files
from evidence_store.twin_check import TWIN_HEAD, TWIN_LEAVES
from evidence_store.verify_text import verify_text
from evidence_store.voucher_copy import copied_vouchers

_BLOCK_BYTES = 1 << 20
#: Files beside ``data/``, written last.
_TAG_FILES = ("bagit.txt", "VERIFY.txt", "verify.py", MANIFEST, TAG_MANIFEST)
_READ_ENTRIES = 1024
#: Kinds about the centre's log itself that go along with it: who vouches for it.
_VOUCHER_KINDS = ("witness.", "stamp.")
#: Kinds that alone are no reason to take the centre's log along.
_OWN_KINDS = (*_VOUCHER_KINDS, "key.host")
#: Kinds of the centre's log that may speak of a case.
_CENTRE_KINDS = (
    "case.",
    "access",
    "export",
    "verify",
    "session.",
    "custody",
    "retention.",
    "hold.",
    "key.",
    "copy.",
    "derived.",
    "disclose.",
    "exhibit.",
    "note.",
)

Progress = Callable[[float], None]
#: The bytes of a media file, by the log's directory and the entry's path.
Blocks = Callable[[str, str], Iterator[bytes]]
#: Whether the private payload of an entry, given as stored, stays out of the package.
Withhold = Callable[[Entry], bool]
#: The same with the origin of the entry's log.
KeepsBack = Callable[[str, Entry], bool]


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


@dataclass
class _LogCopy:
    """A log as far as the package shows it."""

    name: str
    checkpoint: Checkpoint
    pem: bytes
    leaves: list[bytes] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)  # of the entries, unless withheld
    twin: tuple[bytes, list[bytes]] | None = None  # head and leaf hashes of the twin tree (SM3)
    entries: list[Entry] = field(default_factory=list)  # opened as far as payloads go along


class _Bag:
    """The package under construction: every file written is hashed on the way."""

    def __init__(self, directory: Path, total: int, progress: Progress | None) -> None:
        self.directory = directory
        self.digests: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self.size_bytes = 0
        self._total = max(1, total)
        self._progress = progress

    def write(self, name: str, data: bytes) -> None:
        """Write a small file."""
        path = self._new(name)
        path.write_bytes(data)
        self._done(name, hashlib.sha256(data).hexdigest(), len(data))

    def join(self, name: str, blocks: Iterable[bytes]) -> None:
        """Write a file of any size."""
        state, size = hashlib.sha256(), 0
        with self._new(name).open("wb") as target:
            for block in blocks:
                target.write(block)
                state.update(block)
                size += len(block)
        self._done(name, state.hexdigest(), size)

    def _new(self, name: str) -> Path:
        path = self.directory / name
        if not path.resolve().is_relative_to(self.directory.resolve()):
            raise PackageError(f"an entry names a place outside the package: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _done(self, name: str, sha256: str, size: int) -> None:
        self.digests[name] = sha256
        self.sizes[name] = size
        self.size_bytes += size
        if self._progress:
            self._progress(min(1.0, self.size_bytes / self._total))


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
        wish = _Wish(
            frozenset(sessions),
            Making(case, reason, by, exported_us or time.time_ns() // 1000),
            _as_they_lie(store) if sealed else _opened(store),
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


@dataclass(frozen=True)
class _Wish:
    """What is to be in the package."""

    sessions: frozenset[str]
    making: Making
    blocks: Blocks
    sealed: bool
    rule: Rule | None
    disclosure: str
    withhold: Withhold | None

    def keeps_back(self, origin: str, entry: Entry) -> bool:
        """Whether the private payload of an entry, given as stored, stays out."""
        if self.rule is not None and self.rule.withholds_payload(origin, entry):
            return True
        return bool(self.withhold and self.withhold(entry))


def _decided_rule(store: Path, disclosure: str, sealed: bool) -> Rule | None:
    """The rule that the centre's log states for this disclosure."""
    if not disclosure:
        return None
    if sealed:
        raise PackageError("a sealed package withholds everything; it is no disclosure copy")
    log = _read_log(store, CENTRE, lambda entry: entry.kind == DISCLOSURE_KIND, lambda *_: False)
    entry = stated_disclosure(log.entries if log else (), disclosure)
    if entry is None:
        raise PackageError(f"no entry of the centre's log decided the disclosure {disclosure}")
    return parse_rule(entry.body.get("withhold"))


def _build(
    store: Path, directory: Path, out: Path, wish: _Wish, progress: Progress | None
) -> PackageSummary:
    making = wish.making
    logs = _recorder_logs(store, wish)
    books = Books()
    for log in logs:
        for entry in log.entries:
            books.add(entry)
    if wish.rule is not None:
        _refuse_open_words(wish.rule, logs)
        mark_withheld(books, wish.rule)
    media = sum(file.size for file, _ in media_files(books))
    bag = _Bag(directory, 2 * media + 64 * sum(len(log.leaves) for log in logs), progress)
    folders = [MAIN_LOG, *(FURTHER_LOG + log.name for log in logs[1:])]
    for folder, log in zip(folders, logs, strict=True):
        _write_log(bag, store, folder, log, proofs=True)
        if wish.sealed:
            own = {entry.session for entry in log.entries if entry.session}
            bag.write(f"{folder}/wrapped-keys.json", _wrapped_keys(store / log.name, own))
    centre = _centre_log(store, wish)
    if centre:
        _write_log(bag, store, CENTRE_LOG, centre, proofs=False)
    if wish.rule is not None:
        for folder, log in [
            *zip(folders, logs, strict=True),
            *([(CENTRE_LOG, centre)] if centre else []),
        ]:
            origin, entries = log.checkpoint.origin, log.entries
            listed = withheld_bytes(wish.disclosure, wish.rule, origin, entries, books)
            bag.write(f"{folder}/{WITHHELD_FILE}", listed)
    for log in logs:
        own = {entry.session for entry in log.entries}
        _write_media(bag, store, log, books, wish)
        _write_documents(bag, store, log, books, own, wish)
    for session in books.sessions.values():
        for name, data in transcript_files(session).items():
            bag.write(TRANSCRIPTS + name, data)
    entries = [entry for log in logs for entry in log.entries]
    works = [
        work
        for work in derived_works(centre.entries if centre else (), books.sessions)
        if wish.rule is None or not wish.rule.withholds_work(work)
    ]
    _write_derived(bag, store, works)
    page = player_page(player_data(books, entries, works), making.case)
    bag.write(PLAYER_PAGE, page.encode())
    files = {name: (sha256, bag.sizes[name]) for name, sha256 in bag.digests.items()}
    acts = centre.entries if centre else []
    bag.write(CASE_GRAPH, case_graph(books, files, acts, making))
    heads = {folder: _head(log) for folder, log in zip(folders, logs, strict=True)}
    names = {*bag.digests, CASE_FILE, *_TAG_FILES}
    bag.write(CASE_FILE, _case_bytes(books, heads, making, names, wish.disclosure))
    shown = [entry for entry in logs[0].entries if _example_is_here(bag, entry)]
    stamped = any(name.endswith(".tsr") for name in bag.digests)
    text = verify_text(shown, heads, names, wish.disclosure, stamped=stamped)
    sha256 = _write_tags(bag, text)
    head = heads[MAIN_LOG]
    return PackageSummary(
        out,
        tuple(sorted(wish.sessions)),
        len(bag.digests),
        bag.size_bytes,
        head.size,
        head.root,
        sha256,
    )


def _example_is_here(bag: _Bag, entry: Entry) -> bool:
    return entry.kind != "media.segment" or f"data/{entry.body.get('path')}" in bag.digests


def _refuse_open_words(rule: Rule, logs: Sequence[_LogCopy]) -> None:
    """Words in the public part of an entry cannot be withheld; that must not go unnoticed."""
    for log in logs:
        for entry in log.entries:
            origin, said = log.checkpoint.origin, entry.kind == "utterance" and "text" in entry.body
            if said and rule.withholds_payload(origin, entry):
                raise PackageError(
                    f"entry {entry.seq} of {origin} holds its words in its public part, they"
                    " cannot be withheld; withhold media only"
                )


def _recorder_logs(store: Path, wish: _Wish) -> list[_LogCopy]:
    """The recorders' logs that hold the sessions, in the order of their names."""
    wanted = wish.sessions
    found: list[_LogCopy] = []
    for name in log_names(store):
        if name != CENTRE:
            log = _read_log(
                store,
                name,
                lambda entry: not entry.session or entry.session in wanted,
                wish.keeps_back,
            )
            if log and any(entry.session in wanted for entry in log.entries):
                found.append(log)
    if not found:
        raise PackageError("no log of this store holds these sessions")
    opened = {entry.session for log in found for entry in log.entries}
    unknown = sorted(wanted - opened)
    if unknown:
        raise PackageError(f"no such session in this store: {', '.join(unknown)}")
    return found


def _centre_log(store: Path, wish: _Wish) -> _LogCopy | None:
    """The centre's log as far as it speaks of this case; None when it does not."""
    wanted, case_id = wish.sessions, wish.making.case.get("id")

    twin = False  # stated, once: then all that follows of it is shown

    def speaks(entry: Entry) -> bool:
        nonlocal twin
        if entry.kind == "key.host":
            twin = twin or entry.body.get("sm3") is True
            return twin
        if entry.seq == 0 or entry.kind.startswith(_VOUCHER_KINDS):
            return True
        if entry.kind == DISCLOSURE_KIND and entry.body.get("disclosure") == wish.disclosure:
            return True
        if entry.kind == DISCLOSURE_KIND and wish.disclosure:
            return False  # what was decided for others is none of the recipient's business
        said = {entry.session, entry.body.get("session")} & wanted
        return entry.kind.startswith(_CENTRE_KINDS) and bool(
            said or (case_id is not None and entry.body.get("case") == case_id)
        )

    log = _read_log(store, CENTRE, speaks, wish.keeps_back)
    if log is None:
        return None
    own = [entry for entry in log.entries if not entry.kind.startswith(_OWN_KINDS)]
    return log if len(own) > 1 else None


def _read_log(
    store: Path, name: str, disclose: Callable[[Entry], bool], keeps_back: KeepsBack
) -> _LogCopy | None:
    """All leaf hashes of a log up to its checkpoint, and the entries to disclose."""
    reader = LogReader(store / name / "log")
    checkpoint = reader.checkpoint()
    if checkpoint.size == 0:
        return None
    pem = (store / "keys" / f"{name}.pub.pem").read_bytes()
    log = _LogCopy(name, checkpoint, pem)
    twin = _TwinCopy(store / name / "log", checkpoint.size)
    for first in range(0, checkpoint.size, _READ_ENTRIES):
        count = min(_READ_ENTRIES, checkpoint.size - first)
        log.leaves += reader.leaf_hashes(first, count)
        payloads = reader.payloads(first, count)
        for line in reader.entries(first, count):
            twin.add(line)
            try:
                entry = parse_entry(line)
            except EntryError:
                continue  # damaged: it cannot be disclosed, and its absence is found later
            twin.note(entry)
            if disclose(entry):
                log.lines.append(line)
                _add_opened(log, entry, payloads.get(entry.seq), keeps_back)
    log.twin = twin.settled()
    return log


class _TwinCopy:
    """The twin tree of a log, if it states one. Its head, read behind the checkpoint, covers as
    much as that or a little more (twin_check.py)."""

    def __init__(self, directory: Path, size: int) -> None:
        self._directory = directory
        self._size = size
        self._stated = False
        self._leaves: list[bytes] = []
        try:
            self._head: bytes | None = (directory / TWIN_HEAD).read_bytes()
        except FileNotFoundError:
            self._head = None

    def add(self, line: bytes) -> None:
        """The next entry."""
        if self._head is not None:
            self._leaves.append(twin_leaf(line))

    def note(self, entry: Entry) -> None:
        """What an entry says of the twin."""
        if entry.kind == "key.host" and not entry.session:
            self._stated = entry.body.get("sm3") is True

    def settled(self) -> tuple[bytes, list[bytes]] | None:
        """Head and leaf hashes; None when there is nothing to copy."""
        if self._head is None or not self._stated:
            return None
        with contextlib.suppress(FormatError):  # copied as it is, and found later
            end = parse_checkpoint(self._head).size
            self._leaves += twin_leaves(self._directory, self._size, end)
        return self._head, self._leaves


def _add_opened(log: _LogCopy, entry: Entry, line: bytes | None, keeps_back: KeepsBack) -> None:
    """Copy the payload as it is found; only one that fits is put into the entry."""
    payload: Payload | None = None
    if line is not None and not keeps_back(log.checkpoint.origin, entry):
        log.payloads.append(line)
        with contextlib.suppress(EntryError):
            payload = parse_payload(line)
    fitting = payload if payload and fits(entry, payload) else None
    log.entries.append(open_entry(entry, fitting))


def _write_log(bag: _Bag, store: Path, folder: str, log: _LogCopy, *, proofs: bool) -> None:
    for name, data in copied_vouchers(store, log.name, log.checkpoint.size, log.entries).items():
        bag.write(f"{folder}/{name}", data)
    bag.write(f"{folder}/checkpoint", log.checkpoint.note)
    bag.write(f"{folder}/public-key.pem", log.pem)
    bag.write(f"{folder}/leaf-hashes", b"".join(log.leaves))
    if log.twin:
        bag.write(f"{folder}/{TWIN_HEAD}", log.twin[0])
        bag.write(f"{folder}/{TWIN_LEAVES}", b"".join(log.twin[1]))
    bag.write(f"{folder}/entries.jsonl", b"".join(line + b"\n" for line in log.lines))
    if log.payloads:
        bag.write(f"{folder}/{PAYLOADS_FILE}", b"".join(line + b"\n" for line in log.payloads))
    if not proofs:
        return
    tree = HashTree(log.leaves)
    for entry in log.entries:
        if entry.kind != "tick" and entry.seq < tree.size:
            path = inclusion_path(entry.seq, tree.size, tree.subtree)
            name = f"{folder}/proofs/{entry.seq}.tlog-proof"
            bag.write(name, proof_bytes(entry.seq, path, log.checkpoint.note))


def _opened(store: Path) -> Blocks:
    """The clear bytes of media; what does not open to its end is cut off there, and told apart
    from the entry's digest when the package is verified."""
    media = media_of(store)

    def blocks(log: str, path: str) -> Iterator[bytes]:
        try:
            yield from media.blocks(log, path)
        except SealedDamaged:
            return

    return blocks


def _as_they_lie(store: Path) -> Blocks:
    return lambda log, path: _file_blocks(store / log / path)


def _file_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block


def _wrapped_keys(root: Path, sessions: Iterable[str]) -> bytes:
    """The key files of these sessions in one, for those who hold the unit's key."""
    found = []
    for session in sorted(sessions):
        with contextlib.suppress(SealedKeyMissing):
            found.append(read_session_keys(root, session).to_dict())
    value = {"format": "duizhi-wrapped-keys/1", "sessions": found}
    return json.dumps(value, indent=1).encode() + b"\n"


def _write_media(bag: _Bag, store: Path, log: _LogCopy, books: Books, wish: _Wish) -> None:
    """Media and playable copies of the sessions of one log."""
    root = store / log.name
    sessions = {entry.session for entry in log.entries}
    for file, recording in media_files(books):
        if recording.session not in sessions or file.path in recording.withheld:
            continue
        # A path in an altered entry could lead anywhere; only media of this store are copied.
        inside = (root / file.path).resolve().is_relative_to((root / "media").resolve())
        if inside and (root / file.path).is_file():
            bag.join("data/" + file.path, wish.blocks(log.name, file.path))
    for recording, epoch in played(books):
        if not wish.sealed and recording.session in sessions:
            _write_copy(bag, recording, epoch)


def _write_derived(bag: _Bag, store: Path, works: Sequence[DerivedWork]) -> None:
    """Redacted copies of these sessions; they lie below the store, made by the centre."""
    for work in works:
        path = store / work.path
        inside = path.resolve().is_relative_to((store / DERIVED).resolve())
        if work.path.startswith(DERIVED) and inside and path.is_file():
            bag.join("data/" + work.path, _file_blocks(path))


def _write_documents(
    bag: _Bag, store: Path, log: _LogCopy, books: Books, sessions: set[str], wish: _Wish
) -> None:
    """Documents of the sessions of one log."""
    root = store / log.name
    for file in document_files(books):
        if file.session not in sessions or not file.path.startswith(DOCUMENTS):
            continue
        if file.path in books.sessions[file.session].withheld:
            continue
        inside = (root / file.path).resolve().is_relative_to((root / DOCUMENTS).resolve())
        if inside and (root / file.path).is_file():
            bag.join("data/" + file.path, wish.blocks(log.name, file.path))


def _write_copy(bag: _Bag, recording: Recording, epoch: int) -> None:
    """The playable copy of an epoch, unless one of its parts is missing."""
    parts = play_parts(recording, epoch)
    if all(part in bag.digests for part in parts):
        joined = chain.from_iterable(_file_blocks(bag.directory / part) for part in parts)
        bag.join(play_path(recording, epoch), joined)


def _head(log: _LogCopy) -> LogReport:
    key_sha256 = spki_sha256(parse_public_pem(log.pem))
    last = max((entry.t_us for entry in log.entries), default=0)
    head = log.checkpoint
    return LogReport(head.origin, head.size, head.root.hex(), key_sha256, last)


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


def _write_tags(bag: _Bag, verify: str) -> str:
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
