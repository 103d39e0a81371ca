"""Exhibits of a case: pictures and PDF files that are shown to people in its rooms.

A file lies in the store under its digest, written durably before its entry and its row; nothing is
ever written over. What was shown, where and when, are entries of the session (room_acts.py).
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.clock import Clock
from evidence_store.durable import Disk, make_directories, replace_file

EXHIBIT_BYTES_MAX = 20 << 20
TITLE_CHARACTERS_MAX = 80
EXHIBITS_MAX = 500  # of one case
_DIRECTORY = Path("centre/exhibits")
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"%PDF-": "application/pdf",
}


class ExhibitView(View, frozen=True):
    """One exhibit."""

    id: str
    title: str
    mime: str
    size: int
    added_us: int


class ExhibitList(View, frozen=True):
    """Exhibits of a case, in the order they were added."""

    exhibits: list[ExhibitView]


class Exhibits:
    """Used on the event loop."""

    def __init__(self, database: Database, log: CaseLog, clock: Clock, store: Path) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._store = store

    async def of_case(self, case: str) -> ExhibitList:
        """All of a case."""
        table = schema.exhibit
        rows = await self._database.read(
            lambda connection: connection.execute(
                select(table).where(table.c.case_id == case).order_by(table.c.added_us)
            ).all()
        )
        return ExhibitList(exhibits=[_view(row) for row in rows])

    async def add(self, caller: Caller, case: str, title: str, data: bytes) -> ExhibitView:
        """Keep a file as an exhibit.

        Raises:
            Rejected: ``unknown_case``, ``bad_text``, ``bad_exhibit``, ``log_unavailable``.
        """
        title = title.strip()
        if not 1 <= len(title) <= TITLE_CHARACTERS_MAX:
            raise Rejected("bad_text", f"a title has 1 to {TITLE_CHARACTERS_MAX} characters")
        mime = next((mime for magic, mime in _MAGIC.items() if data.startswith(magic)), "")
        if not mime or len(data) > EXHIBIT_BYTES_MAX:
            raise Rejected(
                "bad_exhibit",
                f"an exhibit is a PNG, JPEG or PDF file of at most {EXHIBIT_BYTES_MAX >> 20} MiB",
            )
        known = await self._database.read(
            lambda connection: connection.execute(
                select(schema.case_file.c.id).where(schema.case_file.c.id == case)
            ).scalar()
        )
        if known is None:
            raise Rejected("unknown_case", "there is no such case")
        if len((await self.of_case(case)).exhibits) >= EXHIBITS_MAX:
            raise Rejected("bad_exhibit", f"a case has at most {EXHIBITS_MAX} exhibits")
        sha256 = await asyncio.to_thread(self._keep, data)
        values = {
            "id": short_id("eb"),
            "case_id": case,
            "title": title,
            "mime": mime,
            "sha256": sha256,
            "size_bytes": len(data),
            "by_account": caller.account_id,
            "added_us": self._clock.now_us(),
        }
        body = {
            "case": case,
            "exhibit": values["id"],
            "exhibit_sha256": sha256,
            "exhibit_size": len(data),
            "mime": mime,
            "title": title,
            "by": caller.account_id,
            "by_name": caller.name,
        }
        await self._log.append("exhibit.added", body)

        def insert(writing: Writing) -> None:
            writing.execute(schema.exhibit.insert().values(**values))

        await self._database.write(insert)
        row = await self._row(str(values["id"]))
        return _view(row)

    async def file(self, exhibit: str) -> tuple[bytes, str, str]:
        """Its bytes, type and case.

        Raises:
            Rejected: ``unknown_exhibit``, or ``exhibit_altered`` when the bytes changed.
        """
        row = await self._row(exhibit)
        data = await asyncio.to_thread(self._read, row.sha256)
        return data, row.mime, row.case_id

    async def _row(self, exhibit: str) -> Row[Any]:
        table = schema.exhibit
        row = await self._database.read(
            lambda connection: connection.execute(
                select(table).where(table.c.id == exhibit)
            ).one_or_none()
        )
        if row is None:
            raise Rejected("unknown_exhibit", "there is no such exhibit")
        return row

    def _keep(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._store / _DIRECTORY / sha256
        try:
            if not path.exists():
                disk = Disk()
                make_directories(disk, path.parent)
                replace_file(disk, path, data)
        except OSError as error:
            raise Rejected(
                "log_unavailable", f"it could not be stored: {error.strerror}"
            ) from error
        return sha256

    def _read(self, sha256: str) -> bytes:
        try:
            data = (self._store / _DIRECTORY / sha256).read_bytes()
        except OSError as error:
            raise Rejected("unknown_exhibit", "the file of this exhibit is gone") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Rejected("exhibit_altered", "the file of this exhibit is not what was added")
        return data


def _view(row: Row[Any]) -> ExhibitView:
    return ExhibitView(
        id=row.id, title=row.title, mime=row.mime, size=row.size_bytes, added_us=row.added_us
    )
