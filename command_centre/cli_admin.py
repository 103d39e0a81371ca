"""``duizhi user``, ``device`` and ``case``: administration on the machine itself.

Works beside a running centre: the database takes one writer at a time, and every act goes into the
centre's log, through the running centre or directly when none runs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import json
from collections.abc import Iterator

from command_centre.cli import EXIT_OK, CommandError, site_settings
from command_centre.db import administration
from command_centre.db.accounts import create_account, create_source_token
from command_centre.db.administration import set_password_of
from command_centre.db.database import Database
from command_centre.db.seed import seed_case
from command_centre.desk.cases import require_case
from command_centre.desk.member_projection import ALL, OWN, STEPS
from command_centre.desk.permissions import CASE_ROLES
from command_centre.errors import CentreError, Rejected
from command_centre.log_note import note_act
from config.clock import SystemClock
from config.settings import Settings
from config.words import Role
from evidence_store.errors import EvidenceError
from evidence_store.store_format import ensure_format


def add_user(options: argparse.Namespace) -> int:
    """Make an account."""
    settings = site_settings(options)
    password = _password(options)
    with opened_database(settings) as database:
        create_account(
            database,
            account=options.account,
            name=options.name,
            role=Role(options.role),
            password=password,
            now_us=SystemClock().now_us(),
            all_cases=options.all_cases,
            certificate=options.certificate,
        )
    cases = ALL if options.all_cases else OWN
    said = {"account": options.account, "role": options.role, "cases": cases}
    said["certificate"] = options.certificate
    index = note(settings, "account.create", said)
    with opened_database(settings) as database:
        administration.account_recorded(database, options.account, index)
    print(f"account {options.account} ({options.role}) is ready")
    if not options.all_cases and options.role != Role.ADMINISTRATOR:
        print("it works on no case yet; see: duizhi case member, duizhi user reach")
    return EXIT_OK


def set_reach(options: argparse.Namespace) -> int:
    """Let an account see every case, or only those it is a member of."""
    settings = site_settings(options)
    with opened_database(settings) as database:
        row = administration.require_account(database, options.account)
    _act(settings, "account.reach", {"id": row.id, "cases": options.cases})
    print(f"account {options.account} sees {options.cases} cases")
    return EXIT_OK


def set_member(options: argparse.Namespace) -> int:
    """Let an account work on a case with a role, or no longer."""
    settings = site_settings(options)
    with opened_database(settings) as database:
        row = administration.require_account(database, options.account)
        database.read_now(lambda connection: require_case(connection, options.case))
    body = {"case": options.case, "member": row.id, "name": row.name}
    if options.remove:
        _act(settings, "case.member_removed", body)
        print(f"{options.account} works on {options.case} no more")
        return EXIT_OK
    role = options.role or row.role
    if role not in CASE_ROLES[Role(row.role)]:
        may = ", ".join(sorted(CASE_ROLES[Role(row.role)])) or "none"
        raise CommandError(f"in a case, {options.account} may have the roles: {may}")
    _act(settings, "case.member", {**body, "role": role})
    print(f"{options.account} works on {options.case} as {role}")
    return EXIT_OK


def _act(settings: Settings, kind: str, body: dict[str, str]) -> None:
    """An entry of the centre's log, and what it means for the database."""
    index, t_us = note(settings, kind, body), SystemClock().now_us()
    with opened_database(settings) as database:
        database.write_now(lambda writing: STEPS[kind](writing, index, t_us, body))


def list_users(options: argparse.Namespace) -> int:
    """All accounts."""
    with opened_database(site_settings(options)) as database:
        rows = database.read_now(administration.accounts)
    table(["account", "name", "role"], rows, "no accounts yet; make one with: duizhi user add")
    return EXIT_OK


def set_password(options: argparse.Namespace) -> int:
    """Set a new password; the account's logins end."""
    settings = site_settings(options)
    password = _password(options)
    with opened_database(settings) as database:
        set_password_of(database, options.account, password=password, now_us=SystemClock().now_us())
    note(settings, "account.password", {"account": options.account})
    print(f"account {options.account} has a new password; its logins have ended")
    return EXIT_OK


def list_devices(options: argparse.Namespace) -> int:
    """All sources."""
    with opened_database(site_settings(options)) as database:
        rows = database.read_now(administration.sources)
    table(["source", "name", "kind", "room", "case", "pulled from"], rows, "no sources yet")
    return EXIT_OK


def make_token(options: argparse.Namespace) -> int:
    """Make a new token for a source. It is shown once; only its digest is kept."""
    settings = site_settings(options)
    with opened_database(settings) as database:
        token = create_source_token(database, options.source, now_us=SystemClock().now_us())
    note(settings, "source.token", {"source": options.source})
    centre = settings.centre
    print(f"address  https://{settings.site.host_name}:{centre.https_port}/whip/{options.source}")
    print(f"token    {token}")
    return EXIT_OK


def load_case(options: argparse.Namespace) -> int:
    """Make a case from a case file."""
    settings = site_settings(options)
    try:
        story = json.loads(options.file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"cannot read {options.file}: {error.strerror}") from error
    except ValueError as error:
        raise CommandError(f"{options.file} is not a JSON file: {error}") from error
    if not isinstance(story, dict):
        raise CommandError(f"{options.file} is not a case file: expected a JSON object")
    with opened_database(settings) as database:
        case = seed_case(database, story)
    index = note(settings, "case.create", {"case": case})
    with opened_database(settings) as database:
        administration.case_recorded(database, case, index)
    print(f"case {case} is ready; say who works on it with: duizhi case member")
    return EXIT_OK


def _password(options: argparse.Namespace) -> str:
    if options.password_file is not None:
        try:
            text: str = options.password_file.read_text(encoding="utf-8")
        except OSError as error:
            raise CommandError(f"cannot read {options.password_file}: {error.strerror}") from error
        return text.rstrip("\n")
    password = getpass.getpass("password: ")
    if getpass.getpass("again: ") != password:
        raise CommandError("the two passwords differ; nothing was changed")
    return password


@contextlib.contextmanager
def opened_database(settings: Settings) -> Iterator[Database]:
    try:
        ensure_format(settings.store_path)
        folder = settings.store_path / "centre"
        folder.mkdir(parents=True, exist_ok=True)
        with Database(folder / "centre.sqlite") as database:
            yield database
    except Rejected as error:
        raise CommandError(error.detail) from error
    except (CentreError, EvidenceError) as error:
        raise CommandError(str(error)) from error


def note(settings: Settings, kind: str, body: dict[str, str]) -> int:
    by = f"command line, {getpass.getuser()}"
    try:
        return asyncio.run(note_act(settings, kind, {**body, "by": by}))
    except EvidenceError as error:
        raise CommandError(f"done, but it could not be written to the log: {error}") from error


def table(heads: list[str], rows: list[tuple[str, ...]], empty: str) -> None:
    if not rows:
        print(empty)
        return
    widths = [max(len(str(row[i])) for row in [tuple(heads), *rows]) for i in range(len(heads))]
    for row in [tuple(heads), *rows]:
        print("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)))
