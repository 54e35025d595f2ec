"""The Protocols through which one room uses what another room makes. Contracts only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from storage.records.answers import Answer, Examination
from storage.records.readings import Reading


class Reader(Protocol):
    """Turns an answer into an outcome and a reading. Pure: no disk, no wire, no clock."""

    version: str

    def examine(self, answer: Answer, *, home: str | None = None) -> Examination:
        """Classify an answer and, if it is ok, read it; never raises, whatever the bytes are."""
        ...

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        """Read stored bytes again; never raises."""
        ...


class Probe(Protocol):
    """A second, independent look at an address."""

    def look(self, url: str, *, home: str | None = None) -> tuple[Answer, Examination]:
        """Fetch once, politely, outside of any run."""
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
