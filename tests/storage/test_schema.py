"""The migrations make exactly the tables that the models describe, on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from storage.derived import is_derived
from storage.engine import writing
from storage.errors import NotMigrated, StoreError
from storage.store import Store


def test_models_and_migrations_agree(store: Store) -> None:
    with store.engine.connect() as connection:
        ours = {"compare_type": True, "include_name": lambda name, kind, parents: not is_derived(name or "")}
        context = MigrationContext.configure(connection, opts=ours)
        assert compare_metadata(context, SQLModel.metadata) == []


def is_partial(index: Any) -> bool:
    """Does an index hold only some of the rows."""
    return any(name.endswith("_where") for name in index.get("dialect_options", {}))


def test_no_index_only_repeats_the_beginning_of_another(store: Store) -> None:
    seen = inspect(store.engine)
    for table in seen.get_table_names():
        kept = [one["column_names"] for one in seen.get_indexes(table) if not one["unique"] and not is_partial(one)]
        others = [one["column_names"] for one in seen.get_unique_constraints(table)]
        others += [seen.get_pk_constraint(table)["constrained_columns"], *kept]
        repeated = [mine for mine in kept for other in others if mine is not other and other[: len(mine)] == mine]
        assert (table, repeated) == (table, [])


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("question", ["snapshot WHERE page = 1", 'entry WHERE "column" = 1'])
def test_rows_of_a_page_are_found_by_the_index_of_a_longer_key(store: Store, question: str) -> None:
    with store.engine.connect() as connection:
        (plan,) = connection.execute(text(f"EXPLAIN QUERY PLAN SELECT * FROM {question}")).all()
    assert "USING INDEX" in plan.detail


@pytest.mark.parametrize("engine", ["sqlite"])
def test_tables_kept_in_the_tree_of_their_key_are_so_in_the_file_too(store: Store) -> None:
    asked = text("SELECT name FROM pragma_table_list WHERE wr AND schema = 'main' ORDER BY name")
    with store.engine.connect() as connection:
        kept = [name for name in connection.execute(asked).scalars() if not is_derived(name)]
    meant = [name for name, table in SQLModel.metadata.tables.items() if not table.dialect_options["sqlite"]["with_rowid"]]
    assert kept == sorted(meant)
    assert kept


def test_migrating_twice_does_nothing(store: Store) -> None:
    store.migrate()
    store.check()


def test_a_database_of_another_schema_is_refused_in_one_line(bare_database_url: str) -> None:
    fresh = Store.open(bare_database_url)
    with pytest.raises(NotMigrated, match="stands at nothing"):
        fresh.check()
    fresh.close()


def test_sqlite_keeps_foreign_keys_and_a_write_ahead_log(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'archive.db'}").engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_what_was_seen_waits_for_the_disk_and_a_turn_at_a_host_does_not(tmp_path: Path) -> None:
    engine = Store.open(f"sqlite:///{tmp_path / 'archive.db'}").engine
    for lasting, level in ((False, 1), (True, 2), (False, 1)):
        with writing(engine, lasting=lasting) as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == level
    with writing(engine) as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2


@pytest.mark.parametrize("address", ["mysql://x/y", "nonsense", "sqlite://"])
def test_an_address_that_cannot_be_used_says_what_to_write(address: str) -> None:
    with pytest.raises(StoreError) as refused:
        Store.open(address)
    assert refused.value.next_step


def test_a_damaged_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "archive.db").write_bytes(b"no database at all" * 100)
    broken = Store.open(f"sqlite:///{tmp_path / 'archive.db'}")
    with pytest.raises(StoreError, match="cannot be used: file is not a database") as refused:
        broken.migrate()
    assert "damaged" in refused.value.next_step


def test_a_server_that_is_away_is_told_in_one_line() -> None:
    away = Store.open("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreError, match="cannot be used"):
        away.sites()


def test_a_simulated_home_stays_one(store: Store) -> None:
    assert not store.simulated
    store.mark_simulated()
    store.mark_simulated()
    assert store.simulated
