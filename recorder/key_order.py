"""Orders to change the keys of this recorder's log: taken while it has no session.

The recorder writes the order down, ends, is started again, and changes the keys before it opens
its log (evidence_store/rotation_order.py). An order that the centre left in the files because
nobody answered it (this process was away, or held up) is taken up at the first second without a
session. An order that lay there when this process started is not: its start has tried it already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from evidence_store.errors import KeyFileError
from evidence_store.rotation_order import order_path, order_rotation
from recorder.errors import BadRequest, StoreBusy

_ANSWER_S = 0.3  # for the answer to leave before the process ends


class KeyOrder:
    """Used on the event loop; one per recorder."""

    def __init__(self, store: Path, log: str, restart: Callable[[], None] | None) -> None:
        """``restart`` ends this process, which is then started again; None: nobody does that."""
        self._store = store
        self._log = log
        self._restart = restart
        self._path = order_path(store, log)
        self._tried = self._path.exists()
        self.restarting = False  # from then on no session is opened

    def check(self, log: str) -> None:
        """Raises ``BadRequest`` when this recorder cannot carry out an order for ``log``."""
        if self._restart is None or log != self._log:
            raise BadRequest("this recorder cannot be started again, or has another log")

    async def take(self, reason: str) -> None:
        """Write the order down and end soon.

        Raises:
            StoreBusy: it cannot be written.
        """
        try:
            await asyncio.to_thread(order_rotation, self._store, self._log, reason)
        except KeyFileError as error:
            raise StoreBusy(str(error)) from error
        self._end_soon()

    def take_up(self) -> None:
        """End soon if an order was left for this process; call only while it has no session."""
        if self._restart is None or self.restarting or self._tried or not self._path.exists():
            return
        self._end_soon()

    def _end_soon(self) -> None:
        assert self._restart is not None
        self.restarting = True
        asyncio.get_running_loop().call_later(_ANSWER_S, self._restart)
