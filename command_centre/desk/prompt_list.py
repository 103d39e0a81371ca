"""Every prompt of a case as one list: who sent it, to whom, and what became of it.

A desk that opens is given the latest prompts only (``cases.py``); here none is left out. Nothing is
said of prompts on their way: what never stood on the tablet is ``unshown``, whatever it waits for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.desk import rows
from command_centre.desk.cases import require_case
from command_centre.desk.english_names import english_people, english_rooms
from command_centre.desk.views import Prompt, View

#: Prompts of one page at most.
PAGE_MAX = 500

ANSWERED, ASKED, SHOWN, UNSHOWN = "answered", "asked", "shown", "unshown"
DECLINED, WITHDRAWN, UNASKED, UNANSWERED = "declined", "withdrawn", "unasked", "unanswered"
#: What can become of a prompt.
STATES = (ANSWERED, ASKED, SHOWN, UNSHOWN, DECLINED, WITHDRAWN, UNASKED, UNANSWERED)


class SentPrompt(View, frozen=True):
    """One prompt to one room."""

    id: str
    sent_us: int
    by_name: str
    text: str
    room: str
    room_name: str  # the room and the person as they were called then
    room_name_en: str
    person_name: str
    person_name_en: str
    became: str  # one of STATES
    reason: str  # why it was put off


class PromptList(View, frozen=True):
    """One page of what was asked, and what can be asked for."""

    prompts: list[SentPrompt]
    total: int  # on all pages
    senders: list[str]  # of every prompt, whatever was asked


@dataclass(frozen=True)
class PromptQuestion:
    """What is asked of the prompts; empty: everything."""

    senders: tuple[str, ...] = ()  # by name
    states: tuple[str, ...] = ()  # what became of it
    whom: str = ""  # in the name of the room or the person
    text: str = ""  # in the words or any name
    from_us: int | None = None
    to_us: int | None = None
    order: str = "time"  # or by, text, whom, state
    upwards: bool = False

    def holds(self, one: SentPrompt) -> bool:
        """Whether a prompt is asked for."""
        whom = _whom(one)
        return (
            (not self.senders or one.by_name in self.senders)
            and (not self.states or one.became in self.states)
            and self.whom.casefold() in whom
            and self.text.casefold()
            in f"{one.text}\n{one.by_name}\n{one.reason}\n{whom}".casefold()
            and (self.from_us is None or one.sent_us >= self.from_us)
            and (self.to_us is None or one.sent_us < self.to_us)
        )


def _whom(one: SentPrompt) -> str:
    """As it is written on pages, in both languages."""
    english = (one.room_name_en or one.room_name, one.person_name_en or one.person_name)
    return f"{one.room_name} {one.person_name}\n{' '.join(english)}".casefold()


#: What prompts can be put in order by.
ORDERS: dict[str, Callable[[SentPrompt], Any]] = {
    "time": lambda one: one.sent_us,
    "by": lambda one: one.by_name,
    "text": lambda one: one.text,
    "whom": lambda one: (one.room_name, one.person_name),
    "state": lambda one: (one.became, one.reason),
}


def list_prompts(
    connection: Connection,
    case: str,
    asked: PromptQuestion,
    *,
    rooms: frozenset[str],
    offset: int,
    limit: int,
) -> PromptList:
    """A page of the prompts of a case, of these rooms only if any are named, the newest first
    unless asked otherwise.

    Raises:
        Rejected: ``unknown_case``.
    """
    require_case(connection, case)
    sent = sorted(_sent(connection, case, rooms), key=lambda one: (-one.sent_us, one.id))
    chosen = [one for one in sent if asked.holds(one)]
    chosen.sort(key=ORDERS[asked.order], reverse=not asked.upwards)
    return PromptList(
        prompts=chosen[offset : offset + min(limit, PAGE_MAX)],
        total=len(chosen),
        senders=sorted({one.by_name for one in sent}),
    )


class _Addressee(NamedTuple):
    """Who a session was held with, and where."""

    room: str
    room_name: str
    person_name: str


def _sent(connection: Connection, case: str, rooms: frozenset[str]) -> list[SentPrompt]:
    table, session = schema.prompt, schema.session
    asked = select(table).where(table.c.case_id == case)
    if rooms:
        asked = asked.where(table.c.room_id.in_(rooms))
    prompts = rows.prompts(connection, connection.execute(asked))
    to = {
        row.id: _Addressee(row.room_id, row.room_name, row.person_name)
        for row in connection.execute(select(session).where(session.c.case_id == case))
    }
    room_names = english_rooms(connection, (one.room for one in to.values()))
    people = english_people(connection, [case], (one.person_name for one in to.values()))
    return [
        _line(
            one,
            to[one.session],
            room_names.get(to[one.session][:2], ""),
            people.get((case, to[one.session].person_name), ""),
        )
        for one in prompts
    ]


def _line(one: Prompt, to: _Addressee, room_name_en: str, person_name_en: str) -> SentPrompt:
    return SentPrompt(
        id=one.id,
        sent_us=one.times.issued_us or 0,
        by_name=one.by_name,
        text=one.text,
        room=one.room,
        room_name=to.room_name,
        room_name_en=room_name_en,
        person_name=to.person_name,
        person_name_en=person_name_en,
        became=_became(one),
        reason=one.reason or "",
    )


def _became(prompt: Prompt) -> str:
    """How it stands, in the words of the wall (``web/src/desk/receipts.ts``)."""
    times = prompt.times
    if times.withdrawn_us:
        return WITHDRAWN
    if prompt.closed_us and not times.answered_us and not times.declined_us:
        return UNANSWERED if times.acknowledged_us else UNASKED
    if times.answered_us:
        return ANSWERED
    if times.declined_us:
        return DECLINED
    if times.acknowledged_us:
        return ASKED
    return SHOWN if times.shown_us else UNSHOWN
