"""One interview or inspection with all its recordings, from its opening entry to its seal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from config.messages import CloseSession, OpenSession
from evidence_store.errors import StoreError
from recorder.history import PastSession
from recorder.journal import Appended, Draft, Journal, as_recorder_error
from recorder.parts import Description, Parts
from recorder.recording import Recording

logger = logging.getLogger(__name__)

DRAIN_S = 10.0
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
        self._parts = parts
        self._ticks = 0
        self._closing = asyncio.Lock()

    @classmethod
    async def open(cls, request: OpenSession, parts: Parts) -> Session:
        """Write the opening entry.

        Raises:
            RecorderError: the store did not take it.
        """
        opened_us = parts.now_us()
        body = {
            "case": request.case,
            "case_number": request.case_number,
            "room_name": request.room_name,
            "kind": request.kind,
            "people": [
                {"name": p.name, "role": p.role, "certificate": p.certificate}
                for p in request.people
            ],
            "opened_by": request.opened_by,
        }
        draft = Draft("session.open", request.session, request.room, body, opened_us)
        await submit(parts.journal, [draft])
        return cls(request.session, request.room, opened_us, parts)

    @classmethod
    def resume(cls, past: PastSession, parts: Parts) -> Session:
        """A session that an earlier process of this recorder opened."""
        session = cls(past.session, past.room, past.opened_us, parts)
        session._ticks = past.ticks
        for recording in past.recordings:
            source = recording.description.source
            session.recordings[source] = Recording(recording.description, parts, recording.past)
        return session

    def recording(self, description: Description) -> Recording:
        """The recording of a source; there is one for the whole session."""
        recording = self.recordings.get(description.source)
        if recording is None:
            recording = Recording(description, self._parts)
            self.recordings[description.source] = recording
        return recording

    def tick(self, disk_free_bytes: int) -> Draft:
        """The entry of this second: time passed, and nobody stopped the clock."""
        self._ticks += 1
        body = {
            "n": self._ticks,
            "sources": {name: str(r.status().state) for name, r in self.recordings.items()},
            "disk_free_bytes": disk_free_bytes,
        }
        return self._parts.journal.draft("tick", self.session, self.room, body)

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
            drafts: list[Draft] = []
            for recording in self.recordings.values():
                drafts += recording.closing_drafts(end_us)
            totals = [d.body for d in drafts if d.kind == "recording.close"]
            body = {
                "closed_by": request.closed_by,
                "reason": request.reason,
                "start_us": self.opened_us,
                "end_us": end_us,
                "recordings": [{key: item[key] for key in _TOTALS} for item in totals],
            }
            closing = self._parts.journal.draft("session.close", self.session, self.room, body)
            self.sealing = True
            try:
                await submit(self._parts.journal, [*drafts, closing])
            finally:
                self.sealing = False
            for recording in self.recordings.values():
                recording.sealed(end_us)
            self.closed = True

    async def suspend(self, drain_s: float = DRAIN_S) -> None:
        """The process stops: make durable what came, leave the session open."""
        async with asyncio.TaskGroup() as group:
            for recording in self.recordings.values():
                group.create_task(recording.close(drain_s))

    def __iter__(self) -> Iterator[Recording]:
        return iter(list(self.recordings.values()))


async def submit(journal: Journal, drafts: list[Draft]) -> list[Appended]:
    """Submit and wait until it is durable.

    Raises:
        RecorderError: the store did not take it.
    """
    try:
        return await journal.submit(drafts)
    except StoreError as error:
        raise as_recorder_error(error) from error
