"""The sync figure of the demo, on fragments made from a committed clip."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from command_centre.demo_sync import sync_errors_ms
from config.demo import CLIPS

MOVFLAGS = "frag_keyframe+empty_moov+default_base_moof+frag_discont"


def _fragmented(clip: Path, path: Path, sound_late_ms: int) -> None:
    """The clip again as init and fragments in one file, its sound moved."""
    options = {"movflags": MOVFLAGS, "avoid_negative_ts": "disabled"}
    with av.open(str(clip)) as source, av.open(str(path), "w", "mp4", options=options) as target:
        streams = {s.index: target.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is None or packet.pts is None:
                continue
            late = sound_late_ms if packet.stream.type == "audio" else 0
            packet.pts += round(late / 1000 / packet.time_base)
            packet.dts = packet.pts
            packet.stream = streams[packet.stream.index]
            target.mux(packet)


@pytest.mark.slow
@pytest.mark.parametrize("late_ms", [0, 80])
def test_sound_that_is_late_is_measured(tmp_path: Path, late_ms: int) -> None:
    _fragmented(CLIPS / "drone.mp4", tmp_path / "e001-init.mp4", late_ms)
    errors = sync_errors_ms(tmp_path)
    assert len(errors) == 3
    assert errors == pytest.approx([late_ms] * 3, abs=10)  # pre-skip is 6.5 ms


def test_nothing_recorded_says_nothing(tmp_path: Path) -> None:
    assert sync_errors_ms(tmp_path) == []
