"""Was a page there, is it gone, is it back: what its sound looks say, and what it takes before that may be said for good.

Pure. Counts only answers in which a working server said whether the page is there; never makes a finding. There, gone and back
are the states of one machine, and each turn is slow on purpose (hysteresis): suspected at the first look, settled when it has
held for several looks over some time, so that a server that wavers from look to look gives one suspicion and not a mail a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.proof import lasting
from storage.records import ABSENT, SEEN, Outcome, PageHistory, Role, Sighting

FRESH_HOME = timedelta(hours=36)
"""How old the latest look at the home page may be when it shall speak for the site."""

CLOSELY = timedelta(days=14)
"""How long a page that is neither settled nor as before is looked at more closely."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many looks, over how much time, it takes until a suspicion is settled."""

    looks: int
    over: timedelta

    def held(self, stretch: Stretch) -> bool:
        """Did it hold for so many looks over so much time."""
        return stretch.looks >= self.looks and stretch.until - stretch.since >= self.over

    def __str__(self) -> str:
        return f"{self.looks} looks over {lasting(self.over)}"


@dataclass(frozen=True, slots=True)
class Settling:
    """How much patience each turn of a state needs."""

    removal: Patience = Patience(3, timedelta(hours=36))
    restoration: Patience = Patience(2, timedelta(hours=12))
    outage: Patience = Patience(3, timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which one thing held, by the sound looks that say so."""

    looks: int
    since: datetime
    until: datetime

    @classmethod
    def of(cls, spans: Sequence[Sighting]) -> Stretch:
        """The stretch that these spans make, at least one, oldest first."""
        return cls(
            sum(span.sound_count for span in spans),
            spans[0].sound_first or spans[0].first,
            spans[-1].sound_last or spans[-1].last,
        )


@dataclass(frozen=True, slots=True)
class Absence:
    """The latest stretch of sound looks at which a working server said that a page is not there."""

    spans: tuple[Sighting, ...]
    present: Sighting | None  #: the span before in which it was seen
    back: tuple[Sighting, ...] = ()  #: the spans after in which it is seen again

    @property
    def stretch(self) -> Stretch:
        """How long it was absent."""
        return Stretch.of(self.spans)

    @property
    def return_(self) -> Stretch | None:
        """How long it has been back."""
        return Stretch.of(self.back) if self.back else None


def absence_of(history: PageHistory) -> Absence | None:
    """Find the latest absence; looks that were blocked, refused, failed, walled or moved say nothing and are passed over."""
    telling = [span for span in history.sightings if span.sound_count and span.outcome in SEEN | ABSENT]
    end = len(telling)
    while end and telling[end - 1].outcome in SEEN:
        end -= 1
    start = end
    while start and telling[start - 1].outcome in ABSENT:
        start -= 1
    if start == end:
        return None
    return Absence(tuple(telling[start:end]), telling[start - 1] if start else None, tuple(telling[end:]))


def may_be_removed(history: PageHistory) -> Absence | None:
    """Give the absence by which a page may be called removed: it was seen before, and the site's home is well now."""
    absence = absence_of(history)
    if absence is None or absence.back or history.baseline or not told_of(history):
        return None
    seen_before = absence.present is not None or history.current is not None
    return absence if seen_before and _home_is_well(history, absence) else None


def told_of(history: PageHistory) -> bool:
    """Is the presence of this page told at all: not of homes, further list pages and what a redesign left behind."""
    return history.page.role is not Role.HOME and history.page.part_of is None and not history.retired


def _home_is_well(history: PageHistory, absence: Absence) -> bool:
    """Without a watched home page the run's own soundness has to do; a redirect to a home never seen proves nothing."""
    home = history.home
    if home is None:
        return all(span.outcome is Outcome.GONE for span in absence.spans)
    return home.outcome in SEEN and home.last >= absence.stretch.until - FRESH_HOME


def is_back(history: PageHistory, patience: Patience) -> bool:
    """Has a page been seen again for so long that its removal is over."""
    absence = absence_of(history)
    if absence is None:
        return any(span.sound_count and span.outcome in SEEN for span in history.sightings)
    return absence.return_ is not None and patience.held(absence.return_)
