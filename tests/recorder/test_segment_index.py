"""What a recording keeps of its segments."""

from __future__ import annotations

import tracemalloc

from config.recorder_messages import SegmentRef
from recorder.segment_index import SegmentIndex


def index_of(*spans: tuple[int, int], epoch: int = 1, webm: bool = False) -> SegmentIndex:
    index = SegmentIndex("recorder-1", "s-one", "cam")
    for number, (start_us, end_us) in enumerate(spans, 1):
        index.add(epoch, number, start_us, end_us, webm=webm)
    return index


def test_a_segment_is_named_with_its_paths() -> None:
    index = index_of((100, 250))
    index.add(2, 2, 300, 400, webm=True)
    assert list(index) == [
        SegmentRef(
            epoch=1,
            number=1,
            path="recorder-1/media/s-one/cam/e001-000001.m4s",
            init_path="recorder-1/media/s-one/cam/e001-init.mp4",
            start_us=100,
            duration_us=150,
        ),
        SegmentRef(
            epoch=2,
            number=2,
            path="recorder-1/media/s-one/cam/e002-000002.webm",
            init_path="recorder-1/media/s-one/cam/e002-init.webm",
            start_us=300,
            duration_us=100,
        ),
    ]
    assert len(index) == 2


def test_only_what_ends_afterwards_is_listed() -> None:
    index = index_of((0, 100), (100, 200), (250, 300), (300, 400))
    assert [ref.number for ref in index.after(0, 10)] == [1, 2, 3, 4]
    assert [ref.number for ref in index.after(100, 10)] == [2, 3, 4]
    assert [ref.number for ref in index.after(199, 2)] == [2, 3]
    assert [ref.number for ref in index.after(220, 10)] == [3, 4]
    assert index.after(400, 10) == []
    assert list(index.spans(260)) == [(250, 300), (300, 400)]
    assert list(index.spans()) == [(0, 100), (100, 200), (250, 300), (300, 400)]
    assert list(index_of().spans()) == []


def test_a_segment_costs_four_numbers() -> None:
    """A recording goes on for a day, and a closed session keeps what it has."""
    index = index_of()
    tracemalloc.start()
    try:
        for number in range(10_000):
            index.add(1, number, number * 2_000_000, (number + 1) * 2_000_000, webm=False)
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 48 * 10_000  # 32 bytes each, and the room that an array grows by
