"""Brings a database to this program's schema by its migrations (Alembic), and says when it is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from storage import ledger
from storage.derived import rebuild
from storage.engine import reading, rebuilding
from storage.errors import NotMigrated
from storage.software import software


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: the revision that it leads to, and what it brings."""

    revision: str
    about: str


def migrate(engine: Engine, revision: str = "head", done: Callable[[Step], None] = lambda _: None) -> None:
    """Run what is missing of the migrations, in one transaction; several processes may ask at once. `done` hears of each."""
    with rebuilding(engine, alone="migrate") as connection:
        if _present(connection) != _directory().get_current_head():
            upgrade(connection, revision, done)
            if revision == "head":
                ledger.take_over(connection, software())
                rebuild(connection)


def upgrade(connection: Connection, revision: str, done: Callable[[Step], None] = lambda _: None) -> None:
    """Run the migrations up to a revision within somebody's transaction."""
    config = _config()
    config.attributes["connection"] = connection

    def told(step: Any, **_: Any) -> None:
        done(_step(step.up_revision))

    config.attributes["told"] = told
    command.upgrade(config, revision)


def pending(engine: Engine) -> list[Step]:
    """The migrations that are missing, in their order; raises NotMigrated if the database is no older one of ours."""
    try:
        check(engine)
    except NotMigrated as wrong:
        if not wrong.older:
            raise
    missing = _directory().iterate_revisions("head", revision_of(engine) or "base")
    return list(reversed([_step(script) for script in missing]))


def check(engine: Engine) -> None:
    """Raise NotMigrated unless the database stands at the newest migration."""
    present, newest = revision_of(engine), newest_revision()
    if present == newest:
        return
    if present is None:
        raise NotMigrated(
            f"the database stands at nothing, this program needs {newest}", "name one that gongkai made, or an empty one"
        )
    older = present in known_revisions()
    raise NotMigrated(
        f"the database stands at {present}, this program needs {newest}",
        "run `gongkai migrate`" if older else "use the gongkai that made it, or a newer one",
        older=older,
    )


def prepare(engine: Engine) -> None:
    """Give an empty database its schema; raises NotMigrated if it has another than this program's. Else only reads."""
    try:
        check(engine)
    except NotMigrated:
        if not is_empty(engine):
            raise
        migrate(engine)


def is_empty(engine: Engine) -> bool:
    """Does the database hold no table at all, of ours or of anybody's?"""
    with reading(engine) as connection:
        return not inspect(connection).get_table_names()


def revision_of(engine: Engine) -> str | None:
    """The revision at which the database stands; None: no gongkai has been there."""
    with reading(engine) as connection:
        return _present(connection)


def newest_revision() -> str:
    """The revision that this program needs."""
    return str(_directory().get_current_head())


def known_revisions() -> tuple[str, ...]:
    """All that this program knows, oldest first."""
    return tuple(reversed([script.revision for script in _directory().walk_revisions()]))


def _step(script: Any) -> Step:
    return Step(script.revision, (script.doc or "").strip().rstrip("."))


def _present(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _directory() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("storage").joinpath("migrations")))
    return config
