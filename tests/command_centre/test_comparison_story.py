"""The demo's story played through the centre, final sentences without media; what walls see."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from command_centre.comparison.views import Difference, Finding, Side
from command_centre.db.database import Database
from command_centre.db.seed import seed_case
from command_centre.demo_differences import (
    Expected,
    difference_rows,
    expected_of,
    found_by,
    quiet_rows,
    turn_at,
)
from command_centre.demo_timeline import Timeline
from command_centre.desk.cases import read_case
from command_centre.desk.views import CaseView
from config.words import MICROSECONDS
from tests.command_centre.centre import CASE, Centre, running_centre

STORY_FILE = Path(__file__).parents[2] / "config" / "demo" / "story.json"
STORY: dict[str, Any] = json.loads(STORY_FILE.read_text(encoding="utf-8"))
WAIT_S = 120
OTHER_RED = "other red differences"


def play(centre: Centre, sessions: dict[str, str]) -> None:
    """Every turn and acknowledged prompt of the story, in order of time."""
    zero_us = centre.clock.now_us()
    acts = [(turn["end_s"], turn, None) for turn in STORY["turns"]]
    for prompt in STORY["prompts"]:
        acts += [(at_s, prompt, room) for room, at_s in prompt["acknowledged_s"].items()]
    for at_s, act, room in sorted(acts, key=lambda one: one[0]):
        t_us = zero_us + round(at_s * MICROSECONDS)
        if room is not None:
            ask(centre, sessions[room], room, act, t_us)
            continue
        centre.recorder.append(
            "utterance",
            {
                "source": f"{act['room']}-camera",
                "id": act["id"],
                "speaker": "interviewer" if act["role"] == "q" else "interviewee",
                "start_us": zero_us + round(act["start_s"] * MICROSECONDS),
                "end_us": t_us,
                "text": act["text"],
            },
            session=sessions[act["room"]],
            room=act["room"],
            t_us=t_us,
        )


def ask(centre: Centre, session: str, room: str, prompt: dict[str, Any], t_us: int) -> None:
    """A prompt that is taken on at a time."""
    name = f"{prompt['id']}-{room}"
    issued = {"prompt": name, "point": prompt["point"].lower(), "text": prompt["text"]}
    body = {**issued, "by": "lin", "by_name": "林某某", "target_room": room}
    centre.recorder.append("prompt.issued", body, session=session, room=room, t_us=t_us)
    for step in ("delivered", "shown", "acknowledged"):
        centre.recorder.append(
            f"prompt.{step}", {"prompt": name}, session=session, room=room, t_us=t_us
        )


def by_name(side: Side) -> str:
    """The story's turns keep their names here."""
    return side.utterance


async def played(tmp_path: Path) -> CaseView:
    """The case as a wall sees it at the end of the story."""
    path = tmp_path / "store" / "centre" / "centre.sqlite"
    path.parent.mkdir(parents=True)
    with Database(path) as database:
        seed_case(database, STORY)
    async with running_centre(tmp_path, keep=True) as centre:
        sessions = {room: await centre.open_room(room) for room in ("room1", "room2")}
        play(centre, sessions)
        await centre.settle()
        async with asyncio.timeout(WAIT_S):
            await centre.context.comparison.settled()
        kinds = centre.log.kinds()
        case = await centre.context.database.read(lambda connection: read_case(connection, CASE))
    assert kinds.count("difference.found") == len(case.differences)
    assert {"case.lexicon", "case.device_log", "point.add"} <= set(kinds)
    return case


async def test_the_story_shows_its_differences_and_stays_quiet_where_it_should(
    tmp_path: Path,
) -> None:
    case = await played(tmp_path)
    standing = [one for one in case.differences if one.gone_us is None]
    expected = expected_of(STORY)
    assert [one.id for one in expected] == [
        *("D1", "D2", "D3", "X1", "G1", "U1", "U2", "S1", "E4x", "E7x"),
    ]
    missing = [one.id for one in expected if found_by(one, standing, by_name) is None]
    assert missing == []
    for one in expected:
        difference = found_by(one, standing, by_name)
        assert difference is not None
        check_quotes(one, difference)
    rows = quiet_rows(STORY, case.differences, by_name)
    assert [row.what for row in rows] == ["quiet N1", "quiet N2", "quiet N3", OTHER_RED]
    assert [row.held for row in rows] == [True] * 4, rows
    rows = difference_rows(expected, case.differences, by_name)
    assert all(row.held for row in rows), rows
    assert "气体检测仪" in next(row.measured for row in rows if "G1" in row.what)
    cells = {(one.point, one.person) for one in case.cells}
    assert {("p1", "zhang"), ("p1", "li"), ("p4", "zhang"), ("p4", "li")} <= cells


def check_quotes(expected: Expected, difference: Difference) -> None:
    """Both sides quote what was said."""
    texts = {turn["id"]: turn["text"] for turn in STORY["turns"]}
    for side in (difference.finding.a, difference.finding.b):
        if not side.utterance:
            assert side.reference
            continue
        assert side.utterance in expected.turns
        assert side.text == texts[side.utterance][side.span[0] : side.span[1]]
        assert side.text


@pytest.mark.parametrize(
    ("until_s", "wanted"),
    [(0, set()), (110, set()), (140, {"D1", "E7x"}), (200, {"D1", "D2", "E4x", "E7x", "U1"})],
)
def test_only_what_was_said_by_then_is_expected(until_s: float, wanted: set[str]) -> None:
    assert {one.id for one in expected_of(STORY, until_s=until_s)} == wanted


def test_a_quote_is_found_again_by_its_room_and_time() -> None:
    timeline = Timeline(1_000_000_000, 75.0)
    turn = next(one for one in STORY["turns"] if one["id"] == "room1-14")
    start_us = timeline.wall_us(turn["start_s"]) + 300_000
    side = Side(room="room1", utterance="u", start_us=start_us, end_us=start_us + 2_000_000)
    of = turn_at(STORY, timeline)
    assert of(side) == "room1-14"
    assert of(Side(room="site", utterance="u", start_us=start_us)) == ""
    rows = difference_rows(expected_of(STORY, until_s=140), [], of)
    assert [row.held for row in rows] == [False, False, False]
    assert rows[-1].measured == "0 of 2, 0 of 1 red; 0 shown in all"
    assert [row.held for row in difference_rows([], [], of)] == [None]


def test_what_is_loud_or_red_beyond_the_story_is_missed() -> None:
    def difference(kind: str, tier: str, point: str, *turns: str) -> Difference:
        a, b = (Side(room="room1", utterance=turn, text=turn) for turn in turns)
        finding = Finding(id=point, kind=kind, tier=tier, point=point, slot="", rule="", a=a, b=b)
        return Difference(finding=finding, found_us=0, engine="", state="open")

    loud = difference("conflict", "amber", "p9", "room1-40", "room2-44")
    daily = difference("self", "red", "p1", "room2-10", "room2-26")
    rows = quiet_rows(STORY, [loud, daily], by_name)
    assert {row.what: row.held for row in rows} == {
        "quiet N1": True,
        "quiet N2": False,
        "quiet N3": False,
        OTHER_RED: False,
    }
    assert "room2-10 / room2-26" in rows[-1].measured
    early = quiet_rows(STORY, [loud, daily], by_name, until_s=120)
    assert [row.what for row in early] == ["quiet N3", OTHER_RED]
