"""What is going on right now: latest state of each source, and the stream of it to the desks.

Nothing here is durable or evidence. States come from the recorder's publications; a source that
has not been heard of since the centre started is offline.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import protocol
from command_centre.desk.hub import Hub
from config.bus import Bus
from config.clock import Clock
from config.messages import (
    AudioLevel,
    MalformedMessage,
    PartialText,
    ProcessNote,
    Protected,
    SourceStatus,
    decode,
)
from config.words import MICROSECONDS, SourceKind, SourceState

logger = logging.getLogger(__name__)

_REFRESH_US = MICROSECONDS  # an unknown source makes us look again, at most this often


@dataclass(frozen=True)
class Place:
    """Where a source belongs."""

    source: str
    name: str
    kind: str
    room: str
    case: str  # empty: no case uses the room
    channels: list[str]


class Board:
    """Latest states, and the relay of ephemeral publications to the hub."""

    def __init__(self, bus: Bus, database: Database, hub: Hub, clock: Clock) -> None:
        self._bus = bus
        self._database = database
        self._hub = hub
        self._clock = clock
        self._places: dict[str, Place] = {}
        self._read_mono_us: int | None = None
        self.statuses: dict[str, SourceStatus] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._relays: dict[str, Callable[[bytes], Any]] = {
            "partial": self._partial,
            "level": self._level,
            "protected": self._protected,
            "state": self._state,
            "process": self._process,
        }

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call with a case's id (empty: of none) when a source does something else than before."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Relay until cancelled."""
        prefixes = [f"{name}." for name in self._relays]
        async with self._bus.subscribe(*prefixes) as messages:
            async for topic, payload in messages:
                kind, _, source = topic.partition(".")
                if kind != "process" and await self.place(source) is None:
                    continue
                try:
                    self._relays[kind](payload)
                except MalformedMessage:
                    logger.error("a publication on %s cannot be read", topic)

    async def place(self, source: str) -> Place | None:
        """Where a source belongs, or None when it is not ours."""
        if source not in self._places:
            now = self._clock.mono_us()
            if self._read_mono_us is None or now - self._read_mono_us >= _REFRESH_US:
                self._read_mono_us = now
                self._places = await self._database.read(read_places)
        return self._places.get(source)

    def kind_of(self, source: str) -> str | None:
        """The kind of a source that was looked at before."""
        place = self._places.get(source)
        return None if place is None else place.kind

    async def look_again(self) -> None:
        """Read the sources anew: one was added."""
        self._places = await self._database.read(read_places)

    def state_of(self, source: str) -> SourceStatus | None:
        """The latest state of a source, None when it was never heard of."""
        return self.statuses.get(source)

    def recording_rooms(self, case: str) -> int:
        """Interview rooms of the case in which something is being recorded."""
        return len(
            {
                place.room
                for place in self._places.values()
                if place.case == case
                and place.kind == SourceKind.ROOM_CAMERA
                and self._is_recording(place.source)
            }
        )

    def is_recording_room(self, room: str) -> bool:
        """Whether something of a room is being recorded."""
        return any(
            place.room == room
            and place.kind != SourceKind.CALL
            and self._is_recording(place.source)
            for place in self._places.values()
        )

    def messages_for(self, case: str) -> list[protocol.SourceMessage]:
        """The states a desk is told when it connects."""
        return [
            _source_message(self.statuses[place.source])
            for place in self._places.values()
            if place.case == case and place.source in self.statuses
        ]

    def room_of(self, source: str) -> str:
        """The room of a source already looked up."""
        place = self._places.get(source)
        return place.room if place else ""

    def _is_recording(self, source: str) -> bool:
        status = self.statuses.get(source)
        return status is not None and status.state == SourceState.RECORDING

    def _to_desks(self, source: str, message: protocol.EphemeralMessage) -> None:
        place = self._places[source]
        self._hub.broadcast(place.case, place.room, message)

    def _partial(self, payload: bytes) -> None:
        heard = decode(payload, PartialText)
        message = protocol.PartialMessage(
            room=heard.room,
            source=heard.source,
            speaker=heard.speaker,
            start_us=heard.start_us,
            text=heard.text,
        )
        self._to_desks(heard.source, message)

    def _level(self, payload: bytes) -> None:
        level = decode(payload, AudioLevel)
        message = protocol.LevelMessage(source=level.source, rms=level.rms_dbfs, t_us=level.t_us)
        self._to_desks(level.source, message)

    def _protected(self, payload: bytes) -> None:
        protected = decode(payload, Protected)
        message = protocol.ProtectedMessage(source=protected.source, until_us=protected.until_us)
        self._to_desks(protected.source, message)

    def _state(self, payload: bytes) -> None:
        status = decode(payload, SourceStatus)
        before = self.statuses.get(status.source)
        self.statuses[status.source] = status
        self._to_desks(status.source, _source_message(status))
        case = self._places[status.source].case  # empty: of no case
        if before is None or before.state != status.state:
            for listener in self._listeners:
                listener(case)

    def _process(self, payload: bytes) -> None:
        note = decode(payload, ProcessNote)
        message = protocol.SystemMessage(code=f"{note.name}_{note.code}", detail=note.detail)
        self._hub.broadcast(None, "", message)


def _source_message(status: SourceStatus) -> protocol.SourceMessage:
    body = protocol.SourceBody(**msgspec.structs.asdict(status))
    return protocol.SourceMessage(status=body)


def read_places(connection: Connection) -> dict[str, Place]:
    """Every source with its room and case."""
    source, room = schema.source, schema.room
    rows = connection.execute(
        select(source, room.c.case_id).join(room, source.c.room_id == room.c.id)
    )
    return {
        row.id: Place(
            source=row.id,
            name=row.name,
            kind=row.kind,
            room=row.room_id,
            case=row.case_id or "",
            channels=msgspec.json.decode(row.channels, type=list[str]),
        )
        for row in rows
    }
