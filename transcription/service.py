"""The transcriber: hears every source on the bus and gives partials, levels and utterances.

It owns one worker per recording and decides which exist; the workers do the hearing. Nothing said
is lost when this process dies: the recording stays, and the next start reads on from what the
recorder's log says was already written down.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from config.bus import Bus, BusError, Refused, Subscription
from config.clock import Clock
from config.messages import (
    TRANSCRIBER,
    AudioBatch,
    AudioLevel,
    Done,
    MalformedMessage,
    PartialText,
    ProcessNote,
    SourceStatus,
    decode,
    encode,
)
from config.recorders import recorder_names
from config.settings import Settings
from config.transcriber_messages import HearingPlan, LoadModel, ModelStatus, TranscriberStatus
from config.words import SourceState
from transcription.errors import ModelError, ModelMissing, ModelTooLarge
from transcription.hearing import Hearing
from transcription.listener import Heard
from transcription.model_directory import chosen_models, stored_models
from transcription.model_kinds import open_engine
from transcription.model_shelf import ModelShelf, Open, free_memory_bytes
from transcription.positions import Positions, RecordingPosition
from transcription.recogniser import Engine
from transcription.recorder_client import RecorderClient
from transcription.source_worker import SourceWorker, WorkerPorts
from transcription.track import Speech
from transcription.utterance import Utterance
from transcription.utterance_log import UtteranceLog

logger = logging.getLogger(__name__)

POSITIONS = "transcriber/positions.json"

_PAGE = 2000
_SAVE_S = 2.0
_ASK_AGAIN_S = 0.5
_RECOVER_S = 10.0
_DRAIN_S = 2.0
_ANSWER_S = 0.3  # for the answer to leave before the process ends
_TRACKS_PER_WORKER = 2


#: How a model that cannot be loaded is refused.
_REFUSALS = ((ModelMissing, "model_missing"), (ModelTooLarge, "model_too_large"))


class TranscriberService:
    """Async context manager; everything runs between entering and leaving."""

    def __init__(
        self,
        bus: Bus,
        settings: Settings,
        engine: Engine,
        store_path: Path,
        clock: Clock,
        others: Sequence[Engine] = (),
        restart: Callable[[], None] | None = None,
        open_model: Open = open_engine,
        free_bytes: Callable[[], int | None] = free_memory_bytes,
    ) -> None:
        """``engine`` hears what says nothing of its language, ``others`` the other languages.

        ``restart`` ends this process, which is then started again; None: nobody does that.
        ``open_model`` loads what is chosen for a session, ``free_bytes`` says if there is room.
        """
        self._restart = restart
        self._bus = bus
        self._settings = settings.transcription
        self.hearing = Hearing(
            [engine, *others], ModelShelf(self._model_folders, open_model, free_bytes)
        )
        self._store_path = store_path
        self._clock = clock
        self._recorder = RecorderClient(bus)
        self._logs = recorder_names(settings.recorder.processes)
        self._following = asyncio.Lock()
        self._chosen = asyncio.Event()  # a plan came: what it chooses is to be loaded
        self._log = UtteranceLog(self._recorder, engine.model, clock)
        self._positions = Positions(store_path / POSITIONS)
        self._workers: dict[tuple[str, str], SourceWorker] = {}  # by session and source
        self._numbers: dict[tuple[str, str], int] = {}  # last batch of each recording
        self._refused: set[str] = set()  # sources over the limit of tracks
        self._executor = ThreadPoolExecutor((os.cpu_count() or 1) + 1, "recogniser")
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Start hearing; returns at once, catching up goes on behind."""
        await self._group.__aenter__()
        for work in (
            *(self._listen(), self._serve(), self._load_chosen()),
            *(self._log.run(), self._save()),
        ):
            self._tasks.append(self._group.create_task(work))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop hearing; utterances already found get a moment to be acknowledged."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                await self._log.drained()
        for task in self._tasks:
            task.cancel()
        try:
            await self._group.__aexit__(kind, error, trace)
        finally:
            self._executor.shutdown()
            self._settle()
            self._positions.save()

    @property
    def workers(self) -> int:
        """How many recordings are being heard."""
        return len(self._workers)

    def status(self) -> TranscriberStatus:
        """What is going on now."""
        workers = self._workers.values()
        engines = self.hearing.engines
        model = engines[0].model
        return TranscriberStatus(
            model=model.name,
            model_demo=model.demo,
            model_digest=model.digest,
            tracks=sum(worker.tracks for worker in workers),
            behind_us=max((worker.behind_us for worker in workers), default=0),
            models=[_status(engine) for engine in engines],
            plan=self.hearing.plan,
            chosen=[_status(engine) for engine in self.hearing.chosen],
            missing=self.hearing.missing,
        )

    def _model_folders(self) -> list[Path]:
        chosen = chosen_models(self._settings).values()
        return list(dict.fromkeys([*stored_models(self._store_path), *chosen]))

    async def _serve(self) -> None:
        async with self._bus.serve(TRANSCRIBER, self._answer):
            await asyncio.Event().wait()

    async def _answer(self, method: str, payload: bytes) -> bytes:
        if method == "status":
            return encode(self.status())
        if method == "hear":
            return await self._hear(payload)
        if method == "load":
            return await self._load(payload)
        if method == "start_again" and self._restart is not None:
            asyncio.get_running_loop().call_later(_ANSWER_S, self._restart)
            return encode(Done())
        raise Refused("unknown_method", f"expected status, hear, load or start_again, got {method}")

    async def _hear(self, payload: bytes) -> bytes:
        try:
            plan = decode(payload, HearingPlan)
        except MalformedMessage as error:
            raise Refused("bad_request", str(error)) from error
        async with self._following:
            await asyncio.to_thread(self.hearing.follow, plan)
        self._chosen.set()
        return encode(Done())

    async def _load(self, payload: bytes) -> bytes:
        try:
            wanted = decode(payload, LoadModel)
        except MalformedMessage as error:
            raise Refused("bad_request", str(error)) from error
        await asyncio.to_thread(self.hearing.let_go, self._unheard())
        try:
            engine = await asyncio.to_thread(self.hearing.load, wanted.digest, wanted.language)
        except ModelError as error:
            code = next((code for kind, code in _REFUSALS if isinstance(error, kind)), "bad_model")
            raise Refused(code, str(error)) from error
        return encode(_status(engine))

    async def _load_chosen(self) -> None:
        """What a plan chooses is loaded behind it: its words and languages hold already."""
        while True:
            await self._chosen.wait()
            self._chosen.clear()
            try:
                await asyncio.to_thread(self.hearing.load_chosen, self._unheard())
            except Exception:  # worker top: the rooms are heard, by the models of their languages
                logger.exception("models that were chosen could not be loaded")

    def _unheard(self) -> dict[str, int]:
        """Sessions with unfinished recordings, and until when all of these are heard."""
        unheard: dict[str, int] = {}
        for position in self._positions.unfinished():
            heard_us = min(position.settled_us.values(), default=0)
            unheard[position.session] = min(unheard.get(position.session, heard_us), heard_us)
        return unheard

    async def _listen(self) -> None:
        async with self._bus.subscribe("audio.", "state.") as messages:
            self._note("started")
            await self._recover()
            await self._dispatch(messages)

    async def _dispatch(self, messages: Subscription) -> None:
        async for topic, payload in messages:
            try:
                if topic.startswith("audio."):
                    self._audio(decode(payload, AudioBatch))
                else:
                    self._state(decode(payload, SourceStatus))
            except MalformedMessage as error:
                logger.warning("%s: %s", topic, error)

    def _audio(self, batch: AudioBatch) -> None:
        key = (batch.session, batch.source)
        worker = self._workers.get(key)
        if worker is None:
            if not self._has_room(batch.source):
                return
            position = self._positions.recording(batch.session, batch.source, batch.room)
            position.done = False
            known = self._numbers.get(key, 0)
            worker = self._start(position, known_number=known, behind=False)
        self._numbers[key] = batch.number
        worker.offer(batch)

    def _state(self, status: SourceStatus) -> None:
        if status.state in (SourceState.OFFLINE, SourceState.STALLED):
            for (_, source), worker in self._workers.items():
                if source == status.source:
                    worker.stop_expected()

    def _has_room(self, source: str) -> bool:
        if (len(self._workers) + 1) * _TRACKS_PER_WORKER <= self._settings.max_tracks:
            self._refused.discard(source)
            return True
        if source not in self._refused:
            self._refused.add(source)
            logger.warning("source %s is not transcribed: max_tracks reached", source)
            self._note("degraded", "too_many_tracks")
        return False

    def _start(
        self, position: RecordingPosition, *, known_number: int, behind: bool
    ) -> SourceWorker:
        worker = SourceWorker(self._ports(), position, known_number)
        self._workers[position.session, position.source] = worker
        self._tasks.append(self._group.create_task(self._run(worker, behind=behind)))
        self._tasks = [task for task in self._tasks if not task.done()]
        return worker

    def _ports(self) -> WorkerPorts:
        return WorkerPorts(
            recorder=self._recorder,
            hearing=self.hearing,
            executor=self._executor,
            store_path=self._store_path,
            logs=self._logs,
            partial_us=self._settings.partial_ms * 1000,
            say=self._say,
            level=self._level,
        )

    async def _run(self, worker: SourceWorker, *, behind: bool) -> None:
        position = worker.position
        try:
            await worker.run(behind=behind)
            await self._log.drained()
            self._settle_worker(worker)
            if worker.closed:
                self._positions.finish(position)
                self._numbers.pop((position.session, position.source), None)
        except Exception:  # worker top: one source's fault must not silence the others
            # The next batch makes a new worker, which reads on from the last position.
            logger.exception("source %s: transcription failed, starting again", position.source)
        finally:
            self._workers.pop((position.session, position.source), None)

    async def _say(self, speech: Speech) -> None:
        place = speech.place
        if isinstance(speech, Utterance):
            await self._log.submit(speech)
            return
        partial = PartialText(
            source=place.source,
            session=place.session,
            room=place.room,
            speaker=place.speaker,
            start_us=speech.start_us,
            end_us=speech.end_us,
            text=speech.text,
        )
        self._bus.publish(f"partial.{place.source}", encode(partial))

    def _level(self, source: str, batch: AudioBatch, heard: Heard) -> None:
        level = AudioLevel(
            source=source,
            t_us=batch.packets[-1].start_us,
            rms_dbfs=heard.rms_dbfs,
            peak_dbfs=heard.peak_dbfs,
        )
        self._bus.publish(f"level.{source}", encode(level))

    async def _recover(self) -> None:
        """Read the logs from where the positions file ends; hear what was recorded meanwhile.

        A recorder that stays away for ``_RECOVER_S`` holds nobody up: it publishes nothing now, and
        its log is read when it is back.
        """
        reading = [self._group.create_task(self._recover_log(log)) for log in self._logs]
        self._tasks += reading
        done, _ = await asyncio.wait(reading, timeout=_RECOVER_S)
        if len(done) == len(reading):
            self._positions.forget_done()

    async def _recover_log(self, log: str) -> None:
        while True:
            try:
                await self._read_log(log)
                break
            except (BusError, MalformedMessage) as error:
                logger.info("waiting for %s: %s", log, type(error).__name__)
                await asyncio.sleep(_ASK_AGAIN_S)
        unfinished = self._positions.unfinished()
        if any(self._positions.models.get(position.session) for position in unfinished):
            await asyncio.to_thread(self.hearing.load_chosen, self._unheard())
        for position in unfinished:
            known = (position.session, position.source) in self._workers
            if not known and self._has_room(position.source):
                self._start(position, known_number=0, behind=True)

    async def _read_log(self, log: str) -> None:
        cursors = self._positions.cursors
        while True:
            first = cursors.get(log, 0)
            page = await self._recorder.read_log(log, first, _PAGE)
            if page.size < first:
                self._positions.restart()
                continue
            for index, entry in enumerate(page.entries, first):
                self._positions.read_entry(entry, log, index)
            self._hear_languages()
            cursors[log] = first + len(page.entries)
            if not page.entries or cursors[log] >= page.size:
                return

    def _hear_languages(self) -> None:
        for session, switches in self._positions.languages.items():
            chosen = self._positions.models.get(session, {})
            for from_us, language in switches.items():
                self.hearing.switch(session, from_us, language, chosen.get(from_us, ""))

    async def _save(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_S)
            self._settle()
            self._positions.save()

    def _settle(self) -> None:
        for worker in self._workers.values():
            self._settle_worker(worker)

    def _settle_worker(self, worker: SourceWorker) -> None:
        position = worker.position
        for speaker, until_us in worker.settled().items():
            pending_us = self._log.first_pending_us(position.session, position.source, speaker)
            safe_us = until_us if pending_us is None else min(until_us, pending_us)
            self._positions.settle(position, speaker, safe_us)

    def _note(self, code: str, detail: str = "") -> None:
        note = ProcessNote(name=TRANSCRIBER, code=code, detail=detail, t_us=self._clock.now_us())
        self._bus.publish(f"process.{TRANSCRIBER}", encode(note))


def _status(engine: Engine) -> ModelStatus:
    one = engine.model
    return ModelStatus(language=one.language, name=one.name, demo=one.demo, digest=one.digest)
