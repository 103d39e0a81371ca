"""When people have microphones of their own, the room camera's sound is not transcribed as well.

A room camera's sound is **covered** while microphones carry interviewer and interviewee both: one
of the two alone would lose the other's words, so then the camera is heard too. What is recorded
never changes; covered sound is recorded, measured and played like any other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

import msgspec

from config.recorder_messages import SegmentRef
from config.words import SourceKind, SourceState, Speaker
from recorder.recording import Recording

BOTH = frozenset({Speaker.INTERVIEWER.value, Speaker.INTERVIEWEE.value})
_OTHERS = 8  # microphones of one speaker whose segments may lie across each other
_SLACK_US = 300_000  # segments of two sources do not begin together


def microphones(recordings: Iterable[Recording]) -> list[Recording]:
    """The recordings of people's own microphones."""
    return [r for r in recordings if r.description.kind == SourceKind.MICROPHONE]


def covered_now(recordings: Iterable[Recording]) -> bool:
    """Both are heard by microphones of their own at this moment."""
    heard: set[str] = set()
    for recording in microphones(recordings):
        if recording.state == SourceState.RECORDING:
            heard.update(recording.description.channels)
    return heard >= BOTH


def mark_covered(
    refs: list[SegmentRef], recordings: Iterable[Recording], now_us: int
) -> list[SegmentRef]:
    """The segments of a room camera, with those marked that microphones cover.

    Computed from what is in the log, so a restart of the recorder changes nothing.
    """
    own = microphones(recordings)
    spans = {
        speaker: sorted(
            span
            for recording in own
            if speaker in recording.description.channels
            for span in _spans(recording, now_us)
        )
        for speaker in BOTH
    }
    if not all(spans.values()):
        return refs
    return [
        msgspec.structs.replace(ref, covered=True)
        if all(_within(ref, found) for found in spans.values())
        else ref
        for ref in refs
    ]


def _spans(recording: Recording, now_us: int) -> list[tuple[int, int]]:
    spans = list(recording.refs.spans())
    if recording.state == SourceState.RECORDING and spans:
        spans.append((spans[-1][1], now_us))  # what is on its way to the disk
    return spans


def _within(ref: SegmentRef, spans: list[tuple[int, int]]) -> bool:
    end_us = ref.start_us + ref.duration_us
    heard_us = 0
    at = max(0, bisect_right(spans, (ref.start_us, 0)) - _OTHERS)
    for start_us, stop_us in spans[at:]:
        if start_us >= end_us:
            break
        heard_us += max(0, min(end_us, stop_us) - max(ref.start_us, start_us))
    return heard_us >= ref.duration_us - _SLACK_US
