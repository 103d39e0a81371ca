"""The writer's half of the twin tree (twin_check.py): grown with the log, signed with SM2.

The right edge of the tree is kept in memory. A stop in order notes it beside the write-ahead log
(``clean``, recovery.py); without that note, or when it does not lead to the signed head, the tree
is grown again from all entries. A signed head that the entries do not lead to is damage.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.hazmat.primitives import hashes

from evidence_store.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from evidence_store.cosignature import add_signature
from evidence_store.errors import FormatError, ProofError, StoreDamaged, TileError
from evidence_store.merkle import CompactRange
from evidence_store.note import VerifierKey
from evidence_store.signer_port import LogSigner
from evidence_store.tile import TILE_WIDTH
from evidence_store.tile_files import TileFiles
from evidence_store.twin_check import TWIN_HEAD, twin_origin


def sm3_of(data: bytes) -> bytes:
    """The SM3 digest."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def _node(left: bytes, right: bytes) -> bytes:
    return sm3_of(b"\x01" + left + right)


def twin_leaf(entry: bytes) -> bytes:
    """Hash of one leaf of the twin tree."""
    return sm3_of(b"\x00" + entry)


def twin_leaves(directory: Path, begin: int, end: int) -> Iterator[bytes]:
    """Leaf hashes of the entries ``[begin, end)`` of the log in ``directory``.

    Raises:
        TileError: an entry cannot be read.
    """
    files = TileFiles(directory)
    while begin < end:
        index, offset = divmod(begin, TILE_WIDTH)
        entries = files.entries(index, min(TILE_WIDTH, end - index * TILE_WIDTH))
        yield from map(twin_leaf, entries[offset:])
        begin = index * TILE_WIDTH + len(entries)


class Sm3Twin:
    """The twin of one log; owned by the writer's thread."""

    def __init__(self, origin: str, signer: LogSigner, tree: CompactRange) -> None:
        self._origin = twin_origin(origin)
        self._signer = signer
        self._tree = tree

    @property
    def nodes(self) -> Sequence[bytes]:
        """The right edge, for the mark of an orderly stop."""
        return self._tree.nodes

    def append(self, entries: Sequence[bytes]) -> None:
        """Entries that have become durable."""
        for entry in entries:
            self._tree.append(twin_leaf(entry))

    def head(self) -> bytes:
        """The signed head over all of them, as its file."""
        signer = self._signer
        assert signer.twin is not None, "a twin is opened for such keys only"
        head = sign_checkpoint(
            self._origin,
            self._tree.size,
            self._tree.root(),
            signer.public_key_bytes,
            signer.sign,
        )
        key = VerifierKey(self._origin, signer.twin.kind, signer.twin.public_key_bytes)
        return add_signature(head, key, signer.twin.sign, int(time.time())).note


def open_twin(
    directory: Path, size: int, origin: str, signer: LogSigner, nodes: Sequence[bytes] | None
) -> Sm3Twin | None:
    """The twin of the log of ``size`` durable entries in ``directory``; None without an SM2 key.

    ``nodes`` is the edge that an orderly stop noted.

    Raises:
        StoreDamaged: entries cannot be read, or do not lead to the head that was signed.
        OSError: the disk refused.
    """
    if signer.twin is None:
        return None
    head = _stored_head(directory / TWIN_HEAD, twin_origin(origin))
    if nodes is not None and head is not None and head.size == size:
        try:
            tree = CompactRange(size, nodes, _node)
        except ProofError:
            tree = CompactRange(node=_node)
        if tree.root() == head.root:
            return Sm3Twin(origin, signer, tree)
    return Sm3Twin(origin, signer, _grown(directory, size, head))


def _grown(directory: Path, size: int, head: Checkpoint | None) -> CompactRange:
    tree = CompactRange(node=_node)
    try:
        for leaf in twin_leaves(directory, 0, size):
            tree.append(leaf)
            if head is not None and head.size == tree.size and head.root != tree.root():
                raise StoreDamaged(
                    f"{directory / TWIN_HEAD}: the entries do not lead to the root signed there"
                )
    except TileError as error:
        raise StoreDamaged(f"{directory}: {error}") from error
    return tree


def _stored_head(path: Path, origin: str) -> Checkpoint | None:
    try:
        head = parse_checkpoint(path.read_bytes())
    except FileNotFoundError:
        return None
    except FormatError as error:
        raise StoreDamaged(f"{path}: {error}") from error
    if head.origin != origin:
        raise StoreDamaged(f"{path} belongs to {head.origin}, not to {origin}")
    return head
