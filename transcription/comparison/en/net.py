"""The network that reads English exchanges (``comparison/net.py``), and what it knows."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from transcription.comparison import net, weights
from transcription.comparison.en.net_input import COLUMNS, Words

WEIGHTS = weights.EN


@lru_cache(maxsize=2)
def stored(path: Path = WEIGHTS) -> net.Network[Words]:
    """The network in a file that ``training/net_en.py`` wrote."""
    found = net.stored(path, ("words", "stems"))
    words = Words.of(found.lists["words"], found.lists["stems"])
    return net.Network(words, COLUMNS, found.members, found.temperatures)
