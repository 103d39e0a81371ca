"""Anything at all into the datagram callback: it never raises and keeps nothing.

What is authentic is fuzzed too: a publisher knows its keys, and may be broken or hostile. Longer,
with the sanitizers: ``make fuzz``.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import pack
from types import SimpleNamespace
from typing import Any

import pylibsrtp
import pytest
from aioice import stun
from aioice.candidate import Candidate
from aioice.ice import Connection
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.ingest.item import CONTROL, Item
from recorder.ingest.track import Track
from recorder.ingest.webrtc_datagrams import _MAX_PROVED, DatagramFilter
from recorder.ingest.webrtc_receiver import MediaPath
from recorder.media import H264, OPUS, EncodedFrame, Kind, SenderReport
from recorder.native import Receiver
from tests.recorder.test_native import Sender, datagrams

PEER = ("192.0.2.1", 4000)


@dataclass
class Sink:
    """Counts."""

    frames: int = 0
    lost: int = 0
    reports: list[SenderReport] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def on_frame(self, frame: EncodedFrame) -> None:
        self.frames += 1

    def on_sender_report(self, report: SenderReport) -> None:
        self.reports.append(report)

    def on_lost(self, kind: Kind, packets: int) -> None:
        self.lost += packets

    def on_ended(self, reason: str) -> None:
        self.ended.append(reason)


class Bench:
    """A media path behind a filter, with keys and without a network."""

    def __init__(self, sender: Sender) -> None:
        self.connection = Connection(ice_controlling=False)
        self.clock = itertools.count(1_000_000, 5_000)
        self.filter = DatagramFilter(self.connection, self.clock.__next__)
        self.sent: list[bytes] = []
        self.protocol = SimpleNamespace(
            transactions={},
            local_candidate=Candidate("f", 1, "udp", 1, "192.0.2.9", 9, "host"),
            transport=SimpleNamespace(
                is_closing=lambda: False, sendto=lambda data, address: self.sent.append(data)
            ),
            send_stun=lambda message, address: self.sent.append(bytes(message)),
        )
        self.receive: Any = self.filter._received_by(self.protocol)  # type: ignore[arg-type]
        self.sink = Sink()
        self.path = MediaPath(self.filter, self.sink, self.clock.__next__, 4_000_000)
        kinds: tuple[tuple[Kind, str, int], ...] = (("video", H264, 96), ("audio", OPUS, 97))
        for number, (kind, codec, payload_type) in enumerate(kinds):
            track = Track(kind, codec, self.sink.on_frame, self.sink.on_lost, number=number)
            self.path.add_track(track, payload_type, 5 if kind == "video" else None)
        self.session = sender.session
        policy = pylibsrtp.Policy(key=sender.key, ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND)
        receiver = Receiver(sender.profile, sender.key)
        for payload_type, track, again in self.path._types:
            receiver.add(payload_type, track.lane, again)
        pair = SimpleNamespace(protocol=self.protocol, remote_addr=PEER)
        self.path._receiver = receiver
        self.path._dtls = SimpleNamespace(  # type: ignore[assignment]
            _rx_srtp=pylibsrtp.Session(policy),
            _tx_srtp=pylibsrtp.Session(
                pylibsrtp.Policy(key=sender.key, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
            ),
            transport=SimpleNamespace(_connection=SimpleNamespace(_nominated={1: pair})),
        )
        self.filter._proved.add(PEER)
        self.filter._receiver, self.filter._deliver = receiver, self.path._deliver

    def check(self, chance: random.Random, password: str) -> bytes:
        """A connectivity check with attributes of all sorts."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{self.connection.local_username}:x"
        for name, value in (("PRIORITY", 1), ("ICE-CONTROLLED", 5), ("USE-CANDIDATE", None)):
            if chance.random() < 0.5:
                message.attributes[name] = value
        message.add_message_integrity(password.encode())
        message.add_fingerprint()
        return bytes(message)


def _control(chance: random.Random) -> bytes:
    """Compound RTCP, more or less."""
    data = b""
    for _ in range(chance.randrange(1, 5)):
        kind = chance.choice([200, 201, 202, 203, 205, 206, 207, chance.randrange(256)])
        words = chance.choice([0, 1, 6, 7, chance.randrange(40)])
        first = 0x80 | chance.choice([0, 1, 2, 31])
        wrong = chance.choice([0, 0, 0, 1, -1, 60_000])
        ssrc = chance.choice([1, 2, chance.randrange(1 << 32)])
        data += pack("!BBH", first, kind, (words + wrong) & 0xFFFF)
        data += pack("!L", ssrc)[: 4 * words] + chance.randbytes(4 * max(0, words - 1))
    return data if len(data) >= 8 else data + bytes(8)


def _stream(bench: Bench, sender: Sender, chance: random.Random) -> Iterator[bytes]:
    password = bench.connection.local_password
    for media in datagrams(chance, sender, 60):
        yield media
        action = chance.randrange(6)
        if action == 0:
            try:
                yield bytes(bench.session.protect_rtcp(_control(chance)))
            except (pylibsrtp.Error, ValueError):
                continue
        elif action == 1:
            yield bench.check(chance, chance.choice([password, "wrong" * 5]))
        elif action == 2:
            check = bytearray(bench.check(chance, password))
            check[chance.randrange(len(check))] ^= 1 << chance.randrange(8)
            yield bytes(check)
        elif action == 3:
            yield bytes([chance.choice([0, 1, 20, 22, 23, 63, 64, 127, 192, 255])]) + (
                chance.randbytes(chance.choice([0, 3, 19, 20, 200, 1499, 1500]))
            )


@settings(max_examples=80, deadline=None)
@given(st.integers())
def test_nothing_raises_and_nothing_is_kept(seed: int) -> None:
    async def run() -> None:
        problems: list[dict[str, Any]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: problems.append(context))
        chance = random.Random(seed)
        sender = Sender()
        bench = Bench(sender)
        for number, data in enumerate(_stream(bench, sender, chance)):
            source = PEER if chance.random() < 0.9 else ("198.51.100.7", 1000 + number)
            bench.receive(data, source)
            if chance.random() < 0.1:
                bench.path._feedback()
        bench.path._report()
        assert len(bench.filter._proved) <= _MAX_PROVED
        assert len(bench.path._gone) <= 2
        bench.path.stop()
        await bench.connection.close()
        assert problems == []

    asyncio.run(run())


async def test_goodbyes_of_strangers_are_not_collected() -> None:
    sender = Sender()
    bench = Bench(sender)
    for ssrc in range(500):
        bye = bench.session.protect_rtcp(pack("!BBHL", 0x81, 203, 1, ssrc + 10))
        bench.path._deliver([Item(CONTROL, data=bytes(bye), arrival_us=1)], bench.receive)
    assert bench.path._gone == set()
    assert bench.sink.ended == []
    bench.path.stop()
    await bench.connection.close()


async def test_not_every_address_with_the_password_is_remembered() -> None:
    bench = Bench(Sender())
    password = bench.connection.local_password
    chance = random.Random(1)
    for port in range(1, 500):
        bench.receive(bench.check(chance, password), ("192.0.2.1", port))
    assert len(bench.filter._proved) == _MAX_PROVED
    assert len(bench.connection._early_checks) <= _MAX_PROVED
    bench.path.stop()
    await bench.connection.close()


@pytest.mark.parametrize("size", [0, 1, 2, 11, 12, 1499, 1500, 1501, 9000])
async def test_every_first_byte_at_every_edge_of_length(size: int) -> None:
    bench = Bench(Sender())
    for first in range(256):
        bench.receive((bytes([first]) + bytes(size))[:size], PEER)
    assert bench.sink.frames == 0
    bench.path.stop()
    await bench.connection.close()
