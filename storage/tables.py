"""The tables of the archive. They never leave this room: other rooms get records.

A row with an empty date is the hand-over between two steps (`compared_at`, `judged_at`, `message`): what waits there is work.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Index, LargeBinary, Table, UniqueConstraint, false
from sqlmodel import Field, SQLModel, UTCDateTime


def _time(*, nullable: bool = True, index: bool = False) -> Any:
    """A column of times: aware in Python, UTC in the database, on both engines."""
    return Field(default=None, sa_column=Column(UTCDateTime(), nullable=nullable, index=index))


def _json() -> Any:
    return Field(default=None, sa_column=Column(JSON, nullable=False))


class House(SQLModel, table=True):
    """Facts about this home, e.g. that its time is simulated."""

    name: str = Field(primary_key=True)
    value: str


class AgencyRow(SQLModel, table=True):
    """A public body."""

    __tablename__ = "agency"
    id: str = Field(primary_key=True)
    name: str
    kind: str
    level: str
    region: str
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None


class SiteRow(SQLModel, table=True):
    """A portal; its host is its id."""

    __tablename__ = "site"
    host: str = Field(primary_key=True)
    name: str
    scheme: str
    delay: float | None = None
    every: float | None = None
    follow: bool
    tls: str
    browser: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    sound_runs: int = 0  #: since it was first watched, or since a new normal was adopted
    adopted: datetime | None = _time()
    selectors: dict[str, str] = Field(default=None, sa_column=Column(JSON, nullable=False, server_default="{}"))


class Speaks(SQLModel, table=True):
    """Which agencies a site speaks for."""

    site: str = Field(primary_key=True, foreign_key="site.host")
    agency: str = Field(primary_key=True, foreign_key="agency.id")
    rank: int


class PageRow(SQLModel, table=True):
    """A watched address: `version` was last seen at all, `current` last seen in a sound run, `latest` is the newest span."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("key"),)
    id: int | None = Field(default=None, primary_key=True)
    site: str = Field(foreign_key="site.host", index=True)
    url: str
    key: str
    role: str | None = None
    title: str = ""
    agency: str | None = Field(default=None, foreign_key="agency.id")
    venue_for: list[str] = _json()
    part_of: int | None = Field(default=None, foreign_key="page.id")
    named: bool = False
    added: datetime = _time(nullable=False)
    next_look: datetime = _time(nullable=False, index=True)
    every: float
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    latest: int | None = None
    version: int | None = None
    current: int | None = None
    current_look: str | None = None
    current_sha256: str | None = None
    current_seen: datetime | None = _time()
    first_sound: datetime | None = _time()
    first_sound_look: str | None = None
    first_sound_sha256: str | None = None
    shown: str | None = None
    meta: str | None = None
    rows: int = 0
    mark: int = 0  #: counts what judge has to look at ...
    judged_mark: int = 0  #: ... and how far it came
    unsettled: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    retired: datetime | None = _time()


class BlobRow(SQLModel, table=True):
    """Bytes as received, by their SHA-256."""

    __tablename__ = "blob"
    sha256: str = Field(primary_key=True)
    size: int
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SnapshotRow(SQLModel, table=True):
    """One distinct version of a page: bytes by hash, and the reading made of them."""

    __tablename__ = "snapshot"
    __table_args__ = (UniqueConstraint("page", "identity"), UniqueConstraint("page", "number"))
    id: int | None = Field(default=None, primary_key=True)
    page: int = Field(foreign_key="page.id", index=True)
    number: int
    identity: str
    sha256: str = Field(foreign_key="blob.sha256")
    url: str
    content_type: str | None = None
    reader: str
    reading: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    first_seen: datetime = _time(nullable=False)
    sound: bool = False
    anew: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))  #: see `rereading`


class CaptureRow(SQLModel, table=True):
    """A look that began a span, kept whole: what was sent, what came, from where, and how it was judged."""

    __tablename__ = "capture"
    look: str = Field(primary_key=True)
    page: int = Field(foreign_key="page.id", index=True)
    run: int = Field(foreign_key="run.id", index=True)
    vantage: str
    url: str
    final_url: str
    started: datetime = _time(nullable=False)
    ended: datetime = _time(nullable=False)
    status: int | None = None
    http_version: str
    address: str | None = None
    tls: str
    robots: str
    error: str | None = None
    request_headers: list[list[str]] = _json()
    headers: list[list[str]] = _json()
    hops: list[dict[str, Any]] = _json()
    sha256: str = Field(foreign_key="blob.sha256")
    rendered: str | None = Field(default=None, foreign_key="blob.sha256")  #: what a browser made of the bytes: derived
    outcome: str
    reason: str


class SightingRow(SQLModel, table=True):
    """A span of looks with one outcome and one version."""

    __tablename__ = "sighting"
    __table_args__ = (Index("sighting_of_page", "page", "first"), Index("sighting_of_run", "last_run"))
    id: int | None = Field(default=None, primary_key=True)
    page: int = Field(foreign_key="page.id")
    outcome: str
    reason: str
    snapshot: int | None = Field(default=None, foreign_key="snapshot.id")
    sha256: str
    url: str
    first: datetime = _time(nullable=False)
    last: datetime = _time(nullable=False)
    looks: int
    first_look: str
    last_look: str
    first_run: int
    last_run: int
    sound_first: datetime | None = _time()
    sound_first_look: str | None = None
    sound_first_sha256: str | None = None
    sound_prior: datetime | None = _time()
    sound_prior_look: str | None = None
    sound_prior_sha256: str | None = None
    sound_last: datetime | None = _time()
    sound_last_look: str | None = None
    sound_last_sha256: str | None = None
    sound_count: int = 0


class EntryRow(SQLModel, table=True):
    """A row of a column and the span in which sound runs listed it."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("column", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    column: int = Field(foreign_key="page.id", index=True)
    key: str
    url: str
    title: str
    date: str | None = None
    number: str | None = None
    page: int | None = Field(default=None, foreign_key="page.id", index=True)
    first_seen: datetime = _time(nullable=False)
    first_look: str
    first_url: str  #: of the list page at that look
    first_sha256: str
    last_seen: datetime = _time(nullable=False)
    absent_at: datetime | None = _time()
    absent_look: str | None = None
    listed: bool = True


class RunRow(SQLModel, table=True):
    """One crawl of one site."""

    __tablename__ = "run"
    id: int | None = Field(default=None, primary_key=True)
    site: str = Field(foreign_key="site.host", index=True)
    vantage: str
    opened: datetime = _time(nullable=False)
    closed: datetime | None = _time()
    beat: datetime = _time(nullable=False)
    state: str = Field(index=True)
    reasons: list[str] = _json()
    tally: dict[str, int] = _json()
    looks: int = 0
    judged_at: datetime | None = _time()


class LookRow(SQLModel, table=True):
    """One look of an open run in short; the run's contract weighs these, and closing the run takes them away."""

    __tablename__ = "look"
    run: int = Field(primary_key=True, foreign_key="run.id")
    number: int = Field(primary_key=True)
    page: int = Field(foreign_key="page.id")
    outcome: str
    reason: str
    entries: int = 0
    known: bool
    fresh: bool  #: did it begin a span
    verdict: str
    time: datetime = _time(nullable=False)


class ChangeRow(SQLModel, table=True):
    """Two consecutive versions; written empty with the second, filled by compare, dated by judge."""

    __tablename__ = "change"
    id: int | None = Field(default=None, primary_key=True)
    page: int = Field(foreign_key="page.id", index=True)
    before: int = Field(foreign_key="snapshot.id")
    after: int = Field(foreign_key="snapshot.id")
    returned: bool
    baseline: bool
    before_seen: datetime = _time(nullable=False)
    before_look: str
    before_sha256: str
    seen: datetime = _time(nullable=False)
    after_look: str
    after_sha256: str
    sound: bool = False
    superseded: bool = False
    compared_at: datetime | None = _time(index=True)
    judged_at: datetime | None = _time(index=True)
    noise_only: bool = False
    differences: list[dict[str, Any]] = _json()


class DutyRowTable(SQLModel, table=True):
    """A duty that a person wrote into the watchlist."""

    __tablename__ = "duty"
    agency: str = Field(primary_key=True, foreign_key="agency.id")
    duty: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    due: date
    basis: str
    title: str
    site: str | None = None


class SubscriberRow(SQLModel, table=True):
    """Whom to tell, how, and of what."""

    __tablename__ = "subscriber"
    id: str = Field(primary_key=True)
    address: str
    notifier: str
    filters: dict[str, Any] = _json()
    last_digest: datetime | None = _time()


class FindingRow(SQLModel, table=True):
    """A judged fact; the machine's state and the human's verdict stay apart."""

    __tablename__ = "finding"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(index=True)
    kind: str = Field(index=True)
    subject: str
    machine: str
    human: str
    severity: str
    priority: int
    title: str
    agency: str | None = None
    agency_name: str | None = None
    site: str | None = None
    page: int | None = None
    url: str | None = None
    also: list[str] = _json()
    reasons: list[dict[str, str]] = _json()
    evidence: list[dict[str, str]] = _json()
    after: datetime | None = _time()
    by: datetime | None = _time()
    detail: dict[str, Any] = _json()
    raised: datetime = _time(nullable=False)
    updated: datetime = _time(nullable=False, index=True)


class AlertRow(SQLModel, table=True):
    """One finding meant for one subscriber at one turn of its state; `message` empty: waits."""

    __tablename__ = "alert"
    id: int | None = Field(default=None, primary_key=True)
    finding: int = Field(foreign_key="finding.id", index=True)
    subscriber: str = Field(foreign_key="subscriber.id", index=True)
    turn: str
    raised: datetime = _time(nullable=False)
    message: int | None = Field(default=None, foreign_key="message.id", index=True)


class MessageRow(SQLModel, table=True):
    """One rendered message: the outbox."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("message_id"),)
    id: int | None = Field(default=None, primary_key=True)
    message_id: str
    subscriber: str = Field(foreign_key="subscriber.id")
    address: str
    notifier: str
    subject: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = Field(index=True)
    attempts: int = 0
    created: datetime = _time(nullable=False)
    next_try: datetime | None = _time()
    claimed_by: str | None = None
    claimed_until: datetime | None = _time()
    done_at: datetime | None = _time()
    error: str | None = None
    place: str | None = None


class LeaseRow(SQLModel, table=True):
    """Who may visit a host or an address now, and when the next visit is allowed."""

    __tablename__ = "lease"
    key: str = Field(primary_key=True)
    holder: str | None = None
    until: datetime | None = _time()
    next_at: datetime = _time(nullable=False)


class RobotsRow(SQLModel, table=True):
    """What a host's robots.txt said, shared by all processes for a day."""

    __tablename__ = "robots"
    host: str = Field(primary_key=True)
    kind: str
    text: str
    fetched: datetime = _time(nullable=False)


def _core(row: type[SQLModel]) -> Table:
    return row.__table__  # type: ignore[attr-defined, no-any-return]


HOUSE, AGENCY, SITE, SPEAKS, PAGE = _core(House), _core(AgencyRow), _core(SiteRow), _core(Speaks), _core(PageRow)
BLOB, SNAPSHOT, CAPTURE, SIGHTING = _core(BlobRow), _core(SnapshotRow), _core(CaptureRow), _core(SightingRow)
ENTRY, RUN, LOOK, CHANGE = _core(EntryRow), _core(RunRow), _core(LookRow), _core(ChangeRow)
DUTY, SUBSCRIBER, FINDING, ALERT = _core(DutyRowTable), _core(SubscriberRow), _core(FindingRow), _core(AlertRow)
MESSAGE, LEASE, ROBOTS = _core(MessageRow), _core(LeaseRow), _core(RobotsRow)
