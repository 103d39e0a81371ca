"""Offers through aiortc, and what gets past the datagram filter."""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import weakref
from typing import Any

import pytest
from aioice import stun
from aioice.ice import Connection
from aiortc import RTCConfiguration, RTCPeerConnection
from hypothesis import given
from hypothesis import strategies as st

from config.clock import SystemClock
from recorder.errors import MalformedSdp, RecorderError
from recorder.ingest import garbage, webrtc_peer
from recorder.ingest.item import CONTROL, Item
from recorder.ingest.webrtc_datagrams import DatagramFilter
from recorder.ingest.webrtc_peer import WebRtcPeer, host_addresses
from recorder.media import EncodedFrame, Kind, SenderReport
from tests.recorder.test_end_to_end import OFFER
from tests.recorder.test_sdp import AUDIO, VIDEO, sdp


class Nowhere:
    """A sink that only remembers why it ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def on_frame(self, frame: EncodedFrame) -> None:
        """Nothing."""

    def on_sender_report(self, report: SenderReport) -> None:
        """Nothing."""

    def on_lost(self, kind: Kind, packets: int) -> None:
        """Nothing."""

    def on_ended(self, reason: str) -> None:
        self.ended.append(reason)


async def accept(offer: str, sink: Nowhere | None = None) -> WebRtcPeer:
    return await WebRtcPeer.accept(
        offer, sink or Nowhere(), SystemClock().now_us, bits_per_s=1, key_frame_us=1
    )


async def test_closed_connections_are_freed_although_cycles_are_sought_rarely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "EVERY_S", 0.1)
    gc.disable()  # as good as what command_centre.process sets
    try:
        left: list[weakref.ref[RTCPeerConnection]] = []
        for _ in range(5):
            peer = await accept(OFFER)
            left.append(weakref.ref(peer._connection))
            await peer.close()
        del peer
        async with asyncio.timeout(30):
            while any(reference() is not None for reference in left):
                await asyncio.sleep(0.05)
    finally:
        gc.enable()


@pytest.mark.parametrize("setup", ["actpass", "active", "passive"])
@pytest.mark.parametrize("profile", ["42e01f", "4d001f", "64001f", "640c1f"])
async def test_answers_every_role_and_profile(setup: str, profile: str) -> None:
    offer = sdp(AUDIO, VIDEO).replace("setup:actpass", f"setup:{setup}")
    peer = await accept(offer.replace("64001f", profile))
    try:
        expected = "passive" if setup == "active" else "active"
        assert f"a=setup:{expected}" in peer.answer
        assert f"profile-level-id={profile}" in peer.answer
        assert peer.answer.count("a=rtcp-mux-only") == 2
        assert peer.answer.count("a=recvonly") == 2
        assert "a=candidate:" in peer.answer
        assert "stereo=1" in peer.answer
        assert len(peer.answer) < 8192
        assert not peer.connected
    finally:
        await peer.close()


async def test_two_transports_are_refused() -> None:
    with pytest.raises(MalformedSdp, match="BUNDLE"):
        await accept(sdp(AUDIO, VIDEO).replace("a=group:BUNDLE 0 1\r\n", ""))


async def test_any_mutilated_offer_is_answered_or_refused() -> None:
    chance = random.Random(7)
    lines = sdp(AUDIO, VIDEO).split("\r\n")
    for _ in range(60):
        changed = list(lines)
        for _ in range(chance.randrange(1, 4)):
            index = chance.randrange(1, len(changed))
            cut = chance.randrange(len(changed[index]) + 1)
            changed[index] = chance.choice(
                [changed[index][:cut], changed[index] * 2, changed[chance.randrange(len(changed))]]
            )
        try:
            peer = await accept("\r\n".join(changed))
        except RecorderError:
            continue
        await peer.close()


async def test_a_peer_that_never_connects_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webrtc_peer, "CONNECT_S", 0.1)
    sink = Nowhere()
    peer = await accept(OFFER, sink)
    await asyncio.sleep(0.3)
    assert sink.ended == ["failed"]
    await peer.close()
    await peer.close()
    assert sink.ended == ["failed"]


def test_the_loopback_is_used_only_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ip:
        def __init__(self, ip: Any) -> None:
            self.ip = ip

    class Adapter:
        def __init__(self, *ips: Any) -> None:
            self.ips = [Ip(ip) for ip in ips]

    v6 = ("2001:db8::1", 0, 0)
    local = ("fe80::1", 0, 2)
    monkeypatch.setattr("ifaddr.get_adapters", lambda: [Adapter("127.0.0.1", ("::1", 0, 0))])
    assert host_addresses(True, True) == ["127.0.0.1"]
    found = [Adapter("127.0.0.1"), Adapter(v6, local), Adapter("192.0.2.9")]
    monkeypatch.setattr("ifaddr.get_adapters", lambda: found)
    assert host_addresses(True, True) == ["192.0.2.9", "2001:db8::1"]
    assert host_addresses(False, True) == ["2001:db8::1"]


class Filtered:
    """A gathered ICE connection behind the filter."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.media: list[bytes] = []
        self.filter = DatagramFilter(connection, itertools.count().__next__)
        self.filter.install()
        self.protocol = connection._protocols[0]

    def receive(self, data: bytes, port: int = 4000) -> None:
        self.protocol.datagram_received(data, ("192.0.2.1", port))

    def deliver(self, items: list[Item], other: object) -> None:
        self.media += [item.data for item in items]

    def check(self, password: str, **attributes: Any) -> bytes:
        """A connectivity check."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{self.connection.local_username}:remote"
        message.attributes.update(attributes)
        message.add_message_integrity(password.encode())
        return bytes(message)


@pytest.fixture
async def filtered(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: ["127.0.0.1"])
    connection = Connection(ice_controlling=False)
    await connection.gather_candidates()
    sent: list[tuple[bytes, Any]] = []
    made = Filtered(connection)
    monkeypatch.setattr(
        made.protocol.transport, "sendto", lambda data, address: sent.append((data, address))
    )
    made.sent = sent  # type: ignore[attr-defined]
    yield made
    await connection.close()


RTP = b"\x80\x60" + bytes(20)


class Undeciphered:
    """A receiver that hands everything on as it came."""

    batched = False

    def datagram(self, data: bytes, now_us: int) -> list[Item]:
        return [Item(CONTROL, data=data, arrival_us=now_us)]

    def prove(self, host: str, port: int) -> None:
        assert (host, port) == ("192.0.2.1", 4000)


async def test_only_who_knows_the_password_is_heard(filtered: Any) -> None:
    filtered.receive(RTP)
    filtered.receive(filtered.check("wrong" * 5))
    filtered.receive(RTP)
    assert filtered.sent == []
    assert filtered.filter.dropped == 3
    filtered.receive(filtered.check(filtered.connection.local_password, PRIORITY=5))
    assert len(filtered.sent) == 1
    filtered.receive(RTP)
    filtered.receive(RTP, port=4001)
    filtered.filter.start_media(Undeciphered(), filtered.deliver)
    assert filtered.media == [RTP]  # waited for the keys
    filtered.receive(RTP)
    assert len(filtered.media) == 2
    filtered.filter.stop_media()
    filtered.receive(RTP)
    assert len(filtered.media) == 2


async def test_a_check_without_priority_is_a_check(filtered: Any) -> None:
    filtered.receive(filtered.check(filtered.connection.local_password))
    assert len(filtered.connection._early_checks) == 1
    message, _, _ = filtered.connection._early_checks[0]
    assert message.attributes["PRIORITY"] > 0


async def test_lengths_and_ranges(filtered: Any) -> None:
    filtered.receive(filtered.check(filtered.connection.local_password))
    before = filtered.filter.dropped
    for data in (
        b"",
        b"\x80" * 1501,
        b"\x50abc",
        b"\xc0abc",
        b"\x00\x01\x00\x00",
        b"\x01\x01" + bytes(18),
    ):
        filtered.receive(data)
    assert filtered.filter.dropped == before + 6
    filtered.receive(b"\x16handshake")
    assert await filtered.connection._queue.get() == (b"\x16handshake", 1)


@given(st.binary(max_size=60))
def test_stun_any_bytes(data: bytes) -> None:
    connection = Connection(ice_controlling=False)
    made = DatagramFilter(connection, lambda: 0)
    protocol = type("P", (), {"transactions": {}, "local_candidate": None})()
    receive: Any = made._received_by(protocol)
    head = b"\x01\x01" + len(data).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12)
    receive(head + data, ("192.0.2.1", 1))
    receive(b"\x00" + head[1:] + data, ("192.0.2.1", 1))


async def test_offers_of_aiortc_itself_are_understood() -> None:
    other = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    other.addTransceiver("audio", direction="sendonly")
    other.addTransceiver("video", direction="sendonly")
    await other.setLocalDescription(await other.createOffer())
    peer = await accept(other.localDescription.sdp)
    assert peer.kinds == ["audio", "video"]
    await peer.close()
    await other.close()
