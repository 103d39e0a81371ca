"""The words of a session as files other programs read: WebVTT, SRT, JSON and plain text.

Times in WebVTT and SRT count from the opening of the session, which the file states. WebVTT: W3C
WebVTT, voice spans; SRT as players read it. In all four a corrected sentence reads as corrected
and says so; JSON has the spoken words beside it. A file of a later reading says by which model and
when; SRT has no place for it, and its name says it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from command_centre.desk.later_readings import LIVE, LaterReading
from command_centre.desk.views import Utterance
from command_centre.record.content import CHINA
from config.words import MICROSECONDS
from transcription.display import Edit, applied

FORMATS = {
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]+|\s*\n\s*")


@dataclass(frozen=True)
class Transcript:
    """What a file is made of; ``names`` says who a ``Speaker`` is in this session."""

    case: str
    case_number: str
    room_name: str
    session: str
    opened_us: int
    names: dict[str, str]
    utterances: Sequence[Utterance]
    reading: LaterReading | None = None  # None: the live words


def transcript_file(transcript: Transcript, form: str) -> bytes:
    """The file in one of ``FORMATS``.

    Raises:
        ValueError: another format.
    """
    match form:
        case "vtt":
            return _vtt(transcript).encode()
        case "srt":
            return _srt(transcript).encode()
        case "json":
            return msgspec.json.format(msgspec.json.encode(_json(transcript)), indent=2)
        case "txt":
            return _plain(transcript).encode()
    raise ValueError(f"expected one of {', '.join(FORMATS)}, got {form!r}")


def shown_text(utterance: Utterance) -> str:
    """A sentence as people read it: as corrected, or as spoken with marks."""
    if utterance.corrected is not None:
        return utterance.corrected.text
    changes = [Edit(one.start, one.end, one.text) for one in utterance.display]
    return applied(utterance.text, changes)


def _line(text: str) -> str:
    """One line without control characters."""
    return _CONTROL.sub(" ", text).strip()


def _name(transcript: Transcript, utterance: Utterance) -> str:
    return _line(transcript.names.get(utterance.speaker, "")) or "说话人待确认"


def _mark(utterance: Utterance) -> str:
    return "（更正）" if utterance.corrected is not None else ""


def _clock(us: int, point: str) -> str:
    milliseconds = max(us, 0) // 1000
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def _heard(transcript: Transcript) -> str:
    """Which model heard it later, and when; empty for the live words."""
    later = transcript.reading
    if later is None:
        return ""
    when = _iso(later.done_us or later.asked_us)
    name = _line(later.model) or later.model_sha256[:16]
    engine = later.engine or "引擎未记明 engine not recorded"
    part = "，只听这种语言的部分 its parts only" if later.part else ""
    return f"复听 heard again: {name} ({engine}, {later.language}{part}), {when}"


def _span(transcript: Transcript, utterance: Utterance, point: str) -> str:
    start = utterance.start_us - transcript.opened_us
    end = max(utterance.end_us - transcript.opened_us, start + 1000)
    return f"{_clock(start, point)} --> {_clock(end, point)}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _vtt(transcript: Transcript) -> str:
    zero = _iso(transcript.opened_us)
    blocks = [
        "WEBVTT",
        f"NOTE {_escaped(_line(transcript.case_number))} {_escaped(_line(transcript.room_name))}\n"
        f"session {transcript.session}, 00:00:00.000 is {zero}",
    ]
    if transcript.reading is not None:
        blocks.append(f"NOTE {_escaped(_heard(transcript))}")
    for utterance in transcript.utterances:
        voice = _escaped(_name(transcript, utterance))
        text = _escaped(_line(shown_text(utterance)) + _mark(utterance))
        blocks.append(f"{_span(transcript, utterance, '.')}\n<v {voice}>{text}")
    return "\n\n".join(blocks) + "\n"


def _srt(transcript: Transcript) -> str:
    return "".join(
        f"{number}\n{_span(transcript, utterance, ',')}\n"
        f"{_name(transcript, utterance)}：{_line(shown_text(utterance))}{_mark(utterance)}\n\n"
        for number, utterance in enumerate(transcript.utterances, 1)
    )


def _plain(transcript: Transcript) -> str:
    head = f"{_line(transcript.case_number)}  {_line(transcript.room_name)}\n"
    if transcript.reading is not None:
        head += f"{_heard(transcript)}\n"
    return head + "".join(
        f"[{_local(utterance.start_us)}] {_name(transcript, utterance)}："
        f"{_line(shown_text(utterance))}{_mark(utterance)}\n"
        for utterance in transcript.utterances
    )


def _json(transcript: Transcript) -> dict[str, Any]:
    return {
        "format": "duizhi-transcript/1",
        "case_number": transcript.case_number,
        "room": transcript.room_name,
        "session": transcript.session,
        "opened_us": transcript.opened_us,
        "reading": LIVE
        if transcript.reading is None
        else {
            name: value
            for name, value in msgspec.to_builtins(transcript.reading).items()
            if name != "state"
        },
        "utterances": [
            {
                "id": one.id,
                "speaker": one.speaker,
                "name": transcript.names.get(one.speaker, ""),
                "start_us": one.start_us,
                "end_us": one.end_us,
                "spoken": one.text,
                "shown": shown_text(one),
                "corrected": None if one.corrected is None else msgspec.to_builtins(one.corrected),
                "words": msgspec.to_builtins(one.words),
                "entry": one.index,
            }
            for one in transcript.utterances
        ],
    }


def _iso(us: int) -> str:
    return datetime.datetime.fromtimestamp(us / MICROSECONDS, datetime.UTC).isoformat()


def _local(us: int) -> str:
    return datetime.datetime.fromtimestamp(us / MICROSECONDS, CHINA).strftime("%H:%M:%S")
