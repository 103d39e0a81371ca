"""What the demo's story expects of the comparison, and whether it was found. Arithmetic only.

Only what has been said by the end of a run is expected of it: a difference counts once both of its
sides, or the last words it rests on, lie within the seconds played.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from command_centre.comparison.views import Difference, Side
from command_centre.demo_results import Row
from command_centre.demo_timeline import Timeline
from config.words import MICROSECONDS

#: Words are recognised a little later or earlier than the story says.
_SLACK_US = MICROSECONDS // 4
_KINDS = {"conflict": "conflict", "self": "self", "device": "device", "unclear": "unclear"}


@dataclass(frozen=True)
class Expected:
    """A difference of the story: its kind, tier, point, and the turns that may be quoted."""

    id: str
    kind: str
    tier: str
    point: str  # empty: any
    a: frozenset[str]  # turns of one side
    b: frozenset[str]  # turns of the other; empty: an instrument or a document

    @property
    def turns(self) -> frozenset[str]:
        """Turns that may be quoted."""
        return self.a | self.b


def expected_of(
    story: Mapping[str, Any], *, from_s: float = 0.0, until_s: float = float("inf")
) -> list[Expected]:
    """What the story expects of what is said from one second of it until another."""
    said = {
        turn["id"]
        for turn in story["turns"]
        if from_s <= turn["start_s"] <= turn["end_s"] <= until_s
    }
    everything = [
        *(_difference(one) for one in story["expected_differences"] if one["kind"] in _KINDS),
        *(_wording(one) for one in story["expected_same_wording"]),
        *(_document(one) for one in story["expected_exhibit_conflict"]),
    ]
    return [one for one in everything if one.a & said and (not one.b or one.b & said)]


#: Which turn of the story a side quotes; empty when it is none.
TurnOf = Callable[[Side], str]


def found_by(
    expected: Expected, differences: Iterable[Difference], turn_of: TurnOf
) -> Difference | None:
    """The difference that is the expected one, in its tier, with both quotes."""
    for one in differences:
        finding = one.finding
        if (finding.kind, finding.tier) != (expected.kind, expected.tier):
            continue
        if one.gone_us is not None or (expected.point and finding.point != expected.point):
            continue
        quoted = {turn_of(side) for side in (finding.a, finding.b) if side.utterance}
        if not quoted <= expected.turns or not quoted & expected.a:
            continue
        if not expected.b or quoted & expected.b:
            return one
    return None


def turn_at(story: Mapping[str, Any], timeline: Timeline) -> TurnOf:
    """By room and time: the turn that was being spoken in the middle of what is quoted."""
    spans = [
        (turn["room"], timeline.wall_us(turn["start_s"]), timeline.wall_us(turn["end_s"]), turn)
        for turn in story["turns"]
    ]

    def find(side: Side) -> str:
        middle_us = (side.start_us + max(side.end_us, side.start_us)) // 2
        for room, start_us, end_us, turn in spans:
            if room == side.room and start_us - _SLACK_US <= middle_us <= end_us + _SLACK_US:
                return str(turn["id"])
        return ""

    return find


def difference_rows(
    expected: Sequence[Expected], differences: Sequence[Difference], turn_of: TurnOf
) -> list[Row]:
    """One row for each expected difference with both quotes, and their sum.

    One that was said and is not found is missed; where nothing was expected yet, nothing is held.
    """
    rows, found_red = [], 0
    for one in expected:
        found = found_by(one, differences, turn_of)
        shown = "not found"
        if found is not None:
            shown = f"{_quote(found.finding.a)} / {_quote(found.finding.b)}"
            found_red += one.tier == "red"
        rows.append(Row(f"difference {one.id} ({one.kind})", shown, one.tier, found is not None))
    red = sum(one.tier == "red" for one in expected)
    standing = sum(one.gone_us is None for one in differences)
    found_all = sum(row.held is True for row in rows)
    said = f"{found_all} of {len(expected)}, {found_red} of {red} red; {standing} shown in all"
    held = found_all == len(expected) if expected else None
    return [*rows, Row("differences of what was said", said, "all expected ones", held)]


def quiet_rows(
    story: Mapping[str, Any],
    differences: Sequence[Difference],
    turn_of: TurnOf,
    *,
    from_s: float = 0.0,
    until_s: float = float("inf"),
) -> list[Row]:
    """What the story lists as quiet and was said, and that nothing is red that it does not list."""
    standing = [one for one in differences if one.gone_us is None]
    rows = []
    for quiet in story["expected_quiet"]:
        turns = [one for one in story["turns"] if one["id"] in quiet["turns"]]
        if not all(from_s <= one["start_s"] <= one["end_s"] <= until_s for one in turns):
            continue
        loud = [one for one in standing if _is_loud(one, turns, turn_of)]
        shown = "; ".join(_both(one) for one in loud) or "no difference"
        rows.append(Row(f"quiet {quiet['id']}", shown, "no difference", not loud))
    listed = {(one.kind, one.point) for one in expected_of(story) if one.tier == "red"}
    other = [
        one
        for one in standing
        if one.finding.tier == "red" and (one.finding.kind, one.finding.point) not in listed
    ]
    shown = "; ".join(_both(one) for one in other) or "none"
    return [*rows, Row("other red differences", shown, "none", not other)]


def _is_loud(difference: Difference, turns: Sequence[Mapping[str, Any]], turn_of: TurnOf) -> bool:
    """It quotes both sides; of two turns of one room, a question and its answer, the answer."""
    quoted = {turn_of(side) for side in (difference.finding.a, difference.finding.b)}
    answers = {str(one["id"]) for one in turns if one["role"] == "a"}
    return answers <= quoted


def _quote(side: Side) -> str:
    """What was said; of an instrument or a document its name and what it has."""
    if side.utterance:
        return side.text
    return " ".join(part for part in (side.text or side.reference, side.value) if part)


def _both(one: Difference) -> str:
    finding = one.finding
    return f"{finding.point} {finding.kind}: {_quote(finding.a)} / {_quote(finding.b)}"


def _difference(one: Mapping[str, Any]) -> Expected:
    return Expected(
        one["id"],
        _KINDS[one["kind"]],
        one.get("tier", "grey"),  # the story gives what is unclear no tier: it is grey
        one["point"].lower(),
        frozenset(one["a"].get("turns", ())),
        frozenset(one["b"].get("turns", ())),
    )


def _wording(one: Mapping[str, Any]) -> Expected:
    first, second = one["turns"]
    return Expected(one["id"], "wording", "amber", "", frozenset({first}), frozenset({second}))


#: A document that bears a statement out only in part contradicts nothing.
_IN_PART = frozenset({"E7x"})


def _document(one: Mapping[str, Any]) -> Expected:
    tier = "grey" if one["id"] in _IN_PART else "amber"
    return Expected(one["id"], "document", tier, "", frozenset(one["turns"]), frozenset())
