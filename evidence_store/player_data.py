"""What the side-by-side player page shows, written from the entries alone.

Standard library only (part of the verifier inside a package): the page carries this value, and the
verifier writes it again and compares, so that the page cannot show other words, times or gaps than
the log has. All times are microseconds since the epoch. ``media_us`` is the place on a file's own
timeline: the time of its first frame is rarely zero.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from evidence_store.accounting import JOINT_US
from evidence_store.books import Books, Hole, Recording, Session
from evidence_store.derived_account import DerivedWork
from evidence_store.entry import Entry
from evidence_store.errors import PackageError
from evidence_store.late_account import late_files
from evidence_store.package_files import PackageFiles
from evidence_store.package_layout import (
    CASE_FILE,
    is_played,
    package_version,
    play_path,
)
from evidence_store.report import Finding, Report

PLAYER_FORMAT = "duizhi-player/1"
PLAYER_PAGE = "data/player.html"
PLAYER_SINCE = 3  # version of the package format
_DATA_OPENS = '<script type="application/json" id="duizhi-data">'
_DATA_ENDS = "</script>"
#: Kinds that stand on the timeline as a mark, and the field that says what was on it.
MARK_TEXTS = {
    "prompt.issued": "text",
    "device.held": "",
    "marker": "text",
    "marker.withdrawn": "reason",
    "marker.added": "text",
    "exhibit.shown": "name",
    "exhibit.removed": "name",
    "notice.read": "text",
    "page.signed": "",
    "document.signed": "",
    "page.signed_late": "reason",
    "sign.refused": "reason",
    "signer.corrected": "reason",
    "notice.signed": "",
    "notice.unsigned": "reason",
}
_STEPS = ("shown", "acknowledged", "declined", "answered", "withdrawn")


def player_data(
    books: Books, entries: Iterable[Entry], works: Iterable[DerivedWork] = ()
) -> dict[str, Any]:
    """The value; ``entries`` are those the books were kept from, in the same order."""
    places = _Places(entries)
    derived = list(works)
    sessions = [
        _session_value(session, places, [work for work in derived if work.session == session.id])
        for session in sorted(books.sessions.values(), key=lambda one: (one.opened_us or 0, one.id))
    ]
    return {"format": PLAYER_FORMAT, "sessions": sessions}


def embedded_data(value: dict[str, Any]) -> str:
    """The value as the element of the page that holds it; nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"{_DATA_OPENS}{text}{_DATA_ENDS}"


def data_of_page(page: str) -> str:
    """The element that holds the value, as it stands in a page.

    Raises:
        PackageError: there is none, or more than one.
    """
    if page.count(_DATA_OPENS) != 1:
        raise PackageError("the player page does not hold its data once")
    begin = page.index(_DATA_OPENS)
    end = page.find(_DATA_ENDS, begin)
    if end < 0:
        raise PackageError("the data of the player page never ends")
    return page[begin : end + len(_DATA_ENDS)]


def check_player(
    files: PackageFiles,
    books: Books,
    entries: Iterable[Entry],
    works: Iterable[DerivedWork],
    report: Report,
) -> None:
    """The page shows what the entries say; its program is covered by the manifest alone."""
    if PLAYER_PAGE not in files.sizes:
        if package_version(files.read(CASE_FILE)) >= PLAYER_SINCE:
            report.findings.append(
                Finding("missing", "the player page is not there", path=PLAYER_PAGE)
            )
        return
    try:
        page = files.read(PLAYER_PAGE).decode("utf-8", "replace")
        same = data_of_page(page) == embedded_data(player_data(books, entries, works))
    except PackageError as error:
        report.findings.append(Finding("altered", str(error), path=PLAYER_PAGE))
        return
    if not same:
        detail = "the player page does not show what the entries say"
        report.findings.append(Finding("altered", detail, path=PLAYER_PAGE))


class _Places:
    """What the books do not keep: media times of segments, tracks of epochs, marks."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.media_us: dict[str, int] = {}  # by the path of a segment
        self.has_picture: dict[str, bool] = {}  # by the path of an init segment
        self.marks: dict[str, list[dict[str, Any]]] = {}  # by session
        self.kinds: dict[tuple[str, str], str] = {}  # kind of a source, by session and source
        self._prompts: dict[str, dict[str, Any]] = {}
        for entry in entries:
            self._take(entry)

    def _take(self, entry: Entry) -> None:
        body, kind = entry.body, entry.kind
        if kind in ("media.segment", "late.segment"):
            self.media_us[_words(body, "path")] = _micros(body, "media_start_us")
        elif kind in ("media.init", "late.init"):
            only_sound = "audio" in body and "video" not in body
            self.has_picture[_words(body, "path")] = not only_sound
        elif kind == "recording.open":
            self.kinds[entry.session, _words(body, "source")] = _words(body, "source_kind")
        elif kind in MARK_TEXTS and entry.session:
            self._mark(entry)
        elif kind.startswith("prompt.") and _words(body, "prompt") in self._prompts:
            step = kind.removeprefix("prompt.")
            if step in _STEPS:
                steps = self._prompts[_words(body, "prompt")]["steps"]
                steps.append({"step": step, "t_us": entry.t_us})

    def _mark(self, entry: Entry) -> None:
        mark: dict[str, Any] = {
            "kind": entry.kind,
            "t_us": entry.t_us,
            "text": _words(entry.body, MARK_TEXTS[entry.kind]),
            "by": _words(entry.body, "by_name"),
            "steps": [],
        }
        self.marks.setdefault(entry.session, []).append(mark)
        if entry.kind == "prompt.issued":
            self._prompts[_words(entry.body, "prompt")] = mark


def _session_value(session: Session, places: _Places, works: list[DerivedWork]) -> dict[str, Any]:
    opening = session.opening
    sources = [_source_value(session, recording, places) for recording in _sources(session)]
    return {
        "id": session.id,
        "room": _words(opening, "room_name") or session.room,
        "kind": _words(opening, "kind"),
        "case_number": _words(opening, "case_number"),
        "people": _people(opening.get("people")),
        "opened_us": session.opened_us,
        "closed_us": session.closed_us,
        "sources": sources + [_derived_value(session, work) for work in works],
        "lines": _lines_of(session),
        "marks": places.marks.get(session.id, []),
    }


def _people(stated: Any) -> list[dict[str, str]]:
    people = stated if isinstance(stated, list) else []
    return [
        {"name": _words(person, "name"), "role": _words(person, "role")}
        for person in people
        if isinstance(person, dict)
    ]


def _sources(session: Session) -> list[Recording]:
    """The recordings, and those sources that only a late file is known of."""
    found = dict(session.recordings)
    for late in late_files(session):
        found.setdefault(late.source, Recording(session.id, late.source))
    return [found[source] for source in sorted(found)]


def _source_value(session: Session, recording: Recording, places: _Places) -> dict[str, Any]:
    source = recording.source
    late = [file for file in late_files(session) if file.source == source]
    files = _file_values(recording, False, places)
    for file in late:
        files += _file_values(file.media, True, places)
    bands = [_band_value(hole, session) for hole in recording.holes] + _withheld_bands(recording)
    return {
        "source": source,
        "name": recording.name,
        "kind": places.kinds.get((session.id, source), ""),
        "start_us": recording.start_us,
        "end_us": recording.end_us,
        "files": [file for file in files if file["runs"]],
        "bands": sorted(bands, key=lambda band: (band["start_us"], band["end_us"])),
    }


def _derived_value(session: Session, work: DerivedWork) -> dict[str, Any]:
    """A redacted copy beside the source it was made from."""
    recording = session.recordings.get(work.source)
    run = {"start_us": work.start_us, "end_us": work.end_us, "media_us": 0}
    return {
        "source": work.source,
        "name": recording.name if recording else work.source,
        "kind": "derived",
        "start_us": work.start_us,
        "end_us": work.end_us,
        "files": [{"path": work.path, "late": False, "picture": True, "runs": [run]}],
        "bands": [],
    }


def _file_values(recording: Recording, late: bool, places: _Places) -> list[dict[str, Any]]:
    played = [epoch for epoch in sorted(recording.inits) if is_played(recording, epoch)]
    return [_file_value(recording, epoch, late, places) for epoch in played]


def _withheld_bands(recording: Recording) -> list[dict[str, Any]]:
    """Stretches that a disclosure copy does not hold (disclosure.py)."""
    bands: list[dict[str, Any]] = []
    for item in recording.segments:
        if item.path not in recording.withheld:
            continue
        if bands and item.start_us - bands[-1]["end_us"] <= JOINT_US:
            bands[-1]["end_us"] = item.end_us
        else:
            start, end = item.start_us, item.end_us
            band = {"kind": "withheld", "start_us": start, "end_us": end}
            bands.append({**band, "track": "all", "cause": ""})
    return bands


def _file_value(recording: Recording, epoch: int, late: bool, places: _Places) -> dict[str, Any]:
    """A playable copy and where its stretches stand; ``runs`` join what follows without a hole."""
    runs: list[dict[str, int]] = []
    for segment in recording.segments:
        if segment.epoch != epoch or segment.path in recording.withheld:
            continue
        media_us = places.media_us.get(segment.path, 0)
        last = runs[-1] if runs else None
        ahead = segment.start_us - media_us
        if (
            last
            and abs(segment.start_us - last["end_us"]) <= JOINT_US
            and abs(ahead - (last["start_us"] - last["media_us"])) <= 1_000
        ):
            last["end_us"] = segment.end_us
        else:
            runs.append(
                {"start_us": segment.start_us, "end_us": segment.end_us, "media_us": media_us}
            )
    return {
        "path": play_path(recording, epoch).removeprefix("data/"),
        "late": late,
        "picture": places.has_picture.get(recording.inits[epoch].path, True),
        "runs": runs,
    }


def _band_value(hole: Hole, session: Session) -> dict[str, Any]:
    reasons = {
        _words(order.body, "pause"): _words(order.body, "reason")
        for order in session.orders
        if order.kind == "pause.begin"
    }
    return {
        "kind": "pause" if hole.is_pause else "gap",
        "start_us": hole.start_us,
        "end_us": hole.end_us,
        "track": hole.track,
        "cause": reasons.get(hole.order, "") if hole.is_pause else hole.cause,
    }


def _lines_of(session: Session) -> list[dict[str, Any]]:
    lines = [
        {
            "start_us": _micros(entry.body, "start_us"),
            "end_us": _micros(entry.body, "end_us"),
            "source": _words(entry.body, "source"),
            "speaker": _words(entry.body, "speaker"),
            "text": _words(entry.body, "text"),
        }
        for entry in session.utterances
    ]
    return sorted(lines, key=lambda line: (line["start_us"], line["end_us"]))


def _micros(body: dict[str, Any], name: str) -> int:
    value = body.get(name, 0)
    return value if type(value) is int else 0


def _words(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    return value if isinstance(value, str) else ""
