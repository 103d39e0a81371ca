"""AAC: its description (ISO/IEC 14496-3, 1.6), its RTP payload (RFC 3640), and Opus made from it.

Browsers play AAC, but the transcriber, WebM and everything else here have one kind of sound; so
the AAC of cameras and controllers becomes Opus as G.711 does (``transcoder``), and ``media.init``
says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av

from recorder.errors import MalformedMedia
from recorder.ingest.transcoder import LOOKAHEAD
from recorder.media import AUDIO_RATE, OPUS, EncodedFrame

AAC = "AAC"
SAMPLES = 1024  # in one packet
BITS_PER_S = 48_000
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_LOW_COMPLEXITY = 2
_OPUS_SAMPLES = 960
_HEADER_BITS = 16  # AAC-hbr: 13 bits of size, 3 of index


@dataclass(slots=True, frozen=True)
class AacConfig:
    """AudioSpecificConfig: AAC-LC with one or two channels."""

    raw: bytes
    rate: int
    channels: int


def read_config(raw: bytes) -> AacConfig:
    """Parse.

    Raises:
        MalformedMedia: cut off, or a kind of AAC that is not taken.
    """
    if len(raw) < 2 or len(raw) > 64:
        raise MalformedMedia("AAC description is cut off")
    bits = raw[0] << 8 | raw[1]
    kind, index, channels = bits >> 11, bits >> 7 & 0x0F, bits >> 3 & 0x0F
    if kind != _LOW_COMPLEXITY or index >= len(_RATES) or channels not in (1, 2):
        raise MalformedMedia("expected AAC-LC with one or two channels")
    return AacConfig(raw, _RATES[index], channels)


def split(payload: bytes) -> list[bytes]:
    """The packets of an AAC-hbr payload (RFC 3640, 3.3.6).

    Raises:
        MalformedMedia: sizes that do not fit; also a packet spread over several payloads.
    """
    if len(payload) < 4:
        raise MalformedMedia("AAC payload is cut off")
    header_bits = payload[0] << 8 | payload[1]
    count = header_bits // _HEADER_BITS
    position = 2 + (header_bits + 7) // 8
    packets: list[bytes] = []
    for index in range(count):
        size = (payload[2 + 2 * index] << 8 | payload[3 + 2 * index]) >> 3
        if size == 0 or position + size > len(payload):
            raise MalformedMedia("AAC packet does not fit its payload")
        packets.append(payload[position : position + size])
        position += size
    return packets


class AacEncoder:
    """AAC packets in, Opus packets of 20 ms out (see ``transcoder.Encoder``)."""

    def __init__(self, config: AacConfig) -> None:
        decoder = av.CodecContext.create("aac", "r")
        assert isinstance(decoder, av.AudioCodecContext)
        decoder.extradata = config.raw
        decoder.sample_rate = config.rate
        layout = "stereo" if config.channels == 2 else "mono"
        decoder.layout = layout
        encoder = av.CodecContext.create("libopus", "w")
        assert isinstance(encoder, av.AudioCodecContext)
        encoder.sample_rate = AUDIO_RATE
        encoder.layout = layout
        encoder.format = av.AudioFormat("s16")
        encoder.bit_rate = BITS_PER_S
        encoder.options = {"application": "audio", "frame_duration": "20"}
        self._decoder, self._encoder = decoder, encoder
        self._layout = layout
        self._step = SAMPLES * AUDIO_RATE // config.rate
        self._restart(0)
        self._next = -1  # where the next packet is expected, 48 kHz
        self._pts = 0
        self._packets = 0
        self._after_loss = False

    def _restart(self, rtp: int) -> None:
        """Sound before a hole does not reach into what follows it."""
        self._resampler = av.AudioResampler("s16", self._layout, AUDIO_RATE)
        self._samples = av.AudioFifo()
        self._rtp = rtp  # of the first sample in the fifo

    def encode(self, frame: EncodedFrame) -> list[EncodedFrame]:
        """See Encoder."""
        if abs(frame.rtp - self._next) > self._step // 2:
            self._restart(frame.rtp)
        self._next = frame.rtp + self._step
        self._packets += frame.packets
        self._after_loss = self._after_loss or frame.after_loss
        for heard in self._decoder.decode(av.Packet(frame.data)):
            heard.pts = None
            for even in self._resampler.resample(heard):
                even.pts = None
                self._samples.write(even)
        made: list[EncodedFrame] = []
        while (piece := self._samples.read(_OPUS_SAMPLES)) is not None:
            piece.pts, piece.time_base = self._pts, Fraction(1, AUDIO_RATE)
            self._pts += _OPUS_SAMPLES
            for packet in self._encoder.encode(piece):
                made.append(self._made(frame, bytes(packet)))
            self._rtp += _OPUS_SAMPLES
        return made

    def _made(self, frame: EncodedFrame, data: bytes) -> EncodedFrame:
        packets, self._packets = self._packets, 0
        lost, self._after_loss = self._after_loss, False
        return EncodedFrame(
            "audio",
            OPUS,
            data,
            self._rtp - LOOKAHEAD,
            True,
            frame.arrival_us,
            frame.ssrc,
            packets,
            lost,
            made_from=AAC,
        )
