"""What a made-up portal is: who speaks, under which host, in which family of software, and what stood there from the start.

Data only. The portals themselves stand in `portals`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from storage.records import Agency


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a portal; `place` is its folder or its number, as the family has it."""

    title: str
    place: str
    size: int = 100  #: rows on one list page


@dataclass(frozen=True, slots=True)
class Portal:
    """One made-up portal with the one agency it speaks for."""

    key: str
    host: str
    name: str  #: as the site calls itself
    agency: Agency
    short: str  #: as reports call the body
    office: str
    address: str
    family: str  #: key in `families.FAMILIES`: which templates and which form of addresses
    idcode: str
    mark: str  #: first part of its document numbers
    towns: tuple[str, ...]
    subjects: str  #: which notices it issues: government | finance | education
    reports: Column
    notices: Column
    earlier: tuple[tuple[int, date], ...]  #: reports of earlier years: year reported on, date shown
    standing: int  #: notices that stand in the column when the region begins
    every: int = 35  #: days between two notices, give or take three
    asleep: date | None = None  #: from this day on it issues no notice
    encoding: str = "utf-8"
    robots: str | None = None
    watched: tuple[str, ...] = ()  #: keys of documents that a person named, where entries are not followed
    follow: bool = True
    watch_notices: bool = True  #: is the notices column on the watchlist
    validators: bool = False  #: does it send ETag and Last-Modified, and keep its bytes while nothing is published

    @property
    def root(self) -> str:
        """The address of the home page."""
        return f"http://{self.host}/"
