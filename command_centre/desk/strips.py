"""Waveforms and picture strips of recordings, drawn by a child process, one at a time.

Loudness (20 values a second; no word can be told from it) is kept below ``<store>/strips/`` in
tiles of a minute, and is removed with its session. A tile's name holds the number of segments it
was drawn from: where more came in, it is drawn again. Small pictures show people and are kept in
memory only, ``_PICTURES_KEPT`` of them. None of it is evidence, and recording never waits for it.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections import OrderedDict
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.recorded import late_with_init, live_with_init
from command_centre.errors import Rejected
from config.recorders import place
from recorder.strip_order import NOTHING, STEP_US, StripLine, StripOrder, StripSegment

STRIPS = "strips"
TILE_US = 60_000_000
TILES_MAX = 10  # of one request
PICTURES_MAX = 24  # of one request
_TILE_VALUES = TILE_US // STEP_US
_NOTHING = bytes([NOTHING]) * _TILE_VALUES
_PICTURES_KEPT = 2000
_WAITING_MAX = 32
_CHILD_S = 60.0
_LINE_BYTES = 8 << 20
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
CHILD = (sys.executable, "-m", "recorder.strip_worker")


class Strips:
    """Draws on demand; used on the event loop. One per centre."""

    def __init__(self, database: Database, store: Path, child: tuple[str, ...] = CHILD) -> None:
        self._database = database
        self._store = store
        self._child = child
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._pictures: OrderedDict[tuple[str, str, int], bytes] = OrderedDict()

    async def loudness(self, session: str, source: str, from_us: int, to_us: int) -> bytes:
        """Values from the minute ``from_us`` lies in to the one before ``to_us``.

        Raises:
            Rejected: ``bad_moment``, ``strips_busy``.
        """
        tiles = range(from_us // TILE_US, -(-to_us // TILE_US))
        if not 1 <= len(tiles) <= TILES_MAX:
            raise Rejected("bad_moment", f"ask for 1 to {TILES_MAX} minutes")
        begin_us, end_us = tiles.start * TILE_US, tiles.stop * TILE_US
        segments = await self._database.read(
            lambda connection: segments_of(connection, session, source, begin_us, end_us)
        )
        paths, found = {}, {}
        for tile in tiles:
            near = [
                segment
                for segment, length_us in segments
                if segment.start_us < (tile + 1) * TILE_US
                and segment.start_us + length_us > tile * TILE_US
            ]
            paths[tile] = strip_path(self._store, session, source, tile, len(near))
            kept = await asyncio.to_thread(_kept, paths[tile]) if near else _NOTHING
            if kept is not None:
                found[tile] = kept
        missing = [tile for tile in tiles if tile not in found]
        if missing:
            first, last = missing[0], missing[-1] + 1
            drawn = await self._tiles(segments, first, last)
            for tile in missing:
                found[tile] = drawn[(tile - first) * _TILE_VALUES :][:_TILE_VALUES]
                await asyncio.to_thread(_keep, paths[tile], found[tile])
        return b"".join(found[tile] for tile in tiles)

    async def pictures(
        self, session: str, source: str, moments: list[int]
    ) -> list[tuple[int, bytes]]:
        """JPEG pictures of the segments that hold these moments, with their starts.

        Raises:
            Rejected: ``bad_moment``, ``strips_busy``.
        """
        if not 1 <= len(moments) <= PICTURES_MAX:
            raise Rejected("bad_moment", f"ask for 1 to {PICTURES_MAX} pictures")
        wanted = await self._database.read(
            lambda connection: {
                segment.start_us: segment
                for at_us in moments
                for segment, _ in segments_of(connection, session, source, at_us, at_us + 1)[-1:]
            }
        )
        missing = [
            segment
            for start, segment in sorted(wanted.items())
            if (session, source, start) not in self._pictures
        ]
        drawn: dict[int, bytes] = {}
        if missing:
            line = await self._draw(StripOrder(store=str(self._store), segments=missing))
            drawn = line.pictures
            for start, data in drawn.items():
                self._pictures[session, source, start] = data
        found = []
        for start in sorted(wanted):
            picture = drawn.get(start) or self._pictures.get((session, source, start))
            if picture:
                found.append((start, picture))
        while len(self._pictures) > _PICTURES_KEPT:
            self._pictures.popitem(last=False)
        return found

    async def _tiles(
        self, segments: list[tuple[StripSegment, int]], first: int, last: int
    ) -> bytes:
        start_us, end_us = first * TILE_US, last * TILE_US
        order = StripOrder(
            store=str(self._store),
            segments=[
                segment
                for segment, length_us in segments
                if segment.start_us < end_us and segment.start_us + length_us > start_us
            ],
            start_us=start_us,
            values=(last - first) * _TILE_VALUES,
        )
        drawn = (await self._draw(order)).loudness
        if len(drawn) != order.values:
            raise Rejected("strips_busy", "this stretch could not be drawn")
        return drawn

    async def _draw(self, order: StripOrder) -> StripLine:
        if self._waiting >= _WAITING_MAX:
            raise Rejected("strips_busy", "too much is being drawn; ask again in a moment")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._run(msgspec.json.encode(order) + b"\n")
        finally:
            self._waiting -= 1

    async def _run(self, order: bytes) -> StripLine:
        process = await asyncio.create_subprocess_exec(
            *self._child,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
        )
        try:
            answer, _ = await asyncio.wait_for(process.communicate(order), _CHILD_S)
            return msgspec.json.decode(answer, type=StripLine)
        except (TimeoutError, msgspec.MsgspecError) as error:
            raise Rejected("strips_busy", "this stretch could not be drawn") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def segments_of(
    connection: Connection, session: str, source: str, from_us: int, to_us: int
) -> list[tuple[StripSegment, int]]:
    """Segments that touch a stretch, live and late, in order, with their lengths."""
    found = []
    live = (schema.segment, live_with_init())
    late = (schema.late_segment, late_with_init())
    for segment, segments in (live, late):
        rows = connection.execute(
            segments.where(
                segment.c.session_id == session,
                segment.c.source_id == source,
                segment.c.start_us < to_us,
                segment.c.start_us + segment.c.duration_us > from_us,
            )
        )
        found += [
            (
                StripSegment(
                    log=place(row.log_index)[0],
                    init=row.init_path,
                    init_sha256=row.init_sha256,
                    path=row.path,
                    sha256=row.sha256,
                    start_us=row.start_us,
                ),
                int(row.duration_us),
            )
            for row in rows
        ]
    return sorted(found, key=lambda one: one[0].start_us)


def strip_path(store: Path, session: str, source: str, tile: int, segments: int) -> Path | None:
    """Where a tile is kept; nowhere when a name is not plain."""
    if not _PLAIN.fullmatch(session) or not _PLAIN.fullmatch(source):
        return None
    return store / STRIPS / session / source / f"{tile}-{segments}.loudness"


def remove_strips(store: Path, session: str) -> None:
    """Forget what was drawn of a session. Blocking."""
    if _PLAIN.fullmatch(session):
        shutil.rmtree(store / STRIPS / session, ignore_errors=True)


def _kept(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if len(data) == _TILE_VALUES else None


def _keep(path: Path | None, data: bytes) -> None:
    """Written aside and renamed; a full disk only means drawing it again."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob(f"{path.name.partition('-')[0]}-*"):
            old.unlink(missing_ok=True)
        aside = path.with_suffix(".new")
        aside.write_bytes(data)
        os.replace(aside, path)
    except OSError:
        return
