"""Opus packets and recorded segments to 16 kHz samples: this package's only user of PyAV.

Opus always decodes at 48 kHz, so the rate is divided by exactly three with a stateful low-pass
filter: a packet of n samples gives n/3, never one more or less, and the timeline stays exact.
A packet that cannot be decoded becomes silence of its own length.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from transcription.errors import AudioError
from transcription.recogniser import SAMPLE_RATE

Samples = npt.NDArray[np.int16]  # channels x samples
Planes = npt.NDArray[np.float32]  # the same, before the rate is divided

_OPUS_RATE = 48_000
_FACTOR = _OPUS_RATE // SAMPLE_RATE
_TAPS = 96  # pass band to about 7 kHz, 60 dB down from 8.5 kHz
_CHANNELS = 2
_NOTHING = np.zeros((_CHANNELS, 0), np.float32)


def _low_pass() -> npt.NDArray[np.float32]:
    offsets = np.arange(_TAPS) - (_TAPS - 1) / 2
    ideal = np.sinc(offsets / _FACTOR * 0.95)
    taps = ideal * np.kaiser(_TAPS, 6.0)
    return np.asarray(taps / taps.sum(), np.float32)


_FILTER = _low_pass()[::-1].copy()


class Decimator:
    """48 kHz to 16 kHz for any number of channels; carries filter state and phase over calls."""

    def __init__(self, channels: int) -> None:
        self._history = np.zeros((channels, _TAPS - 1), np.float32)
        self._phase = 0  # samples to skip before the next output

    def feed(self, samples: npt.NDArray[np.floating]) -> Samples:
        """Channels x n samples in, channels x about n/3 out; nothing is lost between calls."""
        if not samples.shape[1]:
            return np.zeros((len(self._history), 0), np.int16)
        joined = np.concatenate([self._history, samples.astype(np.float32)], axis=1)
        count = samples.shape[1]
        wanted = len(range(self._phase, count, _FACTOR))
        out = [_every_third(row[self._phase :], wanted) for row in joined]
        self._phase = (self._phase - count) % _FACTOR
        self._history = joined[:, joined.shape[1] - (_TAPS - 1) :]
        return np.clip(np.rint(np.stack(out)), -32768, 32767).astype(np.int16)


def _every_third(samples: npt.NDArray[np.float32], wanted: int) -> npt.NDArray[np.float32]:
    """The filter at every third place, as the sum of three filters of a third of its length."""
    out = np.zeros(wanted, np.float32)
    if wanted:
        for phase in range(_FACTOR):
            taps = _FILTER[phase::_FACTOR]
            own = samples[phase::_FACTOR][: wanted + len(taps) - 1]
            out += np.correlate(own, taps, "valid")
    return out


class OpusDecoder:
    """One Opus stream to two channels at 16 kHz; mono comes out twice. Not thread-safe."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("libopus", "r")
        assert isinstance(self._codec, av.AudioCodecContext)
        self._codec.layout = "stereo"
        self._codec.sample_rate = _OPUS_RATE
        self._decimator = Decimator(_CHANNELS)
        self.damaged = 0  # packets that became silence

    def decode(self, packets: Sequence[tuple[bytes, int]]) -> Samples:
        """Samples of consecutive packets, each with its duration in microseconds."""
        pieces = [part for data, duration_us in packets for part in self._one(data, duration_us)]
        return self._decimator.feed(np.concatenate([_NOTHING, *pieces], axis=1))

    def _one(self, data: bytes, duration_us: int) -> list[Planes]:
        try:
            frames = self._codec.decode(av.Packet(data)) if data else []
            pieces = [_planes(frame.to_ndarray()) for frame in frames]
        except av.error.FFmpegError:
            pieces = []
        if not pieces:
            self.damaged += 1
            wanted = round(duration_us * _OPUS_RATE / 1_000_000)
            pieces = [np.zeros((_CHANNELS, wanted), np.float32)]
        return pieces


def _planes(samples: npt.NDArray[Any]) -> Planes:
    return samples.reshape(-1, _CHANNELS).T.astype(np.float32)


@dataclass(frozen=True)
class RecordedPacket:
    """An Opus packet of a segment; ``offset_us`` counts from the segment's first sample."""

    offset_us: int
    duration_us: int
    data: bytes


def read_segment(data: bytes) -> list[RecordedPacket]:
    """Opus packets of an init segment followed by a media segment, in order.

    Raises:
        AudioError: the bytes are not a container with packets.
    """
    found: list[tuple[int, int, bytes]] = []
    first: int | None = None
    try:
        with av.open(io.BytesIO(data), "r") as container:
            for packet in container.demux():
                if packet.pts is None or packet.time_base is None:
                    continue
                start_us = round(packet.pts * packet.time_base * 1_000_000)
                first = start_us if first is None else min(first, start_us)
                if packet.stream.type == "audio":
                    data = bytes(packet)
                    found.append((start_us, packet_duration_us(data), data))
    except (av.error.FFmpegError, ValueError) as error:
        raise AudioError(f"a recorded segment cannot be read: {error}") from error
    if first is None:
        raise AudioError("a recorded segment holds no packets")
    base = first
    return [RecordedPacket(start - base, length, packet) for start, length, packet in found]


def packet_duration_us(packet: bytes) -> int:
    """Duration of an Opus packet from its first bytes (RFC 6716, section 3.1); 0 if malformed."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame_us = (10_000, 20_000, 40_000, 60_000)[config & 3]
    elif config < 16:
        frame_us = (10_000, 20_000)[config & 1]
    else:
        frame_us = (2_500, 5_000, 10_000, 20_000)[config & 3]
    if code < 3:
        return frame_us * (1 if code == 0 else 2)
    return frame_us * (packet[1] & 63) if len(packet) > 1 else 0
