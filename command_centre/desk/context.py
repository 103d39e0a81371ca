"""What the centre is made of: one list of its parts, and ``build``, which makes them.

Nothing is opened and nothing runs here; ``opening`` does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from command_centre.comparison.book import CaseBook
from command_centre.comparison.desk import ComparisonDesk
from command_centre.comparison.kept_templates import KeptTemplates
from command_centre.comparison.kept_wording import KeptWording
from command_centre.comparison.local_model.desk import SuggestionDesk
from command_centre.comparison.questions import Questions
from command_centre.comparison.templates import read_templates
from command_centre.db.database import Database
from command_centre.desk.account_keys import AccountKeys
from command_centre.desk.account_secrets import AccountSecrets
from command_centre.desk.accounts import Accounts
from command_centre.desk.acts import Acts
from command_centre.desk.alarms import Alarms
from command_centre.desk.board import Board
from command_centre.desk.case_acts import CaseActs
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.changes import Changes
from command_centre.desk.corrections import Corrections
from command_centre.desk.custody import Custody
from command_centre.desk.device_reports import Pace
from command_centre.desk.exhibit_showings import Showings
from command_centre.desk.exhibit_stage import ExhibitStages
from command_centre.desk.exhibits import Exhibits
from command_centre.desk.fault_reports import FaultReports
from command_centre.desk.follower import Follower
from command_centre.desk.health import Health
from command_centre.desk.hearing import HearingDesk
from command_centre.desk.hub import Hub
from command_centre.desk.ice_servers import IceServers
from command_centre.desk.jobs import CHILD, Jobs
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
from command_centre.desk.record_contents import Contents
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
from command_centre.desk.search import Search, open_index
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
from command_centre.instruments.mqtt_link import MqttLink
from command_centre.instruments.recording import Instruments
from config.bus import Bus
from config.clock import Clock
from config.messages import RECORDER
from config.recorders import CENTRE_LOG, recorder_names
from config.settings import Settings
from evidence_store.own_witness import OwnWitness

WEB_DIST = Path(__file__).parents[2] / "web" / "dist"


@dataclass(frozen=True)
class CentreContext:
    """Everything the routes need, by subject. Made by ``build``; immutable, its parts are not."""

    # the ground: settings, clock, files, the database and the centre's own log
    live_settings: LiveSettings
    bus: Bus
    clock: Clock
    store: Path
    web_dist: Path
    version: str
    database: Database
    log: CaseLog
    acts: Acts
    # what happens in the recorder's log, to the desks
    follower: Follower
    appender: Appender
    hub: Hub
    changes: Changes
    board: Board
    live: LiveRelay
    watch: Watch
    # who may sign in, and to which cases
    logins: Logins
    outside_logins: OutsideLogins
    account_keys: AccountKeys
    accounts: Accounts
    members: Members
    # cases, rooms and the devices in them
    book: CaseBook
    case_acts: CaseActs
    rooms: Rooms
    seats: SeatActs
    people: PeopleActs
    set_up: SetUp
    provisioning: Provisioning
    pulls: Pulls
    uploads: Uploads
    examiner: Examiner
    instruments: Instruments
    mqtt: MqttLink
    ice_servers: IceServers
    # a session while it runs
    sessions: Sessions
    prompts: PromptDesk
    questions: Questions
    notices: KeptNotices
    pauses: Pauses
    markers: Markers
    voice: VoiceDesk
    hearing: HearingDesk
    room_acts: RoomActs
    notice_signing: NoticeSigning
    room_checks: RoomChecks
    alarms: Alarms
    readings: ReadingWatch
    faults: FaultReports
    time_watch: TimeWatch
    # exhibits
    exhibits: Exhibits
    stages: ExhibitStages
    showings: Showings
    custody: Custody
    # what was said: put right, searched, compared
    corrections: Corrections
    second_pass: SecondPass
    search: Search
    comparison: ComparisonDesk
    suggestions: SuggestionDesk
    templates: KeptTemplates
    wording: KeptWording
    # records of questioning, and the receipt of a sealed session
    records: Records
    record_review: RecordReview
    record_drafts: RecordDrafts
    record_forms: RecordForms
    receipts: Receipts
    # looking back, proving, keeping and ending
    watching: Watching
    notes: Notes
    strips: Strips
    jobs: Jobs
    received: Received
    vouchers: Vouchers
    retention: Retention
    # the installation itself
    health: Health
    storage: StorageDesk
    models: ModelDesk
    restarts: Restarts
    key_turns: KeyTurns
    # how often something may be asked
    receipt_pace: Pace  # by address
    join_pace: Pace  # by address
    passkey_pace: Pace  # by address
    reading_pace: Pace  # by source

    @property
    def settings(self) -> Settings:
        """As they hold now; what was changed while running included."""
        return self.live_settings.now


def database_path(store: Path) -> Path:
    """Where the centre's database lies in a store."""
    return store / CENTRE_LOG / "centre.sqlite"


def build(
    settings: Settings,
    bus: Bus,
    clock: Clock,
    database: Database,
    log: CaseLog,
    web_dist: Path,
    child: tuple[str, ...] = CHILD,
    recorders: Sequence[str] = (RECORDER,),
    witness: OwnWitness | None = None,
) -> CentreContext:
    """Wire the parts; nothing runs yet. ``recorders`` are the services asked how they are."""
    own_log = settings.store_path / CENTRE_LOG / "log"
    book, acts = CaseBook(database, log, clock, own_log), Acts(database, own_log)
    hub = Hub(database, settings.centre.client_queue_messages)
    changes = Changes(database, hub)
    log.listen(changes.note_act)
    foreign = partial(log.note, "log.foreign")
    logs = recorder_names(settings.recorder.processes)
    follower = Follower(bus, database, on_foreign_log=foreign, logs=logs)
    appender = Appender(bus)
    board = Board(bus, database, hub, clock)
    board.listen(changes.note_live)
    secrets = AccountSecrets(settings.store_path)
    logins = Logins(database, log, clock, settings.centre, secrets)
    uploads = Uploads(database, log, clock, settings, settings.store_path)
    alarms = Alarms(bus, database, follower, clock)
    readings = ReadingWatch(database, follower, alarms, clock, settings.alarms)
    instruments = Instruments(bus, database, readings, clock, settings.mqtt.topic_prefix)
    watch = Watch(bus, hub, follower, logins, clock, recorders)
    vouchers = Vouchers(settings, bus, log, clock, witness, watch.tell_voucher, watch.records)
    follower.listen(vouchers.notice)
    watching = Watching(bus, database, log, acts, clock)
    jobs = Jobs(
        *(database, log, clock, settings.store_path, child, vouchers.settle),
        first_origin=settings.recorder.log_origin,
        face_model=settings.redaction.face_model,
        tell=hub.tell_job,
    )
    comparison = ComparisonDesk(database, book, follower, clock)
    suggestions = SuggestionDesk(database, book, clock, settings.local_model)
    comparison.listen(suggestions.changed)
    templates = read_templates(settings.comparison.templates)
    wording = KeptWording(database, book)
    questions = Questions(database, book, templates, wording)
    stages = ExhibitStages(database, board, appender, clock)
    stages.follow(follower)
    rooms, sessions = Rooms(database, book, board), Sessions(bus, database, follower, clock)
    voice = VoiceDesk(bus, database, follower, board, clock)
    sessions.before_close(voice.before_close)
    provisioning = Provisioning(database, book, board, clock, settings.centre.join_minutes)
    contents = Contents(database, clock, settings)
    review = RecordReview(bus, database, follower, clock)
    live_settings = LiveSettings(database, book, settings)
    records = Records(bus, database, follower, logins, clock, settings, contents, review)
    return CentreContext(
        # the ground: settings, clock, files, the database and the centre's own log
        live_settings=live_settings,
        bus=bus,
        clock=clock,
        store=settings.store_path,
        web_dist=web_dist,
        version=version("duizhi"),
        database=database,
        log=log,
        acts=acts,
        # what happens in the recorder's log, to the desks
        follower=follower,
        appender=appender,
        hub=hub,
        changes=changes,
        board=board,
        live=LiveRelay(bus, settings.centre.viewer_queue_fragments, voice.gate),
        watch=watch,
        # who may sign in, and to which cases
        logins=logins,
        outside_logins=OutsideLogins(database, log, clock, logins, settings.oidc),
        account_keys=AccountKeys(database, log, clock, logins, secrets, settings.site.unit_name),
        accounts=Accounts(database, book, log, clock, logins),
        members=Members(database, book, logins),
        # cases, rooms and the devices in them
        book=book,
        case_acts=CaseActs(database, book),
        rooms=rooms,
        people=PeopleActs(database, book),
        seats=SeatActs(bus, database, book, follower, clock, sessions),
        set_up=SetUp(
            *(database, book, clock, live_settings, rooms),
            *(provisioning, sessions, jobs, vouchers.settle),
        ),
        provisioning=provisioning,
        pulls=Pulls(bus, database, follower),
        uploads=uploads,
        examiner=Examiner(bus, database, uploads, log, clock, settings),
        instruments=instruments,
        mqtt=MqttLink(settings.mqtt, instruments, clock),
        ice_servers=IceServers(settings.whip),
        # a session while it runs
        sessions=sessions,
        prompts=PromptDesk(
            *(bus, database, follower, clock, book, questions, wording),
            hints=settings.comparison.wording_hints,
        ),
        questions=questions,
        notices=KeptNotices(database, book),
        pauses=Pauses(bus, database, follower),
        markers=Markers(bus, database, follower),
        voice=voice,
        hearing=HearingDesk(bus, database, book, log, follower, watch, clock),
        room_acts=RoomActs(bus, database, follower, clock),
        notice_signing=NoticeSigning(
            *(bus, database, follower, clock, settings, records.signing),
        ),
        room_checks=RoomChecks(bus, database, follower, clock),
        alarms=alarms,
        readings=readings,
        faults=FaultReports(bus, board, alarms),
        time_watch=TimeWatch(database, alarms, clock, settings.interview),
        # exhibits
        exhibits=Exhibits(database, book, clock, settings.store_path),
        stages=stages,
        showings=Showings(database, settings.store_path),
        custody=Custody(database, book, log),
        # what was said: put right, searched, compared
        corrections=Corrections(bus, database, follower, clock),
        second_pass=SecondPass(bus, database, follower, clock, settings),
        search=Search(
            *(database, open_index(settings.search.url, database.path), watching),
        ),
        comparison=comparison,
        suggestions=suggestions,
        wording=wording,
        templates=KeptTemplates(database, book, templates, wording),
        # records of questioning, and the receipt of a sealed session
        records=records,
        record_review=review,
        record_drafts=RecordDrafts(
            *(bus, database, follower, clock, settings, contents, review),
            idle=lambda: not jobs.busy,
        ),
        record_forms=RecordForms(database, log, acts, settings.store_path),
        receipts=Receipts(bus, database, follower, clock, settings),
        # looking back, proving, keeping and ending
        watching=watching,
        notes=Notes(database, book),
        strips=Strips(database, settings.store_path),
        jobs=jobs,
        received=Received(settings.store_path, clock, settings.store.minimum_free_bytes),
        vouchers=vouchers,
        retention=Retention(log, database, bus, clock, settings),
        # the installation itself
        health=Health(clock),
        storage=StorageDesk(database, settings, clock),
        models=ModelDesk(settings),
        restarts=Restarts(bus, database, log, live_settings, lambda: jobs.busy, changes),
        key_turns=KeyTurns(bus, database, log, settings, lambda: jobs.busy, changes),
        # how often something may be asked
        receipt_pace=Pace(per_s=0.5, burst=20),
        join_pace=Pace(per_s=0.5, burst=20),
        passkey_pace=Pace(per_s=1.0, burst=30),
        reading_pace=Pace(per_s=2.0, burst=10),
    )
