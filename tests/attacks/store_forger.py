"""What an attacker with write access to a store can do, without and with its key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rfc8785

from evidence_store.checkpoint import checkpoint_text, parse_checkpoint
from evidence_store.host_keys import HostKeys
from evidence_store.merkle import HashTree, leaf_hash
from evidence_store.reader import LogReader
from evidence_store.tile import ENTRIES, TILE_WIDTH, entry_tile, hash_tile, perfect_root, tile_path
from tests.attacks.signing import keys_of, name_keys, public_pem, signed_head

Json = dict[str, Any]


def relink(entries: list[Json]) -> list[Json]:
    """Number the entries anew and let each name the one before it of its session."""
    last: dict[str, int] = {}
    fresh: list[Json] = []
    for seq, entry in enumerate(entries):
        fresh.append({**entry, "seq": seq, "prev": last.get(entry["session"], -1)})
        last[entry["session"]] = seq
    return fresh


class StoreForger:
    """Edits one log of a store; ``remake`` leaves the signature wrong, ``resign`` has the key."""

    def __init__(self, store: Path, log: str = "recorder-1") -> None:
        self.store = store
        self.name = log
        self.root = store / log
        self.log = store / log / "log"
        reader = LogReader(self.log)
        self.lines = reader.entries(0, reader.checkpoint().size)

    def entries(self) -> list[Json]:
        """The entries as values."""
        return [json.loads(line) for line in self.lines]

    def set(self, entries: list[Json]) -> None:
        """Other entries, spelled canonically."""
        self.lines = [rfc8785.dumps(entry) for entry in entries]

    def edit_all(self, change: Callable[[Json], Json]) -> None:
        """Change every entry."""
        self.set([change(entry) for entry in self.entries()])

    def drop(self, unwanted: Callable[[Json], bool]) -> None:
        """Take entries out, and number the rest anew."""
        kept = [entry for entry in self.entries() if not unwanted(entry)]
        assert len(kept) < len(self.lines)
        self.set(relink(kept))

    def remake(self) -> None:
        """All tiles anew, and the root in the checkpoint; the signature stays what it was."""
        tree = self._tiles()
        path = self.log / "checkpoint"
        old = parse_checkpoint(path.read_bytes())
        signatures = old.note.partition(b"\n\n")[2]
        text = checkpoint_text(old.origin, tree.size, tree.root()).encode()
        path.write_bytes(text + b"\n" + signatures)

    def resign(self) -> None:
        """The same, signed with the store's own keys: an insider's forgery."""
        self._sign(keys_of(self.store, self.name))

    def rekey(self, keys: HostKeys) -> None:
        """The same, signed with other keys, which the entries name."""
        self.lines = name_keys(self.lines, self._origin(), keys)
        self._sign(keys)
        (self.store / "keys" / f"{self.name}.pub.pem").write_bytes(
            public_pem(keys.public_key_bytes)
        )

    def _sign(self, keys: HostKeys) -> None:
        head = signed_head(self._origin(), self._tiles(), keys)
        (self.log / "checkpoint").write_bytes(head.note)

    def _origin(self) -> str:
        return parse_checkpoint((self.log / "checkpoint").read_bytes()).origin

    def _tiles(self) -> HashTree:
        shutil.rmtree(self.log / "tile", ignore_errors=True)
        for path in (self.log / "wal").iterdir():
            path.unlink()
        hashes = [leaf_hash(line) for line in self.lines]
        for begin in range(0, len(hashes), TILE_WIDTH):
            end = min(begin + TILE_WIDTH, len(hashes))
            place = (begin // TILE_WIDTH, end - begin)
            self._write(tile_path(ENTRIES, *place), entry_tile(self.lines[begin:end]))
            self._write(tile_path(0, *place), hash_tile(hashes[begin:end]))
        full = len(hashes) // TILE_WIDTH
        upper = [perfect_root(hashes[i * TILE_WIDTH : (i + 1) * TILE_WIDTH]) for i in range(full)]
        if upper:
            self._write(tile_path(1, 0, len(upper)), hash_tile(upper))
        return HashTree(hashes)

    def _write(self, name: str, data: bytes) -> None:
        path = self.log / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
