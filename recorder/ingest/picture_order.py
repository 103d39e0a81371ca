"""Decoding times of pictures that are not sent in the order they are shown (B-frames). Pure.

RTP carries only when a picture is shown. The time it is decoded is the n-th smallest of the times
seen so far, ``depth`` pictures late, which is what every muxer and player expects: it grows from
picture to picture and is never after the time shown.

``depth`` comes from the parameter set. A set that does not say is believed to have no B-frames
until a picture goes back; then ``place`` refuses until the next key frame, and takes
``GUESSED_DEPTH`` from there on.
"""

from __future__ import annotations

import heapq

GUESSED_DEPTH = 2  # what encoders of cameras and drones use at most, without saying so
_JUMP = 90_000  # a step of a second is a hole: the times before it are of no more use


class PictureOrder:
    """One video track; times are RTP ticks (90 kHz), unwrapped."""

    def __init__(self) -> None:
        self._depth = 0
        self._said: int | None = None
        self._recent: list[int] = []  # heap, at most depth + 1
        self._highest: int | None = None
        self._last: int | None = None

    @property
    def depth(self) -> int:
        """How many pictures decoding is ahead."""
        return self._depth

    def describe(self, reorder: int | None) -> None:
        """A parameter set came; the next picture is a key frame."""
        if reorder is not None and reorder != self._depth:
            self._depth = reorder
            self._recent = []
        self._said = reorder

    def place(self, shown: int, key: bool) -> int | None:
        """When the picture is decoded; None when it must wait for the next key frame.

        After None the caller hands on nothing until a key frame.
        """
        highest = self._highest
        if highest is not None and abs(shown - highest) > _JUMP:
            self._recent = []
            highest = None
        if self._depth == 0:
            if highest is not None and shown <= highest and not key:
                if shown < highest:
                    self._depth, self._recent = GUESSED_DEPTH, []
                return None
            self._highest = self._last = shown
            return shown
        if key and not self._recent:
            self._recent = [shown - ahead for ahead in range(1, self._depth + 1)]
            heapq.heapify(self._recent)
        decoded = heapq.heappushpop(self._recent, shown)
        if self._last is not None and self._last - _JUMP < decoded <= self._last:
            decoded = self._last + 1
            if decoded > shown:  # more pictures change places than was said
                self._depth = min(self._depth + 1, 16)
                self._recent = []
                return None
        self._highest = max(shown, highest) if highest is not None else shown
        self._last = decoded
        return decoded
