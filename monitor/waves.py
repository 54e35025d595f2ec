"""Pages of a site that vanished together, and which of them were told of already.

Pure. One deed of a site, such as taking down a whole column, is seen page by page over days; here it becomes one thing again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.absence import may_be_removed
from storage.records import PageHistory, Verdict

MANY = 5
"""Pages of one site that vanished together are told together from this number on."""

TOGETHER = timedelta(days=8)
"""Absences that began within this time count as one: pages are looked at weekly, so one deed is seen over a week."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Absent pages that are told together, and the open finding that told of some of them before."""

    members: tuple[PageHistory, ...]
    known: Verdict | None = None
    told: tuple[PageHistory, ...] = ()  #: the pages of that finding, absent still or not


def waves(pages: Sequence[PageHistory], told: Iterable[Verdict]) -> tuple[Wave, ...]:
    """Part the absent ones of these pages of a site into waves; pages in none are told one by one.

    `told` are the open removals of the site. A page that was told of by itself stays by itself, but counts; one that vanished
    within a week of a wave's latest joins it. A wave of which no page is absent any more comes without members.
    """
    since = {h.page.id: absence.stretch.since for h in pages if (absence := may_be_removed(h))}
    verdicts = list(told)
    known = [verdict for verdict in verdicts if verdict.subject == "site"]
    singly = {verdict.page for verdict in verdicts if verdict.page is not None}
    taken = {page for verdict in known for page in pages_of(verdict)}
    new = [h for h in pages if h.page.id in since and h.page.id not in taken | singly]
    made = []
    for verdict in known:
        own = pages_of(verdict)
        latest = max((since[page] for page in own if page in since), default=None)
        joining = [h for h in new if latest is not None and abs(since[h.page.id] - latest) <= TOGETHER]
        own |= {h.page.id for h in joining}
        new = [h for h in new if h.page.id not in own]
        standing = tuple(h for h in pages if h.page.id in pages_of(verdict))
        made.append(Wave(tuple(h for h in pages if h.page.id in own and h.page.id in since), verdict, standing))
    fresh = _together(new, since, singly)
    return (*made, *((Wave(fresh),) if fresh else ()))


def _together(new: Sequence[PageHistory], since: dict[int, datetime], singly: Collection[int | None]) -> tuple[PageHistory, ...]:
    """Those that vanished with the latest one, if they are many with those told of one by one."""
    latest = max((since[h.page.id] for h in new), default=None)
    if latest is None:
        return ()
    wave = tuple(h for h in new if latest - since[h.page.id] <= TOGETHER)
    alone = [page for page, time in since.items() if page in singly and latest - time <= TOGETHER]
    return wave if len(wave) > 1 and len(wave) + len(alone) >= MANY else ()


def pages_of(verdict: Verdict) -> frozenset[int]:
    """The pages of which a finding of many says that they are gone."""
    return frozenset(verdict.detail.get("all", ()))
