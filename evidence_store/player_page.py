"""The side-by-side player page of a package: one file that works from the folder, without a server.

The page holds its program, its style and what the log says (player_data.py); pictures and sound
are the package's playable copies, named by relative paths. Its content security policy lets
nothing else run or load: no network, no script but the one whose SHA-256 it names. The page is
for viewing and says so; verification is verify.py's work.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evidence_store.player_data import embedded_data

_PARTS = Path(__file__).parent / "player"
_SCRIPTS = ("words.js", "clock.js", "view.js", "main.js")


def player_page(data: dict[str, Any], case: Mapping[str, Any]) -> str:
    """The page for this data; of the case only number and names are shown."""
    style = _part("style.css")
    script = "'use strict';(() => {\n" + "\n".join(_part(name) for name in _SCRIPTS) + "})()\n"
    about = {name: case.get(name) for name in ("number", "name", "name_en") if case.get(name)}
    page = _part("page.html")
    # one pass each, the data last: braces in it must not be taken for a place
    for place, text in (
        ("{csp}", _policy(style, script)),
        ("{style}", style),
        ("{script}", script),
        ("{about}", embedded_data(about).replace("duizhi-data", "duizhi-about", 1)),
        ("{data}", embedded_data(data)),
    ):
        before, _, after = page.partition(place)
        page = before + text + after
    return page


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "media-src 'self' file:",
            f"style-src '{_source_hash(style)}'",
            f"script-src '{_source_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _source_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")
