"""Word of changed lists: gathered, and given to the desks of lists at most once a second.

Sources: what a commit changed (``db.changes``), acts written to the centre's log, what the board
sees of the sources. A desk hears of a case only what its person may read (``reads``); it then asks
for the list as for any page. Bounded: at most ``CASES_MOST`` cases wait; more become one word, of
no case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from command_centre.db.changes import Area, Change
from command_centre.db.database import Database
from command_centre.desk.acts import case_of_act
from command_centre.desk.hub import Hub, Reads
from command_centre.desk.permissions import Action, Caller

CASES_MOST = 200
_ACTS_MOST = 1000
_GATHER_S = 0.25  # one act changes several lists
_PAUSE_S = 0.75

#: What reading a list takes, as the routes that give it: one of these.
ACTIONS: dict[Area, tuple[Action, ...]] = dict.fromkeys(Area, (Action.READ_CASE,)) | {
    Area.MEMBERS: (Action.READ_MEMBERS,),
    Area.CALLS: (Action.CALL_ROOM,),
    Area.CUSTODY: (Action.READ_CUSTODY,),
    Area.DOCUMENTS: (Action.READ_RECORD,),
    Area.UPLOADS: (Action.READ_CASE, Action.HAND_OVER),
    Area.ACTS: (Action.AUDIT,),
    **dict.fromkeys(
        (Area.ACCOUNTS, Area.PLACES, Area.TESTS, Area.SETTINGS, Area.TEMPLATES),
        (Action.ADMINISTER,),
    ),
}


def reads(caller: Caller) -> Reads:
    """Which areas of which cases this person may read."""

    def may(case: str, area: str) -> bool:
        inside = caller if not case else caller.in_case(case)
        return inside is not None and any(map(inside.may, ACTIONS[Area(area)]))

    return may


class Changes:
    """One per centre; used on the event loop."""

    def __init__(self, database: Database, hub: Hub) -> None:
        self._database = database
        self._hub = hub
        self._waiting: dict[str, set[str]] = {}
        self._acts: list[dict[str, Any]] = []
        self._some = asyncio.Event()

    def note(self, case: str, area: Area) -> None:
        """A list of a case has changed."""
        self.note_all([Change(case, area)])

    def note_live(self, case: str) -> None:
        """A source does something else than before; of no case it is the administrators' only."""
        self.note_all([Change(case, Area.LIVE)] if case else [])
        self.note("", Area.PLACES)

    def note_all(self, changes: Iterable[Change]) -> None:
        """The same for several."""
        for case, area in changes:
            self._waiting.setdefault(case, set()).add(area)
        if len(self._waiting) > CASES_MOST:
            self._waiting = {"": set().union(*self._waiting.values())}
        self._some.set()

    def note_act(self, kind: str, body: dict[str, Any]) -> None:
        """An act was written. One that only says that somebody looked is left for the next look."""
        if not kind.startswith(("access.", "login.")):
            if len(self._acts) < _ACTS_MOST:
                self._acts.append(body)
            self._some.set()

    async def run(self) -> None:
        """Tell the desks until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(_GATHER_S)
            self._some.clear()
            acts, self._acts = self._acts, []
            if acts:
                await self._place(acts)
            waiting, self._waiting = self._waiting, {}
            self._hub.changed(waiting)
            await asyncio.sleep(_PAUSE_S)

    async def _place(self, acts: list[dict[str, Any]]) -> None:
        cases = await self._database.read(
            lambda connection: {case_of_act(connection, body) for body in acts}
        )
        self.note_all(Change(case, Area.ACTS) for case in cases if case)
