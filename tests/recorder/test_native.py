"""The receive path in C and its twin in Python: each by itself, and one against the other."""

from __future__ import annotations

import random
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from struct import pack
from types import ModuleType
from typing import Any

import pylibsrtp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder import native
from recorder.ingest.item import (
    CONTROL,
    FRAME,
    H264_PICTURES,
    LOST,
    MALFORMED,
    OTHER,
    PACKET,
    RESTARTED,
    VP8_PICTURES,
    Item,
)
from recorder.native import twin

HALVES: list[Any] = [twin]
if native.compiled:
    from recorder.native import _media

    HALVES.append(_media)
both = pytest.mark.parametrize("half", HALVES, ids=lambda half: half.__name__.rpartition(".")[2])
compiled = pytest.mark.skipif(not native.compiled, reason="recorder/native was not compiled")

PROFILES = {name: size for name, (_, size) in twin._PROFILES.items()}
WAIT_US = 100_000


@dataclass
class Sender:
    """The other side: makes SRTP with pylibsrtp."""

    profile: str = "SRTP_AES128_CM_SHA1_80"

    def __post_init__(self) -> None:
        self.key = bytes(range(1, 1 + PROFILES[self.profile]))
        policy = pylibsrtp.Policy(
            key=self.key,
            ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND,
            srtp_profile=twin._PROFILES[self.profile][0],
        )
        policy.allow_repeat_tx = True
        policy.window_size = 1024
        self.session = pylibsrtp.Session(policy)

    def packet(self, sequence: int, payload: bytes = b"sound", ssrc: int = 7) -> bytes:
        """One packet of payload type 96."""
        head = pack("!BBHLL", 0x80, 96, sequence & 0xFFFF, sequence * 960 & 0xFFFFFFFF, ssrc)
        return bytes(self.session.protect(head + payload))


def receiver(half: ModuleType, sender: Sender, mode: int = 0) -> Any:
    """One lane for payload type 96, 97 repeats it."""
    made = half.Receiver(sender.profile, sender.key)
    lane = half.Lane(3, mode, WAIT_US, 48)
    made.add(96, lane)
    made.add(97, lane, True)
    return made


@both
@pytest.mark.parametrize("profile", PROFILES)
def test_what_a_real_sender_protects_comes_out(half: ModuleType, profile: str) -> None:
    sender = Sender(profile)
    made = receiver(half, sender)
    for sequence in range(65_500, 65_600):  # over the wrap of the number
        (item,) = made.datagram(sender.packet(sequence, b"payload"), sequence)
        assert (item.kind, item.lane, item.data) == (PACKET, 3, b"payload")
        assert (item.timestamp, item.arrival_us) == (sequence * 960 & 0xFFFFFFFF, sequence)
        assert (item.packets, item.ssrc, item.source) == (1, 7, None)
    assert made.octets == 100 * 19
    assert made.failures == 0


@both
@pytest.mark.parametrize("profile", PROFILES)
def test_not_a_bit_may_be_changed(half: ModuleType, profile: str) -> None:
    sender = Sender(profile)
    made = receiver(half, sender)
    good = sender.packet(1)
    for index in range(len(good)):
        bad = bytearray(good)
        bad[index] ^= 1 << index % 8
        if 192 <= bad[1] <= 223:
            continue  # then it is a control packet
        assert made.datagram(bytes(bad), 0) == []
    for size in range(1, len(good)):
        assert made.datagram(good[:size], 0) == []
    assert made.octets == 0
    assert len(made.datagram(good, 0)) == 1
    assert made.datagram(good, 0) == []  # a replay


@both
def test_late_ones_are_taken_once_and_very_late_ones_not(half: ModuleType) -> None:
    sender = Sender()
    made = receiver(half, sender)
    packets = [sender.packet(65_000 + n) for n in range(1_600)]
    order = [0, 900, 500, 500, 899, 1_599, 576, 575, 574, 1_598]
    before = []
    for index in order:
        failures = made.failures
        made.datagram(packets[index], 0)
        before.append(made.failures == failures)
    assert before == [True, True, True, False, True, True, True, False, False, True]


@both
def test_other_keys_profiles_and_types(half: ModuleType) -> None:
    sender = Sender()
    with pytest.raises(ValueError, match="not supported"):
        half.Receiver(sender.profile, sender.key[:-1])
    with pytest.raises(ValueError, match="not supported"):
        half.Receiver("SRTP_NULL", b"")
    with pytest.raises(ValueError, match="payload type"):
        receiver(half, sender).add(128, half.Lane(0, 0, 1, 1))
    for arguments in ((0, 3, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0)):
        with pytest.raises(ValueError, match="expected mode"):
            half.Lane(*arguments)
    made = half.Receiver(sender.profile, sender.key)
    assert made.datagram(sender.packet(1), 0) == []  # no lane for it
    assert made.failures == 0


@both
def test_control_packets_and_impossible_lengths(half: ModuleType) -> None:
    made = receiver(half, Sender())
    (item,) = made.datagram(b"\x80\xc8report", 5)
    assert (item.kind, item.lane, item.data, item.arrival_us) == (CONTROL, -1, b"\x80\xc8report", 5)
    assert made.datagram(b"", 0) == made.datagram(b"\x80" * 1501, 0) == []
    assert made.dropped == 2
    assert made.datagram(b"\x80\xc8", 0)[0].kind == CONTROL
    assert made.datagram(b"\x80", 0) == []
    assert made.failures == 1


@both
def test_more_sources_than_any_publisher_has_do_no_harm(half: ModuleType) -> None:
    sender = Sender()
    made = receiver(half, sender)
    for ssrc in range(200):
        made.datagram(sender.packet(1, ssrc=1000 + ssrc), 0)
    assert len(made.datagram(sender.packet(2, ssrc=1000), 0)) == 1


# --- one lane --------------------------------------------------------------------------------


@both
def test_no_sender_makes_a_lane_grow(half: ModuleType) -> None:
    lane = half.Lane(0, 0, 60_000_000, 48)
    for step in range(400):  # each opens a hole of nearly a thousand
        items = lane.packet(1, step * 999 & 0xFFFF, 0, False, b"x" * 1000, 0, 1000, 0)
        assert len(items) <= 4
    assert lane.waiting
    assert len(lane.due(10_000_000)) <= 64
    left = [item for item in lane.expire(1 << 50) if item.kind == PACKET]
    assert len(left) <= 3
    assert lane.lost + lane.received == lane.expected


@both
def test_another_source_begins_anew(half: ModuleType) -> None:
    lane = half.Lane(1, 0, WAIT_US, 48)
    lane.packet(1, 5, 0, False, b"a", 0, 1, 0)
    assert lane.packet(2, 9, 0, False, b"b", 0, 1, twin.SSRC_SILENCE_US - 1) == []
    items = lane.packet(2, 10, 0, False, b"c", 0, 1, twin.SSRC_SILENCE_US)
    assert [item.kind for item in items] == [RESTARTED, PACKET]
    assert lane.ssrc == 2
    assert lane.expected == lane.received == 1


@both
def test_a_picture_that_misses_a_part_never_leaves(half: ModuleType) -> None:
    lane = half.Lane(0, 1, WAIT_US, 90)
    lane.packet(1, 1, 0, False, b"\x7c\x85start", 0, 7, 0)
    lane.packet(1, 3, 0, True, b"\x7c\x45end", 0, 5, 0)
    items = lane.packet(1, 4, 3000, True, b"\x41whole", 0, 6, 0)
    items += lane.expire(WAIT_US * 3)
    assert [item.kind for item in items] == [LOST, FRAME]
    assert items[1].data == b"\0\0\0\1\x41whole"


_PAYLOADS = [
    b"\x65key", b"\x41delta", b"\x67sps", b"\x68pps", b"\x7c\x85begin", b"\x7c\x05middle",
    b"\x7c\x45end", b"\x78\0\3\x67ab\0\2\x68c", b"\x78\0\0", b"\x78\0\x09a", b"\x1d", b"",
    b"\x10\0frame", b"\x10\1delta", b"\0more", b"\x90\x80\x81\0\0long", b"\x90", b"\x90\xf0\1",
]  # fmt: skip

Step = tuple[Any, ...]


def lane_steps(chance: random.Random, count: int) -> Iterator[Step]:
    """What a network and a bad publisher may do to one stream."""
    sequence = chance.choice([0, 65_500, 30_000])
    timestamp = chance.choice([0, (1 << 32) - 6000])
    now_us = 1_000_000
    for _ in range(count):
        now_us += chance.choice([0, 500, 20_000, 20_000, 120_000, 600_000])
        action = chance.random()
        if action < 0.08:
            yield ("due", now_us)
        elif action < 0.16:
            yield ("expire", now_us)
        else:
            payload = chance.choice(_PAYLOADS)
            start = chance.choice([0, 0, 0, min(1, len(payload))])
            marker = chance.random() < 0.4
            sequence += chance.choice([1, 1, 1, 1, 1, 2, 3, -1, -4, 300, 990, 2_000, 40_000])
            timestamp += chance.choice([0, 0, 3000, 3000, -3000])
            rest = (timestamp & 0xFFFFFFFF, marker, payload, start, len(payload), now_us)
            if action < 0.3:
                again = (sequence - chance.randrange(6) & 0xFFFF).to_bytes(2, "big") + payload
                yield ("retransmission", *rest[:2], again, 0, len(again), now_us)
            else:
                ssrc = chance.choice([1, 1, 1, 1, 1, 1, 2])
                yield ("packet", ssrc, sequence & 0xFFFF, *rest)


def lane_state(lane: Any) -> tuple[Any, ...]:
    return (
        lane.ssrc, lane.waiting, lane.highest, lane.expected, lane.received, lane.lost, lane.jitter,
    )  # fmt: skip


@compiled
@settings(max_examples=300, deadline=None)
@given(st.integers(), st.sampled_from([0, 1, 2]))
def test_both_halves_of_a_lane_do_the_same(seed: int, mode: int) -> None:
    lanes = [half.Lane(2, mode, WAIT_US, 90) for half in HALVES]
    for name, *arguments in lane_steps(random.Random(seed), 120):
        results = [getattr(lane, name)(*arguments) for lane in lanes]
        plain = [[tuple(item) if name != "due" else item for item in r] for r in results]
        assert plain[0] == plain[1], (name, arguments)
        assert lane_state(lanes[0]) == lane_state(lanes[1]), (name, arguments)


# --- whole datagrams -------------------------------------------------------------------------


def datagrams(chance: random.Random, sender: Sender, count: int) -> Iterator[bytes]:
    """Authentic packets with strange headers, and the same ones damaged."""
    sequence = chance.randrange(1 << 16)
    for _ in range(count):
        sequence += chance.choice([1, 1, 1, 2, -2, 700, 5_000])
        first = 0x80 | chance.choice([0, 0, 0x10, 0x20, 0x30, 0x01, 0x1F])
        second = chance.choice([96, 96, 224, 97, 225, 5])
        ssrc = chance.choice([1, 1, 2])
        timestamp = sequence * 90 & 0xFFFFFFFF
        head = pack("!BBHLL", first, second, sequence & 0xFFFF, timestamp, ssrc)
        extension = pack("!HH", 0xBEDE, chance.choice([0, 1, 2, 300])) if first & 0x10 else b""
        body = extension + chance.choice(_PAYLOADS) + chance.randbytes(chance.choice([0, 4, 40]))
        plain = head + bytes(4 * (first & 15)) + body
        if chance.random() < 0.2:
            yield plain[: chance.randrange(len(plain) + 1)]
        try:
            good = bytes(sender.session.protect(plain))
        except (pylibsrtp.Error, ValueError):
            yield plain
            continue
        if chance.random() < 0.15:
            bad = bytearray(good)
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
            yield bytes(bad)
        yield good


@compiled
@settings(max_examples=150, deadline=None)
@given(st.integers(), st.sampled_from([0, 1, 2]), st.sampled_from(sorted(PROFILES)))
def test_both_halves_of_a_receiver_do_the_same(seed: int, mode: int, profile: str) -> None:
    sender = Sender(profile)
    halves = [receiver(half, sender, mode) for half in HALVES]
    for now_us, data in enumerate(datagrams(random.Random(seed), sender, 60)):
        first, second = ([tuple(i) for i in r.datagram(data, now_us * 5_000)] for r in halves)
        assert first == second
        for name in ("octets", "failures", "dropped"):
            assert getattr(halves[0], name) == getattr(halves[1], name), name


@both
@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=1600))
def test_any_bytes_at_all(half: ModuleType, data: bytes) -> None:
    made = receiver(half, Sender(), 1)
    made.datagram(data, 0)
    made.datagram(b"\x80\x60" + data, 0)
    assert made.octets == 0


@compiled
@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([b"\0", b"\0\0", b"\1", b"\0\0\1", b"\0\0\0\1", b"a", b"bcd"])))
def test_both_halves_cut_annex_b_alike(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert _media.length_prefixed(data) == twin.length_prefixed(data)


# --- sockets ---------------------------------------------------------------------------------


_SO_TIMESTAMPNS = 35


def stamps_are_on(own: socket.socket, sender: socket.socket) -> None:
    """Wait until packets are stamped as they come: the kernel begins with that a little later.

    Until then they get the time they are read.
    """
    for _ in range(200):
        sender.sendto(b"probe", own.getsockname())
        time.sleep(0.02)
        _, ancillary, _, _ = own.recvmsg(100, 100)
        [(_, _, stamp)] = ancillary
        seconds, nanoseconds = struct.unpack("qq", stamp)
        if time.time() - (seconds + nanoseconds / 1e9) > 0.01:
            return
    raise AssertionError("the kernel stamps no packets")


@compiled
def test_a_socket_is_read_in_batches_and_only_proved_media_gets_in() -> None:
    sender = Sender()
    made = receiver(_media, sender)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as friend,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        for each in (own, friend, stranger):
            each.bind(("127.0.0.1", 0))
        own.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        address = own.getsockname()
        stamps_are_on(own, stranger)
        made.prove(*friend.getsockname())
        made.prove("not an address", 1)
        begun = time.monotonic()
        for sequence in range(50):
            friend.sendto(sender.packet(sequence), address)
        for data in (b"", b"\x80" * 1501, b"\x16handshake"):
            friend.sendto(data, address)
        stranger.sendto(sender.packet(50), address)
        time.sleep(0.05)
        items = made.drain(own.fileno(), 10_000_000)
        oldest = 10_000_000 - (time.monotonic() - begun) * 1e6 - 20_000
        assert [item.kind for item in items] == [PACKET] * 50 + [OTHER] * 2
        assert items[50].data == b"\x16handshake"
        assert items[50].source == friend.getsockname()
        assert items[51].source == stranger.getsockname()
        assert all(oldest < item.arrival_us <= 9_960_000 for item in items[:50])
        assert made.dropped == 2
        assert made.drain(own.fileno(), 0) == []
    assert made.drain(own.fileno(), 0) == []  # closed


def test_items_are_spelt_alike() -> None:
    assert Item._fields == (
        "kind", "lane", "data", "flags", "timestamp", "arrival_us", "packets", "ssrc", "source",
    )  # fmt: skip
    if native.compiled:
        made = receiver(_media, Sender())
        (item,) = made.datagram(b"\x80\xc8", 1)
        assert [getattr(item, name) for name in Item._fields] == list(item)


FU_START, FU_MIDDLE = b"\x7c\x81start", b"\x7c\x01middle"  # of a slice; no end
SLICE, KEY_SLICE, SETS = b"\x61slice", b"\x65key", b"\x67sps"
VP8_KEY, VP8_MORE = b"\x10\x00key", b"\x00more"


def pictures(half: ModuleType, mode: int, *packets: tuple[bytes, int, bool]) -> list[int]:
    """Kinds of what comes out of packets (payload, timestamp, marker)."""
    lane = half.Lane(0, mode, WAIT_US, 90)
    kinds: list[int] = []
    for number, (payload, timestamp, marker) in enumerate(packets):
        made = lane.packet(1, number, timestamp, marker, payload, 0, len(payload), number)
        kinds += [item.kind for item in made]
    return kinds


@both
def test_a_picture_its_sender_cut_off_is_not_whole(half: ModuleType) -> None:
    """libwebrtc drops the rest of a picture when a key frame is due; no number is missing."""
    key = (KEY_SLICE, 2, True)
    assert pictures(half, H264_PICTURES, (FU_START, 1, False), key) == [MALFORMED, FRAME]
    middle = ((FU_START, 1, False), (FU_MIDDLE, 1, False), key)
    assert pictures(half, H264_PICTURES, *middle) == [MALFORMED, FRAME]
    after = ((KEY_SLICE, 0, True), (SLICE, 1, False), key)  # others were marked
    assert pictures(half, H264_PICTURES, *after) == [FRAME, MALFORMED, FRAME]
    again = ((VP8_KEY, 1, False), (VP8_MORE, 1, False), (VP8_KEY, 2, True))
    assert pictures(half, VP8_PICTURES, *again) == [MALFORMED, FRAME]


@both
def test_streams_without_markers_and_sets_by_themselves_are_whole(half: ModuleType) -> None:
    bare = ((KEY_SLICE, 1, False), (SLICE, 2, False), (SLICE, 3, False))
    assert pictures(half, H264_PICTURES, *bare) == [FRAME, FRAME]
    apart = ((KEY_SLICE, 1, True), (SETS, 2, False), (KEY_SLICE, 3, True))
    assert pictures(half, H264_PICTURES, *apart) == [FRAME, FRAME, FRAME]
