"""Who did it: the deeds of an English answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcription.comparison.en import marks, plain
from transcription.comparison.en.answer import Answer, Span
from transcription.comparison.en.front import opening
from transcription.comparison.en.orders import STATE, WITNESSED
from transcription.comparison.en.words import Token
from transcription.comparison.lexicon import PERSON
from transcription.comparison.model import Slot, Who

if TYPE_CHECKING:
    from transcription.comparison.en.reading import Reading


def deed_facts(reading: Reading, answer: Answer) -> None:
    """Who the answer says did it; a short yes or no takes the one asked about."""
    question = reading.question
    asked = reading.on > 0 and (question.who or question.yes_no or question.order)
    people = answer.people()
    did: set[str] = set()
    denied: set[str] = set()
    nobody, sound = False, False
    apart: list[Token] = []
    best: Span | None = None
    for token, share in zip(people, answer.shares("d", [t.span for t in people]), strict=True):
        label = max(share, key=share.__getitem__)
        if (
            plain.witness(answer, token)
            or plain.to_be_asked(answer, token)
            or plain.caused(answer, token)
            or plain.owner(answer, token)
        ):
            continue
        if label == "D" and plain.lacks_negation(answer, token):
            continue
        if plain.denied_before(answer, token) or (asked and plain.not_done(answer, token)):
            label, share = "D", {**share, "D": 1.0}
        elif (
            plain.made_to(answer, token)
            or (
                asked
                and question.who
                and (
                    plain.done(answer, token)
                    or plain.cleft(answer, token)
                    or (reading.matter.topic == "supervise" and plain.on_guard(answer, token))
                )
            )
            or (label != "D" and plain.acting(answer, token))
        ):
            label, share = "A", {**share, "A": 1.0}
        elif label == "A" and plain.elsewhere(answer, token):
            continue
        if plain.acted_on(answer, token):
            continue
        if label in "XP" or share[label] < (0.5 if asked and question.who else 0.7):
            continue
        if not (asked and question.who) and not reading.near(answer, token.span):
            continue
        piece = answer.piece_at(token.span)
        if piece is not None and (
            marks.USUAL.search(piece.text) or marks.PLANNED.search(piece.text)
        ):
            continue
        if label == "A":
            apart += [token] if token.ids and not token.others else []
            nobody = nobody or token.nobody
            did |= token.ids if token.others == 0 else set()
            sound = sound or token.by_sound
            best = best or token.span
        elif not token.nobody:
            denied |= token.ids
            best = best or token.span
    subject = _subject(reading)
    if asked and subject is not None and not did and not denied and not nobody:
        first = opening(answer)
        if marks.YES.match(first) and not STATE.match(first):
            did |= subject.ids
        elif marks.NO.match(first):
            denied |= subject.ids
        best = answer.span_of(answer.pieces[0])
    value = Who(frozenset(did), frozenset(denied - did), nobody and not did and question.who)
    if best is not None and (did or value.denied or value.nobody):
        doubt = plain.scattered(answer, apart)
        reading.say(answer, Slot.WHO_DID, value, best, sound, doubt=doubt)
    elif asked and question.who:
        reading.unknown(answer, Slot.WHO_DID)


def _subject(reading: Reading) -> Token | None:
    """Did you take it off: the one person the yes-or-no question asks about."""
    if not reading.question.yes_no or reading.question.order:
        return None
    if WITNESSED.search(reading.question.text):
        return None
    named = [t for t in reading.asked if t.kind == PERSON]
    first = named[0] if named else None
    return first if first is not None and len(first.ids) == 1 and not first.others else None
