"""What the centre's own log says, as a table: who did what to a case and its evidence.

The log is read, never asked to wait: the table follows it when somebody looks. It can be emptied
and filled again from the log at any time. Names of people are put beside account ids here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, or_, select

from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.centre_log import catch_up
from command_centre.desk.projection import short_form
from command_centre.desk.views import View
from evidence_store.reader import LogReader

LIMIT = 500


class ActView(View, frozen=True):
    """One act."""

    index: int
    kind: str
    t_us: int
    session: str  # empty: of the case as a whole
    by_name: str
    summary: dict[str, Any]


class ActList(View, frozen=True):
    """Acts, the newest first."""

    acts: list[ActView]
    more: bool


class Acts:
    """Follows the centre's log; used on the event loop."""

    def __init__(self, database: Database, log_directory: Path) -> None:
        self._database = database
        self._reader = LogReader(log_directory)
        self._lock = asyncio.Lock()

    async def catch_up(self) -> None:
        """Take what the log has and the table has not."""
        async with self._lock:
            await catch_up(self._database, self._reader, _next_index, _take)

    async def of_case(
        self,
        case: str,
        *,
        kinds: Sequence[str] = (),
        from_us: int | None = None,
        to_us: int | None = None,
        before: int | None = None,
        limit: int = LIMIT,
    ) -> ActList:
        """Acts on a case and its sessions, newest first; ``before`` this one of the log only."""
        await self.catch_up()
        return await self._database.read(
            lambda connection: _of_case(connection, case, kinds, from_us, to_us, before, limit)
        )

    async def unended(self) -> list[tuple[int, dict[str, Any]]]:
        """Playbacks that began and never ended, as a crash leaves them."""
        await self.catch_up()
        return await self._database.read(_unended)


def act_body(row: Row[Any]) -> dict[str, Any]:
    """What an act says."""
    body: dict[str, Any] = msgspec.json.decode(row.summary)
    return body


def _next_index(connection: Connection) -> int:
    last = connection.execute(select(func.max(schema.act.c.log_index))).scalar()
    return 0 if last is None else int(last) + 1


def _take(writing: Writing, first: int, page: list[bytes]) -> None:
    for index, data in enumerate(page, first):
        entry = msgspec.json.decode(data)
        body = entry["body"]
        writing.execute(
            schema.act.insert()
            .prefix_with("OR IGNORE")
            .values(
                log_index=index,
                kind=entry["kind"],
                t_us=entry["t_us"],
                case_id=case_of_act(writing.connection, body),
                session_id=str(body.get("session", "")),
                by_account=str(body.get("by", "")),
                summary=msgspec.json.encode(short_form(body)).decode(),
            )
        )


def case_of_act(connection: Connection, body: dict[str, Any]) -> str:
    """The case an act names, or that of its session."""
    if case := body.get("case") or body.get("from_case"):
        return str(case)
    for name in ("session", "target"):
        wanted = str(body.get(name, ""))
        if not wanted:
            continue
        table = schema.session
        case = connection.execute(select(table.c.case_id).where(table.c.id == wanted)).scalar()
        if case:
            return str(case)
        if name == "target":
            return wanted
    return str(body.get("id", "")) if "number" in body else ""


def _of_case(
    connection: Connection,
    case: str,
    kinds: Sequence[str],
    from_us: int | None,
    to_us: int | None,
    before: int | None,
    limit: int,
) -> ActList:
    table, account = schema.act, schema.account
    statement = select(table, account.c.name).outerjoin(
        account, or_(account.c.id == table.c.by_account, account.c.account == table.c.by_account)
    )
    statement = statement.where(table.c.case_id == case)
    if kinds:
        statement = statement.where(table.c.kind.in_(kinds))
    if from_us is not None:
        statement = statement.where(table.c.t_us >= from_us)
    if to_us is not None:
        statement = statement.where(table.c.t_us < to_us)
    if before is not None:
        statement = statement.where(table.c.log_index < before)
    rows = connection.execute(statement.order_by(table.c.log_index.desc()).limit(limit + 1)).all()
    acts = [
        ActView(
            index=row.log_index,
            kind=row.kind,
            t_us=row.t_us,
            session=row.session_id,
            by_name=str(act_body(row).get("by_name") or row.name or ""),
            summary=act_body(row),
        )
        for row in rows[:limit]
    ]
    return ActList(acts=acts, more=len(rows) > limit)


def _unended(connection: Connection) -> list[tuple[int, dict[str, Any]]]:
    table = schema.act
    begun: dict[str, tuple[int, dict[str, Any]]] = {}
    for row in connection.execute(
        select(table)
        .where(table.c.kind.in_(["access.media", "access.media_end"]))
        .order_by(table.c.log_index)
    ):
        body = act_body(row)
        view = str(body.get("view", ""))
        if row.kind == "access.media":
            begun[view] = (row.t_us, body)
        else:
            begun.pop(view, None)
    return list(begun.values())
