"""A home comes back whole, on either engine, from a backup made while others wrote; and what goes wrong changes nothing."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import stat
import tracemalloc
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from first_schema import BODIES, HOST, NOTICE, READINGS, SNAPSHOTS, at, fill, sha
from scenes import answer, article
from sqlalchemy import MetaData, inspect, select, text

from storage import blob_files
from storage.backup import Place, back_up
from storage.derived import is_derived
from storage.engine import reading, writing
from storage.errors import BackupError
from storage.holding import blob_files_alone, blob_files_held
from storage.records import Capture, Examination, Hits, Outcome
from storage.restoring import restore
from storage.schema import known_revisions, migrate
from storage.store import Store

NOW = datetime(2025, 3, 20, 4, 0, tzinfo=UTC)
LARGE = bytes(os.urandom(blob_files.LARGE + 1000))
"""A body that lies in a file beside an SQLite database."""

SETTINGS = "GONGKAI_CONTACT=mailto:a@example.org\nGONGKAI_SMTP_URL=smtp://u:hunter2@mail.example.org:25\n"


def silent(*_: object) -> None:
    """Hears of progress and does nothing."""


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sealing.COST", (2**4, 8, 1))


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home on SQLite with rows in every table and a body in a file; to be copied."""
    home = tmp_path_factory.mktemp("lived") / "home"
    home.mkdir()
    store = Store.open(f"sqlite:///{home / 'gongkai.db'}")
    migrate(store.engine, known_revisions()[0])
    with writing(store.engine) as connection:
        fill(connection)
    store.migrate()
    look(store, 6, LARGE, "全县安排资金1300万元。", 5.1)
    store.close()
    (home / "watchlist.toml").write_text("# 关注\n")
    (home / ".env").write_text(SETTINGS)
    (home / "ledger.key").write_bytes(b"a key")
    (home / "mail").mkdir()
    (home / "mail" / "2025-03-03_desk_1.eml").write_bytes(b"Subject: x\r\n\r\n\xff")
    (home / "mail" / ".half.eml.1.part").write_bytes(b"half")
    return home


@pytest.fixture
def place(lived_in: Path, tmp_path: Path) -> Place:
    """A home of one's own."""
    shutil.copytree(lived_in, tmp_path / "home")
    return at_home(tmp_path / "home")


@pytest.fixture
def target(bare_database_url: str, tmp_path: Path, engine: str) -> Place:
    """An empty home, with its archive on each engine in turn."""
    return at_home(tmp_path / "new") if engine == "sqlite" else Place(tmp_path / "new", bare_database_url)


def at_home(home: Path) -> Place:
    return Place(home, f"sqlite:///{home / 'gongkai.db'}")


def look(store: Store, run: int, body: bytes, says: str, days: float) -> None:
    """Keep one look at the notice."""
    brought = Examination(Outcome.OK, "200", article(says))
    store.keep(Capture(run, 3, answer(NOTICE, body, at(days)), brought), anyhow=True)


def rows(place: Place) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in every table that is not derived, as Python sees it."""
    store = Store.open(place.database_url)
    with reading(store.engine) as connection:
        tables = MetaData()
        tables.reflect(connection, only=lambda name, _: not is_derived(name))
        found = {name: [tuple(map(_plain, row)) for row in connection.execute(select(t))] for name, t in tables.tables.items()}
    store.close()
    return {name: sorted(each, key=repr) for name, each in found.items()}


def table_names(place: Place) -> list[str]:
    """The names of all tables."""
    store = Store.open(place.database_url)
    names = inspect(store.engine).get_table_names()
    store.close()
    return names


def _plain(value: Any) -> Any:
    """A value as both engines tell it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return bytes(value) if isinstance(value, memoryview) else value


def made(place: Place, file: Path, **more: Any) -> Path:
    """A backup of a home."""
    back_up(place, file, NOW, "gongkai 1", silent, **more)
    return file


def files(home: Path) -> dict[str, bytes]:
    """All files of a home but the database's."""
    kept = {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    return {name: body for name, body in kept.items() if not name.startswith("gongkai.db")}


def test_a_home_comes_back_as_it_was(place: Place, tmp_path: Path) -> None:
    backup = made(place, tmp_path / "a.zip", passphrase="correct horse")
    new = at_home(tmp_path / "new")
    restored = restore(new, backup, silent, lambda: "correct horse")
    assert (restored.missing, restored.older, restored.put_aside) == ((), False, False)
    assert rows(new) == rows(place)
    wanted = {name: body for name, body in files(place.home).items() if not name.endswith((".lock", ".part"))}
    assert files(new.home) == wanted
    assert any(name.startswith("blobs/gongkai.db/") for name in wanted)
    modes = {
        stat.S_IMODE(path.stat().st_mode) for path in new.home.rglob("*") if path.is_file() and "gongkai.db" not in path.name
    }
    assert modes == {0o600}
    assert stat.S_IMODE(new.home.stat().st_mode) == 0o700


def test_secrets_stay_out_and_are_named(place: Place, tmp_path: Path) -> None:
    backup = made(place, tmp_path / "a.zip")
    assert b"hunter2" not in backup.read_bytes()
    new = at_home(tmp_path / "new")
    restored = restore(new, backup, silent, lambda: "never asked")
    assert restored.missing == ("ledger.key", "GONGKAI_SMTP_URL")
    assert not (new.home / "ledger.key").exists()
    assert "smtp://u@mail.example.org:25" in (new.home / ".env").read_text()


def test_sealed_secrets_can_stay_where_they_are(place: Place, tmp_path: Path) -> None:
    backup = made(place, tmp_path / "a.zip", passphrase="correct horse")
    with pytest.raises(BackupError, match="passphrase is wrong"):
        restore(at_home(tmp_path / "new"), backup, silent, lambda: "wrong horse")
    assert not (tmp_path / "new").exists()
    restored = restore(at_home(tmp_path / "new"), backup, silent, None)
    assert restored.missing == ("ledger.key", "GONGKAI_SMTP_URL")


def test_a_backup_leads_from_one_engine_to_the_other_and_back(place: Place, target: Place, tmp_path: Path) -> None:
    restore(target, made(place, tmp_path / "a.zip"), silent, None)
    new = at_home(tmp_path / "again")
    restore(new, made(target, tmp_path / "b.zip"), silent, None)
    before, between, after = rows(place), rows(target), rows(new)
    for found in (before, between, after):
        # on PostgreSQL large bodies lie in their rows
        found["blob"] = [row for row in found["blob"] if row[1] != len(LARGE)]
    assert between == before
    assert after == before
    for each in (target, new):
        store = Store.open(each.database_url)
        assert store.raw(store.snapshots(NOTICE)[-1].sha256) == LARGE
        assert {name: store.raw(sha(name)) for name in BODIES} == BODIES
        store.close()


def test_work_goes_on_in_what_was_restored(place: Place, target: Place, tmp_path: Path) -> None:
    restore(target, made(place, tmp_path / "a.zip"), silent, None)
    store = Store.open(target.database_url)
    run = store.open_run(HOST, "here", at(7))
    assert run.id == 7
    look(store, run.id, b"later", "全县安排资金1400万元。", 7.1)
    assert [one.number for one in store.snapshots(NOTICE)] == [1, 2, 3, 4]
    store.close()


def test_an_older_archive_is_backed_up_and_restored_as_it_is(target: Place, tmp_path: Path) -> None:
    first = known_revisions()[0]
    old = Store.open(target.database_url)
    migrate(old.engine, first)
    with writing(old.engine) as connection:
        fill(connection)
    target.home.mkdir(exist_ok=True)
    backup = made(target, tmp_path / "a.zip")
    old.close()
    new = at_home(tmp_path / "again")
    restored = restore(new, backup, silent, None)
    assert (restored.older, restored.manifest.revision) == (True, first)
    assert rows(new) == rows(target)
    store = Store.open(new.database_url)
    store.migrate()
    assert [one.reading for one in store.snapshots(NOTICE)] == [READINGS[body] for p, _, body in SNAPSHOTS.values() if p == 3]
    store.close()


def test_a_backup_of_a_newer_gongkai_is_refused(place: Place, tmp_path: Path) -> None:
    change(place, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BackupError, match="use a newer gongkai"):
        restore(at_home(tmp_path / "new"), made(place, tmp_path / "a.zip"), silent, None)
    assert not (tmp_path / "new").exists()


def change(place: Place, *deeds: str) -> None:
    """Do something to a database that gongkai would not."""
    with closing(sqlite3.connect(place.home / "gongkai.db", isolation_level=None)) as file:
        for deed in deeds:
            file.execute(deed)


# --- while others write ----------------------------------------------------------------------------------------------------


def write(database_url: str, turns: Any, done: Any) -> None:
    """Keep one look for each turn that is given, every tenth with a body in a file; 0 ends it."""
    store = Store.open(database_url)
    number = 0
    while turns.get():
        number += 1
        body = LARGE[::-1] + bytes([number]) if number % 10 == 0 else b"%d" % number
        look(store, 6, body, f"第{number}版", 5.2 + number / 1000)
        done.release()
    store.close()


class Writer:
    """Another process, which writes when it is told to."""

    def __init__(self, database_url: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._turns, self._done = spawn.Queue(), spawn.Semaphore(0)
        self._process = spawn.Process(target=write, args=(database_url, self._turns, self._done))
        self._process.start()

    def looks(self, number: int) -> None:
        for _ in range(number):
            self._turns.put(1)
        for _ in range(number):
            assert self._done.acquire(timeout=120)

    def end(self) -> None:
        self._turns.put(0)
        self._process.join(timeout=120)
        assert self._process.exitcode == 0


def test_a_backup_is_of_one_moment_while_another_process_writes(
    place: Place, target: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.copying.STEP", 7)
    monkeypatch.setattr("storage.copying.BATCH", 5)
    restore(target, made(place, tmp_path / "a.zip"), silent, None)
    writer = Writer(target.database_url)
    writer.looks(10)
    before = rows(target)
    copied: list[int] = []

    def tell(doing: str, done: int, _total: int) -> None:
        if doing.startswith("copying"):
            copied.append(done)
            writer.looks(4 if len(copied) <= 5 else 0)

    back_up(target, tmp_path / "b.zip", NOW, "gongkai 1", tell)
    writer.end()
    assert len(copied) > 5
    assert copied == sorted(copied)  # it was not begun anew at each write
    new = at_home(tmp_path / "again")
    restore(new, tmp_path / "b.zip", silent, None)
    assert {name: len(each) for name, each in rows(new).items()} == {name: len(each) for name, each in before.items()}
    assert {name: each for name, each in rows(new).items() if name != "blob"} == {n: e for n, e in before.items() if n != "blob"}
    store = Store.open(target.database_url)
    assert len(store.snapshots(NOTICE)) == 3 + 10 + 20
    store.close()
    sound(new, versions=3 + 10)


def sound(place: Place, versions: int) -> None:
    """Nothing refers to what is not there, and every version can be read."""
    with closing(sqlite3.connect(place.home / "gongkai.db")) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    store = Store.open(place.database_url)
    kept = store.snapshots(NOTICE)
    assert [one.number for one in kept] == list(range(1, versions + 1))
    for one in kept:
        assert one.reading is not None
        store.raw(one.sha256)
    assert sum(span.count for span in store.sightings(NOTICE)) >= versions
    assert list(map(str, store.verify().faults)) == []
    store.close()


def test_nobody_sweeps_while_files_are_copied(place: Place, tmp_path: Path) -> None:
    assert place.blobs is not None
    swept = []

    def tell(*_: object) -> None:
        with blob_files_alone(place.blobs) as alone:  # type: ignore[arg-type]
            swept.append(alone)

    back_up(place, tmp_path / "a.zip", NOW, "gongkai 1", tell)
    assert set(swept) == {False}
    with blob_files_alone(place.blobs) as alone:
        assert alone
    with blob_files_held(place.blobs), blob_files_held(place.blobs):
        pass


def test_a_body_that_is_lost_already_does_not_stop_a_backup_but_is_told(place: Place, target: Place, tmp_path: Path) -> None:
    assert place.blobs is not None
    (lost,) = [path for path in place.blobs.rglob("*") if path.is_file() and path.name != ".lock"]
    lost.unlink()
    done = back_up(place, tmp_path / "a.zip", NOW, "gongkai 1", silent)
    assert done.manifest.holes == (lost.name,)
    assert restore(target, tmp_path / "a.zip", silent, None).manifest.holes == (lost.name,)


def test_what_is_no_plain_file_in_a_home_is_left_out_and_told(place: Place, tmp_path: Path) -> None:
    (place.home / "mail" / "link.eml").symlink_to("/etc/hostname")
    (place.home / "mail" / "odd name.eml").write_bytes(b"x")
    (place.home / "mail" / "folder").mkdir()
    done = back_up(place, tmp_path / "a.zip", NOW, "gongkai 1", silent)
    assert done.skipped == ("mail/folder", "mail/link.eml", "mail/odd name.eml")


def test_settings_too_long_to_be_settings_stop_a_backup(place: Place, tmp_path: Path) -> None:
    (place.home / ".env").write_bytes(b"#\n" * 2**20)
    with pytest.raises(BackupError, match="longer than a file of its kind"):
        made(place, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_what_is_derived_is_left_out_and_made_anew(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = " ".join(f"第{n}号" for n in range(20000))
    change(
        place,
        f"INSERT INTO passage_text(rowid, pairs) VALUES (1, '{words}')",
        "CREATE TABLE passage_text_plain (words TEXT)",
    )
    asked = []
    monkeypatch.setattr("storage.derived.REBUILDERS", (lambda connection: asked.append(connection.in_transaction()),))
    new = at_home(tmp_path / "new")
    done = back_up(place, tmp_path / "a.zip", NOW, "gongkai 1", silent)
    item = done.manifest.item("gongkai.db")
    assert item is not None
    assert item.size < (place.home / "gongkai.db").stat().st_size
    restore(new, tmp_path / "a.zip", silent, None)
    assert asked == [True]
    assert not [name for name in table_names(new) if name.startswith("passage_text")]
    assert "passage_text_plain" in table_names(place)


def test_what_could_be_found_before_can_be_found_in_the_home_that_came_back(place: Place, tmp_path: Path) -> None:
    def found(where: Place) -> Hits:
        store = Store.open(where.database_url)
        while store.index_some():
            pass
        hits = store.search("通知", limit=1000)
        store.close()
        return hits

    before, new = found(place), at_home(tmp_path / "new")
    back_up(place, tmp_path / "a.zip", NOW, "gongkai 1", silent)
    restore(new, tmp_path / "a.zip", silent, None)
    assert before.total > 0
    assert found(new) == before


@pytest.mark.parametrize("engine", ["postgresql"])
def test_rows_are_copied_one_by_one_and_never_all_in_memory(place: Place, target: Place, tmp_path: Path) -> None:
    store = Store.open(place.database_url)
    for number in range(12):
        look(store, 6, os.urandom(700_000), f"第{number}版", 5.2 + number / 1000)
    store.close()

    def tell(doing: str, *_: object) -> None:
        if doing.startswith("copying") and not tracemalloc.is_tracing():
            tracemalloc.start()  # the schema is made by now: what counts is the rows

    try:
        restore(target, made(place, tmp_path / "a.zip"), tell, None)
        peaks = [tracemalloc.get_traced_memory()[1]]
        tracemalloc.stop()
        back_up(target, tmp_path / "b.zip", NOW, "gongkai 1", tell)
        peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert (tmp_path / "b.zip").stat().st_size > 12 * 700_000
    assert 700_000 < min(peaks) <= max(peaks) < 7 * 700_000, peaks


# --- what goes wrong ---------------------------------------------------------------------------------------------------------


def test_only_an_empty_home_is_restored_into(place: Place, target: Place, tmp_path: Path) -> None:
    backup = made(place, tmp_path / "a.zip")
    target.home.mkdir()
    (target.home / "x").write_text("mine")
    with pytest.raises(BackupError, match="is not empty"):
        restore(target, backup, silent, None)
    (target.home / "x").unlink()
    restore(target, backup, silent, None)
    with pytest.raises(BackupError, match=r"is not empty|is an archive"):
        restore(Place(tmp_path / "other", target.database_url), backup, silent, None)
    assert not (tmp_path / "other").exists()


def test_a_database_beside_the_home_gets_its_files_there(place: Place, tmp_path: Path) -> None:
    new = Place(tmp_path / "new", f"sqlite:///{tmp_path / 'deep' / 'other.db'}")
    restore(new, made(place, tmp_path / "a.zip"), silent, None)
    assert rows(new) == rows(place)
    store = Store.open(new.database_url)
    assert store.raw(store.snapshots(NOTICE)[-1].sha256) == LARGE
    store.close()
    assert not (new.home / "gongkai.db").exists()


def test_the_address_of_another_database_is_put_aside(place: Place, tmp_path: Path) -> None:
    named = SETTINGS + " export GONGKAI_DATABASE_URL=postgresql://u:hunter2@h/n\n"
    (place.home / ".env").write_text(named)
    new = at_home(tmp_path / "new")
    restored = restore(new, made(place, tmp_path / "a.zip", passphrase="correct horse"), silent, lambda: "correct horse")
    assert restored.put_aside
    assert (new.home / ".env").read_text() == SETTINGS + "#GONGKAI_DATABASE_URL=postgresql://u:hunter2@h/n\n"


def test_a_failure_half_way_leaves_home_and_database_as_they_were(
    place: Place, target: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = made(place, tmp_path / "a.zip")
    rename = Path.rename
    moved = []

    def failing(self: Path, to: Path) -> Path:
        moved.append(self.name)
        if len(moved) == 3:
            raise OSError(28, "No space left on device")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(BackupError, match="No space left"):
        restore(target, backup, silent, None)
    assert not target.home.exists()
    monkeypatch.undo()
    restore(target, backup, silent, None)
    assert len(rows(target)["page"]) == len(rows(place)["page"])


def test_a_disk_without_room_is_told_before_anything_is_written(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = made(place, tmp_path / "a.zip")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(BackupError, match="make room first"):
        restore(at_home(tmp_path / "new"), backup, silent, None)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        ("CREATE TRIGGER t AFTER INSERT ON page BEGIN DELETE FROM finding; END", "holds 't', which is not gongkai's"),
        ("CREATE VIEW v AS SELECT 1", "holds 'v', which is not gongkai's"),
        ("DROP TABLE lease", "the table lease"),
        ("ALTER TABLE page ADD COLUMN more TEXT", "the table page"),
        ("UPDATE blob SET data = NULL WHERE depth = 0", "are missing in the backup"),
    ],
)
def test_a_database_that_is_not_gongkais_is_refused(
    deed: str, why: str, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(place, deed)
    monkeypatch.setattr("storage.backup._pack_bodies", lambda *_: [])
    with pytest.raises(BackupError, match=why):
        restore(at_home(tmp_path / "new"), made(place, tmp_path / "a.zip"), silent, None)
    assert not (tmp_path / "new").exists()


def test_a_database_that_is_none_is_refused(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rubbish(_engine: object, file: Path, _tell: object) -> str:
        file.write_bytes(b"SQLite format 3\0" + bytes(5000))
        return "0001"

    monkeypatch.setattr("storage.backup.copy_out", rubbish)
    monkeypatch.setattr("storage.backup._pack_bodies", lambda *_: [])
    with pytest.raises(BackupError, match="in the backup"):
        restore(at_home(tmp_path / "new"), made(place, tmp_path / "a.zip"), silent, None)
    assert not (tmp_path / "new").exists()


def test_a_database_of_somebody_else_is_not_backed_up(bare_database_url: str, tmp_path: Path) -> None:
    store = Store.open(bare_database_url)
    with writing(store.engine) as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    store.close()
    with pytest.raises(BackupError, match="is no archive of gongkai"):
        made(Place(tmp_path, bare_database_url), tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()
