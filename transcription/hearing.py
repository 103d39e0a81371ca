"""In which language each session is heard, with which model and which vocabulary, and since when.

The session's log is the authority for the language: its ``transcription.language`` entries say
from which moment on it changes. They arrive twice, in the centre's plan as soon as they are made
and from the log at a start, and are the same either way. Written by the event loop, read by the
threads that recognise; every value that is handed over is immutable.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from config.messages import HearingPlan, SessionHearing
from transcription.hearing_plan import plan_digest, vocabulary_digest
from transcription.recogniser import Engine
from transcription.repair import CaseTerms

logger = logging.getLogger(__name__)

Switches = tuple[tuple[int, str], ...]  # session time from which, language; in order of time


class Hearing:
    """See the module. The first engine's language is the one a session has until it says so."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        self._default = engines[0]
        self._engines = {engine.model.language: engine for engine in reversed(engines)}
        self._switches: dict[str, Switches] = {}
        self._terms: dict[tuple[str, str], CaseTerms] = {}  # by digest and language
        self._vocabulary: dict[str, str] = {}  # digest by session
        self._named: dict[str, tuple[tuple[str, str], ...]] = {}  # utterance, speaker
        self.plan = ""  # digest of the plan in force

    @property
    def engines(self) -> list[Engine]:
        """The loaded models, the default one first."""
        others = [engine for engine in self._engines.values() if engine is not self._default]
        return [self._default, *others]

    def engine(self, session: str, t_us: int) -> Engine:
        """The model a session is heard with at a moment."""
        language = ""
        for from_us, switched in self._switches.get(session, ()):
            if from_us <= t_us:
                language = switched
        return self._engines.get(language, self._default)

    def terms(self, session: str, engine: Engine) -> CaseTerms:
        """The vocabulary of a session's case for a model; empty when there is none."""
        digest = self._vocabulary.get(session, "")
        return self._terms.get((digest, engine.model.language), CaseTerms())

    def named(self, session: str) -> tuple[tuple[str, str], ...]:
        """Utterances of which people said who spoke: id and speaker, in order."""
        return self._named.get(session, ())

    def switch(self, session: str, from_us: int, language: str) -> None:
        """From this moment on the session speaks another language; may be repeated."""
        known = dict(self._switches.get(session, ()))
        known[from_us] = language
        self._switches[session] = tuple(sorted(known.items()))

    def switches(self, sessions: Iterable[str]) -> dict[str, Switches]:
        """What is known of these sessions' languages."""
        return {one: self._switches[one] for one in sessions if one in self._switches}

    def follow(self, plan: HearingPlan) -> None:
        """Take the centre's plan: every open session, complete. Slow: not for the event loop."""
        vocabulary: dict[str, str] = {}
        terms: dict[tuple[str, str], CaseTerms] = {}
        for session in plan.sessions:
            for switch in session.switches:
                self.switch(session.session, switch.from_us, switch.language)
            digest = vocabulary_digest(session.terms)
            vocabulary[session.session] = digest
            for engine in self.engines:
                key = (digest, engine.model.language)
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
