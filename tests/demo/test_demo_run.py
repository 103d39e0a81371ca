"""`duizhi demo` as a visitor starts it: real processes, real WebRTC, real model, real package."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.demo.conftest import DemoRun

pytestmark = [pytest.mark.e2e, pytest.mark.model, pytest.mark.slow]

DEMO = [sys.executable, "-m", "command_centre.cli", "demo"]
VERIFY = [sys.executable, "-m", "command_centre.cli", "verify"]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """On the disk, as for a visitor; other tests write into memory (tests/conftest.py)."""
    with tempfile.TemporaryDirectory(prefix="duizhi-", dir="/var/tmp") as name:
        yield Path(name)


def test_a_short_headless_run_holds(demo_run: DemoRun) -> None:
    done = demo_run.done
    assert done.returncode == 0, done.stdout + done.stderr + _logs(demo_run.store)
    for what in ("room1: words recognised", "prompt in room2", "package: its own verify.py"):
        assert re.search(what.replace(" ", r"\s+"), done.stdout), done.stdout
    assert "missed" not in done.stdout
    packages = list(demo_run.export.rglob("verify.py"))
    assert len(packages) == 1
    assert _filled(demo_run.store) == FILLED


#: What the people of the story did before the visitor came: tasks, exhibits, cases; signed records,
#: files handed over, packages, changes of keeper.
FILLED = (9, 2, 3, 1, 1, 1, 1)


def _filled(store: Path) -> tuple[int, ...]:
    with contextlib.closing(sqlite3.connect(store / "centre" / "centre.sqlite")) as database:
        return tuple(
            int(database.execute(f"select count(*) from {table}").fetchone()[0])
            for table in (
                *("task", "exhibit", "case_file", "record_document where signed_us is not null"),
                *("upload", "export where reason <> '演示导出'", "custody"),
            )
        )


@contextlib.contextmanager
def _recording_demo(store: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo without end, once its sources record."""
    process = subprocess.Popen(
        [*DEMO, "--headless", "--no-past", "--store", str(store)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        deadline = time.monotonic() + 120
        for line in process.stdout:
            if re.match(r"drone-01\s+recording", line):
                break
            assert time.monotonic() < deadline, _logs(store)
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_ctrl_c_seals_the_sessions(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with _recording_demo(store) as process:
        os.kill(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0, rest + _logs(store)
    assert "closed and sealed" in rest
    verified = subprocess.run([*VERIFY, str(store)], capture_output=True, text=True, timeout=120)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_killed_demo_leaves_nothing_running_and_its_store_goes_on(tmp_path: Path) -> None:
    with _recording_demo(tmp_path / "store") as process:
        children = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=30)
    assert len(children) >= 7  # recorder, transcriber, centre, four publishers
    assert alive == []
    again = [
        *DEMO,
        "--headless",
        "--seconds",
        "12",
        "--no-past",
        "--store",
        str(tmp_path / "store"),
    ]
    place = ["--export", str(tmp_path / "export"), "--from", "125"]
    done = subprocess.run([*again, *place], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr + _logs(tmp_path / "store")
    assert _filled(tmp_path / "store")[:3] == FILLED[:3]  # not done a second time


def test_a_busy_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [*DEMO, "--headless", "--seconds", "5", "--port", str(port)]
        done = subprocess.run(
            [*command, "--store", str(tmp_path / "store")],
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 2
    assert f"port {port} is taken" in done.stdout
    assert "--port" in done.stdout


def _logs(store: Path) -> str:
    """The ends of the processes' logs, for a failure's report."""
    return "".join(
        f"\n--- {path.name}\n{path.read_text(errors='replace')[-3000:]}"
        for path in sorted((store / "logs").glob("*.log"))
    )
