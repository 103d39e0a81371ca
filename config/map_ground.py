"""What may stand in ``[map]``: the address of tiles, and rooms with their place. No network."""

from __future__ import annotations

from urllib.parse import urlsplit

_NEVER = frozenset(" \"'\\;,")  # it becomes part of a policy and of an address


def usable_tiles(tiles: str) -> bool:
    """Whether it is the path of a folder, or an address with ``{z}``, ``{x}`` and ``{y}``."""
    if "://" not in tiles:
        return True
    try:
        parts = urlsplit(tiles)
        host, port = parts.hostname, parts.port
    except ValueError:  # a port that is no number, a bracket left open
        return False
    plain = tiles.isascii() and tiles.isprintable() and _NEVER.isdisjoint(tiles)
    named = all(part in parts.path + parts.query for part in ("{z}", "{x}", "{y}"))
    open_to_all = bool(host) and port != 0 and parts.username is None and parts.password is None
    return plain and named and open_to_all and parts.scheme in ("http", "https")


def place_of(line: str) -> tuple[str, float, float] | None:
    """A room with latitude and longitude in degrees; None when the line is none."""
    parts = line.split()
    try:
        room, lat, lon = parts[0], float(parts[1]), float(parts[2])
    except (IndexError, ValueError):
        return None
    fits = len(parts) == 3 and abs(lat) <= 85 and abs(lon) <= 180  # not a number fits nothing
    return (room, lat, lon) if fits else None
