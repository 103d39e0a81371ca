"""The tree of RFC 6962: published values, a naive tree, and an independent implementation."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tlog_scales.tlog import ConsistencyProof, InclusionProof

from evidence_store.errors import ProofError
from evidence_store.merkle import (
    EMPTY_ROOT,
    CompactRange,
    HashTree,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# The reference test set of the certificate-transparency project.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (index, size): path
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {  # (old, new): path
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def _naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(_naive_root(leaves[:split]), _naive_root(leaves[split:]))


def _leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % index) for index in range(size)]


def test_published_roots() -> None:
    tree = CompactRange()
    assert tree.root() == EMPTY_ROOT
    for size, root in enumerate(ROOTS, 1):
        tree.append(HASHES[size - 1])
        assert tree.root().hex() == root
        assert HashTree(HASHES[:size]).root().hex() == root


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_published_inclusion_proofs(index: int, size: int) -> None:
    path = [bytes.fromhex(item) for item in INCLUSION[index, size]]
    assert inclusion_path(index, size, HashTree(HASHES[:size]).subtree) == path
    verify_inclusion(index, size, HASHES[index], path, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_published_consistency_proofs(old: int, new: int) -> None:
    path = [bytes.fromhex(item) for item in CONSISTENCY[old, new]]
    assert consistency_path(old, new, HashTree(HASHES).subtree) == path
    roots = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1])
    verify_consistency(old, new, path, *roots)


@given(st.integers(1, 70))
def test_roots_equal_the_naive_tree(size: int) -> None:
    leaves = _leaves(size)
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    assert tree.root() == HashTree(leaves).root() == _naive_root(leaves)


@given(st.data())
def test_inclusion_proofs_agree_with_an_independent_implementation(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    leaves = _leaves(size)
    tree = HashTree(leaves)
    path = inclusion_path(index, size, tree.subtree)
    verify_inclusion(index, size, leaves[index], path, tree.root())
    InclusionProof(index, size, path).check(leaves[index], tree.root())


@given(st.data())
def test_consistency_proofs_agree_with_an_independent_implementation(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 600))
    old = data.draw(st.integers(1, new))
    leaves = _leaves(new)
    path = consistency_path(old, new, HashTree(leaves).subtree)
    roots = HashTree(leaves[:old]).root(), HashTree(leaves).root()
    verify_consistency(old, new, path, *roots)
    ConsistencyProof(old, new, path).check(*roots)


@given(st.data())
def test_a_changed_inclusion_proof_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 80))
    index = data.draw(st.integers(0, size - 1))
    leaves = _leaves(size)
    tree = HashTree(leaves)
    path = inclusion_path(index, size, tree.subtree)
    where = data.draw(st.integers(0, len(path) - 1))
    wrong = [*path[:where], leaf_hash(path[where]), *path[where + 1 :]]
    for bad in (wrong, path[:-1], [*path, EMPTY_ROOT], [*path[:-1], path[-1][:31]]):
        with pytest.raises(ProofError):
            verify_inclusion(index, size, leaves[index], bad, tree.root())
    other = data.draw(st.integers(0, size - 1).filter(lambda value: value != index))
    with pytest.raises(ProofError):
        verify_inclusion(other, size, leaves[index], path, tree.root())


@given(st.data())
def test_a_changed_consistency_proof_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 80))
    old = data.draw(st.integers(1, new - 1))
    leaves = _leaves(new)
    path = consistency_path(old, new, HashTree(leaves).subtree)
    roots = HashTree(leaves[:old]).root(), HashTree(leaves).root()
    where = data.draw(st.integers(0, len(path) - 1))
    wrong = [*path[:where], leaf_hash(path[where]), *path[where + 1 :]]
    for bad in (wrong, path[:-1], [*path, EMPTY_ROOT], []):
        with pytest.raises(ProofError):
            verify_consistency(old, new, bad, *roots)
    with pytest.raises(ProofError):
        verify_consistency(old, new, path, roots[1], roots[0])


def test_the_rules_at_zero_and_at_equal_sizes() -> None:
    root = bytes.fromhex(ROOTS[7])
    verify_consistency(0, 8, [], EMPTY_ROOT, root)
    verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    assert consistency_path(0, 8, HashTree(HASHES).subtree) == []
    for old_root, new_root, path in (
        (root, root, []),  # not the root of an empty tree
        (EMPTY_ROOT, root, [root]),  # must be empty
    ):
        with pytest.raises(ProofError):
            verify_consistency(0, 8, path, old_root, new_root)
    with pytest.raises(ProofError):
        verify_consistency(8, 8, [], EMPTY_ROOT, root)
    with pytest.raises(ProofError):
        verify_inclusion(0, 0, EMPTY_ROOT, [], EMPTY_ROOT)


@pytest.mark.parametrize(("old", "new"), [(9, 8), (-1, 8)])
def test_impossible_sizes_are_refused(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        consistency_path(old, new, HashTree(HASHES).subtree)
    with pytest.raises(ProofError):
        verify_consistency(old, new, [], EMPTY_ROOT, EMPTY_ROOT)
    with pytest.raises(ProofError):
        inclusion_path(new, new, HashTree(HASHES).subtree)


def test_a_compact_range_needs_its_nodes() -> None:
    with pytest.raises(ProofError):
        CompactRange(3, [EMPTY_ROOT])


def test_a_copy_of_a_compact_range_is_independent() -> None:
    tree = CompactRange()
    tree.append(HASHES[0])
    copy = tree.copy()
    copy.append(HASHES[1])
    assert (tree.size, tree.root().hex()) == (1, ROOTS[0])
    assert copy.root().hex() == ROOTS[1]
