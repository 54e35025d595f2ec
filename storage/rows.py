"""How values stand in rows: readings as JSON, differences as compressed JSON, inserts that give way to an earlier one.

Decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

import zstandard
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import Connection, CursorResult, Table
from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import StoreError
from storage.records import Difference, Evidence, Reading, Reason

_READING = TypeAdapter(Reading)
_DIFFERENCES = TypeAdapter(tuple[Difference, ...])
_EVIDENCE = TypeAdapter(tuple[Evidence, ...])
_REASONS = TypeAdapter(tuple[Reason, ...])

COUNTED = ("looks", "unreachable", "shielded", "known", "lost", "new", "returned")
"""What every tally tells, also where it is none."""


def insert_new(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless one with the same key is there; says whether it was inserted."""
    return connection.execute(_insert_new(table, connection.dialect.name), values).first() is not None


@cache
def _insert_new(table: Table, dialect: str) -> Any:
    """The statement, built once for each table: building one costs more than running it."""
    known: Any = postgresql if dialect == "postgresql" else sqlite
    return known.insert(table).on_conflict_do_nothing().returning(*table.primary_key.columns)


def clean(text: str) -> str:
    """Text without what PostgreSQL cannot hold: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def new_id(inserted: CursorResult[Any]) -> int:
    """The id that the database gave to the row just inserted."""
    key = inserted.inserted_primary_key
    if key is None:
        raise StoreError("the database gave no id to a new row")
    return int(key[0])


def upsert(connection: Connection, table: Table, keys: Iterable[str], **values: Any) -> None:
    """Insert a row, or bring the one with the same keys up to date."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**values)
    names = list(keys)
    rest = {name: statement.excluded[name] for name in values if name not in names}
    connection.execute(statement.on_conflict_do_update(index_elements=names, set_=rest))


def pack_reading(reading: Reading) -> bytes:
    """A reading as JSON."""
    try:
        return _READING.dump_json(reading)
    except PydanticSerializationError:  # lone surrogates: the page wrote what is no character
        return clean(json.dumps(asdict(reading), ensure_ascii=False)).encode()


def unpack_reading(data: bytes) -> Reading:
    """The reading that `pack_reading` packed; raises ValidationError."""
    return _READING.validate_json(data)


def pack_differences(differences: Sequence[Difference]) -> bytes | None:
    """Differences as compressed JSON: most of it says a text twice. None for none."""
    if not differences:
        return None
    return zstandard.ZstdCompressor(level=9, write_checksum=True).compress(_DIFFERENCES.dump_json(tuple(differences)))


def unpack_differences(data: bytes | None) -> tuple[Difference, ...]:
    """The differences that `pack_differences` packed; raises StoreError if they are damaged."""
    if data is None:
        return ()
    try:
        return _DIFFERENCES.validate_json(zstandard.ZstdDecompressor().decompress(data))
    except (zstandard.ZstdError, ValidationError) as damage:
        raise StoreError("what compare found of a change is damaged", "restore this home from a backup") from damage


def pack_evidence(evidence: Iterable[Evidence]) -> list[dict[str, str]]:
    """Evidence as plain JSON values."""
    return json.loads(_EVIDENCE.dump_json(tuple(evidence)))  # type: ignore[no-any-return]


def unpack_evidence(data: Any) -> tuple[Evidence, ...]:
    """The evidence that `pack_evidence` packed."""
    return _EVIDENCE.validate_python(data)


def pack_reasons(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """Reasons as plain JSON values."""
    return json.loads(_REASONS.dump_json(tuple(reasons)))  # type: ignore[no-any-return]


def unpack_reasons(data: Any) -> tuple[Reason, ...]:
    """The reasons that `pack_reasons` packed."""
    return _REASONS.validate_python(data)


def pack_tally(tally: Mapping[str, int]) -> dict[str, int]:
    """A run's tally without what it counted none of; how many looks there were stays, so that one of none is no empty one."""
    return {name: count for name, count in tally.items() if count or name == "looks"}


def unpack_tally(told: Mapping[str, int]) -> dict[str, int]:
    """The tally that `pack_tally` packed; that of an open run is empty."""
    return {**told, **{name: 0 for name in COUNTED if name not in told}} if told else {}


def plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    """A finding's detail as plain JSON values; what JSON does not know is written as text."""
    return json.loads(json.dumps(dict(detail), ensure_ascii=False, default=str))  # type: ignore[no-any-return]
