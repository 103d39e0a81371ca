"""Where the map has its tiles from: nowhere, a folder, or a server of the agency.

Without any, the page draws a grid with a scale. From a folder (``z/x/y.png`` in it) the centre
serves them itself. From a server the pages load them, and only then does the policy of pages allow
that server, for pictures only.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

from config.settings import MapSettings

#: Where pages get the tiles of a folder.
OWN = "/api/map/tiles/{z}/{x}/{y}"
_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
_NUMBER = re.compile(r"[0-9]{1,8}")
MAX_TILE_BYTES = 4_000_000


def page_tiles(tiles: str) -> str:
    """The address pages ask for tiles; empty when there are none."""
    return tiles if not tiles or _served(tiles) else OWN


def origin(tiles: str) -> str:
    """The server pages may load pictures from; empty when it is the centre itself."""
    if not _served(tiles):
        return ""
    parts = urlsplit(tiles)
    return f"{parts.scheme}://{parts.netloc}"


async def tile(settings: MapSettings, z: str, x: str, y: str) -> tuple[bytes, str] | None:
    """A tile of the folder and its media type; None when there is none."""
    if not settings.tiles or _served(settings.tiles):
        return None
    if not all(_NUMBER.fullmatch(part) for part in (z, x, y)):
        return None
    return await asyncio.to_thread(_read, Path(settings.tiles), z, x, y)


def _served(tiles: str) -> bool:
    return "://" in tiles  # the settings were checked: http or https


def _read(folder: Path, z: str, x: str, y: str) -> tuple[bytes, str] | None:
    for ending, mime in _TYPES.items():
        path = folder / z / x / f"{y}{ending}"
        try:
            with path.open("rb") as file:
                data = file.read(MAX_TILE_BYTES + 1)
        except OSError:
            continue
        return (data, mime) if len(data) <= MAX_TILE_BYTES else None
    return None
