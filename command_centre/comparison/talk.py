"""Who asks and who answers in a room, and which answers belong to a prompt. Pure.

A prompt that was acknowledged is *armed*. The next question that can be it takes its point: one
that is worded like it, or that is not clearly about another point of the case. Answers carry the
point until the next question. A question clearly about something else leaves the prompt armed, for
a few questions. An answer that follows the acknowledgement without any question belongs to it too,
unless the person was still speaking.

With one mixed microphone a person says who spoke, or it is uncertain: then a proposal by the voice
is followed; without one, what looks like a question is one and the rest are answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from command_centre.comparison.orders import Asked, Said
from config.words import MICROSECONDS, Speaker

#: A prompt waits for its question this long, and for so many other questions.
ARMED_US = 180 * MICROSECONDS
OTHER_QUESTIONS = 5
#: A question asked so shortly before "asked" was pressed can be the prompt's.
BEFORE_US = 30 * MICROSECONDS
#: Speech that goes on so soon after the last belongs to the answer before.
STILL_SPEAKING_US = 2 * MICROSECONDS
#: Characters (or English words) in a row that a question shares with the prompt's wording.
_SHARED = 4
_SHARED_WORDS = 2

_LOOKS_ASKED = re.compile(r"[？?]|[吗呢]$|谁|几点|几个|多少|什么|怎么|哪|有没有|是不是|请你")

#: The one point a question clearly asks about; empty when it is not clear.
AsksAbout = Callable[[Said], str]


@dataclass(frozen=True)
class TalkTurn:
    """An utterance as the engine hears it."""

    asks: bool
    point: str  # carried from a prompt; empty: nobody pushed one
    certain: bool  # who speaks is known


@dataclass
class _Armed:
    asked: Asked
    others: int = 0


class RoomTalk:
    """One session's talk."""

    def __init__(self, asks_about: AsksAbout) -> None:
        self._asks_about = asks_about
        self._armed: _Armed | None = None
        self._point = ""  # carried by answers now
        self._last_question: Said | None = None
        self._last_answer_us = 0

    def asked(self, asked: Asked) -> None:
        """A prompt was acknowledged."""
        question = self._last_question
        if (
            question is not None
            and asked.t_us - question.end_us <= BEFORE_US
            and self._is_worded_like(question, asked)
        ):
            self._point, self._armed = asked.point, None
            return
        self._armed = _Armed(asked)

    def hear(self, said: Said) -> TalkTurn:
        """The next utterance of the room, in order of time."""
        certain = said.certain and said.speaker != Speaker.UNKNOWN
        asks = said.speaker == Speaker.INTERVIEWER or (
            said.speaker == Speaker.UNKNOWN and bool(_LOOKS_ASKED.search(said.text.strip()))
        )
        if asks:
            self._point = self._taken(said)
            self._last_question = said
            return TalkTurn(asks, self._point, certain)
        if self._armed is not None and self._answers_at_once(said, self._armed):
            self._point, self._armed = self._armed.asked.point, None
        self._last_answer_us = said.end_us
        return TalkTurn(asks, self._point, certain)

    def _taken(self, said: Said) -> str:
        """The point a question asks from a prompt."""
        armed = self._armed
        if armed is None or said.end_us < armed.asked.t_us:
            return ""
        if said.start_us - armed.asked.t_us > ARMED_US or armed.others >= OTHER_QUESTIONS:
            self._armed = None
            return ""
        if self._is_worded_like(said, armed.asked) or not self._is_about_another(said, armed.asked):
            self._armed = None
            return armed.asked.point
        armed.others += 1
        return ""

    def _answers_at_once(self, said: Said, armed: _Armed) -> bool:
        if armed.others or said.start_us <= armed.asked.t_us:
            return False
        if said.start_us - armed.asked.t_us > ARMED_US:
            return False
        return said.start_us - self._last_answer_us > STILL_SPEAKING_US

    def _is_about_another(self, said: Said, asked: Asked) -> bool:
        return self._asks_about(said) not in ("", asked.point)

    def _is_worded_like(self, said: Said, asked: Asked) -> bool:
        return shares_wording(said.text, asked.text)


def shares_wording(question: str, prompt: str) -> bool:
    """Whether a question has a stretch of the prompt's own wording in it."""
    if re.search(r"[\u4e00-\u9fff]", prompt):
        spoken, wanted = _bare(question), _bare(prompt)
        pieces = range(max(len(wanted) - _SHARED + 1, 0))
        return any(wanted[at : at + _SHARED] in spoken for at in pieces)
    spoken_words = question.lower().split()
    wanted_words = [word for word in prompt.lower().split() if len(word) > 3]
    return sum(word in spoken_words for word in wanted_words) >= _SHARED_WORDS


def _bare(text: str) -> str:
    """What can tell one prompt from another: no punctuation, no words of asking."""
    return re.sub(r"[\W_]|核实|请你?|一下|这个问题|有没有|什么时候", "", text)
