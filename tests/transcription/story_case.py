"""The demo's story as utterances for the engine: turns, points of prompts, meters, documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from transcription.comparison.case_file import case_from_json
from transcription.comparison.device import DeviceLog, Reading
from transcription.comparison.engine import CaseComparison, Heard
from transcription.comparison.model import Case, Role, Turn, WordTime

#: The story as the shipped model heard it over WebRTC; how it was made: data/story/README.md.
RECOGNISED = Path(__file__).parent / "data" / "story" / "recognised.jsonl"
STORY = Path(__file__).parents[2] / "config" / "demo" / "story.json"
DOCUMENTS = [
    {
        "id": "E4",
        "facts": [
            {
                "point": "P4",
                "slot": "when",
                "value": "2026-05-12T15:20",
                "words": ["开", "填", "签"],
                "quote": "填票时间 2026-05-12 15:20",
            }
        ],
    },
    {
        "id": "E7",
        "facts": [
            {
                "point": "P8",
                "slot": "where",
                "value": "办公楼",
                "partly": True,
                "person": "李某",
                "quote": "李某 08:31 签到，无签退时间",
            }
        ],
    },
]


@lru_cache(maxsize=1)
def story() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(STORY.read_text(encoding="utf-8"))
    return found


def story_case() -> Case:
    told = story()
    return case_from_json(
        {
            "id": told["case"]["id"],
            "incident_date": told["case"]["incident_date"],
            "people": told["people"] + told["mentioned"],
            "places": told["case"]["places"],
            "equipment": told["case"]["equipment"],
            "points": told["points"],
            "documents": DOCUMENTS,
        }
    )


def meter() -> DeviceLog:
    """The plant's meter, as stored."""
    rows = [r for r in story()["readings"] if r["device"] == "gas-ent-01"]
    readings = tuple(
        Reading(
            round(datetime.fromisoformat(row["at"]).timestamp() * 1e6),
            tuple((name, float(value)) for name, value in row["values"].items()),
        )
        for row in rows
    )
    return DeviceLog("gas-ent-01", "四合一气体检测仪", readings)


def utterances(*, marked: bool = True) -> Iterator[Heard]:
    """In the order in which they end. Not ``marked``: only the pushed prompt carries its point."""
    told = story()
    person = {room["id"]: room["person"] for room in told["rooms"]}
    prompts = {prompt["id"]: prompt["point"] for prompt in told["prompts"]}
    carried: dict[str, str] = {}
    for turn in sorted(told["turns"], key=lambda t: (t["end_s"], t["id"])):
        if turn["role"] == "q":
            carried[turn["room"]] = prompts.get(turn.get("prompt", ""), "")
        yield Heard(
            turn=Turn(
                id=turn["id"],
                role=Role(turn["role"]),
                text=turn["text"],
                start_us=round(turn["start_s"] * 1e6),
                end_us=round(turn["end_s"] * 1e6),
                point=turn.get("point", "") if marked else carried.get(turn["room"], ""),
            ),
            room=turn["room"],
            session=f"session-{turn['room']}",
            person=person[turn["room"]],
            language="zh",
            said_on=date(2026, 5, 18),
        )


def told(*, marked: bool = True) -> CaseComparison:
    """The engine at the end of the story."""
    engine = CaseComparison(story_case())
    engine.measured(meter())
    for heard in utterances(marked=marked):
        engine.hear(heard)
    return engine


def recognised() -> list[dict[str, Any]]:
    """What the recogniser heard of the story, in the order in which it was heard."""
    lines = RECOGNISED.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def recognised_utterances() -> Iterator[Heard]:
    """Recognised sentences with free questions: no prompt says which point is asked."""
    person = {room["id"]: room["person"] for room in story()["rooms"]}
    for number, one in enumerate(recognised()):
        yield Heard(
            turn=Turn(
                id=f"{one['turn']}/{number}",
                role=Role.QUESTION if one["speaker"] == "interviewer" else Role.ANSWER,
                text=one["text"],
                start_us=one["start_us"],
                end_us=one["end_us"],
                words=tuple(_word_times(one)),
            ),
            room=one["room"],
            session=f"session-{one['room']}",
            person=person[one["room"]],
            language="zh",
            said_on=date(2026, 5, 18),
        )


def _word_times(one: dict[str, Any]) -> Iterator[WordTime]:
    at = 0
    for word, start_us, end_us, confidence in one["words"]:
        start = one["text"].find(word, at)
        if start >= 0:
            at = start + len(word)
            yield WordTime((start, at), start_us, end_us, confidence)
    for repair in one["repairs"]:
        span = (repair["from"], repair["to"])
        yield WordTime(span, one["start_us"], one["end_us"], repaired=True)


def recognised_told() -> CaseComparison:
    """The engine at the end of the story as it was recognised."""
    engine = CaseComparison(story_case())
    engine.measured(meter())
    for heard in recognised_utterances():
        engine.hear(heard)
    return engine
