"""The live probe reads the clock out of fragments as a viewer gets them."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator

import av
import pytest

from command_centre.demo_live import CLIP_MS, JOINING_FRAGMENTS, FragmentDecoder, LiveProbe, split
from command_centre.demo_timeline import Timeline
from config.demo import CLIPS
from config.demo.clock_strip import read_clock

FRAGMENTS = {"movflags": "empty_moov+default_base_moof+frag_discont", "frag_duration": "200000"}


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position < len(data):
        (size,) = struct.unpack_from("!I", data, position)
        yield data[position + 4 : position + 8], data[position : position + size]
        position += size


@pytest.fixture(scope="module")
def live() -> tuple[bytes, list[bytes]]:
    """Init and fragments of the drone clip's first six seconds of picture."""
    out = io.BytesIO()
    with (
        av.open(str(CLIPS / "drone.mp4")) as source,
        av.open(out, "w", "mp4", options=FRAGMENTS) as target,
    ):
        video = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.pts is None or packet.pts * packet.time_base >= 6:
                break
            packet.stream = video
            target.mux(packet)
    init, fragments = b"", []
    for name, box in _boxes(out.getvalue()):
        if name in (b"ftyp", b"moov"):
            init += box
        elif name == b"moof":
            fragments.append(box)
        elif name == b"mdat":
            fragments[-1] += box
    return init, fragments


def _message(kind: str, data: bytes) -> bytes:
    header = json.dumps({"kind": kind}).encode()
    return struct.pack("!I", len(header)) + header + data


def test_a_message_is_header_and_bytes() -> None:
    assert split(_message("init", b"abc")) == ({"kind": "init"}, b"abc")


def test_every_frame_of_every_fragment_is_decoded(live: tuple[bytes, list[bytes]]) -> None:
    init, fragments = live
    decoder = FragmentDecoder()
    decoder.begin(init)
    times = [read_clock(picture) for one in fragments for picture in decoder.decode(one)]
    assert len(times) >= 85
    assert None not in times
    assert times == sorted(times)  # type: ignore[type-var]


async def test_delay_is_arrival_minus_the_time_in_the_picture(
    live: tuple[bytes, list[bytes]],
) -> None:
    init, fragments = live
    probe = LiveProbe("drone-01", Timeline(start_us=0, start_s=0.0))
    decoder = FragmentDecoder()
    await probe._take(decoder, _message("init", init), 0)
    for number, fragment in enumerate(fragments):
        arrived_us = (number + 1) * 200_000 + 100_000  # each 100 ms after its end
        await probe._take(decoder, _message("fragment", fragment), arrived_us)
    assert probe.fragments == len(fragments) > JOINING_FRAGMENTS
    assert probe.unreadable == 0
    assert all(60 <= delay <= 320 for delay in probe.delays_ms), probe.delays_ms


async def test_a_clip_that_began_anew_is_not_taken_for_a_delay(
    live: tuple[bytes, list[bytes]],
) -> None:
    init, fragments = live
    probe = LiveProbe("drone-01", Timeline(start_us=0, start_s=CLIP_MS / 1000))
    probe.fragments = JOINING_FRAGMENTS
    decoder = FragmentDecoder()
    await probe._take(decoder, _message("init", init), 0)
    await probe._take(decoder, _message("fragment", fragments[0]), 250_000)
    assert max(probe.delays_ms) <= 260


async def test_what_cannot_be_decoded_is_counted() -> None:
    probe = LiveProbe("drone-01", Timeline(0, 0.0))
    await probe._take(FragmentDecoder(), _message("fragment", b"no box at all"), 0)
    assert probe.unreadable == 1
