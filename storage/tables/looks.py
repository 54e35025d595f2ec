"""What was seen of each page: bytes, versions, captures, spans, rows of columns, runs and changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from storage.tables.columns import digest_column, json_column, time_column


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
    venue_for: list[str] = json_column()
    part_of: int | None = Field(default=None, foreign_key="page.id")
    named: bool = False
    added: datetime = time_column(nullable=False)
    next_look: datetime = time_column(nullable=False, index=True)
    every: float
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = digest_column(nullable=True)
    latest: int | None = None
    version: int | None = None
    current: int | None = None
    current_look: str | None = None
    current_sha256: str | None = digest_column(nullable=True)
    current_seen: datetime | None = time_column()
    first_sound: datetime | None = time_column()
    first_sound_look: str | None = None
    first_sound_sha256: str | None = digest_column(nullable=True)
    shown: str | None = None
    meta: str | None = None
    rows: int = 0
    mark: int = 0  #: counts what judge has to look at ...
    judged_mark: int = 0  #: ... and how far it came
    unsettled: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    retired: datetime | None = time_column()
    forgotten: int | None = None  #: the ledger's entry by which all that was kept of it went; it is never looked at again


class BlobRow(SQLModel, table=True):
    """Bytes by their SHA-256: a zstandard frame of their own, or what differs from the bytes of another row."""

    __tablename__ = "blob"
    sha256: str = digest_column(key=True)
    size: int
    base: str | None = digest_column(nullable=True)  #: what the frame is a delta against; None: it stands alone
    depth: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))  #: its place above one that does
    data: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  #: None: in a file beside the database


class SnapshotRow(SQLModel, table=True):
    """One distinct version of a page: bytes by hash, and the reading made of them, by hash too."""

    __tablename__ = "snapshot"
    __table_args__ = (
        UniqueConstraint("page", "identity"),
        UniqueConstraint("page", "number"),
        Index("snapshot_waiting", "id", sqlite_where=text("indexed = 0"), postgresql_where=text("NOT indexed")),
    )
    id: int | None = Field(default=None, primary_key=True)
    page: int = Field(foreign_key="page.id")
    number: int
    identity: str
    sha256: str = digest_column()
    url: str
    content_type: str | None = None
    reader: str
    reading: str | None = digest_column(nullable=True)
    first_seen: datetime = time_column(nullable=False)
    sound: bool = False
    anew: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))  #: see `rereading`
    pruned: int | None = None  #: the ledger's entry by which bytes and reading went; hash, number and time stay
    indexed: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))  #: see `searching`


class CaptureRow(SQLModel, table=True):
    """A look kept whole: its record (what was sent, what came, from where, how it was judged) and its bytes, by hash."""

    __tablename__ = "capture"
    __table_args__ = (Index("capture_of_page", "page", "run", "number"), {"sqlite_with_rowid": False})
    run: int = Field(primary_key=True, foreign_key="run.id")
    number: int = Field(primary_key=True)  #: of the look within the run
    page: int = Field(foreign_key="page.id")
    record: str = digest_column()
    sha256: str = digest_column()
    rendered: str | None = digest_column(nullable=True)  #: what a browser made of the bytes: derived


class SightingRow(SQLModel, table=True):
    """A span of looks with one outcome and one version."""

    __tablename__ = "sighting"
    __table_args__ = (Index("sighting_of_page", "page", "first"), Index("sighting_of_run", "last_run"))
    id: int | None = Field(default=None, primary_key=True)
    page: int = Field(foreign_key="page.id")
    outcome: str
    reason: str
    snapshot: int | None = Field(default=None, foreign_key="snapshot.id")
    sha256: str = digest_column()
    url: str
    first: datetime = time_column(nullable=False)
    last: datetime = time_column(nullable=False)
    looks: int
    first_look: str
    last_look: str
    first_run: int
    last_run: int
    sound_first: datetime | None = time_column()
    sound_first_look: str | None = None
    sound_first_sha256: str | None = digest_column(nullable=True)
    sound_prior: datetime | None = time_column()
    sound_prior_look: str | None = None
    sound_prior_sha256: str | None = digest_column(nullable=True)
    sound_last: datetime | None = time_column()
    sound_last_look: str | None = None
    sound_last_sha256: str | None = digest_column(nullable=True)
    sound_count: int = 0


class EntryRow(SQLModel, table=True):
    """A row of a column and the span in which sound runs listed it."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("column", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    column: int = Field(foreign_key="page.id")
    key: str
    url: str
    title: str
    date: str | None = None
    number: str | None = None
    page: int | None = Field(default=None, foreign_key="page.id", index=True)
    first_seen: datetime = time_column(nullable=False)
    first_look: str
    first_url: str  #: of the list page at that look
    first_sha256: str = digest_column()
    last_seen: datetime = time_column(nullable=False)
    absent_at: datetime | None = time_column()
    absent_look: str | None = None
    listed: bool = True


class RunRow(SQLModel, table=True):
    """One crawl of one site."""

    __tablename__ = "run"
    id: int | None = Field(default=None, primary_key=True)
    site: str = Field(foreign_key="site.host", index=True)
    vantage: str
    opened: datetime = time_column(nullable=False)
    closed: datetime | None = time_column()
    beat: datetime = time_column(nullable=False)
    state: str = Field(index=True)
    reasons: list[str] = json_column()
    tally: dict[str, int] = json_column()
    looks: int = 0
    judged_at: datetime | None = time_column()


class LookRow(SQLModel, table=True):
    """One look of an open run in short; the run's contract weighs these, and closing the run takes them away."""

    __tablename__ = "look"
    run: int = Field(primary_key=True, foreign_key="run.id")
    number: int = Field(primary_key=True)
    page: int = Field(foreign_key="page.id")
    url: str = Field(default="", sa_column=Column(String, nullable=False, server_default=""))
    outcome: str
    reason: str
    entries: int = 0
    known: bool
    fresh: bool  #: did it begin a span
    verdict: str
    version: int | None = None  #: number of the page's version that it showed
    time: datetime = time_column(nullable=False)
    sha256: str | None = digest_column(nullable=True)
    seen: str | None = digest_column(nullable=True)
    record: str | None = digest_column(nullable=True)  #: of the capture, if it was kept whole


class ChangeRow(SQLModel, table=True):
    """Two consecutive versions; written empty with the second, filled by compare, dated by judge."""

    __tablename__ = "change"
    id: int | None = Field(default=None, primary_key=True)
    page: int = Field(foreign_key="page.id", index=True)
    before: int = Field(foreign_key="snapshot.id")
    after: int = Field(foreign_key="snapshot.id")
    returned: bool
    baseline: bool
    before_seen: datetime = time_column(nullable=False)
    before_look: str
    before_sha256: str = digest_column()
    seen: datetime = time_column(nullable=False)
    after_look: str
    after_sha256: str = digest_column()
    sound: bool = False
    superseded: bool = False
    compared_at: datetime | None = time_column(index=True)
    judged_at: datetime | None = time_column(index=True)
    noise_only: bool = False
    differences: bytes | None = Field(default=None, sa_column=Column(LargeBinary))  #: compressed JSON; None: nothing differs, yet
