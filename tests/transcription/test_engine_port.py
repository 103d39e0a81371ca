"""What any engine must hold (transcription/recogniser.py), whoever made it.

A new adapter is one more line in ``ENGINES``: a way to make it, and sound in which it hears at
least two utterances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from tests.transcription.fakes import ToneEngine
from tests.transcription.sound import RATE, beep, clips
from transcription.engine_vosk import VoskEngine
from transcription.errors import AudioError
from transcription.model_directory import SHIPPED
from transcription.recogniser import (
    BYTES_PER_SAMPLE,
    MAX_PIECE_BYTES,
    SAMPLE_RATE,
    Engine,
    Event,
    Final,
    Partial,
    Recogniser,
    Word,
)

_STEP = RATE // SAMPLE_RATE
#: A second of a quiet room: the track adds this faint noise to all it hears (track.py).
_QUIET = np.random.default_rng(0).integers(-3, 4, SAMPLE_RATE).astype("<i2").tobytes()


@dataclass(frozen=True)
class Port:
    """An engine, and sound it knows words of."""

    engine: Engine
    pcm: bytes


def _stub() -> Port:
    wave = np.concatenate([beep(2), beep(3), beep(4)])[::_STEP]
    return Port(ToneEngine("zh"), wave.astype("<i2").tobytes() + _QUIET)


def _vosk() -> Port:
    spoken = [clip.wave[::_STEP].astype("<i2").tobytes() + _QUIET for clip in clips()[:2]]
    return Port(VoskEngine(SHIPPED), b"".join(spoken))


ENGINES: dict[str, Callable[[], Port]] = {"stub": _stub, "vosk": _vosk}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.model] if name == "vosk" else []) for name in ENGINES
    ],
)
def port(request: pytest.FixtureRequest) -> Port:
    return ENGINES[request.param]()


def feed(stream: Recogniser, pcm: bytes, piece: int = MAX_PIECE_BYTES // 2) -> list[Event]:
    return [
        event for start in range(0, len(pcm), piece) for event in stream.accept(pcm[start:][:piece])
    ]


def finals(events: list[Event]) -> list[Final]:
    return [event for event in events if isinstance(event, Final)]


def words(events: list[Event]) -> list[Word]:
    return [word for final in finals(events) for word in final.words]


def test_words_lie_in_order_within_the_audio(port: Port) -> None:
    stream = port.engine.recogniser()
    fed, heard_until_us, count = 0, 0, 0
    for start in range(0, len(port.pcm), 3200):
        piece = port.pcm[start : start + 3200]
        fed += len(piece) // BYTES_PER_SAMPLE
        for final in finals(stream.accept(piece)):
            assert final.words
            count += 1
            for word in final.words:
                assert word.text.strip() == word.text != ""
                assert heard_until_us <= word.start_us <= word.end_us
                assert word.end_us <= fed * 1_000_000 // SAMPLE_RATE
                assert 0.0 <= word.confidence <= 1.0
                heard_until_us = word.start_us
    assert count >= 2


def test_a_final_comes_before_a_partial_and_nothing_is_left_standing(port: Port) -> None:
    stream = port.engine.recogniser()
    shown = ""
    for start in range(0, len(port.pcm), 3200):
        events = stream.accept(port.pcm[start : start + 3200])
        kinds = [type(event) for event in events]
        assert kinds == sorted(kinds, key=lambda kind: kind is Partial)
        shown = next((one.text for one in events if isinstance(one, Partial)), shown)
        if Final in kinds:
            assert shown == "" or Partial in kinds
    shown = next((one.text for one in stream.finish() if isinstance(one, Partial)), shown)
    assert shown == ""


def test_no_audio_gives_nothing(port: Port) -> None:
    stream = port.engine.recogniser()
    assert stream.accept(b"") == []
    assert stream.finish() == []
    assert words([*feed(stream, _QUIET), *stream.finish()]) == []


def test_the_same_audio_gives_the_same_words_in_any_stream(port: Port) -> None:
    first, second = port.engine.recogniser(), port.engine.recogniser()
    heard = words([*feed(first, port.pcm), *first.finish()])
    assert heard == words([*feed(second, port.pcm), *second.finish()])
    assert heard


def test_a_stream_that_is_cancelled_disturbs_no_other(port: Port) -> None:
    whole = port.engine.recogniser()
    expected = words([*feed(whole, port.pcm), *whole.finish()])
    left = port.engine.recogniser()
    feed(left, port.pcm[: len(port.pcm) // 3])
    other = port.engine.recogniser()
    half = len(port.pcm) // 3 // BYTES_PER_SAMPLE * BYTES_PER_SAMPLE
    events = feed(other, port.pcm[:half])
    del left  # in the middle of an utterance
    assert words([*events, *feed(other, port.pcm[half:]), *other.finish()]) == expected


def test_an_utterance_is_ended_at_will_and_time_runs_on(port: Port) -> None:
    stream = port.engine.recogniser()
    until_us = len(port.pcm) // BYTES_PER_SAMPLE * 1_000_000 // SAMPLE_RATE
    before = words([*feed(stream, port.pcm), *stream.finish()])
    assert stream.finish() == []  # nothing has come since
    after = words([*feed(stream, port.pcm), *stream.finish()])
    assert before
    assert all(word.end_us <= until_us for word in before)
    assert all(until_us <= word.start_us <= word.end_us <= 2 * until_us for word in after)


@pytest.mark.parametrize("bad", ["text", b"\0", bytes(MAX_PIECE_BYTES + 2), None, bytearray(2)])
def test_what_is_no_audio_is_refused_and_the_stream_goes_on(port: Port, bad: object) -> None:
    stream = port.engine.recogniser()
    with pytest.raises(AudioError):
        stream.accept(bad)  # type: ignore[arg-type]
    assert words([*feed(stream, port.pcm), *stream.finish()])


def test_the_model_says_what_it_is(port: Port) -> None:
    model = port.engine.model
    assert model.name
    assert len(model.digest) == 64
    assert model.language in ("zh", "en", "und")
    assert port.engine.known([]) == frozenset()
    assert port.engine.known(["不会有的词条"]) <= {"不会有的词条"}
