"""What a person asked us to watch, and whom to tell. Plain values; touches nothing."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from storage.records.words import Role


@dataclass(frozen=True, slots=True)
class Agency:
    """A public body that owes publications."""

    id: str
    name: str
    kind: str = "government"  #: government | department
    level: str = "county"  #: state | province | city | county | township
    region: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None  #: id of the agency that took over


@dataclass(frozen=True, slots=True)
class Selectors:
    """Where a site's things stand, as CSS selectors; an empty one leaves that to the families of portals."""

    title: str = ""
    date: str = ""
    source: str = ""
    body: str = ""
    drop: str = ""  #: parts of the body to leave out
    rows: str = ""
    row_title: str = ""  #: within a row
    row_date: str = ""  #: within a row
    next: str = ""

    @property
    def told(self) -> dict[str, str]:
        """Those that are told, by name."""
        return {name: css for name, css in asdict(self).items() if css}

    @property
    def stamp(self) -> str:
        """A short hash, for the stamp of readings that were made with them."""
        return hashlib.sha256(repr(sorted(self.told.items())).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Retention:
    """How much is kept: None keeps everything. A version goes only when no limit that is set keeps it."""

    versions: int | None = None  #: of a page, those seen last
    days: int | None = None  #: after a version was last seen
    looks_days: int | None = None  #: after a look between the first and the last of its span

    def __bool__(self) -> bool:
        """Does anything ever go."""
        return bool(self.versions or self.days or self.looks_days)

    def __str__(self) -> str:
        told = {"keep_versions": self.versions, "keep_days": self.days, "keep_looks_days": self.looks_days}
        return ", ".join(f"{name} = {limit}" for name, limit in told.items() if limit is not None)


@dataclass(frozen=True, slots=True)
class Site:
    """One portal: its host, the agencies it speaks for, and how politely it may be visited."""

    host: str  #: lower case, with the port if it is not the scheme's own; also the site's id
    name: str = ""
    agencies: tuple[str, ...] = ()
    scheme: str = "https"
    delay: float | None = None  #: seconds between visits; None: GONGKAI_DELAY
    every: timedelta | None = None  #: planned interval between looks; None: by the page's role
    follow: bool = True  #: do entries of columns become watched pages
    tls: str = "fallback"  #: verify | fallback (when verification fails, one marked look that is kept and proves nothing)
    selectors: Selectors = Selectors()  #: where its things stand, if a person said so
    browser: bool = False  #: are its pages read as a browser shows them, after their scripts ran
    keep_versions: int | None = None  #: versions of a page that are kept; None: GONGKAI_KEEP_VERSIONS; 0: all
    keep_days: int | None = None  #: days after which a version may go; None: GONGKAI_KEEP_DAYS; 0: never
    keep_looks_days: int | None = None  #: the same of looks within a span; None: GONGKAI_KEEP_LOOKS_DAYS; 0: never

    @property
    def home(self) -> str:
        """The address of the home page."""
        return f"{self.scheme}://{self.host}/"

    def retention(self, usual: Retention) -> Retention:
        """How much is kept of its pages, where it leaves something open as is `usual`."""
        own = (self.keep_versions, self.keep_days, self.keep_looks_days)
        both = zip(own, (usual.versions, usual.days, usual.looks_days), strict=True)
        return Retention(*((told if told is not None else other) or None for told, other in both))


@dataclass(frozen=True, slots=True)
class Page:
    """One watched document address."""

    id: int
    site: str
    url: str
    role: Role | None  #: None until the first ok look says which
    title: str = ""
    agency: str | None = None  #: set by a person; else the site's agencies
    venue_for: tuple[str, ...] = ()  #: duties that a person named this column a venue for
    part_of: int | None = None  #: the column of which this is a further list page
    added: datetime | None = None
    named: bool = False  #: named by a person, not discovered


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty that a person wrote into the watchlist, beside those that the packs give."""

    agency: str
    duty: str
    period: str
    due: date
    basis: str
    title: str  #: regular expression that a report's title must match
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whom to tell, how, and of what."""

    id: str
    address: str
    notifier: str = "email"
    agencies: tuple[str, ...] = ()  #: empty: all
    sites: tuple[str, ...] = ()  #: empty: all
    kinds: tuple[str, ...] = ()  #: empty: all
    severity: str = "low"  #: the lowest severity that is told
    settled_only: bool = False  #: leave out what is only suspected
    digest: str = "run"  #: run (each deliver step) | daily


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Everything a person may import or export."""

    agencies: tuple[Agency, ...] = ()
    sites: tuple[Site, ...] = ()
    pages: tuple[NewPage, ...] = ()
    duties: tuple[DutyRow, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page to be watched, before the archive has given it a number."""

    url: str
    role: Role | None = None
    title: str = ""
    agency: str | None = None
    venue_for: tuple[str, ...] = ()
    part_of: int | None = None
    named: bool = False
