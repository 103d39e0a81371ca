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


# --- requests to the recorder --------------------------------------------------------------


class Person(Message, frozen=True):
    """Someone present in a session."""

    name: str
    #: interviewee | interviewer | clerk | operator | witness (of the case, present and not
    #: questioned), or a duty of command_centre.record.content.ATTENDING
    role: str
    certificate: str = ""
    id: str = ""  # of a person of the case; empty: not said
    detail: str = ""  # of an attendant: unit, relation or licence


class OpenSession(Message, frozen=True):
    """Open a session in a room; idempotent on ``session``."""

    session: str
    case: str
    case_number: str
    room: str
    room_name: str
    kind: str  # SessionKind
    people: list[Person]
    opened_by: str
    t_us: int


class CloseSession(Message, frozen=True):
    """Close and seal a session; idempotent. Its sources are stopped first."""

    session: str
    closed_by: str
    reason: str


class WhipOffer(Message, frozen=True):
    """An SDP offer of a source for an open session (RFC 9725); the token is already checked."""

    source: str
    source_name: str
    source_kind: str
    session: str
    room: str
    channels: list[str]
    sdp: str


class WhipAnswer(Message, frozen=True):
    """The answer. ``resource`` is unguessable and names this connection."""

    sdp: str
    resource: str
    etag: str


class WhipDelete(Message, frozen=True):
    """End a connection by its resource."""

    source: str
    resource: str


class EndSource(Message, frozen=True):
    """End whatever is live of a source, for instance a phone that was sent away."""

    source: str


class PullSource(Message, frozen=True):
    """A source to be fetched over RTSP for an open session. Holds a secret: never logged."""

    source: str
    source_name: str
    source_kind: str
    session: str
    room: str
    channels: list[str]
    url: str  # rtsp://host[:port]/path, without name and password
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"PullSource({self.source!r})"


class PullPlan(Message, frozen=True):
    """Everything this recorder is to pull from now on; what is not in it any more is stopped."""

    sources: list[PullSource]


class WhipPatch(Message, frozen=True):
    """Trickled candidates or an ICE restart (RFC 9725, 4.3). ``if_match`` is the header's value."""

    source: str
    resource: str
    if_match: str  # empty when the header was missing
    fragment: str


class WhipPatched(Message, frozen=True):
    """Both are empty for trickled candidates; after a restart the new ETag and credentials."""

    etag: str = ""
    fragment: str = ""


class AdmitPublisher(Message, frozen=True):
    """Asked of the centre: who may push with this key? Holds a secret: never logged."""

    source: str
    key: str  # the source's token

    def __repr__(self) -> str:
        return f"AdmitPublisher({self.source!r})"


class Admitted(Message, frozen=True):
    """The key is the source's; a session is open for it."""

    source: str
    source_name: str
    source_kind: str
    session: str
    room: str
    channels: list[str]


class Append(Message, frozen=True):
    """Append one entry to the recorder's log. Idempotent on ``key`` within the last 10,000."""

    key: str
    kind: str
    session: str
    room: str
    body: bytes  # JSON object, integers only (no floats)
    t_us: int


class Receipt(Message, frozen=True):
    """Where an entry stands. Durable and covered by a checkpoint when this is returned."""

    index: int  # its position among all recorders' logs (config.recorders)
    leaf_hash: bytes
    t_us: int


class ReadLog(Message, frozen=True):
    """Entries from ``first_index``, at most ``limit`` (1..2000), of one recorder's log."""

    first_index: int
    limit: int
    log: str = "recorder-1"


class LogPage(Message, frozen=True):
    """Entries as stored; ``size`` is the checkpointed size of the log."""

    log: str
    first_index: int
    size: int
    entries: list[bytes]


class StatusRequest(Message, frozen=True):
    """Ask for the state of all sources and open sessions."""


class RecorderStatus(Message, frozen=True):
    """Snapshot of the recorder."""

    log: str
    size: int
    sessions: list[str]
    sources: list[SourceStatus]
    disk_free_bytes: int
    disk_hours_left: float
    degraded: str = ""  # empty, or a stable code such as disk_full
    space: str = "ok"  # ok, low, critical: hours left against the settings
    disks_failed: int = 0  # storage directories that are configured and not in use
    writing: int = 0  # jobs that wait for the writer
    writing_limit: int = 0  # and how many may
    max_sources: int = 0


class LiveCacheRequest(Message, frozen=True):
    """Ask for what a new viewer of this source needs first."""

    source: str


class LiveWatch(Message, frozen=True):
    """Somebody looks at these sources: cut their fragments at every picture for a while."""

    sources: list[str]


class LiveCache(Message, frozen=True):
    """Init and the fragments since the last key frame; empty when the source is not live."""

    fragments: list[LiveFragment]


class SegmentsRequest(Message, frozen=True):
    """Recorded segments of a source's session that end after ``from_us``, at most 500."""

    session: str
    source: str
    from_us: int


class SegmentRef(Message, frozen=True):
    """A segment file in the store; paths are relative to the store directory."""

    epoch: int
    number: int
    path: str
    init_path: str
    start_us: int
    duration_us: int
    covered: bool = False  # as in AudioBatch


class Segments(Message, frozen=True):
    """Reply to SegmentsRequest, in order."""

    segments: list[SegmentRef]
    room: str
    channels: list[str]
    open: bool  # the session is still open


class PauseRoom(Message, frozen=True):
    """Withhold media of a session's room from now on; idempotent on ``pause``.

    Answered once it is in force and its entry durable; it is in force before that, and stays so
    when the store is in trouble (``store_busy``, ``disk_full``): the entry follows then.
    """

    session: str
    pause: str  # id, chosen by the caller
    tracks: list[str]  # audio, video, or both
    reason: str  # PauseReason
    by: str
    by_name: str


class ResumeRoom(Message, frozen=True):
    """End a pause; idempotent."""

    session: str
    pause: str
    by: str
    by_name: str


class PauseState(Message, frozen=True):
    """The pause in force after the request; empty when there is none."""

    pause: str = ""
    tracks: list[str] = []
    index: int = 0  # position, among all recorders' logs, up to which everything is told


class FindSession(Message, frozen=True):
    """Ask a recorder whether a session, open or sealed, stands in its log."""

    session: str


class SessionFound(Message, frozen=True):
    """Reply to FindSession."""

    known: bool


class FileLate(Message, frozen=True):
    """File what the examination of a late file prepared; idempotent on ``upload``.

    Answered with the receipt of its ``late.filed``, once all of it is durable; nothing of it is in
    the log otherwise. The session may be open or sealed.
    """

    session: str
    source: str
    room: str
    upload: str
    folder: str  # with manifest.json and the parts, relative to the store


class FileDocument(Message, frozen=True):
    """Store a document and append its entry; idempotent on ``key`` like Append.

    The entry gets ``path``, ``sha256`` and ``size``. The session may be open or sealed.
    """

    key: str
    kind: str  # document.made | document.signed | notice.signed
    session: str
    room: str
    body: bytes  # JSON object, integers only (no floats)
    t_us: int
    name: str  # of the file: lower-case letters, digits, hyphens, .pdf
    data: bytes  # at most DOCUMENT_BYTES_MAX


#: A document that is filed in one message (a record of 200 pages has about 3 MB).
DOCUMENT_BYTES_MAX = 16 << 20


class RetentionConfirmed(Message, frozen=True):
    """One of the people who confirmed that a session's retention ends."""

    by: str
    by_name: str
    t_us: int


class RotateKey(Message, frozen=True):
    """Take the order to change a recorder's keys that lies beside them (rotation_order.py).

    Refused (``sessions_open``) while it has a session. Answered once the order is taken. The
    recorder then ends, is started again, and changes the keys before it opens its log.
    """

    log: str


class StartAgain(Message, frozen=True):
    """End in a moment and be started again by the supervisor, with the settings of then.

    A recorder refuses (``sessions_open``) while it has a session. What the transcriber has not
    written down yet it reads again from the recording.
    """


class EndRetention(Message, frozen=True):
    """Destroy a closed session's data key and remove its media; may be asked again.

    Answered once its entries (``retention.ended``, ``key.destroyed``) are durable and the files
    gone. The recorder refuses (``retention_refused``) before ``until_us`` and without two people.
    """

    session: str
    room: str
    case: str
    proposal: str
    category: str
    until_us: int
    first_index: int  # of the session's opening in this recorder's log
    confirmed: list[RetentionConfirmed]


class RetentionEnded(Message, frozen=True):
    """What was destroyed this time."""

    keys: int
    files: int
    bytes: int
    payloads: int = 0  # private parts of entries


class Done(Message, frozen=True):
    """An empty reply: it is done."""


# --- requests to the transcriber -----------------------------------------------------------


class ModelStatus(Message, frozen=True):
    """A loaded model."""

    language: str
    name: str
    demo: bool
    digest: str


class MissingModel(Message, frozen=True):
    """A model that was chosen for a session and is not used; the language's own hears instead."""

    session: str
    digest: str
    why: str  # missing | too_large | unusable


class LoadModel(Message, frozen=True):
    """Have an installed model ready. Answered with ModelStatus."""

    digest: str
    language: str


class TranscriberStatus(Message, frozen=True):
    """What the transcriber is doing."""

    model: str  # name shown to people
    model_demo: bool  # the shipped demonstration model: synthetic voices only
    model_digest: str
    tracks: int
    behind_us: int  # how far the slowest track is behind live
    models: list[ModelStatus] = []  # one a language, the one for a session that says nothing first
    plan: str = ""  # digest of the HearingPlan in force
    chosen: list[ModelStatus] = []  # loaded beside these, for sessions they were chosen for
    missing: list[MissingModel] = []


class LanguageSwitch(Message, frozen=True):
    """A session is heard in this language from this moment of its timeline on."""

    from_us: int
    language: str
    model: str = ""  # digest of the model chosen; empty: the language's own


class NamedVoice(Message, frozen=True):
    """A person said who spoke an utterance of a mixed microphone."""

    utterance: str
    speaker: str


class SessionHearing(Message, frozen=True):
    """How to hear an open session. ``terms`` are the case's vocabulary: never logged."""

    session: str
    switches: list[LanguageSwitch] = []
    terms: list[str] = []
    named: list[NamedVoice] = []

    def __repr__(self) -> str:
        return f"SessionHearing({self.session!r})"


class HearingPlan(Message, frozen=True):
    """Every open session; complete and therefore repeatable. Answered with Done."""

    sessions: list[SessionHearing]


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
