"""The first-run assistant: how far an installation is, by facts, and a test recording that is real.

No step is remembered: each is done when the store says so, so every one can be left and taken up
again. The test records in a free room for a case of its own (``equipment-test``), from a device, a
browser or its test picture; it is closed, sealed and verified like any other recording, stays in
the store, and the room is free again. Administrators learn its verdict, nothing that was said.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.accounts import add_source_token
from command_centre.db.database import Database
from command_centre.desk.case_of import case_of
from command_centre.desk.job_target import find_target
from command_centre.desk.jobs import Jobs
from command_centre.desk.live_settings import LiveSettings
from command_centre.desk.permissions import Caller
from command_centre.desk.provisioning import RECORDING, Provisioning
from command_centre.desk.rooms import Rooms, require_room
from command_centre.desk.sessions import Sessions
from command_centre.desk.views import View
from command_centre.errors import Rejected
from config.clock import Clock
from config.words import MICROSECONDS, Role, SourceKind

TEST_CASE = "equipment-test"
_NAMES = {"number": "设备试录", "name": "设备试录", "name_en": "Equipment test"}
_TOKEN_US = 3600 * MICROSECONDS


class TestRecording(View, frozen=True):
    """The last test recording."""

    session: str
    room: str
    opened_us: int
    closed_us: int | None
    recorded_us: int
    state: str  # open, closed, running, done, failed
    verdict: str  # of the verification; empty: not yet
    root: str  # of the log it was verified in


class SetUpView(View, frozen=True):
    """How far the installation is."""

    unit_name: str
    unit_name_en: str
    unit_named: bool  # the site file says who runs it
    now_us: int
    administrators: int
    managers: int
    interviewers: int
    rooms: int  # in service
    devices: int  # sources a device holds, or that are fetched
    witnesses: int  # outside this installation
    mirrors: int  # further disks
    unit_wanted: str  # as it is called from the next restart on
    unit_wanted_en: str
    witness_lines: list[str]  # outside, from the next restart on
    mirror_paths: list[str]
    waiting: list[str]  # settings that hold from a restart on
    test: TestRecording | None


class TestGrant(View, frozen=True):
    """What is needed to publish into the test."""

    session: str
    source: str
    token: str
    expires_us: int


class SetUp:
    """Used on the event loop; one per centre."""

    def __init__(
        self,
        database: Database,
        book: CaseBook,
        clock: Clock,
        live_settings: LiveSettings,
        rooms: Rooms,
        provisioning: Provisioning,
        sessions: Sessions,
        jobs: Jobs,
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        """``settle`` is awaited before the verification: the newest cosignatures belong to it."""
        self._database = database
        self._book = book
        self._clock = clock
        self._live_settings = live_settings
        self._rooms = rooms
        self._provisioning = provisioning
        self._sessions = sessions
        self._jobs = jobs
        self._settle = settle

    async def look(self) -> SetUpView:
        """How far the installation is."""
        settings, wanted = self._live_settings.now, self._live_settings.wanted
        sources = await self._provisioning.all()
        devices = sum(one.given or one.pulled for one in sources)
        now_us = self._clock.now_us()
        return await self._database.read(
            lambda connection: SetUpView(
                unit_name=settings.site.unit_name,
                unit_name_en=settings.site.unit_name_en,
                unit_named="site.unit_name" in settings.said,
                now_us=now_us,
                administrators=_able(connection, Role.ADMINISTRATOR),
                managers=_able(connection, Role.MANAGER),
                interviewers=_able(connection, Role.INTERVIEWER),
                rooms=_rooms_in_service(connection),
                devices=devices,
                witnesses=len(settings.witness.outside),
                mirrors=len(settings.store.mirrors),
                unit_wanted=str(wanted("site.unit_name")),
                unit_wanted_en=str(wanted("site.unit_name_en")),
                witness_lines=list(wanted("witness.outside")),
                mirror_paths=list(wanted("store.mirrors")),
                waiting=sorted(self._live_settings.pending()),
                test=last_test(connection),
            )
        )

    async def begin(self, caller: Caller, room: str) -> TestGrant:
        """Open the test in a free room, and say how to publish into it.

        Raises:
            Rejected: ``unknown_room``, ``room_in_use``, ``room_retired``, ``session_open``,
                ``log_unavailable``, or what the recorder says.
        """
        source = await self._database.read(lambda connection: _source_in(connection, room))
        if source is None:
            source = await self._provisioning.make(
                caller, kind=SourceKind.ROOM_CAMERA, room=room, name="摄像机", name_en="Camera"
            )
        await self._book.act("case.create", _by(caller), _test_case)
        await self._rooms.assign(caller, room, TEST_CASE)
        session = await self._sessions.open(room, caller.account_id)
        now_us = self._clock.now_us()
        expires_us = now_us + _TOKEN_US
        token = await self._database.write(
            lambda writing: add_source_token(
                writing, source, now_us=now_us, expires_us=expires_us, created_by=caller.account_id
            )
        )
        return TestGrant(session=session.id, source=source, token=token, expires_us=expires_us)

    async def finish(self, caller: Caller, session: str) -> None:
        """Close and seal the test, give the room back, have it verified. A repeat verifies anew.

        Raises:
            Rejected: ``unknown_session``: this is no test; or what the recorder says.
        """
        summary = await self._sessions.find(session)
        case = await self._database.read(lambda reading: case_of(reading, "session", session))
        if case != TEST_CASE:
            raise Rejected("unknown_session", "there is no such test recording")
        await self._sessions.close(session, caller.account_id, "设备试录结束")
        await self._rooms.assign(caller, summary.room, "")
        await self._settle()
        target = await self._database.read(
            lambda connection: find_target(connection, session=session, case=None)
        )
        await self._jobs.verify(caller, target)


def last_test(connection: Connection) -> TestRecording | None:
    """The last test recording with what its verification said."""
    table, recording, job = schema.session, schema.recording, schema.job
    row = connection.execute(
        select(table)
        .where(table.c.case_id == TEST_CASE)
        .order_by(table.c.opened_us.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    recorded = connection.execute(
        select(func.coalesce(func.sum(recording.c.recorded_us), 0)).where(
            recording.c.session_id == row.id
        )
    ).scalar_one()
    made = connection.execute(
        select(job)
        .where(job.c.kind == "verify", job.c.target == row.id)
        .order_by(job.c.created_us.desc())
        .limit(1)
    ).one_or_none()
    result = _result(made)
    waiting = "open" if row.closed_us is None else "closed"
    return TestRecording(
        session=row.id,
        room=row.room_id,
        opened_us=row.opened_us,
        closed_us=row.closed_us,
        recorded_us=recorded,
        state=made.state if made else waiting,
        verdict=str(result.get("verdict", "")),
        root=str((result.get("log") or {}).get("root", "")),
    )


def _result(made: Row[Any] | None) -> dict[str, Any]:
    if made is None or not made.result:
        return {}
    return msgspec.json.decode(made.result, type=dict[str, Any])


def _test_case(connection: Connection) -> dict[str, Any] | None:
    known = select(schema.case_file.c.id).where(schema.case_file.c.id == TEST_CASE)
    return None if connection.execute(known).scalar() else {"case": TEST_CASE, **_NAMES}


def _source_in(connection: Connection, room: str) -> str | None:
    """A source of a free room that records media."""
    row = require_room(connection, room)
    if row.case_id not in (None, TEST_CASE):
        raise Rejected("room_in_use", "a case uses this room; choose a free one")
    table = schema.source
    wanted = select(table.c.id).where(table.c.room_id == room, table.c.kind.in_(RECORDING))
    found = connection.execute(wanted.order_by(table.c.position).limit(1)).scalar()
    return None if found is None else str(found)


def _able(connection: Connection, role: Role) -> int:
    table = schema.account
    mine = (table.c.role == role, table.c.disabled_us.is_(None))
    return int(connection.execute(select(func.count()).where(*mine)).scalar_one())


def _rooms_in_service(connection: Connection) -> int:
    table = schema.room
    wanted = select(func.count()).where(table.c.retired_us.is_(None))
    return int(connection.execute(wanted).scalar_one())


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
