"""Times of day and days in English text, with the tolerance of their wording."""

from __future__ import annotations

import re
from datetime import date
from typing import TypeVar

from transcription.comparison.model import When
from transcription.comparison.values import days_en

HOUR = 60
DAY = 24 * HOUR
T = TypeVar("T")
EXACT, PLAIN, ABOUT = 10, 15, 30

_HOURS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_H = rf"(?:{'|'.join(_HOURS)}|1[0-2]|[1-9])"
_MINUTES = {
    "five": 5,
    "ten": 10,
    "fifteen": 15,
    "twenty": 20,
    "twenty five": 25,
    "twenty-five": 25,
    "thirty": 30,
    "thirty five": 35,
    "thirty-five": 35,
    "forty": 40,
    "forty five": 45,
    "forty-five": 45,
    "fifty": 50,
    "fifty five": 55,
    "fifty-five": 55,
    "a quarter": 15,
    "quarter": 15,
    "oh five": 5,
    "half": 30,
    **{f"twenty {w}": 20 + n for n, w in enumerate(_HOURS[:9], 1)},
    **{
        f"{t} {w}": b + n
        for t, b in (("thirty", 30), ("forty", 40), ("fifty", 50))
        for n, w in enumerate(_HOURS[:9], 1)
    },
    **{f"oh {w}": n for n, w in enumerate(_HOURS[:9], 1)},
    "twelve": 12,
    "eight": 8,
    "seven": 7,
    "six": 6,
    "nine": 9,
    "eleven": 11,
    "eighteen": 18,
    "sixteen": 16,
}
_AFTER_TWELVE = (
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty twenty-one twenty-two "
    "twenty-three"
)
_MILITARY_HOURS = {
    **{w.replace("-", "[ -]"): n for n, w in enumerate(_AFTER_TWELVE.split(), 13)},
    **{f"(?:oh|zero) {w}": n for n, w in enumerate(_HOURS[:9], 1)},
}
_MILITARY = "|".join(sorted(_MILITARY_HOURS, key=len, reverse=True))
_M = "|".join(sorted((re.escape(w) for w in _MINUTES), key=len, reverse=True)) + r"|[0-5]?\d"
_TAIL = "|".join(
    sorted(
        (
            re.escape(w)
            for w in _MINUTES
            if w not in ("a quarter", "quarter", "half", "five")
            and not (w in _HOURS and w not in ("ten", "twelve"))
        ),
        key=len,
        reverse=True,
    )
)
_PRE = (
    r"(?:(?P<pre>not (?:till|until) gone|not (?:before|until|till)|well (?:after|past|gone)|"
    r"no later than|not later than|no earlier than|nearer(?: to)?|closer to|more like|"
    r"a shade "
    r"(?:after|past)|just on|just after|shortly after|a (?:bit|little) after|"
    r"sometime after|"
    r"some time after|not long after|after|since|"
    r"just before|shortly before|a (?:bit|little) before|not long before|before|not yet|"
    r"not even|by|until|till|nearly|almost|"
    r"coming up (?:to|on)|getting on for|close to|towards?|going on|just gone|just turned|"
    r"gone|just past|just turning|past|"
    r"about|around|roughly|approximately|maybe|say|circa|at about|at around|at|from|half|"
    r"on the stroke of|between|exactly|"
    r"bang on|dead on|it was|only|still|like)\s+)?"
)
_CLOCK = re.compile(
    rf"(?<![\w:.])(?:{_PRE})(?:"
    r"(?P<dh>[01]?\d|2[0-3])[:.](?P<dm>[0-5]\d)(?!\s*(?:%|percent|per cent|met|m\b))|"
    r"(?P<mh>[01]\d|2[0-3])(?P<mm>[0-5]\d)\s*(?:hours|hrs)\b|"
    rf"(?P<wh>{_MILITARY})[\s-]+hundred\b(?!\s+(?:and|people|men|metres|kilos|yuan))|"
    rf"(?P<rm>{_M})(?:\s+minutes?)?\s+(?P<rel>past|after|to|before|till|of)\s+(?P<rh>{_H})\b|"
    rf"(?<!january )(?<!february )(?<!march )(?<!april )(?<!may )(?<!june )(?<!july )(?<!aug"
    rf"ust )(?<!september )(?<!october )(?<!november )(?<!december "
    rf")(?P<hf>half\s+)?(?P<h>{_H})(?!\d|st\b|"
    rf"nd\b|rd\b|th\b)(?:\s+(?:or|to|and|-)\s+(?P<h2>{_H})\b|[\s-]+(?P<m>{_TAIL}|"
    rf"[0-5]\d)\b(?!\s+(?:people|men|of))|\s*(?P<clock>o'?\s?clock)\b)?"
    r"(?P<ish>[\s-]?ish)?"
    r")(?:\s*(?P<half>a\.?\s?m\b\.?|p\.?\s?m\b\.?))?(?P<sharp>\s+(?:sharp|on the dot|"
    r"exactly))?(?P<so>\s+(?:or so|or thereabouts|give or take|ish))?",
    re.IGNORECASE,
)
_PARTS: tuple[tuple[str, int, int], ...] = (
    (r"first light|dawn|daybreak|crack of dawn|sunrise|before it got light", 270, 450),
    (r"early (?:in the )?morning|early morning", 270, 570),
    (r"(?:small|early) hours|middle of the night|dead of night|after midnight", 0, 330),
    (r"late morning|towards noon|before (?:lunch|noon|midday)|mid[- ]?morning", 540, 750),
    (
        r"(?:just |right |straight |shortly )?after (?:we'd (?:had|eaten) )?(?:lunch|"
        r"dinner break|our lunch)",
        690,
        900,
    ),
    (r"(?:after|since) breakfast", 390, 570),
    (
        r"lunch ?time|midday|mid-day|over lunch|during lunch|at lunch|lunch break|around lunch",
        680,
        820,
    ),
    (r"noon", 690, 750),
    (r"late afternoon|end of the afternoon|mid[- ]?afternoon", 870, 1110),
    (r"early afternoon", 720, 900),
    (r"dusk|sunset|getting dark|nightfall|twilight", 1000, 1230),
    (r"midnight", 1410, 1470),
    (r"mornings?", 0, 720),
    (r"afternoons?", 720, 1110),
    (r"evenings?", 1020, 1380),
    (r"at night|that night|last night|tonight|the night before|night shift|nights?", 1110, 1620),
)
_PART = re.compile(
    "|".join(rf"\b(?P<p{n}>{rule})\b" for n, (rule, _, _) in enumerate(_PARTS)), re.IGNORECASE
)
_NEEDS = re.compile(
    r"^\s*(?:people|men|guys|of (?:us|them|you)|minutes?|hours?|days?|weeks?|months?|years?|"
    r"workers|metres?|meters?|tons?|"
    r"times|or (?:two|three|four|five|six) (?:of|people|men|guys)|lads|others|percent|"
    r"per cent|%|kilos?|person|thing|more|day|guy|man|bloke|hundred|"
    r"by one|hand|side|end|bit|who|that|which|labourers|welders|in total|altogether|all told|"
    r"and a half)",
    re.IGNORECASE,
)
_TIME_PRE = frozenset(
    [
        "at",
        "at about",
        "at around",
        "by",
        "before",
        "after",
        "since",
        "from",
        "until",
        "till",
        "just after",
        "just on",
        "not till gone",
        "not until gone",
        "well after",
        "no later than",
        "not later than",
        "no earlier than",
        "nearer",
        "nearer to",
        "closer to",
        "more like",
        "well past",
        "well gone",
        "shortly after",
        "just before",
        "nearly",
        "just gone",
        "gone",
        "just past",
        "past",
        "half",
        "exactly",
        "just turned",
        "sometime after",
        "some time after",
        "not long after",
        "getting on for",
        "coming up to",
        "coming up on",
        "towards",
        "toward",
        "bang on",
        "dead on",
        "shortly before",
        "not long before",
    ]
)


def find(
    text: str, said_on: date, incident: date | None, asked: bool
) -> list[tuple[When, tuple[int, int]]]:
    """Times and days with their spans in ``text``, in order."""
    clocks = [(m, r) for m in _CLOCK.finditer(text) if (r := _clock(text, m, asked)) is not None]
    parts = [
        (m, _PARTS[int(str(m.lastgroup)[1:])])
        for m in _PART.finditer(text)
        if not any(c.start() <= m.start() < c.end() for c, _ in clocks)
    ]
    days = days_en.find(text, said_on, incident)
    return _merge(text, clocks, parts, days)


Read = tuple[int, int, bool]


def _clock(text: str, match: re.Match[str], asked: bool) -> Read | None:
    """Lowest, highest minute; True: a 24 h reading."""
    pre = (match["pre"] or "").casefold()
    soft = bool(match["ish"] or match["so"])
    if match["dh"] or match["mh"]:
        hour, minute = int(match["dh"] or match["mh"]), int(match["dm"] or match["mm"])
        base, late = hour * HOUR + minute, hour > 12 or bool(match["mh"])
        return _halved((*_bounded(base, EXACT, pre, soft), late), match["half"])
    if match["wh"]:
        hour = next(
            n for w, n in _MILITARY_HOURS.items() if re.fullmatch(w, match["wh"].casefold())
        )
        return (*_bounded(hour * HOUR, EXACT, pre, soft), True)
    if match["rel"]:
        minute = _minute(match["rm"])
        if match["rm"].casefold() == "half" and match["rel"] != "past":
            return None
        sign = 1 if match["rel"].casefold() in ("past", "after") else -1
        base = _hour(match["rh"]) * HOUR + sign * minute
        return _halved((*_bounded(base, EXACT, pre, soft), False), match["half"])
    after = text[match.end() :]
    sure = bool(match["half"] or match["clock"] or match["m"] or match["ish"] or match["sharp"])
    part_after = bool(
        re.match(
            r"\s*(?:in the|that|this|yesterday|on) ?(?:morning|afternoon|evening|the|\w+day)?",
            after,
        )
        and _PART.match(after.strip().removeprefix("in the ").removeprefix("that ").strip())
    )
    if _NEEDS.match(after) and not sure:
        return None
    if not (sure or asked or part_after or pre in _TIME_PRE):
        return None
    if not sure and pre in ("half",) and match["h2"]:
        return None
    if re.search(
        r"(?:number|workshop|building|unit|tank|line|belt|bay|level|floor|pump|block|room)\s+$",
        text[: match.start("h")],
        re.IGNORECASE,
    ):
        return None
    if match["h2"] and match["m"] is None:
        low, high = _hour(match["h"]) * HOUR, _hour(match["h2"]) * HOUR
        high += 12 * HOUR if high < low else 0
        return _halved(
            (low - EXACT, high + (PLAIN if pre == "between" else HOUR // 2), False), match["half"]
        )
    hour, minute = _hour(match["h"]), _minute(match["m"]) if match["m"] else 0
    if match["hf"]:
        return _halved((*_bounded(hour * HOUR + 30, PLAIN, pre, soft), False), match["half"])
    if pre == "half":  # half nine is half past nine
        return _halved((*_bounded(hour * HOUR + 30, PLAIN, "", soft), False), match["half"])
    slack = EXACT if minute % 30 else PLAIN
    return _halved((*_bounded(hour * HOUR + minute, slack, pre, soft), False), match["half"])


def _halved(read: Read, half: str | None) -> Read:
    low, high, late = read
    if not half or late:
        return read
    afternoon = half.casefold().startswith("p")
    middle = high if low == 0 else low + 5 if high == DAY else (low + high) // 2
    if afternoon and middle < 12 * HOUR:
        return (low + 12 * HOUR if low else 0, min(high + 12 * HOUR, DAY), True)
    if not afternoon and middle >= 12 * HOUR and high < 13 * HOUR:
        return (low - 12 * HOUR, high - 12 * HOUR, True)
    return (low, high, True)


def _bounded(base: int, slack: int, pre: str, soft: bool) -> tuple[int, int]:
    if soft or re.search(r"about|around|roughly|approx|circa|maybe|like|nearer|closer", pre):
        slack = ABOUT
    if re.search(
        r"^(?:just|shortly|a (?:bit|little|shade)|not long) after|^a shade past|^just (?:gone|"
        r"past|turned)",
        pre,
    ):
        return base, base + 30
    if pre in ("gone", "past", "not till gone", "not until gone", "well gone", "well past"):
        return base, base + HOUR
    if re.search(
        r"^(?:just|shortly|a (?:bit|little)|not long) before|nearly|almost|coming up|"
        r"getting on|close to|toward|going on|just turning",
        pre,
    ):
        return base - 30, base + 2
    if pre == "well after":
        return base + 10, base + 2 * HOUR
    since = ("not before", "not until", "not till", "no earlier")
    if pre in ("after", "sometime after", "some time after") or pre.startswith(since):
        return base - 5, DAY
    if pre in ("before", "by", "not even", "not yet", "no later than", "not later than"):
        return 0, base + 5
    return base - slack, base + slack


def _hour(word: str) -> int:
    word = word.casefold()
    return _HOURS.index(word) + 1 if word in _HOURS else int(word)


def _minute(word: str) -> int:
    word = word.casefold()
    return int(word) if word.isdigit() else _MINUTES[word]


def _merge(
    text: str,
    clocks: list[tuple[re.Match[str], Read]],
    parts: list[tuple[re.Match[str], tuple[str, int, int]]],
    days: list[tuple[re.Match[str], date]],
) -> list[tuple[When, tuple[int, int]]]:
    """Each clock time with the part and the day nearest to it in its clause."""
    out: list[tuple[When, tuple[int, int]]] = []
    used: set[int] = set()
    for clock, read in clocks:
        part = _nearest(text, clock, parts)
        day = _nearest(text, clock, days)
        used |= {id(x[0]) for x in (part, day) if x}
        spans = [clock.span(), *(x[0].span() for x in (part, day) if x)]
        span = (min(s for s, _ in spans), max(e for _, e in spans))
        out.append((_placed(read, part[1] if part else None, day[1] if day else None), span))
    for part_match, (_, low, high) in parts:
        if id(part_match) in used:
            continue
        day = _nearest(text, part_match, days)
        used |= {id(day[0])} if day else set()
        span = part_match.span()
        if day:
            span = (min(span[0], day[0].start()), max(span[1], day[0].end()))
        out.append((When(low, high, day[1] if day else None), span))
    out += [(When(0, DAY, day), m.span()) for m, day in days if id(m) not in used]
    return sorted(out, key=lambda item: item[1])


def _nearest(
    text: str, at: re.Match[str], found: list[tuple[re.Match[str], T]]
) -> tuple[re.Match[str], T] | None:
    """The one that touches or stands within a few words, no full stop between."""
    best: tuple[int, tuple[re.Match[str], T]] | None = None
    for item in found:
        start, end = item[0].span()
        gap = text[at.end() : start] if start >= at.end() else text[end : at.start()]
        if start < at.end() and at.start() < end:
            gap = ""
        apart = len(gap) > 28 or re.search(r"[.?!;]\s|\bthen\b|\buntil\b|\band\b", gap)
        if not apart and (best is None or len(gap) < best[0]):
            best = (len(gap), item)
    return best[1] if best else None


def _placed(read: Read, part: tuple[str, int, int] | None, day: date | None) -> When:
    low, high, late = read
    if late:
        return When(low, high, day)
    if part is None:
        # After nine, not said whether in the morning: some hours, in either half.
        return When(low, low + 6 * HOUR if high == DAY else high, day, half_day=False)
    _, first, last = part
    middle = high if low == 0 else low + 5 if high == DAY else (low + high) // 2
    for shift in (0, 12 * HOUR, 24 * HOUR):
        if first - 45 <= middle + shift <= last + 45:
            top = last if high == DAY else high + shift
            return When(low + shift if low else 0, top, day)
    return When(low, high, day, half_day=False)
