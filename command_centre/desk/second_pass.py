"""Closed sessions heard again by a larger model, one at a time, when one is configured.

The hearing runs in a process of its own (``transcription.second_pass``). Each sentence becomes an
entry ``utterance.second`` of the session's log, the end of it ``utterance.second_done``; the live
words are not touched. What a stopped centre left unfinished is heard again from the beginning, and
what is there already is not written twice.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.follower import Follower
from command_centre.desk.session_log import append_to_session
from command_centre.desk.views import SessionSummary, View
from command_centre.errors import Rejected
from config.bus import Bus
from config.clock import Clock
from config.recorders import recorder_names
from config.settings import Settings
from transcription.errors import ModelError
from transcription.model_directory import digest, find_model
from transcription.model_kinds import check_any
from transcription.second_order import Line, Order

logger = logging.getLogger(__name__)

CHILD = (sys.executable, "-m", "transcription.second_pass")
_LINE_BYTES = 4 * 1024 * 1024
_LOOK_AGAIN_S = 5.0
_AFTER_FAULT_S = 60.0
DEFAULT_LANGUAGE = "zh"


class SecondLine(View, frozen=True):
    """A sentence as the other model heard it."""

    source: str
    speaker: str
    start_us: int
    end_us: int
    text: str


class SecondReading(View, frozen=True):
    """What another model heard in a session. ``state``: none, open, waiting, running, done."""

    state: str
    lines: list[SecondLine]


class SecondPass:
    """One per centre; ``run`` until it is cancelled."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        follower: Follower,
        clock: Clock,
        settings: Settings,
        child: Sequence[str] = CHILD,
    ) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock
        self._store = settings.store_path
        self._logs = recorder_names(settings.recorder.processes)
        self._child = child
        self._chosen = {
            "zh": settings.transcription.second_model,
            "en": settings.transcription.second_model_en,
        }
        self._models: dict[str, tuple[str, str]] = {}  # language: directory, digest
        self._now = ""

    async def reading(self, session: SessionSummary) -> SecondReading:
        """What there is of a session."""
        done, lines = await self._database.read(lambda connection: _lines(connection, session.id))
        if done:
            return SecondReading(state="done", lines=lines)
        if not any(self._chosen.values()):
            return SecondReading(state="none", lines=lines)
        if session.closed_us is None:
            return SecondReading(state="open", lines=lines)
        return SecondReading(state="running" if self._now == session.id else "waiting", lines=lines)

    async def run(self) -> None:
        """Hear what was closed and not heard again yet, oldest first."""
        await self._find_models()
        while self._models:
            wanted = await self._database.read(lambda connection: _next(connection, self._models))
            if wanted is None:
                await asyncio.sleep(_LOOK_AGAIN_S)
                continue
            self._now = wanted[0]
            try:
                await self._hear(*wanted)
            except Rejected as error:
                logger.warning("session %s could not be heard again: %s", wanted[0], error.code)
                await asyncio.sleep(_AFTER_FAULT_S)
            finally:
                self._now = ""
        await asyncio.Event().wait()  # none is configured: nothing to do for as long as we run

    async def _find_models(self) -> None:
        for language, setting in self._chosen.items():
            if not setting:
                continue
            path = find_model(setting, language)
            try:
                await asyncio.to_thread(check_any, path)
            except ModelError as error:
                logger.error("the second model for %s cannot be used: %s", language, error)
                continue
            self._models[language] = (str(path), await asyncio.to_thread(digest, path))

    async def _hear(self, session: str, room: str, language: str) -> None:
        model, model_sha256 = self._models[language]
        known = await self._database.read(lambda connection: _known(connection, session))
        order = Order(
            store=str(self._store),
            logs=list(self._logs),
            session=session,
            model=model,
            language=language,
        )
        process = await asyncio.create_subprocess_exec(
            *self._child,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        from_us, sentences = self._clock.now_us(), 0
        try:
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            process.stdin.close()
            async for text in process.stdout:
                line = msgspec.json.decode(text, type=Line)
                if bytes(line.said):
                    sentences += 1
                    body = msgspec.json.decode(line.said)
                    if (body["source"], body["speaker"], body["start_us"]) not in known:
                        await self._append("utterance.second", session, room, body)
                elif line.done:
                    body = {
                        "language": language,
                        "model_sha256": model_sha256,
                        "sentences": sentences,
                        "from_us": from_us,
                    }
                    await self._append("utterance.second_done", session, room, body)
                    return
                else:
                    raise Rejected("job_failed", f"the second model failed: {line.error}")
        except (msgspec.MsgspecError, ValueError, ConnectionError) as error:
            raise Rejected("job_failed", "its answer cannot be read") from error
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
        raise Rejected("job_failed", f"the process ended with status {process.returncode}")

    async def _append(self, kind: str, session: str, room: str, body: dict[str, Any]) -> None:
        name = body.get("id", "done")
        await append_to_session(
            self._bus,
            self._follower,
            key=f"{kind}/{session}/{body['model_sha256'][:12]}/{name}",
            kind=kind,
            session=session,
            room=room,
            body=body,
            t_us=self._clock.now_us(),
        )


def _next(
    connection: Connection, models: dict[str, tuple[str, str]]
) -> tuple[str, str, str] | None:
    """The oldest closed session no configured model has heard to its end."""
    session, reading, recording = schema.session, schema.second_reading, schema.recording
    rows = connection.execute(
        select(session.c.id, session.c.room_id, session.c.language)
        .where(
            session.c.closed_us.is_not(None),
            session.c.id.in_(select(recording.c.session_id)),
            session.c.id.not_in(select(reading.c.session_id).where(reading.c.done == 1)),
        )
        .order_by(session.c.closed_us)
    )
    for row in rows:
        language = row.language or DEFAULT_LANGUAGE
        if language in models:
            return row.id, row.room_id, language
    return None


def _known(connection: Connection, session: str) -> set[tuple[str, str, int]]:
    table = schema.second_reading
    rows = connection.execute(
        select(table.c.source_id, table.c.speaker, table.c.start_us).where(
            table.c.session_id == session
        )
    )
    return {(row.source_id, row.speaker, row.start_us) for row in rows}


def _lines(connection: Connection, session: str) -> tuple[bool, list[SecondLine]]:
    table = schema.second_reading
    rows = connection.execute(
        select(table).where(table.c.session_id == session).order_by(table.c.start_us)
    ).all()
    lines = [
        SecondLine(
            source=row.source_id,
            speaker=row.speaker,
            start_us=row.start_us,
            end_us=row.end_us,
            text=row.text,
        )
        for row in rows
        if not row.done
    ]
    return any(row.done for row in rows), lines
