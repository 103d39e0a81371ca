"""Who keeps a case's evidence: handed over by one person, confirmed by the other; and copies of it.

Rules. The one who keeps is not a case officer: evidence goes to an administrator's account only
(中立保管), and never to an auditor, who checks what others keep. Both confirm: an offer is an
entry, and so is its acceptance or refusal; until then custody has not moved. Where the account of
the last keeper may keep no more (another role, locked), the managers of the case hand the evidence
on. The state is a table of the centre that follows from its entries (custody_projection.py).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.acts import act_body
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.custody_projection import ACCEPTED, OFFERED
from command_centre.desk.members import reaches
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.words import Role

NOTE_CHARACTERS_MAX = 300
KEEPERS = (Role.ADMINISTRATOR,)
#: How an offer is shown whose receiver may keep no more.
LAPSED = "lapsed"
COPY_TYPES = ("master", "working")


class CustodyStep(View, frozen=True):
    """One handing over."""

    id: str
    from_name: str
    to_name: str
    note: str
    state: str  # offered | accepted | declined | lapsed
    offered_us: int
    settled_us: int | None
    mine: bool  # the caller may accept or decline it


class Keeper(View, frozen=True):
    """Somebody who may keep evidence."""

    account: str  # id
    name: str


class CustodyView(View, frozen=True):
    """Who keeps the evidence of a case now, and how it came there."""

    keeper: str  # name; empty: still with those who recorded it
    may_offer: bool
    steps: list[CustodyStep]
    keepers: list[Keeper]


class CopyView(View, frozen=True):
    """One copy of a package."""

    type: str  # master | working
    label: str
    note: str
    by_name: str
    t_us: int


class PackageView(View, frozen=True):
    """A package that was exported, with its copies."""

    export: str
    reason: str
    created_us: int
    size_bytes: int
    copies: list[CopyView]


class PackageList(View, frozen=True):
    """Packages of a case, the newest first."""

    packages: list[PackageView]


class Custody:
    """Used on the event loop."""

    def __init__(self, database: Database, book: CaseBook, log: CaseLog) -> None:
        self._database = database
        self._book = book
        self._log = log

    async def of_case(self, caller: Caller, case: str) -> CustodyView:
        """State and history.

        Raises:
            Rejected: ``unknown_case``.
        """
        return await self._database.read(lambda connection: _view(connection, case, caller))

    async def cases_of(self, account: str) -> list[str]:
        """The cases whose evidence this account keeps, or is offered."""
        return await self._database.read(lambda connection: _cases_of(connection, account))

    async def offer(self, caller: Caller, case: str, to: str, note: str) -> CustodyView:
        """Hand the evidence over; it moves when the other one accepts.

        Raises:
            Rejected: ``bad_keeper``, ``custody_open``, ``not_keeper``, ``bad_text``.
        """
        note, custody = _note(note), short_id("cu")

        def ready(connection: Connection) -> dict[str, Any]:
            now = _view(connection, case, caller)
            if not now.may_offer:
                open_one = any(step.state == OFFERED for step in now.steps)
                code = "custody_open" if open_one else "not_keeper"
                raise Rejected(code, "only who keeps the evidence hands it over, once at a time")
            to_name = next((one.name for one in now.keepers if one.account == to), "")
            if not to_name or to == caller.account_id:
                raise Rejected("bad_keeper", "evidence is kept by somebody who is no case officer")
            return {
                "case": case,
                "custody": custody,
                "from": caller.account_id,
                "to": to,
                "note": note,
                "to_name": to_name,
            }

        await self._book.act("custody.offered", _by(caller), ready)
        return await self.of_case(caller, case)

    async def settle(self, caller: Caller, custody: str, accepted: bool, note: str) -> CustodyView:
        """Accept or decline; only the one it was offered to.

        Raises:
            Rejected: ``unknown_custody``, ``not_keeper``, ``custody_settled``, ``bad_text``.
        """
        note, case = _note(note), str((await self._row(custody)).case_id)

        def ready(connection: Connection) -> dict[str, Any]:
            row = _offer(connection, custody)
            if row.to_account != caller.account_id:
                raise Rejected("not_keeper", "this was offered to somebody else")
            if row.state != OFFERED:
                raise Rejected("custody_settled", "this was settled already")
            return {"case": case, "custody": custody, "from": row.from_account, "note": note}

        kind = "custody.accepted" if accepted else "custody.declined"
        await self._book.act(kind, _by(caller), ready)
        return await self.of_case(caller, case)

    async def packages(self, case: str) -> PackageList:
        """Packages of a case with their copies."""
        return await self._database.read(lambda connection: _packages(connection, case))

    async def of_export(self, export: str) -> PackageList:
        """Packages of the case that this one belongs to."""
        table = schema.export
        case = await self._database.read(
            lambda connection: connection.execute(
                select(table.c.case_id).where(table.c.id == export)
            ).scalar()
        )
        return await self.packages(str(case))

    async def copied(self, caller: Caller, export: str, kind: str, label: str, note: str) -> None:
        """A copy of a package was made on a medium.

        Raises:
            Rejected: ``unknown_export``, ``bad_copy``, ``bad_text``.
        """
        label, note = label.strip(), _note(note)
        if kind not in COPY_TYPES or not 1 <= len(label) <= NOTE_CHARACTERS_MAX:
            raise Rejected("bad_copy", "say whether it is master or working, and what it is called")
        row = await self._database.read(
            lambda connection: connection.execute(
                select(schema.export).where(schema.export.c.id == export)
            ).one_or_none()
        )
        if row is None:
            raise Rejected("unknown_export", "there is no such package")
        body = {
            "case": row.case_id,
            "export": export,
            "sha256": await self._database.read(lambda reading: _digest_of(reading, row)),
            "type": kind,
            "label": label,
            "note": note,
        }
        await self._log.append("copy.made", body | _by(caller))

    async def _row(self, custody: str) -> Row[Any]:
        return await self._database.read(lambda connection: _offer(connection, custody))


def _offer(connection: Connection, custody: str) -> Row[Any]:
    table = schema.custody
    row = connection.execute(select(table).where(table.c.id == custody)).one_or_none()
    if row is None:
        raise Rejected("unknown_custody", "there is no such handing over")
    return row


def _digest_of(connection: Connection, export: Row[Any]) -> str:
    """The digest of a package, as its entry says."""
    act = schema.act
    found = select(act).where(act.c.case_id == export.case_id, act.c.kind == "export")
    for row in connection.execute(found):
        body = act_body(row)
        if body.get("export") == export.id:
            return str(body.get("sha256", ""))
    return ""


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > NOTE_CHARACTERS_MAX:
        raise Rejected("bad_text", f"a note has at most {NOTE_CHARACTERS_MAX} characters")
    return text


def _view(connection: Connection, case: str, caller: Caller) -> CustodyView:
    cases, table, account = schema.case_file, schema.custody, schema.account
    if connection.execute(select(cases.c.id).where(cases.c.id == case)).scalar() is None:
        raise Rejected("unknown_case", "there is no such case")
    rows = connection.execute(
        select(table).where(table.c.case_id == case).order_by(table.c.offered_us)
    ).all()
    last = next((row for row in reversed(rows) if row.state == ACCEPTED), None)
    keepers = connection.execute(
        select(account).where(
            account.c.role.in_([str(one) for one in KEEPERS]), account.c.disabled_us.is_(None)
        )
    ).all()
    able = {row.id for row in keepers}
    waiting = any(row.state == OFFERED and row.to_account in able for row in rows)
    kept = last is not None and last.to_account in able
    holds = last.to_account == caller.account_id if last and kept else caller.role is Role.MANAGER
    return CustodyView(
        keeper=last.to_name if last else "",
        may_offer=holds and not waiting and caller.may(Action.KEEP),
        steps=[
            CustodyStep(
                id=row.id,
                from_name=row.from_name,
                to_name=row.to_name,
                note=row.note,
                state=LAPSED if row.state == OFFERED and row.to_account not in able else row.state,
                offered_us=row.offered_us,
                settled_us=row.settled_us,
                mine=row.state == OFFERED
                and row.to_account == caller.account_id
                and row.to_account in able,
            )
            for row in rows
        ],
        keepers=[
            Keeper(account=row.id, name=row.name or row.account)
            for row in keepers
            if row.id != caller.account_id and reaches(connection, row, case)
        ],
    )


def _cases_of(connection: Connection, account: str) -> list[str]:
    table = schema.custody
    last: dict[str, str] = {}  # case -> who took it last
    offered = set()
    for row in connection.execute(select(table).order_by(table.c.offered_us)):
        if row.state == ACCEPTED:
            last[row.case_id] = row.to_account
        elif row.state == OFFERED and row.to_account == account:
            offered.add(row.case_id)
    return sorted(offered | {case for case, keeper in last.items() if keeper == account})


def _packages(connection: Connection, case: str) -> PackageList:
    table, act = schema.export, schema.act
    copies: dict[str, list[CopyView]] = {}
    for row in connection.execute(
        select(act)
        .where(act.c.case_id == case, act.c.kind == "copy.made")
        .order_by(act.c.log_index)
    ):
        said = act_body(row)
        copies.setdefault(str(said.get("export")), []).append(
            CopyView(
                type=str(said.get("type", "")),
                label=str(said.get("label", "")),
                note=str(said.get("note", "")),
                by_name=str(said.get("by_name", "")),
                t_us=row.t_us,
            )
        )
    return PackageList(
        packages=[
            PackageView(
                export=row.id,
                reason=row.reason,
                created_us=row.created_us,
                size_bytes=row.size_bytes,
                copies=copies.get(row.id, []),
            )
            for row in connection.execute(
                select(table).where(table.c.case_id == case).order_by(table.c.created_us.desc())
            )
        ]
    )
