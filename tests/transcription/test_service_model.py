"""The whole transcriber with the shipped model: speech on the bus to entries in the log."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from config.clock import SystemClock
from config.messages import PartialText, decode, encode
from config.settings import load
from tests.fakes.memory_bus import Exchange
from tests.transcription.fakes import FakeRecorder
from tests.transcription.sound import Clip, batches, segments, silence
from tests.transcription.sound import encode as opus
from transcription.engine_vosk import VoskEngine
from transcription.service import TranscriberService
from transcription.wer import rate

pytestmark = pytest.mark.model

ZERO_US = 1_700_000_000_000_000
SPEAKERS = ["interviewer", "interviewee"]


async def test_question_and_answer(engine: VoskEngine, speech: list[Clip], tmp_path: Path) -> None:
    question, answer = speech[0], speech[1]
    pause = silence(1.2)
    left = np.concatenate([question.wave, pause, np.zeros_like(answer.wave), pause])
    right = np.concatenate([np.zeros_like(question.wave), pause, answer.wave, pause])
    exchange = Exchange()
    exchange.keep_published = True
    recorder = FakeRecorder(tmp_path)
    live = batches(opus(left, right), ZERO_US, SPEAKERS)
    async with recorder.serving(exchange.bus()):
        service = TranscriberService(exchange.bus(), load(), engine, tmp_path, SystemClock())
        async with service, asyncio.timeout(60):
            while not exchange.subscribers:
                await asyncio.sleep(0.01)
            bus = exchange.bus()
            ended_us = 0
            for batch in live:
                bus.publish(f"audio.{batch.source}", encode(batch))
                while service.status().behind_us or len(exchange.published) == 0:
                    await asyncio.sleep(0.001)
                if recorder.utterances() and not ended_us:
                    ended_us = batch.packets[-1].start_us
            while len(recorder.utterances()) < 2:
                await asyncio.sleep(0.01)
    said = recorder.utterances()
    assert [item["speaker"] for item in said] == SPEAKERS
    assert rate([(question.text, str(said[0]["text"])), (answer.text, str(said[1]["text"]))]) <= 0.1
    speech_end_us = ZERO_US + question.words[-1][2]
    assert ended_us - speech_end_us <= 1_100_000
    topics = [topic.split(".")[0] for topic, _ in exchange.published]
    partials = [
        decode(payload, PartialText)
        for topic, payload in exchange.published
        if topic.startswith("partial.")
    ]
    assert "level" in topics
    assert partials[0].text
    assert partials[0].end_us < speech_end_us
    assert partials[-1].text == ""


async def test_killed_in_mid_sentence_loses_and_repeats_nothing(
    engine: VoskEngine, speech: list[Clip], tmp_path: Path
) -> None:
    pause = silence(1.2)
    sound = np.concatenate([part for clip in speech[:3] for part in (clip.wave, pause)])
    exchange = Exchange()
    recorder = FakeRecorder(tmp_path)
    recorder.log("recording.open", "s1", {"source": "room1-camera"})
    live = batches(opus(sound), ZERO_US, ["unknown"])
    half = round((len(speech[0].wave) + len(pause) + len(speech[1].wave) // 2) / 4800)
    async with recorder.serving(exchange.bus()), asyncio.timeout(60):
        for part in (live[:half], []):
            bus = exchange.bus()
            async with TranscriberService(bus, load(), engine, tmp_path, SystemClock()):
                while not exchange.subscribers:
                    await asyncio.sleep(0.01)
                for batch in part:
                    bus.publish(f"audio.{batch.source}", encode(batch))
                wanted = 1 if part else 3
                while len(recorder.utterances()) < wanted:
                    await asyncio.sleep(0.01)
            if part:
                recorder.record(*segments(sound), ZERO_US)
    texts = [str(item["text"]) for item in recorder.utterances()]
    assert rate([("".join(clip.text for clip in speech[:3]), "".join(texts))]) <= 0.1
    assert len(texts) == len(set(texts))
