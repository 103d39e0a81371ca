"""The routes of the pages, read from web/src/router.ts, and the scripts each of them may pull."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

WEB = Path(__file__).parents[2] / "web"
DIST = WEB / "dist"
#: The words of the interface, a file a language; a page loads the one it is read in.
_LANGUAGES = ("src/i18n/zh-CN.ts", "src/i18n/en.ts")
#: Words that come with the pages under /admin alone.
_OF_ADMIN = ("src/i18n/zh-CN-running.ts", "src/i18n/en-running.ts")
_ROUTE = re.compile(r"path: '([^']+)',\s*component: \(\) => import\('@/([^']+)'\)")


def routes() -> dict[str, str]:
    """Path of each route: its component, as the manifest names it."""
    text = (WEB / "src" / "router.ts").read_text(encoding="utf-8")
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
    return len(gzip.compress((DIST / file).read_bytes(), 6))


def scripts_of(component: str) -> dict[str, int]:
    """Each script that a page can pull, at once or later, with its size under gzip in bytes.

    That is what the entry and the page import, and what those load lazily, but not other pages. Of
    the languages only the larger one counts; words of the administration count on its pages.
    """
    others = set(routes().values()) - {component}
    if not any(file == component and path.startswith("/admin") for path, file in routes().items()):
        others |= set(_OF_ADMIN)
    seen: set[str] = set()
    waiting = ["index.html", component]
    while waiting:
        name = waiting.pop()
        if name in seen or name in others:
            continue
        seen.add(name)
        entry = manifest()[name]
        waiting += entry.get("imports", []) + entry.get("dynamicImports", [])
    spoken = sorted(_LANGUAGES, key=lambda name: _gzipped(manifest()[name]["file"]))
    assert seen.issuperset(spoken)
    files = {manifest()[name]["file"] for name in seen - set(spoken[:-1])}
    return {file: _gzipped(file) for file in sorted(files) if file.endswith(".js")}
