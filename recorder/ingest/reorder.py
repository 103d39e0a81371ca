"""Puts packets in order, knows which are missing, and plans what to ask for again.

Pure: time is passed in. Rules:

1. Packets leave in sequence order. One that stays away longer than ``wait_us`` is given up (later,
   when a busy moment kept us from asking for it); a ``Lost`` stands in its place, so loss is never
   silent.
2. Each missing packet is asked for at most ``ATTEMPTS`` times, the waits doubling from
   ``FIRST_RETRY_US``, at most ``NACK_LIST`` at a time. A storm of requests only adds to the loss.
3. A jump of more than ``JUMP`` numbers is a new start of the sender, not loss to be repaired.
4. At most ``WINDOW`` numbers wait, whatever a sender does; beyond that the oldest are given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

JUMP = 1000
WINDOW = 2048
NACK_LIST = 64
ATTEMPTS = 5
FIRST_RETRY_US = 30_000
ASKED_ENOUGH = 2
PATIENCE = 3  # times the wait, when it was not asked for enough
REPAIRABLE = 256  # more than this missing at once: a key frame is cheaper
REORDER_GRACE_US = 3_000


@dataclass(slots=True, frozen=True)
class Lost:
    """This many packets were given up here."""

    packets: int


@dataclass(slots=True)
class _Missing:
    since_us: int
    ask_us: int
    attempts: int = 0


class ReorderBuffer(Generic[T]):
    """One RTP stream's packets. Sequence numbers are extended beyond 16 bits inside."""

    def __init__(self, wait_us: int) -> None:
        self._wait_us = wait_us
        self._held: dict[int, T] = {}
        self._missing: dict[int, _Missing] = {}
        self._next = -1
        self._stray: int | None = None  # last number of a suspected restart
        self.highest = -1
        self.base = 0
        self.received = 0
        self.lost = 0

    def add(self, sequence: int, item: T, now_us: int) -> Sequence[T | Lost]:
        """Take one packet; returns what can leave now, in order."""
        if self.highest < 0:
            return self._start(sequence, item)
        delta = ((sequence - self.highest + 0x8000) & 0xFFFF) - 0x8000
        extended = self.highest + delta
        if delta == 1 and extended == self._next:
            self.highest = extended
            self._next = extended + 1
            self._stray = None
            self.received += 1
            return (item,)
        if delta > JUMP or delta < -JUMP:
            return self._jumped(sequence, item)
        self._stray = None
        if extended < self._next or extended in self._held:
            return ()
        self.received += 1
        released: list[T | Lost] = []
        if delta > 0:
            self._make_room(extended, released)
            self._note_missing(extended, now_us)
            self.highest = extended
        else:
            self._missing.pop(extended, None)
        self._held[extended] = item
        return [*released, *self._drain(now_us)]

    def expire(self, now_us: int) -> Sequence[T | Lost]:
        """Give up what has been missing too long; returns what can leave now."""
        return self._drain(now_us) if self._held else ()

    @property
    def waiting(self) -> bool:
        """Something is missing, so ``expire`` and ``due`` must be called again soon."""
        return bool(self._held)

    def due(self, now_us: int) -> list[int]:
        """Sequence numbers (16 bit) to ask for now; asking is noted."""
        asked: list[int] = []
        for extended, missing in self._missing.items():
            if missing.ask_us > now_us or missing.attempts >= ATTEMPTS:
                continue
            missing.ask_us = now_us + (FIRST_RETRY_US << missing.attempts)
            missing.attempts += 1
            asked.append(extended & 0xFFFF)
            if len(asked) == NACK_LIST:
                break
        return asked

    @property
    def expected(self) -> int:
        """Packets the sender has sent since the first one received."""
        return self.highest - self.base + 1 if self.highest >= 0 else 0

    def _start(self, sequence: int, item: T) -> Sequence[T | Lost]:
        self.highest = self.base = sequence + 0x10000
        self._next = self.highest + 1
        self.received = 1
        return (item,)

    def _jumped(self, sequence: int, item: T) -> Sequence[T | Lost]:
        """Two packets in a row far away mean the sender restarted (RFC 3550, A.1)."""
        if self._stray is None or sequence != (self._stray + 1) & 0xFFFF:
            self._stray = sequence
            return ()
        released = self._flush()
        self._stray = None
        self.highest = self.base = sequence + 0x10000
        self._next = self.highest + 1
        self.received = 1
        return [*released, Lost(1), item]

    def _flush(self) -> list[T | Lost]:
        released: list[T | Lost] = []
        for extended in sorted(self._held):
            if extended > self._next:
                self._give_up(released, extended - self._next)
            released.append(self._held[extended])
            self._next = extended + 1
        self._held.clear()
        self._missing.clear()
        return released

    def _make_room(self, extended: int, released: list[T | Lost]) -> None:
        """The oldest go, so that ``extended`` fits into the window."""
        gone = 0
        while extended - self._next >= WINDOW:
            item = self._held.pop(self._next, None)
            self._missing.pop(self._next, None)
            self._next += 1
            if item is None:
                gone += 1
                continue
            self._give_up(released, gone)
            released.append(item)
            gone = 0
        self._give_up(released, gone)

    def _note_missing(self, extended: int, now_us: int) -> None:
        first = max(self.highest + 1, self._next)
        ask = extended - first <= REPAIRABLE
        for number in range(first, extended):
            attempts = 0 if ask else ATTEMPTS
            self._missing[number] = _Missing(now_us, now_us + REORDER_GRACE_US, attempts)

    def _hopeless(self, missing: _Missing, now_us: int) -> bool:
        """Waited for long enough, unless we were too busy to have asked for it twice."""
        waited_us = now_us - missing.since_us
        patience = 1 if missing.attempts >= ASKED_ENOUGH else PATIENCE
        return waited_us >= self._wait_us * patience

    def _drain(self, now_us: int) -> Sequence[T | Lost]:
        released: list[T | Lost] = []
        held = self._held
        while held:
            item = held.pop(self._next, None)
            if item is not None:
                released.append(item)
                self._next += 1
                continue
            missing = self._missing.get(self._next)
            if missing is not None and not self._hopeless(missing, now_us):
                break
            gone = 0
            while self._next not in held:
                entry = self._missing.get(self._next)
                if entry is not None and not self._hopeless(entry, now_us):
                    break
                self._missing.pop(self._next, None)
                self._next += 1
                gone += 1
            self._give_up(released, gone)
        return released

    def _give_up(self, released: list[T | Lost], packets: int) -> None:
        if packets == 0:
            return
        self.lost += packets
        released.append(Lost(packets))
