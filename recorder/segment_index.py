"""The segments of one recording that are in the log, in order: 32 bytes for each.

A recording goes on for hours, and each of its segments must be found until long after its session
was closed. So what stands here is numbers only; the value with its two paths is made when somebody
asks. As such values one source of 24 hours would hold 43,200 of them, a day of 24 sources half a
gigabyte.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator

from config.recorder_messages import SegmentRef
from recorder.segment_entry import init_path, segment_path


class SegmentIndex:
    """Owned by one recording. Segments are added in the order of the log and never overlap."""

    def __init__(self, store_name: str, session: str, source: str) -> None:
        self._store_name = store_name  # paths are relative to the store
        self._session = session
        self._source = source
        self._epochs = array("q")
        self._numbers = array("q")
        self._starts_us = array("q")
        self._ends_us = array("q")
        self._webm: set[int] = set()  # the epochs whose files are WebM

    def add(self, epoch: int, number: int, start_us: int, end_us: int, *, webm: bool) -> None:
        """The next segment is in the log."""
        self._epochs.append(epoch)
        self._numbers.append(number)
        self._starts_us.append(start_us)
        self._ends_us.append(end_us)
        if webm:
            self._webm.add(epoch)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[SegmentRef]:
        return map(self._ref, range(len(self)))

    def after(self, from_us: int, limit: int) -> list[SegmentRef]:
        """The segments that end after ``from_us``, the first ``limit``."""
        first = bisect_right(self._ends_us, from_us)
        return [self._ref(at) for at in range(first, min(len(self), first + limit))]

    def spans(self, from_us: int = 0) -> Iterator[tuple[int, int]]:
        """Start and end of each that ends after ``from_us``, in order."""
        first = bisect_right(self._ends_us, from_us)
        for at in range(first, len(self)):
            yield self._starts_us[at], self._ends_us[at]

    def _ref(self, at: int) -> SegmentRef:
        epoch, number = self._epochs[at], self._numbers[at]
        webm = epoch in self._webm
        where = (self._session, self._source, epoch)
        return SegmentRef(
            epoch=epoch,
            number=number,
            path=f"{self._store_name}/{segment_path(*where, number, webm)}",
            init_path=f"{self._store_name}/{init_path(*where, webm)}",
            start_us=self._starts_us[at],
            duration_us=self._ends_us[at] - self._starts_us[at],
        )
