"""In which language a room is heard, with which model and vocabulary: acts of people, and the plan.

A session's language is an entry of its log (``transcription.language``); the transcriber reads it
there after a crash, and is told at once by the plan, which is complete and sent again until the
transcriber's status names it. A room that has no open session keeps the language for its next one.
A model that is installed can be chosen for a room by name: it is loaded before the entry is made,
and refused where there is too little memory. Where it does not hear later (it was taken away, or
there is no room after a start) the language's own model does, and an entry of the session says so,
as another does once it hears again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.corrections import spoken
from command_centre.desk.follower import Follower
from command_centre.desk.hearing_rows import (
    KIND,
    Choice,
    RoomHearing,
    chosen_in,
    opened_otherwise,
    prepare_room,
    read_plan,
    room_hearing,
)
from command_centre.desk.model_list import Installed, ModelDesk
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import ask
from command_centre.desk.session_log import append_to_session
from command_centre.desk.tasks import Turns, race
from command_centre.desk.views import SessionSummary, Utterance, View
from command_centre.desk.vocabulary import (
    SessionVocabularyView,
    VocabularyView,
    checked,
    keep,
    session_vocabulary,
    told,
    vocabulary_of,
)
from command_centre.desk.watch import Watch
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock
from config.messages import TRANSCRIBER, Done
from config.transcriber_messages import HearingPlan, LoadModel, ModelStatus, TranscriberStatus
from config.words import Speaker
from transcription.hearing_plan import plan_digest
from transcription.model_kinds import Kind

logger = logging.getLogger(__name__)

_NAMEABLE = (Speaker.INTERVIEWER, Speaker.INTERVIEWEE)

_LOOK_S = 1.0
_FOLLOW_TIMEOUT_S = 20.0  # a large model's list of words is read for the first plan
_PATIENCE_S = 0.5  # a room is shown meanwhile without the models that are new
_LOAD_TIMEOUT_S = 120.0  # a large model loads in about a minute


class LanguageModelView(View, frozen=True):
    """A language that a session can be heard in, or a model of one that can be chosen."""

    language: str
    name: str  # of the model
    demo: bool
    model: str = ""  # desk.model_list id of one that is installed beside it; empty: its own


class HearingView(View, frozen=True):
    """How a room is heard, and how it could be."""

    room: str
    session: str  # empty: none is open
    language: str
    languages: list[LanguageModelView]
    model: str = ""  # of ``languages``, the one that was chosen; empty: that of the language
    missing: str = ""  # name of a model that was chosen and does not hear; empty: all is well


class LanguageRequest(View, frozen=True):
    """Hear this room in another language from now on, or with a model that is installed."""

    language: str
    model: str = ""  # ``LanguageModelView.model``; empty: that of the language


class SpeakerRequest(View, frozen=True):
    """Who spoke: interviewer or interviewee."""

    speaker: str


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
        models: ModelDesk,
    ) -> None:
        self._bus = bus
        self._database = database
        self._book = book
        self._log = log
        self._follower = follower
        self._watch = watch
        self._clock = clock
        self._installed = models
        self._turns = Turns()

    async def of_room(self, room: str) -> HearingView:
        """How a room is heard.

        Raises:
            Rejected: ``unknown_room``.
        """
        now = await self._now(room)
        models = self._models()
        default = models[0].language if models else ""
        further = _further(models, await self._installed.seen(_PATIENCE_S))
        return HearingView(
            room=room,
            session=now.session.id if now.session else "",
            language=now.language or default,
            languages=[
                *(LanguageModelView(language=m.language, name=m.name, demo=m.demo) for m in models),
                *(
                    LanguageModelView(language=m.language, name=m.name, demo=m.demo, model=m.id)
                    for m in further
                ),
            ],
            model=next((one.id for one in further if one.digest == now.model_sha256), ""),
            missing=now.model if now.missing else "",
        )

    async def speak(self, caller: Caller, room: str, language: str, model: str = "") -> HearingView:
        """Hear a room in another language or with another model: its open session, or the next.

        Raises:
            Rejected: ``unknown_room``, ``wrong_room``, ``unknown_language``, ``unknown_model``,
                what the transcriber says of the model, or the recorder refused.
        """
        caller.require_room(room)
        await self._now(room)
        own = {one.language: one for one in self._models()}
        if language not in own:
            known = ", ".join(own) or "none: the transcriber does not answer"
            raise Rejected("unknown_language", f"expected one of {known}")
        chosen = await self._chosen(language, model) if model else None
        async with self._turns.turn(("room", room)):  # whoever chooses last is heard by it
            loaded = await self._load(chosen) if chosen else own[language]
            wanted = Choice(loaded, chosen.name if chosen else "")
            now = await self._now(room)  # loading may have taken long: a session may have opened
            if now.session is None:
                await self._for_the_next(caller, room, now.case, wanted)
                now = await self._now(room)
            before = (now.language or next(iter(own)), now.model_sha256)
            if now.session and (before != (language, wanted.chosen_sha256) or now.missing):
                await self._switch(now.session, wanted, self._clock.now_us(), caller)
        return await self.of_room(room)

    async def _now(self, room: str) -> RoomHearing:
        return await self._database.read(lambda read: room_hearing(read, room))

    async def _for_the_next(self, caller: Caller, room: str, case: str, wanted: Choice) -> None:
        body = {"case": case, "room": room, "by": caller.account_id, **wanted.said}
        await self._log.append("room.language", body)
        await self._database.write(lambda writing: prepare_room(writing, room, wanted))

    async def _chosen(self, language: str, model: str) -> Installed:
        further = _further(self._models(), await self._installed.speech())
        found = next((one for one in further if one.id == model), None)
        if found is None:
            raise Rejected("unknown_model", "there is no such model that hears live")
        if found.language != language:
            raise Rejected("model_language", f"expected a model for {language}")
        return found

    async def _load(self, model: Installed) -> ModelStatus:
        """Have it ready, so that nothing is heard by another one meanwhile."""
        wanted = LoadModel(digest=model.digest, language=model.language)
        try:
            return await ask(
                *(self._bus, "load", wanted, ModelStatus),
                timeout_s=_LOAD_TIMEOUT_S,
                service=TRANSCRIBER,
            )
        except Rejected as error:
            if error.code != "recorder_unreachable":
                raise
            raise Rejected("transcriber_unreachable", "it does not answer") from error

    async def vocabulary(self, case: str) -> VocabularyView:
        """The terms of a case."""
        return await self._database.read(lambda read: vocabulary_of(read, case))

    async def set_vocabulary(self, caller: Caller, case: str, terms: list[str]) -> VocabularyView:
        """Replace the list kept for a case; what cannot be recognised is named back.

        Raises:
            Rejected: ``unknown_case``, ``bad_text``, ``log_unavailable``.
        """
        (wanted, left_out), version = checked(terms), 0

        def ready(connection: Connection) -> dict[str, Any] | None:
            nonlocal version
            before = vocabulary_of(connection, case)
            if wanted == before.terms:
                return None
            version = before.version + 1
            return {"case": case, "version": version, **told(wanted)}

        await self._book.act("case.vocabulary", {"by": caller.account_id}, ready)
        if version:  # the terms are in no log: they are put to the version that the entry has made
            table = schema.case_file
            await self._database.write(lambda writing: keep(writing, table, case, wanted, version))
        return msgspec.structs.replace(await self.vocabulary(case), left_out=left_out)

    async def session_vocabulary(self, session: str) -> SessionVocabularyView:
        """The terms of a session beside those of its case."""
        async with self._turns.turn(session):  # an act puts its terms after its version
            return await self._taught(session)

    async def _taught(self, session: str) -> SessionVocabularyView:
        return await self._database.read(lambda read: session_vocabulary(read, session))

    async def set_session_vocabulary(
        self, caller: Caller, session: SessionSummary, base: int, terms: list[str]
    ) -> SessionVocabularyView:
        """Replace the list kept for an open session, as it was read at version ``base``.

        Raises:
            Rejected: ``wrong_room``, ``session_closed``, ``bad_text``, ``words_changed`` when
                somebody replaced it meanwhile, or the recorder refused.
        """
        caller.require_room(session.room)
        if session.closed_us is not None:
            raise Rejected("session_closed", "a closed session is not heard any more")
        wanted, left_out = checked(terms)
        async with self._turns.turn(session.id):
            before = await self._taught(session.id)
            if wanted != before.terms:
                if before.version != base:
                    raise Rejected("words_changed", "somebody else changed the list; look again")
                await self._teach(caller, session, wanted, before.version + 1)
            after = await self._taught(session.id)
        return msgspec.structs.replace(after, left_out=left_out)

    async def _teach(
        self, caller: Caller, session: SessionSummary, terms: list[str], version: int
    ) -> None:
        by = {"by": caller.account_id, "by_name": caller.name}
        said = {"version": version, **told(terms), **by}
        name = f"{version}:{said['sha256'][:16]}"  # other words are another entry
        await self._append("transcription.vocabulary", session, said, name)
        table = schema.session
        await self._database.write(lambda writing: keep(writing, table, session.id, terms, version))

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
        await race(self._repeat(self._prepare_opened), self._repeat(self._plan))

    async def _repeat(self, look: Callable[[], Awaitable[None]]) -> None:
        """At every commit, and at least once a ``_LOOK_S``."""
        while True:
            advanced = self._follower.next_commit()  # taken before looking
            await look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await advanced.wait()

    async def _plan(self) -> None:
        """What the transcriber says of models counts once it has the plan that is in force."""
        status = self._watch.transcriber
        # the plan last: what was chosen after the other was read is in it, and it is sent first
        chosen, plan = await self._database.read(lambda read: (chosen_in(read), read_plan(read)))
        if status is None:
            return
        if status.plan != plan_digest(plan):
            await self._send(plan)
        else:
            await self._tell_models(status, chosen)

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
        """Sessions that opened in a room whose language was chosen before.

        In their turn, so that nobody who chooses meanwhile is overruled; where somebody is
        choosing (which may load a model), at the next look.
        """
        for session, _ in await self._database.read(opened_otherwise):
            turn = ("room", session.room)
            if not self._turns.is_taken(turn):
                async with self._turns.turn(turn):
                    await self._prepare(session.id)

    async def _prepare(self, opened: str) -> None:
        for session, room in await self._database.read(opened_otherwise):
            if session.id != opened:
                continue
            own = next((one for one in self._models() if one.language == room.language), None)
            if own is None:
                continue
            chosen = msgspec.structs.replace(own, digest=room.model_sha256 or own.digest)
            with contextlib.suppress(Rejected):  # tried again at the next look
                await self._switch(session, Choice(chosen, room.model), session.opened_us, None)

    async def _tell_models(
        self, status: TranscriberStatus, sessions: Sequence[tuple[SessionSummary, str]]
    ) -> None:
        """Whose chosen model does not hear them, or does again: an entry each time it changes."""
        missing = {one.session: one for one in status.missing}
        loaded = {one.digest for one in (*status.models, *status.chosen)}
        for session, chosen in sessions:
            one = missing.get(session.id)
            said = {
                "language": session.language,
                "model": session.model,
                "model_sha256": chosen,
            }
            name = f"{chosen[:16]}:{self._clock.now_us()}"
            with contextlib.suppress(Rejected):  # tried again at the next look
                if one is not None and one.digest == chosen and not session.model_missing:
                    used = {m.language: m.digest for m in status.models}.get(session.language, "")
                    said |= {"used_sha256": used, "why": one.why}
                    await self._append("transcription.model_missing", session, said, name)
                elif one is None and chosen in loaded and session.model_missing:
                    await self._append("transcription.model_back", session, said, name)

    async def _switch(
        self, session: SessionSummary, wanted: Choice, from_us: int, caller: Caller | None
    ) -> None:
        body = {
            "from_us": from_us,
            "model_sha256": wanted.model.digest,
            "by": caller.account_id if caller else "",
            "by_name": caller.name if caller else "",
            **wanted.said,
        }
        await self._append(KIND, session, body, str(from_us))

    async def _append(
        self, kind: str, session: SessionSummary, body: dict[str, Any], name: str
    ) -> None:
        await append_to_session(
            self._bus,
            self._follower,
            key=f"{kind}:{session.id}:{name}",
            kind=kind,
            session=session.id,
            room=session.room,
            body=body,
            t_us=self._clock.now_us(),
        )

    def _models(self) -> list[ModelStatus]:
        return self._watch.transcriber.models if self._watch.transcriber else []


def _further(own: Sequence[ModelStatus], installed: Sequence[Installed]) -> list[Installed]:
    """Models that hear live, beside those of the languages that are loaded."""
    languages, known = {one.language for one in own}, {one.digest for one in own}
    return [
        one
        for one in installed
        if one.engine is Kind.VOSK and one.language in languages and one.digest not in known
    ]
