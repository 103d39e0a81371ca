"""What acts on a record share: whose document it is, its pages, and its session's log.

Nothing is decided here but who may look. Typesetting and cryptography run in a thread; nothing
here is in the recorder's way but one small file and its entry.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import msgspec
from sqlalchemy import Row, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.document_file import read_document
from command_centre.desk.follower import Follower
from command_centre.desk.logins import Logins
from command_centre.desk.permissions import Caller
from command_centre.desk.record_contents import Contents
from command_centre.desk.record_header import require_keeper
from command_centre.desk.record_review import RecordReview
from command_centre.desk.record_signing import Signing
from command_centre.desk.record_views import (
    DocumentView,
    document_row,
    document_views,
    known_content,
)
from command_centre.desk.session_log import append_to_session, file_in_session
from command_centre.desk.sessions import read_session
from command_centre.desk.tasks import Turns
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected
from command_centre.record.content import RecordContent
from command_centre.record.errors import FontMissing, RecordError
from command_centre.record.typeset import Place, Typeset, typeset
from config.bus import Bus
from config.clock import Clock
from config.recorder_messages import FileDocument
from config.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

_KEPT = 6  # typeset documents in memory, about 2 MB each


class RecordParts:
    """Owns the turns of documents, their typeset pages and the open keys."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        follower: Follower,
        logins: Logins,
        clock: Clock,
        settings: Settings,
        contents: Contents,
        review: RecordReview,
    ) -> None:
        self._contents = contents
        self._review = review
        self._bus = bus
        self._database = database
        self._follower = follower
        self._logins = logins
        self._clock = clock
        self._settings = settings
        self._turns = Turns()
        self._typeset: OrderedDict[str, Typeset] = OrderedDict()
        self._signing = Signing(settings.store_path, settings.site.unit_name, settings.stamp)

    @property
    def signing(self) -> Signing:
        """The authority and the open keys: one for whatever is signed by hand."""
        return self._signing

    async def document(self, caller: Caller, document: str) -> DocumentView:
        """One document."""
        row = await self._row(caller, document)
        [view] = await self._database.read(lambda connection: document_views(connection, [row]))
        return view

    async def file(self, caller: Caller, document: str, *, signed: bool) -> bytes:
        """The PDF as it was made, or with its signatures."""
        row = await self._row(caller, document)
        path, sha256 = (row.signed_path, row.signed_sha256) if signed else (row.path, row.sha256)
        if not path:
            raise Rejected("unknown_document", "the document is not signed yet")
        return await read_document(
            self._database, self._settings.store_path, row.session_id, path, sha256
        )

    async def _session(self, caller: Caller, session: str) -> SessionSummary:
        summary = await self._summary(session)
        caller.require_room(summary.room)
        return summary

    async def _summary(self, session: str) -> SessionSummary:
        summary = await self._database.read(lambda connection: read_session(connection, session))
        if summary is None:
            raise Rejected("unknown_session", "there is no such session")
        return summary

    async def _kept_row(self, caller: Caller, document: str) -> Row[Any]:
        row = await self._row(caller, document)
        require_keeper(caller, (await self._summary(row.session_id)).kind)
        return row

    async def _row(self, caller: Caller, document: str) -> Row[Any]:
        row = await self._database.read(lambda connection: document_row(connection, document))
        if row is None:
            raise Rejected("unknown_document", "there is no such document")
        caller.require_room(row.room_id)
        return row

    async def _pages(self, row: Row[Any]) -> Typeset:
        known = self._typeset.get(row.id)
        if known is None:
            content, _ = await self._database.read(
                lambda connection: known_content(connection, row.id)
            )
            known = await self._in_thread(typeset, content)
            digests = [hashlib.sha256(page).hexdigest() for page in known.pages]
            stated = [one["bitmap"] for one in msgspec.json.decode(row.page_digests)]
            if digests != stated:
                raise Rejected(
                    "record_replaced",
                    "these pages can only be drawn by the version that made them; make it anew",
                )
            self._keep(row.id, known)
        return known

    def _keep(self, document: str, made: Typeset) -> None:
        self._typeset[document] = made
        self._typeset.move_to_end(document)
        while len(self._typeset) > _KEPT:
            self._typeset.popitem(last=False)

    async def _open_content(self, row: Row[Any]) -> tuple[RecordContent, list[Place]]:
        """The content of a document that may still be signed."""
        if row.signed_us is not None:
            raise Rejected("record_finished", "the document is signed already")
        [view] = await self._database.read(lambda connection: document_views(connection, [row]))
        if view.state == "replaced":
            raise Rejected("record_replaced", "a newer version was made; that one is to be signed")
        return await self._database.read(lambda connection: known_content(connection, row.id))

    async def _on_camera(self, row: Row[Any], *, closed: bool = False) -> None:
        """``closed``: a session that is over will do as well."""
        summary = await self._summary(row.session_id)
        table = schema.pause
        paused = await self._database.read(
            lambda connection: connection.execute(
                select(table.c.tracks).where(
                    table.c.session_id == row.session_id, table.c.end_us.is_(None)
                )
            ).all()
        )
        over = summary.closed_us is not None
        if not closed if over else any("video" in one.tracks for one in paused):
            raise Rejected(
                "not_on_camera", "pages are shown and signed while the session is recorded"
            )

    async def _append(
        self, row: Row[Any], kind: str, body: dict[str, Any], private: dict[str, Any]
    ) -> None:
        now_us = self._clock.now_us()
        key = f"{kind}:{row.id}:{body.get('place', '')}:{body.get('page', 0)}:{now_us}"
        await append_to_session(
            self._bus,
            self._follower,
            key=key,
            kind=kind,
            session=row.session_id,
            room=row.room_id,
            body={**body, **private},
            t_us=now_us,
        )

    async def _file(
        self, summary: SessionSummary, kind: str, name: str, body: dict[str, Any], data: bytes
    ) -> None:
        request = FileDocument(
            key=f"{kind}:{name}",
            kind=kind,
            session=summary.id,
            room=summary.room,
            body=msgspec.json.encode(body),
            t_us=self._clock.now_us(),
            name=name,
            data=data,
        )
        await file_in_session(self._bus, self._follower, request)

    async def _in_thread(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
        try:
            return await asyncio.to_thread(work, *arguments, **named)
        except FontMissing as error:
            raise Rejected("fonts_missing", str(error)) from error
        except RecordError as error:
            raise Rejected("record_failed", str(error)) from error


def require_page(row: Row[Any], page: int) -> None:
    if not 1 <= page <= row.pages:
        raise Rejected("unknown_place", f"the document has pages 1 to {row.pages}")


def page_body(row: Row[Any], page: int) -> dict[str, Any]:
    require_page(row, page)
    digests = msgspec.json.decode(row.page_digests)
    return {"document": row.id, "page": page, **digests[page - 1]}
