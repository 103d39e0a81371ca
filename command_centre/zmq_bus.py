"""The bus of one machine: ZeroMQ over ipc sockets in one private folder.

Every process binds ``<name>.pub`` (PUB) and, for each service it answers, ``<service>.rpc``
(ROUTER). Subscribers connect to the PUB sockets of all known processes; ZeroMQ reconnects by
itself when a process is restarted and binds again. There is no broker to die.

What is true here:

* ``publish`` hands the message to ZeroMQ and returns. At ``high_water`` messages waiting for one
  subscriber ZeroMQ drops for that subscriber only; receivers see the hole in the ``number`` or
  ``index`` that every message carries.
* A request carries its own deadline. A server that finds it passed does not carry it out, and a
  client never queues a request for a peer that is not there.
* The folder is 0700, so only the account that runs Duizhi can talk on the bus.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import struct
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import zmq
import zmq.asyncio
from zmq.utils.monitor import recv_monitor_message

from config.bus import BusError, Handler, Refused, Subscription, Unreachable

logger = logging.getLogger(__name__)

#: A socket path has at most 107 bytes on Linux (sun_path, unix(7)).
MAX_SOCKET_PATH_BYTES = 107
#: Requests one service works on at a time; more wait in its socket.
MAX_CONCURRENT_REQUESTS = 256
#: How often a client looks again for a peer that is not there.
_RETRY_S = 0.05

#: Plain numbers: combining zmq's flags costs as much as sending, and recorders publish often.
_FIRST_PART, _LAST_PART = int(zmq.NOBLOCK | zmq.SNDMORE), int(zmq.NOBLOCK)

_HEADER = struct.Struct("!Qd")  # request number, deadline (seconds since the epoch)


class _Refusal(msgspec.Struct):
    code: str
    detail: str


class ZmqBus:
    """One process's end of the bus. Use as an async context manager, from one event loop.

    Owned by that loop: the PUB socket, the DEALER socket of each service asked so far, and the
    futures waiting for replies.
    """

    def __init__(self, directory: Path, name: str, peers: Sequence[str], high_water: int) -> None:
        self._directory = directory
        self._name = name
        self._peers = tuple(dict.fromkeys((name, *peers)))
        self._high_water = high_water
        self._context: zmq.asyncio.Context | None = None
        self._publisher: zmq.Socket[bytes] | None = None
        self._clients: dict[str, _Client] = {}

    async def __aenter__(self) -> ZmqBus:
        address = self._address(self._name, "pub")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._directory.stat().st_uid != os.getuid():
            raise BusError(f"{self._directory} belongs to another account; set [bus] directory")
        self._directory.chmod(0o700)
        self._context = zmq.asyncio.Context()
        self._publisher = zmq.Context.shadow(self._context.underlying).socket(zmq.PUB)
        self._publisher.set(zmq.SNDHWM, self._high_water)
        self._publisher.set(zmq.LINGER, 0)
        self._publisher.bind(address)
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.close()
        self._clients.clear()
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None
        if self._context is not None:
            self._context.destroy(linger=0)
            self._context = None

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand the payload to every current subscriber of the topic; never blocks."""
        if self._publisher is None:
            return  # closing: nobody is left to hear it
        # A full queue drops inside ZeroMQ; EAGAIN would only say the same.
        with contextlib.suppress(zmq.Again):
            self._publisher.send(topic.encode() + b"\0", _FIRST_PART)
            self._publisher.send(payload, _LAST_PART)

    @contextlib.asynccontextmanager
    async def subscribe(self, *prefixes: str) -> AsyncIterator[Subscription]:
        """Messages whose topic starts with one of the prefixes, from every known process."""
        socket = self._open(zmq.SUB)
        try:
            socket.set(zmq.RCVHWM, self._high_water)
            for prefix in prefixes:
                socket.set(zmq.SUBSCRIBE, prefix.encode())
            for peer in self._peers:
                socket.connect(self._address(peer, "pub"))
            yield _messages(socket)
        finally:
            socket.close()

    async def request(
        self, service: str, method: str, payload: bytes, *, timeout_s: float = 5.0
    ) -> bytes:
        """Ask a service. Raises ``Refused`` or ``Unreachable``."""
        client = self._clients.get(service)
        if client is None:
            socket = self._open(zmq.DEALER)
            socket.set(zmq.IMMEDIATE, 1)  # never queue for a peer that is not there
            socket.connect(self._address(service, "rpc"))
            client = self._clients[service] = _Client(service, socket)
        return await client.request(method, payload, timeout_s)

    @contextlib.asynccontextmanager
    async def serve(self, service: str, handler: Handler) -> AsyncIterator[None]:
        """Answer requests to ``service`` until the context ends. Requests run concurrently."""
        socket = self._open(zmq.ROUTER)
        socket.bind(self._address(service, "rpc"))
        server = asyncio.create_task(_serve(socket, handler), name=f"bus-{service}")
        try:
            yield
        finally:
            server.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await server
            socket.close()

    def _open(self, kind: int) -> zmq.asyncio.Socket:
        if self._context is None:
            raise BusError("the bus is not open")
        socket = self._context.socket(kind)
        socket.set(zmq.LINGER, 0)
        return socket

    def _address(self, name: str, kind: str) -> str:
        path = self._directory / f"{name}.{kind}"
        if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
            raise BusError(f"{path} is too long for a socket; set [bus] directory to a shorter one")
        return f"ipc://{path}"


class _Client:
    """One DEALER socket to one service; owns the futures of requests under way."""

    def __init__(self, service: str, socket: zmq.asyncio.Socket) -> None:
        self._service = service
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._sent: set[int] = set()  # of those waiting, the ones handed to a connection
        self._monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._tasks = [
            asyncio.create_task(self._read(), name=f"bus-client-{service}"),
            asyncio.create_task(self._watch(), name=f"bus-client-watch-{service}"),
        ]

    async def request(self, method: str, payload: bytes, timeout_s: float) -> bytes:
        number = next(self._numbers)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        frames = (_HEADER.pack(number, time.time() + timeout_s), method.encode(), payload)
        try:
            async with asyncio.timeout(timeout_s):
                await self._send(frames)
                self._sent.add(number)
                return await future
        except TimeoutError:
            raise Unreachable(
                f"{self._service} did not answer {method} in {timeout_s:g} s"
            ) from None
        finally:
            self._waiting.pop(number, None)
            self._sent.discard(number)

    async def _send(self, frames: Sequence[bytes]) -> None:
        while True:
            try:
                await self._socket.send_multipart(frames, flags=zmq.NOBLOCK)
            except zmq.Again:  # the peer is not there (yet)
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def _read(self) -> None:
        while True:
            header, status, body = await self._socket.recv_multipart()
            future = self._waiting.get(_HEADER.unpack(header)[0])
            if future is None or future.done():
                continue  # the caller gave up
            if status == b"ok":
                future.set_result(body)
            else:
                refusal = msgspec.msgpack.decode(body, type=_Refusal)
                future.set_exception(Refused(refusal.code, refusal.detail))

    async def _watch(self) -> None:
        """Whoever waits on a connection that broke is told at once, not after the timeout."""
        while True:
            await recv_monitor_message(self._monitor)
            self._give_up(list(self._sent), "it went away before it answered")

    def _give_up(self, numbers: list[int], why: str) -> None:
        for number in numbers:
            future = self._waiting.get(number)
            if future is not None and not future.done():
                future.set_exception(Unreachable(f"{self._service}: {why}"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._give_up(list(self._waiting), "the bus was closed")
        self._socket.disable_monitor()
        self._monitor.close()
        self._socket.close()


async def _messages(socket: zmq.asyncio.Socket) -> AsyncIterator[tuple[str, bytes]]:
    while True:
        topic, payload = await socket.recv_multipart()
        yield topic[:-1].decode(), payload


async def _serve(socket: zmq.asyncio.Socket, handler: Handler) -> None:
    """Take requests and answer each in its own task, at most MAX_CONCURRENT_REQUESTS at a time."""
    room = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)

    async def answer(peer: bytes, header: bytes, method: str, payload: bytes) -> None:
        try:
            status, body = await _outcome(handler, method, payload)
            await socket.send_multipart((peer, header, status, body))
        finally:
            room.release()

    async with asyncio.TaskGroup() as tasks:
        while True:
            peer, header, method, payload = await socket.recv_multipart()
            if _HEADER.unpack(header)[1] < time.time():
                continue  # nobody waits for it any more; carrying it out now would surprise
            await room.acquire()
            tasks.create_task(answer(peer, header, method.decode(), payload))


async def _outcome(handler: Handler, method: str, payload: bytes) -> tuple[bytes, bytes]:
    try:
        return b"ok", await handler(method, payload)
    except Refused as refusal:
        said = _Refusal(refusal.code, refusal.detail)
    except Exception:  # endpoint: one bad request must not end the service
        logger.exception("request %s failed", method)
        said = _Refusal("internal", f"{method} failed; the log of the process tells why")
    return b"no", msgspec.msgpack.encode(said)
