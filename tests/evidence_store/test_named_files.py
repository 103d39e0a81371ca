"""Which files a log names, against a set of their paths."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from evidence_store.named_files import NamedFiles

_paths = st.builds(
    "{}{:{}}{}".format,
    st.sampled_from(["media/s1/cam/e001-", "media/s1/cam/e002-", "media/s1/cam/.tmp-e001-", "a"]),
    st.one_of(st.integers(0, 40), st.integers(999_990, 1_000_010)),
    st.sampled_from(["06d", "d", "07d"]),
    st.sampled_from([".m4s", ".webm", ""]),
)


@given(st.lists(_paths), st.lists(_paths))
def test_it_holds_what_was_added_and_nothing_else(added: list[str], asked: list[str]) -> None:
    named = NamedFiles()
    named.update(added)
    for path in [*added, *asked]:
        assert (path in named) == (path in set(added))


def test_numbers_may_come_in_any_order_and_twice() -> None:
    named = NamedFiles()
    numbers = [5, 6, 9, 7, 2, 6, 1, 10]
    named.update(f"media/s/c/e001-{number:06d}.m4s" for number in numbers)
    found = [n for n in range(12) if f"media/s/c/e001-{n:06d}.m4s" in named]
    assert found == [1, 2, 5, 6, 7, 9, 10]
    assert "media/s/c/e001-5.m4s" not in named
    assert 5 not in named


def test_a_long_recording_takes_no_room() -> None:
    """A log of a year names tens of millions of segments, and is read whole after a crash."""
    named = NamedFiles()
    named.update(f"media/s/{source}/e001-000001.m4s" for source in ("cam", "mic"))
    tracemalloc.start()
    try:
        for number in range(2, 20_000):
            named.update(f"media/s/{source}/e001-{number:06d}.m4s" for source in ("cam", "mic"))
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < 10_000  # bytes, for 40,000 paths
