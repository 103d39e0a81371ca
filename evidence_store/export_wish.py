"""What is to be in a package, and how its media are read from the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence_store.case_graph import Making
from evidence_store.disclosure import (
    Rule,
)
from evidence_store.entry import Entry
from evidence_store.errors import (
    SealedDamaged,
)
from evidence_store.sealed_media import media_of

_BLOCK_BYTES = 1 << 20
#: The bytes of a media file, by the log's directory and the entry's path.
Blocks = Callable[[str, str], Iterator[bytes]]
#: Whether the private payload of an entry, given as stored, stays out of the package.
Withhold = Callable[[Entry], bool]
#: The same with the origin of the entry's log.
KeepsBack = Callable[[str, Entry], bool]


@dataclass(frozen=True)
class Wish:
    """What is to be in the package."""

    sessions: frozenset[str]
    making: Making
    blocks: Blocks
    sealed: bool
    rule: Rule | None
    disclosure: str
    withhold: Withhold | None

    def keeps_back(self, origin: str, entry: Entry) -> bool:
        """Whether the private payload of an entry, given as stored, stays out."""
        if self.rule is not None and self.rule.withholds_payload(origin, entry):
            return True
        return bool(self.withhold and self.withhold(entry))


def opened(store: Path) -> Blocks:
    """The clear bytes of media; what does not open to its end is cut off there, and told apart
    from the entry's digest when the package is verified."""
    media = media_of(store)

    def blocks(log: str, path: str) -> Iterator[bytes]:
        try:
            yield from media.blocks(log, path)
        except SealedDamaged:
            return

    return blocks


def as_they_lie(store: Path) -> Blocks:
    """The bytes as they lie in the store, encrypted or not."""
    return lambda log, path: file_blocks(store / log / path)


def file_blocks(path: Path) -> Iterator[bytes]:
    """A file, block by block."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield block
