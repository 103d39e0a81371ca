"""Bodies and replies of the HTTP endpoints that are not domain views. The OpenAPI document is
generated from these and from ``desk.views``."""

from __future__ import annotations

from command_centre.desk.disclosed import Disclosed
from command_centre.desk.views import (
    Alarm,
    AlarmIn,
    CaseSummary,
    EntrySummary,
    SessionEntry,
    Utterance,
    View,
)
from command_centre.desk.vouching import VoucherState
from recorder.redaction import RedactionPlan


class Empty(View, frozen=True):
    """Nothing to say."""


class LoginRequest(View, frozen=True):
    """Account and password."""

    account: str
    password: str


class Time(View, frozen=True):
    """The centre's time and who runs it; needs no login."""

    now_us: int
    unit_name: str
    unit_name_en: str
    version: str
    outside: str = ""  # name of the agency's own sign-in; empty: there is none
    outside_en: str = ""


class LoggedOut(View, frozen=True):
    """Logged out; ``next`` is the provider's own logout page, where there is one."""

    next: str = ""


class CaseList(View, frozen=True):
    """The caller's cases."""

    cases: list[CaseSummary]


class UtterancePage(View, frozen=True):
    """Utterances in order; ``more`` before the first."""

    utterances: list[Utterance]
    more: bool


class LatestUtterances(View, frozen=True):
    """The latest page of each room, by the room's id, with every event up to ``cursor`` in it."""

    cursor: int
    rooms: dict[str, UtterancePage]


class AlarmPage(View, frozen=True):
    """Alarms, the latest first; ``more`` before the last."""

    alarms: list[Alarm]
    more: bool


class AlarmsWaiting(View, frozen=True):
    """Alarms of several cases that nobody has acknowledged, the latest first."""

    alarms: list[AlarmIn]


class CloseRequest(View, frozen=True):
    """Why a session is closed."""

    reason: str = ""


class RelayServer(View, frozen=True):
    """A STUN or TURN server as ``RTCPeerConnection`` takes it."""

    urls: str
    username: str = ""
    credential: str = ""


class Publication(View, frozen=True):
    """What a browser needs to publish the room's camera by WHIP."""

    whip_url: str
    token: str
    expires_us: int
    source: str
    session: str
    ice_servers: list[RelayServer]


class EntryPage(View, frozen=True):
    """Entries after an index; ``next`` continues, null at the end."""

    entries: list[EntrySummary]
    next: int | None


class CaseEntries(View, frozen=True):
    """Entries of a case's sessions, the newest first; ``more`` before the last."""

    entries: list[SessionEntry]
    more: bool


class InclusionProof(View, frozen=True):
    """RFC 6962 audit path, hashes in hex, from the leaf upwards."""

    size: int
    root: str
    path: list[str]


class EntryProof(View, frozen=True):
    """An entry as stored, and the proof that it stands in the log."""

    entry: str
    leaf_hash: str
    proof: InclusionProof


class TargetRequest(View, frozen=True):
    """What to verify: a session or a case."""

    session: str | None = None
    case: str | None = None


class ExportView(View, frozen=True):
    """A package that was made."""

    id: str
    created_us: int
    by_name: str
    reason: str
    sha256: str  # of its tag manifest, which covers every file
    size: int
    verdict: str
    disclosure: str  # empty: a full package


class DerivedView(View, frozen=True):
    """A redacted copy that was made."""

    id: str
    created_us: int
    by_name: str
    reason: str
    sha256: str
    size: int
    session: str
    source: str
    start_us: int
    end_us: int


class ExportRequest(View, frozen=True):
    """What to export, and why; ``sessions`` chooses some of a case, ``disclosed`` withholds."""

    reason: str
    session: str | None = None
    case: str | None = None
    sessions: tuple[str, ...] = ()
    disclosed: Disclosed | None = None


class Still(View, frozen=True):
    """A small picture; ``jpeg`` is base64."""

    t_us: int
    jpeg: bytes


class StillList(View, frozen=True):
    """In the order of their moments; where there is no picture, there is none here."""

    stills: list[Still]


class DeriveRequest(View, frozen=True):
    """A redacted copy of one source's stretch: a derived work."""

    session: str
    source: str
    reason: str
    plan: RedactionPlan


class ExportList(View, frozen=True):
    """Packages and redacted copies of a case, the newest first."""

    exports: list[ExportView]
    derived: list[DerivedView]


class CheckRequest(View, frozen=True):
    """Which received packages to check: one, or two to be laid side by side."""

    first: str
    second: str | None = None


class JobStarted(View, frozen=True):
    """The job's id."""

    job: str


class ModelView(View, frozen=True):
    """The speech model in use."""

    name: str
    demo: bool
    digest: str


class RecorderView(View, frozen=True):
    """How the recorder is."""

    reachable: bool
    disk_hours_left: float | None
    degraded: str
    space: str = "ok"
    disks_failed: int = 0


class MachineClockView(View, frozen=True):
    """How this machine's clock is kept; ``warn``: nobody keeps it, or it may be too far off."""

    known: bool
    warn: bool
    error_us: int = 0


class TranscriberView(View, frozen=True):
    """How the transcriber is."""

    reachable: bool
    behind_us: int | None


class InterviewView(View, frozen=True):
    """The agency's own rules of an interview: how long it may last (minutes; 0: no rule), the hours
    of a person, the nights, and whether the notice of rights is signed before it starts."""

    longest_minutes: float
    warn_minutes: float
    hour_limits: list[float]
    hour_warn_minutes: list[float]
    night_from_hour: float
    night_until_hour: float
    sign_notice: bool


class SystemView(View, frozen=True):
    """How the processes are."""

    model: ModelView | None
    recorder: RecorderView
    transcriber: TranscriberView
    version: str
    vouchers: list[VoucherState]  # witnesses and time stamping authorities
    interview: InterviewView
    clock: MachineClockView


class PartState(View, frozen=True):
    """Whether a part can be used."""

    ok: bool
    detail: str = ""


class Readiness(View, frozen=True):
    """Whether the centre can do its work."""

    ready: bool
    parts: dict[str, PartState]


class SourceToken(View, frozen=True):
    """A bearer token; shown this once."""

    source: str
    token: str
    whip_url: str
