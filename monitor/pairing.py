"""Which paragraphs of a replaced block are edits of each other, and how much work a comparison may take.

Pure. Judges likeness alone; what differs inside a pair is told by `monitor.diff`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from operator import add
from typing import TypeAlias

from monitor.tokens import shape_of

ALIKE = 0.4  #: from this share of common character pairs on, two paragraphs are one paragraph that was edited
SAMPLE = 3_000  #: characters at each end by which a long paragraph is recognised
SQUARE = 1_600  #: pairs of paragraphs up to which each is tried with each ...
NEAR = 5  #: ... and how far from its own place a paragraph is looked for in a greater block

_Chain: TypeAlias = "tuple[tuple[int, int], _Chain] | None"


class Effort:
    """What is left of the work that one comparison may take."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, cost: int, most: int = sys.maxsize) -> bool:
        """Take the cost if it is affordable, and no greater than `most`."""
        if cost > min(self.left, most):
            return False
        self.left -= cost
        return True


def pairs_of(gone: Sequence[tuple[int, str]], come: Sequence[tuple[int, str]], effort: Effort) -> list[tuple[int, int]]:
    """Pair paragraphs taken out with those put in that are edits of them, keeping their order; both come with their indexes.

    Without the effort for it nothing is paired.
    """
    if not gone or not come:
        return []
    reach = NEAR if len(gone) * len(come) > SQUARE else max(len(gone), len(come))
    length = sum(min(len(text), 2 * SAMPLE) for _, text in (*gone, *come))
    if not effort.spend(length // 3 + 5 * len(gone) * min(len(come), 2 * reach)):
        return []
    old, new = [_profile(text) for _, text in gone], [_profile(text) for _, text in come]
    alike = {
        (i, j): likeness
        for i, profile in enumerate(old)
        for j in _around(i * len(new) // len(old), reach, len(new))
        if (likeness := _likeness(profile, new[j])) >= ALIKE
    }
    return [(gone[i][0], come[j][0]) for i, j in _best_order(alike, len(new))]


def _around(place: int, reach: int, end: int) -> range:
    return range(max(0, place - reach), min(end, place + reach + 1))


def _profile(text: str) -> frozenset[str]:
    shape = f"^{shape_of(text if len(text) <= 2 * SAMPLE else text[:SAMPLE] + text[-SAMPLE:])}$"
    return frozenset(map(add, shape, shape[1:]))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _best_order(alike: Mapping[tuple[int, int], float], width: int) -> list[tuple[int, int]]:
    """Choose pairs in rising order of both indexes with the greatest sum of likeness (a Fenwick tree over the second index)."""
    tree: list[tuple[float, _Chain]] = [(0.0, None)] * (width + 1)

    def best_before(j: int) -> tuple[float, _Chain]:
        top: tuple[float, _Chain] = (0.0, None)
        while j:
            top = max(top, tree[j], key=lambda reached: reached[0])
            j &= j - 1
        return top

    for (i, j), likeness in sorted(alike.items(), key=lambda item: (item[0][0], -item[0][1])):
        total, chain = best_before(j)
        reached, at = (total + likeness, ((i, j), chain)), j + 1
        while at <= width:
            tree[at] = max(tree[at], reached, key=lambda one: one[0])
            at += at & -at
    chosen: list[tuple[int, int]] = []
    chain = best_before(width)[1]
    while chain:
        chosen.append(chain[0])
        chain = chain[1]
    return chosen[::-1]
