"""Many real WebRTC publishers for a long time, with all that goes wrong; the books must balance.

The recorder runs in its own process; sources publish real H.264 and Opus over ICE, DTLS and SRTP.
What is done to them, by turns (``TROUBLES``): loss of packets, cuts of the network, reconnects, a
change of the picture's size, a publisher that is killed, pauses of sound, picture and both; and
the recorder itself is killed with SIGKILL once. Loss and cuts are made in our own sender. In the
end every session is closed and the store verified: for each track elapsed = recorded + gaps +
pauses, and the verifier finds nothing. Prints a table, then one line of JSON; exit status 1 when
anything is amiss.

There is no peer: it is a test, kept here because of its length.

Run: make soak, or .venv/bin/python -m benchmarks.soak [--sources 24] [--seconds 1800]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks._soak_publishers import TROUBLES, Task
from command_centre.recorder_router import RecorderRouter
from command_centre.supervisor import process_names
from command_centre.zmq_bus import ZmqBus
from config import messages as m
from config import recorder_messages as rm
from config.bus import Bus, BusError
from config.clock import SystemClock
from config.settings import Settings, load
from evidence_store.reader import LogReader
from evidence_store.verify import verify_path

_RECORDER = "recorder-1"
_PER_PROCESS = 6  # publishers
_SAMPLE_S = 5.0
_READY_S = 60.0
_SETTLE_S = 8.0  # for the last reconnect before the sessions are closed
_PAUSED_SHARE = 0.15  # of the time, each time


class Soak:
    """One run; owns the processes it starts."""

    def __init__(self, root: Path, sources: int, seconds: float, loss: float) -> None:
        self.root = root
        self.seconds = seconds
        self.loss = loss
        self.sources = [f"cam-{n:02d}" for n in range(1, sources + 1)]
        self.troubles = {
            source: TROUBLES[n % len(TROUBLES)] for n, source in enumerate(self.sources)
        }
        self.config = root / "duizhi.toml"
        self.settings = self._settings()
        self.recorder: asyncio.subprocess.Process | None = None
        self.publishers: list[asyncio.subprocess.Process] = []
        self.samples: list[tuple[float, float, int]] = []  # time, CPU seconds, resident bytes
        self.kills = 0
        self.before_kill: float | None = None  # MiB of the recorder that was killed, at the end
        self.wrong: list[str] = []
        self._cpu_before = 0.0  # of recorders that were killed

    def _settings(self) -> Settings:
        store, bus = self.root / "store", self.root / "bus"
        self.config.write_text(
            f'[store]\ndirectory = "{store}"\nminimum_free_bytes = 1000000\n'
            f'stop_free_bytes = 1000000\n[bus]\ndirectory = "{bus}"\n'
        )
        return load(self.config)

    # --- processes ------------------------------------------------------------------------

    async def start_recorder(self, bus: Bus) -> None:
        """Start it and wait until it answers."""
        with (self.root / "recorder.log").open("ab") as log:
            self.recorder = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "command_centre.process", _RECORDER,
                "--config", str(self.config), "--parent-pid", str(os.getpid()),
                stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(_READY_S):
            while True:
                try:
                    await ask(bus, "status", rm.StatusRequest(), rm.RecorderStatus)
                    return
                except BusError:
                    await asyncio.sleep(0.1)

    async def kill_recorder(self, bus: Bus) -> None:
        """kill -9, and another one at once, as the supervisor does it."""
        assert self.recorder is not None
        self.sample()
        self._cpu_before = self.samples[-1][1] if self.samples else 0.0
        self.before_kill = _mib(self.samples[-1][2]) if self.samples else None
        self.recorder.send_signal(signal.SIGKILL)
        await self.recorder.wait()
        self.kills += 1
        await self.start_recorder(bus)

    async def publish(self, tasks: list[Task]) -> asyncio.subprocess.Process:
        """One process of publishers."""
        with (self.root / "publishers.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benchmarks._soak_publishers", str(self.config),
                json.dumps([task.__dict__ for task in tasks]), stdout=log, stderr=log,
            )  # fmt: skip
        self.publishers.append(process)
        return process

    def sample(self) -> None:
        """How much the recorder has used so far."""
        if self.recorder is None or self.recorder.returncode is not None:
            return
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.recorder.pid)
            used = process.cpu_times()
            cpu_s = self._cpu_before + used.user + used.system
            self.samples.append((time.monotonic(), cpu_s, process.memory_info().rss))

    # --- the run --------------------------------------------------------------------------

    async def run(self) -> None:
        """Everything, from the first session to the last seal."""
        names = process_names(1)
        async with ZmqBus(self.settings.bus_path, "centre", names, 2000) as line:
            bus = RecorderRouter(line, (_RECORDER,))
            try:
                await self.start_recorder(bus)
                for source in self.sources:
                    await ask(bus, "open_session", opening(source), m.Done)
                await self._trouble(bus)
                await asyncio.sleep(_SETTLE_S)
                for source in self.sources:
                    closing = rm.CloseSession(session=f"s-{source}", closed_by="soak", reason="end")
                    await ask(bus, "close_session", closing, m.Done, timeout_s=40)
            finally:
                await self._stop()

    async def _trouble(self, bus: Bus) -> None:
        killed = [s for s in self.sources if "killed" in self.troubles[s]]
        others = [s for s in self.sources if s not in killed]
        for start in range(0, len(others), _PER_PROCESS):
            await self.publish([self._task(s) for s in others[start : start + _PER_PROCESS]])
        async with asyncio.TaskGroup() as group:
            ending = group.create_task(asyncio.sleep(self.seconds))
            group.create_task(self._watch(ending))
            for source in killed:
                group.create_task(self._kill_publisher(source))
            for source in self.sources:
                for what in self.troubles[source]:
                    if what.startswith("pause"):
                        group.create_task(self._pause(bus, source, what))
            group.create_task(self._kill_recorder_once(bus))

    def _task(self, source: str) -> Task:
        return Task(source, list(self.troubles[source]), self.loss, self.seconds)

    async def _watch(self, ending: asyncio.Task[None]) -> None:
        while not ending.done():
            self.sample()
            await asyncio.sleep(_SAMPLE_S)

    async def _kill_publisher(self, source: str) -> None:
        process = await self.publish([self._task(source)])
        await asyncio.sleep(self.seconds * 0.3)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.publishers.remove(process)
        await asyncio.sleep(min(10.0, self.seconds * 0.1))
        await self.publish([self._task(source)])

    async def _kill_recorder_once(self, bus: Bus) -> None:
        await asyncio.sleep(self.seconds * 0.6)
        await self.kill_recorder(bus)

    async def _pause(self, bus: Bus, source: str, what: str) -> None:
        """Twice: once in quiet, once over the death of the recorder."""
        tracks = {"pause": ["audio", "video"], "pause-audio": ["audio"], "pause-video": ["video"]}
        for at, share in ((0.2, _PAUSED_SHARE), (0.55, _PAUSED_SHARE)):
            await self._until(at)
            name = f"{source}-{at}"
            order = rm.PauseRoom(
                session=f"s-{source}", pause=name, tracks=tracks[what], reason="lawyer",
                by="soak", by_name="Soak",
            )  # fmt: skip
            await self._persist(bus, "pause_room", order)
            await self._until(at + share)
            resume = rm.ResumeRoom(session=f"s-{source}", pause=name, by="soak", by_name="Soak")
            await self._persist(bus, "resume_room", resume)

    async def _until(self, share: float) -> None:
        began = self.samples[0][0] if self.samples else time.monotonic()
        await asyncio.sleep(max(0.0, began + share * self.seconds - time.monotonic()))

    async def _persist(self, bus: Bus, method: str, request: Any) -> None:
        """The recorder may be away just then; the same order again is the same order."""
        for attempt in range(60):
            try:
                await ask(bus, method, request, rm.PauseState)
                return
            except BusError as error:
                if attempt == 59:
                    self.wrong.append(f"{method}: {error}")
                await asyncio.sleep(0.5)

    async def _stop(self) -> None:
        self.sample()
        for process in [*self.publishers, self.recorder]:
            if process is None:
                continue
            if process.returncode not in (None, 0):
                self.wrong.append(f"a process ended with {process.returncode}")
            if process.returncode is None:
                process.terminate()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 20)
            if process.returncode is None:
                process.kill()
                await process.wait()

    # --- the books ------------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        """Look at what is in the log and print it."""
        reader = LogReader(self.settings.store_path / _RECORDER / "log")
        entries = [json.loads(raw) for raw in reader.opened(0, reader.checkpoint().size)]
        gaps: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        closes: dict[str, dict[str, Any]] = {}
        for entry in entries:
            body = entry["body"]
            if entry["kind"] == "media.gap":
                for track in ("audio", "video"):
                    if body["track"] in ("all", track):
                        length_us = body["end_us"] - body["start_us"]
                        gaps[body["source"], track][body["cause"]] += length_us
            elif entry["kind"] == "recording.close":
                closes[body["source"]] = body
        heads = " ".join(f"{name:>8}" for name in ("elapsed", "recorded", "gaps", "pauses"))
        print(f"source   track  {heads}  skew ms  gaps by cause; what was done to it")
        for source in self.sources:
            self._row(source, closes.get(source), gaps)
        verified = verify_path(self.settings.store_path)
        self.wrong += [
            f"verifier: {one.code} {one.source} {one.detail}" for one in verified.findings
        ]
        return self._figures(len(closes), verified.verdict)

    def _row(
        self, source: str, close: dict[str, Any] | None,
        gaps: dict[tuple[str, str], dict[str, int]],
    ) -> None:  # fmt: skip
        done = self.troubles[source]
        if close is None or not close["recorded_us"]:
            self.wrong.append(f"{source}: nothing was recorded")
            return
        for track in ("video", "audio"):
            account = close["tracks"].get(track)
            if account is None:
                self.wrong.append(f"{source}: no {track}")
                continue
            elapsed_us = account["end_us"] - account["start_us"]
            explained_us = sum(account[name] for name in ("recorded_us", "gap_us", "pause_us"))
            if elapsed_us != explained_us:
                self.wrong.append(f"{source} {track}: {elapsed_us - explained_us} us unexplained")
            causes = {cause: round(us / 1e6, 1) for cause, us in gaps[source, track].items()}
            if track == "video" and "recorder" not in causes and not _paused_over_kill(done):
                self.wrong.append(f"{source}: the recorder's death is no gap")
            paused = any(w in ("pause", f"pause-{track}") for w in done)
            if paused and not account["pause_us"]:
                self.wrong.append(f"{source} {track}: no pause")
            parts = [elapsed_us, *(account[name] for name in ("recorded_us", "gap_us", "pause_us"))]
            numbers = " ".join(f"{us / 1e6:8.1f}" for us in parts)
            skew_ms = close["clock"]["worst_skew_us"] / 1000
            told = f"{causes}; {', '.join(done)}"
            print(f"{source:8} {track:6} {numbers} {skew_ms:8.1f}  {told}")

    def _figures(self, recordings: int, verdict: str) -> dict[str, Any]:
        first, last = self.samples[0], self.samples[-1]
        # growth after the first quarter: before that the sources are still arriving
        quarter = self.samples[len(self.samples) // 4]
        cores = (last[1] - first[1]) / max(1e-9, last[0] - first[0])
        return {
            "bench": "soak",
            "ours": recordings,
            "unit": "recordings whose seconds balance",
            "seconds": self.seconds,
            "loss": self.loss,
            "recorder_cores": round(cores, 3),
            "recorder_mib": [_mib(one[2]) for one in (first, quarter, last)],
            "recorder_mib_before_kill": self.before_kill,  # what comes after is another process
            "recorder_kills": self.kills,
            "verdict": verdict,
            "wrong": self.wrong,
        }


def _mib(size_bytes: int) -> float:
    return round(size_bytes / 2**20, 1)


def _paused_over_kill(done: tuple[str, ...]) -> bool:
    return any(what in ("pause", "pause-video") for what in done)


async def ask(
    bus: Bus, method: str, request: Any, reply: type[Any], *, timeout_s: float = 10.0
) -> Any:
    """One request to the recorder."""
    answer = await bus.request(m.RECORDER, method, m.encode(request), timeout_s=timeout_s)
    return m.decode(answer, reply)


def opening(source: str) -> rm.OpenSession:
    """The session of a source; each has its own room."""
    return rm.OpenSession(
        session=f"s-{source}", case="soak", case_number="1", room=f"room-{source}",
        room_name=source, kind="interview", people=[], opened_by="soak",
        t_us=SystemClock().now_us(),
    )  # fmt: skip


@contextlib.asynccontextmanager
async def _folder(keep: Path | None) -> AsyncIterator[Path]:
    root = keep or Path(tempfile.mkdtemp(prefix="dz-soak-"))
    root.mkdir(parents=True, exist_ok=True)
    try:
        yield root
    finally:
        if keep is None:
            shutil.rmtree(root, ignore_errors=True)


async def _main(options: argparse.Namespace) -> int:
    random.seed(1)
    async with _folder(options.keep) as root:
        soak = Soak(root, options.sources, options.seconds, options.loss)
        await soak.run()
        figures = soak.report()
        for line in soak.wrong:
            print(f"WRONG: {line}")
        print(json.dumps(figures, ensure_ascii=False))
        return 1 if soak.wrong else 0


def main(arguments: list[str] | None = None) -> int:
    """Run it; exit status 1 when the books do not balance."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.soak", description="A long run, accounted for."
    )
    parser.add_argument("--sources", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--loss", type=float, default=0.05, help="share of packets lost")
    parser.add_argument("--keep", type=Path, help="folder for the store and logs, kept")
    return asyncio.run(_main(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
