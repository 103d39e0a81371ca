"""The native module in Python: used where it could not be compiled, and what it is tested against.

Same classes, same results (tests/recorder/test_native.py). Only ``batched`` differs: the twin reads
no sockets, its datagrams come one by one from the event loop.
"""

from __future__ import annotations

import pylibsrtp

from recorder.ingest.assembly import Assembly
from recorder.ingest.h264 import H264Depacketiser
from recorder.ingest.item import (
    CONTROL,
    H264_PICTURES,
    LOST,
    MARKER,
    PACKET,
    RESTARTED,
    VP8_PICTURES,
    Item,
)
from recorder.ingest.reorder import Lost, ReorderBuffer
from recorder.ingest.rtp import MAX_DATAGRAM, RtpHeader, is_rtcp, parse_header
from recorder.ingest.vp8 import Vp8Depacketiser

SSRC_SILENCE_US = 500_000
_REPLAY_WINDOW = 1024

_PROFILES = {
    "SRTP_AES128_CM_SHA1_80": (pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30),
    "SRTP_AEAD_AES_128_GCM": (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 28),
    "SRTP_AEAD_AES_256_GCM": (pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44),
}


class _AsItCame(H264Depacketiser):
    """Parameter sets are put in front of key frames later, by the track."""

    def take(self) -> bytes:
        return self.take_raw()


_Packet = tuple[RtpHeader, bytes, int]


class Lane:
    """One RTP stream: follows one SSRC, orders its packets, makes pictures of them.

    Another SSRC takes over when the first has been silent. ``number`` comes back in every item.
    """

    def __init__(self, number: int, mode: int, wait_us: int, ticks_per_ms: int) -> None:
        if not _sensible(mode, wait_us, ticks_per_ms):
            raise ValueError("expected mode 0..2, wait_us up to a minute, ticks_per_ms 1..1000")
        self.number = number
        self.ssrc: int | None = None
        self._mode = mode
        self._wait_us = wait_us
        self._ticks_per_ms = ticks_per_ms
        self._last_us = 0
        self._restart()

    def _restart(self) -> None:
        self._buffer: ReorderBuffer[_Packet] = ReorderBuffer(self._wait_us)
        self._assembly: Assembly | None = None
        if self._mode == H264_PICTURES:
            self._assembly = Assembly(self.number, _AsItCame())
        elif self._mode == VP8_PICTURES:
            self._assembly = Assembly(self.number, Vp8Depacketiser())
        self.jitter = 0  # sixteenths of a tick (RFC 3550, A.8)
        self._transit: int | None = None

    # --- in -------------------------------------------------------------------------------

    def packet(
        self,
        ssrc: int,
        sequence: int,
        timestamp: int,
        marker: bool,
        data: bytes,
        start: int,
        end: int,
        now_us: int,
    ) -> list[Item]:
        """One packet; its payload is ``data[start:end]``. Returns what can leave."""
        out: list[Item] = []
        if ssrc != self.ssrc and not self._adopt(ssrc, now_us, out):
            return out
        self._last_us = now_us
        self._measure_jitter(timestamp, now_us)
        header = RtpHeader(0, marker, sequence, timestamp, ssrc, start, end)
        self._order(header, data, now_us, out)
        return out

    def retransmission(
        self, timestamp: int, marker: bool, data: bytes, start: int, end: int, now_us: int
    ) -> list[Item]:
        """One RTX packet (RFC 4588): the original number, then the original payload."""
        out: list[Item] = []
        if end - start < 2 or self.ssrc is None:
            return out
        original = data[start] << 8 | data[start + 1]
        header = RtpHeader(0, marker, original, timestamp, self.ssrc, start + 2, end)
        self._order(header, data, now_us, out)
        return out

    def expire(self, now_us: int) -> list[Item]:
        """Give up what stayed away too long; returns what can leave."""
        out: list[Item] = []
        for item in self._buffer.expire(now_us):
            self._take(item, out)
        return out

    def _adopt(self, ssrc: int, now_us: int, out: list[Item]) -> bool:
        if self.ssrc is not None:
            if now_us - self._last_us < SSRC_SILENCE_US:
                return False
            self._restart()
            out.append(Item(RESTARTED, self.number))
        self.ssrc = ssrc
        return True

    def _order(self, header: RtpHeader, data: bytes, now_us: int, out: list[Item]) -> None:
        for item in self._buffer.add(header.sequence, (header, data, now_us), now_us):
            self._take(item, out)

    def _take(self, item: _Packet | Lost, out: list[Item]) -> None:
        if isinstance(item, Lost):
            if self._assembly is not None:
                self._assembly.spoil()
            out.append(Item(LOST, self.number, packets=item.packets))
            return
        header, data, arrival_us = item
        if header.start >= header.end:
            return  # padding only
        if self._assembly is not None:
            out += self._assembly.push(header, data, arrival_us)
            return
        flags = MARKER if header.marker else 0
        payload = data[header.start : header.end]
        number, timestamp = self.number, header.timestamp
        out.append(Item(PACKET, number, payload, flags, timestamp, arrival_us, 1, header.ssrc))

    def _measure_jitter(self, timestamp: int, now_us: int) -> None:
        transit = (now_us * self._ticks_per_ms // 1000 - timestamp) & 0xFFFFFFFF
        if self._transit is not None:
            step = abs(((transit - self._transit + 0x80000000) & 0xFFFFFFFF) - 0x80000000)
            self.jitter += step - ((self.jitter + 8) >> 4)
        self._transit = transit

    # --- out ------------------------------------------------------------------------------

    def due(self, now_us: int) -> list[int]:
        """Sequence numbers (16 bit) to ask for now; asking is noted."""
        return self._buffer.due(now_us)

    @property
    def waiting(self) -> bool:
        """Packets are missing."""
        return self._buffer.waiting

    @property
    def highest(self) -> int:
        """Highest number, extended beyond 16 bits; negative before the first packet."""
        return self._buffer.highest

    @property
    def expected(self) -> int:
        """Packets the sender has sent since the first one received."""
        return self._buffer.expected

    @property
    def received(self) -> int:
        """Packets received, without repeats."""
        return self._buffer.received

    @property
    def lost(self) -> int:
        """Packets given up."""
        return self._buffer.lost


def _sensible(mode: int, wait_us: int, ticks_per_ms: int) -> bool:
    return 0 <= mode <= 2 and 0 < wait_us <= 60_000_000 and 0 < ticks_per_ms <= 1000


class Receiver:
    """One connection's incoming media: SRTP, then the lane of the payload type."""

    batched = False  # ``drain`` is of use

    def __init__(self, profile: str, key: bytes) -> None:
        known = _PROFILES.get(profile)
        if known is None or len(key) != known[1]:
            raise ValueError(
                f"SRTP profile {profile} with a key of {len(key)} bytes is not supported"
            )
        policy = pylibsrtp.Policy(
            key=key, ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND, srtp_profile=known[0]
        )
        policy.window_size = _REPLAY_WINDOW
        self._session = pylibsrtp.Session(policy)
        self._lanes: dict[int, tuple[Lane, bool]] = {}
        self.octets = 0  # of media
        self.failures = 0  # not RTP, not authentic, or sent twice
        self.dropped = 0  # of an impossible length

    def add(self, payload_type: int, lane: Lane, again: bool = False) -> None:
        """Packets of this payload type go to a lane; ``again`` when they are RTX."""
        if not 0 <= payload_type <= 127:
            raise ValueError("expected a payload type 0..127")
        self._lanes[payload_type] = (lane, again)

    def prove(self, host: str, port: int) -> None:
        """Media from this address may come in; of use to ``drain`` only."""

    def drain(self, descriptor: int, now_us: int) -> list[Item]:
        """What has come to a socket, at most 256 datagrams; in C only."""
        raise NotImplementedError(f"socket {descriptor} is read by the event loop ({now_us})")

    def datagram(self, data: bytes, now_us: int) -> list[Item]:
        """One datagram of the media range (first byte 128..191). Never raises."""
        if not 0 < len(data) <= MAX_DATAGRAM:
            self.dropped += 1
            return []
        if is_rtcp(data):
            return [Item(CONTROL, data=data, arrival_us=now_us)]
        try:
            packet = self._session.unprotect(data)
        except (pylibsrtp.Error, ValueError):
            self.failures += 1
            return []
        header = parse_header(packet)
        if header is None:
            return []
        entry = self._lanes.get(header.payload_type)
        if entry is None:
            return []
        self.octets += len(packet)
        lane, again = entry
        marker, timestamp = header.marker, header.timestamp
        start, end = header.start, header.end
        if again:
            return lane.retransmission(timestamp, marker, packet, start, end, now_us)
        ssrc, sequence = header.ssrc, header.sequence
        return lane.packet(ssrc, sequence, timestamp, marker, packet, start, end, now_us)


def length_prefixed(annex_b: bytes) -> bytes:
    """NAL units behind their lengths (4 bytes) instead of start codes; empty when there is none."""
    parts: list[bytes] = []
    position = annex_b.find(b"\0\0\1")
    while position >= 0:
        start = position + 3
        position = annex_b.find(b"\0\0\1", start)
        unit = (annex_b[start:position] if position >= 0 else annex_b[start:]).rstrip(b"\0")
        if unit:
            parts.append(len(unit).to_bytes(4, "big"))
            parts.append(unit)
    return b"".join(parts)
