"""Sites that do not answer, stand behind a shield, are rebuilt, or take down many pages at once: through the real rooms, on each
engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from crawling import runs
from portal_server import Reply, article, column
from world import DAY, HOST, HTML, PAGES, SENTENCE, START, World, open_world

from storage.records import Finding, NewPage, Role, RunState, Watchlist

CHALLENGE = "<html><script>var _$_ab12=1;</script></html>"
LATER = 14


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with open_world(database_url, tmp_path) as made:
        yield made


def turns(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.verdict.kind, one.verdict.machine) for one in findings]


# --- a site that cannot be looked at ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "instead"),
    [
        ("site_unreachable", Reply("down", 502, HTML)),
        ("site_blocked", Reply(CHALLENGE, 412, HTML)),
        ("site_blocked", Reply(CHALLENGE, 521, HTML)),
    ],
    ids=["502", "412", "521"],
)
def test_a_site_that_cannot_be_looked_at_is_one_finding_and_no_page_is_accused(world: World, kind: str, instead: Reply) -> None:
    world.settle_in()
    world.portals.instead = instead
    assert [turns(world.next_day()) for _ in range(4)] == [[(kind, "suspected")], [], [(kind, "settled")], []]
    world.portals.instead = None
    came_back = [turns(world.next_day()) for _ in range(3)]
    assert [(kind, "resolved")] in came_back
    (only,) = world.store.findings()
    assert (only.verdict.agency, only.verdict.site, only.verdict.subject) == (None, HOST, "site")
    assert only.verdict.after is not None
    assert (only.verdict.after - START).days == LATER - 10
    assert {proof.role for proof in only.verdict.evidence} == {"present", "absent"}


@pytest.mark.parametrize("between", [None, Reply(CHALLENGE, 412, HTML)], ids=["well", "a shield"])
def test_a_site_that_wavers_from_look_to_look_is_told_once(world: World, between: Reply | None) -> None:
    world.settle_in()
    told = []
    for instead in (Reply("down", 502, HTML), between) * 4:
        world.portals.instead = instead
        told += turns(world.next_day())
    assert told[0] == ("site_unreachable", "suspected")
    assert told[1:] in ([], [("site_unreachable", "settled")])


def test_an_outage_of_one_crawl_is_over_once_the_site_has_answered_for_a_while(world: World) -> None:
    world.settle_in()
    world.portals.instead = Reply("down", 502, HTML)
    assert turns(world.next_day()) == [("site_unreachable", "suspected")]
    world.portals.instead = None
    world.days(2)
    assert world.told() == [("site_unreachable", "resolved")]


def test_a_settled_outage_is_not_over_with_one_answer(world: World) -> None:
    world.settle_in()
    down = Reply("down", 502, HTML)
    world.portals.instead = down
    world.days(4)
    world.portals.instead = None
    world.clock.time += timedelta(hours=1)
    world.crawl()
    world.judge()
    world.portals.instead = down
    world.days(2)
    assert world.told() == [("site_unreachable", "settled")], "a site that wavers is told once"


def test_a_second_look_that_gets_through_keeps_an_outage_a_suspicion(world: World) -> None:
    world.settle_in()
    well = dict(world.portals.pages)
    for _ in range(4):
        world.clock.time += DAY + timedelta(minutes=1)
        world.portals.pages = dict.fromkeys(well, Reply("down", 502, HTML))
        world.crawl()
        world.portals.pages = well
        world.judge()
    assert world.told() == [("site_unreachable", "suspected")]
    assert any("got through" in reason.text for one in world.store.findings() for reason in one.verdict.reasons)


def test_pages_gone_before_an_outage_do_not_settle_by_it(world: World) -> None:
    world.settle_in()
    world.portals.pages.pop(f"{HOST}/a/0.html")
    assert turns(world.next_day()) == [("page_removed", "suspected")]
    world.portals.instead = Reply(CHALLENGE, 412, HTML)
    world.days(5)
    assert sorted(world.told()) == [("page_removed", "suspected"), ("site_blocked", "settled")]


# --- a site that was rebuilt ------------------------------------------------------------------------------------------------


def rebuild(world: World) -> None:
    """Old addresses lead to the home page, the documents stand elsewhere."""
    for number in range(PAGES):
        world.portals.pages[f"{HOST}/a/{number}.html"] = Reply("", 302, (("Location", "/"),))
        world.portals.put(f"{HOST}/new/{number}.html", article(f"关于第{number}号文件的通知", "2025-03-01"))
    rows = [(f"/new/{number}.html", f"关于第{number}号文件的通知") for number in range(PAGES)]
    world.portals.put(f"{HOST}/list/", column("文件", rows))


def watch_list(world: World) -> None:
    rows = [(f"/a/{number}.html", f"关于第{number}号文件的通知") for number in range(PAGES)]
    world.portals.put(f"{HOST}/list/", column("文件", rows))
    page = NewPage(f"http://{HOST}/list/", Role.COLUMN, "文件", named=True)
    world.store.add_watchlist(Watchlist(pages=(page,)), START)


def test_a_redesign_is_told_adopted_after_seven_days_and_no_page_is_called_removed(world: World) -> None:
    watch_list(world)
    world.settle_in()
    rebuild(world)
    told = [turns(world.next_day()) for _ in range(8)]
    assert told[0] == [("run_suspect", "settled")]
    assert told[2] == [("site_redesigned", "suspected")]
    assert ("site_redesigned", "settled") in told[7]
    world.days(6)
    assert sorted(world.told()) == [("run_suspect", "resolved"), ("site_redesigned", "settled")]
    assert world.store.runs(HOST)[0].state is RunState.SOUND
    world.portals.pages.pop(f"{HOST}/new/3.html")
    assert turns(world.next_day()) == [("page_removed", "suspected")]
    (removed,) = [one for one in world.store.findings() if one.verdict.kind == "page_removed"]
    assert removed.verdict.url == f"http://{HOST}/new/3.html"


def test_of_a_redesign_the_same_pages_are_looked_at_until_its_crawls_agree(world: World) -> None:
    """Pages are due weekly and columns daily: a crawl of columns and new pages alone must not make the new pages known."""
    watch_list(world)
    world.settle_in()
    world.days(6)
    rebuild(world)
    assert turns(world.next_day()) == [("run_suspect", "settled")]
    for _ in range(8):
        world.clock.time += DAY + timedelta(minutes=1)
        world.crawl(mode="due")
        world.judge()
    assert sorted(world.told()) == [("run_suspect", "resolved"), ("site_redesigned", "settled")]


def test_a_redesign_taken_back_in_time_leaves_nothing(world: World) -> None:
    world.settle_in()
    old = dict(world.portals.pages)
    rebuild(world)
    world.days(4)
    world.portals.pages.update(old)
    world.days(2)
    assert sorted(world.told()) == [("run_suspect", "resolved"), ("site_redesigned", "resolved")]


def test_a_redesign_taken_back_after_it_was_adopted_is_no_flood_of_returns(world: World) -> None:
    world.settle_in()
    old = dict(world.portals.pages)
    rebuild(world)
    world.days(13)
    world.portals.pages.update(old)
    assert world.days(4) == []
    world.portals.pages.pop(f"{HOST}/a/3.html")
    assert turns(world.next_day()) == [("page_removed", "suspected")]
    world.portals.pages.update(old)
    assert turns(world.next_day()) == [("page_restored", "suspected")]


def test_a_person_may_adopt_a_redesign_at_once(world: World) -> None:
    world.settle_in()
    rebuild(world)
    world.days(2)
    world.store.adopt(HOST, world.clock.time)
    world.next_day()
    assert world.store.runs(HOST)[0].state is RunState.SOUND
    world.days(5)
    assert not [kind for kind, _ in world.told() if kind.startswith("page_")]


def test_pages_that_no_crawl_had_looked_at_when_a_redesign_was_adopted_are_not_called_removed_later(world: World) -> None:
    world.settle_in()
    world.store.adopt(HOST, world.clock.time)
    for number in (0, 1):
        world.portals.pages.pop(f"{HOST}/a/{number}.html")
    assert world.days(6) == []
    world.portals.pages.pop(f"{HOST}/a/2.html")
    (found,) = world.next_day()
    assert (found.verdict.kind, found.verdict.url) == ("page_removed", world.url(2)), "it was seen since"


def test_a_column_that_stays_empty_does_not_keep_a_site_suspect_once_a_person_adopted_it(world: World) -> None:
    watch_list(world)
    world.settle_in()
    notice = "<p>本栏目暂无内容，敬请期待，谢谢您对本站的关注和支持，欢迎您常来看看。</p>"
    empty = f'<html><head><title>文件</title><meta name="ColumnName" content="文件"></head><body>{notice}</body></html>'
    world.portals.put(f"{HOST}/list/", empty)
    (suspect,) = world.next_day()
    assert suspect.verdict.kind == "run_suspect"
    assert any(f"gongkai adopt {HOST}" in reason.text for reason in suspect.verdict.reasons)
    assert world.days(2) == []
    world.store.adopt(HOST, world.clock.time)
    assert turns(world.next_day()) == [("run_suspect", "resolved")]


# --- many pages at once -----------------------------------------------------------------------------------------------------


@pytest.fixture
def large(world: World) -> World:
    """A site of twenty documents."""
    for number in range(PAGES, 20):
        world.show(number)
    world.crawls.watch(HOST, articles=[f"/a/{number}.html" for number in range(PAGES, 20)])
    return world


def test_many_pages_gone_at_once_are_one_grave_finding_that_settles_and_ends_with_them(large: World) -> None:
    large.settle_in()
    kept = {number: large.portals.pages.pop(f"{HOST}/a/{number}.html") for number in range(6)}
    (found,) = large.next_day()
    verdict = found.verdict
    assert (verdict.kind, verdict.subject, verdict.machine, verdict.severity) == ("page_removed", "site", "suspected", "high")
    assert verdict.detail["gone"] == 6
    assert {page["url"] for page in verdict.detail["pages"]} == {large.url(number) for number in range(6)}
    large.portals.pages.pop(f"{HOST}/a/9.html")
    assert turns(large.days(2)) == [("page_removed", "settled")]
    (group,) = large.store.findings()
    assert group.verdict.detail["gone"] == 7, "a page that follows joins them"
    large.portals.pages.update({f"{HOST}/a/{number}.html": page for number, page in kept.items()})
    large.show(9)
    large.days(2)
    ended = [one for one in large.store.findings() if one.verdict.kind == "page_removed"]
    assert [one.verdict.machine for one in ended] == ["resolved"]


def test_pages_that_vanished_together_are_not_back_because_they_could_not_be_looked_at(large: World) -> None:
    large.settle_in()
    addresses = [f"{HOST}/a/{number}.html" for number in range(6)]
    kept = {where: large.portals.pages.pop(where) for where in addresses}
    assert turns(large.days(3)) == [("page_removed", "suspected"), ("page_removed", "settled")]
    large.portals.pages.update(dict.fromkeys(addresses, Reply("down", 502, HTML)))
    large.portals.pages.pop(f"{HOST}/a/9.html")
    assert runs(large.crawls.crawl(HOST, mode="all", as_of=large.clock.time + DAY)) == {HOST: "sound"}
    large.clock.time += DAY
    assert ("page_removed", "resolved") not in turns(large.judge()), "a look that failed is no return"
    for where in addresses:
        large.portals.pages.pop(where)
    large.days(2)
    large.portals.pages.update(kept)
    assert ("page_removed", "resolved") not in turns(large.next_day()), "one good look does not end what three settled"
    for where in addresses:
        large.portals.pages.pop(where)
    assert ("page_removed", "suspected") not in turns(large.next_day())
    together = [one for one in large.store.findings() if one.verdict.kind == "page_removed" and one.verdict.subject == "site"]
    assert [one.verdict.machine for one in together] == ["settled"], "one deed, told once"


def test_a_finding_of_many_pages_names_those_that_are_gone_now(large: World) -> None:
    large.settle_in()
    first = large.portals.pages.pop(f"{HOST}/a/0.html")
    for number in range(1, 6):
        large.portals.pages.pop(f"{HOST}/a/{number}.html")
    large.next_day()
    large.portals.pages.pop(f"{HOST}/a/9.html")
    large.portals.pages[f"{HOST}/a/0.html"] = first
    large.next_day()
    (group,) = [one for one in large.store.findings() if one.verdict.subject == "site"]
    assert {page["url"] for page in group.verdict.detail["pages"]} == {large.url(number) for number in (1, 2, 3, 4, 5, 9)}


def test_four_pages_gone_at_once_are_told_one_by_one(large: World) -> None:
    large.settle_in()
    for number in range(4):
        large.portals.pages.pop(f"{HOST}/a/{number}.html")
    assert [one.verdict.subject for one in large.next_day()] == ["page"] * 4


def test_before_anything_is_called_removed_other_pages_are_looked_at(large: World) -> None:
    """Pages are looked at weekly: of a redesign the first two lost ones would look like two removals."""
    large.settle_in()
    numbers = {large.url(number): page.id for number in range(20) if (page := large.store.page_at(large.url(number)))}
    large.store.set_paces({page: timedelta(days=30) for page in numbers.values()})
    large.store.set_paces({numbers[large.url(number)]: timedelta(hours=12) for number in (0, 1, 2)})
    assert len(large.store.tasks(HOST, large.clock.time + DAY)) == 4, "the home page and three articles"
    old = dict(large.portals.pages)
    for number in range(20):
        large.portals.pages[f"{HOST}/a/{number}.html"] = Reply("", 302, (("Location", "/"),))
    large.clock.time += DAY
    assert runs(large.crawl(mode="due")) == {HOST: "suspect"}
    assert turns(large.judge()) == [("run_suspect", "settled")]
    large.portals.pages = {where: page for where, page in old.items() if where[-7:-5] not in ("/0", "/1", "/2")}
    large.clock.time += DAY
    assert runs(large.crawl(mode="due")) == {HOST: "sound"}, "three documents are gone, and the others prove it"
    assert [one.verdict.kind for one in large.judge() if one.verdict.machine != "resolved"] == ["page_removed"] * 3


def test_a_redesign_whose_first_crawl_asks_for_no_old_page_is_seen_by_its_columns(large: World) -> None:
    """The column lists other addresses, and no article is due: without a sample the new pages would become the known ones."""
    rows = [(f"/a/{number}.html", f"关于第{number}号文件的通知") for number in range(20)]
    large.portals.put(f"{HOST}/list/", column("文件", rows))
    page = NewPage(f"http://{HOST}/list/", Role.COLUMN, "文件", named=True)
    large.store.add_watchlist(Watchlist(pages=(page,)), START)
    large.settle_in()
    numbers = [page.id for number in range(20) if (page := large.store.page_at(large.url(number)))]
    large.store.set_paces(dict.fromkeys(numbers, timedelta(days=30)))
    for number in range(20):
        large.portals.pages[f"{HOST}/a/{number}.html"] = Reply("", 302, (("Location", "/"),))
        large.portals.put(f"{HOST}/new/{number}.html", article(f"关于第{number}号文件的通知", "2025-03-01"))
    large.portals.put(f"{HOST}/list/", column("文件", [(f"/new/{number}.html", name) for number, (_, name) in enumerate(rows)]))
    for _ in range(10):
        large.clock.time += DAY + timedelta(minutes=1)
        large.crawl(mode="due")
        large.judge()
    assert sorted(large.told()) == [("run_suspect", "resolved"), ("site_redesigned", "settled")]


# --- rows of a column -------------------------------------------------------------------------------------------------------


def show_rows(world: World, *numbers: int, more: bool = True) -> None:
    days = {number: date(2025, 3, 1) - timedelta(days=number) for number in numbers}
    rows = "".join(
        f'<li><a href="/a/{number}.html">关于第{number}号文件的通知</a><span>{day}</span></li>' for number, day in days.items()
    )
    further = '<div class="page"><a href="/list/2.html">下一页</a></div>' if more else ""
    world.portals.put(
        f"{HOST}/list/",
        f'<html><head><title>通知公告</title><meta name="ColumnName" content="通知公告"></head>'
        f'<body><div class="list"><ul>{rows}</ul></div>{further}</body></html>',
    )


@pytest.fixture
def listed(world: World) -> World:
    show_rows(world, *range(PAGES))
    page = NewPage(f"http://{HOST}/list/", Role.COLUMN, "通知公告", named=True)
    world.store.add_watchlist(Watchlist(pages=(page,)), START)
    return world


def test_a_row_taken_out_between_its_neighbours_is_suspected_then_settled_then_over(listed: World) -> None:
    listed.settle_in()
    show_rows(listed, 0, 1, 3, 4, 5)
    (found,) = listed.next_day()
    assert (found.verdict.kind, found.verdict.machine, found.verdict.url) == ("entry_removed", "suspected", listed.url(2))
    assert found.verdict.subject == "entry"
    assert turns(listed.days(2)) == [("entry_removed", "settled")]
    assert listed.days(2) == []
    show_rows(listed, *range(PAGES))
    assert turns(listed.next_day()) == [("entry_removed", "resolved")]


def test_a_row_that_comes_back_under_another_address_is_listed_again(listed: World) -> None:
    listed.settle_in()
    show_rows(listed, 0, 1, 3, 4, 5)
    assert turns(listed.next_day()) == [("entry_removed", "suspected")]
    show_rows(listed, *range(PAGES))
    page = listed.portals.pages[f"{HOST}/list/"]
    listed.portals.pages[f"{HOST}/list/"] = replace(page, body=str(page.body).replace("/a/2.html", "/b/2.html"))
    listed.portals.put(f"{HOST}/b/2.html", article("关于第2号文件的通知", "2025-03-01"))
    assert turns(listed.next_day()) == [("entry_removed", "resolved")]


def test_rows_that_roll_off_or_were_pinned_or_stand_elsewhere_are_not_missed(listed: World) -> None:
    listed.settle_in()
    listed.show(7, SENTENCE, day="2025-03-20")
    for rows in ((7, 0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5), (5, 0, 1, 2, 3, 4), (0, 1, 2, 3, 4)):
        show_rows(listed, *rows)
        listed.next_day()
    assert not [kind for kind, _ in listed.told() if kind == "entry_removed"]


def test_a_row_whose_page_is_gone_too_is_told_as_the_page(listed: World) -> None:
    listed.settle_in()
    listed.portals.pages.pop(f"{HOST}/a/2.html")
    show_rows(listed, 0, 1, 3, 4, 5)
    (found,) = listed.next_day()
    assert (found.verdict.kind, found.verdict.also) == ("page_removed", ("entry_removed",))


def test_of_a_page_whose_row_had_rolled_off_long_before_nothing_is_said_of_the_row(listed: World) -> None:
    listed.settle_in()
    listed.show(7, SENTENCE, day="2025-03-20")
    show_rows(listed, 7, 0, 1, 2, 3, 4)
    listed.days(3)
    listed.portals.pages.pop(f"{HOST}/a/5.html")
    (found,) = listed.next_day()
    assert (found.verdict.kind, found.verdict.also) == ("page_removed", ())
    assert not any("row" in reason.text for reason in found.verdict.reasons)


def test_a_site_that_lets_a_notice_column_sleep_is_told_after_half_a_year(listed: World) -> None:
    listed.settle_in()
    start = listed.clock.time
    listed.clock.time = start + timedelta(days=170)
    assert listed.days(2) == []
    listed.clock.time = start + timedelta(days=190)
    assert turns(listed.days(2)) == [("stale_column", "suspected"), ("stale_column", "settled")]
    (asleep,) = listed.store.findings()
    assert (asleep.verdict.url, asleep.verdict.detail["newest"]) == (f"http://{HOST}/list/", "2025-03-01")
    listed.show(9, SENTENCE, day="2025-09-20")
    rows = f'<li><a href="/a/9.html">关于第9号文件的通知</a><span>{listed.clock.time.date()}</span></li>'
    page = listed.portals.pages[f"{HOST}/list/"]
    listed.portals.pages[f"{HOST}/list/"] = replace(page, body=str(page.body).replace("<ul>", f"<ul>{rows}"))
    assert ("stale_column", "resolved") in turns(listed.next_day())


def test_a_column_without_dates_is_not_asleep_because_its_rows_came_with_a_redesign(listed: World) -> None:
    page = listed.portals.pages[f"{HOST}/list/"]
    undated = re.sub(r"<span>.*?</span>", "", str(page.body))
    listed.portals.pages[f"{HOST}/list/"] = replace(page, body=undated)
    listed.settle_in()
    listed.clock.time += timedelta(days=170)
    listed.days(1)
    listed.store.adopt(HOST, listed.clock.time)
    listed.portals.pages[f"{HOST}/list/"] = replace(page, body=undated.replace("/a/", "/new/"))
    listed.clock.time += timedelta(days=9)
    assert "stale_column" not in [kind for kind, _ in turns(listed.days(5))]


def test_a_column_that_is_looked_at_weekly_sleeps_as_well_as_one_looked_at_daily(listed: World) -> None:
    listed.settle_in()
    listed.clock.time += timedelta(days=190)
    told = []
    for _ in range(4):
        told.append(turns(listed.next_day()))
        listed.clock.time += timedelta(days=6)
    assert told == [[("stale_column", "suspected")], [("stale_column", "settled")], [], []]
