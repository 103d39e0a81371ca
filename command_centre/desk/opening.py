"""The centre as one thing: ``open_centre`` opens the parts in order and closes them in reverse.

Order: store and own log (so that every later act can be recorded), database with its migrations,
then what follows the recorder. The recorder need not be there; the centre opens without it and
catches up when it answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Executable, Row, Table, select, update

from command_centre.db import schema
from command_centre.db.database import Database, Writing
from command_centre.desk.centre_log import CentreLog
from command_centre.desk.context import WEB_DIST, CentreContext, database_path
from command_centre.desk.member_projection import ALL, OWN
from command_centre.desk.tasks import end_tasks
from command_centre.desk.wiring import build
from config.bus import Bus
from config.clock import Clock
from config.messages import RECORDER
from config.recorders import CENTRE_LOG, CENTRE_ORIGIN, log_origins
from config.settings import Settings
from evidence_store.host_keys import open_host_keys
from evidence_store.own_witness import OwnWitness
from evidence_store.places import use_mirrors
from evidence_store.rotation_order import carry_out
from evidence_store.store_format import ensure_format
from evidence_store.writer import StoreWriter

logger = logging.getLogger(__name__)

_RESTART_S = 1.0
_DRAIN_S = 2.0


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
    async with AsyncExitStack() as opened:
        writer = await asyncio.to_thread(
            open_log, store, settings.recorder.checkpoint_ms, mirrors, gm=settings.crypto.gm
        )
        opened.push_async_callback(asyncio.to_thread, writer.close)
        database = await asyncio.to_thread(Database, database_path(store))
        opened.push_async_callback(asyncio.to_thread, database.close)
        log = CentreLog(writer, clock)
        witness = await asyncio.to_thread(_own_witness, settings)
        opened.callback(witness.close)
        context = build(
            *(settings, bus, clock, database, log, web_dist),
            recorders=recorders,
            witness=witness,
        )
        await announce(context)
        async with running(context):
            yield context


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


async def announce(context: CentreContext) -> None:
    """Record cases and accounts that were created while no centre ran (seed, command line)."""
    await context.book.catch_up()
    await context.live_settings.load()
    await context.key_turns.finish_withdrawals()
    for table, kind in ((schema.case_file, "case.create"), (schema.account, "account.create")):
        for row in await context.database.read(partial(_unrecorded, table=table)):
            names = ("id", "number", "name", "cause", "account", "role", "certificate")
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
    following = (context.readings, context.time_watch, context.logins, context.storage)
    for part in (*following, context.models):
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
        "book": context.book.run,
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
        **({"mqtt": context.mqtt.run} if context.mqtt else {}),
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
