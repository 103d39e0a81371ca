"""Files handed over afterwards: who may, their states, their limits, and when they expire.

An upload goes receiving -> received -> examining -> filed | refused; a file whose time is not
settled yet is waiting and examined again. The bytes are ``late_store``'s work, examining and
filing ``late_examiner``'s. Nothing of an upload is evidence before it is filed: until then rows and
files here may be removed; what is filed lies under ``media/`` and in the recorder's log.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.board import Place
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.late_store import Receiving, UploadFiles
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.clock import Clock
from config.settings import Settings
from config.words import MICROSECONDS

KINDS = ("file", "local-part")
MAX_FILENAME = 200
_RELEASE_S = 5.0  # how long a connection that is being replaced may take to flush
_SWEEP_S = 60.0
#: Uploads of one page.
LISTED = 200
#: Original and filed parts lie side by side until the upload is taken away.
_ROOM_FACTOR = 2


class UploadState(StrEnum):
    """Where an upload stands."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    WAITING = "waiting"  # examined; the time it covers is not settled in the log yet
    EXAMINING = "examining"
    FILED = "filed"
    REFUSED = "refused"


ENDED = (UploadState.FILED, UploadState.REFUSED)


@dataclass(frozen=True)
class Announcement:
    """What a client says of a file before it sends it."""

    length: int
    kind: str
    filename: str
    session: str = ""
    start_us: int | None = None
    clock_offset_us: int = 0
    sha256: str = ""
    previous_sha256: str = ""  # of the part the device finished before it
    first: bool = False  # the device recorded nothing just before it


@dataclass(frozen=True)
class Giver:
    """Who hands it over: an account, or the source itself (``account`` empty)."""

    account: str
    name: str


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as devices and desks see it."""

    id: str
    source: str
    room: str
    session: str
    kind: str
    filename: str
    length: int
    offset: int
    state: str
    code: str
    progress: int  # of the examination, thousandths
    start_us: int | None
    sha256: str
    by_name: str
    created_us: int
    expires_us: int | None  # null: it has arrived
    result: dict[str, Any]


class Uploads:
    """One per centre; used on the event loop."""

    def __init__(
        self, database: Database, log: CaseLog, clock: Clock, settings: Settings, store: Path
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._settings = settings.uploads
        self.files = UploadFiles(store, settings.store.minimum_free_bytes)
        self._turns: dict[str, _Turn] = {}
        self._creating = asyncio.Lock()
        self.arrived = asyncio.Event()  # something to examine; the examiner clears it

    # --- life of one upload -----------------------------------------------------------------

    async def create(self, place: Place, giver: Giver, said: Announcement) -> UploadView:
        """A new upload, durable on return.

        Raises:
            Rejected: ``upload_length``, ``too_many_uploads``, ``disk_full``, ``bad_metadata``.
        """
        if not 1 <= said.length <= self._settings.max_file_bytes:
            raise Rejected(
                "upload_length", f"a file has 1 to {self._settings.max_file_bytes} bytes"
            )
        async with self._creating:
            await self._check_limits(place.source, said)
            upload = short_id("up")
            await asyncio.to_thread(self.files.create, upload)
            now_us = self._clock.now_us()
            values = {
                "id": upload,
                "source_id": place.source,
                "room_id": place.room,
                "case_id": place.case,
                "session_id": said.session,
                "kind": said.kind,
                "filename": said.filename,
                "length_bytes": said.length,
                "start_us": said.start_us,
                "clock_offset_us": said.clock_offset_us,
                "sha256_said": said.sha256,
                "previous_sha256": said.previous_sha256,
                "is_first": int(said.first),
                "by_account": giver.account,
                "by_name": giver.name,
                "state": UploadState.RECEIVING,
                "created_us": now_us,
                "changed_us": now_us,
            }
            await self._database.write(
                lambda writing: writing.execute(schema.upload.insert().values(**values))
            )
        return await self.find(upload)

    async def find(self, upload: str) -> UploadView:
        """An upload by its id, or ``unknown_upload``."""
        row = await self._database.read(lambda connection: _row(connection, upload))
        return await self._view(row)

    async def case_of(self, upload: str) -> str:
        """The case it belongs to; empty: none used the room. Raises ``unknown_upload``."""
        row = await self._database.read(lambda connection: _row(connection, upload))
        return str(row.case_id or "")

    async def latest(
        self,
        case: str | None,
        rooms: frozenset[str],
        only: frozenset[str] | None = None,
        *,
        offset: int = 0,
    ) -> tuple[list[UploadView], bool]:
        """A page of the uploads of a case (or of all, or ``only`` of these), the newest first, and
        whether there are more."""
        table = schema.upload
        statement = select(table)
        if case is not None:
            statement = statement.where(table.c.case_id == case)
        if rooms:
            statement = statement.where(table.c.room_id.in_(rooms))
        if only is not None:
            statement = statement.where(table.c.case_id.in_(only))
        ordered = statement.order_by(table.c.created_us.desc(), table.c.id)
        page = ordered.offset(offset).limit(LISTED + 1)
        rows = await self._database.read(lambda connection: connection.execute(page).all())
        return [await self._view(row) for row in rows[:LISTED]], len(rows) > LISTED

    async def remove(self, upload: str) -> None:
        """Give up an upload that was not filed; one that is filed keeps its row.

        Raises:
            Rejected: ``unknown_upload``, ``upload_busy`` while it is being examined.
        """
        view = await self.find(upload)
        if view.state == UploadState.EXAMINING:
            raise Rejected("upload_busy", "the file is being examined; try again in a moment")
        async with self.writing(upload):
            await self.forget(upload)

    async def forget(self, upload: str) -> None:
        """Remove row and bytes."""
        table = schema.upload
        await self._database.write(
            lambda writing: writing.execute(table.delete().where(table.c.id == upload))
        )
        await asyncio.to_thread(self.files.remove, upload)

    async def change(self, upload: str, **values: Any) -> None:
        """Set columns of an upload."""
        await self._database.write(
            lambda writing: _change(writing, upload, self._clock.now_us(), values)
        )

    # --- receiving --------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def writing(self, upload: str) -> AsyncIterator[_Turn]:
        """The one connection that may write. A newer one asks the older to let go.

        A phone that changed networks comes back while its old connection still looks alive.

        Raises:
            Rejected: ``upload_busy`` when the older does not let go in time.
        """
        await self.release(upload)
        turn = self._turns[upload] = _Turn()
        try:
            yield turn
        finally:
            turn.over.set()
            if self._turns.get(upload) is turn:
                del self._turns[upload]

    async def release(self, upload: str) -> None:
        """Ask whoever writes to flush and let go, and wait for that.

        Raises:
            Rejected: ``upload_busy``.
        """
        turn = self._turns.get(upload)
        if turn is None:
            return
        turn.let_go.set()
        try:
            async with asyncio.timeout(_RELEASE_S):
                await turn.over.wait()
        except TimeoutError as error:
            raise Rejected("upload_busy", "another connection writes; try again soon") from error
        if upload in self._turns:
            raise Rejected("upload_busy", "another connection writes; try again soon")

    async def open(self, upload: str) -> Receiving:
        """Go on writing."""
        return await asyncio.to_thread(self.files.open, upload)

    async def complete(self, upload: str) -> None:
        """All bytes are durable; the examiner takes over."""
        received = msgspec.json.encode({"received_us": self._clock.now_us()}).decode()
        await self.change(upload, state=UploadState.RECEIVED, result=received)
        self.arrived.set()

    # --- expiry -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Remove what expired, until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(_SWEEP_S)

    async def sweep(self) -> None:
        """Remove unfinished uploads that nobody goes on with, and say so in the centre's log."""
        before_us = self._clock.now_us() - self._lifetime_us
        table = schema.upload
        statement = select(table).where(
            table.c.state == UploadState.RECEIVING, table.c.changed_us < before_us
        )
        for row in await self._database.read(
            lambda connection: connection.execute(statement).all()
        ):
            if row.id in self._turns:
                continue
            body = {"upload": row.id, "source": row.source_id, "size": row.length_bytes}
            await self._log.note("upload.expired", body)
            await self.forget(row.id)

    @property
    def _lifetime_us(self) -> int:
        return int(self._settings.expire_hours * 3600 * MICROSECONDS)

    async def _check_limits(self, source: str, said: Announcement) -> None:
        table = schema.upload
        unfinished = select(table.c.source_id, table.c.id, table.c.length_bytes).where(
            table.c.state == UploadState.RECEIVING
        )
        rows = await self._database.read(lambda connection: connection.execute(unfinished).all())
        own = sum(1 for row in rows if row.source_id == source)
        most, mine = self._settings.max_open, self._settings.max_open_per_source
        if len(rows) >= most or own >= mine:
            raise Rejected(
                "too_many_uploads",
                f"at most {most} unfinished uploads, {mine} of one source; finish or remove some",
            )
        announced = sum(row.length_bytes for row in rows) + said.length * _ROOM_FACTOR
        await asyncio.to_thread(self.files.check_room, announced)

    async def _view(self, row: Row[Any]) -> UploadView:
        receiving = row.state == UploadState.RECEIVING
        offset = row.length_bytes
        if receiving:
            offset = await asyncio.to_thread(self.files.offset, row.id)
        return UploadView(
            id=row.id,
            source=row.source_id,
            room=row.room_id,
            session=row.session_id,
            kind=row.kind,
            filename=row.filename,
            length=row.length_bytes,
            offset=offset,
            state=row.state,
            code=row.code,
            progress=row.progress,
            start_us=row.start_us,
            sha256=row.sha256,
            by_name=row.by_name,
            created_us=row.created_us,
            expires_us=row.changed_us + self._lifetime_us if receiving else None,
            result=msgspec.json.decode(row.result),
        )


class _Turn:
    """One connection's right to write."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.over = asyncio.Event()


def _row(connection: Connection, upload: str) -> Row[Any]:
    table = schema.upload
    row = connection.execute(select(table).where(table.c.id == upload)).one_or_none()
    if row is None:
        raise Rejected("unknown_upload", "there is no such upload")
    return row


def _change(writing: Writing, upload: str, now_us: int, values: dict[str, Any]) -> None:
    table = schema.upload
    writing.execute(
        update(table).where(table.c.id == upload).values(**{"changed_us": now_us, **values})
    )
