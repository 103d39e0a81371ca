"""What RTMP and RTSP pushers have in common: one socket, one question to the centre, one sink.

The life of a connection: it speaks its protocol until it names a source and a key; then it is
taken out of the round and nothing more is read until the answer is there (``accept`` or
``refuse``); from then on its media goes to the sink. One that has not come so far after
``ADMIT_S`` is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from recorder.ingest.socket_round import SocketRound
from recorder.media import Kind, MediaSink

ADMIT_S = 10.0
CLOSE_S = 0.5  # for a refusal to be read before the connection closes

Ask = Callable[["PushedPeer", str, str], None]


class PushedPeer:
    """Base: the protocol is in ``_begin``, ``_take``, ``_accepted`` and ``_refused``."""

    malformed: tuple[type[Exception], ...] = ()

    def __init__(self, sock: socket.socket, sockets: SocketRound, ask: Ask) -> None:
        self.kinds: list[Kind] = ["video", "audio"]
        self.sink: MediaSink | None = None
        self.closed = False
        self.asked = False
        self.on_closed: Callable[[PushedPeer], None] = lambda _: None
        self.on_kinds: Callable[[list[Kind]], None] = lambda _: None
        self._sock = sock
        self._sockets = sockets
        self._asking = ask
        self._bytes = 0
        self._begin()
        sockets.add(sock, self)
        loop = asyncio.get_running_loop()
        self._deadline: asyncio.TimerHandle | None = loop.call_later(ADMIT_S, self._too_late)

    # --- the protocol's -------------------------------------------------------------------

    def _begin(self) -> None:
        raise NotImplementedError

    def _take(self, data: bytes, now_us: int) -> None:
        """Bytes came. May raise one of ``malformed``."""
        raise NotImplementedError

    def _accepted(self, now_us: int) -> None:
        """The sink is there: say so, and go on with what came meanwhile. May raise likewise."""
        raise NotImplementedError

    def _refused(self, reason: str) -> None:
        """Tell the pusher why not."""
        raise NotImplementedError

    def _ask(self, source: str, key: str) -> None:
        """Somebody wants to publish: read nothing until the answer is there."""
        if self.asked:
            return
        self.asked = True
        self._sockets.remove(self._sock)
        self._asking(self, source, key)

    def _told(self, kinds: list[Kind]) -> None:
        """The pusher says what it sends."""
        self.kinds = kinds
        self.on_kinds(kinds)

    # --- the answer -----------------------------------------------------------------------

    def accept(self, sink: MediaSink, now_us: int) -> None:
        """The key is right; media goes to the sink from here on."""
        if self.closed:
            return
        self.sink = sink
        self._stop_clock()
        try:
            self._accepted(now_us)
        except self.malformed:
            self._end("failed")
            return
        if not self.closed:
            self._sockets.add(self._sock, self)

    def refuse(self, reason: str) -> None:
        """Say why, and close when that can have been read."""
        if self.closed:
            return
        self._stop_clock()
        self._refused(reason)
        asyncio.get_running_loop().call_later(CLOSE_S, self._end, "refused")

    # --- Peer and Reader ------------------------------------------------------------------

    @property
    def bytes_received(self) -> int:
        """See Peer."""
        return self._bytes

    def request_key_frame(self) -> None:
        """Neither RTMP nor RTSP can ask for one."""

    async def close(self) -> None:
        """See Peer."""
        self._shut()

    def received(self, data: bytes, now_us: int) -> None:
        """See Reader."""
        self._bytes += len(data)
        try:
            self._take(data, now_us)
        except self.malformed:
            self._end("failed")

    def disconnected(self) -> None:
        """See Reader."""
        self._end("closed")

    def _send(self, data: bytes) -> None:
        """Answers are small; a pusher that does not read them is cut off."""
        with contextlib.suppress(BlockingIOError):
            try:
                if self._sock.send(data) == len(data):
                    return
            except BlockingIOError:
                raise
            except OSError:
                return  # reading finds out and says so
        self._end("failed")

    def _too_late(self) -> None:
        self._deadline = None
        self._end("failed")

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, reason: str) -> None:
        if self.closed:
            return
        self._shut()
        if self.sink is not None:
            self.sink.on_ended(reason)

    def _shut(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._stop_clock()
        self._sockets.remove(self._sock)
        self._sock.close()
        self.on_closed(self)
