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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from config.messages import HearingPlan, MissingModel, SessionHearing
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
        return list(self._missing.values())

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

    def load_chosen(self, sessions: Collection[str]) -> None:
        """Load what was chosen for these sessions. Slow: not for the event loop."""
        missing = {one: known for one, known in self._missing.items() if one not in sessions}
        for session in sessions:
            for _, choice in self._switches.get(session, ()):
                missing.pop(session, None)  # what the last choice comes to counts
                why = self._why_not(choice) if choice.model else ""
                if why:
                    missing[session] = MissingModel(session=session, digest=choice.model, why=why)
        self._missing = missing

    def _let_go(self, sessions: Collection[str]) -> None:
        """These are all sessions: forget what is for none of them."""
        self._missing = {one: known for one, known in self._missing.items() if one in sessions}
        if self._shelf is not None:
            switches = (self._switches.get(session, ()) for session in sessions)
            self._shelf.keep({choice.model for some in switches for _, choice in some})

    def _why_not(self, choice: Choice) -> str:
        try:
            self.load(choice.model, choice.language)
        except ModelMissing:
            return "missing"
        except ModelTooLarge:
            return "too_large"
        except ModelError as error:
            logger.warning("model %s: %s", choice.model[:12], type(error).__name__)
            return "unusable"
        return ""

    def switches(self, sessions: Iterable[str]) -> dict[str, Switches]:
        """What is known of these sessions' languages."""
        return {one: self._switches[one] for one in sessions if one in self._switches}

    def follow(self, plan: HearingPlan) -> None:
        """Take the centre's plan: every open session, complete. Slow: not for the event loop."""
        vocabulary: dict[str, str] = {}
        terms: dict[tuple[str, str], CaseTerms] = {}
        for session in plan.sessions:
            for switch in session.switches:
                self.switch(session.session, switch.from_us, switch.language, switch.model)
        sessions = {one.session for one in plan.sessions}
        self.load_chosen(sessions)
        self._let_go(sessions)
        for session in plan.sessions:
            digest = vocabulary_digest(session.terms)
            vocabulary[session.session] = digest
            for engine in (*self.engines, *self.chosen):
                key = (digest, engine.model.digest)
                if key not in terms:
                    terms[key] = self._terms.get(key) or _prepared(digest, session, engine)
        self._named = {
            one.session: tuple((named.utterance, named.speaker) for named in one.named)
            for one in plan.sessions
        }
        self._terms = terms
        self._vocabulary = vocabulary
        self.plan = plan_digest(plan)
        for digest in dict.fromkeys(vocabulary.values()):
            logger.info("vocabulary %s", digest[:12] or "none")


def _prepared(digest: str, session: SessionHearing, engine: Engine) -> CaseTerms:
    return CaseTerms.of(digest, session.terms, engine.known(session.terms))
