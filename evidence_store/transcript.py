"""Transcripts of a package, written from the log's utterances alone.

Standard library only: the verifier writes them again and compares, so a transcript that was
edited by hand is found even when its digest was changed with it. Times of day are in UTC+08:00
and say so; cue times count from the start of the source's recording.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from evidence_store.books import Recording, Session
from evidence_store.commitment import WITHHELD
from evidence_store.entry import Entry

_CHINA = timezone(timedelta(hours=8))
_SPEAKERS = {
    "interviewer": "询问人 interviewer",
    "interviewee": "被询问人 interviewee",
}


def transcript_files(session: Session) -> dict[str, bytes]:
    """Name below ``data/transcript/`` and content, for every source that spoke."""
    files: dict[str, bytes] = {}
    for source, recording in sorted(session.recordings.items()):
        spoken = [item for item in session.utterances if item.body.get("source") == source]
        if spoken:
            spoken.sort(key=lambda item: (_entry_number(item, "start_us"), item.seq))
            files[f"{session.id}-{source}.vtt"] = _captions(recording, spoken).encode()
            files[f"{session.id}-{source}.txt"] = _text_file(session, recording, spoken).encode()
    return files


def clock_text(t_us: int) -> str:
    """Date and time of day, to the second."""
    seconds = t_us // 1_000_000
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)  # noqa: UP017
    return moment.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _said(item: Entry) -> str:
    """The words, or that they are not in this package."""
    return "[未提供 withheld]" if item.body.get(WITHHELD) else _plain_text(item.body.get("text"))


def _captions(recording: Recording, spoken: list[Entry]) -> str:
    """A WebVTT file (W3C WebVTT)."""
    zero = recording.start_us
    lines = ["WEBVTT", "", f"NOTE 00:00:00.000 = {clock_text(zero)} UTC+08:00", ""]
    for item in spoken:
        start = max(0, _entry_number(item, "start_us") - zero)
        end = max(start + 1_000, _entry_number(item, "end_us") - zero)
        speaker = _plain_text(item.body.get("speaker"))
        said = _said(item)
        said = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        lines += [str(item.seq), f"{_cue(start)} --> {_cue(end)}", f"<v {speaker}>{said}", ""]
    return "\n".join(lines)


def _text_file(session: Session, recording: Recording, spoken: list[Entry]) -> str:
    opening = session.opening
    lines = [
        f"案号 case      {_plain_text(opening.get('case_number') or opening.get('case'))}",
        f"地点 room      {_plain_text(opening.get('room_name') or session.room)}",
        f"来源 source    {_plain_text(recording.name or recording.source)}",
        f"开始 start     {clock_text(recording.start_us)} UTC+08:00",
        "机器识别，以录音录像为准。Recognised by machine; the recording decides.",
        "",
    ]
    for item in spoken:
        speaker = _plain_text(item.body.get("speaker"))
        time = clock_text(_entry_number(item, "start_us"))[11:]
        lines.append(f"[{time}] {_SPEAKERS.get(speaker, speaker)}: {_said(item)}")
    return "\n".join(lines) + "\n"


def _cue(t_us: int) -> str:
    ms = t_us // 1_000
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1_000 % 60:02}.{ms % 1_000:03}"


def _entry_number(entry: Entry, name: str) -> int:
    value = entry.body.get(name)
    return value if type(value) is int else 0


def _plain_text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
