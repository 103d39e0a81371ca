"""What may be added to a record once its session is closed, and who it must be said of.

Reads only. Nothing that somebody signed is changed: a later signature fills an empty place, a
correction is a note. The person questioned and who attended sign on camera or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from command_centre.db import schema
from command_centre.desk.record_views import documents_of
from command_centre.desk.session_people import attending_people, people_of
from command_centre.desk.views import SessionSummary
from command_centre.errors import Rejected
from command_centre.record.content import Signer
from command_centre.record.typeset import Place

REASON_CHARACTERS_MAX = 500


def checked_reason(reason: str) -> str:
    """A reason in the words of who gives it.

    Raises:
        Rejected: ``bad_reason``.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= REASON_CHARACTERS_MAX:
        raise Rejected("bad_reason", f"a reason has 1 to {REASON_CHARACTERS_MAX} characters")
    return reason


def require_later(signer: Signer, place: Place, marks: Iterable[Row[Any]]) -> None:
    """Only an empty place of an officer is signed once the session is closed.

    Raises:
        Rejected: ``not_on_camera``, ``place_signed``.
    """
    if signer.questioned or signer.attends:
        raise Rejected("not_on_camera", "only officers sign once the session is closed")
    signed = {(one.place, one.page) for one in marks if one.kind == "signed"}
    if (place.key, place.page) in signed:
        raise Rejected("place_signed", "this place is signed; what is signed stays")


def corrected_keys(marks: Iterable[Row[Any]]) -> frozenset[str]:
    """Signers of a document of whom a correction is noted."""
    return frozenset(one.signer for one in marks if one.kind == "corrected")


def role_in_log(connection: Connection, summary: SessionSummary, signer: Signer) -> str:
    """The other capacity in which the log says somebody attended; empty: they never did.

    Of a name that the log has as the document does, the correction itself says that they never
    did: then nobody of this name has signed in the session, or refused to.

    Raises:
        Rejected: ``attendant_signed``.
    """
    there = {one.name: one.role for one in attending_people(people_of(connection, summary))}
    role = there.get(signer.name, "")
    if role and role != signer.role:
        return role
    if _has_acted(connection, summary.id, signer.name):
        raise Rejected("attendant_signed", "they have signed in this session, or refused to")
    return ""


def _has_acted(connection: Connection, session: str, name: str) -> bool:
    mark, document = schema.record_mark, schema.record_document
    found = connection.execute(
        select(mark.c.log_index)
        .join(document, document.c.id == mark.c.document_id)
        .where(
            document.c.session_id == session,
            mark.c.name == name,
            or_(mark.c.kind == "signed", and_(mark.c.kind == "refused", mark.c.unable == 0)),
        )
        .limit(1)
    )
    return found.scalar() is not None


def require_unsigned(connection: Connection, summary: SessionSummary) -> None:
    """Once the session is closed no other document takes the place of one that they signed.

    The person questioned cannot sign the other one any more.

    Raises:
        Rejected: ``signed_by_person``.
    """
    if summary.closed_us is None:
        return
    documents: Sequence[Any] = documents_of(connection, session=summary.id)
    for one in documents:
        if one.state == "made" and any(
            place.signer == "p" and place.signed_us is not None for place in one.places
        ):
            raise Rejected(
                "signed_by_person", "the person questioned has signed a document; finish that one"
            )
