"""Offers of real clients, replayed: each is answered in a way that client can use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.recorder.test_peer import accept

FOLDER = Path(__file__).with_name("offers")
OFFERS = {path.stem: path.read_bytes().decode() for path in sorted(FOLDER.glob("*.sdp"))}

#: Codec and payload type expected of the video, and what more the answer must hold.
EXPECTED = {
    "aiortc-1.16": ("H264", "a=setup:active"),
    "chromium-156": ("H264", "a=setup:active"),
    "ffmpeg-whip-baseline": ("H264", "a=setup:active"),  # it is the DTLS server
    "ffmpeg-whip-high": ("H264", "a=setup:active"),
    "firefox-153": ("VP8", "a=setup:active"),
    "gstreamer-1.22-h264": ("H264", "a=setup:active"),
    "gstreamer-1.22-vp8": ("VP8", "a=setup:active"),
    "obs-30-candidates": ("H264", "profile-level-id=42e01f"),
    "obs-31": ("H264", "packetization-mode=1"),
    "obs-31-audio-only": ("", "stereo=1"),
    "obs-31-video-only": ("H264", "profile-level-id=42e01f"),
    "roamhq-wrtc-0.10": ("VP8", "a=setup:active"),
}


def sections(sdp: str) -> list[str]:
    """The media sections."""
    return ["m=" + section for section in sdp.split("\r\nm=")[1:]]


def lines(sdp: str, name: str) -> list[str]:
    """The values of one attribute."""
    return re.findall(rf"^a={name}:(.*?)\r?$", sdp, re.M)


def test_every_vector_is_expected() -> None:
    assert set(OFFERS) == set(EXPECTED)


@pytest.mark.parametrize("name", OFFERS)
async def test_the_answer_suits_the_client(name: str) -> None:
    offer = OFFERS[name]
    video, more = EXPECTED[name]
    peer = await accept(offer)
    try:
        answer = peer.answer
    finally:
        await peer.close()
    assert answer.startswith("v=0\r\n")  # FFmpeg looks at the first three bytes
    assert len(answer.encode()) <= 8192  # and reads no more than this
    assert more in answer
    offered, answered = sections(offer), sections(answer)
    assert [s.split()[0] for s in answered] == [s.split()[0] for s in offered]
    assert lines(answer, "mid") == lines(offer, "mid")
    assert answer.count("a=recvonly") == len(offered)
    assert answer.count("a=rtcp-mux-only\r\n") == len(offered)
    assert lines(answer, "group") == ["BUNDLE " + " ".join(lines(offer, "mid"))]
    for section in answered:
        if section.startswith("m=video"):
            [codec] = set(re.findall(r"a=rtpmap:\d+ (\w+)/", section)) - {"rtx"}
            assert codec == video
    first = lines(answer, "candidate")[0].split()  # FFmpeg uses it and no other
    assert (first[1], first[2].lower(), first[7]) == ("1", "udp", "host")
    assert "." in first[4]
    assert {value.split()[0] for value in lines(answer, "fingerprint")} == {"sha-256"}


@pytest.mark.parametrize("name", OFFERS)
async def test_every_dtls_role_is_answered_with_the_other(name: str) -> None:
    offer = OFFERS[name]
    for offered, expected in (("active", "passive"), ("passive", "active")):
        peer = await accept(re.sub(r"a=setup:\w+", f"a=setup:{offered}", offer))
        await peer.close()
        assert set(lines(peer.answer, "setup")) == {expected}
