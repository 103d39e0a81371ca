"""What somebody enters of a document's statement, read as the engine reads speech.

The counterpart of ``document_file``: text in, the value as a case file has it out. A date and a
time of the clock written in figures are taken as written, on the clock of 24 hours. Everything else
goes through the finders that read testimony, and through the lexicon of the case. Not here: whether
it is kept, by whom, and what it is compared with. Nothing is guessed: what can be understood in two
ways is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from math import inf

from transcription.comparison.document_file import document_value
from transcription.comparison.lexicon import (
    AMBIGUOUS,
    EQUIPMENT,
    PERSON,
    PLACE,
    Lexicon,
    Mention,
)
from transcription.comparison.model import Case, Number, Slot, Value, When
from transcription.comparison.values.found import find_numbers, find_times
from transcription.errors import CaseError

#: A value that is entered has at most so many characters.
ENTERED_MAX = 120
#: A time said no wider than this is a moment; a document's own tolerance then stands for it.
_MOMENT_MIN = 30
_DAY_MIN = 24 * 60

#: [20, None] is 20 and more.
Written = str | int | float | bool | list[str | int | float | None]


class Why(StrEnum):
    """Why an entered value cannot be taken."""

    EMPTY = "empty"  # nothing was entered, or too much
    NOTHING = "nothing"  # nothing of the kind is in it
    SEVERAL = "several"  # more than one, and it says not which
    HALF_DAY = "half_day"  # morning or afternoon
    FROM_TODAY = "from_today"  # a day counted from that of the writing, which nobody here knows
    NO_DAY = "no_day"  # of a time, and the case has no day of the incident
    NOBODY_KNOWN = "nobody_known"  # no person of the case
    AMBIGUOUS = "ambiguous"  # a name that means several
    DENIED = "denied"  # what was not so


class NotUnderstood(CaseError):
    """An entered value that cannot be taken; ``why`` says what was expected."""

    def __init__(self, why: Why, said: str = "") -> None:
        super().__init__(f"{why}: {said}" if said else str(why))
        self.why = why
        self.said = said


@dataclass(frozen=True)
class Entered:
    """A value as a case file has it (``written``, ``unit``) and as the engine has it."""

    written: Written
    value: Value
    unit: str = ""
    #: Places and things the case has no name for: compared by the words entered.
    unnamed: tuple[str, ...] = ()


def read_entered(slot: Slot, text: str, case: Case, today: date) -> Entered:
    """What was entered for a slot; a day without a year is the last one before ``today``.

    Raises:
        NotUnderstood: it cannot be taken, and why.
    """
    text = text.strip()
    if not 1 <= len(text) <= ENTERED_MAX:
        raise NotUnderstood(Why.EMPTY)
    return _READERS[slot](slot, text, case, today)


def _entered(
    slot: Slot, written: Written, unit: str = "", unnamed: tuple[str, ...] = ()
) -> Entered:
    return Entered(written, document_value(slot, written, unit), unit, unnamed)


def _language(text: str) -> str:
    return "zh" if re.search(r"[\u3400-\u9fff]", text) else "en"


# --- whether, how many ----------------------------------------------------------------------------

_YES = frozenset(("是", "有", "对", "已", "yes", "true", "y"))
_NO = frozenset(("否", "无", "不是", "没有", "没", "未", "no", "false", "n", "none"))


def _whether(slot: Slot, text: str, _case: Case, _today: date) -> Entered:
    word = text.casefold()
    if word not in _YES | _NO:
        raise NotUnderstood(Why.NOTHING)
    return _entered(slot, word in _YES)


#: 1,200.
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")
#: 20.9%VOL is said as 20.9%.
_BY_VOLUME = re.compile(r"(?<=[%％])\s*(?:vol|lel)\b", re.I)
_NUMBER_MAX = 10**12
_FIGURES = re.compile(r"[\d二两三四五六七八九十百半]")


def _how_many(slot: Slot, text: str, _case: Case, _today: date) -> Entered:
    text = _BY_VOLUME.sub("", _THOUSANDS.sub("", text))
    found = find_numbers(text, _language(text))
    numbers = {one.value for one in found if isinstance(one.value, Number)}
    if not numbers or re.match(r"[-−负]", text) or max(one.low for one in numbers) > _NUMBER_MAX:
        raise NotUnderstood(Why.NOTHING)
    if len(numbers) > 1 or _FIGURES.search(_without(text, [one.span for one in found])):
        raise NotUnderstood(Why.SEVERAL)
    number = numbers.pop()
    low, high = _figure(number.low), None if number.high == inf else _figure(number.high)
    return _entered(slot, low if low == high else [low, high], number.unit)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """What stands beside what was read: 30分 of 2小时30分."""
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    return text


def _figure(number: float) -> int | float:
    return int(number) if number == int(number) else number


# --- people, places, tools ------------------------------------------------------------------------

_BETWEEN = re.compile(r"[、,，;；/]|(?<=\S)(?:和|及|与)(?=\S)|\s+and\s+|\s*&\s*")
#: What a document says was not so is no value of it: 不是王强 names nobody.
_DENIAL = re.compile(
    r"(?:不是|不在|并非|并不|没有|没在|未在)|\b(?:not|never|nobody|without)\b", re.I
)
#: 非2号罐 denies 2号罐; 非防爆扳手 is a tool.
_MAYBE_DENIAL = re.compile(r"非|未|没|除")


def _who(slot: Slot, text: str, case: Case, _today: date) -> Entered:
    """Every part between commas has to be somebody of the case."""
    lexicon, people = Lexicon(case), list[str]()
    for part in _parts(text, lexicon):
        found = _named(part, lexicon)
        if any(one.kind == AMBIGUOUS for one in found):
            raise NotUnderstood(Why.AMBIGUOUS, part)
        named = [one.id for one in found if one.kind == PERSON]
        if not named:
            raise NotUnderstood(Why.NOBODY_KNOWN, part)
        people += named
    return _entered(slot, list(dict.fromkeys(people)))


def _thing(slot: Slot, text: str, case: Case, _today: date) -> Entered:
    """By the case's name where it has one, else by the words entered."""
    lexicon, names, unnamed = Lexicon(case), list[str](), list[str]()
    wanted = PLACE if slot is Slot.WHERE else EQUIPMENT
    for part in _parts(text, lexicon):
        found = _named(part, lexicon)
        if any(one.kind == AMBIGUOUS and one.span == (0, len(part)) for one in found):
            raise NotUnderstood(Why.AMBIGUOUS, part)
        named = [one.id for one in found if one.kind == wanted]
        names += named or [part]
        unnamed += [] if named else [part]
    return _entered(slot, list(dict.fromkeys(names)), unnamed=tuple(dict.fromkeys(unnamed)))


def _named(part: str, lexicon: Lexicon) -> list[Mention]:
    """Names of the case in a part; a part that denies them is refused."""
    found = _mentions(part, lexicon)
    beside = _without(part, [one.span for one in found])
    if _DENIAL.search(beside) or (found and _MAYBE_DENIAL.match(beside)):
        raise NotUnderstood(Why.DENIED, part)
    return found


def _mentions(text: str, lexicon: Lexicon) -> list[Mention]:
    names = (PERSON, PLACE, EQUIPMENT, AMBIGUOUS)
    return [one for one in lexicon.mentions(text) if one.kind in names and not one.by_sound]


def _parts(text: str, lexicon: Lexicon) -> list[str]:
    """What is listed; a sign inside a name of the case (李和平, 安全与环保部) parts nothing.

    Raises:
        NotUnderstood: nothing is.
    """
    spans = [one.span for one in _mentions(text, lexicon)]
    parts, at = list[str](), 0
    for sign in _BETWEEN.finditer(text):
        if not any(start < sign.end() and sign.start() < end for start, end in spans):
            parts.append(text[at : sign.start()].strip())
            at = sign.end()
    parts.append(text[at:].strip())
    if not any(parts):
        raise NotUnderstood(Why.NOTHING)
    return [part for part in parts if part]


# --- times ----------------------------------------------------------------------------------------

#: 2026-05-12, 5月12日, 12日; never 5-12, which may be a number of things.
_DATE = (
    r"(?:(?P<{0}y>\d{{4}})\s*[-/.年]\s*(?P<{0}m>\d{{1,2}})\s*[-/.月]\s*(?P<{0}d>\d{{1,2}})\s*日?|"
    r"(?:(?P<{0}n>\d{{1,2}})\s*月\s*)?(?P<{0}e>\d{{1,2}})\s*[日号])"
)
_CLOCK = (
    r"(?P<{0}h>\d{{1,2}})\s*"
    r"(?:[:：]\s*(?P<{0}i>\d{{2}})(?:[:：]\d{{2}})?|时(?:\s*(?P<{0}j>\d{{1,2}})\s*分?)?)"
)
_WRITTEN = re.compile(
    rf"(?:{_DATE.format('a')})?\s*[T,，]?\s*(?:{_CLOCK.format('a')})?"
    rf"(?:\s*(?:-|–|—|~|～|至|到|to)\s*(?:{_DATE.format('b')})?\s*T?\s*{_CLOCK.format('b')})?"
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_HALF_YEAR = timedelta(days=182)
#: A day of which only the number is said: 12日下午三点, on the 12th.
_DAY_ALONE = re.compile(
    r"(?<![\d一二三四五六七八九十廿卅月的第])(?:\d{1,2}|[一二三四五六七八九十廿卅]{1,3})"
    r"(?:日(?!前)|号(?=$|[\s\d,，在上下中晚早凌夜午傍一二三四五六七八九十两]))|"
    r"\bon the (?:\d{1,2}(?:st|nd|rd|th)|[a-z -]+(?:th|first|second|third))\b",
    re.I,
)
_OF_A_MONTH = re.compile(
    r"月|\b(?:january|february|march|april|may|june|july|august|september|october|november|"
    r"december)\b",
    re.I,
)
#: A document means the day it was written on by 昨天, whoever enters it another: neither is taken.
_FROM_TODAY = re.compile(
    r"[今昨][天日儿早晚晨夜]|大?前[天儿]|(?<!\d)前日|[明后][天儿]|[一二两三四五六七八九十\d]+天前|"
    r"[上本这下]+个?(?:周|星期|礼拜|月)|[去前今]年|"
    r"\b(?:today|yesterday|tonight|tomorrow|(?:last|this|next) (?:night|morning|afternoon|"
    r"evening|week|month|year|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|"
    r"(?:\w+ )?(?:days?|weeks?|months?) ago)\b",
    re.I,
)
_TIME_DENIED = re.compile(r"(?:不是|不在|并非|非|未|没)|(?:not|never)\b", re.I)


def _when(slot: Slot, text: str, case: Case, today: date) -> Entered:
    if _TIME_DENIED.match(text):
        raise NotUnderstood(Why.DENIED, text)
    if counted := _FROM_TODAY.search(text):
        raise NotUnderstood(Why.FROM_TODAY, counted[0])
    written = _as_written(text, case.incident, today) or _as_said(text, case.incident, today)
    return _entered(slot, written)


def _as_written(text: str, incident: date | None, today: date) -> Written | None:
    """Figures on a form: 2026-05-12 15:20, 5月12日8时至11时, 8:30-11:30; None: no such."""
    match = _WRITTEN.fullmatch(text)
    if match is None or not (match["ad"] or match["ae"] or match["ah"]):
        return None
    try:
        day = _day(match, "a", incident, today) or incident
        if day is None:
            raise NotUnderstood(Why.NO_DAY)
        if not match["ah"]:
            if match["bh"]:
                raise NotUnderstood(Why.SEVERAL)
            return day.isoformat()
        start = _at(match, "a", day)
        if not match["bh"]:
            return start.isoformat(timespec="minutes")
        until = _day(match, "b", day, today)
        end = _at(match, "b", until or day)
    except ValueError as error:  # the 31st of June, 25 o'clock
        raise NotUnderstood(Why.NOTHING) from error
    if end < start and not until:
        end += timedelta(days=1)
    return _stretch(start, end)


def _at(match: re.Match[str], which: str, day: date) -> datetime:
    """A time of a day; 24:00 is midnight at its end."""
    hour, minute = int(match[f"{which}h"]), int(match[f"{which}i"] or match[f"{which}j"] or 0)
    if (hour, minute) == (24, 0):
        return datetime.combine(day, time()) + timedelta(days=1)
    return datetime.combine(day, time(hour, minute))


def _day(match: re.Match[str], which: str, incident: date | None, today: date) -> date | None:
    if match[f"{which}d"]:
        return _likely(date(*(int(match[f"{which}{part}"]) for part in "ymd")))
    if not match[f"{which}e"]:
        return None
    number, month = int(match[f"{which}e"]), match[f"{which}n"]
    if month is None:
        if incident is None:
            raise NotUnderstood(Why.NO_DAY)
        return incident.replace(day=number)
    last = _latest(incident, today)
    later = (int(month), number) > (last.month, last.day)
    return date(last.year - 1 if later else last.year, int(month), number)


def _latest(incident: date | None, today: date) -> date:
    """A day without a year is the last one before this: the one nearest to the incident."""
    return min(today, incident + _HALF_YEAR) if incident else today


def _likely(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise NotUnderstood(Why.NOTHING)
    return day


def _stretch(start: datetime, end: datetime) -> Written:
    if not start <= end <= start + timedelta(days=7):
        raise NotUnderstood(Why.NOTHING)
    return [start.isoformat(timespec="minutes"), end.isoformat(timespec="minutes")]


def _as_said(text: str, incident: date | None, today: date) -> Written:
    """As it would be said: 5月12日下午三点, 上午9点到11点."""
    said_on = _counted_from(text, incident, today)
    found = find_times(text, said_on, incident, _language(text), asked=True)
    values = list(dict.fromkeys(one.value for one in found if isinstance(one.value, When)))
    if not values:
        raise NotUnderstood(Why.NOTHING)
    if len(values) > 1:
        raise NotUnderstood(Why.SEVERAL)
    if re.search(r"\d", _without(text, [one.span for one in found])):
        raise NotUnderstood(Why.SEVERAL)  # 12-13日
    when = values[0]
    if not when.half_day:
        raise NotUnderstood(Why.HALF_DAY)
    if when.day is None and incident is None:
        raise NotUnderstood(Why.NO_DAY)
    day = _likely(when.day or incident or today)
    if (when.low, when.high) == (0, _DAY_MIN):
        return day.isoformat()
    midnight = datetime.combine(day, time())
    if when.high - when.low <= _MOMENT_MIN:
        middle = midnight + timedelta(minutes=(when.low + when.high) // 2)
        return middle.isoformat(timespec="minutes")
    return _stretch(midnight + timedelta(minutes=when.low), midnight + timedelta(minutes=when.high))


def _counted_from(text: str, incident: date | None, today: date) -> date:
    """The day that a day named in part is the last one before: the 12th of the incident's month."""
    if _OF_A_MONTH.search(text):
        return _latest(incident, today)
    if not _DAY_ALONE.search(text):
        return today
    if incident is None:
        raise NotUnderstood(Why.NO_DAY)
    return (incident.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


_READERS: dict[Slot, Callable[[Slot, str, Case, date], Entered]] = {
    Slot.WHO_ORDERED: _who,
    Slot.TO_WHOM: _who,
    Slot.WHO_DID: _who,
    Slot.WHEN: _when,
    Slot.WHERE: _thing,
    Slot.HOW_MANY: _how_many,
    Slot.WITH_WHAT: _thing,
    Slot.WHETHER: _whether,
}
