"""Drafts: what others hand to the writer, checked and spelled before it is queued.

Everything that can be wrong with a draft is found here, in the caller's thread, so that the
writer thread never meets a draft it must refuse for its content.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785

from evidence_store.canonical import INTEGER_MAX, canonical_bytes
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
    sha256: str
    size: int


@dataclass(frozen=True)
class Draft:
    """An entry to be made. With a file, ``path``, ``sha256`` and ``size`` are put in its body."""

    kind: str
    session: str  # empty when the entry belongs to the log itself
    room: str
    body: dict[str, Any]
    t_us: int  # UTC, microseconds
    file: FileWrite | FileLink | None = None


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

    def entry_bytes(self, seq: int, prev: int, boot: str) -> bytes:
        """The canonical entry (RFC 8785: keys in order, no spaces)."""
        text = (
            f',"boot":"{boot}","kind":"{self.kind}","mono_us":{self.mono_us},"prev":{prev},'
            f'"room":"{self.room}","seq":{seq},"session":"{self.session}",'
            f'"t_us":{self.t_us},"v":1}}'
        )
        return b'{"body":' + self.body + text.encode("ascii")


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
    return Prepared(
        draft.kind,
        draft.session,
        draft.room,
        _body_bytes(body),
        draft.t_us,
        mono_us,
        draft.file,
    )


def _digest(file: FileWrite | FileLink) -> tuple[str, int]:
    if isinstance(file, FileWrite):
        return hashlib.sha256(file.data).hexdigest(), len(file.data)
    if not _SHA256.fullmatch(file.sha256):
        raise DraftRejected("a linked file comes with its SHA-256 in hex")
    return file.sha256, file.size


def _body_bytes(body: dict[str, Any]) -> bytes:
    try:
        data = rfc8785.dumps(body)
        # Refuses floats, which RFC 8785 itself would allow, and is a second opinion on the rest.
        if canonical_bytes(body) != data:
            raise DraftRejected("the body has no canonical spelling")
    except (rfc8785.CanonicalizationError, EntryError, RecursionError) as error:
        raise DraftRejected(f"the body cannot be an entry: {error}") from error
    if len(data) > BODY_BYTES_MAX:
        raise DraftRejected(f"the body has {len(data)} bytes, {BODY_BYTES_MAX} are allowed")
    return data


def _check_path(path: str) -> None:
    parts = path.split("/")
    good = all(_NAME.fullmatch(part) for part in parts)
    if not good or parts[0] not in FILE_FOLDERS or len(parts) < 2 or len(path) > _PATH_MAX:
        raise DraftRejected(f"not a path below {'/ or '.join(FILE_FOLDERS)}/: {path!r}")
