"""Story time and wall time. Every publisher starts at the same instant, so one sum converts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.words import MICROSECONDS, Speaker

_SPEAKER = {"q": Speaker.INTERVIEWER, "a": Speaker.INTERVIEWEE}


@dataclass(frozen=True)
class Turn:
    """What one person says, on the wall clock."""

    room: str
    speaker: str
    text: str
    start_us: int
    end_us: int


@dataclass(frozen=True)
class Timeline:
    """``start_us`` is the wall time at which the clips stand at story second ``start_s``."""

    start_us: int
    start_s: float

    def wall_us(self, story_s: float) -> int:
        """When this second of the story plays."""
        return self.start_us + round((story_s - self.start_s) * MICROSECONDS)

    def story_ms(self, wall_us: int) -> int:
        """Which millisecond of the story plays now."""
        return round(self.start_s * 1000 + (wall_us - self.start_us) / 1000)

    def turns(self, story: dict[str, Any]) -> Iterator[Turn]:
        """All turns of the story at the times they play, in order."""
        for turn in story["turns"]:
            yield Turn(
                turn["room"],
                _SPEAKER[turn["role"]],
                turn["text"],
                self.wall_us(turn["start_s"]),
                self.wall_us(turn["end_s"]),
            )
