"""The agency's rooms: made, named, taken out of service, lent to a case. None is ever deleted.

A room works for one case at a time, or for none. It changes hands, and goes out of service, only
while no session is open in it; what was recorded in it stays with the case it was recorded for.
Each act is an entry of the centre's log first; rows follow (``place_projection``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.board import Board
from command_centre.desk.cases import open_session, require_case
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from command_centre.record.named import name_key
from config.words import RoomKind, SourceState

MAX_NAME = 40
ROOMS_MAX = 2000


class RoomSource(View, frozen=True):
    """A device of a room."""

    id: str
    name: str
    name_en: str
    kind: str
    state: str  # SourceState


class RoomRow(View, frozen=True):
    """A room as its administrator sees it: nothing of what is said in it."""

    id: str
    name: str
    name_en: str
    kind: str
    case: str  # id of the case using it; empty: none
    case_number: str
    sources: list[RoomSource]
    session_us: int | None  # since when a session is open; null: none
    sessions: int  # so many were held here
    retired_us: int | None


class RoomOffer(View, frozen=True):
    """A room as a case may ask for it."""

    id: str
    name: str
    name_en: str
    kind: str
    sources: int  # devices in it
    state: str  # own | free | taken | retired
    case_number: str  # of the case that has it, where the caller reaches that case
    session_us: int | None  # since when a session is open in it; null: none


class RoomOffers(View, frozen=True):
    """Rooms of a case, and, for those who may give it some, all others of the agency."""

    rooms: list[RoomOffer]
    may_manage: bool


class SeatedThere(View, frozen=True):
    """Who sat in a room that is taken up again: ids of people of the case."""

    person: str = ""
    officers: tuple[str, ...] = ()
    attendants: tuple[str, ...] = ()


NOBODY = SeatedThere()


class Rooms:
    """Used on the event loop; one per centre."""

    def __init__(self, database: Database, book: CaseBook, board: Board) -> None:
        self._database = database
        self._book = book
        self._board = board

    async def all(self) -> list[RoomRow]:
        """Every room in the order of the wall."""
        return await self._database.read(lambda connection: _list(connection, self._state))

    async def make(self, caller: Caller, name: str, name_en: str, kind: str) -> str:
        """Add a room; returns its id.

        Raises:
            Rejected: ``bad_text``, ``room_exists``, ``malformed_request``, ``too_many_rooms``,
                ``log_unavailable``.
        """
        if kind not in tuple(RoomKind):
            raise Rejected("malformed_request", f"a room is one of {', '.join(RoomKind)}")
        names, room = names_in_two_languages(name, name_en), short_id("rm")

        def ready(connection: Connection) -> dict[str, Any]:
            _free_name(connection, names["name"])
            if len(connection.execute(select(schema.room.c.id)).all()) >= ROOMS_MAX:
                raise Rejected("too_many_rooms", f"at most {ROOMS_MAX} rooms")
            return {"room": room, "kind": kind, **names}

        await self._book.act("room.create", _by(caller), ready)
        return room

    async def name(self, caller: Caller, room: str, name: str, name_en: str) -> None:
        """Call a room otherwise; earlier sessions keep the name they were held under."""
        names = names_in_two_languages(name, name_en)

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = require_room(connection, room)
            if (row.name, row.name_en) == (names["name"], names["name_en"]):
                return None
            _free_name(connection, names["name"], but=room)
            return {"room": room, "kind": row.kind, **names}

        await self._book.act("room.changed", _by(caller), ready)

    async def retire(self, caller: Caller, room: str) -> None:
        """Take a room out of service: no session can be opened in it. A repeat changes nothing."""

        def ready(connection: Connection) -> dict[str, Any] | None:
            if require_room(connection, room).retired_us is not None:
                return None
            _idle(connection, room)
            return {"room": room}

        await self._book.act("room.retired", _by(caller), ready)

    async def resume(self, caller: Caller, room: str) -> None:
        """Take a room back into service."""

        def ready(connection: Connection) -> dict[str, Any] | None:
            return {"room": room} if require_room(connection, room).retired_us else None

        await self._book.act("room.resumed", _by(caller), ready)

    async def of_case(self, caller: Caller, whole: Caller, case: str) -> RoomOffers:
        """Rooms of a case and those it may ask for. ``whole`` is the caller outside of the case."""
        may = caller.may(Action.MANAGE_CASE)

        def read(connection: Connection) -> list[RoomOffer]:
            require_case(connection, case)
            found = _list(connection, self._state)
            return [_offer(row, case, whole) for row in found if may or row.case == case]

        rooms = await self._database.read(read)
        return RoomOffers(rooms=rooms, may_manage=may)

    async def assign(
        self,
        caller: Caller,
        room: str,
        case: str,
        *,
        of: str | None = None,
        again: SeatedThere = NOBODY,
    ) -> None:
        """Let a case use a room from now on; an empty case frees it, and nobody sits there.

        With ``of`` only a room that this case has, or none, changes hands (empty: none). ``again``
        sit there as before, as far as they sit nowhere else by now.

        Raises:
            Rejected: ``unknown_room``, ``unknown_case``, ``session_open``, ``room_retired``,
                ``room_in_use``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = require_room(connection, room)
            if case:
                require_case(connection, case)
            before = row.case_id or ""
            if before == case:
                return None
            if of is not None and before != of:
                raise Rejected("room_in_use", "another case uses this room; it must be freed there")
            if row.retired_us is not None and case:
                raise Rejected("room_retired", "this room is out of service")
            _idle(connection, room)
            site = row.kind == RoomKind.SITE
            there = still_free(connection, case, again, site=site) if case else {}
            return {"room": room, "case": case, "from_case": before, **there}

        await self._book.act("room.assigned", _by(caller), ready)
        await self._board.look_again()

    def _state(self, source: str) -> str:
        status = self._board.state_of(source)
        return status.state if status else SourceState.OFFLINE


def require_room(connection: Connection, room: str) -> Row[Any]:
    """The row of a room, or ``unknown_room``."""
    table = schema.room
    row = connection.execute(select(table).where(table.c.id == room)).one_or_none()
    if row is None:
        raise Rejected("unknown_room", "there is no such room")
    return row


def still_free(
    connection: Connection, case: str, again: SeatedThere, *, site: bool = False
) -> dict[str, Any]:
    """Of these people of the case those who sit nowhere, as an entry names them.

    ``site``: whoever became an officer of the case meanwhile does not come back to attend there.
    """
    table = schema.person
    found = connection.execute(
        select(table.c.id, table.c.kind, table.c.name).where(
            table.c.case_id == case, table.c.room_id.is_(None)
        )
    )
    rows = {row.id: row for row in found}
    kinds = {name: row.kind for name, row in rows.items()}
    body: dict[str, Any] = {}
    if kinds.get(again.person) == "party":
        body["person"] = again.person
    if seated := [one for one in again.officers if kinds.get(one) == "officer"]:
        body["seated"] = seated
    other = schema.attendant
    free = select(other.c.id, other.c.name).where(
        other.c.case_id == case, other.c.room_id.is_(None)
    )
    idle = {row.id: row.name for row in connection.execute(free)}
    taken = {name_key(rows[one].name) for one in [body.get("person"), *seated] if one}
    if site:
        officers = select(table.c.name).where(table.c.case_id == case, table.c.kind == "officer")
        taken |= set(map(name_key, connection.execute(officers).scalars()))
    back = [one for one in again.attendants if name_key(idle.get(one, "")) not in {"", *taken}]
    if back:
        body["attending"] = back
    return body


def _idle(connection: Connection, room: str) -> None:
    if open_session(connection, room) is not None:
        raise Rejected("session_open", "a session is open in this room; close it first")


def _free_name(connection: Connection, name: str, but: str = "") -> None:
    table = schema.room
    taken = select(table.c.id).where(table.c.name == name, table.c.id != but)
    if connection.execute(taken).first() is not None:
        raise Rejected("room_exists", "there is a room of this name")


def names_in_two_languages(name: str, name_en: str) -> dict[str, str]:
    """The columns ``name`` and ``name_en`` of a room or a device; the English one may be empty.

    Raises:
        Rejected: ``bad_text``.
    """
    name, name_en = name.strip(), name_en.strip()
    if not 1 <= len(name) <= MAX_NAME or len(name_en) > MAX_NAME:
        raise Rejected("bad_text", f"a name has 1 to {MAX_NAME} characters")
    return {"name": name, "name_en": name_en}


def _list(connection: Connection, state: Callable[[str], str]) -> list[RoomRow]:
    room, case, source, session = (
        schema.room,
        schema.case_file,
        schema.source,
        schema.session,
    )
    sources: defaultdict[str, list[RoomSource]] = defaultdict(list)
    for row in connection.execute(select(source).order_by(source.c.position, source.c.id)):
        sources[row.room_id].append(
            RoomSource(
                id=row.id,
                name=row.name,
                name_en=row.name_en,
                kind=row.kind,
                state=state(row.id),
            )
        )
    held: defaultdict[str, int] = defaultdict(int)
    opened: dict[str, int] = {}
    for row in connection.execute(
        select(session.c.room_id, session.c.opened_us, session.c.closed_us)
    ):
        held[row.room_id] += 1
        if row.closed_us is None:
            opened[row.room_id] = row.opened_us
    found = connection.execute(
        select(room, case.c.number)
        .outerjoin(case, case.c.id == room.c.case_id)
        .order_by(room.c.position, room.c.id)
    )
    return [
        RoomRow(
            id=row.id,
            name=row.name,
            name_en=row.name_en,
            kind=row.kind,
            case=row.case_id or "",
            case_number=row.number or "",
            sources=sources[row.id],
            session_us=opened.get(row.id),
            sessions=held[row.id],
            retired_us=row.retired_us,
        )
        for row in found
    ]


def _offer(row: RoomRow, case: str, whole: Caller) -> RoomOffer:
    if row.case == case:
        state = "own"
    elif row.retired_us is not None:
        state = "retired"
    else:
        state = "taken" if row.case else "free"
    reaches = bool(row.case) and whole.in_case(row.case) is not None
    return RoomOffer(
        id=row.id,
        name=row.name,
        name_en=row.name_en,
        kind=row.kind,
        sources=len(row.sources),
        state=state,
        case_number=row.case_number if reaches else "",
        session_us=row.session_us if state == "own" or reaches else None,
    )


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
