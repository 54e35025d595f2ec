"""What is watched, for whom, and how: agencies, sites, duties, subscribers, and facts about this home."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, false
from sqlmodel import Field, SQLModel

from storage.tables.columns import json_column, time_column


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
    adopted: datetime | None = time_column()
    selectors: dict[str, str] = Field(default=None, sa_column=Column(JSON, nullable=False, server_default="{}"))
    keep_versions: int | None = None  #: None: as the home says; 0: all
    keep_days: int | None = None
    keep_looks_days: int | None = None


class Speaks(SQLModel, table=True):
    """Which agencies a site speaks for."""

    site: str = Field(primary_key=True, foreign_key="site.host")
    agency: str = Field(primary_key=True, foreign_key="agency.id")
    rank: int


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
    filters: dict[str, Any] = json_column()
    last_digest: datetime | None = time_column()
