"""The recogniser port over Vosk: the only file that imports vosk.

libvosk ends the process on several misuses, uncatchably, so only a few of its calls are used here
and each is guarded: the model directory is checked first; the sample rate is a constant (0 hangs);
audio is checked for type and length; a grammar, whose call aborts at the wrong moment, is never
set, a speaker model only when the recogniser is made. ``AcceptWaveform`` and ``FinalResult``
release the interpreter lock.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import vosk

from transcription.errors import ModelError
from transcription.model_directory import (
    SHIPPED,
    check_model,
    check_speaker_model,
    digest,
    find_model,
    known_words,
)
from transcription.pcm import check_audio
from transcription.recogniser import (
    SAMPLE_RATE,
    Event,
    Final,
    ModelInfo,
    Partial,
    Recogniser,
    Word,
)

__all__ = ["SHIPPED", "VoskEngine", "check_model", "digest", "find_model"]

_SILENT = -1


class VoskEngine:
    """One loaded model; recognisers made from it may run in any threads."""

    def __init__(self, path: Path, language: str = "", speaker_model: Path | None = None) -> None:
        """Check and load. ``language``: what the model is chosen for, whatever its files say.

        Raises:
            ModelError: the directory cannot be used.
        """
        self._info = check_model(path)
        if language:
            self._info = replace(self._info, language=language)
        self._path = path
        vosk.SetLogLevel(_SILENT)
        try:
            self._model = vosk.Model(str(path))
        except Exception as error:  # vosk raises bare Exception when its loader gives up
            raise ModelError(
                f"{path}: Vosk could not load it; expected intact files and known options in conf/"
            ) from error
        self._speakers = _speaker_model(speaker_model) if speaker_model else None

    @property
    def model(self) -> ModelInfo:
        """The loaded model."""
        return self._info

    def known(self, words: Collection[str]) -> frozenset[str]:
        """See the port."""
        return known_words(self._path, words)

    def recogniser(self, *, voices: bool = False) -> Recogniser:
        """A new stream."""
        return VoskRecogniser(self._model, self._speakers if voices else None)


class VoskRecogniser:
    """One stream. Used by one thread at a time; the owner sees to that."""

    def __init__(self, model: Any, speakers: Any = None) -> None:
        # A speaker model set later than here ends the process.
        given = (model, SAMPLE_RATE) if speakers is None else (model, SAMPLE_RATE, speakers)
        self._native = vosk.KaldiRecognizer(*given)
        self._native.SetWords(True)
        self._fed = False
        self._partial = ""

    def accept(self, pcm: bytes) -> list[Event]:
        """See the port."""
        check_audio(pcm)
        if not pcm:
            return []
        self._fed = True
        events: list[Event] = []
        if self._native.AcceptWaveform(pcm):
            events += self._final(self._native.Result())
        else:
            text = json.loads(self._native.PartialResult()).get("partial", "")
            if text != self._partial:
                self._partial = text
                events.append(Partial(text))
        return events

    def finish(self) -> list[Event]:
        """See the port."""
        if not self._fed:
            return []
        self._fed = False
        return self._final(self._native.FinalResult())

    def _final(self, result: str) -> list[Event]:
        events: list[Event] = []
        said = json.loads(result)
        words = tuple(_word(entry) for entry in said.get("result", ()))
        if words:
            events.append(Final(words, tuple(float(value) for value in said.get("spk", ()))))
        if self._partial:
            self._partial = ""
            events.append(Partial(""))
        return events


def _speaker_model(path: Path) -> Any:
    check_speaker_model(path)
    try:
        return vosk.SpkModel(str(path))
    except Exception as error:  # vosk raises bare Exception when its loader gives up
        raise ModelError(f"{path}: Vosk could not load this speaker model") from error


def _word(entry: dict[str, Any]) -> Word:
    return Word(
        text=entry["word"],
        start_us=round(entry["start"] * 1_000_000),
        end_us=round(entry["end"] * 1_000_000),
        confidence=min(1.0, max(0.0, float(entry.get("conf", 1.0)))),
    )
