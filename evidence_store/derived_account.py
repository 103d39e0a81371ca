"""Derived works in a package: redacted copies, apart from everything that was recorded.

Standard library only (part of the verifier inside a package). Somebody blurred a face or took a
name out of the sound; the result was encoded anew. An entry ``derived.made`` of the centre's log
states the file, who made it, and which segments it was made from::

    {"derived": "dv-1", "case": "…", "session": "s1", "source": "room1-camera",
     "start_us": 1, "end_us": 2, "path": "derived/dv-1.mp4", "sha256": "…", "size": 3,
     "of": {"origin": "duizhi.local/recorder-1", "first": 7, "last": 9, "segments": 2,
            "sha256": SHA-256 over the segments' digests, in hex, one a line}}

1. The file is there with its size and SHA-256, and no other file lies among the derived works. When
   the retention of its session has ended, it may be gone.
2. ``of`` names segments of this session and source that are in its log, whole and in order.
   Works that a disclosure withholds (disclosure.py) are not among those given here.
3. A derived work never counts as recorded time. Nothing proves that only what its entry lists was
   changed; whoever doubts it compares with the segments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence_store.books import Books, MediaFile
from evidence_store.entry import Entry
from evidence_store.package_files import Digest
from evidence_store.report import DerivedReport, Finding, Report

DERIVED_KIND = "derived.made"
DERIVED = "derived/"


@dataclass(frozen=True)
class DerivedWork:
    """A derived work as its entry states it."""

    derived: str
    session: str
    source: str
    path: str
    sha256: str
    size: int
    start_us: int
    end_us: int
    seq: int
    reason: str  # empty when it is withheld
    of: dict[str, Any]
    cut: bool = False  # it hides nothing: a stretch of the recording, made playable


def derived_works(entries: Iterable[Entry], sessions: Iterable[str]) -> list[DerivedWork]:
    """The derived works of these sessions, from entries of the centre's log."""
    wanted = frozenset(sessions)
    return [
        derived_work(entry)
        for entry in entries
        if entry.kind == DERIVED_KIND and _work_text(entry.body, "session") in wanted
    ]


def segments_digest(segments: Iterable[MediaFile]) -> str:
    """SHA-256 over the digests of segments: what ``of`` states."""
    return hashlib.sha256("".join(f"{one.sha256}\n" for one in segments).encode()).hexdigest()


def check_derived_works(
    works: list[DerivedWork],
    books: Books,
    origins: Mapping[str, str],
    lookup: Callable[[str], Digest | None],
    names: Iterable[str],
    report: Report,
) -> None:
    """Rules 1 and 2; ``origins`` are the logs' origins by session, ``names`` the files there."""
    known = set()
    for work in works:
        name = "data/" + work.path
        known.add(name)
        found = lookup(name) if work.path.startswith(DERIVED) else None
        state = "missing"
        if found is not None:
            same = (found.sha256, found.size) == (work.sha256, work.size)
            state = "proved" if same else "altered"
        if state == "missing" and work.session in books.retention.ended:
            state = "destroyed"
        elif state != "proved":
            _find_work(report, state, work, f"not the derived work that entry {work.seq} names")
        if not _has_its_sources(work, books, origins):
            detail = f"entry {work.seq}: the segments it was made from are not those of the log"
            _find_work(report, "altered", work, detail)
            state = "altered"
        report.derived.append(
            DerivedReport(
                work.derived, work.session, work.source, work.start_us, work.end_us, state
            )
        )
    for name in names:
        if name.startswith("data/" + DERIVED) and name not in known:
            report.findings.append(Finding("unlisted", "no entry names this file", path=name))


def _has_its_sources(work: DerivedWork, books: Books, origins: Mapping[str, str]) -> bool:
    session = books.sessions.get(work.session)
    recording = session.recordings.get(work.source) if session else None
    first, last = work.of.get("first"), work.of.get("last")
    if recording is None or type(first) is not int or type(last) is not int:
        return False
    segments = [item for item in recording.segments if first <= item.seq <= last]
    return (
        bool(segments)
        and work.of.get("origin") == origins.get(work.session)
        and work.of.get("segments") == len(segments)
        and (segments[0].seq, segments[-1].seq) == (first, last)
        and work.of.get("sha256") == segments_digest(segments)
        and all(segment.trusted for segment in segments)
    )


def _find_work(report: Report, code: str, work: DerivedWork, detail: str) -> None:
    report.findings.append(
        Finding(
            code,
            detail,
            work.session,
            work.source,
            "data/" + work.path,
            work.start_us,
            work.end_us,
        )
    )


def derived_work(entry: Entry) -> DerivedWork:
    """A derived work, as an entry ``derived.made`` states it."""
    body = entry.body
    of = body.get("of")
    return DerivedWork(
        _work_text(body, "derived"),
        _work_text(body, "session"),
        _work_text(body, "source"),
        _work_text(body, "path"),
        _work_text(body, "sha256"),
        _work_number(body, "size"),
        _work_number(body, "start_us"),
        _work_number(body, "end_us"),
        entry.seq,
        _work_text(body, "reason"),
        of if isinstance(of, dict) else {},
        body.get("cut") is True,
    )


def _work_text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _work_number(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    return value if type(value) is int else 0
