"""Opening the storage directories of a writer: recover each, and bring them to one state.

With one directory this is recovery.py and nothing else. With several:

1. Each is locked and looked at; nothing is changed yet. One that cannot be read, is damaged, or
   has lost what it was known to hold is not used.
2. The one whose checkpoint covers most leads. The checkpoint of every other must be a root that
   the leader's tree had at that size; otherwise the log was forked, which is an error.
   Only the leader's must carry the present key's line: another may be from before a rotation.
3. Behind their checkpoints, records that differ from the leader's were acknowledged nowhere and
   are cut off like a torn tail.
4. What the others lack is read from the leader and written as by the writer itself: files first,
   then entries. Each such directory is declared by ``disk.joined``. When too much is missing for
   a start, the directory is left out (``duizhi store resync`` is for that).
5. When a directory cannot be used, going on without it must not be able to fork the log: the
   leader was closed in order, or it is known that the absent one holds nothing more.

Every directory that is left out is declared by ``disk.failed``.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evidence_store.draft import Draft
from evidence_store.durable import DirectoryLock, Disk, make_directories, store_error
from evidence_store.errors import (
    DiskAbsent,
    DiskBehind,
    DiskFailed,
    DiskFull,
    DiskStalled,
    EvidenceError,
    StoreBusy,
    StoreDamaged,
    StoreError,
)
from evidence_store.log import Log
from evidence_store.mirror import Gathered, Lead, bring_up, copy_public_keys
from evidence_store.recovery import (
    LogFacts,
    Recovery,
    examine_checkpoint,
    examine_log,
    open_log,
)
from evidence_store.signer_port import LogSigner
from evidence_store.store_format import check_store, ensure_format
from evidence_store.survey import Survey, survey_log
from evidence_store.together import REJOIN_FILE, Together, read_together
from evidence_store.volume import Loss, Volume, Volumes

logger = logging.getLogger(__name__)

_RECOVER_ORPHANS_MAX = 200


@dataclass
class Opened:
    """What was found, and the directories ready for the first append."""

    volumes: Volumes
    recovery: Recovery  # of the directory that leads
    survey: Survey
    orphans: list[str] = field(default_factory=list)
    joined: list[Gathered] = field(default_factory=list)
    discarded: list[tuple[int, bytes]] = field(default_factory=list)  # by the other directories


@dataclass
class _Found:
    """One configured directory before it is opened."""

    number: int
    root: Path
    disk: Disk
    lock: DirectoryLock
    facts: LogFacts
    together: Together


@dataclass
class _Missing:
    """One configured directory that cannot be used."""

    loss: Loss
    said: int | None  # entries its checkpoint covers, when that can be read


@dataclass(frozen=True)
class _Wish:
    """See ``open_directories``."""

    chains: bool
    reading: Callable[[], None]


def open_directories(
    roots: Sequence[Path],
    disks: Sequence[Disk],
    origin: str,
    signer: LogSigner,
    *,
    chains: bool = False,
    reading: Callable[[], None] = lambda: None,
) -> Opened:
    """Lock, recover and level all directories.

    With ``chains`` the open chains of sessions (session_keys.py) must be known on return.
    ``reading`` is called again and again while a whole log is being read.

    Raises:
        StoreError: the first directory, or all of them, cannot be used; or the log was forked.
    """
    for root in roots:
        if (root.parent / "FORMAT").exists():
            check_store(root.parent)
    wish = _Wish(chains, reading)
    if len(roots) == 1:
        return _open_one(roots[0], disks[0], origin, signer, wish)
    return _open_several(roots, disks, origin, signer, wish)


def _take(root: Path, disk: Disk) -> DirectoryLock:
    try:
        make_directories(disk, root)
        return DirectoryLock(root / "lock")
    except OSError as error:
        raise store_error(error, f"cannot open {root}") from error


def _open_one(root: Path, disk: Disk, origin: str, signer: LogSigner, wish: _Wish) -> Opened:
    lock = _take(root, disk)
    try:
        log, recovery = _recovered(root, disk, origin, signer)
        volume = Volume(1, root, disk, lock, log)
        return _surveyed(Volumes([volume]), recovery, origin, wish)
    except EvidenceError:
        lock.release()
        raise


def _recovered(
    root: Path, disk: Disk, origin: str, signer: LogSigner, lead: Lead | None = None
) -> tuple[Log, Recovery]:
    try:
        return open_log(root / "log", origin, signer, disk, lead.entry if lead else None)
    except OSError as error:
        raise store_error(error, f"cannot recover {root}") from error


def _surveyed(volumes: Volumes, recovery: Recovery, origin: str, wish: _Wish) -> Opened:
    """What the log names: kept from an orderly stop, else read; and files that nothing names."""
    known = recovery.survey if recovery.clean else None
    if known is not None and not (wish.chains and known.open_chains is None):
        return Opened(volumes, recovery, known)
    try:
        survey = survey_log(volumes.root / "log", volumes.log.size, origin, wish.reading)
        # a stop in order leaves none
        orphans = [] if recovery.clean else volumes.set_orphans_aside(survey.paths)
    except OSError as error:
        volumes.close()
        raise store_error(error, f"cannot recover {volumes.root}") from error
    except EvidenceError:
        volumes.close()
        raise
    return Opened(volumes, recovery, survey, orphans)


# --- several directories ---------------------------------------------------------------------


def _open_several(
    roots: Sequence[Path], disks: Sequence[Disk], origin: str, signer: LogSigner, wish: _Wish
) -> Opened:
    found, missing = _look(roots, disks, origin, signer)
    try:
        while True:
            first = max(found, key=_most)
            lead = Lead(first.root, first.facts.durable)
            _check_sure(first, found, missing)
            for one in found:
                lead.check_prefix(one.facts.checkpoint, one.root)
            try:
                opened = _volume(first, None, (origin, signer))
            except DiskFailed as error:
                if len(found) == 1:
                    raise
                # It refused while it was opened: the next one leads, if it is sure.
                found.remove(first)
                first.lock.release()
                missing.append(_Missing(Loss(first.number, error), first.facts.acknowledged))
                continue
            losses = [one.loss for one in missing]
            return _level(first, opened, lead, found, losses, (origin, signer), wish)
    except BaseException:  # also when interrupted: no lock stays held; raised on
        for one in found:
            one.lock.release()
        raise


def _most(one: _Found) -> tuple[int, int, int]:
    return one.facts.acknowledged, one.facts.durable, -one.number


def _look(
    roots: Sequence[Path], disks: Sequence[Disk], origin: str, signer: LogSigner
) -> tuple[list[_Found], list[_Missing]]:
    """Step 1: lock and examine; nothing is changed but for the directories themselves."""
    found: list[_Found] = []
    missing: list[_Missing] = []
    for number, (root, disk) in enumerate(zip(roots, disks, strict=True), 1):
        lock = None
        try:
            if number > 1 and not (root.parent / "FORMAT").exists():
                if any(one.together.stored for one in found):  # it had a mirror before
                    raise DiskAbsent(f"{root.parent} is empty; is its disk mounted?")
                ensure_format(root.parent, disk)
            lock = _take(root, disk)
            if number > 1:
                copy_public_keys(disk, roots[0].parent, root.parent)
            facts = examine_log(root / "log", origin, signer)
            found.append(_Found(number, root, disk, lock, facts, read_together(root)))
        except StoreBusy:
            for one in found:
                one.lock.release()
            raise
        except (OSError, StoreError) as error:
            if lock is not None:
                lock.release()
            refused = error if isinstance(error, StoreError) else store_error(error, str(root))
            missing.append(_Missing(Loss(number, refused), _said(root, origin, signer)))
    if not found:
        raise missing[0].loss.error
    return found, missing


def _said(root: Path, origin: str, signer: LogSigner) -> int | None:
    """How many entries a directory that cannot be used had acknowledged, if it can tell."""
    try:
        return examine_checkpoint(root / "log", origin, signer) or None
    except (OSError, StoreError):
        return None


def _check_sure(first: _Found, found: list[_Found], missing: list[_Missing]) -> None:
    """Step 5.

    Raises:
        StoreError: a directory that cannot be used may hold entries that no other one has.
    """
    if missing and first.facts.durable == 0:
        raise missing[0].loss.error  # a log is never begun anew beside one that cannot be read
    if first.facts.closed_at == first.facts.acknowledged == first.facts.durable:
        return  # it was in use until the last writer stopped in order
    if first.together.members <= {one.together.own for one in found}:
        return  # all that could hold more are here
    if all(one.said is not None and one.said <= first.facts.durable for one in missing):
        return
    names = "; ".join(str(one.loss.error) for one in missing)
    raise StoreDamaged(
        f"{names}. The last run did not end in order, so that directory may hold entries that "
        f"{first.root} has not. Bring it back, or take it out of the settings ([store] mirrors) "
        "to go on without it for good."
    )


def _level(
    first: _Found,
    leading: tuple[Volume, Recovery],
    lead: Lead,
    found: list[_Found],
    losses: list[Loss],
    log: tuple[str, LogSigner],
    wish: _Wish,
) -> Opened:
    """Steps 3 and 4."""
    opened = [leading]
    joined: list[Gathered] = []
    try:
        for one in found:
            if one is first:
                continue
            other = None
            try:
                other, recovery = _volume(one, lead, log)
                gathered = bring_up(lead, other)
            except StoreError as error:
                logger.error("storage directory %d is left out: %s", one.number, error)
                losses.append(Loss(one.number, error))
                if other is not None:
                    other.close()
                one.lock.release()
                continue
            opened.append((other, recovery))
            joined += [gathered] if gathered else []
    except BaseException:  # also when interrupted: no volume stays open; raised on
        for other, _ in opened:
            other.close()
        raise
    volumes = Volumes(sorted((other for other, _ in opened), key=lambda other: other.number))
    volumes.lost = losses
    names = {one.number: one.together for one in found}
    volumes.know(names)
    clean = not joined and all(recovery.clean for _, recovery in opened)
    recovery = replace(opened[0][1], clean=clean)
    discarded = [(v.number, its.discarded) for v, its in opened[1:] if its.discarded]
    result = _surveyed(volumes, recovery, log[0], wish)
    result.joined, result.discarded = joined, discarded
    return result


def _volume(one: _Found, lead: Lead | None, log: tuple[str, LogSigner]) -> tuple[Volume, Recovery]:
    found, recovery = _recovered(one.root, one.disk, *log, lead)
    return Volume(one.number, one.root, one.disk, one.lock, found), recovery


def take_back(
    number: int, root: Path, disk: Disk, log: tuple[str, LogSigner], lead: Lead
) -> tuple[Volume, Together, Gathered]:
    """Take a directory back while the writer runs; on return it holds what the lead does.

    Raises:
        StoreError: it is forked, damaged, too far behind, or its disk refused.
    """
    lock = _take(root, disk)
    try:
        facts = examine_log(root / "log", *log)
        lead.check_prefix(facts.checkpoint, root)
        found = _Found(number, root, disk, lock, facts, read_together(root))
        volume, _ = _volume(found, lead, log)
        try:
            gathered = bring_up(lead, volume) or Gathered(number, lead.size, 0, 0, 0, 0)
            disk.unlink(root / REJOIN_FILE)
        except OSError as error:
            volume.close()
            raise store_error(error, f"cannot take {root} back") from error
        except StoreError:
            volume.close()
            raise
    except OSError as error:
        lock.release()
        raise store_error(error, f"cannot take {root} back") from error
    except StoreError:
        lock.release()
        raise
    return volume, found.together, gathered


# --- what is said about it -------------------------------------------------------------------


def opening_drafts(
    opened: Opened,
    origin: str,
    signer: LogSigner,
    software: Mapping[str, Any],
    session_keys: bool = False,
) -> list[Draft]:
    """The entries that every opening of the log begins with."""
    t_us = time.time_ns() // 1000
    recovery, orphans = opened.recovery, opened.orphans
    if recovery.fresh:
        body = {**software, "key_sha256": signer.key_sha256, "origin": origin}
        drafts = [Draft("log.open", "", "", body, t_us)]
    else:
        drafts = [Draft("process.start", "", "", dict(software), t_us)]
    if not recovery.clean and (orphans or recovery.discarded or not recovery.fresh):
        body = {
            "from_size": recovery.from_size,
            "size": recovery.size,
            "discarded_bytes": len(recovery.discarded),
            "discarded_sha256": hashlib.sha256(recovery.discarded).hexdigest(),
            "orphans": orphans[:_RECOVER_ORPHANS_MAX],
            "orphans_total": len(orphans),
        }
        if opened.discarded:
            body["mirrors"] = [_discarded(number, data) for number, data in opened.discarded]
        recover = Draft("recover", "", "", body, t_us)
        drafts = [drafts[0], recover] if recovery.fresh else [recover, drafts[0]]
    statement = signer.statement(origin)
    if statement is not None:
        body = {**statement, "session_keys": session_keys}
        drafts.append(Draft("key.host", "", "", body, t_us))
    drafts += [joined_draft(one) for one in opened.joined]
    return drafts


def _discarded(number: int, data: bytes) -> dict[str, Any]:
    return {
        "directory": number,
        "discarded_bytes": len(data),
        "discarded_sha256": hashlib.sha256(data).hexdigest(),
    }


def joined_draft(gathered: Gathered) -> Draft:
    """A directory holds everything again."""
    body = {
        "directory": gathered.number,
        "from_size": gathered.from_size,
        "entries": gathered.entries,
        "files": gathered.files,
        "bytes": gathered.bytes,
        "lacking": gathered.lacking,
    }
    return Draft("disk.joined", "", "", body, time.time_ns() // 1000)


def failed_draft(loss: Loss, left: int) -> Draft:
    """A directory is not used any more. No path and no text of the system: an entry is public."""
    body = {"directory": loss.number, "why": why(loss.error), "left": left}
    return Draft("disk.failed", "", "", body, time.time_ns() // 1000)


def why(error: StoreError) -> str:
    """A stable word for the reason a directory was given up."""
    for kind, word in _WHY:
        if isinstance(error, kind):
            return word
    return "failed"


_WHY: tuple[tuple[type[StoreError], str], ...] = (
    (DiskFull, "full"),
    (DiskStalled, "stalled"),
    (DiskAbsent, "absent"),
    (DiskBehind, "behind"),
    (StoreDamaged, "damaged"),
)
