"""The recogniser port over sherpa-onnx (optional extra ``sherpa``): the only file that imports it.

Streaming models from a local directory: a transducer (encoder, decoder, joiner), a paraformer
(encoder, decoder) or a zipformer2 CTC model (one file), each with ``tokens.txt``. Nothing is ever
downloaded; sherpa-onnx has no such call among those used. Each utterance gets a stream of its own,
so times are counted from the audio fed, whatever the library does at a reset.

The library tells when each token begins and, for transducers, how likely it was; where it tells no
likelihood a word's confidence is 1: not known, not sure. Speaker models are not used.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from transcription.errors import ModelError
from transcription.model_kinds import check_files, needs_extra
from transcription.pcm import check_audio, samples
from transcription.recogniser import (
    BYTES_PER_SAMPLE,
    SAMPLE_RATE,
    Event,
    Final,
    ModelInfo,
    Partial,
    Recogniser,
    Word,
)

#: Silence that ends an utterance, in seconds: before and after a word was heard.
_SILENCE_S = {"rule1_min_trailing_silence": 2.4, "rule2_min_trailing_silence": 0.8}
_LONGEST_S = 20.0
#: Silence fed at the end, so that the last words leave the model.
_TAIL = np.zeros(SAMPLE_RATE * 6 // 10, dtype=np.float32)
#: A token lasts until the next begins, this long at most.
_TOKEN_US = 400_000
_NOT_KNOWN = 1.0


class SherpaEngine:
    """One loaded model; recognisers made from it may run in any threads."""

    def __init__(self, path: Path, language: str = "") -> None:
        """Check and load.

        Raises:
            ModelError: the directory or the library cannot be used.
        """
        self._info = check_files(path, language)
        self._path = path
        try:
            import sherpa_onnx
        except ImportError as error:
            raise needs_extra(path, "sherpa-onnx", "sherpa") from error
        try:
            self._native = _load(sherpa_onnx.OnlineRecognizer, path)
        except (RuntimeError, ValueError, OSError) as error:
            raise ModelError(f"{path}: sherpa-onnx could not load it") from error

    @property
    def model(self) -> ModelInfo:
        """The loaded model."""
        return self._info

    def known(self, words: Collection[str]) -> frozenset[str]:
        """None: it writes tokens, and lists no words."""
        return frozenset()

    def recogniser(self, *, voices: bool = False) -> Recogniser:
        """A new stream; voices are not told apart."""
        return SherpaRecogniser(self._native)


def _load(recognizer: Any, path: Path) -> Any:
    files = model_files(path)
    common: dict[str, Any] = {
        "tokens": str(path / "tokens.txt"),
        "num_threads": 2,
        "sample_rate": SAMPLE_RATE,
        "enable_endpoint_detection": True,
        "rule3_min_utterance_length": _LONGEST_S,
        **_SILENCE_S,
    }
    if "joiner" in files:
        return recognizer.from_transducer(**files, **common)
    if "encoder" in files:
        return recognizer.from_paraformer(**files, **common)
    return recognizer.from_zipformer2_ctc(**files, **common)


def model_files(path: Path) -> dict[str, str]:
    """The files of a model by what they are for; of two, the one that is not quantised."""
    found: dict[str, str] = {}
    for part in ("encoder", "decoder", "joiner", "model"):
        some = sorted(path.glob(f"{part}*.onnx"), key=lambda one: (".int8." in one.name, one.name))
        if some:
            found[part] = str(some[0])
    if {"encoder", "decoder"} <= set(found):
        found.pop("model", None)
        return found
    if "model" in found:
        return {"model": found["model"]}
    raise ModelError(
        f"{path}: expected encoder*.onnx and decoder*.onnx (with joiner*.onnx for a transducer),"
        " or model*.onnx, of a streaming sherpa-onnx model"
    )


class SherpaRecogniser:
    """One stream. Used by one thread at a time; the owner sees to that."""

    def __init__(self, native: Any) -> None:
        self._native = native
        self._fed_us = 0
        self._partial = ""
        self._stream: Any = None  # of the utterance in progress
        self._begun_us = 0

    def accept(self, pcm: bytes) -> list[Event]:
        """See the port."""
        check_audio(pcm)
        if not pcm:
            return []
        if self._stream is None:
            self._stream, self._begun_us = self._native.create_stream(), self._fed_us
        self._stream.accept_waveform(SAMPLE_RATE, samples(pcm))
        self._fed_us += len(pcm) // BYTES_PER_SAMPLE * 1_000_000 // SAMPLE_RATE
        self._decode()
        if self._native.is_endpoint(self._stream):
            return self._final()
        text = self._native.get_result(self._stream)
        if text == self._partial:
            return []
        self._partial = text
        return [Partial(text)]

    def finish(self) -> list[Event]:
        """See the port."""
        if self._stream is None:
            return []
        self._stream.accept_waveform(SAMPLE_RATE, _TAIL)
        self._stream.input_finished()
        self._decode()
        return self._final()

    def _decode(self) -> None:
        while self._native.is_ready(self._stream):
            self._native.decode_stream(self._stream)

    def _final(self) -> list[Event]:
        result = self._native.get_result_all(self._stream)
        said = words(
            Said(
                str(result.text),
                list(result.tokens),
                [float(one) for one in result.timestamps],
                [float(one) for one in getattr(result, "ys_probs", ())],
            ),
            self._begun_us,
            self._fed_us,
        )
        self._stream = None
        events: list[Event] = [Final(said)] if said else []
        if self._partial:
            self._partial = ""
            events.append(Partial(""))
        return events


@dataclass(frozen=True)
class Said:
    """What the library says of an utterance; log probabilities may be missing."""

    text: str
    tokens: Sequence[str]
    starts_s: Sequence[float]
    log_probabilities: Sequence[float] = ()


def words(said: Said, begun_us: int, until_us: int) -> tuple[Word, ...]:
    """Words with times: tokens joined where a word goes on.

    A token that begins with ``▁`` or a blank begins a word, and so does a character that is not of
    an alphabet. Where tokens are not the text (bytes of characters), the text is spread over them.
    """
    tokens = [token.replace("▁", " ") for token in said.tokens]
    starts = [begun_us + round(start * 1_000_000) for start in said.starts_s[: len(tokens)]]
    if not starts or len(starts) != len(tokens):
        return ()
    if "".join(tokens).replace(" ", "") != said.text.replace(" ", ""):
        pieces = _pieces(said.text)
        span = max(starts[-1] - starts[0], 1)
        starts = [starts[0] + span * at // max(len(pieces), 1) for at in range(len(pieces))]
        timed = [(piece, start, _NOT_KNOWN) for piece, start in zip(pieces, starts, strict=True)]
        return _ended(timed, until_us)
    sure = list(said.log_probabilities)
    given = len(sure) == len(tokens)
    timed = []
    for at, (token, start) in enumerate(zip(tokens, starts, strict=True)):
        confidence = min(1.0, math.exp(min(sure[at], 0.0))) if given else _NOT_KNOWN
        goes_on = timed and not token.startswith(" ") and _alphabetic(token)
        if goes_on and _alphabetic(timed[-1][0]):
            text, began, before = timed[-1]
            timed[-1] = (text + token, began, min(before, confidence))
        elif token.strip():
            timed.append((token.strip(), start, confidence))
    return _ended(timed, until_us)


def _ended(timed: Sequence[tuple[str, int, float]], until_us: int) -> tuple[Word, ...]:
    following = [*[start for _, start, _ in timed[1:]], until_us]
    return tuple(
        Word(text, start, max(start, min(after, start + _TOKEN_US * max(1, len(text) // 4))), sure)
        for (text, start, sure), after in zip(timed, following, strict=True)
    )


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for word in text.split():
        for letter in word:
            if pieces and _alphabetic(letter) and letter is not word[0] and pieces[-1].isascii():
                pieces[-1] += letter
            else:
                pieces.append(letter)
    return pieces


def _alphabetic(text: str) -> bool:
    return text.isascii() and bool(text.strip())
