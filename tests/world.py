"""A county's portal on loopback and a home that watches it: the real crawl, archive, judge and mail, day after day."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path
from typing import Any

from crawling import Crawls, open_crawls
from portal_server import Portals, article, home

from crawler.probe import HttpProbe
from crawler.reader import PageReader
from monitor.compare import compare
from monitor.deliver import DeliverReport, deliver
from monitor.judge import judge
from monitor.settings import MonitorSettings
from storage.clock import SystemClock
from storage.records import Finding, Reader, Subscriber, Watchlist
from storage.store import Store

HOUSE = Path(__file__).parents[1]
HOST = "www.qinghe.test"
DAY = timedelta(days=1)
START = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
DESK = Subscriber("desk", "desk@example.org")
PAGES = 6
CONTENT_KINDS = {"page_changed", "silent_edit", "figure_changed", "redated", "link_changed", "attachment_changed"}
HTML = (("Content-Type", "text/html; charset=utf-8"),)
SENTENCE = (
    "为进一步规范全县行政规范性文件的制定和管理工作，现就有关事项通知如下，"
    "请各乡镇人民政府和县直各部门结合本地实际认真组织抓好贯彻落实并及时报告。"
)
OTHER = SENTENCE.replace("认真", "严格")


class Hands:
    """A clock that a test sets."""

    def __init__(self, now: datetime = START) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


class Box:
    """A mail server's handler that remembers what it took."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(envelope.content)
        return "250 OK"

    def ids(self) -> Counter[str]:
        return Counter(message_from_bytes(content, policy=modern)["Message-ID"] for content in self.taken)

    def texts(self) -> list[str]:
        mails = [message_from_bytes(content, policy=modern) for content in self.taken]
        return [part.get_content() for mail in mails for part in [mail.get_body(("plain",))] if part]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class World:
    """A county's portal, and a home that watches it day after day by a simulated clock."""

    crawls: Crawls
    home: Path
    database_url: str
    clock: Hands = field(default_factory=Hands)
    reader: Reader = field(default_factory=PageReader)

    @property
    def store(self) -> Store:
        return self.crawls.store

    @property
    def portals(self) -> Portals:
        return self.crawls.portals

    def show(self, number: int, *paragraphs: str, day: str = "2025-03-01", title: str = "") -> None:
        """Serve this article."""
        self.portals.put(f"{HOST}/a/{number}.html", article(title or f"关于第{number}号文件的通知", day, *paragraphs))

    def url(self, number: int) -> str:
        return f"http://{HOST}/a/{number}.html"

    def crawl(self, host: str = HOST, mode: str = "all") -> list[dict[str, Any]]:
        """One crawl of everything, or of what is due, at the clock's time."""
        self.crawls.reader = self.reader
        return self.crawls.crawl(host, mode=mode, as_of=self.clock.time)

    def judge(self) -> list[Finding]:
        policy = self.crawls.settings.policy()
        probe = HttpProbe(
            policy, leases=self.store.leases, robots_store=self.store, clock=SystemClock(), reader=self.reader, dates=self.clock
        )
        compare(self.store, self.reader, self.clock)
        return judge(self.store, self.clock, probe, self.reader)

    def next_day(self) -> list[Finding]:
        """The next day's crawl and judging; gives what is new or has turned."""
        self.clock.time += DAY + timedelta(minutes=1)  # a crawl's own seconds must not make three days of 48 hours less one
        self.crawl()
        return self.judge()

    def days(self, number: int) -> list[Finding]:
        return [finding for _ in range(number) for finding in self.next_day()]

    def settle_in(self) -> None:
        """The baseline, and one day more."""
        assert self.days(4) == []

    def told(self) -> list[tuple[str, str]]:
        """Kind and state of every finding."""
        return [(one.verdict.kind, one.verdict.machine) for one in self.store.findings()]

    def deliver(self, **settings: Any) -> DeliverReport:
        return deliver(self.store, self.clock, MonitorSettings.load(self.home, smtp_timeout=5, **settings))


@contextmanager
def open_world(database_url: str, home_folder: Path, *, simulated: bool = True, kind: type[Portals] = Portals) -> Iterator[World]:
    """The portal and the home, gone when the test ends."""
    with kind() as portals:
        crawls = open_crawls(home_folder, portals, [HOST], simulated=simulated, database_url=database_url)
        made = World(crawls, home_folder, database_url)
        portals.put(f"{HOST}/", home())
        for number in range(PAGES):
            made.show(number)
        crawls.watch(HOST, articles=[f"/a/{number}.html" for number in range(PAGES)])
        crawls.store.add_watchlist(Watchlist(subscribers=(DESK,)), START)
        yield made
        crawls.store.close()
