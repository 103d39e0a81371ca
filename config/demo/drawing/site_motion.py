"""Moving cameras over the site. Every motion returns to its start, so the clips loop unseen."""

from __future__ import annotations

import math

import cv2
import numpy as np

from config.demo.drawing import compose, site_scene
from config.demo.drawing.compose import Picture
from config.demo.drawing.encode import SIZE
from config.demo.drawing.render import Layer

#: Steps a second of the one who wears the camera.
_STEP_HZ = 1.7


class BodyCameraStage:
    """Walking a few steps towards the tank and back, swaying; near things move more than far."""

    def __init__(self, layers: dict[str, Layer], scale: float, loop_s: float) -> None:
        self._layers = layers
        self._scale = scale
        self._loop_s = loop_s
        self._steps = round(_STEP_HZ * loop_s) / loop_s

    def draw(self, t_s: float) -> Picture:
        """The picture at this time of the loop."""
        turn = 2 * math.pi * t_s / self._loop_s
        approach = 0.5 - 0.5 * math.cos(turn)
        pan = 26 * math.sin(turn) + 7 * math.sin(3 * turn)
        bob = 1.8 * math.sin(2 * math.pi * self._steps * t_s)
        roll = -1.4 + 0.9 * math.sin(math.pi * 2 * round(self._steps / 2 * 40) / 40 * t_s)
        picture: Picture | None = None
        for name, depth in (("far", 0.25), ("tank", 0.6), ("ground", 1.0)):
            zoom = 1.04 + 0.16 * approach * depth
            shift = (-pan * (0.4 + 0.6 * depth), bob * (0.5 + 0.5 * depth))
            layer = self._moved(name, roll, shift, zoom)
            if picture is None:
                picture = compose.flat(layer)
            else:
                compose.over(picture, layer)
        assert picture is not None
        sway = 3.5 * math.sin(2 * math.pi * self._steps / 2 * t_s)
        lift = 26 * math.sin(turn + 0.6)
        compose.over(picture, self._moved("hand", 0.6 * sway, (sway, 16 + lift - 1.5 * bob), 1.0))
        return picture

    def _moved(self, name: str, degrees: float, shift: tuple[float, float], zoom: float) -> Layer:
        return _camera(self._layers[name], site_scene.BODY_VIEW, self._scale, degrees, shift, zoom)


class DroneStage:
    """One slow orbit above the tanks, breathing in height."""

    def __init__(self, layers: dict[str, Layer], scale: float, loop_s: float) -> None:
        self._layers = layers
        self._scale = scale
        self._loop_s = loop_s

    def draw(self, t_s: float) -> Picture:
        """The picture at this time of the loop."""
        turn = 2 * math.pi * t_s / self._loop_s
        degrees = -11 + 360 * t_s / self._loop_s
        zoom = 0.9 - 0.06 * math.cos(turn)
        shift = (18 * math.sin(turn), 10 * math.sin(2 * turn))
        land = _camera(
            self._layers["land"], site_scene.DRONE_VIEW, self._scale, degrees, shift, zoom
        )
        return compose.flat(land)

    def finish(self, picture: Picture) -> None:
        """What the camera itself draws, above the vignette."""
        compose.over(picture, self._layers["cross"])


def _camera(
    layer: Layer,
    view: tuple[int, int, int, int],
    scale: float,
    degrees: float,
    shift: tuple[float, float],
    zoom: float,
) -> Layer:
    """The 640x360 picture of a larger layer, turned and zoomed around the picture's middle."""
    warp = compose.turned((320, 180), degrees, shift, zoom)
    place = np.array([[1 / scale, 0, view[0]], [0, 1 / scale, view[1]], [0, 0, 1]])
    moved = cv2.warpAffine(
        layer, warp @ place, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.float32)
