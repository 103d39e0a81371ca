"""SVG documents to pictures with an alpha channel, through Debian's Chromium."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright

#: Red, green, blue (premultiplied) and alpha, 0 to 1.
Layer = NDArray[np.float32]

CHROMIUM = "/usr/bin/chromium"


def render(documents: Mapping[str, str], size: tuple[int, int], scale: float) -> dict[str, Layer]:
    """Every document at ``size`` CSS pixels times ``scale``."""
    pictures: dict[str, Layer] = {}
    width, height = size
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": width, "height": height}, device_scale_factor=scale
        )
        for name, document in documents.items():
            page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{document}")
            pictures[name] = _premultiplied(page.screenshot(omit_background=True))
        browser.close()
    return pictures


def _premultiplied(png: bytes) -> Layer:
    decoded = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise ValueError("Chromium did not return a picture")
    rgba = cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGBA).astype(np.float32) / 255
    rgba[..., :3] *= rgba[..., 3:]
    return np.ascontiguousarray(rgba)
