"""`gongkai verify` without a pack: says that the archive is whole, or exactly what is broken, to people and to scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from front_door import Door
from scenes import DAY, MONDAY, REPORT, Story, article, page, watch
from sqlalchemy import select, update

from storage.engine import writing
from storage.store import Store
from storage.tables import BLOB, SNAPSHOT


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> tuple[Store, Door]:
    """Three versions of a report under a signed head."""
    watch(store, page(REPORT))
    for day in range(3):
        Story(store).run(MONDAY + day * DAY, (REPORT, article(f"第{day}版" * 50)))
    store.sign_head(Ed25519PrivateKey.generate(), MONDAY + 3 * DAY)
    return store, Door(tmp_path / "home", {"GONGKAI_DATABASE_URL": store.engine.url.render_as_string(hide_password=False)})


def test_a_whole_archive_is_said_to_be_whole(kept: tuple[Store, Door]) -> None:
    _, door = kept
    told = door("verify")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("the archive is whole: 4 entries, 1 heads, 6 looks")
    assert door("verify", "--json").json["whole"] is True
    assert door("verify", "--json").json["faults"] == []


def test_what_is_broken_is_told_and_ends_with_1(kept: tuple[Store, Door]) -> None:
    store, door = kept
    with writing(store.engine) as connection:
        of = select(SNAPSHOT.c.sha256).where(SNAPSHOT.c.number == 3, SNAPSHOT.c.url == REPORT).scalar_subquery()
        sha256 = connection.execute(select(of)).scalar_one()
        connection.execute(update(BLOB).where(BLOB.c.sha256 == sha256).values(data=b"rubbish"))
    told = door("verify")
    assert told.code == 1
    assert f"WRONG: bytes {sha256}: stored bytes are damaged" in told.out
    scripted = door("verify", "--json")
    assert scripted.code == 1
    assert scripted.json["whole"] is False
    assert ("bytes", sha256) in [(fault["what"], fault["where"]) for fault in scripted.json["faults"]]


def test_a_head_from_a_mail_is_held_against_the_archive(kept: tuple[Store, Door]) -> None:
    store, door = kept
    head = store.newest_head()
    assert head is not None
    told = door("verify", "--head", f"{head.size}:{head.root}")
    assert told.code == 0
    assert f"the head over {head.size} entries that you gave is one of this archive" in told.out
    other = door("verify", "--head", f"{head.size}:{'ab' * 32}")
    assert other.code == 1
    assert "the head you gave has another root" in other.out


@pytest.mark.parametrize("words", [("--head", "5"), ("--head", "0:" + "ab" * 32), ("--key", "zz"), ("--key", "ab" * 32)])
def test_what_is_asked_wrongly_ends_with_2(kept: tuple[Store, Door], words: tuple[str, ...]) -> None:
    assert kept[1]("verify", *words).code == 2


def test_a_pack_that_is_not_there_is_told_in_one_line(kept: tuple[Store, Door]) -> None:
    told = kept[1]("verify", "nowhere.wacz")
    assert (told.code, told.err.count("\n")) == (1, 1)
    assert "nowhere.wacz cannot be read: No such file or directory" in told.err


def test_without_an_archive_it_says_what_to_do(tmp_path: Path) -> None:
    told = Door(tmp_path / "none", {})("verify")
    assert told.code == 1
    assert "gongkai init" in told.err
