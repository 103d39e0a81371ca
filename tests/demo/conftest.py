"""One run of the demo for all tests that look at what it leaves."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class DemoRun:
    """A headless run that has ended: what it printed, its store, its package."""

    done: subprocess.CompletedProcess[str]
    store: Path
    export: Path


@pytest.fixture(scope="session")
def demo_run() -> Iterator[DemoRun]:
    """With what the people of the story did before; on the disk, as for a visitor."""
    with tempfile.TemporaryDirectory(prefix="duizhi-", dir="/var/tmp") as name:
        store, export = Path(name) / "store", Path(name) / "export"
        command = [sys.executable, "-m", "command_centre.cli", "demo"]
        options = ["--seconds", "30", "--headless", "--store", str(store), "--export", str(export)]
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=240)
        yield DemoRun(done, store, export)
