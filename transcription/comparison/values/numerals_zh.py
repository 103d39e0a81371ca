"""Chinese numerals, as spoken: 三四 is three to four, 一百二三 is 120 to 130, 幺二零 is digits.

``cardinal`` reads a run of numeral characters as a closed range. Pure; knows no units.
"""

from __future__ import annotations

import re

_DIGITS = {
    **dict(zip("零〇一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)),
    "两": 2,
    "幺": 1,
}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_FIGURES = "零〇一二两三四五六七八九幺"
#: A run of numeral characters, also with a decimal point (零点五, 19.8).
RUN = rf"(?:\d+(?:\.\d+)?[百千万]?|[{_FIGURES}十百千万几廿卅]+(?:点[{_FIGURES}]+)?)"
_OPEN = re.compile(r"几")
_PAIR = re.compile(r"(?P<a>[一二两三四五六七八])(?P<b>[两二三四五六七八九])")


def cardinal(run: str) -> tuple[float, float] | None:
    """``run`` as lowest and highest value, or None when it is no number."""
    run = run.replace("廿", "二十").replace("卅", "三十")
    if re.fullmatch(r"\d+(?:\.\d+)?[百千万]?", run):
        scale = _UNITS.get(run[-1], 1)
        value = float(run.rstrip("百千万")) * scale
        return value, value
    if "几" in run:
        return _several(run)
    if run == "百八十":
        return 80.0, 100.0
    if run in ("百十", "千百"):
        return (100.0, 120.0) if run == "百十" else (1000.0, 1200.0)
    if run == "三两":
        return 2.0, 3.0
    pair = _PAIR.search(run)
    if pair and _DIGITS[pair["b"]] - _DIGITS[pair["a"]] == 1 and not _digit_by_digit(run):
        low = _plain(run[: pair.start("b")] + run[pair.end("b") :])
        high = _plain(run[: pair.start("a")] + run[pair.end("a") :])
        return (low, high) if low is not None and high is not None and low <= high else None
    value_or_none = _plain(run)
    return None if value_or_none is None else (value_or_none, value_or_none)


def digits(run: str) -> bool:
    """Said digit by digit (幺二零), so a number to dial or a code, not a quantity."""
    return _digit_by_digit(run)


def _digit_by_digit(run: str) -> bool:
    return (len(run) >= 3 and all(character in _DIGITS for character in run)) or "幺" in run


def _several(run: str) -> tuple[float, float] | None:
    """几: from two (in the tens: one) to nine."""
    if run.count("几") != 1:
        return None
    at = run.index("几")
    low = _plain(run.replace("几", "一" if at and run[at - 1] in _UNITS else "二"))
    high = _plain(run.replace("几", "九"))
    return None if low is None or high is None else (low, high)


def _plain(run: str) -> float | None:
    """One value, no ranges: 一百二 is 120, 二十一, 零点五, 三千零五."""
    whole, point, part = run.partition("点")
    if point:
        head = _plain(whole)
        if head is None or not part or any(c not in _DIGITS for c in part):
            return None
        return head + sum(_DIGITS[c] * 0.1 ** (n + 1) for n, c in enumerate(part))
    if not run:
        return None
    if all(character in _DIGITS for character in run):
        return float("".join(str(_DIGITS[c]) for c in run)[:9])
    total = section = 0.0
    digit: float | None = None
    last = 0
    for character in run:
        if character in _DIGITS:
            digit = float(_DIGITS[character])
            last = 1 if character in "零〇" else last
            continue
        unit = _UNITS.get(character)
        if unit is None:
            return None
        if unit == 10000:
            total += (section + (digit or 0) or 1) * unit
            section = 0.0
        else:
            section += (1 if digit is None else digit) * unit
        digit, last = None, unit
    if digit is not None:
        # 一百二 is 120; 一百零二 is 102; 十二 is 12.
        section += digit * (last // 10 if last >= 100 else 1)
    return total + section
