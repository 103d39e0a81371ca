"""A session that changes its language, and a vocabulary that arrives: over a memory bus."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from config.bus import Refused
from config.clock import SystemClock
from config.messages import TRANSCRIBER, Done, decode, encode
from config.recorder_messages import StatusRequest
from config.settings import load
from config.transcriber_messages import (
    HearingPlan,
    LanguageSwitch,
    SessionHearing,
    TranscriberStatus,
)
from tests.fakes.memory_bus import Exchange
from tests.transcription.fakes import FakeRecorder, ToneEngine
from tests.transcription.sound import RATE, batches, beep, segments
from tests.transcription.sound import encode as opus
from tests.transcription.test_service import BEEP_US, ZERO_US, until
from transcription.hearing import Hearing
from transcription.hearing_plan import plan_digest, vocabulary_digest
from transcription.service import TranscriberService

ZH = {"2": "证", "3": "过", "4": "动"}
EN = {"2": "two", "3": "three", "4": "four"}
SWITCH_US = ZERO_US + BEEP_US


def engines() -> tuple[ToneEngine, ToneEngine]:
    return ToneEngine("zh", ZH), ToneEngine("en", EN)


def plan(*switches: tuple[int, str], terms: tuple[str, ...] = ()) -> HearingPlan:
    told = [LanguageSwitch(from_us=from_us, language=language) for from_us, language in switches]
    return HearingPlan(sessions=[SessionHearing(session="s1", switches=told, terms=list(terms))])


class House:
    """A recorder, and transcribers one after the other."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.exchange = Exchange()
        self.bus = self.exchange.bus()
        self.recorder = FakeRecorder(store)

    @contextlib.asynccontextmanager
    async def transcriber(self) -> AsyncIterator[TranscriberService]:
        chinese, english = engines()
        service = TranscriberService(
            self.exchange.bus(), load(), chinese, self.store, SystemClock(), [english]
        )
        async with self.recorder.serving(self.exchange.bus()), service:
            await until(lambda: bool(self.exchange.subscribers))
            await asyncio.sleep(0.05)
            yield service

    async def hear(self, told: HearingPlan) -> TranscriberStatus:
        decode(await self.bus.request(TRANSCRIBER, "hear", encode(told)), Done)
        answer = await self.bus.request(TRANSCRIBER, "status", encode(StatusRequest()))
        return decode(answer, TranscriberStatus)

    def said(self) -> list[tuple[object, object]]:
        return [(one["language"], one["text"]) for one in self.recorder.utterances()]


async def test_the_status_names_models_and_plan(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.transcriber():
        told = plan((ZERO_US, "en"))
        status = await house.hear(told)
        assert [model.language for model in status.models] == ["zh", "en"]
        assert status.plan == plan_digest(told)
        with pytest.raises(Refused, match="bad_request"):
            await house.bus.request(TRANSCRIBER, "hear", b"nonsense")


async def test_a_session_switches_while_it_runs(tmp_path: Path) -> None:
    """The running utterance is ended in its language; the next words are of the other."""
    house = House(tmp_path)
    wave = np.concatenate([beep(2), beep(3), beep(4)])
    async with house.transcriber():
        await house.hear(plan((SWITCH_US, "en"), (SWITCH_US + BEEP_US, "zh")))
        for batch in batches(opus(wave), ZERO_US, ["unknown"]):
            house.bus.publish(f"audio.{batch.source}", encode(batch))
        await until(lambda: len(house.said()) == 3)
    assert house.said() == [("zh", "证"), ("en", "three"), ("zh", "动")]
    digests = [one["model_sha256"] for one in house.recorder.utterances()]
    assert digests[0] == digests[2] != digests[1]


async def test_the_log_alone_tells_the_language_after_a_crash(tmp_path: Path) -> None:
    house = House(tmp_path)
    recorded = segments(np.concatenate([beep(2), beep(3)]))
    house.recorder.record(*recorded, ZERO_US)
    house.recorder.log("recording.open", "s1", {"source": "room1-camera"})
    house.recorder.log("transcription.language", "s1", {"from_us": SWITCH_US, "language": "en"})
    house.recorder.open = False
    async with house.transcriber():
        await until(lambda: len(house.said()) == 2)
    assert house.said() == [("zh", "证"), ("en", "three")]


async def test_repairs_are_marked_and_the_words_stay(tmp_path: Path) -> None:
    house = House(tmp_path)
    short = round(0.5 * RATE)  # too little quiet for the end of an utterance
    wave = np.concatenate([beep(2)[:short], beep(3)[:short], beep(4)])
    async with house.transcriber():
        await house.hear(plan(terms=("郑国栋",)))
        for batch in batches(opus(wave), ZERO_US, ["unknown"]):
            house.bus.publish(f"audio.{batch.source}", encode(batch))
        await until(lambda: len(house.said()) == 1)
    [one] = house.recorder.utterances()
    assert one["text"] == "郑国栋"
    assert [word["w"] for word in one["words"]] == ["证", "过", "动"]  # type: ignore[attr-defined]
    assert one["vocabulary"] == vocabulary_digest(["郑国栋"])
    assert one["repairs"] == [
        {"from": 0, "to": 3, "original": "证过动", "rule": "same_sound", "distance": 0}
    ]


def test_an_unknown_language_is_heard_with_the_default_model() -> None:
    chinese, english = engines()
    hearing = Hearing([chinese, english])
    hearing.switch("s1", 5, "fr")
    assert hearing.engine("s1", 6) is chinese
    hearing.switch("s1", 7, "en")
    assert hearing.engine("s1", 6) is chinese
    assert hearing.engine("s1", 7) is english
    assert hearing.engine("s2", 7) is chinese
