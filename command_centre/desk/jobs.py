"""Verifications and exports: one child process each, progress in the database, outcome in the log.

At most ``_AT_ONCE`` run; the rest wait as ``running`` with progress 0. Closing the centre kills the
children; jobs a stopped centre left behind are marked failed at the next start, and a package
without a recorded export is removed.

An export is an act that must be known: its entry is in the centre's log before the package can be
downloaded. If the log cannot be written, the job fails and the package is removed.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.clips import ClipRequest, clip_disclosed, clip_plan, other_sources
from command_centre.desk.derive import (
    DERIVE_CHILD,
    Derivation,
    Sources,
    derive_order,
    derived_body,
    find_sources,
    require_plan,
)
from command_centre.desk.disclosed import Disclosed, disclosure_body
from command_centre.desk.job_list import JobItem, read_item
from command_centre.desk.job_target import Target, required
from command_centre.desk.orders import Line, Order
from command_centre.desk.permissions import Caller
from command_centre.desk.room_climate import room_readings
from command_centre.desk.tasks import end_tasks
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.clock import Clock
from recorder.redaction import Redacted, RedactionOrder, RedactionPlan

_AT_ONCE = 2
_OWN_S = 0.1  # progress of the centre's own work is noted at most this often
_LINE_BYTES = 64 * 1024 * 1024  # a report with every finding is one line
CHILD = (sys.executable, "-m", "command_centre.desk.evidence_child")


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job as desks see it."""

    id: str
    kind: str
    state: str
    progress: int
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    by: str  # account id


#: Told of every step of a job: who began it, its line, and whether it has ended.
Tell = Callable[[str, JobItem, bool], None]
#: Work of the centre itself, given a way to say how far it is (thousandths); any thread may say it.
Own = Callable[[Callable[[int], None]], Awaitable[dict[str, Any]]]


class Jobs:
    """Starts jobs and keeps their outcome; one per centre, a context manager."""

    def __init__(
        self,
        database: Database,
        log: CaseLog,
        clock: Clock,
        store: Path,
        child: tuple[str, ...],
        settle: Callable[[], Awaitable[None]] | None = None,
        *,
        first_origin: str = "",
        face_model: str = "",
        tell: Tell = lambda account, item, ended: None,
    ) -> None:
        """``settle`` is awaited before an export: the newest cosignatures go along.

        ``first_origin`` is that of the first recorder's log, ``face_model`` finds faces to hide.
        """
        self._database = database
        self._log = log
        self._clock = clock
        self._store = store
        self._child = child
        self._settle = settle
        self._first_origin = first_origin
        self._face_model = face_model
        self._tell = tell
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._accepting = False
        self._work: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Accept jobs until the context ends; then kill what is unfinished."""
        await self._database.write(lambda writing: _abandon(writing, self._clock.now_us()))
        self._accepting = True
        try:
            yield
        finally:
            self._accepting = False
            await end_tasks(list(self._work))

    @property
    def busy(self) -> bool:
        """Is a job waiting or running?"""
        return bool(self._work)

    @property
    def under_way(self) -> int:
        """Jobs that wait or run."""
        return len(self._work)

    async def verify(self, caller: Caller, target: Target) -> str:
        """Start a verification; returns the job's id."""
        order = Order(
            kind="verify",
            store=str(self._store),
            sessions=target.sessions,
            segments=target.segments,
        )
        return await self._start(caller, target, order, "")

    async def export(
        self, caller: Caller, target: Target, reason: str, disclosed: Disclosed | None = None
    ) -> str:
        """Start an export, or a disclosure copy; returns the job's id.

        What a copy withholds is decided by an entry of the log before anything is made.
        """
        reason = required(reason, "bad_reason", "an export needs a reason, for the log")
        if not target.sessions:
            raise Rejected("nothing_to_export", "nothing has been recorded in this case yet")
        if not self._accepting:
            raise Rejected("stopping", "the centre is stopping")
        disclosure = ""
        if disclosed is not None:
            disclosure = short_id("dc")
            body = disclosure_body(disclosure, target.case, target.sessions, disclosed, reason)
            body |= {"by": caller.account_id, "by_name": caller.name}
            await self._log.append("disclose.made", body)
        export = short_id("ex")
        order = Order(
            kind="export",
            store=str(self._store),
            sessions=target.sessions,
            out=str(self._store / "exports" / export),
            case=target.about,
            reason=reason,
            by=caller.name,
            disclosure=disclosure,
        )
        return await self._start(caller, target, order, export)

    async def derive(
        self, caller: Caller, target: Target, source: str, plan: RedactionPlan, reason: str
    ) -> str:
        """Start making a redacted copy; returns the job's id."""
        reason = required(reason, "bad_reason", "a redacted copy needs a reason, for the log")
        require_plan(plan)
        sources = await self._database.read(
            lambda connection: find_sources(connection, target.id, source, plan)
        )
        wanted = _derivation(caller, target, source, plan, sources, reason)
        order = await asyncio.to_thread(derive_order, self._store, wanted, self._face_model)
        job = await self._begin(caller, target, "derive")

        async def work() -> dict[str, Any]:
            made = await self._make(job, wanted, order)
            return {
                "derived": wanted.id,
                "session": target.id,
                "source": source,
                "start_us": plan.start_us,
                "end_us": plan.end_us,
                "reason": reason,
                "sha256": made.sha256,
                "size": made.size,
                "pictures": made.pictures,
                "hidden_pictures": made.hidden_pictures,
            }

        self._go(self._finishing(job, work, Path(order.out)))
        return job

    async def clip(self, caller: Caller, target: Target, asked: ClipRequest) -> str:
        """Start making a clip (clips.py): the playable cut, then the package that proves it."""
        reason = required(asked.reason, "bad_reason", "a clip needs a reason, for the log")
        readings = await self._database.read(
            lambda connection: (
                room_readings(connection, asked.session, asked.from_us, asked.to_us)
                if asked.climate
                else []
            )
        )
        plan = clip_plan(asked, readings)
        sources, others = await self._database.read(
            lambda connection: (
                find_sources(connection, target.id, asked.source, plan),
                other_sources(connection, target.id, asked.source),
            )
        )
        wanted = _derivation(caller, target, asked.source, plan, sources, reason)
        disclosure, export = short_id("dc"), short_id("ex")
        disclosed = clip_disclosed(asked, sources, others, wanted.id, caller.name)
        decided = disclosure_body(disclosure, target.case, target.sessions, disclosed, reason)
        decided |= {"by": caller.account_id, "by_name": caller.name}
        cut = await asyncio.to_thread(derive_order, self._store, wanted, "")
        about = {
            "session": asked.session,
            "source": asked.source,
            "start_us": asked.from_us,
            "end_us": asked.to_us,
            "derived": wanted.id,
        }
        order = Order(
            kind="export",
            store=str(self._store),
            sessions=target.sessions,
            out=str(self._store / "exports" / export),
            case=target.about | {"clip": about},
            reason=reason,
            by=caller.name,
            disclosure=disclosure,
        )
        job = await self._begin(caller, target, "clip")

        async def work() -> dict[str, Any]:
            await self._make(job, wanted, cut)
            await self._log.append("disclose.made", decided)
            return about | await self._packed(job, caller, target, order, export)

        self._go(self._finishing(job, work, None))
        return job

    async def check(self, caller: Caller, packages: list[tuple[Path, str]]) -> str:
        """Start checking packages that were brought (path, name in the log); returns the job."""
        order = Order(
            kind="check",
            store=str(self._store),
            sessions=[],
            packages=[str(path) for path, _ in packages],
        )
        target = Target(
            kind="package", id=packages[0][1], case="", sessions=[], about={}, segments=0
        )
        job = await self._begin(caller, target, "check")

        async def work() -> dict[str, Any]:
            result = await self._carry_out(job, self._child, msgspec.json.encode(order))
            for (_, name), report in zip(packages, result["reports"], strict=True):
                body = {"target": name, "verdict": str(report["verdict"]), "by": caller.account_id}
                await self._log.append("verify", body)
            return result

        self._go(self._finishing(job, work, None))
        return job

    async def own(self, caller: Caller, kind: str, target: str, work: Own) -> str:
        """Start work of the centre itself (kind: measure, model), beside the others; its job."""
        target_kind = "model" if kind == "model" else "store"
        about = Target(kind=target_kind, id=target, case="", sessions=[], about={}, segments=0)
        job = await self._begin(caller, about, kind)
        self._go(self._own(job, work))
        return job

    async def _own(self, job: str, work: Own) -> None:
        loop, said = asyncio.get_running_loop(), asyncio.Event()
        reached = 0

        def far(thousandths: int) -> None:
            nonlocal reached
            reached = thousandths
            loop.call_soon_threadsafe(said.set)

        async def report() -> None:
            while True:
                await said.wait()
                said.clear()
                await self._progress(job, min(999, reached))
                await asyncio.sleep(_OWN_S)

        reporting = asyncio.create_task(report())
        try:
            result = await work(far)
        except Rejected as error:
            await end_tasks([reporting])
            await self._finish(job, error={"code": error.code, "detail": error.detail})
            return
        finally:
            await end_tasks([reporting])
        await self._finish(job, result=result)

    async def find(self, job: str) -> JobView:
        """A job by its id, or ``unknown_job``."""
        view = await self._database.read(lambda connection: read_job(connection, job))
        if view is None:
            raise Rejected("unknown_job", "there is no such job")
        return view

    async def _start(self, caller: Caller, target: Target, order: Order, export: str) -> str:
        job = await self._begin(caller, target, order.kind)
        self._go(self._run(job, caller, target, order, export))
        return job

    async def _begin(self, caller: Caller, target: Target, kind: str) -> str:
        """Note a job as running."""
        if not self._accepting:
            raise Rejected("stopping", "the centre is stopping")
        job = short_id("jb")
        await self._database.write(
            lambda writing: writing.execute(
                schema.job.insert().values(
                    id=job,
                    kind=kind,
                    target_kind=target.kind,
                    target=target.id,
                    state="running",
                    by_account=caller.account_id,
                    created_us=self._clock.now_us(),
                )
            )
        )
        await self._told(job)
        return job

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _finishing(
        self, job: str, work: Callable[[], Awaitable[dict[str, Any]]], out: Path | None
    ) -> None:
        """Do the work when a slot is free; what it made goes when it did not end well."""
        made = False
        try:
            async with self._slots:
                result = await work()
            made = True
        except Rejected as error:
            await self._finish(job, error={"code": error.code, "detail": error.detail})
            return
        finally:
            if not made and out is not None:
                await asyncio.shield(asyncio.to_thread(out.unlink, missing_ok=True))
        await self._finish(job, result=result)

    async def _run(
        self, job: str, caller: Caller, target: Target, order: Order, export: str
    ) -> None:
        try:
            async with self._slots:
                if order.kind == "export" and self._settle is not None:
                    await self._settle()
                data = msgspec.json.encode(order)
                result = await self._carry_out(job, self._child, data)
            if order.kind == "export":
                result = await self._record_export(job, caller, target, order, export, result)
            else:
                await self._log.append(
                    "verify",
                    {
                        "target": target.id,
                        "verdict": str(result["verdict"]),
                        "by": caller.account_id,
                    },
                )
        except Rejected as error:
            if order.out:
                await asyncio.to_thread(shutil.rmtree, order.out, ignore_errors=True)
            await self._finish(job, error={"code": error.code, "detail": error.detail})
            return
        await self._finish(job, result=result)

    async def _make(self, job: str, wanted: Derivation, order: RedactionOrder) -> Redacted:
        """Have a copy made, and its entry in the log."""
        done = await self._carry_out(job, DERIVE_CHILD, msgspec.json.encode(order))
        made = msgspec.convert(done, Redacted)
        await self._log.append("derived.made", derived_body(wanted, self._first_origin, made))
        return made

    async def _packed(
        self, job: str, caller: Caller, target: Target, order: Order, export: str
    ) -> dict[str, Any]:
        """Have a package made and recorded; whatever ends this early, no package is left."""
        if self._settle is not None:
            await self._settle()
        packed = False
        try:
            found = await self._carry_out(job, self._child, msgspec.json.encode(order))
            result = await self._record_export(job, caller, target, order, export, found)
            packed = True
        finally:
            if not packed:
                gone = asyncio.to_thread(shutil.rmtree, order.out, ignore_errors=True)
                await asyncio.shield(gone)
        return result

    async def _carry_out(self, job: str, child: tuple[str, ...], order: bytes) -> dict[str, Any]:
        """Run the child to its end, or kill it."""
        process = await asyncio.create_subprocess_exec(
            *child,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(order + b"\n")
            process.stdin.close()
            async for text in process.stdout:
                line = msgspec.json.decode(text, type=Line)
                if line.progress is not None:
                    await self._progress(job, line.progress)
                elif line.error is not None:
                    raise Rejected(line.error["code"], line.error["detail"])
                elif line.result is not None:
                    return line.result
        except (msgspec.MsgspecError, ValueError, ConnectionError) as error:
            raise Rejected("job_failed", f"its answer cannot be read: {error}") from error
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
        raise Rejected("job_failed", f"the process ended with status {process.returncode}")

    async def _record_export(
        self,
        job: str,
        caller: Caller,
        target: Target,
        order: Order,
        export: str,
        result: dict[str, Any],
    ) -> dict[str, Any]:
        disclosure = {"disclosure": order.disclosure} if order.disclosure else {}
        await self._log.append(
            "export",
            {
                **disclosure,
                "export": export,
                target.kind: target.id,
                "reason": order.reason,
                "by": caller.account_id,
                "by_name": caller.name,
                "size": result["tree_size"],
                "root": result["root"],
                "sha256": result["sha256"],
                "verdict": result["verdict"],
            },
        )
        row = {
            "id": export,
            "job_id": job,
            "case_id": target.case,
            "directory": str(Path(order.out).relative_to(self._store)),
            "file_name": f"{target.id}-{export}.zip",
            "reason": order.reason,
            "size_bytes": result["size"],
            "files": result["files"],
            "verdict": result["verdict"],
            "created_us": self._clock.now_us(),
        }
        await self._database.write(
            lambda writing: writing.execute(schema.export.insert().values(**row))
        )
        return {
            "export": export,
            "size": result["size"],
            "files": result["files"],
            "verdict": result["verdict"],
            "sha256": result["sha256"],
            "disclosure": order.disclosure,
            "report": result["report"],
        }

    async def _progress(self, job: str, progress: int) -> None:
        await self._update(job, {"progress": progress})

    async def _finish(
        self, job: str, *, result: dict[str, Any] | None = None, error: dict[str, str] | None = None
    ) -> None:
        values: dict[str, Any] = {"finished_us": self._clock.now_us()}
        if error is not None:
            values |= {"state": "failed", "error": msgspec.json.encode(error).decode()}
        else:
            values |= {
                "state": "done",
                "progress": 1000,
                "result": msgspec.json.encode(result).decode(),
            }
        await self._update(job, values)

    async def _update(self, job: str, values: dict[str, Any]) -> None:
        table = schema.job
        await self._database.write(
            lambda writing: writing.execute(update(table).where(table.c.id == job).values(**values))
        )
        await self._told(job)

    async def _told(self, job: str) -> None:
        found = await self._database.read(lambda connection: read_item(connection, job))
        if found is not None:
            account, item = found
            self._tell(account, item, item.state != "running")


def _derivation(
    caller: Caller, target: Target, source: str, plan: RedactionPlan, sources: Sources, reason: str
) -> Derivation:
    return Derivation(
        id=short_id("dv"),
        case=target.case,
        session=target.id,
        source=source,
        plan=plan,
        sources=sources,
        reason=reason,
        by=caller.account_id,
        by_name=caller.name,
    )


def read_job(connection: Connection, job: str) -> JobView | None:
    """A job by its id."""
    table = schema.job
    row = connection.execute(select(table).where(table.c.id == job)).one_or_none()
    if row is None:
        return None
    return JobView(
        id=row.id,
        kind=row.kind,
        state=row.state,
        progress=row.progress,
        result=msgspec.json.decode(row.result) if row.result else None,
        error=msgspec.json.decode(row.error) if row.error else None,
        by=row.by_account,
    )


def find_export(connection: Connection, export: str) -> Row[Any]:
    """The row of an export, or ``unknown_export``."""
    table = schema.export
    row = connection.execute(select(table).where(table.c.id == export)).one_or_none()
    if row is None:
        raise Rejected("unknown_export", "there is no such export")
    return row


def _abandon(writing: Writing, now_us: int) -> None:
    error = {"code": "stopped", "detail": "the centre was stopped; start it again"}
    table = schema.job
    writing.execute(
        update(table)
        .where(table.c.state == "running")
        .values(state="failed", error=msgspec.json.encode(error).decode(), finished_us=now_us)
    )
