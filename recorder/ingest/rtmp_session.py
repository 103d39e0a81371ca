"""The server's side of one RTMP publisher: handshake, commands, publishing. Pure.

Bytes in (``feed``), bytes out (``output``), events to a handler. After ``publish`` was asked for
nothing more is read until ``accept`` or ``refuse``, so no media can come before the key is checked.
Only what publishers use is answered; playing is refused.
"""

from __future__ import annotations

from typing import Protocol

from recorder.errors import MalformedMedia
from recorder.ingest import amf0
from recorder.ingest import rtmp_chunks as wire

WINDOW_BYTES = 2_500_000
STRANGER_BYTES = 262_144  # of a connection whose key was not accepted yet


class RtmpHandler(Protocol):
    """Who is told."""

    def publish(self, path: str) -> None:
        """Somebody wants to publish at ``application/stream name``."""
        ...

    def metadata(self, values: dict[str, amf0.Value]) -> None:
        """onMetaData."""
        ...

    def media(self, kind: int, timestamp: int, data: bytes) -> None:
        """An audio or video message."""
        ...

    def finished(self) -> None:
        """The publisher ends its stream."""
        ...


class RtmpSession:
    """Owned by one connection."""

    def __init__(self, handler: RtmpHandler) -> None:
        self.output = bytearray()
        self.published = False
        self._stranger = True
        self._handler = handler
        self._reader = wire.ChunkReader()
        self._handshake = 0  # C0 and C1, then C2
        self._waiting: int | None = None  # stream of a publisher whose key is being checked
        self._application = ""
        self._acknowledged = 0
        self._messages: list[wire.RtmpMessage] = []

    def feed(self, data: bytes) -> None:
        """Bytes as they came.

        Raises:
            MalformedMedia: not RTMP, or beyond a limit.
        """
        self._reader.feed(data)
        if self._stranger and self._reader.bytes_read > STRANGER_BYTES:
            raise MalformedMedia(f"more than {STRANGER_BYTES} bytes before a key was accepted")
        if self._handshake < 2 and not self._shake_hands():
            return
        if self._waiting is None:
            self._read()
        if self._reader.bytes_read - self._acknowledged >= WINDOW_BYTES:
            self._acknowledged = self._reader.bytes_read
            number = self._acknowledged & 0xFFFFFFFF
            self.output += wire.control(wire.ACKNOWLEDGEMENT, number)

    def _shake_hands(self) -> bool:
        held = self._reader.take()
        if held and self._handshake == 0 and held[0] != 3:
            raise MalformedMedia("expected RTMP version 3")
        if self._handshake == 0 and len(held) > wire.HANDSHAKE_BYTES:
            first = held[1 : 1 + wire.HANDSHAKE_BYTES]
            held = held[1 + wire.HANDSHAKE_BYTES :]
            self.output += b"\3" + bytes(8) + first[8:] + first
            self._handshake = 1
        if self._handshake == 1 and len(held) >= wire.HANDSHAKE_BYTES:
            held = held[wire.HANDSHAKE_BYTES :]
            self._handshake = 2
        read = self._reader.bytes_read
        self._reader.feed(held)
        self._reader.bytes_read = read
        return self._handshake == 2

    def _read(self) -> None:
        self._messages += self._reader.messages()
        while self._messages and self._waiting is None:
            message = self._messages.pop(0)
            if message.kind in (wire.AUDIO, wire.VIDEO):
                if self.published:
                    self._handler.media(message.kind, message.timestamp, message.data)
            elif message.kind in (wire.COMMAND, 17):
                self._command(message)
            elif message.kind == wire.DATA:
                self._data(message.data)

    def _command(self, message: wire.RtmpMessage) -> None:
        data = message.data[1:] if message.kind == 17 else message.data
        values = amf0.decode(data)
        name = values[0] if values else None
        number = values[1] if len(values) > 1 and isinstance(values[1], float) else 0.0
        if name == "connect":
            self._connect(number, values[2] if len(values) > 2 else None)
        elif name == "createStream":
            self._answer("_result", number, None, 1.0)
        elif name == "publish":
            path = values[3] if len(values) > 3 and isinstance(values[3], str) else ""
            self._waiting = message.stream
            self._handler.publish(f"{self._application}/{path}")
        elif name in ("FCUnpublish", "deleteStream", "closeStream"):
            if self.published:
                self.published = False
                self._handler.finished()
        elif name in ("releaseStream", "FCPublish", "getStreamLength", "_checkbw"):
            self._answer("_result", number, None, None)
        elif name == "play":
            self._status(message.stream, "error", "NetStream.Play.Failed", "this is no player")

    def _connect(self, number: float, values: amf0.Value) -> None:
        application = values.get("app") if isinstance(values, dict) else None
        self._application = application if isinstance(application, str) else ""
        self.output += wire.control(wire.WINDOW_SIZE, WINDOW_BYTES)
        self.output += wire.control(wire.BANDWIDTH, WINDOW_BYTES)
        self.output += wire.control(wire.SET_CHUNK_SIZE, wire.OUT_CHUNK_BYTES)
        self._answer(
            "_result",
            number,
            {"fmsVer": "FMS/3,5,7,7009", "capabilities": 31.0},
            {
                "level": "status",
                "code": "NetConnection.Connect.Success",
                "description": "connected",
                "objectEncoding": 0.0,
            },
        )

    def _data(self, data: bytes) -> None:
        values = amf0.decode(data)
        if values and values[0] == "@setDataFrame":
            values = values[1:]
        found = values[1] if len(values) > 1 and values[0] == "onMetaData" else None
        if self.published and isinstance(found, dict):
            self._handler.metadata(found)

    def accept(self) -> None:
        """The key is right: media may come."""
        if self._waiting is None:
            return
        stream, self._waiting = self._waiting, None
        self.published = True
        self._stranger = False
        begins = bytes(2) + stream.to_bytes(4, "big")  # user control: StreamBegin
        self.output += wire.chunked(wire.CONTROL, begins, number=2)
        self._status(stream, "status", "NetStream.Publish.Start", "recording")

    def resume(self) -> None:
        """Read what came while the key was being checked. Raises like ``feed``."""
        self._read()

    def refuse(self, reason: str) -> None:
        """Tell the publisher why not; the connection is of no more use."""
        if self._waiting is not None:
            self._status(self._waiting, "error", "NetStream.Publish.BadName", reason)

    def _answer(
        self, name: str, number: float, *values: float | str | dict[str, float | str] | None
    ) -> None:
        self.output += wire.chunked(wire.COMMAND, amf0.encode(name, number, *values))

    def _status(self, stream: int, level: str, code: str, description: str) -> None:
        status: dict[str, float | str] = {
            "level": level,
            "code": code,
            "description": description,
        }
        data = amf0.encode("onStatus", 0.0, None, status)
        self.output += wire.chunked(wire.COMMAND, data, number=5, stream=stream)
