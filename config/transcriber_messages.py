"""What a transcriber is asked, and what it answers.

Methods, topics and coding: messages.py. Times are integer microseconds since the epoch (``*_us``).
"""

from __future__ import annotations

from msgspec import field

from config.messages import Message


class ModelStatus(Message, frozen=True):
    """A loaded model."""

    language: str
    name: str
    demo: bool
    digest: str


class MissingModel(Message, frozen=True):
    """A model that was chosen for a session and is not used; the language's own hears instead."""

    session: str
    digest: str
    why: str  # missing | too_large | unusable


class LoadModel(Message, frozen=True):
    """Have an installed model ready. Answered with ModelStatus."""

    digest: str
    language: str


class TranscriberStatus(Message, frozen=True):
    """What the transcriber is doing."""

    model: str  # name shown to people
    model_demo: bool  # the shipped demonstration model: synthetic voices only
    model_digest: str
    tracks: int
    behind_us: int  # how far the slowest track is behind live
    #: one a language, the one for a session that says nothing first
    models: list[ModelStatus] = field(default_factory=list)
    plan: str = ""  # digest of the HearingPlan in force
    #: loaded beside these, for sessions they were chosen for
    chosen: list[ModelStatus] = field(default_factory=list)
    missing: list[MissingModel] = field(default_factory=list)


class LanguageSwitch(Message, frozen=True):
    """A session is heard in this language from this moment of its timeline on."""

    from_us: int
    language: str
    model: str = ""  # digest of the model chosen; empty: the language's own


class NamedVoice(Message, frozen=True):
    """A person said who spoke an utterance of a mixed microphone."""

    utterance: str
    speaker: str


class SessionHearing(Message, frozen=True):
    """How to hear an open session. ``terms`` are the case's vocabulary: never logged."""

    session: str
    switches: list[LanguageSwitch] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    named: list[NamedVoice] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"SessionHearing({self.session!r})"


class HearingPlan(Message, frozen=True):
    """Every open session; complete and therefore repeatable. Answered with Done."""

    sessions: list[SessionHearing]
