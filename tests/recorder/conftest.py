"""Clips, made once for all tests of the recorder."""

from __future__ import annotations

from pathlib import Path

import pytest

from recorder.ingest.clip import Clip
from tests.recorder.clip_maker import make_clip


@pytest.fixture(scope="session")
def clip_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of H.264 and stereo Opus, a key frame every second."""
    return make_clip(tmp_path_factory.mktemp("clips") / "av.mp4")


@pytest.fixture(scope="session")
def clip(clip_path: Path) -> Clip:
    """The same, read."""
    return Clip.read(clip_path)
