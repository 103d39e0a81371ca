"""One pass over a whole log after an unclean stop: what does it name, what does it not?

Finds the last entry of every session (for the ``prev`` links) and the files in ``media/`` and
``documents/`` that no entry names. Such orphans are moved to ``aside/`` under the same path, never
deleted: they may be the last seconds before a power failure.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evidence_store.draft import FILE_FOLDERS
from evidence_store.durable import Disk, make_directories
from evidence_store.errors import StoreDamaged, TileError
from evidence_store.key_statement import begin_chain, extend_chain
from evidence_store.merkle import leaf_hash
from evidence_store.named_files import NamedFiles
from evidence_store.session_keys import OpenChain
from evidence_store.tile import TILE_WIDTH
from evidence_store.tile_files import TileFiles

# Entries are canonical, so their last fields always stand in this order at the very end.
_SESSION = re.compile(
    rb'"kind":"([a-z0-9_.]*)","mono_us":[0-9]+,"prev":-?[0-9]+,"room":"[A-Za-z0-9_.-]*",'
    rb'"seq":[0-9]+,"session":"([A-Za-z0-9_.-]*)","t_us":[0-9]+,"v":1\}\Z'
)
_TAIL_BYTES = 400  # more than these fields can have
_NAMING = tuple(f'"kind":"{kind}.'.encode() for kind in ("media", "late", "document"))
_PATH = re.compile(rb'"path":"([A-Za-z0-9_./-]+)"')


@dataclass(frozen=True)
class Survey:
    """What a log's entries name."""

    last_of_session: dict[str, int]
    paths: Container[str]  # of files
    open_chains: dict[str, OpenChain] | None  # sessions without a final seal; None: not known
    twin: Sequence[bytes] | None = None  # edge of the twin tree (sm3_twin.py), when one was noted


def survey_log(
    directory: Path, size: int, origin: str = "", reading: Callable[[], None] = lambda: None
) -> Survey:
    """Read all ``size`` entries of the log; ``origin`` matters to the chains of sessions only.

    ``reading`` is called for each tile: a long log is no hanging process.

    Raises:
        StoreDamaged: an entry cannot be read.
    """
    files = TileFiles(directory)
    last: dict[str, int] = {}
    paths = NamedFiles()
    chains: dict[str, OpenChain] = {}
    for begin in range(0, size, TILE_WIDTH):
        reading()
        try:
            entries = files.entries(begin // TILE_WIDTH, min(TILE_WIDTH, size - begin))
        except TileError as error:
            raise StoreDamaged(f"{directory}: {error}") from error
        for index, entry in enumerate(entries, begin):
            match = _SESSION.search(entry, max(0, len(entry) - _TAIL_BYTES))
            if match is None:
                raise StoreDamaged(f"{directory}: entry {index} is damaged")
            kind, session = match[1].decode(), match[2].decode()
            last[session] = index
            _follow(chains, origin, kind, session, entry)
            if any(kind in entry for kind in _NAMING):
                paths.update(found.decode() for found in _PATH.findall(entry))
    undeclared = [name for name, one in chains.items() if one.closed and not one.declared]
    for session in undeclared:  # closed before sessions had keys
        del chains[session]
    return Survey(last, paths, chains)


def _follow(
    chains: dict[str, OpenChain], origin: str, kind: str, session: str, entry: bytes
) -> None:
    """Extend the chain of a session that is open; see session_keys.py."""
    if kind == "session.open" and session not in chains:
        chains[session] = OpenChain(begin_chain(origin, session), 0, False)
    before = chains.get(session)
    if before is None:
        return
    if kind == "session.seal" and before.closed:
        del chains[session]
        return
    chains[session] = replace(
        before,
        chain=extend_chain(before.chain, leaf_hash(entry)),
        entries=before.entries + 1,
        declared=before.declared or kind == "key.session",
        closed=before.closed or kind == "session.close",
    )


def files_of(root: Path) -> Iterator[Path]:
    """Every file in the folders whose files entries name."""
    for folder in [root / name for name in FILE_FOLDERS if (root / name).is_dir()]:
        for directory, _, names in os.walk(folder, onerror=_refused):  # no look at each file
            yield from (Path(directory, name) for name in names)


def _refused(error: OSError) -> None:
    raise error


def set_orphans_aside(disk: Disk, root: Path, named: Container[str]) -> list[str]:
    """Move files that no entry names to ``aside/``; returns their paths, sorted."""
    names = (path.relative_to(root).as_posix() for path in files_of(root))
    orphans = sorted(name for name in names if name not in named)
    touched: set[Path] = set()
    for name in orphans:
        target = _free_name(root / "aside" / name)
        make_directories(disk, target.parent)
        disk.rename(root / name, target)
        touched |= {target.parent, (root / name).parent}
    for directory in sorted(touched):
        disk.sync_directory(directory)
    return orphans


def _free_name(path: Path) -> Path:
    candidate, number = path, 1
    while candidate.exists():
        candidate = path.with_name(f"{path.name}.{number}")
        number += 1
    return candidate
