from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transcription.sound import PACKET_US, RATE, beep, encode, segments, silence
from transcription.errors import AudioError
from transcription.resample import (
    Decimator,
    OpusDecoder,
    packet_duration_us,
    read_segment,
)


@given(st.lists(st.integers(1, 700), max_size=30))
def test_any_cut_gives_the_same_samples(lengths: list[int]) -> None:
    total = sum(lengths)
    rng = np.random.default_rng(total)
    sound = rng.integers(-9000, 9000, (2, total)).astype(np.float32)
    whole = Decimator(2).feed(sound)
    assert whole.shape == (2, (total + 2) // 3)
    decimator, start, parts = Decimator(2), 0, [np.zeros((2, 0), np.int16)]
    for length in lengths:
        parts.append(decimator.feed(sound[:, start : start + length]))
        start += length
    assert np.array_equal(np.concatenate(parts, axis=1), whole)


def test_passes_speech_and_stops_what_would_alias() -> None:
    time = np.arange(RATE) / RATE
    for hertz, least, most in ((300, 0.98, 1.02), (3000, 0.97, 1.02), (10_000, 0.0, 0.01)):
        sound = 10_000 * np.sin(2 * np.pi * hertz * time)[None]
        out = Decimator(1).feed(sound)[0, 200:].astype(float)
        gain = float(np.sqrt(np.mean(out**2)) / (10_000 / np.sqrt(2)))
        assert least <= gain <= most


def test_packets_keep_their_length_and_channels_apart() -> None:
    packets = encode(beep(3), silence(1.1))
    decoder = OpusDecoder()
    out = [decoder.decode([(packet, PACKET_US)]) for packet in packets]
    assert {part.shape for part in out} == {(2, 320)}
    left, right = np.abs(np.concatenate(out, axis=1).astype(int)).max(axis=1)
    assert left > 5000
    assert right < left / 10
    assert decoder.damaged == 0


@pytest.mark.parametrize("damaged", [b"", b"\xff", b"\xff" * 40], ids=["empty", "short", "bad"])
def test_a_damaged_packet_becomes_silence_of_its_length(damaged: bytes) -> None:
    packets = encode(beep(3))
    decoder = OpusDecoder()
    decoder.decode([(packets[0], PACKET_US)])
    assert decoder.decode([(damaged, PACKET_US)]).shape[1] in (320, 321)
    assert decoder.damaged == 1
    assert decoder.decode([(packets[2], PACKET_US)]).shape[1] in (320, 319)


def test_segments_give_their_packets_back() -> None:
    sound = np.concatenate([beep(number) for number in range(2, 8)])
    init, found = segments(sound)
    assert len(found) >= 3
    for segment in found:
        packets = read_segment(init + segment.data)
        assert packets[0].offset_us == 0
        assert sum(packet.duration_us for packet in packets) == segment.duration_us
        assert all(packet.duration_us == PACKET_US for packet in packets)


@pytest.mark.parametrize("data", [b"", b"not a segment at all", bytes(500)])
def test_an_unreadable_segment_is_our_error(data: bytes) -> None:
    with pytest.raises(AudioError, match="cannot be read"):
        read_segment(data)


def test_packet_durations() -> None:
    for packet in encode(silence(0.2)):
        assert packet_duration_us(packet) == PACKET_US
    assert packet_duration_us(b"") == 0
    assert packet_duration_us(bytes([0b11111_0_11, 3])) == 60_000  # three of 20 ms
    assert packet_duration_us(bytes([0b00000_0_00])) == 10_000
    assert packet_duration_us(bytes([0b01101_0_01])) == 40_000
    assert packet_duration_us(bytes([0b11111_0_11])) == 0
