"""Hands each Capture to the archive, in the archive's own thread, and gives back to the spider what the archive made of it.

Never fetches, reads or judges. A capture that came unread, since its bytes were the last ones, and that another crawl of the site
has overtaken meanwhile, is given back to the spider to be read; and so are the page's versions if another reader read them,
before a look is told the same or new beside them. One that the archive cannot take is offered once more without its reading; if
that fails too, it is counted as lost and the next page goes on. While the archive is away nothing goes on: it is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol, Self, TypeVar, TypeVarTuple

from loguru import logger
from scrapy.crawler import Crawler

from crawler.patience import Patience
from storage.errors import Away, Outread, Unread
from storage.records import Capture, Examination, Kept, Outcome

Ts = TypeVarTuple("Ts")
T = TypeVar("T")


class ArchiveThread:
    """One thread in which every deed of the archive is done, one after the other, away from the loop that fetches.

    SQLite has one writer at a time anyway, so a second thread would only wait for the first. A deed for which the archive is
    away is done again before the next one: the order stays, and the archive knows a look that it has kept already.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="archive")
        self._turn = asyncio.Lock()
        self._patience = Patience()

    @property
    def given_up(self) -> bool:
        """Was the archive away for longer than anybody waits."""
        return self._patience.over

    async def do(self, deed: Callable[[*Ts], T], *args: *Ts) -> T:
        """Do one deed in the archive's thread and return what it returned, or raise what it raised."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            return await self._patience.through(lambda: loop.run_in_executor(self._thread, deed, *args))

    def hurry(self) -> None:
        """Wait no longer for an archive that is away."""
        self._patience.hurry()

    def close(self) -> None:
        """Let the deed in hand end, drop those that wait, and end the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)


class Keeper(Protocol):
    """What the pipeline needs of the archive."""

    def keep(self, capture: Capture, *, anyhow: bool = False) -> Kept: ...


class Keeping(Protocol):
    """What the pipeline needs of the spider whose captures it hands over."""

    archive: ArchiveThread
    store: Keeper

    async def read_after_all(self, capture: Capture) -> Capture: ...

    async def read_anew(self, capture: Capture) -> None: ...

    async def kept(self, capture: Capture, kept: Kept | None) -> None: ...

    async def unkept(self, capture: Capture, error: Exception) -> None: ...


class ArchivePipeline:
    """Scrapy's item pipeline; its items are captures, and its spider is told of each one."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, capture: Capture) -> Capture:
        """Keep one capture; never raises for what the archive says of it."""
        spider: Keeping = self._crawler.spider  # type: ignore[assignment]
        try:
            kept_as, kept = await _keep(spider, capture)
        except Away as error:
            await spider.unkept(capture, error)
        else:
            await spider.kept(kept_as, kept)
        return capture


async def _keep(spider: Keeping, capture: Capture) -> tuple[Capture, Kept | None]:
    try:
        return await spider.archive.do(keep, spider.store, capture)
    except Unread:
        capture = await spider.read_after_all(capture)
    except Outread:
        pass
    await spider.read_anew(capture)
    return await spider.archive.do(keep_read, spider.store, capture)


def keep(store: Keeper, capture: Capture, *, anyhow: bool = False) -> tuple[Capture, Kept | None]:
    """Keep a capture, if need be without its reading: the capture as it was kept, and None if it could not be kept at all.

    Raises Unread if it is to be read first, without `anyhow` Outread if the page's versions are, and Away: no page is to blame
    for that, and none becomes unreadable by it.
    """
    try:
        return capture, store.keep(capture, anyhow=True) if anyhow else store.keep(capture)
    except (Unread, Outread, Away):
        raise
    except Exception as refusal:  # one row that the database does not take must not stop the next page
        logger.opt(exception=refusal).warning("the archive did not take {}", capture.answer.url)
        return _keep_bare(store, _without_reading(capture, refusal))


def keep_read(store: Keeper, capture: Capture) -> tuple[Capture, Kept | None]:
    """Keep a capture that was read, beside whatever versions there are; raises nothing but Away."""
    try:
        return keep(store, capture, anyhow=True)
    except (Unread, Outread) as refusal:
        return _keep_bare(store, _without_reading(capture, refusal))


def _keep_bare(store: Keeper, capture: Capture) -> tuple[Capture, Kept | None]:
    try:
        return capture, store.keep(capture)
    except Away:
        raise
    except Exception as refusal:  # the look is lost; the run goes on
        logger.error("a look at {} is lost: {}", capture.answer.url, refusal)
        return capture, None


def _without_reading(capture: Capture, refusal: Exception) -> Capture:
    reason = f"the archive did not take the reading: {type(refusal).__name__}"
    return replace(capture, examination=Examination(Outcome.UNREADABLE, reason))
