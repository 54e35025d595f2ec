"""`gongkai forget`: asks first, says what went and what it cannot reach, and may be given twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from front_door import Door
from scenes import COLUMN, MONDAY, REPORT, Story, article, listing, page, watch
from storage_deeds import judge_all

from storage.records import Role
from storage.store import Store


@pytest.fixture
def door(store: Store, tmp_path: Path) -> Door:
    """A report that a column lists."""
    watch(store, page(COLUMN, Role.COLUMN), page(REPORT))
    rows = listing(("某人的信息", REPORT, "2025-03-01"))
    Story(store).run(MONDAY, (COLUMN, rows), (REPORT, article("某人的电话" * 20, title="某人的信息")))
    judge_all(store)
    return Door(tmp_path / "home", {"GONGKAI_DATABASE_URL": store.engine.url.render_as_string(hide_password=False)})


def test_it_asks_and_nobody_there_is_no_yes(door: Door, store: Store) -> None:
    said = door("forget", REPORT, "--why", "personal data")
    assert said.code == 1
    assert "add --yes if it is meant" in said.err
    assert store.snapshots(REPORT)[0].reading is not None
    assert door("forget", REPORT, "--yes").code == 2  # without a reason


def test_it_says_what_went_and_what_it_cannot_reach(door: Door, store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "home" / "backups" / "before-0007-20250303T020000.zip"
    backup.parent.mkdir(parents=True)
    backup.write_bytes(b"")
    said = door("forget", REPORT, "--why", "personal data", "--who", "an editor", "--yes")
    assert said.code == 0, said.err
    assert "forgotten: 1 versions and 1 looks; entry 2 of the ledger says so" in said.out
    assert "the texts of these pages list it, and are kept:\n  " + COLUMN in said.out
    assert f"these backups may still hold it; delete them:\n  {backup}" in said.out
    assert "out of reach: mails that were sent, backups, evidence packs" in said.out
    assert ("VACUUM FULL" in said.err) == (store.engine.dialect.name == "postgresql")
    assert store.snapshots(REPORT)[0].reading is None
    assert "was taken out of the archive" in door("show", REPORT).err
    assert door("log", REPORT).code == 0
    again = door("forget", REPORT, "--why", "personal data", "--yes")
    assert "entry 2 of the ledger says that it is forgotten; nothing more was kept of it" in again.out
    assert [leaf.kind for leaf in store.leaves()] == ["run", "key", "tombstone"]
    assert store.verify().faults == []
