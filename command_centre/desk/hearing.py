"""In which language a room is heard and with which vocabulary: acts of people, and the plan.

A session's language is an entry of its log (``transcription.language``); the transcriber reads it
there after a crash, and is told at once by the plan, which is complete and sent again until the
transcriber's status names it. A room that has no open session keeps the language for its next one.
A case's vocabulary never enters a log: its entry holds the digest and how many terms there are.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from command_centre.comparison.book import CaseBook
from command_centre.comparison.lexicon import CaseLexicon
from command_centre.comparison.views import PointDetail
from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.cases import open_session, require_case
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.corrections import spoken
from command_centre.desk.follower import Follower
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import ask
from command_centre.desk.session_log import append_to_session
from command_centre.desk.views import SessionSummary, Utterance, View
from command_centre.desk.watch import Watch
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock
from config.messages import (
    TRANSCRIBER,
    Done,
    HearingPlan,
    LanguageSwitch,
    ModelStatus,
    NamedVoice,
    SessionHearing,
)
from config.words import Speaker
from transcription.hearing_plan import plan_digest, vocabulary_digest

logger = logging.getLogger(__name__)

KIND = "transcription.language"
_NAMEABLE = (Speaker.INTERVIEWER, Speaker.INTERVIEWEE)
TERMS_MAX = 2000
TERM_CHARACTERS_MAX = 40

_LOOK_S = 1.0
_FOLLOW_TIMEOUT_S = 20.0  # a large model's list of words is read for the first plan


class LanguageModelView(View, frozen=True):
    """A language that a session can be heard in."""

    language: str
    name: str  # of the model
    demo: bool


class HearingView(View, frozen=True):
    """How a room is heard, and how it could be."""

    room: str
    session: str  # empty: none is open
    language: str
    languages: list[LanguageModelView]


class LanguageRequest(View, frozen=True):
    """Hear this room in another language from now on."""

    language: str


class SpeakerRequest(View, frozen=True):
    """Who spoke: interviewer or interviewee."""

    speaker: str


class VocabularyView(View, frozen=True):
    """What the transcriber should know of a case: ``terms`` as kept, ``from_file`` by itself."""

    version: int
    terms: list[str]
    from_file: list[str]


class VocabularyRequest(View, frozen=True):
    """The whole list anew."""

    terms: list[str]

    def __repr__(self) -> str:
        return "VocabularyRequest()"


class HearingDesk:
    """One per centre; used on the event loop."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        book: CaseBook,
        log: CaseLog,
        follower: Follower,
        watch: Watch,
        clock: Clock,
    ) -> None:
        self._bus = bus
        self._database = database
        self._book = book
        self._log = log
        self._follower = follower
        self._watch = watch
        self._clock = clock

    async def of_room(self, room: str) -> HearingView:
        """How a room is heard.

        Raises:
            Rejected: ``unknown_room``.
        """
        session, language, _ = await self._database.read(lambda read: _room(read, room))
        models = self._models()
        default = models[0].language if models else ""
        return HearingView(
            room=room,
            session=session.id if session else "",
            language=language or default,
            languages=[
                LanguageModelView(language=one.language, name=one.name, demo=one.demo)
                for one in models
            ],
        )

    async def speak(self, caller: Caller, room: str, language: str) -> HearingView:
        """Hear a room in another language: its open session, or else the next one.

        Raises:
            Rejected: ``unknown_room``, ``wrong_room``, ``unknown_language``, or the recorder
                refused.
        """
        caller.require_room(room)
        session, before, case = await self._database.read(lambda read: _room(read, room))
        models = {one.language: one for one in self._models()}
        if language not in models:
            known = ", ".join(models) or "none: the transcriber does not answer"
            raise Rejected("unknown_language", f"expected one of {known}")
        if session is None:
            body = {"case": case, "room": room, "language": language, "by": caller.account_id}
            await self._log.append("room.language", body)
            await self._database.write(lambda writing: _prepare(writing, room, language))
        elif language != (before or next(iter(models))):
            await self._switch(session, models[language], self._clock.now_us(), caller)
        return await self.of_room(room)

    async def vocabulary(self, case: str) -> VocabularyView:
        """The terms of a case."""
        return await self._database.read(lambda read: _vocabulary(read, case))

    async def set_vocabulary(self, caller: Caller, case: str, terms: list[str]) -> VocabularyView:
        """Replace the list kept for a case.

        Raises:
            Rejected: ``unknown_case``, ``bad_text``, ``log_unavailable``.
        """
        wanted, version = _checked(terms), 0

        def ready(connection: Connection) -> dict[str, Any] | None:
            nonlocal version
            before = _vocabulary(connection, case)
            if wanted == before.terms:
                return None
            version = before.version + 1
            return {
                "case": case,
                "version": version,
                "sha256": vocabulary_digest(wanted) or hashlib.sha256(b"").hexdigest(),
                "terms": len(wanted),
            }

        await self._book.act("case.vocabulary", {"by": caller.account_id}, ready)
        if version:  # the terms are in no log: they are put to the version that the entry has made
            await self._database.write(lambda writing: _keep(writing, case, wanted, version))
        return await self.vocabulary(case)

    async def name_speaker(self, caller: Caller, utterance: str, speaker: str) -> Utterance:
        """Say who spoke a sentence of a mixed microphone; a person may change their mind.

        Raises:
            Rejected: ``unknown_utterance``, ``wrong_room``, ``bad_speaker``, or the recorder
                refused.
        """
        said = await self._database.read(lambda read: spoken(read, utterance))
        caller.require_room(said.room)
        if said.speaker != Speaker.UNKNOWN or speaker not in _NAMEABLE:
            raise Rejected(
                "bad_speaker", "expected interviewer or interviewee, of a mixed microphone"
            )
        if said.named == speaker:
            return said
        await append_to_session(
            self._bus,
            self._follower,
            key=f"utterance.speaker:{utterance}:{short_id('us')}",
            kind="utterance.speaker",
            session=said.session,
            room=said.room,
            body={
                "utterance": utterance,
                "speaker": speaker,
                "by": caller.account_id,
                "by_name": caller.name,
            },
            t_us=self._clock.now_us(),
        )
        return await self._database.read(lambda read: spoken(read, utterance))

    async def run(self) -> None:
        """Keep the transcriber's plan up to date until cancelled."""
        while True:
            advanced = self._follower.next_commit()  # taken before looking
            await self._prepare_opened()
            status = self._watch.transcriber
            plan = await self._database.read(read_plan)
            if status is not None and status.plan != plan_digest(plan):
                await self._send(plan)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await advanced.wait()

    async def _send(self, plan: HearingPlan) -> None:
        try:
            await ask(
                self._bus, "hear", plan, Done, timeout_s=_FOLLOW_TIMEOUT_S, service=TRANSCRIBER
            )
        except Rejected as error:
            logger.info("the transcriber has no plan now: %s", error.code)
            return
        await self._watch.look()

    async def _prepare_opened(self) -> None:
        """Sessions that opened in a room whose language was chosen before."""
        for session, language in await self._database.read(_opened_otherwise):
            model = next((one for one in self._models() if one.language == language), None)
            if model is None:
                continue
            with contextlib.suppress(Rejected):  # tried again at the next look
                await self._switch(session, model, session.opened_us, None)

    async def _switch(
        self, session: SessionSummary, model: ModelStatus, from_us: int, caller: Caller | None
    ) -> None:
        body = {
            "language": model.language,
            "from_us": from_us,
            "model_sha256": model.digest,
            "by": caller.account_id if caller else "",
            "by_name": caller.name if caller else "",
        }
        await append_to_session(
            self._bus,
            self._follower,
            key=f"{KIND}:{session.id}:{from_us}",
            kind=KIND,
            session=session.id,
            room=session.room,
            body=body,
            t_us=self._clock.now_us(),
        )

    def _models(self) -> list[ModelStatus]:
        return self._watch.transcriber.models if self._watch.transcriber else []


def read_plan(connection: Connection) -> HearingPlan:
    """Every open session: from when on in which language, with which terms."""
    session, entry = schema.session, schema.log_entry
    found = connection.execute(
        select(session.c.id, session.c.case_id)
        .where(session.c.closed_us.is_(None))
        .order_by(session.c.id)
    ).all()
    terms = {case: terms_of(connection, case) for case in {row.case_id for row in found}}
    switches: dict[str, list[LanguageSwitch]] = {row.id: [] for row in found}
    switched = connection.execute(
        select(entry.c.session_id, entry.c.summary)
        .where(entry.c.kind == KIND, entry.c.session_id.in_(list(switches)))
        .order_by(entry.c.log_index)
    )
    for row in switched:
        said = msgspec.json.decode(row.summary)
        switch = LanguageSwitch(from_us=int(said["from_us"]), language=str(said["language"]))
        switches[row.session_id].append(switch)
    said = schema.utterance
    named: dict[str, list[NamedVoice]] = {row.id: [] for row in found}
    for one in connection.execute(
        select(said.c.id, said.c.session_id, said.c.named)
        .where(said.c.named != "", said.c.session_id.in_(list(named)))
        .order_by(said.c.log_index)
    ):
        named[one.session_id].append(NamedVoice(utterance=one.id, speaker=one.named))
    return HearingPlan(
        sessions=[
            SessionHearing(
                session=row.id,
                switches=switches[row.id],
                terms=terms[row.case_id],
                named=named[row.id],
            )
            for row in found
        ]
    )


def terms_of(connection: Connection, case: str) -> list[str]:
    """All terms of a case, without repeats: those kept for it, then those of its file."""
    view = _vocabulary(connection, case)
    return list(dict.fromkeys([*view.terms, *view.from_file]))[:TERMS_MAX]


def _vocabulary(connection: Connection, case: str) -> VocabularyView:
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


def _checked(terms: list[str]) -> list[str]:
    wanted = _plain(terms)
    too_long = any(len(term.strip()) > TERM_CHARACTERS_MAX for term in terms)
    unprintable = any(not term.isprintable() for term in wanted)
    if too_long or unprintable or len(wanted) > TERMS_MAX:
        raise Rejected(
            "bad_text",
            f"expected at most {TERMS_MAX} terms of 2 to {TERM_CHARACTERS_MAX} characters each",
        )
    return wanted


def _room(connection: Connection, room: str) -> tuple[SessionSummary | None, str, str]:
    table = schema.room
    row = connection.execute(select(table).where(table.c.id == room)).one_or_none()
    if row is None:
        raise Rejected("unknown_room", "there is no such room")
    session = open_session(connection, room)
    return session, session.language if session else row.language, row.case_id


def _opened_otherwise(connection: Connection) -> list[tuple[SessionSummary, str]]:
    session, room = schema.session, schema.room
    found = connection.execute(
        select(session.c.room_id, room.c.language)
        .join(room, room.c.id == session.c.room_id)
        .where(session.c.closed_us.is_(None), session.c.language == "", room.c.language != "")
    ).all()
    opened = [(open_session(connection, row.room_id), row.language) for row in found]
    return [(summary, language) for summary, language in opened if summary is not None]


def _prepare(writing: Writing, room: str, language: str) -> None:
    table = schema.room
    writing.execute(update(table).where(table.c.id == room).values(language=language))


def _keep(writing: Writing, case: str, terms: list[str], version: int) -> None:
    """The terms of a version; dropped where somebody else has made a newer one meanwhile."""
    table = schema.case_file
    kept = msgspec.json.encode(terms).decode()
    writing.execute(
        update(table)
        .where(table.c.id == case, table.c.vocabulary_version == version)
        .values(vocabulary=kept)
    )
