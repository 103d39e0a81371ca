"""``duizhi retention list | hold | lift | destroy``: beside a running centre or without one.

Whoever acts is a named person: the account's password is asked for. Destroying needs two of them,
each with a call of their own; the running service then carries it out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import getpass
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NoReturn

from command_centre.cli import EXIT_OK, CommandError, site_settings
from command_centre.cli_admin import opened_database
from command_centre.db.accounts import account_named, password_matches
from command_centre.db.database import Database
from command_centre.desk.case_of import case_of, unknown
from command_centre.desk.logins import read_caller
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.retention import Retention
from command_centre.desk.retention_views import SessionRetention
from command_centre.errors import Rejected
from command_centre.log_note import note_act
from config.bus import Handler
from config.clock import SystemClock
from config.settings import Settings
from evidence_store.errors import EvidenceError


def list_cases(options: argparse.Namespace) -> int:
    """Every session: encrypted or not, kept until when, held, proposed."""
    settings = site_settings(options)
    with opened_database(settings) as database, _told():
        asyncio.run(_print(settings, database, options.case))
    return EXIT_OK


def hold(options: argparse.Namespace) -> int:
    """Place a legal hold on a case or a session."""
    settings = site_settings(options)
    with opened_database(settings) as database, _told():
        caller = _caller(database, options, Action.RETAIN)
        retention = _retention(settings, database)
        _within(database, caller, Action.RETAIN, case=options.case, session=options.session)
        placed = asyncio.run(retention.place(caller, options.case, options.session, options.reason))
    print(f"hold {placed} is in force")
    return EXIT_OK


def lift(options: argparse.Namespace) -> int:
    """Lift a legal hold."""
    settings = site_settings(options)
    with opened_database(settings) as database, _told():
        caller = _caller(database, options, Action.RETAIN)
        retention = _retention(settings, database)
        found = asyncio.run(retention.case_of_hold(options.hold))
        _within(database, caller, Action.RETAIN, case=found)
        asyncio.run(retention.lift(caller, options.hold, options.reason))
    print(f"hold {options.hold} is lifted")
    return EXIT_OK


def destroy(options: argparse.Namespace) -> int:
    """Confirm, as one of two people, that a session's retention ends."""
    settings = site_settings(options)
    with opened_database(settings) as database, _told():
        caller = _caller(database, options, Action.END_RETENTION)
        _within(database, caller, Action.END_RETENTION, session=options.session)
        decided = asyncio.run(_retention(settings, database).agree(caller, options.session))
    if decided:
        print("confirmed by two people; the running service carries it out within a minute")
    else:
        print("confirmed; a second person must confirm it too")
    return EXIT_OK


async def _print(settings: Settings, database: Database, wanted: str | None) -> None:
    retention = _retention(settings, database)
    for case in await retention.cases():
        if wanted not in (None, case):
            continue
        view = await retention.of_case(case)
        print(f"{case}: {view.category}")
        for one in view.holds:
            print(f"  held: {one.id}, {one.by_name}: {one.reason}")
        for session in view.sessions:
            print(f"  {session.session}  {'; '.join(_words(session))}")


def _words(one: SessionRetention) -> Iterator[str]:
    if one.ended is not None:
        yield f"destroyed {_day(one.ended.t_us)} by {' and '.join(one.ended.names)}"
        return
    yield "encrypted" if one.encrypted else "not encrypted"
    if one.permanent:
        yield "kept for ever"
    elif one.until_us is not None:
        yield f"until {_day(one.until_us)}"
    else:
        yield "open"
    for found in one.holds:
        yield f"held: {found.id}, {found.by_name}: {found.reason}"
    if one.proposal is not None:
        yield f"proposed, confirmed by {len(one.proposal.confirmed)} of 2"


def _day(t_us: int) -> str:
    try:
        return datetime.datetime.fromtimestamp(t_us / 1e6).astimezone().strftime("%Y-%m-%d")
    except (ValueError, OverflowError, OSError):
        return "far in the future"


def _caller(database: Database, options: argparse.Namespace, action: Action) -> Caller:
    """The named person, by the account's password."""
    row = database.read_now(lambda connection: account_named(connection, options.account))
    if options.password_file is not None:
        try:
            password = options.password_file.read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            raise CommandError(f"cannot read {options.password_file}: {error.strerror}") from error
    else:
        password = getpass.getpass(f"password of {options.account}: ")
    if row is None or not password_matches(row.password_hash, password):
        raise CommandError("account or password is wrong")
    caller = database.read_now(lambda connection: read_caller(connection, row, "command line"))
    caller.require(action)
    return caller


def _within(
    database: Database,
    caller: Caller,
    action: Action,
    *,
    case: str | None = None,
    session: str | None = None,
) -> None:
    """Refuse what is about a case the named person has no part in."""
    for thing, name in (("case", case), ("session", session)):
        if name is None:
            continue
        found = database.read_now(partial(case_of, thing=thing, name=name))
        inside = caller.in_case(found) if found is not None else None
        if inside is None:
            raise unknown(thing)
        inside.require(action)


def _retention(settings: Settings, database: Database) -> Retention:
    return Retention(_CommandLog(settings), database, _NoBus(), SystemClock(), settings)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Refusals in words, with exit status 2."""
    try:
        yield
    except Rejected as error:
        raise CommandError(error.detail) from error
    except EvidenceError as error:
        raise CommandError(str(error)) from error


class _CommandLog:
    """The centre's log, through a running centre or directly."""

    lost = 0

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def listen(self, listener: Callable[[str, dict[str, Any]], None]) -> None:
        """Nobody listens to a command."""

    async def append(self, kind: str, body: dict[str, Any], *, t_us: int | None = None) -> int:
        """See CaseLog."""
        return await note_act(self._settings, kind, body)

    async def note(self, kind: str, body: dict[str, Any]) -> None:
        """See CaseLog."""
        await self.append(kind, body)


class _NoBus:
    """The command line carries nothing out itself."""

    def publish(self, topic: str, payload: bytes) -> None:
        """See Bus."""

    def subscribe(self, *prefixes: str) -> NoReturn:
        """See Bus."""
        raise Rejected("recorder_unreachable", "the command line follows nothing")

    @asynccontextmanager
    async def serve(self, service: str, handler: Handler) -> AsyncIterator[None]:
        """See Bus."""
        yield

    async def request(
        self, service: str, method: str, payload: bytes, *, timeout_s: float = 5.0
    ) -> NoReturn:
        """See Bus."""
        raise Rejected("recorder_unreachable", "the command line carries nothing out itself")
