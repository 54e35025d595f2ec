"""The Merkle tree of the ledger and of a run's looks: roots, and proofs that a leaf is in a tree or a tree grew from another.

Hashes as RFC 6962 (2.1) and RFC 9162 (2.1) say, with SHA-256. Pure: knows neither what a leaf says nor where hashes are kept.

A tree that is kept consists of the roots of its perfect subtrees. One such node stands at a level (0: the leaves) and a position
within the level; it covers the leaves from position * 2^level on, 2^level of them. It never changes once it is complete, so a
tree grows by adding nodes, and everything can be told from few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

Node = tuple[int, int]
"""Level and position."""

Lookup = Callable[[int, int], bytes]
"""Gives the hash of the node at a level and position."""

EMPTY = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf; the first byte keeps leaves and nodes apart."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes."""
    return kept_root(len(hashes), lookup_in(hashes))


def inclusion(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The path from a leaf to the root over these leaf hashes (RFC 9162, 2.1.3.1), from the leaf upward; raises ValueError."""
    return kept_inclusion(index, len(hashes), lookup_in(hashes))


def consistency(hashes: Sequence[bytes], old: int) -> list[bytes]:
    """The proof that the first `old` of these leaf hashes are the beginning of all (RFC 9162, 2.1.4.1); raises ValueError."""
    return kept_consistency(old, len(hashes), lookup_in(hashes))


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root to which this path leads from this leaf hash (RFC 9162, 2.1.3.2); raises ValueError if it fits no such tree."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has none with the number {index}")
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise ValueError("the path is too long for this tree")
        if at & 1 or at == last:
            found = node_hash(step, found)
            at, last = _up_to_a_right_child(at, last)
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the path is too short for this tree")
    return found


def check_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Does this proof show that the new tree begins with the whole of the old one (RFC 9162, 2.1.4.2)?"""
    if not 0 <= old_size <= new_size:
        return False
    if old_size in (0, new_size):
        grown = old_root == new_root if old_size else old_root == EMPTY
        return grown and not path and (new_size > 0 or new_root == EMPTY)
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not steps:
        return False
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            at, last = _up_to_a_right_child(at, last)
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def peaks(size: int) -> list[Node]:
    """The perfect subtrees of which a tree of this size consists, from left to right."""
    return _peaks(0, size)


def completed(index: int) -> list[Node]:
    """The nodes that the leaf with this number completes, itself first: two for each leaf, taken over many."""
    return [(level, index >> level) for level in range((~index & (index + 1)).bit_length())]


def grown(index: int, leaf: bytes, lookup: Lookup) -> list[tuple[int, int, bytes]]:
    """The nodes (level, position, hash) to add when this leaf hash is appended with this number."""
    found: list[tuple[int, int, bytes]] = []
    hashed = leaf
    for level, position in completed(index):
        if level:
            hashed = node_hash(lookup(level - 1, 2 * position), hashed)
        found.append((level, position, hashed))
    return found


def kept_root(size: int, lookup: Lookup) -> bytes:
    """The root of the first `size` leaves of a kept tree."""
    return _span(0, size, lookup) if size else EMPTY


def kept_inclusion(index: int, size: int, lookup: Lookup) -> list[bytes]:
    """The path from a leaf to the root of the first `size` leaves of a kept tree; raises ValueError."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has none with the number {index}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _left(end - start)
        if index < middle:
            path.append(_span(middle, end, lookup))
            end = middle
        else:
            path.append(_span(start, middle, lookup))
            start = middle
    return path[::-1]


def kept_consistency(old: int, size: int, lookup: Lookup) -> list[bytes]:
    """The proof that the first `old` of `size` leaves of a kept tree are its beginning; raises ValueError."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} leaves did not grow out of one of {old}")
    path, start, end = [], 0, size
    while old not in (0, end):
        middle = start + _left(end - start)
        if old <= middle:
            path.append(_span(middle, end, lookup))
            end = middle
        else:
            path.append(_span(start, middle, lookup))
            start = middle
    # A beginning that is itself a perfect subtree is the old root, which the reader has.
    return [*([_span(start, end, lookup)] if start else []), *path[::-1]]


def lookup_in(hashes: Sequence[bytes]) -> Lookup:
    """The nodes over these leaf hashes, as of a kept tree."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return lambda level, position: levels[level][position]


def _span(start: int, end: int, lookup: Lookup) -> bytes:
    """The root over some leaves that are a subtree of the whole: its perfect parts, joined from the right."""
    *before, last = _peaks(start, end)
    found = lookup(*last)
    for level, position in reversed(before):
        found = node_hash(lookup(level, position), found)
    return found


def _peaks(start: int, end: int) -> list[Node]:
    found: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def _left(count: int) -> int:
    """How many of these leaves stand in the left subtree: the largest power of two below their number."""
    return 1 << (count - 1).bit_length() - 1


def _up_to_a_right_child(at: int, last: int) -> tuple[int, int]:
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last
