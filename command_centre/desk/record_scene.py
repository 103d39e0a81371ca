"""What is known of an inspection beside its record: recorded times, readings, exhibits, speech."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, or_, select

from command_centre.db import schema
from command_centre.desk.record_said import Sentence
from command_centre.desk.views import SessionSummary
from command_centre.record.content import Line
from command_centre.record.finding_evidence import (
    READING_US,
    Finding,
    Measured,
    Scene,
    anchors_of,
)

_FINDINGS_MAX = 200  # in one question to the database
_VALUES = msgspec.json.Decoder(dict[str, int])


def findings_of(lines: Sequence[Line]) -> list[Finding]:
    """The findings among the lines of a record."""
    return [
        Finding(number, one.text, one.evidence, tuple(one.utterances), one.t_us)
        for number, one in enumerate(lines)
        if one.kind == "f"
    ]


def scene_of(
    connection: Connection,
    summary: SessionSummary,
    findings: Sequence[Finding],
    sentences: Sequence[Sentence],
) -> Scene:
    """Everything the findings are compared with."""
    anchors = [at for one in findings for at in anchors_of(one, summary.opened_us)]
    return Scene(
        said=[one.said() for one in sentences],
        opened_us=summary.opened_us,
        recorded=_recorded(connection, summary.id, summary.closed_us),
        measured=_measured(connection, summary.id, anchors),
        exhibits=_exhibits(connection, summary.id),
    )


def _recorded(connection: Connection, session: str, closed_us: int | None) -> list[tuple[int, int]]:
    """From when to when picture or sound was recorded: what every source has, without its holes."""
    recording, gap, late = schema.recording, schema.gap, schema.late_segment
    paused = _paused(connection, session)
    holes: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    asked = select(gap).where(gap.c.session_id == session, gap.c.track == "all")
    for row in connection.execute(asked):
        holes[row.source_id].append((row.start_us, row.end_us))
    found: list[tuple[int, int]] = []
    for row in connection.execute(select(recording).where(recording.c.session_id == session)):
        end_us = row.end_us or closed_us or _OPEN_US
        found += _without(row.start_us, end_us, sorted([*holes[row.source_id], *paused]))
    parts = select(late.c.start_us, late.c.duration_us).where(late.c.session_id == session)
    found += [(row.start_us, row.start_us + row.duration_us) for row in connection.execute(parts)]
    return found


def _paused(connection: Connection, session: str) -> list[tuple[int, int]]:
    """Pauses in which neither picture nor sound was kept."""
    table = schema.pause
    return [
        (row.start_us, row.end_us or _OPEN_US)
        for row in connection.execute(select(table).where(table.c.session_id == session))
        if {"audio", "video"} <= set(msgspec.json.decode(row.tracks))
    ]


#: The end of what is being recorded: later than anything.
_OPEN_US = 1 << 62


def _without(start_us: int, end_us: int, holes: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """A stretch without its holes, which are in order."""
    found: list[tuple[int, int]] = []
    at_us = start_us
    for hole_start, hole_end in holes:
        if hole_start > at_us:
            found.append((at_us, min(hole_start, end_us)))
        at_us = max(at_us, hole_end)
    return [*found, (at_us, end_us)] if at_us < end_us else found


def _measured(connection: Connection, session: str, anchors: Sequence[int]) -> list[Measured]:
    """Readings about the findings' moments only: a detector measures every second."""
    table = schema.reading
    found: list[Measured] = []
    for start in range(0, len(anchors), _FINDINGS_MAX):
        near = [
            table.c.t_us.between(at - READING_US, at + READING_US)
            for at in anchors[start : start + _FINDINGS_MAX]
        ]
        asked = select(table.c.t_us, table.c.measured).where(
            table.c.session_id == session, or_(*near)
        )
        found += [
            Measured(row.t_us, _VALUES.decode(row.measured)) for row in connection.execute(asked)
        ]
    return found


def _exhibits(connection: Connection, session: str) -> list[tuple[int, str]]:
    """Numbers and titles of the exhibits of the session's case that stand; former titles too."""
    exhibit, table = schema.exhibit, schema.session
    found = connection.execute(
        select(exhibit.c.number, exhibit.c.title, exhibit.c.former_titles)
        .join(table, table.c.case_id == exhibit.c.case_id)
        .where(table.c.id == session, exhibit.c.withdrawn_us.is_(None))
    )
    return [
        (row.number, title)
        for row in found
        for title in (row.title, *msgspec.json.decode(row.former_titles, type=list[str]))
    ]
