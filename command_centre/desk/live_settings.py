"""Settings as they hold now: those of the start, and what an administrator has changed since.

1. What may be changed, and to what, stands in ``config.changeable``; all else needs a restart.
2. A change is an entry of the centre's log first (``setting.changed``: before, after, who;
   ``setting.restored``), the row follows (``setting_projection``): it survives a restart, and a
   database made anew says the same.
3. It goes before the site's file and the command line until it is put back.
4. Parts that keep a copy are told (``listen``); the others ask ``now`` each time.
5. A value kept by another version that does not hold any more is left out and said in the log of
   the process; nothing else stops.
6. Some hold from a restart of the processes they name (``config.changeable``): they are written
   beside the store as well (``config.kept``), where every process reads them at its start. Until
   then ``now`` is as it was, and ``pending`` names them. What needs a look at the machine for it
   is checked before it is taken (``setting_checks``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.permissions import Caller
from command_centre.desk.setting_checks import look_at
from command_centre.errors import Rejected
from config.changeable import CHANGEABLE, RESTARTED, BadSetting, checked, value_of, with_kept
from config.kept import KEPT_FILE, to_bytes, without_file
from config.settings import Settings
from config.settings_report import ChangedBy, SettingRow, report
from evidence_store.durable import Disk, replace_file
from evidence_store.errors import EvidenceError

logger = logging.getLogger(__name__)


class LiveSettings:
    """Used on the event loop; one per centre."""

    def __init__(self, database: Database, book: CaseBook, started: Settings) -> None:
        self._database = database
        self._book = book
        self._started = started
        self._base = without_file(started)
        self._kept: dict[str, Any] = {}  # what was changed, of those that may still be
        self._by: dict[str, ChangedBy] = {}
        self._listeners: list[Callable[[Settings], None]] = []
        self.now = started

    def listen(self, listener: Callable[[Settings], None]) -> None:
        """Call with the settings now and whenever they change."""
        self._listeners.append(listener)
        listener(self.now)

    async def load(self) -> bool:
        """Take what is kept; false: what holds from a restart on could not be written down."""
        kept, by = await self._database.read(_kept)
        usable: dict[str, Any] = {}
        for name, value in kept.items():
            try:
                usable = usable | {name: checked(name, value)}
                with_kept(self._base, usable)
            except BadSetting as error:
                usable.pop(name, None)
                logger.warning("a kept setting is left out: %s", error)
        self._by = {name: one for name, one in by.items() if name in usable}
        self._kept = usable
        whole = await self._keep()
        self._tell()
        return whole

    def rows(self) -> list[SettingRow]:
        """Every setting with what may be done to it."""
        return report(self.now, self._base, self._by, self._wanted())

    def wanted(self, name: str) -> Any:
        """The value of a setting that holds from a restart on, after the next one."""
        return self._wanted()[name]

    def pending(self) -> dict[str, Any]:
        """Settings whose value holds from a restart on, with that value."""
        return {
            name: value
            for name, value in self._wanted().items()
            if value != value_of(self._started, name)
        }

    def restarted(self, processes: Collection[str]) -> None:
        """These have started again: what waited for them alone holds now."""
        held = {
            name: value
            for name, value in self.pending().items()
            if set(CHANGEABLE[name].restarts) <= set(processes)
        }
        self._started = with_kept(self._started, held)
        self._tell()

    def _wanted(self) -> dict[str, Any]:
        """The value of every setting that holds from a restart on, after the next one."""
        return {name: self._kept.get(name, value_of(self._base, name)) for name in RESTARTED}

    def _tell(self) -> None:
        at_once = {name: value for name, value in self._kept.items() if name not in RESTARTED}
        self.now = with_kept(self._started, at_once)
        for listener in self._listeners:
            listener(self.now)

    async def _keep(self) -> bool:
        """What holds from a restart on lies beside the store as the entries say."""
        kept = {name: value for name, value in self._kept.items() if name in RESTARTED}
        path, data = self._started.store_path / KEPT_FILE, to_bytes(kept)
        try:
            await asyncio.to_thread(_write, path, data)
        except (OSError, EvidenceError) as error:  # tried again at the next change or start
            logger.error("settings for the next start cannot be kept: %s", error)
            return False
        return True

    async def change(self, caller: Caller, name: str, value: Any) -> None:
        """Give a setting another value from now on; the same again changes nothing.

        Raises:
            Rejected: ``unknown_setting``, ``needs_restart``, ``bad_setting`` with its ``reason``,
                ``log_unavailable``, ``disk_full``.
        """
        self._require(name)
        await self._look(name, value)

        def ready(connection: Connection) -> dict[str, Any] | None:
            try:
                wanted = checked(name, value)
                kept, _ = _kept(connection)
                with_kept(self._base, kept | {name: wanted})
            except BadSetting as error:
                more = {"reason": error.reason, **error.more}
                raise Rejected("bad_setting", str(error), **more) from error
            before = self._wanted().get(name, value_of(self.now, name))
            if before == wanted:
                return None
            return {"setting": name, "before": _json(before), "after": _json(wanted)}

        await self._book.act("setting.changed", _by(caller), ready)
        await self._take()

    async def restore(self, caller: Caller, name: str) -> None:
        """Put a setting back to what the file or the default says; a repeat changes nothing.

        Raises:
            Rejected: as ``change``.
        """
        self._require(name)

        def ready(connection: Connection) -> dict[str, Any] | None:
            kept, _ = _kept(connection)
            if name not in kept:
                return None
            left = {key: value for key, value in kept.items() if key != name}
            try:
                with_kept(self._base, left)
            except BadSetting as error:
                more = {"reason": error.reason, **error.more}
                raise Rejected("bad_setting", str(error), **more) from error
            before, after = kept[name], value_of(self._base, name)
            return {"setting": name, "before": _json(before), "after": _json(after)}

        await self._book.act("setting.restored", _by(caller), ready)
        await self._take()

    async def _take(self) -> None:
        if not await self.load():
            raise Rejected("disk_full", "the change is recorded and cannot be kept for a restart")

    async def _look(self, name: str, value: Any) -> None:
        """What is checked by looking at this machine."""
        try:
            wanted = checked(name, value)
            await asyncio.to_thread(look_at, self._started, name, wanted)
        except BadSetting as error:
            more = {"reason": error.reason, **error.more}
            raise Rejected("bad_setting", str(error), **more) from error

    def _require(self, name: str) -> None:
        if name in CHANGEABLE:
            return
        if name in {f"{one.section}.{one.key}" for one in self.rows()}:
            raise Rejected(
                "needs_restart", f"{name} is changed in the site's file and holds from a restart on"
            )
        raise Rejected("unknown_setting", "there is no such setting")


def _kept(connection: Connection) -> tuple[dict[str, Any], dict[str, ChangedBy]]:
    """Values kept of settings that may still be changed, and who changed them."""
    table = schema.setting
    rows = connection.execute(select(table).where(table.c.name.in_(CHANGEABLE))).all()
    return (
        {row.name: msgspec.json.decode(row.value) for row in rows},
        {row.name: ChangedBy(row.by_name, row.t_us) for row in rows},
    )


def _write(path: Path, data: bytes) -> None:
    try:
        if path.read_bytes() == data:
            return
    except OSError:  # none yet, or unreadable: it is written
        if data == to_bytes({}):
            return
    replace_file(Disk(), path, data)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
