"""Words the recogniser should know: of a case, and further ones of a single session.

Neither ever enters a log: its entry holds the digest and how many terms there are. What cannot be
recognised as a term (a single syllable is a part of other words everywhere, and a term has its
longest) is not kept, and named back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from command_centre.comparison.lexicon import CaseLexicon
from command_centre.comparison.views import PointDetail
from command_centre.db import schema
from command_centre.db.database import Writing
from command_centre.desk.cases import require_case
from command_centre.desk.views import View
from command_centre.errors import Rejected
from transcription.hearing_plan import vocabulary_digest

TERMS_MAX = 2000
TERM_CHARACTERS_MAX = 40
#: As ``transcription.terms``: what a term has of syllables and words.
_TOKENS_MAX = 32
_TOKEN = re.compile(r"[A-Za-z][A-Za-z'’]*|\w")


class VocabularyView(View, frozen=True):
    """What the transcriber should know of a case: ``terms`` as kept, ``from_file`` by itself."""

    version: int
    terms: list[str]
    from_file: list[str]
    left_out: tuple[str, ...] = ()  # of the request: the recogniser cannot take them


class SessionVocabularyView(View, frozen=True):
    """What it should know in one session beside the vocabulary of its case."""

    version: int
    terms: list[str]
    left_out: tuple[str, ...] = ()


class VocabularyRequest(View, frozen=True):
    """The whole list anew."""

    terms: list[str]

    def __repr__(self) -> str:
        return "VocabularyRequest()"


class SessionVocabularyRequest(View, frozen=True):
    """The whole list anew; ``base`` is the version it was read at."""

    base: int
    terms: list[str]

    def __repr__(self) -> str:
        return f"SessionVocabularyRequest({self.base})"


def checked(terms: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The terms to keep, and those that cannot be recognised.

    Raises:
        Rejected: ``bad_text``.
    """
    wanted = list(dict.fromkeys(stripped for term in terms if (stripped := term.strip())))
    kept = [term for term in wanted if _recognisable(term)]
    too_long = any(len(term) > TERM_CHARACTERS_MAX for term in wanted)
    unprintable = any(not term.isprintable() for term in wanted)
    if too_long or unprintable or len(kept) > TERMS_MAX:
        raise Rejected(
            "bad_text",
            f"expected at most {TERMS_MAX} terms of 2 to {TERM_CHARACTERS_MAX} characters each",
        )
    return kept, tuple(term for term in wanted if not _recognisable(term))


def _recognisable(term: str) -> bool:
    """Two syllables or words at least, or one word of several Latin letters."""
    tokens = _TOKEN.findall(term)
    whole_word = len(tokens) == 1 and len(tokens[0]) > 1
    return whole_word or 2 <= len(tokens) <= _TOKENS_MAX


def terms_of(connection: Connection, case: str) -> list[str]:
    """All terms of a case, without repeats: those kept for it, then those of its file."""
    view = vocabulary_of(connection, case)
    return list(dict.fromkeys([*view.terms, *view.from_file]))[:TERMS_MAX]


def vocabulary_of(connection: Connection, case: str) -> VocabularyView:
    """What is kept for a case; ``unknown_case``."""
    require_case(connection, case)
    table, person = schema.case_file, schema.person
    row = connection.execute(select(table).where(table.c.id == case)).one()
    people = connection.execute(
        select(person).where(person.c.case_id == case).order_by(person.c.id)
    ).all()
    names = [name for one in people for name in (one.name, one.post, one.name_en)]
    return VocabularyView(
        version=row.vocabulary_version,
        terms=msgspec.json.decode(row.vocabulary, type=list[str]),
        from_file=_plain([*names, row.enterprise, *_lexicon_terms(connection, case)]),
    )


def session_vocabulary(connection: Connection, session: str) -> SessionVocabularyView:
    """What is kept for a session; it must be there."""
    table = schema.session
    row = connection.execute(
        select(table.c.vocabulary, table.c.vocabulary_version).where(table.c.id == session)
    ).one()
    return SessionVocabularyView(
        version=row.vocabulary_version,
        terms=msgspec.json.decode(row.vocabulary, type=list[str]),
    )


def keep(writing: Writing, table: Any, name: str, terms: list[str], version: int) -> None:
    """The terms of a version; dropped where somebody else has made a newer one meanwhile."""
    kept = msgspec.json.encode(terms).decode()
    writing.execute(
        update(table)
        .where(table.c.id == name, table.c.vocabulary_version == version)
        .values(vocabulary=kept)
    )


def _lexicon_terms(connection: Connection, case: str) -> Iterator[str]:
    """What people of the case call people, places and things, and the words of its points."""
    lexicon, point = schema.case_lexicon, schema.point
    content = connection.execute(
        select(lexicon.c.content).where(lexicon.c.case_id == case)
    ).scalar()
    known = msgspec.json.decode(content or "{}", type=CaseLexicon)
    for term in (*known.people, *known.places, *known.equipment):
        yield from (term.id, *term.aliases, *term.en)
    for detail in connection.execute(
        select(point.c.detail).where(point.c.case_id == case).order_by(point.c.position)
    ).scalars():
        words = msgspec.json.decode(detail, type=PointDetail)
        yield from (*words.verbs, *words.items)


def _plain(terms: Iterable[str]) -> list[str]:
    """Each once, without what cannot be spoken of as one term."""
    stripped = (term.strip() for term in terms)
    kept = (term for term in stripped if 1 < len(term) <= TERM_CHARACTERS_MAX)
    return list(dict.fromkeys(kept))


def told(terms: list[str]) -> dict[str, Any]:
    """What an entry says of a vocabulary."""
    digest = vocabulary_digest(terms) or hashlib.sha256(b"").hexdigest()
    return {"sha256": digest, "terms": len(terms)}
