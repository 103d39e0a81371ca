"""Changing the keys of a log by button: who asks is an entry, the log's own process does it.

1. Only while no session is open anywhere: recording outranks everything, and a centre that starts
   again is away for a few seconds. The recorder looks once more itself, in its own turn.
2. ``key.rotation`` in the centre's log says who ordered it, of which log and why, before anything
   is done. The log itself says ``key.rotate``, certified by the key that ends.
3. The process takes the order, ends, is started again by the supervisor, and changes the keys
   before it opens its log (evidence_store/rotation_order.py). The ended key stays for verifying.
4. A recorder that is away, or does not answer, finds the order in its files: it takes it up when it
   starts again, or at its first second without a session (recorder/key_order.py).
5. How an order stands is read from the files beside the keys, so it is known after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy import Connection, func, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.key_views import RotationView
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import ask
from command_centre.errors import Rejected
from command_centre.process_state import read_states
from command_centre.supervisor import ChildState
from config.bus import Bus
from config.messages import Done, RotateKey
from config.recorders import CENTRE_LOG, recorder_names
from config.settings import Settings
from evidence_store.errors import KeyFileError
from evidence_store.rotation_order import order_rotation, order_state

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
    ) -> None:
        """``busy`` says whether a verification or an export runs, which a restart would break."""
        self._bus = bus
        self._database = database
        self._log = log
        self._store = settings.store_path
        self._board = settings.bus_path  # where the supervisor says how the processes are
        self._logs = (CENTRE_LOG, *recorder_names(settings.recorder.processes))
        self._busy = busy
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
                away=one.waiting and (one.away or gone.get(name, False)),
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
        if any(one.log == log and one.state == "waiting" for one in await self.states()):
            raise Rejected("rotation_waiting", "this was ordered already")
        said = {"log": log, "reason": reason, "by": caller.account_id, "by_name": caller.name}
        await self._log.append("key.rotation", said)
        if log != CENTRE_LOG:
            await self._tell(log, reason)
            return
        await self._leave(log, reason)
        asyncio.get_running_loop().call_later(_ANSWER_S, self.restart)

    async def _tell(self, log: str, reason: str) -> None:
        """Give a recorder the order; one that does not answer finds it in its files."""
        try:
            await ask(self._bus, "rotate_key", RotateKey(log=log, reason=reason), Done, service=log)
        except Rejected as error:
            if error.code != "recorder_unreachable":
                raise
            state = await asyncio.to_thread(order_state, self._store, log)
            if not state.waiting:  # else it went away after it had written the order down
                await self._leave(log, reason, away=True)

    async def _leave(self, log: str, reason: str, *, away: bool = False) -> None:
        try:
            await asyncio.to_thread(order_rotation, self._store, log, reason, away=away)
        except KeyFileError as error:
            raise Rejected("log_unavailable", str(error)) from error


def _open_sessions(connection: Connection) -> int:
    table = schema.session
    count = select(func.count()).select_from(table).where(table.c.closed_us.is_(None))
    return int(connection.execute(count).scalar_one())
