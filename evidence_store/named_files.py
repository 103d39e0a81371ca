"""Which files a log names: all of them, in little memory.

A log of years names tens of millions of segments. Those of an epoch are numbered on
(``media/s1/cam/e001-000042.m4s``), so of them only the runs of numbers are kept; every other path
is kept as it is. Exact: a path is in it when it was added, and only then.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

_NUMBERED = re.compile(r"(.*-)(0[0-9]{5}|[1-9][0-9]{5,17})(\.[a-z0-9]+)")  # as "%06d" spells it


class NamedFiles:
    """Paths relative to a storage directory; a ``Container``."""

    def __init__(self) -> None:
        self._others: set[str] = set()
        # by what stands before and behind the number: first and last of each run, in order
        self._runs: dict[tuple[str, str], list[list[int]]] = {}

    def update(self, paths: Iterable[str]) -> None:
        """These are named."""
        for path in paths:
            self.add(path)

    def add(self, path: str) -> None:
        """This one is named."""
        match = _NUMBERED.fullmatch(path)
        if match is None:
            self._others.add(path)
            return
        number = int(match[2])
        runs = self._runs.setdefault((match[1], match[3]), [])
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
            return
        at = bisect_right(runs, number, key=_first)
        if not _within(runs, at, number):
            runs.insert(at, [number, number])

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, str):
            return False
        match = _NUMBERED.fullmatch(path)
        if match is None:
            return path in self._others
        runs = self._runs.get((match[1], match[3]), [])
        number = int(match[2])
        return _within(runs, bisect_right(runs, number, key=_first), number)


def _first(run: list[int]) -> int:
    return run[0]


def _within(runs: list[list[int]], at: int, number: int) -> bool:
    """Whether the run before this place reaches to the number."""
    return at > 0 and number <= runs[at - 1][1]
