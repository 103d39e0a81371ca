"""The twin tree of a log: the same entries hashed with SM3, for sites under 国密 rules.

tlog-tiles fixes SHA-256. A log whose latest ``key.host`` says ``"sm3":true`` therefore has a
second tree over the very bytes of its entries, with SM3 (GB/T 32905, GM/T 0004) in the place of
SHA-256: a leaf is ``SM3(0x00 || entry)``, a node ``SM3(0x01 || left || right)``. Its head lies in
``checkpoint.sm3``: a checkpoint whose origin is that of the log and ``/sm3``, signed with the
log's Ed25519 key and with the SM2 key that ``key.host`` names, both under that origin.

The head is written before the checkpoint over the same entries, so it covers at least what the
checkpoint covers; one group more when a live log was read, or the writer died in between.

Standard library only (part of the verifier inside a package).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from evidence_store.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from evidence_store.errors import FormatError, NoteError, PackageError
from evidence_store.merkle import HASH_BYTES, CompactRange
from evidence_store.note import OWN_TYPE, VerifierKey, lines_of, parse_note
from evidence_store.package_files import PackageFiles
from evidence_store.report import Finding, Report
from evidence_store.sm2 import SM2_IDENTIFIER, sm2_verify, sm3

TWIN_HEAD = "checkpoint.sm3"
#: In a package, beside ``leaf-hashes``: as many as the head covers.
TWIN_LEAVES = "leaf-hashes.sm3"
_LIBRARY_HAS_SM3 = "sm3" in hashlib.algorithms_available


def library_has_sm3() -> bool:
    """Whether this Python's OpenSSL offers SM3."""
    return _LIBRARY_HAS_SM3


def sm3_digest(data: bytes) -> bytes:
    """SM3 by OpenSSL when this Python has it, else in Python."""
    return hashlib.new("sm3", data).digest() if _LIBRARY_HAS_SM3 else sm3(data)


def sm3_leaf(entry: bytes) -> bytes:
    """Hash of one leaf of the twin tree."""
    return sm3_digest(b"\x00" + entry)


def sm3_node(left: bytes, right: bytes) -> bytes:
    """Hash of the node above two others."""
    return sm3_digest(b"\x01" + left + right)


def twin_origin(origin: str) -> str:
    """The origin of a log's twin."""
    return f"{origin}/sm3"


@dataclass(frozen=True)
class TwinKeys:
    """What a twin head must be signed with."""

    main: bytes  # the log's Ed25519 key
    point: bytes  # of the SM2 key, 65 bytes; empty: the log names none


def verify_twin_head(data: bytes, origin: str, keys: TwinKeys) -> Checkpoint:
    """The head of the twin of the log with this origin.

    Raises:
        FormatError: it is no such head, or one of its two signatures is missing or wrong.
    """
    head = parse_checkpoint(data)
    name = twin_origin(origin)
    if head.origin != name:
        raise NoteError(f"it belongs to {head.origin}, not to {name}")
    verify_checkpoint(head, keys.main)
    note = parse_note(data)
    lines = lines_of(note, VerifierKey(name, OWN_TYPE, SM2_IDENTIFIER + keys.point))
    if not lines:
        raise NoteError("its SM2 line is not there")
    if not all(sm2_verify(keys.point, note.text.encode(), line) for line in lines):
        raise NoteError("its SM2 line is wrong")
    return head


class TwinCheck:
    """Grows the twin tree of one log and holds it to its head.

    ``place`` is where the head lies, ``data`` the file, None when it is not there.
    """

    def __init__(self, place: str, data: bytes | None, report: Report) -> None:
        self.size = _size_of(data)  # as the head says; nothing is verified yet
        self._place = place
        self._data = data
        self._report = report
        self._tree = CompactRange(node=sm3_node)

    @property
    def present(self) -> bool:
        """Whether there is a head."""
        return self._data is not None

    def add(self, leaf: bytes) -> None:
        """The hash of the next entry; what lies behind the head is not looked at."""
        if self._tree.size < self.size:
            self._tree.append(leaf)

    def finish(self, checkpoint: Checkpoint, keys: TwinKeys) -> None:
        """The log states a twin: it is there, signed, covers the log and has this root."""
        if self._data is None:
            self._add("missing", "the log states a twin tree with SM3, and its head is not there")
            return
        try:
            head = verify_twin_head(self._data, checkpoint.origin, keys)
        except FormatError as error:
            self._add("signature_wrong", f"the head of the twin tree (SM3): {error}")
            return
        if head.size < checkpoint.size:
            detail = f"the twin tree (SM3) has {head.size} entries, the log {checkpoint.size}"
            self._add("log_truncated", detail)
        elif self._tree.size < head.size:
            detail = f"the twin tree (SM3) has {head.size} entries, {self._tree.size} are here"
            self._add("log_truncated", detail)
        elif self._tree.root() != head.root:
            self._add("altered", "the entries do not lead to the root of the twin tree (SM3)")

    def _add(self, code: str, detail: str) -> None:
        self._report.findings.append(Finding(code, detail, path=self._place))


class PackageTwin:
    """The twin of one log of a package: head, leaf hashes, and the entries that are shown."""

    def __init__(self, files: PackageFiles, prefix: str, report: Report) -> None:
        self._leaves_place = f"{prefix}/{TWIN_LEAVES}"
        self._report = report
        place = f"{prefix}/{TWIN_HEAD}"
        self._check = TwinCheck(place, _read(files, place), report)
        self._leaves = _read(files, self._leaves_place)
        self._wrong: list[int] = []

    def shows(self, seq: int, line: bytes) -> None:
        """An entry that stands in the log, as it is disclosed."""
        if self._leaves is None:
            return
        begin = seq * HASH_BYTES
        if self._leaves[begin : begin + HASH_BYTES] != sm3_leaf(line):
            self._wrong.append(seq)

    def finish(self, checkpoint: Checkpoint, keys: TwinKeys | None) -> None:
        """Check all of it; ``keys`` None: the log states no twin."""
        if keys is None:
            if self._check.present or self._leaves is not None:
                self._add("unlisted", "the log states no twin tree (SM3)")
            return
        if self._leaves is None:
            self._add("missing", "the leaf hashes of the twin tree (SM3) are not there")
        leaves = self._leaves or b""
        count, rest = divmod(len(leaves), HASH_BYTES)
        if self._leaves is not None and (rest or count != self._check.size):
            detail = f"the head of the twin tree covers {self._check.size} entries, not {count}"
            self._add("altered", detail)
        for begin in range(0, count * HASH_BYTES, HASH_BYTES):
            self._check.add(leaves[begin : begin + HASH_BYTES])
        if self._wrong:
            detail = f"entry {self._wrong[0]} is not the one in the twin tree (SM3)"
            self._add("altered", f"{detail}; {len(self._wrong)} such entries")
        if self._leaves is not None or not self._check.present:
            self._check.finish(checkpoint, keys)

    def _add(self, code: str, detail: str) -> None:
        self._report.findings.append(Finding(code, detail, path=self._leaves_place))


def _read(files: PackageFiles, name: str) -> bytes | None:
    try:
        return files.read(name)
    except PackageError:
        return None


def _size_of(data: bytes | None) -> int:
    try:
        return parse_checkpoint(data).size if data is not None else 0
    except FormatError:
        return 0
