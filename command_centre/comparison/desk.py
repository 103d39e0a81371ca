"""The comparison beside the desks: reads the words to a process of its own, shows what it finds.

Procedure

1. Each commit that could matter wakes it; it reads what is new in the database, in order of time,
   and sends it to the process. Recording and desks wait for none of this.
2. The answer is the cells and differences that changed. Cells become events at once; a difference
   is an entry of the centre's log first (``difference.found``), so that it can be shown later what
   people saw. When that log cannot be written, the difference is shown all the same and recorded
   later.
3. A corrected sentence is read again; a changed point or name is told to the process, which reads
   what was said again bit by bit. Words that were destroyed, a rebuilt database, and a process that
   died mean reading the case again from its first word. The same words give the same state, so only
   what really changed becomes an event.

4. Readings of instruments go along with the words, thinned to minutes (``readings.py``); by
   themselves they are read at most every ``READINGS_S``, so that a detector that measures each
   second does not keep the comparison busy.

Bounded: one batch of a case is at most ``BATCH`` utterances; the database is the queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from command_centre.comparison import feed, store
from command_centre.comparison.book import CaseBook
from command_centre.comparison.orders import Order, Settle, State
from command_centre.comparison.process import EngineDied, EngineProcess
from command_centre.comparison.views import SUGGESTED, Cell, Difference, Finding
from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.entries import Entry
from command_centre.desk.follower import Follower
from command_centre.errors import Rejected
from config.clock import Clock

logger = logging.getLogger(__name__)

BATCH = 500
#: Kinds that bring something to read.
_NEWS = frozenset({"utterance", "utterance.corrected", "prompt.acknowledged"})
#: Kinds after which a case is read again from its first word.
_AGAIN = frozenset({"retention.ended", "key.destroyed", "utterance.speaker"})
#: Seconds from a reading until it is looked at, unless somebody speaks before.
READINGS_S = 5.0
_RETRY_S = 2.0
_DELAYS = 1000


@dataclass
class _Case:
    """How far a case has been read. Owned by the desk, on the event loop."""

    read: feed.Read = field(default_factory=feed.Read)
    fresh: bool = True  # to be read from its first word
    revised: bool = False  # points or names are others now


class ComparisonDesk:
    """One per centre."""

    def __init__(
        self, database: Database, book: CaseBook, follower: Follower, clock: Clock
    ) -> None:
        self._database = database
        self._book = book
        self._follower = follower
        self._clock = clock
        self._cases: dict[str, _Case] = {}
        self._sessions: dict[str, str] = {}
        self._wake = asyncio.Event()
        self._wake.set()
        self._look_at: set[str] = set()
        self._rebuilds = 0
        self._numbers = 0
        self._engine = EngineProcess()
        self._busy = False
        self.restarts = 0
        self.slowest_us = 0  # utterance in the engine
        self.delays_us: deque[int] = deque(maxlen=_DELAYS)  # from commit to event
        self._since_us: dict[str, int] = {}
        self._measured: set[str] = set()  # sessions whose readings are waited for
        self._alarm: asyncio.TimerHandle | None = None
        self._listeners: list[Callable[[str], None]] = []
        follower.listen(self._heard)
        book.listen(self.revised)

    def revised(self, case: str) -> None:
        """Points or names of a case are others now; one not read yet is read with them."""
        if case not in self._cases:
            return
        self._cases[case].revised = True
        self._look_at.add(case)
        self._wake.set()

    def listen(self, listener: Callable[[str], None]) -> None:
        """Call with the case's id when what is shown of it may have changed."""
        self._listeners.append(listener)

    @property
    def pid(self) -> int | None:
        """The engine's process, while it runs."""
        return self._engine.pid

    async def settled(self) -> None:
        """Wait until everything known has been read; for tests and the demo."""
        while self._wake.is_set() or self._look_at or self._busy:
            await asyncio.sleep(0.02)

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            for case in await self._database.read(_cases_with_words):
                self._look_at.add(case)
            self._wake.set()
            while True:
                await self._wake.wait()
                self._busy = True
                self._wake.clear()
                try:
                    await self._read_all()
                except EngineDied as error:
                    logger.warning("the comparison's process ended (%s); starting another", error)
                    self._begin_again()
                    self.restarts += 1
                    await asyncio.sleep(_RETRY_S)
                    self._wake.set()
                finally:
                    self._busy = False
        finally:
            if self._alarm is not None:
                self._alarm.cancel()
                self._alarm = None
            await self._engine.close()
            self._begin_again()

    def _heard(self, entries: Sequence[Entry]) -> None:
        now_us = self._clock.mono_us()
        for entry in entries:
            if entry.kind == "reading":
                self._wake_later(entry.session)
            elif entry.kind in _NEWS or entry.kind in _AGAIN:
                self._since_us.setdefault(entry.session, now_us)
                if entry.kind in _AGAIN:
                    self._again_session(entry.session)
                self._sessions.setdefault(entry.session, "")
                self._wake.set()

    def _wake_later(self, session: str) -> None:
        self._measured.add(session)
        self._sessions.setdefault(session, "")
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(READINGS_S, self._look_at_readings)

    def _look_at_readings(self) -> None:
        self._alarm = None
        self._wake.set()

    def _again_session(self, session: str) -> None:
        case = self._sessions.get(session, "")
        for name, known in self._cases.items():
            if case in ("", name):
                known.fresh = True

    def _begin_again(self) -> None:
        """The process is gone: every case is read to the next one from its first word."""
        self._look_at |= set(self._cases) | {case for case in self._sessions.values() if case}
        self._cases.clear()

    def _case(self, case: str) -> _Case:
        return self._cases.setdefault(case, _Case())

    async def _read_all(self) -> None:
        if self._rebuilds != self._follower.rebuilds:
            self._rebuilds = self._follower.rebuilds
            for known in self._cases.values():
                known.fresh = True
        since, self._since_us = self._since_us, {}
        measured, self._measured = self._measured, set()
        unknown = [session for session, case in self._sessions.items() if not case]
        self._sessions.update(await self._database.read(lambda c: _cases_of(c, unknown)))
        wanted = self._look_at | {self._sessions.get(session, "") for session in since}
        # a case in which nobody spoke yet is not begun for its readings
        wanted |= {self._sessions.get(session, "") for session in measured} & set(self._cases)
        self._look_at = set()
        for case in sorted(wanted - {""}):
            await self._read_case(case)
        now_us = self._clock.mono_us()
        self.delays_us.extend(now_us - then_us for then_us in since.values())

    async def _read_case(self, case: str) -> None:
        known = self._case(case)
        if known.fresh:
            opened = await self._database.read(lambda c: feed.open_case(c, case))
            if opened is None:
                return
            known.read, known.fresh, known.revised = feed.Read(), False, False
            await self._engine.send([opened])
        elif known.revised:
            known.revised = False
            revised = await self._database.read(lambda c: feed.revise_case(c, case))
            await self._engine.send([revised])
        while True:
            news = await self._database.read(lambda c: feed.news(c, case, known.read, BATCH))
            state = await self._settle(case, news.orders)
            known.read = news.read
            await self._show(state)
            if not news.more and not state.behind:
                return

    async def _settle(self, case: str, orders: Sequence[Order]) -> State:
        self._numbers += 1
        await self._engine.send([*orders, Settle(case=case, number=self._numbers)])
        state = await self._engine.answer()
        if state.case != case or state.number != self._numbers:
            raise EngineDied("it answered another question")
        self.slowest_us = max(self.slowest_us, state.slowest_us)
        return state

    # --- what it found ----------------------------------------------------------------------------

    async def _show(self, state: State) -> None:
        case = state.case
        cells, found = await self._database.read(
            lambda c: (store.read_cells(c, case), store.read_differences(c, case))
        )
        mine = [one for one in found if one.finding.kind != SUGGESTED]  # not the engine's
        await self._show_cells(state, {(one.point, one.person): one for one in cells})
        await self._show_findings(state, {one.finding.id: one for one in mine})
        for listener in self._listeners:
            listener(case)

    async def _show_cells(self, state: State, known: dict[tuple[str, str], Cell]) -> None:
        changed = [one for one in state.cells if known.get((one.point, one.person)) != one]
        if state.full:
            there = {(one.point, one.person) for one in state.cells}
            changed += [
                Cell(point=point, person=person, statements=())
                for (point, person), one in known.items()
                if (point, person) not in there and one.statements
            ]
        if changed:
            await self._database.write(lambda writing: _write_cells(writing, state.case, changed))

    async def _show_findings(self, state: State, known: dict[str, Difference]) -> None:
        gone = set(state.gone)
        if state.full:
            gone |= {name for name, one in known.items() if one.gone_us is None}
            gone -= {one.id for one in state.findings}
        work = [
            self._found(state, one, known.get(one.id))
            for one in state.findings
            if not _stands(known.get(one.id), one)
        ]
        work += [
            self._gone(state, known[name])
            for name in sorted(gone)
            if name in known and known[name].gone_us is None
        ]
        told = {one.id for one in state.findings} | gone
        work += [
            self._found(state, one.finding, one)
            for name, one in known.items()
            if one.index is None and one.gone_us is None and name not in told
        ]
        await asyncio.gather(*work)

    async def _found(self, state: State, finding: Finding, known: Difference | None) -> None:
        t_us = self._clock.now_us()
        if known is None or known.index is None:
            index = await self._recorded("difference.found", state, finding)
        else:
            index = await self._recorded("difference.changed", state, finding)
        await self._database.write(
            lambda writing: store.write_finding(
                writing, state.case, finding, engine=state.engine, t_us=t_us, index=index
            )
        )

    async def _gone(self, state: State, known: Difference) -> None:
        t_us = self._clock.now_us()
        index = await self._recorded("difference.gone", state, known.finding)
        await self._database.write(
            lambda writing: store.end_finding(
                writing, state.case, known.finding.id, t_us=t_us, index=index
            )
        )

    async def _recorded(self, kind: str, state: State, finding: Finding) -> int | None:
        try:
            return await self._book.record_finding(kind, state.case, finding, state.engine)
        except Rejected as error:
            logger.error("a difference could not be recorded: %s", error.code)
            return None


def _stands(known: Difference | None, finding: Finding) -> bool:
    """Whether desks see this finding already, and the log has it."""
    return (
        known is not None
        and known.finding == finding
        and known.gone_us is None
        and known.index is not None
    )


def _write_cells(writing: Writing, case: str, cells: Sequence[Cell]) -> None:
    for cell in cells:
        store.write_cell(writing, case, cell)


def _cases_with_words(connection: Connection) -> list[str]:
    """Cases with an open session or something said in them."""
    said, session = schema.utterance, schema.session
    spoken = connection.execute(select(said.c.case_id).distinct()).scalars().all()
    opened = connection.execute(
        select(session.c.case_id).where(session.c.closed_us.is_(None)).distinct()
    ).scalars()
    return sorted({*spoken, *opened} & set(spoken))


def _cases_of(connection: Connection, sessions: Sequence[str]) -> dict[str, str]:
    table = schema.session
    found = connection.execute(
        select(table.c.id, table.c.case_id).where(table.c.id.in_(sessions[:500]))
    )
    return {row.id: row.case_id for row in found}
