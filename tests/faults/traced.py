"""Faults at every system call of a real process, made by strace.

A child is forked for each case, strace attaches to it, then it acts on real files. strace counts
the calls of each thread apart, so the n-th call of a kind fails, or is the process's last, in
whichever thread makes n of them; with two directories both disks may be hit in one run. What the
child was told is in memory shared with this process, which no system call writes.
"""

from __future__ import annotations

import faulthandler
import mmap
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence_store.writer import Appended
from tests.faults.check import check
from tests.faults.in_process import Result
from tests.faults.scenarios import SCENARIOS, Scenario, Stage, Told, shared_memory

SYSCALLS = (
    *("openat", "write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat2"),
    *("mkdir", "unlink", "rmdir", "ftruncate", "close", "linkat", "link"),
)
INJECTIONS = ("error=EIO", "error=ENOSPC", "signal=KILL")
_CASE_S = 30
_TRIES = 3
_RECORD = struct.Struct("<Q32s")
_MAX = 200


@dataclass(frozen=True)
class TracedCase:
    """The ``at``-th call of a kind in a scenario."""

    scenario: Scenario
    syscall: str
    injection: str
    at: int


class _SharedTold(Told):
    """What the child was told, in memory that outlives it."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, 4096 + _MAX * _RECORD.size)
        super().__init__()

    @property
    def opened(self) -> bool:
        return self.memory[0] == 1

    @opened.setter
    def opened(self, value: bool) -> None:
        self.memory[0] = int(value)

    @property
    def refused(self) -> int:
        return self.memory[1]

    @refused.setter
    def refused(self, value: int) -> None:
        self.memory[1] = min(value, 255)

    def entry(self, item: Appended) -> None:
        count = self.memory[8]
        position = 4096 + count * _RECORD.size
        self.memory[position : position + _RECORD.size] = _RECORD.pack(item.index, item.leaf_hash)
        self.memory[8] = count + 1

    def read(self) -> Told:
        told = Told()
        told.opened, told.refused = self.opened, self.refused
        for number in range(self.memory[8]):
            index, leaf = _RECORD.unpack_from(self.memory, 4096 + number * _RECORD.size)
            told.acknowledged[index] = leaf
        return told


def available() -> str:
    """Why there can be no traced runs here; empty when there can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    try:
        scope = Path("/proc/sys/kernel/yama/ptrace_scope").read_text().strip()
    except OSError:
        scope = "0"
    return "ptrace is not allowed" if scope != "0" and os.geteuid() != 0 else ""


def traced_cases() -> Iterator[TracedCase]:
    """Every occurrence in every scenario."""
    for scenario in SCENARIOS:
        counts = _counts(scenario)
        for syscall in SYSCALLS:
            for injection in INJECTIONS:
                for at in range(1, counts[syscall] + 1):
                    yield TracedCase(scenario, syscall, injection, at)


def _counts(scenario: Scenario) -> Counter[str]:
    """The most calls of each kind that one thread makes."""
    with _Run(scenario, ["-e", "trace=" + ",".join(f"?{name}" for name in SYSCALLS)]) as run:
        per_thread: Counter[tuple[str, str]] = Counter()
        for line in run.trace.read_text().splitlines():
            match = re.match(r"(?:\[pid )?\s*(\d+)\]?\s+(?:<\.\.\. )?(\w+)[( ]", line)
            if match and "resumed" not in line:
                per_thread[match[1], match[2]] += 1
    most: Counter[str] = Counter()
    for (_, name), count in per_thread.items():
        most[name] = max(most[name], count)
    return most


class Stuck(AssertionError):
    """The child did not end."""


def run_traced(case: TracedCase) -> Result:
    """One occurrence, and the checker behind it.

    A child forked without exec may hang in OpenSSL, whose locks it inherited; so one that hangs is
    run again, and what hangs every time is a fault of ours.
    """
    for _ in range(_TRIES - 1):
        try:
            return _run_once(case)
        except Stuck:
            continue
    return _run_once(case)


def _run_once(case: TracedCase) -> Result:
    what = f"inject={case.syscall}:{case.injection}:when={case.at}"
    names = (case.scenario.name, case.syscall, case.injection.partition("=")[2])
    with _Run(case.scenario, ["-e", f"trace={case.syscall}", "-e", what]) as run:
        run.stage.told = run.told.read()
        try:
            outcome = check(run.stage)
        except Exception as error:  # noqa: BLE001  whatever it is, it is a line of the table
            return Result(*names, "WRONG", f"{case.at}: {error!r}")
        if run.killed and outcome != "not opened":
            outcome = "ended"
    return Result(*names, outcome)


class _Run:
    """A child that acts under strace; when entered it has ended."""

    def __init__(self, scenario: Scenario, options: list[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="duizhi-faults-", dir=shared_memory())
        self._scenario, self._options = scenario, options
        self.trace = Path(self._folder.name) / "trace"
        self.stage = Stage(Path(self._folder.name), scenario.two)
        self.told = _SharedTold()
        self.killed = False

    def __enter__(self) -> _Run:
        self._scenario.prepare(self.stage)
        self.stage.told = self.told
        gate, open_gate = os.pipe()
        child = os.fork()
        if child == 0:
            self._child(gate)
        os.close(gate)
        command = ["strace", "-f", "-q", "-o", str(self.trace), *self._options, "-p", str(child)]
        strace = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait_attached(child)
            os.write(open_gate, b"x")
            self.killed = self._wait(child)
        finally:
            os.close(open_gate)
            strace.wait(timeout=_CASE_S)
        return self

    def __exit__(self, *exception: object) -> None:
        self._folder.cleanup()
        self.told.memory.close()

    def _child(self, gate: int) -> None:
        """Never returns."""
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            stuck = (self.stage.top / "stuck").open("w")
            faulthandler.dump_traceback_later(_CASE_S - 10, file=stuck)
            select.select([gate], [], [], _CASE_S)
            self._scenario.act(self.stage, [])
        finally:
            os._exit(0)

    def _wait_attached(self, child: int) -> None:
        deadline = time.monotonic() + _CASE_S
        while time.monotonic() < deadline:
            status = Path(f"/proc/{child}/status").read_text()
            if "TracerPid:\t0\n" not in status:
                return
            time.sleep(0.002)
        raise AssertionError("strace attaches within a minute")

    def _wait(self, child: int) -> bool:
        """Wait for the child; whether it was killed by the injection."""
        deadline = time.monotonic() + _CASE_S
        while time.monotonic() < deadline:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.WIFSIGNALED(status)
            time.sleep(0.002)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        stuck = (self.stage.top / "stuck").read_text()
        raise Stuck(f"the child ends within {_CASE_S} s; it was at {stuck}")


if __name__ == "__main__":
    print(_counts(SCENARIOS[int(sys.argv[1])]))
