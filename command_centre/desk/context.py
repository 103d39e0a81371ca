"""The centre as one thing: ``open_centre`` opens the parts in order and closes them in reverse.

Order: store and own log (so that every later act can be recorded), database with its migrations,
then what follows the recorder. The recorder need not be there; the centre opens without it and
catches up when it answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Executable, Row, Table, select, update

from command_centre.comparison.book import CaseBook
from command_centre.comparison.desk import ComparisonDesk
from command_centre.comparison.local_model.desk import SuggestionDesk
from command_centre.comparison.questions import Questions
from command_centre.comparison.templates import Templates, read_templates
from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.account_keys import AccountKeys
from command_centre.desk.account_secrets import AccountSecrets
from command_centre.desk.accounts import Accounts
from command_centre.desk.acts import Acts
from command_centre.desk.alarms import Alarms
from command_centre.desk.board import Board
from command_centre.desk.case_acts import CaseActs
from command_centre.desk.centre_log import CaseLog, CentreLog
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
from command_centre.desk.key_turns import KeyTurns
from command_centre.desk.late import Uploads
from command_centre.desk.late_examiner import Examiner
from command_centre.desk.live import LiveRelay
from command_centre.desk.live_settings import LiveSettings
from command_centre.desk.logins import Logins
from command_centre.desk.markers import Markers
from command_centre.desk.member_projection import ALL, OWN
from command_centre.desk.members import Members
from command_centre.desk.model_list import ModelDesk
from command_centre.desk.notes import Notes
from command_centre.desk.oidc import OutsideLogins
from command_centre.desk.pauses import Pauses
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
from command_centre.desk.retention import Retention
from command_centre.desk.room_acts import RoomActs
from command_centre.desk.room_checks import RoomChecks
from command_centre.desk.rooms import Rooms
from command_centre.desk.search import Search, open_index
from command_centre.desk.second_pass import SecondPass
from command_centre.desk.sessions import Sessions
from command_centre.desk.set_up import SetUp
from command_centre.desk.storage import StorageDesk
from command_centre.desk.strips import Strips
from command_centre.desk.tasks import end_tasks
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
from config.recorders import CENTRE_LOG, CENTRE_ORIGIN, log_origins, recorder_names
from config.settings import Settings
from evidence_store.host_keys import open_host_keys
from evidence_store.own_witness import OwnWitness
from evidence_store.places import use_mirrors
from evidence_store.rotation_order import carry_out
from evidence_store.store_format import ensure_format
from evidence_store.writer import StoreWriter

logger = logging.getLogger(__name__)

WEB_DIST = Path(__file__).parents[2] / "web" / "dist"
_RESTART_S = 1.0
_DRAIN_S = 2.0


@dataclass(frozen=True)
class CentreContext:
    """Everything the routes need. Made by ``open_centre``; immutable, its parts are not."""

    live_settings: LiveSettings
    bus: Bus
    clock: Clock
    store: Path
    web_dist: Path
    database: Database
    log: CaseLog
    hub: Hub
    changes: Changes
    follower: Follower
    board: Board
    logins: Logins
    outside_logins: OutsideLogins
    sessions: Sessions
    prompts: PromptDesk
    alarms: Alarms
    readings: ReadingWatch
    pauses: Pauses
    voice: VoiceDesk
    records: Records
    record_review: RecordReview
    record_drafts: RecordDrafts
    record_forms: RecordForms
    acts: Acts
    case_acts: CaseActs
    notes: Notes
    markers: Markers
    strips: Strips
    watching: Watching
    room_acts: RoomActs
    exhibits: Exhibits
    stages: ExhibitStages
    showings: Showings
    custody: Custody
    corrections: Corrections
    second_pass: SecondPass
    faults: FaultReports
    book: CaseBook
    members: Members
    account_keys: AccountKeys
    comparison: ComparisonDesk
    suggestions: SuggestionDesk
    templates: Templates
    accounts: Accounts
    questions: Questions
    rooms: Rooms
    provisioning: Provisioning
    set_up: SetUp
    instruments: Instruments
    mqtt: MqttLink
    live: LiveRelay
    pulls: Pulls
    hearing: HearingDesk
    appender: Appender
    jobs: Jobs
    uploads: Uploads
    received: Received
    examiner: Examiner
    vouchers: Vouchers
    retention: Retention
    receipts: Receipts
    room_checks: RoomChecks
    time_watch: TimeWatch
    receipt_pace: Pace  # by address
    search: Search
    watch: Watch
    health: Health
    storage: StorageDesk
    models: ModelDesk
    key_turns: KeyTurns
    join_pace: Pace  # by address
    passkey_pace: Pace  # by address
    reading_pace: Pace  # by source
    ice_servers: IceServers
    version: str

    @property
    def settings(self) -> Settings:
        """As they hold now; what was changed while running included."""
        return self.live_settings.now

    async def announce(self) -> None:
        """Record accounts and cases that are not in the centre's log yet."""
        await announce(self)


@asynccontextmanager
async def open_centre(
    settings: Settings,
    bus: Bus,
    clock: Clock,
    *,
    web_dist: Path = WEB_DIST,
    recorders: Sequence[str] = (RECORDER,),
) -> AsyncIterator[CentreContext]:
    """The running centre.

    Raises:
        DatabaseError: the database cannot be used, or is of a newer version.
        EvidenceError: the store or the centre's log cannot be used.
        SettingsError: the STUN and TURN settings cannot be used.
        TemplateError: the templates of points cannot be used.
    """
    store = settings.store_path
    mirrors = settings.mirror_paths
    use_mirrors(store, mirrors)
    writer = await asyncio.to_thread(
        open_log, store, settings.recorder.checkpoint_ms, mirrors, gm=settings.crypto.gm
    )
    try:
        database = await asyncio.to_thread(Database, database_path(store))
        try:
            log = CentreLog(writer, clock)
            witness = await asyncio.to_thread(_own_witness, settings)
            try:
                context = build(
                    settings,
                    bus,
                    clock,
                    database,
                    log,
                    web_dist,
                    recorders=recorders,
                    witness=witness,
                )
                await announce(context)
                async with running(context):
                    yield context
            finally:
                witness.close()
        finally:
            await asyncio.to_thread(database.close)
    finally:
        await asyncio.to_thread(writer.close)


def database_path(store: Path) -> Path:
    """Where the centre's database lies in a store."""
    return store / CENTRE_LOG / "centre.sqlite"


def open_log(
    store: Path, checkpoint_ms: int, mirrors: Sequence[Path] = (), *, gm: bool = False
) -> StoreWriter:
    """The centre's own log, recovered and ready."""
    ensure_format(store)
    software = {"software": "duizhi", "version": version("duizhi"), "name": CENTRE_LOG}
    own = [mirror / CENTRE_LOG for mirror in mirrors]
    carry_out(store, CENTRE_LOG, CENTRE_ORIGIN, software, gm=gm, mirrors=own)
    return StoreWriter.open(
        store / CENTRE_LOG,
        origin=CENTRE_ORIGIN,
        signer=open_host_keys(store, CENTRE_LOG, gm=gm),
        software=software,
        queue_jobs=1000,
        checkpoint_ms=checkpoint_ms,
        mirrors=own,
    )


def _own_witness(settings: Settings) -> OwnWitness:
    recorder = settings.recorder
    origins = log_origins(recorder.log_origin, recorder.processes)
    return OwnWitness(settings.store_path, CENTRE_LOG, origins)


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
    book = CaseBook(database, log, clock, settings.store_path / CENTRE_LOG / "log")
    hub = Hub(database, settings.centre.client_queue_messages)
    changes = Changes(database, hub)
    log.listen(changes.note_act)
    logs = recorder_names(settings.recorder.processes)
    foreign = partial(log.note, "log.foreign")
    follower = Follower(bus, database, on_foreign_log=foreign, logs=logs)
    secrets = AccountSecrets(settings.store_path)
    logins = Logins(database, log, clock, settings.centre, secrets)
    uploads = Uploads(database, log, clock, settings, settings.store_path)
    alarms = Alarms(bus, database, follower, clock)
    board = Board(bus, database, hub, clock)
    board.listen(changes.note_live)
    readings = ReadingWatch(database, follower, alarms, clock, settings.alarms)
    watch = Watch(bus, hub, follower, logins, clock, recorders)
    vouchers = Vouchers(settings, bus, log, clock, witness, watch.tell_voucher, watch.records)
    follower.listen(vouchers.notice)
    acts = Acts(database, settings.store_path / CENTRE_LOG / "log")
    watching = Watching(bus, database, log, acts, clock)
    instruments = Instruments(bus, database, readings, clock, settings.mqtt.topic_prefix)
    jobs = Jobs(
        *(database, log, clock, settings.store_path, child, vouchers.settle),
        first_origin=settings.recorder.log_origin,
        face_model=settings.redaction.face_model,
    )
    contents = Contents(database, clock, settings)
    comparison = ComparisonDesk(database, book, follower, clock)
    suggestions = SuggestionDesk(database, book, clock, settings.local_model)
    comparison.listen(suggestions.changed)
    review = RecordReview(bus, database, follower, clock)
    templates = read_templates(settings.comparison.templates)
    questions = Questions(database, book, templates)
    appender = Appender(bus)
    stages = ExhibitStages(database, board, appender, clock)
    stages.follow(follower)
    rooms, sessions = Rooms(database, book, board), Sessions(bus, database, follower, clock)
    voice = VoiceDesk(bus, database, follower, board, clock)
    sessions.before_close(voice.before_close)
    provisioning = Provisioning(database, book, board, clock, settings.centre.join_minutes)
    return CentreContext(
        live_settings=LiveSettings(database, book, settings),
        bus=bus,
        clock=clock,
        store=settings.store_path,
        web_dist=web_dist,
        database=database,
        log=log,
        hub=hub,
        changes=changes,
        follower=follower,
        board=board,
        logins=logins,
        outside_logins=OutsideLogins(database, log, clock, logins, settings.oidc),
        sessions=sessions,
        prompts=PromptDesk(
            *(bus, database, follower, clock, book, questions),
            hints=settings.comparison.wording_hints,
        ),
        alarms=alarms,
        pauses=Pauses(bus, database, follower),
        voice=voice,
        acts=acts,
        case_acts=CaseActs(database, book),
        notes=Notes(database, book),
        markers=Markers(bus, database, follower),
        strips=Strips(database, settings.store_path),
        watching=watching,
        room_acts=RoomActs(bus, database, follower, clock),
        exhibits=Exhibits(database, log, clock, settings.store_path),
        stages=stages,
        showings=Showings(database, settings.store_path),
        custody=Custody(database, log, clock),
        corrections=Corrections(bus, database, follower, clock),
        second_pass=SecondPass(bus, database, follower, clock, settings),
        records=Records(bus, database, follower, logins, clock, settings, contents, review),
        record_review=review,
        record_drafts=RecordDrafts(
            *(bus, database, follower, clock, settings, contents, review),
            idle=lambda: not jobs.busy,
        ),
        record_forms=RecordForms(database, log, acts, settings.store_path),
        readings=readings,
        faults=FaultReports(bus, board, alarms),
        book=book,
        members=Members(database, book, logins),
        account_keys=AccountKeys(database, log, clock, logins, secrets, settings.site.unit_name),
        comparison=comparison,
        suggestions=suggestions,
        templates=templates,
        accounts=Accounts(database, book, log, clock, logins),
        questions=questions,
        rooms=rooms,
        provisioning=provisioning,
        set_up=SetUp(
            *(database, book, clock, settings, rooms),
            *(provisioning, sessions, jobs, vouchers.settle),
        ),
        instruments=instruments,
        mqtt=MqttLink(settings.mqtt, instruments, clock),
        live=LiveRelay(bus, settings.centre.viewer_queue_fragments, voice.gate),
        pulls=Pulls(bus, database, follower),
        hearing=HearingDesk(bus, database, log, follower, watch, clock),
        appender=appender,
        jobs=jobs,
        uploads=uploads,
        received=Received(settings.store_path, clock, settings.store.minimum_free_bytes),
        examiner=Examiner(bus, database, uploads, log, clock, settings),
        vouchers=vouchers,
        watch=watch,
        health=Health(clock),
        storage=StorageDesk(database, settings, clock),
        models=ModelDesk(settings),
        retention=Retention(log, database, bus, clock, settings),
        search=Search(
            *(database, open_index(settings.search.url, database.path), watching),
        ),
        time_watch=TimeWatch(database, alarms, clock, settings.interview),
        room_checks=RoomChecks(bus, database, follower, clock),
        receipts=Receipts(bus, database, follower, clock, settings),
        receipt_pace=Pace(per_s=0.5, burst=20),
        join_pace=Pace(per_s=0.5, burst=20),
        passkey_pace=Pace(per_s=1.0, burst=30),
        reading_pace=Pace(per_s=2.0, burst=10),
        ice_servers=IceServers(settings.whip),
        version=version("duizhi"),
        key_turns=KeyTurns(bus, database, log, settings, lambda: jobs.busy, changes),
    )


async def announce(context: CentreContext) -> None:
    """Record cases and accounts that were created while no centre ran (seed, command line)."""
    await context.book.catch_up()
    await context.live_settings.load()
    await context.key_turns.finish_withdrawals()
    for table, kind in ((schema.case_file, "case.create"), (schema.account, "account.create")):
        for row in await context.database.read(partial(_unrecorded, table=table)):
            names = ("id", "number", "name", "cause", "account", "role")
            body = {name: str(row._mapping[name]) for name in names if name in table.c}
            if table is schema.account:
                body["cases"] = ALL if row.all_cases else OWN
            index = await context.log.append(kind, body)
            statement = update(table).where(table.c.id == row.id).values(log_index=index)
            await context.database.write(partial(_execute, statement=statement))
    await context.book.announce()


def _unrecorded(connection: Connection, table: Table) -> Sequence[Row[Any]]:
    return connection.execute(select(table).where(table.c.log_index.is_(None))).all()


def _execute(writing: Writing, statement: Executable) -> None:
    writing.execute(statement)


def _use(context: CentreContext, settings: Settings) -> None:
    """Tell the parts that keep a copy of a setting that may change while running."""
    for part in (context.readings, context.time_watch, context.logins, context.storage):
        part.use(settings)
    context.prompts.hints = settings.comparison.wording_hints
    context.provisioning.join_minutes = settings.centre.join_minutes


@asynccontextmanager
async def running(context: CentreContext) -> AsyncIterator[None]:
    """Everything that follows the other processes, until the context ends."""
    context.database.listen(context.hub.dispatch)
    context.database.listen_to_changes(context.changes.note_all)
    context.health.attach(context)
    context.live_settings.listen(partial(_use, context))
    parts = {
        "follower": context.follower.run,
        "changes": context.changes.run,
        "board": context.board.run,
        "live": context.live.run,
        "prompts": context.prompts.run,
        "pulls": context.pulls.run,
        "hearing": context.hearing.run,
        "readings": context.readings.run,
        "time": context.time_watch.run,
        "comparison": context.comparison.run,
        "suggestions": context.suggestions.run,
        "faults": context.faults.run,
        **({"mqtt": context.mqtt.run} if context.settings.mqtt.host else {}),
        "stages": context.stages.run,
        "voice": context.voice.run,
        "appender": context.appender.run,
        "vouchers": context.vouchers.run,
        "health": context.health.run,
        "watch": context.watch.run,
        "uploads": context.uploads.run,
        "examiner": context.examiner.run,
        "retention": context.retention.run,
        "record drafts": context.record_drafts.run,
        "watching": context.watching.run,
        "search": context.search.run,
        "second pass": context.second_pass.run,
    }
    async with context.jobs.running():
        # Not a TaskGroup: it would wrap what the body raises, and these tasks never raise.
        tasks = [asyncio.create_task(_kept_running(name, run)) for name, run in parts.items()]
        try:
            yield
        finally:
            await end_tasks(tasks)
            await context.watching.sweep(everything=True)
            await asyncio.to_thread(context.search.close)
            await context.appender.drain(_DRAIN_S)


async def _kept_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Supervisor loop: a part that fails is started again after a pause."""
    while True:
        try:
            await run()
        except Exception:
            # supervisor loop: whatever went wrong, the other parts go on and this one starts over
            logger.exception("%s failed; starting it again", name)
        await asyncio.sleep(_RESTART_S)
