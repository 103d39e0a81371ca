"""H.264, VP8 and Opus payloads: what aiortc packs comes back; anything else is our error."""

from __future__ import annotations

import contextlib
from pathlib import Path

import av
import pytest
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder, vp8_depayload
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import MalformedMedia
from recorder.ingest import h264, opus, vp8
from recorder.ingest.clip import Clip
from recorder.ingest.h264 import H264Depacketiser, nal_units, parameter_sets, parse_sps
from recorder.ingest.vp8 import Vp8Depacketiser
from recorder.media import EncodedFrame
from recorder.mux.formats import mime_type, video_format
from tests.recorder.clip_maker import make_clip

nal_body = st.binary(min_size=1, max_size=3000).map(
    lambda body: body.replace(b"\0\0", b"\0\1") + b"\x80"
)


@given(st.lists(st.tuples(st.sampled_from([1, 5, 6, 7, 8]), nal_body), min_size=1, max_size=6))
def test_h264_comes_back_as_it_was_packed(units: list[tuple[int, bytes]]) -> None:
    whole = [bytes([0x60 | kind]) + body for kind, body in units]
    depacketiser = H264Depacketiser()
    for payload in H264Encoder._packetize(whole):
        wrapped = b"head" + payload + b"tail"
        depacketiser.push(wrapped, 4, len(wrapped) - 4)
    assert depacketiser.key == any(kind == 5 for kind, _ in units)
    assert depacketiser.has_sps == any(kind == 7 for kind, _ in units)
    assert depacketiser.take() == b"".join(b"\0\0\0\1" + unit for unit in whole)
    assert depacketiser.empty


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_h264_any_payloads_give_bytes_or_our_error(payloads: list[bytes]) -> None:
    depacketiser = H264Depacketiser()
    for payload in payloads:
        with contextlib.suppress(MalformedMedia):
            depacketiser.push(payload, 0, len(payload))
    depacketiser.take()


def test_h264_fragments_need_their_start() -> None:
    depacketiser = H264Depacketiser()
    with pytest.raises(MalformedMedia):
        depacketiser.push(b"\x7c\x05data", 0, 6)


@pytest.mark.parametrize(
    "payload", [b"", b"\x78", b"\x78\x00", b"\x78\x00\x09abc", b"\x78\0\0", b"\x7d\1"]
)
def test_h264_cut_off_payloads(payload: bytes) -> None:
    with pytest.raises(MalformedMedia):
        H264Depacketiser().push(payload, 0, len(payload))


def test_a_frame_without_end_is_refused() -> None:
    depacketiser = H264Depacketiser()
    depacketiser.push(b"\x7c\x85" + b"x" * 10, 0, 12)
    piece = b"\x7c\x05" + b"x" * (1 << 20)
    with pytest.raises(MalformedMedia):  # noqa: PT012
        for _ in range(9):
            depacketiser.push(piece, 0, len(piece))


@given(st.binary(max_size=200))
def test_sps_any_bytes_give_a_size_or_our_error(data: bytes) -> None:
    for unit in (data, b"\x67" + data, b"\x67\x64\0\x1f" + data):
        try:
            parsed = parse_sps(unit)
        except MalformedMedia:
            continue
        assert 0 < parsed.width <= 16384
        assert 0 < parsed.height <= 16384


@given(st.binary(max_size=300))
def test_nal_units_any_bytes(data: bytes) -> None:
    found = nal_units(data)
    assert all(unit in data for unit in found)
    assert set(parameter_sets(data)) <= {*found, b""}


@pytest.fixture(scope="module", params=["baseline", "main", "high"])
def coded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sps") / f"{request.param}.mp4"
    return make_clip(path, seconds=0.2, audio=False, size=(358, 202), profile=request.param)


def test_sps_of_a_real_encoder(coded: Path) -> None:
    clip = Clip.read(coded)
    frame = EncodedFrame("video", "H264", clip.video[0].data, 0, True, 0, 1, 1)
    found = video_format(frame)
    assert (found.width, found.height) == (358, 202)
    profile = {"baseline": "42", "main": "4d", "high": "64"}[coded.stem]
    assert found.codec_string.startswith(f"avc1.{profile}")
    assert mime_type(found, True) == f'video/mp4; codecs="{found.codec_string},opus"'
    without = EncodedFrame("video", "H264", b"\0\0\0\1\x65abc", 0, True, 0, 1, 1)
    with pytest.raises(MalformedMedia):
        video_format(without)


def test_sps_with_everything_in_it() -> None:
    """High 4:4:4 with scaling lists, picture order type 1, field coding and cropping."""
    bits = "1" + "00100" + "0" + "1" + "1" + "0" + "1"  # id 0, chroma 3, planes, depths
    bits += "1" + "0" * 10 + "1" + "00111" + "1"  # lists: skipped, one of them ends at once
    with pytest.raises(MalformedMedia):
        parse_sps(b"\x67\xf4\0\x1f" + int(bits.ljust(80, "0"), 2).to_bytes(10, "big"))
    order = "1" + "1" + "010" + "1" + "1" + "1" + "010" + "1" + "1" + "0"
    order += "00110" + "00110" + "0" + "1" + "1" + "1" + "010" * 4 + "1"
    parsed = parse_sps(b"\x67\x42\0\x1f" + int(order.ljust(80, "0"), 2).to_bytes(10, "big"))
    assert (parsed.width, parsed.height) == (96 - 4, 192 - 8)


def test_vp8_comes_back_as_it_was_packed() -> None:
    for size in (1, 500, 1300, 5000):
        frame = b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00" + bytes(size)
        depacketiser = Vp8Depacketiser()
        for payload in Vp8Encoder._packetize(frame, 77):
            depacketiser.push(payload, 0, len(payload))
        assert depacketiser.key
        assert depacketiser.has_picture
        taken = depacketiser.take()
        assert taken == frame
        assert vp8.frame_size(taken) == (320, 240)
        assert depacketiser.empty


@given(st.binary(max_size=60))
def test_vp8_any_payload_agrees_with_aiortc_or_is_our_error(data: bytes) -> None:
    try:
        position, _ = vp8.payload_start(data, 0, len(data))
    except MalformedMedia:
        return
    assert data[position:] == vp8_depayload(data)


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_vp8_any_payloads(payloads: list[bytes]) -> None:
    depacketiser = Vp8Depacketiser()
    for payload in payloads:
        with contextlib.suppress(MalformedMedia):
            depacketiser.push(payload, 0, len(payload))
    taken = depacketiser.take()
    with contextlib.suppress(MalformedMedia):
        vp8.frame_size(taken)


def test_vp8_size_is_needed() -> None:
    with pytest.raises(MalformedMedia):
        vp8.frame_size(b"\x10\x02\x00\x9d\x01\x2a\0\0\0\0")


@pytest.mark.parametrize(
    ("packet", "expected_us"),
    [
        (b"\xfc", 20_000),  # CELT 20 ms
        (b"\xe4", 5_000 + 0),
        (b"\xfd", 40_000),
        (b"\x18", 60_000),  # SILK 60 ms
        (b"\x60", 10_000),  # hybrid
        (b"\x68", 20_000),
        (b"\xff\x03", 60_000),
    ],
)
def test_opus_durations(packet: bytes, expected_us: int) -> None:
    if packet == b"\xe4":
        expected_us = 2_500
    assert opus.duration_us(packet) == expected_us


@given(st.binary(max_size=4))
def test_opus_any_bytes(packet: bytes) -> None:
    with contextlib.suppress(MalformedMedia):
        assert 0 < opus.duration_us(packet) <= opus.MAX_DURATION_US


def test_opus_agrees_with_libopus(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", seconds=0.5, video=None)
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0):
            if packet.size:
                assert opus.duration_us(bytes(packet)) == 20_000


def test_limits_are_the_same_for_both_codecs() -> None:
    assert h264.MAX_FRAME_BYTES == vp8.MAX_FRAME_BYTES
