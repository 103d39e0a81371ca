"""RTSP 1.0 (RFC 2326) as bytes: messages, addresses, login. Pure; used by client and listener.

Only what media over one TCP connection needs ("interleaved", RFC 2326, 10.12). Bad input raises
``MalformedRtsp`` and nothing else; limits are stated beside their names.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

MAX_HEAD_BYTES = 8192  # start line and headers
MAX_BODY_BYTES = 65_536  # a session description is 1 to 3 kB
DEFAULT_PORT = 554
_ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256"}
_PARAMETER = re.compile(r'([A-Za-z0-9-]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


class MalformedRtsp(Exception):
    """Bytes that are no RTSP, or more of them than are taken."""


class BadAddress(Exception):
    """An address that cannot be pulled from; the message says what was expected."""


@dataclass(slots=True, frozen=True)
class Message:
    """A request (``start`` is ``METHOD url RTSP/1.0``) or a response (``RTSP/1.0 200 OK``)."""

    start: str
    headers: dict[str, list[str]] = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value of a header, empty when absent."""
        values = self.headers.get(name)
        return values[0] if values else ""

    @property
    def status(self) -> int:
        """Status of a response, 0 of a request."""
        parts = self.start.split(" ", 2)
        if parts[0].startswith("RTSP/") and len(parts) > 1 and parts[1].isdigit():
            return int(parts[1])
        return 0

    @property
    def method(self) -> str:
        """Method of a request, empty of a response."""
        parts = self.start.split(" ")
        return "" if parts[0].startswith("RTSP/") else parts[0]

    @property
    def url(self) -> str:
        """Address of a request."""
        parts = self.start.split(" ")
        return parts[1] if len(parts) == 3 and self.method else ""


def parse_message(data: bytes | bytearray, position: int = 0) -> tuple[Message, int] | None:
    """The message at a position and where it ends; None when more bytes are needed.

    Raises:
        MalformedRtsp: not RTSP, or longer than is taken.
    """
    end = data.find(b"\r\n\r\n", position, position + MAX_HEAD_BYTES + 4)
    if end < 0:
        if len(data) - position > MAX_HEAD_BYTES:
            raise MalformedRtsp(f"headers longer than {MAX_HEAD_BYTES} bytes")
        return None
    lines = bytes(data[position:end]).decode("utf-8", "replace").split("\r\n")
    start = lines[0].strip()
    if "RTSP/" not in start:
        raise MalformedRtsp("expected an RTSP message")
    headers: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    length = (headers.get("content-length") or ["0"])[0]
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise MalformedRtsp(f"body longer than {MAX_BODY_BYTES} bytes")
    finish = end + 4 + int(length)
    if len(data) < finish:
        return None
    return Message(start, headers, bytes(data[end + 4 : finish])), finish


def request(method: str, url: str, sequence: int, *headers: str, body: bytes = b"") -> bytes:
    """A request; ``headers`` are whole lines."""
    return _format(f"{method} {url} RTSP/1.0", sequence, headers, body)


def response(status: str, sequence: str, *headers: str, body: bytes = b"") -> bytes:
    """A response; ``status`` is for instance ``200 OK``."""
    return _format(f"RTSP/1.0 {status}", sequence, headers, body)


def _format(start: str, sequence: int | str, headers: tuple[str, ...], body: bytes) -> bytes:
    lines = [start, f"CSeq: {sequence}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(slots=True, frozen=True)
class Address:
    """Where a camera is. ``url`` has no name and no password in it."""

    host: str
    port: int
    url: str
    user: str = ""
    password: str = field(default="", repr=False)


def read_address(text: str) -> Address:
    """Take an ``rtsp://[user:password@]host[:port]/path`` apart.

    Raises:
        BadAddress: not one. The message never repeats the text: it may hold a password.
    """
    expected = "expected rtsp://host[:port]/path"
    if not text.isprintable() or " " in text or len(text) > 1000:
        raise BadAddress(f"{expected}, without spaces, at most 1000 characters")
    try:
        parts = urlsplit(text)
        port = parts.port or DEFAULT_PORT
    except ValueError as error:
        raise BadAddress(expected) from error
    if parts.scheme.lower() != "rtsp" or not parts.hostname:
        raise BadAddress(f"{expected} (rtsps and other schemes are not supported)")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    shown = f"rtsp://{host}" + (f":{port}" if port != DEFAULT_PORT else "") + rest
    return Address(
        parts.hostname, port, shown, unquote(parts.username or ""), unquote(parts.password or "")
    )


@dataclass(slots=True)
class Login:
    """Answers ``WWW-Authenticate`` (RFC 7616 and 7617); Digest before Basic."""

    user: str
    password: str = field(repr=False)
    challenge: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def take(self, values: list[str]) -> bool:
        """Remember the best challenge; False when there is none that can be answered."""
        best: dict[str, str] = {}
        for value in values:
            scheme, _, rest = value.partition(" ")
            found = {name.lower(): a or b for name, a, b in _PARAMETER.findall(rest)}
            found["scheme"] = scheme.lower()
            if scheme.lower() == "digest":
                known = found.get("algorithm", "MD5").upper() in _ALGORITHMS
                if known and (best.get("scheme") != "digest" or "SHA-256" in value):
                    best = found
            elif scheme.lower() == "basic" and not best:
                best = found
        if best:
            self.challenge, self.count = best, 0
        return bool(best)

    def header(self, method: str, url: str, nonce: str) -> str:
        """The ``Authorization`` line for a request; ``nonce`` is the client's."""
        asked = self.challenge
        if asked["scheme"] == "basic":
            pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return f"Authorization: Basic {pair}"
        algorithm = asked.get("algorithm", "MD5").upper()
        realm, server = asked.get("realm", ""), asked.get("nonce", "")
        first = _digest(algorithm, f"{self.user}:{realm}:{self.password}")
        second = _digest(algorithm, f"{method}:{url}")
        line = (
            f'Authorization: Digest username="{self.user}", realm="{realm}", nonce="{server}", '
            f'uri="{url}"'
        )
        if "auth" in asked.get("qop", "").replace(" ", "").split(","):
            self.count += 1
            middle = f"{server}:{self.count:08x}:{nonce}:auth"
            answer = _digest(algorithm, f"{first}:{middle}:{second}")
            line += f', qop=auth, nc={self.count:08x}, cnonce="{nonce}"'
        else:
            answer = _digest(algorithm, f"{first}:{server}:{second}")
        line += f', response="{answer}"'
        if "algorithm" in asked:
            line += f", algorithm={asked['algorithm']}"
        if "opaque" in asked:
            line += f', opaque="{asked["opaque"]}"'
        return line


def _digest(algorithm: str, text: str) -> str:
    return hashlib.new(_ALGORITHMS[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def basic_password(value: str) -> tuple[str, str] | None:
    """Name and password of an ``Authorization: Basic`` value."""
    scheme, _, rest = value.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, colon, password = pair.partition(":")
    return (name, password) if colon else None
