"""Fakes behind the ports: an engine that reads tones, and a recorder that remembers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import msgspec
import numpy as np

from config.bus import Bus, Refused
from config.messages import RECORDER, decode, encode
from config.recorder_messages import (
    Append,
    LogPage,
    ReadLog,
    Receipt,
    SegmentRef,
    Segments,
    SegmentsRequest,
)
from tests.transcription.sound import RecordedSegment
from transcription.pcm import check_audio
from transcription.recogniser import (
    SAMPLE_RATE,
    Engine,
    Event,
    Final,
    ModelInfo,
    Partial,
    Recogniser,
    Word,
)

_BLOCK = SAMPLE_RATE // 100
_QUIET_BLOCKS = 50  # half a second ends an utterance


class ToneEngine:
    """Each tone of 200*k Hz is the word ``k``; no model, exact times."""

    def __init__(self, language: str = "und", names: dict[str, str] | None = None) -> None:
        """``names``: what a tone is called in this language, when not by its number."""
        self.made = 0
        self.language = language
        self.names = names or {}

    @property
    def model(self) -> ModelInfo:
        digest = self.language.encode().hex().ljust(64, "0")
        return ModelInfo("tones", words=9, demo=True, digest=digest, language=self.language)

    def known(self, words: Collection[str]) -> frozenset[str]:
        return frozenset(words) & frozenset(self.names.values())

    def recogniser(self, *, voices: bool = False) -> Recogniser:
        self.made += 1
        return ToneRecogniser(self.names)


class ToneRecogniser:
    """Words are runs of loud 10 ms blocks; half a second of quiet ends the utterance."""

    def __init__(self, names: dict[str, str] | None = None) -> None:
        self._names = names or {}
        self._rest = np.zeros(0, np.int16)
        self._blocks = 0
        self._run: list[int] = []  # zero crossings of the loud blocks of the word in progress
        self._quiet = 0
        self._words: list[Word] = []
        self._partial = ""

    def accept(self, pcm: bytes) -> list[Event]:
        check_audio(pcm)
        samples = np.concatenate([self._rest, np.frombuffer(pcm, "<i2")])
        events: list[Event] = []
        count = len(samples) // _BLOCK
        for block in samples[: count * _BLOCK].reshape(count, _BLOCK):
            events += self._block(block)
        self._rest = samples[count * _BLOCK :]
        text = " ".join(word.text for word in self._words)
        if text != self._partial:
            self._partial = text
            events.append(Partial(text))
        return events

    def finish(self) -> list[Event]:
        self._end_word()
        events = self._end_utterance()
        if self._partial:
            self._partial = ""
            events.append(Partial(""))
        return events

    def _block(self, block: np.ndarray[tuple[int], np.dtype[np.int16]]) -> list[Event]:
        self._blocks += 1
        if np.abs(block).max() > 1500:
            self._quiet = 0
            signs = np.signbit(block)
            self._run.append(int((signs[1:] != signs[:-1]).sum()))
            return []
        self._quiet += 1
        if self._quiet == 5:
            self._end_word()
        return self._end_utterance() if self._quiet == _QUIET_BLOCKS else []

    def _end_word(self) -> None:
        if len(self._run) > 3:
            number = round(float(np.median(self._run)) / 4)  # 200 Hz crosses 4 times in 10 ms
            end = (self._blocks - self._quiet) * 10_000
            name = self._names.get(str(number), str(number))
            self._words.append(Word(name, end - len(self._run) * 10_000, end, 1.0))
        self._run = []

    def _end_utterance(self) -> list[Event]:
        words, self._words = tuple(self._words), []
        return [Final(words)] if words else []


class FakeRecorder:
    """Answers as the recorder does: a log, idempotent appends, recorded segments."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.entries: list[bytes] = []
        self.keys: dict[str, int] = {}
        self.refs: list[SegmentRef] = []
        self.open = True
        self.channels = ["unknown"]
        self.refusals: list[str] = []  # codes for the next appends
        self.appends = 0
        self.unknown_sessions: set[str] = set()

    def log(self, kind: str, session: str, body: dict[str, object], room: str = "room1") -> int:
        """Append an entry of any kind."""
        entry = {"kind": kind, "session": session, "room": room, "body": body}
        self.entries.append(json.dumps(entry).encode())
        return len(self.entries) - 1

    def record(self, init: bytes, segments: list[RecordedSegment], origin_us: int) -> None:
        """Write segment files whose timeline begins at ``origin_us``."""
        self.store.mkdir(parents=True, exist_ok=True)
        (self.store / "init.mp4").write_bytes(init)
        for segment in segments:
            number = len(self.refs) + 1
            name = f"{number:06d}.m4s"
            (self.store / name).write_bytes(segment.data)
            self.refs.append(
                SegmentRef(
                    epoch=1,
                    number=number,
                    path=name,
                    init_path="init.mp4",
                    start_us=origin_us + segment.start_us,
                    duration_us=segment.duration_us,
                )
            )

    def utterances(self) -> list[dict[str, object]]:
        """Bodies of the utterance entries."""
        parsed = [json.loads(entry) for entry in self.entries]
        return [entry["body"] for entry in parsed if entry["kind"] == "utterance"]

    @contextlib.asynccontextmanager
    async def serving(self, bus: Bus) -> AsyncIterator[None]:
        """Serve on the bus."""
        async with bus.serve(RECORDER, self._answer):
            yield

    async def _answer(self, method: str, payload: bytes) -> bytes:
        reply: msgspec.Struct
        if method == "read_log":
            request = decode(payload, ReadLog)
            page = self.entries[request.first_index : request.first_index + request.limit]
            reply = LogPage(
                log="recorder-1",
                first_index=request.first_index,
                size=len(self.entries),
                entries=page,
            )
        elif method == "segments":
            wanted = decode(payload, SegmentsRequest)
            if wanted.session in self.unknown_sessions:
                raise Refused("session_unknown", wanted.session)
            later = [ref for ref in self.refs if ref.start_us + ref.duration_us > wanted.from_us]
            reply = Segments(
                segments=later[:500], room="room1", channels=self.channels, open=self.open
            )
        elif method == "append":
            reply = self._append(decode(payload, Append))
        else:
            raise Refused("unknown_method", method)
        return encode(reply)

    def _append(self, request: Append) -> Receipt:
        self.appends += 1
        if self.refusals:
            raise Refused(self.refusals.pop(0), "as the test wants")
        if request.key not in self.keys:
            body = json.loads(request.body)
            self.keys[request.key] = self.log(request.kind, request.session, body, request.room)
        return Receipt(index=self.keys[request.key], leaf_hash=b"\0" * 32, t_us=request.t_us)


def as_engine(engine: ToneEngine) -> Engine:
    """For the type checker: the fake fulfils the port."""
    return engine
