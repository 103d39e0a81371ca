"""G.711: the tables, and Opus made from it in a thread, in its place and with its holes."""

from __future__ import annotations

import asyncio
import io
import itertools
import threading
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av.audio.codeccontext import AudioCodecContext

from recorder.ingest import g711, opus, transcoder
from recorder.ingest.rtcp import Report
from recorder.ingest.rtp import RtpHeader
from recorder.ingest.track import Track
from recorder.ingest.transcoder import LOOKAHEAD, G711Encoder, OpusTranscoder
from recorder.media import OPUS, PCMA, PCMU, EncodedFrame
from tests.recorder.harness import running
from tests.recorder.test_end_to_end import check_account, file_of, segments_of

NAMES = {PCMU: "pcm_mulaw", PCMA: "pcm_alaw"}


@pytest.mark.parametrize("codec", [PCMU, PCMA])
def test_every_code_is_what_ffmpeg_says(codec: str) -> None:
    context = cast(AudioCodecContext, av.CodecContext.create(NAMES[codec], "r"))
    context.sample_rate = 8000
    context.layout = "mono"
    codes = bytes(range(256))
    [decoded] = context.decode(av.Packet(codes))
    expected = decoded.to_ndarray().reshape(-1).tolist()
    assert np.frombuffer(g711.linear(codec, codes), "<i2").tolist() == expected


def tone(codec: str, seconds: float, hertz: float) -> bytes:
    """A tone that begins after half of the time."""
    at = np.arange(int(8000 * seconds)) / 8000
    loud = np.where(at < seconds / 2, 0, 16_000 * np.sin(2 * np.pi * hertz * at))
    context = cast(AudioCodecContext, av.CodecContext.create(NAMES[codec], "w"))
    context.sample_rate, context.layout = 8000, "mono"
    context.format = av.AudioFormat("s16")
    samples = loud.astype(np.int16).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate = 8000
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def packets(codec: str, payload: bytes, size: int = 160) -> list[EncodedFrame]:
    """RTP packets of 20 ms, their times scaled as ``Track`` does."""
    return [
        EncodedFrame("audio", codec, payload[at : at + size], at * 6, True, at * 125, 7, 1)
        for at in range(0, len(payload), size)
    ]


def heard(frames: list[EncodedFrame]) -> np.ndarray:
    """The decoded sound, from the first frame's time on, at 48 kHz."""
    context = av.CodecContext.create("libopus", "r")
    context.sample_rate, context.layout = 48_000, "mono"
    planes: list[np.ndarray] = []
    for frame in frames:
        for decoded in context.decode(av.Packet(frame.data)):
            samples = decoded.to_ndarray().astype(np.float64)
            planes.append(samples.reshape(-1) / (32768 if decoded.format.name == "s16" else 1))
    return np.concatenate(planes)


@pytest.mark.parametrize("codec", [PCMU, PCMA])
@pytest.mark.parametrize("size", [160, 240, 80, 480])
def test_sound_comes_out_where_it_went_in(codec: str, size: int) -> None:
    encoder = G711Encoder()
    sent = packets(codec, tone(codec, 1.0, 440), size)
    made = [each for frame in sent for each in encoder.encode(frame)]
    assert len(made) == 50
    assert all(opus.duration_us(frame.data) == 20_000 for frame in made)
    assert [f.rtp for f in made] == [n * 960 - LOOKAHEAD for n in range(50)]
    assert {(f.codec, f.made_from, f.ssrc) for f in made} == {(OPUS, codec, 7)}
    assert sum(f.packets for f in made) == len(sent)
    sound = heard(made)
    begins = int(np.argmax(np.abs(sound) > 0.05))  # decoders give what they have, delay included
    assert abs(begins - LOOKAHEAD - 24_000) < 48 * 8
    spectrum = np.abs(np.fft.rfft(sound[30_000:46_000]))
    assert abs(int(np.argmax(spectrum)) * 3 - 440) <= 3


def test_a_hole_is_kept_and_said() -> None:
    encoder = G711Encoder()
    sent = packets(PCMU, tone(PCMU, 0.4, 440), 240)
    sent[4].after_loss = True
    made = [each for frame in [*sent[:3], *sent[4:]] for each in encoder.encode(frame)]
    begins = [frame.rtp + LOOKAHEAD for frame in made]
    assert begins[:5] == [0, 960, 1920, 2880, 5760]  # half a packet before the hole is left out
    assert [frame.rtp for frame in made if frame.after_loss] == [5760 - LOOKAHEAD]


def test_track_scales_times_and_reports() -> None:
    frames: list[EncodedFrame] = []
    track = Track("audio", PCMU, frames.append, lambda *_: None)
    for number in range(3):
        header = RtpHeader(0, False, number, (0xFFFFFFF0 + number * 160) & 0xFFFFFFFF, 5, 0, 160)
        track.packet(header, bytes(160), number * 20_000)
    assert [after.rtp - before.rtp for before, after in itertools.pairwise(frames)] == [
        960,
        960,
    ]
    report = track.sender_report(Report(5, 1 << 32, 0xFFFFFFF0 + 8), 1)
    assert report is not None
    assert (report.rtp - frames[0].rtp) & 0xFFFFFFFF == 48


async def test_the_thread_gives_back_frames_and_ends() -> None:
    made: list[EncodedFrame] = []
    worker = OpusTranscoder(made.append)
    assert not any(t.name == "g711-opus" for t in threading.enumerate())
    for frame in packets(PCMA, tone(PCMA, 1.0, 440)):
        worker.push(frame)
    async with asyncio.timeout(30):
        while len(made) < 50:
            await asyncio.sleep(0.01)
    worker.close()
    worker.push(made[0])
    async with asyncio.timeout(30):
        while any(t.name == "g711-opus" for t in threading.enumerate()):
            await asyncio.sleep(0.01)
    assert len(made) == 50


async def test_a_full_queue_drops_and_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcoder, "QUEUE_FRAMES", 10)
    gate = threading.Event()
    plain = G711Encoder.encode

    def slow(self: G711Encoder, frame: EncodedFrame) -> list[EncodedFrame]:
        gate.wait(30)
        return plain(self, frame)

    monkeypatch.setattr(G711Encoder, "encode", slow)
    made: list[EncodedFrame] = []
    worker = OpusTranscoder(made.append)
    sent = packets(PCMU, tone(PCMU, 1.0, 440))
    for frame in sent[:40]:
        worker.push(frame)
    assert worker.dropped_frames >= 28
    gate.set()
    async with asyncio.timeout(30):
        while len(made) < 40 - worker.dropped_frames:
            await asyncio.sleep(0.01)
    before = len(made)
    worker.push(sent[41])
    async with asyncio.timeout(30):
        while len(made) == before:
            await asyncio.sleep(0.01)
    assert [frame.after_loss for frame in made] == [False] * before + [True]
    worker.close()


class Tone(MediaStreamTrack):
    """A microphone."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._index = 0

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(0.02)
        at = (np.arange(160) + self._index * 160) / 8000
        samples = (12_000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts = 8000, self._index * 160
        frame.time_base = Fraction(1, 8000)
        self._index += 1
        return frame


@pytest.mark.parametrize("codec", [PCMU, PCMA])
async def test_a_camera_with_g711_is_recorded_as_opus_and_it_is_said(
    tmp_path: Path, codec: str
) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        transceiver = peer.addTransceiver(Tone(), direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        wanted = [c for c in codecs if c.mimeType == f"audio/{codec}"]
        transceiver.setCodecPreferences(wanted)
        await peer.setLocalDescription(await peer.createOffer())
        answer = await lab.signalling().offer(peer.localDescription.sdp)
        await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2, 60)
        await peer.close()
        await lab.close()
        [init] = lab.entries("media.init")
        assert init["body"]["mime"] == 'audio/mp4; codecs="opus"'
        assert init["body"]["audio"]["transcoded_from"] == codec
        body = segments_of(lab)[1]
        with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
            sound = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
        assert float(np.sqrt(np.mean(sound**2))) > 0.05
        check_account(lab)
