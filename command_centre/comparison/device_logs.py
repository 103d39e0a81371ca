"""Stored logs of instruments in a case: those of the case file, and those people bring in as files.

Each is an entry of the centre's log first, with what was read of the file and the digest of the
file as it was given (``case.device_log``); withdrawing is another (``case.device_log_withdrawn``).
A log is never replaced: brought in again it is another one, and the same file twice is refused. The
file itself is not kept here; whoever brought it in keeps it, and its digest says whether it is the
one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.comparison.book import CaseBook
from command_centre.comparison.device_file import UNIT_OF, Stored, read_file, refused, zone_of
from command_centre.comparison.device_rows import rows_as_csv
from command_centre.comparison.lexicon import DeviceLog
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.cases import require_case
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id

NAME_MAX = 80
FILE_NAME_MAX = 120
REASON_MAX = 500
CHINA = "+08:00"  # of a log that came with the case file
LOGS_MAX = 50  # of one case, withdrawn ones included


class DeviceLogRequest(View, frozen=True):
    """A file with what an instrument stored."""

    name: str  # of the instrument; empty: as the file says
    zone: str  # of times that name none: +08:00
    file_name: str
    data: str  # base64


class RangeView(View, frozen=True):
    """The least and the most of a quantity, in thousandths of its unit."""

    quantity: str
    unit: str
    low: int
    high: int


class DeviceLogView(View, frozen=True):
    """A stored log."""

    device: str
    name: str
    rows: int
    from_us: int
    to_us: int
    ranges: list[RangeView]
    lines: int = 0  # of the file, with a value
    passed: int = 0  # of these, with a quantity that nothing is laid beside
    thinned: bool = False  # only the least and the most of each minute are kept
    file_name: str = ""  # empty: came with the case file
    file_sha256: str = ""
    zone: str = ""
    by_name: str = ""
    taken_us: int | None = None
    withdrawn_us: int | None = None
    withdrawn_by: str = ""
    reason: str = ""


class DeviceLogList(View, frozen=True):
    """Stored logs of a case, withdrawn ones too, in order of their ids."""

    logs: list[DeviceLogView]


class DeviceLogs:
    """Takes the acts; used on the event loop. One per centre."""

    def __init__(self, database: Database, book: CaseBook) -> None:
        self._database = database
        self._book = book

    async def of_case(self, case: str) -> DeviceLogList:
        """All of a case."""
        return DeviceLogList(logs=await self._database.read(lambda c: _logs(c, case)))

    async def take(self, caller: Caller, case: str, asked: DeviceLogRequest) -> DeviceLogView:
        """Read a file and keep what it holds.

        Raises:
            Rejected: ``unknown_case``, ``bad_device_log``, ``device_log_known``,
                ``too_many_device_logs``, ``log_unavailable``.
        """
        data, device = _bytes(asked), short_id("log")
        zone = zone_of(asked.zone)
        # In a reader's thread: fifty thousand lines take a second.
        stored = await self._database.read(
            lambda _: read_file(data, zone, device, asked.name.strip())
        )
        if len(stored.log.name) > NAME_MAX:
            raise refused("name", 0, f"a name of at most {NAME_MAX} characters", most=NAME_MAX)
        body = _body(case, asked, data, stored)

        def ready(connection: Connection) -> dict[str, Any]:
            require_case(connection, case)
            table = schema.device_log
            mine = connection.execute(select(table).where(table.c.case_id == case)).all()
            if len(mine) >= LOGS_MAX:
                raise Rejected("too_many_device_logs", f"a case has at most {LOGS_MAX} stored logs")
            digest = body["file_sha256"]
            if any(row.file_sha256 == digest and row.withdrawn_us is None for row in mine):
                raise Rejected("device_log_known", "this file is in the case already")
            return body

        await self._book.act("case.device_log", _by(caller), ready)
        self._book.names_changed(case)
        return await self._database.read(lambda c: _view(_require(c, case, device)))

    async def rows(self, case: str, device: str) -> str:
        """What was kept of a log, as CSV; of a withdrawn one too.

        Raises:
            Rejected: ``unknown_device_log``.
        """
        return await self._database.read(lambda c: _csv(_require(c, case, device)))

    async def withdraw(self, caller: Caller, case: str, device: str, reason: str) -> DeviceLogView:
        """Lay nothing beside a log any more; it stays on file. A repeat changes nothing.

        Raises:
            Rejected: ``unknown_device_log``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            if _require(connection, case, device).withdrawn_us is not None:
                return None
            return {"case": case, "device": device, "reason": reason.strip()[:REASON_MAX]}

        await self._book.act("case.device_log_withdrawn", _by(caller), ready)
        self._book.names_changed(case)
        return await self._database.read(lambda c: _view(_require(c, case, device)))


def _bytes(asked: DeviceLogRequest) -> bytes:
    try:
        return base64.b64decode(asked.data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused("coding", 0, "the bytes of the file in base64") from error


def _body(case: str, asked: DeviceLogRequest, data: bytes, stored: Stored) -> dict[str, Any]:
    content = msgspec.json.encode(stored.log)
    return {
        "case": case,
        "device": stored.log.device,
        "rows": len(stored.log.rows),
        "sha256": hashlib.sha256(content).hexdigest(),
        "file_sha256": hashlib.sha256(data).hexdigest(),
        "lines": stored.lines,
        "passed": stored.passed,
        "thinned": stored.thinned,
        "zone": asked.zone,
        "content": content.decode(),
        "file_name": "".join(one for one in asked.file_name if one.isprintable())[:FILE_NAME_MAX],
    }


def _logs(connection: Connection, case: str) -> list[DeviceLogView]:
    require_case(connection, case)
    table = schema.device_log
    found = select(table).where(table.c.case_id == case).order_by(table.c.taken_us, table.c.device)
    return [_view(row) for row in connection.execute(found)]


def _require(connection: Connection, case: str, device: str) -> Row[Any]:
    table = schema.device_log
    row = connection.execute(
        select(table).where(table.c.case_id == case, table.c.device == device)
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_device_log", "there is no such stored log in this case")
    return row


def _csv(row: Row[Any]) -> str:
    log = msgspec.json.decode(row.content, type=DeviceLog)
    return rows_as_csv(log, zone_of(row.zone or CHINA))


def _view(row: Row[Any]) -> DeviceLogView:
    log = msgspec.json.decode(row.content, type=DeviceLog)
    times = [one.t_us for one in log.rows]
    quantities = sorted({key for one in log.rows for key in one.values})
    return DeviceLogView(
        device=row.device,
        name=log.name or log.device,
        rows=len(log.rows),
        from_us=min(times, default=0),
        to_us=max(times, default=0),
        ranges=[_range(log, key) for key in quantities],
        lines=row.lines,
        passed=row.passed,
        thinned=bool(row.thinned),
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        zone=row.zone,
        by_name=row.by_name,
        taken_us=row.taken_us,
        withdrawn_us=row.withdrawn_us,
        withdrawn_by=row.withdrawn_by,
        reason=row.reason,
    )


def _range(log: DeviceLog, key: str) -> RangeView:
    found = [one.values[key] for one in log.rows if key in one.values]
    return RangeView(quantity=key, unit=UNIT_OF.get(key, ""), low=min(found), high=max(found))


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
