"""`gongkai prune`: tells what would go, takes it, and a page that goes back to an earlier text is told and kept all the same."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

import pytest
from front_door import Door
from scenes import DAY, HOST, MONDAY, REPORT, Story, article, page, watch
from storage_deeds import KEY, judge_all
from world import HOST as TOWN
from world import OTHER, SENTENCE, World, open_world

from monitor.commands.home import Home
from monitor.commands.serving import Watch
from storage.keys import Deed
from storage.records import Retention, Site, Watchlist
from storage.store import Store


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> tuple[Store, Door]:
    """Five versions of a report."""
    watch(store, page(REPORT))
    for day in range(5):
        Story(store).run(MONDAY + day * DAY, (REPORT, article(f"第{day}版" * 50)))
    judge_all(store)
    return store, Door(tmp_path / "home", {"GONGKAI_DATABASE_URL": store.engine.url.render_as_string(hide_password=False)})


def texts(store: Store) -> list[int]:
    return [one.number for one in store.snapshots(REPORT) if one.reading is not None]


def test_without_a_limit_nothing_goes(kept: tuple[Store, Door]) -> None:
    store, door = kept
    told = door("prune")
    assert (told.code, texts(store)) == (0, [1, 2, 3, 4, 5])
    assert "no limit is set: every version is kept for ever" in told.out
    assert not (door.home / "ledger.key").exists()


def test_a_dry_run_tells_and_prune_takes(kept: tuple[Store, Door]) -> None:
    store, door = kept
    limit = {"GONGKAI_KEEP_VERSIONS": "2"}
    dry = door("prune", "--dry-run", "--json", **limit).json
    assert [(one["site"], one["versions"], one["looks"]) for one in dry["sites"]] == [(HOST, 2, 2)]
    assert texts(store) == [1, 2, 3, 4, 5]
    assert "this would go; nothing was changed" in door("prune", "--dry-run", **limit).out
    told = door("prune", "--site", HOST, **limit)
    assert told.code == 0, told.err
    assert f"{HOST}: 2 versions and 2 looks went" in told.out
    assert texts(store) == [1, 4, 5]
    assert store.verify().faults == []
    gone = door("show", f"{REPORT}@2")
    assert gone.code == 1
    assert "version 2" in gone.err
    assert "was taken out of the archive" in gone.err
    assert door("prune", "--site", "www.nowhere.example").code == 1


def test_a_site_says_itself_what_is_kept(kept: tuple[Store, Door]) -> None:
    store, door = kept
    (site,) = store.sites()
    told = dict.fromkeys(("host", "name", "agencies"))
    known = {name: getattr(site, name) for name in told}
    store.add_watchlist(Watchlist(sites=(Site(**known, keep_versions=0, keep_days=0),)), MONDAY)
    assert door("prune", "--dry-run", "--json", GONGKAI_KEEP_VERSIONS="2", GONGKAI_KEEP_DAYS="1").json["sites"] == []
    store.add_watchlist(Watchlist(sites=(Site(**known, keep_versions=3),)), MONDAY)
    assert door("prune", "--dry-run", "--json", GONGKAI_KEEP_VERSIONS="2").json["sites"][0]["versions"] == 1


def test_serve_prunes_when_a_limit_is_set(kept: tuple[Store, Door]) -> None:
    store, door = kept
    Watch(Home(door.home), store).prune()
    assert texts(store) == [1, 2, 3, 4, 5]
    Watch(Home(door.home, keep_versions="2"), store).prune()
    assert texts(store) == [1, 4, 5]


@pytest.fixture
def world(tmp_path: Path, database_url: str):
    with open_world(database_url, tmp_path / "home") as made:
        yield made


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_text_that_goes_back_keeps_its_text_and_is_mailed(world: World) -> None:
    def prune() -> None:
        deed = Deed("retention", "test", world.clock.time, KEY)
        world.store.prune({TOWN: Retention(versions=2)}, deed)
        world.store.sweep()

    world.show(1, SENTENCE)
    world.settle_in()
    world.show(1, OTHER)
    world.next_day()
    prune()
    world.show(1, SENTENCE)
    found = world.next_day()
    prune()
    assert [(one.verdict.kind, one.verdict.detail["returned"]) for one in found] == [("silent_edit", True)]
    assert "back to version" in found[0].verdict.title
    present = world.store.sightings(world.url(1))[-1].snapshot
    assert present is not None
    shown = world.store.snapshots(world.url(1))[present - 1]
    assert shown.reading is not None
    assert SENTENCE in shown.reading.body
    assert world.deliver().filed == 1
    (mail,) = (world.home / "mail").iterdir()
    told = message_from_bytes(mail.read_bytes(), policy=modern).get_body(("plain",))
    assert told is not None
    assert "back to version 1" in told.get_content()
    assert world.store.verify().faults == []
