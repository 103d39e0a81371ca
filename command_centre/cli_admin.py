"""``duizhi user``, ``device``, ``case`` and ``model``: administration on the machine itself.

Works beside a running centre: the database takes one writer at a time, and every act goes into the
centre's log, through the running centre or directly when none runs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import json
import re
from collections.abc import Iterator
from pathlib import Path

from command_centre.cli import (
    DEFAULT_CONFIG,
    EXIT_OK,
    CommandError,
    site_config,
    site_settings,
)
from command_centre.db import administration
from command_centre.db.accounts import create_account, create_source_token
from command_centre.db.administration import set_password_of
from command_centre.db.database import Database
from command_centre.db.seed import seed_case
from command_centre.errors import CentreError, Rejected
from command_centre.log_note import note_act
from config.clock import SystemClock
from config.settings import Settings, load
from config.words import Role
from evidence_store.errors import EvidenceError
from evidence_store.store_format import ensure_format
from transcription.errors import ModelError
from transcription.model_directory import check_model as inspect_model
from transcription.model_directory import find_model, probe


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
        )
    index = note(settings, "account.create", {"account": options.account, "role": options.role})
    with opened_database(settings) as database:
        administration.account_recorded(database, options.account, index)
    print(f"account {options.account} ({options.role}) is ready")
    return EXIT_OK


def list_users(options: argparse.Namespace) -> int:
    """All accounts."""
    with opened_database(site_settings(options)) as database:
        rows = database.read_now(administration.accounts)
    _table(["account", "name", "role"], rows, "no accounts yet; make one with: duizhi user add")
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
    _table(["source", "name", "kind", "room", "case", "pulled from"], rows, "no sources yet")
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
    print(f"case {case} is ready")
    return EXIT_OK


def list_models(options: argparse.Namespace) -> int:
    """The shipped model and the one in use."""
    settings = site_settings(options)
    for setting in dict.fromkeys(("shipped", settings.transcription.model)):
        used = "*" if setting == settings.transcription.model else " "
        path = find_model(setting)
        try:
            model = inspect_model(path)
            print(f"{used} {setting}  {model.name}, {model.language}, {model.words} words")
        except ModelError as error:
            print(f"{used} {setting}  cannot be used: {error}")
    return EXIT_OK


def check_model(options: argparse.Namespace) -> int:
    """Can this directory be used? Looks at its files, then loads it in a process of its own."""
    path = options.path.expanduser().resolve()
    model = _usable_model(path)
    print(f"{path} can be used: {model}")
    return EXIT_OK


def use_model(options: argparse.Namespace) -> int:
    """Write the model into the site's settings file; in force from the next start on."""
    setting = options.path
    if setting != "shipped":
        setting = str(Path(setting).expanduser().resolve())
    _usable_model(find_model(setting))
    config_file = site_config(options) or DEFAULT_CONFIG
    text = config_file.read_text(encoding="utf-8") if config_file.exists() else ""
    config_file.write_text(with_model(text, setting), encoding="utf-8")
    load(config_file)  # the file still is what it should be
    print(f"{config_file}: model = {setting}; in force when Duizhi is started next")
    return EXIT_OK


def with_model(text: str, setting: str) -> str:
    """The settings file's text with the model set, everything else as it was."""
    line = f"model = {json.dumps(setting, ensure_ascii=False)}"
    head = re.search(r"^\[transcription\][^\n]*\n?", text, re.MULTILINE)
    if head is None:
        return (
            text
            + ("\n" if text and not text.endswith("\n") else "")
            + (f"\n[transcription]\n{line}\n" if text else f"[transcription]\n{line}\n")
        )
    following = re.search(r"^\[", text[head.end() :], re.MULTILINE)
    end = head.end() + following.start() if following else len(text)
    section = text[head.end() : end]
    changed, count = re.subn(r"^model\s*=.*$", lambda _: line, section, flags=re.MULTILINE)
    start = text[: head.end()]
    if not start.endswith("\n"):
        start += "\n"
    return start + (changed if count else f"{line}\n{section}") + text[end:]


def _usable_model(path: Path) -> str:
    try:
        model = inspect_model(path)
        probe(path)
    except ModelError as error:
        raise CommandError(str(error)) from error
    return f"{model.name}, {model.language}, {model.words} words"


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


def _table(heads: list[str], rows: list[tuple[str, ...]], empty: str) -> None:
    if not rows:
        print(empty)
        return
    widths = [max(len(str(row[i])) for row in [tuple(heads), *rows]) for i in range(len(heads))]
    for row in [tuple(heads), *rows]:
        print("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)))
