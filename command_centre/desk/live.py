"""Live view: fragments from the recorder to each viewer, byte for byte what is written to disk.

A source is subscribed to while somebody watches it, and ``_LINGER_S`` longer; one subscription
serves all its viewers, and a fragment is encoded once for all of them. While it is watched the
recorder cuts its fragments at every picture (``live_watch``). Each viewer has its own bounded
queue; when it is full the queue is emptied and the viewer waits for the next fragment that starts
with a key frame, so a slow viewer skips and never delays another.

Joining without a hole or a double: the viewer is attached first, then the recorder is asked for
what it needs to begin (``live_cache``: init and the fragments since the last key frame), then the
queue follows, leaving out fragments that the cache had, whenever they arrive. A fragment lost on
the way (the bus drops rather than waits) skips the viewer to the next key frame as well.

Sound that speaks from the centre to somebody (a call) has a gate: while its caller does not speak,
what arrives is relayed to nobody. ``gate`` says since when it is open; a fragment that began before
stays behind. It is the recorder's all the same.

A viewer may ask for less (``Wanted``): a wall of sixteen pictures moves the few that are looked at,
shows key frames of the others, and asks for nothing of those out of sight.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import msgspec

from command_centre.desk.board import Place
from command_centre.desk.permissions import Caller
from command_centre.desk.recorder_port import Appender, ask
from command_centre.errors import Rejected
from command_centre.ids import short_id
from config.bus import Bus
from config.clock import Clock
from config.messages import Done, LiveFragment, MalformedMessage, SourceStatus, decode
from config.recorder_messages import LiveCache, LiveCacheRequest, LiveWatch
from config.words import SourceState

logger = logging.getLogger(__name__)

#: How long a source goes on being relayed when its last viewer has left: people come back.
_LINGER_S = 10.0
#: How often the recorder is told what is watched; it forgets after fifteen seconds.
_LOOK_AGAIN_S = 5.0
_LISTEN_S = 5.0


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


class Wanted(StrEnum):
    """Which pictures a viewer asks for."""

    ALL = "all"
    KEYS = "keys"  # key frames: as many as the camera makes, usually one in one or two seconds
    NONE = "none"  # out of sight: nobody watches


class Want(msgspec.Struct, frozen=True, tag_field="type", tag="want"):
    """What a viewer may send."""

    pictures: Wanted


_WANT: msgspec.json.Decoder[Want] = msgspec.json.Decoder(Want)


def parse_want(text: str) -> Want | None:
    """What a viewer asks for; None when it is anything else, which is not looked at."""
    try:
        return _WANT.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


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

#: Since when what a source carries may be heard; None: not now, 0: always.
Gate = Callable[[str], int | None]


def _sound_alone(fragment: LiveFragment) -> bool:
    """Any fragment of it can be the first."""
    return fragment.mime.startswith("audio/")


def fragment_frame(fragment: LiveFragment) -> bytes:
    """A fragment as viewers get it."""
    header = FragmentHeader(
        epoch=fragment.epoch,
        number=fragment.number,
        key=fragment.key,
        start_us=fragment.start_us,
        duration_us=fragment.duration_us,
        media_start_us=fragment.media_start_us,
    )
    return frame(header, fragment.data)


@dataclass(eq=False)
class _Relay:
    """One source that is listened to."""

    viewers: int = 0
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    async def started(self) -> None:
        """Wait until nothing that is published is missed.

        Raises:
            Rejected: the bus does not let us listen.
        """
        try:
            async with asyncio.timeout(_LISTEN_S):
                await self.listening.wait()
        except TimeoutError as error:
            raise Rejected("recorder_unreachable", "the live view cannot start now") from error


@dataclass(eq=False)
class Viewer:
    """One live view; owned by the event loop, made by ``LiveRelay.viewing``."""

    source: str
    limit: int  # fragments in the queue
    session: str = ""  # session of the fragment last taken; empty when the source has stopped
    skipped: int = 0  # fragments this viewer did not get because it was slow
    wanted: Wanted = Wanted.ALL
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

    def misses(self, fragment: LiveFragment) -> bool:
        """Whether some are missing between the last one and this."""
        place = (fragment.session, fragment.epoch)
        return place == self._last[:2] and fragment.number > self._last[2] + 1

    def frames(
        self,
        fragment: LiveFragment,
        init: bytes | None,
        encode: Callable[[LiveFragment], bytes] = fragment_frame,
    ) -> list[bytes]:
        """What to send for a fragment: its init when the viewer lacks it, then itself.

        Nothing for one that was sent already: the cache and the publications overlap.
        """
        place = (fragment.session, fragment.epoch, fragment.number)
        if place[0] == self._last[0] and place <= self._last:
            return []
        if self.misses(fragment):
            self._waits_for_key = True  # some were lost on the way; what follows needs them
        self._last = place
        if self.wanted is not Wanted.ALL and not (self.wanted is Wanted.KEYS and fragment.key):
            self._waits_for_key = True  # what follows needs what is left out here
            return []
        if self._waits_for_key:
            if not (fragment.key or fragment.init is not None or _sound_alone(fragment)):
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
        sent.append(encode(fragment))
        return sent

    def restart(self) -> None:
        """The source stopped: whatever follows begins with an init and a key frame."""
        self._waits_for_key = True
        self._has_init = ("", 0)
        self.session = ""


class LiveRelay:
    """All viewers of all sources; a source is relayed only while somebody watches it."""

    def __init__(self, bus: Bus, queue_fragments: int, gate: Gate | None = None) -> None:
        self._bus = bus
        self._gate = gate
        self._limit = queue_fragments
        self._viewers: dict[str, set[Viewer]] = {}
        self._relays: dict[str, _Relay] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._inits: dict[str, tuple[str, int, bytes]] = {}  # source -> session, epoch, init
        self._wires: dict[str, tuple[LiveFragment, bytes]] = {}  # the last one, encoded once
        self.skipped = 0

    def __len__(self) -> int:
        return sum(len(viewers) for viewers in self._viewers.values())

    @property
    def relayed(self) -> list[str]:
        """The sources whose fragments come here at present."""
        return list(self._relays)

    async def run(self) -> None:
        """Relay until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._keep_looking())
            try:
                await self._follow_states()
            finally:
                self._tasks = None
                self._relays.clear()

    @asynccontextmanager
    async def viewing(self, source: str) -> AsyncIterator[Viewer]:
        """A viewer of the source; from here on it is queued for."""
        relay = self._relay(source)
        relay.viewers += 1
        viewer = Viewer(source, self._limit)
        try:
            await relay.started()
            self._viewers.setdefault(source, set()).add(viewer)
            yield viewer
        finally:
            relay.viewers -= 1
            viewers = self._viewers.get(source, set())
            viewers.discard(viewer)
            if not viewers:
                self._viewers.pop(source, None)
            self.skipped += viewer.skipped
            asyncio.get_running_loop().call_later(_LINGER_S, self._let_go, source)

    async def frames(self, viewer: Viewer) -> AsyncIterator[bytes]:
        """What to send to the viewer, for ever."""
        for fragment in await self._cache(viewer.source):
            for message in self._messages(viewer, fragment):
                yield message
        asked_again = False
        while True:
            fragment_or_end = await viewer.next_fragment()
            if fragment_or_end is None:
                viewer.restart()
                yield END
                continue
            if not asked_again and viewer.misses(fragment_or_end):
                asked_again = True  # published between the answer and the subscription
                for fragment in await self._cache(viewer.source):
                    for message in self._messages(viewer, fragment):
                        yield message
            for message in self._messages(viewer, fragment_or_end):
                yield message

    def _messages(self, viewer: Viewer, fragment: LiveFragment) -> list[bytes]:
        return viewer.frames(fragment, self._init_for(fragment), self._wire)

    def _wire(self, fragment: LiveFragment) -> bytes:
        """The fragment's frame, made once for all who watch."""
        kept = self._wires.get(fragment.source)
        if kept is not None and kept[0] is fragment:
            return kept[1]
        made = fragment_frame(fragment)
        self._wires[fragment.source] = (fragment, made)
        return made

    # --- what comes from the recorder -----------------------------------------------------

    def _relay(self, source: str) -> _Relay:
        relay = self._relays.get(source)
        if relay is None:
            if self._tasks is None:
                raise Rejected("recorder_unreachable", "the live view is not running")
            relay = self._relays[source] = _Relay()
            relay.task = self._tasks.create_task(self._follow(source, relay))
        return relay

    def _let_go(self, source: str) -> None:
        """Nobody has watched for a while: what is not relayed costs nothing."""
        relay = self._relays.get(source)
        if relay is None or relay.viewers:
            return
        del self._relays[source]
        self._inits.pop(source, None)
        self._wires.pop(source, None)
        if relay.task is not None:
            relay.task.cancel()

    async def _follow(self, source: str, relay: _Relay) -> None:
        wanted = f"media.{source}"  # a prefix: cam is also the beginning of cam2
        async with self._bus.subscribe(wanted) as messages:
            relay.listening.set()
            async for topic, payload in messages:
                if topic != wanted:
                    continue
                try:
                    self._take(decode(payload, LiveFragment))
                except MalformedMessage:
                    logger.error("a publication on %s cannot be read", topic)

    async def _follow_states(self) -> None:
        async with self._bus.subscribe("state.") as messages:
            async for topic, payload in messages:
                try:
                    status = decode(payload, SourceStatus)
                except MalformedMessage:
                    logger.error("a publication on %s cannot be read", topic)
                    continue
                if status.state == SourceState.OFFLINE:
                    self._stop(topic.partition(".")[2])

    async def _keep_looking(self) -> None:
        """Tell the recorder what is watched, so that it cuts fragments of single pictures."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            watched = [source for source, relay in self._relays.items() if relay.viewers]
            if watched:
                with contextlib.suppress(Rejected):  # longer fragments until it is back
                    await ask(self._bus, "live_watch", LiveWatch(sources=watched), Done)

    async def _cache(self, source: str) -> list[LiveFragment]:
        try:
            cache = await ask(self._bus, "live_cache", LiveCacheRequest(source=source), LiveCache)
        except Rejected:
            return []  # nothing live to begin with; the next epoch brings its own init
        for fragment in cache.fragments:
            self._keep_init(fragment)
        return [fragment for fragment in cache.fragments if self._passes(fragment)]

    def _take(self, fragment: LiveFragment) -> None:
        self._keep_init(fragment)
        if not self._passes(fragment):
            return
        for viewer in self._viewers.get(fragment.source, ()):
            viewer.put(fragment)

    def _passes(self, fragment: LiveFragment) -> bool:
        """Whether a fragment is for anybody: always, but for a caller who does not speak."""
        since_us = self._gate(fragment.source) if self._gate is not None else 0
        return since_us is not None and fragment.start_us >= since_us

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


class Watching(NamedTuple):
    """Who watches without a login: a device that is called."""

    account_id: str
    name: str
    login: str = ""


class ViewLog:
    """Records who watched which session of a source, from the first fragment to the last."""

    def __init__(
        self, appender: Appender, clock: Clock, caller: Caller | Watching, place: Place
    ) -> None:
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
