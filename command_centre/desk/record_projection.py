"""What the entries of documents mean for the database: see ``projection``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import select, update

from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.entries import Entry, body
from command_centre.desk.projection_case import case_of
from command_centre.desk.session_people import people_text, without


class DocumentMade(msgspec.Struct, frozen=True):
    document: str
    version: int
    pages: int
    page_digests: list[dict[str, str]]
    path: str
    sha256: str
    size: int
    by_name: str = ""


class DocumentSigned(msgspec.Struct, frozen=True):
    document: str
    path: str
    sha256: str
    size: int
    signatures: list[dict[str, Any]] = []


#: What stands beside a page that an officer read aloud to the person.
READ_ALOUD = "read_aloud"


#: A place that is signed later is signed.
_KINDS = {"page.signed_late": "signed"}


class Mark(msgspec.Struct, frozen=True):
    """What happens to a page or a signer of a document; withheld parts are empty."""

    document: str
    page: int = 0
    place: str = ""
    signer: str = ""
    name: str = ""
    certificate: str = ""
    reason: str = ""
    read_aloud: bool = False
    witness: str = ""
    noted_by_name: str = ""
    log_role: str = ""
    unable: bool = False
    strokes: list[list[int]] = []
    fingerprint: str = ""
    fingerprint_mime: str = ""
    from_us: int = 0
    to_us: int = 0


def _made(writing: Writing, entry: Entry) -> None:
    made = body(entry, DocumentMade)
    writing.execute(
        schema.record_document.insert()
        .prefix_with("OR IGNORE")
        .values(
            id=made.document,
            session_id=entry.session,
            case_id=case_of(writing, entry),
            room_id=entry.room,
            version=made.version,
            pages=made.pages,
            page_digests=msgspec.json.encode(made.page_digests).decode(),
            path=made.path,
            sha256=made.sha256,
            size_bytes=made.size,
            by_name=made.by_name,
            made_us=entry.t_us,
            log_index=entry.seq,
        )
    )


def _signed(writing: Writing, entry: Entry) -> None:
    signed = body(entry, DocumentSigned)
    table = schema.record_document
    writing.execute(
        update(table)
        .where(table.c.id == signed.document, table.c.session_id == entry.session)
        .values(
            signed_path=signed.path,
            signed_sha256=signed.sha256,
            signed_bytes=signed.size,
            signatures=len(signed.signatures),
            signed_us=entry.t_us,
            signed_index=entry.seq,
        )
    )


def _mark(writing: Writing, entry: Entry) -> None:
    mark = body(entry, Mark)
    writing.execute(
        schema.record_mark.insert()
        .prefix_with("OR IGNORE")
        .values(
            log_index=entry.seq,
            document_id=mark.document,
            kind=_KINDS.get(entry.kind, entry.kind.rpartition(".")[2]),
            late=int(entry.kind == "page.signed_late"),
            page=mark.page,
            place=mark.place,
            signer=mark.signer,
            name=mark.name,
            certificate=mark.certificate,
            reason=READ_ALOUD if mark.read_aloud else mark.reason,
            witness=mark.witness,
            by_name=mark.noted_by_name,
            log_role=mark.log_role,
            unable=int(mark.unable),
            strokes=msgspec.json.encode(mark.strokes).decode(),
            fingerprint=mark.fingerprint,
            fingerprint_mime=mark.fingerprint_mime,
            from_us=mark.from_us,
            to_us=mark.to_us,
            t_us=entry.t_us,
        )
    )


def _corrected(writing: Writing, entry: Entry) -> None:
    """A name that stood there by mistake is none of the session's people any more."""
    _mark(writing, entry)
    mark = body(entry, Mark)
    if mark.log_role:
        return
    table = schema.session
    mine = table.c.id == entry.session
    people = writing.execute(select(table.c.people).where(mine)).scalar()
    if people:
        now = people_text(without(people, mark.name))
        writing.execute(update(table).where(mine).values(people=now))


STEPS: dict[str, Callable[[Writing, Entry], None]] = {
    "document.made": _made,
    "document.signed": _signed,
    "page.shown": _mark,
    "page.signed": _mark,
    "page.signed_late": _mark,
    "sign.refused": _mark,
    "signer.corrected": _corrected,
}
