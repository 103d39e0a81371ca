from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transcription.channels import FLOOR_DBFS, ChannelSplit, levels_dbfs

N = 1600


def speech(seed: int, level: float = 3000.0) -> npt.NDArray[np.int16]:
    return (np.random.default_rng(seed).standard_normal(N) * level).astype(np.int16)


def quiet() -> npt.NDArray[np.int16]:
    return np.zeros(N, np.int16)


def test_identical_channels_stay_joint() -> None:
    split = ChannelSplit(2)
    for seed in range(5):
        one = speech(seed)
        out = split.feed(np.stack([one, one]))
        assert out.shape == (1, N)
        assert np.array_equal(out[0], one)
    assert not split.split


def test_one_declared_speaker_is_never_split() -> None:
    split = ChannelSplit(1)
    assert split.feed(np.stack([speech(1), speech(2)])).shape == (1, N)
    assert not split.split


def test_different_channels_split_for_good() -> None:
    split = ChannelSplit(2)
    assert split.feed(np.stack([quiet(), quiet()])).shape == (1, N)
    assert split.feed(np.stack([speech(1), quiet()])).shape == (2, N)
    one = speech(2)
    assert split.feed(np.stack([one, one])).shape == (2, N)


def test_bleed_is_muted_and_both_voices_at_once_are_not() -> None:
    split = ChannelSplit(2)
    loud = speech(1)
    out = split.feed(np.stack([loud, loud // 10]))
    assert np.array_equal(out[0], loud)
    assert not out[1].any()
    both = np.stack([speech(3), speech(4, 1500.0)])
    for _ in range(5):  # the envelope of the loud channel lets go
        out = split.feed(both)
    assert np.array_equal(out, both)


def test_an_answer_right_after_a_question_is_heard() -> None:
    split = ChannelSplit(2)
    split.feed(np.stack([speech(1), quiet()]))
    answer = np.stack([quiet(), speech(2)])
    out = split.feed(answer)
    assert np.array_equal(out[1], answer[1])


def test_levels() -> None:
    full = np.full((2, 160), 32767, np.int16)
    full[1] = 0
    rms, peak = levels_dbfs(full, 2)
    assert rms == [0.0, FLOOR_DBFS]
    assert peak == [0.0, FLOOR_DBFS]
    assert levels_dbfs(np.zeros((2, 0), np.int16), 1) == ([FLOOR_DBFS], [FLOOR_DBFS])
