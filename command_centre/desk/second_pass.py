"""Closed sessions heard again by other models, one at a time.

People ask for it, with any speech model that is installed; where a second model is configured,
every session is heard once by it without being asked. The hearing runs in a process of its own
(``transcription.second_pass``). That it was asked for is an entry ``utterance.second_asked`` of the
session's log, each sentence one ``utterance.second``, the end of it ``utterance.second_done``; the
live words and earlier readings are not touched. Sentences are kept in memory until the process has
heard everything, and only then written: one that stops at a recording it cannot read has cut its
sentences there, and what it said so far is no part of a reading. What a stopped centre left
unfinished is heard again from the beginning; sentences that were written before it stopped stay in
the log, and the end of the reading leaves them out. A model for which there is too little memory is
not loaded, and what fails too often (``reading_tries``) waits until somebody asks again. Once the
retention of a session has ended it is not heard, and a hearing that goes on is left off.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.entries import Entry, reading_id
from command_centre.desk.follower import Follower
from command_centre.desk.later_readings import (
    DEFAULT_LANGUAGE,
    LaterReading,
    languages_of,
    lines_of,
    readings_of,
    switches_of,
)
from command_centre.desk.model_list import Installed, ModelDesk
from command_centre.desk.permissions import Caller
from command_centre.desk.reading_tries import Key, ReadingTries
from command_centre.desk.retention_ended import KIND as ENDED
from command_centre.desk.retention_ended import ended_sessions, has_ended
from command_centre.desk.session_log import append_to_session
from command_centre.desk.tasks import race, wait_for
from command_centre.desk.views import SessionSummary, Utterance, View
from command_centre.errors import Rejected
from config.bus import Bus
from config.clock import Clock
from config.recorders import recorder_names
from config.settings import Settings
from transcription.errors import ModelTooLarge
from transcription.model_directory import find_model
from transcription.model_shelf import free_memory_bytes, need_room
from transcription.second_order import ANY_LANGUAGE, Line, Order

logger = logging.getLogger(__name__)

CHILD = (sys.executable, "-m", "transcription.second_pass")
_LINE_BYTES = 4 * 1024 * 1024
_LOOK_AGAIN_S = 5.0
_PATIENCE_S = 0.5  # readings are shown meanwhile without the models that are new


class HearingModel(View, frozen=True):
    """A model that can hear a session again."""

    id: str
    name: str
    engine: str
    size_bytes: int
    demo: bool
    reading: str  # what it would be called, or is


class LaterReadings(View, frozen=True):
    """The readings of a session beside the live one, and the models there are for more."""

    closed: bool  # an open one is not heard again yet
    readings: list[LaterReading]
    models: list[HearingModel]
    looking: bool = False  # the models are being looked at: there may be more soon


class SecondReading(View, frozen=True):
    """The sentences of a reading."""

    reading: LaterReading
    lines: list[Utterance]


class ReadingRequest(View, frozen=True):
    """Hear a closed session again with this model (``HearingModel.id``)."""

    model: str


@dataclass(frozen=True)
class _Job:
    session: str
    room: str
    language: str
    model: Installed
    asked: bool = False  # its entry is there
    others: tuple[_Job, ...] = ()  # to be asked with it

    @property
    def reading(self) -> str:
        return reading_id(self.model.digest)

    @property
    def key(self) -> Key:
        return self.session, self.reading

    @property
    def said(self) -> dict[str, Any]:
        """What each of its entries says of the model."""
        return {
            "language": self.language,
            "engine": self.model.engine.value,
            "model": self.model.name,
            "model_sha256": self.model.digest,
        }


class SecondPass:
    """One per centre; ``run`` until it is cancelled."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        follower: Follower,
        clock: Clock,
        settings: Settings,
        models: ModelDesk,
        child: Sequence[str] = CHILD,
        free_bytes: Callable[[], int | None] = free_memory_bytes,
    ) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock
        self._store = settings.store_path
        self._logs = recorder_names(settings.recorder.processes)
        self._models = models
        self._child = child
        self._free_bytes = free_bytes
        second = settings.transcription.second_model, settings.transcription.second_model_en
        self._configured = {
            language: find_model(setting, language)
            for language, setting in zip(("zh", "en"), second, strict=True)
            if setting
        }
        self._now: Key | None = None
        self._over = asyncio.Event()  # the retention of the session that is heard now
        self._tries = ReadingTries(database)
        self._languages: dict[str, list[str]] = {}  # of closed sessions
        self._asked = asyncio.Event()
        follower.listen(self._committed)

    async def readings(self, session: SessionSummary) -> LaterReadings:
        """What there is of a session, and could be."""
        found = await self._database.read(lambda connection: readings_of(connection, session.id))
        closed = session.closed_us is not None
        if closed and await self._has_ended(session.id):  # what is unfinished stays so
            done = [one for one in found if one.state]
            return LaterReadings(closed=closed, readings=done, models=[])
        languages = await self._languages_of(session.id, closed)
        models = await self._models.seen(_PATIENCE_S)
        known = {reading_id(one.digest) for one in models}
        return LaterReadings(
            closed=closed,
            readings=[self._with_state(session.id, one, known) for one in found],
            models=[
                HearingModel(
                    id=one.id,
                    name=one.name,
                    engine=one.engine.value,
                    size_bytes=one.size_bytes,
                    demo=one.demo,
                    reading=reading_id(one.digest),
                )
                for one in models
                if _language(one, languages)
            ],
            looking=self._models.looking,
        )

    async def reading(self, session: SessionSummary, reading: str) -> SecondReading:
        """The sentences of one reading, so far. Looks at no models: ``missing`` is not told here.

        Raises:
            Rejected: ``unknown_reading``.
        """
        there = await self._database.read(lambda connection: readings_of(connection, session.id))
        found = next((one for one in there if one.id == reading), None)
        if found is None:
            raise Rejected("unknown_reading", "there is no such reading of this session")
        lines = await self._database.read(lambda connection: lines_of(connection, session, reading))
        return SecondReading(reading=self._with_state(session.id, found, set()), lines=lines)

    async def ask(self, caller: Caller, session: SessionSummary, model: str) -> LaterReadings:
        """Hear a closed session with a model; where that was asked before, nothing changes.

        Raises:
            Rejected: ``wrong_room``, ``session_open``, ``nothing_recorded``,
                ``retention_ended``, ``unknown_model``, ``model_language``, ``model_too_large``,
                ``model_unreadable``, or the recorder refused.
        """
        caller.require_room(session.room)
        if session.closed_us is None:
            raise Rejected("session_open", "a session is heard again once it is closed")
        if await self._has_ended(session.id):
            raise Rejected("retention_ended", "its recordings and words are destroyed")
        if not await self._database.read(lambda connection: _is_recorded(connection, session.id)):
            raise Rejected("nothing_recorded", "the session has no recording to be heard again")
        found = next((one for one in await self._models.speech() if one.id == model), None)
        if found is None:
            raise Rejected("unknown_model", "there is no such speech model, or it cannot be used")
        languages = await self._languages_of(session.id)
        language = _language(found, languages)
        if not language:
            raise Rejected("model_language", f"expected a model for {' or '.join(languages)}")
        job = _Job(session.id, session.room, language, found)
        before = await self._database.read(lambda connection: readings_of(connection, session.id))
        there = next((one for one in before if one.id == job.reading), None)
        if (there is None or not there.state) and job.key != self._now:
            await self._need_room(found)
        if there is None:
            await self._ask(job, caller)
        await self._tries.clear(job.key)
        self._asked.set()
        return await self.readings(session)

    async def run(self) -> None:
        """Hear what was asked for, then what the settings ask for, oldest first."""
        await self._tries.load()
        while True:
            self._asked.clear()
            job = await self._next()
            if job is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN_S):
                        await self._asked.wait()
                continue
            self._now = job.key
            self._over.clear()
            try:
                await self._try(job)
            finally:
                self._now = None

    async def _try(self, job: _Job) -> None:
        await self._tries.begin(job.key)
        try:
            await race(self._hear(job), wait_for(self._over))
        except Rejected as error:
            logger.warning("session %s could not be heard again: %s", job.session, error.code)
            self._tries.failed(job.key)
        except asyncio.CancelledError:
            await self._tries.take_back(job.key)
            raise
        else:
            await self._tries.clear(job.key)

    def _committed(self, taken: Sequence[Entry]) -> None:
        for entry in taken:
            if entry.kind == ENDED and self._now is not None and entry.session == self._now[0]:
                self._over.set()

    async def _has_ended(self, session: str) -> bool:
        return await self._database.read(lambda connection: has_ended(connection, session))

    def _with_state(self, session: str, one: LaterReading, known: set[str]) -> LaterReading:
        if one.state:
            return one
        if (session, one.id) == self._now:
            state = "running"
        elif known and one.id not in known:  # nothing is known where the first look goes on
            state = "missing"
        else:
            tried = self._tries.of((session, one.id))
            state = "waiting" if tried is None else "stopped" if tried.stopped else "failed"
        return msgspec.structs.replace(one, state=state)

    async def _next(self) -> _Job | None:
        waiting = await self._database.read(_waiting)
        wanted = await self._database.read(_unheard) if self._configured else []
        if not waiting and not wanted:
            return None
        models = await self._models.speech()
        by_reading = {reading_id(one.digest): one for one in models}
        by_path = {one.path: one for one in models}
        jobs = [
            _Job(row.session_id, row.room_id, row.language, by_reading[row.id], asked=True)
            for row in waiting
            if row.id in by_reading
        ]
        for row in wanted:
            jobs += self._by_settings(row, await self._languages_of(row.id), by_path)
        now = time.monotonic()
        return next((job for job in jobs if self._tries.may_be_tried(job.key, now)), None)

    async def _languages_of(self, session: str, closed: bool = True) -> list[str]:
        """Kept of a closed session, whose languages do not change any more."""
        if (known := self._languages.get(session)) is not None:
            return known
        found = await self._database.read(lambda connection: languages_of(connection, session))
        if closed:
            self._languages[session] = found
        return found

    def _by_settings(
        self, row: Any, languages: Sequence[str], by_path: dict[Path, Installed]
    ) -> list[_Job]:
        """One for all languages of a session, each with the model that is configured for it."""
        found = {
            model.id: _Job(row.id, row.room_id, _language(model, languages) or language, model)
            for language in languages
            if (model := by_path.get(self._configured.get(language, self._store))) is not None
        }
        first, others = list(found.values())[:1], list(found.values())[1:]
        return [replace(one, others=tuple(others)) for one in first]

    async def _need_room(self, model: Installed) -> None:
        """Refuse a model before it is loaded: out of memory, the machine kills what it likes."""
        try:
            await asyncio.to_thread(need_room, model.path, self._free_bytes())
        except ModelTooLarge as error:
            raise Rejected("model_too_large", str(error)) from error
        except OSError as error:
            raise Rejected("model_unreadable", "a file of the model cannot be read") from error

    async def _ask(self, job: _Job, caller: Caller | None) -> None:
        asked = {
            "by": caller.account_id if caller else "",
            "by_name": caller.name if caller else "",
        }
        await self._append("utterance.second_asked", job, {**job.said, **asked}, "asked")

    async def _hear(self, job: _Job) -> None:
        if not job.asked:
            for one in (*job.others, job):  # once one is asked, the session is not looked at again
                await self._ask(one, None)
        await self._need_room(job.model)
        from_us = self._clock.now_us()
        said = await self._heard(await self._order(job), job)
        for body in said:
            name = f"{from_us}/{body['id']}"  # of this try: another may have cut it elsewhere
            await self._append("utterance.second", job, {**body, **job.said}, name)
        done = {**job.said, "sentences": len(said), "from_us": from_us}
        await self._append("utterance.second_done", job, done, f"{from_us}/done")

    async def _order(self, job: _Job) -> Order:
        switches = await self._database.read(
            lambda connection: switches_of(connection, job.session)
        )
        return Order(
            store=str(self._store),
            logs=list(self._logs),
            session=job.session,
            model=str(job.model.path),
            language=job.language,
            default=DEFAULT_LANGUAGE,
            switches=switches,
        )

    async def _heard(self, order: Order, job: _Job) -> list[dict[str, Any]]:
        """Every sentence that the process has heard, once it says that these are all."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._child,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE_BYTES,
            )
        except OSError as error:
            raise Rejected("job_failed", "no process could be started") from error
        try:
            return await _converse(process, order, job)
        except (msgspec.MsgspecError, ValueError, ConnectionError) as error:
            raise Rejected("job_failed", "its answer cannot be read") from error
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _append(self, kind: str, job: _Job, body: dict[str, Any], name: str) -> None:
        await append_to_session(
            self._bus,
            self._follower,
            key=f"{kind}/{job.session}/{job.reading}/{name}",
            kind=kind,
            session=job.session,
            room=job.room,
            body=body,
            t_us=self._clock.now_us(),
        )


async def _converse(
    process: asyncio.subprocess.Process, order: Order, job: _Job
) -> list[dict[str, Any]]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    process.stdin.close()
    loaded, said = False, []
    async for text in process.stdout:
        line = msgspec.json.decode(text, type=Line)
        if line.model or line.done:
            # Entries name the digest of the model that hears, so it is asked, not assumed.
            if (line.model or line.done) != job.model.digest:
                raise Rejected("job_failed", "the model's files are not those asked for")
            loaded = True
        if not loaded and not line.error:
            raise Rejected("job_failed", "the process did not say what it loaded")
        if bytes(line.said):
            said.append(msgspec.json.decode(line.said, type=dict[str, Any]))
        elif line.done:
            return said
        elif line.error:
            raise Rejected("job_failed", f"the second model failed: {line.error}")
    raise Rejected("job_failed", "the process ended before it was done")


def _language(model: Installed, languages: Sequence[str]) -> str:
    """In which of a session's languages a model hears it; empty: in none.

    One that hears any language is told which, where there is only one.
    """
    if model.language == ANY_LANGUAGE:
        return languages[0] if len(languages) == 1 else ANY_LANGUAGE
    return model.language if model.language in languages else ""


def _is_recorded(connection: Connection, session: str) -> bool:
    table = schema.recording
    found = select(table.c.session_id).where(table.c.session_id == session).limit(1)
    return connection.execute(found).first() is not None


def _waiting(connection: Connection) -> Sequence[Any]:
    """Readings that were asked for and are not finished, in the order they were asked for."""
    session, reading, recording = schema.session, schema.second_pass, schema.recording
    return connection.execute(
        select(reading.c.session_id, reading.c.id, reading.c.language, session.c.room_id)
        .join(session, session.c.id == reading.c.session_id)
        .where(
            reading.c.done_us.is_(None),
            session.c.closed_us.is_not(None),
            session.c.id.in_(select(recording.c.session_id)),
            session.c.id.not_in(ended_sessions()),
        )
        .order_by(reading.c.asked_us, reading.c.session_id)
    ).all()


def _unheard(connection: Connection) -> Sequence[Any]:
    """Closed sessions with a recording that nobody has asked to hear again, oldest first."""
    session, reading, recording = schema.session, schema.second_pass, schema.recording
    return connection.execute(
        select(session.c.id, session.c.room_id)
        .where(
            session.c.closed_us.is_not(None),
            session.c.id.in_(select(recording.c.session_id)),
            session.c.id.not_in(select(reading.c.session_id)),
            session.c.id.not_in(ended_sessions()),
        )
        .order_by(session.c.closed_us)
    ).all()
