"""Acts on a case as a whole: to open it, change its facts, close and archive it; tasks.

Each act is an entry of the centre's log first; the rows follow (``case_projection``), in the turn
of the book. Closing a case says that the procedure is over. It never stops a recording: rooms may
still open sessions, and what is recorded is kept and held as before.
"""

from __future__ import annotations

import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.case_overview import (
    CaseOverview,
    ColleagueList,
    read_colleagues,
    read_overview,
)
from command_centre.desk.cases import require_case
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.words import CaseKind, CaseState, Role

_Word = TypeVar("_Word", CaseState, CaseKind)

CASES_MAX = 20_000
TASKS_MAX = 500  # of one case, done and dropped ones included
_LONG = {"name": 80, "name_en": 120, "number": 80, "enterprise": 120, "cause": 300}
_TASK_CHARACTERS = 200
_REASON_CHARACTERS = 300
#: From which state to which.
STEPS = {
    CaseState.OPEN: frozenset({CaseState.CLOSED}),
    CaseState.CLOSED: frozenset({CaseState.OPEN, CaseState.ARCHIVED}),
    CaseState.ARCHIVED: frozenset({CaseState.CLOSED}),
}


class CaseRequest(View, frozen=True):
    """The facts of a case; ``lead`` is an account, the caller when empty. Dates are YYYY-MM-DD."""

    number: str
    name: str
    name_en: str = ""
    kind: str = ""
    cause: str = ""
    enterprise: str = ""
    incident_date: str = ""
    opened: str = ""
    lead: str = ""


class CaseMade(View, frozen=True):
    """The case's id."""

    case: str


class StateRequest(View, frozen=True):
    """open, closed or archived, and why."""

    state: str
    reason: str = ""


class TaskRequest(View, frozen=True):
    """What is to be done; ``assignee`` is an account, ``due`` is YYYY-MM-DD; both may be empty."""

    title: str
    due: str = ""
    assignee: str = ""


class TaskStep(View, frozen=True):
    """What becomes of a task: done, undone or dropped."""

    step: str


class CaseActs:
    """Takes the acts; used on the event loop. One per centre."""

    def __init__(self, database: Database, book: CaseBook) -> None:
        self._database = database
        self._book = book

    async def create(self, caller: Caller, asked: CaseRequest) -> CaseMade:
        """Open a case; its number must be new."""
        facts = _facts(asked)
        case = short_id("case")

        def ready(connection: Connection) -> dict[str, Any]:
            _require_number(connection, facts["number"], "")
            return {"id": case, **facts, **_lead(connection, asked.lead, caller)}

        await self._book.act("case.create", _by(caller), ready)
        return CaseMade(case=case)

    async def change(self, caller: Caller, case: str, asked: CaseRequest) -> CaseMade:
        """Change the facts of a case; earlier ones stay in the log."""
        facts = _facts(asked)

        def ready(connection: Connection) -> dict[str, Any]:
            require_case(connection, case)
            _require_number(connection, facts["number"], case)
            return {"case": case, **facts, **_lead(connection, asked.lead, caller)}

        await self._book.act("case.changed", _by(caller), ready)
        return CaseMade(case=case)

    async def set_state(self, caller: Caller, case: str, asked: StateRequest) -> CaseMade:
        """Close, archive or reopen; a repeat changes nothing. Reopening needs a reason."""
        wanted = _one_of(CaseState, asked.state, "state")
        reason = asked.reason.strip()[:_REASON_CHARACTERS]

        def ready(connection: Connection) -> dict[str, Any] | None:
            now = CaseState(require_case(connection, case).state)
            if now is wanted:
                return None
            if wanted not in STEPS[now]:
                raise Rejected("bad_case", f"a case that is {now} cannot become {wanted}")
            if wanted is CaseState.OPEN and not reason:
                raise Rejected("bad_reason", "say why the case is taken up again")
            if wanted is not CaseState.OPEN and _open_sessions(connection, case):
                raise Rejected("sessions_open", "close the sessions that are still open first")
            return {"case": case, "state": str(wanted), "reason": reason}

        await self._book.act("case.state", _by(caller), ready)
        return CaseMade(case=case)

    # --- tasks ------------------------------------------------------------------------------------

    async def add_task(self, caller: Caller, case: str, asked: TaskRequest) -> CaseOverview:
        """Add a task."""

        def ready(connection: Connection) -> dict[str, Any]:
            require_case(connection, case)
            table = schema.task
            count = select(func.count()).where(table.c.case_id == case)
            if connection.execute(count).scalar_one() >= TASKS_MAX:
                raise Rejected("bad_task", f"a case has at most {TASKS_MAX} tasks")
            return {"case": case, "task": short_id("t"), **_task(connection, asked)}

        await self._book.act("task.add", _by(caller), ready)
        return await self.overview(case)

    async def change_task(
        self, caller: Caller, case: str, task: str, asked: TaskRequest
    ) -> CaseOverview:
        """Word a task otherwise, give it to somebody else, or set another day."""

        def ready(connection: Connection) -> dict[str, Any]:
            _require_task(connection, case, task)
            return {"case": case, "task": task, **_task(connection, asked)}

        await self._book.act("task.changed", _by(caller), ready)
        return await self.overview(case)

    async def step_task(self, caller: Caller, case: str, task: str, step: str) -> CaseOverview:
        """Done, not done after all, or dropped; a repeat changes nothing."""
        if step not in ("done", "undone", "dropped"):
            raise Rejected("bad_task", "a task is done, undone or dropped")

        def ready(connection: Connection) -> dict[str, Any] | None:
            done = _require_task(connection, case, task).done_us is not None
            if (step == "done" and done) or (step == "undone" and not done):
                return None
            return {"case": case, "task": task}

        await self._book.act(f"task.{step}", _by(caller), ready)
        return await self.overview(case)

    # --- reading ----------------------------------------------------------------------------------

    async def overview(self, case: str) -> CaseOverview:
        """What a case page shows besides what the wall needs."""
        return await self._database.read(lambda connection: read_overview(connection, case))

    async def colleagues(self) -> ColleagueList:
        """Who may lead a case or be given a task."""
        return await self._database.read(read_colleagues)


def _facts(asked: CaseRequest) -> dict[str, str]:
    facts = {
        key: value.strip() for key, value in msgspec.structs.asdict(asked).items() if key != "lead"
    }
    for key, most in _LONG.items():
        if len(facts[key]) > most:
            raise Rejected("bad_case", f"{key} has at most {most} characters")
    if not facts["number"] or not facts["name"]:
        raise Rejected("bad_case", "a case needs a number and a name")
    for key in ("incident_date", "opened"):
        _require_day(facts[key], "bad_case")
    if facts["kind"]:
        _one_of(CaseKind, facts["kind"], "kind")
    return facts


def _require_day(text: str, code: str) -> None:
    if not text:
        return
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError as error:
        raise Rejected(code, f"a day is written YYYY-MM-DD, not {text[:20]!r}") from error
    if day.isoformat() != text:
        raise Rejected(code, f"a day is written YYYY-MM-DD, not {text[:20]!r}")


def _one_of(kind: type[_Word], text: str, what: str) -> _Word:
    try:
        return kind(text)
    except ValueError as error:
        raise Rejected("bad_case", f"{what} is one of {', '.join(kind)}") from error


def _require_number(connection: Connection, number: str, but: str) -> None:
    table = schema.case_file
    taken = connection.execute(
        select(table.c.id).where(table.c.number == number, table.c.id != but)
    ).scalar()
    if taken is not None:
        raise Rejected("case_exists", "there is a case of this number already")
    if not but and connection.execute(select(func.count()).select_from(table)).scalar_one() >= (
        CASES_MAX
    ):
        raise Rejected("bad_case", f"there are at most {CASES_MAX} cases")


def _lead(connection: Connection, account: str, caller: Caller) -> dict[str, str]:
    found = _account(connection, account or caller.account)
    return {"lead": found.account, "lead_name": found.name}


def _account(connection: Connection, account: str) -> Row[Any]:
    table = schema.account
    row = connection.execute(
        select(table).where(
            table.c.account == account, table.c.role.in_((Role.MANAGER, Role.INTERVIEWER))
        )
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_account", "there is no case manager or interviewer of this account")
    return row


def _task(connection: Connection, asked: TaskRequest) -> dict[str, str]:
    title = asked.title.strip()
    if not 1 <= len(title) <= _TASK_CHARACTERS:
        raise Rejected("bad_text", f"a task has 1 to {_TASK_CHARACTERS} characters")
    _require_day(asked.due, "bad_task")
    said = {"title": title, "due": asked.due, "assignee": "", "assignee_name": ""}
    if asked.assignee:
        found = _account(connection, asked.assignee)
        said |= {"assignee": found.account, "assignee_name": found.name}
    return said


def _require_task(connection: Connection, case: str, task: str) -> Row[Any]:
    table = schema.task
    row = connection.execute(
        select(table).where(
            table.c.case_id == case, table.c.id == task, table.c.dropped_us.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_task", "there is no such task in this case")
    return row


def _open_sessions(connection: Connection, case: str) -> int:
    table = schema.session
    count = select(func.count()).where(table.c.case_id == case, table.c.closed_us.is_(None))
    return connection.execute(count).scalar_one()


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
