"""Whether it was so, where a word of the answer says it: it was wide open, coat no, would you?"""

from __future__ import annotations

import re

from transcription.comparison.en import marks
from transcription.comparison.en.answer import Answer
from transcription.comparison.en.front import opening
from transcription.comparison.en.matters import Matter, Question, stem
from transcription.comparison.lexicon import PERSON
from transcription.comparison.model import Point, Slot

#: Two ways a thing can be: what is the one is not the other.
_PAIRS = tuple(
    (re.compile(rf"\b(?:{one})\b"), re.compile(rf"\b(?:{other})\b"))
    for one, other in (
        (
            "locked|padlocked|chained|bolted|shut|closed|closing|closure|barred|a (?:lock|chain|"
            "padlock) on",
            "open|opened|unlocked|ajar",
        ),
        (
            "(?:was|were|is|are|'s|it's|that's|still|turned|switched|left|kept|have it|had it) on|"
            "running|turning|going|spinning|live|working",
            "(?:was|were|is|are|'s|it's|been|turned|switched|knocked|went|had it|completely) off|"
            "stopped|dead|shut down|isolated|switched off|turned off|not running",
        ),
        ("wet|water|flooded|puddles?|soaked|soaking|waterlogged", "dry|pumped out|drained"),
        ("full", "empty|emptied"),
    )
)
_NOT = re.compile(
    r"(?:\b(?:not|never|no|hardly|without|isn't|nobody|none|hadn't)|n't)\b(?: \w+){0,3} ?$"
)
_UNREAL = re.compile(r"\b(?:if|should|supposed|meant|would|whether|when|usually|normally|always)\b")
_COUNTERFACTUAL = re.compile(
    r"\bif (?:i|he|she|we|they|it|there)(?:'d| had| was| were)\b(?! not|n't).*\b(?:would(?:n't|"
    r" not)|"
    r"wouldnt|'d not)\b"
)
_RHETORICAL_NO = re.compile(
    r"^(?:would you|who would|why would (?:i|we|he|they)|do i look|as if|in that heat)\b|"
    r"\bwould you$|\bif you(?: can|'d)? call (?:that|it)\b"
)
_OPEN = re.compile(
    r"\b(?:(?:is|that's) another (?:matter|question|story)|whether (?:they|he|she|it|there|"
    r"i)\b[^,]*"
    r"(?:is|couldn't|can't|don't|who knows)|i (?:couldn't|can't|don't know) \w* ?whether)\b"
)
_WHAT_IS = re.compile(r"^what(?:'s| is) (?:a |the |this )?\w+(?: ,)?$")
#: In March, twice a year: an answer to "was one held" that says when.
_HABIT = re.compile(
    r"\b(?:there(?:'s| is) always|(?:we|they|i) (?:always|usually|normally) (?:do|have|get)|"
    r"it's (?:company )?policy)\b"
)
_HOW_OFTEN = re.compile(
    r"^(?:in (?:the )?(?:january|february|march|april|may|june|july|august|september|october|"
    r"november|"
    r"december|spring|summer|autumn|winter)|(?:once|twice|three times|four times|\w+ times) (?:a|"
    r"every|"
    r"each|this|last)|every (?:day|week|month|quarter|year|shift|morning|time)|last (?:week|month|"
    r"year|"
    r"spring|summer|autumn|winter)|(?:only )?(?:yesterday|this morning|that morning|"
    r"the day before))\b"
)
_NO_WORD = re.compile(r"\b(?:not|no|never|nobody|none|cancelled|postponed|meant|supposed)\b|n't\b")
_HAD_ON = re.compile(
    r"^(?:(?:i|he|she|we|they|%) )?(?:had|'d got|had got) (?:one|it|them|'em|em|mine|his|hers|"
    r"theirs|"
    r"both|all of it)(?: \w+)? on\b"
)
_OWN_ACT = re.compile(
    r"\bdid (?:you|he|she) (?:yourself |himself |actually |ever |also )?(?:sign|check|inspect|"
    r"test|lock|"
    r"issue|write|fill|approve|brief|train|put|hand)\b"
)
_DENIAL = re.compile(
    r"\b(?:not|never|no|nor|neither|nobody|nothing|none|hardly|without|cannot|forgot|refused|"
    r"off|left|cancelled|meant to|wasnt|didnt|hadnt)\b|n't\b"
)
_ANAPHORS_TEXT = """
one ones it them any none that this those did didn't was wasn't had hadn't nothing never once
done time single ever
"""
_ANAPHORS = frozenset(_ANAPHORS_TEXT.split())
_PAPER_NO = re.compile(
    r"\b(?:expired|lapsed|ran out|run out|out of date|revoked|suspended|cancelled|withdrawn|"
    r"refused|"
    r"not yet|still waiting)\b"
)
_EACH_TIME = re.compile(r"^(?:always|every (?:time|day|shift)|each time|all of us|fully)\b")
_PAPER_YES = re.compile(r"^(?:still )?(?:valid|good|in force|in order) (?:till|until|for|to)\b")
_SAYS = frozenset(("said", "says", "told", "claims", "claimed", "reckons", "reckoned", "swears"))


def turned(point: Point, question: Question, label: str, answer: Answer) -> str:
    """A yes or no to a question that names the contrary: unlocked, wasn't it? No."""
    pair = _side_of(point)
    if pair is None or label not in "yn":
        return label
    same, contrary = pair
    if not contrary.search(question.text) or same.search(question.text):
        return label
    first = opening(answer)
    if marks.NO.match(first):
        return "y"
    return "n" if marks.YES.match(first) else label


def said(point: Point, matter: Matter, question: Question, answer: Answer) -> tuple[str, bool]:
    """What a word of the answer says by itself, and whether flatly; empty: nothing."""
    lower = answer.lower
    if _OPEN.search(lower):
        return "u", True
    if _HABIT.search(lower) and len(answer.pieces) <= 2:
        return "o", True
    if _WHAT_IS.match(lower):
        return "u", True
    if _COUNTERFACTUAL.search(lower):
        return "n", False
    own = _beside_own_word(matter, answer)
    if own:
        return own, True
    if _HAD_ON.match(opening(answer)) and matter.topic == "ppe":
        return "y", True
    if matter.topic == "permit":
        if _PAPER_NO.search(lower) and not marks.UNKNOWN.search(lower):
            return "n", True
        if _PAPER_YES.search(opening(answer)):
            return "y", True
    pair = _side_of(point)
    if pair is not None and not marks.UNKNOWN.search(lower):
        for piece in answer.pieces:
            state = "" if _echoed(answer, piece.first, piece.last) else _state(piece.text, *pair)
            if state:
                return state, True
    if question.yes_no and _HOW_OFTEN.match(opening(answer)) and not _NO_WORD.search(lower):
        return "y", True
    if any(_RHETORICAL_NO.search(piece.text) for piece in answer.pieces):
        return "n", False
    return "", False


def _side_of(point: Point) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
    """What the point asks for, and its contrary."""
    asked = point.en.lower()
    for one, other in _PAIRS:
        if one.search(asked) and not other.search(asked):
            return one, other
        if other.search(asked) and not one.search(asked):
            return other, one
    return None


def _state(text: str, same: re.Pattern[str], contrary: re.Pattern[str]) -> str:
    if _UNREAL.search(text):
        return ""
    one, other = same.search(text), contrary.search(text)
    if (one is None) == (other is None):
        return ""
    found = one or other
    assert found is not None
    negated = bool(_NOT.search(text[: found.start()]))
    return "y" if (one is not None) != negated else "n"


def _echoed(answer: Answer, first: int, last: int) -> bool:
    """Stopped? It never stopped: the first only says back the question."""
    end = answer.tokens[last - 1].span[1]
    return answer.turn.text[end:].lstrip().startswith("?") and last - first <= 3


def _beside_own_word(matter: Matter, answer: Answer) -> str:
    """Helmet yes, coat no."""
    for piece in answer.pieces:
        words = answer.tokens[piece.first : piece.last]
        if len(words) < 2 or words[-1].text not in ("yes", "no"):
            continue
        if len(words) <= 4 and stem(words[-2].text) in matter.stems:
            return "y" if words[-1].text == "yes" else "n"
    return ""


def denied_flatly(answer: Answer) -> bool:
    """He most certainly did not."""
    return bool(marks.DENIED_FLATLY.match(opening(answer)))


def weak(label: str, answer: Answer) -> bool:
    """Said without a yes or no, or a word of the matter: an answer that has to be guessed at."""
    first = opening(answer)
    sure = (marks.YES, marks.NO, marks.NONE, marks.UNWORN, marks.SCORN, _EACH_TIME)
    if any(rule.match(first) for rule in sure):
        return False
    if label == "n":
        denied = [p for p in answer.pieces if _DENIAL.search(p.text)]
        return not any(_about(answer, p.first, p.last) for p in denied)
    lower = answer.lower
    both = _DENIAL.search(lower) and re.search(r"\b(?:did|was|had|were)(?= ,|$)", lower)
    return bool(both) or not any(_about(answer, p.first, p.last) for p in answer.pieces)


def _about(answer: Answer, first: int, last: int) -> bool:
    tokens = answer.tokens[first:last]
    words = [answer.word(t) for t in tokens]
    return bool(({"V", "N"} | _ANAPHORS) & set(words)) or any(t.nobody for t in tokens)


def doubtful(label: str, question: Question, answer: Answer, speaker: str, point: Point) -> bool:
    """Did you sign it, no; he says so; who locked it, Yan, he hadn't been: half an answer."""
    doers = Slot.WHO_DID in point.slots
    own = doers and label == "n" and question.yes_no and _OWN_ACT.search(question.text)
    named_one = question.who and label == "n" and any(t.ids for t in answer.people())
    return bool(own or named_one) or hearsay(answer, speaker)


def hearsay(answer: Answer, speaker: str) -> bool:
    """Young Che said it was wet."""
    if marks.YES.match(opening(answer)) or marks.NO.match(opening(answer)):
        return False
    return any(
        token.kind == PERSON and speaker not in token.ids and after.text in _SAYS
        for token, after in zip(answer.tokens, answer.tokens[1:], strict=False)
    )
