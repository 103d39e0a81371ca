"""What the entries of voice lines mean for the database. The rules of ``projection.py`` hold here.

``voice.called -> voice.opened -> (voice.talk -> voice.quiet)* -> voice.ended``, with talk and
quiet of either side: a device's by ``source:ID``, a person's by their account; a step that does not
follow changes nothing. A line ends with its session, whether or not it has an entry of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import entries, protocol, rows
from command_centre.desk.entries import Entry, body
from command_centre.desk.projection_case import case_of
from command_centre.desk.views import DEVICE
from config.words import SourceKind, VoiceEnd

#: What the source is called in lists of recordings.
NAME, NAME_EN = "指挥通话", "Voice of the centre"
_POSITION = 900  # behind the devices

_line = schema.voice_line


def called(writing: Writing, entry: Entry) -> None:
    """``voice.called``: the line, and the source that will carry the voice."""
    said = body(entry, entries.VoiceCalled)
    case = case_of(writing, entry)
    writing.execute(
        schema.source.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=said.source,
            room_id=entry.room,
            **_names(writing, said.to),
            kind=SourceKind.CALL,
            position=_POSITION,
        )
    )
    inserted = writing.execute(
        _line.insert()
        .prefix_with("OR IGNORE")
        .values(
            session_id=entry.session,
            id=said.line,
            case_id=case,
            room_id=entry.room,
            source_id=said.source,
            by_account=said.by,
            by_name=said.by_name,
            called_us=entry.t_us,
            to_source=said.to,
            log_index=entry.seq,
        )
    )
    if inserted.rowcount:
        _announce(writing, entry, said.line)


def opened(writing: Writing, entry: Entry) -> None:
    """``voice.opened``."""
    said = body(entry, entries.VoiceStep)
    _step(
        *(writing, entry, said.line, _line.c.opened_us.is_(None)),
        opened_us=entry.t_us,
        answered_by=said.by_name,
        answered_account=said.by,
    )


def talks(writing: Writing, entry: Entry) -> None:
    """``voice.talk``."""
    said = body(entry, entries.VoiceStep)
    speaks = _speaks(said)
    silent = _line.c.opened_us.is_not(None) & _line.c[speaks].is_(None)
    values = {speaks: entry.t_us, "talks": _line.c.talks + 1}
    _step(writing, entry, said.line, silent, **values)


def quiet(writing: Writing, entry: Entry) -> None:
    """``voice.quiet``."""
    said = body(entry, entries.VoiceStep)
    speaks = _speaks(said)
    _step(writing, entry, said.line, _line.c[speaks].is_not(None), **{speaks: None})


def ended(writing: Writing, entry: Entry) -> None:
    """``voice.ended``."""
    said = body(entry, entries.VoiceStep)
    _step(
        *(writing, entry, said.line, _line.c.called_us.is_not(None)),
        **_over(entry, said.why, said.by_name),
    )


def end_with_session(writing: Writing, entry: Entry) -> None:
    """``session.close``: nobody speaks into a sealed session."""
    standing = writing.execute(
        select(_line.c.id).where(_line.c.session_id == entry.session, _line.c.ended_us.is_(None))
    ).scalars()
    for line in standing.all():
        condition = _line.c.called_us.is_not(None)
        _step(writing, entry, line, condition, **_over(entry, VoiceEnd.CLOSED, ""))


def _over(entry: Entry, why: str, by_name: str) -> dict[str, Any]:
    silent = {"talking_us": None, "replying_us": None}
    return {"ended_us": entry.t_us, "why": why, "ended_by": by_name, **silent}


def _speaks(said: entries.VoiceStep) -> str:
    """The column of whoever speaks: a device, or the person at the centre."""
    return "replying_us" if said.by.startswith(DEVICE) else "talking_us"


def _names(writing: Writing, to: str) -> dict[str, str]:
    """What the source is called: of several devices each has its own."""
    table = schema.source
    device = writing.execute(select(table.c.name, table.c.name_en).where(table.c.id == to))
    row = device.one_or_none()
    if row is None:
        return {"name": NAME, "name_en": NAME_EN}
    name_en = row.name_en or row.name
    return {"name": f"{NAME} {row.name}", "name_en": f"{NAME_EN}, {name_en}"}


def _step(writing: Writing, entry: Entry, line: str, condition: Any, **values: Any) -> None:
    """Change a line that is not over, where the step follows."""
    changed = writing.execute(
        update(_line)
        .where(
            _line.c.session_id == entry.session,
            _line.c.id == line,
            _line.c.ended_us.is_(None),
            condition,
        )
        .values(**values)
    )
    if changed.rowcount:
        _announce(writing, entry, line)


def _announce(writing: Writing, entry: Entry, line: str) -> None:
    row = writing.execute(
        select(_line).where(_line.c.session_id == entry.session, _line.c.id == line)
    ).one()
    cursor = writing.next_cursor()
    event = protocol.VoiceEvent(cursor=cursor, room=entry.room, line=rows.voice_line(row))
    writing.emit(row.case_id, entry.room, cursor, protocol.encode(event))


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "voice.called": called,
    "voice.opened": opened,
    "voice.talk": talks,
    "voice.quiet": quiet,
    "voice.ended": ended,
}
