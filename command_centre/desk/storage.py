"""How full the disks are, with what, how fast they fill, and for how long they last.

What is measured and what is assumed:

1. Free and total come from the file systems. Directories on one file system are one disk.
2. Originals are the sum of what the logs say was written, less what retention removed; the media
   directories, millions of files, are never walked. All else is measured by walking, in a worker
   thread, at most every ten minutes and at most ``_FILES_MAX`` files.
3. The rate of one room is what was written in the last 30 days, divided by the hours of its
   sessions; before anything was recorded, the rate of the settings. A day's bytes are those of the
   recordings that began on it.
4. The forecast takes the disk that is full first, keeps ``store.stop_free_bytes`` free, and goes
   on at the pace of the last 7 or 30 days. It does not know of holidays, of retention that will
   end, or of files handed over later.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.storage_views import DayView, DiskView, PaceView, PlaceView, StorageView
from config.clock import Clock
from config.recorders import CENTRE_LOG, place, recorder_names
from config.settings import Settings
from config.words import MICROSECONDS

SHARED = "shared"
ORIGINALS = "originals"
_FRESH_US = 600 * MICROSECONDS
_FILES_MAX = 2_000_000
_DAYS = 30
_PACES = (7, 30)
_ENOUGH_DAYS = 3  # days with recordings; fewer say nothing
_DAY_US = 86_400 * MICROSECONDS
_FAR_US = 50 * 365 * _DAY_US
_HOUR_US = 3600 * MICROSECONDS

#: First directory below the store, or below a log's own: what lies in it.
_KINDS = {
    "log": "logs",
    "witness": "logs",
    "witnessed": "logs",
    "stamps": "logs",
    "documents": "documents",
    "exhibits": "documents",
    "templates": "documents",
    "derived": "derived",
    "exports": "packages",
    "checks": "packages",
    "uploads": "uploads",
    "models": "models",
    "logs": "diagnostics",
}
_OTHER = "other"
_MEDIA = "media"


@dataclass
class Measured:
    """Directories as they were walked."""

    at_us: int = 0
    complete: bool = True
    kinds: dict[str, dict[str, int]] = field(default_factory=dict)  # place: kind: bytes


@dataclass(frozen=True)
class Written:
    """What the database knows of recordings."""

    by_log: dict[str, int]
    days: list[DayView]
    bytes_30: int
    room_us_30: int
    rooms: int


class StorageDesk:
    """One per centre; used on the event loop."""

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._measured = Measured()
        self._measuring = asyncio.Lock()

    def use(self, settings: Settings) -> None:
        """Other limits of the warnings from now on."""
        self._settings = settings

    async def view(self, held: tuple[int, int, int]) -> StorageView:
        """Storage now; ``held``: cases and sessions on hold, ends that wait."""
        now_us = self._clock.now_us()
        async with self._measuring:
            if now_us - self._measured.at_us > _FRESH_US:
                store, database = self._settings.store_path, self._database.path
                self._measured = await asyncio.to_thread(measure, store, database, now_us)
        disks = await asyncio.to_thread(self._disks)
        written = await self._database.read(lambda connection: _written(connection, now_us))
        return self._put_together(now_us, disks, written, held)

    async def measure_now(self, far: Callable[[int], None]) -> int:
        """Measure the directories, unless that was done in the last seconds; when it was."""
        async with self._measuring:
            now_us = self._clock.now_us()
            if now_us - self._measured.at_us > 10 * MICROSECONDS:
                store, database = self._settings.store_path, self._database.path
                self._measured = await asyncio.to_thread(measure, store, database, now_us, far)
            return self._measured.at_us

    def _put_together(
        self, now_us: int, disks: list[DiskView], written: Written, held: tuple[int, int, int]
    ) -> StorageView:
        store, running = self._settings.store, self._settings.running
        measured = written.room_us_30 > 0 and written.bytes_30 > 0
        rate = (
            written.bytes_30 * _HOUR_US // written.room_us_30
            if measured
            else store.session_bits_per_s * 3600 // 8
        )
        usable = min((max(0, one.free_bytes - one.kept_bytes) for one in disks), default=0)
        kinds = {name: dict(found) for name, found in self._measured.kinds.items()}
        for log, size in written.by_log.items():
            kinds.setdefault(log, {})[ORIGINALS] = size
        return StorageView(
            at_us=self._measured.at_us,
            complete=self._measured.complete,
            disks=disks,
            places=[PlaceView(name=name, kinds=found) for name, found in sorted(kinds.items())],
            days=written.days,
            paces=[
                pace(written.days, days, usable, now_us, running.warn_full_days) for days in _PACES
            ],
            bytes_per_room_hour=rate,
            rate_of="days" if measured else "setting",
            room_hours_measured_us=written.room_us_30,
            room_hours_left_us=usable * _HOUR_US // rate if rate else 0,
            rooms=written.rooms,
            copies=1 + len(store.mirrors),
            warn_full_days=running.warn_full_days,
            low_hours=store.low_hours,
            critical_hours=store.critical_hours,
            held_cases=held[0],
            held_sessions=held[1],
            proposed=held[2],
        )

    def _disks(self) -> list[DiskView]:
        """One for each file system; a directory that cannot be looked at has no disk."""
        settings = self._settings
        names = (CENTRE_LOG, *recorder_names(settings.recorder.processes))
        paths = [(name, settings.store_path / name) for name in names]
        paths += [(f"mirror-{n}", path) for n, path in enumerate(settings.mirror_paths, 1)]
        found: dict[int, tuple[list[str], os.statvfs_result]] = {}
        for name, path in paths:
            try:
                device, told = path.stat().st_dev, os.statvfs(path)
            except OSError:
                continue
            found.setdefault(device, ([], told))[0].append(name)
        store = settings.store
        return [
            DiskView(
                places=places,
                total_bytes=told.f_blocks * told.f_frsize,
                free_bytes=(free := told.f_bavail * told.f_frsize),
                kept_bytes=store.stop_free_bytes,
                level="critical"
                if free < store.stop_free_bytes
                else "low"
                if free < store.minimum_free_bytes
                else "ok",
            )
            for places, told in found.values()
        ]


def measure(
    store: Path, database: Path, now_us: int, far: Callable[[int], None] = lambda thousandths: None
) -> Measured:
    """Walk the store, media left out. Files that vanish meanwhile are left out too.

    ``far`` is told how many of the directories are done: nobody knows how many files lie in one.
    """
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    left = _FILES_MAX
    tops = _entries(store)
    for number, top in enumerate(tops):
        own = top.is_dir(follow_symlinks=False) and _is_log(top.name)
        parts = _entries(top.path) if own else [top]
        for done, part in enumerate(parts):
            far(int((number + done / len(parts)) * 1000 / len(tops)))
            if own and part.name == _MEDIA:
                continue
            name = top.name if own else SHARED
            is_database = part.name.startswith((database.name, "search.sqlite"))
            kind = "database" if own and is_database else _KINDS.get(part.name, _OTHER)
            size, files = _size(part, left)
            left -= files
            found[name][kind] += size
    return Measured(now_us, left > 0, {name: dict(kinds) for name, kinds in found.items()})


def pace(days: list[DayView], last: int, usable: int, now_us: int, warn_days: float) -> PaceView:
    """When ``usable`` bytes are full, going on as in the last days."""
    today = datetime.fromtimestamp(now_us / MICROSECONDS).date()
    first = (today - timedelta(days=last - 1)).isoformat()
    counted = [one for one in days if one.day >= first]
    recorded = sum(one.bytes > 0 for one in counted)
    per_day = sum(one.bytes for one in counted) // last
    left_us = usable * _DAY_US // per_day if per_day else _FAR_US
    full_us = now_us + left_us if left_us < _FAR_US else None
    enough = recorded >= _ENOUGH_DAYS
    return PaceView(
        days=last,
        recorded_days=recorded,
        bytes_per_day=per_day,
        full_us=full_us,
        enough=enough,
        warn=enough and full_us is not None and left_us < warn_days * _DAY_US,
    )


def _written(connection: Connection, now_us: int) -> Written:
    recording, entry = schema.recording, schema.log_entry
    opened = {
        row.session_id: int(row.first)
        for row in connection.execute(
            select(entry.c.session_id, func.min(entry.c.log_index).label("first"))
            .where(entry.c.kind == "session.open")
            .group_by(entry.c.session_id)
        )
    }
    by_log: dict[str, int] = defaultdict(int)
    for session, size in connection.execute(
        select(recording.c.session_id, func.sum(recording.c.bytes)).group_by(recording.c.session_id)
    ):
        by_log[place(opened.get(session, 0))[0]] += size
    today = datetime.fromtimestamp(now_us / MICROSECONDS).date()
    first = today - timedelta(days=_DAYS - 1)
    since_us = int(datetime(first.year, first.month, first.day).timestamp() * MICROSECONDS)
    totals: dict[date, tuple[int, int, set[str]]] = {
        first + timedelta(days=n): (0, 0, set()) for n in range(_DAYS)
    }
    longest: dict[str, int] = defaultdict(int)
    for row in connection.execute(select(recording).where(recording.c.start_us >= since_us)):
        day = datetime.fromtimestamp(row.start_us / MICROSECONDS).date()
        size, recorded, sessions = totals.get(day, (0, 0, set()))
        sessions.add(row.session_id)
        totals[day] = (size + row.bytes, recorded + row.recorded_us, sessions)
        longest[row.session_id] = max(longest[row.session_id], row.recorded_us)
    days = [
        DayView(day=day.isoformat(), bytes=size, recorded_us=recorded, sessions=len(sessions))
        for day, (size, recorded, sessions) in sorted(totals.items())
    ]
    rooms = connection.execute(select(func.count()).select_from(schema.room)).scalar_one()
    return Written(
        dict(by_log), days, sum(one.bytes for one in days), sum(longest.values()), int(rooms)
    )


def _is_log(name: str) -> bool:
    return name == CENTRE_LOG or name.startswith("recorder-")


def _entries(path: str | Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return sorted(entries, key=lambda one: one.name)
    except OSError:
        return []


def _size(entry: os.DirEntry[str], limit: int) -> tuple[int, int]:
    """Bytes and files of an entry and all below it; links are not followed."""
    size, files, waiting = 0, 0, [entry]
    while waiting and files < limit:
        one = waiting.pop()
        try:
            if one.is_dir(follow_symlinks=False):
                waiting += _entries(one.path)
                continue
            size += one.stat(follow_symlinks=False).st_size
            files += 1
        except OSError:
            continue
    return size, files
