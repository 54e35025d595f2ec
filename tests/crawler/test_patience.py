"""An archive that is away while a crawl goes on: waited for if it comes back, and no page is blamed if it does not."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from crawling import Crawls, looks, open_crawls, runs
from loguru import logger
from portal_server import Portals, Reply, article, home
from sqlalchemy import create_engine, delete, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from storage.engine import writing
from storage.records import Outcome, RunState
from storage.store import Store
from storage.tables import LEASE

HOST, OTHER = "www.a.gov.test", "www.b.gov.test"
PAGES = [f"/a/{number}.html" for number in range(5)]


@dataclass
class Absence:
    """Takes the archive away and brings it back: another process holds the file, or the server takes nobody in."""

    database_url: str
    held: sqlite3.Connection | None = None

    def begin(self) -> None:
        """Away."""
        if self.database_url.startswith("sqlite"):
            self.held = sqlite3.connect(self.database_url.removeprefix("sqlite:///"), timeout=60, check_same_thread=False)
            self.held.execute("BEGIN IMMEDIATE")
            return
        name = make_url(self.database_url).database
        sessions = f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
        self._ask(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false", sessions)

    def end(self) -> None:
        """Back."""
        if self.held is not None:
            self.held.rollback()
        elif not self.database_url.startswith("sqlite"):
            self._ask(f"ALTER DATABASE {make_url(self.database_url).database} WITH ALLOW_CONNECTIONS true")

    def _ask(self, *questions: str) -> None:
        address = make_url(self.database_url).set(drivername="postgresql+psycopg", database="postgres")
        with create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
            for question in questions:
                connection.execute(text(question))


@pytest.fixture
def absence(database_url: str) -> Iterator[Absence]:
    made = Absence(database_url)
    yield made
    made.end()


@pytest.fixture
def crawls(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crawls]:
    monkeypatch.setattr("storage.engine.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("crawler.patience.PAUSES", (0.01,))
    with Portals() as portals:
        opened = open_crawls(tmp_path, portals, [HOST], database_url=database_url, concurrency=1)
        portals.put(f"{HOST}/", home())
        for path in PAGES:
            portals.put(f"{HOST}{path}", article(f"关于{path}的通知"))
        opened.watch(HOST, articles=PAGES)
        yield opened
        opened.store.close()


def when_asked(crawls: Crawls, path: str, deed: Callable[[], None]) -> None:
    """Do this when the portal is asked for a path the first time."""
    done: list[str] = []

    def answer(asked: object) -> Reply | None:
        if getattr(asked, "path", "") == path and not done:
            done.append(path)
            deed()
        return None

    crawls.portals.answering[HOST] = answer


def bring_back(absence: Absence) -> int:
    """When the crawl says that it will try again, the archive comes back."""
    return logger.add(lambda said: absence.end() if "it is tried again" in said else None, level="WARNING")


def test_an_archive_that_comes_back_loses_nothing_and_blames_no_page(crawls: Crawls, absence: Absence) -> None:
    when_asked(crawls, PAGES[2], absence.begin)
    listening = bring_back(absence)
    told = crawls.crawl(HOST)
    logger.remove(listening)
    assert looks(told) == [("/", "ok"), *((path, "ok") for path in PAGES)]
    assert runs(told) == {HOST: "sound"}
    assert [span.outcome for path in PAGES for span in crawls.store.sightings(f"http://{HOST}{path}")] == [Outcome.OK] * 5
    assert crawls.store.runs()[0].tally["ok"] == 6


def test_an_archive_that_stays_away_ends_the_crawl_with_one_line_a_site(
    crawls: Crawls, absence: Absence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.patience.PATIENCE", 0)
    when_asked(crawls, PAGES[2], absence.begin)
    crawls.watch(OTHER)
    told = crawls.crawl(HOST, OTHER)
    absence.end()
    assert looks(told) == [("/", "ok"), *((path, "ok") for path in PAGES)][: len(looks(told))]
    errors = [event for event in told if event["event"] == "error"]
    assert {host for error in errors for host in error.get("sites", [error.get("site")])} == {HOST, OTHER}
    assert {len(error["text"].splitlines()) for error in errors} == {1}
    assert runs(told) == {}
    assert crawls.store.runs()[0].state is RunState.OPEN
    with writing(crawls.store.engine) as connection:
        connection.execute(delete(LEASE))  # a visit that could not be written down as ended holds its lease for a minute
    assert runs(crawls.crawl(HOST)) == {HOST: "sound"}
    outcomes = {span.outcome for path in PAGES for span in crawls.store.sightings(f"http://{HOST}{path}")}
    assert outcomes == {Outcome.OK}, "the portal answered all the while"


@pytest.mark.parametrize("engine", ["sqlite"])  # PostgreSQL waits for a lock as long as it takes
def test_a_lock_shorter_than_the_archives_own_wait_is_not_even_noticed(
    crawls: Crawls, absence: Absence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.BUSY_SECONDS", 60)
    crawls.store = Store.open(absence.database_url)

    def hold() -> None:
        absence.begin()
        threading.Timer(0.1, absence.end).start()

    when_asked(crawls, PAGES[2], hold)
    said: list[str] = []
    listening = logger.add(said.append, level="WARNING")
    assert runs(crawls.crawl(HOST)) == {HOST: "sound"}
    logger.remove(listening)
    assert said == []


def test_a_look_handed_over_twice_is_kept_once(crawls: Crawls, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may die after it has kept a look and before it has said so."""
    keep, handed = Store.keep, []

    def twice(store: Store, capture: object, **named: object) -> object:
        handed.append(keep(store, capture, **named))  # type: ignore[arg-type]
        return keep(store, capture, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "keep", twice)
    told = crawls.crawl(HOST)
    assert len(handed) == 6
    assert {event["verdict"] for event in told if event["event"] == "look"} == {"new"}
    assert crawls.store.runs()[0].tally["ok"] == 6
    assert [span.count for path in PAGES for span in crawls.store.sightings(f"http://{HOST}{path}")] == [1] * 5
