"""Spoken and written English as tokens that compare equal when they say the same.

A part of ``spoken_tokens.py``: its alternatives stand before those of Chinese, so that a text may
hold both. Three, 3 and "3" are one number; half past nine, 9:30 and nine thirty one time; May the
twelfth and 12 May one date. didn't is did and a negation; nobody, nothing, never, without, hardly
and unsafe are a negation and what is left of the word. Words are compared in lower case.

Not read: quantities said in words of no fixed size (a few, a couple), fractions but a half, and
what only the tone of a sentence says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from command_centre.record.spoken_token import CHAR, NEGATION, NUMBER, TIME, Token
from transcription.comparison.values.numerals_en import number

_BEGIN, _END = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SCALES = "hundred|thousand|million"
_WORD = f"(?:{_TEENS}|{_TENS}|{_SCALES}|{_ONES}|zero)"
_RUN = (
    rf"(?:a (?=hundred|thousand|million))?{_WORD}{_END}"
    rf"(?:[ -](?:and )?(?:{_WORD}|oh){_END}){{0,60}}"
    rf"(?: point(?: (?:{_ONES}|zero|oh){_END}){{1,20}})?"
)
_FIGURES = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_HOUR = rf"(?:{_TEENS}|{_ONES}|\d{{1,2}})"
_MINUTES = rf"(?:(?:{_TENS})(?:[ -](?:{_ONES}))?|{_TEENS}|{_ONES}|\d{{1,2}})"
_DAYTIME = (
    r"(?: ?(?:a\.? ?m|p\.? ?m)\b\.?| (?:in the|this|that) (?:morning|afternoon|evening)| at night)"
)
#: What follows an hour after "at" that is no count of something: at nine we went.
_FOLLOWS = (
    r"(?= ?(?:$|[,.;?!]))|(?= (?:and|or|but|when|we|i|he|she|they|you|it|the|on|that|this|then"
    r"|there|to|for|sharp|exactly|already|yesterday|today|until|till|because|so|with|from)\b)"
)
_ORDINALS_TEXT = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
_ORDINALS = {word: n for n, word in enumerate(_ORDINALS_TEXT.split(), 1)} | {"thirtieth": 30}
_RANKS = "|".join(sorted(_ORDINALS, key=len, reverse=True))
_RANK = rf"(?:(?:twenty|thirty)[ -](?:{_RANKS})|(?:{_RANKS})|\d{{1,9}}(?:st|nd|rd|th))"
_MONTHS_TEXT = """
january february march april may june july august september october november december
"""
_MONTHS = _MONTHS_TEXT.split()
_MONTH = (
    "(?:january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_DAY = rf"(?:the )?{_RANK}|{_MINUTES}(?:{_FOLLOWS}|(?= (?:19|20|nineteen|twenty)))"
#: May and march are words too: you may first look, they march second.
_DATE = (
    rf"(?!(?:may|march) (?:first|second){_END}){_MONTH}\.? (?:{_DAY}){_END}"
    rf"|(?:the )?{_RANK} (?:of )?{_MONTH}{_END}"
    rf"|\d{{1,2}} (?:of )?{_MONTH}{_END}"
)
_DAYS = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?|yesterday|today|tomorrow|tonight"
_TIME = (
    rf"\d{{1,2}}:\d{{2}}{_DAYTIME}?|\d{{1,2}}\.\d{{2}}{_DAYTIME}"
    rf"|(?:half|(?:a )?quarter|{_MINUTES}(?: minutes?)?) past {_HOUR}{_END}{_DAYTIME}?"
    rf"|(?:(?:a )?quarter|{_MINUTES} minutes?) to {_HOUR}{_END}{_DAYTIME}?"
    rf"|{_HOUR} ?o'? ?clock{_DAYTIME}?"
    rf"|{_HOUR}{_DAYTIME}"
    rf"|(?:(?<=\bat )|(?<=\bat about )|(?<=\bat around )){_HOUR}(?:{_FOLLOWS})"
    r"|noon|midday|midnight"
)
_AUXILIARY = (
    "is|are|was|were|do|does|did|have|has|had|ca|could|wo|would|should|must|need|sha|ai|might|dare"
)
#: No doubt he knew it, as a clause begins; there was no doubt, no problem with it: these deny.
_NO_DOUBT = (
    r"(?:\A|(?<=[,.;:!?，。；：！？])|(?<=[,.;:!?] )"
    r"|(?<=\byes )|(?<=\byeah )|(?<=\bokay )|(?<=\bok )|(?<=\bwell ))"
    r"no (?:doubt|problem|matter|wonder)"
    r"(?! (?:with|in|at|on|about|of|for|from|to|is|are|was|were|has|had|have|here|there|found|seen"
    r"|noticed|reported)\b)"
)
#: Words in which nothing is counted or denied.
_PLAIN = (
    r"(?:the|this|that|which|another|each|every|any|some|last|next|new|old|big|small|other|wrong"
    r"|right|good|bad|same|only) ones?(?! (?:hundred|thousand|million|point))"
    r"|ones|one (?:another|by one|day|thing|second)|(?:a|just a|per|every|split|this|that) second"
    r"|at first|first of all|first aid|first thing|in the first place|second(?: thoughts?|[ -]hand)"
    r"|first(?=,? (?:i|we|he|she|they|you|it)\b)"
    rf"|not only|whether or not|or not|{_NO_DOUBT}|why not"
    rf"|(?:{_AUXILIARY})n't (?:i|you|he|she|it|we|they|there)(?= ?(?:[?.,;!]|$))"
)
_UN = (
    "safe|tested|checked|locked|covered|guarded|authori[sz]ed|trained|able|aware|attended|marked"
    "|sealed|signed|licen[sc]ed|certified|qualified|ventilated|supervised|monitored|protected"
    "|secured|fenced|labell?ed|lit|approved|registered|reported|inspected|measured|known|closed"
    "|used|necessary|usual|likely|clear|sure|true"
)
_NEGATION = (
    rf"(?:{_AUXILIARY})n't|(?:do|does|did|is|are|was|were|have|has|had|wo|would|ca|could|should)nt"
    r"|cannot|never|no[ -]one|nobody|nothing|nowhere|none|neither|nor|not|without|hardly|barely"
    rf"|scarcely|un(?:{_UN})|no"
)
#: After a number mm and ah are its unit.
_COUNTED = r"(?<!\d)(?<!\d )" + "".join(
    rf"(?<!\b{one} )" for one in f"{_TEENS}|{_TENS}|{_SCALES}|{_ONES}|zero|half|dozen".split("|")
)
_ASIDE = (
    rf"u+m+|u+h+|erm?|h+m+|{_COUNTED}(?:m+m+|a+h+)|o+h+|i mean"
    r"|(?<!do )(?<!did )(?<!if )you know(?! (?:him|her|it|them|what|how|who|where|when|why|that"
    r"|about|if|whether|any\w*|the|this|my|your)\b)"
)
_PERCENT = r"(?: ?%| ?per ?cent)?"
#: Things that have a number said figure by figure: room nine oh five.
_NUMBERED = "number|room|tank|pump|valve|line|permit|code|unit|floor|vessel|pit|building|channel"
#: Before figures "no" is number with its dot, written as one with them (no117), or after such a
#: thing; "no 2 way radio" denies.
_NO = (
    r"no(?:\. ?)?(?=\d)|(?:"
    + "|".join(rf"(?<=\b{one} )" for one in f"{_NUMBERED}|the".split("|"))
    + r")no (?=\d)"
)
#: Alternatives, as they stand before those of Chinese; the names of the groups begin with e_.
PATTERN = (
    rf"(?P<e_number_of>{_BEGIN}(?:number{_END}|{_NO}))"
    rf"|(?P<e_plain>{_BEGIN}(?:{_PLAIN}){_END})"
    rf"|(?P<e_date>{_BEGIN}(?:{_DATE}))"
    rf"|(?P<e_day>{_BEGIN}(?:{_DAYS}){_END})"
    rf"|(?P<e_time>{_BEGIN}(?:{_TIME}){_END})"
    rf"|(?P<e_rank>{_BEGIN}{_RANK}{_END})"
    rf"|(?P<e_dozen>{_BEGIN}(?:(?:half a |an? |(?:{_TEENS}|{_ONES}|\d+) )?dozen|twice){_END})"
    rf"|(?P<e_half>{_BEGIN}(?:an? )?half{_END}(?! past))"
    rf"|(?P<e_run>{_BEGIN}{_RUN}(?: and a half|{_PERCENT})(?:{_DAYTIME})?{_END})"
    rf"|(?P<e_figures>{_BEGIN}(?:{_FIGURES}(?: ?per ?cent| and a half){_END}"
    r"|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)))"
    rf"|(?P<e_negation>{_BEGIN}(?:{_NEGATION}){_END})"
    rf"|(?P<e_aside>{_BEGIN}(?:{_ASIDE}){_END})"
    r"|(?P<e_suffix>'(?:s|m|re|ll|ve|d)(?![a-z]))"
)
#: Words that come and go without changing what was said.
LIGHT = frozenset(("a", "an", "the", "so", "well", "then", "also", "just", "and", "okay", "ok"))

_SUFFIXES = {"s": "is", "m": "am", "re": "are", "ll": "will", "ve": "have", "d": "would"}
_STEMS = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
#: What is left of a word beside its negation; empty: nothing.
_LEFT = {
    **dict.fromkeys(("not", "no", "nor", "neither"), ""),
    **dict.fromkeys(("nobody", "no one", "no-one", "none"), "one"),
    "never": "ever",
    "nothing": "thing",
    "nowhere": "where",
    "cannot": "can",
    "without": "with",
    **dict.fromkeys(("hardly", "barely", "scarcely"), "hardly"),
}
#: After two numbers that may be an hour and minutes, these say that they are a count.
_UNIT = re.compile(
    r"[ -](?:lit(?:re|er)s?|met(?:re|er)s?|kilo\w*|tons?|tonnes?|bars?|volts?|degrees?"
    r"|pounds?|people|men|workers|yuan|dollars|square|cubic|parts|kg|mm|cm|km|ppm)\b"
)
_CODE = re.compile(rf"\b(?:{_NUMBERED}) $")


def tokens(kind: str, text: str, start: int, end: int) -> list[Token]:
    """The tokens of a match of one of the alternatives of ``PATTERN``."""
    return _READERS[kind](text, start, end)


def _plain(text: str, start: int, end: int) -> list[Token]:
    return [
        Token(CHAR, one[0], start + one.start(), start + one.end())
        for one in re.finditer(r"[a-z']+", text[start:end])
    ]


def _number_of(text: str, start: int, end: int) -> list[Token]:
    return [Token(CHAR, "number", start, end)]


def _nothing(text: str, start: int, end: int) -> list[Token]:
    return []


def _suffix(text: str, start: int, end: int) -> list[Token]:
    return [Token(CHAR, _SUFFIXES[text[start + 1 : end]], start, end)]


def _negation(text: str, start: int, end: int) -> list[Token]:
    """The negation, and what is left of its word: both stand where the word stands."""
    word = text[start:end]
    stem = re.fullmatch(r"(.+?)n'?t", word)
    if word in _LEFT:
        left = _LEFT[word]
    elif stem:
        left = _STEMS.get(stem[1], stem[1])
    else:
        left = word.removeprefix("un")
    denied = Token(NEGATION, "", start, end)
    if not left:
        return [denied]
    rest = Token(CHAR, left, start, end)
    return [rest, denied] if stem or word == "cannot" else [denied, rest]


def _day(text: str, start: int, end: int) -> list[Token]:
    word = text[start:end]
    return [Token(TIME, word.removesuffix("s") if "day" in word else word, start, end)]


def _date(text: str, start: int, end: int) -> list[Token]:
    words = re.findall(r"[a-z]+|\d+", text[start:end])
    month = next(one for one in words if re.fullmatch(_MONTH, one))
    number_of = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(month[:3]))
    day = _ordinal(" ".join(one for one in words if one not in (month, "the", "of")))
    return [Token(TIME, f"{number_of}-{day}", start, end)]


def _rank(text: str, start: int, end: int) -> list[Token]:
    return [Token(NUMBER, f"{_ordinal(text[start:end])}.", start, end)]


def _ordinal(text: str) -> int:
    """Which one: third, twenty-first, 3rd, 3; 0 for what is none."""
    figures = re.match(r"\d+", text)
    if figures:
        return int(figures[0])
    head, _, tail = text.replace("-", " ").rpartition(" ")
    if tail not in _ORDINALS:
        return int(number(text) or 0)
    return int(number(head) or 0) + _ORDINALS[tail]


def _time(text: str, start: int, end: int) -> list[Token]:
    found = text[start:end]
    if found in ("noon", "midday", "midnight"):
        return [Token(TIME, "0:00" if found == "midnight" else "12:00", start, end)]
    daytime = re.search(rf"{_DAYTIME}$", found)
    plain = found[: daytime.start()] if daytime else found
    hour, minutes = _clock(re.sub(r" ?o'? ?clock", "", plain))
    value = _hour_of_day(hour, daytime[0] if daytime else "")
    return [Token(TIME, f"{value}:{minutes:02}", start, end)]


def _clock(text: str) -> tuple[int, int]:
    """Hour and minutes of 9:30, half past nine, quarter to ten, nine."""
    figures = re.fullmatch(r"(\d{1,2})[:.](\d{2})", text)
    if figures:
        return int(figures[1]), int(figures[2])
    before, way, hour = re.sub(r" minutes?\b", "", text).rpartition(" past ")
    if not way:
        before, way, hour = re.sub(r" minutes?\b", "", text).rpartition(" to ")
    minutes = {"half": 30, "quarter": 15, "a quarter": 15, "": 0}.get(before)
    if minutes is None:
        minutes = int(number(before) or 0)
    at = int(number(hour) or 0)
    return (at, minutes) if way != " to " else ((at - 1) % 24, (60 - minutes) % 60)


def _hour_of_day(hour: int, daytime: str) -> int:
    night = "night" in daytime
    if hour == 12 and (night or re.search(r"a\.? ?m\b|morning", daytime)):
        return 0
    late = re.search(r"p\.? ?m\b|afternoon|evening", daytime) or (night and hour >= 6)
    return hour + 12 if late and hour < 12 else hour


def _dozen(text: str, start: int, end: int) -> list[Token]:
    head = text[start:end].removesuffix("dozen").strip()
    times = {"half a": 0.5, "a": 1.0, "an": 1.0, "": 1.0}.get(head)
    value = 2.0 if head == "twice" else 12 * (times if times is not None else number(head) or 1.0)
    return [Token(NUMBER, _spelt(value), start, end)]


def _half(text: str, start: int, end: int) -> list[Token]:
    return [Token(NUMBER, "0.5", start, end)]


def _figures(text: str, start: int, end: int) -> list[Token]:
    found = re.match(_FIGURES, text[start:end])
    value = (number(found[0]) if found else None) or 0.0
    half = 0.5 if text[start:end].endswith("and a half") else 0.0
    return [Token(NUMBER, _spelt(value + half), start, end)]


def _run(text: str, start: int, end: int) -> list[Token]:
    """Words of numbers in a row: one number, a time, a year, figures one by one, or several."""
    daytime = re.search(rf"{_DAYTIME}$", text[start:end])
    last = start + daytime.start() if daytime else end
    body = re.sub(rf"(?: and a half|{_PERCENT})$", "", text[start:last])
    found = _numbers(body)
    values = [one[0] for one in found]
    if pair := _clocked(values, text[:start]):
        return [_pair(text, start, end, pair, daytime[0] if daytime else "")]
    rest = _plain(text, last, end)
    if len(values) == 1:
        half = 0.5 if text[start:last].endswith("and a half") else 0.0
        return [Token(NUMBER, _spelt(values[0] + half), start, last), *rest]
    one_by_one = all(one < 10 and one.is_integer() for one in values)
    if one_by_one and (len(values) > 2 or 0.0 in values[1:]):
        joined = "".join(str(int(one)) for one in values)
        return [Token(NUMBER, str(int(joined)), start, last), *rest]
    return [*(Token(NUMBER, _spelt(value), start + a, start + b) for value, a, b in found), *rest]


def _clocked(values: list[float], before: str) -> list[int]:
    """Two that belong together: nine thirty, nine oh five, one eighty, twenty twenty-six."""
    if len(values) == 3 and values[1] == 0 and values[2] < 10 and not _CODE.search(before):
        values = [values[0], values[2]]  # nine oh five
    elif len(values) != 2 or values[1] < 10:
        return []
    whole = [int(one) for one in values if one.is_integer()]
    if len(whole) != 2:
        return []
    hour, minutes = whole
    return whole if 1 <= hour <= 20 and minutes < 100 else []


def _pair(text: str, start: int, end: int, values: list[int], daytime: str) -> Token:
    hour, minutes = values
    year = hour in (19, 20) and not (daytime or text[:start].endswith("at "))
    if year or minutes > 59 or _UNIT.match(text, end):
        return Token(NUMBER, str(hour * 100 + minutes), start, end)
    return Token(TIME, f"{_hour_of_day(hour, daytime)}:{minutes:02}", start, end)


def _numbers(text: str) -> list[tuple[float, int, int]]:
    """The numbers in a run of words, each as long as it can be, with their places in it."""
    words = list(re.finditer(r"[a-z]+", text))
    found: list[tuple[float, int, int]] = []
    at = 0
    while at < len(words):
        best: tuple[float, int] | None = None
        for to in range(at + 1, min(len(words), at + _WORDS_MAX) + 1):
            value = _one([each[0] for each in words[at:to]])
            best = (value, to) if value is not None else best
        if best is None:
            at += 1  # the "and" between two numbers
            continue
        found.append((best[0], words[at].start(), words[best[1] - 1].end()))
        at = best[1]
    return found


_WORDS_MAX = 14


def _one(words: list[str]) -> float | None:
    """The value of words that are one number."""
    if words[0] == "and" or words[-1] in ("and", "point", "a"):
        return None
    for before, word in pairwise(words):
        if word == "and" and before not in _SCALES.split("|"):
            return None
    said = " ".join("zero" if word == "oh" else word for word in words)
    return number(said)


def _spelt(value: float) -> str:
    """A number as ``spoken_tokens`` spells it."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


_READERS: dict[str, Callable[[str, int, int], list[Token]]] = {
    "e_number_of": _number_of,
    "e_plain": _plain,
    "e_date": _date,
    "e_day": _day,
    "e_time": _time,
    "e_rank": _rank,
    "e_dozen": _dozen,
    "e_half": _half,
    "e_run": _run,
    "e_figures": _figures,
    "e_negation": _negation,
    "e_aside": _nothing,
    "e_suffix": _suffix,
}
