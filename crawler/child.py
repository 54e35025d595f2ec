"""The crawl child: one process that crawls batch after batch, so that whoever wants a crawl needs neither Scrapy nor a loop.

How to speak to it. Start ``python -m crawler`` with pipes on standard input and output and with the settings in the environment
(`GONGKAI_*`, see `crawler.settings`). Write one JSON object per line, UTF-8, and flush it; each is one batch::

    {"sites": ["www.a.gov.cn", "b.gov.cn:8080"], "mode": "due", "as_of": null}

`mode` is "due" (default) or "all"; `as_of` is an ISO 8601 time with offset at which the batch shall take place, only in a home
made for that, or null for now. Batches are crawled in the order written, one after the other; write the next without waiting if
you like. Read JSON lines until the batch's end; keys are only ever added::

    {"event": "look", "site": ..., "url": ..., "outcome": ..., "reason": ..., "verdict": "same|new|returned|none|lost"}
    {"event": "run", "site": ..., "state": "sound|suspect|abandoned", "reasons": [...], "tally": {"ok": 12, "new": 1}}
    {"event": "error", "text": ..., "site": ... if it is about one}      the batch, or the child, goes on
    {"event": "error", "text": ..., "sites": [...]}                      none of these was crawled: the archive is away
    {"event": "done", "sites": 2, "runs": 2, "looks": 31}                exactly one per line written, also after an error

A site without a page to look at brings neither look nor run. Close standard input to end the child: it crawls what it was given
and exits with 0. SIGTERM and SIGINT stop it sooner: looks under way are kept if they come within `GRACE` seconds, runs cut short
are closed as abandoned, and it exits with 0; a second signal, or a kill, leaves them open for the archive to abandon. It exits
with 1 if it could not begin (one line on standard error). Logs go to standard error; standard output carries these lines alone.

Never decides when to crawl, never judges, and sends no message to anybody.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from loguru import logger
from scrapy.crawler import AsyncCrawlerRunner

from crawler.browser.looks import Browser
from crawler.pipelines import ArchiveThread
from crawler.settings import CrawlSettings
from crawler.spiders.site import SiteSpider
from crawler.transport import SCRAPY_SETTINGS, Transport
from crawler.walk import Batch
from storage.clock import SimulatedClock, SystemClock
from storage.errors import GongkaiError
from storage.records import Clock, Reader
from storage.store import Store

GRACE = 8.0
"""Seconds that looks under way get after a signal; less than the ten that containers are given to stop."""

Tell = Callable[[dict[str, Any]], None]


class BatchError(GongkaiError):
    """A line on standard input that is no batch."""


class BatchClock:
    """The clock of the batch in hand: the archive's times follow it, politeness never does."""

    def __init__(self) -> None:
        self._clock: Clock = SystemClock()

    def set(self, as_of: datetime | None) -> None:
        """From now on it is `as_of` plus the time gone by; None: the machine's time."""
        self._clock = SimulatedClock(as_of) if as_of else SystemClock()

    def now(self) -> datetime:
        """The present time of the batch, aware, in UTC."""
        return self._clock.now()


@dataclass(slots=True)
class Count:
    """Passes events on and counts them for the batch's last line."""

    tell: Tell
    events: dict[str, int] = field(default_factory=dict)

    def __call__(self, event: dict[str, Any]) -> None:
        self.events[event["event"]] = self.events.get(event["event"], 0) + 1
        self.tell(event)


class Child:
    """Crawls batches with one transport, one archive thread and one loop; a batch leaves nothing behind but rows."""

    def __init__(self, settings: CrawlSettings, store: Store, reader: Reader, tell: Tell) -> None:
        self._settings, self._store, self._reader, self._tell = settings, store, reader, tell
        self._clock = BatchClock()
        self._archive = ArchiveThread()
        self._transport = Transport(
            settings.policy(), leases=store.leases, robots_store=store, clock=SystemClock(), dates=self._clock
        )
        self._browser = Browser(self._transport, settings.browser)
        self._runner = AsyncCrawlerRunner(scrapy_settings(settings, self._transport, self._browser))
        self._stopping = False

    async def serve(self, lines: asyncio.Queue[str | None]) -> None:
        """Crawl what each line asks for, until None comes or the child is stopped."""
        while not self._stopping and (line := await lines.get()) is not None:
            if line.strip():
                await self._answer(line)

    async def _answer(self, line: str) -> None:
        count = Count(self._tell)
        sites = 0
        try:
            batch, as_of = read_batch(line, self._settings, simulated=self._store.simulated)
            sites = len(batch.sites)
            self._clock.set(as_of)
            await self._crawl(batch, count)
        except Exception as error:  # the next batch may be better
            if not isinstance(error, GongkaiError):
                logger.exception("a batch broke")
            self._tell({"event": "error", "text": str(error) or type(error).__name__})
        self._tell({"event": "done", "sites": sites, "runs": count.events.get("run", 0), "looks": count.events.get("look", 0)})

    async def _crawl(self, batch: Batch, tell: Tell) -> None:
        try:
            await self._runner.crawl(
                SiteSpider,
                batch=batch,
                store=self._store,
                archive=self._archive,
                reader=self._reader,
                clock=self._clock,
                tell=tell,
            )
        finally:
            await self._browser.close()

    async def stop(self) -> None:
        """Ask for no further page, keep what still comes within the grace, and close the runs that are cut short."""
        self._stopping = True
        self._archive.hurry()
        try:
            async with asyncio.timeout(GRACE):
                await self._runner.stop()
        except TimeoutError:
            for crawler in self._runner.crawlers:
                if isinstance(crawler.spider, SiteSpider):
                    await crawler.spider.closed("looks were still under way")

    async def close(self) -> None:
        """Give connections and threads back."""
        await self._browser.close()
        await self._transport.close()
        self._archive.close()


def read_batch(line: str, settings: CrawlSettings, *, simulated: bool) -> tuple[Batch, datetime | None]:
    """One line as a batch and its time; raises BatchError."""
    try:
        asked = json.loads(line)
    except ValueError as error:
        raise BatchError(f"not a JSON line: {error}") from error
    sites = asked.get("sites") if isinstance(asked, dict) else None
    if not isinstance(sites, list) or not all(isinstance(site, str) for site in sites):
        raise BatchError('a batch needs "sites", a list of hosts')
    mode = asked.get("mode") or "due"
    if mode not in ("due", "all"):
        raise BatchError(f'mode is "due" or "all", not {mode!r}')
    batch = Batch(
        tuple(dict.fromkeys(sites)),
        mode,
        settings.vantage,
        list_pages=settings.list_pages,
        per_host=settings.per_host,
        sites_at_once=sites_at_once(settings),
    )
    return batch, _as_of(asked.get("as_of"), simulated)


def _as_of(said: object, simulated: bool) -> datetime | None:
    if said is None:
        return None
    if not simulated:
        raise BatchError("as_of works only in a home made with `gongkai init --simulated`")
    try:
        as_of = datetime.fromisoformat(str(said))
    except ValueError as error:
        raise BatchError(f"as_of is not an ISO 8601 time: {said!r}") from error
    if as_of.tzinfo is None:
        raise BatchError(f"as_of has no offset: {said!r}")
    return as_of


def sites_at_once(settings: CrawlSettings) -> int:
    """How many sites are walked side by side so that about `concurrency` requests are on the wire.

    A site rests for the delay after each request, so at a second per answer `1 + delay` sites share one request's place.
    """
    return max(1, int(settings.concurrency * (1 + settings.delay)))


def scrapy_settings(settings: CrawlSettings, gate: Transport, browser: Browser | None = None) -> dict[str, Any]:
    """Scrapy as the house uses it: without a reactor, and without everything that the transport and the spider do themselves."""
    per_host = max(1, settings.per_host)
    return {
        **SCRAPY_SETTINGS,
        "GATE": gate,
        "BROWSER": browser,
        "TWISTED_REACTOR_ENABLED": False,
        "CONCURRENT_REQUESTS": sites_at_once(settings) * per_host,
        "CONCURRENT_REQUESTS_PER_DOMAIN": per_host,
        # An item or a request per answer: more workers than that are only made and thrown away.
        "CONCURRENT_ITEMS": 1,
        "ITEM_PIPELINES": {"crawler.pipelines.ArchivePipeline": 100},
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "EXTENSIONS": {},
        "EXTENSIONS_BASE": {},
        "SPIDER_MIDDLEWARES_BASE": {},
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "LOG_INSTALL_ROOT_HANDLER": False,
    }
