"""Reads many sockets in batches: one timer for all connections of an event loop.

While media flows, a socket is taken from asyncio's own reader and looked at every ``TICK_S``, with
everything that came since. That makes the cost of waking up independent of how many packets there
are; arrival times are the kernel's, so nothing is measured later than it was. Needs asyncio's
selector loop: with any other the sockets stay where they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import weakref
from collections.abc import Callable
from typing import Any

TICK_S = 0.010
RECEIVE_BYTES = 1 << 20  # wished for; the kernel allows what net.core.rmem_max says
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; not in the socket module

Drain = Callable[[int], None]


class Pump:
    """The sockets of one event loop; a timer and an epoll instance while there are any."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._sockets: dict[int, tuple[Any, Drain]] = {}
        self._epoll: select.epoll | None = None
        self._timer: asyncio.TimerHandle | None = None

    def take(self, transport: Any, drain: Drain) -> bool:
        """Read this transport's socket from now on; False when that cannot be done here."""
        remove = getattr(self._loop, "_remove_reader", None)
        read = getattr(transport, "_read_ready", None)
        if remove is None or read is None or transport.is_closing():
            return False
        own = transport.get_extra_info("socket")
        descriptor = own.fileno()
        with contextlib.suppress(OSError):
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
            own.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        remove(descriptor)
        if self._epoll is None:
            self._epoll = select.epoll()
        with contextlib.suppress(FileNotFoundError):
            self._epoll.unregister(descriptor)
        self._epoll.register(descriptor, select.EPOLLIN)
        self._sockets[descriptor] = (transport, drain)
        if self._timer is None:
            self._timer = self._loop.call_later(TICK_S, self._tick)
        return True

    def give_back(self, transport: Any) -> None:
        """asyncio reads this transport again, unless it is closed."""
        for descriptor, (taken, _) in list(self._sockets.items()):
            if taken is not transport:
                continue
            del self._sockets[descriptor]
            if self._epoll is not None:
                with contextlib.suppress(OSError):  # closed meanwhile
                    self._epoll.unregister(descriptor)
            if not transport.is_closing():
                self._loop._add_reader(descriptor, transport._read_ready)  # type: ignore[attr-defined]
        if not self._sockets:
            self._rest()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._epoll is not None:
            self._epoll.close()
            self._epoll = None

    def _tick(self) -> None:
        try:
            ready = self._epoll.poll(0) if self._epoll is not None else []
            for descriptor, _ in ready:
                taken = self._sockets.get(descriptor)
                if taken is not None:
                    taken[1](descriptor)
        finally:
            if self._sockets:
                self._timer = self._loop.call_later(TICK_S, self._tick)


_PUMPS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Pump] = weakref.WeakKeyDictionary()


def pump() -> Pump:
    """The one of the running loop."""
    loop = asyncio.get_running_loop()
    found = _PUMPS.get(loop)
    if found is None:
        found = _PUMPS[loop] = Pump(loop)
    return found
