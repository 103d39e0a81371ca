"""Every private name of aiortc, aioice and pylibsrtp the recorder relies on, and their versions.

When this fails after an upgrade, read recorder/README.md, "What we take from aiortc".
"""

from __future__ import annotations

import asyncio
import inspect
from importlib.metadata import version

import aioice.ice
import aiortc.rtcpeerconnection
import pytest
from aioice import stun
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCCertificate, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceTransport
from aiortc.rtcrtptransceiver import RTCRtpTransceiver

from recorder.ingest import webrtc_peer
from recorder.native import twin

PINNED = {"aiortc": "1.16.0", "aioice": "0.13.0"}


@pytest.mark.parametrize("package", PINNED)
def test_versions_are_the_ones_read(package: str) -> None:
    assert version(package) == PINNED[package]


def test_av_and_srtp_are_of_the_line_measured() -> None:
    assert version("av").split(".")[:2] == ["18", "1"]
    assert version("pylibsrtp").split(".")[0] == "1"


async def test_names_on_a_connection() -> None:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = connection.addTransceiver("audio", direction="recvonly")
    try:
        assert transceiver._RTCRtpTransceiver__receiver is transceiver.receiver  # type: ignore[attr-defined]
        assert isinstance(transceiver._codecs, list)
        dtls = transceiver.receiver.transport
        assert dtls._rx_srtp is None
        assert dtls._tx_srtp is None
        ice = dtls.transport
        assert ice._connection._nominated == {}
        assert ice._connection._protocols == []
        assert ice._connection.remote_password is None
        assert isinstance(ice._connection.local_password, str)
        assert ice.iceGatherer._connection is ice._connection
        assert (ice._recv, ice._send) == (ice._connection.recv, ice._connection.send)
        assert ice._connection._local_password == ice._connection.local_password
        assert ice._connection._local_username == ice._connection.local_username
        assert ice._connection._queue.empty()
        assert ice._connection._event_waiter is None
        assert ice._connection._check_list == []
        assert ice._connection._remote_candidates == []
        assert not ice._connection._early_checks
        assert ice._connection._nominating == set()
    finally:
        await connection.close()


def test_names_on_classes() -> None:
    assert callable(RTCDtlsTransport._register_rtp_receiver)
    assert callable(RTCDtlsTransport._unregister_rtp_receiver)
    assert callable(RTCCertificate._create_ssl_context)
    assert callable(aioice.ice.get_host_addresses)
    stock = webrtc_peer._stock_ssl_context
    assert list(inspect.signature(stock).parameters) == ["self", "srtp_profiles"]
    assert "_connection" in inspect.getsource(RTCIceTransport.__init__)
    assert "rtp.DYNAMIC_PAYLOAD_TYPES" in inspect.getsource(aiortc.rtcpeerconnection)
    assert "self.__receiver" in inspect.getsource(RTCRtpTransceiver.__init__)


def test_dtls_reads_and_writes_through_what_a_restart_replaces() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    assert "self.transport._recv()" in source
    assert "self.transport._send(" in source


def test_names_of_the_dtls_handshake() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    for name in ("self._ssl", "self._role", "get_selected_srtp_profile()", "EXTRACTOR-dtls_srtp"):
        assert name in source
    assert 'if self._role == "server":' in inspect.getsource(RTCDtlsTransport._setup_srtp)
    assert {profile.openssl_profile.decode() for profile in SRTP_PROFILES} == set(twin._PROFILES)
    for profile in SRTP_PROFILES:
        known, size = twin._PROFILES[profile.openssl_profile.decode()]
        assert (known, size) == (
            profile.libsrtp_profile,
            profile.key_length + profile.salt_length,
        )


async def test_names_of_the_event_loop() -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    assert callable(loop._remove_reader)  # type: ignore[attr-defined]
    assert callable(loop._add_reader)  # type: ignore[attr-defined]
    assert callable(transport._read_ready)  # type: ignore[attr-defined]
    transport.close()


def test_the_socket_callback_is_looked_up_per_object() -> None:
    source = inspect.getsource(aioice.ice.Connection)
    assert "StunProtocol(self)" in source
    assert callable(aioice.ice.StunProtocol.datagram_received)
    assert callable(aioice.ice.Connection.request_received)
    assert callable(aioice.ice.Connection.data_received)
    assert callable(stun.Message.check_message_integrity)
    assert callable(stun.Transaction.response_received)
