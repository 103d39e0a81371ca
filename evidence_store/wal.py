"""The write-ahead log: entries become durable here first, one flush for a whole group.

Example: a header line ``duizhi-wal/1 512``, then records.

1. A record is the entry's length (2 bytes, big endian), the entry, and the first 8 bytes of
   its leaf hash.
2. The header names the index of the first record; indexes then count up.
3. A file is begun by rename and only ever appended to, so its header is never torn.
4. Reading stops at the first record that is cut off or whose check is wrong. Whether what
   follows is a torn tail or damage is not known here: recovery.py decides it by the checkpoint.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path

from evidence_store.durable import Disk, replace_file, write_all
from evidence_store.errors import StoreDamaged
from evidence_store.merkle import leaf_hash

_HEADER = re.compile(rb"duizhi-wal/1 (0|[1-9][0-9]{0,15})\n")
_CHECK_BYTES = 8


@dataclass(frozen=True)
class WalContent:
    """What a write-ahead log holds: good records, and whatever follows them."""

    first: int  # index of the first record
    entries: list[bytes]
    good_bytes: int  # length of header and good records
    rest: bytes  # from the first bad record to the end; empty when all is well


def wal_path(directory: Path, first: int) -> Path:
    """Where the file lies that begins with the entry ``first``."""
    return directory / f"{first:016d}.wal"


def wal_files(directory: Path) -> list[Path]:
    """All write-ahead logs, the newest last."""
    return sorted(directory.glob("*.wal"))


def wal_record(entry: bytes) -> bytes:
    """One record."""
    return struct.pack(">H", len(entry)) + entry + leaf_hash(entry)[:_CHECK_BYTES]


def read_wal(path: Path) -> WalContent:
    """What lies in a write-ahead log.

    Raises:
        StoreDamaged: its header is not one.
    """
    data = path.read_bytes()
    header = _HEADER.match(data)
    if header is None or int(header[1]) != int(path.stem):
        raise StoreDamaged(f"{path.name}: the header of the write-ahead log is damaged")
    entries: list[bytes] = []
    offset = header.end()
    while offset + 2 <= len(data):
        length = int.from_bytes(data[offset : offset + 2], "big")
        end = offset + 2 + length + _CHECK_BYTES
        entry = data[offset + 2 : offset + 2 + length]
        # A record of length 0 is what a torn, zero-filled block looks like.
        if length == 0 or end > len(data):
            break
        if leaf_hash(entry)[:_CHECK_BYTES] != data[end - _CHECK_BYTES : end]:
            break
        entries.append(entry)
        offset = end
    return WalContent(int(header[1]), entries, offset, data[offset:])


def begin_wal(disk: Disk, directory: Path, first: int, entries: list[bytes]) -> Path:
    """Durably begin a new write-ahead log that already holds ``entries``."""
    path = wal_path(directory, first)
    records = b"".join(wal_record(entry) for entry in entries)
    replace_file(disk, path, b"duizhi-wal/1 %d\n" % first + records)
    return path


class WalAppender:
    """Appends to one write-ahead log; owned by the log's owner thread.

    Invariant: ``length`` is the length of the good part; whatever a failed write left behind
    it is cut off before anything else is appended.
    """

    def __init__(self, disk: Disk, path: Path, length: int) -> None:
        self.path = path
        self.length = length
        self.usable = True  # false once the state of the file is not known
        self._disk = disk
        self._descriptor = disk.open_append(path)

    def write(self, entries: list[bytes]) -> None:
        """Hand the records to the kernel. On OSError the file is as before, or unusable.

        A failure to cut the file back is raised from here as well and leaves ``usable`` false.
        """
        data = b"".join(wal_record(entry) for entry in entries)
        self.usable = False
        try:
            write_all(self._disk, self._descriptor, data)
        except OSError:
            self.cut()
            self.usable = True
            raise
        self.length += len(data)
        self.usable = True

    def flush(self) -> None:
        """Make all records durable. After an OSError this object must not be used again."""
        self.usable = False
        self._disk.sync_data(self._descriptor)
        self.usable = True

    def cut(self) -> None:
        """Cut off whatever stands behind the good part."""
        self._disk.truncate(self._descriptor, self.length)
        self._disk.sync_data(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        self._disk.close(self._descriptor)
