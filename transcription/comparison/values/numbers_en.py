"""Quantities in English text: counts of people and things, measures, percent, only me."""

from __future__ import annotations

import re
from math import inf

from transcription.comparison.model import Number
from transcription.comparison.values.numerals_en import ONE, number

_UNITS: tuple[tuple[str, str, float], ...] = (
    (
        r"people|men|guys|workers|persons?|lads|blokes|of us|of them|of you|hands|labourers|"
        r"laborers|"
        r"welders|fitters|electricians|others|colleagues|ladies|women|fellows?|fellas|souls|crew|"
        r"chaps",
        "人",
        1,
    ),
    (r"minutes?|mins?", "分钟", 1),
    (r"hours?|hrs?", "分钟", 60),
    (r"seconds?|secs?", "分钟", 1 / 60),
    (r"days?", "天", 1),
    (r"weeks?", "天", 7),
    (r"months?", "月", 1),
    (r"years?", "年", 1),
    (r"metres?|meters?|m", "米", 1),
    (r"centimetres?|centimeters?|cm", "米", 0.01),
    (r"kilometres?|kilometers?|km", "米", 1000),
    (r"tons?|tonnes?", "公斤", 1000),
    (r"kilos?|kilograms?|kg", "公斤", 1),
    (r"percent|per cent|%", "%", 1),
    (r"yuan|rmb", "元", 1),
    (r"degrees?", "度", 1),
    (r"times", "次", 1),
    (r"litres?|liters?", "升", 1),
)
_UNIT = "|".join(f"(?P<u{n}>{rule})" for n, (rule, _, _) in enumerate(_UNITS))
_BEFORE = (
    r"(?:(?P<before>at least|no less than|no fewer than|not less than|a minimum of|upwards of|"
    r"at most|"
    r"no more than|not more than|up to|a maximum of|max|less than|fewer than|under|below|more than|"
    r"over|above|about|around|roughly|approximately|some|maybe|nearly|almost|close to|"
    r"getting on for|"
    r"not even|just short of)\s+)?"
)
_NUMBER = re.compile(
    rf"\b{_BEFORE}(?:"
    r"(?P<dozen>(?:half a|a|two|three) dozen)|(?P<couple>(?:a )?couple(?: of)?|a pair(?: of)?|"
    r"the pair of|both(?= of))|"
    r"(?P<few>(?:a|quite a|just a|only a) few|a handful(?: of)?|several)|"
    r"(?P<alone>just me|only me|just myself|only myself|(?:all )?by (?:my|him|her)self|"
    r"on (?:my|his|her) own|"
    r"alone|single handed|just the one|(?:just|only) (?:him|her))|"
    rf"(?P<one>{ONE})(?:\s*(?:or|to|-|,|and a half|or maybe|"
    rf"maybe)\s*(?P<two>{ONE}))?(?P<odd>[\s-]odd|[\s-]ish|\s+or so|\s+plus)?"
    rf")(?:[\s-]*(?:{_UNIT}))?(?![\w:])(?:\s+(?P<after>or so|or thereabouts|or more|at least|"
    rf"at most|tops|at the most|max|odd|or less|total|in total|altogether))?",
    re.IGNORECASE,
)
_TIME_AFTER = re.compile(
    r"^\s*(?:o'?\s?clock|a\.?m\b|p\.?m\b|(?:in the|this|that) (?:morning|afternoon|evening)|"
    r"thirty\b|fifteen\b|forty|past|to (?:nine|ten|eight|seven|one|two|three|four|five|six|"
    r"eleven|twelve))",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(
    r"(?:number|no\.?|workshop|building|unit|tank|line|bay|shed|belt|level|floor|room|block|"
    r"shaft|gate|"
    r"point|zone|area|section|furnace|boiler|pump|reactor|silo|pit|hall|step|half|"
    r"quarter (?:past|to)|past|january|february|march|"
    r"april|may|june|july|august|september|october|november|december|the|this|that|which|any|"
    r"each|every|another)\s+$",
    re.IGNORECASE,
)
_PHONE = re.compile(r"^(?:1[12][09]|one (?:two|one) (?:zero|oh|nine|o))$", re.IGNORECASE)


def find(text: str) -> list[tuple[Number, tuple[int, int]]]:
    """Quantities with their spans in ``text``, in order."""
    found = []
    for match in _NUMBER.finditer(text):
        value = _read(text, match)
        if value is not None:
            found.append((value, match.span()))
    return found


def _read(text: str, match: re.Match[str]) -> Number | None:
    unit, factor = "", 1.0
    for n, (_, name, times) in enumerate(_UNITS):
        if match[f"u{n}"]:
            unit, factor = name, times
    if match["alone"]:
        return Number(1, 1, "人")
    if match["couple"]:
        return Number(2 * factor, 2 * factor, unit or "")
    if match["few"]:
        return Number(2 * factor, 9 * factor, unit)
    if match["dozen"]:
        count = {"half": 6.0, "a": 12.0, "two": 24.0, "three": 36.0}[
            match["dozen"].casefold().split()[0]
        ]
        low, high = count, count
    else:
        read = _range(text, match, unit)
        if read is None:
            return None
        low, high = read
    low, high = _bounded(low, high, match)
    return Number(round(low * factor, 6), high if high == inf else round(high * factor, 6), unit)


def _range(text: str, match: re.Match[str], unit: str) -> tuple[float, float] | None:
    first = number(match["one"])
    if first is None or _PHONE.match(match["one"].strip()):
        return None
    before, after = text[: match.start("one")], text[match.end("one") :]
    if not unit and (_TIME_AFTER.match(after) or re.match(r"^[:.]\d", after)):
        return None
    if _NAME_BEFORE.search(before) and unit != "人" and not re.search(r"\bthe $", before):
        return None
    # "one" is mostly a pronoun: the one, no one, one day.
    pronoun = match["one"].casefold() == "one" and not unit and not match["two"]
    alone = re.fullmatch(r"\s*(?:just|only|there was)?\s*", before, re.IGNORECASE)
    if pronoun and (not alone or after.strip(" .,")):
        return None
    if not match["two"]:
        return first, first
    second = number(match["two"])
    if second is None or second < first:
        return first, first
    return first, second


def _bounded(low: float, high: float, match: re.Match[str]) -> tuple[float, float]:
    before = (match["before"] or "").casefold()
    after = ((match["after"] or "") + (match["odd"] or "")).casefold().strip(" -")
    if re.search(
        r"about|around|roughly|approx|some$|or so|thereabouts|ish|^maybe", f"{before} {after}"
    ):
        slack = max(1.0 if low >= 4 else 0.0, 0.15 * high)
        return low - slack, high + slack
    if before in ("nearly", "almost", "close to", "getting on for", "just short of"):
        return low - max(1.0, 0.2 * low), high
    if before in ("less than", "fewer than", "under", "below", "not even"):
        return 0.0, high - 1 if high == int(high) else high
    if before in ("more than", "over", "above"):
        return high + 1 if high == int(high) else high, inf
    if before in (
        "at most",
        "no more than",
        "not more than",
        "up to",
        "a maximum of",
        "max",
    ) or after in (
        "at most",
        "tops",
        "at the most",
        "max",
        "or less",
    ):
        return 0.0, high
    if before or after in ("or more", "at least", "plus"):
        return low, inf
    if after == "odd":
        return low + 1, low + 9
    return low, high
