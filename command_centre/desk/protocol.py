"""Messages of ``/ws``: every one of them, both ways, as tagged unions. PROTOCOL.md is their text.

Types and coding only. Unknown fields are ignored, so that a newer desk can talk to an older
centre; an unknown ``type`` is an error of that message, not of the connection.
"""

from __future__ import annotations

import msgspec

from command_centre.comparison.views import Cell, Difference, Point, Spoken
from command_centre.desk.health_views import HealthView
from command_centre.desk.job_list import JobItem
from command_centre.desk.views import (
    Alarm,
    Corrected,
    EditView,
    Me,
    Pause,
    Prompt,
    RepairView,
    SessionSummary,
    SourceView,
    Utterance,
    VoiceLine,
    Word,
)
from command_centre.errors import Rejected

VERSION = 1
MAX_MESSAGE_BYTES = 16_384

# Reasons for closing, in the private range of RFC 6455 section 7.4.2.
CLOSE_MALFORMED_HELLO = 4000
CLOSE_LOGIN_REQUIRED = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_UNKNOWN_CASE = 4404
CLOSE_TOO_SLOW = 4008


class _Wire(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of every message."""


# --- from the desk ----------------------------------------------------------------------------


class Hello(_Wire, frozen=True, tag="hello"):
    """First message of a connection; ``cursor`` resumes."""

    protocol: int
    case: str
    desk: str
    room: str | None = None
    cursor: int | None = None
    unattended: bool = False  # a screen nobody sits at: it takes no calls


class PromptSend(_Wire, frozen=True, tag="prompt.send"):
    """Ask rooms together. ``key`` makes a repeat after a lost reply harmless."""

    id: str
    text: str
    rooms: list[str]
    point: str | None = None
    key: str | None = None
    difference: str | None = None  # difference it is about; its state becomes prompted
    wording_before: str | None = None  # text a hint was shown for, when it was put otherwise
    hints_shown: list[str] | None = None  # rules whose hints the desk showed; None: it does not say
    question: str | None = None  # kept question it was made from, and which version
    question_version: int = 0


class PromptDelivered(_Wire, frozen=True, tag="prompt.delivered"):
    """The desk has received the prompt."""

    id: str
    prompt: str


class PromptShown(_Wire, frozen=True, tag="prompt.shown"):
    """The prompt is on the screen."""

    id: str
    prompt: str


class PromptAcknowledge(_Wire, frozen=True, tag="prompt.acknowledge"):
    """The interviewer takes it on."""

    id: str
    prompt: str


class PromptDecline(_Wire, frozen=True, tag="prompt.decline"):
    """The interviewer will not ask it now."""

    id: str
    prompt: str
    reason: str


class PromptWithdraw(_Wire, frozen=True, tag="prompt.withdraw"):
    """Take back what was not asked yet."""

    id: str
    prompt: str


class MarkerAdd(_Wire, frozen=True, tag="marker.add"):
    """Mark an instant in a room's session: now, or ``at_us`` where the desk was cut off."""

    id: str
    room: str
    text: str
    at_us: int = 0  # 0: now
    key: str = ""  # with it a repeat after a lost answer is the same marker


class MarkerWithdraw(_Wire, frozen=True, tag="marker.withdraw"):
    """Take back a marker of the session that runs, saying why."""

    id: str
    marker: int
    reason: str


class AlarmAcknowledge(_Wire, frozen=True, tag="alarm.acknowledge"):
    """Someone takes notice of an alarm and says so."""

    id: str
    alarm: str


class PauseBegin(_Wire, frozen=True, tag="pause.begin"):
    """Withhold media of a room from now on. ``key`` makes a repeat after a lost reply harmless."""

    id: str
    room: str
    tracks: list[str]
    reason: str
    key: str | None = None
    session: str = ""  # of the press, where it may arrive late: of no other session


class PauseHeld(_Wire, frozen=True, tag="pause.held"):
    """A press that could not be told: from then to then the device itself sent nothing.

    ``key`` is that of the press: with it ``pause.begin`` was or was not told.
    """

    id: str
    room: str
    session: str
    tracks: list[str]
    reason: str
    key: str
    at_us: int
    until_us: int
    source: str = ""  # as what the device records; empty: it does not


class PauseEnd(_Wire, frozen=True, tag="pause.end"):
    """Record again; names the pause that the desk has seen."""

    id: str
    room: str
    pause: str


class VoiceCall(_Wire, frozen=True, tag="voice.call"):
    """Speak to a room, or to a device of it. ``key`` makes a repeat after a lost reply harmless."""

    id: str
    room: str
    key: str = ""
    to: str = ""  # the device; empty: the room


class VoiceAnswer(_Wire, frozen=True, tag="voice.answer"):
    """The room takes the call, or does not."""

    id: str
    room: str
    line: str
    accept: bool


class VoiceTake(_Wire, frozen=True, tag="voice.take"):
    """Take the call of a device, or decline it for everybody."""

    id: str
    room: str
    line: str
    accept: bool


class VoiceTalk(_Wire, frozen=True, tag="voice.talk"):
    """The person at the centre begins or stops to speak."""

    id: str
    room: str
    line: str
    on: bool


class VoiceHangUp(_Wire, frozen=True, tag="voice.end"):
    """Either side ends the line. ``no_microphone``: the caller's cannot be used."""

    id: str
    room: str
    line: str
    no_microphone: bool = False


class Ping(_Wire, frozen=True, tag="ping"):
    """Is anybody there."""

    id: str


Command = (
    PromptSend
    | PromptDelivered
    | PromptShown
    | PromptAcknowledge
    | PromptDecline
    | PromptWithdraw
    | MarkerAdd
    | MarkerWithdraw
    | AlarmAcknowledge
    | PauseBegin
    | PauseHeld
    | PauseEnd
    | VoiceCall
    | VoiceAnswer
    | VoiceTake
    | VoiceTalk
    | VoiceHangUp
    | Ping
)
ClientMessage = Hello | Command

# --- from the centre: replies -------------------------------------------------------------------


class Welcome(_Wire, frozen=True, tag="welcome"):
    """Answer to hello."""

    protocol: int
    cursor: int
    server_us: int
    resumed: bool
    account: Me


class Ok(_Wire, frozen=True, tag="ok", omit_defaults=True):
    """The command was carried out and is durable."""

    id: str
    prompts: list[Prompt] | None = None
    pauses: list[Pause] | None = None
    lines: list[VoiceLine] | None = None
    server_us: int | None = None


class Error(_Wire, frozen=True, tag="error", omit_defaults=True):
    """The message was refused; the connection stays."""

    code: str
    message: str
    id: str | None = None


# --- from the centre: durable events ------------------------------------------------------------


class UtteranceEvent(_Wire, frozen=True, tag="utterance", omit_defaults=True):
    """Final text; the fields of ``Utterance``."""

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
    language: str = ""
    proposed: str = ""
    named: str = ""
    named_by: str = ""
    repairs: list[RepairView] = []
    corrected: Corrected | None = None
    display: list[EditView] = []

    @classmethod
    def of(cls, utterance: Utterance) -> UtteranceEvent:
        """The event that announces an utterance."""
        return cls(**msgspec.structs.asdict(utterance))


class SpeakerEvent(_Wire, frozen=True, tag="speaker"):
    """A person said who spoke a sentence of a mixed microphone."""

    cursor: int
    room: str
    session: str
    utterance: str
    speaker: str
    by_name: str


class CorrectionEvent(_Wire, frozen=True, tag="correction"):
    """A person corrected final text; the spoken words stay."""

    cursor: int
    room: str
    session: str
    utterance: str
    corrected: Corrected


class PromptEvent(_Wire, frozen=True, tag="prompt"):
    """A prompt reached a state."""

    cursor: int
    prompt: Prompt


class SessionEvent(_Wire, frozen=True, tag="session"):
    """A session opened or closed."""

    cursor: int
    session: SessionSummary


class PointEvent(_Wire, frozen=True, tag="point"):
    """A point to verify was added, worded otherwise, or retired; the point as it stands now."""

    cursor: int
    point: Point


class CellEvent(_Wire, frozen=True, tag="cell"):
    """What a person says on a point, as it stands now. Never sent to room desks."""

    cursor: int
    cell: Cell


class SpokenEvent(_Wire, frozen=True, tag="spoken"):
    """A point came up in a room, or no longer did; for the desks of that room."""

    cursor: int
    spoken: Spoken


class DifferenceEvent(_Wire, frozen=True, tag="difference"):
    """A difference was found, changed or reviewed; as it stands now. Never sent to room desks."""

    cursor: int
    difference: Difference


class GapEvent(_Wire, frozen=True, tag="gap"):
    """Media is missing between two bounds, and the log says so."""

    cursor: int
    room: str
    source: str
    start_us: int
    end_us: int
    cause: str


class MarkerEvent(_Wire, frozen=True, tag="marker"):
    """Someone marked an instant; told again, with all of it, when the mark is taken back."""

    cursor: int
    room: str
    t_us: int
    text: str
    by_name: str
    marker: int = 0  # what it is taken back by; 0: told by an earlier release
    by: str = ""  # account id
    withdrawn_us: int | None = None
    withdrawn_by: str = ""
    reason: str = ""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device was at ``t_us``: WGS 84 in units of 1e-7 degrees."""

    lat_e7: int
    lon_e7: int
    accuracy_mm: int  # radius of 95 % confidence, as the device states it
    t_us: int


class ReadingEvent(_Wire, frozen=True, tag="reading"):
    """A device measured; values are thousandths of their unit."""

    cursor: int
    device: str
    room: str
    t_us: int
    values: dict[str, int]
    alarms: list[str]
    position: Position | None = None


class DeviceEvent(_Wire, frozen=True, tag="device"):
    """A phone joined the case, or was sent away (``revoked``)."""

    cursor: int
    device: SourceView


class PauseEvent(_Wire, frozen=True, tag="pause"):
    """Media of a room is withheld by order, or no longer; the pause as it stands now."""

    cursor: int
    room: str
    pause: Pause


class VoiceEvent(_Wire, frozen=True, tag="voice"):
    """A voice line between the centre and a room or a device of it, as it stands now."""

    cursor: int
    room: str
    line: VoiceLine


class AlarmEvent(_Wire, frozen=True, tag="alarm"):
    """An alarm was raised, is over, or was acknowledged; the alarm as it stands now."""

    cursor: int
    room: str
    alarm: Alarm


# --- from the centre: ephemeral, may be dropped ----------------------------------------


class PartialMessage(_Wire, frozen=True, tag="partial"):
    """Words not final yet; empty text clears them."""

    room: str
    source: str
    speaker: str
    start_us: int
    text: str


class LevelMessage(_Wire, frozen=True, tag="level"):
    """Loudness per channel in dBFS."""

    source: str
    rms: list[float]
    t_us: int


class ProtectedMessage(_Wire, frozen=True, tag="protected"):
    """Everything of the source up to here is flushed, logged and checkpointed."""

    source: str
    until_us: int


class SourceBody(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of ``config.messages.SourceStatus``."""

    source: str
    session: str
    state: str
    since_us: int
    bits_per_s: int
    frames: int
    width: int
    height: int
    codec: str
    packets_lost: int
    protected_until_us: int
    last_media_us: int
    recorded_us: int
    gap_us: int
    gaps: int
    fault: str = ""
    pause_us: int = 0
    paused: list[str] = []  # what is withheld right now: audio, video
    clock_reports: int = 0
    clock_offset_us: int = 0
    drift_ppb: int = 0
    skew_us: int = 0


class SourceMessage(_Wire, frozen=True, tag="source"):
    """State of a source."""

    status: SourceBody


class ClockMessage(_Wire, frozen=True, tag="clock"):
    """The centre's time, every five seconds."""

    server_us: int


class SystemMessage(_Wire, frozen=True, tag="system"):
    """A process went away or came back."""

    code: str
    detail: str


class DeskPresence(msgspec.Struct, frozen=True, kw_only=True):
    """One connected desk."""

    desk: str
    room: str | None
    name: str


class PresenceMessage(_Wire, frozen=True, tag="presence"):
    """Which desks of the case are connected."""

    desks: list[DeskPresence]


class ChangedMessage(_Wire, frozen=True, tag="changed"):
    """Lists of a case are not what they were; only to desks of lists. Case "": of any case."""

    case: str
    areas: list[str]  # ``db.changes.Area``


class JobMessage(_Wire, frozen=True, tag="job"):
    """How a job is; only to the desks of lists of who began it."""

    job: JobItem


class HealthMessage(_Wire, frozen=True, tag="health"):
    """How the processes are; only to administrators who look."""

    health: HealthView


DurableMessage = (
    UtteranceEvent
    | PromptEvent
    | SessionEvent
    | PointEvent
    | CorrectionEvent
    | CellEvent
    | SpokenEvent
    | DifferenceEvent
    | SpeakerEvent
    | GapEvent
    | MarkerEvent
    | ReadingEvent
    | AlarmEvent
    | PauseEvent
    | VoiceEvent
    | DeviceEvent
)
EphemeralMessage = (
    PartialMessage
    | LevelMessage
    | ProtectedMessage
    | SourceMessage
    | ClockMessage
    | SystemMessage
    | PresenceMessage
    | ChangedMessage
    | JobMessage
    | HealthMessage
)
ServerMessage = Welcome | Ok | Error | DurableMessage | EphemeralMessage

_CLIENT: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_SERVER: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_ENCODER = msgspec.json.Encoder()


class _Addressed(msgspec.Struct, frozen=True):
    """What can be said of a message that is not understood."""

    id: str | None = None
    type: str | None = None


def encode(message: ServerMessage | ClientMessage) -> bytes:
    """The message as JSON text, UTF-8."""
    return _ENCODER.encode(message)


def decode_client(text: bytes) -> ClientMessage:
    """Parse a desk's message.

    Raises:
        Rejected: too long, not JSON, of unknown type, or a field is missing or mistyped.
    """
    if len(text) > MAX_MESSAGE_BYTES:
        raise Rejected("message_too_large", f"a message has at most {MAX_MESSAGE_BYTES} bytes")
    try:
        return _CLIENT.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Rejected("malformed_message", str(error)) from error


def decode_server(text: bytes) -> ServerMessage:
    """Parse a message of the centre; for desks written in Python and for tests."""
    try:
        return _SERVER.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Rejected("malformed_message", str(error)) from error


def id_of(text: bytes) -> str | None:
    """The ``id`` of a message that could not be parsed, when it has one."""
    try:
        return msgspec.json.decode(text, type=_Addressed).id
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
