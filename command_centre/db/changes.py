"""Which lists a write has changed: noted by the database itself, in the same transaction.

Triggers on the writing connection put a case and an *area* (a word of ``Area``) into a table that
only this connection has. So no writer has to remember to tell the desks, what is rolled back is
told to nobody, and what is told can be read by then. Nothing of a row but its case is noted.

High rates stay out: words, levels and segments touch no table that has a trigger, but for
``log_entry``, whose trigger looks at the kind only.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, text


class Area(StrEnum):
    """What a desk may have a list of."""

    CASE = "case"  # number, name, state, lead
    PEOPLE = "people"  # and their names and rights
    MEMBERS = "members"
    TASKS = "tasks"
    ROOMS = "rooms"  # and their devices
    SESSIONS = "sessions"
    POINTS = "points"  # and how the prompts about them stand
    ALARMS = "alarms"
    CALLS = "calls"  # of devices to the centre, and what becomes of them
    EXHIBITS = "exhibits"
    CUSTODY = "custody"
    DOCUMENTS = "documents"  # records, packages, redacted copies; what documents and logs state
    UPLOADS = "uploads"
    ACTS = "acts"  # entries of the centre's log; noted by who writes them
    LIVE = "live"  # what is recording; noted by the board
    # Of no case, for administrators:
    ACCOUNTS = "accounts"  # and how people sign in
    PLACES = "places"  # all rooms and devices, and what they are doing
    TESTS = "tests"  # long tasks: the first-run test recording is one
    SETTINGS = "settings"
    TEMPLATES = "templates"


class Change(NamedTuple):
    """Something of a case is not what it was."""

    case: str
    area: str


_NONE = "''"  # of no case
_OF_ROOM = "(SELECT case_id FROM room WHERE id = {row}.room_id)"
_OF_SESSION = "(SELECT case_id FROM session WHERE id = {row}.session_id)"
_OF_JOB = (
    "CASE {row}.target_kind WHEN 'case' THEN {row}.target"
    " ELSE (SELECT case_id FROM session WHERE id = {row}.target) END"
)
_RIGHTS = "NEW.kind LIKE 'notice.%'"
_SIGNED = "NEW.kind = 'notice.signed'"


class _Rule(NamedTuple):
    table: str
    area: Area
    case: str = "{row}.case_id"
    columns: str = ""  # an update of these only
    when: str = ""  # inserts only, and only these


_RULES = (
    _Rule("case_file", Area.CASE, "{row}.id"),
    _Rule("person", Area.PEOPLE),
    _Rule("attendant", Area.PEOPLE),
    _Rule("case_lexicon", Area.PEOPLE),
    _Rule("log_entry", Area.PEOPLE, _OF_SESSION, when=_RIGHTS),
    _Rule("case_member", Area.MEMBERS),
    _Rule("task", Area.TASKS),
    _Rule("room", Area.ROOMS),
    _Rule("source", Area.ROOMS, _OF_ROOM),
    _Rule("session", Area.SESSIONS),
    _Rule("point", Area.POINTS),
    _Rule("prompt", Area.POINTS, columns="state"),
    _Rule("alarm", Area.ALARMS),
    _Rule("voice_line", Area.CALLS, columns="opened_us, ended_us"),
    _Rule("exhibit", Area.EXHIBITS),
    _Rule("custody", Area.CUSTODY),
    _Rule("record_document", Area.DOCUMENTS),
    _Rule("log_entry", Area.DOCUMENTS, _OF_SESSION, when=_SIGNED),
    _Rule("export", Area.DOCUMENTS),
    _Rule("document_fact", Area.DOCUMENTS),
    _Rule("device_log", Area.DOCUMENTS),
    _Rule("job", Area.DOCUMENTS, _OF_JOB, columns="state"),
    _Rule("upload", Area.UPLOADS),
    *(
        _Rule(table, Area.ACCOUNTS, _NONE)
        for table in ("account", "invitation", "login", "passkey", "code_generator")
    ),
    *(
        _Rule(table, Area.PLACES, _NONE)
        for table in ("room", "source", "source_token", "source_code", "pull", "session")
    ),
    _Rule("job", Area.TESTS, _NONE, columns="state"),
    *(
        _Rule(table, Area.TEMPLATES, _NONE)
        for table in ("question", "notice_use", "point_template_use", "wording_rule")
    ),
    _Rule("setting", Area.SETTINGS, _NONE),
)


def install(execute: Callable[[str], object]) -> None:
    """Put the triggers on a connection; the tables must be those of the newest migration."""
    execute("PRAGMA temp_store=MEMORY")
    execute(
        "CREATE TEMP TABLE changed (case_id TEXT, area TEXT, PRIMARY KEY (case_id, area))"
        " WITHOUT ROWID"
    )
    for number, rule in enumerate(_RULES):
        for event in ("INSERT",) if rule.when else ("INSERT", "UPDATE", "DELETE"):
            execute(_trigger(f"changed_{number}_{event.lower()}", rule, event))


def taken(connection: Connection) -> list[Change]:
    """What this transaction has changed so far; it is noted no more."""
    found = [Change(*row) for row in connection.execute(text("SELECT * FROM temp.changed"))]
    if found:
        connection.execute(text("DELETE FROM temp.changed"))
    return found


def _trigger(name: str, rule: _Rule, event: str) -> str:
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}[event]
    columns = f" OF {rule.columns}" if rule.columns and event == "UPDATE" else ""
    when = f" WHEN {rule.when}" if rule.when else ""
    notes = "".join(_note(rule, row) for row in rows)
    head = f"CREATE TEMP TRIGGER {name} AFTER {event}{columns} ON main.{rule.table}{when}"
    return f"{head} BEGIN {notes}END"


def _note(rule: _Rule, row: str) -> str:
    if rule.case == _NONE:
        return f"INSERT OR IGNORE INTO changed SELECT '', '{rule.area}';"
    case = rule.case.format(row=row)
    return (
        f"INSERT OR IGNORE INTO changed SELECT {case}, '{rule.area}'"
        f" WHERE COALESCE({case}, '') <> '';"
    )
