"""Sound for tests: Opus packets from samples, segments like the recorder's, and the clips."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from config.messages import AudioBatch, AudioPacket

DATA = Path(__file__).with_name("data")
RATE = 48_000
PACKET = 960  # samples, 20 ms
PACKET_US = 20_000

Wave = npt.NDArray[np.int16]  # mono, 48 kHz


@dataclass(frozen=True)
class Clip:
    """A sentence by a voice the model never heard, with its true word times."""

    text: str
    words: tuple[tuple[str, int, int], ...]
    wave: Wave


def clips() -> list[Clip]:
    """All committed clips."""
    out = []
    for entry in json.loads((DATA / "speech.json").read_text(encoding="utf-8")):
        words = tuple((word, start, end) for word, start, end in entry["words"])
        out.append(Clip(entry["text"], words, _decode(DATA / entry["file"])))
    return out


def plain_clips(language: str) -> list[Clip]:
    """Plain sentences that no model learned from, made by make_plain.py; without word times."""
    entries = json.loads((DATA / "plain/clips.json").read_text(encoding="utf-8"))
    return [
        Clip(entry["text"], (), _decode(DATA / "plain" / entry["file"]))
        for entry in entries
        if entry["language"] == language
    ]


def _decode(path: Path) -> Wave:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    mono = np.concatenate(frames, axis=1)[0]
    return np.asarray(np.clip(np.rint(mono * 32767), -32768, 32767), np.int16)


def silence(seconds: float) -> Wave:
    return np.zeros(round(seconds * RATE), np.int16)


def beep(number: int, seconds: float = 0.3) -> Wave:
    """A tone that ToneEngine reads as the word of this number, with 0.8 s of quiet after it."""
    angle = 2 * np.pi * 200 * number * np.arange(round(seconds * RATE)) / RATE
    tone = (np.sin(angle) * 9000).astype(np.int16)
    return np.concatenate([tone, silence(0.8)])


def encode(left: Wave, right: Wave | None = None) -> list[bytes]:
    """Opus packets of 20 ms, stereo."""
    channels = np.stack([left, left if right is None else right])
    whole = channels[:, : channels.shape[1] // PACKET * PACKET]
    codec = _encoder()
    packets: list[bytes] = []
    for start in range(0, whole.shape[1], PACKET):
        packets += [bytes(item) for item in codec.encode(_frame(whole, start))]
    packets += [bytes(item) for item in codec.encode(None)]
    return packets[: whole.shape[1] // PACKET]


def _encoder() -> av.AudioCodecContext:
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, av.AudioCodecContext)
    codec.sample_rate = RATE
    codec.layout = "stereo"
    codec.format = "s16"
    codec.bit_rate = 48_000
    codec.options = {"application": "voip", "frame_duration": "20"}
    return codec


def _frame(channels: npt.NDArray[np.int16], start: int) -> av.AudioFrame:
    samples = np.ascontiguousarray(channels[:, start : start + PACKET].T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    frame.sample_rate = RATE
    frame.pts = start
    return frame


def batches(
    packets: list[bytes],
    start_us: int,
    channels: list[str],
    *,
    first_number: int = 1,
    epoch: int = 1,
    session: str = "s1",
    source: str = "room1-camera",
) -> list[AudioBatch]:
    """Batches of five packets, as the recorder publishes them."""
    out: list[AudioBatch] = []
    for index in range(0, len(packets), 5):
        group = [
            AudioPacket(
                start_us=start_us + (index + offset) * PACKET_US, duration_us=PACKET_US, data=data
            )
            for offset, data in enumerate(packets[index : index + 5])
        ]
        out.append(
            AudioBatch(
                source=source,
                session=session,
                room="room1",
                epoch=epoch,
                number=first_number + len(out),
                channels=channels,
                packets=group,
            )
        )
    return out


@dataclass(frozen=True)
class RecordedSegment:
    """A segment file's bytes; times count from the beginning of the sound."""

    start_us: int
    duration_us: int
    data: bytes


def segments(left: Wave, right: Wave | None = None) -> tuple[bytes, list[RecordedSegment]]:
    """Init segment and media segments of about two seconds, fragmented MP4 with Opus."""
    out = io.BytesIO()
    options = {"movflags": "empty_moov+default_base_moof+frag_keyframe", "frag_duration": "2000000"}
    channels = np.stack([left, left if right is None else right])
    whole = channels[:, : channels.shape[1] // PACKET * PACKET]
    with av.open(out, "w", format="mp4", options=options) as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo")
        stream.bit_rate = 48_000
        for start in range(0, whole.shape[1], PACKET):
            container.mux(stream.encode(_frame(whole, start)))
        container.mux(stream.encode(None))
    boxes = _boxes(out.getvalue())
    init = b"".join(data for kind, data in boxes if kind in (b"ftyp", b"moov"))
    parts = [
        data + boxes[index + 1][1] for index, (kind, data) in enumerate(boxes) if kind == b"moof"
    ]
    found: list[RecordedSegment] = []
    for part in parts:
        with av.open(io.BytesIO(init + part), "r") as container:
            times = [packet.pts for packet in container.demux() if packet.pts is not None]
            assert times
        start_us = round(times[0] * 1_000_000 / RATE)
        found.append(RecordedSegment(start_us, len(times) * PACKET_US, part))
    return init, found


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    out: list[tuple[bytes, bytes]] = []
    position = 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        out.append((data[position + 4 : position + 8], data[position : position + size]))
        position += size
    return out
