"""The ledger's tree: published vectors, the definition of RFC 6962 word for word, and proofs that anything false fails."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.merkle import (
    EMPTY,
    check_consistency,
    completed,
    consistency,
    grown,
    inclusion,
    kept_consistency,
    kept_inclusion,
    kept_root,
    leaf_hash,
    node_hash,
    peaks,
    root,
    root_of_inclusion,
)

# The trees and proofs by which the implementations of Certificate Transparency are tested.
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
HASHES = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSIONS = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CONSISTENCIES = {
    (1, 1): (),
    (1, 8): INCLUSIONS[0, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): INCLUSIONS[1, 5][1:],
}

leaves = st.lists(st.binary(max_size=4), max_size=70).map(lambda each: [leaf_hash(data) for data in each])


@pytest.mark.parametrize("size", range(9))
def test_the_roots_of_the_known_trees(size: int) -> None:
    assert root(HASHES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSIONS)
def test_the_paths_of_the_known_trees(index: int, size: int) -> None:
    path = inclusion(HASHES[:size], index)
    assert tuple(step.hex() for step in path) == INCLUSIONS[index, size]
    assert root_of_inclusion(HASHES[index], index, size, path).hex() == ROOTS[size]


@pytest.mark.parametrize(("old", "size"), CONSISTENCIES)
def test_the_consistency_proofs_of_the_known_trees(old: int, size: int) -> None:
    path = consistency(HASHES[:size], old)
    assert tuple(step.hex() for step in path) == CONSISTENCIES[old, size]
    assert check_consistency(old, bytes.fromhex(ROOTS[old]), size, bytes.fromhex(ROOTS[size]), path)


@given(leaves)
def test_root_and_proofs_are_those_of_the_definition(hashes: list[bytes]) -> None:
    assert root(hashes) == defined_root(hashes)
    for index in range(0, len(hashes), 7):
        path = inclusion(hashes, index)
        assert path == defined_path(index, hashes)
        assert root_of_inclusion(hashes[index], index, len(hashes), path) == root(hashes)
    for old in range(1, len(hashes) + 1, 5):
        path = consistency(hashes, old)
        assert path == (defined_proof(old, hashes, True) if old < len(hashes) else [])
        assert check_consistency(old, root(hashes[:old]), len(hashes), root(hashes), path)


@given(leaves)
def test_a_tree_grown_leaf_by_leaf_tells_the_same_of_every_size_it_had(hashes: list[bytes]) -> None:
    kept: dict[tuple[int, int], bytes] = {}
    for index, hashed in enumerate(hashes):
        nodes = grown(index, hashed, lambda level, position: kept[level, position])
        assert [(level, position) for level, position, _ in nodes] == completed(index)
        for level, position, node in nodes:
            assert (level, position) not in kept
            kept[level, position] = node
    asked: list[tuple[int, int]] = []

    def lookup(level: int, position: int) -> bytes:
        asked.append((level, position))
        return kept[level, position]

    for size in range(len(hashes) + 1):
        assert kept_root(size, lookup) == defined_root(hashes[:size])
        assert all(node in kept for node in peaks(size))
    size = len(hashes)
    for index in range(0, size, 5):
        asked.clear()
        assert kept_inclusion(index, size, lookup) == defined_path(index, hashes)
        assert kept_consistency(index + 1, size, lookup) == consistency(hashes, index + 1)
        assert len(asked) <= 4 * size.bit_length()
    assert len(kept) <= 2 * size


def test_a_million_leaves_cost_few_nodes() -> None:
    asked: list[tuple[int, int]] = []

    def lookup(level: int, position: int) -> bytes:
        asked.append((level, position))
        return sha256(f"{level}.{position}".encode()).digest()

    kept_root(999_999, lookup)
    path = kept_inclusion(777_777, 999_999, lookup)
    assert len(asked) < 60
    assert len(path) == 20


@given(leaves.filter(bool), st.data())
def test_a_false_proof_leads_elsewhere(hashes: list[bytes], data: st.DataObject) -> None:
    hashes = [leaf_hash(bytes([at])) for at in range(len(hashes))]
    index = data.draw(st.integers(0, len(hashes) - 1))
    path, top = inclusion(hashes, index), root(hashes)
    assert root_of_inclusion(leaf_hash(b"another"), index, len(hashes), path) != top
    for wrong in (path[:-1], [*path, top]):
        if wrong != path:
            with pytest.raises(ValueError, match=r"too (long|short)"):
                root_of_inclusion(hashes[index], index, len(hashes), wrong)
    for at in range(len(path)):
        broken = [flipped(step) if place == at else step for place, step in enumerate(path)]
        assert root_of_inclusion(hashes[index], index, len(hashes), broken) != top


@given(st.integers(1, 40), st.data())
def test_a_rewritten_beginning_is_not_consistent(size: int, data: st.DataObject) -> None:
    hashes = [leaf_hash(bytes([at])) for at in range(size)]
    old = data.draw(st.integers(1, size))
    path, before, now = consistency(hashes, old), root(hashes[:old]), root(hashes)
    other = [leaf_hash(b"rewritten"), *hashes[1:]]
    assert not check_consistency(old, before, size, root(other), consistency(other, old))
    assert not check_consistency(old, flipped(before), size, now, path)
    assert not check_consistency(old, before, size, flipped(now), path)
    assert not check_consistency(old, before, size, now, [*path, now])
    assert not check_consistency(size + 1, before, size, now, path)
    for at in range(len(path)):
        assert not check_consistency(old, before, size, now, path[:at] + path[at + 1 :])
        broken = [flipped(step) if place == at else step for place, step in enumerate(path)]
        assert not check_consistency(old, before, size, now, broken)


def test_every_tree_grew_out_of_the_empty_one() -> None:
    assert consistency(HASHES, 0) == []
    assert check_consistency(0, EMPTY, 8, root(HASHES), [])
    assert check_consistency(0, EMPTY, 0, EMPTY, [])
    assert not check_consistency(0, root(HASHES), 8, root(HASHES), [])
    assert not check_consistency(0, EMPTY, 0, root(HASHES), [])
    assert not check_consistency(-1, EMPTY, 8, root(HASHES), [])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_path(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has none with the number"):
        inclusion(HASHES[:size], index)
    with pytest.raises(ValueError, match="has none with the number"):
        root_of_inclusion(HASHES[0], index, size, [])


@pytest.mark.parametrize("old", [-1, 4])
def test_a_tree_does_not_grow_out_of_a_larger_one(old: int) -> None:
    with pytest.raises(ValueError, match="did not grow"):
        consistency(HASHES[:3], old)


def flipped(hashed: bytes) -> bytes:
    return bytes([hashed[0] ^ 1]) + hashed[1:]


def defined_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    left = largest_power_below(len(hashes))
    return node_hash(defined_root(hashes[:left]), defined_root(hashes[left:]))


def defined_path(index: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(hashes) == 1:
        return []
    left = largest_power_below(len(hashes))
    if index < left:
        return [*defined_path(index, hashes[:left]), defined_root(hashes[left:])]
    return [*defined_path(index - left, hashes[left:]), defined_root(hashes[:left])]


def defined_proof(old: int, hashes: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if old == len(hashes):
        return [] if whole else [defined_root(hashes)]
    left = largest_power_below(len(hashes))
    if old <= left:
        return [*defined_proof(old, hashes[:left], whole), defined_root(hashes[left:])]
    return [*defined_proof(old - left, hashes[left:], False), defined_root(hashes[:left])]


def largest_power_below(number: int) -> int:
    found = 1
    while found * 2 < number:
        found *= 2
    return found
