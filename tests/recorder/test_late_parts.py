"""What a device kept of its own recording: nothing of a pause, and only what was missing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest

from recorder.late_media import picture_digest
from recorder.late_order import Candidate, LateOrder, Outcome
from recorder.late_plan import is_owed
from recorder.late_worker import carry_out
from tests.evidence_store.builder import SESSION, START_US, SessionScript, open_writer
from tests.recorder.clip_maker import RATE, make_clip

S = 1_000_000
SOURCE = "room1-camera"


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds with a key frame each second."""
    return make_clip(tmp_path_factory.mktemp("parts") / "part.mp4", seconds=8.0, size=(64, 48))


def examine(
    store: Path, part: Path, *, kind: str = "local-part", start_us: int, first: bool = False
) -> Outcome:
    order = LateOrder(
        upload="u1",
        file=str(part),
        folder=str(store / "uploads" / "u1" / "parts"),
        source=SOURCE,
        room="room1",
        name="part.mp4",
        kind=kind,
        sha256_said="",
        start_us=start_us,
        first=first,
        clock_offset_us=0,
        by="",
        by_name="",
        received_us=START_US,
        now_us=START_US + 3600 * S,
        segment_us=2 * S,
        candidates=[Candidate(SESSION, str(store / "recorder-1"), 0, START_US, START_US + 60 * S)],
    )
    return carry_out(order, lambda _: None)


def session(store: Path, *steps: tuple[str, int]) -> None:
    """A closed session: two seconds live, the steps for so many seconds, two live."""
    writer = open_writer(store)
    script = SessionScript(writer, SESSION)
    script.open()
    script.open_recording(SOURCE)
    script.segment(SOURCE)
    for step, seconds in steps:
        if step == "live":
            script.segment(SOURCE, seconds * S)
        else:
            script.gap(SOURCE, seconds * S, pause=step == "pause")
    script.init(SOURCE)
    script.segment(SOURCE)
    script.close_recording(SOURCE)
    script.close()
    writer.close()


def manifest(store: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(
        (store / "uploads" / "u1" / "parts" / "manifest.json").read_bytes()
    )
    return found


def pictures(path: Path) -> dict[bytes, int]:
    """When each picture of a file is shown, microseconds on its own clock, by its digest."""
    with av.open(str(path)) as container:
        return {
            picture_digest("h264", bytes(packet)): round(packet.pts * packet.time_base * S)
            for packet in container.demux(video=0)
            if packet.pts is not None and packet.time_base is not None and packet.size
        }


def kept_us(store: Path, part: Path) -> list[int]:
    """When in the handed-over file the pictures stood that are kept of it, anywhere."""
    shown = pictures(part)
    head, *rest = manifest(store)
    epochs: dict[int, bytes] = {}
    for one in rest:
        if one["kind"] in ("late.init", "late.segment"):
            data = Path(one["file"]["source"]).read_bytes()
            epochs[one["body"]["epoch"]] = epochs.get(one["body"]["epoch"], b"") + data
    files = [Path(head["file"]["source"])]
    for epoch, data in epochs.items():
        files.append(store / f"e{epoch}{files[0].suffix}")
        files[-1].write_bytes(data)
    return sorted(shown[digest] for one in files for digest in pictures(one))


def length_us(path: Path) -> int:
    with av.open(str(path)) as container:
        times = [packet.pts * packet.time_base for packet in container.demux(video=0) if packet.pts]
    return int((max(times) - min(times)) * S)


@pytest.mark.parametrize("steps", [[("gap", 3), ("pause", 3)], [("pause", 3), ("gap", 3)]])
def test_nothing_of_a_pause_is_kept_of_a_devices_own_part(
    tmp_path: Path, part: Path, steps: list[tuple[str, int]]
) -> None:
    session(tmp_path, *steps)
    outcome = examine(tmp_path, part, start_us=START_US + S)
    assert (outcome.state, outcome.found["pause_us"]) == ("ready", 3 * S), outcome
    head, *rest = manifest(tmp_path)
    original = Path(head["file"]["source"])
    assert original != part
    assert head["file"]["sha256"] == hashlib.sha256(original.read_bytes()).hexdigest()
    assert head["body"]["handed_over_sha256"] == outcome.sha256 != head["file"]["sha256"]
    # what stands outside of the pause and no picture more, not for the decoder either
    assert 2.5 * S < length_us(original) <= 3 * S
    (init,) = [one for one in rest if one["kind"] == "late.init"]
    segments = [one for one in rest if one["kind"] == "late.segment"]
    together = [Path(one["file"]["source"]).read_bytes() for one in (init, *segments)]
    assert original.read_bytes() == b"".join(together)


@pytest.mark.parametrize(
    ("steps", "key_every", "b_frames"),
    [
        # the key frame that the gap needs stands in the pause, live media between
        ([("pause", 3), ("live", 1), ("gap", 3)], 4 * RATE, 0),
        # it stands before the pause
        ([("pause", 1), ("live", 1), ("gap", 5)], 7 * RATE, 0),
        # it is the first picture of the gap; pictures decoded after it are shown in the pause
        ([("pause", 1), ("gap", 5)], 3 * RATE, 2),
    ],
)
def test_a_gap_keeps_no_picture_from_before_the_end_of_a_pause(
    tmp_path: Path, steps: list[tuple[str, int]], key_every: int, b_frames: int
) -> None:
    part = make_clip(
        tmp_path / "part.mp4",
        seconds=10.0,
        size=(64, 48),
        profile="main" if b_frames else "baseline",
        key_every=key_every,
        b_frames=b_frames,
        open_gop=b_frames > 0,
    )
    session(tmp_path, *steps)
    outcome = examine(tmp_path, part, start_us=START_US)
    assert outcome.state == "ready", outcome
    ends_us = next(2 + seconds for step, seconds in steps if step == "pause") * S
    kept = kept_us(tmp_path, part)
    assert kept
    assert min(kept) >= ends_us


def heard_us(store: Path) -> int:
    """For how long there is sound in what is kept as the original."""
    original = Path(manifest(store)[0]["file"]["source"])
    with av.open(str(original)) as container:
        times = [one.pts * one.time_base for one in container.demux(audio=0) if one.pts]
    return int((max(times) - min(times)) * S)


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
@pytest.mark.parametrize(("key_every", "shown"), [(8, False), (4, True)])
def test_sound_does_not_wait_for_a_picture_after_a_pause(
    tmp_path: Path, suffix: str, key_every: int, shown: bool
) -> None:
    codec = "libvpx" if suffix == "webm" else "libx264"
    path = tmp_path / f"part.{suffix}"
    part = make_clip(path, seconds=10.0, size=(64, 48), video=codec, key_every=key_every * RATE)
    session(tmp_path, ("pause", 3), ("gap", 3 + shown))
    outcome = examine(tmp_path, part, start_us=START_US)
    assert outcome.state == "ready", outcome
    (span,) = outcome.found["spans"]
    assert abs(span["start_us"] - START_US - 5 * S) < 50_000
    assert abs(span["end_us"] - START_US - (8 + shown) * S) < 50_000
    assert abs(heard_us(tmp_path) - (3 + shown) * S) < 100_000
    _, init, *rest = manifest(tmp_path)
    bodies = [one["body"] for one in rest if one["kind"] == "late.segment"]
    assert (sum(one["frames"] for one in bodies) > 0) == shown
    assert max(one["duration_us"] for one in bodies) < 5 * S
    assert init["body"]["mime"].startswith("video/")  # as every other part of the file


def test_a_part_of_which_nothing_can_be_cut_stays_with_the_device(tmp_path: Path) -> None:
    path = tmp_path / "part.mp4"
    part = make_clip(path, seconds=10.0, size=(64, 48), audio=False, key_every=8 * RATE)
    session(tmp_path, ("pause", 3), ("gap", 3))
    outcome = examine(tmp_path, part, start_us=START_US)
    assert (outcome.state, outcome.code) == ("refused", "no_key_frame"), outcome


def test_a_file_of_a_card_is_kept_as_it_came(tmp_path: Path, part: Path) -> None:
    session(tmp_path, ("gap", 3), ("pause", 3))
    outcome = examine(tmp_path, part, kind="file", start_us=START_US + S)
    head = manifest(tmp_path)[0]
    assert (outcome.state, head["file"]["source"]) == ("ready", str(part))
    assert "handed_over_sha256" not in head["body"]


@pytest.mark.parametrize("steps", [[("live", 6)], [("pause", 6)], [("live", 3), ("pause", 3)]])
def test_a_part_of_which_nothing_was_missing_is_not_filed(
    tmp_path: Path, part: Path, steps: list[tuple[str, int]]
) -> None:
    session(tmp_path, *steps)
    outcome = examine(tmp_path, part, start_us=START_US + S)
    assert (outcome.state, outcome.code) == ("filed", "nothing_missing"), outcome
    assert (outcome.found["late_us"], outcome.found["spans"]) == (0, [])
    assert not (tmp_path / "uploads").exists()


def test_seams_and_the_time_to_connect_are_not_missing() -> None:
    live = [(4 * S, 10 * S)]
    assert not is_owed([], live)
    assert not is_owed([(10 * S, 10 * S + 400_000)], live)
    assert not is_owed([(S, 4 * S)], live, S)
    assert is_owed([(10 * S, 10 * S + 500_000)], live)
    assert is_owed([(-2 * S, 4 * S)], live, -2 * S)
    assert is_owed([(S, 4 * S)], [], S)


def test_only_a_first_part_that_begins_there_was_connecting() -> None:
    live = [(4 * S, 10 * S)]
    assert not is_owed([(S, 4 * S)], live, S - 400_000)  # two clocks
    assert is_owed([(S, 4 * S)], live)
    assert is_owed([(S, 4 * S)], live, -S)  # it was recording before, but for a pause
    assert is_owed([(S, 4 * S)], live, 5 * S)


@pytest.mark.parametrize("first", [True, False])
def test_what_a_source_lost_before_it_came_is_filed_to_the_last_moment(
    tmp_path: Path, part: Path, first: bool
) -> None:
    """Its parts follow one another; only where the device began was it connecting."""
    writer = open_writer(tmp_path)
    script = SessionScript(writer, SESSION)
    script.open()
    script.open_recording(SOURCE)
    script.gap(SOURCE, 3 * S)
    script.segment(SOURCE, 10 * S)
    script.close_recording(SOURCE)
    script.close()
    writer.close()
    outcome = examine(tmp_path, part, start_us=START_US, first=first)
    if first:
        assert (outcome.state, outcome.code) == ("filed", "nothing_missing"), outcome
    else:
        assert (outcome.state, outcome.found["late_us"]) == ("ready", 3 * S), outcome
