"""For all tests: what runs in real time may be run again.

A test that publishes over WebRTC, drives a browser or waits for processes can be held up by a
machine that does something else for a second. Such a test is run once or twice more when it
fails; a defect fails every time, and every repetition is in the summary (``-rR``). Whatever
computes only is never run again.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

REPEATS = 2
_MARKED = ("e2e", "browser", "interop", "model", "slow")
#: Here tests that await something await real sockets, disks and processes.
_REAL_TIME = ("recorder", "command_centre", "transcription", "demo")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that may be repeated."""
    for item in items:
        if _in_real_time(item):
            item.add_marker(pytest.mark.flaky(reruns=REPEATS))


def _in_real_time(item: pytest.Item) -> bool:
    if any(item.get_closest_marker(name) for name in _MARKED):
        return True
    function = getattr(item, "function", None)
    folder = Path(item.path).parent.name
    return folder in _REAL_TIME and inspect.iscoroutinefunction(function)
