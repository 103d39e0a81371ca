"""Faults of cameras, on pictures that were really coded and decoded; none on the demo clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.words import MICROSECONDS, AlarmKind
from recorder.errors import MalformedMedia
from recorder.picture import small
from recorder.picture_decode import decode_key_frame
from recorder.picture_faults import SETTLE_US, PictureFaults
from tests.recorder.pictures import Grey, black, clip_path, coded, covered, moved, noisy, views

STEP_US = 2 * MICROSECONDS  # a key frame every two seconds, as the recorder asks for
FROZEN, BLACK = AlarmKind.PICTURE_FROZEN, AlarmKind.PICTURE_BLACK
COVERED, MOVED = AlarmKind.PICTURE_COVERED, AlarmKind.PICTURE_MOVED


def _run(
    pictures: Sequence[Grey], faults: PictureFaults | None = None, at: int = 0
) -> list[set[AlarmKind]]:
    faults = faults or PictureFaults()
    return [
        set(faults.take((at + n) * STEP_US, decode_key_frame(*one)))
        for n, one in enumerate(coded(pictures))
    ]


def _good(count: int = 6, first: int = 0) -> list[Grey]:
    pictures = views("room1", 20)[first : first + count]
    return [noisy(one, first + n) for n, one in enumerate(pictures)]


@pytest.mark.parametrize(("kind", "fault"), [(BLACK, black), (COVERED, covered), (MOVED, moved)])
def test_a_fault_is_told_with_its_second_key_frame_and_ends(
    kind: AlarmKind, fault: Callable[[Grey, int], Grey]
) -> None:
    faults = PictureFaults()
    assert _run(_good(), faults) == [set()] * 6
    wrong = [fault(one, 50 + n) for n, one in enumerate(_good(4, 6))]
    assert _run(wrong, faults, 6) == [set(), {kind}, {kind}, {kind}]
    assert faults.held[kind] == 6 * STEP_US, "since the first key frame that showed it"
    assert _run(_good(3, 10), faults, 10) == [set()] * 3


def test_a_frozen_picture_is_told_with_its_second_key_frame() -> None:
    faults = PictureFaults()
    good = _good(4)
    assert _run(good, faults) == [set()] * 4
    assert _run([good[-1]] * 3, faults, 4) == [{FROZEN}] * 3
    assert faults.held[FROZEN] == 3 * STEP_US, "since the last picture that was new"
    assert _run(_good(2, 8), faults, 7) == [set()] * 2


def test_key_frames_every_second_freeze_as_well() -> None:
    faults = PictureFaults()
    picture = small(_good(1)[0])
    found = [set(faults.take(n * MICROSECONDS, picture)) for n in range(4)]
    assert found == [set(), set(), {FROZEN}, {FROZEN}]


@pytest.mark.parametrize("crf", ["18", "30", "36"])
def test_a_frozen_picture_is_frozen_at_any_quality(crf: str) -> None:
    faults = PictureFaults()
    picture = _good(1)[0]
    found = [
        set(faults.take(n * STEP_US, decode_key_frame(*one)))
        for n, one in enumerate(coded([picture] * 3, crf=crf))
    ]
    assert found[-1] == {FROZEN}


def test_an_empty_room_with_a_sensors_noise_is_not_frozen() -> None:
    picture = views("room1", 1)[0]
    noise = [noisy(picture, n, 6.0) for n in range(5)]
    assert _run(noise) == [set()] * 5


def test_one_bad_picture_is_nothing() -> None:
    good = _good(6)
    pictures = [*good[:3], covered(good[0], 9), *good[3:]]
    assert _run(pictures) == [set()] * 7


def test_a_light_that_changes_is_no_move() -> None:
    good = _good(10)
    dimmed = [np.clip(one * (1 - 0.05 * n), 0, 255).astype(np.uint8) for n, one in enumerate(good)]
    assert _run(dimmed) == [set()] * 10


def test_a_new_view_that_stays_becomes_the_known_one() -> None:
    faults = PictureFaults()
    _run(_good(6), faults)
    turned = [moved(one, 70 + n) for n, one in enumerate(views("room1", 20)[:16])]
    found = _run(turned, faults, 6)
    assert found[1] == {MOVED}
    assert found[-1] == set()
    assert found.index(set(), 2) * STEP_US >= SETTLE_US


def test_a_camera_that_starts_covered() -> None:
    wrong = [covered(one, n) for n, one in enumerate(_good(3))]
    assert _run(wrong) == [set(), {COVERED}, {COVERED}]


@pytest.mark.parametrize("codec", ["libx264", "libvpx"])
def test_codecs_and_sizes(codec: str) -> None:
    picture = np.kron(views("room1", 1)[0][:, :], np.ones((2, 2), np.uint8))
    [one] = coded([picture], codec)
    decoded = decode_key_frame(*one)
    assert decoded.shape == (90, 160)
    assert np.abs(decoded.astype(int) - small(picture)).mean() < 16  # full and video range differ


@given(st.binary(max_size=300))
def test_any_bytes_are_a_picture_or_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedMedia):
        decode_key_frame(raw[:100], raw[100:])


@pytest.mark.slow
@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize("clip", ["room1", "room2", "bodycam", "drone"])
def test_the_demo_clips_have_no_fault_over_their_whole_length(clip: str, every: int) -> None:
    """The site clips are played in a loop, as the demo does; they move, as carried cameras do."""
    carried = clip in ("bodycam", "drone")
    faults = PictureFaults()
    held: set[AlarmKind] = set()
    with av.open(str(clip_path(clip))) as container:
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        n = 0
        for _ in range(3 if carried else 1):
            container.seek(0)
            for frame in container.decode(stream):
                n += 1
                if n % every == 0:
                    grey = frame.reformat(format="yuv420p").to_ndarray()[: frame.height]
                    held |= set(faults.take(n * MICROSECONDS, small(np.asarray(grey, np.uint8))))
    assert n >= 120
    assert held - ({MOVED} if carried else set()) == set()
