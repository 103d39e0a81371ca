"""Time stamps over the heads of the logs: when a session opens or closes, and every ten minutes.

Like the witnesses' rounds, from outside: a published checkpoint is stamped as it lies there, and
the token is kept with it. The entry ``stamp.token`` says which authority made it. Losing an
authority stops nothing; it is an entry and a state, and the next round asks again. Owned by the
event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from command_centre.desk.rfc3161_authority import Authority, Stamp
from command_centre.desk.vouching import LogEntries, VoucherStates
from config.clock import Clock
from evidence_store.checkpoint import Checkpoint
from evidence_store.durable import Disk
from evidence_store.errors import EvidenceError, WitnessError
from evidence_store.reader import LogReader
from evidence_store.voucher_files import keep_stamp, thin_stamps

logger = logging.getLogger(__name__)

#: While an authority is lost it is asked again this often, when a session is open.
_RETRY_S = 30.0


class Stamping:
    """One per centre; ``records`` tells whether a session is open."""

    def __init__(
        self,
        store: Path,
        logs: Iterable[str],
        authorities: Sequence[Authority],
        roots: bytes,
        entries: LogEntries,
        states: VoucherStates,
        clock: Clock,
        *,
        interval_s: float,
        records: Callable[[], bool],
    ) -> None:
        self._store = store
        self._authorities = tuple(authorities)
        self._roots = roots
        self._entries = entries
        self._states = states
        self._clock = clock
        self._interval_s = interval_s
        self._records = records
        self._readers = {log: LogReader(store / log / "log") for log in logs}
        self._stamped: dict[tuple[str, str], int] = {}  # (authority, log): size it needs not stamp
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._disk = Disk()
        self._certificates = {"": roots}

    def hurry(self) -> None:
        """A session opened or closed: stamp now."""
        self._wake.set()

    async def run(self) -> None:
        """Rounds until cancelled."""
        if not self._authorities:
            await asyncio.Event().wait()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RETRY_S if self._is_lost() else self._interval_s):
                    await self._wake.wait()
            if self._wake.is_set() or self._records():
                self._wake.clear()
                await self.round()

    async def settle(self) -> None:
        """Carry out what is due: a session that has just closed."""
        if self._wake.is_set() or self._turn.locked():
            self._wake.clear()
            await self.round()

    async def round(self) -> None:
        """Stamp every log that has grown."""
        async with self._turn:
            for number, authority in enumerate(self._authorities, start=1):
                lost: str | None = None
                asked = False
                for log in self._readers:
                    try:
                        asked = await self._stamp(authority, number, log) or asked
                    except WitnessError as error:
                        asked, lost = True, str(error)
                        break
                    except (EvidenceError, OSError) as error:
                        logger.error("a time stamp of %s cannot be kept: %s", log, error)
                if asked:
                    await self._states.found(authority.name, lost)

    def _is_lost(self) -> bool:
        return any(one.kind == "stamp" and one.state == "lost" for one in self._states.all())

    async def _stamp(self, authority: Authority, number: int, log: str) -> bool:
        """Stamp one log's head; false when that is not needed."""
        head = await asyncio.to_thread(self._readers[log].checkpoint)
        if head.size <= self._stamped.get((authority.name, log), 0):
            return False
        stamp = await authority.stamp(head.note)
        self._certificates[authority.name] = stamp.certificates
        await asyncio.to_thread(self._keep, log, head, number, stamp)
        self._states.vouched(authority.name, log, stamp.time_us)
        body = {
            "authority": authority.name,
            "size": head.size,
            "root": head.root.hex(),
            "sha256": hashlib.sha256(stamp.reply).hexdigest(),
            "time_us": stamp.time_us,
        }
        known = await self._entries.append(log, "stamp.token", body)
        # Our own entry is nothing that would need a stamp.
        self._stamped[authority.name, log] = head.size + (1 if known else 0)
        return True

    def _keep(self, log: str, head: Checkpoint, number: int, stamp: Stamp) -> None:
        root = self._store / log
        certificates = b"".join(self._certificates.values())
        keep_stamp(self._disk, root, head.size, number, head.note, stamp.reply, certificates)
        thin_stamps(self._disk, root)
