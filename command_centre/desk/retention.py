"""Retention: how long recordings are kept, legal holds, and the end that two people confirm.

1. Nothing is destroyed before its period is over, nor while a hold lies on session or case.
2. A period that is over makes a proposal, never a deletion; two different people confirm it: a
   manager of the case, then a second manager of it or an administrator. Auditors take no part.
3. Every step is an entry of the centre's log before it has an effect; what was confirmed and not
   carried out (the recorder was away, the process died) is carried out later.

What each entry says stands in retention_book.py, what the recorder does in recorder/retention.py.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.audit import log_of
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.late_examiner import candidates
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import ask
from command_centre.desk.retention_book import Proposal, RetentionBook
from command_centre.desk.retention_derived import remove_derived
from command_centre.desk.retention_exhibits import due, is_there, remove_file, shown_in
from command_centre.desk.retention_views import (
    CaseRetention,
    CategoryView,
    EndedView,
    HoldView,
    ProposalView,
    SessionRetention,
)
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock
from config.messages import RECORDER
from config.recorder_messages import EndRetention, RetentionEnded
from config.settings import Settings
from config.words import Role
from evidence_store.entry import parse_entry
from evidence_store.errors import EvidenceError
from evidence_store.reader import LogReader

logger = logging.getLogger(__name__)

PERMANENT = "permanent"
_PAGE = 1000
_LOOK_S = 60.0
_END_S = 120.0
_DAY_US = 86_400_000_000
_YEAR_DAYS = 365.25
#: A proposal that was refused is made again after this.
_AGAIN_US = 90 * _DAY_US
MAX_REASON_CHARACTERS = 500
_MARKS = (b'"kind":"retention.', b'"kind":"hold.', b'"kind":"exhibit.added"')


class Retention:
    """One per centre; used on the event loop."""

    def __init__(
        self, log: CaseLog, database: Database, bus: Bus, clock: Clock, settings: Settings
    ) -> None:
        self._log = log
        self._database = database
        self._bus = bus
        self._clock = clock
        self._settings = settings
        self._store = settings.store_path
        self._book = RetentionBook()
        self._read = 0  # entries of the centre's log that are in the book
        self._turn = asyncio.Lock()

    @property
    def years(self) -> dict[str, float]:
        """The period of each category; the permanent one is not among them."""
        said = self._settings.retention
        return {
            "check": said.check_years,
            "unfounded": said.unfounded_years,
            "simple": said.simple_years,
            "ordinary": said.ordinary_years,
        }

    async def run(self) -> None:
        """Propose what is over and carry out what is decided, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> None:
        """Once: propose, then carry out."""
        async with self._turn:
            await self._refresh()
            for row in await self._database.read(_closed_sessions):
                await self._propose(row)
            for proposal in list(self._book.proposals.values()):
                if proposal.decided:
                    await self._try_to_carry_out(proposal)
            try:
                await self._end_exhibits()
            except Rejected as error:  # degraded: tried again at the next look
                logger.warning("exhibits wait for their end: %s", error.code)

    async def cases(self) -> list[str]:
        """All cases, by id."""
        statement = select(schema.case_file.c.id)
        return await self._database.read(
            lambda connection: list(connection.execute(statement).scalars())
        )

    async def counts(self) -> tuple[int, int, int]:
        """Cases and sessions on hold, and ends that wait for two people; for the storage page."""
        async with self._turn:
            await self._refresh()
        holds = self._book.holds.values()
        return (
            len({one.case for one in holds if not one.session}),
            len({one.session for one in holds if one.session}),
            len(self._book.proposals),
        )

    async def waiting(self) -> list[Proposal]:
        """Ends that wait for somebody's word, of all cases, the earliest first."""
        async with self._turn:
            await self._refresh()
            found = [one for one in self._book.proposals.values() if not one.decided]
            return sorted(found, key=lambda one: one.proposed_us)

    async def of_case(self, case: str) -> CaseRetention:
        """How it stands with a case and its sessions."""
        await self._refresh()
        rows = await self._database.read(lambda connection: _case_sessions(connection, case))
        roots = await self._database.read(
            lambda connection: {row[0]: self._store / log_of(connection, row[0]) for row in rows}
        )
        sealed = await asyncio.to_thread(_sealed, roots)
        return CaseRetention(
            category=self._category(case),
            categories=[
                CategoryView(id=name, years=years)
                for name, years in (*self.years.items(), (PERMANENT, None))
            ],
            holds=[
                HoldView.of(one)
                for one in self._book.holds.values()
                if one.case == case and not one.session
            ],
            sessions=[self._session(row, sealed) for row in rows],
        )

    def _session(self, row: tuple[str, str, int | None], sealed: set[str]) -> SessionRetention:
        session, case, closed_us = row
        proposal = self._book.proposals.get(session)
        carried = self._book.carried.get(session)
        return SessionRetention(
            session=session,
            encrypted=session in sealed,
            permanent=self._category(case) == PERMANENT,
            until_us=self._until(case, closed_us),
            holds=[HoldView.of(one) for one in self._book.held(session, case) if one.session],
            proposal=ProposalView.of(proposal) if proposal else None,
            ended=EndedView.of(carried) if carried else None,
        )

    async def set_category(self, caller: Caller, case: str, category: str, reason: str) -> None:
        """Choose how long a case's recordings are kept.

        Raises:
            Rejected: ``unknown_case``, ``bad_category``, ``bad_reason``.
        """
        if category != PERMANENT and category not in self.years:
            raise Rejected("bad_category", f"expected one of {', '.join([*self.years, PERMANENT])}")
        await self._require(case, None)
        body = {"case": case, "category": category, "reason": _reason(reason), **_by(caller)}
        async with self._turn:
            await self._log.append("retention.set", body)
        await self._refresh()

    async def place(
        self, caller: Caller, case: str | None, session: str | None, reason: str
    ) -> str:
        """Place a hold on a case or a session; returns its id.

        Raises:
            Rejected: ``bad_target``, ``unknown_case``, ``unknown_session``, ``bad_reason``,
                ``retention_ended``.
        """
        found = await self._require(case, session)
        await self._refresh()
        if session is not None and session in self._book.carried:
            raise Rejected("retention_ended", "its retention has ended")
        hold = short_id("ho")
        target = {"session": session} if session is not None else {}
        body = {"hold": hold, "case": found, **target, "reason": _reason(reason), **_by(caller)}
        async with self._turn:
            await self._log.append("hold.placed", body)
        await self._refresh()
        return hold

    async def case_of_hold(self, hold: str) -> str | None:
        """The case a hold lies on; None: there is no such hold."""
        await self._refresh()
        found = self._book.holds.get(hold)
        return found.case if found is not None else None

    async def lift(self, caller: Caller, hold: str, reason: str) -> None:
        """Lift a hold.

        Raises:
            Rejected: ``unknown_hold``, ``bad_reason``.
        """
        await self._refresh()
        found = self._book.holds.get(hold)
        if found is None:
            raise Rejected("unknown_hold", "there is no such hold")
        target = {"session": found.session} if found.session else {}
        body = {"hold": hold, "case": found.case, **target, "reason": _reason(reason)}
        async with self._turn:
            await self._log.append("hold.lifted", {**body, **_by(caller)})
        await self._refresh()

    async def confirm(self, caller: Caller, session: str) -> bool:
        """Confirm that a session's retention ends; the second person's word carries it out.

        Raises:
            Rejected: ``not_proposed``, ``on_hold``, ``second_person``, or what the recorder says.
        """
        if not await self.agree(caller, session):
            return False
        async with self._turn:
            decided = self._book.proposals.get(session)
            if decided is not None and decided.decided:
                await self._carry_out(decided)
        return True

    async def agree(self, caller: Caller, session: str) -> bool:
        """Say so in the log, and no more; whether that made it two people.

        Raises:
            Rejected: ``not_proposed``, ``on_hold``, ``second_person``, ``manager_first``.
        """
        async with self._turn:
            await self._refresh()
            proposal = self._proposed(session)
            if any(one.by == caller.account_id for one in proposal.confirmed):
                raise Rejected("second_person", "another person must confirm it")
            if caller.role is Role.ADMINISTRATOR and not proposal.confirmed:
                raise Rejected("manager_first", "a manager of the case confirms it first")
            body = {"proposal": proposal.id, "session": session, "case": proposal.case}
            await self._log.append("retention.confirmed", {**body, **_by(caller)})
            await self._refresh()
            decided = self._book.proposals.get(session)
            return decided is not None and decided.decided

    async def refuse(self, caller: Caller, session: str, reason: str) -> None:
        """Keep it; the proposal comes again after some months.

        Raises:
            Rejected: ``not_proposed``, ``bad_reason``.
        """
        async with self._turn:
            await self._refresh()
            proposal = self._proposed(session)
            body = {"proposal": proposal.id, "session": session, "case": proposal.case}
            body["reason"] = _reason(reason)
            await self._log.append("retention.refused", {**body, **_by(caller)})
            await self._refresh()

    # --- inside -----------------------------------------------------------------------------

    def _category(self, case: str) -> str:
        return self._book.category.get(case, self._settings.retention.category)

    def _until(self, case: str, closed_us: int | None) -> int | None:
        """When a session's period is over; None: never, or not yet known."""
        years = self.years.get(self._category(case))
        if years is None or closed_us is None:
            return None
        return closed_us + int(years * _YEAR_DAYS * _DAY_US)

    def _proposed(self, session: str) -> Proposal:
        proposal = self._book.proposals.get(session)
        if proposal is None:
            raise Rejected("not_proposed", "nobody proposes to end its retention now")
        if self._book.held(session, proposal.case):
            raise Rejected("on_hold", "a legal hold lies on it")
        return proposal

    async def _propose(self, row: tuple[str, str, int | None]) -> None:
        session, case, closed_us = row
        until_us, now_us = self._until(case, closed_us), self._clock.now_us()
        if until_us is None or until_us > now_us or self._book.held(session, case):
            return
        if session in self._book.proposals or session in self._book.carried:
            return
        if now_us - self._book.refused_us.get(session, -_AGAIN_US) < _AGAIN_US:
            return
        body = {
            "proposal": short_id("re"),
            "session": session,
            "case": case,
            "category": self._category(case),
            "until_us": until_us,
            "by": "system",
        }
        await self._log.append("retention.proposed", body)
        await self._refresh()

    async def _try_to_carry_out(self, proposal: Proposal) -> None:
        try:
            await self._carry_out(proposal)
        except Rejected as error:  # degraded: decided it stays, and is tried at the next look
            logger.warning("an end of retention waits: %s", error.code)

    async def _carry_out(self, proposal: Proposal) -> None:
        """Everything is decided and logged; may be done again."""
        if self._book.held(proposal.session, proposal.case):
            raise Rejected("on_hold", "a legal hold lies on it")
        request = await self._database.read(lambda connection: self._request(connection, proposal))
        several = self._settings.recorder.processes > 1
        log, order = request
        ended = await ask(
            self._bus,
            "end_retention",
            order,
            RetentionEnded,
            timeout_s=_END_S,
            service=log if several else RECORDER,
        )
        await self._remove_derived(proposal.session)
        exports = await asyncio.to_thread(_remove_exports, self._store, proposal.session)
        body = {
            "proposal": proposal.id,
            "session": proposal.session,
            "case": proposal.case,
            "keys": ended.keys,
            "files": ended.files,
            "bytes": ended.bytes,
            "payloads": ended.payloads,
            "exports": exports,
        }
        await self._log.append("retention.carried", body)
        await self._refresh()
        await self._end_exhibits()

    async def _end_exhibits(self) -> None:
        """Pictures of recordings that have ended, unless a later interview keeps them."""
        book = self._book
        ended = [one for one in book.exhibits.values() if one.session in book.carried]
        moments = await asyncio.to_thread(
            lambda: [one for one in ended if is_there(self._store, one.sha256)]
        )
        if not moments:
            return
        shown = await self._database.read(lambda connection: shown_in(connection, moments))
        over = due(
            book.exhibits.values(),
            shown,
            lambda session: session in book.carried,
            lambda session, case: bool(book.held(session, case)),
        )
        gone = [one for one in moments if one in over]
        for one in gone:
            body = {"case": one.case, "exhibit": one.id, "exhibit_sha256": one.sha256}
            await self._log.append("exhibit.destroyed", {**body, "by": "system"})
        try:
            for sha256 in {one.sha256 for one in gone}:
                await asyncio.to_thread(remove_file, self._store, sha256)
        except OSError as error:
            detail = f"pictures are not removed yet, it will be tried again: {error}"
            raise Rejected("retention_refused", detail) from error

    async def _remove_derived(self, session: str) -> None:
        try:
            await asyncio.to_thread(remove_derived, self._store, session)
        except (EvidenceError, OSError) as error:
            detail = f"redacted copies are not removed yet, it will be tried again: {error}"
            raise Rejected("retention_refused", detail) from error

    def _request(self, connection: Connection, proposal: Proposal) -> tuple[str, EndRetention]:
        table = schema.session
        room = connection.execute(
            select(table.c.room_id).where(table.c.id == proposal.session)
        ).scalar_one()
        (found,) = candidates(connection, self._store, room, proposal.session)
        return Path(found.root).name, EndRetention(
            session=proposal.session,
            room=room,
            case=proposal.case,
            proposal=proposal.id,
            category=proposal.category,
            until_us=proposal.until_us,
            first_index=found.first_index,
            confirmed=proposal.confirmed,
        )

    async def _require(self, case: str | None, session: str | None) -> str:
        """The case of what was named; exactly one is."""
        if (case is None) == (session is None):
            raise Rejected("bad_target", 'name either "session" or "case"')

        def look(connection: Connection) -> str:
            if session is not None:
                table = schema.session
                found = connection.execute(
                    select(table.c.case_id).where(table.c.id == session)
                ).scalar()
                if found is None:
                    raise Rejected("unknown_session", "there is no such session")
                return str(found)
            known = schema.case_file.c.id
            if connection.execute(select(known).where(known == case)).scalar() is None:
                raise Rejected("unknown_case", "there is no such case")
            return str(case)

        return await self._database.read(look)

    async def _refresh(self) -> None:
        """Take in what the centre's log got since, whoever wrote it."""
        entries, self._read = await asyncio.to_thread(_news, self._store, self._read)
        for kind, body, t_us in entries:
            self._book.add(kind, body, t_us)


def _news(store: Path, first: int) -> tuple[list[tuple[str, dict[str, object], int]], int]:
    found: list[tuple[str, dict[str, object], int]] = []
    try:
        reader = LogReader(store / "centre" / "log")
        size = reader.checkpoint().size
        for begin in range(first, size, _PAGE):
            for raw in reader.opened(begin, min(_PAGE, size - begin)):
                if any(mark in raw for mark in _MARKS):
                    entry = parse_entry(raw)
                    found.append((entry.kind, dict(entry.body), entry.t_us))
    except EvidenceError as error:
        raise Rejected("store_unreadable", f"the centre's log: {error}") from error
    return found, max(first, size)


def _closed_sessions(connection: Connection) -> list[tuple[str, str, int | None]]:
    table = schema.session
    found = connection.execute(select(table).where(table.c.closed_us.is_not(None)))
    return [(row.id, row.case_id, row.closed_us) for row in found]


def _case_sessions(connection: Connection, case: str) -> list[tuple[str, str, int | None]]:
    table = schema.session
    found = connection.execute(
        select(table).where(table.c.case_id == case).order_by(table.c.opened_us.desc())
    )
    return [(row.id, row.case_id, row.closed_us) for row in found]


def _sealed(roots: dict[str, Path]) -> set[str]:
    return {name for name, root in roots.items() if (root / "keys" / f"{name}.json").exists()}


def _remove_exports(store: Path, session: str) -> int:
    """Packages kept in the store that hold the session's media in clear, or its words."""
    count = 0
    exports = store / "exports"
    for package in sorted(exports.iterdir()) if exports.is_dir() else []:
        if (package / "data" / "media" / session).is_dir() or _names(package, session):
            shutil.rmtree(package)
            count += 1
    return count


def _names(package: Path, session: str) -> bool:
    try:
        return f'"{session}"'.encode() in (package / "data" / "case.json").read_bytes()
    except OSError:
        return False


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON_CHARACTERS:
        raise Rejected("bad_reason", "this needs a reason, it becomes part of the log")
    return reason


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
