"""One worker per recording: live audio, and what is missing of it read from the recording.

The worker is the only user of its listener, and awaits each job before the next, so a recogniser
is never used by two threads at once. Its queue is bounded; a batch that does not fit is dropped,
which shows as a hole in the batch numbers and is closed like any other hole: by reading the
recorded segments, while live batches wait in the queue.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from config.bus import BusError, Refused
from config.messages import AudioBatch, AudioPacket, MalformedMessage
from config.recorder_messages import SegmentRef, Segments
from evidence_store.errors import SealedError
from evidence_store.sealed_media import read_media
from transcription.errors import AudioError
from transcription.hearing import Hearing
from transcription.listener import Heard, Listener
from transcription.past_segments import past_segments
from transcription.positions import RecordingPosition
from transcription.recorder_client import RecorderClient
from transcription.resample import read_segment
from transcription.timeline import TOLERANCE_US
from transcription.track import Speech
from transcription.utterance import Place

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Batches, about 30 s of audio.
QUEUE_BATCHES = 300
#: No batch for this long ends the utterance in progress.
_IDLE_S = 1.5
#: The same once the source is known to have stopped: its last batches may still be on the way.
_STOPPED_S = 0.3
#: No batch for this long ends the worker; the next batch makes a new one.
_RETIRE_S = 60.0
#: A hole the recorder shows no segment for within this time is a hole in the recording too.
_PATIENCE_S = 12.0
_ASK_AGAIN_S = 0.4
_UNKNOWN = "session_unknown"


@dataclass(frozen=True)
class WorkerPorts:
    """What a worker uses, given by the service."""

    recorder: RecorderClient
    hearing: Hearing
    executor: Executor  # where decoding and recognition run
    store_path: Path
    logs: Sequence[str]  # of the store, one a recorder
    partial_us: int
    say: Callable[[Speech], Awaitable[None]]  # publishes partials, logs utterances
    level: Callable[[str, AudioBatch, Heard], None]


class SourceWorker:
    """See the module. Life: made, ``run`` until it returns, dropped."""

    def __init__(self, ports: WorkerPorts, position: RecordingPosition, known_number: int) -> None:
        """``known_number``: the last batch seen of this recording, 0 when none was."""
        self.position = position
        self.closed = False  # the recorder says the recording is over, and it was heard
        self._ports = ports
        self._queue: asyncio.Queue[AudioBatch] = asyncio.Queue(QUEUE_BATCHES)
        self._listener: Listener | None = None
        self._number = known_number
        self._stopped = False
        self._newest_us = 0
        self._settled: dict[str, int] = {}
        self._past: Segments | None = None  # of a closed session, from the log's files

    @property
    def behind_us(self) -> int:
        """How far recognition is behind what has arrived."""
        heard_us = self._listener.heard_us if self._listener else 0
        return max(0, self._newest_us - heard_us) if heard_us else 0

    @property
    def tracks(self) -> int:
        """How many recognisers are at work."""
        return self._listener.tracks if self._listener else 0

    def offer(self, batch: AudioBatch) -> None:
        """Take a live batch, or drop it when the queue is full."""
        self._stopped = False
        try:
            self._queue.put_nowait(batch)
        except asyncio.QueueFull:
            logger.warning("source %s: audio queue full, a batch will be read later", batch.source)
            return
        if batch.packets:
            self._newest_us = batch.packets[-1].start_us + batch.packets[-1].duration_us

    def stop_expected(self) -> None:
        """The source has stopped: end the utterance soon."""
        self._stopped = True

    def settled(self) -> dict[str, int]:
        """By speaker, how far everything said has been handed out to ``say``."""
        return self._settled

    async def run(self, *, behind: bool) -> None:
        """Work until nothing has come for a while; ``behind``: begin with the recording."""
        if behind:
            await self._read_recording(until_us=None)
        quiet_s = 0.0
        flushed = False
        while quiet_s < _RETIRE_S:
            wait_s = _STOPPED_S if self._stopped and not flushed else _IDLE_S
            try:
                async with asyncio.timeout(wait_s):
                    batch = await self._queue.get()
            except TimeoutError:
                quiet_s += wait_s
                if not flushed:
                    flushed = True
                    await self._flush()
                if self.closed:
                    return
                continue
            quiet_s, flushed = 0.0, False
            await self._live(batch)

    async def _live(self, batch: AudioBatch) -> None:
        if not batch.packets:
            return
        missing = batch.number != self._number + 1
        self._number = batch.number
        listener = self._listener or self._listen(batch.channels)
        start_us = batch.packets[0].start_us
        if missing and start_us - listener.heard_us > TOLERANCE_US:
            await self._read_recording(until_us=start_us)
        take = listener.measure if batch.covered else listener.hear
        heard = await self._in_thread(take, batch.epoch, batch.packets)
        self._ports.level(self.position.source, batch, heard)
        await self._say(heard.speech)

    async def _flush(self) -> None:
        """The source is quiet: end the utterance, then see whether its last batches were lost."""
        if self._listener is None:
            await self._read_recording(until_us=None)
            return
        await self._say(await self._in_thread(self._listener.finish))
        await self._read_recording(until_us=None)

    async def _read_recording(self, until_us: int | None) -> None:
        """Hear recorded segments from where we are; with ``until_us``, wait for them."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE_S
        while True:
            before_us = self._listener.heard_us if self._listener else 0
            segments = await self._ask_segments()
            if segments is not None:
                await self._hear_segments(segments, until_us)
            heard_us = self._listener.heard_us if self._listener else 0
            if segments is not None and until_us is None and heard_us == before_us:
                self.closed = not segments.open
                return
            if until_us is not None and _reaches(segments, heard_us, until_us):
                return
            if heard_us > before_us:
                deadline = loop.time() + _PATIENCE_S
                continue
            if loop.time() > deadline:
                logger.info("source %s: nothing recorded for a hole", self.position.source)
                return
            await asyncio.sleep(_ASK_AGAIN_S)

    async def _ask_segments(self) -> Segments | None:
        position = self.position
        from_us = self._listener.heard_us if self._listener else self._settled_us()
        try:
            return await self._ports.recorder.segments(position.session, position.source, from_us)
        except Refused as error:
            if error.code == _UNKNOWN and (past := await self._past_segments(from_us)) is not None:
                return past
            logger.warning("source %s: no segments: %s", position.source, error.code)
            open_ = error.code != _UNKNOWN  # of a session it does not know nothing will come
            return Segments(segments=[], room=position.room, channels=[], open=open_)
        except (BusError, MalformedMessage) as error:
            logger.warning("source %s: no segments: %s", position.source, type(error).__name__)
            return None

    async def _past_segments(self, from_us: int) -> Segments | None:
        """From the log's own files, when the recorder was started anew since the session ended."""
        position = self.position
        if self._past is None:
            logs = [position.log] if position.log else self._ports.logs
            self._past = await self._in_thread(
                past_segments,
                self._ports.store_path,
                logs,
                position.session,
                position.source,
                position.opened_index,
            )
        if self._past is None or self._past.open:
            return None
        later = [one for one in self._past.segments if one.start_us + one.duration_us > from_us]
        return msgspec.structs.replace(self._past, segments=later)

    async def _hear_segments(self, segments: Segments, until_us: int | None) -> None:
        for reference in segments.segments:
            if until_us is not None and reference.start_us >= until_us:
                return
            packets = []
            if not reference.covered:
                packets = await self._in_thread(self._load, reference)
            if until_us is not None:
                packets = [packet for packet in packets if packet.start_us < until_us]
            listener = self._listener or self._listen(segments.channels)
            heard = await self._in_thread(listener.hear, reference.epoch, packets)
            # Even a segment without sound counts as heard, or it would be asked for again.
            end_us = reference.start_us + reference.duration_us
            listener.heard_us = max(listener.heard_us, min(end_us, until_us or end_us))
            await self._say(heard.speech)

    def _load(self, reference: SegmentRef) -> list[AudioPacket]:
        try:
            init = read_media(self._ports.store_path, reference.init_path)
            data = read_media(self._ports.store_path, reference.path)
            recorded = read_segment(init + data)
        except (OSError, SealedError, AudioError) as error:
            logger.warning("segment %d cannot be read: %s", reference.number, error)
            return []
        return [
            AudioPacket(
                start_us=reference.start_us + packet.offset_us,
                duration_us=packet.duration_us,
                data=packet.data,
            )
            for packet in recorded
        ]

    def _listen(self, channels: list[str]) -> Listener:
        position = self.position
        place = Place(position.source, position.session, position.room, 0, "")
        self._listener = Listener(
            self._ports.hearing, place, channels, position.settled_us, self._ports.partial_us
        )
        return self._listener

    def _settled_us(self) -> int:
        return min(self.position.settled_us.values(), default=0)

    async def _say(self, speech: list[Speech]) -> None:
        for item in speech:
            await self._ports.say(item)
        if self._listener is not None:
            self._settled = self._listener.settled()

    async def _in_thread(self, function: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        call = functools.partial(function, *arguments)
        return await loop.run_in_executor(self._ports.executor, call)


def _reaches(segments: Segments | None, heard_us: int, until_us: int) -> bool:
    """True when no more can come before ``until_us``: it was heard, or recording is past it."""
    if heard_us >= until_us - TOLERANCE_US:
        return True
    later = segments.segments if segments is not None else []
    return any(item.start_us + item.duration_us > until_us for item in later)
