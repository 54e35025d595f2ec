"""How the demo lives: look day by look day through the region, and at the end what was true beside what was found.

Knows the region and the records; crawling, judging and delivering are handed in by the front door. Prints nothing and opens
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol

from deploy.demo.events import Event
from deploy.demo.region import Region
from deploy.demo.truth import Truth, key_of
from storage.records import SHANGHAI, Finding

DELIVER_EVERY = timedelta(days=7)


class Steps(Protocol):
    """The three steps of the house, each as of a simulated time."""

    def crawl(self, as_of: datetime, sites: Sequence[str]) -> object:
        """Visit what is due at these sites."""
        ...

    def judge(self, as_of: datetime) -> Sequence[Finding]:
        """Compare and judge what waits; the findings that are new or changed."""
        ...

    def deliver(self, as_of: datetime) -> object:
        """Send what waits."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """One look day: the how-manieth of how many, what happened that day, and what was found."""

    day: date
    number: int
    total: int
    happened: tuple[Event, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the account: a truth, a finding, or both.

    `state`: found (both agree), lingers (told rightly, but still open after it ceased to be true), missed (true, and not told
    or only suspected), invented (told, not true).
    """

    state: str
    kind: str
    subject: str
    text: str
    truth: Truth | None = None
    finding: Finding | None = None
    first: date | None = None  #: look day on which it was first told


@dataclass(frozen=True, slots=True)
class Score:
    """The account at the end; the demo has gone well when every row is found."""

    rows: tuple[Row, ...]

    def of(self, state: str) -> tuple[Row, ...]:
        """The rows in one state."""
        return tuple(row for row in self.rows if row.state == state)

    @property
    def perfect(self) -> bool:
        """Was everything found, and nothing invented?"""
        return all(row.state == "found" for row in self.rows)


@dataclass(slots=True)
class Told:
    """What was told in the course of the demo: each kind and subject with its first day and its latest finding."""

    by_key: dict[tuple[str, str], tuple[date, Finding]] = field(default_factory=dict)
    key_of_id: dict[int, tuple[str, str]] = field(default_factory=dict)
    settled: set[tuple[str, str]] = field(default_factory=set)  #: a mere suspicion finds nothing

    def hear(self, day: date, finding: Finding) -> None:
        """Note a finding; one that changed its kind keeps its earlier telling too."""
        key = key_of(finding.verdict)
        first = self.by_key[key][0] if key in self.by_key else day
        self.by_key[key] = first, finding
        self.key_of_id[finding.id] = key
        if finding.verdict.machine == "settled":
            self.settled.add(key)

    def open(self, key: tuple[str, str]) -> bool:
        """Does the finding still stand under this kind and subject?"""
        _, finding = self.by_key[key]
        return finding.verdict.machine != "resolved" and self.key_of_id[finding.id] == key


def live(region: Region, steps: Steps, progress: Callable[[Progress], None]) -> Score:
    """Live through all look days and give the account.

    Errors of the steps are not caught: a step that raises ends the demo.
    """
    told, days = Told(), region.looks()
    delivered: date | None = None
    for number, day in enumerate(days, 1):
        region.set_day(day)
        as_of = time_of_look(day, number)
        steps.crawl(as_of, region.sites_on(day))
        findings = tuple(steps.judge(as_of))
        for finding in findings:
            told.hear(day, finding)
        if findings or delivered is None or day - delivered >= DELIVER_EVERY:
            steps.deliver(as_of)
            delivered = day
        progress(Progress(day, number, len(days), region.happened(day), findings))
    return account(region.truth(), told)


def time_of_look(day: date, number: int) -> datetime:
    """Noon in China and a minute more at each look: pages looked at "a day ago" are then due again, never seconds short of it."""
    return datetime.combine(day, time(12), tzinfo=SHANGHAI) + timedelta(minutes=number)


def account(truths: Sequence[Truth], told: Told) -> Score:
    """Lay what was true beside what was told."""
    rows = [_row_of(truth, told) for truth in truths]
    true = {truth.key for truth in truths}
    invented = [
        Row("invented", kind, subject, finding.verdict.title, finding=finding, first=first)
        for (kind, subject), (first, finding) in told.by_key.items()
        if (kind, subject) not in true
    ]
    return Score((*(row for row in rows if row is not None), *invented))


def _row_of(truth: Truth, told: Told) -> Row | None:
    if truth.key not in told.by_key or (truth.sure and truth.key not in told.settled):
        return Row("missed", *truth.key, truth.text, truth) if truth.sure else None
    first, finding = told.by_key[truth.key]
    state = "lingers" if truth.until is not None and told.open(truth.key) else "found"
    return Row(state, *truth.key, truth.text, truth, finding, first)
