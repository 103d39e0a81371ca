"""A real publisher over real WebRTC into the real store."""

from __future__ import annotations

import asyncio
import io
import itertools
from pathlib import Path

import av

from recorder.ingest.clip import Clip
from tests.recorder.harness import running


async def test_records_what_is_published(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip):
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 3)
        await lab.close()
        segments = lab.entries("media.segment")
        assert len(segments) >= 3
        for before, after in itertools.pairwise(segments):
            body = before["body"]
            assert body["start_us"] + body["duration_us"] == after["body"]["start_us"]
        [init] = lab.entries("media.init")
        head = (lab.root / init["body"]["path"]).read_bytes()
        for entry in segments:
            body = entry["body"]
            data = head + (lab.root / body["path"]).read_bytes()
            with av.open(io.BytesIO(data)) as container:
                assert sum(1 for _ in container.decode(video=0)) == body["frames"]
        [closed] = lab.entries("recording.close")
        body = closed["body"]
        accounted = body["recorded_us"] + body["gap_us"] + body["pause_us"]
        assert body["end_us"] - body["start_us"] == accounted
        assert lab.entries()[-1]["kind"] == "session.close"
        await asyncio.sleep(0)
