"""What may happen in the region: deeds done to documents, troubles of a whole site, and what each must be told as.

Types only; what does happen stands in `happenings` and `troubles`, what a day finds in `days`. Due days: article 49 of the
disclosure rules of 2019, departments 31 January, governments 31 March.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from storage.records import Agency

BEGIN = date(2025, 1, 6)
END = date(2026, 3, 6)


class Action(StrEnum):
    """What a portal does to a document."""

    PUBLISH = "publish"
    LAPSE = "lapse"  #: a due day goes by and nothing comes
    WALL = "wall"
    EDIT = "edit"
    REMOVE = "remove"
    RESTORE = "restore"
    UNLIST = "unlist"  #: the row is taken out of the column, the page stays


class Way(StrEnum):
    """What a server answers where a page was taken away."""

    GONE = "404"
    SOFT = "soft"  #: status 200 and an error page's words
    HOME = "home"  #: a redirect to the home page


class Ail(StrEnum):
    """What a whole site may suffer from."""

    SILENT = "silent"  #: connections are closed without an answer
    SCRIPT = "412"  #: a script challenge in place of every page
    COOKIE = "521"  #: a cookie challenge in place of every page but robots.txt
    REDESIGN = "redesign"  #: other software: other templates and article addresses


class About(StrEnum):
    """What a finding is about."""

    DOCUMENT = "document"  #: its address; for a report and a kind of duty, the duty
    SITE = "site"
    COLUMN = "column"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class Told:
    """A finding that an event leads to; see `truth.Truth` for the fields."""

    kind: str
    text: str
    needs: int = 1  #: days until looks can have shown it; articles are looked at weekly, columns at every look
    until: date | None = None
    sure: bool = True
    about: About = About.DOCUMENT
    day: date | None = None  #: when it became true, if not on the day of the deed
    year: int | None = None  #: for a duty that no document of the event tells: the year reported on


@dataclass(frozen=True, slots=True)
class Event:
    """One deed, on one day, and the truth it must lead to."""

    day: date
    portal: str
    action: Action
    document: str  #: key of the document it is done to
    told: tuple[Told, ...]
    further: tuple[str, ...] = ()  #: keys of more documents that it is done to
    added: int = 0  #: EDIT: by how much the one figure grows
    way: Way = Way.GONE  #: REMOVE: what the server answers
    unlisted: bool = False  #: REMOVE: is the row taken out of the column too
    shown: date | None = None  #: PUBLISH: the day that the document shows, if another
    copied: tuple[str, str, str, str] | None = None  #: PUBLISH: portal and key of the original, brand, host it prints

    @property
    def documents(self) -> tuple[str, ...]:
        """The keys of all documents it is done to."""
        return (self.document, *self.further)

    @property
    def period(self) -> int | None:
        """The year that the report reports on; None for a notice."""
        return int(self.document.removeprefix("report-")) if self.document.startswith("report-") else None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a whole site suffers from, from a day on until another one, when it is well again."""

    portal: str
    ail: Ail
    first: date
    well: date | None
    told: tuple[Told, ...]
    family: str = ""  #: REDESIGN: the family of its new software

    def on(self, day: date) -> bool:
        """Does it hold on a day?"""
        return self.first <= day and (self.well is None or day < self.well)


@dataclass(frozen=True, slots=True)
class State:
    """What has become of one document by some day."""

    published: date | None = None
    walled: bool = False
    added: int = 0
    gone: Way | None = None
    unlisted: bool = False
    touched: date | None = None  #: day of the latest deed


def due(agency: Agency, year: int) -> date:
    """The due day of the annual report for `year` (2019 and later): article 49 of the rules of 2019."""
    return date(year + 1, 1, 31) if agency.kind == "department" else date(year + 1, 3, 31)
