"""What may go wrong on the way of a site, and that it stops neither the next page nor the next site."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from crawling import ADDED, Crawls, looks, open_crawls, runs
from portal_server import Portals, Reply, article, column, home

from crawler.reader import PageReader
from storage.errors import StoreError
from storage.records import Capture, Kept, NewPage, RunState, Watchlist
from storage.store import Store

A, B, NOWHERE = "www.a.gov.test", "www.b.gov.test", "www.nowhere.gov.test"


@pytest.fixture
def crawls(database_url: str, tmp_path: Path) -> Iterator[Crawls]:
    with Portals() as portals:
        opened = open_crawls(tmp_path, portals, [A, B], database_url=database_url)
        for host in (A, B):
            portals.put(f"{host}/", home())
            for n in range(4):
                portals.put(f"{host}/{n}.html", article(f"通知{n}"))
            opened.watch(host, articles=[f"/{n}.html" for n in range(4)])
        yield opened
        opened.store.close()


def test_a_page_that_breaks_the_reader_is_unreadable_and_the_next_one_is_read(crawls: Crawls) -> None:
    crawls.portals.put(f"{A}/1.html", "break the reader")
    told = crawls.crawl(A)
    assert [outcome for _, outcome in looks(told)] == ["ok", "ok", "unreadable", "ok", "ok"]
    assert "this page breaks the reader" in crawls.store.sightings(f"http://{A}/1.html")[0].reason
    assert runs(told) == {A: "sound"}


def test_a_page_that_is_gone_is_gone_and_the_run_is_sound(crawls: Crawls) -> None:
    crawls.crawl(A)
    del crawls.portals.pages[f"{A}/3.html"]
    told = crawls.crawl(A)
    assert looks(told)[-1] == ("/3.html", "gone")
    assert runs(told) == {A: "sound"}


def test_a_site_most_of_whose_pages_vanish_at_once_is_suspect(crawls: Crawls) -> None:
    crawls.crawl(A)
    for n in range(4):
        del crawls.portals.pages[f"{A}/{n}.html"]
    told = crawls.crawl(A)
    assert runs(told) == {A: "suspect"}
    assert told[-1]["reasons"] == ["4 of 5 pages seen before are no longer where they were (4 gone)"]


def test_a_column_that_comes_back_empty_makes_the_run_suspect(crawls: Crawls) -> None:
    crawls.watch(A, "/list/")
    crawls.portals.put(f"{A}/list/", column("公示公告", [("/0.html", "通知0"), ("/1.html", "通知1")]))
    assert runs(crawls.crawl(A)) == {A: "sound"}
    crawls.portals.put(f"{A}/list/", column("公示公告", []))
    told = crawls.crawl(A)
    assert (runs(told), told[-1]["reasons"]) == ({A: "suspect"}, ["1 column that brought 2 rows brought none"])
    assert runs(crawls.crawl(A)) == {A: "suspect"}, "the same empty bytes are no better the next time"


def test_a_site_that_cannot_be_reached_does_not_stop_the_next_one(crawls: Crawls) -> None:
    crawls.watch(NOWHERE, articles=["/a.html"])
    told = crawls.crawl(NOWHERE, A)
    assert runs(told) == {NOWHERE: "suspect", A: "sound"}
    assert {outcome for _, outcome in looks(told, NOWHERE)} == {"failed"}


def test_an_address_that_is_not_of_the_web_is_never_opened(crawls: Crawls) -> None:
    odd = [f"ftp://{A}/secret.html", f"file://{A}/etc/passwd", f"http://{A}/]["]
    crawls.store.add_watchlist(Watchlist(pages=tuple(NewPage(url, named=True) for url in odd)), ADDED)
    told = crawls.crawl(A)
    assert [event["outcome"] for event in told if event.get("url") in odd[:2]] == ["failed"] * 2
    assert runs(told) == {A: "sound"}


def test_a_redirect_to_an_unchanged_page_is_still_examined(crawls: Crawls) -> None:
    crawls.crawl(A)
    crawls.portals.pages[f"{A}/0.html"] = Reply("", 302, (("Location", "/moved.html"),))
    crawls.portals.put(f"{A}/moved.html", article("通知0"))
    told = crawls.crawl(A)
    assert next(event["reason"] for event in told if event["url"].endswith("/0.html")) != "same bytes as before"


def test_a_page_sent_home_is_soft_gone_and_a_shield_is_blocked_to_the_real_reader(crawls: Crawls) -> None:
    crawls.reader = PageReader()
    assert runs(crawls.crawl(A)) == {A: "sound"}
    crawls.portals.pages[f"{A}/0.html"] = Reply("", 302, (("Location", "/"),))
    crawls.portals.pages[f"{A}/1.html"] = Reply("<html><script>jump()</script></html>", 521)
    told = crawls.crawl(A)
    assert dict(looks(told)) == {"/": "ok", "/0.html": "soft_gone", "/1.html": "blocked", "/2.html": "ok", "/3.html": "ok"}
    assert runs(told) == {A: "sound"}


@dataclass
class Spoilt:
    """A store of which one deed fails where `when` says so."""

    deed: str
    when: Callable[..., bool]

    def apply(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the failing deed in the place of the real one."""
        real = getattr(store, self.deed)

        def spoilt(*given: Any) -> Any:
            if self.when(*given):
                raise StoreError("the disk is full")
            return real(*given)

        monkeypatch.setattr(store, self.deed, spoilt)


def test_a_reading_that_the_archive_does_not_take_leaves_an_unreadable_look(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(capture: Capture) -> bool:
        return capture.answer.url.endswith("/2.html") and capture.examination.reading is not None

    Spoilt("keep", refused).apply(crawls.store, monkeypatch)
    told = crawls.crawl(A)
    assert looks(told)[3] == ("/2.html", "unreadable")
    assert looks(told)[4] == ("/3.html", "ok")
    assert crawls.store.sightings(f"http://{A}/2.html")[0].reason == "the archive did not take the reading: StoreError"
    assert runs(told) == {A: "sound"}


def test_a_look_that_the_archive_does_not_take_at_all_is_told_as_lost(crawls: Crawls, monkeypatch: pytest.MonkeyPatch) -> None:
    Spoilt("keep", lambda capture: capture.answer.url.endswith("/2.html")).apply(crawls.store, monkeypatch)
    told = crawls.crawl(A)
    assert [event["verdict"] for event in told if event["event"] == "look"] == ["new", "new", "new", "lost", "new"]
    assert runs(told) == {A: "sound"}


def test_a_page_that_another_crawl_saw_change_is_read_though_its_bytes_are_those_of_our_last_look(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It said A, the other crawl saw B, and by the time of our look it says A again: nobody read it, as A was known."""
    crawls.crawl(A)
    real = crawls.store.keep

    def overtaken(capture: Capture) -> Kept:
        if capture.answer.url.endswith("/2.html"):
            monkeypatch.setattr(crawls.store, "keep", real)
            other = crawls.store.open_run(A, "there", capture.answer.started)
            said = article("通知2", "2024-03-01", "另一种说法。").encode()
            seen = replace(capture.answer, body=said, ended=capture.answer.started)
            real(Capture(other.id, capture.page, seen, crawls.reader.examine(seen)))
        return real(capture)

    monkeypatch.setattr(crawls.store, "keep", overtaken)
    told = crawls.crawl(A)
    verdicts = {event["url"][-7:]: (event["outcome"], event["verdict"]) for event in told if event["event"] == "look"}
    assert verdicts.pop("/2.html") == ("ok", "returned")
    assert set(verdicts.values()) == {("ok", "same")}
    assert [span.snapshot for span in crawls.store.sightings(f"http://{A}/2.html")] == [1, 2, 1]


@pytest.mark.parametrize("deed", ["tasks", "open_run", "site"])
def test_a_site_whose_run_cannot_be_opened_does_not_stop_the_next_one(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    Spoilt(deed, lambda host, *_: host == A).apply(crawls.store, monkeypatch)
    told = crawls.crawl(A, B)
    assert [event["site"] for event in told if event["event"] == "error"] == [A]
    assert runs(told) == {B: "sound"}


@pytest.mark.parametrize("deed", ["habit", "looks_of"])
def test_a_run_that_cannot_be_weighed_is_abandoned(crawls: Crawls, monkeypatch: pytest.MonkeyPatch, deed: str) -> None:
    first = crawls.store.open_run(B, "here", ADDED)
    wrong: set[Any] = {A, first.id + 1}
    Spoilt(deed, lambda of: of in wrong).apply(crawls.store, monkeypatch)
    told = crawls.crawl(A, B)
    assert runs(told) == {A: "abandoned", B: "sound"}


def test_a_run_that_cannot_even_be_abandoned_stays_open_and_accuses_nobody(
    crawls: Crawls, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(run: int, *_: object) -> bool:
        return crawls.store.runs(A)[0].id == run

    Spoilt("close_run", never).apply(crawls.store, monkeypatch)
    told = crawls.crawl(A, B)
    assert runs(told) == {B: "sound"}
    assert crawls.store.runs(A)[0].state is RunState.OPEN


def test_a_site_that_is_not_watched_brings_nothing(crawls: Crawls) -> None:
    assert crawls.crawl("www.unknown.gov.test") == []


def test_a_very_long_list_of_sites_is_walked_in_turns(database_url: str, tmp_path: Path) -> None:
    """More sites than seats: each gets one when another has left."""
    hosts = [f"www{n}.gov.test" for n in range(9)]
    with Portals() as portals:
        crawls = open_crawls(tmp_path, portals, hosts, database_url=database_url, concurrency=2)
        for host in hosts:
            portals.put(f"{host}/", home())
            crawls.watch(host)
        assert runs(crawls.crawl(*hosts)) == dict.fromkeys(hosts, "sound")
        crawls.store.close()


def test_the_archive_is_never_asked_from_the_thread_that_fetches(crawls: Crawls, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[str] = set()

    def note(*_: object) -> bool:
        threads.add(threading.current_thread().name.rsplit("_", 1)[0])
        return False

    for deed in ("tasks", "open_run", "site", "keep", "habit", "looks_of", "close_run"):
        Spoilt(deed, note).apply(crawls.store, monkeypatch)
    crawls.crawl(A, B)
    assert threads == {"archive"}
