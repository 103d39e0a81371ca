"""The payloads of a log: append-only files beside it, one for 4,096 entries.

Example: ``log/payloads/0000000000004096.jsonl``, one line a payload (commitment.py), in the
order of the entries; most entries have none.

Order, and what is true if the process dies after each step:

1. payloads of a whole group appended and flushed, once. No entry names them: they are dropped
   when the log is opened again, before an index can be given out a second time.
2. the entries appended to the write-ahead log and flushed (log.py). An entry whose payload was
   lost can therefore not exist.

Taking a payload away (at the end of its retention, payload_removal.py) leaves the log as provable
as before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence_store.commitment import parse_payload
from evidence_store.durable import Disk, make_directories, replace_file, write_all
from evidence_store.errors import EntryError

PAYLOAD_DIRECTORY = "payloads"
#: Entries whose payloads share a file.
PAYLOAD_SPAN = 4096
#: What was appended to a file while it was rewritten, when it is carried over at once.
CARRY_MAX = 1 << 20


@dataclass(frozen=True)
class Rewritten:
    """A payload file that was written anew beside the one in use, flushed."""

    path: Path
    temporary: Path
    read: int  # bytes of the file in use that it stands for


def payload_path(directory: Path, seq: int) -> Path:
    """Where the payload of an entry lies; ``directory`` is that of the payload files."""
    return directory / f"{seq - seq % PAYLOAD_SPAN:016d}.jsonl"


def read_payload_lines(directory: Path, first: int, end: int) -> dict[int, bytes]:
    """Lines of the payloads of the entries ``[first, end)``, as stored, by index.

    Nothing is checked but the index at the end of each line; what cannot be read is not there.
    """
    found: dict[int, bytes] = {}
    for begin in range(first - first % PAYLOAD_SPAN, end, PAYLOAD_SPAN):
        with contextlib.suppress(OSError):
            for line in payload_path(directory, begin).read_bytes().split(b"\n")[:-1]:
                seq = line_index(line)
                if first <= seq < end:
                    found[seq] = line
    return found


def line_index(line: bytes) -> int:
    """The index a line names, -1 when it names none."""
    number = line[line.rfind(b":") + 1 : -1]
    return int(number) if number.isdigit() and len(number) <= 16 else -1


class PayloadAppender:
    """Appends payloads; owned by the log's owner thread.

    Invariant: while ``usable``, the files hold exactly the payloads of entries that are in the
    log, and after ``append`` those of the group being appended.
    """

    def __init__(self, disk: Disk, directory: Path) -> None:
        self.usable = True  # false once the state of the files is not known
        self._disk = disk
        self._directory = directory
        self._path: Path | None = None  # the file that is open
        self._descriptor = -1
        self._length = 0
        self._before: list[tuple[Path, int]] = []  # lengths before the last append

    def append(self, lines: Sequence[tuple[int, bytes]]) -> None:
        """Make the payloads of a group durable: index and line of each, in order.

        On OSError the files are as before, or ``usable`` is false.
        """
        self._before = []
        by_path: dict[Path, list[bytes]] = {}
        for seq, line in lines:
            by_path.setdefault(payload_path(self._directory, seq), []).append(line + b"\n")
        for path, parts in by_path.items():
            self._use(path)
            self._before.append((path, self._length))
            data = b"".join(parts)
            try:
                write_all(self._disk, self._descriptor, data)
            except OSError:
                self.retract()
                raise
            self._length += len(data)
            self.usable = False  # a descriptor whose flush failed is not used again
            self._disk.sync_data(self._descriptor)
            self.usable = True

    def retract(self) -> None:
        """Take the last append back: its entries did not come to be."""
        self.usable = False
        for path, length in reversed(self._before):
            self._use(path)
            self._disk.truncate(self._descriptor, length)
            self._disk.sync_data(self._descriptor)
            self._length = length
        self._before = []
        self.usable = True

    def switch(self, new: Rewritten) -> bool:
        """Put a rewritten file in the place of its old one, with what was appended since.

        False, and nothing was changed, when that is more than ``CARRY_MAX``. On OSError before
        the renaming the old file is in place; when ``usable`` is then false, its name may not be.
        """
        with new.path.open("rb") as old:
            old.seek(new.read)
            appended = old.read(CARRY_MAX + 1)
        if len(appended) > CARRY_MAX:
            return False
        if appended:
            descriptor = self._disk.open_append(new.temporary)
            try:
                write_all(self._disk, descriptor, appended)
                self._disk.sync(descriptor)
            finally:
                self._disk.close(descriptor)
        self.close()  # it is the old file's
        self.usable = False  # until the name is durable: a lost renaming would lose later lines
        self._disk.rename(new.temporary, new.path)
        self._disk.sync_directory(new.path.parent)
        self.usable = True
        return True

    def close(self) -> None:
        """Close the file that is open."""
        if self._path is not None:
            self._disk.close(self._descriptor)
            self._path = None

    def _use(self, path: Path) -> None:
        if path == self._path:
            return
        self.close()
        if not path.exists():
            make_directories(self._disk, path.parent)
            replace_file(self._disk, path, b"")
        self._descriptor = self._disk.open_append(path)
        self._path, self._length = path, path.stat().st_size


def drop_orphans(disk: Disk, directory: Path, size: int) -> None:
    """Cut off what stands behind the last payload of an entry below ``size``.

    That is at most what one group had written when the process died. Damage before that place is
    left as it is: verification names it.
    """
    for path in sorted(directory.glob("*.jsonl"), reverse=True):
        data = path.read_bytes()
        keep = position = 0
        for line in data.split(b"\n")[:-1]:
            position += len(line) + 1
            if _is_payload_below(line, size):
                keep = position
        if keep < len(data):
            descriptor = disk.open_append(path)
            try:
                disk.truncate(descriptor, keep)
                disk.sync_data(descriptor)
            finally:
                disk.close(descriptor)
        if keep:
            return


def _is_payload_below(line: bytes, size: int) -> bool:
    if not -1 < line_index(line) < size:
        return False
    try:
        return parse_payload(line).seq < size
    except EntryError:
        return False
