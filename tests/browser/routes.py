"""The routes of the pages, read from web/src/pages.ts, and the scripts each of them may pull."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from command_centre.api.static import GZIP_LEVEL

WEB = Path(__file__).parents[2] / "web"
DIST = WEB / "dist"
#: The words of the interface, a file a language; a page loads the one it is read in.
_LANGUAGES = ("src/i18n/zh-CN.ts", "src/i18n/en.ts")
#: Words that come with the pages at some addresses only (web/src/i18n/files.ts).
_AREAS = {
    "running": re.compile(r"/admin(/|$)"),
    "auditing": re.compile(r"/audit(/|$)"),
    "presenting": re.compile(r"/cases/[^/]+/exhibits$"),
    "invitation": re.compile(r"/invitation(/|$)"),
    "phone": re.compile(r"/device(/|$)"),
    "seats": re.compile(r"/(cases|room)(/|$)"),
    "stated": re.compile(r"/cases/[^/]+/stated$"),
    "attendants": re.compile(r"/room/|/cases/[^/]+/record/"),
    "reviewing": re.compile(r"/(review|cases/[^/]+/differences)(/|$)"),
    "desktop": re.compile(r"/(?!(wall|room|device|exhibit|login|invitation)(/|$))"),
    "interview": re.compile(r"/(room|cases/[^/]+/record)(/|$)"),
    "files": re.compile(r"/(?!(wall|device|exhibit|login|invitation)(/|$))"),
}
_ROUTE = re.compile(r"path: '([^']+)',\s*component: \(\) => import\('@/([^']+)'\)")


def routes() -> dict[str, str]:
    """Path of each route: its component, as the manifest names it."""
    text = (WEB / "src" / "pages.ts").read_text(encoding="utf-8")
    return {path: f"src/{file}" for path, file in _ROUTE.findall(text)}


@cache
def manifest() -> dict[str, Any]:
    """What Vite built; ``npm run build`` makes it."""
    path = DIST / ".vite" / "manifest.json"
    assert path.is_file(), f"{path} is missing: run `npm run build` in web/"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def _gzipped(file: str) -> int:
    return len(gzip.compress((DIST / file).read_bytes(), GZIP_LEVEL))


#: What the frame loads on pages that are no desk of their own (App.vue: ``!route.meta.desk``);
#: test_wall and test_room see that walls and tablets do not.
ELSEWHERE = {"src/components/ElsewhereBands.vue"}
_DESKS = ("/wall/", "/room/", "/exhibit/")


def scripts_of(component: str) -> dict[str, int]:
    """Each script that a page can pull, at once or later, with its size under gzip in bytes.

    That is what the entry and the page import, and what those load lazily, but not other pages. Of
    the languages only the larger one counts; words of an area count on the pages that speak it.
    """
    others = set(routes().values()) - {component}
    paths = [path for path, file in routes().items() if file == component]
    if all(path.startswith(_DESKS) for path in paths):
        others |= ELSEWHERE
    for area, under in _AREAS.items():
        names = (f"src/i18n/zh-CN-{area}.ts", f"src/i18n/en-{area}.ts")
        spoken_here = any(under.match(path) for path in paths)
        others |= {_smaller(names)} if spoken_here else set(names)
    seen: set[str] = set()
    waiting = ["index.html", component]
    while waiting:
        name = waiting.pop()
        if name in seen or name in others:
            continue
        seen.add(name)
        entry = manifest()[name]
        waiting += entry.get("imports", []) + entry.get("dynamicImports", [])
    assert seen.issuperset(_LANGUAGES)
    files = {manifest()[name]["file"] for name in seen - {_smaller(_LANGUAGES)}}
    return {file: _gzipped(file) for file in sorted(files) if file.endswith(".js")}


def _smaller(names: Sequence[str]) -> str:
    return min(names, key=lambda name: _gzipped(manifest()[name]["file"]))
