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

from transcription.comparison.document_file import document_value
from transcription.comparison.lexicon import AMBIGUOUS, EQUIPMENT, PERSON, PLACE, Lexicon
from transcription.comparison.model import Case, Number, Slot, Value, When
from transcription.comparison.values import find_numbers, find_times
from transcription.errors import CaseError

#: A value that is entered has at most so many characters.
ENTERED_MAX = 120
#: A time said no wider than this is a moment; a document's own tolerance then stands for it.
_MOMENT_MIN = 30
_DAY_MIN = 24 * 60

Written = str | int | float | bool | list[str | int | float]


class Why(StrEnum):
    """Why an entered value cannot be taken."""

    EMPTY = "empty"  # nothing was entered, or too much
    NOTHING = "nothing"  # nothing of the kind is in it
    SEVERAL = "several"  # more than one, and it says not which
    HALF_DAY = "half_day"  # morning or afternoon
    NO_DAY = "no_day"  # of a time, and the case has no day of the incident
    NOBODY_KNOWN = "nobody_known"  # no person of the case
    AMBIGUOUS = "ambiguous"  # a name that means several


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


def _how_many(slot: Slot, text: str, _case: Case, _today: date) -> Entered:
    found = [one.value for one in find_numbers(text, _language(text))]
    numbers = {one for one in found if isinstance(one, Number)}
    if not numbers or re.match(r"[-−负]", text):
        raise NotUnderstood(Why.NOTHING)
    if len(numbers) > 1:
        raise NotUnderstood(Why.SEVERAL)
    number = numbers.pop()
    low, high = _figure(number.low), _figure(number.high)
    return _entered(slot, low if low == high else [low, high], number.unit)


def _figure(number: float) -> int | float:
    return int(number) if number == int(number) else number


# --- people, places, tools ------------------------------------------------------------------------

_BETWEEN = re.compile(r"[、,，;；/]|(?<=\S)(?:和|及|与)(?=\S)|\s+and\s+|\s*&\s*")


def _who(slot: Slot, text: str, case: Case, _today: date) -> Entered:
    """Every part between commas has to be somebody of the case."""
    lexicon, people = Lexicon(case), list[str]()
    for part in _parts(text, lexicon):
        found = [one for one in lexicon.mentions(part) if not one.by_sound]
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
        found = [one for one in lexicon.mentions(part) if not one.by_sound]
        if any(one.kind == AMBIGUOUS and one.span == (0, len(part)) for one in found):
            raise NotUnderstood(Why.AMBIGUOUS, part)
        named = [one.id for one in found if one.kind == wanted]
        names += named or [part]
        unnamed += [] if named else [part]
    return _entered(slot, list(dict.fromkeys(names)), unnamed=tuple(dict.fromkeys(unnamed)))


def _parts(text: str, lexicon: Lexicon) -> list[str]:
    """What is listed; a name of the case that holds such a sign is one part."""
    if any(one.span == (0, len(text)) and not one.by_sound for one in lexicon.mentions(text)):
        return [text]
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


# --- times ----------------------------------------------------------------------------------------

_DATE = r"(?P<{0}y>\d{{4}})\s*[-/.年]\s*(?P<{0}m>\d{{1,2}})\s*[-/.月]\s*(?P<{0}d>\d{{1,2}})\s*日?"
_CLOCK = r"(?P<{0}h>\d{{1,2}})\s*(?:[:：]|时(?=\s*\d))\s*(?P<{0}i>\d{{2}})(?:[:：]\d{{2}})?\s*分?"
_WRITTEN = re.compile(
    rf"(?:{_DATE.format('a')})?\s*[T,，]?\s*(?:{_CLOCK.format('a')})?"
    rf"(?:\s*(?:-|–|—|~|～|至|到|to)\s*(?:{_DATE.format('b')})?\s*T?\s*{_CLOCK.format('b')})?"
)


def _when(slot: Slot, text: str, case: Case, today: date) -> Entered:
    written = _as_written(text, case.incident) or _as_said(text, case.incident, today)
    return _entered(slot, written)


def _as_written(text: str, incident: date | None) -> Written | None:
    """Figures on a form: 2026-05-12 15:20, 2026年5月12日15时20分, 8:30-11:30; None: no such."""
    match = _WRITTEN.fullmatch(text)
    if match is None or not (match["ay"] or match["ah"]):
        return None
    try:
        day = _day(match, "a") or incident
        if not match["ah"]:
            if match["bh"]:
                raise NotUnderstood(Why.SEVERAL)
            assert day is not None
            return day.isoformat()
        clock = time(int(match["ah"]), int(match["ai"]))
        if day is None:
            raise NotUnderstood(Why.NO_DAY)
        start = datetime.combine(day, clock)
        if not match["bh"]:
            return start.isoformat(timespec="minutes")
        end = datetime.combine(_day(match, "b") or day, time(int(match["bh"]), int(match["bi"])))
    except ValueError as error:  # the 31st of June, 25 o'clock
        raise NotUnderstood(Why.NOTHING) from error
    if end < start and not match["by"]:
        end += timedelta(days=1)
    return _stretch(start, end)


def _day(match: re.Match[str], which: str) -> date | None:
    if not match[f"{which}y"]:
        return None
    return date(*(int(match[f"{which}{part}"]) for part in "ymd"))


def _stretch(start: datetime, end: datetime) -> Written:
    if not start <= end <= start + timedelta(days=7):
        raise NotUnderstood(Why.NOTHING)
    return [start.isoformat(timespec="minutes"), end.isoformat(timespec="minutes")]


def _as_said(text: str, incident: date | None, today: date) -> Written:
    """As it would be said: 5月12日下午三点, 上午9点到11点."""
    found = find_times(text, today, incident, _language(text), asked=True)
    values = list(dict.fromkeys(one.value for one in found if isinstance(one.value, When)))
    if not values:
        raise NotUnderstood(Why.NOTHING)
    if len(values) > 1:
        raise NotUnderstood(Why.SEVERAL)
    when = values[0]
    if not when.half_day:
        raise NotUnderstood(Why.HALF_DAY)
    day = when.day or incident
    if day is None:
        raise NotUnderstood(Why.NO_DAY)
    if (when.low, when.high) == (0, _DAY_MIN):
        return day.isoformat()
    midnight = datetime.combine(day, time())
    if when.high - when.low <= _MOMENT_MIN:
        middle = midnight + timedelta(minutes=(when.low + when.high) // 2)
        return middle.isoformat(timespec="minutes")
    return _stretch(midnight + timedelta(minutes=when.low), midnight + timedelta(minutes=when.high))


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
