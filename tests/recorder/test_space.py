"""Room on the disk: bookings of sessions, and the forecast in hours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recorder.space import Forecast, Reserve

GIB = 1 << 30


def reserve(store: Path, log: str = "recorder-1", free: int = 10 * GIB, **options: bool) -> Reserve:
    return Reserve(
        store,
        log,
        session_bytes=GIB,
        session_s=3600.0,
        measure=lambda path: free,
        **options,
    )


def test_a_booking_counts_for_every_recorder_of_the_store(tmp_path: Path) -> None:
    one, two = reserve(tmp_path), reserve(tmp_path, "recorder-2")
    assert one.left_bytes(GIB) == 9 * GIB
    one.book("s1")
    two.book("s2")
    assert one.left_bytes(GIB) == two.left_bytes(GIB) == 7 * GIB
    one.release("s1")
    assert two.left_bytes(GIB) == 8 * GIB
    one.release("s1")


def test_a_booking_shrinks_with_the_hours_it_was_made_for(tmp_path: Path) -> None:
    account = reserve(tmp_path)
    account.book("s1")
    account.shrink("s1", 1800.0)
    assert account.left_bytes(0) == 10 * GIB - GIB // 2
    account.shrink("s1", 1801.0)  # less than a hundredth: not worth a write
    assert account.left_bytes(0) == 10 * GIB - GIB // 2
    account.shrink("s1", 9999.0)
    assert account.left_bytes(0) == 10 * GIB
    account.shrink("unknown", 1.0)


def test_bookings_of_sessions_that_are_over_fall_away_at_a_start(tmp_path: Path) -> None:
    before, other = reserve(tmp_path), reserve(tmp_path, "recorder-2")
    before.book("s1")
    before.book("s2")
    other.book("s3")
    after = reserve(tmp_path)
    after.keep_only(["s2"])
    assert sorted(path.name for path in (tmp_path / "reserved").iterdir()) == [
        "recorder-1.s2",
        "recorder-2.s3",
    ]


def test_preallocated_bytes_are_taken_from_the_disk(tmp_path: Path) -> None:
    account = Reserve(
        tmp_path, "recorder-1", session_bytes=1 << 20, session_s=10.0, preallocate=True
    )
    account.book("s1")
    path = tmp_path / "reserved" / "recorder-1.s1"
    assert os.stat(path).st_blocks * 512 >= 1 << 20
    account.shrink("s1", 5.0)
    assert os.stat(path).st_size == 1 << 19
    assert os.stat(path).st_blocks * 512 < 1 << 20
    account.release("s1")
    assert not path.exists()


@pytest.mark.parametrize(
    ("free", "level"), [(1000, "ok"), (9 * 3600, "ok"), (7 * 3600, "low"), (3600, "critical")]
)
def test_the_forecast_measures_what_records_now(free: int, level: str) -> None:
    forecast = Forecast(8.0, 2.0, idle_bytes_per_s=1.0)
    megabyte = 1_000_000
    free_bytes = 500 * megabyte + free * megabyte if free > 1000 else 10**15
    for _ in range(5):
        space = forecast.look(free_bytes, 500 * megabyte, 0, 8 * megabyte)
    assert space.level == level
    assert space.bytes_per_s == megabyte
    if free > 1000:
        assert space.hours == round(free / 3600, 2)


def test_a_level_is_left_a_little_above_where_it_was_entered() -> None:
    forecast = Forecast(8.0, 2.0, idle_bytes_per_s=1.0)

    def level(hours: float) -> str:
        return forecast.look(int(hours * 3600 * 1_000_000), 0, 0, 8_000_000).level

    assert [level(hours) for hours in (9, 7.9, 8.1, 8.9, 1.9, 2.1, 2.3, 9)] == [
        *("ok", "low", "low", "ok", "critical", "critical", "low", "ok"),
    ]


def test_while_nothing_is_recorded_a_usual_rate_is_assumed() -> None:
    forecast = Forecast(8.0, 2.0, idle_bytes_per_s=500_000.0)
    assert forecast.look(10**12, 0, 0, 0).bytes_per_s == 500_000
    assert forecast.look(10**12, 0, 2, 0).bytes_per_s == 500_000 + 2 * 1024
