"""Phones as body cameras: invited by a one-time code, they become sources of the case's site.

A code is good once and for ``centre.join_minutes``. Whoever shows it gets a source of their own
(kind body camera) and that source's bearer token; only digests of both are kept. A phone is sent
away by withdrawing its tokens: what it recorded stays, and so does its source.

Every one of these acts is an entry of the centre's log (``device.invite``, ``device.join``,
``device.revoke``); it is written by the routes, as nothing here knows the log.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select, update

from command_centre.db import schema
from command_centre.db.accounts import add_source_token
from command_centre.db.database import Writing
from command_centre.desk import protocol, rows
from command_centre.desk.cases import require_case
from command_centre.desk.views import SourceView, View
from command_centre.errors import Rejected
from command_centre.ids import short_id, token_sha256
from config.words import RoomKind, SourceKind, Speaker

MAX_NAME_CHARACTERS = 40
MAX_DEVICES = 16  # phones of one site that are not sent away
_CODE_BYTES = 16  # 128 bits, shown as a picture and never typed


class DeviceView(View, frozen=True):
    """A phone of the case, or an invitation nobody has taken yet (``source`` empty)."""

    source: str
    name: str
    name_en: str
    room: str
    invited_us: int
    expires_us: int
    joined_us: int | None
    revoked_us: int | None


@dataclass(frozen=True)
class Invitation:
    """A code; shown this once."""

    code: str
    room: str
    name: str
    name_en: str
    expires_us: int


@dataclass(frozen=True)
class Joined:
    """What the phone that took the code gets; the token is shown this once."""

    source: str
    token: str
    room: str
    case: str  # empty: no case uses the room
    invited_by: str
    known: bool = False  # the source was there before; another device may have held it


def invite(
    writing: Writing,
    case: str,
    *,
    name: str,
    name_en: str = "",
    room: str | None,
    by: str,
    now_us: int,
    expires_us: int,
) -> Invitation:
    """A new code for a phone at the case's site (its first, when none is named).

    Raises:
        Rejected: ``unknown_case``, ``no_site``, ``unknown_room``, ``bad_text``,
            ``too_many_devices``.
    """
    require_case(writing.connection, case)
    site = _site(writing.connection, case, room)
    name, name_en = _names(writing.connection, case, name.strip(), name_en.strip())
    table = schema.device_join
    taken = writing.execute(
        select(func.count()).where(
            table.c.room_id == site,
            table.c.revoked_us.is_(None),
            table.c.used_us.is_not(None) | (table.c.expires_us > now_us),
        )
    ).scalar_one()
    if taken >= MAX_DEVICES:
        raise Rejected(
            "too_many_devices", f"a site takes {MAX_DEVICES} phones; send away those not in use"
        )
    code = secrets.token_urlsafe(_CODE_BYTES)
    writing.execute(
        table.insert().values(
            code_sha256=token_sha256(code),
            room_id=site,
            name=name,
            name_en=name_en,
            created_us=now_us,
            expires_us=expires_us,
            created_by=by,
        )
    )
    return Invitation(code, site, name, name_en, expires_us)


def join(writing: Writing, code: str, now_us: int) -> Joined:
    """Exchange a code for a source and its token; every desk of the case is told.

    Raises:
        Rejected: ``join_unknown``, ``join_used``, ``join_expired``.
    """
    table = schema.device_join
    digest = token_sha256(code)
    found = writing.execute(select(table).where(table.c.code_sha256 == digest)).one_or_none()
    if found is None:
        raise Rejected("join_unknown", "ask the case manager for a new code")
    if found.used_us is not None:
        raise Rejected("join_used", "a code is good for one phone; ask for a new one")
    if found.expires_us <= now_us:
        raise Rejected("join_expired", "the code's time is over; ask for a new one")
    room = schema.room
    case = writing.execute(select(room.c.case_id).where(room.c.id == found.room_id)).scalar_one()
    view = _add_source(writing, found)
    writing.execute(
        update(table).where(table.c.code_sha256 == digest).values(used_us=now_us, source_id=view.id)
    )
    token = add_source_token(writing, view.id, now_us=now_us, created_by=found.created_by)
    _announce(writing, str(case), view)
    return Joined(
        source=view.id,
        token=token,
        room=view.room,
        case=str(case),
        invited_by=found.created_by,
    )


def revoke(writing: Writing, source: str, now_us: int) -> str:
    """Send a phone away: its tokens are void. Returns its case; once more changes nothing.

    Raises:
        Rejected: ``unknown_source``: there is no such phone.
    """
    table, room, place = schema.device_join, schema.room, schema.source
    found = writing.execute(
        select(place, room.c.case_id, table.c.revoked_us)
        .join(table, table.c.source_id == place.c.id)
        .join(room, room.c.id == place.c.room_id)
        .where(place.c.id == source)
    ).one_or_none()
    if found is None:
        raise Rejected("unknown_source", "there is no such phone")
    if found.revoked_us is not None:
        return str(found.case_id)
    tokens = schema.source_token
    writing.execute(
        update(tokens)
        .where(tokens.c.source_id == source, tokens.c.revoked_us.is_(None))
        .values(revoked_us=now_us)
    )
    writing.execute(update(table).where(table.c.source_id == source).values(revoked_us=now_us))
    _announce(writing, str(found.case_id), rows.source(found, revoked=True))
    return str(found.case_id)


def list_devices(connection: Connection, case: str, now_us: int) -> list[DeviceView]:
    """Phones of the case and codes still open, oldest first."""
    require_case(connection, case)
    table, room = schema.device_join, schema.room
    found = connection.execute(
        select(table)
        .join(room, room.c.id == table.c.room_id)
        .where(
            room.c.case_id == case,
            table.c.used_us.is_not(None) | (table.c.expires_us > now_us),
        )
        .order_by(table.c.created_us)
    )
    return [
        DeviceView(
            source=row.source_id or "",
            name=row.name,
            name_en=row.name_en,
            room=row.room_id,
            invited_us=row.created_us,
            expires_us=row.expires_us,
            joined_us=row.used_us,
            revoked_us=row.revoked_us,
        )
        for row in found
    ]


def _site(connection: Connection, case: str, room: str | None) -> str:
    table = schema.room
    sites = list(
        connection.execute(
            select(table.c.id)
            .where(table.c.case_id == case, table.c.kind == RoomKind.SITE)
            .order_by(table.c.position)
        ).scalars()
    )
    if not sites:
        raise Rejected("no_site", "the case has no site; phones record on site")
    if room is None:
        return str(sites[0])
    if room not in sites:
        raise Rejected("unknown_room", "there is no such site in this case")
    return room


def _names(connection: Connection, case: str, name: str, name_en: str) -> tuple[str, str]:
    """The names asked for, or the next number that is free."""
    if max(len(name), len(name_en)) > MAX_NAME_CHARACTERS:
        raise Rejected("bad_text", f"a name has at most {MAX_NAME_CHARACTERS} characters")
    if name:
        return name, name_en
    room = schema.room
    taken: set[str] = set()
    for table in (schema.source, schema.device_join):
        taken |= set(
            connection.execute(
                select(table.c.name)
                .join(room, room.c.id == table.c.room_id)
                .where(room.c.case_id == case)
            ).scalars()
        )
    number = next(n for n in range(1, len(taken) + 2) if f"手机 {n:02}" not in taken)
    return f"手机 {number:02}", f"Phone {number:02}"


def _add_source(writing: Writing, joined: Row[Any]) -> SourceView:
    table = schema.source
    position = writing.execute(
        select(func.max(table.c.position)).where(table.c.room_id == joined.room_id)
    ).scalar()
    view = SourceView(
        id=short_id("phone"),
        name=joined.name,
        name_en=joined.name_en,
        kind=SourceKind.BODY_CAMERA,
        room=joined.room_id,
        channels=[Speaker.UNKNOWN],
    )
    writing.execute(
        table.insert().values(
            id=view.id,
            room_id=view.room,
            name=view.name,
            name_en=view.name_en,
            kind=view.kind,
            channels=msgspec.json.encode(view.channels).decode(),
            position=(position or 0) + 1,
        )
    )
    return view


def _announce(writing: Writing, case: str, view: SourceView) -> None:
    cursor = writing.next_cursor()
    event = protocol.DeviceEvent(cursor=cursor, device=view)
    writing.emit(case, view.room, cursor, protocol.encode(event))
