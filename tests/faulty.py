"""Homes in which programs die: portals that change at every look and remember what they said, and processes that are killed.

What a portal served is held against what the archive tells: nothing lost but what was in flight, nothing doubled, in the order
served. Used by the suite in short (house/test_faults.py) and by hand at length (bench/faults.py).
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from crawling import ADDED, Crawls, open_crawls, runs
from invariants import looks_of_pages, troubles
from portal_server import Portals, Reply, article, column, home
from sqlalchemy import update

from crawler.reader import PageReader
from crawler.walk import READ_AHEAD
from storage.engine import writing
from storage.records import RunState, Subscriber, Watchlist
from storage.tables import LEASE

ROOT = Path(__file__).parents[1]
HOSTS = ("www.qinghe.test", "www.baishui.test")
PAGES = 6
STEP = timedelta(hours=3)
"""Between two crawls: longer than the hour after which a silent run counts as dead."""
GONE = "gone"
REST = "现将有关事项公示如下，公示期为七个工作日，请社会各界监督并提出意见和建议。"
BESIDE = 10_000
"""Bytes of a frame from which on it lies in a file: there shall be some at each look."""


class Changing(Portals):
    """Portals that are otherwise at every look; `served` is what each address said, in order."""

    def __enter__(self) -> Changing:
        self.served: dict[str, list[str]] = defaultdict(list)
        self.until: tuple[int, threading.Event] | None = None  #: after so many more answers the event is set
        return super().__enter__()

    def _serve(self, asked: BaseHTTPRequestHandler) -> None:
        where = asked.headers.get("Host", "") + asked.path
        said, reply = _said(asked.path, len(self.served.get(where, ())))
        self.pages[where] = reply
        if "robots" not in where:
            self.served[where].append(said)
            self._count()
        super()._serve(asked)

    def _count(self) -> None:
        if self.until is not None:
            left, reached = self.until
            self.until = (left - 1, reached)
            if left <= 1:
                reached.set()


def _said(path: str, before: int) -> tuple[str, Reply]:
    if path == "/":
        return "home", _html(home())
    if path == "/list/":
        rows = range(min(before // 3 + 1, 12))
        return f"{len(rows)} rows", _html(column("公示公告", [(f"/n/{n}.html", f"第{n}号公示") for n in rows]))
    if path.startswith(("/a/", "/n/")) and (said := _text(path, before)) != GONE:
        return said, _html(article("关于印发文件的通知", "2024-02-01", said, *_more(path, before)))
    return GONE, Reply("not here", 404)


def _text(path: str, before: int) -> str:
    """What an article says when it was asked for so often before: one comes and goes, one flips, others never rest."""
    number = int(path[3:-5])
    if path.startswith("/n/") or number == 0:
        return REST
    if number == 1:
        return GONE if before % 8 in (5, 6) else REST
    if number == 2:
        return REST if before % 2 else REST.replace("七", "三")
    return f"现将有关事项通知如下，这是第{before}次印发的文本，请各单位结合实际认真贯彻执行。"


def _more(path: str, before: int) -> list[str]:
    """Of one page so much that its frame lies in a file, and other at every look."""
    signs = random.Random(before).choices(range(0x4E00, 0x9F00), k=8000) if path == "/a/3.html" else []
    return ["".join(map(chr, signs))] if signs else []


def _html(page: str) -> Reply:
    return Reply(page, headers=(("Content-Type", "text/html; charset=utf-8"),))


@dataclass
class Forge:
    """Makes processes out of a program that is imported once (tests/dying.py); one at a time."""

    server: subprocess.Popen[str]
    process: int = 0

    @classmethod
    def make(cls) -> Forge:
        """A new one."""
        pipe, command = subprocess.PIPE, [sys.executable, str(Path(__file__).with_name("dying.py")), "-"]
        return cls(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT))

    def begin(self, **wanted: Any) -> None:
        """Begin a process."""
        assert self.server.stdin
        self.server.stdin.write(json.dumps(wanted) + "\n")
        self.server.stdin.flush()
        self.process = int(self._answer())

    def wait(self) -> int:
        """Its exit code, when it has ended."""
        return int(self._answer())

    def kill(self) -> None:
        """End it now."""
        os.kill(self.process, signal.SIGKILL)

    def _answer(self) -> str:
        assert self.server.stdout
        return self.server.stdout.readline()

    def close(self) -> None:
        """End the maker."""
        self.server.communicate(timeout=30)


@dataclass(frozen=True)
class Ended:
    """What came of one process: its exit code, the events it told, and its last words."""

    code: int
    told: list[dict[str, Any]]
    errors: str

    @property
    def killed(self) -> bool:
        """Did it die in the middle."""
        return self.code == -signal.SIGKILL


@dataclass
class FaultyHome:
    """A home, the portals it watches, and the count of what may have been lost."""

    folder: Path
    crawls: Crawls
    portals: Changing
    forges: list[Forge]
    now: datetime = ADDED
    in_flight: int = 0  #: looks that may be missing for good: those under way when something died
    crowded: bool = False  #: did several crawls of a site ever go on at once
    told: Counter[str] = field(default_factory=Counter)  #: looks that were told as kept, by address

    @property
    def environment(self) -> dict[str, str]:
        """The settings of every process."""
        settings = self.crawls.settings
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("GONGKAI_")},
            "GONGKAI_HOME": str(self.folder),
            "GONGKAI_DATABASE_URL": settings.database_url,
            "GONGKAI_DELAY": "0",
            "GONGKAI_RESOLVE": settings.resolve,
            "GONGKAI_ALLOW_PRIVATE_HOSTS": "1",
            "GONGKAI_LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(ROOT),
        }

    def turn(self) -> None:
        """Let three hours pass, in which the leases of the dead end."""
        self.now += STEP
        with writing(self.crawls.store.engine) as connection:
            connection.execute(update(LEASE).values(holder=None, until=None))

    def batch(self) -> str:
        """A crawl of everything, now."""
        return json.dumps({"sites": list(HOSTS), "mode": "all", "as_of": self.now.isoformat()}) + "\n"

    def child(self, forge: int = 0, **orders: Any) -> Flight:
        """Begin a crawl child that crawls everything once."""
        return self.begin("crawler", forge=forge, **orders)

    def begin(
        self, module: str, *arguments: str, forge: int = 0, settings: Mapping[str, str] | None = None, **orders: Any
    ) -> Flight:
        """Begin a process."""
        maker, name = self.forges[forge], self.folder / f"process{forge}"
        name.with_suffix(".in").write_text(self.batch())
        files = {part: str(name.with_suffix(f".{part[3:]}")) for part in ("stdin", "stdout", "stderr")}
        environment = self.environment | dict(settings or {})
        maker.begin(orders={"large": BESIDE, **orders}, module=module, arguments=arguments, environment=environment, **files)
        return Flight(self, maker, name)

    def died(self, processes: int = 1) -> None:
        """So many crawls died: what was under way at each of their sites may be missing."""
        self.in_flight += processes * len(HOSTS) * (1 + READ_AHEAD)

    def goes_on(self) -> None:
        """The next crawl goes on as if nothing had been, and leaves nothing open."""
        self.turn()
        told = self.crawls.crawl(*HOSTS, as_of=self.now)
        self.note(told)
        assert set(runs(told).values()) == {"sound"}, told
        assert [run.id for run in self.crawls.store.runs() if run.state is RunState.OPEN] == []
        self.holds()

    def note(self, told: Sequence[Mapping[str, Any]]) -> None:
        """Remember which looks were told as kept."""
        self.told.update(e["url"].removeprefix("http://") for e in told if e["event"] == "look" and e["verdict"] != "lost")

    def after_answers(self, number: int) -> threading.Event:
        """Set when the portals were asked for so many more pages."""
        reached = threading.Event()
        self.portals.until = (number, reached)
        return reached

    def missing(self) -> int:
        """How many answers were served and are not in the archive."""
        kept = looks_of_pages(self.crawls.store.engine)
        return sum(len(said) for said in self.portals.served.values()) - kept.total()

    def holds(self, *, at_once: bool | None = None) -> None:
        """The archive is whole, and tells what was served."""
        at_once = self.crowded if at_once is None else at_once
        assert troubles(self.crawls.store.engine, at_once=at_once) == []
        assert [str(fault) for fault in self.crawls.store.verify().faults] == []
        kept = looks_of_pages(self.crawls.store.engine)
        served = Counter({where: len(said) for where, said in self.portals.served.items()})
        assert kept - served == Counter(), "looks that never were"
        assert self.told - kept == Counter(), "looks that were told as kept and are not there"
        assert (served - kept).total() <= self.in_flight, "looks that were served and are lost"
        for where in self.portals.served:
            if "/a/" in where or "/n/" in where:
                self._tells(where, at_once)

    def _tells(self, where: str, at_once: bool) -> None:
        """Version by version and look by look what was served, some of it perhaps missing."""
        served, url = self.portals.served[where], f"http://{where}"
        texts = {one.number: one.reading.body[0] for one in self.crawls.store.snapshots(url) if one.reading}
        assert len(set(texts.values())) == len(texts), f"a version of {where} is there twice"
        assert set(texts.values()) <= set(served), where
        told = [texts.get(span.snapshot or 0, GONE) for span in self.crawls.store.sightings(url) for _ in range(span.count)]
        if at_once:
            assert Counter(told) - Counter(served) == Counter(), where
            return
        rest = iter(served)
        assert all(said in rest for said in told), f"{where}: {told} is not what was served in this order: {served}"


@dataclass
class Flight:
    """A process under way."""

    home: FaultyHome
    forge: Forge
    name: Path

    def end(self) -> Ended:
        """Wait for its end and take note of what it told."""
        code = self.forge.wait()
        lines = self.name.with_suffix(".out").read_text().splitlines()
        told = [json.loads(line) for line in lines if line.startswith('{"event"') and line.endswith("}")]
        self.home.note(told)
        return Ended(code, told, self.name.with_suffix(".err").read_text())

    def kill_after(self, answers: int) -> Ended:
        """Kill it when the portals were asked so many times more, if it has not ended by then."""
        reached = self.home.after_answers(answers)
        threading.Thread(target=self._kill, args=(reached,), daemon=True).start()
        ended = self.end()
        reached.set()
        return ended

    def _kill(self, reached: threading.Event) -> None:
        reached.wait()
        try:
            self.forge.kill()
        except ProcessLookupError:
            return


@contextmanager
def faulty_home(folder: Path, database_url: str, forges: list[Forge]) -> Iterator[FaultyHome]:
    """Two portals and a home that watches them, past its first three crawls."""
    with Changing() as portals:
        crawls = open_crawls(folder, portals, HOSTS, database_url=database_url)
        crawls.reader = PageReader()
        for host in HOSTS:
            crawls.watch(host, "/list/", articles=[f"/a/{number}.html" for number in range(PAGES)], follow=True)
        crawls.store.add_watchlist(Watchlist(subscribers=(Subscriber("desk", "desk@example.org"),)), ADDED)
        made = FaultyHome(folder, crawls, portals, forges)
        try:
            for _ in range(3):
                made.turn()
                made.note(crawls.crawl(*HOSTS, as_of=made.now))
            made.holds()
            yield made
        finally:
            crawls.store.close()
