"""Hiding places of a picture, and writing on it that it is a derived work.

OpenCV finds faces only with a model it is given (YuNet, ONNX): none comes with it. Without one
people mark regions by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from recorder.errors import RecorderError
from recorder.redaction import RoomReading

Picture = NDArray[np.uint8]
#: A hidden place keeps so many blocks across; fewer cannot show a face.
_BLOCKS = 6
_FACE_MARGIN = 0.25  # of its size on each side: hair and chin say who it is, too
_FACE_SCORE = 0.6


class NoFaceModel(RecorderError):
    """Faces were to be found, and there is no usable model."""


class FaceFinder:
    """Finds faces with a YuNet model.

    Raises:
        NoFaceModel: the file is none that OpenCV can read.
    """

    def __init__(self, model: Path) -> None:
        if not model.is_file():
            at = f"at {model}" if model != Path() else "set (redaction.face_model)"
            raise NoFaceModel(f"there is no face model {at}; mark the places by hand")
        try:
            self._detector = cv2.FaceDetectorYN.create(str(model), "", (320, 320), _FACE_SCORE)
        except cv2.error as error:
            raise NoFaceModel(f"{model.name} is no YuNet model: {error.err}") from error

    def find(self, picture: Picture) -> list[tuple[int, int, int, int]]:
        """Faces with a margin, in points: x, y, width, height."""
        height, width = picture.shape[:2]
        self._detector.setInputSize((width, height))
        _, found = self._detector.detect(picture)
        boxes: list[tuple[int, int, int, int]] = []
        for face in [] if found is None else found:
            x, y, w, h = (float(value) for value in face[:4])
            boxes.append(
                (
                    int(x - w * _FACE_MARGIN),
                    int(y - h * _FACE_MARGIN),
                    int(w * (1 + 2 * _FACE_MARGIN)),
                    int(h * (1 + 2 * _FACE_MARGIN)),
                )
            )
        return boxes


def in_points(box: tuple[int, int, int, int], picture: Picture) -> tuple[int, int, int, int]:
    """A box of thousandths as one of points."""
    height, width = picture.shape[:2]
    x, y, w, h = box
    return x * width // 1000, y * height // 1000, -(-w * width // 1000), -(-h * height // 1000)


def hide(picture: Picture, box: tuple[int, int, int, int]) -> None:
    """Make a place unrecognisable: a few blocks of its mean colours, smoothed."""
    height, width = picture.shape[:2]
    left, top = max(0, box[0]), max(0, box[1])
    right, bottom = min(width, box[0] + box[2]), min(height, box[1] + box[3])
    if right <= left or bottom <= top:
        return
    place = picture[top:bottom, left:right]
    few = cv2.resize(place, (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
    picture[top:bottom, left:right] = cv2.resize(
        few, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR
    )


def label(picture: Picture, text: str) -> None:
    """Write along the upper edge that this is a derived work."""
    height = picture.shape[0]
    size = max(10, height // 24)
    picture[: size + size // 2] = 0
    font = cv2.FontFace("uni")
    cv2.putText(picture, text, (size // 2, size), (255, 255, 255), font, size)


def climate_text(reading: RoomReading | None) -> str:
    """``温度 23.4℃  湿度 45%  10:21:05 读数``, in the time of China like all times of a record."""
    if reading is None:
        return "温度湿度：此时没有读数"
    parts = []
    if reading.temp_c is not None:
        parts.append(f"温度 {reading.temp_c / 1000:.1f}℃")
    if reading.rh_pct is not None:
        parts.append(f"湿度 {reading.rh_pct / 1000:.0f}%")
    at = datetime.fromtimestamp(reading.t_us / 1_000_000, UTC) + timedelta(hours=8)
    return "  ".join([*parts, f"{at:%H:%M:%S} 读数"])


def climate(picture: Picture, text: str) -> None:
    """Write along the lower edge what the room's instruments stated."""
    height = picture.shape[0]
    size = max(10, height // 24)
    picture[height - size - size // 2 :] = 0
    font = cv2.FontFace("uni")
    place = (size // 2, height - size // 2)
    cv2.putText(picture, text, place, (255, 255, 255), font, size)


def as_picture(frame: object) -> Picture:
    """The points of a decoded frame, in OpenCV's order."""
    return cast(Picture, np.ascontiguousarray(cast(NDArray[np.uint8], frame)))
