"""The kinds of columns that tables share: times, JSON values, and hashes. Knows no table."""

from __future__ import annotations

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

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Bytes to hex."""
        return None if value is None else bytes(value).hex()


def time_column(*, nullable: bool = True, index: bool = False) -> Any:
    """A column of times: aware in Python, UTC in the database, on both engines."""
    return Field(default=None, sa_column=Column(UTCDateTime(), nullable=nullable, index=index))


def digest_column(*, nullable: bool = False, key: bool = False) -> Any:
    """A column of hashes."""
    return Field(default=None, sa_column=Column(Digest(), nullable=nullable, primary_key=key))


def json_column() -> Any:
    """A column of JSON values."""
    return Field(default=None, sa_column=Column(JSON, nullable=False))
