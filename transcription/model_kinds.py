"""Which engine a model directory is for, and an engine for it.

Vosk hears live and again; sherpa-onnx and faster-whisper hear again only, and are optional extras.
Looking at a directory needs none of the libraries. Models come from local directories, never from
the network.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from transcription.errors import ModelError
from transcription.model_directory import check_model, digest
from transcription.recogniser import Engine, ModelInfo

_PROBE_SECONDS = 300  # a large model loads in about a minute


class Kind(StrEnum):
    """Whose model it is."""

    VOSK = "vosk"
    SHERPA = "sherpa-onnx"
    WHISPER = "faster-whisper"


def kind_of(path: Path) -> Kind:
    """What the files look like; a directory that looks like nothing else is taken for Vosk's."""
    if (path / "tokens.txt").is_file() and any(path.glob("*.onnx")):
        return Kind.SHERPA
    if (path / "model.bin").is_file() and (path / "config.json").is_file():
        return Kind.WHISPER
    return Kind.VOSK


def check_any(path: Path) -> ModelInfo:
    """Look at a model's files without loading it.

    Raises:
        ModelError: something is missing; says what was expected.
    """
    return check_model(path) if kind_of(path) is Kind.VOSK else check_files(path)


def open_engine(path: Path, language: str = "") -> Engine:
    """Check and load.

    Raises:
        ModelError: the directory cannot be used, or its library is not installed.
    """
    match kind_of(path):
        case Kind.SHERPA:
            from transcription.engine_sherpa import SherpaEngine

            return SherpaEngine(path, language)
        case Kind.WHISPER:
            from transcription.engine_whisper import WhisperEngine

            return WhisperEngine(path, language)
    from transcription.engine_vosk import VoskEngine

    return VoskEngine(path, language)


def check_files(path: Path, language: str = "") -> ModelInfo:
    """The files of a sherpa-onnx or faster-whisper model.

    Raises:
        ModelError: one is missing.
    """
    kind = kind_of(path)
    if kind is Kind.SHERPA:
        from transcription.engine_sherpa import model_files

        model_files(path)
    elif kind is Kind.WHISPER:
        # Without its tokenizer the library would look for one in the network.
        wanted = ("tokenizer.json",)
        missing = [name for name in wanted if not (path / name).is_file()]
        if not any((path / name).is_file() for name in ("vocabulary.json", "vocabulary.txt")):
            missing.append("vocabulary.json or vocabulary.txt")
        if missing:
            raise ModelError(f"{path}: expected {', '.join(missing)} beside model.bin")
    else:
        raise ModelError(f"{path}: expected the files of a sherpa-onnx or faster-whisper model")
    return _describe(path, language)


def _describe(path: Path, language: str) -> ModelInfo:
    about: dict[str, object] = {}
    card = path / "model.json"
    if card.is_file():
        try:
            loaded = json.loads(card.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"{card}: expected a JSON object") from error
        about = loaded if isinstance(loaded, dict) else {}
    info = ModelInfo(
        name=str(about.get("name", path.name)),
        words=0,
        demo=about.get("demo") is True,
        digest=digest(path),
        language=str(about.get("language", "und")),
        size_bytes=sum(item.stat().st_size for item in path.rglob("*") if item.is_file()),
    )
    return replace(info, language=language) if language else info


def needs_extra(path: Path, library: str, extra: str) -> ModelError:
    """The error of a library that is not installed."""
    return ModelError(
        f"{path} is a {library} model, and {library} is not installed;"
        f" install it with: pip install 'duizhi[{extra}]'"
    )


def probe(path: Path) -> None:
    """Load the model and feed it a second of silence in a process of its own.

    Raises:
        ModelError: that process failed or died.
    """
    command = [sys.executable, "-m", "transcription.model_kinds", str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{path}: did not load within {_PROBE_SECONDS} s") from error
    if done.returncode < 0:
        raise ModelError(f"{path}: the recogniser dies on it (signal {-done.returncode})")
    if done.returncode > 0:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise ModelError(f"{path}: cannot be loaded: {reason[0]}")


def main(arguments: list[str]) -> int:
    """Load the model named and feed it a second of silence; used by ``probe``."""
    try:
        stream = open_engine(Path(arguments[0])).recogniser()
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    for _ in range(10):
        stream.accept(bytes(3200))
    stream.finish()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
