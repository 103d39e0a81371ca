"""The supervisor, with real processes that behave in the ways ours might."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import textwrap
from pathlib import Path
from typing import cast

import psutil
import pytest

from command_centre import supervisor as module
from command_centre.process_state import FILE, FaultTeller, ProcessState, read_states
from command_centre.supervisor import Child, ChildState, Supervisor, SupervisorError

CHILD = textwrap.dedent(
    """
    import argparse, os, signal, sys, time
    p = argparse.ArgumentParser()
    p.add_argument("name"); p.add_argument("--config"); p.add_argument("--pulse-fd", type=int)
    p.add_argument("--parent-pid", type=int)
    o = p.parse_args()
    def say(line): os.write(o.pulse_fd, line.encode() + b"\\n")
    if o.name == "refuses":
        say("error port 1 is taken")
        sys.exit(78)
    def end(*_):
        with open(o.config, "a") as f: f.write(o.name + "\\n")
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    say("ready")
    if o.name == "faulty":
        say("fault recorder.service OSError")
    if o.name == "hangs":
        time.sleep(600)
    while True:
        say("beat"); time.sleep(0.05)
    """
)


@pytest.fixture
def command(tmp_path: Path) -> tuple[str, ...]:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    return (sys.executable, str(script))


def _supervisor(tmp_path: Path, command: tuple[str, ...], *names: str) -> Supervisor:
    return Supervisor(
        tmp_path / "stopped.txt", log_directory=tmp_path / "logs", names=names, command=command
    )


async def _until(condition: object, timeout_s: float = 10) -> None:
    assert callable(condition)
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)


async def test_all_start_and_stop_in_reverse_order(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    async with _supervisor(tmp_path, command, "first", "second") as supervisor:
        await supervisor.wait_ready()
        assert {c.state for c in supervisor.children.values()} == {ChildState.RUNNING}
    assert (tmp_path / "stopped.txt").read_text().split() == ["second", "first"]
    assert {s["state"] for s in supervisor.state().values()} == {ChildState.STOPPED}


async def test_a_killed_child_comes_back_and_the_other_is_left_alone(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    async with _supervisor(tmp_path, command, "first", "second") as supervisor:
        await supervisor.wait_ready()
        before = {n: c.pid for n, c in supervisor.children.items()}
        assert before["first"] is not None
        os.kill(before["first"], signal.SIGKILL)
        await _until(lambda: supervisor.children["first"].starts == 2)
        await supervisor.wait_ready()
        assert supervisor.children["first"].pid != before["first"]
        assert supervisor.children["second"].pid == before["second"]
        assert supervisor.children["second"].starts == 1


async def test_a_child_that_hangs_is_started_again(
    tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENCE_S", 0.5)
    async with _supervisor(tmp_path, command, "hangs", "lives") as supervisor:
        await _until(lambda: supervisor.children["hangs"].starts == 2)
        assert supervisor.children["lives"].starts == 1


async def test_a_child_that_cannot_run_is_not_tried_again_and_says_why(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    async with _supervisor(tmp_path, command, "first", "refuses") as supervisor:
        with pytest.raises(SupervisorError, match="port 1 is taken"):
            await supervisor.wait_ready()
        assert supervisor.children["refuses"].state is ChildState.REFUSED
        assert supervisor.children["refuses"].starts == 1
        assert await supervisor.wait_refused() == "port 1 is taken"


async def test_not_ready_in_time_names_the_late_one(tmp_path: Path) -> None:
    never = (sys.executable, "-c", "import time; time.sleep(600)")
    async with _supervisor(tmp_path, never, "slow") as supervisor:
        with pytest.raises(SupervisorError, match="slow"):
            await supervisor.wait_ready(timeout_s=0.5)


class Fallen:
    """A process that is only asked whether it is still there."""

    def __init__(self) -> None:
        self.returncode: int | None = None
        self.killed = False

    def kill(self) -> None:
        self.killed = True


class Later:
    """The clock of the running loop, set forward by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        real = loop.time
        self.s = 0.0
        monkeypatch.setattr(loop, "time", lambda: real() + self.s)


async def test_a_child_that_reads_a_long_log_is_not_ended(
    tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    later, fallen = Later(monkeypatch), Fallen()
    child = Child("recorder-1", process=cast("asyncio.subprocess.Process", fallen))
    supervisor = _supervisor(tmp_path, command, "first")
    read, write = os.pipe()
    following = asyncio.create_task(supervisor._follow(child, read))
    for _ in range(5):
        before = child.read_at
        os.write(write, b"reading\n")
        await _until(lambda before=before: child.read_at > before)
        later.s += 0.9 * module.START_S
        await asyncio.sleep(0)
    assert not fallen.killed
    later.s += 0.2 * module.START_S  # and says nothing more
    await following
    assert fallen.killed
    os.close(write)


async def test_whoever_waits_goes_on_while_a_child_reads(
    tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Later(monkeypatch)
    supervisor = _supervisor(tmp_path, command, "first")
    child = supervisor.children["first"]
    waiting = asyncio.create_task(supervisor.wait_ready())
    await asyncio.sleep(0)
    for _ in range(5):
        later.s += 0.9 * module.START_S
        child.read_at = asyncio.get_running_loop().time()
        await asyncio.sleep(0)
    assert not waiting.done()
    later.s += 1.1 * module.START_S
    with pytest.raises(SupervisorError, match="first"):
        await waiting


async def test_stopping_leaves_no_descriptor_and_no_process(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    me = psutil.Process()

    async def life() -> None:
        async with _supervisor(tmp_path, command, "first") as supervisor:
            await supervisor.wait_ready()

    others = set(me.children())  # of tests before this one
    await life()
    before = me.num_fds()
    for _ in range(5):
        await life()
    assert me.num_fds() <= before
    assert set(me.children()) <= others


async def test_how_they_are_is_written_down(tmp_path: Path, command: tuple[str, ...]) -> None:
    board = tmp_path / "board"
    supervisor = Supervisor(
        tmp_path / "stopped.txt", names=("faulty", "refuses"), board=board, command=command
    )

    def of(name: str) -> ProcessState | None:
        return next((one for one in read_states(board) if one.name == name), None)

    async with supervisor:
        await _until(lambda: (one := of("faulty")) is not None and one.fault is not None, 30)
        await _until(lambda: (one := of("refuses")) is not None and one.state == "refused", 30)
        first, refused = of("faulty"), of("refuses")
        assert first
        assert first.fault
        assert refused
        assert (first.state, first.starts, first.last_exit) == ("running", 1, None)
        assert (first.fault.module, first.fault.what) == ("recorder.service", "OSError")
        assert (refused.last_exit, refused.pid) == (78, None)
        os.kill(first.pid or 0, signal.SIGKILL)
        await _until(lambda: (one := of("faulty")) is not None and one.starts == 2, 30)
        again = of("faulty")
        assert again
        assert again.last_exit == -signal.SIGKILL
    (board / FILE).write_text("{")
    assert read_states(board) == []


def test_of_an_error_only_the_class_is_told() -> None:
    said: list[str] = []
    teller = FaultTeller(said.append)
    log = logging.getLogger("tests.fault_teller")
    log.addHandler(teller)
    log.propagate = False
    try:
        raise OSError("a secret name")
    except OSError:
        log.exception("about a secret name")
    log.error("a secret name")
    log.warning("nothing")
    assert said == ["fault tests.fault_teller OSError", "fault tests.fault_teller"]
