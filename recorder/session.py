"""One interview or inspection with all its recordings, from its opening entry to its seal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec

from config.kinds import split
from config.recorder_messages import (
    CloseSession,
    OpenSession,
    PauseRoom,
    PauseState,
    Person,
    ResumeRoom,
    SegmentRef,
)
from config.recorders import position
from config.words import PauseEnd, SourceKind
from evidence_store.errors import StoreError
from recorder.errors import SessionClosed
from recorder.history import PastSession
from recorder.journal import Appended, Draft, Journal, as_recorder_error
from recorder.microphones import covered_now, mark_covered
from recorder.parts import Description, Parts
from recorder.pause import PauseBook
from recorder.pause_orders import PauseOrders, begin_body, end_body, wanted_pause
from recorder.recording import Recording
from recorder.segment_entry import clock_body

DRAIN_S = 10.0
CLOCK_TICKS = 60  # a clock entry after so many ticks, and after the first
_TOTALS = ("source", "recorded_us", "gap_us", "pause_us", "segments")


class Session:
    """Owned by the service; used on the event loop.

    Life: opening -> open -> closing -> closed. Closing can be asked for again: whoever asks
    while it runs waits for the same end, and a failed close leaves the session open.
    """

    def __init__(self, session: str, room: str, opened_us: int, parts: Parts) -> None:
        self.session = session
        self.room = room
        self.opened_us = opened_us
        self.closed = False
        self.closing = False  # no source may join any more
        self.sealing = False  # no tick may follow
        self.recordings: dict[str, Recording] = {}
        self.pauses = PauseBook()
        self._parts = parts
        self._orders = PauseOrders(parts.journal)
        self._where = (session, room)
        self._ticks = 0
        self._last_tick_us = opened_us  # of the last one that is in the log
        self._said_tick_us = opened_us  # of the last one that the store has not refused
        self._closing = asyncio.Lock()

    @classmethod
    async def open(cls, request: OpenSession, parts: Parts) -> Session:
        """Write the opening entry.

        Raises:
            RecorderError: the store did not take it.
        """
        opened_us = parts.now_us()
        body: dict[str, Any] = {
            "case": request.case,
            "case_number": request.case_number,
            "room_name": request.room_name,
            "kind": request.kind,
            "people": [_present(one) for one in request.people],
            "roles": [p.role for p in request.people],
            "opened_by": request.opened_by,
        }
        body, private = split("session.open", body)
        draft = Draft(
            "session.open", request.session, request.room, body, opened_us, private=private
        )
        await submit(parts.journal, [draft])
        return cls(request.session, request.room, opened_us, parts)

    @classmethod
    def resume(cls, past: PastSession, parts: Parts) -> Session:
        """A session that an earlier process of this recorder opened."""
        session = cls(past.session, past.room, past.opened_us, parts)
        session._ticks = past.ticks
        session._last_tick_us = session._said_tick_us = past.last_tick_us
        session.pauses = PauseBook(past.pauses)  # the one that its recordings' ledgers read
        for recording in past.recordings:
            source = recording.description.source
            session.recordings[source] = Recording(
                recording.description,
                parts,
                recording.past,
                pauses=session.pauses,
                covered=session._covered_for(recording.description),
            )
        return session

    def recording(self, description: Description) -> Recording:
        """The recording of a source; there is one for the whole session."""
        recording = self.recordings.get(description.source)
        if recording is None:
            covered = self._covered_for(description)
            recording = Recording(
                description,
                self._parts,
                pauses=self.pauses,
                covered=covered,
                opened_us=self.opened_us,
            )
            self.recordings[description.source] = recording
        return recording

    def _covered_for(self, description: Description) -> Callable[[], bool] | None:
        """Whether people's own microphones carry what this source hears; see ``microphones``."""
        if description.kind == SourceKind.CALL:
            return _always  # who speaks from the centre gives no testimony
        if description.kind != SourceKind.ROOM_CAMERA:
            return None
        return lambda: covered_now(self.recordings.values())

    def segments(self, source: str, from_us: int, limit: int) -> list[SegmentRef]:
        """What a source has in the log that ends after ``from_us``, the first ``limit``."""
        recording = self.recordings.get(source)
        if recording is None:
            return []
        refs = recording.refs.after(from_us, limit)
        if recording.description.kind == SourceKind.CALL:
            return [msgspec.structs.replace(ref, covered=True) for ref in refs]
        if recording.description.kind != SourceKind.ROOM_CAMERA:
            return refs
        return mark_covered(refs, self.recordings.values(), self._parts.now_us())

    def tick(self, disk_free_bytes: int) -> Draft:
        """The entry of this second: time passed, and nobody stopped the clock.

        ``missed`` are the seconds before it without a stored tick: the recorder was away, held
        up, or its disk was full.
        """
        self._orders.say()
        self._ticks += 1
        body = {
            "n": self._ticks,
            "missed": self._missed(),
            "sources": {name: str(r.status().state) for name, r in self.recordings.items()},
            "paused": sorted(self.pauses.tracks),
            "disk_free_bytes": disk_free_bytes,
        }
        draft = self._parts.journal.draft("tick", *self._where, body)
        self._said_tick_us = draft.t_us
        return draft

    def clock(self) -> Draft | None:
        """Every minute: the clocks of the session side by side, and what its sources' say."""
        if self._ticks % CLOCK_TICKS != 1:
            return None
        body = {
            "timeline_us": self._parts.now_us(),
            "wall_us": self._parts.wall_us(),
            "sources": {
                name: clock_body(recording.clock, recording.worst_skew_us)
                for name, recording in self.recordings.items()
                if recording.connection is not None
            },
        }
        return self._parts.journal.draft("clock", *self._where, body)

    def ticked(self, tick: Draft, *, stored: bool) -> None:
        """This tick is in the log, or the store refused it."""
        if stored:
            self._last_tick_us = max(self._last_tick_us, tick.t_us)
        else:
            self._said_tick_us = self._last_tick_us

    def _missed(self) -> int:
        """Whole seconds since the last tick that have none."""
        waited_us = self._parts.now_us() - self._said_tick_us
        return max(0, (waited_us - 500_000) // 1_000_000)

    async def pause(self, request: PauseRoom) -> PauseState:
        """Withhold media; in force before anything is awaited.

        Raises:
            RecorderError: a bad request, or the store is in trouble and the entry has to wait.
        """
        if self.closing:
            raise SessionClosed(f"session {self.session} is being closed")
        wanted = wanted_pause(request, self._parts.now_us())
        for recording in self.recordings.values():
            recording.settle()
        before = self.pauses.tracks
        ended, begun = self.pauses.begin(wanted)
        if begun is not None:
            for recording in self.recordings.values():
                recording.pause_began(begun.tracks - before)
            if ended is not None:
                self._order("pause.end", end_body(ended, PauseEnd.WIDENED, request))
            self._order("pause.begin", begin_body(begun, request))
        return await self._said()

    async def resume_room(self, request: ResumeRoom) -> PauseState:
        """End a pause.

        Raises:
            RecorderError: it is not the one in force, or the store is in trouble.
        """
        ended = self.pauses.end(request.pause, self._parts.now_us())
        if ended is not None:
            for recording in self.recordings.values():
                recording.pause_ended()
            self._order("pause.end", end_body(ended, PauseEnd.RESUMED, request))
        return await self._said()

    def _order(self, kind: str, body: dict[str, object]) -> None:
        self._orders.add(self._parts.journal.draft(kind, *self._where, body))

    async def _said(self) -> PauseState:
        await self._orders.said()
        present = self.pauses.present
        at = position(self._parts.store_name, max(0, self._parts.journal.size - 1))
        if present is None:
            return PauseState(index=at)
        return PauseState(pause=present.id, tracks=sorted(present.tracks), index=at)

    async def close(self, request: CloseSession) -> None:
        """Stop the sources, make everything durable, seal.

        Raises:
            RecorderError: the store did not take the closing entries; the session stays open
                and can be closed again.
        """
        async with self._closing:
            if self.closed:
                return
            self.closing = True
            asked_us = self._parts.now_us()
            async with asyncio.TaskGroup() as group:
                for recording in self.recordings.values():
                    group.create_task(recording.close(DRAIN_S))
            end_us = max([asked_us, *(r.end_us for r in self.recordings.values())])
            drafts = await self._orders.settle()
            present = self.pauses.present
            if present is not None:
                ended = replace(present, end_us=end_us)
                body = end_body(ended, PauseEnd.CLOSED, request)
                drafts.append(self._parts.journal.draft("pause.end", *self._where, body))
            for recording in self.recordings.values():
                drafts += recording.closing_drafts(end_us)
            totals = [d.body for d in drafts if d.kind == "recording.close"]
            sealing: dict[str, object] = {
                "missed": self._missed(),
                "closed_by": request.closed_by,
                "reason": request.reason,
                "start_us": self.opened_us,
                "end_us": end_us,
                "recordings": [{key: item[key] for key in _TOTALS} for item in totals],
            }
            closing = self._parts.journal.draft("session.close", *self._where, sealing)
            self.sealing = True
            try:
                await submit(self._parts.journal, [*drafts, closing])
            finally:
                self.sealing = False
            self._orders.sealed()
            for recording in self.recordings.values():
                recording.sealed(end_us)
            if present is not None:
                self.pauses.end(present.id, end_us)
            self.closed = True

    async def suspend(self, drain_s: float = DRAIN_S) -> None:
        """The process stops: make durable what came, leave the session open."""
        async with asyncio.TaskGroup() as group:
            for recording in self.recordings.values():
                group.create_task(recording.close(drain_s))

    def __iter__(self) -> Iterator[Recording]:
        return iter(list(self.recordings.values()))


def _present(one: Person) -> dict[str, str]:
    """Somebody who is there, as the opening names them; ``detail`` only where there is one."""
    said = {"name": one.name, "role": one.role, "certificate": one.certificate, "id": one.id}
    return {**said, "detail": one.detail} if one.detail else said


def _always() -> bool:
    return True


async def submit(journal: Journal, drafts: list[Draft]) -> list[Appended]:
    """Submit and wait until it is durable.

    Raises:
        RecorderError: the store did not take it.
    """
    try:
        return await journal.submit(drafts)
    except StoreError as error:
        raise as_recorder_error(error) from error
