"""One track: frames out of packets, the key-frame gate, and what is sent back."""

from __future__ import annotations

import random
from collections.abc import Iterator

from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRtpfbPacket
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.ingest import rtcp
from recorder.ingest.rtp import RtpHeader
from recorder.ingest.track import Track
from recorder.media import H264, OPUS, VP8, EncodedFrame, Kind
from recorder.native.twin import SSRC_SILENCE_US

IDR = b"\x65key"
SPS = b"\x67\x42\xc0\x0d"
PPS = b"\x68\xce"
DELTA = b"\x41delta"


class Watched:
    """A track with what came out of it."""

    def __init__(self, kind: Kind = "video", codec: str = H264, **options: object) -> None:
        self.frames: list[EncodedFrame] = []
        self.lost = 0
        self.track = Track(kind, codec, self.frames.append, self._lost, **options)  # type: ignore[arg-type]
        self.now_us = 0
        self.sequence = 100

    def _lost(self, kind: Kind, packets: int) -> None:
        self.lost += packets

    def send(self, payload: bytes, timestamp: int, *, marker: bool = True, ssrc: int = 1) -> None:
        """One packet, 10 ms after the one before."""
        self.now_us += 10_000
        self.sequence += 1
        header = RtpHeader(
            96, marker, self.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc, 0, len(payload)
        )
        self.track.packet(header, payload, self.now_us)

    def skip(self, packets: int = 1) -> None:
        """These never arrive."""
        self.sequence += packets

    def feedback(self, after_us: int = 0) -> list[type]:
        """What is sent now."""
        self.now_us += after_us
        packets = self.track.feedback(9, self.now_us)
        return [type(packet) for raw in packets for packet in RtcpPacket.parse(raw)]


def test_nothing_leaves_before_a_key_frame_and_one_is_asked_for() -> None:
    watched = Watched()
    watched.send(DELTA, 0)
    assert watched.frames == []
    assert watched.feedback() == [RtcpPsfbPacket]
    assert watched.feedback() == []
    assert watched.feedback(600_000) == [RtcpPsfbPacket]
    watched.send(SPS, 3000, marker=False)
    watched.send(PPS, 3000, marker=False)
    watched.send(IDR, 3000)
    watched.send(DELTA, 6000)
    assert [frame.key for frame in watched.frames] == [True, False]
    assert watched.frames[0].packets == 3
    assert watched.frames[0].data == b"".join(b"\0\0\0\1" + u for u in (SPS, PPS, IDR))
    assert watched.feedback(600_000) == []


def test_parameter_sets_sent_apart_or_in_the_offer_are_put_in_front() -> None:
    apart = Watched()
    apart.send(SPS, 0, marker=False)
    apart.send(PPS, 0)
    apart.send(IDR, 3000)
    offered = Watched(parameter_set_bytes=(SPS, PPS))
    offered.send(IDR, 3000)
    expected = b"".join(b"\0\0\0\1" + unit for unit in (SPS, PPS, IDR))
    assert [f.data for f in apart.frames] == [f.data for f in offered.frames] == [expected]
    without = Watched()
    without.send(IDR, 0)
    assert without.frames[0].data == b"\0\0\0\1" + IDR


def test_after_loss_everything_up_to_the_next_key_frame_is_held_back() -> None:
    watched = Watched()
    watched.send(IDR, 0)
    watched.send(DELTA, 3000)
    watched.skip()
    watched.send(DELTA, 9000)
    assert watched.feedback(5_000) == [RtcpRtpfbPacket]
    for _ in range(50):
        watched.feedback(10_000)
    assert watched.lost == 1
    watched.send(DELTA, 12_000)
    assert len(watched.frames) == 2
    watched.send(IDR, 15_000)
    assert [f.rtp for f in watched.frames] == [0, 3000, 15_000]
    assert [f.after_loss for f in watched.frames] == [False, False, True]
    assert watched.track.gated_frames == 2


def test_a_retransmission_fills_the_hole() -> None:
    watched = Watched()
    watched.send(IDR, 0)
    watched.skip()
    watched.send(DELTA, 6000)
    number = watched.sequence - 1
    payload = number.to_bytes(2, "big") + DELTA
    header = RtpHeader(97, True, 5, 3000, 77, 0, len(payload))
    watched.track.retransmission(header, payload, watched.now_us)
    assert [f.rtp for f in watched.frames] == [0, 3000, 6000]
    assert watched.lost == 0
    watched.track.retransmission(header._replace(end=1), payload, watched.now_us)


def test_a_frame_whose_last_packet_has_no_marker_ends_with_the_next_timestamp() -> None:
    watched = Watched()
    watched.send(IDR, 0, marker=False)
    watched.send(DELTA, 3000, marker=False)
    watched.send(DELTA, 6000, marker=False)
    assert [f.rtp for f in watched.frames] == [0, 3000]


def test_a_key_frame_is_asked_for_when_none_came_for_a_while() -> None:
    watched = Watched(key_frame_us=2_000_000)
    watched.send(IDR, 0)
    assert watched.feedback(800_000) == []
    assert watched.feedback(100_000) == [RtcpPsfbPacket]  # for the first second
    watched.send(IDR, 90_000)
    assert watched.feedback(1_900_000) == []
    assert watched.feedback(200_000) == [RtcpPsfbPacket]
    assert watched.feedback(600_000) == []
    assert watched.feedback(1_500_000) == [RtcpPsfbPacket]
    watched.track.want_key_frame()
    assert watched.feedback(600_000) == [RtcpPsfbPacket]


def test_another_sender_takes_over_only_when_the_first_is_silent() -> None:
    watched = Watched()
    watched.send(IDR, 0)
    watched.send(IDR, 0, ssrc=2)
    assert len(watched.frames) == 1
    watched.now_us += SSRC_SILENCE_US
    watched.sequence = 40_000
    watched.send(IDR, 500, ssrc=2)
    assert [f.ssrc for f in watched.frames] == [1, 2]
    assert watched.frames[1].after_loss


def test_malformed_payloads_are_loss_of_that_frame() -> None:
    watched = Watched()
    watched.send(IDR, 0)
    watched.send(b"\x7c\x05middle", 3000, marker=False)
    watched.send(DELTA, 3000)
    watched.send(DELTA, 6000)
    assert len(watched.frames) == 1
    assert watched.track.malformed == 1
    assert watched.feedback(600_000) == [RtcpPsfbPacket]
    watched.send(IDR, 9000)
    assert len(watched.frames) == 2


def test_sound_goes_straight_through() -> None:
    watched = Watched("audio", OPUS)
    watched.send(b"\xfcone", 0)
    watched.send(b"", 960)
    watched.send(b"\xff", 1920)
    watched.skip()
    watched.send(b"\xfctwo", 2880)
    for after_us in (10_000, 40_000, 150_000):
        watched.feedback(after_us)
    assert [(f.rtp, f.after_loss) for f in watched.frames] == [(0, False), (2880, True)]
    assert watched.track.malformed == 1
    assert watched.lost == 1
    assert watched.feedback(900_000) == []


def test_reports_tell_the_sender_what_arrived() -> None:
    watched = Watched("audio", OPUS)
    assert watched.track.report_block(0) is None
    assert watched.feedback() == []
    for index in range(8):
        if index == 4:
            watched.skip(2)
        watched.send(b"\xfc", 960 * index)
    assert watched.track.sender_report(rtcp.Report(2, 5, 6), 0) is None
    kept = watched.track.sender_report(rtcp.Report(1, 7 << 16, 6), watched.now_us)
    assert kept is not None
    block = watched.track.report_block(watched.now_us + 500_000)
    assert block is not None
    assert (block.lost, block.last_report, block.delay) == (2, 7, 32768)
    assert block.fraction_lost == (2 << 8) // 10
    again = watched.track.report_block(watched.now_us)
    assert again is not None
    assert again.fraction_lost == 0


def _payloads(chance: random.Random) -> Iterator[bytes]:
    while True:
        first = chance.choice([0x65, 0x41, 0x67, 0x68, 0x78, 0x7C, 0x1C, 0x10, 0x90, 0])
        yield bytes([first]) + chance.randbytes(chance.choice([0, 1, 2, 30]))


@settings(max_examples=60)
@given(st.integers(), st.sampled_from([H264, VP8, OPUS]))
def test_nothing_ever_raises(seed: int, codec: str) -> None:
    chance = random.Random(seed)
    kind: Kind = "audio" if codec == OPUS else "video"
    watched = Watched(kind, codec)
    payloads = _payloads(chance)
    for _ in range(200):
        payload = next(payloads)
        header = RtpHeader(
            96,
            chance.random() < 0.3,
            chance.choice([watched.sequence & 0xFFFF, chance.randrange(1 << 16)]),
            chance.choice([0, 3000, chance.randrange(1 << 32)]),
            chance.choice([1, 1, 1, 2]),
            chance.randrange(len(payload) + 1),
            len(payload),
        )
        watched.sequence += 1
        watched.now_us += chance.choice([0, 1_000, 100_000])
        if chance.random() < 0.2:
            watched.track.retransmission(header, payload, watched.now_us)
        else:
            watched.track.packet(header, payload, watched.now_us)
        if chance.random() < 0.2:
            watched.feedback()
            watched.track.report_block(watched.now_us)
