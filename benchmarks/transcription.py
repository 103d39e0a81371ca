"""What hearing a room costs, how soon words are there, and how many are wrong.

Ours is the real transcriber on the real bus, in a process of its own: ``--rooms`` rooms of two
microphones each, the demo's conversations as Opus in real time, each room at another place of
them. The peer is bare Vosk with the same model in another process at the same pace: the same audio,
decoded and at 16 kHz beforehand, two recognisers a room, words and partial results on. Both have
the same time after loading to come to rest.

Latencies are counted from the audio: a partial from the end of the first word of its utterance to
the bus, a final from the end of its last word to its arrival at the recorder. With ``--chain`` two
rooms then publish over WebRTC into a whole installation, and the error rate is that of what the
case's desk was told; the demo's voices are not among those the model was trained on unless
transcription/model_build/README.md says otherwise. With ``--plain`` sentences that no model has
learnt from go the same way, in Chinese and in English.

Run: .venv/bin/python -m benchmarks.transcription [--rooms 8] [--seconds 30] [--chain 60] [--plain]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks._transcription_chain import error_rate
from benchmarks._transcription_peer import peer
from benchmarks._transcription_plain import error_rates
from command_centre.zmq_bus import ZmqBus
from config.bus import BusError
from config.clock import SystemClock
from config.demo import CLIPS
from config.messages import (
    RECORDER,
    TRANSCRIBER,
    AudioBatch,
    AudioPacket,
    PartialText,
    decode,
    encode,
)
from config.recorder_messages import Append, LogPage, Receipt, Segments, StatusRequest
from config.settings import load
from recorder.ingest.clip import Clip
from transcription.engine_vosk import VoskEngine
from transcription.model_directory import SHIPPED
from transcription.service import TranscriberService

_READY_S = 120.0
_REST_S = 2.0
_NAMES = ("recorder-1", "transcriber", "centre")
_PACKET_US = 20_000
_PACKETS = 5
_BEGIN_S = 40.0  # rooms begin this far apart in the conversations


class Ear:
    """The recorder's end of the bus: takes utterances, and notes when words arrived."""

    def __init__(self) -> None:
        self.finals_ms: list[float] = []
        self.partials_ms: list[float] = []
        self._shown: dict[tuple[str, str], tuple[int, int]] = {}  # start and arrival of partials
        self._size = 0
        self.over = False  # no more audio: what comes now was cut off in the middle, not ended

    async def answer(self, method: str, payload: bytes) -> bytes:
        """What the transcriber asks of a recorder."""
        if method == "append":
            request = decode(payload, Append)
            self._heard(json.loads(request.body), time.time_ns() // 1000)
            self._size += 1
            return encode(Receipt(index=self._size, leaf_hash=bytes(32), t_us=request.t_us))
        if method == "segments":
            return encode(Segments(segments=[], room="r", channels=[], open=True))
        return encode(LogPage(log="recorder-1", first_index=0, size=0, entries=[]))

    def partial(self, text: PartialText) -> None:
        """Words on their way."""
        key = (text.source, text.speaker)
        if text.text and key not in self._shown:
            self._shown[key] = (text.start_us, time.time_ns() // 1000)

    def _heard(self, said: dict[str, Any], now_us: int) -> None:
        if self.over:
            return
        words = [word for word in said["words"] if word["w"] != "[unk]"]
        self.finals_ms.append((now_us - words[-1]["e_us"]) / 1000)
        shown = self._shown.pop((said["source"], said["speaker"]), None)
        if shown is not None:
            self.partials_ms.append((shown[1] - words[0]["e_us"]) / 1000)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="duizhi bench transcription")
    parser.add_argument("--rooms", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--chain", type=float, default=0.0, help="seconds over WebRTC; 0: not")
    parser.add_argument(
        "--plain", action="store_true", help="plain sentences over WebRTC as well, two minutes"
    )
    parser.add_argument("--transcriber-in", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(options.model, options.rooms)
    if options.transcriber_in:
        asyncio.run(_transcriber(options.transcriber_in, options.model))
        return 0
    print(json.dumps(asyncio.run(_measure(options)), ensure_ascii=False))
    return 0


async def _measure(options: argparse.Namespace) -> dict[str, object]:
    ear = Ear()
    with tempfile.TemporaryDirectory(prefix="duizhi-hear") as name:
        ours = await _ours(Path(name), options, ear)
    theirs = await asyncio.to_thread(_peer, options)
    found: dict[str, object] = {
        "bench": "transcription",
        "ours": round(ours, 5),
        "peer": round(theirs, 5),
        "peer_name": "bare Vosk on decoded audio",
        "ratio": round(ours / theirs, 3),
        "unit": "CPU seconds per second of a room",
        "rooms": options.rooms,
        "rooms_per_core": round(1 / ours, 1),
        "model": options.model.name,
        "partial_ms": _spread(ear.partials_ms),
        "final_ms": _spread(ear.finals_ms),
    }
    if options.chain:
        found["chain"] = await error_rate(options.chain)
    if options.plain:
        found["plain"] = await error_rates()
    return found


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    if not ordered:
        return {"count": 0}
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return {"count": len(ordered), "p50": round(median(ordered)), "p95": round(p95)}


async def _transcriber(folder: Path, model: Path) -> None:
    engine = VoskEngine(model, "zh")
    settings = load()
    async with (
        ZmqBus(folder / "bus", "transcriber", _NAMES, settings.bus.high_water) as bus,
        TranscriberService(bus, settings, engine, folder, SystemClock()),
    ):
        await asyncio.Event().wait()


async def _ours(folder: Path, options: argparse.Namespace, ear: Ear) -> float:
    """CPU seconds per second of a room."""
    async with ZmqBus(folder / "bus", "recorder-1", _NAMES, load().bus.high_water) as bus:
        command = ["--transcriber-in", str(folder), "--model", str(options.model)]
        with _child(command) as process:
            async with bus.serve(RECORDER, ear.answer), _listening(bus, ear):
                await _ready(bus)
                with _measuring(process.pid) as spent:
                    begun = time.monotonic()
                    await _publish(bus, options.rooms, options.seconds)
                    ear.over = True
                    await asyncio.sleep(0.5)
                    elapsed = time.monotonic() - begun
                await asyncio.sleep(2.0)
    assert ear.finals_ms, "nothing was heard: nothing was measured"
    return float(spent[0] / elapsed / options.rooms)


async def _ready(bus: ZmqBus) -> None:
    """Until the transcriber has its model and has read the log."""
    async with asyncio.timeout(_READY_S):
        while True:
            with contextlib.suppress(BusError):
                await bus.request(TRANSCRIBER, "status", encode(StatusRequest()), timeout_s=1.0)
                break
            await asyncio.sleep(0.2)
    await asyncio.sleep(_REST_S)


@contextlib.asynccontextmanager
async def _listening(bus: ZmqBus, ear: Ear) -> AsyncIterator[None]:
    async def listen() -> None:
        async with bus.subscribe("partial.") as messages:
            async for _, payload in messages:
                ear.partial(decode(payload, PartialText))

    task = asyncio.create_task(listen())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _peer(options: argparse.Namespace) -> float:
    command = ["--peer", "--rooms", str(options.rooms), "--model", str(options.model)]
    with _child(command) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it is ready, and at rest until now
        with _measuring(process.pid) as spent:
            begun = time.monotonic()
            time.sleep(options.seconds)
            elapsed = time.monotonic() - begun
    return float(spent[0] / elapsed / options.rooms)


@contextlib.contextmanager
def _child(arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.transcription", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextlib.contextmanager
def _measuring(pid: int) -> Iterator[list[float]]:
    watched, spent = psutil.Process(pid), [0.0]
    before = watched.cpu_times()
    yield spent
    after = watched.cpu_times()
    spent[0] = after.user + after.system - before.user - before.system


def conversations() -> list[Clip]:
    """The demo's two rooms."""
    return [Clip.read(CLIPS / f"{name}.mp4") for name in ("room1", "room2")]


def begin_packet(room: int, length: int) -> int:
    """Where of its conversation a room begins."""
    return round(room // 2 * _BEGIN_S * 1_000_000 / _PACKET_US) % max(1, length // 2)


async def _publish(bus: ZmqBus, rooms: int, seconds: float) -> None:
    """All rooms in real time, in batches like the recorder's."""
    clips = conversations()
    zero_us = time.time_ns() // 1000
    count = round(seconds * 1_000_000 / _PACKET_US / _PACKETS)
    for number in range(count):
        due_us = zero_us + (number + 1) * _PACKETS * _PACKET_US
        await asyncio.sleep(max(0.0, due_us / 1e6 - time.time()))
        for room in range(rooms):
            sound = clips[room % 2].audio
            first = begin_packet(room, len(sound)) + number * _PACKETS
            start_us = zero_us + number * _PACKETS * _PACKET_US
            packets = [
                AudioPacket(
                    start_us=start_us + place * _PACKET_US,
                    duration_us=_PACKET_US,
                    data=sound[(first + place) % len(sound)].data,
                )
                for place in range(_PACKETS)
            ]
            batch = AudioBatch(
                source=f"room-{room}",
                session=f"s{room}",
                room=f"room-{room}",
                epoch=1,
                number=number + 1,
                channels=["interviewer", "interviewee"],
                packets=packets,
            )
            bus.publish(f"audio.{batch.source}", encode(batch))


if __name__ == "__main__":
    sys.exit(main())
