"""Debian's mosquitto on a free port, as a broker for tests, and a client that publishes to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiomqtt

from command_centre.instruments.mqtt_link import MqttLink
from tests.command_centre.centre import Centre

MOSQUITTO = "/usr/sbin/mosquitto"
_START_S = 30.0


@dataclass
class Broker:
    """Where it listens, and a way to stop it and start it again with what it kept."""

    port: int
    config: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it listens."""
        self.process = await asyncio.create_subprocess_exec(
            MOSQUITTO, "-c", str(self.config), stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(_START_S):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    await writer.wait_closed()
                    return
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stop it; what it keeps is on its disk."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    @contextlib.asynccontextmanager
    async def client(self, **options: object) -> AsyncIterator[aiomqtt.Client]:
        """A client of an instrument."""
        async with aiomqtt.Client("127.0.0.1", self.port, **options) as client:  # type: ignore[arg-type]
            yield client


@contextlib.asynccontextmanager
async def running_broker(directory: Path, *lines: str) -> AsyncIterator[Broker]:
    """A broker until the context ends; ``lines`` are added to its configuration."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = directory / "mosquitto.conf"
    own = [f"listener {port} 127.0.0.1", "persistence true", f"persistence_location {directory}/",
           "user root", "log_type none"]  # fmt: skip
    if not any(line.startswith("allow_anonymous") for line in lines):
        own.append("allow_anonymous true")
    text = "\n".join([*own, *lines]) + "\n"
    await asyncio.to_thread(_write, config, text)
    broker = Broker(port, config)
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def link_of(centre: Centre) -> MqttLink:
    """The link of a centre that has a broker in its settings."""
    assert centre.context.mqtt is not None
    return centre.context.mqtt
