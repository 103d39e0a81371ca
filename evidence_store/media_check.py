"""Comparing what entries say with what was found, and naming what differs to the second.

Standard library only (part of the verifier inside a package); stores are checked with it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from evidence_store.books import Books, MediaFile, Recording
from evidence_store.entry import Entry
from evidence_store.late_account import late_media
from evidence_store.package_files import Digest
from evidence_store.report import Finding, Notice, Report

_DETAILS = {
    "missing": "entry {} names this file, and it is not there",
    "altered": "not the bytes that entry {} names",
    "disclosure": "listed as withheld by its disclosure, and it is there (entry {})",
}


def media_files(books: Books) -> Iterator[tuple[MediaFile, Recording]]:
    """Every media file that an entry names, with its recording; late ones at the end."""
    for session in books.sessions.values():
        for recording in session.recordings.values():
            for init in recording.inits.values():
                yield init, recording
            for segment in recording.segments:
                yield segment, recording
    yield from late_media(books)


def check_media(
    books: Books, prefix: str, lookup: Callable[[str], Digest | None], report: Report
) -> dict[str, str]:
    """Check every media file that an entry names.

    A file encrypted at rest is as good as the clear one: the entry states the digests of both.

    ``lookup`` gives the digest of a file by its name, which is ``prefix`` and the entry's path.
    Returns the state of each file by the entry's path: proved, altered, missing, withheld by the
    disclosure that the package was made for (disclosure.py), or destroyed under retention
    (retention_account.py); the last two are no faults.
    """
    states: dict[str, str] = {}
    sealed: list[MediaFile] = []
    for file, recording in media_files(books):
        found = lookup(prefix + file.path)
        state = _state(file, found)
        if file.path in recording.withheld:
            state = "withheld" if found is None else "disclosure"
        elif state == "missing" and recording.session in books.retention.ended:
            state = "destroyed"
        states[file.path] = "altered" if state == "disclosure" else state
        if lies_sealed(file, found):
            sealed.append(file)
        if state not in ("proved", "withheld", "destroyed"):
            start_us, end_us = _reach(file, recording)
            report.findings.append(
                Finding(
                    state,
                    _DETAILS[state].format(file.seq),
                    recording.session,
                    recording.source,
                    prefix + file.path,
                    start_us,
                    end_us,
                )
            )
    _tell_sealed(sealed, report)
    return states


def altered_entry(entry: Entry, name: str) -> Finding:
    """The finding for an entry that is not the one in the signed tree."""
    start, end = entry.body.get("start_us"), entry.body.get("end_us")
    duration = entry.body.get("duration_us")
    if type(start) is int and type(duration) is int:
        end = start + duration
    source = entry.body.get("source")
    return Finding(
        "altered",
        f"entry {entry.seq} ({entry.kind}) is not the one in the signed log",
        entry.session,
        source if isinstance(source, str) else "",
        name,
        start if type(start) is int else entry.t_us,
        end if type(end) is int else entry.t_us,
    )


def _state(file: MediaFile, found: Digest | None) -> str:
    if found is None:
        return "missing"
    as_clear = (found.sha256, found.size) == (file.sha256, file.size)
    return "proved" if as_clear or lies_sealed(file, found) else "altered"


def lies_sealed(file: MediaFile, found: Digest | None) -> bool:
    """Whether what was found is the file encrypted at rest, with the digest its entry states."""
    stated = (file.sealed_sha256, file.sealed_size)
    return found is not None and bool(file.sealed_sha256) and (found.sha256, found.size) == stated


def _tell_sealed(sealed: list[MediaFile], report: Report) -> None:
    """What a reader should know of files that were checked without being opened."""
    if sealed:
        size = sum(item.sealed_size for item in sealed)
        detail = f"{len(sealed)} media files ({size} bytes) are encrypted: checked, not opened"
        report.notices.append(Notice("sealed", detail))


def _reach(file: MediaFile, recording: Recording) -> tuple[int, int]:
    """The time a file stands for; an init segment stands for its whole epoch."""
    if recording.inits.get(file.epoch) is not file:
        return file.start_us, file.end_us
    own = [item for item in recording.segments if item.epoch == file.epoch]
    start = min((item.start_us for item in own), default=file.start_us)
    return start, max((item.end_us for item in own), default=file.end_us)
