"""Starts and watches the processes of one installation.

Each child tells through a pipe that it is ready and, once a second, that its event loop turns.
A child that ends, or whose loop has not turned for ``SILENCE_S``, is started again after a pause
that doubles up to ``MAX_PAUSE_S`` and falls back once it has run for ``STABLE_S``. A child that
starts and says that it reads a long log has as long as it says so: ended there, it would begin the
same reading again, and never record. Children are told by the kernel when the supervisor dies, so
no half of an installation is left behind.

Recording comes first: the recorder is the last to be stopped, and a fault of one process never
stops another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from command_centre.process_state import FaultSeen, ProcessState, write_states
from config.kept import load_site
from config.recorders import recorder_names

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.2
MAX_PAUSE_S = 5.0
STABLE_S = 10.0
#: A loop that has not turned for this long hangs. Generous: a loaded machine is not a fault.
SILENCE_S = 30.0
START_S = 60.0  # from start, or from the last sign of life, to ready
STOP_S = 15.0  # from SIGTERM to SIGKILL

#: In the order of starting; stopped in the reverse order, so the recorder goes last.
NAMES = ("recorder-1", "transcriber", "watcher", "centre")  # with one recorder


def process_names(recorders: int) -> tuple[str, ...]:
    """All processes of an installation with this many recorders, in the order of starting."""
    return (*recorder_names(recorders), *NAMES[1:])


#: Exit status of a child that cannot run until a person changes something (sysexits EX_CONFIG).
EXIT_CONFIGURATION = 78


class SupervisorError(Exception):
    """The installation cannot be started; the message says what to change."""


class ChildState(StrEnum):
    """What the supervisor knows of a child."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"  # ended; will be started again after a pause
    STOPPED = "stopped"
    REFUSED = "refused"  # cannot run until a person changes something


@dataclass
class Child:
    """One watched process. Owned by its watching task."""

    name: str
    state: ChildState = ChildState.STOPPED
    pid: int | None = None
    starts: int = 0
    started_at: float = 0.0
    read_at: float = 0.0  # on the loop's clock: when this process last said that it reads its log
    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    last_words: str = ""
    started_us: int = 0  # wall clock
    last_exit: int | None = None
    fault: FaultSeen | None = None


class Supervisor:
    """Use as an async context manager; entering starts all processes, leaving stops them.

    Without ``names`` the processes are those of the settings. How they are is written into the
    directory ``board`` (process_state.py), by default that of the bus.

    Raises:
        SettingsError: the settings file cannot be used.
    """

    def __init__(
        self,
        config_file: Path | None,
        *,
        log_directory: Path | None = None,
        names: tuple[str, ...] | None = None,
        board: Path | None = None,
        command: tuple[str, ...] = (sys.executable, "-m", "command_centre.process"),
    ) -> None:
        self._config_file = config_file
        self._log_directory = log_directory
        self._command = command
        if names is None:
            settings = load_site(config_file)
            names, board = process_names(settings.recorder.processes), settings.bus_path
        self._board = board
        self._children = {name: Child(name) for name in names}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def __aenter__(self) -> Supervisor:
        if self._log_directory:
            self._log_directory.mkdir(parents=True, exist_ok=True)
        for child in self._children.values():
            self._tasks[child.name] = asyncio.create_task(self._watch(child), name=child.name)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def children(self) -> Mapping[str, Child]:
        """The watched processes by name."""
        return self._children

    def state(self) -> dict[str, dict[str, object]]:
        """State, process number and number of starts of every process."""
        return {
            name: {"state": str(child.state), "pid": child.pid, "starts": child.starts}
            for name, child in self._children.items()
        }

    def _tell(self) -> None:
        """Write down how the processes are, for the centre's page of them."""
        if self._board is None:
            return
        write_states(
            self._board,
            [
                ProcessState(
                    name=child.name,
                    state=str(child.state),
                    pid=child.pid,
                    starts=child.starts,
                    started_us=child.started_us,
                    last_exit=child.last_exit,
                    fault=child.fault,
                )
                for child in self._children.values()
            ],
        )

    async def wait_ready(self, timeout_s: float = START_S) -> None:
        """Until every process is ready; whoever reads a long log may take longer.

        Raises:
            SupervisorError: one refused to run, or was not ready in time.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        waiting = [asyncio.ensure_future(c.ready.wait()) for c in self._children.values()]
        try:
            while not all(w.done() for w in waiting):
                for child in self._children.values():
                    if child.state is ChildState.REFUSED:
                        raise SupervisorError(
                            child.last_words or f"{child.name} cannot run; see its log"
                        )
                    silent_s = clock() - max(began, child.read_at)
                    if not child.ready.is_set() and silent_s > timeout_s:
                        raise SupervisorError(
                            f"not ready after {timeout_s:g} s: {child.name}; see its log"
                        )
                await asyncio.wait(waiting, timeout=0.1)
        finally:
            for future in waiting:
                future.cancel()

    async def wait_refused(self) -> str:
        """Until a process refuses to run; returns what it said."""
        while True:
            for child in self._children.values():
                if child.state is ChildState.REFUSED:
                    return child.last_words or f"{child.name} cannot run"
            await asyncio.sleep(0.5)

    async def stop(self) -> None:
        """Stop all, the recorder last. Idempotent."""
        self._stopping = True
        for name in reversed(list(self._children)):
            task = self._tasks.pop(name, None)
            if task is None:
                continue
            await _end(self._children[name])
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self._children[name].state = ChildState.STOPPED

    async def _watch(self, child: Child) -> None:
        pause = FIRST_PAUSE_S
        while not self._stopping:
            status = await self._run_once(child)
            child.ready.clear()
            child.read_at = 0.0
            child.pid = None
            child.last_exit = status
            if self._stopping:
                return
            if status == EXIT_CONFIGURATION:
                child.state = ChildState.REFUSED
                self._tell()
                logger.error("%s cannot run: %s", child.name, child.last_words)
                return
            child.state = ChildState.WAITING
            self._tell()
            if time.monotonic() - child.started_at > STABLE_S:
                pause = FIRST_PAUSE_S
            logger.warning("%s ended with %s; again in %.1f s", child.name, status, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, MAX_PAUSE_S)

    async def _run_once(self, child: Child) -> int:
        """Start the child, follow its pulse, and return its exit status."""
        pulse_read, pulse_write = os.pipe()
        log = self._open_log(child.name)
        try:
            child.process = await asyncio.create_subprocess_exec(
                *self._command,
                child.name,
                *(("--config", str(self._config_file)) if self._config_file else ()),
                "--pulse-fd",
                str(pulse_write),
                "--parent-pid",
                str(os.getpid()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(pulse_write,),
                start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops in order
            )
        finally:
            os.close(pulse_write)
            if log is not None:
                os.close(log)
        child.pid = child.process.pid
        child.starts += 1
        child.started_at = time.monotonic()
        child.started_us = time.time_ns() // 1000
        child.state = ChildState.STARTING
        self._tell()
        follower = asyncio.create_task(self._follow(child, pulse_read))
        try:
            return await child.process.wait()
        finally:
            await asyncio.wait({follower}, timeout=1)  # its last words may still be in the pipe
            follower.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await follower

    async def _follow(self, child: Child, descriptor: int) -> None:
        """Read the pulse: a ``ready`` line, then a beat a second; ``error ...`` is last words.

        Before that ``reading`` lines, while a long log is read.
        """
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb")
        )
        limit = START_S
        try:
            while True:
                async with asyncio.timeout(limit):
                    line = (await reader.readline()).decode().rstrip("\n")
                if line == "ready":
                    child.state = ChildState.RUNNING
                    self._tell()
                    child.ready.set()
                    limit = SILENCE_S
                elif line == "reading":
                    child.read_at = loop.time()
                elif line.startswith("error "):
                    child.last_words = line.removeprefix("error ")
                elif line.startswith("fault "):
                    _, module, what = [*line.split(" ", 2), ""][:3]
                    child.fault = FaultSeen(
                        t_us=time.time_ns() // 1000, module=module[:100], what=what[:100]
                    )
                    self._tell()
                elif not line:
                    return  # the pipe is closed: the process has ended or is about to
        except TimeoutError:
            logger.error("%s has been silent for %.0f s; ending it", child.name, limit)
            if child.process is not None and child.process.returncode is None:
                child.process.kill()
        finally:
            transport.close()

    def _open_log(self, name: str) -> int | None:
        if self._log_directory is None:
            return None
        path = self._log_directory / f"{name}.log"
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


async def _end(child: Child) -> None:
    process = child.process
    if process is None or process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        logger.error("%s did not stop in %.0f s; ending it", child.name, STOP_S)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
