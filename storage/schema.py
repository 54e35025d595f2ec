"""Brings a database to this program's schema by its migrations (Alembic), and says when it is not there."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from storage import ledger
from storage.engine import reading, rebuilding
from storage.errors import NotMigrated
from storage.software import software


def migrate(engine: Engine) -> None:
    """Run what is missing of the migrations, in one transaction; several processes may ask at once."""
    with rebuilding(engine, alone="migrate") as connection:
        config = _config()
        if _present(connection) != ScriptDirectory.from_config(config).get_current_head():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            ledger.take_over(connection, software())


def check(engine: Engine) -> None:
    """Raise NotMigrated unless the database stands at the newest migration."""
    with reading(engine) as connection:
        present, newest = _present(connection), ScriptDirectory.from_config(_config()).get_current_head()
    if present != newest:
        raise NotMigrated(
            f"the database stands at {present or 'nothing'}, this program needs {newest}",
            "use the gongkai that made it, or upgrade with this one",
        )


def is_empty(engine: Engine) -> bool:
    """Does the database hold no table at all, of ours or of anybody's?"""
    with reading(engine) as connection:
        return not inspect(connection).get_table_names()


def _present(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("storage").joinpath("migrations")))
    return config
