"""What was true in the region: the facts a monitor must have found, and those it may have found besides.

Pure data and comparison. Knows the names of findings and nothing of how they are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from storage.records import Verdict

DUTY_KINDS = frozenset({"report_published", "missing_report", "late_report", "not_assessable", "backdated"})
"""Findings whose subject is a duty of an agency for a period; all others are about an address."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One fact of the region, in the form of the finding it must lead to."""

    kind: str  #: stable name of the finding
    site: str
    agency: str
    url: str | None
    period: str | None  #: the year reported on, for duties
    day: date  #: when it became true
    known: date  #: by when enough looks were taken to know it
    text: str  #: one sentence for people
    until: date | None = None  #: since when it is true no more; the finding must then be resolved
    sure: bool = True  #: False: a monitor may tell it, but need not

    @property
    def subject(self) -> str:
        """What it is about: ``agency/period`` for duties, else the address."""
        return subject_of(self.kind, self.agency, self.period, self.url)

    @property
    def key(self) -> tuple[str, str]:
        """Kind and subject: what a test compares."""
        return self.kind, self.subject


def subject_of(kind: str, agency: str | None, period: str | None, url: str | None) -> str:
    """The subject of a finding of this kind, in the words of `Truth.subject`."""
    return f"{agency}/{period}" if kind in DUTY_KINDS and period is not None else url or agency or ""


def key_of(verdict: Verdict) -> tuple[str, str]:
    """Kind and subject of a verdict, comparable with `Truth.key`."""
    return verdict.kind, subject_of(verdict.kind, verdict.agency, period_of(verdict), verdict.url)


def period_of(verdict: Verdict) -> str | None:
    """The period of a verdict about a duty: from its detail, else from its key (``kind:duty:agency:duty:period``)."""
    told = verdict.detail.get("period")
    if told is not None:
        return str(told)
    parts = verdict.key.split(":")
    return parts[-1] if len(parts) > 2 and parts[1] == "duty" else None
