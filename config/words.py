"""The domain words every package shares: kinds, roles and states, with their one spelling.

This module holds words only. It has no behaviour beyond parsing and never touches the world.
The glossary that defines each word is in config/README.md.
"""

from __future__ import annotations

from enum import StrEnum

#: Microseconds since 1970-01-01T00:00:00Z. Every ``*_us`` in Duizhi is this or a duration.
MICROSECONDS = 1_000_000


class Role(StrEnum):
    """What an account may do; checked on the server for every route and message."""

    MANAGER = "manager"
    INTERVIEWER = "interviewer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class RoomKind(StrEnum):
    """Where a session happens."""

    INTERVIEW = "interview"
    SITE = "site"


class SessionKind(StrEnum):
    """A session is one interview or one inspection, from opening to closing. Nothing else."""

    INTERVIEW = "interview"
    INSPECTION = "inspection"


class SourceKind(StrEnum):
    """What publishes media or readings."""

    ROOM_CAMERA = "room_camera"
    BODY_CAMERA = "body_camera"
    DRONE = "drone"
    GAS_DETECTOR = "gas_detector"
    MICROPHONE = "microphone"  # one person's sound, on a recording of its own
    ENVIRONMENT = "environment"  # temperature and humidity of a room
    CALL = "call"  # the voice of whoever speaks from the centre; never transcribed


class SourceState(StrEnum):
    """What the recorder knows of a source right now."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    RECORDING = "recording"
    STALLED = "stalled"  # connected or vanished, but no media for longer than the watchdog


class PullFault(StrEnum):
    """Why a source that is pulled gives no media right now."""

    UNREACHABLE = "unreachable"  # nobody answers at its address
    WRONG_PASSWORD = "wrong_password"  # it refuses the login
    NOT_FOUND = "not_found"  # it has no stream at this path
    UNSUPPORTED = "unsupported_codec"  # it offers nothing that can be recorded
    REFUSED = "refused"  # it answers with an error of its own
    MALFORMED = "malformed"  # what it sends is not RTSP


class GapCause(StrEnum):
    """Why media of a recording is missing between two bounds."""

    NETWORK = "network"  # packets or the connection were lost
    PUBLISHER = "publisher"  # the publisher went away or sent nothing
    RECORDER = "recorder"  # the recorder itself restarted
    DISK = "disk"  # the segment could not be made durable
    NO_CALL = "no_call"  # nobody spoke to the room: a call has silence of its own kind


class AlarmKind(StrEnum):
    """What an alarm says is wrong. The glossary gives the words people see."""

    SOS = "sos"  # a person pressed for help
    READING_LOW = "reading_low"  # a measured value below its limit
    READING_HIGH = "reading_high"
    DEVICE_SILENT = "device_silent"  # readings stopped coming
    DEVICE_LOST = "device_lost"  # the device or its gateway was declared dead (Sparkplug B)
    DEVICE_GARBLED = "device_garbled"  # what it sends cannot be read
    MICROPHONE_SILENT = "microphone_silent"
    PICTURE_FROZEN = "picture_frozen"
    PICTURE_BLACK = "picture_black"
    PICTURE_COVERED = "picture_covered"
    PICTURE_MOVED = "picture_moved"  # the camera no longer looks where it looked
    SOURCE_LOST = "source_lost"  # nothing of it is being recorded any more, in an open session
    TIME_LIMIT = "time_limit"  # an interview has lasted as long as a rule allows


#: Alarms about a recording's media; they end with its session.
MEDIA_ALARMS = frozenset(
    {
        AlarmKind.MICROPHONE_SILENT,
        AlarmKind.PICTURE_FROZEN,
        AlarmKind.PICTURE_BLACK,
        AlarmKind.PICTURE_COVERED,
        AlarmKind.PICTURE_MOVED,
    }
)


#: Alarms that end with the session they are about.
SESSION_ALARMS = MEDIA_ALARMS | {AlarmKind.SOURCE_LOST, AlarmKind.TIME_LIMIT}


class AlarmLevel(StrEnum):
    """How bad: a warning can wait a minute, a danger cannot."""

    WARNING = "warning"
    DANGER = "danger"


class CaseState(StrEnum):
    """How far a case is, as its manager says; closing never stops a recording."""

    OPEN = "open"  # 在办
    CLOSED = "closed"  # 已结案
    ARCHIVED = "archived"  # 已归档


class CaseKind(StrEnum):
    """What a case came from."""

    PENALTY = "penalty"  # 行政处罚案件
    ACCIDENT = "accident"  # 事故调查
    COMPLAINT = "complaint"  # 举报核查
    INSPECTION = "inspection"  # 检查发现
    OTHER = "other"


class PauseReason(StrEnum):
    """Why media of a room is withheld by order."""

    LAWYER = "lawyer"  # a confidential talk with a lawyer
    MEDICAL = "medical"
    REST = "rest"
    OTHER = "other"


class PauseEnd(StrEnum):
    """What ended a pause."""

    RESUMED = "resumed"
    WIDENED = "widened"  # another pause followed at once that withholds more
    CLOSED = "closed"  # the session was closed


class VoiceState(StrEnum):
    """calling -> open -> ended, or calling -> ended."""

    CALLING = "calling"
    OPEN = "open"
    ENDED = "ended"


class VoiceEnd(StrEnum):
    """Why a voice line from the centre is over."""

    HUNG_UP = "hung_up"
    DECLINED = "declined"  # the other end did not take it
    UNANSWERED = "unanswered"
    LOST = "lost"  # no sound came from the caller any more
    AWAY = "away"  # the device called is not heard of any more
    WITHHELD = "withheld"  # sound of the room is withheld by order
    NO_MICROPHONE = "no_microphone"  # the caller's microphone cannot be used
    CLOSED = "closed"  # the session was closed


class Speaker(StrEnum):
    """Which microphone channel an utterance came from."""

    INTERVIEWER = "interviewer"
    INTERVIEWEE = "interviewee"
    UNKNOWN = "unknown"  # one mixed microphone


class PromptState(StrEnum):
    """issued -> delivered -> shown -> acknowledged (asked) | declined -> answered; or withdrawn."""

    ISSUED = "issued"
    DELIVERED = "delivered"
    SHOWN = "shown"
    ACKNOWLEDGED = "acknowledged"
    DECLINED = "declined"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class NotNow(StrEnum):
    """Why a prompt is not asked now, where one tap says it; else the reason is in own words."""

    ALREADY_ASKED = "already_asked"
    NOT_THE_MOMENT = "not_the_moment"
    REFUSES = "refuses"  # the person questioned will not answer it
    UNRELATED = "unrelated"  # nothing of this person's business


class StartUnmet(StrEnum):
    """Why a session was started with points of its check list unmet; else in own words."""

    URGENT = "urgent"
    FOLLOWING = "following"  # the second officer is on the way
    DEVICE = "device"  # a device is being put right


class ReviewState(StrEnum):
    """What people make of a difference; a later review stands in front of the earlier ones."""

    OPEN = "open"  # 待核实
    PROMPTED = "prompted"  # 已发提示
    CONFIRMED = "confirmed"  # 已核实有差异
    CLARIFIED = "clarified"  # 已澄清
    NOT_A_DIFFERENCE = "not_a_difference"  # 不是差异
    MISHEARD = "misheard"  # 识别有误
