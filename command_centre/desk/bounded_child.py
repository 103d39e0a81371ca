"""Runs one of our small programs over bytes from outside, in a process with limits, one at a time.

The program reads standard input and answers with a line of JSON, then bytes. Whatever it meets ends
that process only.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import msgspec

from command_centre.errors import Rejected

_TIMEOUT_S = 40.0


class BoundedChild:
    """One turn after the other; used on the event loop."""

    def __init__(self, module: str, code: str) -> None:
        self._module = module
        self._code = code  # of the refusal
        self._turn = asyncio.Lock()

    async def run(self, data: bytes, *arguments: str) -> tuple[dict[str, Any], bytes]:
        """What it says, and the bytes behind it.

        Raises:
            Rejected: it refused, crashed, or did not end in time.
        """
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._module, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    out, _ = await process.communicate(data)
            except TimeoutError as error:
                raise Rejected(self._code, "it takes too long to read") from error
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        line, _, rest = out.partition(b"\n")
        try:
            said: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise Rejected(self._code, "it is too large or too broken to read") from error
        if process.returncode != 0:
            raise Rejected(self._code, str(said.get("error", "it cannot be read")))
        return said, rest
