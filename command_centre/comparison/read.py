"""What the comparison reads of a case from the database: lexicon, device logs, people, points."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from command_centre.comparison.lexicon import (
    CaseLexicon,
    DeviceLog,
    DocumentFact,
    LexiconDocument,
    LexiconTerm,
    name_now,
    plain,
)
from command_centre.db import schema


def read_lexicon(connection: Connection, case: str) -> CaseLexicon:
    """The lexicon as it was set; people the case has and the lexicon lacks are added by name."""
    person = schema.person
    lexicon = kept_lexicon(connection, case)
    known = {term.id for term in lexicon.people}
    missing = [
        LexiconTerm(id=row.name, en=tuple(one for one in (row.name_en,) if one))
        for row in connection.execute(
            select(person.c.name, person.c.name_en)
            .where(person.c.case_id == case, person.c.kind == "party")
            .order_by(person.c.position)
        )
        if row.name and row.name not in known
    ]
    return msgspec.structs.replace(lexicon, people=(*lexicon.people, *missing))


def kept_lexicon(connection: Connection, case: str) -> CaseLexicon:
    """The lexicon as it was set; an empty one before that."""
    table = schema.case_lexicon
    content = connection.execute(select(table.c.content).where(table.c.case_id == case)).scalar()
    return msgspec.json.decode(content, type=CaseLexicon) if content else CaseLexicon()


def read_device_logs(connection: Connection, case: str) -> list[DeviceLog]:
    """What instruments stored about the incident; none that was withdrawn."""
    table = schema.device_log
    mine = (table.c.case_id == case, table.c.withdrawn_us.is_(None))
    found = select(table.c.content).where(*mine).order_by(table.c.device)
    return [
        msgspec.json.decode(content, type=DeviceLog)
        for content in connection.execute(found).scalars()
    ]


def stated_documents(connection: Connection, case: str) -> list[LexiconDocument]:
    """What people entered of documents, as the case file has it; none that was withdrawn."""
    table = schema.document_fact
    mine = (table.c.case_id == case, table.c.withdrawn_us.is_(None))
    found = connection.execute(select(table).where(*mine).order_by(table.c.log_index)).all()
    people = people_by_id(connection, case) if found else {}
    lexicon = kept_lexicon(connection, case) if found else CaseLexicon()
    return [
        LexiconDocument(id=row.document, name=row.name, facts=(stated_fact(row, people, lexicon),))
        for row in found
    ]


def stated_fact(row: Row[Any], people: dict[str, str], lexicon: CaseLexicon) -> DocumentFact:
    """A fact by the names that people, places and equipment of the case have now."""
    value: Any = msgspec.json.decode(row.value)
    known = [str(one) for one in msgspec.json.decode(row.people)]
    if isinstance(value, list) and row.slot in ("where", "with_what"):
        terms = lexicon.places if row.slot == "where" else lexicon.equipment
        value = [name_now(str(name), terms) for name in value]
    elif isinstance(value, list) and len(known) == len(value):
        value = [people.get(one, name) for one, name in zip(known, value, strict=True)]
    return DocumentFact(
        point=row.point_id,
        slot=row.slot,
        value=value,
        unit=row.unit,
        quote=row.quote,
        person=people.get(row.person_id, ""),
    )


def is_stated_of(connection: Connection, case: str, person: str) -> bool:
    """Whether a fact that stands is somebody's statement, or names them."""
    table = schema.document_fact
    mine = (table.c.case_id == case, table.c.withdrawn_us.is_(None))
    found = connection.execute(select(table.c.person_id, table.c.people).where(*mine))
    return any(
        person == row.person_id or person in msgspec.json.decode(row.people) for row in found
    )


def people_by_id(connection: Connection, case: str) -> dict[str, str]:
    """Names of the parties of a case by their ids."""
    table = schema.person
    mine = (table.c.case_id == case, table.c.kind == "party")
    return {row.id: row.name for row in connection.execute(select(table).where(*mine))}


def case_document(connection: Connection, case: str) -> dict[str, Any]:
    """The case as ``transcription.comparison.case_file.case_from_json`` reads it.

    Retired points stay: what was said on them keeps its cell.
    """
    file, point = schema.case_file, schema.point
    row = connection.execute(select(file).where(file.c.id == case)).one()
    lexicon = read_lexicon(connection, case)
    points = []
    for one in connection.execute(
        select(point).where(point.c.case_id == case).order_by(point.c.position)
    ):
        detail = msgspec.json.decode(one.detail)
        detail.pop("question", None)
        detail.pop("question_en", None)
        points.append({"id": one.id, "text": one.text, "en": one.en, **detail})
    return {
        "id": case,
        "incident_date": row.incident_date,
        "people": plain(lexicon.people),
        "places": plain(lexicon.places),
        "equipment": plain(lexicon.equipment),
        "documents": plain([*lexicon.documents, *stated_documents(connection, case)]),
        "points": points,
    }
