"""Copies a whole database into one SQLite file, as it stood at one moment, and such a file into an empty database.

Knows tables only by what the migrations make of an empty file, so that it copies older schemas too. Never holds more than one
row in memory, never changes what it copies from, and leaves out what is derived.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from storage.derived import is_derived
from storage.engine import open_engine, reading, writing
from storage.errors import BackupError
from storage.schema import known_revisions, migrate, revision_of, upgrade

Tell = Callable[[str, int, int], None]
"""Is told what goes on, how much of it is done, and how much there is."""

BodyOf = Callable[[str], bytes | None]
"""Gives the bytes that lie in a file, by their SHA-256; None if they are lost."""

STEP = 500
"""Pages of SQLite copied at a time; between two of them others get their turn."""

BATCH = 200
"""Rows after which the progress is told."""

_JSON = ("json", "jsonb")


def copy_out(engine: Engine, target: Path, tell: Tell) -> str:
    """Copy all rows into a new SQLite file of the same schema; gives its revision. Writers may go on meanwhile."""
    revision = revision_of(engine)
    if revision is None:
        raise BackupError("the database is no archive of gongkai", "name the home that has it with --home")
    if engine.dialect.name == "sqlite":
        _pages(engine, target, tell)
        return revision
    make_empty(target, revision)
    with reading(engine) as connection, _file(target) as file:
        _rows_out(connection, file, tell)
    return revision


def make_empty(target: Path, revision: str) -> None:
    """A new SQLite file in which the schema of a revision stands, and no row of any table of ours."""
    if revision not in known_revisions():
        raise BackupError(f"this program does not know the schema {revision}", "use a newer gongkai")
    engine = open_engine(f"sqlite:///{target}")
    try:
        migrate(engine, revision)
    finally:
        engine.dispose()
    with _file(target) as file:
        _alone(file)


def _pages(engine: Engine, target: Path, tell: Tell) -> None:
    """SQLite's own way, page by page. Under a reading transaction: else every write of others would begin it anew."""
    with reading(engine) as connection, _file(target) as file:
        connection.execute(text("SELECT count(*) FROM alembic_version")).scalar()
        source: Any = connection.connection.driver_connection
        source.backup(file, pages=STEP, progress=lambda _, left, all_: tell("copying the database", all_ - left, all_))
        _alone(file)
        _drop_derived(file)


def _alone(file: sqlite3.Connection) -> None:
    """Make it one file, without a log beside it."""
    file.execute("PRAGMA journal_mode=DELETE")


def _drop_derived(file: sqlite3.Connection) -> None:
    made = file.execute("SELECT name, sql LIKE 'CREATE VIRTUAL%' FROM sqlite_master WHERE type = 'table' ORDER BY 2 DESC")
    derived = [name for name, _ in made.fetchall() if is_derived(name)]
    for name in derived:  # a virtual one takes those with it that its engine keeps
        file.execute(f"DROP TABLE IF EXISTS {_quoted(name)}")
    if derived:
        file.execute("VACUUM")


def _rows_out(connection: Connection, file: sqlite3.Connection, tell: Tell) -> None:
    tables = tables_of(file)
    total, done = _count(connection, tables), 0
    file.execute("PRAGMA foreign_keys=OFF")
    file.execute("BEGIN")
    for table, columns in tables.items():
        file.execute(f"DELETE FROM {_quoted(table)}")  # noqa: S608
        kinds = _kinds(connection, table, columns)
        into = f"INSERT INTO {_quoted(table)} ({_list(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
        for row in _counted(_postgresql_rows(connection, table, columns, kinds), table, done, total, tell):
            file.execute(into, row)
            done += 1
    file.execute("COMMIT")


def _postgresql_rows(connection: Connection, table: str, columns: list[str], kinds: list[str]) -> Iterator[list[Any]]:
    """One row after the other, as SQLite keeps its values; JSON stays the text that it is."""
    raw: Any = connection.connection.driver_connection
    out = f"COPY {_quoted(table)} ({_list(columns)}) TO STDOUT"
    with _postgresql(connection), raw.cursor() as cursor, cursor.copy(out) as copy:
        copy.set_types(["text" if kind in _JSON else kind for kind in kinds])
        for row in copy.rows():
            yield [_for_sqlite(value) for value in row]


def copy_in(source: Path, engine: Engine, revision: str, body_of: BodyOf, last: Callable[[], None], tell: Tell) -> None:
    """Copy all rows of such a file into an empty PostgreSQL database, in one transaction that ends with what `last` does."""
    with writing(engine, alone="migrate") as connection, _file(source) as file:
        upgrade(connection, revision)
        tables = tables_of(file)
        total, done = sum(_sqlite_count(file, table) for table in tables), 0
        for table in reversed(tables):  # a migration may have brought rows
            connection.execute(text(f"DELETE FROM {_quoted(table)}"))  # noqa: S608
        for table, columns in tables.items():
            kinds = _kinds(connection, table, columns)
            rows = _sqlite_rows(file, table, columns, kinds, body_of)
            done += _rows_in(connection, table, columns, _counted(rows, table, done, total, tell))
            _set_sequences(connection, table, columns)
        last()


def _rows_in(connection: Connection, table: str, columns: list[str], rows: Iterable[list[Any]]) -> int:
    raw: Any = connection.connection.driver_connection
    number = 0
    into = f"COPY {_quoted(table)} ({_list(columns)}) FROM STDIN"
    with _postgresql(connection), raw.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)
            number += 1
    return number


def _sqlite_rows(
    file: sqlite3.Connection, table: str, columns: list[str], kinds: list[str], body_of: BodyOf
) -> Iterator[list[Any]]:
    for row in file.execute(f"SELECT {_list(columns)} FROM {_quoted(table)}"):  # noqa: S608
        told = [_for_postgresql(value, kind) for value, kind in zip(row, kinds, strict=True)]
        if table == "blob" and told[columns.index("data")] is None:
            told[columns.index("data")] = body_of(row[columns.index("sha256")].hex())
        yield told


def _set_sequences(connection: Connection, table: str, columns: list[str]) -> None:
    """The next row gets the number behind the highest."""
    for column in columns:
        named = {"table": _quoted(table), "column": column}
        sequence = connection.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), named).scalar()
        if sequence is not None:
            highest = f"SELECT max({_quoted(column)}) FROM {_quoted(table)}"  # noqa: S608
            asked = text(f"SELECT setval(:sequence, coalesce(({highest}), 1), ({highest}) IS NOT NULL)")
            connection.execute(asked, {"sequence": sequence})


def tables_of(file: sqlite3.Connection) -> dict[str, list[str]]:
    """The tables of a file and their columns, each table behind those that it refers to; without what is derived."""
    named = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    ours = [name for name in named if not is_derived(name) and name != "alembic_version" and not name.startswith("sqlite_")]
    refers = {
        name: {row[0] for row in file.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (name,))} & set(ours) - {name}
        for name in ours
    }
    order = TopologicalSorter(refers).static_order()
    return {name: [row[0] for row in file.execute("SELECT name FROM pragma_table_info(?)", (name,))] for name in order}


def _counted(rows: Iterable[list[Any]], table: str, before: int, total: int, tell: Tell) -> Iterator[list[Any]]:
    for number, row in enumerate(rows, start=before):
        if number % BATCH == 0:
            tell(f"copying {table}", number, total)
        yield row


def _kinds(connection: Connection, table: str, columns: list[str]) -> list[str]:
    """The types of these columns in PostgreSQL; raises BackupError if one is not there."""
    asked = text(
        "SELECT attname, typname FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid "
        "WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped"
    )
    kinds = {row.attname: row.typname for row in connection.execute(asked, {"table": _quoted(table)})}
    if missing := [column for column in columns if column not in kinds]:
        raise BackupError(f"the database has no {table}.{missing[0]}, though its schema says so", "restore it from a backup")
    return [kinds[column] for column in columns]


def _count(connection: Connection, tables: Iterable[str]) -> int:
    return sum(connection.execute(text(f"SELECT count(*) FROM {_quoted(table)}")).scalar_one() for table in tables)  # noqa: S608


def _sqlite_count(file: sqlite3.Connection, table: str) -> int:
    return int(file.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0])  # noqa: S608


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value


def _for_postgresql(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "bool":
        return bool(value)
    return f"{value}+00" if kind == "timestamptz" else value


@contextmanager
def _file(path: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file, whose every complaint is one line."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            yield file
    except sqlite3.Error as wrong:
        raise BackupError(f"the copy of the database cannot be made: {wrong}", "see that the disk has room") from wrong


@contextmanager
def _postgresql(connection: Connection) -> Iterator[None]:
    """What the driver itself complains of, as one line."""
    errors: Any = connection.dialect.loaded_dbapi
    try:
        yield
    except errors.Error as wrong:
        raise BackupError(f"PostgreSQL says: {str(wrong).strip().splitlines()[0]}", "see what the server is about") from wrong


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _list(columns: list[str]) -> str:
    return ", ".join(map(_quoted, columns))
