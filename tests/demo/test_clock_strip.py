"""The clock in the picture survives what pictures go through, and refuses what it cannot read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.demo import clock_strip


def _frame(ms: int, size: tuple[int, int] = (360, 640)) -> np.ndarray:
    frame = np.full(size, 120, np.uint8)
    clock_strip.draw_clock(frame, ms)
    return frame


@given(st.integers(0, clock_strip.WRAP_MS - 1))
def test_reads_what_was_drawn(ms: int) -> None:
    assert clock_strip.read_clock(_frame(ms)) == ms // 10 * 10


@given(st.integers(0, clock_strip.WRAP_MS - 1), st.integers(1, 16))
def test_one_wrong_block_is_noticed(ms: int, block: int) -> None:
    frame = _frame(ms)
    strip = frame[354:, block * 16 : (block + 1) * 16]
    strip[:] = clock_strip.WHITE if strip.mean() < 60 else clock_strip.BLACK
    assert clock_strip.read_clock(frame) is None


@given(st.integers(0, 1 << clock_strip.DATA_BLOCKS))
def test_neighbouring_times_differ_in_one_data_block(value: int) -> None:
    a = clock_strip.blocks_of(value * 10)[1:16]
    b = clock_strip.blocks_of(value * 10 + 10)[1:16]
    assert sum(x != y for x, y in zip(a, b, strict=True)) == 1


@pytest.mark.parametrize("size", [(180, 320), (720, 1280), (1080, 1920)])
def test_size_does_not_matter(size: tuple[int, int]) -> None:
    assert clock_strip.read_clock(_frame(234_560, size)) == 234_560


def test_low_contrast_and_blur_are_read() -> None:
    frame = _frame(111_110).astype(float) * 0.6 + 60
    kernel = np.ones(5) / 5
    blurred = np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), 1, frame)
    assert clock_strip.read_clock(blurred.astype(np.uint8)) == 111_110


@pytest.mark.parametrize("level", [0, 120, 255])
def test_no_strip_reads_as_none(level: int) -> None:
    assert clock_strip.read_clock(np.full((360, 640), level, np.uint8)) is None


@pytest.mark.parametrize("shape", [(10, 640), (360, 20), (360, 640, 3)])
def test_what_is_not_a_grey_picture_reads_as_none(shape: tuple[int, ...]) -> None:
    assert clock_strip.read_clock(np.zeros(shape, np.uint8)) is None


def test_nearest_unwraps() -> None:
    assert clock_strip.nearest(6_320, 334_000) == 334_000
    assert clock_strip.nearest(85_000, 85_100) == 85_000
    assert clock_strip.nearest(10, 0) == 10
