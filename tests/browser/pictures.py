"""What the picture scripts share: a page in a language, a size and a theme, kept as a file.

A page that stands in a state nobody can walk to twice is shown in the other language by what a
second tab would tell it, and in the other size by its window.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import Page

SIZES = {"desktop": (1440, 900), "phone": (390, 844), "tablet": (1280, 800)}
LANGUAGES = {"zh": "zh-CN", "en": "en"}
THEMES = ("light", "dark")

Look = tuple[str, str, str]  # language, size, theme
#: Enough of them to see every word, size and colour once.
LOOKS: tuple[Look, ...] = (
    ("zh", "desktop", "light"),
    ("zh", "desktop", "dark"),
    ("zh", "phone", "light"),
    ("en", "desktop", "light"),
    ("en", "phone", "dark"),
)
#: For pages made for a hand.
PHONE_LOOKS: tuple[Look, ...] = tuple(
    (one, "phone", theme) for one in LANGUAGES for theme in THEMES
)
TABLET_LOOKS: tuple[Look, ...] = (
    ("zh", "tablet", "light"),
    ("en", "tablet", "light"),
    ("en", "tablet", "dark"),
    ("zh", "phone", "light"),
)
_SPEAK = (
    "language => { localStorage.setItem('duizhi.locale', language); window.dispatchEvent("
    "new StorageEvent('storage', { key: 'duizhi.locale', newValue: language })) }"
)
_THEME = "theme => (document.documentElement.dataset.theme = theme)"
#: Words that come with a language, and what moves into its place.
_SETTLE_S = 0.4


async def photographed(
    page: Page,
    target: Path,
    name: str,
    looks: Sequence[Look] = LOOKS,
    sizes: dict[str, tuple[int, int]] = SIZES,
) -> None:
    """Make ``NAME-LANGUAGE-SIZE-THEME.png`` for each look; the page ends as it was."""
    was = page.viewport_size
    spoken = str(await page.evaluate("document.documentElement.lang"))
    for language, size, theme in looks:
        width, height = sizes[size]
        await page.set_viewport_size({"width": width, "height": height})
        await page.evaluate(_SPEAK, LANGUAGES[language])
        await page.evaluate(_THEME, theme)
        await asyncio.sleep(_SETTLE_S)
        await page.screenshot(path=target / f"{name}-{language}-{size}-{theme}.png")
    await page.evaluate(_SPEAK, spoken)
    if was is not None:
        await page.set_viewport_size(was)
