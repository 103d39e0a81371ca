"""The journeys keep to their targets, are walked, and stand in web/README.md as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.clicks import JOURNEYS, table_text
from tests.browser.routes import WEB


def test_every_role_has_its_journeys_and_each_keeps_to_its_target() -> None:
    assert {one.who for one in JOURNEYS.values()} == {
        *("manager", "interviewer", "auditor", "interviewee", "device operator")
    }
    assert [one.what for one in JOURNEYS.values() if one.presses > one.most] == []


#: What the trade asks of a press or a tap, by journey (facts/field.md E.4).
TARGETS = {
    "badge": 2,
    "question": 3,
    "start": 4,
    "asked": 1,
    "not now": 1,
    "sentence": 1,
    "verdict": 1,
    "access": 3,
    "prompted": 3,
    "counsel": 1,
}


def test_every_target_of_the_trade_is_held() -> None:
    assert {name: JOURNEYS[name].most for name in TARGETS} == TARGETS


@pytest.mark.parametrize("name", JOURNEYS)
def test_it_is_walked_where_it_says(name: str) -> None:
    walk = Path(__file__).with_name(f"{JOURNEYS[name].walked_by}.py").read_text(encoding="utf-8")
    assert f'.journey("{name}")' in walk


def test_the_table_in_the_readme_is_this_one() -> None:
    assert table_text() in (WEB / "README.md").read_text(encoding="utf-8")
