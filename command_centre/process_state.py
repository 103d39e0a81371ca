"""What the supervisor knows of its processes, in a file beside the bus's sockets.

The supervisor writes it whole at every change; the centre reads it for the administrator. Codes
and class names only: an error's text may hold anything. Nothing depends on the file.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

logger = logging.getLogger(__name__)

FILE = "processes.json"
_BYTES_MAX = 1 << 20


class FaultSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The latest error a process logged: where, and of which class."""

    t_us: int
    module: str
    what: str = ""  # class of the exception; empty: an error without one


class ProcessState(msgspec.Struct, frozen=True, kw_only=True):
    """One watched process."""

    name: str
    state: str  # supervisor.ChildState
    pid: int | None
    starts: int
    started_us: int = 0
    last_exit: int | None = None  # status of the latest end; minus a signal's number
    fault: FaultSeen | None = None


def write_states(directory: Path, states: Sequence[ProcessState]) -> None:
    """Replace the file; what stands in the way is logged and does no harm."""
    path = directory / FILE
    draft = path.with_suffix(".draft")
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_bytes(msgspec.json.encode(list(states)))
        os.replace(draft, path)
    except OSError as error:
        logger.warning("the state of the processes cannot be written: %s", error.strerror)


def read_states(directory: Path) -> list[ProcessState]:
    """The processes as last written; empty when there is no file, or no usable one."""
    path = directory / FILE
    try:
        if path.stat().st_size > _BYTES_MAX or path.stat().st_uid != os.getuid():
            return []
        return msgspec.json.decode(path.read_bytes(), type=list[ProcessState])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return []


class FaultTeller(logging.Handler):
    """Tells the supervisor the class of each error a process logs, never its text."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.ERROR)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """One line of the pulse: the logger's name and the exception's class."""
        kind = record.exc_info[0] if record.exc_info else None
        what = kind.__name__ if kind is not None else ""
        self._say(f"fault {record.name} {what}".rstrip())
