"""What the network of ``net.py`` makes of the answers of an exchange to questions about a point.

The network says which mention plays which part; who or what is mentioned stays the business of
``people.py`` and ``values``. Which point a question is about is known from ``align.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcription.comparison import net_found
from transcription.comparison.model import Fact, Point, Role, Slot, Value
from transcription.comparison.net import Network, Reading
from transcription.comparison.net_found import Found, Seen, Span
from transcription.comparison.net_shape import Encoded, Mark, Said
from transcription.comparison.reference import Reference
from transcription.comparison.values.candidates_zh import Finder
from transcription.comparison.zh import net
from transcription.comparison.zh.heard import Heard
from transcription.comparison.zh.net_input import Words, encode
from transcription.comparison.zh.net_mentions import said_turns, with_rules
from transcription.comparison.zh.people import Speech
from transcription.comparison.zh.tying import tied


@dataclass(frozen=True)
class View(Seen):
    """One answer as the network reads it for a point, with what leads up to it."""

    said: tuple[Said, ...]
    speech: Speech

    def who(self, mark: Mark) -> Reference | None:
        """Whom a mention of people means; None for 谁 and a 他 nobody can place."""
        for character, (start, _) in zip(self.speech.text, self.speech.places, strict=True):
            if start == mark.start:
                return self.speech.who.get(character)
        return None


def views(heard: Heard, point: Point, ruled: Sequence[Fact]) -> list[View]:
    """Every answer to a question about the point; ``ruled``: what the rules found."""
    turns = heard.turns()
    said = said_turns(heard, turns)
    network = net.stored()
    made: list[View] = []
    for at, turn in enumerate(heard.exchange.turns):
        if turn.role is not Role.ANSWER or not said[at].text:
            continue
        asked = _asked(heard, point, at)
        if asked > 0:
            mine = [fact for fact in ruled if fact.turn == turn.id]
            answer = with_rules(said[at], turns[at][0], mine)
            given = encode(point, (*said[:at], answer), network.words)
            marks = tuple(said[at].marks[n] for _, _, n in given.marks)
            reading = _read(network, given)
            made.append(View(at, asked, marks, reading, said[: at + 1], turns[at][0]))
    return made


#: Readings kept: an answer is read again as what leads up to the next one.
_KEPT_MAX = 256
_kept: dict[tuple[bytes, bytes], Reading] = {}


def _read(network: Network[Words], given: Encoded) -> Reading:
    """Read once; the rows hold everything the network looks at."""
    key = (given.rows.tobytes(), given.slots.tobytes())
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= _KEPT_MAX:
            _kept.pop(next(iter(_kept)))
        found = _kept[key] = network.read(given)
    return found


def found_in(heard: Heard, point: Point, view: View) -> Iterator[Found]:
    """What one answer says, slot by slot."""
    question = next((t.text for t in reversed(view.said[:-1]) if t.asks), "")

    def values(slot: Slot) -> list[tuple[Value, Span]]:
        finder = Finder(heard, view.speech, question, point.text)
        return [(one.value, one.span) for one in finder.find(slot, asked=True)]

    return net_found.found_in(view, view.who, values)


def _asked(heard: Heard, point: Point, at: int) -> int:
    """Whether the question before answer ``at`` is about the point: as ``Found.asked``, or 0."""
    turns = heard.exchange.turns
    question = next((n for n in range(at, -1, -1) if turns[n].role is Role.QUESTION), None)
    marked = turns[at].point or (turns[question].point if question is not None else "")
    if marked:
        return 2 if marked == point.id else 0
    if question is None:
        return 0
    found = tied(heard, question)
    if found.point is None or found.point.id != point.id:
        return 0
    return 2 if found.sure else 1
