"""The kinds of columns that tables share: times, JSON values, and hashes. Knows no table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, Dialect, LargeBinary, TypeDecorator
from sqlmodel import Field, UTCDateTime


class Digest(TypeDecorator[str]):
    """A SHA-256: hex in Python, 32 raw bytes in the database, since every version carries several of them."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Hex to bytes."""
        return None if value is None else bytes.fromhex(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """How a value of the database becomes one of Python, without a detour: a span alone has four."""
        return _hex_of


def _hex_of(value: bytes | None) -> str | None:
    """Bytes to hex."""
    return None if value is None else bytes(value).hex()


class Time(UTCDateTime):
    """Aware in Python, UTC in the database, on both engines. What SQLite holds is read straight away: a span alone has five."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """How a value of the database becomes one of Python."""
        return _read_time if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _read_time(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told).replace(tzinfo=UTC) if told is not None else None


def time_column(*, nullable: bool = True, index: bool = False) -> Any:
    """A column of times."""
    return Field(default=None, sa_column=Column(Time(), nullable=nullable, index=index))


def digest_column(*, nullable: bool = False, key: bool = False) -> Any:
    """A column of hashes."""
    return Field(default=None, sa_column=Column(Digest(), nullable=nullable, primary_key=key))


def json_column() -> Any:
    """A column of JSON values."""
    return Field(default=None, sa_column=Column(JSON, nullable=False))
