"""The turns of an exchange prepared once, though they are read for every point of the case.

What a point changes is only which words are known by their sound. Most points change nothing in
most texts, and share the preparation.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from transcription.comparison.model import Case, Exchange, Role
from transcription.comparison.zh.align import Aligned, aligned
from transcription.comparison.zh.flat import flatten
from transcription.comparison.zh.mishearings import mend
from transcription.comparison.zh.people import Listener, Mention, Mentions, Speech
from transcription.comparison.zh.questions import Question, understand

T = TypeVar("T")
#: A turn with what it asks; nothing for an answer.
Prepared = tuple[Speech, Question | None]


class Heard:
    """One exchange, as its readers take it in. Kept for its points, ``heard_of`` keeps the last."""

    def __init__(self, exchange: Exchange, case: Case, lexicon: Mentions) -> None:
        self.exchange, self.case, self.lexicon = exchange, case, lexicon
        self._mentions: dict[str, list[Mention]] = {}
        self._prepared: dict[tuple[str, ...], list[Prepared]] = {}
        self._found: dict[Hashable, object] = {}

    def mentions(self, text: str) -> list[Mention]:
        """As the lexicon's, each text looked through once."""
        if text not in self._mentions:
            self._mentions[text] = list(self.lexicon.mentions(text))
        return self._mentions[text]

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What ``find`` gives for ``key``, found once in this reading. Not to be changed."""
        if key not in self._found:
            self._found[key] = find()
        return cast("T", self._found[key])

    def aligned(self, at: int) -> Aligned:
        """The point that the question ``at`` asks about (``align.py``)."""

        def find() -> Aligned:
            before = [asked for _, asked in self.turns()[: at + 1] if asked is not None]
            return aligned(self.case, before[::-1][:3])

        return self.once(("aligned", at), find)

    def turns(self, words: tuple[str, ...] = ()) -> list[Prepared]:
        """The turns in order, the ``words`` of a point known by their sound."""
        texts = tuple(mend(flatten(turn.text).text, words) for turn in self.exchange.turns)
        if texts not in self._prepared:
            listener = Listener(self.case, self, self.exchange.speaker, words)
            made: list[Prepared] = []
            for turn in self.exchange.turns:
                speech = listener.prepare(turn.text, turn.role)
                asked = understand(speech) if turn.role is Role.QUESTION else None
                made.append((speech, asked))
            self._prepared[texts] = made
        return self._prepared[texts]


_last: list[Heard] = []


def heard_of(exchange: Exchange, case: Case, lexicon: Mentions) -> Heard:
    """The exchange prepared; the same while the very same one is read for point after point."""
    for heard in _last:
        if heard.exchange is exchange and heard.case is case and heard.lexicon is lexicon:
            return heard
    _last[:] = [heard := Heard(exchange, case, lexicon)]
    return heard
