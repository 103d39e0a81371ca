"""Silent microphones: per channel, after a while, not in a pause, not on the demo clips."""

from __future__ import annotations

import av
import numpy as np
import pytest

from config.settings import load
from recorder.sound_faults import SoundFaults
from tests.recorder.pictures import clip_path

SECOND = 1_000_000


def _faults() -> SoundFaults:
    settings = load().watch
    return SoundFaults(settings.silent_dbfs, int(settings.silent_seconds * SECOND))


def test_a_channel_is_silent_after_five_seconds_and_until_it_is_heard() -> None:
    faults = _faults()
    for n in range(50):
        faults.level(n * SECOND // 10, [-40.0, -100.0])
    assert faults.held(0, 0) == {}
    faults.level(5 * SECOND, [-40.0, -100.0])
    assert faults.held(0, 0) == {1: 0}
    faults.level(6 * SECOND, [-40.0, -70.0])
    assert faults.held(0, 0) == {}


def test_sound_that_stops_arriving_is_silent_on_every_channel() -> None:
    faults = _faults()
    assert faults.held(99 * SECOND, 0) == {}, "a source without sound is not silent"
    faults.arrived(10 * SECOND)
    assert faults.held(14 * SECOND, 50 * SECOND) == {}
    assert faults.held(16 * SECOND, 50 * SECOND) == {-1: 44 * SECOND}
    faults.arrived(17 * SECOND)
    assert faults.held(18 * SECOND, 52 * SECOND) == {}


def test_starting_over_forgets() -> None:
    faults = _faults()
    faults.arrived(1)
    for n in range(7):
        faults.level(n * SECOND, [-100.0])
    assert faults.held(2, 2) == {0: 0}
    faults.start_over()
    assert faults.held(60 * SECOND, 0) == {}
    assert not faults.judged


def _levels(path: str, count: int = 0) -> np.ndarray:
    """RMS in dBFS of each channel of a file, ten times a second."""
    with av.open(path) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        channels = container.streams.audio[0].codec_context.layout.nb_channels
    sound = np.concatenate(
        [one.reshape(-1, channels) if one.shape[0] == 1 else one.T for one in frames]
    ).astype(np.float32)
    whole = sound[: len(sound) // 4800 * 4800].reshape(-1, 4800, channels)
    return np.asarray(10 * np.log10((whole**2).mean(axis=1) + 1e-12))


@pytest.mark.slow
@pytest.mark.parametrize("clip", ["room1", "room2", "bodycam", "drone"])
def test_the_demo_clips_are_never_silent(clip: str) -> None:
    faults = _faults()
    for n, levels in enumerate(_levels(str(clip_path(clip)))):
        faults.level(n * SECOND // 10, [float(one) for one in levels])
        assert faults.held(0, 0) == {}


def test_a_muted_track_through_opus_is_silent(tmp_path: object) -> None:
    path = f"{tmp_path}/muted.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libopus", rate=48_000)
        stream.codec_context.layout = "mono"
        for n in range(300):
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 960), np.int16), format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = 48_000, n * 960
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    faults = _faults()
    for n, levels in enumerate(_levels(path)):
        faults.level(n * SECOND // 10, [float(one) for one in levels])
    assert list(faults.held(0, 0)) == [0]
