"""The addresses WHIP connections were given: which is live, which is over, which never was.

A DELETE may come after the connection has ended by itself (a browser closes DTLS first); that is
no error, so addresses are remembered for a while after their end. The connections themselves are
not kept alive by it. A restarted recorder knows none of the addresses it gave before.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable

from recorder.errors import ConnectionUnknown
from recorder.ingest.webrtc_peer import WebRtcPeer

REMEMBERED = 1000  # the oldest are forgotten


class WhipResources:
    """Used on the event loop."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[str, Callable[[], WebRtcPeer | None]]] = OrderedDict()

    def add(self, source: str, peer: WebRtcPeer) -> None:
        """A connection was answered."""
        self._known[peer.resource] = (source, weakref.ref(peer))
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def check(self, source: str, resource: str) -> None:
        """The address was given to this source, lately.

        Raises:
            ConnectionUnknown: it was not.
        """
        known = self._known.get(resource)
        if known is None or known[0] != source:
            raise ConnectionUnknown("there is no such connection; publish anew")

    def end(self, resource: str) -> None:
        """The connection was deleted; the address stays known."""
        self._known[resource] = (self._known[resource][0], lambda: None)

    def live(self, source: str, resource: str) -> WebRtcPeer:
        """The connection at an address.

        Raises:
            ConnectionUnknown: there is none, or it is over.
        """
        self.check(source, resource)
        peer = self._known[resource][1]()
        if peer is None or peer.ended:
            raise ConnectionUnknown("the connection is over; publish anew")
        return peer
