"""The committed clips are what config/demo/README.md says: decoded here, frame by frame."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import av
import numpy as np
import pytest

from config.demo import CLIPS, DEMO, STORY, clock_strip, sync_mark
from tests.demo.clip_reader import RATE_HZ, channels, gray_frames, write_channel_wav

FRAMES_PER_S = 15
LENGTHS_S = {"room1": 334, "room2": 334, "bodycam": 40, "drone": 40}
ROOMS = ("room1", "room2")
#: A channel is speaking above, silent below (root mean square of full scale).
SPEAKING, SILENT = 0.02, 0.004


@pytest.mark.parametrize("name", LENGTHS_S)
def test_streams(name: str) -> None:
    path = CLIPS / f"{name}.mp4"
    assert path.stat().st_size < 5_500_000
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert len(container.streams) == 2
        assert video.codec_context.name == "h264"
        assert video.codec_context.profile == "Constrained Baseline"
        assert (video.width, video.height) == (640, 360)
        assert video.average_rate == FRAMES_PER_S
        assert not video.codec_context.has_b_frames
        assert audio.codec_context.name == "opus"
        assert audio.sample_rate == RATE_HZ
        assert audio.channels == (2 if name in ROOMS else 1)
        assert container.duration == LENGTHS_S[name] * 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize("name", LENGTHS_S)
def test_pictures_have_a_key_frame_each_second_and_a_readable_clock(name: str) -> None:
    count = 0
    for t, key, gray in gray_frames(CLIPS / f"{name}.mp4"):
        assert t == pytest.approx(count / FRAMES_PER_S, abs=1e-4)
        assert key == (count % FRAMES_PER_S == 0)
        expected = round(t * 1000)
        shown = clock_strip.read_clock(gray)
        assert shown is not None, f"frame {count} has no clock"
        assert abs(clock_strip.nearest(shown, expected) - expected) <= 10
        assert sync_mark.is_lit(gray) == sync_mark.is_marked(count, FRAMES_PER_S)
        count += 1
    assert count == LENGTHS_S[name] * FRAMES_PER_S


@pytest.mark.slow
@pytest.mark.parametrize("name", ROOMS)
def test_each_turn_is_heard_on_its_own_channel_only(name: str) -> None:
    sound = channels(CLIPS / f"{name}.mp4")
    story = json.loads(STORY.read_text(encoding="utf-8"))
    turns = [turn for turn in story["turns"] if turn["room"] == name]
    for turn in turns:
        own = 0 if turn["role"] == "q" else 1
        assert _rms(sound[own], turn["start_s"], turn["end_s"]) > SPEAKING, turn["id"]
    for own, role in ((0, "q"), (1, "a")):
        speaking = [(t["start_s"], t["end_s"]) for t in turns if t["role"] == role]
        for second in np.arange(0.5, LENGTHS_S[name] - 1.5, 0.5):
            if all(second + 0.5 < a or second > b + 0.05 for a, b in speaking):
                assert _rms(sound[own], second, second + 0.5) < SILENT, (role, second)


@pytest.mark.slow
@pytest.mark.parametrize("name", LENGTHS_S)
def test_clicks_and_squares_are_together(name: str) -> None:
    sound = channels(CLIPS / f"{name}.mp4")[0]
    clicks = sync_mark.click_times_s(sound, RATE_HZ)
    expected = np.arange(10, LENGTHS_S[name], 10)
    assert clicks == pytest.approx(list(expected), abs=0.004)


def test_sums_in_the_readme_are_those_of_the_files() -> None:
    readme = (DEMO / "README.md").read_text(encoding="utf-8")
    sums = dict(re.findall(r"\| (\w+)\.mp4 \|.*`([0-9a-f]{64})`", readme))
    found = {p.stem: hashlib.sha256(p.read_bytes()).hexdigest() for p in CLIPS.glob("*.mp4")}
    assert sums == found


def test_clips_carry_no_paths() -> None:
    for path in CLIPS.glob("*.mp4"):
        assert not re.search(rb"/(home|work|root|tmp|usr)/", path.read_bytes())


def test_pinyin_is_that_of_the_story() -> None:
    from transcription.model_build.pinyin import to_pinyin

    story = json.loads(STORY.read_text(encoding="utf-8"))
    lines = (DEMO / "pinyin.tsv").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{turn['id']}\t{to_pinyin(turn['text'])}" for turn in story["turns"]]


def test_a_channel_can_be_a_fake_microphone(tmp_path: Path) -> None:
    import wave

    path = tmp_path / "left.wav"
    write_channel_wav(CLIPS / "bodycam.mp4", 0, path, 1.0, 2.5)
    with wave.open(str(path)) as file:
        assert file.getframerate() == RATE_HZ
        assert file.getnframes() == int(2.5 * RATE_HZ)


def _rms(samples: np.ndarray, start_s: float, end_s: float) -> float:
    part = samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
    return float(np.sqrt(np.mean(part**2)))
