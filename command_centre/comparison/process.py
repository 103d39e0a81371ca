"""The engine's process as the centre sees it: start, send, wait for the answer, end.

It is started with the first order, so an installation where nobody speaks has none, and ends when
its standard input does, also when the centre is killed. It sees no file and no network.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence

import msgspec

from command_centre.comparison.orders import (
    LENGTH_BYTES,
    MESSAGE_BYTES_MAX,
    STATES,
    Order,
    State,
    frame,
)

COMMAND = (sys.executable, "-m", "command_centre.comparison.worker")
_ANSWER_S = 600.0  # a long case is read from its first word
_END_S = 5.0

#: The matrices are small: more threads only take the cores from the recorder.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class EngineDied(Exception):
    """The process is gone or does not make sense; start another and read everything again."""


class EngineProcess:
    """Owned by the comparison desk, on the event loop."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = tuple(command)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Its number, while it runs."""
        return self._process.pid if self._process else None

    async def send(self, orders: Sequence[Order]) -> None:
        """Send orders; the process is started when there is none.

        Raises:
            EngineDied: it went away.
        """
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, **ONE_THREAD},
            )
        assert self._process.stdin is not None
        try:
            for order in orders:
                self._process.stdin.write(frame(order))
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            await self.close()
            raise EngineDied("it closed its input") from error

    async def answer(self) -> State:
        """The next answer.

        Raises:
            EngineDied: it went away, or is silent for too long.
        """
        if self._process is None or self._process.stdout is None:
            raise EngineDied("it is not running")
        try:
            async with asyncio.timeout(_ANSWER_S):
                head = await self._process.stdout.readexactly(LENGTH_BYTES)
                length = int.from_bytes(head, "big")
                if length > MESSAGE_BYTES_MAX:
                    raise EngineDied("its answer is too long")
                return STATES.decode(await self._process.stdout.readexactly(length))
        except (asyncio.IncompleteReadError, TimeoutError, msgspec.MsgspecError) as error:
            await self.close()
            raise EngineDied(type(error).__name__) from error

    async def close(self) -> None:
        """End it at once, whatever it reads: it holds nothing that is not in the database."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
            try:
                async with asyncio.timeout(_END_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
