"""What looking back needs: recordings of several sessions on one clock, and what happened then.

All times are the agency's clock, microseconds since the epoch, as the entries of the recorder's log
state them (recorder/README.md, "Time"): a source's media time plus its origin. A second that was
not recorded is in ``spans`` with its cause, so nothing is jumped over silently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.comparison.store import read_differences
from command_centre.db import schema
from command_centre.desk import rows
from command_centre.desk.cases import require_case
from command_centre.desk.notes import NoteView, read_notes
from command_centre.desk.pauses import Held, pressed_in, read_held
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.room_climate import sessions_with_readings
from command_centre.desk.session_people import attended_in
from command_centre.desk.views import AttendantSaid, SessionSummary, View
from command_centre.errors import Rejected

SESSIONS_MAX = 8  # looked at together
EVENTS_MAX = 5000
#: Entries of a recorder's log that are shown as they stand, beside those with a table of their own.
ENTRY_KINDS = (
    *("notice.read", "notice.answered", "notice.signed", "notice.unsigned"),
    *("exhibit.shown", "exhibit.removed"),
    *("document.made", "document.signed", "page.signed", "page.signed_late"),
    *("sign.refused", "signer.corrected"),
)
_PICTURE = ("avc1", "avc3", "hvc1", "hev1", "vp8", "vp9", "vp09", "av01")
_SOUND = ("opus", "mp4a", "vorbis", "alaw", "ulaw")


class SpanView(View, frozen=True):
    """A stretch that was not recorded: ``gap`` or ``pause``."""

    start_us: int
    end_us: int
    state: str
    cause: str  # config.words.GapCause, or PauseReason
    track: str  # all | video | audio
    pressed: str = ""  # of a gap: PauseReason; a pause was pressed in it that could not be told


class LaneView(View, frozen=True):
    """One source in one session."""

    session: str
    source: str
    name: str
    kind: str
    start_us: int
    end_us: int | None  # null: still recording
    picture: bool
    sound: bool
    spans: list[SpanView]
    late: list[SpanView]  # handed over afterwards, where nothing was received live


class EventView(View, frozen=True):
    """Something that happened at a moment."""

    id: str
    session: str
    kind: str
    t_us: int
    end_us: int | None = None
    text: str = ""
    source: str = ""
    by_name: str = ""
    withdrawn_us: int | None = None  # a marker that was taken back
    withdrawn_by: str = ""
    withdrawn_why: str = ""


class ReviewView(View, frozen=True):
    """Everything a review of these sessions shows besides pictures, sound and words."""

    sessions: list[SessionSummary]
    lanes: list[LaneView]
    events: list[EventView]  # the earliest, EVENTS_MAX of them
    events_total: int
    notes: list[NoteView]
    may_note: bool
    may_clip: bool
    climate: list[str]  # sessions in which temperature or humidity was measured
    attending: dict[str, list[AttendantSaid]]  # by session: who attended beside the officers


def read_review(
    connection: Connection, caller: Caller, case: str, sessions: list[str]
) -> ReviewView:
    """Sessions of a case; without names, the latest one.

    Raises:
        Rejected: ``unknown_case``, ``unknown_session``, ``too_many_sessions``.
    """
    require_case(connection, case)
    found = _sessions(connection, caller, case, sessions)
    names = [one.id for one in found]
    events = [
        *_markers(connection, names),
        *_prompts(connection, names),
        *_pauses(connection, names),
        *_held(connection, names),
        *_calls(connection, names),
        *_alarms(connection, names),
        *_entries(connection, names),
    ]
    if caller.may(Action.COMPARE):
        events += _differences(connection, case, set(names))
    events.sort(key=lambda one: (one.t_us, one.id))
    return ReviewView(
        sessions=found,
        lanes=_lanes(connection, names),
        events=events[:EVENTS_MAX],
        events_total=len(events),
        notes=read_notes(connection, caller, case, names),
        may_note=caller.may(Action.KEEP_NOTES),
        may_clip=caller.may(Action.MAKE_COPIES),
        climate=sessions_with_readings(connection, names),
        attending={one.id: attended_in(connection, one) for one in found},
    )


def _sessions(
    connection: Connection, caller: Caller, case: str, wanted: list[str]
) -> list[SessionSummary]:
    if len(wanted) > SESSIONS_MAX:
        raise Rejected(
            "too_many_sessions", f"at most {SESSIONS_MAX} sessions are looked at together"
        )
    table = schema.session
    statement = select(table).where(table.c.case_id == case)
    if caller.rooms:
        statement = statement.where(table.c.room_id.in_(caller.rooms))
    found = connection.execute(statement.order_by(table.c.opened_us)).all()
    if not wanted:
        return together([rows.summary(row) for row in found])
    chosen = [rows.summary(row) for row in found if row.id in wanted]
    if len(chosen) != len(set(wanted)):
        raise Rejected("unknown_session", "a session is not one of this case")
    return chosen


def together(found: Sequence[SessionSummary]) -> list[SessionSummary]:
    """The newest session and those that were open when it began: what was one interview round."""
    if not found:
        return []
    began = found[-1].opened_us
    open_then = [one for one in found if one.closed_us is None or one.closed_us > began]
    return open_then[-SESSIONS_MAX:]


def _lanes(connection: Connection, names: list[str]) -> list[LaneView]:
    table = schema.recording
    found = connection.execute(
        select(table)
        .where(table.c.session_id.in_(names))
        .order_by(table.c.session_id, table.c.source_id)
    ).all()
    return [_lane(connection, row) for row in found]


def _lane(connection: Connection, row: Row[Any]) -> LaneView:
    of = (row.session_id, row.source_id)
    init, gap = schema.init_segment, schema.gap
    withheld, pause, late = schema.withheld, schema.pause, schema.late_segment
    mimes = " ".join(
        connection.execute(
            select(init.c.mime).where(init.c.session_id == of[0], init.c.source_id == of[1])
        ).scalars()
    ).lower()
    held = read_held(connection, *of)
    spans = [
        SpanView(
            start_us=one.start_us,
            end_us=one.end_us,
            state="gap",
            cause=one.cause,
            track=one.track,
            pressed=pressed_in(held, one.start_us, one.end_us),
        )
        for one in connection.execute(
            select(gap).where(gap.c.session_id == of[0], gap.c.source_id == of[1])
        )
    ]
    spans += [
        SpanView(
            start_us=one.start_us,
            end_us=one.end_us,
            state="pause",
            cause=one.reason or "",
            track=one.track,
        )
        for one in connection.execute(
            select(withheld, pause.c.reason)
            .outerjoin(
                pause,
                (pause.c.id == withheld.c.pause_id) & (pause.c.session_id == withheld.c.session_id),
            )
            .where(withheld.c.session_id == of[0], withheld.c.source_id == of[1])
        )
    ]
    pieces = connection.execute(
        select(late.c.start_us, late.c.duration_us)
        .where(late.c.session_id == of[0], late.c.source_id == of[1])
        .order_by(late.c.start_us)
    )
    return LaneView(
        session=row.session_id,
        source=row.source_id,
        name=row.name,
        kind=row.kind,
        start_us=row.start_us,
        end_us=row.end_us,
        picture=any(one in mimes for one in _PICTURE),
        sound=any(one in mimes for one in _SOUND),
        spans=sorted(spans, key=lambda one: (one.start_us, one.state)),
        late=joined((one.start_us, one.start_us + one.duration_us) for one in pieces),
    )


def joined(pieces: Any) -> list[SpanView]:
    """Pieces that follow each other, as one."""
    found: list[list[int]] = []
    for start, end in pieces:
        if found and start - found[-1][1] < 100_000:
            found[-1][1] = max(end, found[-1][1])
        else:
            found.append([start, end])
    return [
        SpanView(start_us=start, end_us=end, state="late", cause="", track="all")
        for start, end in found
    ]


def _markers(connection: Connection, names: list[str]) -> list[EventView]:
    table = schema.marker
    return [
        EventView(
            id=f"m{row.log_index}",
            session=row.session_id,
            kind="marker",
            t_us=row.t_us,
            text=row.text,
            by_name=row.by_name,
            withdrawn_us=row.withdrawn_us,
            withdrawn_by=row.withdrawn_by,
            withdrawn_why=row.withdrawn_why,
        )
        for row in connection.execute(select(table).where(table.c.session_id.in_(names)))
    ]


def _prompts(connection: Connection, names: list[str]) -> list[EventView]:
    table, step = schema.prompt, schema.prompt_step
    return [
        EventView(
            id=f"p{row.log_index}-{row.state}",
            session=row.session_id,
            kind=f"prompt.{row.state}",
            t_us=row.t_us,
            text=row.text,
            by_name=row.by_name,
        )
        for row in connection.execute(
            select(
                table.c.session_id,
                table.c.text,
                table.c.by_name,
                step.c.state,
                step.c.t_us,
                step.c.log_index,
            )
            .join(step, step.c.prompt_id == table.c.id)
            .where(table.c.session_id.in_(names), step.c.state != "delivered")
        )
    ]


def _pauses(connection: Connection, names: list[str]) -> list[EventView]:
    table = schema.pause
    return [
        EventView(
            id=f"q{row.log_index}",
            session=row.session_id,
            kind="pause",
            t_us=row.start_us,
            end_us=row.end_us,
            text=row.reason,
            by_name=row.by_name,
        )
        for row in connection.execute(select(table).where(table.c.session_id.in_(names)))
    ]


def _held(connection: Connection, names: list[str]) -> list[EventView]:
    """Presses that could not be told, from each to when it was told or taken back."""
    table = schema.log_entry
    found = connection.execute(
        select(table).where(table.c.session_id.in_(names), table.c.kind == "device.held")
    ).all()
    events = []
    for row in found:
        one = msgspec.json.decode(row.summary, type=Held)
        events.append(
            EventView(
                id=f"h{row.log_index}",
                session=row.session_id,
                kind="device.held",
                t_us=one.start_us,
                end_us=one.end_us,
                text=one.reason,
                source=row.source_id,
                by_name=one.by_name,
            )
        )
    return events


def _calls(connection: Connection, names: list[str]) -> list[EventView]:
    """Voice lines that were taken; what was said on them is a recording of its own."""
    table = schema.voice_line
    return [
        EventView(
            id=f"c{row.log_index}",
            session=row.session_id,
            kind="call",
            t_us=row.opened_us,
            end_us=row.ended_us,
            text=row.why,
            source=row.source_id,
            by_name=row.by_name,
        )
        for row in connection.execute(
            select(table).where(table.c.session_id.in_(names), table.c.opened_us.is_not(None))
        )
    ]


def _alarms(connection: Connection, names: list[str]) -> list[EventView]:
    table = schema.alarm
    return [
        EventView(
            id=f"a{row.log_index}",
            session=row.session_id,
            kind="alarm",
            t_us=row.raised_us,
            end_us=row.cleared_us,
            text=row.kind,
            source=row.source_id,
        )
        for row in connection.execute(select(table).where(table.c.session_id.in_(names)))
    ]


def _entries(connection: Connection, names: list[str]) -> list[EventView]:
    table = schema.log_entry
    found = connection.execute(
        select(table)
        .where(table.c.session_id.in_(names), table.c.kind.in_(ENTRY_KINDS))
        .order_by(table.c.log_index)
    )
    events = []
    for row in found:
        said = msgspec.json.decode(row.summary, type=dict[str, Any])
        events.append(
            EventView(
                id=f"e{row.log_index}",
                session=row.session_id,
                kind=row.kind,
                t_us=row.t_us,
                text=str(said.get("title") or said.get("name") or ""),
                source=row.source_id,
                by_name=str(said.get("by_name", "")),
            )
        )
    return events


def _differences(connection: Connection, case: str, names: set[str]) -> list[EventView]:
    """Both sides of a difference that stands, each at the words it rests on."""
    table = schema.point
    points = {
        row.id: row.text for row in connection.execute(select(table).where(table.c.case_id == case))
    }
    return [
        EventView(
            id=f"d{difference.finding.id}-{number}",
            session=side.session,
            kind="difference",
            t_us=side.start_us,
            end_us=side.end_us,
            text=points.get(difference.finding.point, "") or side.text,
        )
        for difference in read_differences(connection, case)
        if difference.gone_us is None
        for number, side in enumerate((difference.finding.a, difference.finding.b))
        if side.session in names and side.start_us
    ]
