"""What the centre is made of: its parts, by subject.

They are made and wired in ``wiring``, opened and run in ``opening``; nothing happens here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from command_centre.comparison.book import CaseBook
from command_centre.comparison.desk import ComparisonDesk
from command_centre.comparison.device_logs import DeviceLogs
from command_centre.comparison.document_facts import DocumentFacts
from command_centre.comparison.kept_templates import KeptTemplates
from command_centre.comparison.kept_wording import KeptWording
from command_centre.comparison.local_model.desk import SuggestionDesk
from command_centre.comparison.questions import Questions
from command_centre.db.database import Database
from command_centre.desk.account_keys import AccountKeys
from command_centre.desk.accounts import Accounts
from command_centre.desk.acts import Acts
from command_centre.desk.alarms import Alarms
from command_centre.desk.attendants import AttendantActs
from command_centre.desk.board import Board
from command_centre.desk.case_acts import CaseActs
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.changes import Changes
from command_centre.desk.corrections import Corrections
from command_centre.desk.custody import Custody
from command_centre.desk.device_reports import Pace
from command_centre.desk.exhibit_acts import ExhibitActs
from command_centre.desk.exhibit_showings import Showings
from command_centre.desk.exhibit_stage import ExhibitStages
from command_centre.desk.exhibits import Exhibits
from command_centre.desk.fault_reports import FaultReports
from command_centre.desk.follower import Follower
from command_centre.desk.health import Health
from command_centre.desk.hearing import HearingDesk
from command_centre.desk.hub import Hub
from command_centre.desk.ice_servers import IceServers
from command_centre.desk.jobs import Jobs
from command_centre.desk.kept_notices import KeptNotices
from command_centre.desk.key_turns import KeyTurns
from command_centre.desk.late import Uploads
from command_centre.desk.late_examiner import Examiner
from command_centre.desk.live import LiveRelay
from command_centre.desk.live_settings import LiveSettings
from command_centre.desk.logins import Logins
from command_centre.desk.markers import Markers
from command_centre.desk.members import Members
from command_centre.desk.model_list import ModelDesk
from command_centre.desk.notes import Notes
from command_centre.desk.notice_signing import NoticeSigning
from command_centre.desk.oidc import OutsideLogins
from command_centre.desk.pauses import Pauses
from command_centre.desk.people_acts import PeopleActs
from command_centre.desk.prompt_desk import PromptDesk
from command_centre.desk.provisioning import Provisioning
from command_centre.desk.pulls import Pulls
from command_centre.desk.reading_watch import ReadingWatch
from command_centre.desk.receipts import Receipts
from command_centre.desk.received import Received
from command_centre.desk.record_drafts import RecordDrafts
from command_centre.desk.record_forms import RecordForms
from command_centre.desk.record_review import RecordReview
from command_centre.desk.recorder_port import Appender
from command_centre.desk.records import Records
from command_centre.desk.restarts import Restarts
from command_centre.desk.retention import Retention
from command_centre.desk.room_acts import RoomActs
from command_centre.desk.room_checks import RoomChecks
from command_centre.desk.rooms import Rooms
from command_centre.desk.search import Search
from command_centre.desk.search_names import NameSearch
from command_centre.desk.seats import SeatActs
from command_centre.desk.second_pass import SecondPass
from command_centre.desk.sessions import Sessions
from command_centre.desk.set_up import SetUp
from command_centre.desk.storage import StorageDesk
from command_centre.desk.strips import Strips
from command_centre.desk.time_watch import TimeWatch
from command_centre.desk.voice import VoiceDesk
from command_centre.desk.vouchers import Vouchers
from command_centre.desk.watch import Watch
from command_centre.desk.watching import Watching
from command_centre.instruments.recording import Instruments
from config.bus import Bus
from config.clock import Clock
from config.recorders import CENTRE_LOG
from config.settings import Settings

if TYPE_CHECKING:
    from command_centre.instruments.mqtt_link import MqttLink

WEB_DIST = Path(__file__).parents[2] / "web" / "dist"


@dataclass(frozen=True)
class Ground:
    """Settings, clock, files, the database, the centre's own log and what is kept by it."""

    live_settings: LiveSettings
    bus: Bus
    clock: Clock
    store: Path
    web_dist: Path
    version: str
    database: Database
    log: CaseLog
    models: ModelDesk
    acts: Acts
    book: CaseBook

    @property
    def settings(self) -> Settings:
        """As they hold now; what was changed while running included."""
        return self.live_settings.now


@dataclass(frozen=True)
class Following:
    """What happens in the recorder's log, to the desks."""

    follower: Follower
    appender: Appender
    hub: Hub
    changes: Changes
    board: Board


@dataclass(frozen=True)
class SigningIn:
    """Who may sign in, and to which cases; and what goes wrong, to whoever may see it."""

    logins: Logins
    outside_logins: OutsideLogins
    account_keys: AccountKeys
    accounts: Accounts
    members: Members
    watch: Watch


@dataclass(frozen=True)
class Proving:
    """Looking back, proving, keeping and ending."""

    watching: Watching
    notes: Notes
    strips: Strips
    jobs: Jobs
    received: Received
    vouchers: Vouchers
    retention: Retention


@dataclass(frozen=True)
class Wording:
    """What is asked: templates, questions, notices, and what is pointed out in wordings."""

    templates: KeptTemplates
    wording: KeptWording
    questions: Questions
    notices: KeptNotices


@dataclass(frozen=True)
class Interviewing:
    """A session while it runs."""

    sessions: Sessions
    prompts: PromptDesk
    pauses: Pauses
    markers: Markers
    voice: VoiceDesk
    live: LiveRelay
    hearing: HearingDesk
    room_acts: RoomActs
    room_checks: RoomChecks
    alarms: Alarms
    readings: ReadingWatch
    faults: FaultReports
    time_watch: TimeWatch


@dataclass(frozen=True)
class Places:
    """Cases, rooms and the devices in them."""

    case_acts: CaseActs
    rooms: Rooms
    seats: SeatActs
    attendants: AttendantActs
    people: PeopleActs
    set_up: SetUp
    provisioning: Provisioning
    pulls: Pulls
    uploads: Uploads
    examiner: Examiner
    instruments: Instruments
    mqtt: MqttLink | None  # None: no broker is set
    ice_servers: IceServers


@dataclass(frozen=True)
class Exhibiting:
    """Exhibits."""

    exhibits: Exhibits
    exhibit_acts: ExhibitActs
    stages: ExhibitStages
    showings: Showings
    custody: Custody


@dataclass(frozen=True)
class Words:
    """What was said: put right, searched, compared."""

    corrections: Corrections
    second_pass: SecondPass
    search: Search
    name_search: NameSearch
    comparison: ComparisonDesk
    suggestions: SuggestionDesk
    document_facts: DocumentFacts
    device_logs: DeviceLogs


@dataclass(frozen=True)
class Papers:
    """Records of questioning, the signed notice, and the receipt of a sealed session."""

    records: Records
    record_review: RecordReview
    record_drafts: RecordDrafts
    record_forms: RecordForms
    receipts: Receipts
    notice_signing: NoticeSigning


@dataclass(frozen=True)
class Installation:
    """The installation itself, and how often something may be asked of it."""

    health: Health
    storage: StorageDesk
    restarts: Restarts
    key_turns: KeyTurns
    receipt_pace: Pace  # by address
    join_pace: Pace  # by address
    passkey_pace: Pace  # by address
    reading_pace: Pace  # by source


@dataclass(frozen=True)
class CentreContext(
    Ground,
    Following,
    SigningIn,
    Proving,
    Wording,
    Interviewing,
    Places,
    Exhibiting,
    Words,
    Papers,
    Installation,
):
    """Everything the routes need. Made by ``build``; immutable, its parts are not."""


def database_path(store: Path) -> Path:
    """Where the centre's database lies in a store."""
    return store / CENTRE_LOG / "centre.sqlite"
