"""Faults of one camera from key frame to key frame: frozen, black, covered, moved. Pure.

What is told from what

* **black**: dark all over, in two key frames.
* **frozen**: two key frames the same to a fraction of a grey level in every tile, ``FROZEN_US``
  apart at least. A living camera has noise, and people in front of it.
* **covered**: most tiles that had something in them have next to nothing now, in two key frames; or
  there was next to nothing to see from the beginning.
* **moved**: most tiles that have something in them show something else than the view we know, in
  two key frames. Told of every camera; whoever asks leaves it out for those that are carried.

The view we know is an average of what was seen while nothing was wrong, so that daylight and people
who sit down become part of it. A new view that stays for ``SETTLE_US`` is the one we know from then
on, and the alarm ends. A cut in the pictures (another size, another session) starts anew.

Two key frames rather than one: a person walking past the lens, a scene cut, one bad picture. With
key frames every two seconds every fault is told within four seconds and a little.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from config.words import MICROSECONDS, AlarmKind
from recorder.picture import ALIKE, TEXTURED, Grey, Tiles, difference, is_black, likeness, texture

#: Grey levels: what the encoder makes of one and the same picture may differ by this much.
STILL = 0.6
FROZEN_US = 1_500_000
SETTLE_US = 20 * MICROSECONDS
#: Share of the textured tiles that must have lost their texture.
_LOST = 0.75
#: A tile has lost it when less than this share of what it had is left.
_LEFT = 0.35
#: Share of textured tiles below which there is nothing to see.
_NOTHING = 0.04
#: Share of textured tiles that must still show the known view.
_KNOWN = 0.3
_TILES = 16 * 9
_WEIGHT = 0.1  # of a new picture in the known view

FAULTS = (
    AlarmKind.PICTURE_BLACK,
    AlarmKind.PICTURE_FROZEN,
    AlarmKind.PICTURE_COVERED,
    AlarmKind.PICTURE_MOVED,
)


class PictureFaults:
    """The faults of one camera. Give it every key frame in order."""

    def __init__(self) -> None:
        self._last: tuple[int, Grey] | None = None
        self._still_since: int | None = None
        self._known: NDArray[np.float32] | None = None
        self._had: Tiles | None = None  # texture of the known view
        self._first: dict[AlarmKind, int] = {}  # seen once: since when
        self._other: tuple[int, Grey] | None = None  # a new view that may stay
        self.pictures = 0
        self.held: dict[AlarmKind, int] = {}  # what is wrong now, since when

    def take(self, t_us: int, picture: Grey) -> dict[AlarmKind, int]:
        """Look at a key frame; what is wrong now, and since when."""
        self.pictures += 1
        now = self._seen(t_us, picture)
        for kind in FAULTS:
            if kind not in now:
                self._first.pop(kind, None)
                self.held.pop(kind, None)
            elif kind in self._first or kind is AlarmKind.PICTURE_FROZEN:
                # a still picture was seen twice already; the others need the second sight
                self.held.setdefault(kind, self._first.get(kind, now[kind]))
            else:
                self._first[kind] = now[kind]
        if not now:
            self._learn(picture)
        self._last = (t_us, picture)
        return dict(self.held)

    def _seen(self, t_us: int, picture: Grey) -> dict[AlarmKind, int]:
        """What this key frame alone speaks for, with the time since which it does."""
        found: dict[AlarmKind, int] = {}
        still_since = self._still(t_us, picture)
        if still_since is not None:
            found[AlarmKind.PICTURE_FROZEN] = still_since
        if is_black(picture):
            found[AlarmKind.PICTURE_BLACK] = t_us
            return found
        has = texture(picture)
        if self._covered(has):
            found[AlarmKind.PICTURE_COVERED] = t_us
        elif self._moved(t_us, picture, has):
            found[AlarmKind.PICTURE_MOVED] = t_us
        return found

    def _still(self, t_us: int, picture: Grey) -> int | None:
        if self._last is None or difference(picture, self._last[1]) > STILL:
            self._still_since = None
            return None
        if self._still_since is None:
            self._still_since = self._last[0]
        return self._still_since if t_us - self._still_since >= FROZEN_US else None

    def _covered(self, has: Tiles) -> bool:
        if self._had is None:
            return bool((has > TEXTURED).sum() < _NOTHING * _TILES)
        textured = self._had > TEXTURED
        if textured.sum() < _NOTHING * _TILES:
            return False  # a plain view: nothing that could be lost
        lost = has[textured] < _LEFT * self._had[textured]
        return bool(lost.mean() >= _LOST)

    def _moved(self, t_us: int, picture: Grey, has: Tiles) -> bool:
        if self._known is None or self._had is None:
            return False
        speaking = (self._had > TEXTURED) | (has > TEXTURED)
        if speaking.sum() < _NOTHING * _TILES:
            return False
        known = self._known.round().astype(np.uint8)
        alike = likeness(picture, known)[speaking] > ALIKE
        if alike.mean() >= _KNOWN:
            self._other = None
            return False
        return not self._settled(t_us, picture, speaking)

    def _settled(self, t_us: int, picture: Grey, speaking: NDArray[np.bool_]) -> bool:
        """A new view has stayed long enough to be the one we know."""
        other = self._other
        if other is not None:
            same = (likeness(picture, other[1])[speaking] > ALIKE).mean() >= _KNOWN
            if same and t_us - other[0] >= SETTLE_US:
                self._known = None
                self._other = None
                return True
            if same:
                return False
        self._other = (t_us, picture)
        return False

    def _learn(self, picture: Grey) -> None:
        new = picture.astype(np.float32)
        self._known = new if self._known is None else (1 - _WEIGHT) * self._known + _WEIGHT * new
        self._had = texture(self._known.round().astype(np.uint8))
