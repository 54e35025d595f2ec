"""Who may visit a host now, and what its robots.txt said."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.tables.columns import time_column


class LeaseRow(SQLModel, table=True):
    """Who may visit a host or an address now, and when the next visit is allowed."""

    __tablename__ = "lease"
    key: str = Field(primary_key=True)
    holder: str | None = None
    until: datetime | None = time_column()
    next_at: datetime = time_column(nullable=False)


class RobotsRow(SQLModel, table=True):
    """What a host's robots.txt said, shared by all processes for a day."""

    __tablename__ = "robots"
    host: str = Field(primary_key=True)
    kind: str
    text: str
    fetched: datetime = time_column(nullable=False)
