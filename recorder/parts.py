"""What a recording is made from: the recorder's parts, who publishes, and what the log knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from config.clock import SystemClock
from recorder.connection import Peer
from recorder.journal import Journal
from recorder.ledger import Ledger
from recorder.outlet import Outlet
from recorder.segment_index import SegmentIndex


@dataclass(frozen=True, slots=True)
class Parts:
    """What every recording needs from the recorder."""

    journal: Journal
    outlet: Outlet
    now_us: Callable[[], int]
    may_write: Callable[[], bool]
    on_trouble: Callable[[BaseException | None], None]
    release: Callable[[Peer], None]
    segment_us: int
    fragment_ms: int
    watchdog_us: int
    store_name: str  # name of the storage directory inside the store
    taken: Callable[[str], bool]  # a file of that path, relative to it, exists
    wall_us: Callable[[], int] = SystemClock().now_us  # the system's clock, which may step
    idle_us: int = 60_000_000  # a connection without media for this long is closed


@dataclass(frozen=True, slots=True)
class Description:
    """Who publishes."""

    session: str
    room: str
    source: str
    name: str
    kind: str
    channels: tuple[str, ...]


class Arrival(Protocol):
    """What every way in says about a source (WhipOffer and PullSource do)."""

    @property
    def source(self) -> str:
        """Its id."""
        ...

    @property
    def source_name(self) -> str:
        """Its name."""
        ...

    @property
    def source_kind(self) -> str:
        """SourceKind."""
        ...

    @property
    def session(self) -> str:
        """The open session it publishes into."""
        ...

    @property
    def channels(self) -> Sequence[str]:
        """What each audio channel carries."""
        ...


@dataclass(slots=True)
class Past:
    """What the log says about a recording that a recorder before us began."""

    origin_us: int
    ledger: Ledger
    last_epoch: int
    last_number: int
    refs: SegmentIndex
    was_live: bool
