"""What a closed session recorded, read from the store's log: for sessions no recorder remembers.

A recorder names the segments of sessions it holds in memory. Of a session that was closed before it
was started anew it holds nothing, so the transcriber reads the log's own files, which are only ever
appended to, and asks the recorder for nothing. Whether a room camera's sound is covered by people's
own microphones is decided as the recorder does (recorder/microphones.py): both speakers are heard
by segments of microphones for all of its time but 0.3 s.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from config.recorder_messages import SegmentRef, Segments
from config.words import SourceKind, Speaker
from evidence_store.errors import EvidenceError
from evidence_store.reader import LogReader
from transcription.errors import RecordingUnreadable

logger = logging.getLogger(__name__)

_PAGE = 1000
_SLACK_US = 300_000
_BOTH = (Speaker.INTERVIEWER.value, Speaker.INTERVIEWEE.value)

Spans = list[tuple[int, int]]


@dataclass
class _Recording:
    kind: str
    channels: list[str]
    segments: list[SegmentRef] = field(default_factory=list)


@dataclass
class _Past:
    room: str = ""
    closed: bool = False
    recordings: dict[str, _Recording] = field(default_factory=dict)
    inits: dict[tuple[str, int], str] = field(default_factory=dict)


def past_segments(
    store: Path, logs: Sequence[str], session: str, source: str, first_index: int = 0
) -> Segments | None:
    """All segments of a source's closed session, in order; None when no log tells of it.

    ``first_index`` is where its log, when there is only one in ``logs``, may be begun with.
    """
    for log in logs:
        try:
            past = _read(store, log, session, first_index if len(logs) == 1 else 0)
        except (EvidenceError, OSError) as error:
            logger.warning("%s cannot be read: %s", log, type(error).__name__)
            continue
        recording = past.recordings.get(source)
        if recording is not None:
            return Segments(
                segments=_marked(recording, past),
                room=past.room,
                channels=recording.channels,
                open=not past.closed,
            )
    return None


def past_recordings(store: Path, logs: Sequence[str], session: str) -> dict[str, Segments]:
    """All recordings of a closed session by source; at least one.

    Raises:
        RecordingUnreadable: no log tells of it, or the one that may cannot be read.
    """
    unread = []
    for log in logs:
        try:
            past = _read(store, log, session, 0)
        except (EvidenceError, OSError) as error:
            logger.warning("%s cannot be read: %s", log, type(error).__name__)
            unread.append(log)
            continue
        if past.recordings and past.closed:
            return {
                source: Segments(
                    segments=_marked(recording, past),
                    room=past.room,
                    channels=recording.channels,
                    open=False,
                )
                for source, recording in past.recordings.items()
            }
    why = f"{', '.join(unread)} cannot be read" if unread else "no log tells of it"
    raise RecordingUnreadable(f"the recordings of the session: {why}")


def _read(store: Path, log: str, session: str, first_index: int) -> _Past:
    past = _Past()
    reader = LogReader(store / log / "log")
    size = reader.checkpoint().size
    mark = f'"session":"{session}"'.encode()
    for first in range(first_index, size, _PAGE):
        for raw in reader.entries(first, min(_PAGE, size - first)):
            if mark not in raw:
                continue
            entry = json.loads(raw)
            if entry["session"] == session:
                _take(past, log, entry)
        if past.closed:
            break
    return past


def _take(past: _Past, log: str, entry: dict[str, Any]) -> None:
    kind, body = entry["kind"], entry["body"]
    if kind == "session.close":
        past.closed = True
    elif kind == "recording.open":
        past.room = entry["room"]
        past.recordings[body["source"]] = _Recording(body["source_kind"], list(body["channels"]))
    elif kind == "media.init":
        past.inits[body["source"], body["epoch"]] = f"{log}/{body['path']}"
    elif kind == "media.segment" and body["source"] in past.recordings:
        past.recordings[body["source"]].segments.append(
            SegmentRef(
                epoch=body["epoch"],
                number=body["number"],
                path=f"{log}/{body['path']}",
                init_path=past.inits.get((body["source"], body["epoch"]), ""),
                start_us=body["start_us"],
                duration_us=body["duration_us"],
            )
        )


def _marked(recording: _Recording, past: _Past) -> list[SegmentRef]:
    if recording.kind == SourceKind.CALL:
        return [msgspec.structs.replace(one, covered=True) for one in recording.segments]
    if recording.kind != SourceKind.ROOM_CAMERA:
        return recording.segments
    heard: dict[str, Spans] = defaultdict(list)
    for other in past.recordings.values():
        if other.kind == SourceKind.MICROPHONE:
            for speaker in other.channels:
                heard[speaker] += [(s.start_us, s.start_us + s.duration_us) for s in other.segments]
    if not all(heard.get(speaker) for speaker in _BOTH):
        return recording.segments
    return [
        msgspec.structs.replace(one, covered=True)
        if all(_within(one, heard[speaker]) for speaker in _BOTH)
        else one
        for one in recording.segments
    ]


def _within(segment: SegmentRef, spans: Spans) -> bool:
    end_us = segment.start_us + segment.duration_us
    heard_us = sum(
        max(0, min(end_us, stop_us) - max(segment.start_us, start_us))
        for start_us, stop_us in spans
    )
    return heard_us >= segment.duration_us - _SLACK_US
