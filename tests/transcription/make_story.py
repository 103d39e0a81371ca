"""Makes data/story/recognised.jsonl from the store of a headless run of the demo.

``duizhi demo --seconds 335 --from 0 --headless --store DIR``, then
``python -m tests.transcription.make_story DIR``. The story's clock is found from the sentences that
were heard word for word: the median of how much later the store has them.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from tests.transcription.story_case import RECOGNISED, story
from transcription.wer import bare

#: A sentence begins a little before or after its turn.
_SLACK_S = 0.75


def main(store: Path) -> None:
    """Write what the rooms were heard to say."""
    heard = _heard(store / "centre" / "centre.sqlite")
    start_us = _story_start_us(heard)
    lines = [json.dumps(_line(one, start_us), ensure_ascii=False) for one in heard]
    RECOGNISED.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _heard(path: Path) -> list[dict[str, Any]]:
    """Final sentences of the rooms, in the order of their ends."""
    rooms = [room["id"] for room in story()["rooms"]]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute("SELECT * FROM utterance ORDER BY end_us, id").fetchall()
    newest = {row["room_id"]: row["session_id"] for row in rows}  # not what happened before
    return [
        dict(row)
        for row in rows
        if row["room_id"] in rooms and row["session_id"] == newest[row["room_id"]]
    ]


def _story_start_us(heard: list[dict[str, Any]]) -> int:
    """The wall clock of second 0 of the story."""
    turns = {(turn["room"], bare(turn["text"])): turn for turn in story()["turns"]}
    apart = [
        one["end_us"] - round(turn["end_s"] * 1e6)
        for one in heard
        if (turn := turns.get((one["room_id"], bare(one["text"]))))
    ]
    if len(apart) < 10:
        raise SystemExit(f"expected a run of the story, found {len(apart)} sentences of it")
    return int(median(apart))


def _line(one: dict[str, Any], start_us: int) -> dict[str, Any]:
    """One sentence on the story's clock."""
    first, last = one["start_us"] - start_us, one["end_us"] - start_us
    return {
        "turn": _turn_at(one["room_id"], (first + last) / 2e6),
        "room": one["room_id"],
        "speaker": one["speaker"],
        "start_us": first,
        "end_us": last,
        "text": one["text"],
        "words": [
            [word["w"], word["s_us"] - start_us, word["e_us"] - start_us, word["c_pm"]]
            for word in json.loads(one["words"])
        ],
        "repairs": json.loads(one["repairs"]),
    }


def _turn_at(room: str, middle_s: float) -> str:
    for turn in story()["turns"]:
        if (
            turn["room"] == room
            and turn["start_s"] - _SLACK_S <= middle_s <= turn["end_s"] + _SLACK_S
        ):
            return str(turn["id"])
    return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
