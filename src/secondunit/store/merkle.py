"""Merkle trees as RFC 6962 section 2.1 draws them: a root over many leaves, and short proofs against it.

A leaf is any bytes; a hash is 32 bytes, SHA-256. An inclusion proof shows that a leaf lies at a place under a root;
a consistency proof shows that a later tree holds an earlier one unchanged at its front.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf; its first byte keeps leaves and inner nodes apart."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves in order, streamed: memory for some thirty hashes, whatever their number."""
    peaks = Peaks()
    for leaf in leaves:
        peaks.add(leaf)
    return peaks.root


class Peaks:
    """A tree that grows leaf by leaf. Only the roots of its whole subtrees are kept, the largest first."""

    def __init__(self) -> None:
        self.n_leaves = 0
        self._hashes: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Put one more leaf at the end."""
        new, n = leaf_hash(leaf), self.n_leaves
        while n & 1:  # as many whole subtrees of the same size as the old count has ones at its end
            new = node_hash(self._hashes.pop(), new)
            n >>= 1
        self._hashes.append(new)
        self.n_leaves += 1

    @property
    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._hashes:
            return EMPTY_ROOT
        *rest, root = self._hashes
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path PATH(index, leaves) of RFC 6962 section 2.1.1: siblings from the leaf up to the root."""
    return inclusion_proofs(leaves, [index])[0]


def inclusion_proofs(leaves: Sequence[bytes], indices: Sequence[int]) -> list[list[bytes]]:
    """The audit paths of some leaves, for the work of hashing the tree once. Raises `IndexError`."""
    if any(not 0 <= index < len(leaves) for index in indices):
        raise IndexError(f"no such leaf among {len(leaves)}")
    places = list(indices)
    paths: list[list[bytes]] = [[] for _ in places]
    level = [leaf_hash(leaf) for leaf in leaves]
    while len(level) > 1:
        for path, place in zip(paths, places, strict=True):
            if place ^ 1 < len(level):
                path.append(level[place ^ 1])
        places = [place >> 1 for place in places]
        # A last node without a neighbour goes up as it is: so the left subtree of every node is whole.
        alone = level[-1:] if len(level) & 1 else []
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)] + alone
    return paths


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `leaf` lies at `index` in the tree of `size` leaves under `root` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf_hash(leaf)
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """PROOF(old_size, leaves) of RFC 6962 section 2.1.2; empty where there is nothing to show."""
    if not 0 <= old_size <= len(leaves):
        raise IndexError(old_size)
    if old_size in (0, len(leaves)):
        return []
    path: list[bytes] = []
    first, end, wanted, known = 0, len(leaves), old_size, True
    while wanted != end - first:
        middle = first + _split(end - first)
        if wanted <= middle - first:
            path.append(merkle_root(leaves[middle:end]))
            end = middle
        else:
            path.append(merkle_root(leaves[first:middle]))
            wanted, first, known = wanted - (middle - first), middle, False
    if not known:
        path.append(merkle_root(leaves[first:end]))
    return path[::-1]


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree under `new_root` begins with the one under `old_root` (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old_size <= new_size:
        return False
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    if old_size == new_size:
        return not path and old_root == new_root
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not steps:
        return False
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _split(size: int) -> int:
    """The largest power of two smaller than a size of at least two."""
    return 1 << ((size - 1).bit_length() - 1)
