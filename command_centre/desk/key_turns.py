"""Changing the keys of a log by button: who asks is an entry, the log's own process does it.

1. Only while no session is open anywhere: recording outranks everything, and a centre that starts
   again is away for a few seconds. The recorder looks once more itself, in its own turn.
2. ``key.rotation`` in the centre's log says who ordered it, of which log and why, before anything
   is done. The log itself says ``key.rotate``, certified by the key that ends.
3. The order is left in the files; the process takes it there, ends, is started again by the
   supervisor, and changes the keys before it opens its log (evidence_store/rotation_order.py). The
   ended key stays for verifying.
4. A recorder that is away, or does not answer, takes the order when it starts again, or at its
   first second without a session (recorder/key_order.py). Until then it can be withdrawn: it is
   held, ``key.rotation_withdrawn`` is written, it is removed. Whoever moves it first has it, so an
   order that was withdrawn is never carried out, and one that was taken is never said to be
   withdrawn. A centre that died in between ends the withdrawal when it starts.
5. How an order stands is read from the files beside the keys, so it is known after a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.db.changes import Area
from command_centre.db.database import Database
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.changes import Changes
from command_centre.desk.key_views import RotationView
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import ask
from command_centre.errors import Rejected
from command_centre.process_state import read_states
from command_centre.supervisor import ChildState
from config.bus import Bus
from config.messages import Done
from config.recorder_messages import RotateKey
from config.recorders import CENTRE_LOG, recorder_names
from config.settings import Settings
from evidence_store.errors import KeyFileError
from evidence_store.rotation_order import (
    drop_order,
    held_order,
    hold_order,
    order_rotation,
    order_state,
    release_order,
)

logger = logging.getLogger(__name__)

REASON_CHARACTERS = 300
_GONE = (ChildState.STOPPED, ChildState.REFUSED)
_ANSWER_S = 0.3  # for the answer to leave before the centre ends


class KeyTurns:
    """Used on the event loop; one per centre."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        log: CaseLog,
        settings: Settings,
        busy: Callable[[], bool],
        changes: Changes,
    ) -> None:
        """``busy`` says whether a verification or an export runs, which a restart would break."""
        self._bus = bus
        self._database = database
        self._log = log
        self._store = settings.store_path
        self._board = settings.bus_path  # where the supervisor says how the processes are
        self._logs = (CENTRE_LOG, *recorder_names(settings.recorder.processes))
        self._busy = busy
        self._changes = changes
        self._turn = asyncio.Lock()  # one order is given or withdrawn at a time
        self._asking: set[str] = set()  # recorders that are being told
        #: Ends this process, which is then started again; None: nobody starts it again.
        self.restart: Callable[[], None] | None = None

    async def states(self) -> list[RotationView]:
        """How the last order of each log stands."""
        return await asyncio.to_thread(self._states)

    def _states(self) -> list[RotationView]:
        found = [(name, order_state(self._store, name)) for name in self._logs]
        gone = {one.name: one.state in _GONE for one in read_states(self._board)}
        return [
            RotationView(
                log=name,
                state="waiting" if one.waiting else "failed" if one.failed else "none",
                problem=one.failed,
                away=one.waiting
                and (gone.get(name, False) or (one.left and name not in self._asking)),
                left=one.left,
            )
            for name, one in found
        ]

    async def rotate(self, caller: Caller, log: str, reason: str) -> None:
        """Order new keys for a log.

        Raises:
            Rejected: ``unknown_log``, ``bad_reason``, ``sessions_open``, ``jobs_running``,
                ``rotation_waiting``, ``cannot_restart``, ``log_unavailable``.
        """
        reason = reason.strip()
        if log not in self._logs:
            raise Rejected("unknown_log", "there is no such log")
        if not 1 <= len(reason) <= REASON_CHARACTERS:
            raise Rejected("bad_reason", f"say why, in at most {REASON_CHARACTERS} characters")
        if self.restart is None:
            raise Rejected("cannot_restart", "nothing would start this process again")
        if await self._database.read(_open_sessions):
            raise Rejected("sessions_open", "close the sessions that are still open first")
        if log == CENTRE_LOG and self._busy():
            raise Rejected("jobs_running", "a verification or an export is running; wait for it")
        said = {"log": log, "reason": reason, "by": caller.account_id, "by_name": caller.name}
        async with self._turn:
            if (await asyncio.to_thread(order_state, self._store, log)).waiting:
                raise Rejected("rotation_waiting", "this was ordered already")
            await self._log.append("key.rotation", said)
            await self._leave(log, reason, taken=log == CENTRE_LOG)
        if log == CENTRE_LOG:
            asyncio.get_running_loop().call_later(_ANSWER_S, self.restart)
        else:
            await self._tell(log)
        self._changes.note("", Area.SETTINGS)

    async def withdraw(self, caller: Caller, log: str) -> None:
        """Withdraw an order that its process has not taken yet.

        Raises:
            Rejected: ``unknown_log``, ``rotation_taken``, ``no_rotation``, ``log_unavailable``.
        """
        if log not in self._logs:
            raise Rejected("unknown_log", "there is no such log")
        said = {"log": log, "by": caller.account_id, "by_name": caller.name}
        async with self._turn:
            if not await self._hold(log, {"by": caller.account_id, "by_name": caller.name}):
                raise await self._not_held(log)
            await self._withdrawn(log, said)
        self._changes.note("", Area.SETTINGS)

    async def finish_withdrawals(self) -> None:
        """At the start: end what was cut off. One that nobody had signed yet waits again."""
        for log in self._logs:
            said = await asyncio.to_thread(held_order, self._store, log)
            if said is None:
                continue
            if "by" in said:
                body = {"log": log, "by": said["by"], "by_name": said.get("by_name", "")}
                with contextlib.suppress(Rejected):  # the log is full: the order waits again
                    await self._withdrawn(log, body)
            else:
                await self._release(log)

    async def _hold(self, log: str, said: dict[str, str]) -> bool:
        try:
            return await asyncio.to_thread(hold_order, self._store, log, said)
        except KeyFileError as error:
            raise Rejected("log_unavailable", str(error)) from error

    async def _not_held(self, log: str) -> Rejected:
        if (await asyncio.to_thread(order_state, self._store, log)).waiting:
            return Rejected("rotation_taken", "its process has taken the order already")
        return Rejected("no_rotation", "no order waits; it was carried out or withdrawn")

    async def _withdrawn(self, log: str, said: dict[str, str]) -> None:
        """Write down that a held order is withdrawn, and remove it; else it waits again."""
        try:
            await self._log.append("key.rotation_withdrawn", said)
        except Rejected:
            await self._release(log)
            raise
        await asyncio.to_thread(drop_order, self._store, log)

    async def _release(self, log: str) -> None:
        try:
            await asyncio.to_thread(release_order, self._store, log)
        except KeyFileError as error:  # it stays held until the next start
            logger.error("%s", error)

    async def _tell(self, log: str) -> None:
        """Tell a recorder; one that does not answer finds the order by itself."""
        self._asking.add(log)
        try:
            await ask(self._bus, "rotate_key", RotateKey(log=log), Done, service=log)
        except Rejected as error:
            if error.code == "recorder_unreachable":
                return
            if await self._hold(log, {}):
                await asyncio.to_thread(drop_order, self._store, log)
                raise  # else it took the order after all, or that was withdrawn meanwhile
        finally:
            self._asking.discard(log)

    async def _leave(self, log: str, reason: str, *, taken: bool) -> None:
        try:
            await asyncio.to_thread(order_rotation, self._store, log, reason, taken=taken)
        except KeyFileError as error:
            raise Rejected("log_unavailable", str(error)) from error


def _open_sessions(connection: Connection) -> int:
    table = schema.session
    count = select(func.count()).select_from(table).where(table.c.closed_us.is_(None))
    return int(connection.execute(count).scalar_one())
