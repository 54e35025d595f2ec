"""The three steps as processes of their own, all at once and again and again, while the portals change: on each engine.

What a portal served is written down, and the archive must tell exactly that: nothing lost, nothing doubled, and never two
visitors at one host.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import groupby
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from crawling import Crawls, open_crawls, runs
from front_door import Door
from portal_server import Portals, Reply, article, column, home
from sqlalchemy import select
from world import HOUSE, Box, free_port

from crawler.reader import PageReader
from storage.engine import reading
from storage.records import Outcome, Subscriber, Watchlist
from storage.tables import ALERT, CHANGE, PAGE

HOSTS = ("www.qinghe.test", "www.baishui.test", "www.nanshan.test")
DESKS = tuple(Subscriber(name, f"{name}@example.org") for name in ("anna", "board", "desk", "press"))
PAGES, BASELINE, ROUNDS = 6, 3, 2
GONE = "gone"


class Living(Portals):
    """Portals that are otherwise at every look; `served` is what each address said, in order."""

    def __enter__(self) -> Living:
        self.served: dict[str, list[str]] = defaultdict(list)
        return super().__enter__()

    def _serve(self, asked: BaseHTTPRequestHandler) -> None:
        where = asked.headers.get("Host", "") + asked.path
        before = len(self.served.get(where, ()))
        said, reply = GONE, Reply("not here", 404)
        if asked.path == "/":
            said, reply = "home", _html(home())
        elif asked.path == "/list/":
            rows = range(min(before, 9) // 2 + 1)
            said, reply = f"{len(rows)} rows", _html(column("公示公告", [(f"/n/{n}.html", f"第{n}号公示") for n in rows]))
        elif asked.path.startswith(("/a/", "/n/")) and (said := _text(asked.path, before)) != GONE:
            reply = _html(article("关于印发文件的通知", "2025-03-01", said))
        self.pages[where] = reply
        if "robots" not in where:
            self.served[where].append(said)
        super()._serve(asked)


def _text(path: str, before: int) -> str:
    """What an article says when it was asked for so often before: a third never rests, a third comes and goes, a third flips."""
    if path.startswith("/n/") or before < BASELINE:
        return "现将有关事项公示如下，公示期为七个工作日，请社会各界监督并提出意见。"
    kind, turn = int(path[3]) % 3, before - BASELINE
    if kind == 0:
        return f"现将有关事项通知如下，这是第{before}次印发的文本，请各单位结合实际认真贯彻执行。"
    if kind == 1:
        return GONE if turn % 4 < 2 else _text(path, 0)
    return _text(path, 0) if turn % 2 else "现将有关事项公示如下，公示期为三个工作日，逾期不再受理任何意见和建议。"


def _html(page: str) -> Reply:
    return Reply(page, headers=(("Content-Type", "text/html; charset=utf-8"),))


@dataclass
class House:
    """A home, the portals it watches, and the steps as a person starts them."""

    crawls: Crawls
    portals: Living
    box: Box
    settings: dict[str, str]
    made: list[subprocess.Popen[str]] = field(default_factory=list)

    def begin(self, *words: str, **more: str) -> subprocess.Popen[str]:
        """Start one command."""
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "monitor", *words]
        step = subprocess.Popen(command, env=os.environ | self.settings | more, text=True, stdout=pipe, stderr=pipe, cwd=HOUSE)
        self.made.append(step)
        return step

    def at_once(self, *steps: Sequence[str]) -> list[str]:
        """Run commands side by side; every one of them has to end well. Gives what they said."""
        begun = [self.begin(*words) for words in steps]
        said = [step.communicate(timeout=180) for step in begun]
        assert [(step.returncode, err) for step, (_, err) in zip(begun, said, strict=True)] == [(0, "")] * len(steps)
        for words, (out, _) in zip(steps, said, strict=True):
            if words[0] == "crawl":
                assert {(row["state"], row["error"]) for row in json.loads(out)} == {("sound", None)}
        return [out for out, _ in said]


CRAWL, JUDGE, DELIVER = ("crawl", "--all", "--json"), ("judge", "--json"), ("deliver", "--json")


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    box, port = Box(), free_port()
    mail = Controller(box, hostname="127.0.0.1", port=port)
    with Living() as portals:
        crawls = open_crawls(tmp_path, portals, HOSTS, simulated=False, database_url=database_url)
        crawls.reader = PageReader()
        settings = {
            "GONGKAI_HOME": str(tmp_path),
            "GONGKAI_DATABASE_URL": database_url,
            "GONGKAI_DELAY": "0",
            "GONGKAI_RESOLVE": crawls.settings.resolve,
            "GONGKAI_ALLOW_PRIVATE_HOSTS": "1",
            "GONGKAI_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "PYTHONPATH": str(HOUSE),
        }
        made = House(crawls, portals, box, settings)
        for host in HOSTS:
            crawls.watch(host, "/list/", articles=[f"/a/{number}.html" for number in range(PAGES)], follow=True)
        crawls.store.add_watchlist(Watchlist(subscribers=DESKS), crawls.store.pages()[0].added)
        mail.start()
        try:
            for _ in range(BASELINE):
                assert set(runs(crawls.crawl(*HOSTS)).values()) == {"sound"}
            yield made
        finally:
            mail.stop()
            for step in made.made:
                step.kill()
                step.communicate()
            crawls.store.close()


def test_the_steps_as_processes_at_once_lose_and_double_nothing(house: House, tmp_path: Path) -> None:
    towns = tmp_path / "towns.csv"
    towns.write_text("url,title\n" + "".join(f"http://{host}/a/{n}.html,通知{n}\n" for host in HOSTS for n in range(PAGES)))
    for number in range(ROUNDS):
        house.at_once(CRAWL, JUDGE, DELIVER, *([("import", str(towns))] if number else []))
    house.at_once(CRAWL, CRAWL, CRAWL)
    house.at_once(JUDGE, JUDGE, JUDGE)
    house.at_once(DELIVER, DELIVER, DELIVER)
    for words in (CRAWL, JUDGE, DELIVER):
        assert Door(tmp_path, house.settings)(*words).code == 0
    the_archive_tells_what_was_served(house)
    every_change_is_judged_once(house)
    everybody_is_told_once(house)
    assert {house.portals.most_at_once[host] for host in HOSTS} == {1}


def the_archive_tells_what_was_served(house: House) -> None:
    """Look by look, version by version, in the order served."""
    store = house.crawls.store
    assert {page.url.removeprefix("http://") for page in store.pages()} == set(house.portals.served)
    for where, served in house.portals.served.items():
        url = f"http://{where}"
        versions, spans = store.snapshots(url), store.sightings(url)
        assert sum(span.count for span in spans) == len(served), where
        if "/a/" in where:
            texts = [one.reading.body[0] for one in versions if one.reading]
            assert sorted(texts) == sorted(set(served) - {GONE}), where
            told = [GONE if span.outcome is Outcome.GONE else texts[(span.snapshot or 0) - 1] for span in spans]
            assert [said for said, _ in groupby(told)] == [said for said, _ in groupby(served)], where
        else:
            assert len(versions) == len(set(served)), where
            assert {span.outcome for span in spans} == {Outcome.OK}, where
    with reading(store.engine) as connection:
        assert connection.execute(select(PAGE.c.url).where(PAGE.c.version != PAGE.c.current)).all() == []


def every_change_is_judged_once(house: House) -> None:
    found = house.crawls.store.findings()
    with reading(house.crawls.store.engine) as connection:
        changes = connection.execute(select(CHANGE).where(CHANGE.c.sound, ~CHANGE.c.superseded, ~CHANGE.c.baseline)).all()
    assert all(change.judged_at for change in changes)
    of_changes = [one.verdict.key.split(":")[-1] for one in found if ":change:" in one.verdict.key]
    assert sorted(of_changes) == sorted(str(change.id) for change in changes)
    assert len(changes) >= len(HOSTS) * PAGES
    held = Counter(one.verdict.key for one in found if one.verdict.machine != "resolved")
    assert set(held.values()) <= {1}
    gone = {where for where, served in house.portals.served.items() if served[-1] == GONE}
    open_ = {one.verdict.url for one in house.crawls.store.open_findings("page_removed")}
    assert open_ == {f"http://{where}" for where in gone}
    queue = house.crawls.store.queue()
    assert set(queue.values()) == {0}, queue


def everybody_is_told_once(house: House) -> None:
    store = house.crawls.store
    with reading(store.engine) as connection:
        alerts = connection.execute(select(ALERT)).all()
    assert all(alert.message for alert in alerts)
    assert max(Counter((alert.finding, alert.subscriber, alert.turn) for alert in alerts).values()) == 1
    told = Counter(alert.finding for alert in alerts)
    lasting = [one for one in store.findings() if one.verdict.machine != "resolved"]
    assert {told[one.id] for one in lasting} == {len(DESKS)}
    assert set(house.box.ids().values()) == {1}
    assert set(house.box.ids()) == {message.message_id for message in store.messages()}
    assert {message.state for message in store.messages()} == {"sent"}
