"""A whole installation for a test: its own store, ports, processes and publishers.

Nothing is faked here: real processes, real WebRTC, the shipped speech model.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from command_centre.demo_desk import Desk
from command_centre.demo_store import CLIPS, DemoStore, prepare_store
from command_centre.desk.protocol import ServerMessage
from command_centre.supervisor import Supervisor
from config.demo import CLIPS as CLIP_FOLDER

_STOP_S = 10.0


@dataclass
class Seen:
    """Everything a desk was told, with its time of arrival."""

    messages: list[tuple[int, ServerMessage]] = field(default_factory=list)

    def __call__(self, message: ServerMessage, arrived_us: int) -> None:
        self.messages.append((arrived_us, message))

    def of(self, kind: type[Any]) -> list[Any]:
        """The messages of one kind, in order."""
        return [message for _, message in self.messages if isinstance(message, kind)]


@dataclass
class Installation:
    """A running Duizhi with the demo case."""

    store: DemoStore
    supervisor: Supervisor

    def desk(self, account: str) -> Desk:
        """A login over HTTP."""
        person = self.store.accounts[account]
        return Desk(self.store.address, person.account, person.password)

    @contextlib.asynccontextmanager
    async def publishing(
        self, source: str, *, clip: str | None = None, start_s: float = 85.0
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """One publisher process that sends a clip to a source."""
        log = self.store.directory / "logs" / f"publisher-{source}.log"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "recorder.ingest.webrtc_publisher"),
                *("--url", f"{self.store.address}/whip/{source}"),
                *("--clip", str(CLIP_FOLDER / f"{clip or CLIPS[source]}.mp4")),
                *("--from", str(start_s)),
                *("--token-file", str(self.store.token_file(source))),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_STOP_S):
                        await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()

    def kill(self, name: str) -> int:
        """kill -9 one process; returns how often it had been started."""
        child = self.supervisor.children[name]
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        return child.starts

    async def back(self, name: str, starts: int) -> None:
        """Until a killed process is there again."""
        await until(lambda: self.supervisor.children[name].starts > starts)
        await self.supervisor.wait_ready()


@contextlib.asynccontextmanager
async def running(directory: Path, *, recorders: int = 1) -> AsyncIterator[Installation]:
    """An installation in an empty directory."""
    store = await asyncio.to_thread(
        prepare_store, directory, None, any_port=True, recorders=recorders
    )
    async with Supervisor(store.config_file, log_directory=store.directory / "logs") as supervisor:
        await supervisor.wait_ready()
        yield Installation(store, supervisor)


async def until(
    condition: Callable[[], object | Awaitable[object]], timeout_s: float = 30.0
) -> float:
    """Wait until the condition holds; returns the seconds it took."""
    started = time.monotonic()
    while True:
        result = condition()
        if isinstance(result, Awaitable):
            result = await result
        if result:
            return time.monotonic() - started
        if time.monotonic() - started > timeout_s:
            raise AssertionError(f"did not come true within {timeout_s:g} s")
        await asyncio.sleep(0.1)
