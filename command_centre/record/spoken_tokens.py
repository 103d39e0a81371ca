"""Spoken and written words as tokens that compare equal when they say the same.

Punctuation, fillers and particles fall away; numbers, times of day, dates, names and negations
become one token each with a value, however they are written (21, 二十一 and 百分之二十一 are one
number; 9:30, 九点半 and 9时30分 one time). All else is a token a character, or a Latin word.
Chinese is read here, English in ``spoken_english.py``; one text may hold both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from command_centre.record import spoken_english
from command_centre.record.spoken_token import CHAR, NAME, NEGATION, NUMBER, TIME, Token

_DIGITS = "零〇一二两三四五六七八九幺"
#: Longer numbers are several: nobody says them, and no value of one may grow without limit.
_RUN = 60
_CN = f"[{_DIGITS}十百千万亿]{{1,{_RUN}}}(?:点[{_DIGITS}]{{1,{_RUN}}}(?![十分刻]))?"
_NUM = rf"(?:\d{{1,{_RUN}}}(?:\.\d{{1,{_RUN}}})?[万亿]?|{_CN})"
_DAY = "上午|早上|早晨|清晨|凌晨|中午|下午|傍晚|晚上|夜里|半夜"
_IDIOMS = (
    "一下子?|一起|一直|一样|一些|一般|一定|一边|一旦|一切|一致|一会儿?|一块儿?|一共|一点儿?|一面"
    "|万一|十分(?!钟)|千万别|千万(?=要|记|注意)|一方面|统一|唯一|有一次|再一次"
)
_NOT_NEGATIONS = (
    "不过|不但|不仅|不管|不论|不然|不断|不久|对不起|差不多|不好意思|不错|不得不|无论|别人|别的|别处"
    "|特别|区别|级别|分别|类别|个别|性别|非常|未来|有没有|是不是|无非|除非"
)
_FILLERS = (
    "嗯+|呃+|额(?=[，。、 ])|啊+|哎+|哦+|噢+|唉+|嘛|吧|呢|呀|啦|哈+|嘿|喂|呗|哟|那个|这个(?=[，、])"
    "|就是说|怎么说呢|我跟你说|我告诉你|你知道吧|对吧|是吧|的话|的|了|吗|地(?=[\u4e00-\u9fff])|着"
)
_PATTERN = re.compile(
    rf"(?=[a-z0-9'])(?:{spoken_english.PATTERN})"  # no other letter begins English
    rf"|(?P<idiom>{_IDIOMS})"
    rf"|(?P<date>{_NUM}月{_NUM}[日号])"
    rf"|(?P<time>(?:{_DAY})?(?:\d{{1,2}}[:：]\d{{2}}|{_NUM}[点时]"
    rf"(?!候|间|刻|意见|要求|建议|问题|[{_DIGITS}](?![{_DIGITS}十分刻]))"
    rf"(?:半|[一三]刻|{_NUM}分|[零〇][{_DIGITS}]|[二三四五]?十[{_DIGITS}]?(?!个|人|名|级)|\d{{2}}|钟)?))"
    rf"|(?P<percent>百分之{_NUM}|{_NUM}[%％])"
    rf"|(?P<number>{_NUM}|[俩仨])"
    rf"|(?P<plain>{_NOT_NEGATIONS})"
    r"|(?P<negation>没有|没|未|不|无|别|非|莫|勿|否)"
    rf"|(?P<filler>{_FILLERS})"
    r"|(?P<latin>[A-Za-z]+)"
    r"|(?P<other>\S)"
)
_SAME = str.maketrans("她它妳您祂’‘", "他他你你他''")
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_VALUES = {name: min(value, 9) for value, name in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "幺": 1,
}
_WIDE = re.compile("[\uff00-\uffef]")
_LATIN = re.compile("[A-Za-z\uff21-\uff3a\uff41-\uff5a]")
_MARKS = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)|(?<=\d)[\s,_](?=\d)")
_LATE = ("下午", "傍晚", "晚上")
_TEXT_CHARACTERS_MAX = 40_000


def tokens_of(text: str, names: tuple[str, ...] = ()) -> list[Token]:
    """The tokens of a text, in order. Longer texts than a record may have are cut."""
    plain = _level(text[:_TEXT_CHARACTERS_MAX])
    found: list[Token] = []
    cut = _names_pattern(names)
    at = 0
    for name in cut.finditer(plain) if cut else ():
        found.extend(_tokens(plain, at, name.start()))
        found.append(Token(NAME, name[0], name.start(), name.end()))
        at = name.end()
    found.extend(_tokens(plain, at, len(plain)))
    return found


def plain_text(text: str) -> str:
    """Letters, figures and characters only: two Chinese texts with the same are the same words.

    What stands between two figures stays: 2.1 is not 21.
    """
    return "".join(_MARKS.sub("", _level(text)).split())


def is_latin(text: str) -> bool:
    """Are there Latin letters? Then marks tell words apart: "no, one" is not "no one"."""
    return _LATIN.search(text) is not None


def _level(text: str) -> str:
    """Full width to half width, one character for one, so that places stay what they were."""
    return "".join(map(_small, _WIDE.sub(_half, text).translate(_SAME)))


def _small(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 else letter


def _half(match: re.Match[str]) -> str:
    level = unicodedata.normalize("NFKC", match[0])
    return level if len(level) == 1 else match[0]


@lru_cache(maxsize=64)
def _names_pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    wanted = sorted({_level(one) for one in names if len(one) >= 2}, key=len, reverse=True)
    return re.compile("|".join(map(_name, wanted))) if wanted else None


def _name(name: str) -> str:
    """A name in Latin letters is a word of its own: Li is not in "like"."""
    return rf"(?<![a-z]){re.escape(name)}(?![a-z])" if name.isascii() else re.escape(name)


def _tokens(text: str, start: int, end: int) -> Iterator[Token]:
    for match in _PATTERN.finditer(text, start, end):
        yield from _token(match, text)


def _token(match: re.Match[str], text: str) -> Iterable[Token]:
    kind, found = str(match.lastgroup), match[0]
    first, last = match.span()
    if kind.startswith("e_"):
        return spoken_english.tokens(kind, text, first, last)
    if kind == "filler":
        return ()
    if kind == "negation":
        before, after = text[max(0, first - 1) : first], text[last : last + 1]
        asks = before == after and before.isalnum()
        return (Token(CHAR, found, first, last) if asks else Token(NEGATION, "", first, last),)
    if kind in ("idiom", "plain"):
        return (Token(CHAR, one, first + n, first + n + 1) for n, one in enumerate(found))
    if kind == "other":
        return (Token(CHAR, found, first, last),) if found.isalnum() else ()
    if kind == "latin":
        return (Token(CHAR, found, first, last),)
    value = _value(kind, found)
    return (Token(TIME if kind in ("date", "time") else NUMBER, value, first, last),)


def _value(kind: str, text: str) -> str:
    if kind == "date":
        month, _, day = text[:-1].partition("月")
        return f"{_number(month)}-{_number(day)}"
    if kind == "time":
        return _time(text)
    return _number(text.removeprefix("百分之").rstrip("%％"))


def _time(text: str) -> str:
    day = next((one for one in _DAY.split("|") if text.startswith(one)), "")
    hour, _, rest = re.sub("[点时:：]", "|", text[len(day) :], count=1).partition("|")
    minutes = {"半": "30", "一刻": "15", "三刻": "45", "钟": "0", "": "0"}.get(rest)
    if minutes is None:
        minutes = _number(rest.rstrip("分"))
    hours = _number(hour)
    if day in _LATE and hours.isdigit() and int(hours) < 12:
        hours = str(int(hours) + 12)
    return f"{hours}:{minutes.zfill(2)}"


def _number(text: str) -> str:
    """A number in one spelling; what cannot be read stays as it is."""
    if text in ("俩", "仨"):
        return "2" if text == "俩" else "3"
    head = re.fullmatch(r"(\d+(?:\.\d+)?)([万亿]?)", text)
    if head:
        return _trimmed(head[1]) if not head[2] else _scaled(head[1], _UNITS[head[2]])
    whole, _, part = text.partition("点")
    value = _chinese(whole)
    digits = "".join(str(_VALUES.get(one, 0)) for one in part)
    return _trimmed(f"{value}.{digits}") if digits else str(value)


def _trimmed(text: str) -> str:
    whole, dot, part = text.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (dot + part if part else "")


def _scaled(text: str, unit: int) -> str:
    whole, _, part = text.partition(".")
    zeros = len(str(unit)) - 1
    return _trimmed(f"{whole}{part[:zeros].ljust(zeros, '0')}.{part[zeros:] or '0'}")


def _chinese(text: str) -> int:
    """The value of a Chinese numeral; digits said one by one are one number."""
    if not any(one in _UNITS for one in text):
        return int("".join(str(_VALUES[one]) for one in text) or "0")
    total, section, digit, last = 0, 0, 0, 1
    for one in text:
        if one in _VALUES:
            digit = _VALUES[one]
            last = 10 if one in "零〇" else last
        elif (unit := _UNITS[one]) >= 10_000:
            total = (total + section + digit) * unit
            section, digit, last = 0, 0, unit
        else:
            section += (digit or 1) * unit
            digit, last = 0, unit
    # 一百二 is 120: a last digit counts tenths of the unit before it
    tail = digit * (last // 10) if last > 10 and digit else digit
    return total + section + tail
