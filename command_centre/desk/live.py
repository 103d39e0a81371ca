"""Live view: fragments from the recorder to each viewer, byte for byte what is written to disk.

One subscription to ``media.*`` serves every viewer. Each viewer has its own bounded queue; when it
is full the queue is emptied and the viewer waits for the next fragment that starts with a key
frame, so a slow viewer skips and never delays another.

Joining without a hole or a double: the viewer is attached first, then the recorder is asked for
what it needs to begin (``live_cache``: init and the fragments since the last key frame), then the
queue follows, leaving out fragments that the cache had, whenever they arrive. A fragment lost on
the way (the bus drops rather than waits) skips the viewer to the next key frame as well.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from command_centre.desk.board import Place
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import Appender, ask
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock
from config.messages import (
    LiveCache,
    LiveCacheRequest,
    LiveFragment,
    MalformedMessage,
    SourceStatus,
    decode,
)
from config.words import SourceState

logger = logging.getLogger(__name__)


class InitHeader(msgspec.Struct, frozen=True, tag_field="kind", tag="init"):
    """Before the bytes of an init segment."""

    epoch: int
    mime: str


class FragmentHeader(msgspec.Struct, frozen=True, tag_field="kind", tag="fragment"):
    """Before the bytes of a fragment."""

    epoch: int
    number: int
    key: bool
    start_us: int
    duration_us: int
    media_start_us: int


class EndHeader(msgspec.Struct, frozen=True, tag_field="kind", tag="end"):
    """The source has stopped; nothing follows in this frame."""


LiveHeader = InitHeader | FragmentHeader | EndHeader
_HEADER: msgspec.json.Decoder[LiveHeader] = msgspec.json.Decoder(LiveHeader)


def frame(header: LiveHeader, data: bytes = b"") -> bytes:
    """One WebSocket frame: length of the header (u32, big endian), header, bytes."""
    encoded = msgspec.json.encode(header)
    return struct.pack(">I", len(encoded)) + encoded + data


def parse_frame(message: bytes) -> tuple[LiveHeader, bytes]:
    """A frame's header and bytes.

    Raises:
        Rejected: it is not a frame.
    """
    try:
        (length,) = struct.unpack_from(">I", message)
        return _HEADER.decode(message[4 : 4 + length]), message[4 + length :]
    except (struct.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Rejected("malformed_message", f"not a live frame: {error}") from error


END = frame(EndHeader())


@dataclass(eq=False)
class Viewer:
    """One live view; owned by the event loop, made by ``LiveRelay.viewing``."""

    source: str
    limit: int  # fragments in the queue
    session: str = ""  # session of the fragment last taken; empty when the source has stopped
    skipped: int = 0  # fragments this viewer did not get because it was slow
    _queue: deque[LiveFragment | None] = field(default_factory=deque)  # None: the source stopped
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _waits_for_key: bool = True
    _has_init: tuple[str, int] = ("", 0)  # session and epoch whose init it has
    _last: tuple[str, int, int] = ("", 0, 0)  # session, epoch, number of the fragment last taken

    def put(self, fragment: LiveFragment | None) -> None:
        """Queue a fragment; a full queue is emptied and skipped to the next key frame."""
        if len(self._queue) >= self.limit:
            self.skipped += len(self._queue)
            self._queue.clear()
            self._waits_for_key = True
        self._queue.append(fragment)
        self._wake.set()

    async def next_fragment(self) -> LiveFragment | None:
        """The next fragment, None when the source has stopped."""
        while not self._queue:
            self._wake.clear()
            await self._wake.wait()
        return self._queue.popleft()

    def frames(self, fragment: LiveFragment, init: bytes | None) -> list[bytes]:
        """What to send for a fragment: its init when the viewer lacks it, then itself.

        Nothing for one that was sent already: the cache and the publications overlap.
        """
        place = (fragment.session, fragment.epoch, fragment.number)
        if place[0] == self._last[0] and place <= self._last:
            return []
        if place[:2] == self._last[:2] and place[2] > self._last[2] + 1:
            self._waits_for_key = True  # some were lost on the way; what follows needs them
        self._last = place
        if self._waits_for_key:
            if not fragment.key and fragment.init is None:
                self.skipped += 1
                return []
            self._waits_for_key = False
        sent = []
        if (fragment.session, fragment.epoch) != self._has_init:
            if init is None:
                self._waits_for_key = True  # unplayable without its init; wait for the next epoch
                return []
            self._has_init = (fragment.session, fragment.epoch)
            sent.append(frame(InitHeader(fragment.epoch, fragment.mime), init))
        self.session = fragment.session
        header = FragmentHeader(
            epoch=fragment.epoch,
            number=fragment.number,
            key=fragment.key,
            start_us=fragment.start_us,
            duration_us=fragment.duration_us,
            media_start_us=fragment.media_start_us,
        )
        sent.append(frame(header, fragment.data))
        return sent

    def restart(self) -> None:
        """The source stopped: whatever follows begins with an init and a key frame."""
        self._waits_for_key = True
        self._has_init = ("", 0)
        self.session = ""


class LiveRelay:
    """All viewers of all sources."""

    def __init__(self, bus: Bus, queue_fragments: int) -> None:
        self._bus = bus
        self._limit = queue_fragments
        self._viewers: dict[str, set[Viewer]] = {}
        self._inits: dict[str, tuple[str, int, bytes]] = {}  # source -> session, epoch, init
        self.skipped = 0

    def __len__(self) -> int:
        return sum(len(viewers) for viewers in self._viewers.values())

    async def run(self) -> None:
        """Relay until cancelled."""
        async with self._bus.subscribe("media.", "state.") as messages:
            async for topic, payload in messages:
                try:
                    self._take(topic, payload)
                except MalformedMessage:
                    logger.error("a publication on %s cannot be read", topic)

    @asynccontextmanager
    async def viewing(self, source: str) -> AsyncIterator[Viewer]:
        """A viewer of the source; from here on it is queued for."""
        viewer = Viewer(source, self._limit)
        self._viewers.setdefault(source, set()).add(viewer)
        try:
            yield viewer
        finally:
            viewers = self._viewers[source]
            viewers.discard(viewer)
            if not viewers:
                del self._viewers[source]
            self.skipped += viewer.skipped

    async def frames(self, viewer: Viewer) -> AsyncIterator[bytes]:
        """What to send to the viewer, for ever."""
        for fragment in await self._cache(viewer.source):
            for message in viewer.frames(fragment, self._init_for(fragment)):
                yield message
        while True:
            fragment_or_end = await viewer.next_fragment()
            if fragment_or_end is None:
                viewer.restart()
                yield END
                continue
            for message in viewer.frames(fragment_or_end, self._init_for(fragment_or_end)):
                yield message

    async def _cache(self, source: str) -> list[LiveFragment]:
        try:
            cache = await ask(self._bus, "live_cache", LiveCacheRequest(source=source), LiveCache)
        except Rejected:
            return []  # nothing live to begin with; the next epoch brings its own init
        for fragment in cache.fragments:
            self._keep_init(fragment)
        return cache.fragments

    def _take(self, topic: str, payload: bytes) -> None:
        kind, _, source = topic.partition(".")
        if kind == "state":
            if decode(payload, SourceStatus).state == SourceState.OFFLINE:
                self._stop(source)
            return
        fragment = decode(payload, LiveFragment)
        self._keep_init(fragment)
        for viewer in self._viewers.get(source, ()):
            viewer.put(fragment)

    def _stop(self, source: str) -> None:
        if self._inits.pop(source, None) is not None:
            for viewer in self._viewers.get(source, ()):
                viewer.put(None)

    def _keep_init(self, fragment: LiveFragment) -> None:
        if fragment.init is not None:
            kept = (fragment.session, fragment.epoch, fragment.init)
            self._inits[fragment.source] = kept

    def _init_for(self, fragment: LiveFragment) -> bytes | None:
        if fragment.init is not None:
            return fragment.init
        session, epoch, init = self._inits.get(fragment.source, ("", 0, b""))
        return init if (session, epoch) == (fragment.session, fragment.epoch) else None


class ViewLog:
    """Records who watched which session of a source, from the first fragment to the last."""

    def __init__(self, appender: Appender, clock: Clock, caller: Caller, place: Place) -> None:
        self._appender = appender
        self._clock = clock
        self._caller = caller
        self._place = place
        self._session = ""
        self._view = ""

    def watched(self, session: str) -> None:
        """A fragment of this session has been sent."""
        if session == self._session:
            return
        self.ended()
        self._session, self._view = session, short_id("vw")
        self._put("join")

    def ended(self) -> None:
        """The view is over, or its source has stopped."""
        if self._session:
            self._put("leave")
            self._session = ""

    def _put(self, what: str) -> None:
        self._appender.put(
            key=f"view:{self._view}:{what}",
            kind=f"view.{what}",
            session=self._session,
            room=self._place.room,
            body={
                "viewer": self._caller.account_id,
                "viewer_name": self._caller.name,
                "source": self._place.source,
                "login": self._caller.login,
                "view": self._view,
            },
            t_us=self._clock.now_us(),
        )
