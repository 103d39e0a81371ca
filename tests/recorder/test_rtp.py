"""RTP headers, unwrapping, RTCP: pure, and nothing raises on any bytes."""

from __future__ import annotations

import struct

from aiortc.rtp import (
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    RtpPacket,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from recorder.ingest import rtcp
from recorder.ingest.rtp import Unwrapper, is_rtcp, parse_header

u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)


@given(u16, u32, u32, st.booleans(), st.binary(max_size=60), st.lists(u32, max_size=4))
def test_parses_what_aiortc_writes(
    sequence: int, timestamp: int, ssrc: int, marker: bool, payload: bytes, csrc: list[int]
) -> None:
    packet = RtpPacket(
        payload_type=96, marker=int(marker), sequence_number=sequence, timestamp=timestamp
    )
    packet.ssrc, packet.payload, packet.csrc = ssrc, payload, csrc
    data = packet.serialize()
    header = parse_header(data)
    assert header is not None
    assert header[:5] == (96, marker, sequence, timestamp, ssrc)
    assert data[header.start : header.end] == payload


def test_extension_and_padding_are_not_payload() -> None:
    extension = struct.pack("!HH", 0xBEDE, 1) + b"\x10\x01\x00\x00"
    data = struct.pack("!BBHLL", 0xB0, 0xE0, 7, 8, 9) + extension + b"media" + b"\0\0\3"
    header = parse_header(data)
    assert header is not None
    assert header.marker
    assert data[header.start : header.end] == b"media"


@given(st.binary(max_size=80))
def test_any_bytes_parse_or_do_not(data: bytes) -> None:
    header = parse_header(data)
    if header is not None:
        assert 12 <= header.start <= header.end <= len(data)
    rtcp.parse_compound(data)
    is_rtcp(data)


@given(st.binary(max_size=40), st.sampled_from([0x80, 0x90, 0xA0, 0xBF]))
def test_lengths_that_point_outside_are_refused(tail: bytes, first: int) -> None:
    header = parse_header(bytes([first]) + tail)
    assert header is None or header.end <= len(tail) + 1


@given(st.integers(0, 1 << 40), st.lists(st.integers(-(1 << 30), 1 << 30), max_size=50))
def test_unwrapping_follows_any_walk(start: int, steps: list[int]) -> None:
    unwrapper = Unwrapper(32)
    offset = unwrapper.unwrap(start & 0xFFFFFFFF) - start
    value = start
    for step in steps:
        value += step
        assert unwrapper.peek(value & 0xFFFFFFFF) - offset == value
        assert unwrapper.unwrap(value & 0xFFFFFFFF) - offset == value


def test_peek_before_the_first_value() -> None:
    assert Unwrapper(16).peek(5) == 5


@given(u32, u32, st.lists(u16, min_size=1, max_size=40, unique=True))
def test_nack_names_exactly_these(own: int, media: int, sequences: list[int]) -> None:
    [packet] = RtcpPacket.parse(rtcp.nack(own, media, sequences))
    assert isinstance(packet, RtcpRtpfbPacket)
    assert sorted(packet.lost) == sorted(sequences)
    assert (packet.ssrc, packet.media_ssrc) == (own, media)


@given(u32, st.integers(0, 50_000_000), u32)
def test_remb_says_at_most_the_rate(own: int, rate: int, ssrc: int) -> None:
    [packet] = RtcpPacket.parse(rtcp.maximum_bit_rate(own, rate, [ssrc]))
    assert isinstance(packet, RtcpPsfbPacket)
    told, ssrcs = unpack_remb_fci(packet.fci)
    assert ssrcs == [ssrc]
    assert rate * 0.99999 - 1 <= told <= rate


def test_receiver_report_and_picture_loss() -> None:
    block = rtcp.ReportBlock(1, 25, -3, 70_000, 9, 11, 12)
    [packet] = RtcpPacket.parse(rtcp.receiver_report(5, [block]))
    assert isinstance(packet, RtcpRrPacket)
    assert packet.reports[0].packets_lost == -3
    assert packet.reports[0].highest_sequence == 70_000
    assert packet.reports[0].fraction_lost == 25
    [request] = RtcpPacket.parse(rtcp.picture_loss(5, 6))
    assert isinstance(request, RtcpPsfbPacket)
    assert (request.fmt, request.media_ssrc) == (1, 6)


@given(u32, st.integers(0, (1 << 64) - 1), u32)
def test_reads_reports_and_goodbyes(ssrc: int, ntp: int, stamp: int) -> None:
    sender = RtcpSenderInfo(ntp_timestamp=ntp, rtp_timestamp=stamp, packet_count=1, octet_count=2)
    data = bytes(RtcpSrPacket(ssrc=ssrc, sender_info=sender)) + bytes(RtcpByePacket([ssrc, 3]))
    assert rtcp.parse_compound(data) == [rtcp.Report(ssrc, ntp, stamp), rtcp.Bye((ssrc, 3))]
