"""Messages of ``/ws/exhibit/{room}``; PROTOCOL.md is their text. Types and coding only.

Places on a sheet are whole numbers, ten thousandths of its width and height from its upper left
corner, so that every screen shows the same whatever its size, and the log holds integers.
"""

from __future__ import annotations

import msgspec

from command_centre.desk.exhibit_files import CLIP_US_MAX
from command_centre.errors import Rejected

MAX_MESSAGE_BYTES = 1024
UNITS = 10_000
ZOOM_MIN, ZOOM_MAX = 100, 1200  # per cent of the sheet as a whole
CLIP_MS_MAX = CLIP_US_MAX // 1000


class _Wire(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of every message."""


# --- from a screen or a desk ------------------------------------------------------------------


class Hello(_Wire, frozen=True, tag="hello"):
    """First message: ``screen`` is seen by the person questioned, ``desk`` presents or looks on."""

    role: str


class Shown(_Wire, frozen=True, tag="shown"):
    """A screen has drawn this showing."""

    show: str


class Failed(_Wire, frozen=True, tag="failed"):
    """A screen could not draw it."""

    show: str


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What part of the sheet is seen, where the pointer is, and what is framed."""

    x: int = UNITS // 2  # middle of what is seen
    y: int = UNITS // 2
    zoom: int = ZOOM_MIN
    pointer: tuple[int, int] | None = None
    frame: tuple[int, int, int, int] | None = None  # left, top, right, bottom


class Turn(_Wire, frozen=True, tag="turn"):
    """A desk turns the screens to this; only the newest counts."""

    show: str
    look: Look


class Notice(_Wire, frozen=True, tag="notice"):
    """A desk puts the notice of rights on the screens, in zh or en; empty: takes it away."""

    language: str


class Play(_Wire, frozen=True, tag="play"):
    """A desk lets a clip run from here, or holds it here."""

    show: str
    playing: bool
    at_ms: int  # from the beginning of the clip


# --- from the centre --------------------------------------------------------------------------


class OnScreen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A showing."""

    show: str
    exhibit: str
    title: str
    mime: str
    number: int
    page: int
    since_us: int
    by_name: str


class NoticeText(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence of the notice, and the article it rests on, if any."""

    text: str
    law: str


class NoticeOnScreen(msgspec.Struct, frozen=True, kw_only=True):
    """The notice of rights as the screens show it."""

    language: str
    title: str
    lines: list[NoticeText]


class Stage(_Wire, frozen=True, tag="stage"):
    """What the room's screens show and whether they do; always the whole state."""

    room: str
    room_name: str
    room_name_en: str
    session: str  # empty: none is open
    recording: bool
    language: str  # of the notice that stands or was read: zh | en | other; empty: none yet
    screens: int
    state: str  # none | waiting | sent | shown | failed | lost
    since_us: int  # of that state
    now: OnScreen | None = None
    call: bool = False  # the centre is on the line with this room
    notice: NoticeOnScreen | None = None  # instead of an exhibit


class Looking(_Wire, frozen=True, tag="look"):
    """What the screens are turned to; the newest, others in between may be left out."""

    show: str
    look: Look


class Playing(_Wire, frozen=True, tag="playing"):
    """Where a clip that is shown is; a page that hears it later counts ``ago_ms`` on."""

    show: str
    playing: bool
    at_ms: int
    ago_ms: int


class Prepare(_Wire, frozen=True, tag="prepare"):
    """Load this without showing it: it will be shown in a moment."""

    exhibit: str
    mime: str
    page: int


Incoming = Hello | Shown | Failed | Turn | Notice | Play
Outgoing = Stage | Looking | Playing | Prepare
_INCOMING: msgspec.json.Decoder[Incoming] = msgspec.json.Decoder(Incoming)
_OUTGOING: msgspec.json.Decoder[Outgoing] = msgspec.json.Decoder(Outgoing)


def encode(message: Outgoing | Incoming) -> bytes:
    """The message as JSON text."""
    return msgspec.json.encode(message)


def decode_incoming(text: bytes) -> Incoming:
    """A message of a screen or desk.

    Raises:
        Rejected: it is none.
    """
    if len(text) > MAX_MESSAGE_BYTES:
        raise Rejected("message_too_large", f"a message has at most {MAX_MESSAGE_BYTES} bytes")
    try:
        return _INCOMING.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Rejected("malformed_message", str(error)) from error


def decode_outgoing(text: bytes) -> Outgoing:
    """A message of the centre; for tests."""
    try:
        return _OUTGOING.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Rejected("malformed_message", str(error)) from error


def bounded(look: Look) -> Look:
    """The same with every number inside its bounds."""

    def unit(value: int) -> int:
        return min(max(value, 0), UNITS)

    pointer, frame = look.pointer, look.frame
    if frame is not None:
        left, right = sorted((unit(frame[0]), unit(frame[2])))
        top, bottom = sorted((unit(frame[1]), unit(frame[3])))
        frame = (left, top, right, bottom)
    return Look(
        x=unit(look.x),
        y=unit(look.y),
        zoom=min(max(look.zoom, ZOOM_MIN), ZOOM_MAX),
        pointer=None if pointer is None else (unit(pointer[0]), unit(pointer[1])),
        frame=frame,
    )
