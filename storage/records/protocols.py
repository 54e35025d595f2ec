"""The Protocols through which one room uses what another room makes. Contracts, and nothing done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from storage.records.answers import Answer, Examination
from storage.records.readings import Reading
from storage.records.watchlist import Selectors, Site


class Reader(Protocol):
    """Turns an answer into an outcome and a reading. Pure: no disk, no wire, no clock."""

    version: str

    def examine(self, answer: Answer, *, home: str | None = None) -> Examination:
        """Classify an answer and, if it is ok, read it; never raises, whatever the bytes are."""
        ...

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        """Read stored bytes again; never raises.

        The reading carries this reader's version, or another one if it could not be read in this reader's way.
        """
        ...

    def of(self, selectors: Selectors) -> Reader:
        """The reader for a site that says itself where its things stand; of another version."""
        ...


def reader_of(reader: Reader, site: Site | None) -> Reader:
    """The reader for a site: the same one for all that say nothing of themselves."""
    return reader.of(site.selectors) if site is not None and site.selectors.told else reader


class Probe(Protocol):
    """A second, independent look at an address."""

    def look(self, url: str, *, home: str | None = None, reader: Reader | None = None) -> tuple[Answer, Examination]:
        """Fetch once, politely, outside of any run; `reader` reads what comes, if it is not the usual one."""
        ...


class Outbound(Protocol):
    """The one way for plain calls to other servers (webhooks, time stamps), with the gate's address check."""

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send once and return what came back."""
        ...


class Clock(Protocol):
    """Tells the time; simulated in a simulated home."""

    def now(self) -> datetime:
        """The present time, aware, in UTC."""
        ...
