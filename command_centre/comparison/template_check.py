"""What a template of points must be like to be kept, and what in it may lead or press. Pure.

Limits hold for what the agency words in the pages, so that a version fits into one entry of the
log. Names, text and question are needed; English is not: a page in English then shows the Chinese.
Whether a point is a good one to ask is for people to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from command_centre.comparison.book import MAX_POINT_CHARACTERS, SLOTS
from command_centre.comparison.views import TemplatePoint
from command_centre.comparison.wording_check import PlacedHint, check_point
from command_centre.comparison.wording_rules import Rules
from command_centre.errors import Rejected

TEXT_MAX = MAX_POINT_CHARACTERS
NAME_MAX = 40  # characters of a kind's name; its English may be twice as long
POINTS_MAX = 25  # of one template
TOPIC_MAX = 20  # also of an event
WORDS_MAX = 20  # in each of the three lists of a point
WORD_MAX = 20

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_LISTS = ("verbs", "items", "spoken")


class TemplateText(msgspec.Struct, frozen=True, kw_only=True):
    """What a template says."""

    name: str
    name_en: str
    points: tuple[TemplatePoint, ...]


class PointHint(PlacedHint, frozen=True, kw_only=True):
    """Wording of a point that may lead or press; its field is text, en, question or question_en."""

    point: int  # from 1

    @property
    def code(self) -> str:
        """As entries name it."""
        return f"{self.point}.{self.field}.{self.hint.category}"


def checked(said: TemplateText) -> TemplateText:
    """The template without spaces around, empty words and words said twice.

    Raises:
        Rejected: ``bad_template_text``: says which point, and what was expected.
    """
    name, name_en = said.name.strip(), said.name_en.strip()
    if not 1 <= len(name) <= NAME_MAX or len(name_en) > 2 * NAME_MAX:
        raise _bad(f"a name has 1 to {NAME_MAX} characters, in English at most {2 * NAME_MAX}")
    if _CONTROL.search(name + name_en):
        raise _bad("a name is one line")
    points = tuple(_stripped(one) for one in said.points)
    if not 1 <= len(points) <= POINTS_MAX:
        raise _bad(f"a template has 1 to {POINTS_MAX} points")
    before: dict[str, int] = {}
    for number, point in enumerate(points, 1):
        if problem := _problem(point):
            raise _bad(f"point {number}: {problem}", point=number)
        if (same := before.setdefault(point.text, number)) != number:
            raise _bad(f"point {number}: expected other words than point {same}", point=number)
    return TemplateText(name=name, name_en=name_en, points=points)


def hints_in(points: Sequence[TemplatePoint], rules: Rules) -> list[PointHint]:
    """What may lead or press whoever is asked, in the order of the points."""
    return list(_hints(points, rules))


def _hints(points: Sequence[TemplatePoint], rules: Rules) -> Iterator[PointHint]:
    for number, point in enumerate(points, 1):
        said = (point.text, point.en, point.question, point.question_en)
        for field, hint in check_point(*said, rules=rules):
            yield PointHint(point=number, field=field, hint=hint)


def _stripped(point: TemplatePoint) -> TemplatePoint:
    said: dict[str, Any] = msgspec.structs.asdict(point)
    for field, value in said.items():
        if isinstance(value, str):
            said[field] = value.strip()
        elif field in _LISTS:
            said[field] = tuple(dict.fromkeys(word.strip() for word in value if word.strip()))
        else:
            said[field] = tuple(dict.fromkeys(value))
    return TemplatePoint(**said)


def _problem(point: TemplatePoint) -> str:
    said = msgspec.structs.asdict(point)
    lists = [said[field] for field in _LISTS]
    texts = [value for value in said.values() if isinstance(value, str)]
    if any(_CONTROL.search(text) for text in (*texts, *(w for one in lists for w in one))):
        return "expected texts of one line each"
    if not point.text or not point.question:
        return "expected what is verified, and a question to ask it with"
    if max(map(len, (point.text, point.en, point.question, point.question_en))) > TEXT_MAX:
        return f"expected at most {TEXT_MAX} characters in each text"
    if max(len(point.topic), len(point.event)) > TOPIC_MAX:
        return f"expected at most {TOPIC_MAX} characters of topic and of event"
    if not point.slots or set(point.slots) - SLOTS:
        return f"expected one or more of {', '.join(sorted(SLOTS))} to be compared"
    if any(len(one) > WORDS_MAX or any(len(w) > WORD_MAX for w in one) for one in lists):
        return f"expected at most {WORDS_MAX} words of {WORD_MAX} characters in each list"
    return ""


def _bad(detail: str, **extra: Any) -> Rejected:
    return Rejected("bad_template_text", detail, **extra)
