"""What entries of the centre's log mean for cases, their people, tasks and notes; used by the book.

The same entries give the same rows, as they are written or read again. A body that does not say
what its kind calls for raises ``KeyError`` or ``ValueError``; the book leaves it out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update

from command_centre.comparison.lexicon import LexiconTerm, with_person
from command_centre.comparison.read import kept_lexicon
from command_centre.db import schema
from command_centre.db.database import Writing
from config.words import CaseState

Body = dict[str, Any]

#: What of a case its entries say, besides its id.
FACTS = (
    *("number", "name", "name_en", "kind", "cause", "enterprise", "enterprise_en"),
    *("incident_date", "opened", "lead", "lead_name", "status"),
)


def _case(writing: Writing, index: int, _t_us: int, body: Body) -> None:
    name = str(body.get("id") or body["case"])
    if not name:
        raise ValueError
    said = {key: str(body[key]) for key in FACTS if body.get(key)}
    table = schema.case_file
    writing.execute(
        table.insert().prefix_with("OR IGNORE").values(id=name, log_index=index, **said)
    )


def _changed(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    said = {key: str(body[key]) for key in FACTS if key in body}
    table = schema.case_file
    writing.execute(update(table).where(table.c.id == str(body["case"])).values(**said))


def _state(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    state = CaseState(body["state"])
    closed_us = None if state is CaseState.OPEN else t_us
    table = schema.case_file
    writing.execute(
        update(table)
        .where(table.c.id == str(body["case"]))
        .values(state=state, closed_us=closed_us, state_reason=str(body.get("reason", "")))
    )


def _vocabulary(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    """``case.vocabulary``: the number of a version; its terms are in no log (desk/hearing.py)."""
    table, version = schema.case_file, int(body["version"])
    mine = (table.c.id == str(body["case"]), table.c.vocabulary_version < version)
    writing.execute(update(table).where(*mine).values(vocabulary_version=version))


_PERSON = ("name", "name_en", "post", "post_en", "role")


def _person(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    case, table = str(body["case"]), schema.person
    last = select(func.max(table.c.position)).where(table.c.case_id == case)
    writing.execute(
        table.insert()
        .prefix_with("OR IGNORE")
        .values(
            case_id=case,
            id=str(body["person"]),
            kind="party",
            position=(writing.execute(last).scalar() or 0) + 1,
            **{key: str(body.get(key, "")) for key in _PERSON},
        )
    )


def _person_changed(writing: Writing, index: int, _t_us: int, body: Body) -> None:
    case, table = str(body["case"]), schema.person
    mine = table.c.case_id == case, table.c.id == str(body["person"])
    row = writing.execute(select(table).where(*mine)).one()
    said = {key: str(body.get(key, "")) for key in _PERSON}
    writing.execute(update(table).where(*mine).values(**said))
    term = LexiconTerm(
        id=said["name"],
        aliases=tuple(str(one) for one in body.get("aliases", [])),
        en=(said["name_en"],) if said["name_en"] else (),
    )
    known = kept_lexicon(writing.connection, case)
    lexicon = with_person(known, row.name, term, row.name_en)
    if lexicon != known:
        values = {"content": msgspec.json.encode(lexicon).decode(), "log_index": index}
        put = schema.case_lexicon.insert().prefix_with("OR REPLACE")
        writing.execute(put.values(case_id=case, by_account=str(body.get("by", "")), **values))


def _person_removed(writing: Writing, _index: int, _t_us: int, body: Body) -> None:
    table = schema.person
    gone = table.c.case_id == str(body["case"]), table.c.id == str(body["person"])
    writing.execute(delete(table).where(*gone))


def _task_add(writing: Writing, index: int, t_us: int, body: Body) -> None:
    writing.execute(
        schema.task.insert()
        .prefix_with("OR IGNORE")
        .values(
            case_id=str(body["case"]),
            id=str(body["task"]),
            made_us=t_us,
            made_by=str(body.get("by_name", "")),
            log_index=index,
            **_wanted(body),
        )
    )


def _task_changed(writing: Writing, index: int, _t_us: int, body: Body) -> None:
    _set(writing, body, log_index=index, **_wanted(body))


def _task_done(writing: Writing, index: int, t_us: int, body: Body) -> None:
    _set(writing, body, log_index=index, done_us=t_us, done_by=str(body.get("by_name", "")))


def _task_undone(writing: Writing, index: int, _t_us: int, body: Body) -> None:
    _set(writing, body, log_index=index, done_us=None, done_by="")


def _task_dropped(writing: Writing, index: int, t_us: int, body: Body) -> None:
    _set(writing, body, log_index=index, dropped_us=t_us)


def _note_added(writing: Writing, index: int, t_us: int, body: Body) -> None:
    writing.execute(
        schema.note.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=str(body["note"]),
            case_id=str(body["case"]),
            session_id=str(body["session"]),
            source_id=str(body.get("source", "")),
            at_us=int(body["at_us"]),
            text=str(body.get("text", "")),
            made_us=t_us,
            by_account=str(body.get("by", "")),
            by_name=str(body.get("by_name", "")),
            log_index=index,
        )
    )


def _note_withdrawn(writing: Writing, _index: int, t_us: int, body: Body) -> None:
    table = schema.note
    writing.execute(
        update(table)
        .where(table.c.case_id == str(body["case"]), table.c.id == str(body["note"]))
        .values(withdrawn_us=t_us, withdrawn_by=str(body.get("by_name", "")))
    )


def _wanted(body: Body) -> dict[str, str]:
    return {
        "title": str(body["title"]),
        "due": str(body.get("due", "")),
        "assignee": str(body.get("assignee", "")),
        "assignee_name": str(body.get("assignee_name", "")),
    }


def _set(writing: Writing, body: Body, **values: Any) -> None:
    table = schema.task
    writing.execute(
        update(table)
        .where(table.c.case_id == str(body["case"]), table.c.id == str(body["task"]))
        .values(**values)
    )


STEPS: dict[str, Callable[[Writing, int, int, Body], None]] = {
    "case.create": _case,
    "case.changed": _changed,
    "case.state": _state,
    "case.vocabulary": _vocabulary,
    "person.add": _person,
    "person.changed": _person_changed,
    "person.removed": _person_removed,
    "task.add": _task_add,
    "task.changed": _task_changed,
    "task.done": _task_done,
    "task.undone": _task_undone,
    "task.dropped": _task_dropped,
    "note.added": _note_added,
    "note.withdrawn": _note_withdrawn,
}
