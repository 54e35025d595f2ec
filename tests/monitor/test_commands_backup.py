"""Backup, restore and migrate at the front door: what they say and refuse, and that to look at an archive changes nothing."""

from __future__ import annotations

import os
import re
import resource
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from first_schema import NOTICE, fill
from front_door import Door
from sqlalchemy import Engine, event

from storage.engine import writing
from storage.schema import known_revisions, migrate, newest_revision
from storage.store import Store

FIRST, NEWEST = known_revisions()[0], newest_revision()


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("storage.sealing.COST", (2**4, 8, 1))
    for name in [name for name in os.environ if name.startswith("GONGKAI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """The door of a home with an empty archive in a file."""
    made = Door(tmp_path / "home", {})
    assert made("init").code == 0
    return made


@pytest.fixture
def old(engine: str, bare_database_url: str, tmp_path: Path) -> Door:
    """The door of a home whose archive stands at the first schema, on each engine in turn."""
    home = tmp_path / "home"
    home.mkdir()
    address = f"sqlite:///{home / 'gongkai.db'}" if engine == "sqlite" else bare_database_url
    store = Store.open(address)
    migrate(store.engine, FIRST)
    with writing(store.engine) as connection:
        fill(connection)
    store.close()
    return Door(home, {} if engine == "sqlite" else {"GONGKAI_DATABASE_URL": address})


def one_line(text: str) -> bool:
    return text.startswith("gongkai: ") and len(text.splitlines()) == 1


def test_a_home_goes_into_one_file_and_comes_back(door: Door) -> None:
    (door.home / ".env").write_text("GONGKAI_SMTP_URL=smtp://u:hunter2@h\n")
    told = door("backup", "a.zip")
    assert (told.code, told.err) == (0, "")
    assert re.search(rf"^wrote a\.zip: [\d,]+ bytes, schema {NEWEST}$", told.out, re.MULTILINE)
    assert "left out, since they are secret: GONGKAI_SMTP_URL" in told.out
    assert stat.S_IMODE(Path("a.zip").stat().st_mode) == 0o600
    told = door("--home", "new", "restore", "a.zip")
    assert (told.code, told.err) == (0, "")
    assert "missing, since they were left out: GONGKAI_SMTP_URL" in told.out
    assert door("--home", "new", "status").code == 0
    assert (Path("new") / "watchlist.toml").read_bytes() == (door.home / "watchlist.toml").read_bytes()


def test_secrets_go_along_under_a_passphrase(door: Door) -> None:
    (door.home / ".env").write_text("GONGKAI_SMTP_URL=smtp://u:hunter2@h\n")
    given = {"GONGKAI_BACKUP_PASSPHRASE": "correct horse"}
    told = door("backup", "a.zip", "--with-secrets", **given)
    assert (told.code, told.err) == (0, "")
    assert "sealed under the passphrase: GONGKAI_SMTP_URL" in told.out
    assert all(b"hunter2" not in body for body in _bodies(Path("a.zip")))
    told = door("--home", "new", "restore", "a.zip", GONGKAI_BACKUP_PASSPHRASE="another horse")
    assert told.code == 1
    assert one_line(told.err)
    assert "the passphrase is wrong" in told.err
    assert door("--home", "new", "restore", "a.zip", **given).code == 0
    assert (Path("new") / ".env").read_text() == "GONGKAI_SMTP_URL=smtp://u:hunter2@h\n"
    assert door("--home", "newer", "restore", "a.zip", "--without-secrets").code == 0


def _bodies(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist()]


def test_a_passphrase_that_nobody_can_be_asked_for_is_told(door: Door) -> None:
    told = door("backup", "a.zip", "--with-secrets")
    assert told.code == 1
    assert one_line(told.err)
    assert "set GONGKAI_BACKUP_PASSPHRASE" in told.err
    assert not Path("a.zip").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["backup", "there.zip"], "is there already"),
        (["backup", "no/a.zip"], "there is no folder"),
        (["--home", "nowhere", "backup", "a.zip"], "there is no archive in"),
        (["--home", "nowhere", "migrate"], "there is no archive in"),
        (["--home", "new", "restore", "nowhere.zip"], "there is no file"),
        (["--home", "new", "restore", "there.zip"], "is no backup of gongkai"),
        (["--home", "new", "restore", "."], "is no file"),
        (["restore", "a.zip"], "there is no file"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(words: list[str], why: str, door: Door) -> None:
    Path("there.zip").write_bytes(b"mine")
    told = door(*words)
    assert (told.code, told.out) == (1, "")
    assert one_line(told.err)
    assert why in told.err
    assert not Path("new").exists()
    assert not Path("nowhere").exists()
    assert Path("there.zip").read_bytes() == b"mine"


@pytest.mark.parametrize("most", [100_000, 400_000])
def test_a_full_disk_is_told_in_one_line_and_leaves_nothing(most: int, door: Door) -> None:
    """A file may grow to so many bytes: that ends the copy of the database, or the zip."""
    with closing(sqlite3.connect(door.home / "gongkai.db")) as file:
        file.execute("INSERT INTO house VALUES ('noise', ?)", (os.urandom(300_000).hex(),))
        file.commit()
    assert_full(door.home, ["backup", "a.zip"], most)
    assert sorted(path.name for path in Path().iterdir()) == ["home"]


def test_a_disk_that_fills_up_in_a_restore_leaves_the_home_as_it_was(door: Door) -> None:
    assert door("backup", "a.zip").code == 0
    assert_full(Path("new"), ["restore", "a.zip"], 100_000)
    assert sorted(path.name for path in Path().iterdir()) == ["a.zip", "home"]


def assert_full(home: Path, words: list[str], most: int) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    call = [sys.executable, "-m", "monitor", "--home", str(home), *words]
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(call, capture_output=True, text=True, preexec_fn=limit, env=environment, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert one_line(done.stderr)
    assert re.search("cannot be (written|made|put)", done.stderr)


# --- migrate -----------------------------------------------------------------------------------------------------------------

READING = [["status"], ["findings"], ["duties"], ["log", NOTICE], ["show", f"{NOTICE}@1"], ["diff", NOTICE], ["export", "a.toml"]]


def test_no_other_command_migrates(old: Door) -> None:
    for words in [*READING, ["judge"], ["crawl"], ["run"], ["add", "https://a.gov.cn/"], ["import", "a.toml"]]:
        told = old(*words)
        assert (told.code, told.out) == (1, ""), words
        assert one_line(told.err)
        assert f"stands at {FIRST}, this program needs {NEWEST}; run `gongkai migrate`" in told.err


def test_migrate_makes_a_backup_first_and_says_what_it_did(old: Door) -> None:
    told = old("migrate")
    assert told.code == 0
    (backup,) = (old.home / "backups").iterdir()
    assert re.fullmatch(rf"before-{NEWEST}-\d{{8}}T\d{{6}}\.zip", backup.name)
    assert told.out.splitlines()[-1] == f"migrated the archive from {FIRST} to {NEWEST}"
    assert re.findall(r"^(\d{4}) \(\d of \d\): .", told.err, re.MULTILINE) == list(known_revisions()[1:])
    again = old("migrate")
    assert (again.code, again.out) == (0, f"nothing to do: the archive stands at {NEWEST}, as this version needs it\n")
    assert list((old.home / "backups").iterdir()) == [backup]
    new = Door(Path("new"), {})
    told = new("restore", backup)
    assert (told.code, told.out.splitlines()[-1]) == (0, "next: gongkai --home new migrate")
    assert new("migrate", "--no-backup").code == 0
    assert not Path("new/backups").exists()
    assert new("log", NOTICE, "--json").json == old("log", NOTICE, "--json").json


def test_a_backup_that_cannot_be_made_stops_the_migration(old: Door) -> None:
    (old.home / "backups").write_text("no folder")
    told = old("migrate")
    assert told.code == 1
    assert one_line(told.err)
    assert f"stands at {FIRST}" in old("status").err


def test_an_empty_database_needs_no_migrate(door: Door, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    told = door("status", GONGKAI_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert told.code == 0


@pytest.fixture
def begun() -> Iterator[list[str]]:
    """Every statement that is sent to any database."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def test_commands_that_only_tell_begin_no_writing_transaction(old: Door, begun: list[str]) -> None:
    assert old("migrate", "--no-backup").code == 0
    assert [word for word in begun if re.match(r"\s*(UPDATE|INSERT|CREATE)", word)]
    begun.clear()
    for words in READING:
        assert old(*words).code == 0, words
    written = re.compile(r"\s*(BEGIN IMMEDIATE|UPDATE|INSERT|DELETE|CREATE|ALTER|DROP)\b|.*\badvisory_xact_lock", re.DOTALL)
    assert [word for word in begun if written.match(word)] == []
