"""Decoding times from times shown."""

from __future__ import annotations

import itertools

import pytest

from recorder.ingest.h264 import parameter_sets, parse_sps
from recorder.ingest.picture_order import GUESSED_DEPTH, PictureOrder
from tests.recorder.clip_maker import make_clip
from tests.recorder.rtsp_camera import read_film

STEP = 3600


def feed(order: PictureOrder, shown: list[int]) -> list[int | None]:
    return [order.place(at * STEP, index == 0) for index, at in enumerate(shown)]


def check(shown: list[int], decoded: list[int | None]) -> None:
    times = [at for at in decoded if at is not None]
    assert all(b > a for a, b in itertools.pairwise(times))
    assert all(d is None or d <= s * STEP for s, d in zip(shown, decoded, strict=True))


def test_in_order_both_times_are_the_same() -> None:
    shown = list(range(20))
    assert feed(PictureOrder(), shown) == [at * STEP for at in shown]


@pytest.mark.parametrize(
    ("depth", "shown"),
    [
        (1, [0, 2, 1, 4, 3, 6, 5]),
        (1, [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]),
        (2, [0, 4, 2, 1, 3, 8, 6, 5, 7]),
        (3, list(range(30))),
    ],
)
def test_out_of_order_decoding_times_grow_and_are_never_late(depth: int, shown: list[int]) -> None:
    order = PictureOrder()
    order.describe(depth)
    decoded = feed(order, shown)
    assert None not in decoded
    check(shown, decoded)
    assert decoded[depth:] == [at * STEP for at in sorted(shown)[: len(shown) - depth]]


def test_a_set_that_says_nothing_is_found_out_at_the_next_key_frame() -> None:
    order = PictureOrder()
    order.describe(None)
    assert order.place(0, True) == 0
    assert order.place(3 * STEP, False) == 3 * STEP
    assert order.place(1 * STEP, False) is None
    assert order.depth == GUESSED_DEPTH
    shown = [10, 13, 11, 12, 16, 14, 15]
    decoded = [order.place(at * STEP, at == 10) for at in shown]
    assert None not in decoded
    check(shown, decoded)


def test_more_reordering_than_was_said_and_a_hole() -> None:
    order = PictureOrder()
    order.describe(1)
    assert None in feed(order, [0, 4, 2, 1, 3])
    assert order.depth == 2
    order = PictureOrder()
    order.describe(2)
    feed(order, [0, 2, 1, 4, 3])
    again = order.place(5000 * STEP, True)
    assert again is not None
    assert 0 < 5000 * STEP - again <= 2


@pytest.mark.parametrize(("profile", "b_frames", "most"), [("baseline", 0, 0), ("high", 2, 2)])
def test_a_real_parameter_set_says_it(
    tmp_path_factory: pytest.TempPathFactory, profile: str, b_frames: int, most: int
) -> None:
    path = tmp_path_factory.mktemp("order") / "clip.mp4"
    film = read_film(make_clip(path, seconds=1, audio=False, profile=profile, b_frames=b_frames))
    units = b"".join(b"\0\0\0\1" + p for p in film.pictures[0].payloads[:3])
    reorder = parse_sps(parameter_sets(units)[0]).reorder
    assert reorder is not None
    assert (reorder > 0) == (most > 0)
    assert reorder <= most
