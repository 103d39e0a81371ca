"""Segments of one recording on their way to the store, one at a time and in order.

1. One batch of a recording is in flight: gaps before the segment, the init segment when the epoch
   has none yet, the segment. It becomes durable as a whole, or is tried again.
2. While the store refuses (full disk, full queue) segments wait, at most ``SEGMENTS`` or
   ``BYTES``; then the oldest is given up and its time becomes a gap with cause disk. A short
   refusal therefore loses nothing.
3. The ledger only counts what is in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from config.words import GapCause
from evidence_store.errors import DraftRejected, FileConflict
from recorder.epoch import Epoch
from recorder.journal import Appended, Draft, FileWrite, Journal
from recorder.ledger import Ledger, Plan
from recorder.media import Kind, SenderReport, TrackCount
from recorder.segment_entry import (
    KINDS,
    hole_entries,
    init_body,
    init_path,
    segment_body,
    segment_path,
    tracks_body,
)
from recorder.segmenter import Segment

logger = logging.getLogger(__name__)

SEGMENTS = 12
BYTES = 32 << 20
RETRY_S = 1.0


@dataclass(slots=True)
class Parcel:
    """A closed segment with what its entry needs."""

    segment: Segment
    epoch: Epoch
    cause: GapCause  # of a hole before it, when nothing better is known
    counts: dict[Kind, TrackCount]
    reports: list[SenderReport]


@dataclass(slots=True, frozen=True)
class Address:
    """Which recording this is."""

    session: str
    room: str
    source: str
    origin_us: int
    channels: tuple[str, ...]


class Outbox:
    """Owned by one recording; used on the event loop."""

    def __init__(
        self,
        address: Address,
        journal: Journal,
        ledger: Ledger,
        may_write: Callable[[], bool],
        on_durable: Callable[[Parcel, int, list[Appended]], None],
        on_trouble: Callable[[BaseException | None], None],
        *,
        first_number: int = 1,
        opening: Draft | None = None,
    ) -> None:
        self._address = address
        self._journal = journal
        self._ledger = ledger
        self._may_write = may_write
        self._on_durable = on_durable
        self._on_trouble = on_trouble
        self._waiting: deque[Parcel] = deque()
        self._in_flight: asyncio.Future[list[Appended]] | None = None
        self._number = first_number
        self._opening = opening  # recording.open, until it is in the log
        self._tried = False  # the segment at the head may have left a file
        self._inits: set[int] = set()
        self._retry: asyncio.TimerHandle | None = None
        self._emptied = asyncio.Event()
        self._emptied.set()
        self.troubled = False

    def put(self, parcel: Parcel) -> None:
        """Take a segment."""
        self._waiting.append(parcel)
        self._emptied.clear()
        while len(self._waiting) > SEGMENTS or self._bytes() > BYTES:
            if not self._give_up():
                break
        self._send()

    async def drain(self, timeout_s: float) -> bool:
        """Wait until everything is durable; whatever is not by then is given up."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._emptied.wait()
        except TimeoutError:
            while self._give_up():
                pass
        return self._emptied.is_set()

    def opening_drafts(self) -> list[Draft]:
        """``recording.open`` when it is not in the log yet."""
        return [self._opening] if self._opening is not None else []

    def stop(self) -> None:
        """No more retries."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _bytes(self) -> int:
        return sum(parcel.segment.size for parcel in self._waiting)

    def _give_up(self) -> bool:
        """Drop the oldest segment that is not in flight; its time is a gap with cause disk."""
        index = 1 if self._in_flight is not None else 0
        if len(self._waiting) <= index:
            return False
        parcel = self._waiting[index]
        del self._waiting[index]
        if index == 0 and self._tried:
            self._number += 1  # its file may exist; the name is not used again
            self._tried = False
        self._ledger.note(parcel.segment.start_us, parcel.segment.end_us, GapCause.DISK)
        logger.warning("%s: a segment could not be stored and is a gap", self._address.source)
        if not self._waiting:
            self._emptied.set()
        return True

    def _send(self) -> None:
        if self._in_flight is not None or not self._waiting or self._retry is not None:
            return
        if not self._may_write():
            self._trouble(None)
            return
        parcel = self._waiting[0]
        segment = parcel.segment
        frames = {kind: segment.frames(kind) for kind in KINDS}
        plan = self._ledger.plan(segment.start_us, segment.end_us, frames, parcel.cause)
        drafts = self._drafts(parcel, plan)
        self._tried = True
        self._in_flight = self._journal.submit(drafts)
        self._in_flight.add_done_callback(lambda done: self._finished(done, parcel, plan))

    def _finished(self, done: asyncio.Future[list[Appended]], parcel: Parcel, plan: Plan) -> None:
        self._in_flight = None
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            if isinstance(error, DraftRejected | FileConflict):
                logger.error("%s: segment refused: %s", self._address.source, error)
                self._number += 1 if isinstance(error, FileConflict) else 0
                if isinstance(error, DraftRejected):
                    self._give_up()
            self._trouble(error)
            return
        self._waiting.popleft()
        self._opening = None
        self._tried = False
        number = self._number
        self._number += 1
        self._inits.add(parcel.epoch.number)
        self._ledger.commit(plan)
        if self.troubled:
            self.troubled = False
            self._on_trouble(None)
        self._on_durable(parcel, number, done.result())
        if not self._waiting:
            self._emptied.set()
        self._send()

    def _trouble(self, error: BaseException | None) -> None:
        """Try again in a while."""
        self.troubled = True
        self._on_trouble(error)
        self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._again)

    def _again(self) -> None:
        self._retry = None
        self._send()

    def _drafts(self, parcel: Parcel, plan: Plan) -> list[Draft]:
        at, segment, epoch = self._address, parcel.segment, parcel.epoch
        webm = epoch.video is not None and epoch.video.webm
        drafts = self.opening_drafts()
        for kind, body in hole_entries(at.source, plan.gaps, plan.track_gaps):
            drafts.append(self._draft(kind, body))
        if epoch.number not in self._inits:
            init = FileWrite(init_path(at.session, at.source, epoch.number, webm), epoch.init)
            body = init_body(at.source, epoch, list(at.channels))
            drafts.append(self._draft("media.init", body, init))
        path = segment_path(at.session, at.source, epoch.number, self._number, webm)
        body = segment_body(
            at.source,
            epoch.number,
            self._number,
            segment,
            at.origin_us,
            parcel.counts,
            parcel.reports,
        )
        body["tracks"] = tracks_body(self._ledger.tracks, plan.tracks)
        drafts.append(self._draft("media.segment", body, FileWrite(path, segment.data)))
        return drafts

    def _draft(self, kind: str, body: dict[str, object], file: FileWrite | None = None) -> Draft:
        return self._journal.draft(kind, self._address.session, self._address.room, body, file=file)
