"""No page pulls more than 300 kB of compressed script, and every page has its pictures."""

from __future__ import annotations

import pytest

from tests.browser.routes import manifest, routes, scripts_of
from tests.browser.screenshots import SCREENS

pytestmark = [pytest.mark.browser]

MOST_BYTES = 300_000


def test_every_route_is_read() -> None:
    found = routes()
    assert len(found) >= 14
    assert {"/cases", "/cases/:case", "/wall/:case", "/login"} <= set(found)
    assert set(found.values()) <= set(manifest()), "run `npm run build` in web/"


@pytest.mark.parametrize("path", sorted(routes()))
def test_a_page_pulls_little_script(path: str) -> None:
    scripts = scripts_of(routes()[path])
    total = sum(scripts.values())
    largest = sorted(scripts.items(), key=lambda one: -one[1])[:8]
    assert total <= MOST_BYTES, f"{path} pulls {total} bytes: {largest}"
    assert total > 50_000  # the frame alone is more: it was counted


def test_every_route_has_its_pictures() -> None:
    """A new page needs a line in ``tests/browser/screenshots.py``."""
    assert set(routes()) == {screen.route for screen in SCREENS}
