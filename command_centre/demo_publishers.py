"""One publisher process per source, each sending its clip over WHIP in real time.

A publisher that ends although nobody asked it to is started again: the clip is entered where the
timeline stands, so story time and wall time stay together.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import signal
import sys
from collections.abc import AsyncIterator, Collection
from pathlib import Path

from command_centre.demo_store import CLIPS, DemoStore
from command_centre.demo_timeline import Timeline
from config.demo import CLIPS as CLIP_FOLDER

logger = logging.getLogger(__name__)

_MODULE = "recorder.ingest.webrtc_publisher"
_LIBC = ctypes.CDLL(None)  # loaded before any fork
_PR_SET_PDEATHSIG = 1
_PAUSE_S = 1.0
#: From SIGTERM to SIGKILL: enough for the DELETE and a clean DTLS goodbye.
_STOP_S = 5.0


@contextlib.asynccontextmanager
async def publishers(
    store: DemoStore,
    timeline: Timeline,
    log_folder: Path,
    sources: Collection[str] = tuple(CLIPS),
) -> AsyncIterator[None]:
    """A publisher of each source, until the context ends; they then take leave of the recorder."""
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(_keep(store, source, timeline, log_folder, stop), name=source)
        for source in sources
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _keep(
    store: DemoStore, source: str, timeline: Timeline, log_folder: Path, stop: asyncio.Event
) -> None:
    while not stop.is_set():
        status = await _publish(store, source, timeline, log_folder, stop)
        if stop.is_set():
            return
        logger.warning("the publisher of %s ended with %s; again", source, status)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PAUSE_S):
                await stop.wait()


async def _publish(
    store: DemoStore, source: str, timeline: Timeline, log_folder: Path, stop: asyncio.Event
) -> int:
    """Run one process until it ends or is told to."""
    with (log_folder / f"publisher-{source}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *_command(store, source, timeline),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches the demo only, which stops in order
            preexec_fn=_end_with_parent,
        )
    ended = asyncio.create_task(process.wait())
    told = asyncio.create_task(stop.wait())
    await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not ended.done():
        process.send_signal(signal.SIGTERM)
        await asyncio.wait({ended}, timeout=_STOP_S)
        if not ended.done():
            process.kill()
    return await ended


def _end_with_parent() -> None:
    """In the child: ask the kernel for SIGTERM when the demo dies, however it dies (prctl(2))."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _command(store: DemoStore, source: str, timeline: Timeline) -> list[str]:
    return [
        sys.executable,
        "-m",
        _MODULE,
        "--name",
        source,
        "--url",
        f"{store.address}/whip/{source}",
        "--token-file",
        str(store.token_file(source)),
        "--clip",
        str(CLIP_FOLDER / f"{CLIPS[source]}.mp4"),
        "--start-at-us",
        str(timeline.start_us),
        "--from",
        str(timeline.start_s),
    ]
