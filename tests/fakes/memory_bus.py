"""The bus port in one process, for tests of anything that speaks over it.

Two ``MemoryBus`` made from the same ``Exchange`` behave like two processes. Upholds the rules of
``config.bus``: publishing never blocks, full subscribers drop and count, unknown services are
``Unreachable``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from config.bus import Handler, Subscription, Unreachable


class Exchange:
    """What the processes share: subscribers and services."""

    def __init__(self, high_water: int = 10_000) -> None:
        self.high_water = high_water
        self.subscribers: list[tuple[tuple[str, ...], asyncio.Queue[tuple[str, bytes]]]] = []
        self.services: dict[str, Handler] = {}
        self.published: list[tuple[str, bytes]] = []
        self.dropped = 0
        self.keep_published = False

    def bus(self) -> MemoryBus:
        """A bus as one process would hold it."""
        return MemoryBus(self)


class MemoryBus:
    """Implements ``config.bus.Bus``."""

    def __init__(self, exchange: Exchange | None = None) -> None:
        self.exchange = exchange or Exchange()

    def publish(self, topic: str, payload: bytes) -> None:
        """See Bus."""
        if self.exchange.keep_published:
            self.exchange.published.append((topic, payload))
        for prefixes, queue in self.exchange.subscribers:
            if not topic.startswith(prefixes):
                continue
            if queue.qsize() >= self.exchange.high_water:
                self.exchange.dropped += 1
            else:
                queue.put_nowait((topic, payload))

    @contextlib.asynccontextmanager
    async def subscribe(self, *prefixes: str) -> AsyncIterator[Subscription]:
        """See Bus."""
        queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        entry = (prefixes, queue)
        self.exchange.subscribers.append(entry)
        try:
            yield _messages(queue)
        finally:
            self.exchange.subscribers.remove(entry)

    async def request(
        self, service: str, method: str, payload: bytes, *, timeout_s: float = 5.0
    ) -> bytes:
        """See Bus."""
        handler = self.exchange.services.get(service)
        if handler is None:
            raise Unreachable(f"no service {service}")
        try:
            async with asyncio.timeout(timeout_s):
                return await handler(method, payload)
        except TimeoutError as error:
            raise Unreachable(f"{service}.{method} did not answer in {timeout_s} s") from error

    @contextlib.asynccontextmanager
    async def serve(self, service: str, handler: Handler) -> AsyncIterator[None]:
        """See Bus."""
        self.exchange.services[service] = handler
        try:
            yield
        finally:
            del self.exchange.services[service]


async def _messages(queue: asyncio.Queue[tuple[str, bytes]]) -> Subscription:
    while True:
        yield await queue.get()
