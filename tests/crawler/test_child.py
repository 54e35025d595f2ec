"""The crawl child as its parent sees it: lines in, lines out, signals, and nothing left behind after many batches."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pytest
from crawling import Crawls, open_crawls, runs
from portal_server import Portals, article, column, home
from scrapy.crawler import Crawler

from crawler.__main__ import cancel_rest
from crawler.child import Child, read_batch, scrapy_settings, sites_at_once
from crawler.settings import CrawlSettings
from crawler.spiders.site import SiteSpider
from storage.errors import GongkaiError
from storage.records import RunState
from storage.store import Store

ROOT = Path(__file__).parents[2]
A, B = "www.a.gov.test", "www.b.gov.test"
NOON = datetime(2024, 3, 2, 4, tzinfo=UTC)


@pytest.fixture
def crawls(database_url: str, tmp_path: Path) -> Iterator[Crawls]:
    with Portals() as portals:
        opened = open_crawls(tmp_path, portals, [A, B], database_url=database_url)
        for host in (A, B):
            portals.put(f"{host}/", home())
            portals.put(f"{host}/list/", column("公示公告", [(f"/a/{n}.html", f"通知{n}") for n in range(5)]))
            for n in range(5):
                portals.put(f"{host}/a/{n}.html", article(f"关于第{n}号文件的通知"))
            opened.watch(host, "/list/")
        yield opened
        opened.store.close()


@contextmanager
def child_process(crawls: Crawls, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A child of its own, with pipes, as a parent starts it."""
    settings = crawls.settings
    given = {
        "GONGKAI_HOME": str(settings.home),
        "GONGKAI_DATABASE_URL": settings.database_url,
        "GONGKAI_DELAY": "0",
        "GONGKAI_RESOLVE": settings.resolve,
        "GONGKAI_ALLOW_PRIVATE_HOSTS": "1",
        "PYTHONPATH": str(ROOT),
    }
    pipe = subprocess.PIPE
    command, env = [sys.executable, "-m", "crawler"], os.environ | given | environment
    child = subprocess.Popen(command, cwd=ROOT, text=True, env=env, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def batch(*sites: str, mode: str = "all", as_of: datetime | None = None) -> str:
    return json.dumps({"sites": sites, "mode": mode, "as_of": as_of.isoformat() if as_of else None}) + "\n"


def until_done(stdout: IO[str] | None) -> list[dict[str, Any]]:
    """Read what the child tells of one batch."""
    told: list[dict[str, Any]] = []
    while stdout and (line := stdout.readline()):
        told.append(json.loads(line))
        if told[-1]["event"] == "done":
            break
    return told


def write(child: subprocess.Popen[str], line: str) -> None:
    assert child.stdin
    child.stdin.write(line)
    child.stdin.flush()


def test_a_batch_goes_in_as_a_line_and_comes_out_as_lines(crawls: Crawls) -> None:
    with child_process(crawls) as child:
        out, errors = child.communicate(batch(A, B), timeout=60)
    told = [json.loads(line) for line in out.splitlines()]
    assert runs(told) == {A: "sound", B: "sound"}, errors
    assert told[-1] == {"event": "done", "sites": 2, "runs": 2, "looks": 14}
    assert child.returncode == 0
    assert {event["outcome"] for event in told if event["event"] == "look"} == {"ok"}
    assert len(crawls.store.snapshots(f"http://{A}/a/3.html")) == 1
    assert errors == ""


def test_the_same_child_serves_one_batch_after_the_other(crawls: Crawls) -> None:
    with child_process(crawls) as child:
        write(child, batch(A, as_of=NOON))
        first = until_done(child.stdout)
        write(child, batch(A, as_of=NOON))
        second = until_done(child.stdout)
    assert {event["verdict"] for event in first if event["event"] == "look"} == {"new"}
    assert {event["verdict"] for event in second if event["event"] == "look"} == {"same"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no json", "not a JSON line"),
        ("[1, 2]", 'a batch needs "sites"'),
        ('{"mode": "all"}', 'a batch needs "sites"'),
        ('{"sites": "www.a.gov.test"}', 'a batch needs "sites"'),
        ('{"sites": [], "mode": "some"}', 'mode is "due" or "all"'),
        ('{"sites": [], "as_of": "yesterday"}', "as_of is not an ISO 8601 time"),
        ('{"sites": [], "as_of": "2024-03-01T00:00"}', "as_of has no offset"),
        ("\x00\ufffd{", "not a JSON line"),
    ],
)
def test_a_line_that_is_no_batch_is_told_and_the_next_one_is_crawled(crawls: Crawls, line: str, told: str) -> None:
    events = crawls.say(line, batch(A))
    assert events[0]["event"] == "error"
    assert told in events[0]["text"]
    assert events[1] == {"event": "done", "sites": 0, "runs": 0, "looks": 0}
    assert runs(events) == {A: "sound"}


def test_an_empty_batch_and_an_empty_line_are_no_trouble(crawls: Crawls) -> None:
    assert crawls.say("", batch()) == [{"event": "done", "sites": 0, "runs": 0, "looks": 0}]


def test_a_chosen_time_needs_a_simulated_home() -> None:
    with pytest.raises(GongkaiError, match="simulated"):
        read_batch('{"sites": [], "as_of": "2024-03-01T00:00+08:00"}', CrawlSettings(), simulated=False)


def test_it_cannot_begin_with_a_setting_that_makes_no_sense(crawls: Crawls) -> None:
    with child_process(crawls, GONGKAI_DELAY="soon") as child:
        out, errors = child.communicate("", timeout=60)
    assert (child.returncode, out) == (1, "")
    assert "GONGKAI_DELAY" in errors
    assert len(errors.splitlines()) == 1


def test_it_cannot_begin_with_an_archive_of_another_schema(crawls: Crawls, tmp_path: Path) -> None:
    with child_process(crawls, GONGKAI_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}") as child:
        _, errors = child.communicate(batch(A), timeout=60)
    assert child.returncode == 1
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_keeps_what_is_under_way_and_abandons_the_run(crawls: Crawls, number: signal.Signals) -> None:
    held = threading.Event()
    crawls.portals.put(f"{A}/a/2.html", article("通知"), hold=held)
    with child_process(crawls) as child:
        write(child, batch(A))
        assert child.stdout
        seen = [json.loads(child.stdout.readline()) for _ in range(4)]
        child.send_signal(number)
        held.set()
        rest = until_done(child.stdout)
        assert child.wait(20) == 0
    assert [event["event"] for event in seen] == ["look"] * 4
    assert runs(rest) == {A: "abandoned"}
    assert crawls.store.runs(A)[0].state is RunState.ABANDONED


def test_a_host_that_keeps_silent_does_not_keep_the_child_from_stopping(crawls: Crawls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.child.GRACE", 0.1)
    crawls.portals.put(f"{A}/list/", column("公示公告", []), hold=threading.Event())
    told = asyncio.run(_stopped_after_the_first_look(crawls))
    assert runs(told) == {A: "abandoned"}
    assert crawls.store.runs(A)[0].reasons == ("the crawl was stopped before its end (looks were still under way)",)


async def _stopped_after_the_first_look(crawls: Crawls) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    looked = asyncio.Event()

    def tell(event: dict[str, Any]) -> None:
        told.append(event)
        looked.set()

    child = Child(crawls.settings, crawls.store, crawls.reader, tell)
    lines = asyncio.Queue[str | None]()
    lines.put_nowait(batch(A))
    serving = asyncio.create_task(child.serve(lines))
    await looked.wait()
    await child.stop()
    await cancel_rest()
    await child.close()
    assert serving.done()
    return told


def test_a_child_without_work_stops_at_once(crawls: Crawls) -> None:
    with child_process(crawls) as child:
        write(child, batch())
        until_done(child.stdout)
        child.terminate()
        assert child.wait(20) == 0


def test_a_killed_child_leaves_an_open_run_that_the_next_one_does_not_touch(crawls: Crawls) -> None:
    held = threading.Event()
    crawls.portals.put(f"{A}/list/", column("公示公告", []), hold=held)
    with child_process(crawls) as child:
        write(child, batch(A))
        assert child.stdout
        child.stdout.readline()
        child.kill()
    held.set()
    assert crawls.store.runs(A)[0].state is RunState.OPEN
    assert runs(crawls.crawl(A)) == {A: "sound"}


def test_it_ends_when_nobody_reads_any_more(crawls: Crawls) -> None:
    with child_process(crawls) as child:
        assert child.stdout
        child.stdout.close()
        write(child, batch(A))
        assert child.wait(30) == 0


def test_what_is_printed_by_others_never_reaches_standard_output() -> None:
    talkative = (
        "import sys, os; sys.path.insert(0, os.getcwd()); import crawler.__main__ as m; out = m.own_stdout(); print('chat')"
    )
    spoken = subprocess.run([sys.executable, "-c", talkative], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (spoken.stdout, spoken.stderr) == ("", "chat\n")


def test_thirty_batches_leave_nothing_behind(crawls: Crawls) -> None:
    """Neither crawls nor spiders nor threads nor sockets nor growing memory."""
    measured = asyncio.run(_thirty(crawls.settings, crawls.store, crawls.reader))
    settled, ended = measured[9], measured[-1]
    assert ended["crawlers"] <= settled["crawlers"] <= 1
    assert ended["spiders"] <= settled["spiders"] <= 1
    assert ended["threads"] <= settled["threads"]
    assert ended["files"] <= settled["files"]
    assert ended["objects"] - settled["objects"] < 2000, "at most a few dozen objects a batch, such as log and cache entries"
    assert ended["kilobytes"] - settled["kilobytes"] < 12_000


async def _thirty(settings: CrawlSettings, store: Store, reader: Any) -> list[dict[str, int]]:
    child = Child(settings, store, reader, lambda event: None)
    measured = []
    for _ in range(30):
        lines = asyncio.Queue[str | None]()
        lines.put_nowait(batch(A, B))
        lines.put_nowait(None)
        await child.serve(lines)
        gc.collect()
        measured.append(_measure())
    await child.close()
    return measured


def _measure() -> dict[str, int]:
    alive = gc.get_objects()
    return {
        "crawlers": sum(type(thing) is Crawler for thing in alive),
        "spiders": sum(type(thing) is SiteSpider for thing in alive),
        "objects": len(alive),
        "threads": sum("archive" in thread.name or "leases" in thread.name for thread in threading.enumerate()),
        "files": sum(1 for _ in Path("/dev/fd").iterdir()),
        "kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def test_sites_resting_between_visits_leave_their_place_to_others() -> None:
    assert sites_at_once(CrawlSettings(delay=0, concurrency=16)) == 16
    assert sites_at_once(CrawlSettings(delay=5, concurrency=16)) == 96


def test_scrapy_itself_neither_waits_nor_remembers_nor_retries() -> None:
    settings = scrapy_settings(CrawlSettings(delay=0), gate=None)  # type: ignore[arg-type]
    assert settings["DOWNLOAD_DELAY"] == 0
    assert not any(settings[name] for name in ("RETRY_ENABLED", "COOKIES_ENABLED", "TELNETCONSOLE_ENABLED", "REDIRECT_ENABLED"))
    assert settings["DUPEFILTER_CLASS"] == "scrapy.dupefilters.BaseDupeFilter"
