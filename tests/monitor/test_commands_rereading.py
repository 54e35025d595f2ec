"""`gongkai reread`: all that is kept, read anew; what came out different or could not be read is told, and nothing is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from front_door import Door, Said
from scenes import COLUMN, DAY, HOST, MONDAY, REPORT, Story, page, watch

from crawler.reader import PageReader
from storage.records import Dates, Entry, Reading, Reread, Role, RunState, Selectors, Site, Watchlist
from storage.store import Store

TEXTS = tuple(f"为进一步规范全县行政规范性文件的制定和管理工作，现就第{n}项事宜通知如下，请认真贯彻执行。" for n in range(3))


def bytes_of(text: str) -> bytes:
    title = "关于清理文件的通知"
    head = f'<title>{title}</title><meta name="ArticleTitle" content="{title}">'
    return f'<html><head>{head}</head><body><div id="zoom"><p>{text}</p></div></body></html>'.encode()


LIST = (
    '<html><head><title>年报</title><meta name="ColumnName" content="年报"></head><body><ul>'
    + "".join(f'<li><a href="{REPORT}?{n}">关于第{n}件事情的通知</a><span>2025-03-0{n}</span></li>' for n in range(1, 4))
    + "</ul></body></html>"
).encode()


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> tuple[Store, Door]:
    """Three versions of a report and one of a column, read by a reader of long ago that was nearly blind."""
    watch(store, page(REPORT), page(COLUMN, Role.COLUMN))
    story = Story(store)
    for day, text in enumerate(TEXTS):
        run = story.begin(MONDAY + day * DAY)
        old = Reading(kind="article", title="通知", dates=Dates(shown="2025-03-01"), body=(f"旧{day}",), reader="old")
        story.look(run, REPORT, old, MONDAY + day * DAY, bytes_of(text))
        rows = Reading(kind="listing", title="年报", entries=(Entry("旧", f"{REPORT}?1", None),), reader="old")
        story.look(run, COLUMN, rows, MONDAY + day * DAY, LIST)
        store.close_run(run.id, RunState.SOUND, (), MONDAY + day * DAY)
    return store, Door(tmp_path / "home", {"GONGKAI_DATABASE_URL": store.engine.url.render_as_string(hide_password=False)})


def reread(door: Door, *words: object) -> Said:
    told = door("reread", *words, "--json")
    assert told.code == 0, told.err
    return told


def test_all_versions_are_read_anew_and_the_second_time_nothing_is_left(kept: tuple[Store, Door]) -> None:
    store, door = kept
    told = reread(door).json
    assert {name: told[name] for name in ("versions", "read", "different", "left", "kept")} == {
        "versions": 4, "read": 4, "different": 4, "left": 0, "kept": [],
    }  # fmt: skip
    assert (told["differing"]["title"], told["differing"]["body"], told["differing"]["entries"]) == (3, 3, 1)
    read = [version.reading for version in store.snapshots(REPORT)]
    assert [reading.body for reading in read if reading] == [(text,) for text in TEXTS]
    assert {reading.reader for reading in read if reading} == {PageReader.version}
    known = store.page_at(REPORT)
    assert known
    assert known.title == "关于清理文件的通知"
    assert reread(door).json["versions"] == 0
    assert "nothing to read anew" in door("reread").out
    assert reread(door, "--all").json["different"] == 0
    assert reread(door, HOST, "--all").json["read"] == 4


def test_no_finding_is_raised_by_it(kept: tuple[Store, Door]) -> None:
    store, door = kept
    assert door("judge").code == 0
    before = store.findings()
    reread(door)
    assert store.findings() == before
    assert door("judge", "--json").json == []


def test_rows_that_were_passed_over_were_there_at_the_first_look_that_brought_these_bytes(kept: tuple[Store, Door]) -> None:
    store, door = kept
    reread(door)
    rows = {one.url: one for one in store.duty_ground("qinghe").candidates}
    assert [rows[f"{REPORT}?{n}"].title for n in (1, 2, 3)] == [f"关于第{n}件事情的通知" for n in (1, 2, 3)]
    assert [(rows[f"{REPORT}?{n}"].first_seen, rows[f"{REPORT}?{n}"].absent_by) for n in (2, 3)] == [(MONDAY, None)] * 2


def test_a_version_in_which_nothing_can_be_read_now_keeps_its_reading_and_is_listed(
    kept: tuple[Store, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, door = kept
    real = PageReader.read

    def read(self: PageReader, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        if "第1项".encode() in body:
            return Reading(reader=self.version)
        if "第2项".encode() in body:
            raise RuntimeError("this version breaks the reader")
        return real(self, body, url=url, content_type=content_type)

    monkeypatch.setattr(PageReader, "read", read)
    told = reread(door).json
    assert told["read"] == 2
    assert told["kept"] == [
        {"url": REPORT, "version": 3, "why": "the reader broke: RuntimeError"},
        {"url": REPORT, "version": 2, "why": "nothing can be read in it now"},
    ]
    assert [version.reading.reader for version in store.snapshots(REPORT) if version.reading] == [
        PageReader.version,
        "old",
        "old",
    ]
    people = door("reread")
    assert people.code == 0
    assert "read anew: 0 of 2 versions" in people.out
    assert "nothing can be read in it now" in people.out


def test_it_stops_cleanly_and_the_next_one_goes_on_with_what_is_left(
    kept: tuple[Store, Door], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, door = kept
    real, asked = store.__class__.read_anew, []

    def read_anew(self: Store, version: int, reader: Any) -> Reread:
        asked.append(version)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return real(self, version, reader)

    monkeypatch.setattr(Store, "read_anew", read_anew)
    told = door("reread")
    assert told.code == 1
    assert "read anew: 2 of 4 versions" in told.out
    assert told.err.strip().splitlines() == ["gongkai: stopped with 2 of 4 versions left; run it again to go on"]
    assert asked == sorted(asked, reverse=True), "the newest first"
    assert reread(door).json["versions"] == 2


def test_it_goes_on_beside_a_crawl(kept: tuple[Store, Door]) -> None:
    store, door = kept
    story = Story(store)
    at = MONDAY + 4 * DAY
    run = story.begin(at)
    reread(door)
    today = PageReader().read(bytes_of(TEXTS[2]), url=REPORT)
    assert story.look(run, REPORT, today, at, bytes_of(TEXTS[2]) + b"<!-- 2 -->").verdict == "same"
    assert story.look(run, REPORT, replace(today, title="另"), at + DAY, b"x").verdict == "new"


def test_a_site_with_other_selectors_is_read_anew_with_them(kept: tuple[Store, Door]) -> None:
    store, door = kept
    reread(door)
    own = Site(HOST, "青禾县人民政府网站", ("qinghe",), selectors=Selectors(body="#zoom p"))
    store.add_watchlist(Watchlist(sites=(own,)), MONDAY + 5 * DAY)
    assert store.site(HOST) == own
    told = reread(door).json
    assert (told["versions"], told["read"], told["different"]) == (4, 4, 0)
    assert {version.reading.family for version in store.snapshots(REPORT) if version.reading} == {"own"}
    missed = replace(own, selectors=Selectors(body=".gone"))
    store.add_watchlist(Watchlist(sites=(missed,)), MONDAY + 5 * DAY)
    told = reread(door).json
    assert [one["why"] for one in told["kept"]] == ["the site's own selectors find nothing in it"] * 3


def test_an_unknown_site_says_what_to_do(kept: tuple[Store, Door]) -> None:
    told = kept[1]("reread", "www.nowhere.example")
    assert told.code == 1
    assert "no site www.nowhere.example is watched" in told.err
