"""The books of a session as its entries fill them: recordings, segments, gaps, pauses, orders.

Standard library only (part of the verifier inside a package). One small function for each kind of
entry that is kept; whether the books add up is accounting.py's work, and whether entries and files
are genuine the ladder's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from evidence_store.entry import Entry
from evidence_store.retention_account import (
    RETENTION_KINDS,
    RetentionAccount,
    RetentionDecisions,
)
from evidence_store.tick_run import TickRun


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
    "page.signed_late": _keep_document,
    "sign.refused": _keep_document,
    "signer.corrected": _keep_document,
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
