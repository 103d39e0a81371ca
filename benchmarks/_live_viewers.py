"""Many viewers of one source, in a process of their own: reads, counts, does nothing else.

Run: python -m benchmarks._live_viewers URL COOKIE VIEWERS; a line on standard input ends it, and it
prints how many fragments each viewer got at least.
"""

from __future__ import annotations

import asyncio
import sys

from websockets.asyncio.client import connect


async def _view(url: str, cookie: str, counts: list[int], number: int) -> None:
    origin = url.replace("ws", "http", 1).partition("/ws/")[0]
    headers = {"Cookie": cookie, "Origin": origin}
    async with connect(
        url, additional_headers=headers, compression=None, max_size=None, proxy=None
    ) as line:
        async for message in line:
            assert isinstance(message, bytes)
            counts[number] += b'"kind":"fragment"' in message[:40]


async def _run(url: str, cookie: str, viewers: int) -> None:
    counts = [0] * viewers
    tasks = [asyncio.create_task(_view(url, cookie, counts, n)) for n in range(viewers)]
    await asyncio.to_thread(sys.stdin.readline)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(min(counts, default=0), flush=True)


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
