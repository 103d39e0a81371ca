"""Devices that push RTMP or RTSP: listeners, admission, and their way into a recording.

1. The key a device shows is its source's token; the centre checks it and names the open session.
2. One publisher a source: while one is live another is refused.
3. At most ``MAX_WAITING`` connections may be on their way to being admitted; more are closed at
   once. A wrong key costs its connection a pause, so that guessing is slow.
4. Keys and addresses are never logged.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine
from urllib.parse import unquote

from config.bus import Bus, BusError
from config.messages import CENTRE, MalformedMessage, decode, encode
from config.recorder_messages import AdmitPublisher, Admitted
from recorder.connection import Connection
from recorder.errors import RecorderError
from recorder.ingest.push import PushedPeer
from recorder.ingest.rtmp_push import RtmpPush
from recorder.ingest.rtsp_push import RtspPush
from recorder.ingest.socket_round import SocketRound
from recorder.media import Kind
from recorder.parts import Arrival
from recorder.recording import Recording

logger = logging.getLogger(__name__)

MAX_WAITING = 32
WRONG_KEY_S = 1.0
SILENCE_US = 10_000_000
_LOOK_S = 1.0
_ASK_S = 8.0


class PortTaken(Exception):
    """A listener cannot be opened; the message names port and setting."""


class Pushes:
    """Owned by the service; used on the event loop."""

    def __init__(
        self, bus: Bus, admit: Callable[[Arrival], Recording], now_us: Callable[[], int]
    ) -> None:
        self._bus = bus
        self._admit = admit
        self._now_us = now_us
        self._sockets = SocketRound(now_us)
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[socket.socket] = []
        self._waiting = 0
        self.ports: dict[str, int] = {}

    def start(self, bind: str, rtmp_port: int, rtsp_port: int) -> None:
        """Listen on the ports that are not 0.

        Raises:
            PortTaken: one of them cannot be had.
        """
        for name, port, kind in (("rtmp", rtmp_port, RtmpPush), ("rtsp", rtsp_port, RtspPush)):
            if port:
                listener = _listen(bind, port, f"{name}_port")
                self._listeners.append(listener)
                self.ports[name] = listener.getsockname()[1]
                self._spawn(self._accept(listener, kind))

    async def stop(self) -> None:
        """Close listeners and connections."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for listener in self._listeners:
            listener.close()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket, kind: type[PushedPeer]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(listener)
            except OSError as error:  # out of descriptors
                logger.warning("a pushing device cannot be accepted: %s", error.strerror)
                await asyncio.sleep(0.5)
                continue
            sock.setblocking(False)
            if self._waiting >= MAX_WAITING:
                sock.close()
                continue
            self._waiting += 1
            peer = kind(sock, self._sockets, self._asked)
            peer.on_closed = self._closed

    def _closed(self, peer: PushedPeer) -> None:
        if peer.sink is None:
            self._waiting -= 1

    def _asked(self, peer: PushedPeer, source: str, key: str) -> None:
        self._spawn(self._carry(peer, unquote(source), unquote(key)))

    async def _carry(self, peer: PushedPeer, source: str, key: str) -> None:
        """From its key to its end."""
        try:
            recording = await self._recording(source, key)
        except (RecorderError, BusError) as error:
            code = getattr(error, "code", "centre_unreachable")
            logger.info("a pushing device was refused: %s", code)
            if code in ("token_unknown", "token_required", "token_of_other_source"):
                await asyncio.sleep(WRONG_KEY_S)
            peer.refuse(str(code))
            return
        connection = Connection(recording, self._now_us())
        connection.peer, connection.kinds = peer, peer.kinds

        def told(kinds: list[Kind]) -> None:
            connection.kinds = kinds

        peer.on_kinds = told
        if peer.closed:
            return
        self._waiting -= 1
        recording.attach(connection)
        peer.accept(connection, self._now_us())
        await self._watch(peer, recording, connection)

    async def _recording(self, source: str, key: str) -> Recording:
        request = AdmitPublisher(source=source, key=key)
        reply = await self._bus.request(
            CENTRE, "admit_publisher", encode(request), timeout_s=_ASK_S
        )
        try:
            return self._admit(decode(reply, Admitted))
        except MalformedMessage as error:
            raise RecorderError("the centre's answer cannot be read") from error

    async def _watch(self, peer: PushedPeer, recording: Recording, connection: Connection) -> None:
        """Let a device go that sends nothing any more: it may have to connect anew."""
        try:
            while not peer.closed and recording.connection is connection:
                await asyncio.sleep(_LOOK_S)
                last_us = connection.last_media_us or connection.opened_us
                if self._now_us() - last_us > SILENCE_US:
                    break
        finally:
            await peer.close()
            recording.ended(connection, "failed")


def _listen(bind: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((bind, port))
        listener.listen(64)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"cannot listen on {bind}:{port}: {error.strerror}; set [recorder] {setting} to a "
            "free port, or to 0 for none"
        ) from error
    return listener
