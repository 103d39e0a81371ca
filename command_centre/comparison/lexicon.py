"""What people of a case call people, places and things, its documents, stored device values.

It comes with the case file or is set by a manager, as one document whose every version is an entry.
Two people may be called the same (小王): that is accepted and shown, and the engine then takes the
name for neither. Text here is only ever data: it is compared and shown, never run or rendered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from command_centre.comparison.views import Shape
from transcription.comparison.document_file import document_facts
from transcription.errors import CaseError

TERMS_MAX = 500
ALIASES_MAX = 40
NAME_MAX = 60  # characters
DOCUMENTS_MAX = 200
CONTENT_BYTES_MAX = 200_000  # of a lexicon or of one device's log; a payload takes 256 KiB


class LexiconTerm(Shape, frozen=True):
    """A name with everything it is called; ``id`` is the name shown."""

    id: str
    aliases: tuple[str, ...] = ()
    en: tuple[str, ...] = ()


class DocumentFact(Shape, frozen=True):
    """One thing a document states, as ``transcription.comparison.document_file`` reads it."""

    point: str
    slot: str  # of transcription.comparison.model.Slot
    #: By slot: a local time or a day, a number, [low, high] or [low, null], true or false, a name
    #: or names.
    value: str | int | float | bool | list[str | int | float | None]
    unit: str = ""
    words: tuple[str, ...] = ()  # name the act the value is of
    quote: str = ""
    partly: bool = False  # bears a statement out only in part
    person: str = ""  # whose statements it concerns, by name


class LexiconDocument(Shape, frozen=True):
    """A document or exhibit of the case."""

    id: str
    name: str
    date: str = ""
    facts: tuple[DocumentFact, ...] = ()


class CaseLexicon(Shape, frozen=True):
    """The lexicon of a case."""

    people: tuple[LexiconTerm, ...] = ()
    places: tuple[LexiconTerm, ...] = ()
    equipment: tuple[LexiconTerm, ...] = ()
    documents: tuple[LexiconDocument, ...] = ()


class DeviceRow(msgspec.Struct, frozen=True, array_like=True):
    """Values stored at a time; thousandths of their unit."""

    t_us: int
    values: dict[str, int]


class DeviceLog(Shape, frozen=True):
    """What an instrument stored about the incident."""

    device: str
    name: str = ""
    rows: tuple[DeviceRow, ...] = ()


def problem_of(lexicon: CaseLexicon) -> str:
    """Why a lexicon cannot be taken, or nothing."""
    groups = (lexicon.people, lexicon.places, lexicon.equipment)
    if sum(len(group) for group in groups) > TERMS_MAX or len(lexicon.documents) > DOCUMENTS_MAX:
        return f"at most {TERMS_MAX} names and {DOCUMENTS_MAX} documents"
    for group in groups:
        ids = [term.id for term in group]
        if len(set(ids)) != len(ids):
            twice = next(name for name in ids if ids.count(name) > 1)
            return f"{twice} is given twice; tell them apart, for instance by their post"
    for term in (term for group in groups for term in group):
        names = (term.id, *term.aliases, *term.en)
        if len(names) > ALIASES_MAX:
            return f"a name has at most {ALIASES_MAX - 1} other forms"
        if not all(1 <= len(name.strip()) <= NAME_MAX for name in names):
            return f"a name has 1 to {NAME_MAX} characters"
    try:
        document_facts(plain(lexicon.documents))
    except CaseError as error:
        return str(error)
    if len(msgspec.json.encode(lexicon)) > CONTENT_BYTES_MAX:
        return f"the lexicon has at most {CONTENT_BYTES_MAX} bytes"
    return ""


def with_person(
    lexicon: CaseLexicon, name: str, term: LexiconTerm, name_en: str = ""
) -> CaseLexicon:
    """A lexicon in which somebody is called otherwise: ``name`` and ``name_en`` until now.

    Further English forms stay; what documents state of them is stated of the new name. Somebody it
    does not have is added when they have other names.
    """
    known = next((one for one in lexicon.people if one.id == name), None)
    if known is None:
        people = (*lexicon.people, term) if term.aliases else lexicon.people
        return msgspec.structs.replace(lexicon, people=people)
    further = tuple(one for one in known.en if one != name_en and one not in term.en)
    put = msgspec.structs.replace(term, en=(*term.en, *further))
    documents = tuple(_about(one, name, term.id) for one in lexicon.documents)
    people = tuple(put if one.id == name else one for one in lexicon.people)
    return msgspec.structs.replace(lexicon, people=people, documents=documents)


def _about(document: LexiconDocument, name: str, now: str) -> LexiconDocument:
    facts = tuple(
        msgspec.structs.replace(fact, person=now) if fact.person == name else fact
        for fact in document.facts
    )
    return msgspec.structs.replace(document, facts=facts)


def name_now(name: str, terms: Iterable[LexiconTerm]) -> str:
    """What the case calls a place or a thing that had this name; as it is where none or several do.

    Somebody who renames a term leaves the old name among its other names.
    """
    key = name.strip().casefold()
    owners = [
        term.id
        for term in terms
        if key in (one.strip().casefold() for one in (term.id, *term.aliases, *term.en))
    ]
    return owners[0] if len(owners) == 1 else name


def plain(value: Any) -> Any:
    """Shapes as JSON has them: objects, lists, texts and numbers."""
    return msgspec.json.decode(msgspec.json.encode(value))


def clashes(lexicon: CaseLexicon) -> list[tuple[str, tuple[str, ...]]]:
    """Names that mean more than one person, place or thing: the name, and whom it names."""
    owners: dict[str, list[str]] = defaultdict(list)
    for owner, name in _named(lexicon):
        if owner not in owners[name]:
            owners[name].append(owner)
    return [(name, tuple(found)) for name, found in owners.items() if len(found) > 1]


def _named(lexicon: CaseLexicon) -> Iterator[tuple[str, str]]:
    for group in (lexicon.people, lexicon.places, lexicon.equipment):
        for term in group:
            for name in (term.id, *term.aliases, *term.en):
                yield term.id, name.strip().lower()
