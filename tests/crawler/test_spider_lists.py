"""How the pages of a list are asked for: where we come from, what is posted, where bare lists keep their rows, when to stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from crawling import Crawls, looks, open_crawls, runs
from list_portals import AspNet, Bare, Endless, state
from portal_server import Portals, Reply, article, column, home
from sqlalchemy import select

from crawler.portal import Portal
from crawler.portals import FAMILIES
from crawler.reader import PageReader
from crawler.reading.document import Document
from storage.records import POSTBACK, Agency, Role, Site, Watchlist
from storage.tables import ENTRY

A, B = "www.a.gov.test", "www.b.gov.test"
NOON = datetime(2024, 3, 2, 4, tzinfo=UTC)
DAY = timedelta(days=1)
ASPX = f"http://{A}/List.aspx"


@pytest.fixture
def crawls(database_url: str, tmp_path: Path) -> Iterator[Crawls]:
    with Portals() as portals:
        opened = open_crawls(tmp_path, portals, [A, B], database_url=database_url)
        opened.reader = PageReader()
        for host in (A, B):
            portals.put(f"{host}/", home())
            for n in range(60):
                portals.put(f"{host}/a/{n}.html", article(f"关于第{n}号事项的通知公告"))
        yield opened
        opened.store.close()


def lists_of(crawls: Crawls, host: str = A) -> list[str]:
    """What was asked for of a site but home page and articles."""
    return [path for path in crawls.portals.asked_of(host) if path != "/" and not path.startswith("/a/")]


def headers_of(crawls: Crawls, path: str) -> list[dict[str, str]]:
    return [headers for where, headers in crawls.portals.asked if where == f"{A}{path}"]


# --- where we come from ---------------------------------------------------------------------------------------------------


def test_a_further_page_is_told_which_page_named_it_and_the_first_one_nothing(crawls: Crawls) -> None:
    crawls.portals.answering[A] = Endless([0, 2, 4])
    crawls.watch(A, "/list#top")
    crawls.crawl(A)
    first, second, third = (headers_of(crawls, path)[0] for path in ("/list", "/list?page=2", "/list?page=3"))
    assert "referer" not in first
    assert second["referer"] == f"http://{A}/list"
    assert third["referer"] == f"http://{A}/list?page=2"
    assert "referer" not in headers_of(crawls, "/a/0.html")[0]


def test_a_further_page_is_asked_for_conditionally_like_any_other(crawls: Crawls) -> None:
    first, second = [("/a/0.html", "关于第0号事项的通知公告")], [("/a/1.html", "关于第1号事项的通知公告")]
    crawls.portals.put(f"{A}/list/", column("公示公告", first, "/list/2.html"))
    named = (("ETag", '"two"'), ("Content-Type", "text/html"))
    crawls.portals.pages[f"{A}/list/2.html"] = Reply(column("公示公告", second), headers=named)
    crawls.watch(A, "/list/")
    crawls.crawl(A)
    crawls.portals.put(f"{A}/list/", column("公示公告", [("/a/2.html", "关于第2号事项的通知公告"), *first], "/list/2.html"))
    told = crawls.crawl(A)
    assert headers_of(crawls, "/list/2.html")[1]["if-none-match"] == '"two"'
    assert ("/list/2.html", "not_modified") in looks(told)


# --- what is posted -------------------------------------------------------------------------------------------------------


def posts_of(crawls: Crawls) -> list[str]:
    return [fields["__EVENTARGUMENT"] for _, fields in crawls.portals.posted]


def test_a_list_of_postbacks_is_walked_with_its_view_state_and_session(crawls: Crawls) -> None:
    portal = crawls.portals.answering[A] = AspNet(pages=4)
    crawls.watch(A, "/List.aspx")
    told = crawls.crawl(A)
    assert portal.turned == [1, 2, 3]
    assert [path for path, _ in looks(told) if "List" in path] == [
        "/List.aspx",
        "/List.aspx#__doPostBack=Pager,2",
        "/List.aspx#__doPostBack=Pager,3",
    ]
    assert runs(told) == {A: "sound"}
    assert {f"/a/{n}.html" for n in range(6)} <= set(crawls.portals.asked_of(A))
    root, second = crawls.store.page_at(ASPX), crawls.store.page_at(f"{ASPX}#{POSTBACK}Pager,2")
    assert root
    assert second
    assert (second.role, second.part_of) == (Role.COLUMN, root.id)
    assert headers_of(crawls, "/List.aspx")[1]["referer"] == ASPX


def test_the_last_page_of_a_list_of_postbacks_is_known_for_it(crawls: Crawls) -> None:
    portal = crawls.portals.answering[A] = AspNet(pages=2)
    crawls.watch(A, "/List.aspx")
    crawls.crawl(A)
    assert portal.turned == [1, 2]


def test_the_archive_keeps_that_it_was_posted_and_not_what(crawls: Crawls) -> None:
    crawls.portals.answering[A] = AspNet(pages=2)
    crawls.watch(A, "/List.aspx")
    crawls.crawl(A)
    name = f"{ASPX}#{POSTBACK}Pager,2"
    span = crawls.store.sightings(name)[0]
    assert (span.url, span.outcome) == (name, "ok")
    kept = crawls.store.capture(span.first_look)
    assert kept is not None
    assert (kept.url, kept.final_url, kept.method) == (name, name, "POST")
    sent = {key.lower(): value for key, value in kept.request_headers}
    assert sent[b"content-type"] == b"application/x-www-form-urlencoded"
    assert int(sent[b"content-length"]) > 100
    assert state("s0", 1) not in repr(kept)
    reading = crawls.store.snapshots(name)[0].reading
    assert reading
    assert "VIEWSTATE" not in repr(reading)


def test_no_session_goes_with_a_plain_look_or_to_another_list(crawls: Crawls) -> None:
    first, second = AspNet(pages=2), AspNet(pages=2, path="/Other.aspx", first=20)
    crawls.portals.answering[A] = lambda asked: first(asked) or second(asked)
    crawls.watch(A, "/List.aspx", "/Other.aspx")
    crawls.crawl(A)
    assert (first.turned, second.turned) == ([1, 2], [1, 2])
    # Which of the two columns goes on first is nobody's promise.
    sent = sorted((where, headers.get("cookie")) for where, headers in crawls.portals.asked if "cookie" in headers)
    assert sent == [(f"{A}/List.aspx", "ASP.NET_SessionId=s0"), (f"{A}/Other.aspx", "ASP.NET_SessionId=s0")]


def test_posted_pages_are_never_due_by_themselves_and_never_added_twice(crawls: Crawls) -> None:
    portal = crawls.portals.answering[A] = AspNet(pages=3)
    crawls.watch(A, "/List.aspx")
    crawls.crawl(A, mode="due", as_of=NOON)
    known = [page.url for page in crawls.store.pages(A)]
    portal.turned.clear()
    crawls.crawl(A, mode="due", as_of=NOON + 8 * DAY)
    assert portal.turned == [1]
    portal.first = 40  # all rows are new, so the list is walked again
    portal.turned.clear()
    crawls.crawl(A, mode="all", as_of=NOON + 9 * DAY)
    assert portal.turned == [1, 2, 3]
    now = [page.url for page in crawls.store.pages(A) if "List" in page.url]
    assert now == [url for url in known if "List" in url]
    assert len(now) == 3


def test_a_posted_page_that_brings_the_same_bytes_is_the_same(crawls: Crawls) -> None:
    """A portal whose view state never changes, and of whose list only the first page does."""
    crawls.portals.answering[A] = portal = AspNet(pages=2, steady=True)
    crawls.watch(A, "/List.aspx")
    crawls.crawl(A, as_of=NOON)
    portal.pinned = 30
    told = crawls.crawl(A, as_of=NOON + DAY)
    verdicts = {event["url"]: event["verdict"] for event in told if event["event"] == "look"}
    assert verdicts[f"{ASPX}#{POSTBACK}Pager,2"] == "same"
    posted = [headers for where, headers in crawls.portals.asked if where == f"{A}/List.aspx" and "content-type" in headers]
    assert len(posted) == 2
    assert not any("if-none-match" in headers or "if-modified-since" in headers for headers in posted)


def test_an_error_page_in_place_of_a_posted_page_is_a_failed_look_and_nothing_more(crawls: Crawls) -> None:
    portal = crawls.portals.answering[A] = AspNet(pages=3, forgets=True)
    crawls.watch(A, "/List.aspx")
    told = crawls.crawl(A)
    assert portal.turned == [1]
    assert (f"/List.aspx#{POSTBACK}Pager,2", "failed") in looks(told)
    assert runs(told) == {A: "sound"}


# --- lists whose rows stand elsewhere ---------------------------------------------------------------------------------------


class Framed(Portal):
    """The family of the bare portal here, known by its mark."""

    name = "framed"
    shells = True

    def recognise(self, document: Document) -> str | None:
        return "the mark of the test" if "data-rows=" in document.text else None

    def next_page(self, document: Document) -> str | None:
        return document.absolute(document.text.partition('data-rows="')[2].partition('"')[0])


@pytest.fixture
def bare(crawls: Crawls, monkeypatch: pytest.MonkeyPatch) -> Bare:
    monkeypatch.setattr("crawler.reader.FAMILIES", (Framed(), *FAMILIES))
    crawls.portals.answering[A] = portal = Bare()
    crawls.watch(A, "/col/")
    return portal


def test_a_bare_list_brings_the_rows_that_it_names_the_address_of(crawls: Crawls, bare: Bare) -> None:
    told = crawls.crawl(A)
    assert lists_of(crawls)[:3] == ["/col/", "/rows?page=1", "/rows?page=2"]
    assert [outcome for path, outcome in looks(told) if path == "/col/"] == ["ok"]
    assert runs(told) == {A: "sound"}
    assert {"/a/0.html", "/a/2.html"} <= set(crawls.portals.asked_of(A))
    assert headers_of(crawls, "/rows?page=1")[0]["referer"] == f"http://{A}/col/"


def test_rows_that_want_a_referer_come_empty_without_one(crawls: Crawls, bare: Bare) -> None:
    crawls.crawl(A)
    assert bare.empty == 0


@pytest.mark.parametrize("etag", ["", '"shell"'])
def test_a_bare_list_that_is_the_same_every_day_is_followed_every_day(crawls: Crawls, bare: Bare, etag: str) -> None:
    bare.etag = etag
    crawls.crawl(A, as_of=NOON)
    crawls.portals.asked.clear()
    bare.first = 40
    told = crawls.crawl(A, as_of=NOON + DAY)
    assert lists_of(crawls)[:2] == ["/col/", "/rows?page=1"]
    assert "/a/40.html" in crawls.portals.asked_of(A)
    assert runs(told) == {A: "sound"}


def test_a_bare_list_with_nothing_new_is_asked_for_its_first_rows_and_no_more(crawls: Crawls, bare: Bare) -> None:
    crawls.crawl(A, as_of=NOON)
    crawls.portals.asked.clear()
    crawls.crawl(A, as_of=NOON + DAY)
    assert lists_of(crawls) == ["/col/", "/rows?page=1"]


def test_rows_that_dry_up_behind_a_bare_list_make_the_run_suspect(crawls: Crawls, bare: Bare) -> None:
    crawls.crawl(A, as_of=NOON)
    bare.first, bare.count = 0, 0
    told = crawls.crawl(A, as_of=NOON + DAY)
    assert told[-1]["reasons"] == ["1 column that brought 2 rows brought none"]


def test_rows_that_do_not_answer_behind_a_bare_list_say_nothing(crawls: Crawls, bare: Bare) -> None:
    crawls.crawl(A, as_of=NOON)
    bare.status = 502
    told = crawls.crawl(A, as_of=NOON + DAY)
    assert runs(told) == {A: "sound"}


def test_a_list_that_goes_bare_of_a_sudden_has_dried_up(crawls: Crawls, bare: Bare) -> None:
    """It brought rows itself, and names an address now: that may be a redesign, and nobody calls it sound by itself."""
    bare.whole = True
    crawls.crawl(A, as_of=NOON)
    bare.whole = False
    told = crawls.crawl(A, as_of=NOON + DAY)
    assert told[-1]["reasons"] == ["1 column that brought 2 rows brought none"]
    assert crawls.crawl(A, as_of=NOON + 2 * DAY)[-1]["state"] == "suspect"
    crawls.store.adopt(A, NOON + 2 * DAY)
    assert crawls.crawl(A, as_of=NOON + 3 * DAY)[-1]["state"] == "sound"
    assert crawls.crawl(A, as_of=NOON + 4 * DAY)[-1]["state"] == "sound"


def test_the_rows_of_a_bare_list_are_its_columns_and_the_rows_pages_looks_its_signs_of_life(crawls: Crawls, bare: Bare) -> None:
    crawls.crawl(A, as_of=NOON)
    (life,) = crawls.store.column_lives()
    assert (life.page.url, life.rows) == (f"http://{A}/col/", 2)
    assert life.latest
    assert life.latest.url == f"http://{A}/rows?page=1"
    bare.status = 502
    crawls.crawl(A, as_of=NOON + DAY)
    (life,) = crawls.store.column_lives()
    assert life.latest
    assert life.latest.outcome == "failed"
    bare.status = 200
    crawls.store.adopt(A, NOON + DAY)
    crawls.crawl(A, as_of=NOON + 2 * DAY)
    (life,) = crawls.store.column_lives()
    assert life.rows == 2


def test_a_list_that_a_script_fills_is_no_better_for_its_pager(crawls: Crawls) -> None:
    """It has not shown where its rows stand: the pages behind it would be as empty."""
    filled = (
        '<html><head><meta name="ColumnName" content="公示公告"></head><script>createPageHTML(9, 0, "index", "html")</script>'
    )
    crawls.portals.put(f"{A}/list/", filled)
    crawls.watch(A, "/list/")
    told = crawls.crawl(A)
    assert looks(told)[-1] == ("/list/", "unreadable")
    assert lists_of(crawls) == ["/list/"]
    reading = PageReader().read(filled.encode(), url=f"http://{A}/list/")
    assert (reading.kind, reading.next) == ("listing", "unknown")


def entries_of(crawls: Crawls) -> set[tuple[str, bool, datetime]]:
    with crawls.store.engine.connect() as connection:
        return {(row.url, row.listed, row.last_seen) for row in connection.execute(select(ENTRY))}


def test_a_bare_page_says_nothing_of_any_row(crawls: Crawls, bare: Bare) -> None:
    """Its own look neither lengthens the time in which rows were seen, nor ends it by saying something new."""
    crawls.crawl(A, as_of=NOON)
    known = entries_of(crawls)
    assert len(known) == 4
    bare.status = 502
    assert runs(crawls.crawl(A, as_of=NOON + DAY)) == {A: "sound"}
    assert entries_of(crawls) == known
    bare.title = "通知公告"
    assert runs(crawls.crawl(A, as_of=NOON + 2 * DAY)) == {A: "sound"}
    assert entries_of(crawls) == known


def test_a_bare_page_of_which_only_scripts_change_stays_one_version(crawls: Crawls, bare: Bare) -> None:
    for day in range(3):
        bare.token = f"t{day}"
        crawls.crawl(A, as_of=NOON + day * DAY)
    assert len(crawls.store.snapshots(f"http://{A}/col/")) == 1


def test_a_duty_is_looked_for_where_the_rows_of_a_bare_list_stand(crawls: Crawls, bare: Bare) -> None:
    county = Agency("county", "示例县人民政府")
    crawls.store.add_watchlist(Watchlist(agencies=(county,), sites=(Site(A, scheme="http", agencies=("county",)),)), NOON)
    bare.status = 502
    crawls.crawl(A, as_of=NOON)
    (venue,) = crawls.store.duty_ground("county").venues
    assert venue.page.url == f"http://{A}/col/"
    assert venue.covers_from == date.max
    assert not [look for look in venue.sightings if look.outcome == "ok" and look.sound_count]
    bare.status = 200
    crawls.crawl(A, as_of=NOON + DAY)
    (venue,) = crawls.store.duty_ground("county").venues
    assert [look.url for look in venue.sightings if look.outcome == "ok"] == [f"http://{A}/rows?page=1"]
    assert venue.covers_from == date.min
    assert {c.columns for c in crawls.store.duty_ground("county").candidates if c.columns} == {(venue.page.id,)}


# --- when to stop ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "names", "asked"),
    [
        ([0], (), ["/list", "/list?page=2"]),  # every page shows the same rows
        ([0, 2], (), ["/list", "/list?page=2", "/list?page=3"]),  # the last one repeats
        ([0, 2, 4, 6, 8], ("/list?page=2", "/list"), ["/list", "/list?page=2"]),  # two name each other
        ([0, 2, 4, 6, 8], ("/list?page=2", "/list?page=2"), ["/list", "/list?page=2"]),  # one names itself
        ([0, 2, 4], (f"http://{B}/list?page=2",), ["/list"]),
        ([0, 2, 4], ("javascript:turn(2)",), ["/list"]),
        ([0, 2, 4], (f"http://x@{A}/list?page=2",), ["/list"]),
        (range(0, 40, 2), (), [f"/list{f'?page={n}' if n > 1 else ''}" for n in range(1, 6)]),
    ],
)
def test_a_list_without_end_is_walked_until_it_brings_nothing_new(
    crawls: Crawls, shown: list[int], names: tuple[str, ...], asked: list[str]
) -> None:
    crawls.settings = crawls.settings.model_copy(update={"list_pages": 5})
    crawls.portals.answering[A] = Endless(shown, names)
    crawls.watch(A, "/list")
    assert runs(crawls.crawl(A)) == {A: "sound"}
    assert lists_of(crawls) == asked
    assert crawls.portals.asked_of(B) == []
    assert not [page.url for page in crawls.store.pages() if "@" in page.url]
