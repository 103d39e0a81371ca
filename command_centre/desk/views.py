"""What desks are shown: the JSON shapes shared by the HTTP replies and the WebSocket messages.

Shapes only. Times are integer microseconds since the epoch (``*_us``).
"""

from __future__ import annotations

from typing import Any

import msgspec

from command_centre.comparison.views import Cell, Difference, Point, Spoken, WordingNote


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base: immutable, keyword-only."""


class Word(View, frozen=True):
    """A recognised word; ``c_pm`` is the confidence in thousandths."""

    w: str
    s_us: int
    e_us: int
    c_pm: int = 1000


class RepairView(View, frozen=True, rename={"start": "from", "end": "to"}):
    """A term of the case put in for what was recognised; ``from`` and ``to`` are code points."""

    start: int
    end: int
    original: str
    rule: str
    distance: int


class Corrected(View, frozen=True):
    """How a person corrected final text; the spoken words stay beside it."""

    version: int
    text: str
    by_name: str
    t_us: int
    reason: str = ""


class EditView(View, frozen=True, rename={"start": "from", "end": "to"}):
    """Text shown in place of ``from`` to ``to`` (code points); equal: put in there."""

    start: int
    end: int
    text: str


class Utterance(View, frozen=True, omit_defaults=True):
    """Final text of one speaker; ``index`` is its entry in the recorder's log."""

    id: str
    cursor: int
    room: str
    source: str
    session: str
    speaker: str
    start_us: int
    end_us: int
    text: str
    words: list[Word]
    index: int
    language: str = ""  # of the model that heard it
    proposed: str = ""  # who it may be, of a mixed microphone; never certain
    named: str = ""  # who it is, as a person said
    named_by: str = ""
    repairs: list[RepairView] = []
    corrected: Corrected | None = None
    display: list[EditView] = []  # marks and figures for reading; the words are ``text``


class PromptTimes(View, frozen=True, omit_defaults=True):
    """When each state was reached; only those that were."""

    issued_us: int | None = None
    delivered_us: int | None = None
    shown_us: int | None = None
    acknowledged_us: int | None = None
    declined_us: int | None = None
    answered_us: int | None = None
    withdrawn_us: int | None = None


class Answer(View, frozen=True):
    """The utterance that followed the acknowledgement."""

    utterance: str


class Prompt(View, frozen=True, omit_defaults=True):
    """A verification prompt to one room; ``group`` is shared by rooms asked together."""

    id: str
    group: str
    room: str
    point: str | None
    text: str
    by_name: str
    state: str
    times: PromptTimes
    reason: str | None = None
    answer: Answer | None = None
    difference: str = ""  # difference it is about
    wording: WordingNote | None = None  # a hint was shown
    question: str = ""  # question it was made from, kept by the administrator
    question_version: int = 0
    withdrawn_by: str = ""  # name of who took it back
    session: str = ""
    closed_us: int | None = None  # its session was sealed: nobody asks it any more


class Alarm(View, frozen=True, omit_defaults=True):
    """Something that needs a person: raised, perhaps over, perhaps acknowledged."""

    id: str
    room: str
    source: str
    session: str  # empty: no session was open in the room
    kind: str  # config.words.AlarmKind
    about: str  # name of the measured quantity, empty when the kind says it all
    level: str  # config.words.AlarmLevel
    since_us: int  # when what it says began, at most raised_us
    raised_us: int
    value: int | None = None  # thousandths of the unit, as in a reading
    limit: int | None = None  # the threshold crossed, thousandths
    note: str = ""
    cleared_us: int | None = None
    reason: str = ""  # why it is over: over, session_closed, source_gone
    acknowledged_us: int | None = None
    acknowledged_by: str = ""


class Pause(View, frozen=True, omit_defaults=True):
    """Media of a room withheld by order; ``end_us`` is absent while it is in force."""

    id: str
    room: str
    session: str
    tracks: list[str]  # audio, video
    reason: str  # config.words.PauseReason
    by_name: str
    start_us: int
    end_us: int | None = None
    why: str = ""  # config.words.PauseEnd, once it has ended
    ended_by: str = ""


#: Before the id of a source where otherwise an account stands.
DEVICE = "source:"


class VoiceLine(View, frozen=True, omit_defaults=True):
    """A voice line between the centre and a room or a device; no ``ended_us`` until it is over.

    ``talking_us`` is of the person at the centre, ``replying_us`` of the device's operator,
    whichever of the two called.
    """

    id: str
    room: str
    session: str
    source: str  # carries the voice of the centre, as a live view and a recording of its own
    by: str  # who called: an account id, or source:ID of a device
    by_name: str
    state: str  # config.words.VoiceState
    called_us: int
    answered_by: str = ""
    answered_account: str = ""  # who took it: as ``by``
    opened_us: int | None = None
    talking_us: int | None = None  # absent: not now
    replying_us: int | None = None
    ended_us: int | None = None
    why: str = ""  # config.words.VoiceEnd
    ended_by: str = ""  # empty: nobody, it came to its end by itself
    to: str = ""  # the device on the line; absent: the room

    @property
    def from_device(self) -> bool:
        """The device called the centre."""
        return self.by.startswith(DEVICE)

    @property
    def speaker(self) -> str:
        """Account of the person at the centre; empty while nobody has taken a device's call."""
        return self.answered_account if self.from_device else self.by


class CallIn(View, frozen=True):
    """A device's call to the centre, as a page shows it that is of no case."""

    case: str
    case_name: str
    case_name_en: str
    room_name: str
    room_name_en: str
    source_name: str
    source_name_en: str
    line: VoiceLine


class AlarmIn(View, frozen=True):
    """An alarm nobody has acknowledged, as a page shows it that is of no case."""

    case: str
    case_name: str
    case_name_en: str
    room_name: str
    room_name_en: str
    source_name: str
    source_name_en: str
    source_kind: str
    alarm: Alarm


class SessionSummary(View, frozen=True, omit_defaults=True):
    """One interview or inspection."""

    id: str
    room: str
    room_name: str
    kind: str
    opened_us: int
    closed_us: int | None
    person_name: str
    language: str = ""  # heard in now; empty: the default
    person: str = ""  # of the people of the case; empty: the log does not say it
    model: str = ""  # name of the model chosen for it now; empty: that of the language
    model_missing: str = ""  # why that model does not hear it; empty: it does


class PersonView(View, frozen=True):
    """A party of the case."""

    id: str
    name: str
    name_en: str
    post: str
    role: str
    room: str | None
    post_en: str = ""  # empty: the case file has the post in one language only


class Officer(View, frozen=True):
    """An officer in a room."""

    id: str
    name: str
    duty: str  # as case files write it
    certificate: str


class AttendantSaid(View, frozen=True):
    """Somebody who attends a questioning; ``duty`` is one of ``record.content.ATTENDING``."""

    name: str
    duty: str
    detail: str = ""  # unit, relation to the person questioned, or licence


class Attendant(AttendantSaid, frozen=True):
    """The same, as they sit in a room."""

    id: str = ""


class OpenSessionView(View, frozen=True):
    """The session open in a room right now."""

    id: str
    opened_us: int


class RoomView(View, frozen=True):
    """A room of the case."""

    id: str
    name: str
    name_en: str
    kind: str
    person: str | None
    officers: list[Officer]
    session: OpenSessionView | None
    attendants: list[Attendant] = []


class SourceView(View, frozen=True):
    """A source of the case."""

    id: str
    name: str
    name_en: str
    kind: str
    room: str
    channels: list[str]
    revoked: bool = False  # a phone that was sent away; what it recorded stays


class CaseSummary(View, frozen=True):
    """A case in the list."""

    id: str
    number: str
    name: str
    name_en: str
    status: str
    enterprise: str
    kind: str  # config.words.CaseKind; empty: not said
    state: str  # config.words.CaseState
    lead_name: str
    incident_date: str
    opened: str
    rooms_recording: int
    open_sessions: int
    alarms: int  # that wait to be acknowledged
    tasks: int  # to do
    task_due: str  # the first day one of them is due; empty: none
    people: int
    last_event_us: int | None


class CaseView(View, frozen=True):
    """A case with everything a desk needs before it follows events after ``cursor``."""

    id: str
    number: str
    name: str
    name_en: str
    cause: str
    enterprise: str
    incident_date: str
    opened: str
    people: list[PersonView]
    points: list[Point]
    rooms: list[RoomView]
    sources: list[SourceView]
    sessions: list[SessionSummary]
    prompts: list[Prompt]
    events: list[dict[str, Any]]  # latest markers and gaps, last reading of each device, as on /ws
    alarms: list[Alarm]  # not over, or not acknowledged; the latest last
    pauses: list[Pause]  # of open sessions, in force or ended
    lines: list[VoiceLine]  # of open sessions, standing or ended
    cells: list[Cell]  # what people say on points; not for room desks
    differences: list[Difference]  # the first found first; not for room desks
    cursor: int
    spoken: list[Spoken] = []  # room desks only: what came up in their open sessions
    may: list[str] = []  # what the caller may do in this case: desk.permissions.Action
    state: str = "open"  # config.words.CaseState; new work is refused unless open


class Me(View, frozen=True, omit_defaults=True):
    """Who is logged in."""

    id: str
    account: str
    name: str
    role: str
    unit_name: str
    unit_name_en: str
    must_enrol: bool = False  # nothing else opens until a second factor is set up
    roles: dict[str, str] = {}  # cases in which the person has another role, and which
    rooms: list[str] = []  # the account is bound to these; none: to no room in particular


class GapView(View, frozen=True):
    """A declared hole."""

    start_us: int
    end_us: int
    cause: str
    pressed: str = ""  # PauseReason: a pause was pressed here that could not be told then


class WithheldView(View, frozen=True):
    """A stretch of a recording, or of one of its tracks, that a pause withheld."""

    start_us: int
    end_us: int
    track: str  # all | video | audio
    reason: str


class ClockView(View, frozen=True):
    """What was known of a publisher's clocks when its recording closed."""

    reports: int = 0
    offset_us: int = 0
    drift_ppb: int = 0
    worst_skew_us: int = 0


class TrackView(View, frozen=True):
    """The account of one track: end - start = recorded + gaps + pauses."""

    start_us: int = 0
    end_us: int = 0
    recorded_us: int = 0
    gap_us: int = 0
    pause_us: int = 0


class RecordingView(View, frozen=True):
    """One source's recording of a session."""

    source: str
    name: str
    name_en: str
    start_us: int
    end_us: int | None
    recorded_us: int
    gap_us: int
    gaps: list[GapView]
    pause_us: int
    withheld: list[WithheldView]
    clock: ClockView | None  # once closed
    tracks: dict[str, TrackView]  # once closed
    segments: int
    bytes: int
    state: str


class SpanView(View, frozen=True):
    """A stretch of time."""

    start_us: int
    end_us: int


class LateFileView(View, frozen=True):
    """A file that was handed over afterwards, and what was filed of it. Never part of the sums."""

    file: str
    source: str
    name: str  # as it was handed over
    kind: str
    by_name: str
    sha256: str
    size: int
    placed_by: str  # pictures | sound | clock
    start_us: int
    end_us: int
    received_us: int
    late_us: int
    spans: list[SpanView]


class LogView(View, frozen=True):
    """The log a session stands in."""

    origin: str
    size: int


class ViewView(View, frozen=True):
    """Who watched live."""

    name: str
    source: str
    from_us: int
    to_us: int | None


class SessionDetail(View, frozen=True):
    """A session with its recordings."""

    summary: SessionSummary
    recordings: list[RecordingView]
    log: LogView
    views: list[ViewView]
    late: list[LateFileView]


class EntrySummary(View, frozen=True):
    """An entry in a list."""

    index: int
    kind: str
    t_us: int
    source: str
    summary: dict[str, Any]


class SessionEntry(EntrySummary, frozen=True):
    """An entry in a list of several sessions."""

    session: str
