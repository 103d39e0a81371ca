"""Times of day in Chinese text (flattened), with the tolerance of their wording.

A clock time takes day and half of the day from the words around it: 昨天下午三点开始拆, 拆到五点 is
yesterday at 15:00 and at 17:00. 一点 as "a bit", 两点 as "two points" and durations are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from transcription.comparison.model import When
from transcription.comparison.values import days_zh
from transcription.comparison.values.numerals_zh import cardinal

HOUR = 60
DAY = 24 * HOUR
EXACT, PLAIN, ABOUT = 10, 15, 30  # minutes to each side

#: Words for parts of the day: earliest and latest minute. Longer words first.
_PARTS: tuple[tuple[str, int, int], ...] = (
    (r"天(?:还|都)?没(?:怎么)?亮|天亮(?:以|之)?前|天不亮|鸡叫", 180, 390),
    (r"天(?:才)?(?:刚|蒙蒙|麻麻|一)(?:刚|蒙)?亮|刚(?:蒙蒙)?亮|麻麻亮|蒙蒙亮", 270, 450),
    (r"天亮(?:的时候|那会儿|了)?|大?清早|大清早|一?大早上?|一早|清晨", 270, 570),
    (r"凌晨|后半夜|下半夜|半夜后", 0, 360),
    (r"半夜三更|大?半夜|深更半夜|三更半夜|午夜|子夜", 1290, 1620),
    (r"前半夜|上半夜", 1080, 1440),
    (r"(?:吃|用)?(?:完|过|了|好)?早饭(?:之?后|以后|过后)|(?:吃|用)(?:完|过|了|好)早饭", 390, 570),
    (r"早饭(?:那?时候|的?点|前|之前|那会儿)|吃早饭", 330, 540),
    (
        r"(?:吃|用)?(?:完|过|了|好)?(?:午|中|晌午?|中午)饭?(?:之?后|以后|过后)|(?:吃|用)(?:完|"
        r"过|了|好)(?:午|中|晌午?|中午)饭",
        690,
        900,
    ),
    (r"(?:午|中|晌午?)饭(?:以|之)?前|饭前", 570, 765),
    (r"(?:吃|用)?(?:完|过|了|好)?晚饭(?:之?后|以后|过后)|(?:吃|用)(?:完|过|了|好)晚饭", 1020, 1260),
    (r"晚饭(?:以|之)?前", 960, 1170),
    (r"(?:吃)?(?:午|中|晌午?)饭(?:那?时候|的?点|那会儿)?|饭点儿?|饭口|开饭", 660, 810),
    (r"吃?晚饭(?:那?时候|的?点|那会儿)?", 1020, 1230),
    (
        r"(?:睡|歇)?(?:完|过|了)?(?:午休|午睡|晌觉)(?:刚)?(?:时间|那会儿|的时候|结束|完|过后|"
        r"以后|之后)?",
        690,
        900,
    ),
    (r"上昼|朝头", 360, 720),
    (r"下昼|晏昼|下半昼", 720, 1110),
    (r"前半晌|头晌|上半晌|前晌|头午|小晌午", 360, 720),
    (r"后半晌|后晌|下半晌|过晌|后午|晌后", 720, 1110),
    (r"晌午(?:头|那会儿)?|大晌午|正午|中午|当午|午间", 660, 840),
    (r"(?:上|早)半天|上半日|上午", 0, 720),
    (r"(?:下|后)半天|下半日|下午|午后", 720, 1110),
    (
        r"擦黑|天(?:快|要|刚)?(?:擦)?黑(?:了|下来|的时候|那会儿)?|傍黑|傍晚|黄昏|落黑|日头落|"
        r"太阳落山|太阳快落",
        1020,
        1230,
    ),
    (r"晚上|夜里|夜间|晚间|当晚|夜晚|黑夜|黑里|夜头|入夜|晚夕|今晚|昨晚|前晚", 1050, 1620),
    (r"早上|早晨|早起|早间|朝早|清早|早头", 270, 720),
)
_PART = re.compile("|".join(f"(?P<p{n}>{rule})" for n, (rule, _, _) in enumerate(_PARTS)))

_H = r"(?:[01]?\d|2[0-4]|二十[一二三四]|二十|十[一二三四五六七八九]|十|[零一二两三四五六七八九])"
_M = (
    r"(?:[0-5]?\d|[二三四五]?十[一二三四五六七八九]?|[二三四五]十|廿[一二三四五六七八九]?|"
    r"零[一二三四五六七八九几]|零|[一二三四五六七八九])"
)
_CLOCK = re.compile(
    r"(?P<pre>(?:还没|没有|没|不|未|还|快|都|已经|将近|接近|临近|差不多|刚|才|大概|大约|约摸?|"
    r"也就|过了?|到|够|足|上|就){0,6}?)"
    rf"(?:差(?P<lack>一刻|{_M}分?|两?几分|一点儿?)钟?(?:到|就|不到)?(?P<lack_h>{_H})点|"
    rf"(?P<dig_h>[01]?\d|2[0-3])[:：.](?P<dig_m>[0-5]\d)(?!\d|%)|"
    rf"(?P<mil_h>[01零一][\d零一二三四五六七八九]|"
    rf"[2二][0-3零一二三])(?P<mil_m>[0-5零一二三四五][\d零一二三四五六七八九])(?=分|时(?!候))|"
    rf"(?P<h>{_H})(?:[、到至~\-]|点(?:钟)?(?:到|至|、|~|-))(?P<h2>{_H})点(?:钟)?(?!开始)|"
    r"(?P<pair>一两|[两二]三|三四|四五|五六|六七|七八|八九|九十|十一二)点(?:钟)?|"
    rf"(?P<h1>{_H})(?:点|时(?![候间常而不])))"
    r"(?P<tail>(?:钟|整|正|半|过?一刻|过?三刻|"
    rf"(?:过|零|还|缺|欠|差|又)?(?:[二三四五]?十几分?|{_M}(?:来|多)?(?:分钟?|(?!个|名|人|点|"
    rf"号|位|台|天|车|岁|次|米|吨|斤))|[二三四五]?十几分?|几十分?|零?几分?)"
    r"|多(?!个|人|少)){0,2})"
    r"(?P<post>(?:钟|还|都)?(?:(?:左右|前后|上下|来钟|光景|(?:的)?样子|(?:的)?时候|那会儿|"
    r"那阵|那时|多一?点儿?点?|多|将近|不到一?点?|没到|都不到|缺一点|差一?点儿?|差几分|"
    r"过一?点儿?|过几分|过些?|刚过|出头|"
    r"以前|之前|前(?!面|头|边|台|后|天)|以后|之后|过后|后(?!面|头|边|来|台|勤)|之间|往后|开外|"
    r"打过|敲过|的?铃|整){0,2}))"
)
#: Before 一点 / 两点 and after it, when it is a time after all.
_BIT = frozenset(("一", "两", "二", "三", "1", "2", "3", "几"))
_POINT_BEFORE = re.compile(
    r"(?:第|说|讲|有|补充|强调|谈|以下|这|那|提|要求|注意|快|慢|早|晚|多|少|大|小|近|远|差|好|"
    r"轻|好|高|低|不到|松|清楚|小心|仔细|稍微|稍|了|得|不|过|留|漏|歪|剩|亮|热|凉|靠)$"
)
_TIME_BEFORE = re.compile(
    r"(?:上午|下午|早上|中午|凌晨|晚上|夜里|半夜|晌午|傍晚|早晨|天|日|号|大概|大约|差不多|从|"
    r"打|是|就|在|快|将近|到|等到|约|今早|昨晚|饭|,|\.|\?|^|:|也就)$"
)
_TIME_AFTER = re.compile(
    r"^(?:钟|整|半|多|左右|前后|来钟|过|零|一刻|三刻|开始|开的|到的|上的?班|就|才)"
)
_JOIN = re.compile(
    r"^(?:的|是|在|大概其?|大约摸?|差不多|也就是?|就是?|那天|吧|,|快|约摸?|了|那会儿|嘛|呢|"
    r"时候|我记得|应该是?|可能|好像|估计)*$"
)
_BEFORE = re.compile(r"前(?!后)|以前|之前")
_AFTER = re.compile(r"以后|之后|过后|(?<!前)后|往后|开外")


@dataclass(frozen=True)
class _Part:
    low: int
    high: int
    span: tuple[int, int]


def find(text: str, said_on: date, incident: date | None) -> list[tuple[When, tuple[int, int]]]:
    """Times and days with their spans in ``text``, in order."""
    return list(_found(text, said_on, incident))


@lru_cache(maxsize=64)
def _found(
    text: str, said_on: date, incident: date | None
) -> tuple[tuple[When, tuple[int, int]], ...]:
    """Kept: an answer is read for several points, and a long one takes milliseconds."""
    clocks = [m for m in _CLOCK.finditer(text) if _is_time(text, m)]
    taken = [m.span() for m in clocks]
    days = [d for d in days_zh.find(text, said_on, incident) if not _inside(d.span, taken)]
    parts = [
        _Part(_PARTS[n][1], _PARTS[n][2], m.span())
        for m in _PART.finditer(text)
        for n in (int(str(m.lastgroup)[1:]),)
        if not _inside(m.span(), taken)
    ]
    parts += [
        _part_of(d) for d in days if d.part and not any(_touch(p.span, d.span) for p in parts)
    ]
    return tuple(_merge(text, days, parts, clocks))


def _inside(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(a <= span[0] and span[1] <= b for a, b in taken)


def _touch(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]


def _part_of(day: days_zh.Day) -> _Part:
    low, high = (1050, 1620) if day.part == "晚上" else (270, 720)
    return _Part(low, high, day.span)


def _is_time(text: str, match: re.Match[str]) -> bool:
    """Not 一点 as a bit, not 两点 as two points, not a decimal, not a duration."""
    if match["dig_h"]:
        return "." not in match.group() or bool(
            re.match(r"(?:左右|开始|的|分|,|$)", text[match.end() :])
        )
    if match["mil_h"] or match["lack"]:
        return True
    hour = match["h1"] or match["h2"] or match["pair"]
    start = match.start("h1" if match["h1"] else "h" if match["h2"] else "pair")
    before = text[:start]
    if before.endswith(("第", "几")) or re.search(
        r"[\d零一二三四五六七八九十百][.点]?$", before[-2:]
    ):
        return False
    after_clock = text[match.end() :]
    if after_clock.startswith(("米", "吨", "个百分", "％", "%", "万", "倍", "块", "公里")):
        return False
    if match["h1"] and hour in _BIT:
        tail = (match["tail"] or "") + (match["post"] or "")
        if tail and re.match(r"钟|整|半|一刻|三刻|零|多|左右|前后|来钟|\d|[二三四五]?十|过", tail):
            return True
        if _POINT_BEFORE.search(before) and not re.search(
            r"(?:下午|凌晨|中午|快|过了|不到)$", before
        ):
            return False
        named = bool(_PART.search(before[-6:]))
        if hour == "一":
            return named or bool(_TIME_AFTER.match(after_clock) and _TIME_BEFORE.search(before))
        return bool(named or _TIME_BEFORE.search(before) or _TIME_AFTER.match(after_clock))
    return True


# --- one clock time ------------------------------------------------------------------------------


def _clock(match: re.Match[str]) -> tuple[int, int, bool] | None:
    """Lowest and highest minute before the half of the day is known; True: a 24 h reading."""
    pre, tail, post = match["pre"] or "", match["tail"] or "", match["post"] or ""
    if match["dig_h"] or match["mil_h"]:
        hour = _figure(match["dig_h"] or match["mil_h"])
        minute = _figure(match["dig_m"] or match["mil_m"])
        base, slack = hour * HOUR + minute, EXACT
        late = hour > 12 or (bool(match["dig_h"]) and match["dig_h"].startswith("0"))
        return (*_bounded(base, base, slack, pre, post), late)
    if match["lack"]:
        base = _hour(match["lack_h"]) * HOUR - _lack(match["lack"])
        return (*_bounded(base, base, EXACT, pre, post), base >= 13 * HOUR)
    if match["h2"] or match["pair"]:
        low, high = _pair(match)
        if low > high and high <= 2 * HOUR:
            high += 12 * HOUR
        if low >= high:
            low = high - HOUR
        end = high + (HOUR - 1 if high - low == HOUR and "之间" not in post else 0)
        if high - low > HOUR or "之间" in post:
            return low, high, low > 12 * HOUR
        return low - 10, min(end, high + 30), low > 12 * HOUR
    return _single(match["h1"], pre, tail, post)


def _single(hour_word: str, pre: str, tail: str, post: str) -> tuple[int, int, bool] | None:
    hour = _hour(hour_word)
    base = hour * HOUR
    late = hour > 12
    if re.search(r"(?:缺|欠|差)(?=.)", tail):
        minutes = _figure(re.sub(r"[^\d零一二三四五六七八九十廿]", "", tail) or "5")
        return (*_bounded(base - minutes, base - minutes, EXACT, pre, post), late)
    minute, slack, span = _minutes(tail)
    if re.search(r"多", tail + post) and minute == 0 and span == 0 and "多" in (tail + post)[:3]:
        low, high = base, base + HOUR - 1
        if re.search(r"多一?点", post):
            high = base + 30
        return (*_bounded(low, high, 0, pre, post.replace("多", "")), late)
    base += minute
    return (*_bounded(base, base + span, slack, pre, post), late)


def _minutes(tail: str) -> tuple[int, int, int]:
    """Minutes after the hour, tolerance, and width of what was said."""
    if "半" in tail:
        return 30, PLAIN, 0
    if "一刻" in tail:
        return 15, EXACT, 0
    if "三刻" in tail:
        return 45, PLAIN, 0
    if ten := re.search(r"([二三四五]?)十几", tail):
        return 10 * _figure(ten[1] or "一") + 1, 0, 8
    if "几十" in tail:
        return 20, 0, 39
    if "几" in tail:
        return 1, 0, 9
    digits = re.sub(r"[^\d零一二三四五六七八九十廿]", "", tail)
    if digits:
        minute = _figure(digits)
        more = 9 if re.search(r"多", tail) else 4 if "来" in tail else 0
        return minute, 5 if more else EXACT, more
    return 0, PLAIN, 0


def _bounded(low: int, high: int, slack: int, pre: str, post: str) -> tuple[int, int]:
    """With approximations and relations: 快九点, 不到九点, 九点以前, 刚过九点."""
    if re.search(r"左右|前后|上下|来钟|光景|样子|那会儿|那阵|时候", post) or re.search(
        r"大概|大约|约|差不多|也就", pre
    ):
        slack = max(slack, ABOUT)
    if _BEFORE.search(post) or (re.search(r"(?:还没|没有?|没|未)到?$", pre) and not post):
        return (0 if _BEFORE.search(post) else low - 90), high + (5 if slack else 0)
    if _AFTER.search(post):
        return low - 5, DAY
    if re.search(r"不到一?点|差一?点|差几分|缺一点", post) and re.search(r"点|几", post):
        return low - 20, high
    if re.search(r"不到|没到|将近", post) or re.search(r"不到|没到|未到|不足|不够|没上", pre):
        return low - 45, high
    if re.search(r"快|将近|接近|临近", pre):
        return low - 30, high + 2
    if re.search(r"刚过|过|出头|打过|敲过", post) or re.search(r"过了?$", pre):
        return low, high + (HOUR if not post and pre else 30)
    return low - slack, high + slack


def _pair(match: re.Match[str]) -> tuple[int, int]:
    if match["pair"]:
        last = match["pair"][-1]
        high = 12 if match["pair"] == "十一二" else _hour(last)
        return (high - 1) * HOUR, high * HOUR
    return _hour(match["h"]) * HOUR, _hour(match["h2"]) * HOUR


def _hour(word: str) -> int:
    return _figure(word.replace("〇", "零"))


def _figure(word: str) -> int:
    if word.isdigit():
        return int(word)
    value = cardinal(word.replace("零几", "零五"))
    return int(value[0]) if value else 0


def _lack(word: str) -> int:
    if word == "一刻":
        return 15
    if "几" in word or "一点" in word:
        return 5
    return _figure(word.replace("分", ""))


# --- putting day, part and clock together ------------------------------------------------------


def _merge(
    text: str, days: list[days_zh.Day], parts: list[_Part], clocks: list[re.Match[str]]
) -> list[tuple[When, tuple[int, int]]]:
    """Each clock time with the day and part said just before, or inherited from before."""
    pieces: list[tuple[tuple[int, int], days_zh.Day | _Part | re.Match[str]]] = sorted(
        [(d.span, d) for d in days]
        + [(p.span, p) for p in parts]
        + [((m.end("pre") if not m["pre"] else m.start(), m.end()), m) for m in clocks],
        key=lambda piece: (piece[0], isinstance(piece[1], re.Match)),
    )
    out: list[tuple[When, tuple[int, int]]] = []
    day: days_zh.Day | None = None  # said last
    part: _Part | None = None
    open_at = -1  # the end of day and part words that no clock time has used yet
    start = 0
    for span, piece in pieces:
        joined = open_at >= 0 and bool(_JOIN.match(text[open_at : span[0]]))
        if joined and isinstance(piece, days_zh.Day) and _another(day, start, piece):
            joined = False  # 二号, 一号那天还烧着
        if open_at >= 0 and not joined:
            out.append((_words(day, part, start, open_at), (start, open_at)))
        if not joined:
            start = span[0]
        match piece:
            case days_zh.Day():
                if not joined or day is None or day.span[1] < start:
                    day, part = piece, (part if joined and part and part.span[0] >= start else None)
                else:
                    day = piece
                open_at = max(open_at, span[1])
            case _Part():
                part = piece
                open_at = max(open_at, span[1])
            case _:
                read = _clock(piece)
                open_at = -1
                if read is not None:
                    near = part if part and part.span[0] >= start else None
                    out.append((_placed(read, day, near, part), (start, span[1])))
    if open_at >= 0:
        out.append((_words(day, part, start, open_at), (start, open_at)))
    return out


def _another(before: days_zh.Day | None, start: int, day: days_zh.Day) -> bool:
    """Another day than the one named just before it."""
    return before is not None and before.span[0] >= start and before.day != day.day


def _words(day: days_zh.Day | None, part: _Part | None, start: int, end: int) -> When:
    """Only a day, only a part of it, or both."""
    here = part if part and start <= part.span[0] < end else None
    low, high = (here.low, here.high) if here else (0, DAY)
    return When(low, high, day.day if day else None)


def _placed(
    read: tuple[int, int, bool], day: days_zh.Day | None, near: _Part | None, last: _Part | None
) -> When:
    """A clock time in its half of the day."""
    low, high, late = read
    on = day.day if day else None
    if late:
        return When(low, high, on)
    part = near or last
    if part is None:
        # 九点以后, not said whether in the morning: some hours, in either half.
        return When(low, low + 6 * HOUR if high == DAY else high, on, half_day=False)
    shift = _shift(low, high, part)
    if shift is None:  # an inherited part that does not hold this hour
        return When(low, high, on, half_day=False)
    when = When(low + shift, high + shift, on)
    if high == DAY:  # 以后
        return replace(when, high=part.high if near else DAY)
    if low == 0:  # 以前
        return replace(when, low=0)
    return when


def _shift(low: int, high: int, part: _Part) -> int | None:
    middle = low + 5 if high == DAY else high if low == 0 else (low + high) // 2
    for shift in (0, 12 * HOUR, 24 * HOUR):
        if part.low - 45 <= middle + shift <= part.high + 45:
            return shift
    return -12 * HOUR if part.low == 0 and middle >= 12 * HOUR else None
