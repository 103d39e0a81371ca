"""Whether a caller reaches what a request is about, before anything looks at it.

Every endpoint with a login says what it is about: parts of its path that ``desk.case_of`` knows,
a case or session named in its body, several cases, or none. An endpoint that says nothing cannot
be made, so a new one is never open to outsiders by mistake.

For an outsider what exists and what does not are told apart by nothing: both get the refusal for
an unknown thing, and before that the one for their role in the agency.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import partial

import msgspec

from command_centre.desk import case_of
from command_centre.desk.cases import require_case
from command_centre.desk.context import CentreContext
from command_centre.desk.permissions import Action, Caller
from command_centre.errors import Rejected
from config.words import CaseState


class Reach(StrEnum):
    """What an endpoint is about, where its path does not say it."""

    NO_CASE = "no_case"  # nothing of any case
    OWN_CASES = "own_cases"  # several cases; the handler leaves out those of others
    BODY = "body"  # ``case`` or ``session`` in the body


#: Parts of a path that say of which case something is.
THINGS = frozenset(case_of.REFUSALS)


def things_in(path: str) -> tuple[str, ...]:
    """The parts of a path that belong to a case."""
    return tuple(name for name in re.findall(r"{(\w+)}", path) if name in THINGS)


async def reached(
    context: CentreContext,
    caller: Caller,
    action: Action,
    about: list[tuple[str, str]],
) -> Caller:
    """The caller with the role they have in the case of these things.

    Raises:
        Rejected: ``forbidden``, ``wrong_room``, or the refusal for an unknown thing.
    """
    inside = caller
    for thing, name in about:
        case = await _case_of(context, thing, name)
        if case == case_of.NO_CASE:
            continue
        found = caller.in_case(case) if case is not None else None
        if found is None and caller.limited_to is not None:
            caller.require(action)
            raise case_of.unknown(thing)
        if found is not None and inside is caller:
            inside = found  # the first thing of the path says in which role
    inside.require(action)
    if inside.rooms:
        await _require_rooms(context, inside, about)
    return inside


async def _require_rooms(
    context: CentreContext, caller: Caller, about: list[tuple[str, str]]
) -> None:
    for thing, name in about:
        room = await context.database.read(partial(case_of.room_of, thing=thing, name=name))
        if room is not None:
            caller.require_room(room)


async def require_open(context: CentreContext, about: list[tuple[str, str]]) -> None:
    """Raise ``case_closed`` when the case of one of these things is closed or archived."""
    for thing, name in about:
        case = await _case_of(context, thing, name)
        if case is None or case == case_of.NO_CASE:
            continue
        row = await context.database.read(partial(require_case, case=case))
        if row.state != CaseState.OPEN:
            raise Rejected(
                "case_closed",
                f"this case is {row.state}; take it up again first, then go on with it",
            )


def named_in(body: msgspec.Struct | None) -> list[tuple[str, str]]:
    """The case and the session a body names."""
    named = [(thing, getattr(body, thing, None)) for thing in ("case", "session")]
    return [(thing, name) for thing, name in named if isinstance(name, str)]


async def _case_of(context: CentreContext, thing: str, name: str) -> str | None:
    if thing == "hold":
        return await context.retention.case_of_hold(name)
    if thing == "derived":
        await context.acts.catch_up()
    return await context.database.read(lambda connection: case_of.case_of(connection, thing, name))
