"""What compare and judge make and what deliver carries: differences, verdicts, findings, messages. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from storage.records.looks import Sighting, Snapshot
from storage.records.watchlist import Agency, Page, Site, Subscriber

ENDLESS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between two readings; `paragraph` is an index into the later body (the earlier one for removals)."""

    kind: str
    before: str | None
    after: str | None
    paragraph: int | None = None
    spans: tuple[tuple[str, str], ...] = ()  #: ("=" | "-" | "+", text) runs, character by character, for wording and figure


@dataclass(frozen=True, slots=True)
class Change:
    """Two consecutive snapshots of a page; `differences` is None until compare has filled it."""

    id: int
    page: Page
    before: Snapshot
    after: Snapshot
    returned: bool  #: is `after` an earlier version come back
    seen: datetime  #: first look with `after`
    before_seen: datetime  #: last look with `before`
    before_look: str
    after_look: str
    baseline: bool  #: did it happen in the site's first three sound runs
    differences: tuple[Difference, ...] | None = None
    noise_only: bool = False
    before_sha256: str = ""  #: of what came at the last look with `before`
    after_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A capture that proves something, and what it proves."""

    capture: str
    time: datetime
    url: str
    outcome: str
    sha256: str
    role: str  #: before | after | absent | present


@dataclass(frozen=True, slots=True)
class PageHistory:
    """What is known of one page when its presence and its present text are judged."""

    page: Page
    sightings: tuple[Sighting, ...]  #: oldest first, the latest 50
    current: Snapshot | None  #: the version last seen in a sound run
    current_evidence: Evidence | None
    home: Sighting | None  #: the latest span of the site's home page
    baseline: bool
    agency: str | None
    agency_hosts: tuple[str, ...] = ()  #: hosts of the sites that speak for the agency
    mark: int = 0  #: given back when the page has been judged, so that what came in meanwhile is not lost
    retired: bool = False  #: was it lost in a redesign of its site that was taken as the new normal
    adopted: datetime | None = None  #: when the site's latest redesign was taken as its new normal
    listed: bool | None = None  #: does its row still stand in a column; None: none listed it while it was last seen
    versions: tuple[Snapshot, ...] = ()  #: of a column, the versions of its latest spans, so that rows can be compared
    absent_rows: frozenset[str] = frozenset()  #: of a column, addresses in its rows that are watched and absent themselves


@dataclass(frozen=True, slots=True)
class ColumnLife:
    """When a column last gave a sign of life, and when it was last looked at."""

    page: Page
    agency: str | None
    rows: int  #: rows that it lists
    newest: date | None  #: the latest day that one of its rows shows
    came: datetime | None  #: when a row was last seen to come
    latest: Sighting | None  #: the newest span of the column
    watched_from: datetime | None  #: its first sound look, or when its site's redesign was adopted


@dataclass(frozen=True, slots=True)
class VenueLooks:
    """A column where a report may appear, and when it was looked at."""

    page: Page
    sightings: tuple[Sighting, ...]  #: oldest first
    covers_from: date = (
        date.min
    )  #: rows of this day and later were looked through; the least date: the list was walked to its end
    rebuilt: bool = False  #: was its site rebuilt since it was watched
    forgotten: tuple[datetime, ...] = ()  #: when rows were first seen in it whose documents were forgotten since


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that may be a report: listed in a column, watched as a page, or both. One per address."""

    page: int | None
    url: str
    title: str
    shown: str | None  #: ISO date shown on the page, else the date of its row
    meta: str | None
    first_seen: datetime  #: first sound look at which it was there
    first_look: str
    sha256: str  #: of what came at that look
    outcome: str
    columns: tuple[int, ...] = ()  #: pages of the columns that listed it
    standing: tuple[int, ...] = ()  #: those of them that list it now
    first_url: str = ""  #: what was looked at then, if not the document itself but a column that listed it
    absent_by: datetime | None = ENDLESS  #: no later look proves that it was not there; None: none does, it may have lain there


@dataclass(frozen=True, slots=True)
class DutyGround:
    """Everything the archive knows that bears on the duties of one agency."""

    agency: Agency
    sites: tuple[Site, ...]
    venues: tuple[VenueLooks, ...]
    candidates: tuple[Candidate, ...]
    first_look: datetime | None
    impostors: frozenset[str] = frozenset()  #: addresses with an open impostor finding
    runs: int = 0  #: sound runs of its sites so far; given back when its duties have been judged


OVER = "over"
"""The rule of a reason that says why a finding is resolved."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule spoke: the rule's name and one plain sentence."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule found, before the archive has given it a number. `key` names the same finding at the next judging."""

    key: str
    kind: str
    subject: str  #: agency | site | page | entry | duty
    title: str
    machine: str = "settled"  #: suspected | settled | resolved
    severity: str = "medium"  #: low | medium | high
    agency: str | None = None
    site: str | None = None
    page: int | None = None
    url: str | None = None
    also: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    after: datetime | None = None  #: it happened after this time ...
    by: datetime | None = None  #: ... and by this one
    detail: Mapping[str, Any] = field(default_factory=dict)
    doubted: bool = False  #: what it rests on came into doubt: it is only suspected, even if it was settled before


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict as the archive keeps it; the machine's state and the human's verdict stay apart."""

    id: int
    verdict: Verdict
    agency_name: str | None
    human: str  #: none | confirmed | dismissed
    raised: datetime
    updated: datetime
    priority: int


@dataclass(frozen=True, slots=True)
class Alert:
    """One finding meant for one subscriber, at one turn of its state."""

    id: int
    subscriber: Subscriber
    finding: Finding
    turn: str  #: suspected | settled | resolved
    raised: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One rendered mail with its frozen bytes."""

    id: int
    message_id: str
    subscriber: str
    address: str
    notifier: str
    subject: str
    content: bytes
    state: str  #: waiting | sent | filed | dead | withdrawn (what it told was forgotten)
    attempts: int
    created: datetime
    error: str | None = None
    where: str | None = None  #: the file it was written to


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one judging found and settled, to be kept in one transaction."""

    verdicts: tuple[Verdict, ...] = ()
    resolved_keys: tuple[str, ...] = ()  #: lasting findings that are no longer true
    why_resolved: Mapping[str, str] = field(default_factory=dict)  #: by key, the reason
    changes: tuple[int, ...] = ()  #: changes that were judged
    pages: tuple[tuple[int, int], ...] = ()  #: pages that were judged, each with its history's mark
    beside: tuple[tuple[int, int], ...] = ()  #: pages by which it was judged, with their marks; they are judged by themselves
    unsettled: tuple[int, ...] = ()  #: those of them that are to be judged again at every sound look
    runs: tuple[int, ...] = ()  #: runs that were judged
    adopted: tuple[str, ...] = ()  #: sites of which what they bring now is the new normal
    agencies: tuple[tuple[str, int], ...] = ()  #: agencies whose duties were judged, each with its ground's `runs`


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A rendered message before the archive has given it a number."""

    message_id: str
    subscriber: str
    address: str
    notifier: str
    subject: str
    content: bytes
