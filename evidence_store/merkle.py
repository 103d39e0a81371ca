"""The Merkle tree of RFC 6962 (section 2.1) over SHA-256, and its two proofs.

A leaf is ``SHA-256(0x00 || entry)``, a node ``SHA-256(0x01 || left || right)``; a tree of n
leaves splits at the largest power of two below n. An inclusion proof shows that a leaf stands
at an index; a consistency proof shows that a smaller tree is the beginning of a larger one.

Standard library only. Nothing here reads files or knows what an entry means.

Rule at zero, where implementations differ: the empty tree is the beginning of every tree (its
proof is empty), and no leaf is included in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Sequence

from evidence_store.errors import ProofError

HASH_BYTES = 32
#: Root of the tree without leaves.
EMPTY_ROOT = hashlib.sha256(b"").digest()

#: Hash of the tree over the leaves ``[begin, end)``.
SubtreeHash = Callable[[int, int], bytes]
#: Hash of the node above two others.
NodeHash = Callable[[bytes, bytes], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of the node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_point(size: int) -> int:
    """The largest power of two below ``size`` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


class CompactRange:
    """The right edge of a growing tree: enough to append leaves and to know the root.

    Invariant: ``_nodes`` holds the roots of the perfect subtrees of ``size`` leaves, the
    largest first, one for each bit set in ``size``.
    """

    def __init__(
        self, size: int = 0, nodes: Sequence[bytes] = (), node: NodeHash = node_hash
    ) -> None:
        if len(nodes) != size.bit_count():
            raise ProofError(f"{size} leaves need {size.bit_count()} nodes, not {len(nodes)}")
        self.size = size
        self._nodes = list(nodes)
        self._hash = node

    @property
    def nodes(self) -> Sequence[bytes]:
        """The roots that the edge consists of, the largest first."""
        return tuple(self._nodes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        node, size = leaf, self.size
        while size & 1:
            node = self._hash(self._nodes.pop(), node)
            size >>= 1
        self._nodes.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Root of the tree as it stands."""
        if not self._nodes:
            return EMPTY_ROOT
        root = self._nodes[-1]
        for node in reversed(self._nodes[:-1]):
            root = self._hash(node, root)
        return root

    def copy(self) -> CompactRange:
        """An independent copy."""
        return CompactRange(self.size, self._nodes, self._hash)


def grow(tree: CompactRange, leaves: Iterable[bytes], sizes: Container[int]) -> dict[int, bytes]:
    """Append leaf hashes; returns the roots at those of ``sizes`` that the tree passes."""
    roots: dict[int, bytes] = {}
    for leaf in leaves:
        tree.append(leaf)
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    return roots


class HashTree:
    """All nodes of a finished tree in memory, to make many proofs from its leaf hashes."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.size = len(leaves)
        self._levels: list[Sequence[bytes]] = [leaves]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            pairs = range(0, len(below) - 1, 2)
            self._levels.append([node_hash(below[i], below[i + 1]) for i in pairs])

    def subtree(self, begin: int, end: int) -> bytes:
        """Hash of the tree over the leaves ``[begin, end)``."""
        size = end - begin
        if size == 0:
            return EMPTY_ROOT
        height = size.bit_length() - 1
        if size == 1 << height and begin % size == 0:
            return self._levels[height][begin >> height]
        middle = begin + split_point(size)
        return node_hash(self.subtree(begin, middle), self.subtree(middle, end))

    def root(self) -> bytes:
        """Root of the whole tree."""
        return self.subtree(0, self.size)


def inclusion_path(index: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """The proof that leaf ``index`` is in the tree of ``size`` leaves (RFC 6962, 2.1.1).

    Raises:
        ProofError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + split_point(end - begin)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(begin, middle))
            begin = middle
    return path[::-1]


def consistency_path(old: int, new: int, subtree: SubtreeHash) -> list[bytes]:
    """The proof that the tree of ``old`` leaves begins the tree of ``new`` (RFC 6962, 2.1.2).

    Raises:
        ProofError: ``old`` is not between 0 and ``new``.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {old} leaves cannot begin one of {new}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    begin, end, whole = 0, new, True  # whole: the old tree is still a subtree from the left
    while old != end:
        middle = begin + split_point(end - begin)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(subtree(begin, end))
    return path[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that this inclusion proof leads to (RFC 9162, 2.1.3.2).

    Raises:
        ProofError: the proof has the wrong shape for that index and size.
    """
    if not 0 <= index < size:
        raise ProofError(f"leaf {index} is not in a tree of {size}")
    _check_hashes([leaf, *path])
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(path) != inner + border:
        raise ProofError(f"the proof has {len(path)} hashes, {inner + border} are needed")
    node = leaf
    for height, sibling in enumerate(path[:inner]):
        right = (index >> height) & 1
        node = node_hash(sibling, node) if right else node_hash(node, sibling)
    for sibling in path[inner:]:
        node = node_hash(sibling, node)
    return node


def verify_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes
) -> None:
    """Check that ``leaf`` stands at ``index`` in the tree of ``size`` leaves with that root.

    Raises:
        ProofError: it does not, or the proof is malformed.
    """
    if root_from_inclusion(index, size, leaf, path) != root:
        raise ProofError(f"leaf {index} is not in the tree with this root")


def verify_consistency(
    old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Check that the tree with ``old_root`` begins the one with ``new_root`` (RFC 9162, 2.1.4.2).

    Raises:
        ProofError: it does not, or the proof is malformed.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {old} leaves cannot begin one of {new}")
    _check_hashes([old_root, new_root, *path])
    if old in (0, new):
        if path:
            raise ProofError("this proof must be empty")
        if old == 0 and old_root != EMPTY_ROOT:
            raise ProofError("the root of an empty tree is SHA-256 of nothing")
        if old == new and old_root != new_root:
            raise ProofError("two trees of one size have different roots")
        return
    old_found, new_found = _roots_from_consistency(old, new, path, old_root)
    if old_found != old_root or new_found != new_root:
        raise ProofError(f"the tree of {old} leaves does not begin the tree of {new}")


def _roots_from_consistency(
    old: int, new: int, path: Sequence[bytes], old_root: bytes
) -> tuple[bytes, bytes]:
    # An old tree that is a perfect subtree is not repeated in the proof.
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not nodes:
        raise ProofError("the proof is empty")
    low, high = old - 1, new - 1
    while low & 1:
        low, high = low >> 1, high >> 1
    old_node = new_node = nodes[0]
    for sibling in nodes[1:]:
        if high == 0:
            raise ProofError("the proof has too many hashes")
        if low & 1 or low == high:
            old_node = node_hash(sibling, old_node)
            new_node = node_hash(sibling, new_node)
            while low and not low & 1:
                low, high = low >> 1, high >> 1
        else:
            new_node = node_hash(new_node, sibling)
        low, high = low >> 1, high >> 1
    if high != 0:
        raise ProofError("the proof has too few hashes")
    return old_node, new_node


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise ProofError(f"a hash has {HASH_BYTES} bytes")
