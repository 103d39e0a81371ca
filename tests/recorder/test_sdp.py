"""Offers as real clients send them, and anything else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import MalformedSdp, RecorderError, UnsupportedCodec
from recorder.ingest.sdp import finish_answer, read_offer

SECURITY = [
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuv",
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
]
AUDIO = [
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    "a=sendonly",
    "a=setup:actpass",
    "a=rtcp-mux",
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:63 red/48000/2",
    "a=fmtp:63 111/111",
    "a=rtpmap:9 G722/8000",
    "a=candidate:1 1 udp 2113 a6b1.local 5000 typ host",
    "a=candidate:2 1 udp 2113 192.0.2.7 5000 typ host generation 0",
    "a=candidate:3 1 tcp 1518 192.0.2.7 9 typ host tcptype active",
    "a=end-of-candidates",
    "a=ssrc:1 cname:x",
]
VIDEO = [
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 106 45",
    "c=IN IP4 0.0.0.0",
    "a=mid:1",
    "a=sendonly",
    "a=setup:actpass",
    "a=rtcp-mux",
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:96 nack pli",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:102 H264/90000",
    "a=rtcp-fb:102 nack",
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f",
    "a=rtpmap:103 rtx/90000",
    "a=fmtp:103 apt=102",
    "a=rtpmap:106 H264/90000",
    "a=fmtp:106 packetization-mode=0;profile-level-id=42001f",
    "a=rtpmap:45 AV1/90000",
]


def sdp(*sections: list[str], header: list[str] | None = None) -> str:
    mids = [line[6:] for s in sections for line in s if line.startswith("a=mid:")]
    head = [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE " + " ".join(mids),
    ]
    lines = [*head, *(header if header is not None else SECURITY)]
    return "\r\n".join([*lines, *(line for section in sections for line in section), ""])


def test_h264_is_chosen_and_only_it_reaches_aiortc() -> None:
    offer = read_offer(sdp(AUDIO, VIDEO))
    audio, video = offer.sections
    assert (audio.codec, audio.payload_type) == ("opus", 111)
    assert (video.codec, video.payload_type) == ("H264", 102)
    assert "profile-level-id=64001f" in video.answer_fmtp
    assert "m=video 9 UDP/TLS/RTP/SAVPF 102 103\r\n" in offer.text
    assert "profile-level-id=42e01f" in offer.text
    for gone in ("VP8", "AV1", ".local", "tcptype", "end-of-candidates", "ssrc", "extmap", "red/"):
        assert gone not in offer.text
    assert "192.0.2.7 5000 typ host" in offer.text
    assert offer.kinds == ["audio", "video"]


def test_vp8_when_there_is_no_h264() -> None:
    without = [line for line in VIDEO if ":102 " not in line and ":106 " not in line]
    offer = read_offer(sdp(without))
    assert offer.sections[0].codec == "VP8"
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n" in offer.text


def test_without_h264_the_publishers_order_counts() -> None:
    without = [line for line in VIDEO if ":102 " not in line and ":106 " not in line]
    first = ["m=video 9 UDP/TLS/RTP/SAVPF 45 96 97", *without[1:]]
    offer = read_offer(sdp(first))
    assert (offer.sections[0].codec, offer.sections[0].payload_type) == ("AV1", 45)


@pytest.mark.parametrize(
    ("codec", "offered", "answered"),
    [
        ("VP9", "profile-id=0", "profile-id=0"),
        ("VP9", "", "profile-id=0"),
        ("VP9", "profile-id=2", None),
        ("AV1", "level-idx=8;profile=0;tier=0", "level-idx=8;profile=0;tier=0"),
        ("AV1", "", "level-idx=5;profile=0;tier=0"),
        ("AV1", "profile=1", None),
        ("AV1", "level-idx=x", None),
    ],
)
def test_vp9_and_av1_pass_aiortc_as_vp8_and_come_back(
    codec: str, offered: str, answered: str | None
) -> None:
    only = [
        line.replace("VP8", codec) for line in VIDEO if "H264" not in line and ":45" not in line
    ]
    offered_lines = [f"a=fmtp:96 {offered}"] if offered else []
    text = sdp([*only, *offered_lines])
    if answered is None:
        with pytest.raises(UnsupportedCodec, match=codec.lower()):
            read_offer(text)
        return
    offer = read_offer(text)
    assert offer.sections[0].codec == codec
    assert "a=rtpmap:96 VP8/90000" in offer.text
    assert codec not in offer.text
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n" in offer.text
    answer = finish_answer("v=0\r\na=candidate:1\r\na=rtpmap:96 VP8/90000\r\n", offer)
    assert f"a=rtpmap:96 {codec}/90000\r\na=fmtp:96 {answered}\r\n" in answer
    assert "VP8" not in answer


@pytest.mark.parametrize(("number", "name"), [("0", "PCMU"), ("8", "PCMA"), ("100", "PCMA")])
def test_g711_when_there_is_no_opus(number: str, name: str) -> None:
    mapped = [f"a=rtpmap:{number} {name}/8000"] if number == "100" else []
    plain = [f"m=audio 9 UDP/TLS/RTP/SAVPF {number}", *AUDIO[1:6], *mapped]
    offer = read_offer(sdp(plain))
    assert (offer.sections[0].codec, offer.sections[0].payload_type) == (name, int(number))
    assert f"a=rtpmap:{number} {name}/8000" in offer.text
    both = read_offer(sdp([AUDIO[0] + " 0 8", *AUDIO[1:]]))
    assert both.sections[0].codec == "opus"


@pytest.mark.parametrize(
    "profile", ["42e01f", "42001f", "42c01f", "4d001f", "64001f", "640c1f", "422001f"]
)
def test_profiles_come_back_in_the_answer(profile: str) -> None:
    changed = [line.replace("64001f", profile) for line in VIDEO]
    offer = read_offer(sdp(changed))
    answer = finish_answer(
        "v=0\r\na=candidate:1\r\na=rtcp-mux\r\na=rtpmap:102 H264/90000\r\n"
        "a=fmtp:102 profile-level-id=42e01f\r\na=fingerprint:sha-512 AB\r\na=msid:x y\r\n",
        offer,
    )
    assert (
        f"a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile}"
        in answer
    )
    assert "42e01f" not in answer or profile == "42e01f"
    assert "a=rtcp-mux\r\na=rtcp-mux-only\r\n" in answer
    assert "sha-512" not in answer
    assert "msid" not in answer


def test_parameter_sets_in_the_offer_are_kept() -> None:
    sets = ",".join(base64.b64encode(unit).decode() for unit in (b"\x67sps", b"\x68pps"))
    changed = [line.replace("64001f", f"64001f;sprop-parameter-sets={sets}") for line in VIDEO]
    assert read_offer(sdp(changed)).sections[0].parameter_sets == (b"\x67sps", b"\x68pps")
    broken = [line.replace("64001f", "64001f;sprop-parameter-sets=%%,Zw==") for line in VIDEO]
    assert read_offer(sdp(broken)).sections[0].parameter_sets == (b"", b"")


@pytest.mark.parametrize("group", ["a=group:BUNDLE 0", "a=group:BUNDLE 0 1 2", "a=x:y"])
def test_one_transport_for_all_sections(group: str) -> None:
    text = sdp(AUDIO, VIDEO)
    with pytest.raises(MalformedSdp, match="BUNDLE"):
        read_offer(text.replace("a=group:BUNDLE 0 1", group))
    with pytest.raises(MalformedSdp, match="BUNDLE"):
        read_offer(text.replace("a=mid:1", "a=mid:0").replace("BUNDLE 0 1", "BUNDLE 0"))


def test_an_answer_nobody_could_reach_is_not_given() -> None:
    with pytest.raises(MalformedSdp, match="address"):
        finish_answer("v=0\r\n", read_offer(sdp(AUDIO)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=1",
        "hello",
        "v=0\r\nx",
        sdp(),
        sdp(["m=audio x UDP/TLS/RTP/SAVPF 111"]),
        sdp(["m=audio"]),
        sdp(["m=audio 9 UDP/TLS/RTP/SAVPF opus", *AUDIO[1:]]),
        sdp(["m=audio 9 RTP/AVP 111", *AUDIO[1:]]),
        sdp(AUDIO, header=[]),
        sdp(AUDIO, header=[*SECURITY[1:], "a=ice-ufrag:!"]),
        sdp([line for line in AUDIO if "mid" not in line]),
        sdp([line for line in AUDIO if "setup" not in line]),
        sdp([line.replace("sendonly", "recvonly") for line in AUDIO]),
        sdp([line.replace("actpass", "holdconn") for line in AUDIO]),
    ],
)
def test_malformed_offers(text: str) -> None:
    with pytest.raises(MalformedSdp):
        read_offer(text)


@pytest.mark.parametrize(
    "sections",
    [
        [AUDIO, AUDIO],
        [["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", *AUDIO[1:6]]],
        [[line.replace("opus", "speex") for line in AUDIO]],
        [[line.replace("H264", "H265").replace("VP8", "x").replace("AV1", "y") for line in VIDEO]],
        [
            [
                line.replace("64001f", "f4001f")
                .replace("mode=0", "mode=2")
                .replace("VP8", "x")
                .replace("AV1/", "AV2/")
                for line in VIDEO
            ]
        ],
    ],
)
def test_unsupported_offers_say_what_is_supported(sections: list[list[str]]) -> None:
    with pytest.raises(UnsupportedCodec) as caught:
        read_offer(sdp(*sections))
    assert "supported" in str(caught.value) or "at most" in str(caught.value)


@settings(max_examples=200)
@given(st.data())
def test_any_mutilation_gives_an_offer_or_our_error(data: st.DataObject) -> None:
    lines = sdp(AUDIO, VIDEO).split("\r\n")
    for _ in range(data.draw(st.integers(1, 5))):
        index = data.draw(st.integers(0, len(lines) - 1))
        choice = data.draw(st.integers(0, 3))
        if choice == 0:
            del lines[index]
        elif choice == 1:
            lines[index] = data.draw(st.text(max_size=30))
        elif choice == 2:
            cut = data.draw(st.integers(0, 40))
            lines[index] = lines[index][:cut]
        else:
            lines.insert(index, data.draw(st.sampled_from(lines)))
        if not lines:
            break
    try:
        read_offer("\r\n".join(lines))
    except RecorderError:
        return
