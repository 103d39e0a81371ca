"""What may enter a connection: decided before anything else looks at a datagram.

Measured against stock aiortc: one empty datagram, or one of more than 1500 bytes, from any
address silences a stream for good. So here:

1. Datagrams that are empty or longer than 1500 bytes are dropped.
2. STUN is parsed once, here; what does not parse, or does not prove knowledge of the ICE
   password, is dropped without an answer (an answer would go to a forged address). An address
   that has proved it is *proved*.
3. Everything else is accepted from proved addresses only.
4. Media before the SRTP keys are ready waits in a short queue: it holds the first key frame.
5. Once it flows, sockets are read in batches where that is possible (``webrtc_pump``); what is not
   media comes here all the same.

Nothing raises out of ``datagram_received``.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from typing import Any

from aioice import stun
from aioice.candidate import candidate_priority
from aioice.ice import Connection, StunProtocol

from recorder.ingest.item import Item
from recorder.ingest.rtp import MAX_DATAGRAM
from recorder.ingest.webrtc_pump import Drain, pump
from recorder.native import twin

_HOOK = "datagram_received"  # looked up on the protocol object for every datagram
_MAX_PROVED = 32
_EARLY_MEDIA = 512

Other = Callable[[bytes, tuple[str, int]], None]  # a datagram that is not media
Deliver = Callable[[list[Item], Other], None]


class DatagramFilter:
    """Stands in for ``datagram_received`` of every socket of one ICE connection."""

    def __init__(self, connection: Connection, now_us: Callable[[], int]) -> None:
        self._connection = connection
        self._now_us = now_us
        self._proved: set[tuple[str, int]] = set()
        self._early: deque[tuple[bytes, int]] = deque(maxlen=_EARLY_MEDIA)
        self._receiver: twin.Receiver | None = None  # once media may flow
        self._deliver: Deliver | None = None
        self.dropped = 0

    def install(self) -> None:
        """Take over the sockets; call after gathering, before the peer can know them."""
        for protocol in self._connection._protocols:
            setattr(protocol, _HOOK, self._received_by(protocol))

    def start_media(self, receiver: twin.Receiver, deliver: Deliver) -> None:
        """The keys are ready: media goes to the receiver from now on, what waited first."""
        self._receiver, self._deliver = receiver, deliver
        for source in self._proved:
            receiver.prove(*source)
        while self._early:
            deliver(receiver.datagram(*self._early.popleft()), _nobody)
        if receiver.batched:
            for protocol in self._connection._protocols:
                pump().take(protocol.transport, self._drainer(protocol, receiver, deliver))

    def stop_media(self) -> None:
        """No more media, for instance because the connection is closing."""
        self._receiver = self._deliver = None
        self._early = deque(maxlen=0)
        for protocol in self._connection._protocols:
            pump().give_back(protocol.transport)

    def _drainer(self, protocol: StunProtocol, receiver: twin.Receiver, deliver: Deliver) -> Drain:
        now_us, other = self._now_us, self._received_by(protocol)

        def drain(descriptor: int) -> None:
            deliver(receiver.drain(descriptor, now_us()), other)

        return drain

    def _received_by(
        self, protocol: StunProtocol
    ) -> Callable[[bytes | str, tuple[Any, ...]], None]:
        proved = self._proved
        now_us = self._now_us

        def datagram_received(data: bytes | str, address: tuple[Any, ...]) -> None:
            size = len(data)
            if not 0 < size <= MAX_DATAGRAM or isinstance(data, str):
                self.dropped += 1
                return
            source = (address[0], address[1])
            first = data[0]
            if first < 4:
                self._stun(protocol, data, source)
            elif source not in proved:
                self.dropped += 1
            elif 127 < first < 192:
                receiver, deliver = self._receiver, self._deliver
                if receiver is not None and deliver is not None:
                    deliver(receiver.datagram(data, now_us()), _nobody)
                else:
                    self._early.append((data, now_us()))
            elif 19 < first < 64:
                self._connection.data_received(data, protocol.local_candidate.component)
            else:
                self.dropped += 1

        return datagram_received

    def _stun(self, protocol: StunProtocol, data: bytes, source: tuple[str, int]) -> None:
        try:
            message = stun.parse_message(data)
        except (ValueError, KeyError, IndexError, TypeError, struct.error):
            self.dropped += 1
            return
        kind = message.message_class
        if kind in (stun.Class.RESPONSE, stun.Class.ERROR):
            transaction = protocol.transactions.get(message.transaction_id)
            if transaction is None:
                self.dropped += 1
                return
            password = self._connection.remote_password
            if password is not None and message.check_message_integrity(password.encode()):
                self._prove(source)
            transaction.response_received(message, source)
        elif kind == stun.Class.REQUEST:
            self._request(protocol, message, source)

    def _request(
        self, protocol: StunProtocol, message: stun.Message, source: tuple[str, int]
    ) -> None:
        if not message.check_message_integrity(self._connection.local_password.encode()):
            self.dropped += 1  # no error reply: it would go to whoever's address was forged
            return
        if not self._prove(source):
            self.dropped += 1  # aioice keeps something for every address it hears from
            return
        # Some encoders leave PRIORITY out although RFC 8445, 7.1.1 demands it; aioice needs it.
        priority = candidate_priority(protocol.local_candidate.component, "prflx")
        message.attributes.setdefault("PRIORITY", priority)
        self._connection.request_received(message, source, protocol)

    def _prove(self, source: tuple[str, int]) -> bool:
        """Whether this address may come in: it has shown the password, and is not one too many."""
        if source in self._proved:
            return True
        if len(self._proved) >= _MAX_PROVED:
            return False
        self._proved.add(source)
        if self._receiver is not None:
            self._receiver.prove(*source)
        return True


def _nobody(data: bytes, source: tuple[str, int]) -> None:
    """Media only was asked for, so there is nothing else."""
