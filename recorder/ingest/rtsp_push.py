"""A device that pushes RTSP (ANNOUNCE and RECORD, RFC 2326) over one TCP connection.

The key is the password of Basic login, or the last part of the path; Digest cannot be offered
because only the key's hash is kept. UDP is refused (461), with the reason.
"""

from __future__ import annotations

import secrets
from urllib.parse import unquote, urlsplit

from recorder.ingest.audio import can_hear
from recorder.ingest.push import PushedPeer
from recorder.ingest.rtsp_pull import make_track
from recorder.ingest.rtsp_sdp import Described, Media, control_url, read_description
from recorder.ingest.rtsp_stream import InterleavedStream
from recorder.ingest.rtsp_wire import (
    MalformedRtsp,
    Message,
    basic_password,
    parse_message,
    response,
)
from recorder.ingest.transcoder import OpusTranscoder
from recorder.media import H264

_METHODS = "Public: OPTIONS, ANNOUNCE, SETUP, RECORD, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
_MOST_BYTES = 262_144  # before RECORD


class RtspPush(PushedPeer):
    """One connection. See ``PushedPeer`` for its life."""

    malformed = (MalformedRtsp,)

    def _begin(self) -> None:
        self.left_out: set[str] = set()
        self._held = b""
        self._session = secrets.token_hex(8)
        self._described: Described | None = None
        self._base = ""
        self._channels: list[tuple[Media, int, int]] = []
        self._stream: InterleavedStream | None = None
        self._transcoders: list[OpusTranscoder] = []
        self._announced: Message | None = None
        self._now_us = 0

    def _take(self, data: bytes, now_us: int) -> None:
        self._now_us = now_us
        if self._stream is not None:
            self._stream.feed(data, now_us)
            return
        self._held += data
        if len(self._held) > _MOST_BYTES:
            raise MalformedRtsp("no RECORD, but other data without end")
        self._read()

    def _read(self) -> None:
        waiting = self.asked and self.sink is None
        while self._held and not waiting and not self.closed and self._stream is None:
            found = parse_message(self._held)
            if found is None:
                return
            message, end = found
            self._held = self._held[end:]
            self._message(message)
            waiting = self.asked and self.sink is None
        if self._stream is not None and self._held:
            held, self._held = self._held, b""
            self._stream.feed(held, self._now_us)

    def _message(self, message: Message) -> None:
        method, sequence = message.method, message.header("cseq")
        if method == "OPTIONS":
            self._send(response("200 OK", sequence, _METHODS))
        elif method == "ANNOUNCE":
            self._announce(message)
        elif method == "SETUP":
            self._set_up(message)
        elif method == "RECORD":
            self._record(message)
        elif method == "TEARDOWN":
            self._send(response("200 OK", sequence))
            self._end("bye")
        elif method in ("GET_PARAMETER", "SET_PARAMETER"):
            self._send(response("200 OK", sequence))
        elif method:
            self._send(response("405 Method Not Allowed", sequence, _METHODS))

    def _announce(self, message: Message) -> None:
        parts = [unquote(part) for part in urlsplit(message.url).path.split("/") if part]
        login = basic_password(message.header("authorization"))
        if login is None and len(parts) < 2:
            asked = 'WWW-Authenticate: Basic realm="Duizhi", charset="UTF-8"'
            self._send(response("401 Unauthorized", message.header("cseq"), asked))
            return
        source, key = (parts[0] if parts else "", login[1]) if login else (parts[-2], parts[-1])
        self._described = read_description(message.body.decode("utf-8", "replace"))
        self._base = message.url
        self._announced = message
        self._ask(source, key)

    def _accepted(self, now_us: int) -> None:
        assert self._announced is not None
        assert self._described is not None
        self._now_us = now_us
        found = [m for m in self._described.media if _usable(m)]
        self.left_out |= {m.codec or str(m.payload_type) for m in self._described.media} - {
            m.codec for m in found
        }
        sequence = self._announced.header("cseq")
        if not found:
            self._send(response("415 Unsupported Media Type", sequence))
            self._end("failed")
            return
        self._told([m.kind for m in found])
        self._send(response("200 OK", sequence))
        self._read()

    def _refused(self, reason: str) -> None:
        if self._announced is not None:
            status = f"403 Forbidden ({reason})"
            self._send(response(status, self._announced.header("cseq")))

    def _set_up(self, message: Message) -> None:
        sequence, transport = message.header("cseq"), message.header("transport")
        if "/TCP" not in transport.upper():
            self._send(
                response("461 Unsupported Transport", sequence, "Unsupported: use RTP over TCP")
            )
            return
        media = self._section(message.url)
        low, high = 2 * len(self._channels), 2 * len(self._channels) + 1
        for item in transport.split(";"):
            name, _, value = item.strip().partition("=")
            first, _, second = value.partition("-")
            if name == "interleaved" and first.isdigit() and (second or first).isdigit():
                low, high = int(first) & 0xFF, int(second or first) & 0xFF
        if media is None or self.sink is None:
            self._send(response("404 Not Found", sequence))
            return
        self._channels.append((media, low, high))
        shown = f"Transport: RTP/AVP/TCP;unicast;interleaved={low}-{high};mode=record"
        self._send(response("200 OK", sequence, shown, f"Session: {self._session};timeout=60"))

    def _section(self, url: str) -> Media | None:
        assert self._described is not None
        for media in self._described.media:
            if control_url(self._base, media.control) == url or url.endswith(f"/{media.control}"):
                return media
        return None

    def _record(self, message: Message) -> None:
        sink = self.sink
        if sink is None or not self._channels:
            self._send(response("455 Method Not Valid in This State", message.header("cseq")))
            return
        stream = InterleavedStream(sink.on_sender_report, self._bye, self._later)
        for media, low, high in self._channels:
            if not _usable(media):
                continue
            track, transcoder = make_track(media, sink)
            if transcoder is not None:
                self._transcoders.append(transcoder)
            stream.add(track, low, high)
        session = f"Session: {self._session}"
        self._send(response("200 OK", message.header("cseq"), session))
        self._stream = stream

    def _later(self, message: Message) -> None:
        """A request between the media."""
        if message.method:
            self._message(message)

    def _bye(self) -> None:
        self._end("bye")

    def _shut(self) -> None:
        for transcoder in self._transcoders:
            transcoder.close()
        super()._shut()


def _usable(media: Media) -> bool:
    return media.codec == H264 if media.kind == "video" else can_hear(media)
