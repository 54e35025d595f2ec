"""The walk through the whole house by its front door: a made-up region on loopback, real crawl processes, a real archive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from front_door import Door

from deploy.demo import Region, Server
from monitor.commands.crawling import Children, CrawlChild
from monitor.commands.home import Home
from monitor.commands.watchlist import write_watchlist
from storage.errors import GongkaiError
from storage.records import Watchlist

FINDING_KEYS = [
    "id", "kind", "also", "subject", "agency", "site", "url", "title", "machine", "human", "raised", "updated", "happened",
    "severity", "priority", "reasons", "evidence", "detail",
]  # fmt: skip
DUTY_KEYS = [
    "agency", "duty", "period", "due", "basis", "state", "days", "at_least", "grounds", "shown", "absent_at", "present_by",
    "url", "match", "reasons", "evidence",
]  # fmt: skip


class Walk:
    """A simulated home that watches a region, and the region it watches."""

    def __init__(self, region: Region, door: Door) -> None:
        self.region = region
        self.door = door
        self.watchlist: Watchlist = region.watchlist()
        self._looks = 0

    def on(self, day: int) -> str:
        """Let it be the region's look day of this number; gives the time of a look on it."""
        self.region.set_day(self.region.looks()[day])
        self._looks += 1
        return f"{self.region.day}T12:{self._looks:02d}+08:00"


@pytest.fixture
def region(home_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Region, dict[str, str]]]:
    for name in [name for name in os.environ if name.startswith("GONGKAI_")]:
        monkeypatch.delenv(name)
    made = Region()
    with Server(made) as server:
        wire = {"GONGKAI_RESOLVE": server.resolve, "GONGKAI_ALLOW_PRIVATE_HOSTS": "true", "GONGKAI_DELAY": "0"}
        yield made, {**home_settings, **wire}


@pytest.fixture
def walk(region: tuple[Region, dict[str, str]], tmp_path: Path) -> Walk:
    made, environment = region
    walk = Walk(made, Door(tmp_path / "home", environment))
    assert walk.door("init", "--simulated").code == 0
    write_watchlist(tmp_path / "region.toml", walk.watchlist)
    assert walk.door("import", tmp_path / "region.toml").code == 0
    return walk


def test_a_walk_through_all_steps(walk: Walk) -> None:
    door, hosts = walk.door, [site.host for site in walk.watchlist.sites]

    crawled = door("crawl", "--as-of", walk.on(0), "--json")
    assert sorted(row["site"] for row in crawled.json) == sorted(hosts)
    assert {row["state"] for row in crawled.json} == {"sound"}
    assert all(list(row) == ["site", "state", "reasons", "tally", "error"] for row in crawled.json)
    assert door("judge", "--json").code == 0
    assert door("deliver", "--json").code == 0

    again = door("run", "--as-of", walk.on(1))
    assert again.code == 0
    assert all(host in again.out for host in hosts)
    assert "mails: " in again.out

    early = door("crawl", "--as-of", "2020-01-01")
    assert (early.code, early.out) == (1, "")
    assert "--as-of 2025-01-1" in early.err

    duties = door("duties", "--json").json
    assert [list(row) for row in duties] == [DUTY_KEYS] * len(duties)
    assert {row["duty"] for row in duties} == {"annual_report"}
    assert {row["period"] for row in door("duties", "--year", 2023, "--json").json} == {"2023"}
    late = door("duties", "--as-of", "2030-01-01", "--json").json
    assert not {row["state"] for row in late} & {"due_soon"}
    table = door("duties", "--csv").out.splitlines()
    assert table[0] == ",".join(DUTY_KEYS[:-1])
    assert len(table) == len(duties) + 1

    status = door("status", "--json").json
    assert sorted(row["site"] for row in status["sites"]) == sorted(hosts)
    assert status["simulated"] is True
    assert set(status["queue"].values()) == {0}


def test_the_history_of_a_page_is_told(walk: Walk) -> None:
    door = walk.door
    for day in (0, 1):
        assert door("crawl", "--all", "--as-of", walk.on(day)).code == 0
    column = next(page.url for page in walk.watchlist.pages if page.venue_for)
    spans = door("log", column, "--json").json
    assert spans[0]["outcome"] == "ok"
    assert datetime.fromisoformat(spans[0]["first"]).tzinfo is not None
    shown = door("show", f"{column}@1", "--json").json
    assert (shown["outcome"], shown["kind"]) == ("ok", "listing")
    assert shown["entries"]
    assert door("show", f"{column}@99").code == 1
    assert door("diff", column, "1", "1", "--json").json == {"changes": [], "noise_only": True}
    assert door("diff", column, "1").code == 2


def test_findings_are_told_in_full_once_something_is_found(walk: Walk) -> None:
    door, looks = walk.door, walk.region.looks()
    after = next(number for number, day in enumerate(looks) if f"{day:%m-%d}" > "02-02")
    for day in (0, after, after + 1, after + 2):
        assert door("run", "--as-of", walk.on(day)).code == 0
    found = door("findings", "--json").json
    assert [list(one) for one in found] == [FINDING_KEYS] * len(found)
    missing = next(one for one in found if one["kind"] == "missing_report")
    assert set(missing["agency"]) == {"id", "name"}
    assert set(missing["happened"]) == {"after", "by"}
    assert {one["kind"] for one in door("findings", "--kind", "missing_report", "--json").json} == {"missing_report"}
    assert door("findings", "--since", missing["updated"], "--json").json
    assert door("findings", "--since", "2031-01-01", "--json").json == []
    assert door("findings", "--kind", "bogus").code == 2
    assert "missing_report" in door("findings").out
    assert list((door.home / "mail").rglob("*.eml"))


def test_one_site_alone_can_be_crawled(walk: Walk) -> None:
    host = walk.watchlist.sites[0].host
    assert [row["site"] for row in walk.door("crawl", "--site", host, "--as-of", walk.on(0), "--json").json] == [host]
    assert walk.door("crawl", "--site", host, "--as-of", walk.on(0), "--json").json == []


def test_add_looks_says_what_it_sees_and_watches(region: tuple[Region, dict[str, str]], tmp_path: Path) -> None:
    made, environment = region
    door = Door(tmp_path / "home", environment)
    home = made.watchlist().sites[0].home
    column = next(page.url for page in made.watchlist().pages if page.venue_for and page.url.startswith(home))

    first = door("add", home)
    assert first.code == 0
    assert f"add {column} --duty annual_report" in first.out
    second = door("add", column, "--duty", "annual_report")
    assert second.code == 0
    assert "watched as column" in second.out
    assert "entries" in second.out
    article = door("add", entries(door, column)[0])
    assert article.code == 0
    assert "watched as article" in article.out
    watched = (tmp_path / "all.toml", door("export", tmp_path / "all.toml"))[0].read_text()
    assert all(address in watched for address in (home, column))

    gone = door("add", f"{home}nothing-here.html")
    assert gone.code == 1
    assert "cannot be added now: " in gone.err
    assert door("add", "ftp://a.gov.cn/").code == 2
    assert door("add", column, "--duty", "bogus").code == 1
    private = door("add", home, GONGKAI_ALLOW_PRIVATE_HOSTS="")
    assert "GONGKAI_ALLOW_PRIVATE_HOSTS" in private.err


def entries(door: Door, column: str) -> list[str]:
    """The addresses that a column lists, crawled for it."""
    assert door("crawl", "--all").code == 0
    return [entry["url"] for entry in door("show", column, "--json").json["entries"]]


def test_a_child_that_cannot_begin_is_a_clear_error(tmp_path: Path) -> None:
    broken = {**os.environ, "GONGKAI_HOME": str(tmp_path), "GONGKAI_DELAY": "soon"}
    with CrawlChild(broken) as child, pytest.raises(GongkaiError, match="ended with code 1"):
        list(child.crawl(["a.gov.cn"], "due", None))


def test_when_every_child_dies_the_crawl_is_exit_code_1(walk: Walk) -> None:
    walk.on(0)
    told = walk.door("crawl", "--json", PATH="", PYTHONHASHSEED="not a number")
    assert told.code == 1
    assert told.err.splitlines()[-1].startswith("gongkai: nothing could be crawled: the crawl process ended")
    assert all(row["error"] for row in told.json)


def test_a_dead_child_takes_only_its_own_sites_with_it(walk: Walk) -> None:
    as_of = datetime.fromisoformat(walk.on(0))
    hosts = [site.host for site in walk.watchlist.sites][:2]
    environment = Home(
        walk.door.home, **{k.removeprefix("GONGKAI_").lower(): v for k, v in walk.door.environment.items()}
    ).environment
    with Children(environment, 2) as children:
        first, second = children._children
        list(first.crawl([], "due", as_of))
        assert first._process is not None
        os.kill(first._process.pid, signal.SIGSTOP)
        events = []
        for event in children.crawl(hosts, "due", as_of):
            events.append(event)
            if event["event"] == "run":
                first._process.kill()
        assert [(event["sites"], event["text"][:36]) for event in events if event["event"] == "lost"] == [
            ([hosts[0]], "the crawl process ended with code -9")
        ]
        assert [event["state"] for event in events if event["event"] == "run"] == ["sound"]
        assert second._process is not None
        again = list(children.crawl([hosts[0]], "due", as_of))
        assert [event["event"] for event in again if event["event"] in {"run", "lost"}] == ["run"]


def test_serve_crawls_at_once_and_stops_when_told(region: tuple[Region, dict[str, str]], tmp_path: Path) -> None:
    made, environment = region
    door = Door(tmp_path / "home", environment)
    write_watchlist(tmp_path / "region.toml", made.watchlist())
    door("import", tmp_path / "region.toml")
    serving = subprocess.Popen(
        [sys.executable, "-m", "monitor", "serve", "--home", str(door.home)],
        env={**os.environ, **environment, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert serving.stderr is not None
    try:
        told = [line for _, line in zip(made.watchlist().sites, crawled(serving.stderr), strict=False)]
        assert all(": sound " in line for line in told)
    finally:
        serving.send_signal(signal.SIGTERM)
        rest = serving.communicate(timeout=30)
    assert (serving.returncode, rest[0]) == (0, "")


def crawled(lines: Iterator[str]) -> Iterator[str]:
    """The lines of a log that tell of a site's crawl."""
    return (line for line in lines if ".example: " in line)
