"""Sources that are pulled: one task each, for as long as the centre's plan names them.

Rules

1. The plan is the whole truth: ``carry_out`` starts what is new in it, restarts what has another
   address, session or login, and stops the rest. It may be sent again at any time.
2. A camera that was playing is asked again at once; each failure doubles the pause up to
   ``LONGEST_S``. A wrong password waits ``WRONG_PASSWORD_S``: cameras lock an account after a few.
3. A connection without media for ``SILENCE_US`` is let go.
4. A source whose session is sealed, or that somebody else publishes, is left alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from config.recorder_messages import PullPlan, PullSource
from config.words import PullFault
from recorder.connection import Connection
from recorder.errors import RecorderError, SessionClosed, SessionUnknown
from recorder.ingest.rtsp_pull import PullFailed, RtspPull
from recorder.ingest.rtsp_wire import BadAddress, read_address
from recorder.ingest.socket_round import SocketRound
from recorder.parts import Arrival
from recorder.recording import Recording

logger = logging.getLogger(__name__)

FIRST_S = 0.5
LONGEST_S = 30.0
WRONG_PASSWORD_S = 60.0
SILENCE_US = 6_000_000
_LOOK_S = 0.5


class Pulls:
    """Owned by the service; used on the event loop."""

    def __init__(self, admit: Callable[[Arrival], Recording], now_us: Callable[[], int]) -> None:
        self._admit = admit
        self._now_us = now_us
        self._sockets = SocketRound(now_us)
        self._running: dict[str, tuple[PullSource, asyncio.Task[None]]] = {}

    def carry_out(self, plan: PullPlan) -> None:
        """Pull what the plan names, and nothing else."""
        wanted = {source.source: source for source in plan.sources}
        for name, (running, task) in list(self._running.items()):
            if wanted.get(name) != running or task.done():
                task.cancel()
                del self._running[name]
        for name, source in wanted.items():
            if name not in self._running:
                task = asyncio.create_task(self._keep(source))
                self._running[name] = (source, task)

    async def stop(self) -> None:
        """Stop pulling."""
        tasks = [task for _, task in self._running.values()]
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, source: PullSource) -> None:
        pause_s = FIRST_S
        while True:
            recording: Recording | None = None
            try:
                recording = self._admit(source)
                await self._play(source, recording)
                pause_s = FIRST_S
                recording.trouble(PullFault.UNREACHABLE)
            except (SessionUnknown, SessionClosed):
                return
            except BadAddress:
                return  # the centre takes none like it
            except RecorderError:  # busy, too many, disk full
                pause_s = max(pause_s, 2.0)
            except PullFailed as failed:
                assert recording is not None
                recording.trouble(failed.fault)
                logger.info("%s: %s", source.source, failed)
                if failed.fault == PullFault.WRONG_PASSWORD:
                    pause_s = WRONG_PASSWORD_S
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_S, pause_s * 2)

    async def _play(self, source: PullSource, recording: Recording) -> None:
        """From connecting to the end of the connection."""
        address = replace(read_address(source.url), user=source.user, password=source.password)
        pull = await RtspPull.open(address)
        connection = Connection(recording, self._now_us())
        connection.peer, connection.kinds = pull, pull.kinds
        sink = _Sink(connection)
        if pull.left_out:
            logger.info("%s: recorded without %s", source.source, ", ".join(pull.left_out))
        recording.attach(connection)
        try:
            await pull.play(sink, self._sockets, self._now_us)
            while not sink.ended.is_set() and recording.connection is connection:
                last_us = connection.last_media_us or connection.opened_us
                if self._now_us() - last_us > SILENCE_US:
                    break
                try:
                    async with asyncio.timeout(_LOOK_S):
                        await sink.ended.wait()
                except TimeoutError:
                    continue
        finally:
            if recording.connection is connection:
                recording.ended(connection, "failed")
            await pull.close()


class _Sink:
    """The connection as a sink that also says when it is over."""

    def __init__(self, connection: Connection) -> None:
        self.ended = asyncio.Event()
        self._connection = connection
        self.on_frame = connection.on_frame
        self.on_lost = connection.on_lost
        self.on_sender_report = connection.on_sender_report

    def on_ended(self, reason: str) -> None:
        """See MediaSink."""
        self.ended.set()
        self._connection.on_ended(reason)
