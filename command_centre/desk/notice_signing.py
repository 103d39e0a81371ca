"""The notice of rights is signed for, or not: by hand, on the tablet, by who was given it.

A signature is the entry ``notice.signed`` with its document, the words as they were given with the
handwriting in them (PAdES, a key for this one document as in the record of questioning); who will
not or cannot sign is ``notice.unsigned`` with the reason. Both stand in the session's log, behind
what was read and answered. A notice is signed once: the same handwriting again is the same entry,
and after a refusal one may still sign.

The tablet may have had it signed before the session opened, or while the centre was away: the
entry names the times of the handwriting. It says that the notice was received, nothing of what it
says was agreed to. Whether the agency wants it (``[interview] sign_notice``) holds the tablet's
start up, never a recording.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.audit import log_of
from command_centre.desk.cases import case_number
from command_centre.desk.document_file import read_document
from command_centre.desk.english_names import english_people, english_rooms
from command_centre.desk.follower import Follower
from command_centre.desk.kept_notices import notice_named
from command_centre.desk.permissions import Caller
from command_centre.desk.record_contents import log_head
from command_centre.desk.record_header import require_keeper
from command_centre.desk.record_signing import Signing
from command_centre.desk.record_views import SignedNotice
from command_centre.desk.room_acts import (
    GIVEN_BEFORE_US_MAX,
    NoticeView,
    answers_entry,
    notice_of_view,
    notice_view,
    signed_entry,
)
from command_centre.desk.session_log import append_to_session, file_in_session
from command_centre.desk.session_people import ASKING, people_of
from command_centre.desk.tasks import Turns
from command_centre.desk.views import SessionSummary, View
from command_centre.errors import Rejected
from command_centre.record.authority import certificate_sha256
from command_centre.record.content import china_time, new_code, session_number
from command_centre.record.errors import FontMissing, RecordError
from command_centre.record.field_signature import FieldSignature
from command_centre.record.notice_sheet import NoticeContent, notice_sheet
from command_centre.record.strokes import check_strokes, ink_sha256, ink_svg
from command_centre.record.typeset import stamp_pdf, typeset_notice
from config.bus import Bus
from config.clock import Clock
from config.recorder_messages import FileDocument
from config.recorders import place
from config.settings import Settings
from evidence_store.document_account import DocumentHead
from evidence_store.errors import EvidenceError
from evidence_store.reader import LogReader

REFUSED, UNABLE = "refused", "unable"
WHY = (REFUSED, UNABLE)
REASON_CHARACTERS_MAX = 80  # as much as the table of entries keeps
POINTERS = ("pen", "touch", "mouse", "")
_AHEAD_US_MAX = 60 * 1_000_000  # clocks of tablets differ
_SIGNED_US_MAX = 3600 * 1_000_000  # nobody signs for longer
_NOBODY = "被询问人"


class NoticeInk(View, frozen=True):
    """Handwriting under a notice; ``person`` is who the tablet took it from."""

    notice: str  # name of the version that was before them
    strokes: list[list[int]]
    from_us: int
    to_us: int
    person: str = ""
    pointer: str = ""

    def __repr__(self) -> str:
        return "NoticeInk()"


class NoticeUnsigned(View, frozen=True):
    """Not signed: the reason in the person's words or an officer's note, and who attests it."""

    notice: str
    why: str  # refused | unable
    reason: str
    said_us: int
    person: str = ""
    witness: str = ""

    def __repr__(self) -> str:
        return "NoticeUnsigned()"


class NoticeSigning:
    """One per centre; used on the event loop, typesetting and signing in threads."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        follower: Follower,
        clock: Clock,
        settings: Settings,
        signing: Signing,
    ) -> None:
        self._bus = bus
        self._database = database
        self._follower = follower
        self._clock = clock
        self._settings = settings
        self._signing = signing
        self._turns = Turns()

    async def sign(self, caller: Caller, session: SessionSummary, said: NoticeInk) -> NoticeView:
        """The person signed for the notice.

        Raises:
            Rejected: ``bad_strokes``, ``bad_notice``, ``bad_notice_time``, ``notice_unread``,
                ``notice_signed``, ``notice_other_person``, ``notice_other_version``,
                ``session_closed``, ``forbidden``, ``fonts_missing``, ``record_failed``, or the
                recorder refused.
        """
        check_strokes(said.strokes)
        if said.pointer not in POINTERS or not 0 <= said.to_us - said.from_us <= _SIGNED_US_MAX:
            raise Rejected("bad_notice", "expected pen, touch or mouse, from before to, one hour")
        digest = ink_sha256(said.strokes)
        async with self._turns.turn(session.id):
            view = await self._view(caller, session)
            if view.signature and view.signature.ink_sha256 == digest:
                return view
            self._check(session, view, said.notice, said.person, said.to_us)
            content = await self._content(session, view, said.to_us)
            pdf, body = await self._in_thread(content, said)
            body |= {
                **_named(view),
                "ink_sha256": digest,
                "points": sum(len(stroke) for stroke in said.strokes) // 4,
                "pointer": said.pointer,
                "from_us": said.from_us,
                "to_us": said.to_us,
                "by": caller.account_id,
                "name": session.person_name,
                "strokes": said.strokes,
                "by_name": caller.name,
            }
            await self._file(session, content.code, f"{session.id}:{view.name}", body, pdf)
        view = await self._view(caller, session, settled=True)
        if view.signature is None or view.signature.ink_sha256 != digest:
            # another tablet's was there already, which was not heard of in time
            raise Rejected("notice_signed", "this notice is signed already, by another handwriting")
        return view

    async def unsigned(
        self, caller: Caller, session: SessionSummary, said: NoticeUnsigned
    ) -> NoticeView:
        """The person would not or could not sign; the same once more changes nothing.

        Raises:
            Rejected: ``bad_reason``, and as ``sign``.
        """
        reason, witness = said.reason.strip(), said.witness.strip()
        if said.why not in WHY or not 1 <= len(reason) <= REASON_CHARACTERS_MAX:
            raise Rejected(
                "bad_reason",
                f"say {' or '.join(WHY)}, and why in 1 to {REASON_CHARACTERS_MAX} characters",
            )
        if len(witness) > REASON_CHARACTERS_MAX:
            raise Rejected(
                "bad_reason", f"a witness has at most {REASON_CHARACTERS_MAX} characters"
            )
        async with self._turns.turn(session.id):
            view = await self._view(caller, session)
            now = view.signature
            if now and (now.state, now.reason, now.witness) == (said.why, reason, witness):
                return view
            self._check(session, view, said.notice, said.person, said.said_us)
            body = {
                **_named(view),
                "why": said.why,
                "said_us": said.said_us,
                "by": caller.account_id,
                "name": session.person_name,
                "reason": reason,
                "witness": witness,
                "by_name": caller.name,
            }
            await append_to_session(
                self._bus,
                self._follower,
                key=f"notice.unsigned:{session.id}:{said.said_us}",
                kind="notice.unsigned",
                session=session.id,
                room=session.room,
                body=body,
                t_us=self._clock.now_us(),
            )
        return await self._view(caller, session, settled=True)

    async def of_case(self, caller: Caller, case: str) -> list[SignedNotice]:
        """Signed notices of a case that the caller may see, the newest first."""
        found = await self._database.read(lambda connection: _signed_of(connection, case))
        return [one for one in found if not caller.rooms or one.room in caller.rooms]

    async def file(self, session: SessionSummary, document: str = "") -> tuple[bytes, str]:
        """The signed notice of that code as PDF, without one as ``signed_entry``; and its code.

        Raises:
            Rejected: ``unknown_document``: none such is signed; and as ``read_document``.
        """
        found = await self._database.read(
            lambda connection: signed_entry(connection, session, document)
        )
        if found is None:
            raise Rejected("unknown_document", "no such notice of this session is signed")
        body, store = found.body, self._settings.store_path
        data = await read_document(
            self._database, store, session.id, str(body["path"]), str(body["sha256"])
        )
        return data, str(body["document"])

    async def ink(self, session: SessionSummary) -> str:
        """The handwriting as SVG, from the private part of its entry.

        Raises:
            Rejected: ``unknown_document``: not signed, or its private part is here no more.
        """
        found = await self._database.read(lambda connection: signed_entry(connection, session))
        strokes = (
            await asyncio.to_thread(_strokes, self._settings.store_path, found.log_index)
            if found
            else []
        )
        if not strokes:
            raise Rejected("unknown_document", "the notice of this session shows no handwriting")
        return ink_svg(strokes)

    # --- parts ----------------------------------------------------------------------------

    async def _view(
        self, caller: Caller, session: SessionSummary, *, settled: bool = False
    ) -> NoticeView:
        caller.require_room(session.room)
        require_keeper(caller, session.kind)
        view = await self._database.read(lambda connection: notice_view(connection, session))
        if settled and view.signature is None:
            raise Rejected("recorder_slow", "it was recorded but cannot be shown yet")
        return view

    def _check(
        self, session: SessionSummary, view: NoticeView, notice: str, person: str, at_us: int
    ) -> None:
        """Whether the notice of a session may be signed, or noted as not signed."""
        if session.closed_us is not None:
            raise Rejected("session_closed", "this session is sealed")
        if view.signature and view.signature.state == "signed":
            raise Rejected("notice_signed", "this notice is signed already")
        if view.read_us is None or view.answered_us is None:
            raise Rejected("notice_unread", "the notice is given and answered first, then signed")
        if notice != view.name:
            raise Rejected("notice_other_version", f"{view.name} was given in this session")
        if session.person and person != session.person:
            raise Rejected("notice_other_person", "somebody else is questioned in this session")
        earliest_us = session.opened_us - GIVEN_BEFORE_US_MAX
        if not earliest_us <= at_us <= self._clock.now_us() + _AHEAD_US_MAX:
            raise Rejected(
                "bad_notice_time", "expected a time from two hours before the start until now"
            )

    async def _content(
        self, session: SessionSummary, view: NoticeView, signed_us: int
    ) -> NoticeContent:
        number, people, log, answers = await self._database.read(
            lambda connection: (
                case_number(connection, session.id),
                people_of(connection, session),
                log_of(connection, session.id),
                answers_entry(connection, session.id),
            )
        )
        store = self._settings.store_path
        head = await asyncio.to_thread(log_head, store, log)
        note = await asyncio.to_thread(_note, store, answers.log_index) if answers else None
        officers = [one for one in people if one.certificate or one.role in ASKING]
        return NoticeContent(
            code=new_code(),
            session=session.id,
            session_number=session_number(session.opened_us, session.room_name),
            case_number=number,
            agency=self._settings.site.unit_name,
            room=session.room_name,
            name=session.person_name,
            title=view.title,
            title_en=view.title_en,
            lines=[(one.zh, one.en, one.law, one.law_en) for one in view.lines],
            language=view.language,
            how=view.how,
            read_us=view.read_us or 0,
            understood=bool(view.understood),
            recusal=bool(view.recusal),
            interpreter=bool(view.interpreter),
            note=view.note if note is None else note,
            officers=[(one.name, one.certificate) for one in officers],
            signed_us=signed_us,
            head=head,
        )

    async def _in_thread(
        self, content: NoticeContent, said: NoticeInk
    ) -> tuple[bytes, dict[str, Any]]:
        try:
            return await asyncio.to_thread(signed_notice, self._signing, content, said.strokes)
        except FontMissing as error:
            raise Rejected("fonts_missing", str(error)) from error
        except RecordError as error:
            raise Rejected("record_failed", str(error)) from error

    async def _file(
        self, session: SessionSummary, code: str, key: str, body: dict[str, Any], pdf: bytes
    ) -> None:
        request = FileDocument(
            key=f"notice.signed:{key}",
            kind="notice.signed",
            session=session.id,
            room=session.room,
            body=msgspec.json.encode(body),
            t_us=self._clock.now_us(),
            name=f"{code}-notice.pdf",
            data=pdf,
        )
        await file_in_session(self._bus, self._follower, request)


def _signed_of(connection: Connection, case: str) -> list[SignedNotice]:
    entry, session = schema.log_entry, schema.session
    found = connection.execute(
        select(entry.c.summary, session)
        .join(session, session.c.id == entry.c.session_id)
        .where(session.c.case_id == case, entry.c.kind == "notice.signed")
        .order_by(entry.c.log_index.desc())
    ).all()
    rooms = english_rooms(connection, (one.room_id for one in found))
    people = english_people(connection, (case for _ in found), (one.person_name for one in found))
    views = []
    for row in found:
        body = msgspec.json.decode(row.summary)
        notice = notice_named(connection, str(body.get("notice", "")))
        views.append(
            SignedNotice(
                id=str(body.get("document", "")),
                session=row.id,
                title=notice.title if notice else "",
                title_en=notice.title_en if notice else "",
                room=row.room_id,
                room_name=row.room_name,
                room_name_en=rooms.get((row.room_id, row.room_name), ""),
                person_name=row.person_name,
                person_name_en=people.get((case, row.person_name), ""),
                by_name=str(body.get("by_name", "")),
                signed_us=int(body.get("to_us", 0)),
                size=int(body.get("size", 0)),
            )
        )
    return views


def signed_notice(
    signing: Signing, content: NoticeContent, strokes: list[list[int]]
) -> tuple[bytes, dict[str, Any]]:
    """The signed PDF and what its entry says of it; blocking.

    Raises:
        RecordError: it cannot be typeset or signed.
    """
    pdf, where, template = typeset_notice(notice_sheet(content), content.signed_us)
    name = content.name or _NOBODY
    key = signing.authority.one_time(name, content.code)
    field = FieldSignature(
        field="p-notice",
        label=f"{_NOBODY} {content.name} 告知书".replace("  ", " "),
        page=where.page,
        box=where.box,
        appearance=stamp_pdf(
            strokes, where, name=name, time=f"{china_time(content.signed_us):%Y-%m-%d\n%H:%M:%S}"
        ),
        key=key,
        name=name,
        reason=f"{_NOBODY}签收告知书",
    )
    signed, stamped_by = signing.sign(pdf, [field])
    return signed, {
        "document": content.code,
        "type": "notice",
        "head": _head(content.head),
        "template": "notice.typ",
        "template_sha256": template,
        "authority_sha256": signing.authority.sha256,
        "time_stamp": stamped_by,
        "signatures": [
            {
                "field": field.field,
                "page": field.page,
                "certificate": "one_time",
                "certificate_sha256": certificate_sha256(key.certificate),
            }
        ],
    }


def _head(head: DocumentHead) -> dict[str, Any]:
    return {"origin": head.origin, "size": head.size, "root": head.root}


def _named(view: NoticeView) -> dict[str, Any]:
    """Which notice, in which words, in which language."""
    words = notice_of_view(view)
    return {"notice": view.name, "text_sha256": words.sha256, "language": view.language}


def _strokes(store: Path, index: int) -> list[list[int]]:
    """From the log; empty where the private part is gone."""
    try:
        return msgspec.convert(_opened(store, index).get("strokes", []), list[list[int]])
    except (EvidenceError, msgspec.ValidationError, ValueError):
        return []


def _note(store: Path, index: int) -> str | None:
    """The person's own words, whole, from the log; None where the private part is gone.

    A list of entries that an earlier release wrote has only their beginning.
    """
    try:
        found = _opened(store, index).get("note")
    except (EvidenceError, ValueError):
        return None
    return found if isinstance(found, str) else None


def _opened(store: Path, index: int) -> dict[str, Any]:
    """The body of an entry of the log.

    Raises:
        EvidenceError, ValueError: it cannot be read.
    """
    log, at = place(index)
    [line] = LogReader(store / log / "log").opened(at, 1)
    body: dict[str, Any] = msgspec.json.decode(line)["body"]
    return body
