"""The append-only log: its entries, the roots of its perfect subtrees, and its signed heads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from storage.tables.columns import digest_column, time_column


class LeafRow(SQLModel, table=True):
    """An entry of the ledger, numbered from 0 without holes; of a run also the list of its looks."""

    __tablename__ = "leaf"
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    kind: str
    run: int | None = Field(default=None, foreign_key="run.id", unique=True)
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    looks: str | None = digest_column(nullable=True)  #: the list of its looks, as lines


class NodeRow(SQLModel, table=True):
    """The root of a perfect subtree: of the 2**level entries from position * 2**level on."""

    __tablename__ = "node"
    __table_args__ = ({"sqlite_with_rowid": False},)
    level: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    hash: str = digest_column()


class HeadRow(SQLModel, table=True):
    """A signed head, as it was published."""

    __tablename__ = "head"
    size: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    root: str = digest_column()
    signed: datetime = time_column(nullable=False)
    key: str = digest_column()
    note: str
    token: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    witnessed: datetime | None = time_column()
