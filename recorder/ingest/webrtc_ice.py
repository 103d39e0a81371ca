"""The ICE session of one connection: trickled candidates, and restarts without losing a frame.

aiortc ignores ICE restarts, so they happen here, underneath it (RFC 8445, 2.4; RFC 9725, 4.3.3).
A restart is a second aioice connection with its own sockets and credentials, which makes its
checks while the first goes on carrying media. Only when a pair of it is nominated does it take
the first one's place under DTLS, whose state, keys and queue of datagrams stay; when it does not
come to be, nothing has changed. Before the first connection is up there is nothing to keep, and
its credentials are replaced in place.

Invariants: at most one restart is under way, a newer one replaces it; the ETag names the latest
ICE session, under way or not; nothing here outlives ``close``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from aioice import Candidate
from aioice.ice import Connection
from aioice.utils import random_string
from aiortc import RTCIceTransport

from recorder.errors import MalformedFragment, PreconditionFailed, PreconditionNeeded
from recorder.ingest.sdp_fragment import IceFragment, read_fragment, write_fragment
from recorder.ingest.webrtc_datagrams import DatagramFilter

logger = logging.getLogger(__name__)

RESTART_S = 15.0  # a restart without a nominated pair by then is given up
_MAX_REMOTE_CANDIDATES = 100  # of one ICE session (RFC 8445, 19.5.1)
_ANY = "*"
_TAGS = re.compile(r'\s*(?:(\*)|(W/)?"([^"]*)")\s*(?:,|$)')


@dataclass(slots=True, frozen=True)
class Patched:
    """What a PATCH came to; both are empty for trickled candidates."""

    etag: str = ""
    fragment: str = ""


class IceSession:
    """Owned by its peer; used on the event loop."""

    def __init__(
        self,
        transport: RTCIceTransport,
        mids: list[str],
        now_us: Callable[[], int],
        on_filter: Callable[[DatagramFilter], None],
    ) -> None:
        self.etag = _new_etag()
        self._transport = transport
        self._mids = mids
        self._now_us = now_us
        self._on_filter = on_filter  # told of every socket filter of a restart
        self._next: Connection | None = None
        self._restarting: asyncio.Task[None] | None = None
        self._answered = ("", "")  # credentials of the latest restart, and what it was told
        self._answer = Patched()
        self._lock = asyncio.Lock()
        self._closed = False

    async def patch(self, if_match: str, text: str) -> Patched:
        """Carry out a PATCH; ``if_match`` is the header's value, empty when it was missing.

        Raises:
            MalformedFragment: the body is not an SDP fragment that can be used.
            PreconditionNeeded: there was no If-Match.
            PreconditionFailed: it names an ICE session that is not the latest one.
        """
        if not if_match.strip():
            raise PreconditionNeeded('send If-Match with the latest ETag, or "*" to restart ICE')
        async with self._lock:
            anything = self._check(if_match)
            fragment = read_fragment(text, self._mids)
            if anything and not fragment.ufrag:
                raise MalformedFragment("a restart needs a=ice-ufrag and a=ice-pwd")
            if anything and fragment.credentials == self._answered:
                return self._answer  # the answer was lost on its way, and it asks again
            if not fragment.ufrag or fragment.credentials in self._known_credentials():
                await self._trickle(fragment)
                return Patched()
            return await self._restart(fragment)

    async def close(self) -> None:
        """Give up a restart that is under way; idempotent."""
        self._closed = True
        task, self._restarting = self._restarting, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        await self._drop_next()

    # --- preconditions ----------------------------------------------------------------------

    def _check(self, if_match: str) -> bool:
        """Whether it was ``*``; strong comparison (RFC 9110, 13.1.1)."""
        for anything, weak, tag in _TAGS.findall(if_match):
            if anything or tag == _ANY:  # clients send it with quotes and without
                return True
            if not weak and tag == self.etag:
                return False
        raise PreconditionFailed("this is not the ETag of the present ICE session")

    def _known_credentials(self) -> list[tuple[str | None, str | None]]:
        present = [self._transport._connection, self._next]
        return [(c.remote_username, c.remote_password) for c in present if c is not None]

    # --- trickle ------------------------------------------------------------------------------

    async def _trickle(self, fragment: IceFragment) -> None:
        """Candidates for the ICE session they name; without a name, for the latest."""
        target = self._next or self._transport._connection
        if fragment.ufrag and target.remote_username != fragment.ufrag:
            target = self._transport._connection
        await _add(target, fragment)

    # --- restart ------------------------------------------------------------------------------

    async def _restart(self, fragment: IceFragment) -> Patched:
        if self._restarting is not None:
            self._restarting.cancel()
            await asyncio.wait([self._restarting])
            self._restarting = None
        await self._drop_next()
        if self._transport.state in ("new", "checking"):
            ice = self._transport._connection
            _renew(ice, fragment)
            await _add(ice, fragment)
        else:
            ice = await self._prepare_next(fragment)
            self._restarting = asyncio.create_task(self._take_over(ice))
        self.etag = _new_etag()
        logger.info("ICE restart")
        candidates = [candidate.to_sdp() for candidate in ice.local_candidates]
        text = write_fragment(self._mids[0], ice.local_username, ice.local_password, candidates)
        self._answered, self._answer = fragment.credentials, Patched(self.etag, text)
        return self._answer

    async def _prepare_next(self, fragment: IceFragment) -> Connection:
        before = self._transport._connection
        ice = Connection(ice_controlling=before.remote_is_lite)
        ice.remote_is_lite = before.remote_is_lite
        ice.remote_username, ice.remote_password = fragment.credentials
        self._next = ice
        await ice.gather_candidates()
        datagrams = DatagramFilter(ice, self._now_us)
        datagrams.install()
        self._on_filter(datagrams)
        await _add(ice, fragment)
        return ice

    async def _take_over(self, ice: Connection) -> None:
        try:
            async with asyncio.timeout(RESTART_S):
                await ice.connect()
        except (ConnectionError, TimeoutError):
            logger.info("the ICE restart came to nothing; the connection goes on as it was")
            await self._drop_next()
            return
        if self._closed or self._transport.state == "closed":
            return
        self._next = None
        await _swap(self._transport, ice).close()
        logger.info("the ICE restart is done")

    async def _drop_next(self) -> None:
        ice, self._next = self._next, None
        if ice is not None:
            await ice.close()


def _new_etag() -> str:
    return secrets.token_hex(8)


async def _add(ice: Connection, fragment: IceFragment) -> None:
    for line in fragment.candidates:
        if len(ice.remote_candidates) >= _MAX_REMOTE_CANDIDATES:
            return
        with contextlib.suppress(ValueError):  # an extension attribute that cannot be read
            await ice.add_remote_candidate(Candidate.from_sdp(line))


def _renew(ice: Connection, fragment: IceFragment) -> None:
    """New credentials on both sides of a connection that is not up: its checks start again."""
    for pair in ice._check_list:
        if pair.task is not None:
            pair.task.cancel()
    ice._check_list.clear()
    ice._remote_candidates.clear()
    ice._early_checks.clear()
    ice._nominating.clear()
    ice._local_username, ice._local_password = random_string(4), random_string(22)
    ice.remote_username, ice.remote_password = fragment.credentials


def _swap(transport: RTCIceTransport, ice: Connection) -> Connection:
    """Put ``ice`` under the transport; returns the connection that was there, to be closed.

    DTLS may be waiting on the old queue, and aiortc on the old connection's end: both move over.
    """
    before = transport._connection
    while not ice._queue.empty():
        before._queue.put_nowait(ice._queue.get_nowait())
    ice._queue, before._queue = before._queue, asyncio.Queue()
    ice._event_waiter, before._event_waiter = before._event_waiter, None
    transport._connection = transport.iceGatherer._connection = ice
    transport._recv, transport._send = ice.recv, ice.send
    return before
