"""What a watchdog must get right, through the real rooms: portals on loopback, crawl, archive, judge and mail, on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
from crawling import looks, runs
from front_door import Door
from portal_server import Reply, article
from world import CONTENT_KINDS, DAY, HOST, HTML, OTHER, PAGES, SENTENCE, START, World, open_world

from crawler.reader import PageReader
from monitor.judge import duty_states
from storage.records import Agency, NewPage, Reading, Role, Site, Watchlist


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with open_world(database_url, tmp_path) as made:
        yield made


# --- versions ---------------------------------------------------------------------------------------------------------------


def test_a_to_b_to_a_gives_two_findings_and_the_second_is_told_as_a_return(world: World) -> None:
    world.show(0, SENTENCE)
    world.settle_in()
    world.show(0, OTHER)
    (first,) = world.next_day()
    world.show(0, SENTENCE)
    (second,) = world.next_day()
    assert [one.verdict.kind for one in (first, second)] == ["silent_edit", "silent_edit"]
    assert "back to version 1" in second.verdict.title
    assert "back to version" not in first.verdict.title
    assert [one.reading.body for one in world.store.snapshots(world.url(0)) if one.reading] == [(SENTENCE,), (OTHER,)]
    assert [span.snapshot for span in world.store.sightings(world.url(0))] == [1, 2, 1]
    assert world.days(2) == []


def test_a_gbk_page_without_a_charset_reads_like_its_utf8_twin_and_their_switching_is_no_news(world: World) -> None:
    page = article("关于第0号文件的通知", "2025-03-01", SENTENCE)
    twins = [Reply(page.encode(coding), headers=(("Content-Type", "text/html"),)) for coding in ("gb18030", "utf-8")]
    for day in range(8):
        world.portals.pages[f"{HOST}/a/0.html"] = twins[day % 2]
        assert world.next_day() == []
    (only,) = world.store.snapshots(world.url(0))
    assert only.reading
    assert only.reading.body == (SENTENCE,)
    read = [PageReader().read(bytes(twin.body), url=world.url(0), content_type="text/html") for twin in twins]  # type: ignore[arg-type]
    assert read[0].identity == read[1].identity
    assert {one.encoding for one in read} == {"gb18030", "utf-8"}


def test_only_the_two_edited_characters_are_marked_in_diff_and_in_the_mail(world: World) -> None:
    assert len(SENTENCE) >= 60
    world.show(0, SENTENCE)
    world.settle_in()
    world.show(0, OTHER)
    (found,) = world.next_day()
    (difference,) = found.verdict.detail["differences"]
    assert [span for span in difference["spans"] if span[0] != "="] == [["-", "认真"], ["+", "严格"]]
    said = Door(world.home, {"GONGKAI_DATABASE_URL": world.database_url})("diff", world.url(0))
    assert said.code == 0, said.err
    assert "[-认真-]{+严格+}" in said.out
    assert said.out.count("[-") == said.out.count("{+") == 1
    world.deliver()
    (mail,) = world.store.messages()
    html = message_from_bytes(mail.content, policy=modern).get_body(("html",))
    assert html
    text = html.get_content()
    assert [cut.partition(">")[2].partition("<")[0] for cut in text.split("<del")[1:]] == ["认真"]
    assert [cut.partition(">")[2].partition("<")[0] for cut in text.split("<ins")[1:]] == ["严格"]


class NextReader(PageReader):
    """The reader after an upgrade: it cleans what the old one left, and so reads every page a little differently."""

    version = "1.next"

    def _page(self, document: Any) -> Reading:
        reading = super()._page(document)
        return replace(reading, title=f"{reading.title}。", body=tuple(line.replace("，", ",") for line in reading.body))


def test_another_version_of_the_reader_raises_no_finding(world: World) -> None:
    world.settle_in()
    world.reader = NextReader()
    for number in range(PAGES):
        page = article(f"关于第{number}号文件的通知", "2025-03-01").replace("<body>", "<body><!-- 访问量：23 -->")
        world.portals.put(f"{HOST}/a/{number}.html", page)
    assert world.days(2) == []
    versions = world.store.snapshots(world.url(0))
    assert [one.reading.reader for one in versions if one.reading] == [NextReader.version]
    assert world.store.findings() == []
    world.show(0, SENTENCE)
    (found,) = world.next_day()
    assert found.verdict.kind == "silent_edit"


# --- presence ---------------------------------------------------------------------------------------------------------------


def test_a_page_gone_for_three_looks_over_days_and_then_back_is_told_with_times(world: World) -> None:
    world.settle_in()
    there = world.portals.pages.pop(f"{HOST}/a/0.html")
    gone = [world.next_day() for _ in range(3)]
    assert [[(one.verdict.kind, one.verdict.machine) for one in day] for day in gone] == [
        [("page_removed", "suspected")],
        [],
        [("page_removed", "settled")],
    ]
    world.portals.pages[f"{HOST}/a/0.html"] = there
    assert [(one.verdict.kind, one.verdict.machine) for one in world.next_day()] == [("page_restored", "suspected")]
    back = world.next_day()
    assert sorted((one.verdict.kind, one.verdict.machine) for one in back) == [
        ("page_removed", "resolved"),
        ("page_restored", "settled"),
    ]
    removed, restored = sorted(back, key=lambda one: one.verdict.kind)
    assert removed.id == gone[0][0].id
    first_day = START + 4 * DAY
    assert [_day(time) for time in (removed.verdict.after, removed.verdict.by)] == [_day(first_day), _day(first_day + DAY)]
    assert [_day(t) for t in (restored.verdict.after, restored.verdict.by)] == [_day(first_day + n * DAY) for n in (3, 4)]
    assert {proof.role for proof in removed.verdict.evidence} == {"present", "absent"}
    assert world.days(2) == []


def _day(time: datetime | None) -> Any:
    return time and time.date()


def test_a_removal_of_one_look_never_settles(world: World) -> None:
    world.settle_in()
    there = world.portals.pages.pop(f"{HOST}/a/0.html")
    (found,) = world.next_day()
    assert found.verdict.machine == "suspected"
    world.portals.pages[f"{HOST}/a/0.html"] = there
    world.days(4)
    assert sorted(world.told()) == [("page_removed", "resolved"), ("page_restored", "settled")]


def test_soft_gone_sent_home_and_challenged_are_told_apart_and_none_is_a_change(world: World) -> None:
    world.settle_in()
    kept = dict(world.portals.pages)
    lost = "<html><head><title>提示信息</title></head><body><p>您访问的页面不存在或已被删除！</p></body></html>"
    world.portals.put(f"{HOST}/a/0.html", lost)
    world.portals.pages[f"{HOST}/a/1.html"] = Reply("", 302, (("Location", f"http://{HOST}/"),))
    for number, status in ((2, 412), (3, 521)):
        world.portals.pages[f"{HOST}/a/{number}.html"] = Reply("<html><script>var _$_ab12=1;</script></html>", status, HTML)
    for _ in range(6):
        world.clock.time += DAY
        told = world.crawl()
        world.judge()
    assert dict(looks(told)) == {
        "/": "ok", "/a/0.html": "soft_gone", "/a/1.html": "soft_gone", "/a/2.html": "blocked", "/a/3.html": "blocked",
        "/a/4.html": "ok", "/a/5.html": "ok",
    }  # fmt: skip
    reasons = {event["url"][-6]: event["reason"] for event in told if event["event"] == "look"}
    assert "redirected to the home page" in reasons["1"]
    assert "page says" in reasons["0"]
    found = {(one.verdict.kind, one.verdict.machine, one.verdict.url) for one in world.store.findings()}
    assert found == {("page_removed", "settled", world.url(0)), ("page_removed", "settled", world.url(1))}
    world.portals.pages.update(kept)
    world.days(2)
    after = world.store.findings()
    assert {one.verdict.url for one in after} == {world.url(0), world.url(1)}
    assert not {one.verdict.kind for one in after} & CONTENT_KINDS
    assert sorted((one.verdict.kind, one.verdict.machine) for one in after) == [
        ("page_removed", "resolved"), ("page_removed", "resolved"), ("page_restored", "settled"), ("page_restored", "settled"),
    ]  # fmt: skip


def test_a_site_that_sends_most_pages_home_is_news_about_the_site_and_no_removal(world: World) -> None:
    world.settle_in()
    for number in range(PAGES - 1):
        world.portals.pages[f"{HOST}/a/{number}.html"] = Reply("", 302, (("Location", "/"),))
    for _ in range(4):
        world.clock.time += DAY
        assert runs(world.crawl()) == {HOST: "suspect"}
        world.judge()
    found = world.store.findings()
    assert [one.verdict.kind for one in found] == ["run_suspect", "site_redesigned"]
    assert {(one.verdict.subject, one.verdict.site, one.verdict.agency) for one in found} == {("site", HOST, None)}


def test_what_only_a_suspect_run_saw_come_back_is_still_told(world: World) -> None:
    """The span began in a run that counts for nothing, so the next sound look only lengthens it."""
    world.settle_in()
    there = world.portals.pages.pop(f"{HOST}/a/0.html")
    assert [one.verdict.kind for one in world.next_day()] == ["page_removed"]
    world.portals.pages[f"{HOST}/a/0.html"] = there
    kept = {number: world.portals.pages.pop(f"{HOST}/a/{number}.html") for number in range(1, PAGES)}
    assert [one.verdict.kind for one in world.next_day()] == ["run_suspect"]
    world.portals.pages.update({f"{HOST}/a/{number}.html": page for number, page in kept.items()})
    world.days(2)
    assert sorted(world.told()) == [("page_removed", "resolved"), ("page_restored", "settled"), ("run_suspect", "resolved")]


# --- duties -----------------------------------------------------------------------------------------------------------------


def listing(*rows: tuple[str, str, str]) -> str:
    """A column of rows: address, title, date."""
    items = "".join(f'<li><a href="{url}">{title}</a><span>{day}</span></li>' for url, title, day in rows)
    head = '<title>政府信息公开年报</title><meta name="ColumnName" content="政府信息公开年报">'
    return f'<html><head>{head}</head><body><ul class="list">{items}</ul></body></html>'


def report(year: int, day: str) -> tuple[str, str, str]:
    """The row of a report: address, title, date."""
    return f"/n/{year}.html", f"青禾县人民政府{year}年政府信息公开工作年度报告", day


ROWS = [report(year, f"{year + 1}-03-20") for year in (2023, 2022, 2021)]


def with_agency(world: World, *, venue: bool = True) -> None:
    agency = Agency("qinghe", "青禾县人民政府", level="county")
    site = Site(HOST, "青禾县人民政府网站", ("qinghe",), scheme="http")
    pages = (NewPage(f"http://{HOST}/nianbao/", Role.COLUMN, venue_for=("annual_report",), named=True),) if venue else ()
    world.store.add_watchlist(Watchlist((agency,), (site,), pages), START)


def report_of_2024(world: World) -> Any:
    states = duty_states(world.store, world.clock.time)
    return next(state for instance, state in states if (instance.duty, instance.period) == ("annual_report", "2024"))


def publish(world: World, *rows: tuple[str, str, str], path: str = "/nianbao/") -> None:
    world.portals.put(f"{HOST}{path}", listing(*rows))
    for url, title, day in rows:
        told = f"本报告由青禾县人民政府办公室编制，统计期限为{title[7:11]}年。"
        world.portals.put(f"{HOST}{url}", article(title, day, SENTENCE, told))


def test_a_report_due_on_31_march_that_appears_on_9_april_is_late_by_9_days_on_two_captures(world: World) -> None:
    with_agency(world)
    publish(world, *ROWS)
    world.clock.time = datetime(2025, 3, 24, 2, 0, tzinfo=UTC)
    while world.clock.time.date().isoformat() < "2025-04-08":
        assert not {one.verdict.kind for one in world.next_day()} & {"late_report", "backdated"}
    publish(world, report(2024, "2025-04-09"), *ROWS)
    found = {one.verdict.kind: one.verdict for one in world.next_day()}
    late = found["late_report"]
    assert late.title.startswith("Late by 9 days:")
    assert (late.agency, late.machine) == ("qinghe", "settled")
    absent, present = late.evidence
    assert (absent.role, absent.time.date().isoformat()) == ("absent", "2025-04-08")
    assert (present.role, present.time.date().isoformat()) == ("present", "2025-04-09")
    for proof in late.evidence:
        assert world.store.raw(proof.sha256)
    assert "backdated" not in {kind for kind, _ in world.told()}


def test_a_report_found_late_through_a_column_watched_late_accuses_nobody(world: World) -> None:
    """It lay there all the time, in a place where nobody looked; the venue's looks cannot contradict its date."""
    with_agency(world)
    publish(world, *ROWS)
    world.clock.time = datetime(2025, 4, 20, 2, 0, tzinfo=UTC)
    world.days(5)
    assert report_of_2024(world).state == "missing"
    publish(world, report(2024, "2025-03-20"), path="/gongkai/")
    late = NewPage(f"http://{HOST}/gongkai/", Role.COLUMN, named=True)
    world.store.add_watchlist(Watchlist(pages=(late,)), world.clock.time)
    world.days(2)
    state = report_of_2024(world)
    assert (state.state, state.grounds, state.backdated) == ("on_time", "shown", False)
    assert ("missing_report", "resolved") in world.told()
    assert not {kind for kind, _ in world.told()} & {"late_report", "backdated"}


def test_a_report_that_only_a_better_reader_sees_in_the_list_accuses_nobody(world: World) -> None:
    class Blind(PageReader):
        """The reader before the upgrade: it misses the newest row."""

        version = "0"

        def _page(self, document: Any) -> Reading:
            reading = super()._page(document)
            return replace(reading, entries=reading.entries[1:])

    with_agency(world)
    world.reader = Blind()
    publish(world, report(2024, "2025-03-20"), *ROWS)
    world.clock.time = datetime(2025, 4, 20, 2, 0, tzinfo=UTC)
    world.days(5)
    world.reader = PageReader()
    publish(world, report(2024, "2025-03-20"), *ROWS, ("/n/other.html", "关于2021年防汛工作安排的通知", "2021-03-20"))
    world.days(2)
    state = report_of_2024(world)
    assert (state.state, state.grounds, state.backdated) == ("on_time", "shown", False)
    assert not {kind for kind, _ in world.told()} & {"late_report", "backdated"}
