"""The network that reads Chinese exchanges (``comparison/net.py``), and what it knows."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from transcription.comparison import net, weights
from transcription.comparison.zh.net_input import COLUMNS, Words

WEIGHTS = weights.ZH


@lru_cache(maxsize=2)
def stored(path: Path = WEIGHTS) -> net.Network[Words]:
    """The network in a file that ``training/net.py`` wrote."""
    found = net.stored(path, ("characters", "syllables"))
    words = Words.of(found.lists["characters"], found.lists["syllables"])
    return net.Network(words, COLUMNS, found.members, found.temperatures)
