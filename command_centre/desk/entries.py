"""Entries of the recorder's log as the projection reads them: the envelope and the bodies it uses.

Fields a body may gain later are ignored. Bodies of kinds that are only listed (ticks, opens,
recoveries) have no type here. Private fields of entries that others hang on have defaults: they
are gone once the retention of their session has ended.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from command_centre.comparison.views import WordingNote
from command_centre.errors import ProjectionError
from config.recorders import position

B = TypeVar("B", bound=msgspec.Struct)


class Entry(msgspec.Struct, frozen=True):
    """The envelope every entry has."""

    kind: str
    seq: int  # its position among all recorders' logs (config.recorders)
    t_us: int
    session: str
    room: str
    body: dict[str, Any]
    v: int


class EntryPerson(msgspec.Struct, frozen=True):
    name: str
    role: str
    certificate: str = ""
    id: str = ""  # of a person of the case; empty: the entry is of a version that did not say it
    detail: str = ""  # of an attendant: unit, relation or licence


class OfficersBody(msgspec.Struct, frozen=True):
    """Who asks and writes in a session from now on."""

    officers: list[EntryPerson] = []


class AttendantsBody(msgspec.Struct, frozen=True):
    """Who attends a session from now on, beside those who ask and who is questioned.

    ``mistaken``: names that stood there by mistake; they were never in the room.
    """

    attendants: list[EntryPerson] = []
    mistaken: list[str] = []


class SessionOpen(msgspec.Struct, frozen=True):
    case: str
    case_number: str
    room_name: str
    kind: str
    opened_by: str
    people: list[EntryPerson] = []


class ClosedRecording(msgspec.Struct, frozen=True):
    source: str
    recorded_us: int = 0
    gap_us: int = 0
    pause_us: int = 0
    segments: int = 0


class SessionClose(msgspec.Struct, frozen=True):
    closed_by: str
    reason: str = ""
    end_us: int = 0
    recordings: list[ClosedRecording] = []


class RecordingOpen(msgspec.Struct, frozen=True):
    source: str
    source_kind: str
    origin_us: int
    name: str = ""
    channels: list[str] = []


class RecordingClose(msgspec.Struct, frozen=True):
    source: str
    start_us: int
    end_us: int
    recorded_us: int
    gap_us: int
    pause_us: int
    segments: int


class MediaInit(msgspec.Struct, frozen=True):
    source: str
    epoch: int
    path: str
    sha256: str
    mime: str


class MediaSegment(msgspec.Struct, frozen=True):
    source: str
    epoch: int
    number: int
    path: str
    sha256: str
    size: int
    start_us: int
    duration_us: int


class MediaGap(msgspec.Struct, frozen=True):
    source: str
    start_us: int
    end_us: int
    cause: str
    track: str = "all"


class MediaPause(msgspec.Struct, frozen=True):
    source: str
    start_us: int
    end_us: int
    pause: str
    track: str = "all"


class PauseBegin(msgspec.Struct, frozen=True):
    pause: str
    tracks: list[str]
    start_us: int
    reason: str = ""
    by_name: str = ""


class PauseEnd(msgspec.Struct, frozen=True):
    pause: str
    end_us: int
    why: str = ""
    by_name: str = ""


class VoiceCalled(msgspec.Struct, frozen=True):
    line: str
    source: str
    by: str  # an account, or source:ID of the device that calls the centre
    by_name: str = ""
    to: str = ""  # the device on the line; empty: the room


class VoiceStep(msgspec.Struct, frozen=True):
    """Of ``voice.opened``, ``voice.talk``, ``voice.quiet`` and ``voice.ended``."""

    line: str
    by: str = ""
    why: str = ""
    by_name: str = ""
    side: str = ""  # "called": whoever was called speaks


class EntryWord(msgspec.Struct, frozen=True):
    w: str
    s_us: int
    e_us: int
    c_pm: int = 1000


class UtteranceBody(msgspec.Struct, frozen=True):
    source: str
    id: str
    speaker: str
    start_us: int
    end_us: int
    text: str
    words: list[EntryWord] = []
    language: str = ""
    proposed: str = ""
    repairs: list[EntryRepair] = []


class EntryRepair(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    start: int
    end: int
    original: str
    rule: str
    distance: int = 0


class SpeakerNamed(msgspec.Struct, frozen=True):
    utterance: str
    speaker: str
    by_name: str = ""


class LanguageBody(msgspec.Struct, frozen=True):
    """``transcription.language``; ``model`` is empty where none was chosen by name."""

    from_us: int
    language: str
    model: str = ""
    model_sha256: str = ""


class ModelMissing(msgspec.Struct, frozen=True):
    """``transcription.model_missing``."""

    model_sha256: str
    why: str


class ModelBack(msgspec.Struct, frozen=True):
    """``transcription.model_back``: it hears the session again."""

    model_sha256: str


class SessionVocabulary(msgspec.Struct, frozen=True):
    """``transcription.vocabulary``."""

    version: int


def reading_id(model_sha256: str) -> str:
    """What the reading of a session by a model is called: its files tell the engine, too."""
    return model_sha256[:16]


class SecondPass(msgspec.Struct, frozen=True):
    """``utterance.second_asked`` and ``utterance.second_done``; older ones name no engine."""

    model_sha256: str
    engine: str = ""
    model: str = ""
    language: str = ""
    sentences: int = 0
    from_us: int = 0  # when the try that heard everything began
    by: str = ""
    by_name: str = ""


class SecondReading(msgspec.Struct, frozen=True):
    """``utterance.second``."""

    source: str = ""
    speaker: str = ""
    start_us: int = 0
    end_us: int = 0
    text: str = ""
    model_sha256: str = ""
    words: list[EntryWord] = []


class UtteranceCorrected(msgspec.Struct, frozen=True):
    """``utterance.corrected``."""

    utterance: str
    version: int
    by: str
    text: str = ""
    reason: str = ""
    by_name: str = ""


class PromptIssued(msgspec.Struct, frozen=True):
    prompt: str
    text: str
    by: str
    by_name: str
    target_room: str
    point: str | None = None
    group: str = ""
    difference: str = ""
    wording: WordingNote | None = None
    question: str = ""
    question_version: int = 0


class PromptStep(msgspec.Struct, frozen=True):
    prompt: str
    by: str = ""
    by_name: str = ""
    reason: str = ""
    utterance: str = ""


class Marker(msgspec.Struct, frozen=True):
    text: str
    by_name: str = ""
    by: str = ""


class MarkerWithdrawn(msgspec.Struct, frozen=True):
    marker: int  # index of the mark's entry in the same log
    by_name: str = ""
    reason: str = ""


class Position(msgspec.Struct, frozen=True):
    lat_e7: int
    lon_e7: int
    accuracy_mm: int
    t_us: int


class Reading(msgspec.Struct, frozen=True):
    device: str
    values: dict[str, int]
    alarms: list[str] = []
    position: Position | None = None


class AlarmRaised(msgspec.Struct, frozen=True):
    alarm: str
    source: str
    kind: str
    about: str = ""
    level: str = "warning"
    since_us: int = 0
    value: int | None = None
    limit: int | None = None
    note: str = ""


class AlarmCleared(msgspec.Struct, frozen=True):
    alarm: str
    reason: str = "over"


class AlarmAcknowledged(msgspec.Struct, frozen=True):
    alarm: str
    by_name: str = ""


class View(msgspec.Struct, frozen=True):
    viewer: str
    source: str
    login: str
    viewer_name: str = ""
    view: str = ""


_ENTRY: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def read_entry(raw: bytes, log: str, index: int) -> Entry:
    """Parse the entry that stands at ``index`` of a recorder's log.

    Raises:
        ProjectionError: it is not an entry, or says it stands elsewhere.
    """
    try:
        entry = _ENTRY.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProjectionError(f"entry {index} of the log is not an entry: {error}") from error
    if entry.seq != index:
        raise ProjectionError(f"entry {index} of the log says it is entry {entry.seq}")
    at = position(log, index)
    return entry if at == index else msgspec.structs.replace(entry, seq=at)


def body(entry: Entry, kind: type[B]) -> B:
    """The typed body.

    Raises:
        ProjectionError: a field is missing or mistyped.
    """
    try:
        return msgspec.convert(entry.body, kind)
    except msgspec.ValidationError as error:
        raise ProjectionError(f"entry {entry.seq} ({entry.kind}): {error}") from error
