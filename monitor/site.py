"""What the latest runs of a site say of it as a whole: does it answer, and is it still the site that was watched.

Pure. Weighs runs and never single pages; never makes a finding, and accuses nobody: a site that cannot be looked at, or that was
rebuilt, is news about our looking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.absence import Stretch
from storage.records import Run, RunState

AGREEING = 3
"""Runs in a row that must agree: that most of the known pages are lost, or that an outage is of another kind than at first."""

ADOPTED_AFTER = timedelta(days=7)
"""How long they must have agreed until what the site brings is taken as its new normal (principle of the house's contract)."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The latest stretch of runs in which the site told next to nothing."""

    runs: tuple[Run, ...]  #: oldest first
    answered: tuple[Run, ...] = ()  #: the runs after it

    @property
    def shielded(self) -> bool:
        """Did a shield answer in the place of the site; as at first, until so many runs in a row say otherwise."""
        shielded, otherwise = _is_shielded(self.runs[0]), 0
        for run in self.runs:
            otherwise = 0 if _is_shielded(run) is shielded else otherwise + 1
            if otherwise == AGREEING:
                shielded, otherwise = not shielded, 0
        return shielded


def is_dark(run: Run) -> bool:
    """Did most looks of a run fail or meet a shield; nothing else counts, least of all a page that is gone."""
    lost = run.tally.get("unreachable", 0) + run.tally.get("shielded", 0)
    return run.state is RunState.SUSPECT and lost * 2 > run.tally.get("looks", 0)


def outage_of(runs: Sequence[Run]) -> Outage | None:
    """Find the latest outage in the runs of a site, oldest first; a run that broke off says nothing."""
    told = [run for run in runs if run.state in (RunState.SOUND, RunState.SUSPECT)]
    end = len(told)
    while end and not is_dark(told[end - 1]):
        end -= 1
    start = end
    while start and is_dark(told[start - 1]):
        start -= 1
    return Outage(tuple(told[start:end]), tuple(told[end:])) if start < end else None


def _is_shielded(run: Run) -> bool:
    return run.tally.get("shielded", 0) >= run.tally.get("unreachable", 0)


def redesign_of(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The latest runs of a site if they agree that it was rebuilt, oldest first; dark and broken ones between say nothing."""
    agreeing: list[Run] = []
    for run in reversed(runs):
        if run.state is RunState.ABANDONED or is_dark(run):
            continue
        if run.state is not RunState.SUSPECT or run.tally.get("lost", 0) * 2 <= run.tally.get("known", 0):
            break
        agreeing.insert(0, run)
    return tuple(agreeing) if len(agreeing) >= AGREEING else ()


def stretch_of(runs: Sequence[Run]) -> Stretch:
    """How long these runs, at least one, held."""
    return Stretch(len(runs), runs[0].opened, runs[-1].opened)
