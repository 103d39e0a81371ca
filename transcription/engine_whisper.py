"""The recogniser port over faster-whisper (optional extra ``whisper``): the only file that imports
it.

Whisper hears whole passages, not a stream: audio is gathered until somebody pauses, or for
``_LONGEST_S``, and read then. There are no partials, so it is for hearing again, not for live
words. Models are local directories; the library is told not to use the network, twice. Of several
languages it hears the one the session is in. Marks are left out: they are for display only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from transcription.errors import ModelError
from transcription.model_kinds import check_files, needs_extra
from transcription.pcm import check_audio, samples
from transcription.recogniser import (
    BYTES_PER_SAMPLE,
    SAMPLE_RATE,
    Event,
    Final,
    ModelInfo,
    Recogniser,
    Word,
)

#: The library's own window is 30 s.
_LONGEST_S = 28
#: A pause that ends a passage, and how loud a piece may be to count as one (about -50 dBFS).
_PAUSE_S = 0.8
_QUIET = 0.003
#: Before anything was said only so much is kept.
_LEAD_S = 0.5
_MARKS = re.compile(r"[^\w'’%.+-]+|^[.'’+-]+|[.'’-]+$", re.UNICODE)


class WhisperEngine:
    """One loaded model; ``transcribe`` may be called from any thread."""

    def __init__(self, path: Path, language: str = "") -> None:
        """Check and load.

        Raises:
            ModelError: the directory or the library cannot be used.
        """
        self._info = check_files(path, language)
        os.environ["HF_HUB_OFFLINE"] = "1"  # before the library is imported
        try:
            import faster_whisper
        except ImportError as error:
            raise needs_extra(path, "faster-whisper", "whisper") from error
        try:
            self._native = faster_whisper.WhisperModel(
                str(path), device="cpu", local_files_only=True
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(f"{path}: faster-whisper could not load it") from error

    @property
    def model(self) -> ModelInfo:
        """The loaded model."""
        return self._info

    def known(self, words: Collection[str]) -> frozenset[str]:
        """None: it writes tokens, and lists no words."""
        return frozenset()

    def recogniser(self, *, voices: bool = False) -> Recogniser:
        """A new stream; voices are not told apart."""
        language = self._info.language
        return WhisperRecogniser(self._native, None if language == "und" else language)


class WhisperRecogniser:
    """One stream. Used by one thread at a time; the owner sees to that."""

    def __init__(self, native: Any, language: str | None) -> None:
        self._native = native
        self._language = language
        self._pieces: list[npt.NDArray[np.float32]] = []
        self._begun = 0  # samples fed before the passage
        self._fed = 0
        self._quiet = 0  # samples of the pause going on
        self._spoken = False

    def accept(self, pcm: bytes) -> list[Event]:
        """See the port; never a Partial."""
        check_audio(pcm)
        if not pcm:
            return []
        piece = samples(pcm)
        self._pieces.append(piece)
        self._fed += len(pcm) // BYTES_PER_SAMPLE
        if float(np.sqrt(np.mean(piece * piece))) > _QUIET:
            self._spoken, self._quiet = True, 0
        else:
            self._quiet += len(piece)
        if not self._spoken:
            self._forget()
            return []
        paused = self._quiet >= _PAUSE_S * SAMPLE_RATE
        return self._read() if paused or self._held >= _LONGEST_S * SAMPLE_RATE else []

    def finish(self) -> list[Event]:
        """See the port."""
        return self._read() if self._spoken else []

    @property
    def _held(self) -> int:
        return self._fed - self._begun

    def _forget(self) -> None:
        """Keep the last of a silence only."""
        while self._held - len(self._pieces[0]) >= _LEAD_S * SAMPLE_RATE:
            self._begun += len(self._pieces.pop(0))

    def _read(self) -> list[Event]:
        sound = np.concatenate(self._pieces)
        begun_us = self._begun * 1_000_000 // SAMPLE_RATE
        until_us = self._fed * 1_000_000 // SAMPLE_RATE
        self._pieces, self._begun, self._quiet, self._spoken = [], self._fed, 0, False
        segments, _ = self._native.transcribe(
            sound,
            language=self._language,
            word_timestamps=True,
            condition_on_previous_text=False,
            vad_filter=True,
            temperature=0.0,
        )
        said = words(segments, begun_us, until_us)
        return [Final(said)] if said else []


def words(segments: Iterable[Any], begun_us: int, until_us: int) -> tuple[Word, ...]:
    """The words of a passage, without marks, inside its time."""
    found: list[Word] = []
    for segment in segments:
        for one in segment.words or ():
            text = _MARKS.sub("", str(one.word))
            if not text:
                continue
            start, end = (begun_us + round(at * 1_000_000) for at in (one.start, one.end))
            start = min(max(start, begun_us), until_us)
            confidence = min(1.0, max(0.0, float(one.probability)))
            found.append(Word(text, start, min(max(end, start), until_us), confidence))
    return tuple(found)
