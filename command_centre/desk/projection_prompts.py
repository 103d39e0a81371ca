"""What the steps of prompts mean for the database. The rules of ``projection.py`` hold here too.

``prompts.advance`` says which step may follow which: a repeat changes nothing, a forbidden one
raises.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy import select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk import entries, protocol, rows
from command_centre.desk.entries import Entry, body
from command_centre.desk.projection_case import case_of
from command_centre.desk.prompts import FINAL, advance
from command_centre.errors import ProjectionError
from config.words import PromptState


def _issued(writing: Writing, entry: Entry) -> None:
    issued = body(entry, entries.PromptIssued)
    case = case_of(writing, entry)
    inserted = writing.execute(
        schema.prompt.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=issued.prompt,
            group_id=issued.group or issued.prompt,
            case_id=case,
            session_id=entry.session,
            room_id=issued.target_room,
            point_id=issued.point,
            text=issued.text,
            by_account=issued.by,
            by_name=issued.by_name,
            difference_id=issued.difference,
            wording=msgspec.json.encode(issued.wording).decode() if issued.wording else "",
            question_id=issued.question,
            question_version=issued.question_version,
            state=PromptState.ISSUED,
            log_index=entry.seq,
        )
    )
    if inserted.rowcount:
        _step_taken(writing, entry, issued.prompt, PromptState.ISSUED)


def _step(writing: Writing, entry: Entry) -> None:
    step = body(entry, entries.PromptStep)
    state = PromptState(entry.kind.removeprefix("prompt."))
    table = schema.prompt
    current = writing.execute(select(table.c.state).where(table.c.id == step.prompt)).scalar()
    if current is None:
        raise ProjectionError(f"prompt {step.prompt} was never issued")
    if not advance(PromptState(current), state):
        return
    values: dict[str, str] = {"state": state}
    if state is PromptState.DECLINED:
        values["reason"] = step.reason
    if state is PromptState.ANSWERED:
        values["utterance_id"] = step.utterance
    if state is PromptState.WITHDRAWN:
        values["withdrawn_by"] = step.by_name
    writing.execute(update(table).where(table.c.id == step.prompt).values(**values))
    _step_taken(writing, entry, step.prompt, state)


def end_with_session(writing: Writing, entry: Entry) -> None:
    """What the desks know of its prompts changes with the end of a session: nobody asks them."""
    table = schema.prompt
    left = (table.c.session_id == entry.session, table.c.state.not_in(FINAL))
    for prompt in writing.execute(select(table.c.id).where(*left).order_by(table.c.id)).scalars():
        _announce(writing, entry, prompt)


def _step_taken(writing: Writing, entry: Entry, prompt: str, state: PromptState) -> None:
    writing.execute(
        schema.prompt_step.insert().values(
            prompt_id=prompt, state=state, t_us=entry.t_us, log_index=entry.seq
        )
    )
    _announce(writing, entry, prompt)


def _announce(writing: Writing, entry: Entry, prompt: str) -> None:
    view = rows.prompt(writing.connection, prompt)
    assert view is not None
    cursor = writing.next_cursor()
    event = protocol.PromptEvent(cursor=cursor, prompt=view)
    writing.emit(case_of(writing, entry), view.room, cursor, protocol.encode(event))


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "prompt.issued": _issued,
    "prompt.delivered": _step,
    "prompt.shown": _step,
    "prompt.acknowledged": _step,
    "prompt.declined": _step,
    "prompt.withdrawn": _step,
    "prompt.answered": _step,
}
