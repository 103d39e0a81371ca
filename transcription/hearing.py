"""In which language each session is heard, with which model and which vocabulary, and since when.

The session's log is the authority for the language: its ``transcription.language`` entries say
from which moment on it changes. They arrive twice, in the centre's plan as soon as they are made
and from the log at a start, and are the same either way. An entry may name a model: it hears the
session from then on where it can be loaded, else the language's own does, and that is said.
Written by the event loop and the thread that loads, read by the threads that recognise; every value
that is handed over is immutable.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from config.transcriber_messages import HearingPlan, MissingModel, SessionHearing
from transcription.errors import ModelError, ModelMissing, ModelTooLarge
from transcription.hearing_plan import plan_digest, vocabulary_digest
from transcription.model_shelf import ModelShelf
from transcription.recogniser import Engine
from transcription.repair import CaseTerms

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choice:
    """A language, and the digest of a model where one was chosen."""

    language: str
    model: str = ""


Switches = tuple[tuple[int, Choice], ...]  # session time from which; in order of time


class Hearing:
    """See the module. The first engine's language is the one a session has until it says so."""

    def __init__(self, engines: Sequence[Engine], shelf: ModelShelf | None = None) -> None:
        """``shelf``: where models chosen for a session come from; None: there are none."""
        self._shelf = shelf
        self._default = engines[0]
        self._engines = {engine.model.language: engine for engine in reversed(engines)}
        self._switches: dict[str, Switches] = {}
        self._missing: dict[str, MissingModel] = {}  # by session
        self._terms: dict[tuple[str, str], CaseTerms] = {}  # by digest of terms and of model
        self._vocabulary: dict[str, str] = {}  # digest by session
        self._named: dict[str, tuple[tuple[str, str], ...]] = {}  # utterance, speaker
        self._sessions: tuple[SessionHearing, ...] = ()  # of the plan in force
        self._changing = threading.Lock()  # of what follow and load_chosen both write
        self.plan = ""  # digest of the plan in force

    @property
    def engines(self) -> list[Engine]:
        """The loaded models, the default one first."""
        others = [engine for engine in self._engines.values() if engine is not self._default]
        return [self._default, *others]

    @property
    def chosen(self) -> list[Engine]:
        """Models that are loaded for single sessions."""
        return list(self._shelf.loaded.values()) if self._shelf else []

    @property
    def missing(self) -> list[MissingModel]:
        """Sessions whose chosen model does not hear them."""
        loaded = self._shelf.loaded if self._shelf else {}
        return [one for one in self._missing.values() if one.digest not in loaded]

    def engine(self, session: str, t_us: int) -> Engine:
        """The model a session is heard with at a moment."""
        choice = Choice("")
        for from_us, chosen in self._switches.get(session, ()):
            if from_us <= t_us:
                choice = chosen
        own = self._engines.get(choice.language, self._default)
        if not choice.model or self._shelf is None or choice.model == own.model.digest:
            return own
        return self._shelf.loaded.get(choice.model, own)

    def terms(self, session: str, engine: Engine) -> CaseTerms:
        """The vocabulary of a session's case for a model; empty when there is none."""
        digest = self._vocabulary.get(session, "")
        return self._terms.get((digest, engine.model.digest), CaseTerms())

    def named(self, session: str) -> tuple[tuple[str, str], ...]:
        """Utterances of which people said who spoke: id and speaker, in order."""
        return self._named.get(session, ())

    def switch(self, session: str, from_us: int, language: str, model: str = "") -> None:
        """From this moment on the session is heard otherwise; may be repeated."""
        known = dict(self._switches.get(session, ()))
        known[from_us] = Choice(language, model)
        self._switches[session] = tuple(sorted(known.items(), key=lambda one: one[0]))

    def load(self, digest: str, language: str) -> Engine:
        """Have a model ready. Slow: not for the event loop.

        Raises:
            ModelError: it is not installed, too large or of no use.
        """
        own = self._engines.get(language)
        if own is not None and own.model.digest == digest:
            return own
        if self._shelf is None:
            raise ModelMissing("no models are kept here")
        return self._shelf.load(digest, language)

    def load_chosen(self, behind: Mapping[str, int] | None = None) -> None:
        """Load what open sessions have chosen, and let go of the rest. Slow: not for the loop.

        ``behind``: sessions with recordings that are not heard to their end, and until when they
        are (microseconds of the session's timeline). What they had chosen before comes last: it
        must not take the room of what hears now.
        """
        unheard = behind or {}
        self.let_go(unheard)
        for session in self._concerned(unheard):
            choice = self._current(session)
            self._tell(session, choice, self._why_not(choice) if choice.model else "")
        for session, heard_us in unheard.items():
            for choice in self._earlier(session, heard_us):
                if choice.model:
                    self._why_not(choice)

    def let_go(self, behind: Mapping[str, int] | None = None) -> None:
        """Forget what no session needs; ``behind``: see ``load_chosen``. Not for the loop."""
        unheard = behind or {}
        sessions = self._concerned(unheard)
        wanted = {self._current(session).model for session in sessions}
        for session, heard_us in unheard.items():
            wanted |= {choice.model for choice in self._earlier(session, heard_us)}
        with self._changing:
            self._missing = {one: told for one, told in self._missing.items() if one in sessions}
        if self._shelf is not None:
            self._shelf.keep(wanted)

    def _concerned(self, behind: Mapping[str, int]) -> list[str]:
        return list(dict.fromkeys([*(one.session for one in self._sessions), *behind]))

    def _current(self, session: str) -> Choice:
        switches = self._switches.get(session, ())
        return switches[-1][1] if switches else Choice("")

    def _earlier(self, session: str, heard_us: int) -> list[Choice]:
        """Choices before the current one that end after this moment."""
        switches = self._switches.get(session, ())
        return [choice for (_, choice), (until_us, _) in pairwise(switches) if until_us > heard_us]

    def _tell(self, session: str, choice: Choice, why: str) -> None:
        with self._changing:
            missing = {one: told for one, told in self._missing.items() if one != session}
            if why and self._current(session) == choice:
                missing[session] = MissingModel(session=session, digest=choice.model, why=why)
            self._missing = missing

    def _why_not(self, choice: Choice) -> str:
        try:
            self.load(choice.model, choice.language)
        except ModelMissing:
            return "missing"
        except ModelTooLarge:
            return "too_large"
        except (ModelError, OSError) as error:
            logger.warning("model %s: %s", choice.model[:12], type(error).__name__)
            return "unusable"
        with self._changing:
            self._prepare()
        return ""

    def switches(self, sessions: Iterable[str]) -> dict[str, Switches]:
        """What is known of these sessions' languages."""
        return {one: self._switches[one] for one in sessions if one in self._switches}

    def follow(self, plan: HearingPlan) -> None:
        """Take the centre's plan: every open session, complete. ``load_chosen`` comes after it.

        Nothing is loaded here, so that no room waits for its words or its language until another
        room's model is there. Lists of words are read: not for the event loop.
        """
        for session in plan.sessions:
            for switch in session.switches:
                self.switch(session.session, switch.from_us, switch.language, switch.model)
        self._named = {
            one.session: tuple((named.utterance, named.speaker) for named in one.named)
            for one in plan.sessions
        }
        with self._changing:
            self._sessions = tuple(plan.sessions)
            self._missing = {
                one: told
                for one, told in self._missing.items()
                if told.digest == self._current(one).model
            }
            self._prepare()
        self.plan = plan_digest(plan)
        for digest in dict.fromkeys(self._vocabulary.values()):
            logger.info("vocabulary %s", digest[:12] or "none")

    def _prepare(self) -> None:
        """The terms of all sessions for all models that are loaded."""
        vocabulary: dict[str, str] = {}
        terms: dict[tuple[str, str], CaseTerms] = {}
        for session in self._sessions:
            digest = vocabulary_digest(session.terms)
            vocabulary[session.session] = digest
            for engine in (*self.engines, *self.chosen):
                key = (digest, engine.model.digest)
                if key not in terms:
                    terms[key] = self._terms.get(key) or _prepared(digest, session, engine)
        self._terms = terms
        self._vocabulary = vocabulary


def _prepared(digest: str, session: SessionHearing, engine: Engine) -> CaseTerms:
    return CaseTerms.of(digest, session.terms, engine.known(session.terms))
