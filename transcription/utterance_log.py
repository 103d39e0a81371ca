"""Sends utterances to the recorder's log, in order, each until it is acknowledged.

The queue is bounded; a full queue makes the workers wait, their audio queues then overflow, and
what they miss is read from the recording later. A repeated request cannot log an utterance twice:
its key is made of the recording, the channel and the start.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from config.bus import BusError, Refused
from config.clock import Clock
from config.messages import MalformedMessage
from transcription.recogniser import ModelInfo
from transcription.recorder_client import RecorderClient
from transcription.utterance import Utterance, to_append

logger = logging.getLogger(__name__)

_QUEUE = 1000
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
#: Refusals that repeating cannot change: that utterance is given up, the rest go on.
_FINAL_REFUSALS = frozenset({"bad_request", "session_unknown", "retention_ended"})


class UtteranceLog:
    """Owned by the service; ``run`` is its one sending task."""

    def __init__(self, recorder: RecorderClient, model: ModelInfo, clock: Clock) -> None:
        self._recorder = recorder
        self._model = model
        self._clock = clock
        self._pending: deque[Utterance] = deque()  # not acknowledged yet, in order
        self._changed = asyncio.Condition()
        self.given_up = 0

    async def submit(self, utterance: Utterance) -> None:
        """Queue it; waits while the queue is full."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._pending) < _QUEUE)
            self._pending.append(utterance)
            self._changed.notify_all()

    def first_pending_us(self, session: str, source: str, speaker: str) -> int | None:
        """Start of the earliest utterance of a track that is not acknowledged yet."""
        for utterance in self._pending:
            place = utterance.place
            if (place.session, place.source, place.speaker) == (session, source, speaker):
                return utterance.start_us
        return None

    async def drained(self) -> None:
        """Wait until everything is acknowledged or given up."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._pending)

    async def run(self) -> None:
        """Send for ever."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._pending))
            await self._send(self._pending[0])
            async with self._changed:
                self._pending.popleft()
                self._changed.notify_all()

    async def _send(self, utterance: Utterance) -> None:
        request = to_append(utterance, self._model, self._clock.now_us())
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await self._recorder.append(request)
                return
            except (BusError, MalformedMessage) as error:
                if isinstance(error, Refused) and error.code in _FINAL_REFUSALS:
                    self.given_up += 1
                    logger.error("utterance %s refused: %s", utterance.id, error.code)
                    return
                logger.warning("utterance %s waits: %s", utterance.id, type(error).__name__)
            await asyncio.sleep(pause_s)
            pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
