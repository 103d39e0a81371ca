"""Session descriptions of RTSP servers and pushers (RFC 8866): what media there is. Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from recorder.ingest.h264 import PPS, SPS
from recorder.ingest.rtsp_wire import MalformedRtsp
from recorder.media import Kind

_STATIC = {0: ("PCMU", 8000), 8: ("PCMA", 8000)}
_KINDS: tuple[Kind, Kind] = ("video", "audio")
MAX_SECTIONS = 16


@dataclass(slots=True)
class Media:
    """One media section."""

    kind: Kind
    payload_type: int
    codec: str = ""  # encoding name in upper case
    clock: int = 0
    channels: int = 1
    control: str = ""
    format: dict[str, str] = field(default_factory=dict)  # fmtp parameters, names in lower case

    @property
    def parameter_sets(self) -> tuple[bytes, bytes]:
        """SPS and PPS given out of band (RFC 6184, 8.1); empty when absent or unreadable."""
        sps = pps = b""
        for text in self.format.get("sprop-parameter-sets", "").split(","):
            try:
                unit = base64.b64decode(text.strip(), validate=True)
            except (binascii.Error, ValueError):
                continue
            if unit and unit[0] & 0x1F == SPS and not sps:
                sps = unit
            elif unit and unit[0] & 0x1F == PPS and not pps:
                pps = unit
        return sps, pps


@dataclass(slots=True)
class Described:
    """A whole description."""

    control: str = ""
    media: list[Media] = field(default_factory=list)


def read_description(text: str) -> Described:
    """Parse.

    Raises:
        MalformedRtsp: no session description.
    """
    if not text.lstrip().startswith("v=0"):
        raise MalformedRtsp("expected a session description")
    described = Described()
    current: Media | None = None
    skipping = False
    for line in text.splitlines():
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            if len(described.media) >= MAX_SECTIONS:
                raise MalformedRtsp(f"more than {MAX_SECTIONS} media sections")
            current = _section(value)
            skipping = current is None
            if current is not None:
                described.media.append(current)
        elif kind == "a" and current is None and not skipping:
            name, _, rest = value.partition(":")
            if name == "control":
                described.control = rest.strip()
        elif kind == "a" and current is not None and not skipping:
            _attribute(current, value)
    return described


def _section(value: str) -> Media | None:
    parts = value.split()
    kinds = [kind for kind in _KINDS if parts and parts[0] == kind]
    if not kinds or len(parts) < 4 or not parts[3].isdigit():
        return None
    payload_type = int(parts[3])
    codec, clock = _STATIC.get(payload_type, ("", 0))
    return Media(kinds[0], payload_type, codec, clock)


def _attribute(media: Media, value: str) -> None:
    name, _, rest = value.partition(":")
    if name == "control":
        media.control = rest.strip()
        return
    number, _, text = rest.partition(" ")
    if number != str(media.payload_type):
        return
    if name == "rtpmap":
        parts = text.strip().split("/")
        media.codec = parts[0].upper()
        media.clock = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
        media.channels = int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else 1
    elif name == "fmtp":
        for item in text.split(";"):
            key, equals, content = item.strip().partition("=")
            if equals:
                media.format[key.strip().lower()] = content.strip()


def control_url(base: str, control: str) -> str:
    """The address a section is set up at (RFC 2326, C.1.1)."""
    if control.lower().startswith("rtsp://"):
        return control
    if not control or control == "*":
        return base
    return base + ("" if base.endswith("/") else "/") + control
