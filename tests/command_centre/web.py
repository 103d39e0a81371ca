"""The application on a real port: uvicorn in this loop, `websockets` as the desk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.command_centre.centre import CASE, Centre


@dataclass
class Web:
    """Where the centre listens."""

    centre: Centre
    port: int

    def connect(self, path: str, role: str | None, **options: Any) -> connect:
        """A WebSocket of a role."""
        headers = dict(options.pop("additional_headers", {}))
        if role:
            headers["Cookie"] = f"duizhi_login={self.centre.cookies[role]}"
        return connect(f"ws://127.0.0.1:{self.port}{path}", additional_headers=headers, **options)

    @contextlib.asynccontextmanager
    async def desk(
        self,
        role: str,
        desk: str = "wall",
        room: str | None = None,
        cursor: int | None = None,
        **said: Any,
    ) -> AsyncIterator[DeskClient]:
        """A desk that has said hello and been welcomed."""
        async with self.connect("/ws", role) as connection:
            client = DeskClient(connection)
            hello: dict[str, Any] = {
                "type": "hello",
                "protocol": 1,
                "case": CASE,
                "desk": desk,
                **said,
            }
            if room is not None:
                hello["room"] = room
            if cursor is not None:
                hello["cursor"] = cursor
            await client.send(hello)
            client.welcome = await client.until("welcome")
            yield client


class DeskClient:
    """A desk written the way a desk would be."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.welcome: dict[str, Any] = {}
        self.seen: list[dict[str, Any]] = []
        self._ids = 0

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message as it is."""
        await self.connection.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(10):
            message: dict[str, Any] = json.loads(await self.connection.recv())
        self.seen.append(message)
        return message

    async def until(self, *types: str) -> dict[str, Any]:
        """The next message of one of these types."""
        while True:
            message = await self.receive()
            if message["type"] in types:
                return message

    async def patient(self, *types: str, timeout_s: float = 60) -> dict[str, Any]:
        """The next message of one of these types, for what takes its time."""
        async with asyncio.timeout(timeout_s):
            while True:
                message: dict[str, Any] = json.loads(await self.connection.recv())
                self.seen.append(message)
                if message["type"] in types:
                    return message

    async def command(self, type: str, **fields: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self._ids += 1
        own = str(self._ids)
        await self.send({"type": type, "id": own, **fields})
        while True:
            message = await self.until("ok", "error")
            if message.get("id") == own:
                return message

    async def prompt_in(self, state: str) -> dict[str, Any]:
        """Wait for a prompt to reach a state; returns the prompt."""
        while True:
            prompt: dict[str, Any] = (await self.until("prompt"))["prompt"]
            if prompt["state"] == state:
                return prompt

    async def close_code(self) -> int | None:
        """Read until the centre closes; returns its code, None when it just went away."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def events(self) -> list[dict[str, Any]]:
        """Durable events seen so far."""
        return [one for one in self.seen if "cursor" in one and one["type"] != "welcome"]


@contextlib.asynccontextmanager
async def serving(centre: Centre) -> AsyncIterator[Web]:
    """Serve the application until the context ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    server = uvicorn.Server(
        uvicorn.Config(
            centre.app,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield Web(centre, listener.getsockname()[1])
    finally:
        server.should_exit = True
        await task
        listener.close()
