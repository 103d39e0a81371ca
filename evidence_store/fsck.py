"""A deep check of a store: everything verification checks, and the machinery around it.

1. The ladder of store_ladder.py.
2. Tiles above the entries: each hash is the root of the tile below it.
3. The write-ahead log: readable to its end, and its entries are those in the tiles.
4. Private keys: readable by their owner alone, and the public halves are theirs.
5. Files: what no entry names, what was kept aside, what a crash left half-written.

Steps 1 to 3 find faults; of 4 and 5 some are only notices. A running writer may add entries
meanwhile; what lies beyond the checkpoint is not judged. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evidence_store.durable import TEMPORARY_PREFIX
from evidence_store.errors import (
    FormatError,
    KeyFileError,
    StoreDamaged,
    TileError,
)
from evidence_store.key_files import is_encrypted, public_half, public_key_path, read_private_key
from evidence_store.reader import LogReader
from evidence_store.report import UNREADABLE, Finding, Notice, Report
from evidence_store.store_ladder import log_names, verify_store
from evidence_store.survey import files_of, survey_log
from evidence_store.tile import TILE_WIDTH, perfect_root, tile_path
from evidence_store.tile_files import TileFiles
from evidence_store.wal import read_wal, wal_files


def fsck_store(path: Path, *, progress: Callable[[float], None] | None = None) -> Report:
    """Check the store at ``path`` deeply. Never raises for what lies there."""
    # 1. The ladder.
    report = verify_store(path, progress=progress)
    if report.verdict == UNREADABLE:
        return report
    for name in log_names(path):
        directory = path / name / "log"
        try:
            size = LogReader(directory).checkpoint().size
        except (FormatError, StoreDamaged):
            continue  # found by the ladder
        # 2. Upper tiles.
        _check_upper_tiles(directory, name, size, report)
        # 3. The write-ahead log.
        _check_wal(directory, name, size, report)
        # 5. Files.
        _check_files(path / name, name, size, report)
    # 4. Keys.
    _check_keys(path / "keys", report)
    return report


def _check_upper_tiles(directory: Path, name: str, size: int, report: Report) -> None:
    files = TileFiles(directory)
    level = 1
    while size >> (8 * level):
        count = size >> (8 * level)
        for index in range((count + TILE_WIDTH - 1) // TILE_WIDTH):
            width = min(TILE_WIDTH, count - index * TILE_WIDTH)
            path = f"{name}/log/{tile_path(level, index, width)}"
            try:
                hashes = files.hashes(level, index, width)
                below = [
                    perfect_root(files.hashes(level - 1, index * TILE_WIDTH + i, TILE_WIDTH))
                    for i in range(width)
                ]
            except (OSError, TileError) as error:
                report.findings.append(Finding("missing", str(error), path=path))
                continue
            if hashes != below:
                report.findings.append(
                    Finding("altered", "a hash is not the root of the tile below", path=path)
                )
        level += 1


def _check_wal(directory: Path, name: str, size: int, report: Report) -> None:
    files = wal_files(directory / "wal")
    if not files:
        report.findings.append(
            Finding("missing", "there is no write-ahead log", path=f"{name}/log/wal")
        )
        return
    path = f"{name}/log/wal/{files[-1].name}"
    try:
        content = read_wal(files[-1])
    except FileNotFoundError:
        return  # replaced by a shorter one while we looked
    except (OSError, StoreDamaged) as error:
        report.findings.append(Finding("altered", str(error), path=path))
        return
    end = content.first + len(content.entries)
    if end < size:
        detail = f"entry {end} is damaged or missing in the write-ahead log"
        report.findings.append(Finding("altered", detail, path=path))
        return
    if content.rest:
        detail = f"{len(content.rest)} bytes behind the last entry; the next start declares them"
        report.notices.append(Notice("torn_tail", f"{path}: {detail}"))
    try:
        stored = LogReader(directory).entries(content.first, size - content.first)
    except FormatError:
        return  # found by the ladder
    if stored != content.entries[: len(stored)]:
        detail = "the write-ahead log and the tiles hold different entries"
        report.findings.append(Finding("altered", detail, path=path))


def _check_files(root: Path, name: str, size: int, report: Report) -> None:
    files = sorted(files_of(root))
    if files:
        try:
            named = survey_log(root / "log", size).paths
        except StoreDamaged:
            return  # found by the ladder
        for path in files:
            relative = path.relative_to(root).as_posix()
            if relative in named:
                continue
            half = path.name.startswith(TEMPORARY_PREFIX)
            code = "half_written" if half else "orphan"
            report.notices.append(Notice(code, f"{name}/{relative}: no entry names this file"))
    if (root / "aside").is_dir():
        count = sum(1 for item in (root / "aside").rglob("*") if item.is_file())
        report.notices.append(Notice("aside", f"{name}/aside: {count} files kept after a crash"))


def _check_keys(keys: Path, report: Report) -> None:
    for private in sorted(keys.glob("*.pem")):
        if private.name.endswith((".pub.pem", ".sm2.pem")):
            continue
        public = public_key_path(private)
        try:
            same = public.read_bytes() == public_half(read_private_key(private))
            if not is_encrypted(private):
                detail = f"keys/{private.name} is not encrypted: duizhi key encrypt"
                report.notices.append(Notice("key_plain", detail))
        except KeyFileError as error:
            report.notices.append(Notice("private_key", str(error)))
        except OSError as error:
            report.findings.append(Finding("missing", str(error), path=f"keys/{public.name}"))
        else:
            if not same:
                detail = "this public key does not belong to the private key beside it"
                report.findings.append(Finding("altered", detail, path=f"keys/{public.name}"))
