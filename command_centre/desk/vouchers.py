"""Who vouches for the logs of this installation: witnesses and authorities, from the settings.

The parts: ``states`` (how each is), ``witnessing`` (rounds). They hurry when a session opens or
closes; ``settle`` is called before an export, so that a package carries the newest cosignatures.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from command_centre.desk.centre_log import CaseLog
from command_centre.desk.entries import Entry
from command_centre.desk.rfc3161_authority import Authority
from command_centre.desk.stamping import Stamping
from command_centre.desk.vouching import LogEntries, VoucherState, VoucherStates
from command_centre.desk.witness_askers import Asker, BusAsker, HttpAsker, LocalAsker
from command_centre.desk.witnessing import Witness, Witnessing
from config.bus import Bus
from config.clock import Clock
from config.recorders import CENTRE_LOG, log_origins
from config.settings import Settings, SettingsError
from evidence_store.errors import NoteError
from evidence_store.own_witness import OwnWitness, parse_outside

#: Longest time an export waits for the last round.
_SETTLE_S = 15.0
_AUTHORITIES_MAX = 2
_HURRY_KINDS = frozenset({"session.open", "session.close", "key.rotate"})


class Vouchers:
    """One per centre. Without ``own`` (no witness of this process) nobody is asked."""

    def __init__(
        self,
        settings: Settings,
        bus: Bus,
        log: CaseLog,
        clock: Clock,
        own: OwnWitness | None,
        tell: Callable[[VoucherState], None],
        records: Callable[[], bool] = lambda: False,
    ) -> None:
        """Wire them; ``records`` tells whether a session is open.

        Raises:
            SettingsError: a witness is not spelled as it must be.
        """
        recorder = settings.recorder
        self.origins = log_origins(recorder.log_origin, recorder.processes)
        entries = LogEntries(bus, log, clock)
        self.states = VoucherStates([*self.origins], entries, clock, tell)
        self._active = own is not None
        witnesses = _witnesses(settings, bus, own, [*self.origins]) if own else []
        self._outside = [one.asker for one in witnesses if isinstance(one.asker, HttpAsker)]
        for one in witnesses:
            self.states.add(
                one.name, "witness", outside=one.key is not None, by_usb=one.asker is None
            )
        self.witnessing = Witnessing(
            settings.store_path,
            self.origins,
            witnesses,
            entries,
            self.states,
            clock,
            quorum=settings.witness.quorum,
            interval_s=settings.witness.interval_seconds,
        )

        authorities = _authorities(settings) if own else []
        for authority in authorities:
            if any(known.name == authority.name for known in self.states.all()):
                raise SettingsError(f"[stamp] authorities: the name {authority.name} is taken")
            self.states.add(authority.name, "stamp", outside=True)
        self.stamping = Stamping(
            settings.store_path,
            self.origins,
            authorities,
            _roots(settings),
            entries,
            self.states,
            clock,
            interval_s=settings.stamp.interval_minutes * 60,
            records=records,
        )

    async def run(self) -> None:
        """Until cancelled."""
        if not self._active:
            await asyncio.Event().wait()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.witnessing.run())
                tasks.create_task(self.stamping.run())
        finally:
            await self.close()

    async def close(self) -> None:
        """End connections to the outside."""
        for asker in self._outside:
            await asker.close()

    def notice(self, taken: Sequence[Entry]) -> None:
        """Entries of the recorders' logs, as the follower hears of them."""
        if any(entry.kind in _HURRY_KINDS for entry in taken):
            self.witnessing.hurry()
            self.stamping.hurry()

    async def settle(self) -> None:
        """Have everything cosigned that can be, within a bounded time."""
        if self._active:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SETTLE_S):
                    await self.stamping.settle()
                    await self.witnessing.round()


def _authorities(settings: Settings) -> list[Authority]:
    roots = _roots(settings)
    found: list[Authority] = []
    for line in settings.stamp.authorities:
        name, _, url = line.partition(" ")
        if not name or not url.startswith(("http://", "https://")):
            raise SettingsError(f"[stamp] authorities: expected NAME URL, got {line!r}")
        found.append(Authority(name, url, settings.stamp.timeout_seconds, roots))
    if len(found) > _AUTHORITIES_MAX or len({one.name for one in found}) != len(found):
        raise SettingsError("[stamp] authorities: at most two, of different names")
    return found


def _roots(settings: Settings) -> bytes:
    if not settings.stamp.ca_file:
        return b""
    try:
        return Path(settings.stamp.ca_file).read_bytes()
    except OSError as error:
        raise SettingsError(f"[stamp] ca_file: {error.strerror}") from error


def _witnesses(settings: Settings, bus: Bus, own: OwnWitness, logs: Sequence[str]) -> list[Witness]:
    timeout_s = settings.witness.timeout_seconds
    found = [
        Witness(
            name=log,
            asker=LocalAsker(own) if log == CENTRE_LOG else BusAsker(bus, log, timeout_s),
            log=log,
        )
        for log in logs
    ]
    for line in settings.witness.outside:
        try:
            name, key, url = parse_outside(line)
        except NoteError as error:
            raise SettingsError(f"[witness] outside: {error}") from error
        if any(one.name == name for one in found):
            raise SettingsError(f"[witness] outside: the name {name} is taken")
        asker: Asker | None = HttpAsker(url, timeout_s, settings.witness.ca_file) if url else None
        found.append(Witness(name, asker, key=key, url=url))
    return found
