"""Two rooms over WebRTC into a whole installation, and what of their words was wrong.

Each turn of the story that was published whole is compared with the utterances of its speaker whose
middle lies in it. When the story began to play is found from the utterances themselves: the median
of how much later each one began than the turn it resembles most.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from command_centre.demo_results import common_length
from command_centre.demo_store import read_story
from command_centre.demo_timeline import Timeline, Turn
from tests.e2e.installation import running
from transcription.wer import bare, rate

_ROOMS = {"room1-camera": "room1", "room2-camera": "room2"}
_START_S = 85.0
_SETTLE_S = 4.0
_EDGE_US = 500_000
_TAIL_US = 1_500_000


async def error_rate(seconds: float) -> dict[str, object]:
    """Character error rate of the turns that were published whole."""
    story = read_story()
    with tempfile.TemporaryDirectory(prefix="duizhi-chain") as folder:
        async with running(Path(folder) / "store") as house, house.desk("lin") as desk:
            for room in _ROOMS.values():
                await desk.post(f"/api/rooms/{room}/session", {})
            async with (
                house.publishing("room1-camera", start_s=_START_S),
                house.publishing("room2-camera", start_s=_START_S),
            ):
                await asyncio.sleep(seconds)
            await asyncio.sleep(_SETTLE_S)
            page = await desk.get(f"/api/cases/{story['case']['id']}/utterances?limit=1000")
    said = page["utterances"]
    pairs: list[tuple[str, str]] = []
    for room in _ROOMS.values():
        turns = [turn for turn in Timeline(0, _START_S).turns(story) if turn.room == room]
        pairs += _pairs(turns, [one for one in said if one["room"] == room])
    assert pairs, "no turn was published whole: nothing was measured"
    return {
        "cer": round(rate(pairs), 4),
        "characters": sum(len(spoken) for spoken, _ in pairs),
        "turns": len(pairs),
        "seconds": seconds,
    }


def _pairs(turns: list[Turn], said: list[dict[str, Any]]) -> list[tuple[str, str]]:
    if not said:
        return []
    offset_us = median(one["start_us"] - _like(turns, one).start_us for one in said)
    first_us = min(one["start_us"] for one in said)
    last_us = max(one["end_us"] for one in said)
    pairs = []
    for turn in turns:
        start_us, end_us = turn.start_us + offset_us, turn.end_us + offset_us
        if start_us < first_us - _EDGE_US or end_us + _TAIL_US > last_us:
            continue
        heard = [
            bare(one["text"])
            for one in sorted(said, key=lambda one: int(one["start_us"]))
            if one["speaker"] == turn.speaker
            and start_us - _EDGE_US <= (one["start_us"] + one["end_us"]) / 2 <= end_us + _EDGE_US
        ]
        pairs.append((bare(turn.text), "".join(heard)))
    return pairs


def _like(turns: list[Turn], one: dict[str, Any]) -> Turn:
    text = bare(one["text"])
    own = [turn for turn in turns if turn.speaker == one["speaker"]] or turns
    return max(own, key=lambda turn: _resemblance(bare(turn.text), text))


def _resemblance(turn: str, text: str) -> float:
    return 2 * common_length(turn, text) / max(1, len(turn) + len(text))
