"""One spider for every portal: it looks at the due pages of a batch of sites and follows what their columns bring.

Driven by data only: the archive says which pages, the portal's family knows how to read them. Each site has a queue of its own
here, and Scrapy is handed no more requests of a site than may be under way at once; otherwise the requests of one slow host
would fill Scrapy's downloader and all other hosts would wait. Never judges a page, and keeps no body longer than its look.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar, TypeVarTuple
from urllib.parse import urlsplit

from loguru import logger
from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.walk import Batch, Walk, Way, close_walk, list_page, next_way, open_walk, sample
from storage.errors import GongkaiError, StoreError
from storage.records import (
    SAME_BYTES,
    Answer,
    Capture,
    Clock,
    Examination,
    Kept,
    Outcome,
    PageTask,
    Reader,
    Run,
    RunState,
    Site,
    reader_of,
)
from storage.store import Store

UNCHANGED = Examination(Outcome.OK, SAME_BYTES)
"""What a look says when every byte is as it was; reading them again could bring nothing else."""

NOTHING_KEPT = Kept("none")
NOT_OF_THE_WEB = "unaskable://address"
"""An address that Scrapy refuses, so that a page with a strange one comes back as a failed look."""

Ts = TypeVarTuple("Ts")
T = TypeVar("T")


class Archive(Protocol):
    """Where deeds of the archive are done, away from the loop that fetches."""

    def do(self, deed: Callable[[*Ts], T], *args: *Ts) -> Awaitable[T]: ...

    @property
    def given_up(self) -> bool: ...


class SiteSpider(Spider):
    """Walks through a batch of sites; each site's run is opened, filled and closed on its own, whatever happens to the others.

    `tell` is given one mapping per look and per closed run (see `crawler.child`).
    """

    name = "site"

    def __init__(
        self,
        *,
        batch: Batch,
        store: Store,
        archive: Archive,
        reader: Reader,
        clock: Clock,
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        super().__init__()
        self.batch, self.store, self.archive, self.reader, self.clock, self.tell = batch, store, archive, reader, clock, tell
        self._walks: dict[int, Walk] = {}
        self._seats = asyncio.Semaphore(batch.sites_at_once)

    # --- the way of a site: opened, sent, closed --------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Request]:
        """Open site after site as seats become free, and end when the last one has left."""
        hosts = list(dict.fromkeys(self.batch.sites))
        for number, host in enumerate(hosts):
            await self._seats.acquire()
            if self.archive.given_up:  # each further site would wait for nothing, and be one more line about the same
                self._tell_left(hosts[number:])
                self._seats.release()
                break
            walk = await self._open(host)
            for request in self._requests(walk) if walk else ():
                yield request
        for _ in range(self.batch.sites_at_once):
            await self._seats.acquire()

    async def _open(self, host: str) -> Walk | None:
        walk = None
        try:
            walk = await self.archive.do(open_walk, self.store, host, self.batch, self.clock.now())
        except Exception as error:  # a site that cannot be opened must not stop the next one
            self._tell_trouble(host, error)
        if walk is None:
            self._seats.release()
            return None
        self._walks[walk.run.id] = walk
        return walk

    def _request(self, walk: Walk, task: PageTask) -> Request:
        """Never raises: a page that cannot be asked for would leave its walk waiting for ever."""
        try:
            return self._asking(walk, task, _of_the_web(task.page.url))
        except ValueError:
            return self._asking(walk, task, NOT_OF_THE_WEB)

    def _asking(self, walk: Walk, task: PageTask, url: str) -> Request:
        way = walk.ways.get(task.page.id, Way())
        posted = {"form": way.form, "cookies": way.cookies} if way.form else {}
        return Request(
            url,
            method="POST" if way.form else "GET",
            callback=self.looked,
            errback=self.unanswered,
            # "Not modified" would be said of the shell, whatever a script fills it with now.
            headers=_headers(task, way, conditional=not walk.site.browser),
            dont_filter=True,
            cb_kwargs={"walk": walk, "task": task},
            meta={
                "download_slot": walk.site.host,
                "gate": {"tls": walk.site.tls, "delay": walk.site.delay, **posted},
                "browser": walk.site.browser and not way.form,
            },
        )

    def _requests(self, walk: Walk) -> Iterator[Request]:
        return (self._request(walk, task) for task in walk.next_tasks(self.batch.per_host))

    def _send(self, walk: Walk) -> None:
        for request in self._requests(walk):
            self.crawler.engine.crawl(request)

    async def _close(self, walk: Walk) -> None:
        run = await self.archive.do(close_walk, self.store, walk, self.clock.now())
        self._leave(walk)
        self._tell_run(run)

    async def _abandon(self, walk: Walk, why: str) -> None:
        """Give a walk up; if not even that can be written, the archive calls the run abandoned at the site's next one."""
        self._leave(walk)
        try:
            now = self.clock.now()
            self._tell_run(await self.archive.do(self.store.close_run, walk.run.id, RunState.ABANDONED, (why,), now))
        except Exception as error:  # what cannot be written now is written by the next run
            logger.opt(exception=_surprise(error)).warning("the run of {} stays open: {}", walk.site.host, error)

    async def _break_off(self, walk: Walk, error: Exception) -> None:
        self._tell_trouble(walk.site.host, error)
        await self._abandon(walk, f"the crawl stopped: {type(error).__name__}")

    def _leave(self, walk: Walk) -> None:
        if self._walks.pop(walk.run.id, None):
            self._seats.release()

    async def closed(self, reason: str) -> None:
        """Called by Scrapy at the end of the batch; only a crawl that was stopped still has walks then."""
        for walk in tuple(self._walks.values()):
            await self._abandon(walk, f"the crawl was stopped before its end ({reason})")

    def _tell_run(self, run: Run) -> None:
        told = {"state": run.state, "reasons": list(run.reasons), "tally": dict(run.tally)}
        self.tell({"event": "run", "site": run.site, **told})

    def _tell_trouble(self, host: str, error: Exception) -> None:
        if (surprise := _surprise(error)) is not None:
            logger.opt(exception=surprise).error("the crawl of {} stopped", host)
        why = str(error) if surprise is None else f"{type(error).__name__}: {error}"
        self.tell({"event": "error", "site": host, "text": f"the crawl of {host} stopped: {why}"})

    def _tell_left(self, hosts: Sequence[str]) -> None:
        self.tell({"event": "error", "sites": list(hosts), "text": f"the archive is away; not crawled: {', '.join(hosts)}"})

    # --- the way of a look: answered, examined, kept ----------------------------------------------------------------------

    async def looked(self, response: Response, walk: Walk, task: PageTask) -> list[Capture]:
        """Take an answer, whatever it is; the next page is asked for while this one is read."""
        return await self._look(walk, task, response.meta.get("answer") or self._silence(task, "no answer was handed over"))

    async def unanswered(self, failure: Failure) -> list[Capture]:
        """Take what Scrapy itself would not fetch, as an answer that never came; an archive that is away is no such thing."""
        walk, task = failure.request.cb_kwargs["walk"], failure.request.cb_kwargs["task"]  # type: ignore[attr-defined]
        if isinstance(failure.value, StoreError):
            await self._break_off(walk, failure.value)
            return []
        return await self._look(walk, task, self._silence(task, failure.getErrorMessage()))

    async def _look(self, walk: Walk, task: PageTask, answer: Answer) -> list[Capture]:
        try:
            walk.answered(task.page.id)
            self._send(walk)
            examination = await self._examine(walk, task, answer)
        except Exception as error:  # this site's walk ends here, the others go on
            await self._break_off(walk, error)
            return []
        return [Capture(walk.run.id, task.page.id, answer, examination, self.batch.vantage)]

    def _silence(self, task: PageTask, why: str) -> Answer:
        now = self.clock.now()
        return Answer(task.page.url, now, now, error=f"protocol: {why}")

    async def _examine(self, walk: Walk, task: PageTask, answer: Answer) -> Examination:
        if answer.status == 200 and not answer.error and not answer.hops and answer.seen_sha256 == task.sha256:
            return UNCHANGED
        return await self._read(answer, walk.site)

    async def _read(self, answer: Answer, site: Site | None) -> Examination:
        try:
            reader = reader_of(self.reader, site)
            return await asyncio.to_thread(reader.examine, answer, home=site.home if site else None)
        except Exception as error:  # a reader that breaks on one page must not stop the next one
            logger.opt(exception=error).error("the reader broke on {}", answer.url)
            return Examination(Outcome.UNREADABLE, f"the reader broke: {type(error).__name__}: {error}")

    async def read_after_all(self, capture: Capture) -> Capture:
        """Read a look whose bytes were the last ones when it was asked for, and are not any more."""
        walk = self._walks.get(capture.run)
        return replace(capture, examination=await self._read(capture.answer, walk.site if walk else None))

    async def read_anew(self, capture: Capture) -> None:
        """Read the latest versions of a page anew with the reader of this look, if another one read them."""
        walk = self._walks.get(capture.run)
        reader = reader_of(self.reader, walk.site if walk else None)
        try:
            for version in await self.archive.do(self.store.outread, capture.page, reader.version):
                await asyncio.to_thread(self.store.read_anew, version, reader)
        except Exception as error:  # then they stay as they were read, and compare reads both sides once more
            logger.opt(exception=error).error("the versions of {} could not be read anew", capture.answer.url)

    async def kept(self, capture: Capture, kept: Kept | None) -> None:
        """Go on after the archive kept a look (None: it could not); an error ends this site's walk and no other."""
        walk = self._walks.get(capture.run)
        if walk is None:
            return
        try:
            task = walk.open[capture.page]
            self._tell_look(walk, task, capture, kept)
            await self._follow(walk, task, capture, kept or NOTHING_KEPT)
            walk.lost |= kept is not None and kept.lost
            del walk.open[capture.page]
            if walk.ended and not walk.sampled:
                walk.ahead.extend(await self.archive.do(sample, self.store, walk))
            self._send(walk)
            if walk.ended:
                await self._close(walk)
        except Exception as error:  # this site's walk ends here, the others go on
            await self._break_off(walk, error)

    async def unkept(self, capture: Capture, error: Exception) -> None:
        """End this site's walk: the archive was away for too long, and whatever else is fetched could not be kept either."""
        walk = self._walks.get(capture.run)
        if walk is not None:
            await self._break_off(walk, error)

    async def _follow(self, walk: Walk, task: PageTask, capture: Capture, kept: Kept) -> None:
        """Put what a column newly brought behind the pages that wait, and its next list page before them."""
        if walk.site.follow:
            walk.ahead.extend(kept.found)
        further = next_way(walk, task, capture, kept, self.batch.list_pages)
        if further is None:
            return
        page = await self.archive.do(list_page, self.store, task.page, further[0], self.clock.now())
        if page and page.page.id not in walk.asked:
            walk.ways[page.page.id] = further[1]
            walk.ahead.appendleft(page)

    def _tell_look(self, walk: Walk, task: PageTask, capture: Capture, kept: Kept | None) -> None:
        look = {"event": "look", "site": walk.site.host, "url": task.page.url}
        found = {"outcome": capture.examination.outcome, "reason": capture.examination.reason}
        self.tell({**look, **found, "verdict": kept.verdict if kept else "lost"})


def _surprise(error: Exception) -> Exception | None:
    """An error whose trace somebody will want; what a person can mend is told in one line."""
    return None if isinstance(error, GongkaiError) else error


# --- addresses ------------------------------------------------------------------------------------------------------------


def _of_the_web(url: str) -> str:
    """The address itself; no file, no data, nothing but the web is ever asked for. Raises ValueError."""
    return url if urlsplit(url).scheme in {"http", "https"} else NOT_OF_THE_WEB


def _headers(task: PageTask, way: Way, *, conditional: bool) -> dict[str, str]:
    """Where we come from, and headers by which the server may answer "not modified"; to what is posted it never does."""
    told = {"If-None-Match": task.etag, "If-Modified-Since": task.last_modified} if conditional and way.form is None else {}
    return {name: value for name, value in {**told, "Referer": way.referer}.items() if value}
