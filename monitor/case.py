"""What rules are asked about: a change, a page, the absent pages of a site, a column's life, an owed report, the latest runs.

Plain values; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.absence import Settling
from monitor.duty import DutyCase, DutyState
from monitor.waves import Wave
from storage.records import Agency, Change, ColumnLife, Outcome, PageHistory, Reading, Run, Sighting, Site, Verdict

Open = Mapping[str, Verdict]
"""What is held to be true so far of the same thing, by key."""


@dataclass(frozen=True, slots=True)
class ProbeLook:
    """What a second, independent look at a page said."""

    outcome: Outcome
    reason: str
    time: datetime
    reading: Reading | None = None


Probes = Mapping[str, ProbeLook]
"""Second looks, by the address looked at."""


@dataclass(frozen=True, slots=True)
class ChangeCase:
    """A change between two versions of a page; `agency` is whom the page is said to speak for."""

    change: Change
    site: Site | None
    agency: Agency | None


@dataclass(frozen=True, slots=True)
class PageCase:
    """One page's presence and present text, with the second look if there was one."""

    history: PageHistory
    probes: Probes = field(default_factory=dict)
    open: Open = field(default_factory=dict)
    settling: Settling = field(default_factory=Settling)
    grouped: bool = False  #: is its absence told together with that of other pages of the site

    @property
    def probe(self) -> ProbeLook | None:
        """The second look at the page."""
        return self.probes.get(self.history.page.url)


@dataclass(frozen=True, slots=True)
class WaveCase:
    """Pages of one site that vanished together and are absent still."""

    site: Site
    wave: Wave
    probes: Probes = field(default_factory=dict)
    open: Open = field(default_factory=dict)
    settling: Settling = field(default_factory=Settling)


@dataclass(frozen=True, slots=True)
class AssessedDuty:
    """An owed report and how it stands."""

    case: DutyCase
    state: DutyState
    now: datetime
    open: Open = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnCase:
    """A column and its latest sign of life."""

    life: ColumnLife
    now: datetime
    open: Open = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunCase:
    """A site by its latest closed run and the runs before it."""

    run: Run
    site: Site | None = None
    open: Open = field(default_factory=dict)
    recent: tuple[Run, ...] = ()  #: the site's closed runs up to this one, oldest first
    home: tuple[Sighting, ...] = ()  #: spans of its home page, oldest first
    lost: tuple[str, ...] = ()  #: titles or addresses of pages that are no longer where they were
    probes: Probes = field(default_factory=dict)
    settling: Settling = field(default_factory=Settling)

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs to weigh: this one, if nothing is known of those before."""
        return self.recent or (self.run,)

    @property
    def probe(self) -> ProbeLook | None:
        """The second look at the home page."""
        return self.probes.get(self.site.home) if self.site else None
