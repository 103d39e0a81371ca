"""The logs as far as a package shows them: read from the store, written into the bag."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from evidence_store.checkpoint import Checkpoint, parse_checkpoint
from evidence_store.commitment import Payload, fits, open_entry, parse_payload
from evidence_store.disclosure import (
    DISCLOSURE_KIND,
)
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import (
    EntryError,
    FormatError,
    PackageError,
    SealedKeyMissing,
)
from evidence_store.export_bag import Bag
from evidence_store.export_wish import KeepsBack, Wish
from evidence_store.key_pem import parse_public_pem, spki_sha256
from evidence_store.merkle import HashTree, inclusion_path
from evidence_store.payload_check import PAYLOADS_FILE
from evidence_store.proof import proof_bytes
from evidence_store.reader import LogReader
from evidence_store.report import LogReport
from evidence_store.session_key import read_session_keys
from evidence_store.sm3_twin import twin_leaf, twin_leaves
from evidence_store.store_ladder import CENTRE, log_names
from evidence_store.twin_check import TWIN_HEAD, TWIN_LEAVES
from evidence_store.voucher_copy import copied_vouchers

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


@dataclass
class LogCopy:
    """A log as far as the package shows it."""

    name: str
    checkpoint: Checkpoint
    pem: bytes
    leaves: list[bytes] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)  # of the entries, unless withheld
    twin: tuple[bytes, list[bytes]] | None = None  # head and leaf hashes of the twin tree (SM3)
    entries: list[Entry] = field(default_factory=list)  # opened as far as payloads go along


def recorder_logs(store: Path, wish: Wish) -> list[LogCopy]:
    """The recorders' logs that hold the sessions, in the order of their names."""
    wanted = wish.sessions
    found: list[LogCopy] = []
    for name in log_names(store):
        if name != CENTRE:
            log = read_log(
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


def centre_log(store: Path, wish: Wish) -> LogCopy | None:
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

    log = read_log(store, CENTRE, speaks, wish.keeps_back)
    if log is None:
        return None
    own = [entry for entry in log.entries if not entry.kind.startswith(_OWN_KINDS)]
    return log if len(own) > 1 else None


def read_log(
    store: Path, name: str, disclose: Callable[[Entry], bool], keeps_back: KeepsBack
) -> LogCopy | None:
    """All leaf hashes of a log up to its checkpoint, and the entries to disclose."""
    reader = LogReader(store / name / "log")
    checkpoint = reader.checkpoint()
    if checkpoint.size == 0:
        return None
    pem = (store / "keys" / f"{name}.pub.pem").read_bytes()
    log = LogCopy(name, checkpoint, pem)
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


def _add_opened(log: LogCopy, entry: Entry, line: bytes | None, keeps_back: KeepsBack) -> None:
    """Copy the payload as it is found; only one that fits is put into the entry."""
    payload: Payload | None = None
    if line is not None and not keeps_back(log.checkpoint.origin, entry):
        log.payloads.append(line)
        with contextlib.suppress(EntryError):
            payload = parse_payload(line)
    fitting = payload if payload and fits(entry, payload) else None
    log.entries.append(open_entry(entry, fitting))


def write_log(bag: Bag, store: Path, folder: str, log: LogCopy, *, proofs: bool) -> None:
    """The log's files into ``folder``; with the inclusion proof of each entry or without."""
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


def wrapped_keys(root: Path, sessions: Iterable[str]) -> bytes:
    """The key files of these sessions in one, for those who hold the unit's key."""
    found = []
    for session in sorted(sessions):
        with contextlib.suppress(SealedKeyMissing):
            found.append(read_session_keys(root, session).to_dict())
    value = {"format": "duizhi-wrapped-keys/1", "sessions": found}
    return json.dumps(value, indent=1).encode() + b"\n"


def head_of(log: LogCopy) -> LogReport:
    """What the package's ``case.json`` says of the log."""
    key_sha256 = spki_sha256(parse_public_pem(log.pem))
    last = max((entry.t_us for entry in log.entries), default=0)
    head = log.checkpoint
    return LogReport(head.origin, head.size, head.root.hex(), key_sha256, last)
