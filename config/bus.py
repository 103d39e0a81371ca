"""The port between processes: publish, subscribe, request.

Only the contract lives here. ``command_centre`` wires an adapter to it (ZeroMQ over ipc on one
machine). Payloads are bytes; the typed messages and their encoding are in ``config.messages``.

Rules every adapter upholds:

1. ``publish`` never blocks and never raises because of a slow or absent subscriber. When a
   subscriber's queue (``high_water`` messages) is full, messages for that subscriber are dropped;
   it sees the hole in the ``number`` or ``index`` of what follows. Nothing that must not be lost
   may rely on ``publish`` alone.
2. ``request`` either returns the peer's reply, raises ``Refused`` with the peer's stable code, or
   raises ``Unreachable`` after ``timeout_s``. A request may have been carried out although
   ``Unreachable`` was raised, so every request that changes something carries an idempotency key.
3. Messages of one topic from one process arrive in the order of publishing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class BusError(Exception):
    """Root of everything the bus raises."""


class Unreachable(BusError):
    """No reply came in time; the request may or may not have been carried out."""


class Refused(BusError):
    """The peer answered with an error. ``code`` is stable, ``detail`` says what was expected."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


#: Takes (method, request payload), returns the reply payload; raises ``Refused`` to say no.
Handler = Callable[[str, bytes], Awaitable[bytes]]
Subscription = AsyncIterator[tuple[str, bytes]]


class Bus(Protocol):
    """Publish, subscribe, request. One instance per process, used from one event loop."""

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand the payload to every current subscriber of the topic; never blocks."""
        ...

    def subscribe(self, *prefixes: str) -> AbstractAsyncContextManager[Subscription]:
        """Messages whose topic starts with one of the prefixes, from every process."""
        ...

    async def request(
        self, service: str, method: str, payload: bytes, *, timeout_s: float = 5.0
    ) -> bytes:
        """Ask a service. Raises ``Refused`` or ``Unreachable``."""
        ...

    def serve(self, service: str, handler: Handler) -> AbstractAsyncContextManager[None]:
        """Answer requests to ``service`` until the context ends. Requests run concurrently."""
        ...
