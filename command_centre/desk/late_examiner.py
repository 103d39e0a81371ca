"""Has what was handed over examined, one file at a time, and filed by the recorder.

The examination runs in a process of its own (``recorder.late_worker``), because the file is a
stranger's; it may be killed or die at any moment and begins anew. Filing is the recorder's: this
part only tells it that the examination's manifest is ready. The bytes here are removed once the
recorder has answered that everything is durable. A file that is refused stays until somebody
removes it, so that nothing is lost by a mistake of ours.

When this process stops in the middle, the file is examined again after the start; what was filed
already is recognised by its hash. Bytes that are removed and not filed leave an entry with their
digest (``upload.discarded``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sys
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.case_of import case_of
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.late import Uploads, UploadState
from command_centre.desk.recorder_port import ask
from command_centre.errors import Rejected
from config.bus import Bus
from config.clock import Clock
from config.messages import RECORDER
from config.recorder_messages import FileLate, Receipt
from config.recorders import place
from config.settings import Settings
from recorder.late_order import Candidate, LateLine, LateOrder, Outcome

logger = logging.getLogger(__name__)

WORKER = (sys.executable, "-m", "recorder.late_worker")
#: A file that waits is looked at again after this, and later when looking took long: a large file
#: must not keep a core busy while it waits.
_AGAIN_S = 5.0
_AGAIN_FACTOR = 20
_AGAIN_MOST_S = 600.0
_PROGRESS_S = 0.5
_LONGEST_S = 4 * 3600.0
_FILING_S = 60.0
_LINE_BYTES = 1 << 20
_TRIES = 3
#: Sessions of a room in which a file is looked for, the latest first.
_CANDIDATES = 50


class Examiner:
    """One per centre; used on the event loop. At most one examination runs: they take a core."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        uploads: Uploads,
        log: CaseLog,
        clock: Clock,
        settings: Settings,
        worker: tuple[str, ...] = WORKER,
    ) -> None:
        self._bus = bus
        self._database = database
        self._uploads = uploads
        self._log = log
        self._clock = clock
        self._settings = settings
        self._store = settings.store_path
        self._worker = worker
        self._not_before: dict[str, float] = {}  # waiting uploads, on the loop's clock

    async def run(self) -> None:
        """Examine what has arrived, until cancelled."""
        await self._tidy()
        loop = asyncio.get_running_loop()
        while True:
            self._uploads.arrived.clear()
            rows = await self._database.read(_to_examine)
            open_rows = {row.id for row in rows}
            self._not_before = {k: v for k, v in self._not_before.items() if k in open_rows}
            for row in rows:
                if loop.time() < self._not_before.get(row.id, 0.0):
                    continue
                begun = loop.time()
                await self._examine(row)
                wait_s = max(_AGAIN_S, (loop.time() - begun) * _AGAIN_FACTOR)
                self._not_before[row.id] = loop.time() + min(wait_s, _AGAIN_MOST_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_S):
                    await self._uploads.arrived.wait()

    async def _tidy(self) -> None:
        """The bytes of what was filed when this process stopped."""
        table = schema.upload
        statement = select(table.c.id).where(table.c.state == UploadState.FILED)
        for upload in await self._database.read(
            lambda connection: connection.execute(statement).scalars().all()
        ):
            await asyncio.to_thread(self._uploads.files.remove, upload)

    async def _examine(self, row: Row[Any]) -> None:
        await self._uploads.change(row.id, state=UploadState.EXAMINING, code="", progress=0)
        order = await self._database.read(lambda connection: self._order(connection, row))
        try:
            outcome = await self._carry_out(row.id, order)
            await self._take(row, order, outcome)
        except Rejected as error:
            await self._wait(row, error.code, error.detail)

    def _order(self, connection: Connection, row: Row[Any]) -> LateOrder:
        return LateOrder(
            upload=row.id,
            file=str(self._uploads.files.data(row.id)),
            folder=str(self._uploads.files.folder(row.id) / "parts"),
            source=row.source_id,
            room=row.room_id,
            name=row.filename,
            kind=row.kind,
            sha256_said=row.sha256_said,
            previous_sha256=row.previous_sha256,
            first=bool(row.is_first),
            start_us=row.start_us,
            clock_offset_us=row.clock_offset_us,
            by=row.by_account,
            by_name=row.by_name,
            received_us=msgspec.json.decode(row.result).get("received_us", row.created_us),
            now_us=self._clock.now_us(),
            segment_us=int(self._settings.recorder.segment_seconds * 1_000_000),
            candidates=candidates(connection, self._store, row.room_id, row.session_id),
            keep_free_bytes=self._settings.store.minimum_free_bytes,
        )

    async def _carry_out(self, upload: str, order: LateOrder) -> Outcome:
        """Run the worker to its end, or kill it."""
        process = await asyncio.create_subprocess_exec(
            *self._worker,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        loop = asyncio.get_running_loop()
        told = loop.time()
        try:
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            process.stdin.close()
            async with asyncio.timeout(_LONGEST_S):
                async for text in process.stdout:
                    line = msgspec.json.decode(text, type=LateLine)
                    if line.outcome is not None:
                        return line.outcome
                    if line.progress is not None and loop.time() - told > _PROGRESS_S:
                        told = loop.time()
                        await self._uploads.change(upload, progress=line.progress)
        except TimeoutError:
            detail = "the examination took longer than a file can take"
            return Outcome(state="refused", code="corrupted", detail=detail)
        except (msgspec.MsgspecError, ValueError, ConnectionError) as error:
            raise Rejected("examination_failed", f"its answer cannot be read: {error}") from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            await process.wait()
        if process.returncode is not None and process.returncode < 0:
            detail = f"reading the file ended its reader with signal {-process.returncode}"
            return Outcome(state="refused", code="corrupted", detail=detail)
        raise Rejected("examination_failed", f"it ended with status {process.returncode}")

    async def _take(self, row: Row[Any], order: LateOrder, outcome: Outcome) -> None:
        if outcome.state == "refused":
            await self._refuse(row, outcome)
        elif outcome.state == "waiting":
            await self._wait(row, outcome.code, outcome.detail, outcome)
        elif outcome.state == "filed":
            await self._filed(row, outcome, outcome.code or "already_filed")
        else:
            await self._file(row, order, outcome)

    async def _file(self, row: Row[Any], order: LateOrder, outcome: Outcome) -> None:
        owner = next(one for one in order.candidates if one.session == outcome.session)
        request = FileLate(
            session=outcome.session,
            source=row.source_id,
            room=row.room_id,
            upload=row.id,
            folder=str(Path(order.folder).relative_to(self._store)),
        )
        # Not by session: one sealed long ago is only known by its log.
        several = self._settings.recorder.processes > 1
        service = Path(owner.root).name if several else RECORDER
        await ask(self._bus, "file_late", request, Receipt, timeout_s=_FILING_S, service=service)
        await self._filed(row, outcome, "")

    async def _filed(self, row: Row[Any], outcome: Outcome, code: str) -> None:
        if code and outcome.found.get("same_as") != row.id:  # its bytes are removed and not filed
            body = {**_came(row, outcome), "code": code, "session": outcome.session}
            await self._log.append("upload.discarded", body)
        # Durable in the recorder's log from here on; if we die now, the next examination finds it.
        await self._uploads.change(
            row.id,
            state=UploadState.FILED,
            code=code,
            progress=1000,
            session_id=outcome.session,
            **await self._case_of(outcome.session),
            sha256=outcome.sha256,
            result=_result(row, outcome),
        )
        await asyncio.to_thread(self._uploads.files.remove, row.id)

    async def _case_of(self, session: str) -> dict[str, str]:
        """A file belongs to the case of the session it was found in, as one that names it does."""
        case = await self._database.read(lambda reading: case_of(reading, "session", session))
        return {"case_id": case} if case else {}

    async def _refuse(self, row: Row[Any], outcome: Outcome) -> None:
        await self._log.note("upload.refused", {**_came(row, outcome), "code": outcome.code})
        parts = self._uploads.files.folder(row.id) / "parts"
        await asyncio.to_thread(shutil.rmtree, parts, ignore_errors=True)
        await self._uploads.change(
            row.id,
            state=UploadState.REFUSED,
            code=outcome.code,
            sha256=outcome.sha256,
            result=_result(row, outcome),
        )

    async def _wait(
        self, row: Row[Any], code: str, detail: str, outcome: Outcome | None = None
    ) -> None:
        """Look again later; a worker that fails again and again is given up."""
        outcome = outcome or Outcome(state="waiting", code=code, detail=detail)
        tries = msgspec.json.decode(row.result).get("tries", 0) + (code == "examination_failed")
        if tries >= _TRIES:
            await self._refuse(row, Outcome(state="refused", code=code, detail=detail))
            return
        logger.info("upload %s waits: %s", row.id, code)
        await self._uploads.change(
            row.id,
            state=UploadState.WAITING,
            code=code,
            result=_result(row, outcome, tries=tries),
        )


def _came(row: Row[Any], outcome: Outcome) -> dict[str, Any]:
    """What an entry of the centre's log says of a file that is not filed."""
    came = {"upload": row.id, "source": row.source_id, "sha256": outcome.sha256}
    return {**came, "size": row.length_bytes}


def candidates(connection: Connection, store: Path, room: str, session: str) -> list[Candidate]:
    """The sessions a file of this room may belong to, the latest first."""
    table, entry = schema.session, schema.log_entry
    statement = select(table).where(table.c.room_id == room)
    if session:
        statement = statement.where(table.c.id == session)
    found: list[Candidate] = []
    for row in connection.execute(
        statement.order_by(table.c.opened_us.desc()).limit(_CANDIDATES)
    ).all():
        first = connection.execute(
            select(func.min(entry.c.log_index)).where(entry.c.session_id == row.id)
        ).scalar()
        log, index = place(first or 0)
        found.append(Candidate(row.id, str(store / log), index, row.opened_us, row.closed_us))
    return found


def _to_examine(connection: Connection) -> list[Row[Any]]:
    """What has arrived, the oldest first; what waits comes after what is new."""
    table = schema.upload
    states = (UploadState.RECEIVED, UploadState.EXAMINING, UploadState.WAITING)
    rows = connection.execute(
        select(table).where(table.c.state.in_(states)).order_by(table.c.created_us)
    ).all()
    return sorted(rows, key=lambda row: row.state == UploadState.WAITING)


def _result(row: Row[Any], outcome: Outcome, **more: Any) -> str:
    before = msgspec.json.decode(row.result)
    kept = {name: before[name] for name in ("received_us",) if name in before}
    return msgspec.json.encode({**kept, **outcome.found, "detail": outcome.detail, **more}).decode()
