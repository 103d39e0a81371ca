"""What documents of a case state, entered by people in the middle of it.

A document is an exhibit, a record, one of the case file, or one named by hand.
What it states of a point is a fact with its quote. Entering and withdrawing it are entries of the
centre's log first (``fact.stated``, ``fact.withdrawn``), and nothing is ever replaced: another
value is another fact. The value is read as the engine reads testimony (``comparison.stated``),
shown, and kept only as it was shown. Facts of the case file stay what they are (``lexicon``).
What a record states is for who may read the record: nobody bound to other rooms is given it.
Whether a document says what somebody typed is not checked: the quote is there to be compared.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from command_centre.comparison.book import CaseBook, find_point
from command_centre.comparison.lexicon import CaseLexicon, DocumentFact, LexiconDocument
from command_centre.comparison.read import (
    case_document,
    kept_lexicon,
    people_by_id,
    stated_fact,
)
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.cases import require_case
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id
from transcription.comparison.case_file import case_from_json
from transcription.comparison.model import Case, Slot
from transcription.errors import CaseError

QUOTE_MAX = 500  # characters
NAME_MAX = 80
PAGE_MAX = 40
REASON_MAX = 500
FACTS_MAX = 500  # of one case, withdrawn ones included

EXHIBIT, RECORD, FILE, NAMED = "exhibit", "record", "file", "named"
KINDS = (EXHIBIT, RECORD, FILE, NAMED)

Written = str | int | float | bool | list[str | int | float | None]


class Understood(View, frozen=True):
    """How an entered value is read."""

    value: Written
    unit: str = ""
    unnamed: tuple[str, ...] = ()  # places and things the case has no name for


class ReadRequest(View, frozen=True):
    """A value to be read."""

    slot: str
    entered: str


class FactRequest(View, frozen=True):
    """What a document states, and how its value was shown to whoever keeps it."""

    kind: str
    point: str
    slot: str
    entered: str
    understood: Understood
    quote: str
    document: str = ""  # id of it; of one named by hand nothing
    name: str = ""  # of one named by hand; any other has a name of its own
    page: str = ""
    person: str = ""  # whose statement it is


class FactView(View, frozen=True):
    """One thing a document states."""

    id: str  # empty: of the case file, which is not withdrawn here
    kind: str
    document: str
    name: str  # of a record the code printed on it; pages name it by whom it is of
    point: str
    slot: str
    value: Written
    unit: str
    quote: str
    page: str = ""
    person: str = ""  # id of whose statement it is
    entered: str = ""
    by_name: str = ""
    stated_us: int | None = None
    withdrawn_us: int | None = None
    withdrawn_by: str = ""
    reason: str = ""


class FileDocument(View, frozen=True):
    """A document of the case file, whether anything is stated of it or not."""

    id: str
    name: str


class FactList(View, frozen=True):
    """What documents of a case state, the newest first; those of the case file last."""

    facts: list[FactView]
    documents: list[FileDocument]


class DocumentFacts:
    """Takes the acts; used on the event loop. One per centre."""

    def __init__(self, database: Database, book: CaseBook) -> None:
        self._database = database
        self._book = book

    async def of_case(self, caller: Caller, case: str) -> FactList:
        """All of a case that the caller may see, withdrawn ones too."""
        return await self._database.read(lambda c: _facts(c, caller, case))

    async def read(self, case: str, asked: ReadRequest, today: date) -> Understood:
        """How a value would be kept.

        Raises:
            Rejected: ``unknown_case``, ``bad_fact`` with ``field`` and ``why``.
        """
        slot = _slot(asked.slot)
        return await self._database.read(
            lambda connection: _understood(connection, case, slot, asked.entered, today)
        )

    async def state(self, caller: Caller, case: str, asked: FactRequest, today: date) -> FactView:
        """Keep a fact.

        Raises:
            Rejected: ``unknown_case``, ``unknown_point``, ``unknown_person``, ``unknown_document``,
                ``wrong_room``, ``bad_fact``, ``fact_read_otherwise``, ``fact_known``,
                ``too_many_facts``, ``log_unavailable``.
        """
        slot, said = _slot(asked.slot), _checked(asked)
        fact = short_id("fa")

        def ready(connection: Connection) -> dict[str, Any]:
            read = _understood(connection, case, slot, asked.entered, today)
            if read != asked.understood:
                raise Rejected(
                    "fact_read_otherwise",
                    "the case has other names since; look at how it is read now",
                    understood=msgspec.to_builtins(read),
                )
            body = {
                "case": case,
                "fact": fact,
                **_named(connection, caller, case, asked),
                **said,
                **_concerns(connection, case, asked),
                "slot": str(slot),
                "value": msgspec.json.encode(read.value).decode(),
                "unit": read.unit,
                "people": _people(connection, case, slot, read.value),
            }
            _require_new(connection, body)
            return body

        await self._book.act("fact.stated", _by(caller), ready)
        self._book.names_changed(case)
        return await self._database.read(lambda c: _require(c, caller, case, fact))

    async def withdraw(self, caller: Caller, case: str, fact: str, reason: str) -> FactView:
        """Compare a fact no more; it stays on file. A repeat changes nothing.

        Raises:
            Rejected: ``unknown_fact``, ``wrong_room``, ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any] | None:
            if _require(connection, caller, case, fact).withdrawn_us is not None:
                return None
            return {"case": case, "fact": fact, "reason": reason.strip()[:REASON_MAX]}

        await self._book.act("fact.withdrawn", _by(caller), ready)
        self._book.names_changed(case)
        return await self._database.read(lambda c: _require(c, caller, case, fact))


# --- what was entered -----------------------------------------------------------------------------


def _slot(name: str) -> Slot:
    try:
        return Slot(name)
    except ValueError as error:
        known = ", ".join(Slot)
        raise _bad("slot", "nothing", f"a slot is one of {known}") from error


def _bad(field: str, why: str, detail: str, **extra: object) -> Rejected:
    return Rejected("bad_fact", detail, field=field, why=why, **extra)


def _checked(asked: FactRequest) -> dict[str, str]:
    """Texts as they are kept."""
    quote, page = asked.quote.strip(), asked.page.strip()
    if not 1 <= len(quote) <= QUOTE_MAX:
        raise _bad("quote", "length", f"a quote has 1 to {QUOTE_MAX} characters", most=QUOTE_MAX)
    if len(page) > PAGE_MAX:
        raise _bad("page", "length", f"a place has at most {PAGE_MAX} characters", most=PAGE_MAX)
    return {"entered": asked.entered.strip(), "quote": quote, "page": page}


_EXPECTED = {
    Slot.WHEN: "a time like 2026-05-12 15:20 or 5月12日下午三点, a day, or from one to another",
    Slot.HOW_MANY: "one number with its unit, like 3人 or 1.5米",
    Slot.WHETHER: "yes or no",
    Slot.WHERE: "one or more places",
    Slot.WITH_WHAT: "one or more tools",
}


def _understood(
    connection: Connection, case: str, slot: Slot, entered: str, today: date
) -> Understood:
    # Reading words takes a second to load and is seldom asked for: not at the centre's start.
    from transcription.comparison.stated import NotUnderstood, read_entered

    require_case(connection, case)
    try:
        read = read_entered(slot, entered, _case(connection, case), today)
    except NotUnderstood as error:
        raise _misread(slot, str(error.why), error.said) from error
    except (CaseError, OverflowError) as error:  # no value that a case file could have
        raise _misread(slot, "nothing") from error
    return Understood(value=read.written, unit=read.unit, unnamed=read.unnamed)


def _misread(slot: Slot, why: str, said: str = "") -> Rejected:
    expected = _EXPECTED.get(slot, "people of the case, by the names it knows")
    return _bad("entered", why, f"expected {expected}", said=said)


def _case(connection: Connection, case: str) -> Case:
    """The case with its names; one that cannot be read has none."""
    document = case_document(connection, case)
    try:
        return case_from_json(document)
    except CaseError:
        return Case(id=case, incident=None)


def _people(connection: Connection, case: str, slot: Slot, value: Written) -> str:
    """Who of the case each name of a value is, so that the fact stays about them."""
    if slot not in (Slot.WHO_DID, Slot.WHO_ORDERED, Slot.TO_WHOM) or not isinstance(value, list):
        return "[]"
    ids = {name: person for person, name in people_by_id(connection, case).items()}
    return msgspec.json.encode([ids.get(str(name), "") for name in value]).decode()


# --- what it is about -----------------------------------------------------------------------------


def _concerns(connection: Connection, case: str, asked: FactRequest) -> dict[str, str]:
    if find_point(connection, case, asked.point) is None:
        raise Rejected("unknown_point", "there is no such point in this case")
    if asked.person and asked.person not in people_by_id(connection, case):
        raise Rejected("unknown_person", "there is no such person in this case")
    return {"point": asked.point, "person": asked.person}


def _named(connection: Connection, caller: Caller, case: str, asked: FactRequest) -> dict[str, str]:
    """Which document, by an id that stays, and its own name, whatever the asker calls it."""
    if asked.kind not in KINDS:
        raise _bad("kind", "nothing", f"a document is one of {', '.join(KINDS)}")
    if asked.kind == NAMED:
        name = asked.name.strip()
        if not 1 <= len(name) <= NAME_MAX:
            raise _bad("name", "length", f"a document's name has 1 to {NAME_MAX} characters",
                       most=NAME_MAX)  # fmt: skip
        document = _by_hand(connection, case, name) or short_id("doc")
        return {"kind": asked.kind, "document": document, "name": name}
    found = _own_name(connection, caller, case, asked)
    if found is None:
        raise Rejected("unknown_document", "there is no such document in this case")
    return {"kind": asked.kind, "document": asked.document, "name": found}


def _by_hand(connection: Connection, case: str, name: str) -> str | None:
    """The id that a document of this name has already."""
    table = schema.document_fact
    mine = (table.c.case_id == case, table.c.kind == NAMED, table.c.name == name)
    return connection.execute(select(table.c.document).where(*mine).limit(1)).scalar()


def _own_name(connection: Connection, caller: Caller, case: str, asked: FactRequest) -> str | None:
    """What a document of the case is called; None: there is none."""
    if asked.kind == FILE:
        documents = kept_lexicon(connection, case).documents
        return next((one.name for one in documents if one.id == asked.document), None)
    if asked.kind == EXHIBIT:
        exhibit = schema.exhibit
        mine = (exhibit.c.id == asked.document, exhibit.c.case_id == case)
        return connection.execute(select(exhibit.c.title).where(*mine)).scalar()
    room = _rooms_of_records(connection, case).get(asked.document)
    if room is None:
        return None
    caller.require_room(room)
    return asked.document


def _require_new(connection: Connection, body: dict[str, Any]) -> None:
    table = schema.document_fact
    mine = table.c.case_id == body["case"]
    if (connection.execute(select(func.count()).where(mine)).scalar() or 0) >= FACTS_MAX:
        raise Rejected("too_many_facts", f"a case has at most {FACTS_MAX} facts of documents")
    same = {
        "document": "document", "point_id": "point", "slot": "slot", "value": "value",
        "unit": "unit", "person_id": "person",
    }  # fmt: skip
    twice = [table.c[column] == body[name] for column, name in same.items()]
    stands = table.c.withdrawn_us.is_(None)
    if connection.execute(select(table.c.id).where(mine, stands, *twice)).first():
        raise Rejected("fact_known", "this document states this already")


# --- what is shown --------------------------------------------------------------------------------


def _facts(connection: Connection, caller: Caller, case: str) -> FactList:
    require_case(connection, case)
    table = schema.document_fact
    found = connection.execute(
        select(table).where(table.c.case_id == case).order_by(table.c.log_index.desc())
    )
    lexicon = kept_lexicon(connection, case)
    people = people_by_id(connection, case)
    ids = {name: person for person, name in people.items()}
    rooms = _rooms_of_records(connection, case)
    of_file = [
        _of_file(document, fact, ids) for document in lexicon.documents for fact in document.facts
    ]
    return FactList(
        facts=[
            *(_view(row, people, lexicon) for row in found if _may_see(caller, row, rooms)),
            *of_file,
        ],
        documents=[FileDocument(id=one.id, name=one.name) for one in lexicon.documents],
    )


def _rooms_of_records(connection: Connection, case: str) -> dict[str, str]:
    table = schema.record_document
    found = connection.execute(select(table.c.id, table.c.room_id).where(table.c.case_id == case))
    return {row.id: row.room_id for row in found}


def _may_see(caller: Caller, row: Row[Any], rooms: dict[str, str]) -> bool:
    """Whether it is of no record, or of one whose room is theirs."""
    return not caller.rooms or row.kind != RECORD or rooms.get(row.document) in caller.rooms


def _view(row: Row[Any], people: dict[str, str], lexicon: CaseLexicon) -> FactView:
    fact = stated_fact(row, people, lexicon)
    return FactView(
        id=row.id,
        kind=row.kind,
        document=row.document,
        name=row.name,
        point=row.point_id,
        slot=row.slot,
        value=fact.value,
        unit=row.unit,
        quote=row.quote,
        page=row.page,
        person=row.person_id,
        entered=row.entered,
        by_name=row.by_name,
        stated_us=row.stated_us,
        withdrawn_us=row.withdrawn_us,
        withdrawn_by=row.withdrawn_by,
        reason=row.reason,
    )


def _of_file(document: LexiconDocument, fact: DocumentFact, ids: dict[str, str]) -> FactView:
    return FactView(
        id="",
        kind=FILE,
        document=document.id,
        name=document.name,
        point=fact.point,
        slot=fact.slot,
        value=fact.value,
        unit=fact.unit,
        quote=fact.quote,
        person=ids.get(fact.person, ""),
    )


def _require(connection: Connection, caller: Caller, case: str, fact: str) -> FactView:
    table = schema.document_fact
    row = connection.execute(
        select(table).where(table.c.case_id == case, table.c.id == fact)
    ).one_or_none()
    if row is None:
        raise Rejected("unknown_fact", "nothing like this was entered in this case")
    if not _may_see(caller, row, _rooms_of_records(connection, case)):
        raise Rejected("wrong_room", "your account is bound to another room")
    return _view(row, people_by_id(connection, case), kept_lexicon(connection, case))


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
