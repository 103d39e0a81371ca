"""Bare Vosk at the pace of the rooms: what benchmarks.transcription compares with."""

from __future__ import annotations

import json
import time
from pathlib import Path

import vosk

from config.demo import CLIPS
from recorder.ingest.clip import Clip
from transcription.resample import OpusDecoder

_PIECE_S = 0.1
_PACKETS = 5
_BEGIN_PACKETS = 2000


def peer(model: Path, rooms: int) -> int:
    """Recognise for ever, two microphones a room; says that it begins."""
    vosk.SetLogLevel(-1)
    loaded = vosk.Model(str(model))
    sounds = [_decoded(CLIPS / f"{name}.mp4") for name in ("room1", "room2")]
    streams = [[_stream(loaded), _stream(loaded)] for _ in range(rooms)]
    print("ready", flush=True)
    begun, number = time.monotonic(), 0
    while True:
        time.sleep(max(0.0, begun + (number + 1) * _PIECE_S - time.monotonic()))
        for room, pair in enumerate(streams):
            sound = sounds[room % 2]
            first = room // 2 * _BEGIN_PACKETS % max(1, len(sound) * _PACKETS // 2) // _PACKETS
            pieces = sound[(first + number) % len(sound)]
            for stream, pcm in zip(pair, pieces, strict=True):
                if stream.AcceptWaveform(pcm):
                    json.loads(stream.Result())
                else:
                    json.loads(stream.PartialResult())
        number += 1


def _stream(model: vosk.Model) -> vosk.KaldiRecognizer:
    stream = vosk.KaldiRecognizer(model, 16000)
    stream.SetWords(True)
    return stream


def _decoded(path: Path) -> list[tuple[bytes, bytes]]:
    decoder, packets = OpusDecoder(), Clip.read(path).audio
    out = []
    for start in range(0, len(packets) - _PACKETS + 1, _PACKETS):
        both = decoder.decode([(one.data, 20_000) for one in packets[start : start + _PACKETS]])
        out.append((both[0].tobytes(), both[1].tobytes()))
    return out
