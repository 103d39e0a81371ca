"""Watches the live media for faults: silent microphones, frozen, black, covered, moved cameras.

A process of its own that listens on the bus like a viewer: it may die, be stopped or fall behind,
and nothing but its alarms is missing meanwhile. It decodes key frames only, one at a time, in a
thread; of each source the newest key frame waits, an older one that was not reached is left out and
counted. Levels come from the transcriber, that sound arrives at all from the recorder.

What it finds it tells the centre as a complete report of a source (``FaultReport``): at every
change and every ``_REPEAT_S`` while something holds, again until it is answered. Of what it could
not judge yet (just started, source paused or gone) it says nothing, so that starting over ends no
alarm.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from config.bus import Bus, BusError
from config.clock import Clock
from config.messages import (
    ALARMS,
    RECORDER,
    AudioBatch,
    AudioLevel,
    Done,
    Fault,
    FaultReport,
    LiveFragment,
    MalformedMessage,
    SourceStatus,
    decode,
    encode,
)
from config.recorder_messages import LiveCache, LiveCacheRequest
from config.settings import WatchSettings
from config.words import MICROSECONDS, AlarmKind, SourceState
from recorder.errors import MalformedMedia
from recorder.picture_decode import decode_key_frame
from recorder.picture_faults import PictureFaults
from recorder.sound_faults import SoundFaults

logger = logging.getLogger(__name__)

_LOOK_S = 0.25
_REPEAT_S = 5.0
_ANSWER_S = 5.0
#: Key frames looked at before a picture is called sound.
_JUDGED_AFTER = 3
#: A status older than this says nothing.
_STATUS_US = 5 * MICROSECONDS
MAX_SOURCES = 1000  # known at a time; beyond it new ones are not watched


@dataclass(eq=False)
class _Source:
    """One source in one session. Owned by the event loop."""

    source: str
    session: str
    sound: SoundFaults
    picture: PictureFaults = field(default_factory=PictureFaults)
    init: tuple[int, bytes] | None = None  # epoch and its init segment
    waiting: LiveFragment | None = None  # newest key frame not looked at yet
    size: tuple[int, int] = (0, 0)
    paused: frozenset[str] = frozenset()
    status_mono_us: int = 0
    sent: FaultReport | None = None  # last report that was answered
    sent_mono_us: int = 0


class Watcher:
    """Use ``running``; everything lives in that context."""

    def __init__(self, bus: Bus, settings: WatchSettings, clock: Clock) -> None:
        self._bus = bus
        self._settings = settings
        self._clock = clock
        self._sources: dict[str, _Source] = {}
        self._wake = asyncio.Event()
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="key-frames")
        self.decoded = 0
        self.left_out = 0  # key frames that came faster than they could be looked at
        self.unreadable = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch until the context ends."""
        parts = (self._listen, self._look_at_pictures, self._tell)
        tasks = [asyncio.create_task(part(), name=part.__name__) for part in parts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._decoder.shutdown(wait=True, cancel_futures=True)

    # --- what comes in ----------------------------------------------------------------------

    async def _listen(self) -> None:
        takes = {
            "media": self._fragment,
            "audio": self._audio,
            "level": self._level,
            "state": self._state,
        }
        async with self._bus.subscribe(*(f"{name}." for name in takes)) as messages:
            async for topic, payload in messages:
                try:
                    takes[topic.partition(".")[0]](payload)
                except MalformedMessage:
                    logger.error("a publication on %s cannot be read", topic)

    def _fragment(self, payload: bytes) -> None:
        fragment = decode(payload, LiveFragment)
        source = self._source(fragment.source, fragment.session)
        if source is None:
            return
        if fragment.init is not None:
            source.init = (fragment.epoch, fragment.init)
        if not fragment.key:
            return
        if source.waiting is not None:
            self.left_out += 1
        source.waiting = fragment
        self._wake.set()

    def _audio(self, payload: bytes) -> None:
        batch = decode(payload, AudioBatch)
        source = self._source(batch.source, batch.session)
        if source is not None:
            source.sound.arrived(self._clock.mono_us())

    def _level(self, payload: bytes) -> None:
        level = decode(payload, AudioLevel)
        source = self._sources.get(level.source)
        if source is not None:
            source.sound.level(level.t_us, level.rms_dbfs)

    def _state(self, payload: bytes) -> None:
        status = decode(payload, SourceStatus)
        source = self._source(status.source, status.session) if status.session else None
        if source is None:
            return
        paused = frozenset(status.paused)
        size = (status.width, status.height)
        recording = status.state == SourceState.RECORDING
        if "audio" in paused | source.paused or not recording:
            source.sound.start_over()
        if "video" in paused | source.paused or size != source.size or not recording:
            source.picture = PictureFaults()
        source.paused, source.size = paused, size
        if recording:
            source.status_mono_us = self._clock.mono_us()

    def _source(self, name: str, session: str) -> _Source | None:
        known = self._sources.get(name)
        if known is not None and known.session == session:
            return known
        if known is None and len(self._sources) >= MAX_SOURCES:
            return None
        silent_us = int(self._settings.silent_seconds * MICROSECONDS)
        sound = SoundFaults(self._settings.silent_dbfs, silent_us)
        made = self._sources[name] = _Source(name, session, sound)
        return made

    # --- pictures ---------------------------------------------------------------------------

    async def _look_at_pictures(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            for source in list(self._sources.values()):
                fragment, source.waiting = source.waiting, None
                if fragment is None or "video" in source.paused:
                    continue
                init = source.init
                if init is None or init[0] != fragment.epoch:
                    init = await self._ask_init(source, fragment)
                if init is None:
                    continue
                faults = source.picture
                try:
                    picture = await loop.run_in_executor(
                        self._decoder, decode_key_frame, init[1], fragment.data
                    )
                except MalformedMedia:
                    self.unreadable += 1
                    continue
                self.decoded += 1
                faults.take(fragment.start_us, picture)

    async def _ask_init(self, source: _Source, fragment: LiveFragment) -> tuple[int, bytes] | None:
        """The init segment of an epoch that began before we listened."""
        for found in await self._cache(source.source):
            if found.init is not None:
                source.init = (found.epoch, found.init)
        if source.init is not None and source.init[0] == fragment.epoch:
            return source.init
        return None

    async def _cache(self, source: str) -> list[LiveFragment]:
        request = encode(LiveCacheRequest(source=source))
        try:
            reply = await self._bus.request(RECORDER, "live_cache", request, timeout_s=_ANSWER_S)
            return decode(reply, LiveCache).fragments
        except (BusError, MalformedMessage) as error:
            logger.warning("the recorder's live cache: %s", type(error).__name__)
            return []

    # --- reports ----------------------------------------------------------------------------

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            for source in list(self._sources.values()):
                await self._report(source)

    async def _report(self, source: _Source) -> None:
        report = self._found(source)
        now_us = self._clock.mono_us()
        if report is None:
            return
        if report == source.sent:
            holds = bool(report.picture or report.sound)
            if not holds or now_us - source.sent_mono_us < _REPEAT_S * MICROSECONDS:
                return
        try:
            reply = await self._bus.request(ALARMS, "faults", encode(report), timeout_s=_ANSWER_S)
            decode(reply, Done)
        except (BusError, MalformedMessage) as error:
            logger.info("the centre took no report: %s", type(error).__name__)
            return
        source.sent, source.sent_mono_us = report, now_us
        if report.gone and self._sources.get(source.source) is source:
            del self._sources[source.source]

    def _found(self, source: _Source) -> FaultReport | None:
        mono_us, now_us = self._clock.mono_us(), self._clock.now_us()
        if source.status_mono_us and mono_us - source.status_mono_us > _STATUS_US:
            return FaultReport(source=source.source, session=source.session, gone=True)
        picture = sound = None
        held = source.picture.held
        if held or source.picture.pictures >= _JUDGED_AFTER:
            picture = [Fault(kind=str(kind), since_us=t_us) for kind, t_us in sorted(held.items())]
        silent = {} if "audio" in source.paused else source.sound.held(mono_us, now_us)
        if silent or source.sound.judged:
            kind = str(AlarmKind.MICROPHONE_SILENT)
            sound = [
                Fault(kind=kind, since_us=t_us, channel=channel)
                for channel, t_us in sorted(silent.items())
            ]
        if picture is None and sound is None:
            return None
        return FaultReport(
            source=source.source, session=source.session, picture=picture, sound=sound
        )
