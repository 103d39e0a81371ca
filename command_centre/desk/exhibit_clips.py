"""A stretch of a recording as an exhibit: decoded from the signed segments and cut to the picture.

It is made as the playable cut of a clip is (clips.py, ``recorder.redaction_worker``): by a process
of its own with the least claim on the processor, one at a time, so that recording goes first. Every
picture says that it is a derived work; where it comes from stands in ``origin`` of the entry. What
was not recorded, or was withheld in a pause, is not in it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import recorded
from command_centre.desk.derive import (
    DERIVE_CHILD,
    Derivation,
    Sources,
    derive_order,
    find_sources,
)
from command_centre.desk.exhibit_files import CLIP_US_MAX, CLIP_US_MIN
from command_centre.errors import Rejected
from command_centre.ids import short_id
from recorder.redaction import RedactionLine, RedactionOrder, RedactionPlan

_TIMEOUT_S = 240.0


class ExhibitClips:
    """Makes one clip after the other; used on the event loop."""

    def __init__(self, database: Database, store: Path, folder: Path) -> None:
        self._database = database
        self._store = store
        self._folder = folder  # what is being made lies here
        self._turn = asyncio.Lock()

    async def make(
        self, case: str, session: str, source: str, from_us: int, to_us: int, bytes_max: int
    ) -> tuple[bytes, Sources]:
        """The clip as MP4, and the segments it was made from.

        Raises:
            Rejected: ``bad_exhibit_clip``, ``unknown_session``, ``no_segment``,
                ``segment_altered``, ``segment_sealed``, ``store_unreadable``, ``no_picture``.
        """
        plan = _plan(from_us, to_us)
        found = await self._database.read(
            lambda connection: _sources(connection, case, session, source, plan)
        )
        await asyncio.to_thread(_require_unaltered, self._store, found)
        made = short_id("xc")
        wanted = Derivation(
            id=made,
            case=case,
            session=session,
            source=source,
            plan=plan,
            sources=found,
            reason="",
            by="",
            by_name="",
        )
        order = await asyncio.to_thread(derive_order, self._store, wanted, "")
        path = self._folder / f"{made}.mp4"
        try:
            async with self._turn:
                await _carried_out(msgspec.structs.replace(order, out=str(path)))
            return await asyncio.to_thread(_bytes, path, bytes_max), found
        finally:
            await asyncio.shield(asyncio.to_thread(path.unlink, missing_ok=True))


def _plan(from_us: int, to_us: int) -> RedactionPlan:
    if not CLIP_US_MIN <= to_us - from_us <= CLIP_US_MAX:
        least, most = CLIP_US_MIN / 1_000_000, CLIP_US_MAX // 1_000_000
        raise Rejected("bad_exhibit_clip", f"a clip that is shown has {least} to {most} seconds")
    return RedactionPlan(start_us=from_us, end_us=to_us, cut=True)


def _sources(
    connection: Connection, case: str, session: str, source: str, plan: RedactionPlan
) -> Sources:
    table = schema.session
    of = connection.execute(select(table.c.case_id).where(table.c.id == session)).scalar()
    if of != case:
        raise Rejected("unknown_session", "there is no such session")
    return find_sources(connection, session, source, plan)


def _require_unaltered(store: Path, found: Sources) -> None:
    for _, _, path, sha256, _ in found.rows:
        recorded.read_file(store, found.log, path, sha256)


async def _carried_out(order: RedactionOrder) -> None:
    process = await asyncio.create_subprocess_exec(
        *DERIVE_CHILD,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            out, _ = await process.communicate(msgspec.json.encode(order) + b"\n")
    except TimeoutError as error:
        raise Rejected("no_picture", "it takes too long to make; choose a shorter clip") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        last = msgspec.json.decode(out.rsplit(b"\n", 2)[-2], type=RedactionLine)
    except (msgspec.MsgspecError, IndexError) as error:
        raise Rejected("no_picture", "it could not be made from the recording") from error
    if last.result is None or not last.result.pictures:
        said = (last.error or {}).get("detail", "there is no picture in that stretch")
        raise Rejected("no_picture", said)


def _bytes(path: Path, most: int) -> bytes:
    if path.stat().st_size > most:
        raise Rejected(
            "bad_exhibit_clip", f"it is larger than {most >> 20} MiB; choose a shorter one"
        )
    return path.read_bytes()
