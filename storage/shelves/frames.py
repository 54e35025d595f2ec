"""Columns whose own page only frames their rows: which page holds these. Judges nothing.

Portals that fill lists by script keep the rows at another address, which the column's page tells. That page, a further list page
of the column, then stands for it wherever rows are listed, missed or looked through.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from storage.records import Reading, Role
from storage.shelf import reading_of
from storage.tables import PAGE, SNAPSHOT
from storage.versioning import key_of

CURRENT = PAGE.c.current
"""The version that was soundly seen last."""

LATEST = PAGE.c.version
"""The version that was kept last, soundly seen or not."""


def rows_elsewhere(connection: Connection, page: Row[Any], version: Row[Any] | None, reading: Reading | None) -> str | None:
    """Where a column's rows stand if its own page has none; of a look without a reading, as its version says."""
    if version is None or page.part_of is not None or page.role not in (Role.COLUMN.value, None):
        return None
    return _rows_at(reading_of(connection, version) if reading is None and page.rows == 0 else reading)


def _rows_at(reading: Reading | None) -> str | None:
    return reading.next if reading is not None and reading.is_bare else None


def framed(connection: Connection, which: ColumnElement[bool], version: ColumnElement[Any]) -> dict[int, Row[Any]]:
    """Bare columns among these pages, by their current or latest version -> the row of the page that holds their rows."""
    bare = which & (PAGE.c.role == Role.COLUMN.value) & PAGE.c.part_of.is_(None) & (PAGE.c.rows == 0)
    query = select(*SNAPSHOT.c).join(PAGE, version == SNAPSHOT.c.id).where(bare)
    named = {row.page: _rows_at(reading_of(connection, row)) for row in connection.execute(query)}
    keys = {column: key_of(url) for column, url in named.items() if url}
    if not keys:
        return {}
    holders = _by_key(connection, keys.values())
    return {column: holders[key] for column, key in keys.items() if key in holders and holders[key].part_of == column}


def looked_at(connection: Connection, columns: Sequence[Row[Any]]) -> dict[int, int]:
    """Of each column the page at which its rows are looked for: its own, or of a bare one the page that holds them."""
    bare = framed(connection, PAGE.c.id.in_([column.id for column in columns if not column.rows]), CURRENT)
    return {column.id: bare[column.id].id if column.id in bare else column.id for column in columns}


def _by_key(connection: Connection, keys: Collection[str]) -> dict[str, Row[Any]]:
    return {row.key: row for row in connection.execute(select(PAGE).where(PAGE.c.key.in_(keys)))}
