"""`gongkai search`: indexes what waits by itself, and says of each passage between which looks it came and went."""

from __future__ import annotations

from pathlib import Path

import pytest
from front_door import Door
from scenes import DAY, HOST, MONDAY, REPORT, Story, article, page, watch

from monitor.commands import searching
from storage.errors import StoreError
from storage.records import Outcome
from storage.store import Store


@pytest.fixture
def story(store: Store) -> Story:
    """A report whose figure was taken out on the third day."""
    watch(store, page(REPORT))
    told = Story(store)
    for day, text in enumerate(["征地补偿\n预算为２０２５万元", "征地补偿\n预算为２０２５万元\n又及", "征地补偿\n又及"]):
        told.run(MONDAY + day * DAY, (REPORT, article(text, title="关于征地的通知")))
    return told


@pytest.fixture
def door(story: Story, tmp_path: Path) -> Door:
    return Door(tmp_path / "home", {"GONGKAI_DATABASE_URL": story.store.engine.url.render_as_string(hide_password=False)})


def test_a_passage_that_went_is_told_with_the_looks_around_it(door: Door) -> None:
    (hit,) = door("search", "2025万", "--json").json
    assert (hit["url"], hit["site"], hit["title"], hit["role"]) == (REPORT, HOST, "关于征地的通知", "article")
    assert (hit["version"], hit["part"]) == (1, "text")
    assert (hit["before"], hit["found"], hit["behind"]) == ("预算为", "２０２５万", "元")
    assert hit["appeared"] == {"after": None, "by": MONDAY.isoformat()}
    assert (hit["first"], hit["last"]) == (MONDAY.isoformat(), (MONDAY + DAY).isoformat())
    assert hit["gone"] == {"after": (MONDAY + DAY).isoformat(), "by": (MONDAY + 2 * DAY).isoformat()}
    assert (hit["there"], hit["outcome"], hit["reason"]) == (False, "ok", "200")
    shown = door("search", "2025万").out
    assert ">>２０２５万<<元" in shown
    assert "gone 2025-03-04 10:00 - 2025-03-05 10:00" in shown
    assert "there from the first look, 2025-03-03 10:00" in shown


def test_what_is_still_there_and_what_nobody_could_see_are_told_apart(door: Door, story: Story) -> None:
    shown = door("search", "又及").out
    assert "appeared 2025-03-03 10:00 - 2025-03-04 10:00" in shown
    assert "still there 2025-03-05 10:00" in shown
    story.run(MONDAY + 3 * DAY, (REPORT, Outcome.BLOCKED))
    assert "now not known: blocked" in door("search", "又及").out
    story.run(MONDAY + 4 * DAY, (REPORT, Outcome.GONE))
    assert "page now: gone" in door("search", "又及").out


def test_what_is_beyond_the_limit_is_counted(door: Door) -> None:
    told = door("search", "征地", "--limit", 1, "--json")
    assert len(told.json) == 1
    assert "and 1 more; see them with --limit 2" in told.err
    assert "and 1 more; see them with --limit 2" in door("search", "征地", "--limit", 1).out
    assert "more" not in door("search", "征地", "--limit", 2).out


def test_no_hit_is_an_answer_and_no_failure(door: Door) -> None:
    assert (door("search", "没有这话", "--json").json, door("search", "没有这话", "--json").code) == ([], 0)
    told = door("search", "没有\x1b[31m这话")
    assert (told.code, told.out) == (0, "no version of any page holds 没有[31m这话\n")


def test_what_cannot_be_searched_for_is_told_in_one_line(door: Door) -> None:
    assert door("search", " ").err == "gongkai: there is nothing to look for; give a text of one character or more\n"
    assert "no site www.other.example is watched" in door("search", "征地", "--site", "www.other.example").err
    assert len(door("search", "征地", "--site", HOST.upper(), "--json").json) == 2
    assert door("search").code == 2


def test_hostile_text_of_a_page_moves_no_cursor(door: Door, story: Story) -> None:
    story.run(MONDAY + 3 * DAY, (REPORT, article("红\x1b[31m字\u202e倒")))
    shown = door("search", "字").out
    assert ">>字<<倒" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_judging_leaves_nothing_waiting_to_be_indexed(door: Door, store: Store) -> None:
    assert store.count_to_index() > 0
    assert door("judge").code == 0
    assert store.count_to_index() == 0


def test_judging_ends_well_if_the_text_cannot_be_indexed(
    door: Door, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreError("the database cannot be used")

    monkeypatch.setattr(searching, "index_waiting", refuse)
    told = door("judge", "--json")
    assert told.code == 0
    assert isinstance(told.json, list)
    assert "could not be indexed" in told.err
