"""What moves in a room: lips with the voice, blinks, breathing, small turns of head and hands.

All motion is a function of time and of the two voices' loudness, so every run draws the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from config.demo.drawing import compose, people, room_scene
from config.demo.drawing.compose import Picture
from config.demo.drawing.people import Look
from config.demo.drawing.render import Layer

#: Where the close-up stands in the picture (x, y, width, height).
CLOSE_UP_PLACE = (508, 40, 116, 87)
_BLINK_S = 0.16
#: Room around each layer for its motion, in pixels.
_MARGIN = 14


@dataclass(frozen=True)
class Moment:
    """One frame: its time, which sign hangs on the wall, and how loud each person is (0 to 1)."""

    t_s: float
    sign: int
    interviewer: float
    interviewee: float


class RoomStage:
    """Draws one room from its layers, 640x360."""

    def __init__(self, look: Look, layers: dict[str, Layer], seed: int) -> None:
        self._look = look
        self._layers = layers
        self._phase = seed * 1.7
        self._blinks = _blink_times(seed)
        self._boxes = {name: compose.content_box(layer, _MARGIN) for name, layer in layers.items()}

    def draw(self, moment: Moment) -> Picture:
        """The room at this moment."""
        picture = compose.flat(self._layers[f"back{moment.sign}"])
        t = moment.t_s + self._phase
        breath = 0.45 * math.sin(2 * math.pi * t / 4.1)
        self._put(picture, "body", (0.12 * math.sin(t / 3.3), 0, breath))
        self._put_head(picture, moment, t, breath)
        self._put(picture, "table")
        gesture = 1.0 * _slow(t, 7.3) + 1.4 * moment.interviewee * math.sin(2 * math.pi * t / 1.3)
        self._put(picture, "hands", (0.25 * _slow(t, 5.1), gesture, 0.3 * breath))
        self._put(picture, "things")
        close_up = self._close_up(picture)
        nod = 2.5 * moment.interviewer * math.sin(2 * math.pi * t / 0.9)
        self._put(picture, "interviewer", (0, 3.0 * _slow(t, 9.7), nod))
        self._put(picture, "vignette")
        _put_close_up(picture, close_up)
        return picture

    def _put(
        self,
        picture: Picture,
        name: str,
        motion: tuple[float, float, float] | None = None,
        centre: tuple[float, float] = (320, 270),
    ) -> None:
        """A layer, turned by degrees around the centre and shifted (degrees, x, y)."""
        layer, box = self._layers[name], self._boxes[name]
        if motion is None:
            compose.over(picture, layer, box)
            return
        degrees, x, y = motion
        compose.put_moved(picture, layer, box, compose.turned(centre, degrees, (x, y)))

    def _put_head(self, picture: Picture, moment: Moment, t: float, breath: float) -> None:
        mouth = min(len(people.MOUTHS) - 1, round(moment.interviewee * (len(people.MOUTHS) - 1)))
        blink = any(start <= moment.t_s < start + _BLINK_S for start in self._blinks)
        x, y = people.NECK[0] + self._look.shift, people.NECK[1]
        tilt = self._look.tilt
        if self._look.mirrored:
            x, tilt = 640 - x, -tilt
        nod = moment.interviewee * math.sin(2 * math.pi * t / 0.8)
        motion = (tilt + 1.8 * _slow(t, 6.1) + 1.2 * nod, 1.1 * _slow(t, 8.3), breath + 0.8 * nod)
        self._put(picture, f"head{mouth}{'-blink' if blink else ''}", motion, (x, y))

    def _close_up(self, picture: Picture) -> Picture:
        """The face alone, as the second camera of the room shows it."""
        x, y, w, h = room_scene.CLOSE_UP
        x += self._look.shift
        left = round(640 - x - w if self._look.mirrored else x)
        return picture[round(y) : round(y + h), left : left + round(w)].copy()


def mouth_track(samples: NDArray[np.float32], rate_hz: int, frames_per_s: int) -> list[float]:
    """Loudness per frame, 0 to 1, quick to open and slower to close, as lips are."""
    step = rate_hz // frames_per_s
    count = len(samples) // step
    rms = np.sqrt(np.mean(samples[: count * step].reshape(count, step) ** 2, axis=1))
    loud = np.clip((20 * np.log10(rms + 1e-6) + 44) / 26, 0, 1)
    track: list[float] = []
    level = 0.0
    for target in loud:
        level += (float(target) - level) * (0.9 if target > level else 0.6)
        track.append(level)
    return track


def _put_close_up(picture: Picture, close_up: Picture) -> None:
    x, y, w, h = CLOSE_UP_PLACE
    picture[y - 1 : y + h + 1, x - 1 : x + w + 1] = 0.82
    picture[y : y + h, x : x + w] = cv2.resize(close_up, (w, h), interpolation=cv2.INTER_AREA)


def _slow(t: float, period_s: float) -> float:
    """A slow wandering between -1 and 1 that does not look like a pendulum."""
    a = math.sin(2 * math.pi * t / period_s)
    b = math.sin(2 * math.pi * t / (period_s * 2.37) + 1)
    return 0.5 * (a + b)


def _blink_times(seed: int) -> list[float]:
    random = np.random.default_rng(seed)
    return list(np.cumsum(random.uniform(2.2, 6.0, 200)))
