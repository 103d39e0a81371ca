"""Where things lie in a package, and how its lists are spelled.

Standard library only; the exporter and the verifier share it, so that they cannot disagree.
A package is a BagIt bag (RFC 8493): its manifests are what ``sha256sum -c`` reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from evidence_store.accounting import gap_us, pause_us, recorded_us
from evidence_store.books import Books, Recording, Session
from evidence_store.commitment import WITHHELD
from evidence_store.errors import PackageError
from evidence_store.late_account import late_files, late_summary

PACKAGE_FORMAT_PREFIX = "duizhi-package/"
#: 1: one recorder's log. 2: further recorders' logs beside it. 3: what others say of the logs,
#: private payloads beside them, and the player page.
PACKAGE_FORMAT_VERSION = 3

BAGIT_TEXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
CASE_FILE = "data/case.json"
MAIN_LOG = "data/log"
FURTHER_LOG = "data/log-"  # and the recorder's name, when sessions lie in several logs
CENTRE_LOG = "data/centre-log"
TRANSCRIPTS = "data/transcript/"
MEDIA = "data/media/"

_HEAD_FILE = re.compile(r"/(0|[1-9][0-9]{0,15})\.checkpoint$")
_MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  ([^\s%\\]+)")


def recorder_logs(names: Iterable[str]) -> list[str]:
    """The folders of the recorders' logs among a package's files, the main one first."""
    further = {
        name.rpartition("/")[0]
        for name in names
        if name.startswith(FURTHER_LOG) and name.count("/") == 2 and name.endswith("/checkpoint")
    }
    return [MAIN_LOG, *sorted(further)]


def package_head_sizes(names: Iterable[str], log: str) -> set[int]:
    """The sizes at which somebody vouches for a log: of its cosigned and its stamped heads."""
    folders = (f"{log}/witnessed/", f"{log}/stamps/")
    found: set[int] = set()
    for name in names:
        match = _HEAD_FILE.search(name) if name.startswith(folders) else None
        if match:
            found.add(int(match[1]))
    return found


def manifest_bytes(digests: dict[str, str]) -> bytes:
    """A manifest: one line a file, in the order of names."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def parse_manifest(data: bytes) -> dict[str, str]:
    """Name and SHA-256 of every file listed.

    Raises:
        PackageError: it is not spelled exactly as ``manifest_bytes`` spells it.
    """
    digests: dict[str, str] = {}
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise PackageError("the manifest is not UTF-8") from error
    for line in lines[:-1]:
        match = _MANIFEST_LINE.fullmatch(line)
        if match is None:
            raise PackageError("a line of the manifest is malformed")
        digests[match[2]] = match[1]
    if manifest_bytes(digests) != data:
        raise PackageError("the manifest is not in its canonical order")
    return digests


def package_version(case_file: bytes) -> int:
    """The version of the package format.

    Raises:
        PackageError: the file is not the summary of a package.
    """
    value = parse_case(case_file).get("format")
    text = value if isinstance(value, str) else ""
    match = re.fullmatch(re.escape(PACKAGE_FORMAT_PREFIX) + r"([0-9]{1,6})", text)
    if match is None:
        raise PackageError("case.json does not say which package format this is")
    return int(match[1])


def parse_case(case_file: bytes) -> dict[str, Any]:
    """The summary as a value.

    Raises:
        PackageError: it is not a JSON object.
    """
    try:
        value = json.loads(case_file.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PackageError("case.json is not JSON") from error
    if not isinstance(value, dict):
        raise PackageError("case.json is not an object")
    return value


def play_path(recording: Recording, epoch: int) -> str:
    """Where the playable concatenation of one epoch lies."""
    folder, _, name = recording.inits[epoch].path.rpartition("/")
    return f"data/{folder}/e{epoch:03d}-play.{name.rpartition('.')[2]}"


def played(books: Books) -> Iterator[tuple[Recording, int]]:
    """Every epoch that has a playable copy, live ones first, then late ones."""
    for session in books.sessions.values():
        recordings = list(session.recordings.values())
        for recording in (*recordings, *(late.media for late in late_files(session))):
            for epoch in sorted(recording.inits):
                if is_played(recording, epoch):
                    yield recording, epoch


def is_played(recording: Recording, epoch: int) -> bool:
    """Whether there is a playable copy: not of an epoch that is withheld to its end."""
    segments = [item.path for item in recording.segments if item.epoch == epoch]
    kept = [path for path in segments if path not in recording.withheld]
    return recording.inits[epoch].path not in recording.withheld and (bool(kept) or not segments)


def play_parts(recording: Recording, epoch: int) -> list[str]:
    """The files it is made of, in order: what ``cat`` must join to make the same bytes."""
    segments = [
        item
        for item in recording.segments
        if item.epoch == epoch and item.path not in recording.withheld
    ]
    return ["data/" + item.path for item in (recording.inits[epoch], *segments)]


def sessions_summary(books: Books) -> list[dict[str, Any]]:
    """What case.json says of each session; the verifier writes it again and compares."""
    return [_session_summary(session) for session in books.sessions.values()]


def _session_summary(session: Session) -> dict[str, Any]:
    opening = session.opening
    withheld = {"withheld": True} if opening.get(WITHHELD) else {}
    return {
        **withheld,
        "id": session.id,
        "case": opening.get("case"),
        "room": session.room,
        "room_name": opening.get("room_name"),
        "kind": opening.get("kind"),
        "people": opening.get("people", []),
        "opened_us": session.opened_us,
        "closed_us": session.closed_us,
        "open": session.closed_us is None,
        "recordings": [
            {
                "source": recording.source,
                "name": recording.name,
                "start_us": recording.start_us,
                "end_us": recording.end_us,
                "recorded_us": recorded_us(recording),
                "gap_us": gap_us(recording),
                "pause_us": pause_us(recording),
                "segments": len(recording.segments),
                "play": [
                    play_path(recording, epoch)
                    for epoch in sorted(recording.inits)
                    if is_played(recording, epoch)
                ],
            }
            for recording in session.recordings.values()
        ],
        "late": late_summary(session),
    }
