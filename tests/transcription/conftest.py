from __future__ import annotations

import pytest

from tests.transcription.sound import Clip, clips
from transcription.engine_vosk import VoskEngine
from transcription.model_directory import SHIPPED, shipped


@pytest.fixture(scope="session")
def engine() -> VoskEngine:
    return VoskEngine(SHIPPED)


@pytest.fixture(scope="session")
def english_engine() -> VoskEngine:
    return VoskEngine(shipped("en"))


@pytest.fixture(scope="session")
def speech() -> list[Clip]:
    return clips()
