"""How the parts of the centre are made and wired: a function for each group of them.

A group is wired out of groups made before it (context.py says what they are). Nothing is opened
and nothing runs here; ``opening`` does that.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
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
from command_centre.comparison.templates import read_templates
from command_centre.db.database import Database
from command_centre.desk.account_keys import AccountKeys
from command_centre.desk.account_secrets import AccountSecrets
from command_centre.desk.accounts import Accounts
from command_centre.desk.acts import Acts
from command_centre.desk.alarms import Alarms
from command_centre.desk.attendants import AttendantActs
from command_centre.desk.board import Board
from command_centre.desk.case_acts import CaseActs
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.changes import Changes
from command_centre.desk.context import (
    CentreContext,
    Exhibiting,
    Following,
    Ground,
    Installation,
    Interviewing,
    Papers,
    Places,
    Proving,
    SigningIn,
    Wording,
    Words,
)
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
from config.messages import RECORDER
from config.recorders import CENTRE_LOG, recorder_names
from config.settings import Settings
from evidence_store.own_witness import OwnWitness

if TYPE_CHECKING:
    from command_centre.instruments.mqtt_link import MqttLink


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
    ground = _ground(settings, bus, clock, database, log, web_dist)
    following = _following(ground)
    signing_in = _signing_in(ground, following, recorders)
    proving = _proving(ground, following, signing_in, child, witness)
    wording = _wording(ground)
    interviewing = _interviewing(ground, following, signing_in, wording)
    parts = (
        *(ground, following, signing_in, proving, wording, interviewing),
        _places(ground, following, interviewing, proving),
        _exhibiting(ground, following),
        _words(ground, following, proving),
        _papers(ground, following, signing_in, proving),
        _installation(ground, following, proving),
    )
    return CentreContext(**{name: part for one in parts for name, part in vars(one).items()})


def _ground(
    settings: Settings,
    bus: Bus,
    clock: Clock,
    database: Database,
    log: CaseLog,
    web_dist: Path,
) -> Ground:
    own_log = settings.store_path / CENTRE_LOG / "log"
    book = CaseBook(database, log, clock, own_log)
    return Ground(
        live_settings=LiveSettings(database, book, settings),
        bus=bus,
        clock=clock,
        store=settings.store_path,
        web_dist=web_dist,
        version=version("duizhi"),
        database=database,
        log=log,
        models=ModelDesk(settings),
        acts=Acts(database, own_log),
        book=book,
    )


def _following(ground: Ground) -> Following:
    bus, database, settings = ground.bus, ground.database, ground.settings
    hub = Hub(database, settings.centre.client_queue_messages)
    changes = Changes(database, hub)
    ground.log.listen(changes.note_act)
    foreign = partial(ground.log.note, "log.foreign")
    logs = recorder_names(settings.recorder.processes)
    board = Board(bus, database, hub, ground.clock)
    board.listen(changes.note_live)
    return Following(
        follower=Follower(bus, database, on_foreign_log=foreign, logs=logs),
        appender=Appender(bus),
        hub=hub,
        changes=changes,
        board=board,
    )


def _signing_in(ground: Ground, following: Following, recorders: Sequence[str]) -> SigningIn:
    database, book, log, clock = ground.database, ground.book, ground.log, ground.clock
    settings, secrets = ground.settings, AccountSecrets(ground.store)
    logins = Logins(database, log, clock, settings.centre, secrets)
    return SigningIn(
        logins=logins,
        outside_logins=OutsideLogins(database, log, clock, logins, settings.oidc),
        account_keys=AccountKeys(database, log, clock, logins, secrets, settings.site.unit_name),
        accounts=Accounts(database, book, log, clock, logins),
        members=Members(database, book, logins),
        watch=Watch(ground.bus, following.hub, following.follower, logins, clock, recorders),
    )


def _proving(
    ground: Ground,
    following: Following,
    signing_in: SigningIn,
    child: tuple[str, ...],
    witness: OwnWitness | None,
) -> Proving:
    bus, database, log, clock = ground.bus, ground.database, ground.log, ground.clock
    settings, watch = ground.settings, signing_in.watch
    vouchers = Vouchers(settings, bus, log, clock, witness, watch.tell_voucher, watch.records)
    following.follower.listen(vouchers.notice)
    return Proving(
        watching=Watching(bus, database, log, ground.acts, clock),
        notes=Notes(database, ground.book),
        strips=Strips(database, ground.store),
        jobs=Jobs(
            *(database, log, clock, ground.store, child, vouchers.settle),
            first_origin=settings.recorder.log_origin,
            face_model=settings.redaction.face_model,
            tell=following.hub.tell_job,
        ),
        received=Received(ground.store, clock, settings.store.minimum_free_bytes),
        vouchers=vouchers,
        retention=Retention(log, database, bus, clock, settings),
    )


def _wording(ground: Ground) -> Wording:
    database, book = ground.database, ground.book
    templates = read_templates(ground.settings.comparison.templates)
    wording = KeptWording(database, book)
    return Wording(
        templates=KeptTemplates(database, book, templates, wording),
        wording=wording,
        questions=Questions(database, book, templates, wording),
        notices=KeptNotices(database, book),
    )


def _interviewing(
    ground: Ground, following: Following, signing_in: SigningIn, wording: Wording
) -> Interviewing:
    bus, database, book, clock = ground.bus, ground.database, ground.book, ground.clock
    follower, board, settings = following.follower, following.board, ground.settings
    alarms = Alarms(bus, database, follower, clock)
    sessions = Sessions(bus, database, follower, clock)
    voice = VoiceDesk(bus, database, follower, board, clock)
    sessions.before_close(voice.before_close)
    return Interviewing(
        sessions=sessions,
        prompts=PromptDesk(
            *(bus, database, follower, clock, book, wording.questions, wording.wording),
            hints=settings.comparison.wording_hints,
        ),
        pauses=Pauses(bus, database, follower),
        markers=Markers(bus, database, follower),
        voice=voice,
        live=LiveRelay(bus, settings.centre.viewer_queue_fragments, voice.gate),
        hearing=HearingDesk(
            *(bus, database, book, ground.log, follower, signing_in.watch, clock, ground.models)
        ),
        room_acts=RoomActs(bus, database, follower, clock),
        room_checks=RoomChecks(bus, database, follower, clock),
        alarms=alarms,
        readings=ReadingWatch(database, follower, alarms, clock, settings.alarms),
        faults=FaultReports(bus, board, alarms),
        time_watch=TimeWatch(database, alarms, clock, settings.interview),
    )


def _places(
    ground: Ground, following: Following, interviewing: Interviewing, proving: Proving
) -> Places:
    bus, database, book, clock = ground.bus, ground.database, ground.book, ground.clock
    log, settings, sessions = ground.log, ground.settings, interviewing.sessions
    rooms = Rooms(database, book, following.board)
    minutes = settings.centre.join_minutes
    provisioning = Provisioning(database, book, following.board, clock, minutes)
    uploads = Uploads(database, log, clock, settings, ground.store)
    prefix = settings.mqtt.topic_prefix
    instruments = Instruments(bus, database, interviewing.readings, clock, prefix)
    return Places(
        case_acts=CaseActs(database, book),
        rooms=rooms,
        seats=SeatActs(bus, database, book, following.follower, clock, sessions),
        attendants=AttendantActs(bus, database, book, following.follower, clock, sessions),
        people=PeopleActs(database, book),
        set_up=SetUp(
            *(database, book, clock, ground.live_settings, rooms),
            *(provisioning, sessions, proving.jobs, proving.vouchers.settle),
        ),
        provisioning=provisioning,
        pulls=Pulls(bus, database, following.follower),
        uploads=uploads,
        examiner=Examiner(bus, database, uploads, log, clock, settings),
        instruments=instruments,
        mqtt=_broker(settings, instruments, clock),
        ice_servers=IceServers(settings.whip),
    )


def _broker(settings: Settings, instruments: Instruments, clock: Clock) -> MqttLink | None:
    """The link to the broker of the settings; its library is loaded where there is one."""
    if not settings.mqtt.host:
        return None
    from command_centre.instruments.mqtt_link import MqttLink

    return MqttLink(settings.mqtt, instruments, clock)


def _exhibiting(ground: Ground, following: Following) -> Exhibiting:
    database, clock, store = ground.database, ground.clock, ground.store
    stages = ExhibitStages(database, following.board, following.appender, clock)
    stages.follow(following.follower)
    exhibits = Exhibits(database, ground.book, clock, store)
    return Exhibiting(
        exhibits=exhibits,
        exhibit_acts=ExhibitActs(ground.book, exhibits),
        stages=stages,
        showings=Showings(database, store),
        custody=Custody(database, ground.book, ground.log),
    )


def _words(ground: Ground, following: Following, proving: Proving) -> Words:
    bus, database, book, clock = ground.bus, ground.database, ground.book, ground.clock
    follower, settings = following.follower, ground.settings
    comparison = ComparisonDesk(database, book, follower, clock)
    suggestions = SuggestionDesk(database, book, clock, settings.local_model)
    comparison.listen(suggestions.changed)
    index = open_index(settings.search.url, database.path)
    return Words(
        corrections=Corrections(bus, database, follower, clock),
        second_pass=SecondPass(bus, database, follower, clock, settings, ground.models),
        search=Search(database, index, proving.watching),
        name_search=NameSearch(database, proving.watching),
        comparison=comparison,
        suggestions=suggestions,
        document_facts=DocumentFacts(database, book),
        device_logs=DeviceLogs(database, book),
    )


def _papers(
    ground: Ground, following: Following, signing_in: SigningIn, proving: Proving
) -> Papers:
    bus, database, clock, settings = ground.bus, ground.database, ground.clock, ground.settings
    follower, jobs = following.follower, proving.jobs
    contents = Contents(database, clock, settings)
    review = RecordReview(bus, database, follower, clock)
    records = Records(
        *(bus, database, follower, signing_in.logins, clock, settings, contents, review)
    )
    return Papers(
        records=records,
        record_review=review,
        record_drafts=RecordDrafts(
            *(bus, database, follower, clock, settings, contents, review),
            idle=lambda: not jobs.busy,
        ),
        record_forms=RecordForms(database, ground.log, ground.acts, ground.store),
        receipts=Receipts(bus, database, follower, clock, settings),
        notice_signing=NoticeSigning(
            *(bus, database, follower, clock, settings, records.signing),
        ),
    )


def _installation(ground: Ground, following: Following, proving: Proving) -> Installation:
    bus, database, log = ground.bus, ground.database, ground.log
    settings, changes, jobs = ground.settings, following.changes, proving.jobs
    return Installation(
        health=Health(ground.clock),
        storage=StorageDesk(database, settings, ground.clock),
        restarts=Restarts(bus, database, log, ground.live_settings, lambda: jobs.busy, changes),
        key_turns=KeyTurns(bus, database, log, settings, lambda: jobs.busy, changes),
        receipt_pace=Pace(per_s=0.5, burst=20),
        join_pace=Pace(per_s=0.5, burst=20),
        passkey_pace=Pace(per_s=1.0, burst=30),
        reading_pace=Pace(per_s=2.0, burst=10),
    )
