"""Shapes of a clause that say by themselves what a mention is, whatever the classifier thinks."""

from __future__ import annotations

import re

from transcription.comparison.en import marks
from transcription.comparison.en.answer import Answer
from transcription.comparison.en.words import Token
from transcription.comparison.lexicon import PERSON

_NOT = frozenset(("not", "wasn't", "isn't", "weren't"))
#: By me, it was him, Yan and me: what may stand before a doer's me or him.
_COMPLEMENT = frozenset(
    ("by", "was", "'s", "is", "be", "been", "and", "not", "wasn't", "both", "with")
)
_BETWEEN = frozenset(
    ("'d", "'ve", "had", "have", "has", "just", "then", "also", "even", "both", "all", "himself")
    + ("myself", "actually", "only", "already", "went", "and", "then", "did", "got", "to", "up")
)
_ORDERING = re.compile(
    r"^(?:'d |had |just |then |went and )*(?:gave (?:that|the|this|us the|me the|him the) (?:order|"
    r"word|go|job|instruction|nod)|ordered|sent (?:me|us|him|them|#)|gave orders?|made the "
    r"(?:decision|call)|decided|arranged it|told (?:me|us|him|them|#) to|(?:rang|came|phoned|"
    r"called|radioed)(?: \w+)? (?:and|to) (?:said|say|told|tell|order))\b"
)
_ORDERED_BY = re.compile(
    r"(?<!not )(?<!n't )\b(?:sent|told|ordered|asked|put|instructed|picked|made|given)"
    r"(?: \w+){0,4} by$"
)
_TO_NOBODY = re.compile(
    r"^(?:'d |had |have |'ve )?(?:sent?|send|told|tell|ordered|order|asked?|assigned|gave|put|"
    r"picked|instructed|called|made|got) (?:nobody|no order|no such|no instruction|no one|none)\b"
)
_ELSEWHERE = re.compile(
    r"^(?:was|were|'d been|had been|'m|am|is) (?:still |already |just |also |all day )?"
    r"(?:(?:out|away|off|over|back|down|up|in|at|on) (?:in |at |on |to |by )?(?:the |his |my |a )?"
    r"(?!N\b|V\b|charge|watch|duty|guard|standby|it\b|that\b|by\b)|"
    r"home|asleep|nowhere|gone|busy|elsewhere|miles)|"
    r"^(?:had|'d) (?:gone|left|knocked off|popped|wandered)"
)


def _after(answer: Answer, token: Token) -> list[str]:
    piece = answer.piece_at(token.span)
    at = answer.tokens.index(token) + 1
    end = piece.last if piece is not None else len(answer.tokens)
    return [
        "#" if t.kind == PERSON and not t.nobody else answer.word(t) for t in answer.tokens[at:end]
    ]


def denied_before(answer: Answer, token: Token) -> bool:
    """Not me, it wasn't Yan."""
    at = answer.tokens.index(token)
    return at > 0 and answer.tokens[at - 1].text in _NOT and not token.nobody


def told_nobody(answer: Answer, token: Token) -> bool:
    """I sent nobody: the one who says so did not order."""
    return not token.nobody and bool(_TO_NOBODY.search(" ".join(_after(answer, token))))


def is_object(answer: Answer, token: Token) -> bool:
    """The nobody of I sent nobody."""
    at = answer.tokens.index(token)
    before = [t for t in answer.tokens[:at] if t.kind == PERSON]
    return token.nobody and bool(before) and told_nobody(answer, before[-1])


def ordering(answer: Answer, token: Token) -> bool:
    """The foreman gave that order."""
    return not token.nobody and bool(_ORDERING.search(" ".join(_after(answer, token))))


def acting(answer: Answer, token: Token) -> bool:
    """Yan shut the valve: the subject right before the point's verb."""
    for word in _after(answer, token):
        if word == "V":
            return True
        if word not in _BETWEEN:
            return False
    return False


def elsewhere(answer: Answer, token: Token) -> bool:
    """Yan was out in the yard; not on watch, nor at the matter itself."""
    return not token.nobody and bool(_ELSEWHERE.search(" ".join(_after(answer, token))))


def in_habit(answer: Answer, token: Token) -> bool:
    """What is usual, in the clause of the mention."""
    piece = answer.piece_at(token.span)
    return piece is not None and bool(marks.USUAL.search(piece.text))


def acted_on(answer: Answer, token: Token) -> bool:
    """He pushed me aside: me, him after a verb are no doers."""
    if token.text not in ("me", "him", "us", "them"):
        return False
    piece = answer.piece_at(token.span)
    at = answer.tokens.index(token)
    before = answer.tokens[at - 1].text if at else ""
    first = piece is None or answer.tokens[piece.first] is token
    return not first and before not in _COMPLEMENT


def ordered_by(answer: Answer, token: Token) -> bool:
    """Sent up there by Yan."""
    piece = answer.piece_at(token.span)
    at = answer.tokens.index(token)
    first = piece.first if piece is not None else 0
    before = " ".join(t.text for t in answer.tokens[first:at])
    return not token.nobody and bool(_ORDERED_BY.search(before))
