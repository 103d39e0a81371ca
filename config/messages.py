"""Typed messages between processes (MessagePack), their topics, services and methods.

Times are integer microseconds since the epoch (``*_us``) on the session timeline unless a name
says otherwise. ``source``, ``room``, ``session``, ``case`` are ids and never shown to people.

Topics (publish):
    media.<source>      LiveFragment    every fragment, byte for byte what is written to disk
    audio.<source>      AudioBatch      encoded Opus packets for the transcriber, about 100 ms
    log.<log>           LogAppended     entries, after they are covered by a durable checkpoint
    protected.<source>  Protected       how far a source's recording is protected
    state.<source>      SourceStatus    on every change and once a second
    partial.<source>    PartialText     words not final yet; never evidence
    level.<source>      AudioLevel      five to ten a second
    process.<name>      ProcessNote     a process started, or is degraded (codes, never content)

Services and methods (request):
    recorder   open_session, close_session, whip_offer, whip_patch, whip_delete, end_source, append,
               read_log, status, live_cache, live_watch, segments, pull_plan, pause_room,
               resume_room, find_session, file_late, file_document, end_retention, rotate_key,
               start_again;
               with several recorder processes each answers under its own name
               (config.recorders), and the bus of the other processes finds the right one
               (command_centre/recorder_router.py)
    <name>.witness  cosign, of the centre and of each recorder
    transcriber status, hear
    centre     append (of the command line), admit_publisher
    alarms     faults

What a recorder and a transcriber are asked stands in recorder_messages.py and
transcriber_messages.py; here is what is published, what any process is asked, and the rest.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

M = TypeVar("M", bound=msgspec.Struct)

RECORDER = "recorder"
TRANSCRIBER = "transcriber"
CENTRE = "centre"
ALARMS = "alarms"  # served by the centre


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: immutable, keyword-only, unknown fields are an error."""


def witness_service(name: str) -> str:
    """The service that the witness of a process is asked by."""
    return f"{name}.witness"


def encode(message: msgspec.Struct) -> bytes:
    """The message as MessagePack."""
    return _ENCODER.encode(message)


def decode(payload: bytes, kind: type[M]) -> M:
    """Parse a message.

    Raises:
        MalformedMessage: the payload is not a valid ``kind``.
    """
    try:
        return msgspec.msgpack.decode(payload, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:  # the latter for field names
        raise MalformedMessage(f"not a {kind.__name__}: {error}") from error


class MalformedMessage(Exception):
    """A payload that is not the message its topic or method calls for."""


_ENCODER = msgspec.msgpack.Encoder()


# --- published ----------------------------------------------------------------------------


class LiveFragment(Message, frozen=True):
    """One fragment (moof+mdat, or a WebM cluster) as written; ``init`` once per epoch start."""

    source: str
    session: str
    epoch: int  # counts connections or codec changes of a recording from 1; each has its own init
    number: int  # fragments of this source since the recorder started, for spotting drops
    mime: str  # e.g. video/mp4; codecs="avc1.42e01f,opus"
    key: bool  # the fragment starts with a key frame
    start_us: int  # session-timeline time of its first sample
    duration_us: int
    media_start_us: int  # position on the media timeline of the recording (tfdt), 0 = its origin
    init: bytes | None  # init segment, present when this is the first fragment of an epoch
    data: bytes


class AudioPacket(Message, frozen=True, array_like=True):
    """One Opus packet."""

    start_us: int
    duration_us: int
    data: bytes


class AudioBatch(Message, frozen=True):
    """Consecutive Opus packets of one audio track."""

    source: str
    session: str
    room: str
    epoch: int
    number: int  # batches of this source since the recorder started, for spotting drops
    channels: list[str]  # what each channel carries: Speaker values, one or two of them
    packets: list[AudioPacket]
    covered: bool = False  # people's own microphones carry the same words: only the level counts


class LogAppended(Message, frozen=True):
    """Consecutive entries that a durable checkpoint of ``size`` now covers."""

    log: str
    first_index: int
    size: int
    entries: list[bytes]  # canonical JSON bytes as stored


class Protected(Message, frozen=True):
    """Everything of this source up to ``until_us`` is flushed, logged and checkpointed."""

    source: str
    session: str
    until_us: int
    size: int  # tree size of the covering checkpoint


class SourceStatus(Message, frozen=True):
    """What the recorder knows of one source."""

    source: str
    session: str
    state: str  # SourceState
    since_us: int
    bits_per_s: int = 0
    frames: int = 0
    width: int = 0
    height: int = 0
    codec: str = ""
    packets_lost: int = 0
    protected_until_us: int = 0
    last_media_us: int = 0
    recorded_us: int = 0
    gap_us: int = 0
    gaps: int = 0
    fault: str = ""  # PullFault, while a source that is pulled gives no media
    pause_us: int = 0
    paused: list[str] = []  # what is withheld right now: audio, video
    clock_reports: int = 0  # sender reports of this connection; 0: the offset is not known
    clock_offset_us: int = 0  # the publisher's wall clock minus ours
    drift_ppb: int = 0  # how much slower its clock runs than ours; 0: not known yet
    skew_us: int = 0  # sound against picture in the record; positive when sound is late


class PartialText(Message, frozen=True):
    """Words recognised so far of an unfinished utterance; empty text clears it."""

    source: str
    session: str
    room: str
    speaker: str
    start_us: int
    end_us: int
    text: str


class AudioLevel(Message, frozen=True):
    """Loudness per channel in dBFS (0 is full scale, -100 is digital silence)."""

    source: str
    t_us: int
    rms_dbfs: list[float]
    peak_dbfs: list[float]


class ProcessNote(Message, frozen=True):
    """A process tells how it is; codes only, never content."""

    name: str
    code: str  # started | degraded | recovered
    detail: str = ""
    t_us: int = 0


# --- requests to any process ---------------------------------------------------------------


class Done(Message, frozen=True):
    """An empty reply: it is done."""


class StartAgain(Message, frozen=True):
    """End in a moment and be started again by the supervisor, with the settings of then.

    A recorder refuses (``sessions_open``) while it has a session. What the transcriber has not
    written down yet it reads again from the recording.
    """


# --- from the watcher to the centre --------------------------------------------------------


class Fault(Message, frozen=True):
    """One thing that is wrong with a source's media at present."""

    kind: str  # AlarmKind, one of MEDIA_ALARMS
    since_us: int
    channel: int = -1  # of a microphone; -1: all of them, or a picture


class FaultReport(Message, frozen=True):
    """Everything that is wrong with a source now; None where nothing can be said.

    Complete and therefore repeatable: what is not named is over. Sent when it changes and every few
    seconds while something holds.
    """

    source: str
    session: str
    picture: list[Fault] | None = None
    sound: list[Fault] | None = None
    gone: bool = False  # the source stopped: nothing can be wrong with its media any more


# --- from the centre to the witness that each recorder is ----------------------------------


class Cosign(Message, frozen=True):
    """Method ``cosign`` of the service ``<recorder>.witness``: a request of C2SP tlog-witness."""

    body: bytes


class Cosigned(Message, frozen=True):
    """What the witness answers: the status and body of HTTP."""

    status: int
    body: bytes
