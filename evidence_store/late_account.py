"""Late recordings: files handed over afterwards, kept apart from the live account.

Standard library only (part of the verifier inside a package). A late file is told in a row of
entries of its session, written any time, also after ``session.close``::

    late.file     the original as it was handed over (without a pause, where a device kept it of
                  its own recording); who, when, by which clock
    late.init     as media.init, of a stretch of it
    late.segment  as media.segment; stands where nothing was received live
    late.filed    how many segments and how much time, so that none can be left out

and ``late.index``, an entry of the log itself, says how many files a session got. The live account
of a session (accounting.py) does not know these entries: a gap stays a gap, and every second of
late media is listed here, as late. The rules checked:

1. A part belongs to a file that a ``late.file`` names, and has its init segment.
2. No late part claims time that was received live, was paused, or that another late part has.
3. A filed file has the segments and the time its ``late.filed`` states.
4. A session has as many filed files as the last ``late.index`` about it states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from evidence_store.accounting import JOINT_US, FileState
from evidence_store.books import Books, MediaFile, Recording, Session
from evidence_store.entry import Entry
from evidence_store.report import Finding, LateReport, Notice, Span


@dataclass
class LateFile:
    """What the log says of one file that was handed over."""

    file: str
    session: str
    source: str
    statement: dict[str, Any] = field(default_factory=dict)  # body of late.file
    original: MediaFile | None = None
    media: Recording = field(default_factory=lambda: Recording("", ""))
    filed: dict[str, Any] | None = None

    @property
    def late_us(self) -> int:
        """Time its segments fill."""
        return sum(item.end_us - item.start_us for item in self.media.segments)


def late_files(session: Session) -> list[LateFile]:
    """The late files of a session, in the order in which they were filed."""
    files: dict[str, LateFile] = {}
    for entry, trusted in session.late:
        name, source = _string(entry.body, "file"), _string(entry.body, "source")
        late = files.get(name)
        if late is None:
            late = files[name] = LateFile(name, session.id, source)
            late.media = Recording(session.id, source, withheld=session.withheld)
        _take_late(late, entry, trusted)
    return list(files.values())


def late_media(books: Books) -> Iterator[tuple[MediaFile, Recording]]:
    """Every file that a late entry names; an original stands for the whole file's time."""
    for session in books.sessions.values():
        for late in late_files(session):
            if late.original is not None:
                yield late.original, late.media
            for item in (*late.media.inits.values(), *late.media.segments):
                yield item, late.media


def settle_late(books: Books) -> tuple[list[Finding], list[Notice]]:
    """Check the rules above; the findings are about time and completeness, not about bytes."""
    findings: list[Finding] = []
    notices: list[Notice] = []
    stated = _stated_files(books)
    for session in books.sessions.values():
        files = late_files(session)
        for late in files:
            findings += _check_file(late)
            if late.filed is None:
                detail = (
                    f"late file {late.file}: filing was interrupted; handing over again ends it"
                )
                notices.append(Notice("late_unfinished", detail, session.id, late.source))
        findings += _check_times(session, files)
        filed = sum(1 for late in files if late.filed is not None)
        if filed < stated.get(session.id, 0):
            detail = f"the log states {stated[session.id]} late files, {filed} are here"
            findings.append(Finding("missing", detail, session.id))
    return findings, notices


def late_reports(books: Books, state: FileState) -> list[LateReport]:
    """One line for each late file."""
    return [
        _late_report(late, state)
        for session in books.sessions.values()
        for late in late_files(session)
    ]


def late_summary(session: Session) -> list[dict[str, Any]]:
    """What case.json says of the late files of a session."""
    return [
        {
            "file": late.file,
            "source": late.source,
            "name": _string(late.statement, "name"),
            "by": _string(late.statement, "by_name"),
            "received_us": late.statement.get("received_us"),
            "original": late.original.path if late.original else None,
            "late_us": late.late_us,
            "parts": [
                {"start_us": span.start_us, "end_us": span.end_us}
                for span in _spans(late, lambda _: "proved")
            ],
        }
        for late in late_files(session)
    ]


def _take_late(late: LateFile, entry: Entry, trusted: bool) -> None:
    body = entry.body
    if entry.kind == "late.file" and late.original is None:
        late.statement = body
        start = _number(body, "start_us")
        late.original = _file_of(entry, trusted, start, max(start, _number(body, "end_us")))
    elif entry.kind == "late.init":
        late.media.inits[_number(body, "epoch")] = _file_of(entry, trusted, entry.t_us, entry.t_us)
    elif entry.kind == "late.segment":
        start = _number(body, "start_us")
        end = start + max(0, _number(body, "duration_us"))
        late.media.segments.append(_file_of(entry, trusted, start, end))
    elif entry.kind == "late.filed":
        late.filed = body


def _check_file(late: LateFile) -> Iterator[Finding]:
    """Rules 1 and 3."""
    start = min((item.start_us for item in late.media.segments), default=None)
    end = max((item.end_us for item in late.media.segments), default=None)

    def finding(code: str, detail: str, path: str = "") -> Finding:
        return Finding(code, detail, late.session, late.source, path, start, end)

    if late.original is None:
        yield finding("missing", f"no entry says where the late file {late.file} came from")
    for segment in late.media.segments:
        if segment.epoch not in late.media.inits:
            detail = "no entry names the init segment that this late segment needs"
            yield finding("missing", detail, segment.path)
    if late.filed is None:
        return
    segments, stated = len(late.media.segments), _number(late.filed, "segments")
    if segments != stated:
        code = "missing" if segments < stated else "accounting"
        yield finding(code, f"the log states {stated} late segments and names {segments}")
    elif late.late_us != _number(late.filed, "late_us"):
        yield finding("accounting", "the late time stated is not that of the late segments")


def _check_times(session: Session, files: list[LateFile]) -> Iterator[Finding]:
    """Rule 2."""
    for source in sorted({late.source for late in files}):
        late = [item for file in files if file.source == source for item in file.media.segments]
        late.sort(key=lambda item: item.start_us)
        recording = session.recordings.get(source)
        segments = recording.segments if recording else []
        live = [(item.start_us, item.end_us) for item in segments]
        holes = recording.holes if recording else []
        paused = [
            (hole.start_us, hole.end_us) for hole in holes if hole.is_pause and hole.track == "all"
        ]
        cursor = 0
        for item in late:
            claims = {
                "late media claims time that was received live": _overlap(item, live),
                "late media lies in a pause": _overlap(item, paused),
                "two late parts claim the same time": max(0, cursor - item.start_us),
            }
            cursor = max(cursor, item.end_us)
            for detail, overlap in claims.items():
                if overlap > JOINT_US:
                    yield Finding(
                        "accounting",
                        detail,
                        session.id,
                        source,
                        item.path,
                        item.start_us,
                        item.end_us,
                    )


def _overlap(item: MediaFile, spans: list[tuple[int, int]]) -> int:
    return sum(max(0, min(item.end_us, end) - max(item.start_us, start)) for start, end in spans)


def _stated_files(books: Books) -> dict[str, int]:
    """Rule 4: the last statement about each session that is here."""
    stated: dict[str, int] = {}
    for entry in books.late_index:
        name = _string(entry.body, "session")
        if name in books.sessions:
            stated[name] = max(stated.get(name, 0), _number(entry.body, "files"))
    return stated


def _late_report(late: LateFile, state: FileState) -> LateReport:
    original = late.original
    own = "missing"
    if original is not None:
        own = state(original.path) if original.trusted else "altered"
    return LateReport(
        late.session,
        late.source,
        late.file,
        _string(late.statement, "name"),
        _string(late.statement, "by_name"),
        original.start_us if original else 0,
        original.end_us if original else 0,
        late.late_us,
        own,
        _spans(late, state),
    )


def _spans(late: LateFile, state: FileState) -> list[Span]:
    """Segments that touch are one span; unlike a live strip, a late one has holes."""
    spans: list[Span] = []
    for item in _in_time(late.media.segments):
        name = _span_state(late, item, state)
        last = spans[-1] if spans else None
        if last and last.state == name and item.start_us - last.end_us <= JOINT_US:
            spans[-1] = Span(last.start_us, item.end_us, name)
        else:
            spans.append(Span(item.start_us, item.end_us, name))
    return spans


def _span_state(late: LateFile, item: MediaFile, state: FileState) -> str:
    """A proved part is called late; anything else is called what is wrong with it."""
    init = late.media.inits.get(item.epoch)
    if not item.trusted or (init and not init.trusted):
        return "altered"
    for path in (item.path, init.path if init else ""):
        found = state(path) if path else "missing"
        if found != "proved":
            return found
    return "late"


def _in_time(segments: Iterable[MediaFile]) -> list[MediaFile]:
    return sorted(segments, key=lambda item: item.start_us)


def _file_of(entry: Entry, trusted: bool, start_us: int, end_us: int) -> MediaFile:
    body = entry.body
    return MediaFile(
        _string(body, "path"),
        _string(body, "sha256"),
        _number(body, "size"),
        _number(body, "epoch"),
        entry.seq,
        start_us,
        end_us,
        trusted,
        sealed_sha256=_string(body, "sealed_sha256"),
        sealed_size=_number(body, "sealed_size"),
    )


def _number(body: dict[str, Any], name: str) -> int:
    value = body.get(name, 0)
    return value if type(value) is int else 0


def _string(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""
