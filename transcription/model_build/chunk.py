"""What a chunk of training data holds, and reading chunks back.

Chunks are pickles of our own making: never read one from elsewhere.
"""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Example:
    """One sentence: 16 kHz sound, and its phones with their start in milliseconds."""

    words: tuple[str, ...]
    samples: npt.NDArray[np.int16]
    phones: tuple[tuple[float, str], ...]  # (start, name); silence is ""


@dataclass(frozen=True)
class Chunk:
    """What one file holds."""

    examples: tuple[Example, ...]
    pronunciations: Counter[tuple[str, str]]  # (word, phones) -> how often heard


def load_chunks(folder: Path) -> list[Chunk]:
    """All chunks of a folder, in the order of their names."""
    chunks = []
    for path in sorted(folder.glob("chunk-*.pickle")):
        chunk = pickle.loads(path.read_bytes())
        assert isinstance(chunk, Chunk)
        chunks.append(chunk)
    return chunks
