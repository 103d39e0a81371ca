"""The turns of one session in order of time, and what was asked before each answer.

Utterances may come late or be corrected: a turn with a known id replaces the words it had. Bounded:
of a session the last ``TURNS_MAX`` turns are kept; older ones stay in the transcript and in the
cells, but no correction of them is read again. Of kept turns the words are packed to 20 bytes each,
so that three hours of sixteen rooms stay small.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from transcription.comparison.model import Exchange, Role, Turn, WordTime

#: Turns kept of a session; three hours have some 2,200.
TURNS_MAX = 4096
#: Of the answers to one question, so many and no more characters are read together.
ANSWERS_MAX = 8
CHARACTERS_MAX = 800
#: Questions before the one in force that are given as context.
QUESTIONS_BEFORE = 1
_OFFSET_MAX_US = 1_800_000_000


@dataclass(frozen=True, slots=True)
class Heard:
    """A final utterance as the log has it.

    ``person`` is the person questioned in that room, for questions too; ``said_on`` the day.
    """

    turn: Turn
    room: str
    session: str
    person: str
    language: str
    said_on: date


@dataclass
class Thread:
    """One session's turns. Owned by the engine."""

    heard: list[Heard] = field(default_factory=list)  # without words: ``_words`` has them
    _at: dict[str, tuple[int, str]] = field(default_factory=dict)  # id -> key of the turn
    _words: dict[str, array[int]] = field(default_factory=dict)

    def __contains__(self, turn: str) -> bool:
        return turn in self._at

    def put(self, heard: Heard) -> list[Heard]:
        """Take a turn in; returns the answers that must be read (again), in order of time."""
        known = self._at.get(heard.turn.id)
        if known is not None:
            self.heard.pop(self._index(known))
        key = _key(heard)
        at = self._index(key)
        self._pack(heard.turn)
        self.heard.insert(at, replace(heard, turn=replace(heard.turn, words=())))
        self._at[heard.turn.id] = key
        if len(self.heard) > TURNS_MAX:
            oldest = self.heard.pop(0).turn.id
            del self._at[oldest]
            self._words.pop(oldest, None)
            at -= 1
        if at < 0:
            return []
        return self._affected(at)

    def get(self, turn: str) -> Heard | None:
        """The turn of that id, if it is still kept."""
        key = self._at.get(turn)
        return None if key is None else self._whole(self.heard[self._index(key)])

    def plain(self, turn: str) -> Heard | None:
        """The turn as it is kept, without the times of its words; the same object every time."""
        key = self._at.get(turn)
        return None if key is None else self.heard[self._index(key)]

    def exchange(self, heard: Heard) -> Exchange:
        """The answer with the questions and answers that lead up to it, the answer last."""
        at = self._index(self._at[heard.turn.id])
        turns = [heard.turn]
        questions = 0
        characters = len(heard.turn.text)
        for before in reversed(self.heard[max(0, at - 4 * ANSWERS_MAX) : at]):
            characters += len(before.turn.text)
            if len(turns) > ANSWERS_MAX or characters > CHARACTERS_MAX:
                break
            if before.turn.role is Role.ANSWER and questions > 0:
                if questions > QUESTIONS_BEFORE:
                    break
            elif before.turn.role is Role.QUESTION:
                questions += 1
                if questions > QUESTIONS_BEFORE + 1:
                    break
            turns.insert(0, self._unpacked(before.turn))
        return Exchange(
            room=heard.room,
            speaker=heard.person,
            said_on=heard.said_on,
            language=heard.language,
            turns=tuple(turns),
            session=heard.session,
        )

    def question(self, heard: Heard) -> Turn | None:
        """The question in force when the answer was given."""
        at = self._index(self._at[heard.turn.id])
        for before in reversed(self.heard[max(0, at - 4 * ANSWERS_MAX) : at]):
            if before.turn.role is Role.QUESTION:
                return before.turn
        return None

    def _pack(self, turn: Turn) -> None:
        if not turn.words:
            self._words.pop(turn.id, None)
            return
        start_us = turn.start_us
        self._words[turn.id] = array(
            "i",
            [
                number
                for word in turn.words
                for number in (
                    *word.span,
                    _within(word.start_us - start_us),
                    _within(word.end_us - start_us),
                    word.confidence * 2 + word.repaired,
                )
            ],
        )

    def _unpacked(self, turn: Turn) -> Turn:
        packed = self._words.get(turn.id)
        return replace(turn, words=_words(packed, turn.start_us)) if packed else turn

    def _whole(self, heard: Heard) -> Heard:
        return replace(heard, turn=self._unpacked(heard.turn))

    def _index(self, key: tuple[int, str]) -> int:
        return bisect_left(self.heard, key, key=_key)

    def _affected(self, at: int) -> list[Heard]:
        changed = self.heard[at]
        if changed.turn.role is Role.ANSWER:
            return [self._whole(changed)]
        out: list[Heard] = []
        for after in self.heard[at + 1 : at + 1 + ANSWERS_MAX]:
            if after.turn.role is Role.QUESTION:
                break
            out.append(self._whole(after))
        return out


def _within(offset_us: int) -> int:
    """From the start of the turn; no utterance is longer than half an hour."""
    return max(-_OFFSET_MAX_US, min(offset_us, _OFFSET_MAX_US))


def _words(packed: Sequence[int], start_us: int) -> tuple[WordTime, ...]:
    """The inverse of ``Thread._pack``."""
    rows = zip(*(packed[column::5] for column in range(5)), strict=True)
    return tuple(
        WordTime((low, high), start_us + begun, start_us + ended, sure // 2, bool(sure % 2))
        for low, high, begun, ended, sure in rows
    )


def _key(heard: Heard) -> tuple[int, str]:
    return (heard.turn.start_us, heard.turn.id)
