from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondunit.store.merkle import (
    EMPTY_ROOT,
    Peaks,
    consistency_proof,
    inclusion_proof,
    merkle_root,
    verify_consistency,
    verify_inclusion,
)

# The tree of RFC 6962 section 2.1.3 has seven leaves; these eight and the roots of every prefix are the test
# vectors that Certificate Transparency's own implementations share.
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
PATHS = {  # index, size: the audit path
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
PROOFS = {  # old, new: the consistency proof
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


# The standard's own words, as plainly as they can be written


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def plain_root(d: list[bytes]) -> bytes:
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\0" + d[0]).digest()
    k = split(len(d))
    return sha256(b"\1" + plain_root(d[:k]) + plain_root(d[k:])).digest()


def plain_path(m: int, d: list[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = split(len(d))
    return [*plain_path(m, d[:k]), plain_root(d[k:])] if m < k else [*plain_path(m - k, d[k:]), plain_root(d[:k])]


def plain_proof(m: int, d: list[bytes], known: bool = True) -> list[bytes]:
    if m == len(d):
        return [] if known else [plain_root(d)]
    k = split(len(d))
    if m <= k:
        return [*plain_proof(m, d[:k], known), plain_root(d[k:])]
    return [*plain_proof(m - k, d[k:], False), plain_root(d[:k])]


some_leaves = st.lists(st.binary(max_size=3), max_size=70)


def test_the_known_roots() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [merkle_root(LEAVES[: n + 1]).hex() for n in range(8)] == ROOTS


@pytest.mark.parametrize(("index", "size"), PATHS)
def test_the_known_audit_paths(index: int, size: int) -> None:
    path = [bytes.fromhex(text) for text in PATHS[index, size]]
    assert inclusion_proof(LEAVES[:size], index) == path
    assert verify_inclusion(LEAVES[index], index, size, path, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new"), PROOFS)
def test_the_known_consistency_proofs(old: int, new: int) -> None:
    path = [bytes.fromhex(text) for text in PROOFS[old, new]]
    assert consistency_proof(LEAVES[:new], old) == path
    assert verify_consistency(old, new, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]), path)


@given(some_leaves)
def test_the_root_is_the_plain_one(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == plain_root(leaves)
    peaks = Peaks()
    for n, leaf in enumerate(leaves):
        peaks.add(leaf)
        assert peaks.root == plain_root(leaves[: n + 1])


@given(some_leaves.filter(bool), st.data())
def test_a_leaf_is_proven_and_nothing_else_is(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = inclusion_proof(leaves, index), merkle_root(leaves)
    assert path == plain_path(index, leaves)
    assert verify_inclusion(leaves[index], index, len(leaves), path, root)
    assert not verify_inclusion(leaves[index] + b"x", index, len(leaves), path, root)
    assert not verify_inclusion(leaves[index], index, len(leaves), [*path, root], root)
    assert not verify_inclusion(leaves[index], len(leaves), len(leaves), path, root)
    assert not verify_inclusion(leaves[index], -1, len(leaves), path, root)
    if path:
        assert not verify_inclusion(leaves[index], index, len(leaves), path[1:], root)
        at = data.draw(st.integers(0, len(path) - 1))
        spoilt = [*path[:at], bytes(32), *path[at + 1 :]]
        assert not verify_inclusion(leaves[index], index, len(leaves), spoilt, root)
    other = data.draw(st.integers(0, len(leaves) - 1))
    if leaves[other] != leaves[index]:
        assert not verify_inclusion(leaves[index], other, len(leaves), path, root)


@given(some_leaves, st.data())
def test_a_tree_that_only_grew_is_proven_and_no_other(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(0, len(leaves)))
    path = consistency_proof(leaves, old)
    before, now = merkle_root(leaves[:old]), merkle_root(leaves)
    if old:
        assert path == plain_proof(old, leaves)
    assert verify_consistency(old, len(leaves), before, now, path)
    assert not verify_consistency(old, len(leaves), bytes(32), now, path)
    assert not verify_consistency(old, len(leaves), before, now, [*path, now])
    assert not verify_consistency(len(leaves) + 1, len(leaves), before, now, path)
    if old:
        assert not verify_consistency(old, len(leaves), before, bytes(32), path)
        changed = [leaves[0] + b"x", *leaves[1:]]
        assert not verify_consistency(
            old, len(leaves), before, merkle_root(changed), consistency_proof(changed, old)
        )
    if path:
        assert not verify_consistency(old, len(leaves), before, now, path[:-1])


def test_places_outside_of_the_tree() -> None:
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES, 8)
    with pytest.raises(IndexError):
        consistency_proof(LEAVES, 9)
