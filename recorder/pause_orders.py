"""The entries of pauses on their way to the log: in order, kept until the store takes them.

A pause is in force before its entry is durable. An entry that the store refuses waits here and is
tried again every second; it is never given up, because a pause without its order would be a
finding of the verifier.
"""

from __future__ import annotations

import asyncio

from config.recorder_messages import CloseSession, PauseRoom, ResumeRoom
from config.words import PauseEnd, PauseReason
from evidence_store.errors import StoreError
from recorder.errors import BadRequest
from recorder.journal import Appended, Draft, Journal, as_recorder_error
from recorder.media import Kind
from recorder.pause import Pause

_KINDS: dict[str, Kind] = {"audio": "audio", "video": "video"}
_ID_CHARACTERS = 64


class PauseOrders:
    """Owned by a session; used on the event loop. Bounded by what people can press."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: list[Draft] = []
        self._in_flight: asyncio.Future[list[Appended]] | None = None

    def add(self, draft: Draft) -> None:
        """Queue an entry and send it."""
        self._waiting.append(draft)
        self.say()

    def say(self) -> None:
        """Send what waits, unless something is on its way."""
        if self._waiting and self._in_flight is None:
            sent = len(self._waiting)
            self._in_flight = self._journal.submit(list(self._waiting))
            self._in_flight.add_done_callback(lambda done: self._sent(done, sent))

    async def said(self) -> None:
        """Wait until everything is durable.

        Raises:
            RecorderError: the store refuses; the entries wait.
        """
        while self._in_flight is not None:
            try:
                await asyncio.shield(self._in_flight)
            except StoreError as error:
                raise as_recorder_error(error) from error
            await asyncio.sleep(0)  # the callback has run
        if self._waiting:
            raise as_recorder_error(StoreError("the entry of the pause waits"))

    async def settle(self) -> list[Draft]:
        """Nothing is on its way any more; returns what still waits, for the closing batch."""
        if self._in_flight is not None:
            await asyncio.wait({self._in_flight})
            await asyncio.sleep(0)
        return list(self._waiting)

    def sealed(self) -> None:
        """What waited is in the log by another way."""
        self._waiting.clear()

    def _sent(self, done: asyncio.Future[list[Appended]], sent: int) -> None:
        self._in_flight = None
        if not done.cancelled() and done.exception() is None:
            del self._waiting[:sent]
            self.say()


def wanted_pause(request: PauseRoom, now_us: int) -> Pause:
    """The pause a request asks for.

    Raises:
        BadRequest: no track, an unknown track or reason, or no id.
    """
    tracks = frozenset(_KINDS[name] for name in request.tracks if name in _KINDS)
    if not tracks or len(tracks) != len(set(request.tracks)):
        raise BadRequest("expected tracks: audio, video, or both")
    if request.reason not in set(PauseReason):
        raise BadRequest(f"expected a reason: {', '.join(PauseReason)}")
    if not 0 < len(request.pause) <= _ID_CHARACTERS:
        raise BadRequest(f"expected an id of 1 to {_ID_CHARACTERS} characters")
    return Pause(request.pause, tracks, request.reason, now_us)


def begin_body(pause: Pause, request: PauseRoom) -> dict[str, object]:
    """Body of ``pause.begin``."""
    return {
        "pause": pause.id,
        "tracks": sorted(pause.tracks),
        "reason": pause.reason,
        "start_us": pause.begin_us,
        "by": request.by,
        "by_name": request.by_name,
    }


def end_body(
    pause: Pause, why: PauseEnd, request: PauseRoom | ResumeRoom | CloseSession
) -> dict[str, object]:
    """Body of ``pause.end``."""
    if isinstance(request, CloseSession):
        by, by_name = request.closed_by, ""
    else:
        by, by_name = request.by, request.by_name
    return {
        "pause": pause.id,
        "start_us": pause.begin_us,
        "end_us": pause.end_us,
        "why": str(why),
        "by": by,
        "by_name": by_name,
    }
