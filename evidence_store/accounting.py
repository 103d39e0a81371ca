"""The books of a session, kept from its entries alone: every second has one explanation.

Standard library only (part of the verifier inside a package). It reads entries and compares
times; whether the entries and files are genuine is the ladder's work.

The rule for each recording (one source in one session)::

    end - start = recorded + gaps + pauses

A segment must begin where the one before it ended, within 100 ms, or ``media.gap`` and
``media.pause`` entries must cover the hole. What no entry covers is an undeclared gap. A gap
of a single track lies inside recorded time and is listed apart. The time between two calls is
declared like a gap, and is none: nobody spoke, so nothing was to be recorded (``_uncalled``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from evidence_store.entry import Entry
from evidence_store.report import Finding, Notice, SourceReport, Span, Totals, merge_spans
from evidence_store.retention_account import (
    RETENTION_KINDS,
    RetentionAccount,
    RetentionDecisions,
)
from evidence_store.tick_run import TickRun

#: Segments join if they are no further apart than this (and a hole this small is no gap).
JOINT_US = 100_000

#: The state of a file: proved, altered, missing, or destroyed (under retention).
FileState = Callable[[str], str]


@dataclass(frozen=True)
class MediaFile:
    """A media file as the log names it."""

    path: str
    sha256: str
    size: int
    epoch: int
    seq: int  # index of its entry
    start_us: int  # for an init segment: the time of its entry
    end_us: int
    trusted: bool  # its entry is the one in the signed tree
    tracks: dict[str, dict[str, Any]] = field(default_factory=dict)  # see time_account.py
    sealed_sha256: str = ""  # of the file encrypted at rest, when it is
    sealed_size: int = 0
    sm3: str = ""  # of the clear bytes, when the entry states it (media_sm3.py)


@dataclass(frozen=True)
class Hole:
    """A declared stretch without media."""

    start_us: int
    end_us: int
    cause: str
    track: str
    is_pause: bool
    order: str = ""  # the pause that withheld it


@dataclass
class Recording:
    """What the log says of one source in one session."""

    session: str
    source: str
    name: str = ""
    kind: str = ""
    opened_us: int = 0
    inits: dict[int, MediaFile] = field(default_factory=dict)
    segments: list[MediaFile] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    close: dict[str, Any] | None = None
    withheld: frozenset[str] = frozenset()  # paths, see disclosure.py

    @property
    def start_us(self) -> int:
        """Where its time begins."""
        if self.close:
            return _integer(self.close, "start_us")
        starts = [item.start_us for item in self.segments]
        starts += [hole.start_us for hole in self.holes]
        return min(starts, default=self.opened_us)

    @property
    def end_us(self) -> int:
        """Where its time ends; for an open recording, the end of the last thing logged."""
        if self.close:
            return _integer(self.close, "end_us")
        ends = [item.end_us for item in self.segments]
        ends += [hole.end_us for hole in self.holes]
        return max(ends, default=self.start_us)


@dataclass
class Session:
    """What the log says of one session."""

    id: str
    opening: dict[str, Any] = field(default_factory=dict)
    room: str = ""
    opened_us: int | None = None
    closed_us: int | None = None
    closing: dict[str, Any] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    utterances: list[Entry] = field(default_factory=list)
    orders: list[Entry] = field(default_factory=list)  # of pauses, see time_account.py
    ticks: TickRun = field(default_factory=TickRun)
    late: list[tuple[Entry, bool]] = field(default_factory=list)  # see late_account.py
    documents: list[tuple[Entry, bool]] = field(default_factory=list)  # see document_account.py
    withheld: frozenset[str] = frozenset()  # paths, see disclosure.py

    def recording(self, source: str) -> Recording:
        """The recording of a source, begun if need be."""
        return self.recordings.setdefault(source, Recording(self.id, source))


class Books:
    """All sessions that a run of entries speaks of. Feed ``add`` in the order of the log."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.recoveries: list[Entry] = []  # unclean stops of the recorder, as it declared them
        self.retention = RetentionAccount()  # what ended under retention
        self.decisions = RetentionDecisions()  # of the centre's log: who decided so, and holds
        self.late_index: list[Entry] = []  # of the log itself: which sessions got late files
        self.entries = 0
        self.last_t_us = 0

    def add(self, entry: Entry, *, trusted: bool = True) -> None:
        """Enter one entry. An untrusted one is kept in view, so that its time can be named."""
        self.entries += 1
        self.last_t_us = max(self.last_t_us, entry.t_us)
        if entry.kind == "recover":
            self.recoveries.append(entry)
        if entry.kind == "late.index":
            self.late_index.append(entry)
        self.retention.add(entry, trusted=trusted)
        if trusted and entry.kind.startswith(RETENTION_KINDS):
            self.decisions.add(entry)
        keep = _KEEPERS.get(entry.kind)
        if entry.session and (keep or entry.session in self.sessions):
            session = self.sessions.setdefault(entry.session, Session(entry.session))
            if keep:
                keep(session, entry, trusted)
            elif entry.kind == "tick":  # alone it opens no session
                session.ticks.add(entry)


def settle(books: Books) -> tuple[list[Finding], list[Notice]]:
    """Check every session's books; the findings are about time, not about bytes."""
    findings: list[Finding] = []
    notices = [_recovery_notice(entry) for entry in books.recoveries]
    for session in books.sessions.values():
        findings += _check_session(session)
        if session.closed_us is None:
            notices.append(
                Notice("session_open", "still open: accounted to its last entry", session.id)
            )
        for recording in session.recordings.values():
            findings += _check_recording(recording)
    return findings, notices


def _recovery_notice(entry: Entry) -> Notice:
    """An unclean stop is no fault of the package; what it cost is declared."""
    lost, aside = _integer(entry.body, "discarded_bytes"), _integer(entry.body, "orphans_total")
    detail = f"entry {entry.seq}: unclean stop, {lost} bytes discarded, {aside} files set aside"
    return Notice("recovered", detail)


def source_reports(books: Books, state: FileState) -> tuple[list[SourceReport], Totals]:
    """The strip of every recording, and the sums."""
    totals = Totals(entries=books.entries)
    reports: list[SourceReport] = []
    for session in books.sessions.values():
        for recording in session.recordings.values():
            report = _source_report(recording, state)
            reports.append(report)
            idle = _uncalled(recording)
            gaps = [hole for hole in recording.holes if not hole.is_pause and hole not in idle]
            idle_us = sum(hole.end_us - hole.start_us for hole in idle)
            totals.recordings += 1
            totals.segments += len(recording.segments)
            totals.recorded_us += recorded_us(recording)
            totals.elapsed_us += max(0, report.end_us - report.start_us - idle_us)
            totals.gap_us += gap_us(recording) - idle_us
            totals.gaps += len(gaps)
            totals.pause_us += pause_us(recording)
    return reports, totals


def recorded_us(recording: Recording) -> int:
    """Time covered by segments."""
    return sum(item.end_us - item.start_us for item in recording.segments)


def gap_us(recording: Recording) -> int:
    """Time covered by declared gaps of the whole source."""
    return sum(hole.end_us - hole.start_us for hole in _whole(recording) if not hole.is_pause)


def pause_us(recording: Recording) -> int:
    """Time covered by pauses."""
    return sum(hole.end_us - hole.start_us for hole in _whole(recording) if hole.is_pause)


def _uncalled(recording: Recording) -> list[Hole]:
    """Of the voice of the centre: when there was no call. Of any other source it is a gap."""
    if recording.kind != "call":
        return []
    return [hole for hole in _whole(recording) if not hole.is_pause and hole.cause == "no_call"]


def _whole(recording: Recording) -> list[Hole]:
    return [hole for hole in recording.holes if hole.track == "all"]


def _source_report(recording: Recording, state: FileState) -> SourceReport:
    spans: list[Span] = []
    cursor = recording.start_us
    for start, end, name in _intervals(recording, state):
        if start - cursor > JOINT_US:
            spans.append(Span(cursor, start, "missing"))
            cursor = start
        spans.append(Span(cursor, max(cursor, end), name))
        cursor = max(cursor, end)
    if recording.end_us - cursor > JOINT_US:
        spans.append(Span(cursor, recording.end_us, "missing"))
    tracks = [hole for hole in recording.holes if hole.track != "all"]
    return SourceReport(
        recording.session,
        recording.source,
        recording.name,
        recording.start_us,
        max(recording.end_us, recording.start_us),
        recording.close is None,
        merge_spans(spans),
        [
            {
                "start_us": hole.start_us,
                "end_us": hole.end_us,
                "track": hole.track,
                "cause": hole.cause,
            }
            for hole in tracks
        ],
    )


def _intervals(recording: Recording, state: FileState) -> list[tuple[int, int, str]]:
    """Segments and declared holes in the order of time."""
    intervals = [
        (item.start_us, item.end_us, _segment_state(recording, item, state))
        for item in recording.segments
    ]
    intervals += [
        (hole.start_us, hole.end_us, "pause" if hole.is_pause else "gap")
        for hole in _whole(recording)
    ]
    return sorted(intervals)


def _segment_state(recording: Recording, segment: MediaFile, state: FileState) -> str:
    init = recording.inits.get(segment.epoch)
    if not segment.trusted or (init and not init.trusted):
        return "altered"
    own = state(segment.path)
    if own != "proved":
        return own
    # Without its init segment a segment does not play, whatever its own bytes are.
    return state(init.path) if init else "missing"


def _check_session(session: Session) -> Iterable[Finding]:
    if session.opened_us is None:
        yield Finding("missing", "no entry says when this session was opened", session.id)
    listed = session.closing.get("recordings", [])
    stated = {str(item.get("source", "")): item for item in listed if isinstance(item, dict)}
    for recording in session.recordings.values():
        closed = recording.close or stated.get(recording.source)
        if session.closed_us is not None and closed is None:
            yield Finding(
                "accounting",
                "the session was closed, but this recording never was",
                session.id,
                recording.source,
                start_us=recording.start_us,
                end_us=recording.end_us,
            )
    for source in sorted(set(stated) - set(session.recordings)):
        yield Finding(
            "missing", "the session names a recording without entries", session.id, source
        )


def _check_recording(recording: Recording) -> Iterable[Finding]:
    yield from _check_cover(recording)
    if recording.close:
        yield from _check_sums(recording, recording.close)
    for segment in recording.segments:
        if segment.epoch not in recording.inits:
            yield Finding(
                "missing",
                "no entry names the init segment that this segment needs",
                recording.session,
                recording.source,
                segment.path,
                segment.start_us,
                segment.end_us,
            )


def _check_cover(recording: Recording) -> Iterable[Finding]:
    """Every hole is declared, and no two segments claim the same time."""

    def gap(start: int, end: int) -> Finding:
        seconds = f"{(end - start) / 1_000_000:.1f} s"
        return Finding(
            "undeclared_gap",
            f"no media for {seconds}, and no entry says why",
            recording.session,
            recording.source,
            start_us=start,
            end_us=end,
        )

    cursor = segments_to = recording.start_us
    for start, end, name in _intervals(recording, lambda _: "proved"):
        if start - cursor > JOINT_US:
            yield gap(cursor, start)
        if name not in ("gap", "pause"):
            if segments_to - start > JOINT_US:
                yield Finding(
                    "accounting",
                    "two segments claim the same time",
                    recording.session,
                    recording.source,
                    start_us=start,
                    end_us=min(segments_to, end),
                )
            segments_to = max(segments_to, end)
        cursor = max(cursor, end)
    if recording.end_us - cursor > JOINT_US:
        yield gap(cursor, recording.end_us)


def _check_sums(recording: Recording, close: dict[str, Any]) -> Iterable[Finding]:
    """What ``recording.close`` states agrees with the entries before it."""
    slack = JOINT_US * (len(recording.segments) + len(recording.holes) + 1)
    sums = {
        "recorded_us": recorded_us(recording),
        "gap_us": gap_us(recording),
        "pause_us": pause_us(recording),
    }
    wrong = [name for name, value in sums.items() if abs(_integer(close, name) - value) > slack]
    elapsed = recording.end_us - recording.start_us
    if abs(elapsed - sum(sums.values())) > slack:
        wrong.append("elapsed = recorded + gaps + pauses")
    if wrong:
        yield Finding(
            "accounting",
            f"stated totals disagree with the entries: {', '.join(wrong)}",
            recording.session,
            recording.source,
            start_us=recording.start_us,
            end_us=recording.end_us,
        )
    stated = _integer(close, "segments")
    if stated != len(recording.segments):
        yield Finding(
            "missing" if stated > len(recording.segments) else "accounting",
            f"the log states {stated} segments and names {len(recording.segments)}",
            recording.session,
            recording.source,
            start_us=recording.start_us,
            end_us=recording.end_us,
        )


# --- one small function for each kind of entry that the books keep ------------------------------


def _keep_session_open(session: Session, entry: Entry, trusted: bool) -> None:
    if session.opened_us is None:
        session.opening, session.room, session.opened_us = entry.body, entry.room, entry.t_us
        session.ticks.opened(entry)


def _keep_session_close(session: Session, entry: Entry, trusted: bool) -> None:
    session.closing, session.closed_us = entry.body, entry.t_us
    session.ticks.look(entry, _integer(entry.body, "missed"))


def _keep_recording_open(session: Session, entry: Entry, trusted: bool) -> None:
    recording = session.recording(_text(entry.body, "source"))
    recording.name = _text(entry.body, "name")
    recording.kind = recording.kind or _text(entry.body, "source_kind")
    recording.opened_us = recording.opened_us or entry.t_us


def _keep_recording_close(session: Session, entry: Entry, trusted: bool) -> None:
    session.recording(_text(entry.body, "source")).close = entry.body


def _keep_init(session: Session, entry: Entry, trusted: bool) -> None:
    file = _media_file(entry, trusted, entry.t_us, entry.t_us)
    session.recording(_text(entry.body, "source")).inits[file.epoch] = file


def _keep_segment(session: Session, entry: Entry, trusted: bool) -> None:
    start = _integer(entry.body, "start_us")
    end = start + max(0, _integer(entry.body, "duration_us"))
    file = _media_file(entry, trusted, start, end)
    session.recording(_text(entry.body, "source")).segments.append(file)


def _keep_hole(session: Session, entry: Entry, trusted: bool) -> None:
    body = entry.body
    start, end = _integer(body, "start_us"), _integer(body, "end_us")
    hole = Hole(
        start,
        max(start, end),
        _text(body, "cause"),
        _text(body, "track") or "all",
        entry.kind == "media.pause",
        _text(body, "pause"),
    )
    session.recording(_text(body, "source")).holes.append(hole)


def _keep_utterance(session: Session, entry: Entry, trusted: bool) -> None:
    session.utterances.append(entry)


def _keep_order(session: Session, entry: Entry, trusted: bool) -> None:
    session.orders.append(entry)


def _keep_late(session: Session, entry: Entry, trusted: bool) -> None:
    session.late.append((entry, trusted))


def _keep_document(session: Session, entry: Entry, trusted: bool) -> None:
    session.documents.append((entry, trusted))


_KEEPERS: dict[str, Callable[[Session, Entry, bool], None]] = {
    "session.open": _keep_session_open,
    "session.close": _keep_session_close,
    "recording.open": _keep_recording_open,
    "recording.close": _keep_recording_close,
    "media.init": _keep_init,
    "media.segment": _keep_segment,
    "media.gap": _keep_hole,
    "media.pause": _keep_hole,
    "pause.begin": _keep_order,
    "pause.end": _keep_order,
    "utterance": _keep_utterance,
    "late.file": _keep_late,
    "late.init": _keep_late,
    "late.segment": _keep_late,
    "late.filed": _keep_late,
    "document.made": _keep_document,
    "document.signed": _keep_document,
    "page.shown": _keep_document,
    "page.signed": _keep_document,
    "sign.refused": _keep_document,
    "notice.read": _keep_document,
    "notice.signed": _keep_document,
    "notice.unsigned": _keep_document,
}


def _media_file(entry: Entry, trusted: bool, start_us: int, end_us: int) -> MediaFile:
    body = entry.body
    return MediaFile(
        _text(body, "path"),
        _text(body, "sha256"),
        _integer(body, "size"),
        _integer(body, "epoch"),
        entry.seq,
        start_us,
        end_us,
        trusted,
        _tracks(body),
        _text(body, "sealed_sha256"),
        _integer(body, "sealed_size"),
        _text(body, "sm3"),
    )


def _tracks(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a segment states of each track; nothing when it is not in the right form."""
    tracks = body.get("tracks")
    if not isinstance(tracks, dict):
        return {}
    return {name: stated for name, stated in tracks.items() if isinstance(stated, dict)}


def _integer(body: dict[str, Any], name: str) -> int:
    """A number of a body; a body that lacks it counts as 0 and will not add up."""
    value = body.get(name, 0)
    return value if type(value) is int else 0


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""
