"""A desk without a screen: logs in over HTTP and follows a case over the WebSocket.

It uses only what a browser uses, so what works here works there.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from command_centre.desk import protocol
from command_centre.desk.protocol import ClientMessage, ServerMessage

#: Called with each message and the microsecond at which it arrived.
OnMessage = Callable[[ServerMessage, int], None]

_REPLY_S = 10.0
_TUS = {"Tus-Resumable": "1.0.0"}


class DeskError(Exception):
    """The centre refused, or did not answer."""


class Desk:
    """One login. Use as an async context manager."""

    def __init__(self, address: str, account: str, password: str) -> None:
        self._address = address
        self._account = account
        self._password = password
        self._http = httpx.AsyncClient(
            base_url=address, headers={"X-Duizhi": "1"}, timeout=30, trust_env=False
        )

    async def __aenter__(self) -> Desk:
        await self.post("/api/login", {"account": self._account, "password": self._password})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of a GET."""
        # No parameters, not none of them: an empty table would take away what the path asks for.
        return _json(await self._http.get(path, params=parameters or None))

    async def fetch(self, path: str) -> bytes:
        """The bytes of a GET."""
        answer = await self._http.get(path)
        if answer.status_code >= 400:
            _json(answer)
        return answer.content

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON reply to a POST."""
        return _json(await self._http.post(path, json=body))

    async def send_file(self, path: str, file: Path) -> Any:
        """The JSON reply to a POST of a file's bytes."""
        content = await asyncio.to_thread(file.read_bytes)
        return _json(await self._http.post(path, content=content))

    async def hand_over(self, file: Path, **said: str) -> str:
        """Upload a file of a source as the page of files does (tus 1.0.0); returns its id."""
        content = await asyncio.to_thread(file.read_bytes)
        metadata = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}"
            for key, value in {**said, "filename": said.get("filename", file.name)}.items()
        )
        begun = await self._http.post(
            "/uploads",
            headers={
                **_TUS,
                "Upload-Length": str(len(content)),
                "Upload-Metadata": metadata,
            },
        )
        _json(begun)
        upload = begun.headers["Location"].rpartition("/")[2]
        kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        _json(
            await self._http.patch(f"/uploads/{upload}", content=content, headers={**_TUS, **kind})
        )
        return str(upload)

    async def download(self, path: str, target: Path) -> None:
        """Save a reply's bytes."""
        async with self._http.stream("GET", path) as response:
            if response.status_code != 200:
                raise DeskError(f"GET {path}: status {response.status_code}")
            with target.open("wb") as file:
                async for part in response.aiter_bytes():
                    file.write(part)

    @property
    def cookie(self) -> str:
        """The Cookie header of this login."""
        return "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())

    def open_socket(self, path: str) -> connect:
        """A WebSocket of the centre with this login."""
        return connect(
            self._address.replace("http", "ws", 1) + path,
            additional_headers={"Cookie": self.cookie, "Origin": self._address},
            compression=None,
            max_size=8 << 20,
            proxy=None,
        )

    @contextlib.asynccontextmanager
    async def line(
        self, case: str, kind: str, room: str | None, on_message: OnMessage
    ) -> AsyncIterator[DeskLine]:
        """A connected desk of a case; ``kind`` is wall, room or audit."""
        async with DeskLine(self, case, kind, room, on_message) as line:
            yield line


class DeskLine:
    """The WebSocket of a desk: comes back by itself and resumes where it was."""

    def __init__(
        self, desk: Desk, case: str, kind: str, room: str | None, on_message: OnMessage
    ) -> None:
        self._desk = desk
        self._hello = (case, kind, room)
        self._on_message = on_message
        self._cursor: int | None = None
        self._numbers = itertools.count(1)
        self._replies: dict[str, asyncio.Future[protocol.Ok]] = {}
        self._socket: ClientConnection | None = None
        self._connected = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> DeskLine:
        self._task = asyncio.create_task(self._follow(), name="demo-desk")
        async with asyncio.timeout(_REPLY_S):
            waiting = asyncio.create_task(self._connected.wait())
            await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        if self._task.done():
            self._task.result()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def command(self, make: Callable[[str], ClientMessage]) -> protocol.Ok:
        """Send a command made with a fresh id and wait until it is durable.

        Raises:
            DeskError: the centre refused it, or was silent.
        """
        number = str(next(self._numbers))
        future: asyncio.Future[protocol.Ok] = asyncio.get_running_loop().create_future()
        self._replies[number] = future
        try:
            async with asyncio.timeout(_REPLY_S):
                await self._connected.wait()
                assert self._socket is not None
                await self._socket.send(protocol.encode(make(number)).decode())
                return await future
        except TimeoutError as error:
            raise DeskError("the centre did not answer a command in time") from error
        except ConnectionClosed as error:
            raise DeskError("the connection was lost during a command") from error
        finally:
            self._replies.pop(number, None)

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(ConnectionClosed, OSError):
                async with self._desk.open_socket("/ws") as socket:
                    await self._talk(socket)
            self._connected.clear()
            await asyncio.sleep(0.5)

    async def _talk(self, socket: ClientConnection) -> None:
        case, kind, room = self._hello
        hello = protocol.Hello(
            protocol=protocol.VERSION, case=case, desk=kind, room=room, cursor=self._cursor
        )
        await socket.send(protocol.encode(hello).decode())
        self._socket = socket
        async for text in socket:
            arrived_us = time.time_ns() // 1000
            raw = text.encode() if isinstance(text, str) else text
            self._receive(protocol.decode_server(raw), arrived_us)

    def _receive(self, message: ServerMessage, arrived_us: int) -> None:
        if isinstance(message, protocol.Welcome):
            if self._cursor is None or not message.resumed:
                self._cursor = message.cursor
            self._connected.set()
        elif isinstance(message, protocol.Ok):
            if (waiting := self._replies.get(message.id)) and not waiting.done():
                waiting.set_result(message)
            return
        elif isinstance(message, protocol.Error):
            waiting = self._replies.get(message.id or "")
            if waiting and not waiting.done():
                waiting.set_exception(DeskError(f"{message.code}: {message.message}"))
            return
        elif isinstance(cursor := getattr(message, "cursor", None), int):
            self._cursor = cursor
        self._on_message(message, arrived_us)


def _json(response: httpx.Response) -> Any:
    if response.status_code >= 400:
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        said = problem.get("detail") or problem.get("title") or response.reason_phrase
        request = response.request
        raise DeskError(f"{request.method} {request.url.path}: {response.status_code} {said}")
    return response.json() if response.content else None
