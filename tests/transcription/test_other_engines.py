"""Adapters of optional engines, against fakes of the libraries' own interfaces.

The fakes have the calls that sherpa-onnx 2.0 and faster-whisper 1.2 have, with their argument
names; no real model was there to run.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from command_centre.cli import main
from transcription.errors import AudioError, ModelError
from transcription.model_kinds import Kind, check_any, kind_of, open_engine
from transcription.recogniser import MAX_PIECE_BYTES, Engine, Final, Partial, Recogniser

SILENCE = bytes(3200)
LOUD = (np.full(1600, 8000, dtype="<i2")).tobytes()


@pytest.fixture
def sherpa_model(tmp_path: Path) -> Path:
    path = tmp_path / "zipformer"
    path.mkdir()
    for name in ("tokens.txt", "encoder.int8.onnx", "encoder.onnx", "decoder.onnx", "joiner.onnx"):
        (path / name).write_bytes(name.encode())
    return path


@pytest.fixture
def whisper_model(tmp_path: Path) -> Path:
    path = tmp_path / "whisper"
    path.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (path / name).write_bytes(b"{}")
    (path / "model.json").write_text(json.dumps({"name": "whisper-x", "language": "zh"}))
    return path


# --- sherpa-onnx ----------------------------------------------------------------------------------


class FakeStream:
    def __init__(self) -> None:
        self.heard: list[float] = []  # loudness of each piece
        self.ended = False
        self.decoded = 0

    def accept_waveform(self, sample_rate: float, waveform: Any) -> None:
        assert sample_rate == 16000
        assert waveform.dtype == np.float32
        assert abs(waveform).max() <= 1
        self.heard += [float(abs(waveform[at]).max()) for at in range(0, len(waveform), 1600)]

    def input_finished(self) -> None:
        self.ended = True


class FakeOnlineRecognizer:
    """Two tokens when there was sound; half a second of silence after it ends an utterance."""

    made: ClassVar[dict[str, Any]] = {}
    text, tokens, ys_probs = "风机 fan", ["风", "机", "▁f", "an"], [0.0, -0.5, -0.1, -0.2]

    @classmethod
    def from_transducer(
        cls, tokens: str, encoder: str, decoder: str, joiner: str, *, num_threads: int,
        sample_rate: float, enable_endpoint_detection: bool, rule1_min_trailing_silence: float,
        rule2_min_trailing_silence: float, rule3_min_utterance_length: float,
    ) -> FakeOnlineRecognizer:  # fmt: skip
        cls.made = {"tokens": tokens, "encoder": encoder, "joiner": joiner}
        assert enable_endpoint_detection
        return cls()

    def create_stream(self) -> FakeStream:
        return FakeStream()

    def is_ready(self, stream: FakeStream) -> bool:
        return stream.decoded < len(stream.heard)

    def decode_stream(self, stream: FakeStream) -> None:
        assert self.is_ready(stream)
        stream.decoded += 1

    def is_endpoint(self, stream: FakeStream) -> bool:
        return any(stream.heard) and not any(stream.heard[-5:])

    def get_result(self, stream: FakeStream) -> str:
        return self.text if any(stream.heard) else ""

    def get_result_all(self, stream: FakeStream) -> SimpleNamespace:
        if not any(stream.heard):
            return SimpleNamespace(text="", tokens=[], timestamps=[], ys_probs=[], start_time=0.0)
        first = next(at for at, loud in enumerate(stream.heard) if loud) * 0.1
        times = [first + 0.1 * at for at in range(len(self.tokens))]
        return SimpleNamespace(
            text=self.text, tokens=self.tokens, timestamps=times, ys_probs=self.ys_probs
        )


@pytest.fixture
def sherpa(monkeypatch: pytest.MonkeyPatch, sherpa_model: Path) -> Engine:
    fake: Any = ModuleType("sherpa_onnx")
    fake.OnlineRecognizer = FakeOnlineRecognizer
    monkeypatch.setitem(sys.modules, "sherpa_onnx", fake)
    return open_engine(sherpa_model, "zh")


def heard(stream: Recogniser, *pieces: bytes) -> list[Any]:
    return [event for piece in pieces for event in stream.accept(piece)]


def test_a_transducer_is_loaded_from_its_files_only(sherpa: Engine, sherpa_model: Path) -> None:
    made = FakeOnlineRecognizer.made
    assert made["encoder"] == str(sherpa_model / "encoder.onnx")  # not the quantised one
    assert made["tokens"] == str(sherpa_model / "tokens.txt")
    assert (sherpa.model.name, sherpa.model.language) == ("zipformer", "zh")
    assert sherpa.known(["风机"]) == frozenset()


def test_sherpa_tokens_become_words_with_times_of_all_the_audio(sherpa: Engine) -> None:
    stream = sherpa.recogniser()
    assert heard(stream, SILENCE, SILENCE) == []
    events = heard(stream, LOUD, LOUD, *[SILENCE] * 5)
    assert events[0] == Partial("风机 fan")
    final: Any
    final, cleared = events[-2:]
    assert cleared == Partial("")
    assert [word.text for word in final.words] == ["风", "机", "fan"]
    assert [word.start_us for word in final.words] == [200_000, 300_000, 400_000]
    assert final.words[1].confidence == pytest.approx(math.exp(-0.5))
    assert final.words[2].confidence == pytest.approx(math.exp(-0.2))  # the least of its tokens
    assert all(word.start_us <= word.end_us <= 900_000 for word in final.words)
    heard(stream, SILENCE, LOUD)  # a second utterance goes on in time
    final = stream.finish()[0]
    assert final.words[0].start_us == 1_000_000
    assert stream.finish() == []


def test_tokens_that_are_no_text_are_spread_over_it(
    sherpa: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeOnlineRecognizer, "tokens", ["ƌŕş", "ƍĩĴ", "ƌĢĽ", "ƋŠĭ"])
    monkeypatch.setattr(FakeOnlineRecognizer, "text", "开了风机 ok")
    stream = sherpa.recogniser()
    heard(stream, LOUD)
    final = next(one for one in stream.finish() if isinstance(one, Final))
    assert [word.text for word in final.words] == ["开", "了", "风", "机", "ok"]
    starts = [word.start_us for word in final.words]
    assert starts == sorted(starts)


@pytest.mark.parametrize("engine", ["sherpa", "whisper"])
def test_what_is_no_audio_never_reaches_the_library(
    engine: str, request: pytest.FixtureRequest
) -> None:
    stream = request.getfixturevalue(engine).recogniser()
    for wrong in (b"x", bytes(MAX_PIECE_BYTES + 2), "text", None, bytearray(2)):
        with pytest.raises(AudioError):
            stream.accept(wrong)
    assert stream.accept(b"") == stream.finish() == []


# --- faster-whisper -------------------------------------------------------------------------------


class FakeWhisperModel:
    made: ClassVar[dict[str, Any]] = {}
    asked: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, model_size_or_path: str, device: str, local_files_only: bool) -> None:
        FakeWhisperModel.made = {"path": model_size_or_path, "local": local_files_only}
        FakeWhisperModel.asked = []

    def transcribe(
        self, audio: Any, language: str | None, word_timestamps: bool,
        condition_on_previous_text: bool, vad_filter: bool, temperature: float,
    ) -> tuple[Any, SimpleNamespace]:  # fmt: skip
        assert audio.dtype == np.float32
        assert word_timestamps
        self.asked.append({"seconds": len(audio) / 16000, "language": language})
        word = SimpleNamespace
        said = [
            word(start=0.1, end=0.3, word=" 风机", probability=0.9),
            word(start=0.3, end=0.3, word="，", probability=0.5),
            word(start=0.3, end=90.0, word="停了。", probability=1.2),
        ]
        return iter([SimpleNamespace(words=said), SimpleNamespace(words=None)]), word()


@pytest.fixture
def whisper(monkeypatch: pytest.MonkeyPatch, whisper_model: Path) -> Engine:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    fake: Any = ModuleType("faster_whisper")
    fake.WhisperModel = FakeWhisperModel
    monkeypatch.setitem(sys.modules, "faster_whisper", fake)
    return open_engine(whisper_model)


def test_whisper_is_loaded_from_a_directory_and_told_to_stay_offline(
    whisper: Engine, whisper_model: Path
) -> None:
    import os

    assert FakeWhisperModel.made == {"path": str(whisper_model), "local": True}
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert (whisper.model.name, whisper.model.language) == ("whisper-x", "zh")


def test_whisper_reads_a_passage_at_a_pause(whisper: Engine) -> None:
    stream = whisper.recogniser()
    assert heard(stream, *[SILENCE] * 30) == []
    assert FakeWhisperModel.asked == []
    final: Any
    [final] = heard(stream, *[LOUD] * 5, *[SILENCE] * 8)
    assert FakeWhisperModel.asked == [{"seconds": pytest.approx(1.8), "language": "zh"}]
    assert [(word.text, word.confidence) for word in final.words] == [("风机", 0.9), ("停了", 1.0)]
    assert final.words[0].start_us == 2_500_000 + 100_000
    assert final.words[1].end_us == 4_300_000  # never after the audio
    heard(stream, LOUD)
    final = stream.finish()[0]
    assert final.words[0].start_us == 4_400_000  # the passage is shorter than its words
    assert stream.finish() == []


def test_whisper_reads_on_in_a_long_speech(whisper: Engine) -> None:
    stream = whisper.recogniser()
    assert len(heard(stream, *[LOUD] * 600)) == 2
    assert [one["seconds"] for one in FakeWhisperModel.asked] == [28.0, 28.0]


# --- directories ----------------------------------------------------------------------------------


def test_directories_are_told_apart(sherpa_model: Path, whisper_model: Path) -> None:
    assert kind_of(sherpa_model) is Kind.SHERPA
    assert kind_of(whisper_model) is Kind.WHISPER
    assert kind_of(sherpa_model.parent) is Kind.VOSK
    assert check_any(whisper_model).size_bytes > 0


def test_what_is_missing_is_named(sherpa_model: Path, whisper_model: Path) -> None:
    (whisper_model / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        check_any(whisper_model)
    for part in ("decoder.onnx", "joiner.onnx"):
        (sherpa_model / part).unlink()
    with pytest.raises(ModelError, match=r"decoder\*\.onnx"):
        check_any(sherpa_model)
    with pytest.raises(ModelError, match="Vosk"):
        check_any(sherpa_model.parent)


@pytest.mark.parametrize(("library", "extra"), [("sherpa", "sherpa"), ("whisper", "whisper")])
def test_a_library_that_is_not_installed_is_named_with_its_extra(
    library: str, extra: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = request.getfixturevalue(f"{library}_model")
    for name in ("sherpa_onnx", "faster_whisper"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not there
    with pytest.raises(ModelError, match=rf"duizhi\[{extra}\]"):
        open_engine(path)


def test_a_model_of_another_engine_is_not_taken_for_live_words(
    whisper_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["model", "use", str(whisper_model)]) == 2
    assert "second_model" in capsys.readouterr().err
    assert main(["model", "check", str(whisper_model)]) == 2  # its library or its weights
    assert str(whisper_model) in capsys.readouterr().err
