"""An entry: one fact of the log, as the exact bytes that are hashed.

An entry is an RFC 8785 JSON object with integers only, at most 65,535 bytes (the limit of a
tlog-tiles entry). The bytes are hashed as stored, never re-spelled.

::

    {"body":{...},"boot":"9f…","kind":"media.segment","mono_us":123,"prev":41,"room":"room1",
     "seq":42,"session":"s…","t_us":1763806092000000,"v":1}

``seq`` is the index in the log. ``prev`` is the index of the entry before it with the same
``session`` (-1 for the first): whoever is given one session's entries can tell that none of
them was left out. ``boot`` names the run of the process, ``mono_us`` its monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence_store.canonical import parse_canonical
from evidence_store.errors import EntryError

#: Largest entry: tlog-tiles stores its length in 16 bits.
ENTRY_BYTES_MAX = 65_535
ENTRY_VERSION = 1

_TYPES: dict[str, type] = {
    "body": dict,
    "boot": str,
    "kind": str,
    "mono_us": int,
    "prev": int,
    "room": str,
    "seq": int,
    "session": str,
    "t_us": int,
    "v": int,
}


@dataclass(frozen=True)
class Entry:
    """What the bytes of an entry say."""

    seq: int
    kind: str
    session: str  # empty when the entry belongs to the log, not to a session
    room: str
    t_us: int  # UTC, microseconds
    mono_us: int  # monotonic clock of this boot
    boot: str
    prev: int  # index of the entry before it with the same session, or -1
    body: dict[str, Any]

    def value(self) -> dict[str, Any]:
        """The JSON object that is spelled canonically and hashed."""
        return {
            "body": self.body,
            "boot": self.boot,
            "kind": self.kind,
            "mono_us": self.mono_us,
            "prev": self.prev,
            "room": self.room,
            "seq": self.seq,
            "session": self.session,
            "t_us": self.t_us,
            "v": ENTRY_VERSION,
        }


def parse_entry(data: bytes) -> Entry:
    """The entry these bytes are.

    Raises:
        EntryError: any bytes that are not exactly one entry of version 1.
    """
    if len(data) > ENTRY_BYTES_MAX:
        raise EntryError(f"an entry has at most {ENTRY_BYTES_MAX} bytes, this one {len(data)}")
    value = parse_canonical(data)
    _check_fields(value)
    return Entry(
        seq=value["seq"],
        kind=value["kind"],
        session=value["session"],
        room=value["room"],
        t_us=value["t_us"],
        mono_us=value["mono_us"],
        boot=value["boot"],
        prev=value["prev"],
        body=value["body"],
    )


def _check_fields(value: Mapping[str, Any]) -> None:
    if value.get("v") != ENTRY_VERSION or isinstance(value.get("v"), bool):
        raise EntryError(f"entry version {value.get('v')!r}, this program knows {ENTRY_VERSION}")
    if set(value) != set(_TYPES):
        wrong = sorted(set(value) ^ set(_TYPES))
        raise EntryError(f"fields missing or unknown: {', '.join(wrong)}")
    for name, expected in _TYPES.items():
        if type(value[name]) is not expected:
            raise EntryError(f"field {name} must be of type {expected.__name__}")
    if not -1 <= value["prev"] < value["seq"]:
        raise EntryError("prev must name an earlier entry, or be -1")
    if not value["kind"]:
        raise EntryError("kind is empty")
