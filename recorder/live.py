"""The live view of one recording: every fragment out, and what a new viewer needs first."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from config.messages import LiveFragment
from recorder.epoch import Epoch
from recorder.mux.fragmenter import Fragment
from recorder.outbox import Address

CACHE_FRAGMENTS = 1000  # of single pictures, half a minute without a key frame
CACHE_BYTES = 16 << 20


class LiveFeed:
    """Numbers and publishes fragments; keeps those since the last key frame."""

    def __init__(self, address: Address, publish: Callable[[LiveFragment], None]) -> None:
        self._address = address
        self._publish = publish
        self._number = 0
        self._started_epoch = 0
        self._cache: list[LiveFragment] = []
        self._cache_bytes = 0
        self._init = b""

    def add(self, epoch: Epoch, fragment: Fragment) -> None:
        """A fragment is complete."""
        self._number += 1
        first = epoch.number != self._started_epoch
        self._started_epoch = epoch.number
        self._init = epoch.init
        message = LiveFragment(
            source=self._address.source,
            session=self._address.session,
            epoch=epoch.number,
            number=self._number,
            mime=epoch.mime,
            key=fragment.key,
            start_us=fragment.start_us,
            duration_us=fragment.end_us - fragment.start_us,
            media_start_us=fragment.start_us - self._address.origin_us,
            init=epoch.init if first else None,
            data=fragment.data,
        )
        self._publish(message)
        if first or fragment.key:
            self.clear()
        self._cache.append(message)
        self._cache_bytes += len(fragment.data)
        if len(self._cache) > CACHE_FRAGMENTS or self._cache_bytes > CACHE_BYTES:
            self.clear()  # no key frame for too long: a new viewer waits for the next one

    def clear(self) -> None:
        """Nothing to begin with until the next fragment."""
        self._cache = []
        self._cache_bytes = 0

    def begin(self) -> list[LiveFragment]:
        """Init and the fragments since the last key frame; empty when there is none."""
        if not self._cache or not (self._cache[0].key or self._cache[0].init):
            return []
        return [msgspec.structs.replace(self._cache[0], init=self._init), *self._cache[1:]]
