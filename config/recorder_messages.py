"""What a recorder is asked, and what it answers.

Methods, topics and coding: messages.py. Times are integer microseconds since the epoch (``*_us``).
"""

from __future__ import annotations

from msgspec import field

from config.messages import LiveFragment, Message, SourceStatus


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
    tracks: list[str] = field(default_factory=list)
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
