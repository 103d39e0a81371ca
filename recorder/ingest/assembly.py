"""Whole pictures out of packets that are in order. Pure.

A picture ends with its marker, or with the first packet of the next. One that misses a part or is
malformed is dropped as a whole and never handed on in pieces.

A picture can miss its end although no packet was lost: libwebrtc throws away what its pacer still
holds of a picture when a key frame is asked for, before it numbers the packets. So one without its
marker is whole only when the stream has never set one (some H.264 encoders do not) and no unit of
it is open.
"""

from __future__ import annotations

from recorder.errors import MalformedMedia
from recorder.ingest.depacketiser import Depacketiser
from recorder.ingest.h264 import H264Depacketiser
from recorder.ingest.item import FRAME, KEY, MALFORMED, PICTURE, SETS, Item
from recorder.ingest.rtp import RtpHeader


class Assembly:
    """One stream's pictures; ``number`` comes back in every item."""

    def __init__(self, number: int, depacketiser: Depacketiser) -> None:
        self._number = number
        self._depacketiser = depacketiser
        self._timestamp: int | None = None
        self._arrival_us = 0
        self._packets = 0
        self._spoilt = False
        self._marked = False  # the stream sets markers

    def push(self, header: RtpHeader, data: bytes, arrival_us: int) -> list[Item]:
        """The next packet; returns what it completes."""
        out: list[Item] = []
        collected = self._depacketiser
        if header.timestamp != self._timestamp:
            if self._timestamp is not None and not collected.empty:
                self._finish_unmarked(header.ssrc, out)
            self._timestamp = header.timestamp
            self._arrival_us = arrival_us
            self._packets = 0
            self._spoilt = False
        self._packets += 1
        if not self._spoilt:
            try:
                collected.push(data, header.start, header.end)
            except MalformedMedia:
                self.spoil()
                out.append(Item(MALFORMED, self._number, packets=1))
        if header.marker:
            self._marked = True
            if not collected.empty:
                self._finish(header.ssrc, out)
            self._timestamp = None
        return out

    def spoil(self) -> None:
        """The picture being collected misses a part."""
        self._depacketiser.reset()
        self._spoilt = True

    def _finish_unmarked(self, ssrc: int, out: list[Item]) -> None:
        collected = self._depacketiser
        optional = isinstance(collected, H264Depacketiser) and not collected.open
        if collected.has_picture and (self._marked or not optional):
            self.spoil()
            out.append(Item(MALFORMED, self._number, packets=1))
        else:  # whole, or parameter sets that came by themselves
            self._finish(ssrc, out)

    def _finish(self, ssrc: int, out: list[Item]) -> None:
        collected, timestamp = self._depacketiser, self._timestamp
        assert timestamp is not None
        sets = isinstance(collected, H264Depacketiser) and collected.has_sps
        flags = KEY * collected.key | PICTURE * collected.has_picture | SETS * sets
        arrival_us, packets = self._arrival_us, self._packets
        try:
            data = collected.take()
        except MalformedMedia:
            self.spoil()
            out.append(Item(MALFORMED, self._number, packets=1))
            return
        out.append(Item(FRAME, self._number, data, flags, timestamp, arrival_us, packets, ssrc))
