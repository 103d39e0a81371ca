"""What in the wording of a point of a case may lead or press whoever is asked. Pure.

It is looked at when a point is added and when it is worded otherwise. Points of a template are not:
whoever worded the template was shown its hints (``template_check``). Nothing is blocked: what was
pointed out is kept when the person names it (``wording_check.agreed``), and the entry of the point
names it too.
"""

from __future__ import annotations

from command_centre.comparison.book import Wording
from command_centre.comparison.wording_check import PlacedHint, check_point
from command_centre.comparison.wording_rules import Rules


def hints_in(wording: Wording, rules: Rules, before: Wording | None = None) -> list[PlacedHint]:
    """What may lead or press, in text, en, question or question_en; of what stood there ``before``
    nothing is said again."""
    said, stood = _fields(wording), _fields(before) if before else ("",) * 4
    new = (now if now != then else "" for now, then in zip(said, stood, strict=True))
    return [PlacedHint(field=field, hint=hint) for field, hint in check_point(*new, rules=rules)]


def _fields(wording: Wording) -> tuple[str, str, str, str]:
    detail = wording.detail
    return wording.text.strip(), wording.en.strip(), detail.question, detail.question_en
