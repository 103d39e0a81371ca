"""The fields above the text of a record, as far as the case and the log know them.

What they do not know stays empty, for an officer to ask and write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from command_centre.db import schema
from command_centre.desk.entries import EntryPerson
from command_centre.desk.permissions import Caller
from command_centre.desk.room_acts import NoticeView, notice_view
from command_centre.desk.session_people import people_of
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected
from command_centre.record.content import (
    ATTENDING,
    FIELD_CHARACTERS_MAX,
    INSPECTION,
    QUESTIONING,
    Header,
    china_time,
    minute_text,
)
from config.words import PauseReason, Role, SessionKind

_PAUSES = {
    PauseReason.LAWYER: "与律师单独谈话",
    PauseReason.MEDICAL: "就医",
    PauseReason.REST: "休息",
    PauseReason.OTHER: "其他原因",
}


#: Present without a field of their own.
_OTHERS = frozenset({"witness", "operator", "lawyer", "attesting_witness"})

#: How the notice was given, and in which language where it was not Chinese.
_GIVEN = {"aloud": "宣读", "shown": "交本人阅读", "interpreter": "经翻译告知"}
_SPOKEN = {"en": "以英语", "other": "以其他语言"}


def form_of(kind: str) -> str:
    """Which form a kind of session is written down on."""
    return INSPECTION if kind == SessionKind.INSPECTION else QUESTIONING


def require_keeper(caller: Caller, kind: str) -> None:
    """Who asked keeps the record of a questioning; of an inspection a case manager may too.

    Raises:
        Rejected: ``forbidden``.
    """
    if caller.role == Role.MANAGER and form_of(kind) != INSPECTION:
        raise Rejected("forbidden", "the record of a questioning is kept by who asked")


def first_header(connection: Connection, summary: SessionSummary, now_us: int) -> Header:
    """The header of a text that nobody has edited yet."""
    case = _case(connection, summary.id)
    people = people_of(connection, summary)
    common = {
        "time_from": minute_text(summary.opened_us),
        "time_to": minute_text(summary.closed_us or now_us),
        "place": summary.room_name,
        "cause": case.cause if case else "",
        "notice": notice_text(notice_view(connection, summary)),
        "others": _listed(_beside(one) for one in people if one.role in _OTHERS),
    }
    if form_of(summary.kind) == INSPECTION:
        return Header(
            **{**common, "others": ""},
            employer=case.enterprise if case else "",
            name=summary.person_name,
            opening=_opening(people),
        )
    questioned = _questioned(connection, summary, case)
    return Header(
        **common,
        ordinal=str(_earlier(connection, summary, case) + 1),
        name=summary.person_name,
        employer=case.enterprise if case and questioned else "",
        post=questioned.post if questioned else "",
        relation=questioned.role if questioned else "",
        breaks=breaks_text(connection, summary.id),
        interpreter=_attending(people, "interpreter"),
        guardian=_attending(people, "guardian", "appropriate_adult"),
    )


def _beside(one: EntryPerson) -> str:
    """Somebody who was there, with their part where they had one."""
    return f"{ATTENDING.get(one.role, '')}{_named(one)}"


def _named(one: EntryPerson) -> str:
    return one.name + (f"（{one.detail}）" if one.detail else "")


def _attending(people: Sequence[EntryPerson], *roles: str) -> str:
    return _listed(_named(one) for one in people if one.role in roles)


def _listed(names: Iterable[str]) -> str:
    return "、".join(names)[:FIELD_CHARACTERS_MAX]


def notice_text(notice: NoticeView) -> str:
    """How rights and duties were told, and what was answered; empty when nothing was."""
    if notice.read_us is None:
        return ""
    how = _GIVEN.get(notice.how, "出示")
    spoken = _SPOKEN.get(notice.language, "")
    text = f"{china_time(notice.read_us):%H:%M}{spoken}{how}《{notice.title}》"
    if notice.answered_us is None:
        return text + "，尚未回答" + _signed_text(notice)
    answers = [
        "听清楚了" if notice.understood else "没有听清楚",
        "申请回避" if notice.recusal else "不申请回避",
    ]
    if notice.interpreter:
        answers.append("需要翻译")
    text = f"{text}，答：{'，'.join(answers)}" + (f"（{notice.note}）" if notice.note else "")
    return text + _signed_text(notice)


def _signed_text(notice: NoticeView) -> str:
    mark = notice.signature
    if mark is None:
        return ""
    if mark.state == "signed":
        return f"；{china_time(mark.t_us):%H:%M} 本人签收"
    return f"；{'不能签名' if mark.state == 'unable' else '拒绝签收'}（{mark.reason}）"


def breaks_text(connection: Connection, session: str) -> str:
    """Every break, from when to when and why."""
    table = schema.pause
    found = connection.execute(
        select(table).where(table.c.session_id == session).order_by(table.c.start_us)
    ).all()
    return "；".join(break_text(one) for one in found)[:300]


def break_text(row: Row[Any]) -> str:
    """One break as a record writes it."""
    why = _PAUSES.get(row.reason, "其他原因")
    text = f"{china_time(row.start_us):%H:%M} 因{why}中断"
    return text + (f"，{china_time(row.end_us):%H:%M} 恢复" if row.end_us else "，尚未恢复")


def _case(connection: Connection, session: str) -> Row[Any] | None:
    case, table = schema.case_file, schema.session
    columns: tuple[Any, ...] = (case.c.cause, case.c.enterprise, case.c.id)
    return connection.execute(
        select(*columns).join(table, table.c.case_id == case.c.id).where(table.c.id == session)
    ).one_or_none()


def _questioned(
    connection: Connection, summary: SessionSummary, case: Row[Any] | None
) -> Row[Any] | None:
    person = schema.person
    who = (
        person.c.id == summary.person
        if summary.person
        else and_(person.c.name == summary.person_name, person.c.kind == "party")
    )
    mine = person.c.case_id == (case.id if case else "")
    return connection.execute(select(person).where(mine, who)).first()


def _earlier(connection: Connection, summary: SessionSummary, case: Row[Any] | None) -> int:
    table = schema.session
    return connection.execute(
        select(func.count()).where(
            table.c.case_id == (case.id if case else ""),
            table.c.person_id == summary.person
            if summary.person
            else table.c.person_name == summary.person_name,
            table.c.kind == summary.kind,
            table.c.opened_us < summary.opened_us,
        )
    ).scalar_one()


def _opening(people: list[EntryPerson]) -> str:
    """The sentence with which an inspection begins (facts/trade.md, 1.3)."""
    officers = [one for one in people if one.certificate]
    names = "、".join(one.name for one in officers) or "____、____"
    numbers = "、".join(one.certificate for one in officers) or "____、____"
    return (
        f"我们是行政执法人员{names}，证件号码为{numbers}，这是我们的证件（出示证件）。"
        "现依法对你单位进行现场检查，请予以配合。"
    )[:300]
