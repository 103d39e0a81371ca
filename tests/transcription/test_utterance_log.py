from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

from config.clock import SystemClock
from config.messages import decode, encode
from config.recorder_messages import Append
from tests.fakes.memory_bus import Exchange
from tests.transcription.fakes import FakeRecorder, ToneEngine
from transcription.recogniser import Word
from transcription.recorder_client import RecorderClient
from transcription.utterance import Place, Utterance, to_append
from transcription.utterance_log import UtteranceLog

PLACE = Place("room1-camera", "s1", "room1", 0, "interviewer")


def utterance(start_us: int, text: str = "没有") -> Utterance:
    return Utterance(PLACE, (Word(text, start_us, start_us + 400_000, 0.987),))


@contextlib.asynccontextmanager
async def running(exchange: Exchange) -> AsyncIterator[UtteranceLog]:
    log = UtteranceLog(RecorderClient(exchange.bus()), ToneEngine().model, SystemClock())
    task = asyncio.create_task(log.run())
    try:
        yield log
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def test_the_entry_says_who_what_and_when() -> None:
    append = to_append(utterance(1_000_000), ToneEngine().model, now_us=5)
    again = decode(encode(append), Append)
    assert (again.kind, again.session, again.room, again.t_us) == ("utterance", "s1", "room1", 5)
    body = json.loads(again.body)
    assert body == {
        "source": "room1-camera",
        "id": "room1-camera-0-1000000",
        "speaker": "interviewer",
        "start_us": 1_000_000,
        "end_us": 1_400_000,
        "text": "没有",
        "words": [{"w": "没有", "s_us": 1_000_000, "e_us": 1_400_000, "c_pm": 987}],
        "language": "und",
        "model": "tones",
        "model_sha256": ToneEngine().model.digest,
    }
    assert again.key == to_append(utterance(1_000_000), ToneEngine().model, now_us=9).key


async def test_in_order_and_retried_until_acknowledged(tmp_path: Path) -> None:
    exchange = Exchange()
    recorder = FakeRecorder(tmp_path)
    recorder.refusals = ["disk_full", "busy"]
    async with running(exchange) as log:
        for index in range(3):
            await log.submit(utterance(index * 1_000_000, f"第{index}"))
        assert log.first_pending_us("s1", "room1-camera", "interviewer") == 0
        assert log.first_pending_us("s1", "room1-camera", "interviewee") is None
        await asyncio.sleep(0.05)  # nobody serves yet: unreachable
        async with recorder.serving(exchange.bus()):
            async with asyncio.timeout(10):
                await log.drained()
        assert [item["text"] for item in recorder.utterances()] == ["第0", "第1", "第2"]
        assert log.first_pending_us("s1", "room1-camera", "interviewer") is None


async def test_a_final_refusal_gives_one_up_and_goes_on(tmp_path: Path) -> None:
    exchange = Exchange()
    recorder = FakeRecorder(tmp_path)
    recorder.refusals = ["session_unknown"]
    async with running(exchange) as log, recorder.serving(exchange.bus()):
        await log.submit(utterance(0, "丢"))
        await log.submit(utterance(9, "留"))
        async with asyncio.timeout(10):
            await log.drained()
        assert log.given_up == 1
        assert [item["text"] for item in recorder.utterances()] == ["留"]
