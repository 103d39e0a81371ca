"""The story as the shipped model heard it over WebRTC, with free questions: what is found of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.transcription.story_case import recognised, recognised_told, story
from transcription.comparison.engine import CaseComparison
from transcription.comparison.model import Difference, Kind, Tier

#: Expected of the story: kind, tier, point, slots, and the turns that each side may quote.
EXPECTED = [
    (one["id"], one["kind"], one["tier"], one["point"], one["a"], one["b"])
    for one in story()["expected_differences"]
    if one["kind"] in ("conflict", "self", "device")
]


@pytest.fixture(scope="module")
def engine() -> CaseComparison:
    return recognised_told()


def turns_of(difference: Difference) -> tuple[str, str]:
    """Turns of the story that it quotes; empty for an instrument or a document."""
    return difference.a.turn.partition("/")[0], difference.b.turn.partition("/")[0]


def test_what_was_heard_is_the_story() -> None:
    """The data are a recogniser's: no marks, mistakes, confidences, pauses."""
    heard = recognised()
    assert len(heard) > 75
    assert {word[3] for one in heard for word in one["words"]} > {1000}
    assert any(one["repairs"] for one in heard)
    assert not any(mark in one["text"] for one in heard for mark in "，。？、")


@pytest.mark.parametrize(
    ("name", "kind", "tier", "point", "a", "b"), EXPECTED, ids=[one[0] for one in EXPECTED]
)
def test_each_expected_difference_comes_in_its_tier_with_both_quotes(
    engine: CaseComparison,
    name: str,
    kind: str,
    tier: str,
    point: str,
    a: dict[str, list[str]],
    b: dict[str, list[str]],
) -> None:
    found = [d for d in engine.differences.values() if d.kind == kind and d.point == point]
    assert found, f"{name} is not found"
    texts = {one["turn"]: one["text"] for one in recognised()}
    for one in found:
        assert one.tier == tier
        first, second = turns_of(one)
        if first in b.get("turns", ()):
            first, second = second, first
        assert first in a["turns"]
        assert second in b.get("turns", [""])
        for side in (one.a, one.b):
            if side.turn:
                assert side.text
                assert texts[side.turn.partition("/")[0]][slice(*side.span)] == side.text
            else:
                assert side.reference == "gas-ent-01"


#: Expected where one of the two says that he does not know.
UNKNOWN = [one for one in story()["expected_differences"] if one["kind"] == "unclear"]


@pytest.mark.parametrize("one", UNKNOWN, ids=[one["id"] for one in UNKNOWN])
def test_what_somebody_does_not_know_is_laid_beside_in_grey(
    engine: CaseComparison, one: dict[str, Any]
) -> None:
    wanted = {turn for side in ("a", "b") for turn in one[side]["turns"]}
    found = [
        d
        for d in engine.differences.values()
        if (d.kind, d.point) == (Kind.UNCLEAR, one["point"]) and set(turns_of(d)) <= wanted
    ]
    assert found
    assert {d.tier for d in found} == {Tier.GREY}


def test_same_wording_and_the_permit(engine: CaseComparison) -> None:
    (wording,) = [d for d in engine.differences.values() if d.kind is Kind.WORDING]
    assert set(turns_of(wording)) == set(story()["expected_same_wording"][0]["turns"])
    permit = [d for d in engine.differences.values() if d.b.reference == "E4"]
    assert [(d.kind, d.tier) for d in permit] == [(Kind.DOCUMENT, Tier.AMBER)]


def test_nothing_else_is_red_and_the_quiet_is_quiet(engine: CaseComparison) -> None:
    red = {(d.kind, d.point) for d in engine.differences.values() if d.tier is Tier.RED}
    wanted = {(kind, point) for _, kind, tier, point, _, _ in EXPECTED if tier == "red"}
    assert red == wanted
    for quiet in story()["expected_quiet"]:
        loud = [d for d in engine.differences.values() if set(turns_of(d)) == set(quiet["turns"])]
        assert loud == [], quiet["id"]
    agreed = {one["point"] for one in story()["expected_differences"] if one["kind"] == "agree"}
    assert not [d for d in engine.differences.values() if d.point in agreed]
