"""What the log says of a session, for placing a late file in it: read in the worker process.

Reads the log up to its checkpoint and the live media files it names; writes nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av

from evidence_store.books import Books, MediaFile, Recording, Session
from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import EvidenceError, SealedDamaged
from evidence_store.late_account import LateFile, late_files
from evidence_store.reader import LogReader
from evidence_store.sealed_media import media_of
from recorder.late_media import LateMediaError, codec_name, open_media, packets, picture_digest
from recorder.late_plan import Occupied, Spans
from recorder.media import Kind

_PAGE = 1000
#: Live segments that are read at a time.
_JOINED = 60
_JOIN_BYTES = 256 << 20


@dataclass(slots=True)
class PastSession:
    """One session as its log tells it."""

    id: str
    books: Session
    opened_us: int
    closed_us: int | None
    origin_us: dict[str, int] = field(default_factory=dict)  # by source, zero of its media
    pauses: Spans = field(default_factory=list)  # of the room, whatever was paused
    ended: bool = False  # its retention: nothing more is filed

    def recording(self, source: str) -> Recording | None:
        """The live recording of a source."""
        return self.books.recordings.get(source)

    def late(self) -> list[LateFile]:
        """What was filed late already."""
        return late_files(self.books)

    def settled_us(self, source: str, now_us: int) -> int:
        """Up to here nothing more of this source can come live.

        A live recording is settled to the last thing its log says; a source that never came is
        settled a minute after, when nothing can be on its way any more.
        """
        if self.closed_us is not None:
            return self.closed_us
        recording = self.recording(source)
        if recording is None or not (recording.segments or recording.holes):
            return now_us - 60_000_000
        ends = [item.end_us for item in recording.segments]
        ends += [hole.end_us for hole in recording.holes if hole.track == "all"]
        return max(ends)

    def occupied(self, source: str) -> Occupied:
        """Time in which nothing may be filed for a source."""
        found = Occupied(pauses=list(self.pauses))
        recording = self.recording(source)
        if recording is not None:
            found.live = [(item.start_us, item.end_us) for item in recording.segments]
            found.pauses += [(one.start_us, one.end_us) for one in recording.holes if one.is_pause]
        for late in self.late():
            if late.source == source:
                found.filed += [(item.start_us, item.end_us) for item in late.media.segments]
        return found


def read_session(root: Path, session: str, first_index: int) -> PastSession:
    """Read a session's entries from where it was opened.

    Raises:
        LateMediaError: ``session_unreadable``.
    """
    books = Books()
    origins: dict[str, int] = {}
    pauses = _Pauses()
    mark = f'"session":"{session}"'.encode()
    try:
        reader = LogReader(root / "log")
        size = reader.checkpoint().size
        for first in range(first_index, size, _PAGE):
            for raw in reader.entries(first, min(_PAGE, size - first)):
                if mark not in raw:
                    continue
                entry = parse_entry(raw)
                if entry.session != session:
                    continue
                books.add(entry)
                pauses.take(entry)
                if entry.kind == "recording.open":
                    origins[str(entry.body.get("source", ""))] = int(entry.body["origin_us"])
    except (EvidenceError, OSError, KeyError, TypeError, ValueError) as error:
        raise LateMediaError("session_unreadable", f"the log cannot be read: {error}") from error
    found = books.sessions.get(session)
    if found is None or found.opened_us is None:
        raise LateMediaError("session_unreadable", "the log does not say when it was opened")
    closed_us = found.closed_us
    return PastSession(
        session,
        found,
        found.opened_us,
        closed_us,
        origins,
        pauses.spans(closed_us),
        session in books.retention.ended,
    )


class _Pauses:
    """Pauses of the room: nothing handed over later may stand in them."""

    def __init__(self) -> None:
        self._running: dict[str, int] = {}
        self._spans: Spans = []

    def take(self, entry: Entry) -> None:
        """``pause.begin`` and ``pause.end``."""
        if entry.kind not in ("pause.begin", "pause.end"):
            return
        name = str(entry.body.get("pause", ""))
        start = entry.body.get("start_us")
        begun = start if type(start) is int else entry.t_us
        if entry.kind == "pause.begin":
            self._running[name] = begun
            return
        end = entry.body.get("end_us")
        begun = min(begun, self._running.pop(name, begun))
        self._spans.append((begun, end if type(end) is int else entry.t_us))

    def spans(self, closed_us: int | None) -> Spans:
        """All of them; one that still runs has no end yet."""
        last_us = closed_us if closed_us is not None else 1 << 60
        return [*self._spans, *((begun, last_us) for begun in self._running.values())]


def live_pictures(
    root: Path, past: PastSession, source: str, from_us: int, to_us: int
) -> Iterator[tuple[bytes, int]]:
    """Digest and session time of every picture received live between two times."""
    for _, container, origin_us in live_containers(root, past, source, from_us, to_us):
        with container:
            videos = list(container.streams.video[:1])
            if not videos:
                continue
            codec, used = codec_name(videos[0]), {videos[0].index: _VIDEO}
            try:
                for packet, _, at_us in packets(container, used):
                    data = bytes(packet)
                    if len(data) >= 200:
                        yield picture_digest(codec, data), origin_us + at_us
            except av.FFmpegError:
                continue  # a damaged live file is verification's matter, not this one's


_VIDEO: Kind = "video"


def live_containers(
    root: Path, past: PastSession, source: str, from_us: int, to_us: int
) -> Iterator[tuple[Recording, av.container.InputContainer, int]]:
    """The live media between two times, some segments of one epoch at a time, and their zero."""
    recording = past.recording(source)
    if recording is None or source not in past.origin_us:
        return
    media = media_of(root.parent)
    for epoch, init in sorted(recording.inits.items()):
        wanted = [
            item
            for item in recording.segments
            if item.epoch == epoch and item.end_us > from_us and item.start_us < to_us
        ]
        for group in _groups(wanted):
            try:
                data = b"".join(media.read(root.name, item.path) for item in (init, *group))
                yield recording, open_media(io.BytesIO(data)), past.origin_us[source]
            except (OSError, SealedDamaged, LateMediaError):
                continue  # missing or damaged: found by verification


def _groups(segments: list[MediaFile]) -> Iterator[list[MediaFile]]:
    group: list[MediaFile] = []
    size = 0
    for item in segments:
        if group and (len(group) >= _JOINED or size + item.size > _JOIN_BYTES):
            yield group
            group, size = [], 0
        group.append(item)
        size += item.size
    if group:
        yield group
