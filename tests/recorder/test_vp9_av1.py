"""VP9 and AV1: what real encoders make comes through to a decoder; anything else is our error."""

from __future__ import annotations

import contextlib
import io
from functools import cache

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import MalformedMedia
from recorder.ingest import av1, vp9
from recorder.ingest.av1 import Av1Depacketiser, leb128, obus, read_leb128, sequence_header
from recorder.ingest.depacketiser import Depacketiser, depacketiser
from recorder.ingest.rtp import RtpHeader
from recorder.ingest.track import Track
from recorder.ingest.vp9 import Vp9Depacketiser, parse_descriptor, parse_key_header, superframe
from recorder.media import AV1, VP9, EncodedFrame, TimedFrame
from recorder.mux.formats import mime_type, video_format
from recorder.mux.fragmenter import Fragmenter
from tests.recorder.payloads import Coded, av1_payloads, encode, vp9_payloads

SIZE = (318, 242)


@cache
def coded(codec: str) -> list[Coded]:
    return encode("libvpx-vp9" if codec == VP9 else "libsvtav1", size=SIZE)


def payloads(codec: str, one: Coded, number: int) -> list[bytes]:
    if codec == VP9:
        return list(vp9_payloads(one.data, number, key=one.key))
    return list(av1_payloads(one.data, counted=number % 2 == 0))


def without_delimiters(unit: bytes) -> bytes:
    return b"".join(whole for kind, _, whole in obus(unit) if kind != av1.TEMPORAL_DELIMITER)


def taken(codec: str) -> list[tuple[bytes, bool]]:
    collected = depacketiser(codec)
    frames: list[tuple[bytes, bool]] = []
    for number, one in enumerate(coded(codec)):
        for payload in payloads(codec, one, number):
            wrapped = b"head" + payload + b"tail"
            collected.push(wrapped, 4, len(wrapped) - 4)
        assert collected.has_picture
        key = collected.key
        frames.append((collected.take(), key))
        assert collected.empty
    return frames


@pytest.mark.parametrize("codec", [VP9, AV1])
def test_what_an_encoder_made_comes_back(codec: str) -> None:
    sent = coded(codec)
    expected = [one.data if codec == VP9 else without_delimiters(one.data) for one in sent]
    frames = taken(codec)
    assert [data for data, _ in frames] == expected
    assert [key for _, key in frames] == [one.key for one in sent]
    assert sum(key for _, key in frames) > 1
    assert max(len(payloads(codec, one, 0)) for one in sent) > 3


@pytest.mark.parametrize("codec", [VP9, AV1])
def test_the_fragments_decode(codec: str) -> None:
    frames = [
        TimedFrame(EncodedFrame("video", codec, data, 0, key, 0, 1, 1), number * 40_000, 0)
        for number, (data, key) in enumerate(taken(codec))
    ]
    found = video_format(frames[0].frame)
    assert (found.width, found.height) == SIZE
    name = {VP9: "vp09.00.20.08", AV1: "av01.0.00M.08"}[codec]
    assert mime_type(found, True) == f'video/mp4; codecs="{name},opus"'
    muxer = Fragmenter(found, True, 0, 100)
    fragments = [fragment for frame in frames for fragment in muxer.add(frame)]
    fragments += muxer.close()
    assert [f.video[0].start_us for f in fragments if f.key] == [
        f.start_us for f in frames if f.frame.key
    ]
    data = muxer.init + b"".join(fragment.data for fragment in fragments)
    with av.open(io.BytesIO(data), "r") as container:
        assert container.streams.video[0].codec_context.name in ("vp9", "libdav1d", "av1")
        pictures = [(f.width, f.height) for f in container.decode(video=0)]
    assert pictures == [SIZE] * len(frames)


def test_headers_agree_with_the_decoder() -> None:
    key = parse_key_header(coded(VP9)[0].data)
    assert (key.profile, key.bit_depth, key.subsampling) == (0, 8, 1)
    sequence = sequence_header(coded(AV1)[0].data)
    assert (sequence.profile, sequence.bit_depth, sequence.subsampling) == (0, 8, (1, 1))
    assert sequence.codec_string.startswith("av01.0.")


def test_vp9_levels() -> None:
    def level(width: int, height: int) -> int:
        return vp9.KeyHeader(0, 8, 1, False, width, height).level

    assert [level(*size) for size in ((256, 144), (640, 360), (1280, 720), (1920, 1080))] == [
        10, 21, 31, 40,
    ]  # fmt: skip
    assert level(16384, 16384) == 62


def test_layers_become_one_superframe() -> None:
    frames = [coded(VP9)[0].data, coded(VP9)[1].data]
    collected = Vp9Depacketiser()
    for number, frame in enumerate(frames):
        for payload in vp9_payloads(frame, number, key=number == 0, layers=2):
            collected.push(payload, 0, len(payload))
    assert collected.key
    assert collected.take() == superframe(frames)
    marker = superframe(frames)[-1]
    assert marker == 0xC0 | 1 << 3 | 1
    assert superframe(frames)[-6] == marker


@pytest.mark.parametrize("codec", [VP9, AV1])
def test_a_picture_without_its_end_closes_the_gate(codec: str) -> None:
    frames: list[EncodedFrame] = []
    track = Track("video", codec, frames.append, lambda *_: None)
    sequence = 0

    def send(number: int, *, whole: bool = True) -> None:
        nonlocal sequence
        parts = payloads(codec, coded(codec)[number], number)
        for part in parts if whole else parts[:-1]:
            sequence += 1
            marker = whole and part is parts[-1]
            header = RtpHeader(98, marker, sequence, number * 3000, 7, 0, len(part))
            track.packet(header, part, number * 40_000)

    send(0)
    send(1, whole=False)
    send(2)
    send(3)
    assert [frame.rtp for frame in frames] == [0]
    assert track.malformed == 1
    send(5)
    send(6)
    assert [frame.rtp for frame in frames] == [0, 15_000, 18_000]


def test_an_av1_key_frame_without_a_sequence_header_gets_the_last_one() -> None:
    first = without_delimiters(coded(AV1)[0].data)
    header = next(w for kind, _, w in obus(first) if kind == av1.SEQUENCE_HEADER)
    collected = Av1Depacketiser()
    for payload in av1_payloads(first.removeprefix(header), counted=True):
        collected.push(payload, 0, len(payload))
    assert not collected.key  # nothing could decode it
    collected.take()
    for unit in (first, first.removeprefix(header)):
        for payload in av1_payloads(unit, counted=True):
            collected.push(payload, 0, len(payload))
        assert collected.key
        assert collected.take() == first


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\x08", b"\x8c", b"\xac\x80\x01", b"\x5c\x01\x01\x01\x01", b"\x0e\x18\x01",
        b"\x0e\x08\x05\x0c", b"\x0e\x08",
    ],
)  # fmt: skip
def test_vp9_descriptors_that_are_cut_off(payload: bytes) -> None:
    with pytest.raises(MalformedMedia):
        Vp9Depacketiser().push(payload, 0, len(payload))


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\x10", b"\x80\x01\x30", b"\x20\x01\x30", b"\x00\x00", b"\x00\x05\x30", b"\x10\xff",
        b"\x10\x32\x7f\x00", b"\x00\xff\xff\xff\xff\xff\x01",
    ],
)  # fmt: skip
def test_av1_payloads_that_cannot_be(payload: bytes) -> None:
    with pytest.raises(MalformedMedia):
        Av1Depacketiser().push(payload, 0, len(payload))


def test_limits() -> None:
    piece = bytes(1 << 20)
    for collected, first, more in (
        (Vp9Depacketiser(), b"\x08", b"\x00"),
        (Av1Depacketiser(), b"\x50\x30", b"\xd0"),
    ):
        collected.push(first + piece, 0, len(piece) + 1)
        with pytest.raises(MalformedMedia, match="larger"):  # noqa: PT012
            for _ in range(9):
                collected.push(more + piece, 0, len(piece) + 1)
    many = b"\x00" + b"\x02\x28\x00" * 600
    with pytest.raises(MalformedMedia, match="too many"):
        Av1Depacketiser().push(many, 0, len(many))


@settings(max_examples=200)
@given(st.sampled_from([VP9, AV1]), st.lists(st.binary(max_size=60), max_size=10))
def test_any_payloads_give_bytes_or_our_error(codec: str, parts: list[bytes]) -> None:
    collected: Depacketiser = depacketiser(codec)
    for part in parts:
        with contextlib.suppress(MalformedMedia):
            collected.push(part, 0, len(part))
    key = collected.key
    with contextlib.suppress(MalformedMedia):
        data = collected.take()
        frame = EncodedFrame("video", codec, data, 0, key, 0, 1, 1)
        video_format(frame)
    assert collected.empty


@settings(max_examples=200)
@given(st.sampled_from([VP9, AV1]), st.integers(0, 40), st.integers(1, 255), st.integers(0, 3))
def test_a_damaged_header_gives_a_format_or_our_error(
    codec: str, at: int, change: int, index: int
) -> None:
    data = bytearray(coded(codec)[0].data)
    data[at] ^= change
    with contextlib.suppress(MalformedMedia):
        found = video_format(EncodedFrame("video", codec, bytes(data), 0, True, 0, 1, 1))
        assert 0 < found.width <= 16384
        assert 0 < found.height <= 16384
    part = bytearray(payloads(codec, coded(codec)[0], 0)[0])
    part[index] ^= change
    with contextlib.suppress(MalformedMedia):
        depacketiser(codec).push(bytes(part), 0, len(part))


@given(st.integers(0, (1 << 32) - 1))
def test_leb128_goes_there_and_back(value: int) -> None:
    coded_value = leb128(value)
    assert read_leb128(coded_value, 0, len(coded_value)) == (value, len(coded_value))


@given(st.binary(max_size=40))
def test_sequence_headers_of_any_bytes(body: bytes) -> None:
    with contextlib.suppress(MalformedMedia):
        parsed = av1.parse_sequence_header(body, b"")
        assert len(parsed.configuration) == 4
    with contextlib.suppress(MalformedMedia):
        parse_descriptor(body, 0, len(body))
    with contextlib.suppress(MalformedMedia):
        obus(body)
