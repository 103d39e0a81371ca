"""How often a later reading was tried: kept in the database, so that a restart forgets no try.

A try is written before the model is loaded: one that takes the centre or the machine down with it
counts too. A centre that is stopped in order takes it back. After ``TRIES`` tries nothing is tried
any more until somebody asks again; the pauses between them count anew from a start.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from sqlalchemy import delete, select

from command_centre.db import schema
from command_centre.db.database import Database, Writing

#: After a fault, twice as long after each further one; then not before somebody asks again.
AFTER_FAULT_S = 60.0
TRIES = 6

Key = tuple[str, str]  # session, reading


@dataclass(frozen=True)
class Tried:
    """The tries of one reading that did not end well."""

    tries: int
    again_s: float  # when it may be tried again, monotonic

    @property
    def stopped(self) -> bool:
        """So often that somebody has to ask again."""
        return self.tries >= TRIES

    @property
    def pause_s(self) -> float:
        """How long it rests after the last of them."""
        return AFTER_FAULT_S * 2.0 ** (self.tries - 1)


class ReadingTries:
    """Owned by the event loop; what it says is in the database on return."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tried: dict[Key, Tried] = {}

    async def load(self) -> None:
        """What was tried before the centre was started."""
        table = schema.reading_try
        rows = await self._database.read(lambda connection: connection.execute(select(table)).all())
        for row in rows:
            one = Tried(row.tries, 0.0)
            again_s = time.monotonic() + one.pause_s
            self._tried[row.session_id, row.reading] = replace(one, again_s=again_s)

    def of(self, key: Key) -> Tried | None:
        """The tries of a reading; None: it was not tried, or has ended well."""
        return self._tried.get(key)

    def may_be_tried(self, key: Key, now_s: float) -> bool:
        """Whether its turn has come."""
        one = self._tried.get(key)
        return one is None or (not one.stopped and one.again_s <= now_s)

    async def begin(self, key: Key) -> None:
        """One more try begins."""
        before = self._tried.get(key)
        await self._keep(key, before.tries + 1 if before else 1)

    def failed(self, key: Key) -> None:
        """It ended in a fault: the pause counts from now."""
        one = self._tried.get(key) or Tried(1, 0.0)
        self._tried[key] = replace(one, again_s=time.monotonic() + one.pause_s)

    async def take_back(self, key: Key) -> None:
        """The try was ended in order and is none."""
        one = self._tried.get(key)
        await self._keep(key, one.tries - 1 if one else 0)

    async def clear(self, key: Key) -> None:
        """It ended well, or somebody asked for it again."""
        if key in self._tried:
            await self._keep(key, 0)

    async def _keep(self, key: Key, tries: int) -> None:
        if tries > 0:
            self._tried[key] = Tried(tries, 0.0)
        else:
            self._tried.pop(key, None)
        await self._database.write(lambda writing: _write(writing, key, tries))


def _write(writing: Writing, key: Key, tries: int) -> None:
    table = schema.reading_try
    session, reading = key
    mine = (table.c.session_id == session, table.c.reading == reading)
    writing.execute(delete(table).where(*mine))
    if tries > 0:
        row = {"session_id": session, "reading": reading, "tries": tries}
        writing.execute(table.insert().values(row))
