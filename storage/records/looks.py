"""What the archive hands out about runs, versions and spans. Plain values; asks nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storage.records.readings import Reading
from storage.records.watchlist import Page, Site
from storage.records.words import LOST, ROBOTS_UNREAD, SHIELD_ANSWERED, Outcome, Role, RunState


@dataclass(frozen=True, slots=True)
class PageTask:
    """A page that a spider shall look at, with what makes the look cheap (conditional GET, unchanged bytes)."""

    page: Page
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None  #: of the bytes last seen
    baseline: bool = False  #: was it never soundly seen


@dataclass(frozen=True, slots=True)
class Kept:
    """What the archive did with a capture."""

    verdict: str  #: same | new | returned | none (no content in it)
    snapshot: int | None = None  #: its number within the page, from 1
    found: tuple[PageTask, ...] = ()  #: pages that this column or article newly brought
    lost: bool = False  #: at this look for the first time: a known page is not where it was, a column not the list it was
    rows_at: str | None = None  #: where the rows stand of a column whose own page has none, even if the look brought no text


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl of one site."""

    id: int
    site: str
    vantage: str
    opened: datetime
    closed: datetime | None
    state: RunState
    reasons: tuple[str, ...] = ()
    tally: Mapping[str, int] = field(default_factory=dict)  #: looks by outcome, and what `tally_of` counts besides


@dataclass(frozen=True, slots=True)
class LookBrief:
    """One look of a run in short, as the run's contract weighs it."""

    page: int
    role: Role | None
    outcome: Outcome
    reason: str
    entries: int = 0
    known: bool = False  #: was the page soundly seen before this run


@dataclass(frozen=True, slots=True)
class SiteHabit:
    """What a site usually brings, from its latest sound runs."""

    sound_runs: int = 0
    ok_share: float = 1.0  #: mean share of ok and not_modified looks
    entries: Mapping[int, int] = field(default_factory=dict)  #: column page -> rows at its last sound look


@dataclass(frozen=True, slots=True)
class Pruned:
    """What retention took of a site, or would take."""

    site: str
    versions: int
    looks: int
    bytes: int | None  #: to which nothing else refers; None: not asked


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out with a page, and where copies are that cannot be reached from here."""

    leaf: int  #: the ledger's entry that says so
    versions: int = 0
    looks: int = 0
    columns: tuple[str, ...] = ()  #: pages whose own text lists it
    files: tuple[str, ...] = ()  #: its files that are watched as pages of their own
    findings: tuple[int, ...] = ()  #: about it: emptied, and over
    naming: tuple[int, ...] = ()  #: that named it: the name is blotted out
    duties: tuple[int, ...] = ()  #: those of them that are about what is owed
    emptied: int = 0  #: messages that had left
    withdrawn: int = 0  #: messages that waited
    filed: tuple[str, ...] = ()  #: files that still hold a message


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One distinct version of a page."""

    id: int
    page: int
    number: int  #: within the page, from 1
    sha256: str
    reading: Reading | None
    first_seen: datetime
    url: str
    content_type: str | None = None
    pruned: int | None = None  #: the ledger's entry by which its bytes and its reading went


@dataclass(frozen=True, slots=True)
class Sighting:
    """A span in which the same snapshot or the same outcome was seen.

    The `sound_` fields count only looks that belong to runs closed as sound; `sound_prior` is the last sound look on an
    earlier day (in China) than `sound_last`, so that two days of looking can be proven from one row. Of each of these three
    looks the name and the hash of what came are known too.
    """

    id: int
    page: int
    outcome: Outcome
    reason: str
    snapshot: int | None  #: number within the page
    sha256: str
    url: str
    first: datetime
    last: datetime
    count: int
    first_look: str  #: the capture's name: "<run>.<n>"
    last_look: str
    sound_first: datetime | None = None
    sound_last: datetime | None = None
    sound_prior: datetime | None = None
    sound_count: int = 0
    sound_looks: tuple[tuple[datetime, str, str], ...] = ()  #: time, name and SHA-256 of these three, in order of time

    @property
    def proven(self) -> tuple[tuple[datetime, str, str], ...]:
        """The sound looks that can be named; of a span told without them, the times with the names of its ends."""
        times = {time for time in (self.sound_first, self.sound_prior, self.sound_last) if time is not None}
        ends = ((time, self.first_look if time == self.first else self.last_look, self.sha256) for time in sorted(times))
        return self.sound_looks or tuple(ends)


def tally_of(looks: Sequence[LookBrief]) -> dict[str, int]:
    """Count looks by outcome, and what tells of the site as a whole.

    "looks": all; "unreachable" and "shielded": those in which the site did not answer, or a shield did in its place, be it for
    robots.txt; "known" and "lost": pages soundly seen before, and those of them that are no longer where they were.
    """
    counts: dict[str, int] = {}
    for look in looks:
        counts[look.outcome.value] = counts.get(look.outcome.value, 0) + 1
    known = [look for look in looks if look.known]
    counts |= {
        "looks": len(looks),
        "unreachable": sum(map(_is_unreachable, looks)),
        "shielded": sum(map(_is_shielded, looks)),
        "known": len(known),
        "lost": sum(look.outcome in LOST for look in known),
    }
    return counts


def _is_unreachable(look: LookBrief) -> bool:
    return look.outcome is Outcome.FAILED or (ROBOTS_UNREAD in look.reason and SHIELD_ANSWERED not in look.reason)


def _is_shielded(look: LookBrief) -> bool:
    return look.outcome is Outcome.BLOCKED or (ROBOTS_UNREAD in look.reason and SHIELD_ANSWERED in look.reason)


@dataclass(frozen=True, slots=True)
class SiteStatus:
    """How a site stands: its pages, its last good look, what is overdue and what the latest looks said."""

    site: Site
    pages: int
    last_good: datetime | None
    overdue: int
    last_run: Run | None
    ok: int
    absent: int
    troubled: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a page is looked at, and what that depends on; only of pages whose site sets no interval of its own."""

    page: int
    role: Role | None
    agencies: tuple[str, ...]
    every: timedelta
    latest: datetime  #: when it was added or last seen changed
    unsettled: bool = False  #: does something said of it wait for further looks
    gone: datetime | None = None  #: since when it is not there, by its latest looks; or when a redesign left it behind
