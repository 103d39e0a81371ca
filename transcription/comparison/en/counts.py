"""How many people an English answer counts: numbers, lists of people, four of us and the fitter."""

from __future__ import annotations

import re

from transcription.comparison.en.answer import Answer, Span
from transcription.comparison.en.words import PAUSE, Token
from transcription.comparison.lexicon import PERSON
from transcription.comparison.model import Number, Value
from transcription.comparison.values.found import find_numbers
from transcription.comparison.values.numerals_en import ONE, number

Candidate = tuple[Value, Span, bool]

#: Two girls and Mu, four of us and the fitter, eighteen plus me.
_AND_MORE = re.compile(
    r"(?:and|plus|as well as|and then|and also)(?: there (?:was|were))?(?: also)? "
    r"(?P<more>(?:another |a )?(?:couple|pair)(?: more)?|another (?P<another>[a-z0-9]+)|"
    r"(?P<n>[a-z0-9]+) (?:more|others?)|#(?:(?: ,)?(?: and)? #)*(?=$| ,| (?:in|on|up|down|there|"
    r"too|as)\b)|"
    r"(?:the|a|an|another|my|our|one) (?:[a-z]+ )?(?P<noun>[a-z]+))"
)
_ONE_BODY = re.compile(
    r"(?:lad|boy|fellow|fella|bloke|guy|man|woman|girl|lady|fitter|welder|apprentice|driver|mate|"
    r"nephew|"
    r"brother|son|cousin|helper|temp|foreman|boss|electrician|mechanic|supervisor|labourer|worker|"
    r"operator|leader|engineer|guard|cleaner|chap|kid|youngster|newcomer|trainee|student|uncle)$"
)
_BODY = (
    r"(?:lad|boy|fellow|fella|bloke|guy|man|woman|girl|lady|fitter|welder|apprentice|driver|mate|"
    r"nephew|"
    r"brother|son|cousin|helper|temp|foreman|boss|electrician|mechanic|supervisor|labourer|worker|"
    r"operator|engineer|guard|cleaner|chap|kid|trainee|uncle|colleague|friend|neighbour)"
)
_UNNAMED = re.compile(rf"\b{_BODY}\b")
_ITEM = (
    rf"(?:#|(?:the|a|an|my|our|his|another|one|this) (?:(?:old|older|young|new|other|"
    rf"little) )?{_BODY}"
    rf"(?: #)?)"
)
_ITEM_ONLY = re.compile(_ITEM)
_END = r"(?=$| ,(?! and)| (?:in|on|up|down|there|that|were|was|went|only|too|as|who|at|inside)\b)"
_COMPANY = re.compile(
    rf"(?:^|(?<=was )|(?<=just )|(?<=only )|(?<=were )|(?<=had )|(?<=, )){_ITEM}"
    rf"(?:(?: ,(?: and)?| and| plus) {_ITEM})+{_END}"
)
_OF_THINGS = re.compile(
    r"\s*(?:sets?|pairs?|boxes|bags|pieces|copies|tags|bottles|cans|loads|trips|lorries|shovels|drums|"
    r"helmets of|rolls|sheets|bundles)\b(?! of (?:us|them))"
)
_ALL_TOLD = re.compile(
    r"\b(?P<n>[a-z0-9-]+)(?: (?:people|men|of us|of them))? (?:all told|altogether|in all|"
    r"in total|all "
    r"in|total|all together)\b|\b(?:makes|make|that's|so) (?P<m>[a-z0-9-]+)(?: (?:of us|people|"
    r"men))?$"
)
_LIST_JOIN = re.compile(
    r"^(?:,|and|plus|with|along|as|well|also|then|another|the|other|lad|fellow|old|young|boy|our|"
    r"my|"
    r"mate|brother|uncle|mister|mr)$"
)
_SOMEBODY_ELSE = frozenset(
    ("the", "another", "other", "lad", "fellow", "old", "young", "boy", "our", "my", "mate")
)
_TOTAL = re.compile(r"[.;:!?]\s*(?:so |that's |that makes |makes )?$")
_COUNT_WORD = re.compile(rf"^{ONE}$")


def numbers(answer: Answer) -> list[Candidate]:
    """Numbers, or the length of a list of people: me, guo and two day labourers."""
    found: list[Candidate] = [
        (n.value, n.span, False) for n in find_numbers(answer.turn.text, "en")
    ]
    found = [c for c in found if not _OF_THINGS.match(answer.turn.text[c[1][1] :].lower())]
    if told := _all_told(answer):
        return [told]
    found = [_with_more(answer, c) for c in found]
    found = [
        c
        for c in found
        if not any(o is not c and o[1][0] <= c[1][0] and c[1][1] <= o[1][1] for o in found)
    ]
    if (few := _me_and_others(answer)) is not None:
        return [few]
    listed = _listed(answer)
    if listed is None:
        return found
    value, span = listed
    inside = [c for c in found if span[0] <= c[1][0] < span[1]]
    outside = [c for c in found if c not in inside]
    if any(isinstance(c[0], Number) and c[0].unit in ("", "人") and c[0].low >= 2 for c in outside):
        return outside
    return [*outside, (value, span, False)]


def _marked(answer: Answer, first: int, last: int) -> str:
    return " ".join("#" if t.kind == PERSON else t.text for t in answer.tokens[first:last])


def _all_told(answer: Answer) -> Candidate | None:
    """So three all told."""
    for piece in answer.pieces:
        found = _ALL_TOLD.search(piece.text)
        word = (found["n"] or found["m"]) if found else None
        count = number(word) if word and _COUNT_WORD.match(word) else None
        if count is not None and count >= 1:
            return Number(count, count, "人"), answer.span_of(piece), False
    return None


def _with_more(answer: Answer, candidate: Candidate) -> Candidate:
    """Four of us and the fitter: five."""
    value, span, by_sound = candidate
    if not isinstance(value, Number) or value.low != value.high or value.unit not in ("", "人"):
        return candidate
    after = [n for n, t in enumerate(answer.tokens) if t.span[0] >= span[1]]
    if not after:
        return candidate
    rest = _marked(answer, after[0], min(len(answer.tokens), after[0] + 14))
    ahead = re.match(r"(?:(?!and|plus|but|so)[a-z]+ ){0,5}?,? ?(?=(?:and|plus|as well as)\b)", rest)
    more = _AND_MORE.match(rest[ahead.end() :]) if ahead else None
    if more is None:
        return candidate
    said = more["more"]
    if said.startswith("#"):
        extra = float(said.count("#"))
    elif "couple" in said or "pair" in said:
        extra = 2.0 if ("another" in said or "more" in said or value.unit == "") else 0.0
    elif word := more["another"] or more["n"]:
        if more["another"] and _ONE_BODY.match(word):
            extra = 1.0
        else:
            extra = (number(word) if _COUNT_WORD.match(word) else None) or 0.0
    else:
        extra = 1.0 if _ONE_BODY.match(more["noun"]) else 0.0
    if not extra:
        return candidate
    start = answer.tokens[after[0]].span[0]
    end = min(len(answer.turn.text), start + (ahead.end() if ahead else 0) + more.end())
    return Number(value.low + extra, value.high + extra, "人"), (span[0], end), by_sound


def _me_and_others(answer: Answer) -> Candidate | None:
    """Just me and the lad; me, my cousin and an older man."""
    text = _marked(answer, 0, len(answer.tokens))
    found = _COMPANY.search(text)
    if found is None or not re.search(r"#", found.group()) or not _UNNAMED.search(found.group()):
        return None
    total = float(len(_ITEM_ONLY.findall(found.group())))
    first = len(text[: found.start()].split())
    last = min(first + len(found.group().split()), len(answer.tokens)) - 1
    span = (answer.tokens[first].span[0], answer.tokens[last].span[1])
    return Number(total, total, "人"), span, False


def _ends(tokens: list[Token], at: int) -> bool:
    """A number with nothing counted after it."""
    rest = tokens[at + 1] if at + 1 < len(tokens) else None
    return rest is None or rest.kind == PAUSE or rest.text in ("of", "in", "all", "altogether")


def _listed(answer: Answer) -> tuple[Number, Span] | None:
    tokens = answer.tokens
    at = 0
    while at < len(tokens):
        if tokens[at].kind != PERSON or not (tokens[at].ids and tokens[at].others == 0):
            at += 1
            continue
        total, end, joined, last = 1.0, at, False, at + 1
        while last < len(tokens):
            token = tokens[last]
            if token.kind == PERSON and token.ids and joined:
                total, end, joined = total + 1, last, False
            elif _LIST_JOIN.match(token.text):
                if token.kind == PAUSE and answer.turn.text[slice(*token.span)].strip() not in (
                    "",
                    ",",
                ):
                    break  # it was me. Cao went
                joined = True
            elif _TOTAL.search(answer.turn.text.lower()[: token.span[0]]) or (
                _COUNT_WORD.match(token.text) and _ends(tokens, last)
            ):
                break  # Yan, Ruan and me. Three: the sum, no more of them
            elif joined and _COUNT_WORD.match(token.text) and (n := number(token.text)) is not None:
                total, end, joined = total + n, last, False
            elif token.text == "couple" and tokens[last - 1].text == "a":
                total, end = total + 1, last
            elif joined and token.text in ("a", "an", "one", "some"):
                total, end, joined = total + 1, last, False
            else:
                break
            last += 1
        rest = {t.text for t in tokens[end + 1 : last]}
        if total > 1 and rest & _SOMEBODY_ELSE:
            return None  # and the old man's nephew: not all of them are known by name
        if total > 1:
            return Number(total, total, "人"), (tokens[at].span[0], tokens[end].span[1])
        at += 1
    return None
