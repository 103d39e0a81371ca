"""The processes of this installation as the system counts them: time, memory, since when.

The supervisor's children are found by their numbers; what they started in turn (recognisers, the
comparison's engine, exports) by what they run. Nothing of another program is looked at.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import psutil

from config.words import MICROSECONDS

#: What a module that runs in a process of its own is called on the pages.
CHILDREN = {
    "command_centre.comparison.worker": "comparison",
    "command_centre.desk.evidence_child": "evidence",
    "recorder.late_worker": "late",
    "recorder.redaction_worker": "redaction",
    "transcription.second_pass": "second_pass",
    "transcription.source_worker": "recogniser",
}
_OTHER = "child"


@dataclass(frozen=True)
class Counted:
    """One process now."""

    name: str
    pid: int
    started_us: int
    cpu_s: float  # used since its start
    memory_bytes: int  # resident


def count(named: dict[int, str]) -> list[Counted]:
    """The processes with these numbers, and what they started."""
    found: list[Counted] = []
    for pid, name in named.items():
        try:
            process = psutil.Process(pid)
            found.append(_of(process, name))
            children = process.children(recursive=True)
        except (psutil.Error, OSError):  # it has just ended
            continue
        for child in children:
            try:
                if child.pid not in named:
                    found.append(_of(child, _called(child.cmdline())))
            except (psutil.Error, OSError):
                continue
    return found


def itself() -> dict[int, str]:
    """This process alone, where nobody watches it (a test, a centre by itself)."""
    return {os.getpid(): "centre"}


def _of(process: psutil.Process, name: str) -> Counted:
    with process.oneshot():
        times = process.cpu_times()
        return Counted(
            name,
            process.pid,
            int(process.create_time() * MICROSECONDS),
            times.user + times.system,
            process.memory_info().rss,
        )


def _called(command: list[str]) -> str:
    if "multiprocessing.spawn" in " ".join(command):
        return "recogniser"
    return next((name for module, name in CHILDREN.items() if module in command), _OTHER)
