"""Two ways in which tasks end together; every task of the centre is owned by one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any


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
