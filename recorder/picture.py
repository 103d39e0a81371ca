"""What can be told from one small grey picture, and from two of them. Pure; the owner of OpenCV.

Every function takes pictures of ``small``: 160 by 90, 8 bit. They are looked at in 16 by 9 tiles of
ten by ten points, because people move in some tiles while a fault changes all of them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Tiles = NDArray[np.float32]

WIDTH, HEIGHT = 160, 90
_TILE = 10

#: Mean luma below which nothing can be seen, and its brightest per cent (16 is black in video).
BLACK_MEAN = 32.0
BLACK_PEAK = 56.0
#: Mean step from point to point in a tile above which there is something to see in it.
TEXTURED = 1.5
#: Correlation of two tiles above which they show the same thing, whatever the light.
ALIKE = 0.6


def small(luma: Grey) -> Grey:
    """A picture of any size as a small one; every source point counts (area average)."""
    resized = cv2.resize(luma, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.uint8)


def is_black(picture: Grey) -> bool:
    """Nothing can be seen: dark all over."""
    return bool(picture.mean() < BLACK_MEAN and np.percentile(picture, 99) < BLACK_PEAK)


def difference(one: Grey, other: Grey) -> float:
    """The mean difference of the tile that differs most, in grey levels."""
    apart = np.asarray(cv2.absdiff(one, other), np.float32)
    return float(_by_tile(apart).max())


def texture(picture: Grey) -> Tiles:
    """How much there is to see in each tile: the mean step from point to point."""
    across = cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=3)
    # the weights of Sobel's kernel sum to eight: an eighth of it is the step to the next point
    return _by_tile(np.asarray(cv2.magnitude(across, down) / 8, np.float32))


def likeness(one: Grey, other: Grey) -> Tiles:
    """The correlation of each tile of one with the same tile of the other (-1 to 1).

    Brightness and contrast do not count. A tile without contrast correlates with nothing: 0.
    """
    a, b = (_split(picture.astype(np.float32)) for picture in (one, other))
    a -= a.mean(axis=(1, 3), keepdims=True)
    b -= b.mean(axis=(1, 3), keepdims=True)
    product = (a * b).mean(axis=(1, 3))
    spread = np.sqrt((a * a).mean(axis=(1, 3)) * (b * b).mean(axis=(1, 3)))
    return np.asarray(np.where(spread > 1.0, product / np.maximum(spread, 1.0), 0), np.float32)


def _split(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return picture.reshape(HEIGHT // _TILE, _TILE, WIDTH // _TILE, _TILE)


def _by_tile(picture: NDArray[np.float32]) -> Tiles:
    return np.asarray(_split(picture).mean(axis=(1, 3)), np.float32)
