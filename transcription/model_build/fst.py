"""OpenFst's binary ``vector``/``standard`` file, version 2: enough for a decoding graph."""

from __future__ import annotations

import math
import struct
from pathlib import Path

_MAGIC = 2125659606
_VERSION, _FLAGS = 2, 0
_EXPANDED_MUTABLE = 3


class Fst:
    """A weighted transducer under construction; weights are costs (negative logs)."""

    def __init__(self) -> None:
        self._arcs: list[list[tuple[int, int, float, int]]] = []
        self._final: dict[int, float] = {}
        self.start = 0

    def state(self) -> int:
        """A new state."""
        self._arcs.append([])
        return len(self._arcs) - 1

    def arc(self, source: int, target: int, label_in: int, label_out: int, cost: float) -> None:
        """An arc; label 0 is epsilon."""
        self._arcs[source].append((label_in, label_out, cost, target))

    def final(self, state: int, cost: float) -> None:
        """Let sentences end here."""
        self._final[state] = cost

    @property
    def size(self) -> tuple[int, int]:
        """States and arcs."""
        return len(self._arcs), sum(map(len, self._arcs))

    def write(self, path: Path) -> None:
        """Write the file."""
        states, arcs = self.size
        out = bytearray(struct.pack("<i", _MAGIC))
        for name in (b"vector", b"standard"):
            out += struct.pack("<i", len(name)) + name
        header = (_VERSION, _FLAGS, _EXPANDED_MUTABLE, self.start, states, arcs)
        out += struct.pack("<iiQqqq", *header)
        for state, own in enumerate(self._arcs):
            out += struct.pack("<fq", self._final.get(state, math.inf), len(own))
            for label_in, label_out, cost, target in own:
                out += struct.pack("<iifi", label_in, label_out, cost, target)
        path.write_bytes(out)
