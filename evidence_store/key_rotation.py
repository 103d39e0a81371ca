"""Changing the keys of a log, and declaring one that is no longer trusted.

Both write into the log itself, so its recorder (or the centre) must not be running: the storage
directory has one owner. What is true if the process dies in between stands in host_keys.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_store.durable import Disk, make_directories, replace_file
from evidence_store.errors import KeyFileError
from evidence_store.host_keys import (
    HostKeys,
    TurningKeys,
    finish_rotation,
    next_host_keys,
    open_host_keys,
)
from evidence_store.key_ceremony import UnitRoot, certify_log
from evidence_store.writer import Draft, StoreWriter

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Rotation:
    """What was changed."""

    ended_sha256: str
    begun_sha256: str
    size: int  # of the checkpoint that both sets of keys signed
    checkpoint: Path  # a copy of it


def rotate_keys(
    store: Path,
    name: str,
    origin: str,
    software: Mapping[str, Any],
    *,
    reason: str,
    root: UnitRoot | None = None,
    gm: bool = False,
    mirrors: Sequence[Path] = (),
) -> Rotation:
    """Give a log new keys, certified by the present ones, and by the root when it is at hand.

    ``mirrors`` are the same log on other disks; those that cannot be written are left behind.

    Raises:
        KeyFileError: keys cannot be read or written.
        StoreError: the log is in use, damaged, or the disk refuses.
    """
    present, following = open_host_keys(store, name, gm=gm), next_host_keys(store, name)
    if root is not None:
        note = root.certify(origin, following.public_keys(origin))
        following = following.certified(root.key.text, note)
    turning = TurningKeys(present, following)
    writer = _open(store, name, origin, turning, software, mirrors)
    try:
        turning.turn()
        _say(writer, "key.rotate", turning.rotation(origin), reason)
    finally:
        writer.close()
    checkpoint = (store / name / "log" / "checkpoint").read_bytes()
    copy = store / name / "log" / "rotated" / f"{writer.size}.checkpoint"
    disk = Disk()
    try:
        make_directories(disk, copy.parent)
        replace_file(disk, copy, checkpoint)
    except OSError as error:
        raise KeyFileError(f"cannot write {copy}: {error.strerror}") from error
    finish_rotation(store, name)
    if root is not None:
        certify_log(root, store / "keys", name, origin)
    return Rotation(present.key_sha256, following.key_sha256, writer.size, copy)


def declare_compromised(
    store: Path,
    name: str,
    origin: str,
    software: Mapping[str, Any],
    *,
    key_sha256: str,
    trusted_size: int,
    reason: str,
    gm: bool = False,
) -> int:
    """Say in the log that a key is no longer trusted; returns the log's size.

    ``trusted_size`` is the size of the last checkpoint that others vouch for.

    Raises:
        KeyFileError: the key is the present one (rotate first), or no fingerprint.
        StoreError: the log is in use, damaged, or the disk refuses.
    """
    keys = open_host_keys(store, name, gm=gm)
    if not _SHA256.fullmatch(key_sha256):
        raise KeyFileError("expected the key's fingerprint: SHA-256 in hex, 64 characters")
    if key_sha256 == keys.key_sha256:
        raise KeyFileError("this is the key in use: rotate first, then declare it")
    writer = _open(store, name, origin, keys, software)
    try:
        if not 0 <= trusted_size <= writer.size:
            raise KeyFileError(f"expected a size from 0 to {writer.size}, got {trusted_size}")
        body = {"key_sha256": key_sha256, "trusted_size": trusted_size}
        _say(writer, "key.compromised", body, reason)
    finally:
        writer.close()
    return writer.size


def _open(
    store: Path,
    name: str,
    origin: str,
    keys: HostKeys,
    software: Mapping[str, Any],
    mirrors: Sequence[Path] = (),
) -> StoreWriter:
    return StoreWriter.open(
        store / name,
        origin=origin,
        signer=keys,
        software=software,
        session_keys=name != "centre",
        mirrors=mirrors,
    )


def _say(writer: StoreWriter, kind: str, body: dict[str, Any], reason: str) -> None:
    draft = Draft(kind, "", "", body, time.time_ns() // 1000, private={"reason": reason})
    writer.submit([draft]).result()
