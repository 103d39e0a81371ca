"""Who may publish, and into which session: the same rules for every way in (WHIP, RTMP, RTSP).

A token is found by its SHA-256, so the time of the look-up says nothing about the token.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from command_centre.db.accounts import source_of_token
from command_centre.db.database import Database
from command_centre.desk.board import Board, Place
from command_centre.desk.sessions import Sessions
from command_centre.desk.views import SessionSummary
from command_centre.desk.voice_lines import standing_of
from command_centre.errors import Rejected
from config.clock import Clock
from config.recorder_messages import AdmitPublisher, Admitted
from config.words import SourceKind, Speaker

#: Sources that are in a room all the time; they never open a session by themselves.
FIXED = frozenset({SourceKind.ROOM_CAMERA, SourceKind.MICROPHONE})


class Publishers:
    """One per way in; holds nothing of its own."""

    def __init__(self, database: Database, board: Board, sessions: Sessions, clock: Clock) -> None:
        self._database = database
        self._board = board
        self._sessions = sessions
        self._clock = clock

    async def owner(self, source: str, token: str) -> Place:
        """The source whose token this is, when it is the one addressed.

        Raises:
            Rejected: ``token_unknown``, ``token_of_other_source`` or ``unknown_source``.
        """
        now_us = self._clock.now_us()
        owner = await self._database.read(
            lambda connection: source_of_token(connection, token, now_us)
        )
        if owner is None:
            raise Rejected("token_unknown", "ask the administrator for a new token")
        if owner.source != source:
            raise Rejected("token_of_other_source", "publish to the address given with the token")
        place = await self._board.place(owner.source)
        if place is None:
            raise Rejected("unknown_source", "there is no such source")
        if owner.by_browser:  # a desk's one microphone hears everybody, whatever the camera has
            return replace(place, channels=[Speaker.UNKNOWN.value])
        return place

    async def session_for(self, place: Place) -> SessionSummary:
        """The room's open session. On site a source opens one; an interview is opened by a person.

        A fixed camera asks again and again. If that opened interviews, sealing one would start
        the next, and people would be recorded who were told that the recording has ended.

        Raises:
            Rejected: ``no_open_session``, ``line_not_open``, or what the recorder says.
        """
        if place.kind == SourceKind.CALL:
            return await self._session_of_line(place)
        if place.kind not in FIXED:
            return await self._sessions.ensure(place.room, f"source:{place.source}")
        session = await self._sessions.opened_in(place.room)
        if session is None:
            raise Rejected(
                "no_open_session", "open the interview at the room desk, then publish again"
            )
        return session

    async def _session_of_line(self, place: Place) -> SessionSummary:
        """Nobody speaks to a room or a device that has not taken the call."""
        line = await self._database.read(partial(standing_of, source=place.source))
        session = await self._sessions.opened_in(place.room)
        if line is None or line.opened_us is None or session is None or session.id != line.session:
            raise Rejected("line_not_open", "call first, and let the other end take the call")
        return session

    async def admit(self, request: AdmitPublisher) -> Admitted:
        """What a recorder asks for a device that pushes. Raises ``Rejected``."""
        place = await self.owner(request.source, request.key)
        session = await self.session_for(place)
        return Admitted(
            source=place.source,
            source_name=place.name,
            source_kind=place.kind,
            session=session.id,
            room=place.room,
            channels=place.channels,
        )
