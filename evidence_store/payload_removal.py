"""Removing the private payloads of one session from the files beside a log that is in use.

Blocking; run it in a thread. It decides nothing: whoever calls has ``retention.ended`` durable in
the log. May be repeated; after a crash it begins anew, and nothing of other sessions is touched.

For each storage directory and each payload file that holds some of the session's lines, salts
included:

1. The other lines are written beside it and flushed. A crash leaves a temporary file, which the
   next try replaces.
2. The temporary file is renamed over the payload file and the directory is flushed. At every
   moment there is the old file or the new one, each whole.

A file of 4,096 entries that are all protected gets no further line: it is rewritten here. Only
the newest file is the writer's. Its copy is made here as well, up to the last protected entry;
what was appended meanwhile is carried over, and the name changed, in the writer's thread between
two groups (``PayloadAppender.switch``). So nothing that is appended is lost, and the writer waits
for two flushes and at most ``CARRY_MAX`` bytes, however large the file is.

What is appended to the session's chain after the entries were listed stays: it came after the end.
The old file's blocks are free, not overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol, TypeVar

from evidence_store.commitment import stated_commitment
from evidence_store.durable import DirectoryLock, Disk, replace_file, write_temporary
from evidence_store.entry import parse_entry
from evidence_store.errors import EntryError, StoreBusy
from evidence_store.payload_files import (
    CARRY_MAX,
    PAYLOAD_DIRECTORY,
    PAYLOAD_SPAN,
    Rewritten,
    line_index,
    payload_path,
)
from evidence_store.reader import LogReader
from evidence_store.volume import Volumes

__all__ = ["CARRY_MAX", "OwnsDirectories", "remove_payloads"]

T = TypeVar("T")
_PAGE = 1000
_TRIES = 5


class OwnsDirectories(Protocol):
    """What is needed of ``StoreWriter``."""

    def between_groups(self, act: Callable[[Volumes], T]) -> Future[T]:
        """Run a short act in the writer's thread, between two groups."""
        ...


def remove_payloads(
    writer: OwnsDirectories, roots: Sequence[Path], session: str, first: int
) -> int:
    """Remove the payloads of a session, whose entries begin at ``first``; returns how many went.

    ``roots`` are all storage directories; those that the writer does not use are locked meanwhile.

    Raises:
        OSError: a disk refused; do it again.
        StoreError: the writer has stopped, or somebody else uses a directory; do it again.
        FormatError: the log cannot be read.
    """
    owned = writer.between_groups(lambda volumes: [one.root for one in volumes.healthy]).result()
    size = LogReader(owned[0] / "log").checkpoint().size
    doomed = _entries_with_payload(owned[0], session, first, size)
    if not doomed:
        return 0
    begins = sorted({seq - seq % PAYLOAD_SPAN for seq in doomed})
    gone: set[int] = set()
    # First those in use: what is brought up from them later holds nothing of it any more.
    for begin in begins:
        if begin + PAYLOAD_SPAN <= size:
            for root in owned:
                gone |= _rewrite(root, begin, doomed)
        else:
            gone |= _rewrite_newest(writer, owned, begin, size, doomed)
    for root in roots:
        if root not in owned and (root / "log" / PAYLOAD_DIRECTORY).is_dir():
            lock = DirectoryLock(root / "lock")
            try:
                for begin in begins:
                    gone |= _rewrite(root, begin, doomed)
            finally:
                lock.release()
    return len(gone)


def _entries_with_payload(root: Path, session: str, first: int, size: int) -> frozenset[int]:
    """Indexes of the session's entries that commit to a payload."""
    reader = LogReader(root / "log")
    mark = f'"session":"{session}"'.encode()
    found: set[int] = set()
    for begin in range(first, size, _PAGE):
        for index, raw in enumerate(reader.entries(begin, min(_PAGE, size - begin)), begin):
            if mark in raw and b'"c":"' in raw:
                entry = parse_entry(raw)
                if entry.seq != index:
                    raise EntryError(f"entry {index} calls itself {entry.seq}")
                if entry.session == session and stated_commitment(entry.body):
                    found.add(index)
    return frozenset(found)


def _without(data: bytes, doomed: frozenset[int]) -> tuple[bytes, set[int]]:
    """The lines that stay, as they are, and the indexes of those that go."""
    kept: list[bytes] = []
    gone: set[int] = set()
    for line in data.split(b"\n"):
        index = line_index(line)
        if index in doomed:
            gone.add(index)
        else:
            kept.append(line)
    return b"\n".join(kept), gone


def _rewrite(root: Path, begin: int, doomed: frozenset[int]) -> set[int]:
    """A file to which nobody appends."""
    path = payload_path(root / "log" / PAYLOAD_DIRECTORY, begin)
    if not path.exists():
        return set()
    kept, gone = _without(path.read_bytes(), doomed)
    if gone:
        replace_file(Disk(), path, kept)
    return gone


def _rewrite_newest(
    writer: OwnsDirectories, owned: Sequence[Path], begin: int, size: int, doomed: frozenset[int]
) -> set[int]:
    """The file that may be appended to at this moment."""
    gone: set[int] = set()

    def switch(volumes: Volumes) -> bool:
        return volumes.switch_payloads(copies)

    for _ in range(_TRIES):
        copies: dict[Path, Rewritten] = {}
        for root in owned:
            path = payload_path(root / "log" / PAYLOAD_DIRECTORY, begin)
            data = _protected(path.read_bytes(), size) if path.exists() else b""
            kept, found = _without(data, doomed)
            if found:
                temporary = write_temporary(Disk(), path, kept)
                copies[root] = Rewritten(path, temporary, len(data))
                gone |= found
        if not copies:
            return gone
        if writer.between_groups(switch).result():
            return gone
        size = LogReader(owned[0] / "log").checkpoint().size
    raise StoreBusy("more is appended than can be carried over; it will be tried again")


def _protected(data: bytes, size: int) -> bytes:
    """The lines of protected entries; behind them the writer may still take lines back."""
    end = 0
    while (stop := data.find(b"\n", end)) >= 0:
        if line_index(data[end:stop]) >= size:
            break
        end = stop + 1
    return data[:end]
