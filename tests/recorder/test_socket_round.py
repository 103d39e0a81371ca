"""Many sockets in one round."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from recorder.ingest.socket_round import SocketRound


class Reader:
    def __init__(self, fails: bool = False) -> None:
        self.data = b""
        self.gone = False
        self._fails = fails

    def received(self, data: bytes, now_us: int) -> None:
        assert now_us == 5
        if self._fails:
            raise RuntimeError("a reader that raises")
        self.data += data

    def disconnected(self) -> None:
        self.gone = True


async def _until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_every_socket_is_read_and_one_that_fails_stops_nobody() -> None:
    loop = asyncio.get_running_loop()
    complaints: list[object] = []
    loop.set_exception_handler(lambda _, context: complaints.append(context["exception"]))
    rounds = SocketRound(lambda: 5)
    pairs = [socket.socketpair() for _ in range(3)]
    readers = [Reader(), Reader(fails=True), Reader()]
    for (_, ours), reader in zip(pairs, readers, strict=True):
        ours.setblocking(False)
        rounds.add(ours, reader)
    for theirs, _ in pairs:
        theirs.sendall(b"x" * 3000)
    await _until(lambda: readers[0].data and readers[2].data)
    assert len(complaints) == 1
    rounds.remove(pairs[0][1])
    rounds.remove(pairs[0][1])
    pairs[0][0].sendall(b"more")
    pairs[2][0].close()
    await _until(lambda: readers[2].gone)
    assert readers[0].data == b"x" * 3000
    for pair in pairs:
        for sock in pair:
            sock.close()
