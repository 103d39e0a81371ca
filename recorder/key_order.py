"""Orders to change the keys of this recorder's log: taken while it has no session.

The centre leaves the order in the files and says so. The recorder takes it there, ends, is started
again, and changes the keys before it opens its log (evidence_store/rotation_order.py). An order of
which nobody could tell it (this process was away, or held up) it takes at its first second without
a session. One that was withdrawn before is not there any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from evidence_store.errors import KeyFileError
from evidence_store.rotation_order import take_order
from recorder.errors import BadRequest, StoreBusy

logger = logging.getLogger(__name__)

_ANSWER_S = 0.3  # for the answer to leave before the process ends


class KeyOrder:
    """Used on the event loop; one per recorder."""

    def __init__(self, store: Path, log: str, restart: Callable[[], None] | None) -> None:
        """``restart`` ends this process, which is then started again; None: nobody does that."""
        self._store = store
        self._log = log
        self._restart = restart
        self._stuck = False  # an order cannot be moved: said once, not every second
        self.restarting = False  # from then on no session is opened

    def check(self, log: str) -> None:
        """Raises ``BadRequest`` when this recorder cannot carry out an order for ``log``."""
        if self._restart is None or log != self._log:
            raise BadRequest("this recorder cannot be started again, or has another log")

    def start_again(self) -> None:
        """End soon, for other settings; call only while there is no session.

        Raises:
            BadRequest: nobody would start this process again.
        """
        if self._restart is None:
            raise BadRequest("this recorder cannot be started again")
        if not self.restarting:
            self._end_soon()

    async def take(self) -> None:
        """Take the order that was left and end soon; call only while there is no session.

        Raises:
            BadRequest: there is none (any more).
            StoreBusy: it cannot be moved.
        """
        if self.restarting:
            return
        try:
            taken = await asyncio.to_thread(take_order, self._store, self._log)
        except KeyFileError as error:
            raise StoreBusy(str(error)) from error
        if not taken:
            raise BadRequest("no order waits for this recorder")
        self._end_soon()

    def take_up(self) -> None:
        """End soon if an order was left for this process; call only while it has no session."""
        if self._restart is None or self.restarting or self._stuck:
            return
        try:
            taken = take_order(self._store, self._log)
        except KeyFileError as error:
            self._stuck = True
            logger.error("%s", error)
            return
        if taken:
            self._end_soon()

    def _end_soon(self) -> None:
        assert self._restart is not None
        self.restarting = True
        asyncio.get_running_loop().call_later(_ANSWER_S, self._restart)
