"""Whether the books of a session (books.py) add up: every second has one explanation.

Standard library only (part of the verifier inside a package). It compares times; whether the
entries and files are genuine is the ladder's work.

The rule for each recording (one source in one session)::

    end - start = recorded + gaps + pauses

A segment must begin where the one before it ended, within 100 ms, or ``media.gap`` and
``media.pause`` entries must cover the hole. What no entry covers is an undeclared gap. A gap
of a single track lies inside recorded time and is listed apart. The time between two calls is
declared like a gap, and is none: nobody spoke, so nothing was to be recorded (``_uncalled``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from evidence_store.books import Books, Hole, MediaFile, Recording, Session, _integer
from evidence_store.entry import Entry
from evidence_store.report import Finding, Notice, SourceReport, Span, Totals, merge_spans

#: Segments join if they are no further apart than this (and a hole this small is no gap).
JOINT_US = 100_000

#: The state of a file: proved, altered, missing, or destroyed (under retention).
FileState = Callable[[str], str]


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
