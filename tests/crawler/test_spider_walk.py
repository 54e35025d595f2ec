"""The spider's walk through a site: what is asked, in what order, and what comes of it in the archive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crawling import Crawls, PlainReader, looks, open_crawls, runs
from portal_server import Portals, Reply, article, column, home

from crawler.reader import PageReader
from storage.records import NewPage, Outcome, Role, RunState, Watchlist

A, B = "www.a.gov.test", "www.b.gov.test"
NOON = datetime(2024, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def crawls(database_url: str, tmp_path: Path) -> Iterator[Crawls]:
    with Portals() as portals:
        opened = open_crawls(tmp_path, portals, [A, B], database_url=database_url)
        yield opened
        opened.store.close()


def county(portals: Portals, host: str, articles: int = 2) -> None:
    """A portal with a home page, one column and some articles."""
    portals.put(f"{host}/", home())
    portals.put(f"{host}/list/", column("公示公告", [(f"/a/{n}.html", f"通知{n}") for n in range(articles)]))
    for n in range(articles):
        portals.put(f"{host}/a/{n}.html", article(f"通知{n}"))


def test_it_looks_at_the_home_page_first_then_columns_then_what_they_newly_brought(crawls: Crawls) -> None:
    county(crawls.portals, A)
    crawls.watch(A, "/list/", articles=["/a/old.html"])
    crawls.portals.put(f"{A}/a/old.html", article("旧通知"))
    told = crawls.crawl(A)
    assert crawls.portals.asked_of(A) == ["/", "/list/", "/a/old.html", "/a/0.html", "/a/1.html"]
    assert runs(told) == {A: "sound"}
    assert [page.role for page in crawls.store.pages(A)][-2:] == [Role.ARTICLE, Role.ARTICLE]


def test_it_tells_of_every_look_and_of_the_run(crawls: Crawls) -> None:
    county(crawls.portals, A, articles=1)
    crawls.watch(A, "/list/")
    told = crawls.crawl(A)
    assert told[0] == {
        "event": "look",
        "site": A,
        "url": f"http://{A}/",
        "outcome": "ok",
        "reason": "200",
        "verdict": "new",
    }
    tally = told[-1]["tally"]
    assert told[-1] == {"event": "run", "site": A, "state": "sound", "reasons": [], "tally": tally}
    assert (tally["ok"], tally["new"]) == (3, 3)


def test_a_second_crawl_finds_the_same_and_reads_nothing_again(crawls: Crawls) -> None:
    county(crawls.portals, A)
    crawls.watch(A, "/list/")
    crawls.crawl(A)
    assert isinstance(crawls.reader, PlainReader)
    crawls.reader.examined.clear()
    told = crawls.crawl(A)
    assert {event["verdict"] for event in told if event["event"] == "look"} == {"same"}
    assert {event["reason"] for event in told if event["event"] == "look"} == {"same bytes as before"}
    assert crawls.reader.examined == []
    assert runs(told) == {A: "sound"}


def test_an_unchanged_page_is_asked_for_conditionally_and_its_304_keeps_the_version(crawls: Crawls) -> None:
    since = "Fri, 01 Mar 2024 00:00:00 GMT"
    crawls.portals.put(f"{A}/", home())
    crawls.portals.pages[f"{A}/a.html"] = Reply(article("通知"), headers=(("ETag", '"v1"'), ("Last-Modified", since)))
    crawls.watch(A, articles=["/a.html"])
    crawls.crawl(A)
    told = crawls.crawl(A)
    asked = [headers for where, headers in crawls.portals.asked if where == f"{A}/a.html"][-1]
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"v1"', since)
    assert looks(told)[-1] == ("/a.html", "not_modified")
    assert [span.count for span in crawls.store.sightings(f"http://{A}/a.html")] == [2]


def test_a_changed_page_becomes_a_new_version(crawls: Crawls) -> None:
    county(crawls.portals, A)
    crawls.watch(A, "/list/")
    crawls.crawl(A)
    crawls.portals.put(f"{A}/a/0.html", article("通知0", "2024-03-01", "此处内容已经改写，请以新文为准。"))
    told = crawls.crawl(A)
    assert [event["url"] for event in told if event.get("verdict") == "new"] == [f"http://{A}/a/0.html"]
    assert len(crawls.store.snapshots(f"http://{A}/a/0.html")) == 2


def long_list(portals: Portals, pages: int, rows: int = 2) -> None:
    """A column of several list pages, each with rows of its own."""
    portals.put(f"{A}/", home())
    for n in range(pages):
        listed = [(f"/a/{n}-{row}.html", f"通知{n}-{row}") for row in range(rows)]
        further = f"/list/{n + 1}.html" if n + 1 < pages else None
        portals.put(f"{A}/list/{n}.html", column("公示公告", listed, further))
        for url, title in listed:
            portals.put(f"{A}{url}", article(title))


def test_a_new_column_is_followed_up_to_the_allowed_number_of_list_pages(crawls: Crawls) -> None:
    long_list(crawls.portals, pages=5)
    crawls.watch(A, "/list/0.html")
    crawls.crawl(A)
    lists = [path for path in crawls.portals.asked_of(A) if path.startswith("/list/")]
    assert lists == ["/list/0.html", "/list/1.html", "/list/2.html"]
    first = crawls.store.page_at(f"http://{A}/list/0.html")
    second = crawls.store.page_at(f"http://{A}/list/1.html")
    assert first
    assert second
    assert (second.role, second.part_of) == (Role.COLUMN, first.id)
    assert len([path for path in crawls.portals.asked_of(A) if path.startswith("/a/")]) == 6


def test_a_list_that_brought_nothing_new_is_not_followed(crawls: Crawls) -> None:
    long_list(crawls.portals, pages=3)
    crawls.watch(A, "/list/0.html")
    crawls.crawl(A)
    crawls.portals.asked.clear()
    crawls.crawl(A)
    assert "/list/1.html" not in crawls.portals.asked_of(A)


def test_a_shell_is_followed_to_where_its_rows_stand(crawls: Crawls) -> None:
    crawls.reader = PageReader()
    crawls.portals.put(f"{A}/", home())
    crawls.portals.put(f"{A}/gkmlpt/index", "<html><script>window._CONFIG={SID: '7'}</script><div id='app'></div></html>")
    rows = '{"total": 1, "articles": [{"title": "通知", "url": "/a/0.html", "display_publish_time": 1709251200}]}'
    crawls.portals.pages[f"{A}/gkmlpt/api/all/0?page=1&sid=7"] = Reply(rows, headers=(("Content-Type", "application/json"),))
    crawls.portals.put(f"{A}/a/0.html", article("通知"))
    crawls.watch(A, "/gkmlpt/index")
    crawls.crawl(A)
    assert crawls.portals.asked_of(A) == ["/", "/gkmlpt/index", "/gkmlpt/api/all/0?page=1&sid=7", "/a/0.html"]


def test_a_list_with_a_new_row_is_followed_until_a_page_brings_nothing_new(crawls: Crawls) -> None:
    long_list(crawls.portals, pages=3)
    crawls.watch(A, "/list/0.html")
    crawls.crawl(A)
    crawls.portals.asked.clear()
    crawls.portals.put(f"{A}/list/0.html", column("公示公告", [("/a/new.html", "新通知")], "/list/1.html"))
    crawls.portals.put(f"{A}/a/new.html", article("新通知"))
    crawls.crawl(A)
    asked = crawls.portals.asked_of(A)
    assert asked.count("/list/1.html") == 1
    assert "/list/2.html" not in asked
    assert asked.count("/a/new.html") == 1


def test_a_list_whose_next_page_is_itself_or_elsewhere_ends(crawls: Crawls) -> None:
    crawls.portals.put(f"{A}/", home())
    crawls.portals.put(f"{A}/one/", column("甲", [("/a/1.html", "通知1")], "/one/"))
    crawls.portals.put(f"{A}/two/", column("乙", [("/a/2.html", "通知2")], f"http://{B}/list/2.html"))
    crawls.watch(A, "/one/", "/two/")
    crawls.crawl(A)
    assert crawls.portals.asked_of(A) == ["/", "/one/", "/two/", "/a/1.html", "/a/2.html"]
    assert crawls.portals.asked_of(B) == []


def test_a_site_that_is_not_to_be_followed_is_looked_at_only_where_a_person_said(crawls: Crawls) -> None:
    long_list(crawls.portals, pages=3)
    crawls.watch(A, "/list/0.html", follow=False)
    crawls.crawl(A)
    assert crawls.portals.asked_of(A) == ["/", "/list/0.html"]


def test_two_sites_may_serve_the_same_paths_without_being_taken_for_each_other(crawls: Crawls) -> None:
    county(crawls.portals, A)
    county(crawls.portals, B)
    crawls.watch(A, "/list/")
    crawls.watch(B, "/list/")
    told = crawls.crawl(A, B)
    assert runs(told) == {A: "sound", B: "sound"}
    assert len(looks(told, A)) == len(looks(told, B)) == 4


def test_a_site_named_twice_in_a_batch_is_walked_once(crawls: Crawls) -> None:
    county(crawls.portals, A)
    crawls.watch(A, "/list/")
    crawls.crawl(A, A)
    assert len(crawls.store.runs(A)) == 1


def test_only_pages_whose_time_has_come_are_looked_at_beside_the_home_page(crawls: Crawls) -> None:
    county(crawls.portals, A)
    crawls.watch(A, "/list/")
    crawls.crawl(A, mode="due", as_of=NOON)
    crawls.portals.asked.clear()
    assert crawls.crawl(A, mode="due", as_of=NOON + timedelta(minutes=1)) == []
    assert crawls.portals.asked == []
    assert len(crawls.store.runs(A)) == 1


def test_captures_carry_the_simulated_time_plus_the_time_gone_by(crawls: Crawls) -> None:
    county(crawls.portals, A)
    crawls.watch(A, "/list/")
    crawls.crawl(A, as_of=NOON)
    first = crawls.store.sightings(f"http://{A}/")[0].first
    assert NOON <= first < NOON + timedelta(minutes=5)
    run = crawls.store.runs(A)[0]
    assert run.state is RunState.SOUND
    assert NOON <= run.opened <= first <= (run.closed or NOON)


@pytest.mark.parametrize("per_host", [1, 4])
def test_a_host_is_never_asked_for_two_pages_at_once(crawls: Crawls, per_host: int) -> None:
    crawls.settings = crawls.settings.model_copy(update={"per_host": per_host})
    county(crawls.portals, A, articles=20)
    crawls.watch(A, "/list/")
    assert runs(crawls.crawl(A)) == {A: "sound"}
    assert crawls.portals.most_at_once[A] == 1
    asked = crawls.portals.asked_of(A)
    assert len(asked) == len(set(asked)) == 22


def test_a_host_that_does_not_answer_does_not_hold_up_the_others(database_url: str, tmp_path: Path) -> None:
    """The slow host has more pages waiting than Scrapy may have requests under way."""
    held = threading.Event()
    with Portals(address="127.0.0.2") as slow, Portals() as portals:
        crawls = open_crawls(tmp_path, portals, [B], database_url=database_url, concurrency=2)
        resolve = f"{crawls.settings.resolve},{A}={slow.place}"
        crawls.settings = crawls.settings.model_copy(update={"resolve": resolve})
        county(portals, B, articles=10)
        slow.put(f"{A}/", home())
        paths = [f"/slow/{n}.html" for n in range(12)]
        for path in paths:
            slow.put(f"{A}{path}", article(path), hold=held)
        crawls.watch(A, articles=paths)
        crawls.watch(B, "/list/")
        crawling = threading.Thread(target=crawls.crawl, args=(A, B))
        crawling.start()
        _release_when_the_other_run_is_closed(crawls, held)
        crawling.join(60)
        crawls.store.close()
    told = crawls.told
    order = [path for path, _ in looks(told)]
    assert max(order.index(f"/a/{n}.html") for n in range(10)) < order.index("/slow/0.html")
    assert runs(told) == {A: "sound", B: "sound"}


def _release_when_the_other_run_is_closed(crawls: Crawls, held: threading.Event) -> None:
    pause = threading.Event()
    for _ in range(1500):
        if any(run.state is RunState.SOUND for run in crawls.store.runs(B)):
            break
        pause.wait(0.02)
    held.set()


def test_a_page_that_a_person_gave_without_a_role_gets_one(crawls: Crawls) -> None:
    county(crawls.portals, A)
    crawls.store.add_watchlist(Watchlist(pages=(NewPage(f"http://{A}/list/", named=True),)), NOON)
    told = crawls.crawl(A)
    page = crawls.store.page_at(f"http://{A}/list/")
    assert page
    assert page.role is Role.COLUMN
    assert looks(told) == [("/list/", Outcome.OK)]
