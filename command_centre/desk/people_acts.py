"""Acts on the parties of a case: added, put right, taken off.

Each act is an entry of the centre's log first; rows follow (``case_projection``). Sessions keep the
name they were held under; they are the same person's, by id. Somebody is taken off only while
nothing depends on them: no seat, no session, no document of the case about them. Adding them again
undoes it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, or_, select

from command_centre.comparison.book import CaseBook
from command_centre.comparison.lexicon import LexiconTerm, problem_of, with_person
from command_centre.comparison.read import is_stated_of, kept_lexicon
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.case_overview import CaseOverview, read_overview
from command_centre.desk.cases import require_case
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.ids import short_id

PEOPLE_MAX = 200  # of one case
CHARACTERS_MAX = 80  # of a name, a post, a part in the case
_FIELDS = ("name", "name_en", "post", "post_en", "role")


class PersonRequest(View, frozen=True):
    """A party to add to a case."""

    name: str
    name_en: str = ""
    post: str = ""
    role: str = ""
    post_en: str = ""


class PersonChange(View, frozen=True):
    """What a party is from now on; other names (``aliases``) that are not given stay."""

    name: str
    name_en: str = ""
    post: str = ""
    role: str = ""
    post_en: str = ""
    aliases: list[str] | None = None


class PeopleActs:
    """Takes the acts; used on the event loop. One per centre."""

    def __init__(self, database: Database, book: CaseBook) -> None:
        self._database = database
        self._book = book

    async def add(self, caller: Caller, case: str, asked: PersonRequest) -> CaseOverview:
        """Add a party to a case.

        Raises:
            Rejected: ``unknown_case``, ``bad_text``, ``person_known``, ``bad_case``,
                ``log_unavailable``.
        """
        said = _facts(asked)

        def ready(connection: Connection) -> dict[str, Any]:
            require_case(connection, case)
            table = schema.person
            mine = table.c.case_id == case, table.c.kind == "party"
            _require_free_name(connection, case, said["name"], "")
            if len(connection.execute(select(table.c.id).where(*mine)).all()) >= PEOPLE_MAX:
                raise Rejected("bad_case", f"a case has at most {PEOPLE_MAX} people")
            return {"case": case, "person": short_id("p"), **said}

        await self._book.act("person.add", _by(caller), ready)
        return await self._told(case)

    async def change(
        self, caller: Caller, case: str, person: str, asked: PersonChange
    ) -> CaseOverview:
        """Put right what somebody is called and what they are; what was said stays theirs.

        Raises:
            Rejected: ``unknown_person``, ``bad_text``, ``person_known``, ``bad_lexicon``,
                ``log_unavailable``.
        """
        said = _facts(asked)

        def ready(connection: Connection) -> dict[str, Any] | None:
            row = require_person(connection, case, person)
            _require_free_name(connection, case, said["name"], person)
            lexicon = kept_lexicon(connection, case)
            known = next((one for one in lexicon.people if one.id == row.name), None)
            before = list(known.aliases) if known else []
            aliases = before if asked.aliases is None else _aliases(asked.aliases, said["name"])
            if aliases == before and all(row._mapping[key] == said[key] for key in _FIELDS):
                return None
            term = LexiconTerm(id=said["name"], aliases=tuple(aliases), en=_english(said))
            if problem := problem_of(with_person(lexicon, row.name, term, row.name_en)):
                raise Rejected("bad_lexicon", problem)
            return {"case": case, "person": person, **said, "aliases": aliases}

        await self._book.act("person.changed", _by(caller), ready)
        return await self._told(case)

    async def remove(self, caller: Caller, case: str, person: str) -> CaseOverview:
        """Take somebody off a case who was added by mistake.

        Raises:
            Rejected: ``unknown_person``, ``person_seated``, ``person_heard``, ``person_named``,
                ``log_unavailable``.
        """

        def ready(connection: Connection) -> dict[str, Any]:
            row = require_person(connection, case, person)
            _require_alone(connection, case, row)
            return {"case": case, "person": person, "name": row.name}

        await self._book.act("person.removed", _by(caller), ready)
        return await self._told(case)

    async def _told(self, case: str) -> CaseOverview:
        self._book.names_changed(case)
        return await self._database.read(lambda connection: read_overview(connection, case))


def require_person(connection: Connection, case: str, person: str) -> Row[Any]:
    """The row of a party, or ``unknown_person``."""
    table = schema.person
    mine = table.c.case_id == case, table.c.id == person, table.c.kind == "party"
    row = connection.execute(select(table).where(*mine)).one_or_none()
    if row is None:
        raise Rejected("unknown_person", "there is no such person in this case")
    return row


def _facts(asked: PersonRequest | PersonChange) -> dict[str, str]:
    said = {key: str(getattr(asked, key)).strip() for key in _FIELDS}
    if not said["name"] or any(len(value) > CHARACTERS_MAX for value in said.values()):
        raise Rejected("bad_text", f"a name has 1 to {CHARACTERS_MAX} characters")
    return said


def _aliases(said: list[str], name: str) -> list[str]:
    """Without blanks, repeats and the name itself."""
    found = dict.fromkeys(one.strip() for one in said)
    return [one for one in found if one and one != name]


def _english(said: dict[str, str]) -> tuple[str, ...]:
    return (said["name_en"],) if said["name_en"] else ()


def _require_free_name(connection: Connection, case: str, name: str, but: str) -> None:
    table = schema.person
    taken = select(table.c.id).where(
        table.c.case_id == case, table.c.name == name, table.c.id != but, table.c.kind == "party"
    )
    if connection.execute(taken).first() is not None:
        raise Rejected("person_known", "somebody of this name is in the case already")


def _require_alone(connection: Connection, case: str, row: Row[Any]) -> None:
    """Nothing depends on this person."""
    session, cell = schema.session, schema.cell
    if row.room_id:
        raise Rejected("person_seated", "they sit in a room; take them out of it first")
    unnamed = (session.c.person_id == "") & (session.c.person_name == row.name)
    held = select(session.c.id).where(
        session.c.case_id == case, or_(session.c.person_id == row.id, unnamed)
    )
    said = select(cell.c.point_id).where(cell.c.case_id == case, cell.c.person_id == row.id)
    if connection.execute(held).first() or connection.execute(said).first():
        raise Rejected("person_heard", "they were questioned in this case; that stays on file")
    documents = kept_lexicon(connection, case).documents
    of_file = any(fact.person == row.name for one in documents for fact in one.facts)
    if of_file or is_stated_of(connection, case, row.id):
        raise Rejected("person_named", "a document of the case states something about them")


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
