"""One source's recording in one session: one timeline across reconnects, epochs and gaps.

Invariants:

1. Media becomes durable in order; between ``origin_us`` and the end every microsecond is in a
   segment or in a declared gap (``Ledger``).
2. A connection may come and go; the recording stays until the session closes.
3. Nothing here blocks: muxing is microseconds, the store is asynchronous (``Outbox``).

The life of a recording: offline -> connecting -> recording -> stalled (no media for longer than
the watchdog) or offline (the publisher said goodbye) -> connecting -> ...
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from config.messages import LiveFragment, Protected, SourceStatus
from config.words import GapCause, SourceKind, SourceState
from recorder.audio_tap import AudioTap
from recorder.connection import Connection
from recorder.epoch import Epoch
from recorder.errors import MalformedMedia
from recorder.ingest.opus import duration_us as opus_duration_us
from recorder.journal import Appended, Draft
from recorder.ledger import Ledger, Plan
from recorder.live import LiveFeed
from recorder.media import EncodedFrame, Kind, SenderReport, TimedFrame, TrackCount
from recorder.mux.fragmenter import Fragment
from recorder.outbox import Address, Outbox, Parcel
from recorder.parts import Description, Parts, Past
from recorder.pause import PauseBook
from recorder.segment_entry import KINDS, account_body, clock_body, hole_entries, init_path
from recorder.segment_index import SegmentIndex
from recorder.segmenter import Segment, Segmenter
from recorder.timeline import PICTURE_US, ClockReading
from recorder.track_account import LOSS_HOLE_US, PAUSE_HOLE_US

logger = logging.getLogger(__name__)

TRAILING_US = 500_000  # between the last frame and the closing of the session
_PICTURE_US = 33_333
LOOK_US = 15_000_000  # fragments are single pictures for so long after somebody looked
_REPORTS = 64  # of senders, for one segment; an honest one makes one a second


class Recording:
    """Owned by its session; used on the event loop."""

    def __init__(
        self,
        description: Description,
        parts: Parts,
        past: Past | None = None,
        *,
        pauses: PauseBook | None = None,
        covered: Callable[[], bool] | None = None,
        opened_us: int = 0,
    ) -> None:
        self.description = description
        self._covered = covered  # microphones carry what this source hears
        self._pauses = pauses or PauseBook()
        self._renew = False  # the next key frame begins an epoch without the sound withheld
        self.closed = False
        self._parts = parts
        self._connection: Connection | None = None
        self._state = SourceState.OFFLINE
        self._since_us = parts.now_us()
        #: Of the time after a goodbye: between two calls nobody is missing.
        called = description.kind == SourceKind.CALL
        self._goodbye = GapCause.NO_CALL if called else GapCause.PUBLISHER
        self._hole_cause = self._goodbye
        self._epoch_number = 0
        self._epoch: Epoch | None = None
        self._segmenter: Segmenter | None = None
        self._ends: dict[Kind, int] = {}  # where the next frame of each track is expected
        self._picture_us = _PICTURE_US
        self._floor_us = opened_us
        self._reach_us = 0  # where the sound of the epoch before ended
        self._counts = _no_counts()
        self._reports: list[SenderReport] = []
        self._bits = (0, 0, 0)  # sampled at, bytes then, bits per second
        self._frames = self._lost = 0
        self._codec, self._size = "", (0, 0)
        self._fault = ""
        self._protected_us = 0
        self._last_media_us = 0
        self.clock = ClockReading()  # as last measured
        self.worst_skew_us = 0  # sound against picture, since this process has the recording
        self.refs = SegmentIndex(parts.store_name, description.session, description.source)
        self.ledger: Ledger | None = None
        self._outbox: Outbox | None = None
        self._live: LiveFeed | None = None
        self._looked_until_us = 0
        self._tap: AudioTap | None = None
        if past is not None:
            self._resume(past)

    # --- connections ----------------------------------------------------------------------

    @property
    def state(self) -> SourceState:
        """What the recorder knows of the source."""
        return self._state

    @property
    def connection(self) -> Connection | None:
        """The present connection."""
        return self._connection

    @property
    def busy(self) -> bool:
        """A publisher is live, or has just been answered."""
        connection = self._connection
        if connection is None:
            return False
        last_us = connection.last_media_us or connection.opened_us
        return self._parts.now_us() - last_us <= self._parts.watchdog_us

    @property
    def troubled(self) -> bool:
        """The store refuses its segments at present."""
        return self._outbox is not None and self._outbox.troubled

    def trouble(self, fault: str) -> None:
        """A source that is pulled cannot be had now; forgotten when it connects."""
        if fault != self._fault:
            self._fault = fault
            self._parts.outlet.state(self.status())

    def attach(self, connection: Connection) -> None:
        """A publisher is about to send; one that was there before is let go."""
        self._fault = ""
        if self._connection is not None:
            self._detach(GapCause.NETWORK)
        self._connection = connection
        self._set_state(SourceState.CONNECTING)

    def ended(self, connection: Connection, reason: str) -> None:
        """See Listener."""
        if connection is not self._connection:
            return
        left = reason in ("bye", "deleted") or self._state == SourceState.RECORDING
        vanished = not left and self._state == SourceState.STALLED
        self._detach(self._goodbye if left else GapCause.NETWORK)
        self._set_state(SourceState.STALLED if vanished else SourceState.OFFLINE)

    def _detach(self, cause: GapCause) -> None:
        self.settle()
        connection, self._connection = self._connection, None
        self._end_epoch(cause)
        if connection is not None and connection.peer is not None:
            self._parts.release(connection.peer)

    # --- media ----------------------------------------------------------------------------

    def sender_report(self, connection: Connection, report: SenderReport) -> None:
        """See Listener."""
        if connection is self._connection and len(self._reports) < _REPORTS:
            self._reports.append(report)

    def lost(self, connection: Connection, kind: Kind, packets: int) -> None:
        """See Listener."""
        if connection is self._connection:
            self._counts[kind].lost += packets
            self._lost += packets

    def frame(self, connection: Connection, frame: EncodedFrame) -> None:
        """See Listener."""
        if connection is not self._connection or self.closed:
            return
        self._last_media_us = frame.arrival_us
        if self._state != SourceState.RECORDING:
            self._set_state(SourceState.RECORDING)
        if connection.opening.over:
            self._place(connection, frame)
        elif connection.opening.add(frame):
            self._end_opening(connection)

    def settle(self) -> None:
        """A pause is about to begin: what came before it is recorded."""
        if self._connection is not None:
            self._end_opening(self._connection)

    def _end_opening(self, connection: Connection) -> None:
        """Place the first frames of a connection, which waited for one another."""
        held, late_us = connection.opening.release()
        if not held:
            return
        connection.timeline.expect(late_us)
        for frame in held:
            self._place(connection, frame)

    def _place(self, connection: Connection, frame: EncodedFrame) -> None:
        sound_us = opus_duration_us(frame.data) if frame.kind == "audio" else 0
        placed = connection.timeline.place(frame, self._floor_us, sound_us or PICTURE_US)
        if placed is None:
            return
        timed = TimedFrame(frame, placed.start_us, sound_us)
        if self.ledger is None:
            self._begin(placed.start_us)
        if self._pauses.pauses and any(
            self._pauses.withholds(frame.kind, at) for at in (placed.start_us, frame.arrival_us)
        ):
            self._withhold(timed)
            return
        self._check_hole(timed, placed.anew)
        self._take(connection, timed)

    def _withhold(self, timed: TimedFrame) -> None:
        """A pause: the frame is not muxed, written, tapped or shown; only that it came is known."""
        assert self.ledger is not None
        self.ledger.withheld(timed.frame.kind, timed.start_us)

    def pause_began(self, tracks: frozenset[Kind]) -> None:
        """These tracks are withheld from now on; what goes on needs an epoch without them."""
        connection, epoch = self._connection, self._epoch
        if self._tap is not None and "audio" in tracks:
            self._tap.flush()
        if epoch is not None and connection is not None:
            kept = [kind for kind in connection.kinds if kind not in self._pauses.tracks]
            if "video" in tracks or not kept:
                self._end_epoch(self._hole_cause)
            elif epoch.audio:
                self._renew = True
                connection.request_key_frame()
        self._parts.outlet.state(self.status())

    def pause_ended(self) -> None:
        """What was withheld may be recorded again, the picture from its next key frame."""
        if self._connection is not None:
            self._connection.request_key_frame()
        self._parts.outlet.state(self.status())

    def _check_hole(self, timed: TimedFrame, anew: bool) -> None:
        """End the epoch where all media is missing."""
        frame = timed.frame
        end_us = self._ends.get(frame.kind)
        if end_us is None:
            if not self._ends:
                return
        elif timed.start_us - end_us <= LOSS_HOLE_US and not anew:
            return  # what nearly always happens: it follows its own track
        if self._epoch is None:
            return
        limit_us = LOSS_HOLE_US if frame.after_loss or anew else PAUSE_HOLE_US
        cause = GapCause.NETWORK if frame.after_loss else GapCause.PUBLISHER
        if anew or timed.start_us - max(self._ends.values()) > limit_us:
            self._end_epoch(cause)

    def _take(self, connection: Connection, timed: TimedFrame) -> None:
        epoch = self._epoch
        late: list[TimedFrame] = []
        renew = self._renew and timed.frame.kind == "video" and timed.frame.key
        if epoch is not None and (renew or epoch.ends_before(timed)):
            late = epoch.late
            self._end_epoch(self._hole_cause, video_end_us=timed.start_us)
            epoch = None
        if epoch is None:
            epoch = self._begin_epoch(connection)
        epoch.each_picture = timed.frame.arrival_us < self._looked_until_us
        for each in (timed, *late):
            self._note_end(each)
            if each.frame.kind == "audio" and self._tap is not None and each is timed:
                self._tap.add(each, epoch.number)
            try:
                fragments = epoch.add(each)
            except MalformedMedia as error:
                logger.warning("%s: muxing failed: %s", self.description.source, error)
                self._end_epoch(GapCause.PUBLISHER)
                connection.request_key_frame()
                return
            for fragment in fragments:
                self._emit(epoch, fragment)
        if timed.frame.kind == "video":
            self._frames += 1
            if epoch.wants_key_frame:
                connection.request_key_frame()

    def _note_end(self, timed: TimedFrame) -> None:
        kind = timed.frame.kind
        if kind == "video":
            before_us = self._ends.get(kind, 0) - self._picture_us
            step_us = timed.start_us - before_us
            if 0 < step_us < LOSS_HOLE_US:
                self._picture_us = step_us
            self._ends[kind] = timed.start_us + self._picture_us
        else:
            self._ends[kind] = max(self._ends.get(kind, 0), timed.end_us)

    def _emit(self, epoch: Epoch, fragment: Fragment) -> None:
        if epoch.video is not None:
            self._codec, self._size = epoch.video.codec, (epoch.video.width, epoch.video.height)
        elif epoch.audio:
            self._codec = "opus"
        if self._live is not None:
            self._live.add(epoch, fragment)
        if self._segmenter is not None:
            segment = self._segmenter.add(fragment)
            if segment is not None:
                self._ship(epoch, segment)

    def _ship(self, epoch: Epoch, segment: Segment) -> None:
        self._floor_us = segment.end_us
        counts, self._counts = self._counts, _no_counts()
        reports, self._reports = self._reports, []
        if self._outbox is not None and segment.end_us > segment.start_us:
            self._outbox.put(Parcel(segment, epoch, self._hole_cause, counts, reports))

    def _begin_epoch(self, connection: Connection) -> Epoch:
        assert self.ledger is not None
        self._epoch_number += 1
        at = self.description
        while any(  # left by a process that died before its entry: never written over
            self._parts.taken(init_path(at.session, at.source, self._epoch_number, webm))
            for webm in (False, True)
        ):
            self._epoch_number += 1
        kinds = [kind for kind in connection.kinds if kind not in self._pauses.tracks]
        self._epoch = Epoch(
            self._epoch_number, kinds, self.ledger.start_us, self._parts.fragment_ms
        )
        self._renew = False
        self._segmenter = Segmenter(self._parts.segment_us, self._floor_us, self._reach_us)
        self._ends = {}
        return self._epoch

    def _end_epoch(self, cause: GapCause, video_end_us: int | None = None) -> None:
        """Close muxer and segment; the hole that follows has this cause."""
        epoch, self._epoch = self._epoch, None
        if epoch is None:
            return
        try:
            fragments = epoch.close(video_end_us)
        except MalformedMedia as error:
            logger.warning("%s: closing the muxer failed: %s", self.description.source, error)
            fragments = []
        for fragment in fragments:
            self._emit(epoch, fragment)
        segment = self._segmenter.close(video_end_us) if self._segmenter is not None else None
        if segment is not None:
            self._ship(epoch, segment)
        if self._segmenter is not None:
            self._reach_us = self._segmenter.reach_us
        self._hole_cause = cause
        self._segmenter = None
        if self._tap is not None:
            self._tap.flush()
        if self._live is not None and video_end_us is None:
            self._live.clear()

    # --- time -----------------------------------------------------------------------------

    def watch(self, now_us: int) -> None:
        """Called a few times a second: notices that media stopped; reaps idle connections."""
        connection = self._connection
        if connection is None:
            return
        if connection.opening.due(now_us):
            self._end_opening(connection)
        silent_us = now_us - (connection.last_media_us or connection.opened_us)
        if silent_us > self._parts.idle_us:
            self._end_epoch(GapCause.NETWORK)
            self._set_state(SourceState.STALLED)
            self.ended(connection, "idle")
        elif silent_us > self._parts.watchdog_us and self._state != SourceState.STALLED:
            self._end_epoch(GapCause.NETWORK)
            self._set_state(SourceState.STALLED)

    def sample(self, now_us: int) -> None:
        """Called once a second: measures the bit rate and publishes the state."""
        peer = self._connection.peer if self._connection is not None else None
        total = peer.bytes_received if peer is not None else 0
        at_us, before, _ = self._bits
        elapsed_us = now_us - at_us
        rate = (total - before) * 8_000_000 // elapsed_us if elapsed_us > 0 else 0
        self._bits = (now_us, total, max(0, rate))
        if self._connection is not None and self._connection.last_media_us is not None:
            self.clock = self._connection.timeline.reading()
            self.worst_skew_us = max(self.worst_skew_us, abs(self.clock.skew_us))
        self._parts.outlet.state(self.status())

    def status(self) -> SourceStatus:
        """What others are told."""
        ledger = self.ledger
        state = self._state
        if state == SourceState.RECORDING and not self._parts.may_write():
            state = SourceState.STALLED  # media comes, but nothing is being recorded
        return SourceStatus(
            source=self.description.source,
            session=self.description.session,
            state=state,
            since_us=self._since_us,
            bits_per_s=self._bits[2] if self._state == SourceState.RECORDING else 0,
            frames=self._frames,
            width=self._size[0],
            height=self._size[1],
            codec=self._codec,
            packets_lost=self._lost,
            protected_until_us=self._protected_us,
            last_media_us=self._last_media_us,
            recorded_us=ledger.recorded_us if ledger is not None else 0,
            gap_us=ledger.gap_us if ledger is not None else 0,
            gaps=ledger.gaps if ledger is not None else 0,
            fault=self._fault,
            pause_us=ledger.pause_us if ledger is not None else 0,
            paused=sorted(self._pauses.tracks),
            clock_reports=self.clock.reports,
            clock_offset_us=self.clock.offset_us,
            drift_ppb=self.clock.drift_ppb,
            skew_us=self.clock.skew_us,
        )

    def look(self) -> None:
        """Somebody looks: from now on, for a while, every picture is a fragment of its own."""
        self._looked_until_us = self._parts.now_us() + LOOK_US

    def live(self) -> list[LiveFragment]:
        """What a new viewer needs first."""
        return self._live.begin() if self._live is not None else []

    # --- end ------------------------------------------------------------------------------

    async def close(self, drain_s: float) -> None:
        """No more media; whatever was received is durable, or noted as a gap, on return."""
        self.closed = True
        if self._connection is not None:
            live = self._state == SourceState.RECORDING
            self._detach(self._goodbye if live else self._hole_cause)
            self._set_state(SourceState.OFFLINE)
        if self._outbox is not None:
            await self._outbox.drain(drain_s)
            self._outbox.stop()

    def closing_drafts(self, end_us: int) -> list[Draft]:
        """Final gaps and ``recording.close``; call ``sealed`` once they are in the log."""
        ledger, outbox, at = self.ledger, self._outbox, self.description
        if ledger is None or outbox is None:
            return []
        plan = ledger.plan_end(self._closing_end(end_us), self._hole_cause)
        drafts = outbox.opening_drafts()
        for kind, hole in hole_entries(at.source, plan.gaps, plan.track_gaps):
            drafts.append(self._draft(kind, hole))
        body: dict[str, object] = {
            "source": at.source,
            "start_us": ledger.start_us,
            "end_us": plan.end_us,
            **_totals(ledger, plan),
            "clock": clock_body(self.clock, self.worst_skew_us),
        }
        drafts.append(self._draft("recording.close", body))
        return drafts

    def sealed(self, end_us: int) -> None:
        """The closing drafts are in the log."""
        if self.ledger is not None:
            until_us = self._closing_end(end_us)
            self.ledger.commit(self.ledger.plan_end(until_us, self._hole_cause))

    def _closing_end(self, end_us: int) -> int:
        """The recording of a source that was live to the end ends with its last frame."""
        assert self.ledger is not None
        ended_us = self.ledger.end_us
        return end_us if end_us - ended_us > TRAILING_US else ended_us

    @property
    def end_us(self) -> int:
        """Where the recording ends if nothing more comes."""
        return self._floor_us

    # --- begin ----------------------------------------------------------------------------

    def _begin(self, origin_us: int) -> None:
        """The first frame of this recording stands at ``origin_us``."""
        at = self.description
        opening = self._draft(
            "recording.open",
            {
                "source": at.source,
                "name": at.name,
                "source_kind": at.kind,
                "origin_us": origin_us,
                "channels": list(at.channels),
            },
        )
        self._floor_us = origin_us
        self._set_up(Ledger(origin_us, self._pauses), 1, opening)

    def _resume(self, past: Past) -> None:
        self._floor_us = self._protected_us = past.ledger.end_us
        self._epoch_number = past.last_epoch
        self._hole_cause = GapCause.RECORDER if past.was_live else self._goodbye
        self._state = SourceState.STALLED if past.was_live else SourceState.OFFLINE
        self.refs = past.refs
        self._set_up(past.ledger, past.last_number + 1, None)

    def _set_up(self, ledger: Ledger, first_number: int, opening: Draft | None) -> None:
        at, parts = self.description, self._parts
        address = Address(at.session, at.room, at.source, ledger.start_us, at.channels)
        self.ledger = ledger
        self._live = LiveFeed(address, parts.outlet.fragment)
        self._tap = AudioTap(address, parts.outlet.audio, self._covered)
        self._outbox = Outbox(
            address,
            parts.journal,
            ledger,
            parts.may_write,
            self._durable,
            parts.on_trouble,
            first_number=first_number,
            opening=opening,
        )

    def _durable(self, parcel: Parcel, number: int, appended: list[Appended]) -> None:
        segment, epoch, at = parcel.segment, parcel.epoch, self.description
        webm = epoch.video is not None and epoch.video.webm
        self.refs.add(epoch.number, number, segment.start_us, segment.end_us, webm=webm)
        self._protected_us = segment.end_us
        size = appended[-1].index + 1
        self._parts.outlet.protected(
            Protected(
                source=at.source,
                session=at.session,
                until_us=segment.end_us,
                size=max(size, self._parts.journal.size),
            )
        )

    def _draft(self, kind: str, body: dict[str, object]) -> Draft:
        return self._parts.journal.draft(
            kind, self.description.session, self.description.room, body
        )

    def _set_state(self, state: SourceState) -> None:
        if state != self._state:
            self._state = state
            self._since_us = self._parts.now_us()
            self._parts.outlet.state(self.status())


def _totals(ledger: Ledger, plan: Plan) -> dict[str, object]:
    """The account as it stands once the plan is in the log; it balances, or nothing is sealed."""
    gap_us = ledger.gap_us + sum(gap.length_us for gap in plan.gaps if not gap.pause)
    pause_us = ledger.pause_us + sum(gap.length_us for gap in plan.gaps if gap.pause)
    assert plan.end_us - ledger.start_us == ledger.recorded_us + gap_us + pause_us
    assert all(track.balanced for track in plan.tracks.values())
    return {
        "recorded_us": ledger.recorded_us,
        "gap_us": gap_us,
        "pause_us": pause_us,
        "segments": ledger.segments,
        "tracks": {kind: account_body(track) for kind, track in plan.tracks.items()},
    }


def _no_counts() -> dict[Kind, TrackCount]:
    return {kind: TrackCount() for kind in KINDS}
