"""A running centre for tests: fake recorder, fake clock, the demo case, four accounts."""

from __future__ import annotations

import contextlib
import functools
import itertools
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from command_centre.api.app import create_app
from command_centre.db.accounts import HASHER, add_account, add_login, add_source_token
from command_centre.db.database import Database
from command_centre.db.seed import seed_case
from command_centre.desk.context import CentreContext
from command_centre.desk.jobs import CHILD
from command_centre.desk.opening import announce
from command_centre.desk.opening import running as parts_running
from command_centre.desk.wiring import build
from config.settings import load
from config.words import Role
from tests.command_centre.fake_recorder import FakeRecorder
from tests.command_centre.memory_log import MemoryLog
from tests.command_centre.story import CASE, STORY
from tests.fakes.memory_bus import Exchange

PASSWORD = "correct horse battery"
#: Made once: hashing takes 50 ms.
_HASH = HASHER.hash(PASSWORD)
_BASE = "http://centre.test"


class TickingClock:
    """Moves a microsecond at every look, and by hand."""

    def __init__(self) -> None:
        self.us = 1_795_000_000_000_000
        self._ticks = itertools.count()

    def now_us(self) -> int:
        """See Clock."""
        return self.us + next(self._ticks)

    def mono_us(self) -> int:
        """See Clock."""
        return self.now_us()

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.us += int(seconds * 1_000_000)


@dataclass
class Centre:
    """What a test holds in its hands."""

    context: CentreContext
    recorder: FakeRecorder
    log: MemoryLog
    clock: TickingClock
    exchange: Exchange
    cookies: dict[str, str]  # role: cookie
    app: Any

    def client(self, role: str | None = None, **headers: str) -> httpx.AsyncClient:
        """An HTTP client in the application, logged in as a role."""
        cookies = {"duizhi_login": self.cookies[role]} if role else {}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url=_BASE,
            cookies=cookies,
            headers={"X-Duizhi": "1", **headers},
        )

    async def source_token(self, source: str) -> str:
        """A bearer token of a source."""
        now_us = self.clock.now_us()
        return await self.context.database.write(
            lambda writing: add_source_token(writing, source, now_us=now_us)
        )

    async def open_room(self, room: str) -> str:
        """Open a session in a room; returns its id."""
        return (await self.context.sessions.open(room, "test")).id

    async def settle(self) -> None:
        """Wait until the whole log is projected."""
        await self.context.follower.reached(len(self.recorder.entries) - 1)


@contextlib.asynccontextmanager
async def running_centre(
    directory: Path,
    *,
    settings: dict[str, dict[str, Any]] | None = None,
    child: tuple[str, ...] = CHILD,
    recorder_up: bool = True,
    keep: bool = False,
    web_dist: Path | None = None,
) -> AsyncIterator[Centre]:
    """A centre with everything running except the web server."""
    clock = TickingClock()
    day = {"night_from_hour": 0.0, "night_until_hour": 0.0}  # tests run at any hour
    given = settings or {}
    overrides = {
        "store": {"directory": str(directory / "store")},
        **given,
        "interview": day | given.get("interview", {}),
    }
    exchange = Exchange()
    recorder = FakeRecorder(exchange.bus())
    log = MemoryLog()
    path = directory / "store" / "centre" / "centre.sqlite"
    cookies = seeded_database(path, keep=keep)
    with Database(path) as database:
        context = build(
            load(overrides=overrides),
            exchange.bus(),
            clock,
            database,
            log,
            web_dist or directory / "dist",
            child,
        )
        async with contextlib.AsyncExitStack() as stack:
            if recorder_up:
                await stack.enter_async_context(recorder.serving())
            await announce(context)
            await stack.enter_async_context(parts_running(context))
            centre = Centre(context, recorder, log, clock, exchange, cookies, create_app(context))
            if recorder_up:
                await centre.settle()
            yield centre


def seeded_database(path: Path, *, keep: bool = False) -> dict[str, str]:
    """Put the seeded database at a path (unless one is kept); returns a cookie for each role."""
    seeded, cookies = _seeded()
    if not keep:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(seeded)
    return cookies


@functools.cache
def _seeded() -> tuple[bytes, dict[str, str]]:
    """A database with the demo case and four people logged in; made once."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "seed.sqlite"
        with Database(path) as database:
            seed_case(database, STORY)
            cookies = {str(role): _logged_in(database, role, TickingClock()) for role in Role}
        return path.read_bytes(), cookies


def _logged_in(database: Database, role: Role, clock: TickingClock) -> str:
    now_us = clock.now_us()
    account = database.write_now(
        lambda writing: add_account(
            writing,
            account=str(role),
            name=f"The {role}",
            role=role,
            password_hash=_HASH,
            now_us=now_us,
        )
    )
    cookie, _ = database.write_now(lambda writing: add_login(writing, account, now_us, 12))
    return cookie


__all__ = ["CASE", "PASSWORD", "Centre", "TickingClock", "running_centre"]
