"""What was judged, and what was told to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.columns import json_column, time_column


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
    also: list[str] = json_column()
    reasons: list[dict[str, str]] = json_column()
    evidence: list[dict[str, str]] = json_column()
    after: datetime | None = time_column()
    by: datetime | None = time_column()
    detail: dict[str, Any] = json_column()
    raised: datetime = time_column(nullable=False)
    updated: datetime = time_column(nullable=False, index=True)


class AlertRow(SQLModel, table=True):
    """One finding meant for one subscriber at one turn of its state; `message` empty: waits."""

    __tablename__ = "alert"
    id: int | None = Field(default=None, primary_key=True)
    finding: int = Field(foreign_key="finding.id", index=True)
    subscriber: str = Field(foreign_key="subscriber.id", index=True)
    turn: str
    raised: datetime = time_column(nullable=False)
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
    created: datetime = time_column(nullable=False)
    next_try: datetime | None = time_column()
    claimed_by: str | None = None
    claimed_until: datetime | None = time_column()
    done_at: datetime | None = time_column()
    error: str | None = None
    place: str | None = None
