"""Drafts: what others hand to the writer, checked and spelled before it is queued.

Everything that can be wrong with a draft is found here, in the caller's thread, so that the
writer thread never meets a draft it must refuse for its content.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from evidence_store.canonical import INTEGER_MAX, canonical_bytes
from evidence_store.commitment import (
    COMMITMENT,
    PAYLOAD_BYTES_MAX,
    SALT_BYTES,
    WITHHELD,
    commitment,
    payload_line,
    stated_commitment,
)
from evidence_store.entry import ENTRY_BYTES_MAX
from evidence_store.errors import DraftRejected, EntryError

#: Folders of a log's directory that hold files which entries name.
FILE_FOLDERS = ("media", "documents")

#: Room for everything in an entry beside its body.
BODY_BYTES_MAX = ENTRY_BYTES_MAX - 1_024

_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME_MAX = 64
_PATH_MAX = 200


@dataclass(frozen=True)
class FileWrite:
    """A file that becomes durable before its entry does; ``path`` is relative to the root."""

    path: str
    data: bytes


@dataclass(frozen=True)
class FileLink:
    """A file that lies flushed on the same file system and gets its name among the media.

    For files too large to be held in memory. Whoever made ``source`` has flushed and hashed it
    and writes to it no more; the name ``source`` stays and is the maker's to remove.
    """

    path: str
    source: Path
    sha256: str  # of the clear bytes
    size: int
    sealed_sha256: str = ""  # of what lies at ``source``, when that is sealed
    sealed_size: int = 0


@dataclass(frozen=True)
class Draft:
    """An entry to be made. With a file, ``path``, ``sha256`` and ``size`` are put in its body.

    ``private`` is what the entry only commits to (commitment.py); it shares no key with ``body``.
    """

    kind: str
    session: str  # empty when the entry belongs to the log itself
    room: str
    body: dict[str, Any]
    t_us: int  # UTC, microseconds
    file: FileWrite | FileLink | None = None
    private: dict[str, Any] | None = None


@dataclass(frozen=True)
class Sealed:
    """The private part of a draft, spelled."""

    salt: bytes
    payload: bytes  # canonical
    opened_body: bytes  # canonical: the body with the payload in it


@dataclass(frozen=True)
class Prepared:
    """A checked draft whose body is spelled already."""

    kind: str
    session: str
    room: str
    body: bytes  # canonical
    t_us: int
    mono_us: int
    file: FileWrite | FileLink | None
    sealed: Sealed | None = None

    def entry_bytes(self, seq: int, prev: int, boot: str) -> bytes:
        """The canonical entry (RFC 8785: keys in order, no spaces)."""
        return self._spelled(self.body, seq, prev, boot)

    def opened_bytes(self, seq: int, prev: int, boot: str) -> bytes:
        """The same for readers: with the private part in its body, as ``c`` falls away."""
        body = self.sealed.opened_body if self.sealed else self.body
        return self._spelled(body, seq, prev, boot)

    def payload_line(self, seq: int) -> bytes | None:
        """What lies beside the log for this entry."""
        return payload_line(seq, self.sealed.salt, self.sealed.payload) if self.sealed else None

    def _spelled(self, body: bytes, seq: int, prev: int, boot: str) -> bytes:
        text = (
            f',"boot":"{boot}","kind":"{self.kind}","mono_us":{self.mono_us},"prev":{prev},'
            f'"room":"{self.room}","seq":{seq},"session":"{self.session}",'
            f'"t_us":{self.t_us},"v":1}}'
        )
        return b'{"body":' + body + text.encode("ascii")


def prepare(draft: Draft, mono_us: int) -> Prepared:
    """Check a draft and spell its body.

    Raises:
        DraftRejected: it can never become an entry.
    """
    if not _KIND.fullmatch(draft.kind) or len(draft.kind) > _NAME_MAX:
        raise DraftRejected(f"not a kind: {draft.kind!r}")
    for name in (draft.session, draft.room):
        if name and (not _NAME.fullmatch(name) or len(name) > _NAME_MAX):
            raise DraftRejected(f"not an identifier: {name!r}")
    if type(draft.t_us) is not int or not 0 <= draft.t_us <= INTEGER_MAX:
        raise DraftRejected("t_us is a number of microseconds")
    body = dict(draft.body)
    if draft.file is not None:
        _check_path(draft.file.path)
        body["path"] = draft.file.path
        body["sha256"], body["size"] = _digest(draft.file)
        if isinstance(draft.file, FileLink) and draft.file.sealed_sha256:
            body["sealed_sha256"] = draft.file.sealed_sha256
            body["sealed_size"] = draft.file.sealed_size
    sealed = _seal(body, draft.private)
    return Prepared(
        draft.kind,
        draft.session,
        draft.room,
        _body_bytes(body),
        draft.t_us,
        mono_us,
        draft.file,
        sealed,
    )


def _seal(body: dict[str, Any], private: dict[str, Any] | None) -> Sealed | None:
    """Put the commitment into the body; the payload is spelled for the file beside the log."""
    if stated_commitment(body) or body.get(WITHHELD) is True:
        raise DraftRejected("the body looks like one with a commitment")
    if not private:
        return None
    for name in (COMMITMENT, WITHHELD):
        if name in body or name in private:
            raise DraftRejected(f"the key {name!r} is kept for commitments")
    if both := sorted(set(body) & set(private)):
        raise DraftRejected(f"both public and private: {', '.join(both)}")
    payload = _spelled(private, PAYLOAD_BYTES_MAX)
    opened = _spelled({**body, **private}, PAYLOAD_BYTES_MAX + BODY_BYTES_MAX)
    salt = os.urandom(SALT_BYTES)
    body[COMMITMENT] = commitment(salt, payload)
    return Sealed(salt, payload, opened)


def _digest(file: FileWrite | FileLink) -> tuple[str, int]:
    if isinstance(file, FileWrite):
        return hashlib.sha256(file.data).hexdigest(), len(file.data)
    for digest in (file.sha256, file.sealed_sha256 or file.sha256):
        if not _SHA256.fullmatch(digest):
            raise DraftRejected("a linked file comes with its SHA-256 in hex")
    return file.sha256, file.size


def _body_bytes(body: dict[str, Any]) -> bytes:
    return _spelled(body, BODY_BYTES_MAX)


def _spelled(body: dict[str, Any], bytes_max: int) -> bytes:
    try:
        data = rfc8785.dumps(body)
        # Refuses floats, which RFC 8785 itself would allow, and is a second opinion on the rest.
        if canonical_bytes(body) != data:
            raise DraftRejected("the body has no canonical spelling")
    except (rfc8785.CanonicalizationError, EntryError, RecursionError) as error:
        raise DraftRejected(f"the body cannot be an entry: {error}") from error
    if len(data) > bytes_max:
        raise DraftRejected(f"the body has {len(data)} bytes, {bytes_max} are allowed")
    return data


def _check_path(path: str) -> None:
    parts = path.split("/")
    good = all(_NAME.fullmatch(part) for part in parts)
    if not good or parts[0] not in FILE_FOLDERS or len(parts) < 2 or len(path) > _PATH_MAX:
        raise DraftRejected(f"not a path below {'/ or '.join(FILE_FOLDERS)}/: {path!r}")
