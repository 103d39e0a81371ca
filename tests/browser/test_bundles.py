"""No page pulls more than 300 kB of compressed script, and every page has its pictures."""

from __future__ import annotations

import re

import pytest

from tests.browser.routes import DIST, WEB, manifest, routes, scripts_of
from tests.browser.screenshots import SCREENS

pytestmark = [pytest.mark.browser]

MOST_BYTES = 300_000


def test_every_route_is_read() -> None:
    found = routes()
    assert len(found) >= 14
    assert {"/cases", "/cases/:case", "/wall/:case", "/login"} <= set(found)
    assert set(found.values()) <= set(manifest()), "run `npm run build` in web/"


def test_what_is_asked_ahead_is_of_a_page() -> None:
    found = set(re.findall(r"^  '(/[^']*)': \(", (WEB / "src/api/first.ts").read_text(), re.M))
    assert {"/wall/:case", "/audit/:case", "/cases"} <= found <= set(routes())


def test_the_first_script_is_small_and_waits_for_nothing() -> None:
    waiting, files = ["index.html"], set()
    while waiting:
        entry = manifest()[waiting.pop()]
        files.add(entry["file"])
        waiting += entry.get("imports", [])
    assert sum((DIST / file).stat().st_size for file in files) < 30_000, files
    assert not [file for file in files if "vue" in _said(file)]


def _said(file: str) -> str:
    """What stands in a script, without digests in names of files: they may spell anything."""
    return re.sub(r"-[\w-]{8}\.(js|css)\b", "", (DIST / file).read_text()).lower()


def test_the_page_names_the_frame_and_puts_its_own_styles_last() -> None:
    page = (DIST / "index.html").read_text()
    linked = re.findall(r'rel="(stylesheet|modulepreload|preload)"[^>]*href="/assets/(\w+)-', page)
    assert len(linked) == len(set(linked))
    assert {("modulepreload", "first"), ("preload", "frame")} <= set(linked)
    assert sorted(name for rel, name in linked[:2] if rel == "stylesheet") == ["frame", "shared"]
    assert [name for rel, name in linked if rel == "stylesheet"][2:] == ["index"]


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
