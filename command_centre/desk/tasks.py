"""Two ways in which tasks end together (every task of the centre is owned by one of them); turns:
acts on the same thing one after the other; and acts that nobody breaks off half-way."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Hashable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def end_tasks(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def race(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run them until the first ends; cancel the others, and raise what the first raised."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end_tasks(tasks)
    for task in done:
        task.result()


async def wait_for(event: asyncio.Event) -> None:
    """An event as something to race against."""
    await event.wait()


async def to_the_end(act: Coroutine[Any, Any, T]) -> T:
    """Run an act to its end; whoever is cancelled meanwhile is so only then."""
    task = asyncio.ensure_future(act)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):  # once more: it is told below
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # taken note of: there is nobody left to raise it to
        raise


class Turns:
    """Acts on one key take turns, acts on different keys do not wait for each other."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, asyncio.Lock] = {}
        self._waiting: Counter[Hashable] = Counter()

    def is_taken(self, key: Hashable) -> bool:
        """Whether somebody has the turn, or waits for it."""
        return key in self._locks

    @contextlib.asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for the turn; the lock goes when nobody wants it."""
        self._waiting[key] += 1
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._locks[key]
