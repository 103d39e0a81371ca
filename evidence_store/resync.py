"""Making a storage directory whole again, from another one of the same store.

For a disk that was replaced, or that was given up and has missed more than a start may copy. The
writer may run meanwhile on its other directories. What is there is compared first: a fork or
damage is an error and changes nothing. What is missing is copied, files checked against the
digests in their entries, entries against the signed root; the checkpoint is copied as signed.
Then ``rejoin`` is left there for the writer: a running one takes the directory back within
seconds, with what was written meanwhile, and declares it by ``disk.joined``.

The entries that are missing are held in memory until they are in place: about 1 kB each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence_store.checkpoint import parse_checkpoint, verify_checkpoint
from evidence_store.durable import DirectoryLock, Disk, make_directories, replace_file, store_error
from evidence_store.errors import FormatError, PackageError, StoreDamaged, StoreError
from evidence_store.host_keys import ended_keys
from evidence_store.key_pem import parse_public_pem
from evidence_store.mirror import Gathered, Lead, bring_up, copy_public_keys, copy_vouchers
from evidence_store.reader import LogReader
from evidence_store.recovery import examine_log, open_log
from evidence_store.signer_port import LogSigner, Signer
from evidence_store.store_format import check_store, ensure_format
from evidence_store.store_ladder import log_names
from evidence_store.together import REJOIN_FILE
from evidence_store.twin_check import TWIN_HEAD
from evidence_store.volume import Volume

_ROUNDS = 20
_NEAR_ENTRIES = 500  # fewer than this the writer brings over by itself
_NO_LIMIT = 1 << 62


@dataclass(frozen=True)
class _PublicKey:
    """Stands where a log's signer does; it can only be asked for the public key."""

    public_key_bytes: bytes
    kind: int = 1
    key_sha256: str = ""
    beside: Sequence[Signer] = ()
    twin: Signer | None = None
    ended: Sequence[bytes] = ()

    def sign(self, message: bytes) -> bytes:
        """Nothing is signed here: the checkpoint is copied."""
        raise StoreError("a directory that is brought up signs nothing")

    def statement(self, origin: str) -> dict[str, Any] | None:
        """Nothing to state."""
        return None


def resync_store(source: Path, target: Path, disk: Disk | None = None) -> dict[str, Gathered]:
    """Bring every log of ``target`` up from ``source``; returns what each one was given.

    Raises:
        StoreError: it is in use, damaged, forked, or a disk refused.
    """
    check_store(source)
    disk = disk or Disk()
    ensure_format(target, disk)
    try:
        copy_public_keys(disk, source, target)
        return {name: _resync_log(disk, source, target, name) for name in log_names(source)}
    except FormatError as error:
        raise StoreDamaged(f"{source}: {error}") from error
    except OSError as error:
        raise store_error(error, f"cannot bring {target} up") from error


def _resync_log(disk: Disk, source: Path, target: Path, name: str) -> Gathered:
    pem = source / "keys" / f"{name}.pub.pem"
    try:
        signer = _PublicKey(
            parse_public_pem(pem.read_bytes()), ended=ended_keys(source / "keys", name)
        )
    except PackageError as error:
        raise StoreDamaged(f"{pem}: {error}") from error
    root = target / name
    make_directories(disk, root)
    lock = DirectoryLock(root / "lock")
    try:
        given = _round(disk, source / name, root, signer, lock)
        for _ in range(_ROUNDS):  # the writer may go on meanwhile
            more = _round(disk, source / name, root, signer, lock)
            given = _together(given, more)
            if more.entries < _NEAR_ENTRIES:
                break
        copy_vouchers(disk, source / name, root)
        replace_file(disk, root / REJOIN_FILE, b"{}\n")
    finally:
        lock.release()
    return given


def _round(
    disk: Disk, source: Path, root: Path, signer: LogSigner, lock: DirectoryLock
) -> Gathered:
    head = LogReader(source / "log").checkpoint()
    verify_checkpoint(head, signer.public_key_bytes)
    lead = Lead(source, head.size)
    lead.check_prefix(examine_log(root / "log", head.origin, signer).checkpoint, root)
    log, _ = open_log(root / "log", head.origin, signer, disk, lead.entry)
    try:
        volume = Volume(0, root, disk, lock, log)
        given = bring_up(lead, volume, entries_max=_NO_LIMIT, bytes_max=_NO_LIMIT)
        if log.write_tiles() != head.root:
            raise StoreDamaged(f"{source} does not lead to its signed root; nothing was signed")
        _copy_twin(disk, source, root, head.size)
        log.write_checkpoint(head)
        log.tidy()
    finally:
        log.close()
    return given or Gathered(0, head.size, 0, 0, 0, 0)


def _copy_twin(disk: Disk, source: Path, root: Path, size: int) -> None:
    """The head of the twin tree (SM3); one that is ahead waits for the writer."""
    with contextlib.suppress(FileNotFoundError):
        data = (source / "log" / TWIN_HEAD).read_bytes()
        if parse_checkpoint(data).size == size:
            replace_file(disk, root / "log" / TWIN_HEAD, data)


def _together(one: Gathered, two: Gathered) -> Gathered:
    return Gathered(
        0,
        min(one.from_size, two.from_size),
        one.entries + two.entries,
        one.files + two.files,
        one.bytes + two.bytes,
        one.lacking + two.lacking,
    )
