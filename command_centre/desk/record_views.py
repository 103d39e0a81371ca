"""Records of questioning as desks see them, read from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.db import schema
from command_centre.desk.english_names import english_people, english_rooms
from command_centre.desk.entries import EntryPerson
from command_centre.desk.record_projection import READ_ALOUD
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.record.attestation import attestation
from command_centre.record.content import Header, Line, RecordContent
from command_centre.record.page_text import Block
from command_centre.record.typeset import Place


class PlaceView(View, frozen=True):
    """A place to sign, and when it was."""

    place: str
    page: int
    signer: str
    role: str
    name: str
    signed_us: int | None = None
    fingerprint: bool = False  # a picture of one stands beside the handwriting
    late: bool = False  # signed when the session was closed
    late_reason: str = ""  # why only then


class Refusal(View, frozen=True):
    """Somebody would not sign, or could not."""

    signer: str
    name: str
    reason: str
    witness: str
    t_us: int
    unable: bool = False


class Correction(View, frozen=True):
    """Somebody attended not as the document says: noted once the session was closed."""

    signer: str
    name: str
    reason: str
    by_name: str
    t_us: int
    log_role: str = ""  # as what the log says they attended; empty: they never did


class DocumentView(View, frozen=True):
    """One document and how far it is."""

    id: str
    session: str
    room: str
    room_name: str
    room_name_en: str
    person_name: str
    person_name_en: str
    version: int
    state: str  # made | signed | refused | replaced
    pages: int
    sha256: str
    size: int
    by_name: str
    made_us: int
    signed_us: int | None
    signed_sha256: str
    signed_size: int
    signatures: int
    places: list[PlaceView]
    shown: list[int]  # pages that were on the screen of the person questioned
    read: list[int]  # of these, pages that an officer read aloud
    refusals: list[Refusal]
    #: Of a refusal by the person questioned: wanted | witness | officers (who attest it by having
    #: signed) | missing (nobody, and the session is closed); empty: nothing is to be attested.
    attestation: str = ""
    corrections: tuple[Correction, ...] = ()
    #: Of a closed session: signers who attended it not as the document says; to be corrected.
    uncorrected: tuple[str, ...] = ()


class SignedNotice(View, frozen=True):
    """A notice of rights that was signed for."""

    id: str
    session: str
    title: str
    title_en: str
    room: str
    room_name: str
    room_name_en: str
    person_name: str
    person_name_en: str
    by_name: str
    signed_us: int
    size: int


class DocumentList(View, frozen=True):
    """Documents of a case, the newest first."""

    documents: list[DocumentView]
    notices: list[SignedNotice]


class EvidencePick(View, frozen=True):
    """Evidence that a finding may name: an exhibit of the case, a mark of the session."""

    text: str  # as it is written into the record
    label: str  # what it shows
    t_us: int = 0  # of a mark


class Microphone(View, frozen=True):
    """From when on the source is the one that heard what was said, until the next."""

    from_us: int
    source: str


class PageText(View, frozen=True):
    """A page as text: the parts of it in the order in which they are read."""

    page: int
    of: int
    blocks: list[Block]


class RecordView(View, frozen=True):
    """The record of a session: the text as it stands, and what was made of it."""

    session: str
    case: str
    room: str
    room_name: str
    room_name_en: str
    person_name: str
    person_name_en: str
    form: str  # questioning | inspection
    open: bool
    version: int  # of the text; 0: not saved yet
    by_name: str
    saved_us: int | None
    drafted_us: int | None  # when the draft was made by itself, after the session closed
    header: Header
    lines: list[Line]
    fresh: list[Line]  # said since the text was saved
    microphones: list[Microphone]  # in order of time: a line is played from the one of its moment
    documents: list[DocumentView]
    evidence: list[EvidencePick]


def documents_of(
    connection: Connection, *, case: str | None = None, session: str | None = None
) -> list[DocumentView]:
    """Documents of a case or of a session, the newest first."""
    table = schema.record_document
    statement = select(table).order_by(table.c.made_us.desc(), table.c.log_index.desc())
    if session is not None:
        statement = statement.where(table.c.session_id == session)
    if case is not None:
        statement = statement.where(table.c.case_id == case)
    return document_views(connection, connection.execute(statement).all())


def open_places(connection: Connection, session: str) -> int:
    """Places of a session's document that nobody has signed yet, nor is said not to sign."""
    waiting = 0
    for one in documents_of(connection, session=session):
        if one.state == "made":
            gone = {refusal.signer for refusal in one.refusals}
            gone |= {correction.signer for correction in one.corrections}
            waiting += sum(p.signed_us is None and p.signer not in gone for p in one.places)
    return waiting


def document_row(connection: Connection, document: str) -> Row[Any] | None:
    """The row of a document."""
    table = schema.record_document
    return connection.execute(select(table).where(table.c.id == document)).one_or_none()


def content_of(connection: Connection, document: str) -> tuple[RecordContent, list[Place]] | None:
    """What a document was typeset from; None when the database was rebuilt without it."""
    table = schema.record_content
    row = connection.execute(select(table).where(table.c.document_id == document)).one_or_none()
    if row is None:
        return None
    content = msgspec.json.decode(row.content, type=RecordContent)
    return content, msgspec.json.decode(row.places, type=list[Place])


def known_content(connection: Connection, document: str) -> tuple[RecordContent, list[Place]]:
    """The same, where a document cannot be shown without it."""
    found = content_of(connection, document)
    if found is None:
        raise Rejected("unknown_document", "the text of this document is not here any more")
    return found


def marks_of(connection: Connection, document: str) -> Sequence[Row[Any]]:
    """Everything that happened to a document, in order."""
    table = schema.record_mark
    return connection.execute(
        select(table).where(table.c.document_id == document).order_by(table.c.log_index)
    ).all()


def document_views(connection: Connection, found: Iterable[Row[Any]]) -> list[DocumentView]:
    """Rows of ``record_document`` as views."""
    rows = list(found)
    table = schema.record_document
    newest: dict[str, int] = defaultdict(int)
    for row in connection.execute(select(table.c.session_id, table.c.log_index)):
        newest[row.session_id] = max(newest[row.session_id], row.log_index)
    sessions = _sessions_of(connection, rows)
    found = list(sessions.values())
    names = _English(
        rooms=english_rooms(connection, (one.room_id for one in found)),
        people=english_people(
            connection, (one.case_id for one in found), (one.person_name for one in found)
        ),
    )
    return [
        _document(connection, row, newest[row.session_id], sessions.get(row.session_id), names)
        for row in rows
    ]


@dataclass(frozen=True)
class _English:
    """English names, where the names of the session are still today's."""

    rooms: dict[tuple[str, str], str]
    people: dict[tuple[str, str], str]


def _sessions_of(connection: Connection, rows: list[Row[Any]]) -> dict[str, Row[Any]]:
    table = schema.session
    asked = select(table).where(table.c.id.in_({row.session_id for row in rows}))
    return {one.id: one for one in connection.execute(asked)}


def _document(
    connection: Connection,
    row: Row[Any],
    newest: int,
    session: Row[Any] | None,
    english: _English,
) -> DocumentView:
    marks = marks_of(connection, row.id)
    refusals = [
        Refusal(
            signer=one.signer,
            name=one.name,
            reason=one.reason,
            witness=one.witness,
            t_us=one.t_us,
            unable=bool(one.unable),
        )
        for one in marks
        if one.kind == "refused"
    ]
    signed = {(one.place, one.page): one for one in marks if one.kind == "signed"}
    return DocumentView(
        id=row.id,
        session=row.session_id,
        room=row.room_id,
        room_name=session.room_name if session else "",
        room_name_en=english.rooms.get((session.room_id, session.room_name), "") if session else "",
        person_name=session.person_name if session else "",
        person_name_en=english.people.get((session.case_id, session.person_name), "")
        if session
        else "",
        version=row.version,
        state=_state(row, refusals, newest),
        pages=row.pages,
        sha256=row.sha256,
        size=row.size_bytes,
        by_name=row.by_name,
        made_us=row.made_us,
        signed_us=row.signed_us,
        signed_sha256=row.signed_sha256,
        signed_size=row.signed_bytes,
        signatures=row.signatures,
        places=_places(connection, row.id, signed),
        shown=sorted({one.page for one in marks if one.kind == "shown"}),
        read=sorted(read_aloud(marks)),
        refusals=refusals,
        attestation=_attestation(connection, row.id, marks, session),
        corrections=_corrections(marks),
        uncorrected=_uncorrected(connection, row, marks, session),
    )


def _attestation(
    connection: Connection, document: str, marks: Sequence[Row[Any]], session: Row[Any] | None
) -> str:
    found = content_of(connection, document)
    if found is None or not any(one.kind == "refused" and one.signer == "p" for one in marks):
        return ""
    content, _ = found
    signed = {one.signer for one in marks if one.kind == "signed" and not one.late}
    state = attestation(content, signed).state(content)
    closed = session is None or session.closed_us is not None
    return "missing" if state == "wanted" and closed else state


def _corrections(marks: Sequence[Row[Any]]) -> tuple[Correction, ...]:
    return tuple(
        Correction(
            signer=one.signer,
            name=one.name,
            reason=one.reason,
            by_name=one.by_name,
            t_us=one.t_us,
            log_role=one.log_role,
        )
        for one in marks
        if one.kind == "corrected"
    )


def _uncorrected(
    connection: Connection, row: Row[Any], marks: Sequence[Row[Any]], session: Row[Any] | None
) -> tuple[str, ...]:
    """What ``record_text.require_whole`` asks for once the session is closed."""
    if session is None or session.closed_us is None or not session.people or row.signed_us:
        return ()
    found = content_of(connection, row.id)
    people = msgspec.json.decode(session.people, type=list[EntryPerson])
    there = {(one.name, one.role) for one in people}
    noted = {one.signer for one in marks if one.kind == "corrected"}
    return tuple(
        one.key
        for one in (found[0].signers if found else [])
        if one.attends and one.key not in noted and (one.name, one.role) not in there
    )


def read_aloud(marks: Sequence[Row[Any]]) -> set[int]:
    """Pages that were read aloud to the person."""
    return {one.page for one in marks if one.kind == "shown" and one.reason == READ_ALOUD}


def _state(row: Row[Any], refusals: list[Refusal], newest: int) -> str:
    if row.signed_us is not None:
        return "refused" if any(one.signer == "p" for one in refusals) else "signed"
    return "made" if row.log_index == newest else "replaced"


def _places(
    connection: Connection, document: str, signed: dict[tuple[str, int], Row[Any]]
) -> list[PlaceView]:
    found = content_of(connection, document)
    if found is None:
        return []
    content, places = found
    signers = {one.key: one for one in content.signers}
    return [
        PlaceView(
            place=place.key,
            page=place.page,
            signer=place.signer,
            role=signers[place.signer].role,
            name=signers[place.signer].name,
            signed_us=mark.t_us if (mark := signed.get((place.key, place.page))) else None,
            fingerprint=bool(mark and mark.fingerprint),
            late=bool(mark and mark.late),
            late_reason=mark.reason if mark and mark.late else "",
        )
        for place in places
        if place.signer in signers
    ]
