"""Which versions and looks of a page may go, by how many are kept and for how long. Pure: asks nothing and deletes nothing.

A version goes only when no limit that is set keeps it, and never one that is needed (docs/decisions/retention.md).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from storage.records import Retention

Place = tuple[int, int]
"""Run and number of a look."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version whose bytes are kept."""

    id: int
    last: datetime  #: when it was last seen


@dataclass(frozen=True, slots=True)
class Span:
    """A span of looks, from the first to the last, and the looks of it that are named anywhere."""

    version: int | None
    first: Place
    last: Place
    named: frozenset[Place]

    def may_hold(self, look: Place) -> bool:
        """May a look have lengthened it; of two crawls at once the looks lie in each other's spans."""
        return self.first <= look <= self.last


@dataclass(frozen=True, slots=True)
class Look:
    """A look that was kept whole, of a run that is over."""

    place: Place
    closed: datetime


class _Holding:
    """Spans in order, so that those of a look are found without asking all."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = sorted(spans, key=lambda span: span.first)
        self._begin = [span.first for span in self._spans]
        self._until = list(accumulate((span.last[0] for span in self._spans), max))

    def of(self, look: Place) -> list[Span]:
        found, at = [], bisect_right(self._begin, look) - 1
        while at >= 0 and self._until[at] >= look[0]:
            if self._spans[at].may_hold(look):
                found.append(self._spans[at])
            at -= 1
        return found


def versions_to_go(versions: Sequence[Version], needed: Collection[int], limits: Retention, now: datetime) -> list[int]:
    """The ids of versions that go, oldest first."""
    if limits.versions is None and limits.days is None:
        return []
    by_age = sorted(versions, key=lambda version: (version.last, version.id), reverse=True)
    beyond = by_age[limits.versions or 0 :]
    if limits.days is not None:
        beyond = [version for version in beyond if version.last < now - timedelta(days=limits.days)]
    return [version.id for version in reversed(beyond) if version.id not in needed]


def looks_to_go(
    looks: Sequence[Look],
    spans: Sequence[Span],
    going: Collection[int],
    needed: Collection[Place],
    limits: Retention,
    now: datetime,
) -> list[Place]:
    """The looks that go: those that showed nothing but versions that go, and old ones in the midst of a span.

    Where it is not plain to which span a look belongs, it stays as long as any of them wants it.
    """
    named = {place for span in spans for place in span.named}
    old = now - timedelta(days=limits.looks_days) if limits.looks_days is not None else None
    holding = _Holding(spans)
    gone = []
    for look in looks:
        mine = holding.of(look.place)
        if look.place in needed or not mine:
            continue
        shown_only = all(span.version is not None and span.version in going for span in mine)
        amid = old is not None and look.closed < old and look.place not in named
        if shown_only or amid:
            gone.append(look.place)
    return gone
