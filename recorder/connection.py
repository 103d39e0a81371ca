"""One publisher's connection as a recording sees it: its peer, its clocks, when media last came.

A recording outlives its connections. Callbacks of a connection that was replaced are ignored, so
nothing a dying peer still says can disturb the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from recorder.media import EncodedFrame, Kind, MediaSink, SenderReport
from recorder.opening import Opening
from recorder.timeline import Timeline


class Peer(Protocol):
    """What a recording needs of a transport (``WebRtcPeer`` is one)."""

    @property
    def bytes_received(self) -> int:
        """Media bytes so far."""
        ...

    def request_key_frame(self) -> None:
        """Ask the publisher for a key frame."""
        ...

    async def close(self) -> None:
        """End the connection."""
        ...


class Listener(Protocol):
    """Who a connection delivers to: its recording."""

    def frame(self, connection: Connection, frame: EncodedFrame) -> None:
        """A frame came."""
        ...

    def lost(self, connection: Connection, kind: Kind, packets: int) -> None:
        """Packets were given up."""
        ...

    def sender_report(self, connection: Connection, report: SenderReport) -> None:
        """A sender report came."""
        ...

    def ended(self, connection: Connection, reason: str) -> None:
        """The connection is over."""
        ...


class Connection(MediaSink):
    """A ``MediaSink`` for one peer; knows its timeline."""

    def __init__(self, listener: Listener, opened_us: int) -> None:
        self._listener = listener
        self.opened_us = opened_us
        self.timeline = Timeline()
        self.opening = Opening()
        self.peer: Peer | None = None
        self.resource = ""
        self.kinds: Sequence[Kind] = ()
        self.last_media_us: int | None = None  # arrival of the last frame

    def on_frame(self, frame: EncodedFrame) -> None:
        """See MediaSink."""
        self.last_media_us = frame.arrival_us
        self._listener.frame(self, frame)

    def on_sender_report(self, report: SenderReport) -> None:
        """See MediaSink."""
        self.timeline.report(report)
        self._listener.sender_report(self, report)

    def on_lost(self, kind: Kind, packets: int) -> None:
        """See MediaSink."""
        self._listener.lost(self, kind, packets)

    def on_ended(self, reason: str) -> None:
        """See MediaSink."""
        self._listener.ended(self, reason)

    def request_key_frame(self) -> None:
        """Ask the publisher for a key frame, when there is one."""
        if self.peer is not None:
            self.peer.request_key_frame()
