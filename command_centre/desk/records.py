"""Records of questioning as acts: text saved, document made, pages shown, signed or refused.

Each act on a document is an entry of the session's log first; tables and views follow from it. A
document is never changed: a correction makes a new version of the text and a new document.

Signing is on camera (公安机关办理刑事案件程序规定 art. 387): pages are shown and signed only
while the session is open and its pictures are not withheld. Typesetting and cryptography run in a
thread; nothing here is in the recorder's way but one small file and its entry.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

import msgspec
from sqlalchemy import Row, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.document_file import read_document
from command_centre.desk.follower import Follower
from command_centre.desk.logins import Logins
from command_centre.desk.permissions import Caller
from command_centre.desk.record_contents import Contents, made_body
from command_centre.desk.record_header import require_keeper
from command_centre.desk.record_opened import record_view
from command_centre.desk.record_review import RecordReview
from command_centre.desk.record_signing import (
    Ink,
    Signing,
    fingerprint_parts,
    ink_of,
    require_outside,
    signed_file,
)
from command_centre.desk.record_text import require_whole, save_text
from command_centre.desk.record_views import (
    DocumentView,
    PageText,
    RecordView,
    document_row,
    document_views,
    documents_of,
    known_content,
    marks_of,
)
from command_centre.desk.session_log import append_to_session, file_in_session
from command_centre.desk.sessions import read_session
from command_centre.desk.tasks import Turns
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected
from command_centre.record.content import Header, Line, RecordContent
from command_centre.record.errors import FontMissing, RecordError
from command_centre.record.fingerprint import Fingerprint
from command_centre.record.page_text import page_blocks
from command_centre.record.strokes import check_strokes
from command_centre.record.typeset import Place, Typeset, typeset
from config.bus import Bus
from config.clock import Clock
from config.recorder_messages import FileDocument
from config.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

REASON_CHARACTERS_MAX = 500
_KEPT = 6  # typeset documents in memory, about 2 MB each
#: A page is not on the screen longer than this without a sign of life of the desk.
_SHOWN_US_MAX = 6 * 3600 * 1_000_000


class Records:
    """One per centre."""

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

    # --- the text -------------------------------------------------------------------------

    async def read(self, caller: Caller, session: str) -> RecordView:
        """The record of a session as it stands."""
        summary = await self._session(caller, session)
        now_us = self._clock.now_us()
        return await self._database.read(
            lambda connection: record_view(connection, summary, now_us)
        )

    async def save(
        self, caller: Caller, session: str, base: int, header: Header, lines: Sequence[Line]
    ) -> RecordView:
        """Save a new version of the text on top of version ``base``."""
        summary = await self._session(caller, session)
        require_keeper(caller, summary.kind)
        by = (caller.account_id, caller.name)
        now_us = self._clock.now_us()
        await self._database.write(
            lambda writing: save_text(
                writing, summary, base=base, header=header, lines=lines, by=by, now_us=now_us
            )
        )
        return await self.read(caller, session)

    # --- the document ---------------------------------------------------------------------

    async def make(
        self, caller: Caller, session: str, version: int, *, steps_seen: bool = False
    ) -> DocumentView:
        """Typeset a version of the text and put it into the session's log.

        Raises:
            Rejected: ``record_changed``, ``bad_record``, ``differences_open``, ``steps_open``
                unless the officer has seen which are, ``fonts_missing``, ``record_failed``, or what
                the recorder says.
        """
        summary = await self._session(caller, session)
        require_keeper(caller, summary.kind)
        async with self._turns.turn(session):
            content, asked = await self._contents.checked(summary, version)
            seen = await self._review.before_making(summary, steps_seen=steps_seen)
            made = await self._in_thread(typeset, content)
            await self._database.write(
                lambda writing: (
                    writing.execute(
                        schema.record_content.insert().values(
                            document_id=content.code,
                            content=msgspec.json.encode(content).decode(),
                            places=msgspec.json.encode(made.places).decode(),
                        )
                    ).rowcount
                )
            )
            body = {**made_body(content, made), **seen, "by_name": caller.name, "requests": asked}
            await self._file(summary, "document.made", f"{content.code}.pdf", body, made.pdf)
            self._keep(content.code, made)
        return await self.document(caller, content.code)

    async def document(self, caller: Caller, document: str) -> DocumentView:
        """One document."""
        row = await self._row(caller, document)
        [view] = await self._database.read(lambda connection: document_views(connection, [row]))
        return view

    async def documents(self, caller: Caller, case: str) -> list[DocumentView]:
        """Documents of a case that the caller may see."""
        found = await self._database.read(lambda connection: documents_of(connection, case=case))
        return [one for one in found if not caller.rooms or one.room in caller.rooms]

    async def page(self, caller: Caller, document: str, page: int) -> bytes:
        """A page as a picture: the one whose digest the log has."""
        row = await self._row(caller, document)
        made = await self._pages(row)
        _require_page(row, page)
        picture: bytes = made.pages[page - 1]
        return picture

    async def page_text(self, caller: Caller, document: str, page: int) -> PageText:
        """The same page as text, with the moments of the recording."""
        row = await self._row(caller, document)
        made = await self._pages(row)
        _require_page(row, page)
        content, _ = await self._database.read(lambda connection: known_content(connection, row.id))
        blocks = await self._in_thread(page_blocks, content, made.texts)
        return PageText(page=page, of=len(blocks), blocks=list(blocks[page - 1]))

    async def page_ink(self, caller: Caller, document: str, page: int) -> str:
        """What is signed on a page so far, drawn to be laid over its picture."""
        row = await self._row(caller, document)
        _require_page(row, page)
        return await self._database.read(lambda connection: ink_of(connection, row.id, page))

    async def file(self, caller: Caller, document: str, *, signed: bool) -> bytes:
        """The PDF as it was made, or with its signatures."""
        row = await self._row(caller, document)
        path, sha256 = (row.signed_path, row.signed_sha256) if signed else (row.path, row.sha256)
        if not path:
            raise Rejected("unknown_document", "the document is not signed yet")
        return await read_document(
            self._database, self._settings.store_path, row.session_id, path, sha256
        )

    # --- reading back and signing ---------------------------------------------------------

    async def shown(
        self,
        caller: Caller,
        document: str,
        page: int,
        *,
        from_us: int,
        to_us: int,
        scrolled_pm: int,
        read_aloud: bool = False,
        large_type: bool = False,
    ) -> DocumentView:
        """A page was on the screen of the person questioned, or an officer read it aloud to them.

        Somebody who reads with difficulty has the record read to them (facts/trade.md, 1.1); what
        was read stands in the log and beside the signature of that page. ``large_type``: what was
        on the screen is the page's text, enlarged.
        """
        row = await self._kept_row(caller, document)
        now_us = self._clock.now_us()
        if not (0 < from_us <= to_us <= now_us + 60_000_000 and to_us - from_us <= _SHOWN_US_MAX):
            raise Rejected("malformed_request", "from_us and to_us are when it was shown")
        await self._on_camera(row)
        body = {
            **_page_body(row, page),
            "signer": "p",
            "from_us": from_us,
            "to_us": to_us,
            "scrolled_pm": max(0, min(1000, scrolled_pm)),
        }
        if read_aloud:
            body["read_aloud"] = True
        if large_type:
            body["large_type"] = True
        await self._append(row, "page.shown", body, {"by": caller.account_id})
        return await self.document(caller, document)

    async def sign(
        self,
        caller: Caller,
        document: str,
        ink: Ink,
        *,
        account: str = "",
        password: str = "",
        address: str = "",
        fingerprint: Fingerprint | None = None,
    ) -> DocumentView:
        """Somebody signed a place by hand; an officer with an account also with their own key."""
        check_strokes(ink.strokes)
        async with self._turns.turn(document):
            row = await self._kept_row(caller, document)
            await self._on_camera(row)
            content, places = await self._open_content(row)
            place = next(
                (one for one in places if (one.key, one.page) == (ink.place, ink.page)), None
            )
            if place is None:
                raise Rejected("unknown_place", "there is no such place to sign")
            signer = next(one for one in content.signers if one.key == place.signer)
            marks = await self._database.read(lambda connection: marks_of(connection, document))
            seen = {one.page for one in marks if one.kind == "shown"}
            if signer.questioned and place.page not in seen:
                raise Rejected("page_not_shown", "show the page before it is signed")
            certificate = "one_time"
            if account:
                if signer.questioned or signer.attends:
                    raise Rejected("wrong_signer", "only officers sign with an account")
                officer = await self._logins.confirm(account, password, address)
                if officer.name != signer.name:
                    raise Rejected("wrong_signer", f"this account is not that of {signer.role}")
                await self._in_thread(
                    self._signing.open_officer,
                    (document, signer.key),
                    officer.account_id,
                    signer.name,
                    password,
                )
                certificate = "officer"
            body = {
                **_page_body(row, place.page),
                "place": place.key,
                "signer": signer.key,
                "role": signer.role,
                "certificate": certificate,
                "points": sum(len(stroke) for stroke in ink.strokes) // 4,
                "pointer": ink.pointer,
                "from_us": ink.from_us,
                "to_us": ink.to_us,
            }
            private: dict[str, Any] = {"name": signer.name, "strokes": ink.strokes}
            if fingerprint is not None:
                said, kept = await fingerprint_parts(place, fingerprint)
                body, private = body | said, private | kept
            await self._append(row, "page.signed", body, private)
        return await self.document(caller, document)

    async def refuse(
        self,
        caller: Caller,
        document: str,
        signer_key: str,
        reason: str,
        witness: str,
        *,
        unable: bool = False,
    ) -> DocumentView:
        """Somebody will not sign: noted with the reason; the record stays valid with the rest.

        ``unable``: they cannot, because they have left or are hurt; they do not refuse. That may
        be noted of whoever had not signed when the session was closed, too.

        Raises:
            Rejected: ``bad_reason``, ``bad_witness``, ``not_on_camera``, ``unknown_place``.
        """
        reason, witness = reason.strip(), witness.strip()
        if not 1 <= len(reason) <= REASON_CHARACTERS_MAX or len(witness) > REASON_CHARACTERS_MAX:
            raise Rejected("bad_reason", "say in the person's words why they do not sign")
        async with self._turns.turn(document):
            row = await self._kept_row(caller, document)
            await self._on_camera(row, closed=unable)
            content, _ = await self._open_content(row)
            signer = next((one for one in content.signers if one.key == signer_key), None)
            if signer is None:
                raise Rejected("unknown_place", "there is no such signer")
            require_outside(content, witness)
            body = {
                "document": document,
                "signer": signer.key,
                "role": signer.role,
                "noted_by": caller.account_id,
                **({"unable": True} if unable else {}),
            }
            private = {
                "name": signer.name,
                "reason": reason,
                "witness": witness,
                "noted_by_name": caller.name,
            }
            await self._append(row, "sign.refused", body, private)
        return await self.document(caller, document)

    async def finish(self, caller: Caller, document: str) -> DocumentView:
        """Put all signatures into the PDF and file it: the entry that closes the circle.

        Raises:
            Rejected: ``record_incomplete`` with who is missing, ``signing_key_gone``, and while
                the session is open, so that it can be put right, ``refusal_unattested``;
                ``signer_arrived`` (``require_whole``).
        """
        async with self._turns.turn(document):
            row = await self._kept_row(caller, document)
            content, places = await self._open_content(row)
            summary = await self._summary(row.session_id)
            is_open = summary.closed_us is None
            await self._database.read(lambda c: require_whole(c, summary, content))
            marks = await self._database.read(lambda connection: marks_of(connection, document))
            made = await self.file(caller, document, signed=False)
            signed, body = await self._in_thread(
                signed_file, self._signing, content, places, marks, made, must_attest=is_open
            )
            await self._file(summary, "document.signed", f"{document}-signed.pdf", body, signed)
            self._signing.forget(document)
        return await self.document(caller, document)

    # --- parts ----------------------------------------------------------------------------

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


def _require_page(row: Row[Any], page: int) -> None:
    if not 1 <= page <= row.pages:
        raise Rejected("unknown_place", f"the document has pages 1 to {row.pages}")


def _page_body(row: Row[Any], page: int) -> dict[str, Any]:
    _require_page(row, page)
    digests = msgspec.json.decode(row.page_digests)
    return {"document": row.id, "page": page, **digests[page - 1]}
