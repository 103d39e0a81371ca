"""For all tests: what runs in real time may be run again.

A test that publishes over WebRTC, drives a browser or waits for processes can be held up by a
machine that does something else for a second. Such a test is run once or twice more when it
fails; a defect fails every time, every repetition is in the summary (``-rR``) and is named at once,
as is what fails: a run that is cut off has no summary. Whatever computes only is never run again.

Workers beside each other (``make test``): whatever drives a browser is one group, whatever else
starts whole installations another, so that none has another of its kind beside it; the tests of
any other file stay together. The two groups are the longest, so they begin first. Beside them go
the tests of the recorder: they wait for real time and compute a seventh of it, so they leave the
cores to the groups, and do not come at the end, when all workers compute. Then comes what is
marked ``slow`` and the like. The third worker would be done minutes before the two groups, with
cores to spare: it ends with some files of both, a group of their own.

Linear algebra runs in one thread, as it does where the comparison runs (``comparison/process.py``):
beside other workers its threads wait for each other, and reading takes three times as long.

Hypothesis has no deadline and does not mind slow drawing: both measure the machine.

Compiled modules are kept: hundreds of processes start during the tests, and where the environment
forbids ``.pyc`` files each of them compiles some 2,000 modules again (6 s of CPU for the centre,
2 s with them).

What tests write lies in memory where there is room: a store flushes after every entry, 20 ms each
on a busy disk and 0.03 ms there, and no test can tell whether a flush that returned reached the
platter (which calls are made, and in which order, tests/faults holds under strace). The demo's own
runs stay on the disk.
"""

from __future__ import annotations

import inspect
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before anything imports numpy; processes that tests start inherit it.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 3 << 30  # a whole run needs a tenth of it; what fails is kept


def _in_memory() -> bool:
    """Whether there is a directory in memory that is large enough, and may hold programs."""
    if not (_MEMORY.is_dir() and os.access(_MEMORY, os.W_OK)):
        return False
    if os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(_MEMORY).free >= _ROOM_BYTES


if "TMPDIR" not in os.environ and _in_memory():
    os.environ["TMPDIR"] = str(_MEMORY)
    tempfile.tempdir = None

REPEATS = 2
#: Where a test is marked as starting several processes, and the group it is then in; those of a
#: group are run one after the other.
_WHOLE = {
    "browser": "browsers",
    "e2e": "installations",
    "interop": "installations",
    "demo": "installations",
}
#: These walks of pages run with the installations, so that both lines take about as long.
_BESIDE = frozenset(
    f"test_{name}.py"
    for name in ("accessibility", "admin", "compare", "from_nothing", "room_notice")
)
#: These come last, beside what is left of the two groups.
_LAST = frozenset(
    f"test_{name}.py"
    for name in (
        *("bad_input", "case_log", "check_package", "export_dialog", "findings"),
        *("outside_sign_in", "search", "words"),
    )
)
#: Where tests wait for real time most of theirs.
_WAITING = ("recorder",)
_MARKED = ("e2e", "browser", "interop", "model", "slow")
#: Here tests that await something await real sockets, disks and processes.
_REAL_TIME = ("recorder", "command_centre", "transcription", "demo")


@pytest.hookimpl(tryfirst=True)  # xdist writes the groups into the names after it
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that may be repeated, and say which stay together in one worker."""
    for item in items:
        folder = Path(item.path).parent.name
        group = _whole(item) or f"{folder}/{Path(item.path).name}"
        item.add_marker(pytest.mark.xdist_group(group))
        if _in_real_time(item):
            item.add_marker(pytest.mark.flaky(reruns=REPEATS))
    long = {item.path for item in items if any(map(item.get_closest_marker, _MARKED))}
    items.sort(
        key=lambda item: (
            _whole(item) == "last",
            not _whole(item),
            Path(item.path).parent.name not in _WAITING,
            item.path not in long,
        )
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name what is run again and what failed; where workers run the tests, they do not print it."""
    if "PYTEST_XDIST_WORKER" in os.environ or report.outcome not in ("rerun", "failed"):
        return
    took = f"{report.duration:.0f} s in its {report.when}"
    lines = report.longreprtext.splitlines()
    why = " ".join([line[1:].strip() for line in lines if line.startswith("E ")][:3] + lines[-1:])
    print(f"\n{report.outcome}: {report.nodeid} ({took}) {why}", flush=True)


def _whole(item: pytest.Item) -> str | None:
    """The group of a test that starts whole installations or browsers."""
    started = any(item.get_closest_marker(name) for name in ("e2e", "browser", "interop"))
    if not started:
        return None
    name, folder = Path(item.path).name, Path(item.path).parent.name
    if name in _BESIDE:
        return "installations"
    return "last" if name in _LAST else _WHOLE.get(folder)


def _in_real_time(item: pytest.Item) -> bool:
    if any(item.get_closest_marker(name) for name in _MARKED):
        return True
    function = getattr(item, "function", None)
    folder = Path(item.path).parent.name
    return folder in _REAL_TIME and inspect.iscoroutinefunction(function)
