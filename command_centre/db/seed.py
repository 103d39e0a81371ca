"""Loads a case file in the ``duizhi-demo-story/1`` format: case, people, points, rooms, sources,
and what people and things are called (``seed_lexicon``).

Ids of a case file may be Chinese; ours are slugs, made from the English name or the certificate.
Loading the same file twice changes nothing. Rooms room1, room2 and site get the usual sources.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from sqlalchemy import func, select

from command_centre.comparison.lexicon import CaseLexicon, LexiconDocument, LexiconTerm
from command_centre.comparison.views import PointDetail
from command_centre.db import schema, seed_lexicon
from command_centre.db.database import Database, Writing
from command_centre.errors import SeedError
from config.words import RoomKind, SourceKind, Speaker
from recorder.ingest.rtsp_wire import BadAddress, read_address

FORMAT = "duizhi-demo-story/1"

_BOTH = [Speaker.INTERVIEWER, Speaker.INTERVIEWEE]


class _Case(msgspec.Struct):
    id: str
    number: str
    name: str
    name_en: str
    cause: str
    status: str
    incident_date: str
    opened: str
    places: list[LexiconTerm] = []
    equipment: list[LexiconTerm] = []


class _Enterprise(msgspec.Struct):
    name: str
    name_en: str = ""


class _Person(msgspec.Struct):
    id: str
    post: str = ""
    post_en: str = ""
    role: str = ""
    room: str | None = None
    en: list[str] = []
    aliases: list[str] = []


class _Officer(msgspec.Struct):
    id: str
    cert: str
    duty: str
    room: str | None = None


class _Point(msgspec.Struct):
    id: str
    text: str
    en: str = ""
    topic: str = ""
    event: str = ""
    slots: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    question: str = ""
    question_en: str = ""


class _Room(msgspec.Struct):
    id: str
    name: str
    person: str | None = None


class _Source(msgspec.Struct):
    id: str
    room: str
    name: str
    kind: SourceKind
    name_en: str = ""
    channels: tuple[Speaker, ...] = (Speaker.UNKNOWN,)
    rtsp: str = ""  # where it is pulled from; never with a password


class _Story(msgspec.Struct):
    format: str
    case: _Case
    enterprise: _Enterprise
    people: list[_Person]
    officers: list[_Officer]
    points: list[_Point]
    rooms: list[_Room]
    sources: list[_Source] = []  # besides the usual ones
    mentioned: list[LexiconTerm] = []  # people who are spoken of, not questioned
    exhibits: list[LexiconDocument] = []
    devices: list[seed_lexicon.Device] = []
    readings: list[seed_lexicon.Reading] = []  # stored by instruments, about the incident


def seed_case(database: Database, story: dict[str, Any]) -> str:
    """Load a case file; returns the case's id.

    Raises:
        SeedError: it is of another format, or a key is missing or mistyped.
    """
    case_file = _read(story)
    return database.write_now(lambda writing: _seed(writing, case_file))


def _read(story: dict[str, Any]) -> _Story:
    if story.get("format") != FORMAT:
        raise SeedError(f'a case file has "format": "{FORMAT}", not {story.get("format")!r}')
    try:
        return msgspec.convert(story, _Story)
    except msgspec.ValidationError as error:
        raise SeedError(f"case file: {error}") from error


def _seed(writing: Writing, story: _Story) -> str:
    case = story.case
    known = schema.case_file
    if writing.execute(select(known.c.id).where(known.c.id == case.id)).scalar() is not None:
        return case.id
    writing.execute(
        known.insert().values(
            id=case.id,
            number=case.number,
            name=case.name,
            name_en=case.name_en,
            cause=case.cause,
            status=case.status,
            enterprise=story.enterprise.name,
            enterprise_en=story.enterprise.name_en,
            incident_date=case.incident_date,
            opened=case.opened,
        )
    )
    people = {person.id: slug(person.en[0] if person.en else person.id) for person in story.people}
    _rooms(writing, story, people)
    _people(writing, story, people)
    _sources(writing, story)
    _further_sources(writing, story)
    for position, point in enumerate(sorted(story.points, key=_point_order), start=1):
        writing.execute(
            schema.point.insert().values(
                case_id=case.id,
                id=slug(point.id),
                text=point.text,
                en=point.en,
                position=position,
                detail=msgspec.json.encode(_detail(point)).decode(),
            )
        )
    lexicon = CaseLexicon(
        people=tuple(
            LexiconTerm(id=one.id, aliases=tuple(one.aliases), en=tuple(one.en))
            for one in story.people
        )
        + tuple(story.mentioned),
        places=tuple(case.places),
        equipment=tuple(case.equipment),
        documents=tuple(_with_points(one) for one in story.exhibits),
    )
    seed_lexicon.write_lexicon(writing, case.id, lexicon)
    seed_lexicon.write_device_logs(writing, case.id, story.devices, story.readings)
    return case.id


def _with_points(document: LexiconDocument) -> LexiconDocument:
    """A document whose facts name points by our ids."""
    facts = tuple(msgspec.structs.replace(fact, point=slug(fact.point)) for fact in document.facts)
    return msgspec.structs.replace(document, facts=facts)


def _detail(point: _Point) -> PointDetail:
    return PointDetail(
        topic=point.topic,
        event=point.event,
        slots=point.slots,
        verbs=point.verbs,
        items=point.items,
        synonyms=point.synonyms,
        question=point.question,
        question_en=point.question_en,
    )


def _rooms(writing: Writing, story: _Story, people: dict[str, str]) -> None:
    for position, room in enumerate(story.rooms):
        digits = "".join(re.findall(r"\d+", room.name))
        _room(
            writing,
            id=room.id,
            case_id=story.case.id,
            name=room.name,
            name_en=f"Interview room {digits}".strip(),
            kind=RoomKind.INTERVIEW,
            person_id=people.get(room.person) if room.person else None,
            position=position,
        )
    _room(
        writing,
        id="site",
        case_id=story.case.id,
        name="现场",
        name_en="Site",
        kind=RoomKind.SITE,
        position=len(story.rooms),
    )


def _room(writing: Writing, **values: Any) -> None:
    table = schema.room
    taken = writing.execute(select(table.c.case_id).where(table.c.id == values["id"])).scalar()
    if taken is not None:
        raise SeedError(f"room {values['id']} is used by case {taken}")
    writing.execute(table.insert().values(**values))


def _people(writing: Writing, story: _Story, people: dict[str, str]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": people[person.id],
            "kind": "party",
            "name": person.id,
            "name_en": person.en[0] if person.en else "",
            "post": person.post,
            "post_en": person.post_en,
            "role": person.role,
            "room_id": person.room,
            "duty": "",
            "certificate": "",
        }
        for person in story.people
    ] + [
        {
            "id": slug(officer.cert),
            "kind": "officer",
            "name": officer.id,
            "name_en": "",
            "post": "",
            "post_en": "",
            "role": "",
            "room_id": officer.room,
            "duty": officer.duty,
            "certificate": officer.cert,
        }
        for officer in story.officers
    ]
    for position, row in enumerate(rows):
        writing.execute(
            schema.person.insert().values(case_id=story.case.id, position=position, **row)
        )


def _sources(writing: Writing, story: _Story) -> None:
    sources: list[tuple[str, str, str, str, SourceKind, list[Speaker]]] = [
        (
            f"{room.id}-camera",
            room.id,
            f"{room.name} 摄像机",
            f"Room {position} camera",
            SourceKind.ROOM_CAMERA,
            _BOTH,
        )
        for position, room in enumerate(story.rooms, start=1)
    ]
    unknown = [Speaker.UNKNOWN]
    sources += [
        ("bodycam-02", "site", "记录仪 02", "Body camera 02", SourceKind.BODY_CAMERA, unknown),
        ("drone-01", "site", "无人机 01", "Drone 01", SourceKind.DRONE, unknown),
        ("gas-03", "site", "气体检测仪 03", "Gas detector 03", SourceKind.GAS_DETECTOR, []),
    ]
    for position, (source, room, name, name_en, kind, channels) in enumerate(sources):
        writing.execute(
            schema.source.insert().values(
                id=source,
                room_id=room,
                name=name,
                name_en=name_en,
                kind=kind,
                channels=msgspec.json.encode(channels).decode(),
                position=position,
            )
        )


def _further_sources(writing: Writing, story: _Story) -> None:
    first = writing.execute(select(func.max(schema.source.c.position))).scalar() or 0
    for position, source in enumerate(story.sources, start=first + 1):
        if slug(source.id) != source.id:
            raise SeedError(f"source {source.id!r}: expected lower-case letters, digits, hyphens")
        known = select(schema.room.c.id).where(schema.room.c.id == source.room)
        if writing.execute(known).scalar() is None:
            raise SeedError(f"source {source.id}: there is no room {source.room!r}")
        taken = select(schema.source.c.id).where(schema.source.c.id == source.id)
        if writing.execute(taken).scalar() is not None:
            raise SeedError(f"there is a source {source.id} already")
        writing.execute(
            schema.source.insert().values(
                id=source.id,
                room_id=source.room,
                name=source.name,
                name_en=source.name_en,
                kind=source.kind,
                channels=msgspec.json.encode(source.channels).decode(),
                position=position,
            )
        )
        if source.rtsp:
            _pulled(writing, source)


def _pulled(writing: Writing, source: _Source) -> None:
    try:
        address = read_address(source.rtsp)
    except BadAddress as error:
        raise SeedError(f"source {source.id}: {error}") from error
    if address.user or address.password:
        raise SeedError(
            f"source {source.id}: no name or password in a case file; use duizhi device pull"
        )
    writing.execute(schema.pull.insert().values(source_id=source.id, url=address.url, since_us=0))


def slug(text: str) -> str:
    """Letters, digits and hyphens of a name, lower case.

    Raises:
        SeedError: nothing is left of it.
    """
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40]
    if not made:
        raise SeedError(f"no id can be made from {text!r}; give it an English name")
    return made


def _point_order(point: _Point) -> tuple[int, int]:
    """P1 before P2 before P10."""
    digits = re.sub(r"\D", "", point.id)
    return (0, int(digits)) if digits else (1, 0)
