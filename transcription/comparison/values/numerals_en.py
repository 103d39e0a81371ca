"""English numerals in words or figures: twenty-one, three or four, two hundred and five."""

from __future__ import annotations

import re

_ONES = {
    word: n
    for n, word in enumerate(
        [
            "zero",
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
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = dict(
    zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        range(20, 100, 10),
        strict=True,
    )
)
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1000000}
_WORD = "|".join(sorted([*_ONES, *_TENS, *_SCALES], key=len, reverse=True))
#: One number: figures, or words joined by blanks, hyphens and "and" before the last part.
ONE = (
    rf"(?:\d+(?:,\d{{3}})*(?:\.\d+)?|(?:a\s+(?=hundred|"
    rf"thousand))?(?:{_WORD})(?:(?:[\s-]+(?:and\s+)?)(?:{_WORD}))*(?:\s+point\s+(?:{_WORD})("
    rf"?:\s+(?:{_WORD}))*)?)"
)


def number(text: str) -> float | None:
    """The value of a match of ``ONE``; None for words that make no number (nine thirty)."""
    text = text.strip().casefold().replace(",", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    whole, _, part = text.partition(" point ")
    value = _whole(re.split(r"[\s-]+", whole))
    if value is None or not part:
        return value
    digits = [_ONES.get(word, -1) for word in part.split()]
    if any(not 0 <= d <= 9 for d in digits):
        return None
    return value + sum(d * 0.1 ** (n + 1) for n, d in enumerate(digits))


def _whole(words: list[str]) -> float | None:
    total = section = 0.0
    last = 1e9
    for word in words:
        if word in ("and", "a", ""):
            section = section or (1.0 if word == "a" else section)
            continue
        if word in _SCALES:
            section = (section or 1) * _SCALES[word]
            if word != "hundred":
                total, section = total + section, 0.0
            last = 1e9
            continue
        value = float(_TENS.get(word, _ONES.get(word, -1)))
        if value < 0 or value >= last or (last < 1e9 and last % 10):
            return None
        if last < 20:
            return None
        section += value
        last = value
    return total + section
