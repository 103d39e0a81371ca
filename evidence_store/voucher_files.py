"""Where a store keeps what others say of its logs: cosigned heads, time stamps, the policy.

::

    <store>/policy                          C2SP tlog-policy of this installation, that of today
    <store>/policies/<sha256>               each that a log was told to name, today's among them
    <store>/<log>/witnessed/<size>.checkpoint
    <store>/<log>/stamps/<size>.checkpoint  the head that was stamped, as the log signed it
    <store>/<log>/stamps/<size>.tsr         RFC 3161; of a second authority <size>-2.tsr
    <store>/<log>/stamps/certs.pem          the authorities' certificates

Nothing here is needed to read or to write a log. Whoever writes here is not the log's writer.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import Path

from evidence_store.durable import Disk, make_directories, replace_file
from evidence_store.stamp_account import CERTIFICATES, STAMPS_MAX, StampFiles, take_stamp_file
from evidence_store.witness_account import HEAD_BYTES_MAX, HEADS_MAX, head_size

POLICY_FILE = "policy"
POLICIES = "policies"
WITNESSED = "witnessed"
STAMPS = "stamps"
#: Heads kept of one log. When there are more, every second one of the older half goes: what was
#: in a head that goes is in the next one too, so only the time is known less exactly.
HEADS_KEPT = 4000
STAMPS_KEPT = 800


def stored_policy(store: Path, named: str = "") -> bytes | None:
    """The policy a log names by its SHA-256 (hexadecimal), else that of today; None without any.

    A log whose process is away when the policy changes goes on naming the one before: that is kept.
    """
    today = _read(store / POLICY_FILE)
    known = today is not None and hashlib.sha256(today).hexdigest() == named
    if known or not re.fullmatch(r"[0-9a-f]{64}", named):
        return today
    kept = _read(store / POLICIES / named)
    return today if kept is None else kept


def keep_policy(disk: Disk, store: Path, data: bytes) -> None:
    """Keep a policy for the logs that name it, flushed; it is never removed, nor written twice.

    Raises:
        OSError: the disk refused.
    """
    folder = store / POLICIES
    path = folder / hashlib.sha256(data).hexdigest()
    if _read(path) != data:
        make_directories(disk, folder)
        replace_file(disk, path, data)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def stored_heads(root: Path) -> dict[int, bytes]:
    """The cosigned heads of the log at ``root`` (``<store>/recorder-1``), by size."""
    found: dict[int, bytes] = {}
    for size, path in head_files(root / WITNESSED)[-HEADS_MAX:]:
        # It may be thinned out while we look.
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            found[size] = file.read(HEAD_BYTES_MAX)
    return found


def stored_head(root: Path, size: int) -> bytes | None:
    """The cosigned head of one size; None when there is none."""
    try:
        return (root / WITNESSED / f"{size}.checkpoint").read_bytes()
    except FileNotFoundError:
        return None


def stored_stamps(root: Path) -> StampFiles:
    """The time stamps of the log at ``root``, with the heads they are over."""
    found = StampFiles()
    paths = sorted((root / STAMPS).glob("*"), key=lambda path: (len(path.name), path.name))
    for path in paths[-3 * STAMPS_MAX :]:
        with contextlib.suppress(OSError), path.open("rb") as file:
            take_stamp_file(found, path.name, file.read(HEAD_BYTES_MAX))
    return found


def head_files(folder: Path) -> list[tuple[int, Path]]:
    """Size and path of every head in a folder, the smallest first."""
    found = [(head_size(path.name), path) for path in folder.glob("*.checkpoint")]
    return sorted((size, path) for size, path in found if size is not None)


def keep_head(disk: Disk, root: Path, size: int, note: bytes) -> None:
    """Store a cosigned head, flushed; one of that size is replaced.

    Raises:
        OSError: the disk refused.
    """
    folder = root / WITNESSED
    make_directories(disk, folder)
    replace_file(disk, folder / f"{size}.checkpoint", note)


def keep_stamp(
    disk: Disk, root: Path, size: int, number: int, note: bytes, token: bytes, certificates: bytes
) -> None:
    """Store a time stamp of authority ``number`` (1 or 2) and the head it is over, flushed.

    Raises:
        OSError: the disk refused.
    """
    folder = root / STAMPS
    make_directories(disk, folder)
    replace_file(disk, folder / f"{size}.checkpoint", note)
    name = f"{size}.tsr" if number == 1 else f"{size}-{number}.tsr"
    replace_file(disk, folder / name, token)
    replace_file(disk, folder / CERTIFICATES, certificates)


def thin_stamps(disk: Disk, root: Path, kept: int = STAMPS_KEPT) -> int:
    """As ``thin_heads``, for stamped heads and their tokens."""
    folder = root / STAMPS
    files = head_files(folder)
    if len(files) <= kept:
        return 0
    old = files[1 : len(files) // 2 : 2]
    for size, path in old:
        for one in (path, folder / f"{size}.tsr", folder / f"{size}-2.tsr"):
            with contextlib.suppress(FileNotFoundError):
                disk.unlink(one)
    return len(old)


def thin_heads(disk: Disk, folder: Path, kept: int = HEADS_KEPT) -> int:
    """Remove every second head of the older half when there are more than ``kept``.

    Never the smallest nor the largest. Returns how many were removed.

    Raises:
        OSError: the disk refused.
    """
    files = head_files(folder)
    if len(files) <= kept:
        return 0
    old = files[1 : len(files) // 2 : 2]
    for _, path in old:
        with contextlib.suppress(FileNotFoundError):
            disk.unlink(path)
    return len(old)
