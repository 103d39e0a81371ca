"""Several recorders as one service: a bus that sends each request to the recorder it concerns.

The other processes ask ``recorder`` for everything, as if there were one. This adapter knows the
recorders of the installation and decides:

* ``open_session`` goes to the reachable recorder with the fewest live sources and open sessions;
* what names a session goes to the recorder whose log holds it (asked once, then remembered:
  sessions never move);
* ``read_log`` names its log; ``status`` and ``live_cache`` are answered by all together;
* what names neither (a connection to end, an entry of no session) is offered to each in turn, and
  the first that takes it answers. Resources are unguessable, so only their owner can mean them.

With one recorder nothing is decoded and nothing is asked: requests pass through unchanged.
Requests to a recorder by its own name (``recorder-2``) always do. A recorder that is away is only
noticed by requests that concern it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import msgspec

from config.bus import Bus, BusError, Handler, Refused, Subscription, Unreachable
from config.messages import RECORDER, MalformedMessage, decode, encode
from config.recorder_messages import (
    FindSession,
    LiveCache,
    RecorderStatus,
    SessionFound,
    StatusRequest,
)

M = TypeVar("M", bound=msgspec.Struct)

#: Sessions whose recorder is remembered; the one not asked for longest is forgotten first.
REMEMBERED = 10_000
#: Refusals that only say that another recorder is meant.
_NOT_MINE = frozenset({"connection_unknown", "session_unknown"})
#: How long a placement waits for the recorders' load before it does without the silent ones.
_LOOK_S = 1.0


class _Concerns(msgspec.Struct):
    """The fields of a request that say whom it concerns; all others are ignored."""

    session: str = ""
    log: str = ""


class RecorderRouter:
    """A ``Bus`` in front of another; only requests to ``recorder`` are treated differently.

    Owned by one event loop, like the bus below.
    """

    def __init__(self, bus: Bus, recorders: Sequence[str]) -> None:
        if not recorders:
            raise ValueError("expected at least one recorder")
        self._bus = bus
        self._recorders = tuple(recorders)
        self._owners: OrderedDict[str, str] = OrderedDict()  # session -> service
        self._placing = asyncio.Lock()
        self._placed: dict[str, int] = dict.fromkeys(recorders, 0)  # since the last look

    @property
    def recorders(self) -> tuple[str, ...]:
        """The services behind this one."""
        return self._recorders

    def publish(self, topic: str, payload: bytes) -> None:
        """See Bus."""
        self._bus.publish(topic, payload)

    def subscribe(self, *prefixes: str) -> AbstractAsyncContextManager[Subscription]:
        """See Bus."""
        return self._bus.subscribe(*prefixes)

    def serve(self, service: str, handler: Handler) -> AbstractAsyncContextManager[None]:
        """See Bus."""
        return self._bus.serve(service, handler)

    async def request(
        self, service: str, method: str, payload: bytes, *, timeout_s: float = 5.0
    ) -> bytes:
        """See Bus. Raises ``Refused`` or ``Unreachable``."""
        if service != RECORDER:
            return await self._bus.request(service, method, payload, timeout_s=timeout_s)
        if len(self._recorders) == 1:
            return await self._bus.request(self._recorders[0], method, payload, timeout_s=timeout_s)
        if method == "status":
            return encode(await self._status(timeout_s))
        if method == "live_cache":
            return await self._live_cache(payload, timeout_s)
        try:
            concerns = msgspec.msgpack.decode(payload, type=_Concerns)
        except msgspec.MsgspecError as error:
            raise Refused("malformed_message", f"{method}: {error}") from error
        if method == "open_session":
            return await self._open(concerns.session, payload, timeout_s)
        if method == "read_log":
            return await self._bus.request(
                self._of_log(concerns.log), method, payload, timeout_s=timeout_s
            )
        if concerns.session:
            owner = await self.owner(concerns.session)
            return await self._bus.request(owner, method, payload, timeout_s=timeout_s)
        return await self._offer(method, payload, timeout_s)

    async def owner(self, session: str) -> str:
        """The recorder whose log holds the session.

        Raises:
            Refused: ``session_unknown``, all recorders answered and none knows it.
            Unreachable: none that answered knows it, and one did not answer.
        """
        known = self._owners.get(session)
        if known is not None:
            self._owners.move_to_end(session)
            return known
        request = encode(FindSession(session=session))
        answers = await self._ask_all("find_session", request, SessionFound)
        for service, answer in answers.items():
            if isinstance(answer, SessionFound) and answer.known:
                self._remember(session, service)
                return service
        for answer in answers.values():
            if isinstance(answer, BusError):
                raise Unreachable(f"the recorder of session {session} does not answer")
        raise Refused("session_unknown", f"no recorder knows session {session}")

    def _of_log(self, log: str) -> str:
        if log not in self._recorders:
            raise Refused("malformed_message", f"no recorder writes the log {log}")
        return log

    async def _open(self, session: str, payload: bytes, timeout_s: float) -> bytes:
        async with self._placing:  # two rooms opened together must see each other's load
            service = await self._place(session)
            self._placed[service] += 1
        reply = await self._bus.request(service, "open_session", payload, timeout_s=timeout_s)
        self._remember(session, service)
        return reply

    async def _place(self, session: str) -> str:
        """Where the session is, or the reachable recorder with the least to do."""
        try:
            return await self.owner(session)  # asked again: the answer was lost
        except Refused:
            pass
        except Unreachable:
            pass  # ids are new for every session; the silent recorder does not have it
        answers = await self._ask_all("status", encode(StatusRequest()), RecorderStatus)
        loads: list[tuple[bool, int, int, str]] = []
        for number, (service, answer) in enumerate(answers.items()):
            if isinstance(answer, RecorderStatus):
                load = len(answer.sources) + len(answer.sessions) + self._placed[service]
                loads.append((bool(answer.degraded), load, number, service))
        if not loads:
            raise Unreachable("no recorder answers")
        self._placed = dict.fromkeys(self._recorders, 0)
        return min(loads)[-1]

    async def _status(self, timeout_s: float) -> RecorderStatus:
        """All that answer, as one; ``log`` and ``size`` are the first recorder's."""
        answers = await self._ask_all(
            "status", encode(StatusRequest()), RecorderStatus, timeout_s=timeout_s
        )
        found = [one for one in answers.values() if isinstance(one, RecorderStatus)]
        if not found:
            raise Unreachable("no recorder answers")
        return together(found)

    async def _live_cache(self, payload: bytes, timeout_s: float) -> bytes:
        answers = await self._ask_all("live_cache", payload, LiveCache, timeout_s=timeout_s)
        found = [one for one in answers.values() if isinstance(one, LiveCache)]
        if not found:
            raise Unreachable("no recorder answers")
        return encode(max(found, key=lambda cache: len(cache.fragments)))

    async def _offer(self, method: str, payload: bytes, timeout_s: float) -> bytes:
        """Every recorder is asked; the first acceptance counts.

        Without one, a refusal by the recorder that is meant; then that one did not answer; and
        only when all say they know nothing of it, that.
        """
        refused: Refused | None = None
        unknown: Refused | None = None
        away: Unreachable | None = None
        taken: bytes | None = None
        for service in self._recorders:
            try:
                reply = await self._bus.request(service, method, payload, timeout_s=timeout_s)
            except Refused as error:
                if error.code in _NOT_MINE:
                    unknown = unknown or error
                else:
                    refused = refused or error
            except Unreachable as error:
                away = away or error
            else:
                if method == "append":
                    return reply  # one entry, in one log
                taken = taken or reply
        if taken is not None:
            return taken
        raise refused or away or unknown or Unreachable("no recorder answers")

    async def _ask_all(
        self, method: str, payload: bytes, kind: type[M], *, timeout_s: float = _LOOK_S
    ) -> dict[str, M | BusError]:
        async def ask(service: str) -> M | BusError:
            try:
                reply = await self._bus.request(service, method, payload, timeout_s=timeout_s)
                return decode(reply, kind)
            except BusError as error:
                return error
            except MalformedMessage as error:
                return Refused("malformed_message", str(error))

        answers = await asyncio.gather(*(ask(service) for service in self._recorders))
        return dict(zip(self._recorders, answers, strict=True))

    def _remember(self, session: str, service: str) -> None:
        self._owners[session] = service
        while len(self._owners) > REMEMBERED:
            self._owners.popitem(last=False)


def together(statuses: Sequence[RecorderStatus]) -> RecorderStatus:
    """Several recorders' states as one: what they do is added up, the worst of the rest counts."""
    first = statuses[0]
    return RecorderStatus(
        log=first.log,
        size=first.size,
        sessions=[session for status in statuses for session in status.sessions],
        sources=[source for status in statuses for source in status.sources],
        disk_free_bytes=min(status.disk_free_bytes for status in statuses),
        disk_hours_left=min(status.disk_hours_left for status in statuses),
        degraded=next((status.degraded for status in statuses if status.degraded), ""),
        space=max((status.space for status in statuses), key=("ok", "low", "critical").index),
        disks_failed=max(status.disks_failed for status in statuses),
        writing=sum(status.writing for status in statuses),
        writing_limit=sum(status.writing_limit for status in statuses),
        max_sources=sum(status.max_sources for status in statuses),
    )
