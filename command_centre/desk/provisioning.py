"""Sources as administrators register them: made, moved, given to a device by a QR code, withdrawn.

1. A source is a place for a device (a camera of a room, a body camera, a drone, a detector). The
   device takes it by a **code**: 128 bits, good once and for ``centre.join_minutes``, shown as a QR
   code once; only its digest is kept. Whoever shows it gets the source's bearer token.
2. Taking a code withdraws every earlier token, so a source is one device's at a time: renewing
   and replacing a device are the same act. Withdrawing voids tokens and codes; what was recorded,
   and the source, stay.
3. Each act is an entry of the centre's log first, except taking a code, which is noted: the code
   is spent either way.

Phones that a case manager invites are ``desk.devices``; their QR code opens the same address.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.accounts import add_source_token
from command_centre.db.database import Database, Writing
from command_centre.desk.board import Board
from command_centre.desk.cases import open_session
from command_centre.desk.devices import Joined
from command_centre.desk.permissions import Caller
from command_centre.desk.rooms import names_in_two_languages, require_room
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id, token_sha256
from config.clock import Clock
from config.messages import SourceStatus
from config.words import MICROSECONDS, SourceKind, SourceState, Speaker

SOURCES_MAX = 5000
_CODE_BYTES = 16
#: Kinds of device, and what their microphones carry unless somebody says otherwise. A call is none.
CHANNELS: dict[SourceKind, list[Speaker]] = {
    SourceKind.ROOM_CAMERA: [Speaker.INTERVIEWER, Speaker.INTERVIEWEE],
    SourceKind.BODY_CAMERA: [Speaker.UNKNOWN],
    SourceKind.DRONE: [],
    SourceKind.GAS_DETECTOR: [],
    SourceKind.MICROPHONE: [Speaker.INTERVIEWEE],
    SourceKind.ENVIRONMENT: [],
}


#: Kinds that record picture or sound; the others measure.
RECORDING = (
    *(SourceKind.ROOM_CAMERA, SourceKind.BODY_CAMERA),
    *(SourceKind.DRONE, SourceKind.MICROPHONE),
)
_MEASURES = (SourceKind.GAS_DETECTOR, SourceKind.ENVIRONMENT)


class SourceRow(View, frozen=True):
    """A source as its administrator sees it."""

    id: str
    name: str
    name_en: str
    kind: str
    room: str
    room_name: str
    room_name_en: str
    case_number: str  # of the case using the room; empty: none
    state: str  # SourceState
    seen_us: int | None  # last recorded, measured or heard of
    given: bool  # a device holds a token
    code_until_us: int | None  # a code waits to be taken
    withdrawn: bool  # it had a token and has none now
    pulled: bool  # fetched from a camera
    pull_kept: bool  # it was fetched; where from is kept


class SourceCode(View, frozen=True):
    """A code for one device; ``url`` is what the QR code says. Shown this once."""

    source: str
    url: str
    whip_url: str
    expires_us: int

    def __repr__(self) -> str:
        return f"SourceCode({self.source!r})"


class Provisioning:
    """Used on the event loop; one per centre."""

    def __init__(
        self, database: Database, book: CaseBook, board: Board, clock: Clock, join_minutes: float
    ) -> None:
        self._database = database
        self._book = book
        self._board = board
        self._clock = clock
        self.join_minutes = join_minutes  # how long a code is good

    def _valid_us(self) -> int:
        return int(self.join_minutes * 60 * MICROSECONDS)

    async def all(self) -> list[SourceRow]:
        """Every source, by room."""
        now_us = self._clock.now_us()
        return await self._database.read(
            lambda connection: _list(connection, self._board.state_of, now_us)
        )

    async def make(self, caller: Caller, *, kind: str, room: str, name: str, name_en: str) -> str:
        """Register a source in a room; returns its id.

        Raises:
            Rejected: ``malformed_request``, ``bad_text``, ``unknown_room``, ``source_exists``,
                ``registry_full``, ``log_unavailable``.
        """
        if kind not in CHANNELS:
            raise Rejected("malformed_request", f"a source is one of {', '.join(CHANNELS)}")
        names, source = names_in_two_languages(name, name_en), short_id(kind.replace("_", "-")[:12])

        def ready(connection: Connection) -> dict[str, Any]:
            require_room(connection, room)
            _free_name(connection, room, names["name"])
            count = connection.execute(select(func.count()).select_from(schema.source))
            if count.scalar_one() >= SOURCES_MAX:
                raise Rejected("registry_full", f"at most {SOURCES_MAX} sources")
            channels = [str(one) for one in CHANNELS[SourceKind(kind)]]
            return {"source": source, "room": room, "kind": kind, "channels": channels, **names}

        await self._book.act("source.create", _by(caller), ready)
        await self._board.look_again()
        return source

    async def change(
        self, caller: Caller, source: str, *, room: str, name: str, name_en: str
    ) -> None:
        """Call a source otherwise, or move it to another room while nothing is recorded there."""
        names = names_in_two_languages(name, name_en)

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = require_source(connection, source)
            if (row.room_id, row.name, row.name_en) == (room, names["name"], names["name_en"]):
                return None
            require_room(connection, room)
            _free_name(connection, room, names["name"], but=source)
            if row.room_id != room and open_session(connection, row.room_id) is not None:
                raise Rejected("session_open", "a session is open where the device is")
            return {"source": source, "room": room, **names}

        await self._book.act("source.changed", _by(caller), ready)
        await self._board.look_again()

    async def code(self, caller: Caller, source: str) -> tuple[str, int]:
        """A new code for a source, and until when it is good; an earlier one is void.

        Raises:
            Rejected: ``unknown_source``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any]:
            require_source(connection, source)
            return {"source": source}

        await self._book.act("source.invited", _by(caller), ready)
        code, now_us, table = secrets.token_urlsafe(_CODE_BYTES), self._clock.now_us(), _codes
        values = {
            "code_sha256": token_sha256(code),
            "source_id": source,
            "created_us": now_us,
            "expires_us": now_us + self._valid_us(),
            "created_by": caller.account_id,
        }

        def put(writing: Writing) -> None:
            _void_codes(writing, source, now_us)
            writing.execute(table.insert().values(**values))

        await self._database.write(put)
        return code, now_us + self._valid_us()

    async def withdraw(self, caller: Caller, source: str) -> None:
        """Void the source's tokens and codes; nobody publishes as it until a new code is taken.

        Raises:
            Rejected: ``unknown_source``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any]:
            row = require_source(connection, source)
            return {"source": source, "case": row.case_id or ""}

        await self._book.act("device.revoke", _by(caller), ready)
        now_us = self._clock.now_us()

        def void(writing: Writing) -> None:
            _void_codes(writing, source, now_us)
            _void_tokens(writing, source, now_us)

        await self._database.write(void)


_codes = schema.source_code


def claim(writing: Writing, code: str, now_us: int) -> Joined | None:
    """Exchange a code for the token of its source; None: no source has this code.

    Raises:
        Rejected: ``join_used``, ``join_expired``.
    """
    digest = token_sha256(code)
    found = writing.execute(select(_codes).where(_codes.c.code_sha256 == digest)).one_or_none()
    if found is None:
        return None
    if found.used_us is not None:
        raise Rejected("join_used", "a code is good for one device; ask for a new one")
    if found.expires_us <= now_us:
        raise Rejected("join_expired", "the code's time is over; ask for a new one")
    row = require_source(writing.connection, found.source_id)
    _void_tokens(writing, row.id, now_us, lasting=True)
    spent = update(_codes).where(_codes.c.code_sha256 == digest)
    writing.execute(spent.values(used_us=now_us))
    token = add_source_token(writing, row.id, now_us=now_us, created_by=found.created_by)
    return Joined(
        source=row.id,
        token=token,
        room=row.room_id,
        case=row.case_id or "",
        invited_by=found.created_by,
        known=True,
    )


def require_source(connection: Connection, source: str) -> Row[Any]:
    """The row of a source with the case that uses its room, or ``unknown_source``."""
    table, room = schema.source, schema.room
    row = connection.execute(
        select(table, room.c.case_id)
        .join(room, room.c.id == table.c.room_id)
        .where(table.c.id == source, table.c.kind != SourceKind.CALL)
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_source", "there is no such source")
    return row


def _void_codes(writing: Writing, source: str, now_us: int) -> None:
    waiting = (_codes.c.used_us.is_(None), _codes.c.expires_us > now_us)
    mine = update(_codes).where(_codes.c.source_id == source, *waiting)
    writing.execute(mine.values(expires_us=now_us))


def _void_tokens(writing: Writing, source: str, now_us: int, *, lasting: bool = False) -> None:
    """Void tokens; ``lasting``: those of devices only, a room desk's own expire by themselves."""
    table = schema.source_token
    mine = update(table).where(table.c.source_id == source, table.c.revoked_us.is_(None))
    if lasting:
        mine = mine.where(table.c.expires_us.is_(None))
    writing.execute(mine.values(revoked_us=now_us))


def _free_name(connection: Connection, room: str, name: str, but: str = "") -> None:
    table = schema.source
    taken = select(table.c.id).where(
        table.c.room_id == room, table.c.name == name, table.c.id != but
    )
    if connection.execute(taken).first() is not None:
        raise Rejected("source_exists", "the room has a device of this name")


def _list(
    connection: Connection, state_of: Callable[[str], SourceStatus | None], now_us: int
) -> list[SourceRow]:
    source, room, case, pull = schema.source, schema.room, schema.case_file, schema.pull
    tokens = _tokens(connection)
    waiting = select(_codes.c.source_id, func.max(_codes.c.expires_us)).where(
        _codes.c.used_us.is_(None), _codes.c.expires_us > now_us
    )
    codes = _pairs(connection, waiting.group_by(_codes.c.source_id))
    seen = _seen(connection)
    found = connection.execute(
        select(
            source,
            room.c.name.label("room_name"),
            room.c.name_en.label("room_name_en"),
            case.c.number,
            pull.c.source_id.label("pull"),
            pull.c.ended_us.label("pull_ended_us"),
        )
        .join(room, room.c.id == source.c.room_id)
        .outerjoin(case, case.c.id == room.c.case_id)
        .outerjoin(pull, pull.c.source_id == source.c.id)
        .where(source.c.kind != SourceKind.CALL)
        .order_by(room.c.position, source.c.position, source.c.id)
    )
    rows = []
    for row in found:
        status, valid = state_of(row.id), tokens.get(row.id)
        heard = [one for one in (seen.get(row.id), status and status.since_us) if one]
        rows.append(
            SourceRow(
                id=row.id,
                name=row.name,
                name_en=row.name_en,
                kind=row.kind,
                room=row.room_id,
                room_name=row.room_name,
                room_name_en=row.room_name_en,
                case_number=row.number or "",
                state=status.state if status else SourceState.OFFLINE,
                seen_us=max(heard) if heard else None,
                given=bool(valid),
                code_until_us=codes.get(row.id),
                withdrawn=valid == 0,
                pulled=row.pull is not None and row.pull_ended_us is None,
                pull_kept=row.pull_ended_us is not None,
            )
        )
    return rows


def _tokens(connection: Connection) -> dict[str, int]:
    """Of each source that ever had one: how many lasting tokens are valid."""
    table, counts = schema.source_token, defaultdict[str, int](int)
    lasting = select(table).where(table.c.expires_us.is_(None))  # a browser's own expire
    for row in connection.execute(lasting):
        counts[row.source_id] += row.revoked_us is None
    return dict(counts)


def _seen(connection: Connection) -> dict[str, int]:
    """When each source last recorded or measured something, as far as the tables say."""
    recording, reading, source = schema.recording, schema.reading, schema.source
    end = func.max(func.coalesce(recording.c.end_us, recording.c.start_us))
    seen = _pairs(connection, select(recording.c.source_id, end).group_by(recording.c.source_id))
    room = schema.room
    measures = (
        select(source.c.id, room.c.case_id)
        .join(room, room.c.id == source.c.room_id)
        .where(source.c.kind.in_(_MEASURES), room.c.case_id.is_not(None))
    )
    for name, case in connection.execute(measures):
        mine = (reading.c.case_id == case, reading.c.device == name)
        if t_us := connection.execute(select(func.max(reading.c.t_us)).where(*mine)).scalar():
            seen[name] = t_us
    return seen


def _pairs(connection: Connection, statement: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(statement)}


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
