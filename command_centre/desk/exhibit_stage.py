"""The exhibit screens of rooms: what they show, whether they do, and what they are turned to.

What is shown is what the session's log says (``exhibit.shown`` until ``exhibit.removed``); a screen
that comes later, or comes back, is told the same. Everybody connected gets the whole state and the
newest look, never a queue of them: a slow screen skips what is in between and ends at the same
place. Looks are sampled into the log (exhibit_samples.py); letting a clip run, holding it and going
to another place of it are an entry each (``exhibit.play``), and so is what became of each showing:

    waiting (no screen is connected) -> sent -> shown | failed;  shown -> lost (the screen went)

An interviewer's desk and the wall are told ``lost``; the screen itself keeps its picture. A page
that sent ``sent`` three seconds ago and is not shown is drawn red by the desks.

Owned by the event loop; nothing here waits for the recorder.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk import exhibit_wire as wire
from command_centre.desk.board import Board
from command_centre.desk.case_of import unknown
from command_centre.desk.cases import open_session
from command_centre.desk.entries import Entry
from command_centre.desk.exhibit_files import CLIP
from command_centre.desk.exhibit_samples import Samples
from command_centre.desk.exhibits import ExhibitView
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import Appender
from command_centre.desk.room_acts import (
    NoticeView,
    blank_notice,
    notice_view,
    shown_of,
    shown_view,
)
from command_centre.desk.sessions import kind_of
from command_centre.desk.voice_lines import standing_in
from command_centre.ids import short_id
from config.clock import Clock

CONNECTIONS_MAX = 24  # of one room
SCREEN, DESK = "screen", "desk"
_NOTICE_LANGUAGES = ("", "zh", "en")
PLAYS_MAX = 2_000  # of one showing; what comes later is not done
_TICK_S = 0.5
_BETWEEN_LOOKS_S = 0.04
_MATTERS = (
    *("exhibit.shown", "exhibit.removed", "session.open", "session.close", "notice.read"),
    *("voice.opened", "voice.ended"),
)


@dataclass(eq=False)
class Watcher:
    """One connected page. What it is to be sent stands in slots: the newest of each kind."""

    role: str
    _slots: dict[str, bytes] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: wire.Outgoing) -> None:
        """Send this next; an older one of its kind is not sent any more."""
        self._slots[type(message).__name__] = wire.encode(message)
        self._wake.set()

    async def messages(self) -> AsyncIterator[bytes]:
        """What to send, for ever; not more than 25 rounds a second."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            slots, self._slots = self._slots, {}
            for name in ("Prepare", "Stage", "Looking", "Playing"):
                if name in slots:
                    yield slots[name]
            await asyncio.sleep(_BETWEEN_LOOKS_S)


@dataclass(frozen=True)
class Place:
    """Where a clip is since a moment."""

    playing: bool = False
    at_ms: int = 0
    since_us: int = 0


@dataclass(eq=False)
class _Room:
    name: str
    name_en: str
    session: str = ""
    language: str = ""  # of the notice that was read; empty: none yet
    recording: bool = False
    notice: str = ""  # the language in which the notice stands on the screens; empty: it does not
    words: NoticeView | None = None  # of the notice that stands there
    call: bool = False  # a voice line is open: people in the room are told
    state: str = "none"
    state_us: int = 0
    now: wire.OnScreen | None = None
    look: wire.Look = field(default_factory=wire.Look)
    place: Place = field(default_factory=Place)  # in a clip
    plays: int = 0
    by: tuple[str, str] = ("", "")  # account and name of who turns the screens
    watchers: set[Watcher] = field(default_factory=set)
    samples: Samples = field(default_factory=Samples)

    def screens(self) -> int:
        return sum(one.role == SCREEN for one in self.watchers)


class ExhibitStages:
    """All rooms somebody is connected to or shows something in."""

    def __init__(self, database: Database, board: Board, appender: Appender, clock: Clock) -> None:
        self._database = database
        self._board = board
        self._appender = appender
        self._clock = clock
        self._rooms: dict[str, _Room] = {}
        self._changes = 0  # entries heard that change what is shown anywhere

    def follow(self, follower: Follower) -> None:
        """Hear of what is shown and taken away."""
        follower.listen(self._heard)

    async def run(self) -> None:
        """Write samples, and notice whether rooms are recorded, until cancelled."""
        while True:
            await asyncio.sleep(_TICK_S)
            now_us = self._clock.now_us()
            for name, room in list(self._rooms.items()):
                if room.samples.due(now_us):
                    self._write_samples(name, room)
                recording = self._board.is_recording_room(name)
                if recording != room.recording:
                    room.recording = recording
                    self._tell(name, room)

    @contextmanager
    def watching(self, room: str, role: str) -> Iterator[Watcher | None]:
        """A page of a room that ``load`` was called for; None: there are too many."""
        stage = self._rooms[room]
        if len(stage.watchers) >= CONNECTIONS_MAX:
            yield None
            return
        watcher = Watcher(role)
        stage.watchers.add(watcher)
        if role == SCREEN and stage.state in ("waiting", "lost", "failed"):
            self._state(room, stage, "sent")
        self._tell(room, stage)
        if stage.now is not None:
            watcher.put(wire.Looking(show=stage.now.show, look=stage.look))
            self._tell_place(stage, (watcher,))
        try:
            yield watcher
        finally:
            stage.watchers.discard(watcher)
            if role == SCREEN and not stage.screens() and stage.now is not None:
                self._state(room, stage, "lost" if stage.state == "shown" else "waiting")
            self._tell(room, stage)
            if not stage.watchers and stage.now is None:
                self._rooms.pop(room, None)

    async def load(self, room: str) -> None:
        """Know the room as the log says it is now.

        Raises:
            Rejected: ``unknown_room``.
        """
        while room not in self._rooms:
            heard = self._changes
            found = await self._database.read(partial(_read_room, room=room))
            if heard != self._changes:
                continue  # something changed meanwhile; it may not be in what we read
            found.recording = self._board.is_recording_room(room)
            if found.now is not None:
                found.state, found.state_us = "waiting", self._clock.now_us()
            self._rooms.setdefault(room, found)

    def state_of(self, room: str) -> wire.Stage | None:
        """What is known of a room; None: nobody has asked for it."""
        stage = self._rooms.get(room)
        return _stage(room, stage) if stage else None

    # --- what desks and screens do ----------------------------------------------------------

    def prepare(self, room: str, exhibit: ExhibitView, page: int) -> None:
        """Let the screens load what is about to be shown."""
        stage = self._rooms.get(room)
        if stage is not None:
            said = wire.Prepare(exhibit=exhibit.id, mime=exhibit.mime, page=page)
            for one in stage.watchers:
                one.put(said)

    async def give_notice(self, room: str, language: str) -> None:
        """Put the notice of rights on the screens instead of nothing, or take it away.

        It may stand before a session is open, so it is kept in no log; how it was given is said by
        ``notice.read``. An exhibit takes its place, and it leaves with its session.
        """
        if language not in _NOTICE_LANGUAGES:
            return
        words = await self._database.read(partial(_words, room=room))
        stage = self._rooms.get(room)
        if stage is None or stage.now is not None:
            return
        stage.notice, stage.words = language, words
        self._tell(room, stage)

    def turn(self, caller: Caller, room: str, said: wire.Turn, of: Watcher) -> None:
        """Turn the screens; one for a showing that is over is left out."""
        stage = self._rooms.get(room)
        if stage is None or stage.now is None or stage.now.show != said.show:
            return
        stage.look = wire.bounded(said.look)
        by = (caller.account_id, caller.name)
        if by != stage.by:
            self._write_samples(room, stage)
            stage.by = by
        stage.samples.take(stage.look, self._clock.now_us())
        message = wire.Looking(show=said.show, look=stage.look)
        for one in stage.watchers:
            if one is not of:
                one.put(message)

    def play(self, caller: Caller, room: str, said: wire.Play) -> None:
        """Let a clip run on all screens, or hold it; one for a showing that is over is left out."""
        stage = self._rooms.get(room)
        if stage is None or stage.now is None or stage.now.show != said.show:
            return
        if stage.now.mime != CLIP or not stage.session or stage.plays >= PLAYS_MAX:
            return
        at_ms = min(max(said.at_ms, 0), wire.CLIP_MS_MAX)
        body = {"show": said.show, "playing": said.playing, "at_ms": at_ms}
        by = {"by": caller.account_id, "by_name": caller.name}
        if not self._put(room, stage, "exhibit.play", body | by):
            return  # nothing runs on a screen that the log will not hold
        stage.plays += 1
        stage.place = Place(said.playing, at_ms, self._clock.now_us())
        self._tell_place(stage, stage.watchers)

    def reported(self, room: str, show: str, state: str) -> None:
        """A screen says that it drew a showing, or could not."""
        stage = self._rooms.get(room)
        if stage is None or stage.now is None or stage.now.show != show:
            return
        if stage.state != "shown" and stage.state != state:
            self._state(room, stage, state)
            self._tell(room, stage)

    # --- what the log says ------------------------------------------------------------------

    def _heard(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.kind not in _MATTERS:
                continue
            self._changes += 1
            stage = self._rooms.get(entry.room)
            if stage is None:
                continue
            if entry.kind == "exhibit.shown":
                self._begin(entry.room, stage, entry)
            elif entry.kind == "notice.read":
                stage.language = str(entry.body.get("language", "zh"))
            elif entry.kind == "session.open":
                stage.session = entry.session
            elif entry.kind.startswith("voice."):
                if entry.body.get("to"):
                    continue  # a device of the place is called, not whoever faces the screen
                stage.call = entry.kind == "voice.opened"
            elif stage.session == entry.session:
                self._end(entry.room, stage)
                if entry.kind == "session.close":
                    stage.session, stage.call = "", False
                    stage.notice = stage.language = ""
            self._tell(entry.room, stage)

    def _begin(self, name: str, room: _Room, entry: Entry) -> None:
        begun = _on_screen(entry.t_us, entry.body)
        if room.now is not None and room.now.show == begun.show:
            return  # it was read from the database already
        self._write_samples(name, room)
        room.session, room.now, room.notice = entry.session, begun, ""
        room.look, room.samples = wire.Look(), Samples()
        room.place, room.plays = Place(), 0
        self._state(name, room, "sent" if room.screens() else "waiting")

    def _end(self, name: str, room: _Room) -> None:
        self._write_samples(name, room)
        room.now, room.state, room.state_us = None, "none", self._clock.now_us()

    # --- telling and writing ----------------------------------------------------------------

    def _state(self, name: str, room: _Room, state: str) -> None:
        now_us = self._clock.now_us()
        room.state, room.state_us = state, now_us
        if room.now is None or not room.session:
            return
        delay_ms = max(0, now_us - room.now.since_us) // 1000
        body = {"show": room.now.show, "state": state, "delay_ms": delay_ms}
        self._put(name, room, "exhibit.screen", body)

    def _write_samples(self, name: str, room: _Room) -> None:
        from_us, samples = room.samples.piece_out()
        if not samples or room.now is None or not room.session:
            return
        by, by_name = room.by
        body = {"show": room.now.show, "from_us": from_us, "samples": samples, "by": by}
        self._put(name, room, "exhibit.view", {**body, "by_name": by_name})

    def _put(self, name: str, room: _Room, kind: str, body: dict[str, Any]) -> bool:
        return self._appender.put(
            key=f"{kind}:{short_id('xs')}",
            kind=kind,
            session=room.session,
            room=name,
            body=body,
            t_us=self._clock.now_us(),
        )

    def _tell_place(self, room: _Room, watchers: Iterable[Watcher]) -> None:
        if room.now is None or room.now.mime != CLIP:
            return
        place = room.place
        ago_ms = max(0, self._clock.now_us() - place.since_us) // 1000 if place.since_us else 0
        playing, at_ms = place.playing, place.at_ms
        _send(
            watchers,
            wire.Playing(show=room.now.show, playing=playing, at_ms=at_ms, ago_ms=ago_ms),
        )

    def _tell(self, name: str, room: _Room) -> None:
        _send(room.watchers, _stage(name, room))


def _send(watchers: Iterable[Watcher], message: wire.Outgoing) -> None:
    for one in watchers:
        one.put(message)


def _stage(name: str, room: _Room) -> wire.Stage:
    return wire.Stage(
        room=name,
        room_name=room.name,
        room_name_en=room.name_en,
        session=room.session,
        recording=room.recording,
        language=room.notice or room.language,
        screens=room.screens(),
        state=room.state,
        since_us=room.state_us,
        now=room.now,
        call=room.call,
        notice=_notice(room),
    )


def _notice(room: _Room) -> wire.NoticeOnScreen | None:
    notice, english = room.words, room.notice == "en"
    if not room.notice or notice is None:
        return None
    return wire.NoticeOnScreen(
        language=room.notice,
        title=notice.title_en if english else notice.title,
        lines=[
            wire.NoticeText(text=one.en, law=one.law_en)
            if english
            else wire.NoticeText(text=one.zh, law=one.law)
            for one in notice.lines
        ],
    )


def _on_screen(t_us: int, body: dict[str, Any]) -> wire.OnScreen:
    said = shown_of(t_us, body)
    return wire.OnScreen(
        show=said.show,
        exhibit=said.exhibit,
        title=said.title,
        mime=said.mime,
        number=said.number,
        page=said.page,
        since_us=said.since_us,
        by_name=said.by_name,
    )


def _words(connection: Connection, room: str) -> NoticeView:
    """The notice of the session in a room, or of the next one."""
    session = open_session(connection, room)
    if session is None:
        return blank_notice(connection, kind_of(connection, room))
    return notice_view(connection, session)


def _read_room(connection: Connection, room: str) -> _Room:
    table = schema.room
    row = connection.execute(select(table).where(table.c.id == room)).one_or_none()
    if row is None:
        raise unknown("room")
    found = _Room(name=row.name, name_en=row.name_en)
    session = open_session(connection, room)
    if session is None:
        return found
    found.session = session.id
    line = standing_in(connection, room)
    found.call = line is not None and line.opened_us is not None
    found.language = notice_view(connection, session).language
    shown = shown_view(connection, session.id)
    if shown.exhibit:
        body = {name: getattr(shown, name) for name in shown.__struct_fields__}
        found.now = _on_screen(shown.since_us, body)
        found.place, found.plays = place_of(connection, session.id, shown.show)
    return found


def place_of(connection: Connection, session: str, show: str) -> tuple[Place, int]:
    """Where the log says a clip is, and how often it was let run or held."""
    table = schema.log_entry
    rows = connection.execute(
        select(table.c.t_us, table.c.summary)
        .where(table.c.session_id == session, table.c.kind == "exhibit.play")
        .order_by(table.c.log_index)
    ).all()
    said = [(row.t_us, msgspec.json.decode(row.summary)) for row in rows]
    own = [(t_us, body) for t_us, body in said if body.get("show") == show]
    if not own:
        return Place(), 0
    t_us, body = own[-1]
    return Place(bool(body.get("playing")), int(body.get("at_ms", 0)), t_us), len(own)
