"""Was a page there, is it gone, is it back: what its sound looks say, and what it takes before it may be called removed.

Pure. Counts only answers in which a working server said that the page is not there; never makes a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.records import ABSENT, SEEN, Outcome, PageHistory, Role, Sighting

FRESH_HOME = timedelta(hours=36)
"""How old the latest look at the home page may be when it shall speak for the site."""


@dataclass(frozen=True, slots=True)
class RemovalPolicy:
    """From when on a page that is absent may be called removed."""

    looks: int = 3
    over: timedelta = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Absence:
    """The latest stretch of sound looks at which a working server said that a page is not there."""

    spans: tuple[Sighting, ...]
    present: Sighting | None  #: the span before in which it was seen
    back: Sighting | None  #: the span after in which it is seen again

    @property
    def looks(self) -> int:
        """How many sound looks found it absent."""
        return sum(span.sound_count for span in self.spans)

    @property
    def since(self) -> datetime:
        """The first of them."""
        return self.spans[0].sound_first or self.spans[0].first

    @property
    def until(self) -> datetime:
        """The last of them."""
        return self.spans[-1].sound_last or self.spans[-1].last


def absence_of(history: PageHistory) -> Absence | None:
    """Find the latest absence; looks that were blocked, refused, failed, walled or moved say nothing and are passed over."""
    telling = [span for span in history.sightings if span.sound_count and span.outcome in SEEN | ABSENT]
    end = len(telling)
    back = None
    while end and telling[end - 1].outcome in SEEN:
        end -= 1
        back = telling[end]
    start = end
    while start and telling[start - 1].outcome in ABSENT:
        start -= 1
    return Absence(tuple(telling[start:end]), telling[start - 1] if start else None, back) if start < end else None


def may_be_removed(history: PageHistory) -> Absence | None:
    """Give the absence by which a page may be called removed: it was seen before, and the site's home is well now."""
    page, absence = history.page, absence_of(history)
    if absence is None or absence.back or history.baseline or page.role is Role.HOME or page.part_of is not None:
        return None
    seen_before = absence.present is not None or history.current is not None
    return absence if seen_before and _home_is_well(history, absence) else None


def _home_is_well(history: PageHistory, absence: Absence) -> bool:
    """Without a watched home page the run's own soundness has to do; a redirect to a home never seen proves nothing."""
    home = history.home
    if home is None:
        return all(span.outcome is Outcome.GONE for span in absence.spans)
    return home.outcome in SEEN and home.last >= absence.until - FRESH_HOME


def long_enough(absence: Absence, policy: RemovalPolicy) -> bool:
    """Were there enough looks over enough time to settle a removal, but for the second look."""
    return absence.looks >= policy.looks and absence.until - absence.since >= policy.over
