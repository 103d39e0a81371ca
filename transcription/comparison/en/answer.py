"""One English answer made ready: tokens, clauses, and masked words for the classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from transcription.comparison.en import marks
from transcription.comparison.en.context import (
    ALSO,
    AT,
    BINDING,
    ITEM,
    NOBODY,
    OTHER,
    PERSON,
    VERB,
    around,
    model,
)
from transcription.comparison.en.matters import Matter, stem
from transcription.comparison.en.verbs import PAST
from transcription.comparison.en.words import PAUSE, WORD, Piece, Token, joined, pieces
from transcription.comparison.lexicon import PERSON as PERSON_KIND
from transcription.comparison.model import Certainty, Turn

Span = tuple[int, int]


@dataclass
class Answer:
    """``given`` is the turn's text; ``tokens`` lie in it."""

    turn: Turn
    tokens: list[Token]
    matter: Matter
    question_stems: frozenset[str]
    pieces: list[Piece] = field(init=False)

    def __post_init__(self) -> None:
        self.pieces = pieces(self.tokens)

    @property
    def lower(self) -> str:
        return joined(self.tokens)

    def people(self) -> list[Token]:
        """Mentions of people; not one that only echoes the question (Me?)."""
        echoed = {
            self.tokens[p.first].span
            for p in self.pieces
            if p.last - p.first == 1
            and self.turn.text[self.tokens[p.first].span[1] :].lstrip().startswith("?")
        }
        return [t for t in self.tokens if t.kind == PERSON_KIND and t.span not in echoed]

    def piece_at(self, span: Span) -> Piece | None:
        """The clause that holds ``span`` of the given text."""
        for piece in self.pieces:
            first, last = self.tokens[piece.first].span[0], self.tokens[piece.last - 1].span[1]
            if first < span[1] and span[0] < last:
                return piece
        return None

    def span_of(self, piece: Piece) -> Span:
        """Where a clause lies in the given text."""
        return (self.tokens[piece.first].span[0], self.tokens[piece.last - 1].span[1])

    # --- masks ---------------------------------------------------------------------------------

    def word(self, token: Token) -> str:
        """A token as a sign, where it is of the matter or a person."""
        if token.kind == PAUSE:
            return ","
        if token.kind == PERSON_KIND:
            if token.nobody:
                return NOBODY
            return token.text if token.text.startswith("every") else PERSON
        if token.kind != WORD or "'" in token.text:
            return token.text if token.kind == WORD else OTHER
        root = stem(token.text)
        topic = marks.TOPICS.get(self.matter.topic)
        if (
            root in self.matter.stems
            or root in self.question_stems
            or (topic and topic.search(token.text))
        ):
            return VERB if token.text.endswith(("ing", "ed")) or token.text in PAST else ITEM
        if any(t != self.matter.topic and r.fullmatch(token.text) for t, r in marks.TOPICS.items()):
            return OTHER if token.text not in ("rang", "phone", "call", "called") else token.text
        return token.text

    def clauses(self) -> list[list[str]]:
        """The answer for the classifier of whole answers."""
        out: list[list[str]] = []
        for piece in self.pieces:
            words = [w for w in map(self.word, self.tokens[piece.first : piece.last]) if w != ","]
            out.append(words)
        return [c for c in out if c]

    def shares(self, kind: str, values: Sequence[Span]) -> list[dict[str, float]]:
        """For each mention (spans of the given text): class -> probability."""
        return [
            model(BINDING).probabilities(around(kind, self.masked(values, n)))
            for n in range(len(values))
        ]

    def masked(self, values: Sequence[Span], at: int) -> list[str]:
        """Words with the mention ``at`` as ``@`` and the others of its kind as ``#``."""
        out: list[str] = []
        done: set[int] = set()
        for token in self.tokens:
            # A contraction's rest ('d of i'd) has no room of its own.
            hit = next(
                (n for n, (a, b) in enumerate(values) if a < token.span[1] and token.span[0] < b),
                None,
            )
            if hit is None:
                out.append(self.word(token))
            elif hit not in done:
                done.add(hit)
                out.append(AT if hit == at else ALSO)
        return out if AT in out else [*out, AT]


def certainty_at(answer: Answer, span: Span) -> Certainty:
    """Hedged when the clause of ``span``, or the one that leads into it, is."""
    held = [p for p in answer.pieces if _overlap(answer.span_of(p), span)]
    if not held:
        return Certainty.FLAT
    at = answer.pieces.index(held[0])
    before = answer.pieces[at - 1].text if at else ""
    said = " , ".join([*([before] if len(before.split()) <= 4 else []), *(p.text for p in held)])
    after = answer.pieces[at + len(held) :]
    taken_back = any(
        (len(p.text.split()) <= 5 and marks.HEDGE.search(p.text))
        or marks.DOUBT_AFTER.search(p.text)
        for p in after
    )
    hedged = taken_back or marks.HEDGE.search(said) or marks.UNKNOWN.search(said)
    return Certainty.HEDGED if hedged else Certainty.FLAT


def _overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
