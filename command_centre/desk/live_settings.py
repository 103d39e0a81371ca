"""Settings as they hold now: those of the start, and what an administrator has changed since.

1. What may be changed, and to what, stands in ``config.changeable``; all else needs a restart.
2. A change is an entry of the centre's log first (``setting.changed``: before, after, who;
   ``setting.restored``), the row follows (``setting_projection``): it survives a restart, and a
   database made anew says the same.
3. It goes before the site's file and the command line until it is put back.
4. Parts that keep a copy are told (``listen``); the others ask ``now`` each time.
5. A value kept by another version that does not hold any more is left out and said in the log of
   the process; nothing else stops.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from command_centre.comparison.book import CaseBook
from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.permissions import Caller
from command_centre.errors import Rejected
from config.changeable import CHANGEABLE, BadSetting, checked, value_of, with_kept
from config.settings import Settings
from config.settings_report import ChangedBy, SettingRow, report

logger = logging.getLogger(__name__)


class LiveSettings:
    """Used on the event loop; one per centre."""

    def __init__(self, database: Database, book: CaseBook, base: Settings) -> None:
        self._database = database
        self._book = book
        self._base = base
        self._by: dict[str, ChangedBy] = {}
        self._listeners: list[Callable[[Settings], None]] = []
        self.now = base

    def listen(self, listener: Callable[[Settings], None]) -> None:
        """Call with the settings now and whenever they change."""
        self._listeners.append(listener)
        listener(self.now)

    async def load(self) -> None:
        """Take what is kept."""
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
        self.now = with_kept(self._base, usable)
        for listener in self._listeners:
            listener(self.now)

    def rows(self) -> list[SettingRow]:
        """Every setting with what may be done to it."""
        return report(self.now, self._base, self._by)

    async def change(self, caller: Caller, name: str, value: Any) -> None:
        """Give a setting another value from now on; the same again changes nothing.

        Raises:
            Rejected: ``unknown_setting``, ``needs_restart``, ``bad_setting`` with its ``reason``,
                ``log_unavailable``.
        """
        self._require(name)

        def ready(connection: Connection) -> dict[str, Any] | None:
            try:
                wanted = checked(name, value)
                kept, _ = _kept(connection)
                with_kept(self._base, kept | {name: wanted})
            except BadSetting as error:
                more = {"reason": error.reason, **error.more}
                raise Rejected("bad_setting", str(error), **more) from error
            before = value_of(self.now, name)
            if before == wanted:
                return None
            return {"setting": name, "before": _json(before), "after": _json(wanted)}

        await self._book.act("setting.changed", _by(caller), ready)
        await self.load()

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
            before, after = value_of(self.now, name), value_of(self._base, name)
            return {"setting": name, "before": _json(before), "after": _json(after)}

        await self._book.act("setting.restored", _by(caller), ready)
        await self.load()

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


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _by(caller: Caller) -> dict[str, str]:
    return {"by": caller.account_id, "by_name": caller.name}
