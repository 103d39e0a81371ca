"""The files of a package, wherever it lies: a directory or a zip archive of one.

Standard library only. Nothing is extracted and no name is ever used to write.
"""

from __future__ import annotations

import hashlib
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evidence_store.errors import PackageError

_BLOCK_BYTES = 1 << 20
_WHOLE_BYTES_MAX = 1 << 30
# A zip archive may unpack to so much. Deflate makes at most 1,032 bytes of one, media hardly any.
_UNPACKED_FREE = 256 << 20
_UNPACKED_TIMES = 100
_LOCAL_HEADER_BYTES = 30
_DESCRIPTOR_BYTES = 24  # behind a file whose size was not known when its header was written
# Everything that reading a damaged disc or archive has been seen to raise.
_READ_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


@dataclass(frozen=True)
class Digest:
    """What was read of one file; ``sha256`` is empty when it could not be read to its end."""

    sha256: str
    size: int


class PackageFiles:
    """Names and bytes. ``names`` are relative to the package's top directory."""

    def __init__(
        self,
        sizes: dict[str, int],
        opener: Callable[[str], BinaryIO],
        closer: Callable[[], None] = lambda: None,
    ) -> None:
        self.sizes = sizes
        self.close = closer
        self.jobs = 1  # files read at the same time
        self._open = opener

    def read(self, name: str) -> bytes:
        """The whole file; for the small ones.

        Raises:
            PackageError: it is not there, cannot be read, or is absurdly large.
        """
        if self.sizes.get(name, 0) > _WHOLE_BYTES_MAX:
            raise PackageError(f"{name} is too large to be what it should be")
        return b"".join(self.blocks(name))

    def blocks(self, name: str) -> Iterator[bytes]:
        """The file, block by block.

        Raises:
            PackageError: it is not there or cannot be read.
        """
        if name not in self.sizes:
            raise PackageError(f"{name} is missing")
        try:
            with self._open(name) as file:
                while block := file.read(_BLOCK_BYTES):
                    yield block
        except _READ_ERRORS as error:
            raise PackageError(f"{name} cannot be read: {error}") from error

    def joined(self, name: str, parts: list[str]) -> bool:
        """Whether a file is these others end to end; compared, for all were hashed already.

        Raises:
            PackageError: one of them cannot be read.
        """
        whole, rest = self.blocks(name), b""
        for part in parts:
            for block in self.blocks(part):
                while len(rest) < len(block):
                    more = next(whole, b"")
                    if not more:
                        return False
                    rest += more
                if not rest.startswith(block):
                    return False
                rest = rest[len(block) :]
        return not rest and not next(whole, b"")

    def digest(self, name: str, progress: Callable[[int], None]) -> Digest:
        """SHA-256 and size of a file."""
        return _digest(self.blocks(name), progress)


def digest_path(path: Path, progress: Callable[[int], None]) -> Digest | None:
    """SHA-256 and size of a file outside a package; None when there is none (or a link)."""
    if not path.is_file() or path.is_symlink():
        return None
    files = PackageFiles({path.name: 0}, lambda name: path.open("rb"))
    return files.digest(path.name, progress)


def _digest(blocks: Iterator[bytes], progress: Callable[[int], None]) -> Digest:
    state, size = hashlib.sha256(), 0
    try:
        for block in blocks:
            state.update(block)
            size += len(block)
            progress(len(block))
    except PackageError:
        return Digest("", size)
    return Digest(state.hexdigest(), size)


def open_package(path: Path, mark: str = "bagit.txt") -> PackageFiles:
    """The files of the package at ``path``; in an archive ``mark`` shows where its top is.

    Raises:
        PackageError: there is no package, or the archive is damaged.
    """
    if path.is_dir():
        return _open_directory(path)
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise PackageError(f"{path} does not exist") from error
    except _READ_ERRORS as error:
        raise PackageError(f"{path} is neither a package nor a zip archive of one") from error
    try:
        return _open_zip(archive, mark)
    except PackageError:
        archive.close()
        raise


def _open_directory(path: Path) -> PackageFiles:
    # A link is not a file of the package: whatever it points to can change behind our back.
    found = [item for item in path.rglob("*") if item.is_file() and not item.is_symlink()]
    sizes = {item.relative_to(path).as_posix(): item.stat().st_size for item in found}
    return PackageFiles(sizes, lambda name: (path / name).open("rb"))


def _open_zip(archive: zipfile.ZipFile, mark: str) -> PackageFiles:
    members = [item for item in archive.infolist() if not item.is_dir()]
    tops = [item.filename for item in members if item.filename.split("/")[-1] == mark]
    if not tops:
        raise PackageError(f"the archive holds no {mark}: it is no package")
    prefix = min(tops, key=lambda name: name.count("/"))[: -len(mark)]
    _check_archive(archive, members)
    inside: dict[str, zipfile.ZipInfo] = {}
    for item in members:
        name = item.filename.removeprefix(prefix)
        if name in inside:
            raise PackageError(f"the archive holds two files called {item.filename}")
        inside[name] = item
    sizes = {name: item.file_size for name, item in inside.items()}

    def opener(name: str) -> BinaryIO:
        return archive.open(inside[name])  # type: ignore[return-value]

    return PackageFiles(sizes, opener, archive.close)


def _check_archive(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Only what every program unpacks alike: plain files, one after the other, and nothing else.

    Raises:
        PackageError: bytes are hidden between the files or before them, files overlap, are
            encrypted, are links, or unpack to absurdly more than the archive holds.
    """
    packed = sum(item.compress_size for item in members)
    if sum(item.file_size for item in members) > _UNPACKED_FREE + _UNPACKED_TIMES * packed:
        raise PackageError("the archive unpacks to absurdly more than it holds")
    end = slack = 0
    for item in sorted(archive.infolist(), key=lambda item: item.header_offset):
        if item.flag_bits & 1:
            raise PackageError("the archive is encrypted")
        if stat.S_IFMT(item.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise PackageError(f"the archive holds something that is no file: {item.filename}")
        if not end <= item.header_offset <= end + slack:
            raise PackageError("the archive holds bytes between its files, or files that overlap")
        end = item.header_offset + _header_bytes(archive, item) + item.compress_size
        slack = _DESCRIPTOR_BYTES if item.flag_bits & 8 else 0
    if archive.start_dir > end + slack:
        raise PackageError("the archive holds bytes behind its files")


def _header_bytes(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> int:
    """Length of what stands before a file's bytes (APPNOTE 4.3.7)."""
    assert archive.fp is not None
    archive.fp.seek(item.header_offset)
    head = archive.fp.read(_LOCAL_HEADER_BYTES)
    if len(head) != _LOCAL_HEADER_BYTES or not head.startswith(b"PK\x03\x04"):
        raise PackageError("the archive is damaged")
    name, extra = struct.unpack("<HH", head[26:30])
    return _LOCAL_HEADER_BYTES + int(name) + int(extra)
