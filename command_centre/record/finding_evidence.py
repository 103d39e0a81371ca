"""What shows a finding on site: an exhibit, a recorded moment, a reading, what was said there.

A finding names its evidence in words (``录音录像 10:05:12、现场照片一``). Named moments and the one
of its own mark are its anchors; a moment is evidence where pictures or sound of it are recorded.
Words that name nothing the case has are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from command_centre.record.content import china_time
from command_centre.record.differences import Said

#: A reading belongs to a moment this near.
READING_US = 60_000_000
_MOMENT = re.compile(r"录音录像\s*(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?")
_NUMBERED = re.compile(r"证据\s*(\d{1,6}(?!\d)|[一二三四五六七八九十]+)")
_NUMERALS = {name: at for at, name in enumerate("零一二三四五六七八九")}
#: A reading shows what is about gas, or a value that it has.
_MEASURED = re.compile(
    "氧|可燃|一氧化碳|硫化氢|浓度|气体|读数|检测仪|报警|ppm|oxygen|gas|reading", re.I
)
_BEFORE_US = 60_000_000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """A finding of the record; ``line`` is its number among all lines."""

    line: int
    text: str
    evidence: str = ""
    utterances: tuple[str, ...] = ()
    t_us: int = 0  # its mark; 0: written by hand


@dataclass(frozen=True)
class Measured:
    """What a device measured at a moment, by name, in thousandths."""

    t_us: int
    values: dict[str, int]


@dataclass(frozen=True)
class Scene:
    """What is known of an inspection."""

    said: Sequence[Said]
    opened_us: int
    recorded: Sequence[tuple[int, int]] = ()  # from, to
    measured: Sequence[Measured] = ()
    exhibits: Sequence[tuple[int, str]] = ()  # number and title


def anchors_of(finding: Finding, opened_us: int) -> list[int]:
    """The moments a finding is from: its mark's, and those its evidence names."""
    found = [finding.t_us] if finding.t_us else []
    opened = china_time(opened_us)
    for one in _MOMENT.finditer(finding.evidence):
        hour, minute, second = int(one[1]), int(one[2]), int(one[3] or 0)
        if hour > 23 or minute > 59 or second > 59:
            continue
        moment = opened.replace(hour=hour, minute=minute, second=second, microsecond=0)
        at_us = opened_us + round((moment - opened) / timedelta(microseconds=1))
        if at_us < opened_us - _BEFORE_US:  # after midnight
            at_us += round(_DAY / timedelta(microseconds=1))
        if all(abs(at_us - other) >= 1_000_000 for other in found):
            found.append(at_us)
    return found


def is_shown(finding: Finding, scene: Scene, anchors: Sequence[int], *, said: bool) -> bool:
    """Is there any evidence for a finding? ``said``: somebody spoke of it there."""
    return (
        said
        or names_exhibit(finding.evidence, scene.exhibits)
        or any(is_recorded(at, scene.recorded) for at in anchors)
        or (
            _MEASURED.search(finding.text) is not None
            and bool(readings_near(anchors, scene.measured))
        )
    )


def names_exhibit(evidence: str, exhibits: Sequence[tuple[int, str]]) -> bool:
    """Does it name one by its title, or by its number (证据四)?"""
    if any(title.strip() and title.strip() in evidence for _, title in exhibits):
        return True
    named = {_ordinal(one[1]) for one in _NUMBERED.finditer(evidence)}
    return any(number in named for number, _ in exhibits)


def is_recorded(at_us: int, recorded: Sequence[tuple[int, int]]) -> bool:
    """Was anything recorded at a moment?"""
    return any(start <= at_us < end for start, end in recorded)


def readings_near(anchors: Sequence[int], measured: Sequence[Measured]) -> list[Measured]:
    """What was measured about those moments."""
    return [one for one in measured if any(abs(one.t_us - at) <= READING_US for at in anchors)]


def was_measured(number: str, near: Sequence[Measured]) -> bool:
    """Does one of these readings have this value, as exactly as the number is written?"""
    places = len(number.partition(".")[2])
    try:
        wanted = round(float(number), places)
    except ValueError:
        return False
    return any(
        round(value / 1000, places) == wanted for one in near for value in one.values.values()
    )


def _ordinal(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    value = (_NUMERALS.get(tens, 1) * 10) if ten else _NUMERALS.get(tens, 0)
    return value + _NUMERALS.get(ones, 0)
