"""RTSP as bytes: messages, addresses, login, descriptions, interleaved frames."""

from __future__ import annotations

import hashlib
import random
import struct

import pytest

from recorder.ingest.ordered_track import OrderedH264
from recorder.ingest.rtsp_sdp import control_url, read_description
from recorder.ingest.rtsp_stream import InterleavedStream, frame
from recorder.ingest.rtsp_wire import (
    MAX_HEAD_BYTES,
    BadAddress,
    Login,
    MalformedRtsp,
    basic_password,
    parse_message,
    read_address,
    request,
    response,
)
from recorder.media import EncodedFrame
from tests.recorder.rtsp_camera import packetise

SDP = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=Media
a=control:rtsp://cam/all
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtkDxWhAAAADAEAAAAwDxYuS,aMuMsg==
a=control:trackID=1
m=application 0 RTP/AVP 107
a=control:trackID=9
m=audio 0 RTP/AVP 8
a=control:trackID=2
"""


def test_messages_come_out_as_they_went_in() -> None:
    sent = request("SETUP", "rtsp://h/a", 7, "Transport: x", body=b"abc")
    found = parse_message(sent)
    assert found is not None
    message, end = found
    assert end == len(sent)
    assert (message.method, message.url, message.header("cseq"), message.body) == (
        "SETUP",
        "rtsp://h/a",
        "7",
        b"abc",
    )
    assert all(parse_message(sent[:size]) is None for size in range(len(sent)))
    answer = parse_message(response("401 Unauthorized", "7", "WWW-Authenticate: a"))
    assert answer is not None
    assert (answer[0].status, answer[0].method) == (401, "")


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"x" * (MAX_HEAD_BYTES + 1),
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_is_not_rtsp_or_too_long_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedRtsp):
        parse_message(data)


def test_digest_as_in_the_rfcs() -> None:
    """The example of RFC 2617, 3.5 (with qop); SHA-256 by the formula of RFC 7616, 3.4.1."""
    login = Login("Mufasa", "Circle Of Life")
    assert login.take(
        [
            'Basic realm="x"',
            'Digest realm="testrealm@host.com", qop="auth,auth-int", '
            'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
        ]
    )
    assert 'response="6629fae49393a05397450978507c4ef1"' in login.header(
        "GET", "/dir/index.html", "0a4f113b"
    )
    login = Login("m", "p")
    assert login.take(
        ['Digest realm="r", algorithm=SHA-256, nonce="n"', 'Digest realm="r", nonce="n"']
    )
    first, second = (hashlib.sha256(t).hexdigest() for t in (b"m:r:p", b"GET:/"))
    expected = hashlib.sha256(f"{first}:n:{second}".encode()).hexdigest()
    assert f'response="{expected}", algorithm=SHA-256' in login.header("GET", "/", "")
    assert not login.take(["Negotiate", "Digest algorithm=MD5-sess, nonce=a"])
    assert "'p'" not in repr(login)


def test_basic() -> None:
    login = Login("a", "b:c")
    assert login.take(['Basic realm="x"'])
    line = login.header("DESCRIBE", "rtsp://h", "")
    assert basic_password(line.partition(": ")[2]) == ("a", "b:c")
    assert basic_password("Basic ???") is None
    assert basic_password("Digest x") is None


def test_addresses() -> None:
    address = read_address("rtsp://user:p%40ss@[::1]:8554/live/ch1?x=1")
    assert (address.host, address.port, address.user, address.password) == (
        "::1",
        8554,
        "user",
        "p@ss",
    )
    assert address.url == "rtsp://[::1]:8554/live/ch1?x=1"
    assert "p@ss" not in repr(address)
    assert read_address("rtsp://cam").url == "rtsp://cam/"
    for wrong in ("http://cam/", "rtsp://", "rtsp://cam:99999/", "rtsp://cam/a b", "cam"):
        with pytest.raises(BadAddress) as caught:
            read_address(wrong)
        assert "expected rtsp://" in str(caught.value)


def test_descriptions() -> None:
    described = read_description(SDP)
    video, audio = described.media
    assert (video.codec, video.clock, video.control) == ("H264", 90_000, "trackID=1")
    assert video.parameter_sets[0][0] & 31 == 7
    assert video.parameter_sets[1][0] & 31 == 8
    assert (audio.codec, audio.clock, audio.control) == ("PCMA", 8000, "trackID=2")
    assert control_url("rtsp://cam/all", "trackID=1") == "rtsp://cam/all/trackID=1"
    assert control_url("rtsp://cam/all/", "*") == "rtsp://cam/all/"
    assert control_url("rtsp://cam/", "RTSP://cam/x") == "RTSP://cam/x"
    with pytest.raises(MalformedRtsp):
        read_description("hello")
    with pytest.raises(MalformedRtsp):
        read_description("v=0\n" + "m=video 0 RTP/AVP 96\n" * 100)


def test_bytes_in_any_split_give_the_same_and_noise_never_raises() -> None:
    rng = random.Random(7)
    for _ in range(300):
        noise = b"".join(
            frame(rng.randrange(4), rng.randbytes(rng.randrange(60))) for _ in range(20)
        )
        outcomes = []
        for step in (1, 7, len(noise)):
            frames: list[EncodedFrame] = []
            track = OrderedH264(96, frames.append, lambda _kind, _count: None)
            stream = InterleavedStream(lambda _: None, lambda: None, lambda _: None)
            stream.add(track, 0, 1)
            for at in range(0, len(noise), step):
                stream.feed(noise[at : at + step], 1)
            outcomes.append((track.malformed, track.packets, len(frames)))
        assert len(set(outcomes)) == 1


def test_a_run_taken_at_once_is_the_same_as_packet_by_packet() -> None:
    """Random pictures, single and fragmented, with losses: any split, the same frames."""
    rng = random.Random(11)
    stream = b""
    sequence = 0
    for number in range(300):
        unit = bytes((0x65 if number % 7 == 0 else 0x41,)) + rng.randbytes(rng.randrange(1, 9000))
        payloads = list(packetise(unit))
        for index, payload in enumerate(payloads):
            sequence = (sequence + 1 + (rng.random() < 0.01)) & 0xFFFF
            marker = 0x80 if index == len(payloads) - 1 and rng.random() < 0.9 else 0
            head = struct.pack(">BBHII", 0x80, 96 | marker, sequence, number * 3600, 7)
            stream += frame(0, head + payload)
    seen = []
    for step in (1, 997, 4096, 50_000, len(stream)):
        frames: list[EncodedFrame] = []
        lost: list[int] = []
        track = OrderedH264(96, frames.append, lambda _, count: lost.append(count))  # noqa: B023
        reading = InterleavedStream(lambda _: None, lambda: None, lambda _: None)
        reading.add(track, 0, 1)
        for at in range(0, len(stream), step):
            reading.feed(stream[at : at + step], 1)
        seen.append(([(f.data, f.rtp, f.key, f.packets, f.after_loss) for f in frames], lost))
    assert len(seen[0][0]) > 100
    assert all(one == seen[0] for one in seen)
