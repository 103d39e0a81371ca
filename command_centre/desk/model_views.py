"""Models as the administrator's page sees them. Shapes only."""

from __future__ import annotations

from command_centre.desk.views import View


class ModelView(View, frozen=True):
    """A model that is installed."""

    id: str
    kind: str  # speech | speaker | second | comparison
    language: str  # of speech; empty: any
    name: str
    size_bytes: int
    words: int  # 0: not listed
    digest: str  # SHA-256; empty where it cannot be used
    licence: str  # empty: its directory does not say
    since_us: int | None  # when its newest file was written
    demo: bool  # shipped for demonstration: synthetic voices only
    used_for: list[str]  # zh, en, speakers, again, comparison; empty: nothing
    loaded_digest: str  # what the recogniser says it has loaded; empty: not this one
    rooms: list[str]  # names of rooms heard with it now
    problem: str  # class of what is wrong with it; empty: it can be used


class ModelsView(View, frozen=True):
    """All of them."""

    models: list[ModelView]
    commands: list[str]  # what changes them, for a person at the machine


class ModelChecked(View, frozen=True):
    """A digest made anew from every byte."""

    digest: str
    expected: str  # what was loaded, or seen first by this centre
    against: str  # loaded | first_seen
    same: bool
