"""Kills, crowds and broken rows, through the real rooms and on each engine: nothing lost, nothing doubled, nobody accused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from crawling import runs
from portal_server import Portals, Reply, article
from sqlalchemy import delete, func, select, update
from world import DAY, HOST, HOUSE, PAGES, SENTENCE, START, Box, World, free_port, open_world

from crawler.reader import PageReader
from storage.engine import reading, writing
from storage.records import Agency, DutyRow, Site, Subscriber, Watchlist
from storage.tables import ALERT, BLOB, CHANGE, LEASE, PAGE, SNAPSHOT


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with open_world(database_url, tmp_path) as made:
        yield made


@contextmanager
def post(box: Box, port: int) -> Iterator[None]:
    """A mail server at this port."""
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield
    finally:
        server.stop()


def environment(world: World, **more: str) -> dict[str, str]:
    """What a process of its own needs to work on this home."""
    settings = world.crawls.settings
    given = {
        "GONGKAI_HOME": str(world.home),
        "GONGKAI_DATABASE_URL": world.database_url,
        "GONGKAI_DELAY": "0",
        "GONGKAI_RESOLVE": settings.resolve,
        "GONGKAI_ALLOW_PRIVATE_HOSTS": "1",
        "PYTHONPATH": f"{HOUSE}{os.pathsep}{HOUSE / 'tests'}",
    }
    return os.environ | given | more


@contextmanager
def crawl_process(world: World, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A crawl child of its own."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "crawler"]
    child = subprocess.Popen(command, cwd=HOUSE, text=True, env=environment(world, **more), stdin=pipe, stdout=pipe)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def ask(child: subprocess.Popen[str], world: World, *sites: str) -> None:
    assert child.stdin
    as_of = world.clock.time.isoformat() if world.store.simulated else None
    child.stdin.write(json.dumps({"sites": sites or [HOST], "mode": "all", "as_of": as_of}) + "\n")
    child.stdin.flush()


# --- kills ------------------------------------------------------------------------------------------------------------------

DYING = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from monitor.deliver import deliver, notifiers_of
from monitor.settings import MonitorSettings
from storage.store import Store

class Hands:
    def now(self): return datetime.fromisoformat(sys.argv[2])

settings = MonitorSettings.load(Path(sys.argv[1]))
hand = notifiers_of(settings)["email"]
send = hand.send
def once(message):
    if sys.argv[4] == "tried":
        send(message)
    os.kill(os.getpid(), signal.SIGKILL)
hand.send = once
deliver(Store.open(sys.argv[3]), Hands(), settings, {"email": hand})
"""


@pytest.mark.parametrize("killed_when", ["claimed", "tried"])
def test_alerts_of_a_day_without_mail_server_and_with_a_kill_arrive_exactly_once(world: World, killed_when: str) -> None:
    """Killed between the claim and the mail, or after a try that found no server."""
    world.store.add_watchlist(Watchlist(subscribers=(Subscriber("two", "two@example.org"),)), START)
    world.settle_in()
    box, port = Box(), free_port()
    smtp = f"smtp://127.0.0.1:{port}"
    for number in (0, 1):
        world.show(number, SENTENCE)
        assert len(world.next_day()) == 1
        assert world.deliver(smtp_url=smtp).sent == 0
    world.show(2, SENTENCE)
    world.next_day()
    arguments = [sys.executable, "-c", DYING, str(world.home), world.clock.time.isoformat(), world.database_url, killed_when]
    died = subprocess.run(arguments, env=environment(world, GONGKAI_SMTP_URL=smtp), timeout=60)
    assert died.returncode == -signal.SIGKILL
    world.show(3, SENTENCE)
    world.next_day()
    with post(box, port):
        for _ in range(3):
            world.clock.time = max(world.clock.time, START + 1000 * DAY) + DAY
            world.deliver(smtp_url=smtp)
    assert set(box.ids().values()) == {1}
    told = Counter(f"第{number}号" for text in box.texts() for number in range(PAGES) if f"关于第{number}号文件的通知" in text)
    assert told == {f"第{number}号": 2 for number in range(4)}, "once for each of two subscribers"
    assert world.store.queue()["alerts"] == world.store.queue()["messages"] == 0


def test_a_crawl_killed_in_the_middle_tells_nothing_by_itself_and_loses_nothing(world: World) -> None:
    world.settle_in()
    there = world.portals.pages.pop(f"{HOST}/a/1.html")
    assert [one.verdict.kind for one in world.next_day()] == ["page_removed"]
    world.show(0, SENTENCE)
    world.portals.pages[f"{HOST}/a/1.html"] = there
    world.portals.pages[f"{HOST}/a/4.html"] = Reply("later", hold=(hold := threading.Event()))
    world.clock.time += DAY
    with crawl_process(world) as child:
        ask(child, world)
        assert child.stdout
        while "/a/3.html" not in child.stdout.readline():
            pass
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    hold.set()
    world.show(4)
    assert world.judge() == []
    with writing(world.store.engine) as connection:
        connection.execute(delete(LEASE))  # the dead one's leases run out after a while
    assert world.judge() == []
    found = world.next_day()
    assert sorted((one.verdict.kind, one.verdict.machine) for one in found) == [
        ("page_restored", "suspected"), ("silent_edit", "settled"),
    ]  # fmt: skip
    assert [(one.verdict.kind, one.verdict.machine) for one in sorted(world.days(3), key=lambda one: one.id)] == [
        ("page_removed", "resolved"), ("page_restored", "settled"),
    ]  # fmt: skip
    assert [run.state for run in world.store.runs(HOST)].count("open") <= 1


# --- crowds -----------------------------------------------------------------------------------------------------------------


class Timed(Portals):
    """Portals that write down when each request came and went."""

    times: list[tuple[float, float]]

    def _serve(self, asked: BaseHTTPRequestHandler) -> None:
        began = time.monotonic()
        super()._serve(asked)
        self.times.append((began, time.monotonic()))


def test_two_crawls_of_one_host_at_once_never_double_the_rate(database_url: str, tmp_path: Path) -> None:
    delay = 0.1
    with open_world(database_url, tmp_path, simulated=False, kind=Timed) as world, ExitStack() as stack:
        portals = world.portals
        assert isinstance(portals, Timed)
        portals.times = []
        children = [stack.enter_context(crawl_process(world, GONGKAI_DELAY=str(delay))) for _ in range(2)]
        for child in children:
            ask(child, world)
        told = [child.communicate(timeout=60)[0] for child in children]
    assert [json.loads(lines.splitlines()[-1])["looks"] for lines in told] == [PAGES + 1] * 2
    times = sorted(portals.times)
    assert len(times) >= 2 * (PAGES + 1)
    assert portals.most_at_once[HOST] == 1
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(times)]
    assert min(gaps) >= delay / 2 * 0.9, gaps


CROWD = """
import sys
from loguru import logger
from pathlib import Path
from crawler.reader import PageReader
from crawler.settings import CrawlSettings
from crawling import Crawls
from monitor.compare import compare
from monitor.deliver import deliver
from monitor.judge import judge
from monitor.settings import MonitorSettings
from storage.clock import SystemClock
from storage.store import Store

logger.remove()
logger.add(sys.stderr, level="WARNING")
crawls = CrawlSettings()
settings, store, reader, clock = MonitorSettings.load(crawls.home), Store.open(crawls.database_url), PageReader(), SystemClock()
rounds = Crawls(store, None, crawls, reader)
for _ in range(int(sys.argv[2])):
    for event in rounds.crawl(sys.argv[1]):
        if event["event"] == "error" or event.get("state", "sound") != "sound" or event.get("verdict") == "lost":
            print(event)
        if event.get("outcome", "ok") != "ok":
            print(event)
    compare(store, reader, clock)
    judge(store, clock, None, reader)
    print(*deliver(store, clock, settings).troubles, end="")
"""


class Restless(Portals):
    """Portals whose articles say something else at every request."""

    def _serve(self, asked: BaseHTTPRequestHandler) -> None:
        if asked.path.startswith("/a/"):
            number = sum(where.endswith(asked.path) for where, _ in self.asked)
            self.put(f"{HOST}{asked.path}", article("通知", "2025-03-01", f"{SENTENCE}这是第{number}次印发的版本。"))
        super()._serve(asked)


def test_three_processes_that_crawl_judge_and_deliver_at_once_lose_and_double_nothing(database_url: str, tmp_path: Path) -> None:
    box, port = Box(), free_port()
    with open_world(database_url, tmp_path, simulated=False, kind=Restless) as world, post(box, port):
        settled = environment(world, GONGKAI_SMTP_URL=f"smtp://127.0.0.1:{port}")
        world.crawls.reader = PageReader()
        for _ in range(3):
            assert runs(world.crawls.crawl(HOST)) == {HOST: "sound"}
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", CROWD, HOST, "4"]
        crowd = [subprocess.Popen(command, env=settled, text=True, stdout=pipe, stderr=pipe) for _ in range(3)]
        said = [one.communicate(timeout=120) for one in crowd]
        assert [(one.returncode, out, err) for one, (out, err) in zip(crowd, said, strict=True)] == [(0, "", "")] * 3
        last = subprocess.run([*command[:-1], "1"], env=settled, text=True, capture_output=True, timeout=60)
        assert (last.returncode, last.stdout, last.stderr) == (0, "", "")
        found = world.store.findings()
        with reading(world.store.engine) as connection:
            alerts = connection.execute(select(ALERT.c.finding, ALERT.c.message)).all()
            left = select(func.count()).select_from(CHANGE).where(CHANGE.c.sound, CHANGE.c.judged_at.is_(None))
            changes = (
                connection.execute(select(CHANGE.c.id).where(CHANGE.c.sound, ~CHANGE.c.superseded, ~CHANGE.c.baseline))
                .scalars()
                .all()
            )
            assert connection.execute(left.where(~CHANGE.c.superseded)).scalar() == 0
        assert sorted(one.verdict.key.split(":")[-1] for one in found) == sorted(str(change) for change in changes)
        assert max(Counter(one.verdict.key for one in found).values()) == 1
        assert len(found) >= 5 * PAGES
        assert Counter(alert.finding for alert in alerts) == dict.fromkeys((one.id for one in found), 1)
        assert all(alert.message for alert in alerts)
        assert set(box.ids().values()) == {1}
        assert {message.state for message in world.store.messages()} == {"sent"}
        assert len(box.ids()) == len(world.store.messages())
        for number in range(PAGES):
            (after,) = [text for text in (world.store.snapshots(world.url(number))[-1].reading,) if text]
            assert str(world.portals.pages[f"{HOST}/a/{number}.html"].body).count(after.body[0]) == 1


# --- broken rows ------------------------------------------------------------------------------------------------------------


def test_one_broken_row_never_stops_the_others(world: World) -> None:
    agency = Agency("qinghe", "青禾县人民政府", level="county")
    site = Site(HOST, "青禾县人民政府网站", ("qinghe",), scheme="http")
    broken = DutyRow("qinghe", "plan", "2025", date(2025, 3, 1), "a notice", "年度计划(", None)
    desks = (Subscriber("broken", "no address", notifier="pigeon"), Subscriber("ok", "ok@example.org"))
    world.store.add_watchlist(Watchlist((agency,), (site,), duties=(broken,), subscribers=desks), START)
    world.days(4)
    with writing(world.store.engine) as connection:
        ids = {row.key: row.id for row in connection.execute(select(PAGE.c.key, PAGE.c.id))}
        first, second, third = (ids[f"{HOST}/a/{number}.html"] for number in range(3))
        connection.execute(update(PAGE).where(PAGE.c.id == first).values(url="http://[::1/a"))
        connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.page == second).values(reading="ab" * 32))
        connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.page == third).values(reading="ab" * 32))
    world.portals.pages.pop(f"{HOST}/a/2.html")
    for number in (1, 3):
        world.show(number, SENTENCE)
    world.clock.time += DAY
    assert runs(world.crawl()) == {HOST: "sound"}
    found = {(one.verdict.kind, one.verdict.url) for one in world.judge()}
    assert {("silent_edit", world.url(1)), ("silent_edit", world.url(3)), ("page_removed", world.url(2))} <= found
    world.deliver()
    assert {message.subscriber for message in world.store.messages()} == {"desk", "ok"}
    assert world.store.queue()["compare"] == world.store.queue()["pages"] == 0


def test_broken_rows_at_the_front_of_a_full_batch_do_not_starve_those_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.shelves.changes.BATCH", 2)
    monkeypatch.setattr("storage.shelves.ground.BATCH", 2)
    world.settle_in()
    for number in range(4):
        world.show(number, SENTENCE)
    world.clock.time += DAY
    world.crawl()
    with writing(world.store.engine) as connection:
        keys = [f"{HOST}/a/{number}.html" for number in (0, 1)]
        broken = select(PAGE.c.id).where(PAGE.c.key.in_(keys))
        connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.page.in_(broken)).values(reading="ab" * 32))
        bytes_ = select(SNAPSHOT.c.sha256).where(SNAPSHOT.c.page.in_(broken))
        connection.execute(update(BLOB).where(BLOB.c.sha256.in_(bytes_)).values(data=b"x"))
    assert {one.verdict.url for one in world.judge()} == {world.url(2), world.url(3)}
    assert world.store.queue()["compare"] == 2
