"""Opens the database, SQLite or PostgreSQL, and gives out transactions. Knows no table.

On SQLite every writing transaction begins with BEGIN IMMEDIATE: a deferred one that turns from reading to writing fails at once
when another writer was faster, and no waiting helps it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from loguru import logger
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from storage.errors import Away, Collision, StoreError, Stuck

P = ParamSpec("P")
T = TypeVar("T")

BUSY_SECONDS = 60

TRIES = 5

COLLIDED = frozenset({"40001", "40P01"})
"""PostgreSQL's codes for a transaction that it ended to let another one pass: serialization failure and deadlock."""

NO_ROOM = frozenset({"53100", "25006"})
"""PostgreSQL's codes for a full disk, and for a server that only reads."""

TRIAL = 1
"""SQLite's `user_version` of a database whose content is made up, and may be gone after a power cut."""

PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""SQLite's codes for what another process holds; of its other troubles none goes away by waiting."""


def open_engine(database_url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://...``; raises StoreError for anything else."""
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise StoreError(
            "GONGKAI_DATABASE_URL is not a database address", "write sqlite:///path/to/file or postgresql://user@host/name"
        ) from error
    if url.get_backend_name() == "sqlite":
        return _sqlite(str(url.database or ""))
    if url.get_backend_name() == "postgresql":
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    raise StoreError(f"{url.get_backend_name()} is not a database gongkai can use", "use sqlite:///... or postgresql://...")


def _sqlite(path: str) -> Engine:
    if path in ("", ":memory:"):
        raise StoreError("an archive in memory would be lost", "give a file: sqlite:///path/to/file")
    Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: Any) -> None:
    # With the driver's own transaction control off, `_begin` decides which BEGIN is sent.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    record.info["trial"] = connection.execute("PRAGMA user_version").fetchone()[0] == TRIAL


def mark_trial(connection: Connection) -> None:
    """Mark an SQLite database as holding a trial: from its next opening on no commit waits for the disk."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version={TRIAL}")


def _begin(connection: Connection) -> None:
    asked = connection.get_execution_options()
    writing = asked.get("writing", False)
    cursor = connection.connection.cursor()  # by way of SQLAlchemy it costs as much as what follows
    how = "BEGIN IMMEDIATE" if writing else "BEGIN"
    try:
        if writing:
            # Nothing that was seen may be gone after a power cut; waiting for the disk makes what was written before lasting too.
            waits = asked.get("lasting", True) and not connection.info.get("trial")
            cursor.execute(f"PRAGMA synchronous={'FULL' if waits else 'NORMAL'}")
        cursor.execute(how)
    except sqlite3.Error as error:
        raise DBAPIError.instance(how, None, error, sqlite3.Error, dialect=connection.dialect) from error


@contextmanager
def _plain_errors() -> Iterator[None]:
    """A database that is damaged is a StoreError that says what to do; one that is down, full or locked for too long is Away."""
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        if isinstance(error, IntegrityError | DataError):
            raise
        if getattr(error.orig, "sqlstate", None) in COLLIDED:
            raise Collision("two writers waited for each other", "do it again") from error
        said = str(error.orig).strip().splitlines()
        raise _kind_of(error)(
            f"the database cannot be used: {said[0] if said else type(error.orig).__name__}",
            "see that GONGKAI_DATABASE_URL is right, the server is up, the disk is not full, the file is not damaged, "
            "and that you may write to it",
        ) from error


def _kind_of(error: DBAPIError) -> type[StoreError]:
    """Does it help to wait, or would a person have to do something, or is there no help."""
    if not (isinstance(error, OperationalError) or error.connection_invalidated):
        return StoreError
    code = getattr(error.orig, "sqlite_errorcode", None)
    lasting = getattr(error.orig, "sqlstate", None) in NO_ROOM or (code is not None and code & 0xFF not in PASSING)
    return Stuck if lasting else Away


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: one consistent view. Raises StoreError if the database cannot be used."""
    with _plain_errors(), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine, *, alone: str | None = None, lasting: bool = True) -> Iterator[Connection]:
    """A short transaction that writes; `alone` names a kind of work of which only one goes on at a time on PostgreSQL too.

    What need not be `lasting` may be undone by a power cut: on SQLite its commit does not wait for the disk.
    """
    with (
        _plain_errors(),
        _queue_of(engine),
        engine.connect().execution_options(writing=True, lasting=lasting) as connection,
        connection.begin(),
    ):
        if alone is not None and connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"gongkai:{alone}"})
        yield connection


@contextmanager
def rebuilding(engine: Engine, *, alone: str) -> Iterator[Connection]:
    """A transaction that may rebuild tables others refer to; on SQLite what refers is checked at its end, not meanwhile."""
    if engine.dialect.name == "postgresql":
        with writing(engine, alone=alone) as connection:
            yield connection
        return
    with _plain_errors(), _queue_of(engine), engine.connect().execution_options(writing=True) as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys=OFF")  # says nothing inside of a transaction
        try:
            with connection.begin():
                yield connection
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StoreError(f"a row of {broken[0]} refers to a row of {broken[2]} that is not there")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def again(deed: Callable[P, T]) -> Callable[P, T]:
    """Do a deed of one transaction again when it had to give way to another writer: nothing of it was kept."""

    @wraps(deed)
    def done(*args: P.args, **named: P.kwargs) -> T:
        for _ in range(TRIES - 1):
            try:
                return deed(*args, **named)
            except Collision:
                logger.debug("{} gave way to another writer and is done again", deed.__name__)
        return deed(*args, **named)

    return done


_queues: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()


def _queue_of(engine: Engine) -> AbstractContextManager[object]:
    """Threads of one process queue here for SQLite's one writer: its own way of waiting is to sleep and try again."""
    return _queues.setdefault(engine, Lock()) if engine.dialect.name == "sqlite" else nullcontext()
