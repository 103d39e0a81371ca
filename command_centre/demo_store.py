"""The demo's store: directory, settings file, case, accounts, tokens.

A store the demo made carries ``demo.json`` (0600) with the passwords, so that a later run can use
it again, and so that the default store can be told from a real one: only a directory
with that file is ever removed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from command_centre.db.accounts import add_member, create_account, create_source_token
from command_centre.db.database import Database, Writing
from command_centre.db.seed import seed_case
from command_centre.demo_outside import outside_settings
from command_centre.desk.permissions import CASE_ROLES
from config.clock import SystemClock
from config.demo import STORY
from config.recorders import log_origins
from config.settings import Settings, load, to_toml
from config.words import Role
from evidence_store.host_keys import open_host_keys
from evidence_store.key_ceremony import certify_log, make_root
from evidence_store.unit_key import install_unit_key, make_unit_key

DEFAULT_STORE = Path("demo-store")
_MARK = "demo.json"
#: Sources that publish media, and the clip each plays.
CLIPS = {
    "room1-camera": "room1",
    "room2-camera": "room2",
    "bodycam-02": "bodycam",
    "drone-01": "drone",
}
DETECTOR = "gas-03"


class DemoError(Exception):
    """The demo cannot run; the message says what to change."""


@dataclass(frozen=True)
class DemoAccount:
    """One person who may log in. ``shown`` accounts are printed."""

    account: str
    name: str
    role: Role
    password: str
    rooms: tuple[str, ...] = ()
    shown: bool = True


@dataclass(frozen=True)
class DemoStore:
    """Everything the demo needs to know of its store."""

    directory: Path
    config_file: Path
    settings: Settings
    case: str
    accounts: dict[str, DemoAccount]
    sources: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the centre."""
        return f"http://localhost:{self.settings.centre.http_port}"

    @property
    def database_file(self) -> Path:
        """The centre's database."""
        return self.directory / "centre" / "centre.sqlite"

    def token_file(self, source: str) -> Path:
        """Where a source's token is kept for its publisher (0600)."""
        return self.directory / "tokens" / source


def read_story() -> dict[str, Any]:
    """The demo's case file."""
    story: dict[str, Any] = json.loads(STORY.read_text(encoding="utf-8"))
    return story


def prepare_store(
    directory: Path | None, port: int | None, *, any_port: bool, recorders: int = 1
) -> DemoStore:
    """Make the store, or open the one that is named and was made by an earlier run.

    Raises:
        DemoError: the directory holds something that is not a demo's store.
    """
    path = (directory or DEFAULT_STORE).resolve()
    if directory is None and path.exists():
        _remove_earlier(path)
    if path.exists() and any(path.iterdir()):
        if not (path / _MARK).exists():
            raise DemoError(f"{path} was not made by the demo; name another directory with --store")
        return _opened(path, port, any_port=any_port, recorders=recorders)
    return _made(path, port, any_port=any_port, recorders=recorders)


def _remove_earlier(path: Path) -> None:
    if not (path / _MARK).exists():
        raise DemoError(f"{path} was not made by the demo; move it away or use --store")
    shutil.rmtree(path)


def _made(path: Path, port: int | None, *, any_port: bool, recorders: int) -> DemoStore:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    config_file = _write_settings(path, port, any_port=any_port, recorders=recorders)
    _make_unit_key(path)
    _make_root(path, load(config_file), recorders)
    accounts = _accounts()
    database = Database(path / "centre" / "centre.sqlite")
    try:
        case = seed_case(database, read_story())
        now_us = SystemClock().now_us()
        certificates = {one["id"]: one["cert"] for one in read_story()["officers"]}
        for one in accounts:
            account_id = create_account(
                database,
                account=one.account,
                name=one.name,
                role=one.role,
                password=one.password,
                rooms=one.rooms,
                now_us=now_us,
                all_cases=one.role is not Role.INTERVIEWER,
                certificate=certificates.get(one.name, ""),
            )
            if one.role in CASE_ROLES[one.role]:
                database.write_now(
                    partial(_work_on, case=case, account_id=account_id, role=one.role, at_us=now_us)
                )
        tokens = {source: create_source_token(database, source, now_us=now_us) for source in CLIPS}
    finally:
        database.close()
    (path / "tokens").mkdir(mode=0o700)
    for source, token in tokens.items():
        _write_private(path / "tokens" / source, token)
    mark = {"case": case, "accounts": [asdict(one) for one in accounts], "sources": [*tokens]}
    _write_private(path / _MARK, json.dumps(mark, ensure_ascii=False))
    return _store(path, config_file, mark)


def _work_on(writing: Writing, *, case: str, account_id: str, role: Role, at_us: int) -> None:
    add_member(writing, case=case, account_id=account_id, role=role, now_us=at_us)


def _make_unit_key(path: Path) -> None:
    """Recordings of the demo are encrypted, for two custodians whose shares lie beside the store's
    other secrets of the demo; of a real unit they would not lie here."""
    public, shares = make_unit_key(custodians=2, need=2)
    install_unit_key(path, "demo-unit", public)
    (path / "shares").mkdir(mode=0o700)
    for one in shares:
        _write_private(path / "shares" / f"custodian-{one.share.number}.txt", one.text())


def _make_root(path: Path, settings: Settings, recorders: int) -> None:
    """The demo's logs are certified by a root; of a real unit it would lie in a safe."""
    (path / "root").mkdir(mode=0o700)
    phrase = secrets.token_urlsafe(16)
    _write_private(path / "root" / "passphrase", phrase)
    root = make_root(path / "root" / "root.pem", "demo.example/root", phrase.encode())
    for name, origin in log_origins(settings.recorder.log_origin, recorders).items():
        open_host_keys(path, name)
        certify_log(root, path / "keys", name, origin)


def _opened(path: Path, port: int | None, *, any_port: bool, recorders: int) -> DemoStore:
    mark = json.loads((path / _MARK).read_text(encoding="utf-8"))
    config_file = _write_settings(path, port, any_port=any_port, recorders=recorders)
    return _store(path, config_file, mark)


def _store(path: Path, config_file: Path, mark: dict[str, Any]) -> DemoStore:
    accounts = [
        DemoAccount(**{**one, "role": Role(one["role"]), "rooms": tuple(one["rooms"])})
        for one in mark["accounts"]
    ]
    return DemoStore(
        directory=path,
        config_file=config_file,
        settings=load(config_file),
        case=mark["case"],
        accounts={one.account: one for one in accounts},
        sources=tuple(mark["sources"]),
    )


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _accounts() -> list[DemoAccount]:
    """The story's people; ``demo`` is the demo program itself, which only reads."""
    return [
        DemoAccount("lin", "林某某", Role.MANAGER, _password()),
        DemoAccount("wu", "吴某某", Role.INTERVIEWER, _password(), ("room1",)),
        DemoAccount("sun", "孙某某", Role.INTERVIEWER, _password(), ("room2",)),
        DemoAccount("shen", "沈某某", Role.AUDITOR, _password()),
        DemoAccount("admin", "管理员", Role.ADMINISTRATOR, _password()),
        DemoAccount("demo", "演示程序", Role.AUDITOR, _password(), shown=False),
    ]


def _password() -> str:
    """Eight letters and four digits that can be read from one screen and typed at another."""
    syllables = [secrets.choice("bdfgklmnprstvz") + secrets.choice("aeiou") for _ in range(4)]
    digits = secrets.randbelow(9000) + 1000
    return f"{''.join(syllables[:2])}-{''.join(syllables[2:])}-{digits}"


def _write_settings(path: Path, port: int | None, *, any_port: bool, recorders: int) -> Path:
    """The site file of this run: the store, and what is not the default."""
    site: dict[str, dict[str, Any]] = {
        "store": {"directory": str(path)},
        # a demonstration is held at any hour, and is no questioning at night
        "interview": {"night_from_hour": 0.0, "night_until_hour": 0.0},
    }
    if recorders != 1:
        site["recorder"] = {"processes": recorders}
    if port is None and any_port:
        https_port, http_port = free_ports()
        site["centre"] = {"https_port": https_port, "http_port": http_port, "bind": "127.0.0.1"}
    elif port is not None:
        site["centre"] = {"https_port": port, "http_port": port + 1}
    site |= outside_settings(path, recorders)
    config_file = path / "duizhi.toml"
    config_file.write_text(to_toml(site), encoding="utf-8")
    return config_file


def free_ports() -> tuple[int, int]:
    """Two ports nobody listens on right now."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def require_free_ports(settings: Settings) -> None:
    """Raise ``DemoError`` when another program listens where the centre is going to."""
    centre = settings.centre
    for host, port in ((centre.bind, centre.https_port), (centre.http_bind, centre.http_port)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise DemoError(
                    f"port {port} is taken by another program; "
                    "name a free one (and the next) with --port"
                ) from error
