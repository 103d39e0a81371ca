"""Days named in English text: yesterday, the third of May, last Thursday, the day before."""

from __future__ import annotations

import re
from datetime import date, timedelta

_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_ORDINALS = {
    w: n
    for n, w in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        1,
    )
}
_ORDINALS |= {f"twenty{s}{w}": 20 + n for s in " -" for n, w in enumerate(list(_ORDINALS)[:9], 1)}
_ORDINALS |= {"thirtieth": 30, "thirty first": 31, "thirty-first": 31}
_DOM = (
    "|".join(sorted((re.escape(w) for w in _ORDINALS), key=len, reverse=True))
    + r"|\d{1,2}(?:st|nd|rd|th)"
)
_DAY = re.compile(
    r"\b(?:(?P<ago2>(?:the )?day before yesterday)|(?P<ago1>yesterday|last night)|"
    r"(?P<today>today|this (?:morning|afternoon|evening)|tonight)|"
    r"(?P<before>the (?:day|night|evening|afternoon) before(?! yesterday)|the previous (?:day|"
    r"night|evening))|"
    r"(?P<after>the (?:next|following) (?:day|morning)|the (?:day|morning) after)|"
    r"(?P<same>that (?:day|morning|afternoon|evening|night)|(?:on )?the (?:same day|"
    r"day of the (?:accident|incident)))|"
    r"(?P<n>two|three|four|five|six|\d) days? (?:ago|before|earlier)|"
    rf"(?P<which>last |this )?(?P<dow>{'|'.join(_WEEK)})(?: (?P<lastweek>last week|before last))?|"
    rf"(?P<m1>{'|'.join(_MONTHS)}) (?:the )?(?P<d1>{_DOM}|\d{{1,2}})(?![:\d])|"
    rf"(?:the )?(?P<d2>{_DOM}|\d{{1,2}}) (?:of )?(?P<m2>{'|'.join(_MONTHS)})|(?:on|"
    rf"of) the (?P<d3>{_DOM})(?! (?:floor|level|deck|line|belt|platform|landing|storey)))\b",
    re.IGNORECASE,
)


def find(text: str, said_on: date, incident: date | None) -> list[tuple[re.Match[str], date]]:
    """Days with the matches that name them, in order."""
    return [(m, d) for m in _DAY.finditer(text) if (d := _day(m, said_on, incident)) is not None]


def _day(match: re.Match[str], said_on: date, incident: date | None) -> date | None:
    for name, back in (("ago2", 2), ("ago1", 1), ("today", 0)):
        if match[name]:
            return said_on - timedelta(days=back)
    if match["before"] or match["after"] or match["same"]:
        step = -1 if match["before"] else 1 if match["after"] else 0
        return incident + timedelta(days=step) if incident else None
    if match["n"]:
        word = match["n"].casefold()
        return said_on - timedelta(days=int(word) if word.isdigit() else _COUNTS.index(word) + 1)
    if match["dow"]:
        day = said_on - timedelta(
            days=(said_on.weekday() - _WEEK.index(match["dow"].casefold())) % 7
        )
        if match["lastweek"] and (said_on - day).days < said_on.weekday() + 1:
            day -= timedelta(days=7)
        return day
    month = match["m1"] or match["m2"]
    word = (match["d1"] or match["d2"] or match["d3"]).casefold()
    number = _ORDINALS.get(word) or int(re.sub(r"\D", "", word))
    try:
        if month is None:
            day = said_on.replace(day=number)
            return (
                day
                if day <= said_on
                else (said_on.replace(day=1) - timedelta(days=1)).replace(day=number)
            )
        day = date(said_on.year, _MONTHS.index(month.casefold()) + 1, number)
        return day if day <= said_on else day.replace(year=day.year - 1)
    except ValueError:
        return None
