"""Where readers look: the store's own directory, or a mirror that holds more.

A directory that was given up while recording stays as it was, so readers must look at another
one from then on. Each process says once where the mirrors of its store are (``use_mirrors``);
without that every reader looks at the directory it was given, as with one directory.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_mirrors: dict[Path, tuple[Path, ...]] = {}


def use_mirrors(store: Path, mirrors: Sequence[Path]) -> None:
    """Tell all readers of this process where the mirrors of a store are."""
    _mirrors[store] = tuple(mirrors)


def roots_of(root: Path) -> tuple[Path, ...]:
    """The directory of a log (``<store>/recorder-1``) and the same in each mirror."""
    return (root, *(mirror / root.name for mirror in _mirrors.get(root.parent, ())))


def fullest(roots: Sequence[Path]) -> Path:
    """The directory whose checkpoint covers most; the first of equal ones."""
    if len(roots) == 1:
        return roots[0]
    return max(roots, key=checkpoint_size)


def checkpoint_size(root: Path) -> int:
    """What the checkpoint of a directory says it covers, unverified; -1 when it cannot be read."""
    try:
        with (root / "log" / "checkpoint").open("rb") as file:
            return int(file.read(400).split(b"\n")[1])
    except (OSError, ValueError, IndexError):
        return -1
