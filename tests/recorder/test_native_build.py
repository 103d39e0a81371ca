"""The C sources compile without a warning, and stand a moment of fuzzing under the sanitizers."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from recorder import native
from tests.fuzz.receive_path import ROOT, compile_native, load

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or not Path(sysconfig.get_path("include"), "Python.h").exists(),
    reason="needs a C compiler and Python's headers",
)


def test_it_compiles_without_a_warning(tmp_path: Path) -> None:
    target = tmp_path / "_media.so"
    compile_native(target, "-O2", "-Werror", "-Wshadow", "-Wconversion", "-Wno-sign-conversion")
    assert load(target).Lane(0, 0, 1, 1).ssrc is None


@pytest.mark.slow
def test_a_moment_under_the_sanitizers() -> None:
    command = [sys.executable, "-m", "tests.fuzz.receive_path", "4"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing found" in done.stdout


def test_the_twin_can_be_chosen() -> None:
    program = "from recorder import native; print(native.compiled)"
    environment = {"DUIZHI_NATIVE": "0", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "False\n"
    assert native.Lane.__name__ == "Lane"
