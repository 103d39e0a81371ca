"""Exhibits of a case: pictures, documents, moments and clips of recordings, maps, for its rooms.

A file lies in the store under its digest, written durably before its entry; the row follows from
the entry (exhibit_projection.py). Nothing is ever written over. Each has a number within its case
that never changes; numbers are given in the book's turn, one after the other. Pages of a PDF are
drawn here, in a process with limits, and kept beside it. What was shown, where and when, are
entries of the session (room_acts.py, exhibit_stage.py).
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select, update

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk import recorded
from command_centre.desk.bounded_child import BoundedChild
from command_centre.desk.exhibit_clips import ExhibitClips
from command_centre.desk.exhibit_files import (
    CLIP,
    EXHIBIT_BYTES_MAX,
    MAP,
    PDF,
    Examined,
    examined,
    png_size,
)
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.clock import Clock
from evidence_store.durable import Disk, make_directories, replace_file

__all__ = ["DIRECTORY", "EXHIBIT_BYTES_MAX", "ExhibitList", "ExhibitView", "Exhibits", "Origin"]

TITLE_CHARACTERS_MAX = 80
EXHIBITS_MAX = 500  # of one case
MAP_DEVICES_MAX = 100
DIRECTORY = Path("centre/exhibits")


class Origin(View, frozen=True):
    """Where a moment or a clip of a recording comes from."""

    session: str = ""
    source: str = ""
    t_us: int = 0  # of the picture, or the first of a clip, on the session's timeline
    segment_sha256: str = ""  # of a clip: over the digests of its segments, a line each
    to_us: int = 0  # of a clip: its end
    segments: int = 0  # of a clip: how many it was made from


class ExhibitView(View, frozen=True):
    """One exhibit."""

    id: str
    title: str
    mime: str
    size: int
    added_us: int
    number: int = 0  # within its case, from 1
    kind: str = "picture"  # picture | document | moment | map | clip
    pages: int = 1
    width: int = 0  # of the picture, or of the first page as it is drawn
    height: int = 0
    sha256: str = ""
    origin: Origin | None = None
    ended: bool = False  # destroyed with the recording it was taken from (retention_exhibits.py)
    by: str = ""  # account id of who added it
    former_titles: tuple[str, ...] = ()  # what it was called before, the first first
    withdrawn_us: int | None = None  # it is shown no more (exhibit_acts.py)
    withdrawn_by: str = ""
    withdrawn_reason: str = ""


class ExhibitList(View, frozen=True):
    """Exhibits of a case, in the order they were added."""

    exhibits: list[ExhibitView]


class MapDevice(View, frozen=True):
    """Where a device was last."""

    name: str
    name_en: str
    lat_e7: int
    lon_e7: int
    accuracy_mm: int
    t_us: int


class MapSheet(View, frozen=True):
    """The content of a map exhibit; WGS 84 in units of 1e-7 degrees."""

    made_us: int
    devices: list[MapDevice]


class Exhibits:
    """Used on the event loop."""

    def __init__(self, database: Database, book: CaseBook, clock: Clock, store: Path) -> None:
        self._database = database
        self._book = book
        self._clock = clock
        self._store = store
        self._pdf = BoundedChild("command_centre.record.pdf_page", "bad_exhibit")
        self._frame = BoundedChild("recorder.frame_at", "no_picture")
        self._clips = ExhibitClips(database, store, store / DIRECTORY / "making")

    async def of_case(self, case: str) -> ExhibitList:
        """All of a case."""
        table = schema.exhibit
        rows = await self._database.read(
            lambda connection: connection.execute(
                select(table).where(table.c.case_id == case).order_by(table.c.number)
            ).all()
        )
        return ExhibitList(exhibits=[await self._seen(row) for row in rows])

    async def find(self, exhibit: str) -> ExhibitView:
        """One exhibit.

        Raises:
            Rejected: ``unknown_exhibit``.
        """
        return await self._seen(await self._row(exhibit))

    async def add(self, caller: Caller, case: str, title: str, data: bytes) -> ExhibitView:
        """Keep a file as an exhibit.

        Raises:
            Rejected: ``unknown_case``, ``bad_text``, ``bad_exhibit``, ``log_unavailable``.
        """
        title = title_of(title)
        found, pages = examined(data), 1
        if found.mime == PDF:
            said, first = await self._pdf.run(data, "1")
            pages = int(said["pages"])
            found = Examined(PDF, *png_size(first))
            await self._keep_page(hashlib.sha256(data).hexdigest(), 1, first)
        kind = "document" if found.mime == PDF else "picture"
        return await self._add(caller, case, title, data, found, kind=kind, pages=pages)

    async def add_moment(
        self, caller: Caller, case: str, session: str, source: str, t_us: int, title: str
    ) -> ExhibitView:
        """Keep the picture a source recorded at a moment as an exhibit.

        Raises:
            Rejected: ``unknown_session``, ``no_segment``, ``segment_altered``, ``segment_sealed``,
                ``no_picture``, ``bad_text``, ``bad_exhibit``, ``log_unavailable``.
        """
        title = title_of(title)
        found = await self._database.read(
            lambda connection: _segment_of(connection, case, session, source, t_us)
        )
        data = await asyncio.to_thread(recorded.read_segment, self._store, found)
        said, picture = await self._frame.run(data, str(max(0, t_us - found.start_us)))
        origin = Origin(
            session=session,
            source=source,
            t_us=found.start_us + int(said["after_us"]),
            segment_sha256=found.sha256,
        )
        size = examined(picture)
        return await self._add(caller, case, title, picture, size, kind="moment", origin=origin)

    async def add_clip(
        self,
        caller: Caller,
        case: str,
        session: str,
        source: str,
        span: tuple[int, int],
        title: str,
    ) -> ExhibitView:
        """Keep a stretch of what a source recorded, of a minute at most, as an exhibit.

        Raises:
            Rejected: as ``ExhibitClips.make``; ``bad_text``, ``bad_exhibit``, ``log_unavailable``.
        """
        title = title_of(title)
        data, found = await self._clips.make(case, session, source, *span, EXHIBIT_BYTES_MAX)
        of = found.of("")
        origin = Origin(
            session=session,
            source=source,
            t_us=span[0],
            segment_sha256=str(of["sha256"]),
            to_us=span[1],
            segments=len(found.rows),
        )
        return await self._add(
            caller, case, title, data, Examined(CLIP), kind="clip", origin=origin
        )

    async def add_map(self, caller: Caller, case: str, title: str) -> ExhibitView:
        """Keep where the devices of the case are now as an exhibit.

        Raises:
            Rejected: ``no_positions``, ``bad_text``, ``bad_exhibit``, ``log_unavailable``.
        """
        title = title_of(title)
        devices = await self._database.read(lambda connection: _positions(connection, case))
        if not devices:
            raise Rejected("no_positions", "no device of this case has said where it is")
        data = msgspec.json.encode(MapSheet(made_us=self._clock.now_us(), devices=devices))
        return await self._add(caller, case, title, data, Examined(MAP, 1600, 1000), kind="map")

    async def _add(
        self,
        caller: Caller,
        case: str,
        title: str,
        data: bytes,
        found: Examined,
        *,
        kind: str,
        pages: int = 1,
        origin: Origin | None = None,
    ) -> ExhibitView:
        await self._database.read(lambda connection: _next_number(connection, case))
        sha256, exhibit = await asyncio.to_thread(self._keep, data), short_id("eb")

        def ready(connection: Connection) -> dict[str, Any]:
            body: dict[str, Any] = {
                "case": case,
                "exhibit": exhibit,
                "exhibit_sha256": sha256,
                "exhibit_size": len(data),
                "mime": found.mime,
                "number": _next_number(connection, case),
                "form": kind,
                "pages": pages,
                "width": found.width,
                "height": found.height,
                "title": title,
            }
            return body | ({"origin": msgspec.to_builtins(origin)} if origin else {})

        by = {"by": caller.account_id, "by_name": caller.name}
        await self._book.act("exhibit.added", by, ready)
        return await self.find(exhibit)

    async def file(self, exhibit: str) -> tuple[bytes, str, str]:
        """Its bytes, type and case.

        Raises:
            Rejected: ``unknown_exhibit``, or ``exhibit_altered`` when the bytes changed.
        """
        row = await self._row(exhibit)
        data = await asyncio.to_thread(self._read, row.sha256)
        return data, row.mime, row.case_id

    async def page(self, exhibit: str, page: int) -> bytes:
        """A page of a document as PNG, the very bytes whose digest ``exhibit.shown`` names.

        Raises:
            Rejected: ``unknown_exhibit``, ``unknown_page``, ``exhibit_altered``, ``bad_exhibit``.
        """
        row = await self._row(exhibit)
        if row.mime != PDF or not 1 <= page <= row.pages:
            raise Rejected("unknown_page", f"it has the pages 1 to {row.pages}")
        path = self._page_path(row.sha256, page)
        kept = await asyncio.to_thread(_bytes_of, path)
        if kept is not None:
            return kept
        data = await asyncio.to_thread(self._read, row.sha256)
        _, drawn = await self._pdf.run(data, str(page))
        await self._keep_page(row.sha256, page, drawn)
        return drawn

    async def picture_sha256(self, view: ExhibitView, page: int) -> str:
        """Digest of what a screen gets to draw."""
        if view.mime != PDF:
            return view.sha256
        return hashlib.sha256(await self.page(view.id, page)).hexdigest()

    async def _seen(self, row: Row[Any]) -> ExhibitView:
        view = _view(await self._counted(row))
        if view.origin is None or (self._store / DIRECTORY / view.sha256).exists():
            return view
        table, session = schema.log_entry, view.origin.session
        over = select(table.c.log_index).where(
            table.c.session_id == session, table.c.kind == "retention.ended"
        )
        ended = await self._database.read(lambda found: found.execute(over).first() is not None)
        return msgspec.structs.replace(view, ended=ended)

    async def _row(self, exhibit: str) -> Row[Any]:
        table = schema.exhibit
        row = await self._database.read(
            lambda connection: connection.execute(
                select(table).where(table.c.id == exhibit)
            ).one_or_none()
        )
        if row is None:
            raise Rejected("unknown_exhibit", "there is no such exhibit")
        return await self._counted(row)

    async def _counted(self, row: Row[Any]) -> Row[Any]:
        """A document added before pages were counted has none yet: they are counted now."""
        if row.mime != PDF or row.pages:
            return row
        try:
            said, first = await self._pdf.run(await asyncio.to_thread(self._read, row.sha256), "1")
        except Rejected:
            return row  # it can still be opened as a file
        width, height = png_size(first)
        values = {"pages": int(said["pages"]), "width": width, "height": height}
        table = schema.exhibit

        def count(writing: Writing) -> None:
            writing.execute(update(table).where(table.c.id == row.id).values(**values))

        await self._database.write(count)
        return await self._database.read(
            lambda connection: connection.execute(select(table).where(table.c.id == row.id)).one()
        )

    def _page_path(self, sha256: str, page: int) -> Path:
        return self._store / DIRECTORY / "pages" / f"{sha256}-{page}.png"

    async def _keep_page(self, sha256: str, page: int, drawn: bytes) -> None:
        await asyncio.to_thread(_write, self._page_path(sha256, page), drawn)

    def _keep(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        _write(self._store / DIRECTORY / sha256, data)
        return sha256

    def _read(self, sha256: str) -> bytes:
        try:
            data = (self._store / DIRECTORY / sha256).read_bytes()
        except OSError as error:
            raise Rejected("unknown_exhibit", "the file of this exhibit is gone") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Rejected("exhibit_altered", "the file of this exhibit is not what was added")
        return data


def title_of(text: str) -> str:
    """A title as it is kept.

    Raises:
        Rejected: ``bad_text``.
    """
    title = text.strip()
    if not 1 <= len(title) <= TITLE_CHARACTERS_MAX:
        raise Rejected("bad_text", f"a title has 1 to {TITLE_CHARACTERS_MAX} characters")
    return title


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None  # not drawn yet, or cleared away: it is drawn again


def _write(path: Path, data: bytes) -> None:
    try:
        if not path.exists():
            disk = Disk()
            make_directories(disk, path.parent)
            replace_file(disk, path, data)
    except OSError as error:
        raise Rejected("log_unavailable", f"it could not be stored: {error.strerror}") from error


def _next_number(connection: Connection, case: str) -> int:
    """The number of the case's next exhibit.

    Raises:
        Rejected: ``unknown_case``, ``bad_exhibit``: there are as many as there can be.
    """
    table, cases = schema.exhibit, schema.case_file
    if connection.execute(select(cases.c.id).where(cases.c.id == case)).scalar() is None:
        raise Rejected("unknown_case", "there is no such case")
    numbers = select(func.count(), func.max(table.c.number)).where(table.c.case_id == case)
    count, last = connection.execute(numbers).one()
    if count >= EXHIBITS_MAX:
        raise Rejected("bad_exhibit", f"a case has at most {EXHIBITS_MAX} exhibits")
    return (last or 0) + 1


def _segment_of(
    connection: Connection, case: str, session: str, source: str, t_us: int
) -> recorded.FoundSegment:
    table = schema.session
    of = connection.execute(select(table.c.case_id).where(table.c.id == session)).scalar()
    if of != case:
        raise Rejected("unknown_session", "there is no such session")
    return recorded.find_segment(connection, session, source, t_us)


def _positions(connection: Connection, case: str) -> list[MapDevice]:
    """The last position of every device of the case."""
    table, source = schema.reading, schema.source
    latest = (
        select(table.c.device, func.max(table.c.t_us).label("t_us"))
        .where(table.c.case_id == case, table.c.position != "")
        .group_by(table.c.device)
        .subquery()
    )
    rows = connection.execute(
        select(table, source.c.name, source.c.name_en)
        .join(latest, (latest.c.device == table.c.device) & (latest.c.t_us == table.c.t_us))
        .outerjoin(source, source.c.id == table.c.device)
        .where(table.c.case_id == case, table.c.position != "")
        .order_by(table.c.device)
        .limit(MAP_DEVICES_MAX)
    ).all()
    found: dict[str, MapDevice] = {}
    for row in rows:
        said = msgspec.json.decode(row.position)
        if not isinstance(said, dict) or "lat_e7" not in said:
            continue
        found[row.device] = MapDevice(
            name=row.name or row.device,
            name_en=row.name_en or "",
            lat_e7=int(said["lat_e7"]),
            lon_e7=int(said["lon_e7"]),
            accuracy_mm=int(said.get("accuracy_mm", 0)),
            t_us=row.t_us,
        )
    return list(found.values())


def _view(row: Row[Any]) -> ExhibitView:
    return ExhibitView(
        id=row.id,
        title=row.title,
        mime=row.mime,
        size=row.size_bytes,
        added_us=row.added_us,
        number=row.number,
        kind=row.kind or ("document" if row.mime == PDF else "picture"),
        pages=row.pages,
        width=row.width,
        height=row.height,
        sha256=row.sha256,
        origin=msgspec.json.decode(row.origin, type=Origin) if row.origin else None,
        by=row.by_account,
        former_titles=msgspec.json.decode(row.former_titles, type=tuple[str, ...]),
        withdrawn_us=row.withdrawn_us,
        withdrawn_by=row.withdrawn_by,
        withdrawn_reason=row.withdrawn_reason,
    )
