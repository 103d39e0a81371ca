"""Reads many TCP sockets in one round instead of waking up for every piece that arrives.

A camera's picture comes in a dozen pieces; waking up for each costs more than all work on it. So
sockets are looked at every ``ROUND_S``: one ``poll`` for all of them, one ``recv`` for each that
has something, into one buffer they share. Pictures come 20 ms later on average, which TCP smears
over anyway; the kernel holds what comes meanwhile. A reader that raises would stop the others, so
readers must not raise.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable
from typing import Protocol

ROUND_S = 0.04
#: Most that one socket gives in one round. Full: the rest waits in the kernel for the next.
ROUND_BYTES = 1 << 20


class Reader(Protocol):
    """Who a socket's bytes are for."""

    def received(self, data: bytes, now_us: int) -> None:
        """Bytes came. Must not raise."""
        ...

    def disconnected(self) -> None:
        """The other side closed, or the connection broke. The socket is out of the round."""
        ...


class SocketRound:
    """One per process; runs while it has sockets. Used on the event loop."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._poll = select.poll()
        self._readers: dict[int, tuple[socket.socket, Reader]] = {}
        self._buffer = bytearray(ROUND_BYTES)
        self._view = memoryview(self._buffer)
        self._timer: asyncio.TimerHandle | None = None

    def add(self, sock: socket.socket, reader: Reader) -> None:
        """Read a non-blocking socket for ``reader`` until it is removed or ends."""
        self._readers[sock.fileno()] = (sock, reader)
        self._poll.register(sock, select.POLLIN)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(ROUND_S, self._look)

    def remove(self, sock: socket.socket) -> None:
        """Read it no more; does not close it. Removing it again changes nothing."""
        number = sock.fileno()
        if self._readers.pop(number, None) is not None:
            self._poll.unregister(number)

    def _look(self) -> None:
        self._timer = None
        if not self._readers:
            return
        # before reading: should a reader raise after all, the others are read in the next round
        self._timer = asyncio.get_running_loop().call_later(ROUND_S, self._look)
        now_us = self._now_us()
        for number, _ in self._poll.poll(0):
            entry = self._readers.get(number)
            if entry is not None:
                self._read(*entry, now_us)

    def _read(self, sock: socket.socket, reader: Reader, now_us: int) -> None:
        try:
            count = sock.recv_into(self._buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            count = 0
        if count:
            reader.received(bytes(self._view[:count]), now_us)
        else:
            self.remove(sock)
            reader.disconnected()
