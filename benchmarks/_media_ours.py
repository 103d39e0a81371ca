"""The recorder as ``benchmarks.media`` runs it: real processes, asked over the real bus."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

from command_centre.zmq_bus import ZmqBus
from config import messages as m
from config import recorder_messages as rm
from config.bus import BusError
from config.clock import SystemClock
from config.recorders import recorder_names
from evidence_store.reader import LogReader

_SERVICE = recorder_names(1)[0]
_PER_SESSION = 4  # publishers in one interview
_HIGH_WATER = 2000


class OurServer:
    """An async context manager: one or two recorders, each with its own store."""

    name = "duizhi"

    def __init__(
        self, folder: Path, processes: int, module: str = "command_centre.process"
    ) -> None:
        self._recorders = [_Recorder(folder / f"r{number}", module) for number in range(processes)]
        self._stack = contextlib.AsyncExitStack()

    @property
    def pids(self) -> list[int]:
        """The processes that are measured."""
        return [recorder.pid for recorder in self._recorders]

    async def __aenter__(self) -> OurServer:
        for recorder in self._recorders:
            await self._stack.enter_async_context(recorder)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def signal(self, number: int, offer: str) -> str:
        """Publisher ``number`` goes to a recorder by turns."""
        recorder = self._recorders[number % len(self._recorders)]
        return await recorder.signal(number, offer)

    async def pull(self, url: str, count: int) -> None:
        """Let the first recorder fetch ``count`` cameras (``benchmarks.rtsp``)."""
        await self._recorders[0].pull(url, count)

    async def finish(self) -> tuple[int, int]:
        """Close the sessions; pictures and sound packets in the logs."""
        counts = [await recorder.finish() for recorder in self._recorders]
        return sum(c[0] for c in counts), sum(c[1] for c in counts)


class _Recorder:
    def __init__(self, folder: Path, module: str) -> None:
        self._folder = folder
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._sessions: set[str] = set()
        self._opening = asyncio.Lock()
        self._bus = ZmqBus(folder / "bus", "centre", (_SERVICE,), _HIGH_WATER)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> _Recorder:
        self._process = self._start()
        await self._bus.__aenter__()
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(BusError):
                    await self._ask("status", rm.StatusRequest(), 2.0)
                    return self
                if self._process.poll() is not None:
                    raise RuntimeError((self._folder / "log").read_text())
                await asyncio.sleep(0.1)

    def _start(self) -> subprocess.Popen[bytes]:
        self._folder.mkdir()
        config = self._folder / "site.toml"
        config.write_text(
            f'[store]\ndirectory = "{self._folder / "store"}"\n'
            f'[bus]\ndirectory = "{self._folder / "bus"}"\n[recorder]\nmax_sources = 200\n'
        )
        command = [sys.executable, "-m", self._module, _SERVICE]
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(
                [*command, "--config", str(config)], stdout=log, stderr=subprocess.STDOUT
            )

    async def __aexit__(self, *_: object) -> None:
        await self._bus.__aexit__(None, None, None)
        if self._process is not None:
            self._process.terminate()
            await asyncio.to_thread(self._process.wait, 30)

    async def signal(self, number: int, offer: str) -> str:
        session = f"s-{number // _PER_SESSION}"
        async with self._opening:
            if session not in self._sessions:
                await self._ask("open_session", _opening(session))
                self._sessions.add(session)
        request = rm.WhipOffer(
            source=f"cam-{number}",
            source_name="Camera",
            source_kind="room_camera",
            session=session,
            room=session,
            channels=["interviewer", "interviewee"],
            sdp=offer,
        )
        return m.decode(await self._ask("whip_offer", request), rm.WhipAnswer).sdp

    async def pull(self, url: str, count: int) -> None:
        sources: list[rm.PullSource] = []
        for number in range(count):
            session = f"s-{number // _PER_SESSION}"
            if session not in self._sessions:
                await self._ask("open_session", _opening(session))
                self._sessions.add(session)
            source = rm.PullSource(
                source=f"cam-{number}",
                source_name="Camera",
                source_kind="room_camera",
                session=session,
                room=session,
                channels=[],
                url=url,
            )
            sources.append(source)
        await self._ask("pull_plan", rm.PullPlan(sources=sources))

    async def finish(self) -> tuple[int, int]:
        for session in self._sessions:
            closing = rm.CloseSession(session=session, closed_by="bench", reason="done")
            await self._ask("close_session", closing)
        return await asyncio.to_thread(self._count)

    def _count(self) -> tuple[int, int]:
        (log,) = (self._folder / "store").glob("*/log")
        reader = LogReader(log)
        entries = (json.loads(raw) for raw in reader.opened(0, reader.checkpoint().size))
        bodies = [entry["body"] for entry in entries if entry["kind"] == "media.segment"]
        return sum(b["frames"] for b in bodies), sum(b["audio_packets"] for b in bodies)

    async def _ask(self, method: str, request: m.Message, timeout_s: float = 30.0) -> bytes:
        return await self._bus.request(_SERVICE, method, m.encode(request), timeout_s=timeout_s)


def _opening(session: str) -> rm.OpenSession:
    return rm.OpenSession(
        session=session,
        case="case-1",
        case_number="1",
        room=session,
        room_name="Room",
        kind="interview",
        people=[rm.Person(name="A", role="interviewee")],
        opened_by="bench",
        t_us=SystemClock().now_us(),
    )
