"""Another reader reads what is stored anew, on both sides: an upgrade opens no version, no change and no finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from portal_server import Reply, article
from world import DAY, HOST, OTHER, PAGES, SENTENCE, START, World, open_world

from crawler.reader import PageReader
from monitor.judge import duty_states
from storage.records import Agency, NewPage, Reading, Role, Selectors, Site, Watchlist

COLUMN = f"http://{HOST}/nianbao/"
NAMES = (
    "全县春季防火工作安排",
    "农村饮水安全抽查结果",
    "县级预算执行情况说明",
    "校车运行检查通报",
    "粮食储备轮换公告",
    "社区养老服务指南",
)
ROWS = tuple((f"/d/{number}.html", name, f"2025-02-{20 - number:02}") for number, name in enumerate(NAMES))
REPORT = ("/d/2024.html", "青禾县人民政府2024年政府信息公开工作年度报告", "2025-03-20")


class Better(PageReader):
    """The reader after an upgrade: it reads every text a little differently."""

    version = "1.next"

    def _page(self, document: Any) -> Reading:
        reading = super()._page(document)
        return replace(reading, title=f"{reading.title}。", body=tuple(line.replace("，", ",") for line in reading.body))


class Blind(PageReader):
    """The reader before an upgrade: it passes over rows with one of these words."""

    version = "0"
    words: tuple[str, ...] = ("年度报告",)

    def _page(self, document: Any) -> Reading:
        reading = super()._page(document)
        seen = (entry for entry in reading.entries if not any(word in entry.title for word in self.words))
        return replace(reading, entries=tuple(seen))


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with open_world(database_url, tmp_path) as made:
        yield made


def shaken(page: str, count: int) -> str:
    """The same page with other bytes."""
    return page.replace("<body>", f"<body><!-- 访问量：{count} -->")


def listing(*rows: tuple[str, str, str]) -> str:
    items = "".join(f'<li><a href="{url}">{title}</a><span>{day}</span></li>' for url, title, day in rows)
    return f'<html><head><title>年报</title><meta name="ColumnName" content="年报"></head><body><ul>{items}</ul></body></html>'


def show(world: World, number: int, *paragraphs: str, count: int = 0) -> None:
    world.portals.put(f"{HOST}/a/{number}.html", shaken(article(f"关于第{number}号文件的通知", "2025-03-01", *paragraphs), count))


def publish(world: World, *rows: tuple[str, str, str], count: int = 0) -> None:
    world.portals.put(f"{HOST}/nianbao/", shaken(listing(*rows), count))
    for url, title, day in rows:
        world.portals.put(f"{HOST}{url}", article(title, day, SENTENCE, f"本报告由青禾县人民政府办公室编制，第{url}号。"))


def watch_column(world: World) -> None:
    agency = Agency("qinghe", "青禾县人民政府", level="county")
    site = Site(HOST, "青禾县人民政府网站", ("qinghe",), scheme="http")
    page = NewPage(COLUMN, Role.COLUMN, venue_for=("annual_report",), named=True)
    world.store.add_watchlist(Watchlist((agency,), (site,), (page,)), START)


def versions(world: World, url: str) -> list[tuple[int, str]]:
    return [(one.number, one.reading.reader) for one in world.store.snapshots(url) if one.reading]


# --- same, new or returned --------------------------------------------------------------------------------------------------


def test_other_bytes_read_by_another_reader_are_no_new_version(world: World) -> None:
    show(world, 0, SENTENCE)
    world.settle_in()
    world.reader = Better()
    show(world, 0, SENTENCE, count=23)
    assert world.days(2) == []
    assert versions(world, world.url(0)) == [(1, "1.next")]
    assert world.store.changes(world.url(0)) == []
    (span,) = world.store.sightings(world.url(0))
    assert span.count == 6


def test_an_edit_at_the_day_of_the_upgrade_is_told_as_an_edit_and_nothing_else(world: World) -> None:
    show(world, 0, SENTENCE)
    world.settle_in()
    world.reader = Better()
    show(world, 0, OTHER)
    (found,) = world.next_day()
    assert found.verdict.kind == "silent_edit"
    (difference,) = found.verdict.detail["differences"]
    assert [span for span in difference["spans"] if span[0] != "="] == [["-", "认真"], ["+", "严格"]]
    (change,) = world.store.changes(world.url(0))
    assert [side.reading.title for side in (change.before, change.after) if side.reading] == ["关于第0号文件的通知。"] * 2


def test_a_page_that_goes_back_after_an_upgrade_is_told_as_a_return(world: World) -> None:
    show(world, 0, SENTENCE)
    world.settle_in()
    show(world, 0, OTHER)
    assert [one.verdict.kind for one in world.next_day()] == ["silent_edit"]
    world.reader = Better()
    show(world, 0, SENTENCE, count=7)
    (found,) = world.next_day()
    assert "back to version 1" in found.verdict.title
    assert versions(world, world.url(0)) == [(1, "1.next"), (2, "1.next")]


def test_two_versions_that_another_reader_reads_alike_stay_two_and_a_third_look_is_the_newer(world: World) -> None:
    class Coarse(PageReader):
        """It reads no text of the kind in which the two differ."""

        version = "coarse"

        def _page(self, document: Any) -> Reading:
            return replace(super()._page(document), body=(SENTENCE,))

    show(world, 0, SENTENCE)
    world.settle_in()
    show(world, 0, OTHER)
    assert len(world.next_day()) == 1
    world.reader = Coarse()
    show(world, 0, OTHER, count=1)
    assert world.days(2) == []
    assert versions(world, world.url(0)) == [(1, "coarse"), (2, "coarse")]
    assert [span.snapshot for span in world.store.sightings(world.url(0))] == [1, 2]


def test_a_version_of_which_the_bytes_are_lost_stops_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one hole that stays: a version opens because of the reader; but nothing is found in it."""
    show(world, 0, SENTENCE)
    world.settle_in()

    class Torn(Better):
        def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
            raise RuntimeError("this version breaks the reader")

    world.reader = Torn()
    show(world, 0, SENTENCE, count=1)
    world.clock.time += DAY
    told = world.crawl()
    assert {event["state"] for event in told if event["event"] == "run"} == {"sound"}
    assert versions(world, world.url(0)) == [(1, PageReader.version), (2, "1.next")]
    world.reader = Better()
    assert world.judge() == []


# --- what stands beside a version: dates, titles, rows ------------------------------------------------------------------------


def test_what_a_page_shows_is_brought_up_with_its_version(world: World) -> None:
    class Dateless(PageReader):
        version = "dateless"

        def _page(self, document: Any) -> Reading:
            reading = super()._page(document)
            return replace(reading, title="未读出", dates=replace(reading.dates, shown=None, meta=None))

    world.reader = Dateless()
    publish(world, REPORT, *ROWS)
    watch_column(world)
    world.clock.time = datetime(2025, 4, 20, 2, 0, tzinfo=UTC)
    world.days(4)
    page = f"http://{HOST}{REPORT[0]}"
    (snapshot,) = world.store.snapshots(page)
    assert world.store.read_anew(snapshot.id, PageReader()).differs == ("title", "dates")
    known = world.store.page_at(page)
    assert known
    assert known.title == REPORT[1]
    assert world.told() == [("missing_report", "settled")]
    (over,) = world.next_day()
    assert (over.verdict.kind, over.verdict.machine) == ("missing_report", "resolved")
    assert annual_report(world).state == "on_time"


def test_rows_that_another_reader_sees_or_passes_over_were_neither_taken_out_nor_added(world: World) -> None:
    """The report stood there on every look that the reader before did not see it in."""
    watch_column(world)
    world.reader = Blind()
    publish(world, *ROWS[:3], REPORT, *ROWS[3:])
    world.clock.time = datetime(2025, 4, 20, 2, 0, tzinfo=UTC)
    world.days(5)
    for reader, count in ((PageReader(), 1), (Blind(), 2), (PageReader(), 3)):
        world.reader = reader
        publish(world, *ROWS[:3], REPORT, *ROWS[3:], count=count)
        world.days(2)
    assert not {kind for kind, _ in world.told()} & {"entry_removed", "late_report", "backdated", "page_changed", "silent_edit"}
    assert len(world.store.snapshots(COLUMN)) == 1
    state = annual_report(world)
    assert (state.state, state.grounds, state.absent_at) == ("on_time", "shown", None)


def test_a_row_is_not_called_absent_by_a_look_whose_bytes_this_reader_never_read(world: World) -> None:
    """It came while the reader before passed it over: of that version only the bytes of its first look are kept."""
    watch_column(world)
    world.reader = Blind()
    publish(world, *ROWS)
    world.clock.time = datetime(2025, 3, 10, 2, 0, tzinfo=UTC)
    world.days(4)
    publish(world, REPORT, *ROWS)
    world.clock.time = datetime(2025, 4, 20, 2, 0, tzinfo=UTC)
    world.days(2)
    world.reader = PageReader()
    publish(world, REPORT, *ROWS, count=1)
    world.days(2)
    state = annual_report(world)
    assert (state.state, state.absent_at) == ("on_time", None)
    assert not {kind for kind, _ in world.told()} & {"late_report", "backdated"}


def test_a_row_taken_out_at_the_day_of_the_upgrade_is_still_missed(world: World) -> None:
    watch_column(world)
    world.reader = Blind()
    publish(world, REPORT, *ROWS)
    world.clock.time = datetime(2025, 4, 20, 2, 0, tzinfo=UTC)
    world.days(5)
    world.reader = PageReader()
    publish(world, REPORT, *ROWS[:2], *ROWS[3:])
    (found,) = [one for one in world.next_day() if one.verdict.kind == "entry_removed"]
    assert [row["title"] for row in found.verdict.detail["rows"]] == [NAMES[2]]


def test_rows_come_as_new_again_once_the_column_was_read_by_this_reader(world: World) -> None:
    watch_column(world)
    world.reader = Blind()
    publish(world, *ROWS)
    world.clock.time = datetime(2025, 4, 2, 2, 0, tzinfo=UTC)
    world.days(5)
    world.reader = PageReader()
    publish(world, REPORT, *ROWS)
    world.next_day()
    state = annual_report(world)
    assert state.absent_at is not None, "the very bytes of the look before were read by this reader, without the row"


def annual_report(world: World) -> Any:
    states = duty_states(world.store, world.clock.time)
    return next(state for instance, state in states if (instance.duty, instance.period) == ("annual_report", "2024"))


def test_bytes_that_stay_the_same_keep_their_old_reading_until_they_are_read_anew(world: World) -> None:
    world.settle_in()
    world.portals.pages[f"{HOST}/a/1.html"] = Reply(world.portals.pages[f"{HOST}/a/1.html"].body)
    world.reader = Better()
    assert world.days(2) == []
    assert versions(world, world.url(1)) == [(1, PageReader.version)]
    (snapshot,) = world.store.snapshots(world.url(1))
    told = world.store.read_anew(snapshot.id, Better())
    assert (told.number, told.differs, told.kept) == (1, ("title", "body"), "")
    assert world.days(2) == []
    assert versions(world, world.url(1)) == [(1, "1.next")]


# --- a site's own selectors ---------------------------------------------------------------------------------------------------


def say(world: World, **selectors: str) -> None:
    """A person tells where the site's things stand."""
    own = Selectors(**selectors)
    world.store.add_watchlist(Watchlist(sites=(Site(HOST, "清河", scheme="http", selectors=own),)), world.clock.time)


def dressed(number: int, *paragraphs: str, name: str = "text", count: int = 0) -> str:
    """A page of a make that no family knows: its text stands beside a box that weighs more."""
    told = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    beside = "".join(f"<p>{SENTENCE}这一段说明与本文无关，第{n}次重复。</p>" for n in range(4))
    title = f"关于第{number}号文件的通知"
    head = f'<title>{title}</title><meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="2025-03-01">'
    return shaken(
        f'<html><head>{head}</head><body><section class="{name}">{told}</section><section>{beside}</section></body></html>', count
    )


def dress(world: World, *paragraphs: str, name: str = "text", count: int = 0) -> None:
    for number in range(PAGES):
        world.portals.put(f"{HOST}/a/{number}.html", dressed(number, *(paragraphs or (OTHER,)), name=name, count=count))


def test_new_selectors_raise_no_change_whether_the_bytes_move_or_not(world: World) -> None:
    dress(world)
    world.settle_in()
    say(world, body=".text")
    assert world.days(2) == []
    dress(world, count=3)
    assert world.days(2) == []
    (version,) = world.store.snapshots(world.url(0))
    assert version.reading
    assert (version.reading.family, version.reading.body) == ("own", (OTHER,))
    assert world.store.changes(world.url(0)) == []


def test_an_edit_on_the_day_of_new_selectors_is_told_by_them_on_both_sides(world: World) -> None:
    dress(world)
    world.settle_in()
    say(world, body=".text")
    world.portals.put(f"{HOST}/a/0.html", dressed(0, SENTENCE))
    (found,) = world.next_day()
    assert found.verdict.kind == "silent_edit"
    (change,) = world.store.changes(world.url(0))
    assert [side.reading.body for side in (change.before, change.after) if side.reading] == [(OTHER,), (SENTENCE,)]


def test_selectors_that_find_nothing_any_more_are_an_alarm_about_the_site_and_no_change(world: World) -> None:
    say(world, body=".text")
    dress(world)
    world.settle_in()
    dress(world, name="neu", count=1)
    (found,) = world.next_day()
    assert found.verdict.kind == "run_suspect"
    texts = [reason.text for reason in found.verdict.reasons]
    assert f"nothing was found by the site's selector for body on {PAGES} pages" in texts
    (span,) = world.store.sightings(world.url(0))[1:]
    assert (span.outcome.value, span.reason) == ("unreadable", "the site's selector for body found nothing: .text")
    assert [len(world.store.snapshots(world.url(number))) for number in range(PAGES)] == [1] * PAGES
    say(world, body=".text, .neu")
    assert {(one.verdict.kind, one.verdict.machine) for one in world.days(2)} == {("run_suspect", "resolved")}
    assert [len(world.store.snapshots(world.url(number))) for number in range(PAGES)] == [1] * PAGES


def test_where_they_find_nothing_on_one_side_neither_is_read_with_them(world: World) -> None:
    """The page was made anew between two looks: what is held against each other is what one reader reads."""
    dress(world, OTHER)
    world.settle_in()
    say(world, body=".neu")
    dress(world, OTHER, name="neu", count=1)
    assert world.days(2) == []
    assert {one.noise_only for one in world.store.changes(world.url(0))} <= {True}
    assert world.store.findings() == []


def test_one_stray_page_is_unreadable_and_the_others_are_judged(world: World) -> None:
    say(world, body=".text")
    dress(world)
    world.settle_in()
    world.portals.put(f"{HOST}/a/0.html", dressed(0, OTHER, name="neu"))
    world.portals.put(f"{HOST}/a/1.html", dressed(1, SENTENCE))
    (found,) = world.next_day()
    assert (found.verdict.kind, found.verdict.url) == ("silent_edit", world.url(1))
