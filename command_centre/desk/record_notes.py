"""What stands in a record beside what was said: breaks, exhibits shown, marks; findings on site.

They come from entries of the session, so each has its moment. A mark that only says that a required
step was taken (record/steps.py) is no sentence of the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.db import schema
from command_centre.desk.record_header import break_text
from command_centre.desk.record_views import EvidencePick
from command_centre.record.content import Line, china_time
from command_centre.record.steps import step_of_mark

_WORDLESS = "标记了这一刻，没有写字"
_TEXT_CHARACTERS_MAX = 2000
_PICKS_MAX = 200


def noted_lines(connection: Connection, session: str) -> list[Line]:
    """Breaks, exhibits and marks as notes, in order of time."""
    pause = schema.pause
    notes = [
        Line(kind="n", text=break_text(row), t_us=row.start_us)
        for row in connection.execute(select(pause).where(pause.c.session_id == session))
    ]
    notes += [Line(kind="n", text=text, t_us=t_us) for t_us, text in _shown(connection, session)]
    notes += [
        Line(kind="n", text=row.text.strip()[:_TEXT_CHARACTERS_MAX], t_us=row.t_us)
        for row in marks(connection, session)
        if row.text.strip() and not step_of_mark(row.text)
    ]
    return sorted(notes, key=lambda one: one.t_us)


def findings(connection: Connection, session: str) -> list[Line]:
    """Marks of an inspection as findings, each with its moment as evidence."""
    return [
        Line(
            kind="f",
            text=row.text.strip()[:_TEXT_CHARACTERS_MAX],
            t_us=row.t_us,
            evidence=moment_text(row.t_us),
        )
        for row in marks(connection, session)
        if row.text.strip() and not step_of_mark(row.text)
    ]


def merged(said: Sequence[Line], notes: Sequence[Line]) -> list[Line]:
    """Both in order of time; a note goes after what began before it."""
    return sorted([*said, *notes], key=lambda one: one.t_us)


def moment_text(t_us: int) -> str:
    """A moment of the recording as evidence."""
    return f"录音录像 {china_time(t_us):%H:%M:%S}"


def evidence_of(connection: Connection, session: str, case: str) -> list[EvidencePick]:
    """What a finding may name as its evidence: exhibits that stand, marks of the session."""
    table = schema.exhibit
    shown = connection.execute(
        select(table.c.title)
        .where(table.c.case_id == case, table.c.withdrawn_us.is_(None))
        .order_by(table.c.added_us)
    ).scalars()
    picks = [EvidencePick(text=title[:100], label="") for title in shown]
    picks += [
        EvidencePick(text=moment_text(row.t_us), label=row.text.strip()[:100], t_us=row.t_us)
        for row in marks(connection, session)
    ]
    return picks[:_PICKS_MAX]


def marks(connection: Connection, session: str) -> Sequence[Row[Any]]:
    """Marks of a session that stand, in order of time."""
    table = schema.marker
    return connection.execute(
        select(table)
        .where(table.c.session_id == session, table.c.withdrawn_us.is_(None))
        .order_by(table.c.t_us)
    ).all()


def marked(connection: Connection, session: str) -> list[tuple[int, str]]:
    """The same as a record says it: when, and what was written, or that nothing was."""
    return [(row.t_us, row.text.strip() or _WORDLESS) for row in marks(connection, session)]


def _shown(connection: Connection, session: str) -> list[tuple[int, str]]:
    """``出示证据四，动火作业票复印件``, with the page where a document has several."""
    table = schema.log_entry
    found = connection.execute(
        select(table.c.t_us, table.c.summary)
        .where(table.c.session_id == session, table.c.kind == "exhibit.shown")
        .order_by(table.c.log_index)
    ).all()
    return [(row.t_us, shown_text(msgspec.json.decode(row.summary))) for row in found]


def shown_text(body: dict[str, Any]) -> str:
    """The line of the record for an ``exhibit.shown``; older entries have no number."""
    title = str(body.get("title") or "一件")
    number, page = int(body.get("number") or 0), int(body.get("page") or 1)
    if not number:
        return f"出示证据：{title}"
    return f"出示证据{_numeral(number)}，{title}" + (f"第{page}页" if page > 1 else "")


def _numeral(number: int) -> str:
    """1 to 99 as records write it, figures above."""
    digits = "零一二三四五六七八九"
    if number >= 100:
        return str(number)
    tens, ones = divmod(number, 10)
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")
