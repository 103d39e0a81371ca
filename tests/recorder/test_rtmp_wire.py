"""RTMP, AMF0 and FLV as bytes: any split, noise, limits."""

from __future__ import annotations

import random

import pytest

from recorder.errors import MalformedMedia
from recorder.ingest import aac, amf0
from recorder.ingest import rtmp_chunks as wire
from recorder.ingest.flv import FlvTracks
from recorder.ingest.rtmp_session import RtmpSession
from recorder.media import EncodedFrame


class Told:
    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    def publish(self, path: str) -> None:
        self.events.append(("publish", path))

    def metadata(self, values: dict[str, amf0.Value]) -> None:
        self.events.append(("metadata", sorted(values)))

    def media(self, kind: int, timestamp: int, data: bytes) -> None:
        self.events.append((kind, timestamp, data))

    def finished(self) -> None:
        self.events.append(("finished",))


def _publisher() -> list[bytes]:
    """What a publisher sends before and after its key was checked."""
    connect = amf0.encode("connect", 1.0, {"app": "push/drone-01"})
    publish = amf0.encode("publish", 3.0, None, "token", "live")
    before = b"\3" + bytes(wire.HANDSHAKE_BYTES) + bytes(wire.HANDSHAKE_BYTES)
    before += wire.chunked(wire.COMMAND, connect)
    before += wire.chunked(wire.COMMAND, amf0.encode("createStream", 2.0, None))
    before += wire.chunked(wire.COMMAND, publish, stream=1)
    named = amf0.encode("@setDataFrame", "onMetaData", {"videocodecid": 7.0})
    after = wire.control(wire.SET_CHUNK_SIZE, wire.OUT_CHUNK_BYTES)
    after += wire.chunked(wire.DATA, named, number=4, stream=1)
    after += wire.chunked(wire.VIDEO, b"v" * 10_000, number=6, stream=1)
    after += wire.chunked(wire.COMMAND, amf0.encode("deleteStream", 4.0, None, 1.0))
    return [before, after]


@pytest.mark.parametrize("step", [1, 13, 1 << 20])
def test_a_publisher_in_any_split(step: int) -> None:
    told = Told()
    session = RtmpSession(told)
    before, after = _publisher()
    for at in range(0, len(before), step):
        session.feed(before[at : at + step])
    assert told.events == [("publish", "push/drone-01/token")]
    session.feed(after[:100])
    assert len(told.events) == 1  # nothing is read before the key is checked
    session.accept()
    session.resume()
    for at in range(100, len(after), step):
        session.feed(after[at : at + step])
    assert told.events[1:] == [("metadata", ["videocodecid"]), (9, 0, b"v" * 10_000), ("finished",)]
    assert b"NetStream.Publish.Start" in session.output


def test_noise_raises_one_error_and_no_other() -> None:
    rng = random.Random(5)
    hello = b"\3" + bytes(2 * wire.HANDSHAKE_BYTES)
    for _ in range(500):
        session = RtmpSession(Told())
        try:
            session.feed(hello + rng.randbytes(rng.randrange(400)))
            session.feed(rng.randbytes(400))
        except MalformedMedia:
            continue


@pytest.mark.parametrize(
    "data",
    [
        b"\x03\0\0\0\xff\xff\xff\x09\0\0\0\0" + bytes(200),  # 16 MB
        b"\xc3" + bytes(10),  # continues what never began
        wire.control(wire.SET_CHUNK_SIZE, 0),
        b"".join(bytes((n,)) + bytes(3) + b"\0\0\1\x09" + bytes(5) for n in range(3, 64)) * 2
        + b"".join(b"\0" + bytes((n,)) + bytes(3) + b"\0\0\1\x09" + bytes(5) for n in range(9)),
    ],
)
def test_beyond_a_limit(data: bytes) -> None:
    reader = wire.ChunkReader()
    reader.feed(data)
    with pytest.raises(MalformedMedia):
        reader.messages()


def test_a_stranger_may_not_send_much() -> None:
    session = RtmpSession(Told())
    session.feed(b"\3" + bytes(2 * wire.HANDSHAKE_BYTES))
    session.feed(wire.control(wire.SET_CHUNK_SIZE, wire.OUT_CHUNK_BYTES))
    much = wire.chunked(wire.VIDEO, bytes(4000), stream=1) * 70
    with pytest.raises(MalformedMedia, match="before a key"):
        session.feed(much)


def test_timestamps_of_all_four_kinds_of_chunk() -> None:
    reader = wire.ChunkReader()
    video = bytes((wire.VIDEO,))
    reader.feed(b"\x06\0\0\x64" + b"\0\0\1" + video + b"\1\0\0\0" + b"a")
    reader.feed(b"\x46\0\0\x28" + b"\0\0\2" + video + b"bb")
    reader.feed(b"\x86\0\0\x29" + b"cc")
    reader.feed(b"\xc6" + b"dd")
    reader.feed(b"\x06\xff\xff\xff" + b"\0\0\1" + video + b"\1\0\0\0" + b"\xff\xff\xff\xf0" + b"e")
    found = [(m.timestamp, m.data) for m in reader.messages()]
    assert found == [(100, b"a"), (140, b"bb"), (181, b"cc"), (222, b"dd"), (0xFFFFFFF0, b"e")]


def test_amf0_there_and_back() -> None:
    sent = amf0.encode("a", 1.5, True, None, {"x": 2.0, "y": "z"})
    assert amf0.decode(sent) == ["a", 1.5, True, None, {"x": 2.0, "y": "z"}]
    rng = random.Random(3)
    for _ in range(2000):
        noise = bytes(rng.choice((0, 1, 2, 3, 5, 8, 9, 10, 65)) for _ in range(40))
        try:
            amf0.decode(noise)
        except MalformedMedia:
            continue
    with pytest.raises(MalformedMedia):
        amf0.decode(b"\3\0\1a" * 100)


def test_flv_noise_never_raises_and_other_codecs_are_named() -> None:
    frames: list[EncodedFrame] = []
    tracks = FlvTracks(frames.append, lambda frame, config: None)
    rng = random.Random(4)
    for _ in range(3000):
        head = bytes((rng.choice((0x17, 0x27)), rng.randrange(3), 0, 0, 0))
        tracks.video(rng.randrange(1 << 32), head + rng.randbytes(rng.randrange(60)), 1)
        head = bytes((rng.choice((0xAF, 0x7F)), rng.randrange(2)))
        tracks.audio(rng.randrange(1 << 32), head + rng.randbytes(rng.randrange(9)), 1)
    tracks.video(0, b"\x1c\1\0\0\0hevc", 1)
    tracks.audio(0, b"\x2fmp3", 1)
    assert {"video that is not H.264", "sound that is not AAC or G.711"} <= tracks.left_out


def test_aac_descriptions_and_payloads() -> None:
    assert aac.read_config(bytes.fromhex("1210")) == aac.AacConfig(b"\x12\x10", 44_100, 2)
    assert aac.read_config(bytes.fromhex("1588")).channels == 1
    for wrong in ("12", "0000", "2b11", "1230"):
        with pytest.raises(MalformedMedia):
            aac.read_config(bytes.fromhex(wrong))
    two = bytes.fromhex("0020") + bytes.fromhex("0018") + bytes.fromhex("0010") + b"abcde"
    assert aac.split(two) == [b"abc", b"de"]
    for wrong_payload in (b"", two[:-1], b"\0\x10\0\0ab"):
        with pytest.raises(MalformedMedia):
            aac.split(wrong_payload)
