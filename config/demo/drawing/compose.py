"""Layers over each other, moved: alpha compositing and affine warps on float pictures."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from config.demo.drawing.render import Layer

Picture = NDArray[np.float32]  # height, width, red green blue, 0 to 1
Box = tuple[int, int, int, int]  # x, y, width, height
Warp = NDArray[np.float64]  # 2x3, from layer to picture coordinates


def flat(layer: Layer) -> Picture:
    """The opaque bottom layer as a picture."""
    return layer[..., :3].copy()


def over(picture: Picture, layer: Layer, box: Box | None = None) -> None:
    """Put a layer over the picture in place; ``box`` (x, y, w, h) is the part that is not empty."""
    x, y, w, h = box or (0, 0, picture.shape[1], picture.shape[0])
    under = picture[y : y + h, x : x + w]
    part = layer[y : y + h, x : x + w]
    under *= 1 - part[..., 3:]
    under += part[..., :3]


def content_box(layer: Layer, margin: int) -> Box:
    """The smallest box around everything drawn, widened for motion."""
    rows = np.flatnonzero(layer[..., 3].max(axis=1) > 0.002)
    columns = np.flatnonzero(layer[..., 3].max(axis=0) > 0.002)
    if len(rows) == 0:
        return (0, 0, 1, 1)
    height, width = layer.shape[:2]
    left, top = max(0, int(columns[0]) - margin), max(0, int(rows[0]) - margin)
    right, bottom = min(width, int(columns[-1]) + margin), min(height, int(rows[-1]) + margin)
    return (left, top, right - left, bottom - top)


def turned(
    centre: tuple[float, float], degrees: float, shift: tuple[float, float], zoom: float = 1
) -> Warp:
    """Turn and zoom around a point, then shift."""
    angle = math.radians(degrees)
    a, b = zoom * math.cos(angle), zoom * math.sin(angle)
    cx, cy = centre
    return np.array(
        [
            [a, -b, cx - a * cx + b * cy + shift[0]],
            [b, a, cy - b * cx - a * cy + shift[1]],
        ]
    )


def put_moved(picture: Picture, layer: Layer, box: Box, warp: Warp) -> None:
    """Put what lies in the box of a layer over the picture, moved; it must stay within the box.

    At the box's edges the layer continues, so figures cut by the picture's edge stay cut there.
    """
    x, y, w, h = box
    corner = np.array([x, y], dtype=np.float64)
    within = warp.copy()
    within[:, 2] += warp[:, :2] @ corner - corner
    part = np.ascontiguousarray(layer[y : y + h, x : x + w])
    moved = cv2.warpAffine(
        part, within, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    under = picture[y : y + h, x : x + w]
    under *= 1 - moved[..., 3:]
    under += moved[..., :3]


def to_bytes(picture: Picture) -> NDArray[np.uint8]:
    """8-bit colours."""
    rounded: NDArray[np.uint8] = np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)
    return rounded
