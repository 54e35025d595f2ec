"""One site's way through its run: what is ahead, and the deeds of the archive at its beginning, on the way and at its end.

Knows the archive and no wire; the spider that walks fetches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from crawler.contract import is_shaken, verdict
from storage.records import NewPage, Page, PageTask, Reading, Role, Run, Site, Watchlist
from storage.store import Store

READ_AHEAD = 2
"""Looks of one site that may wait for the archive while the next page is fetched; more would only fill the memory."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the spider shall do: which sites, which of their pages, and within which limits."""

    sites: tuple[str, ...]
    mode: str = "due"  #: due | all
    vantage: str = "here"
    list_pages: int = 3  #: how many pages of one list are looked at, the first counted
    per_host: int = 1  #: requests of one site under way at once
    sites_at_once: int = 64  #: most of them wait for their next turn at the host


@dataclass(slots=True, eq=False)
class Walk:
    """One site's way through its run: what is ahead, what was asked, what is still to be kept."""

    site: Site
    run: Run
    ahead: deque[PageTask]
    fetching: set[int] = field(default_factory=set)  #: page numbers of which the answer is still to come
    open: dict[int, PageTask] = field(default_factory=dict)  #: asked and not yet kept, by page number
    asked: set[int] = field(default_factory=set)
    depth: dict[int, int] = field(default_factory=dict)  #: a further list page -> which page of its list it is
    lost: bool = False  #: was a page that used to be there not where it was
    sampled: bool = False  #: were other pages looked at for it

    def next_tasks(self, per_host: int) -> Iterator[PageTask]:
        """Take the pages that may be asked for now; the home page goes alone, for the others are measured by it."""
        while self.ahead and len(self.fetching) < per_host and len(self.open) < per_host + READ_AHEAD:
            if any(task.page.role is Role.HOME for task in self.open.values()):
                return
            task = self.ahead.popleft()
            if task.page.id not in self.asked:
                self.asked.add(task.page.id)
                self.fetching.add(task.page.id)
                self.open[task.page.id] = task
                yield task

    @property
    def ended(self) -> bool:
        """Is nothing ahead and nothing under way."""
        return not self.ahead and not self.open


# --- deeds of the archive, done in its thread -----------------------------------------------------------------------------


def open_walk(store: Store, host: str, batch: Batch, now: datetime) -> Walk | None:
    """Open a run, or None if no page of the site is due."""
    tasks = store.tasks(host, now, batch.mode)
    site = store.site(host)
    if site is None or not tasks:
        return None
    return Walk(site, store.open_run(host, batch.vantage, now), deque(tasks))


def sample(store: Store, walk: Walk) -> list[PageTask]:
    """Other pages to look at before a run ends in which a page was lost: of a rebuilt site most are lost too."""
    walk.sampled = True
    return store.others(walk.site.host, walk.asked) if walk.lost or is_shaken(store.looks_of(walk.run.id)) else []


def close_walk(store: Store, walk: Walk, now: datetime) -> Run:
    """Weigh what the run brought against what the site usually brings, and close it as sound or suspect."""
    state, reasons = verdict(store.habit(walk.site.host), store.looks_of(walk.run.id))
    return store.close_run(walk.run.id, state, reasons, now)


def list_page(store: Store, column: Page, url: str, now: datetime) -> PageTask | None:
    """The further list page of a column, watched from now on if it was not known; None if the archive does not want it."""
    page = store.page_at(url)
    if page is None:
        root = column.part_of or column.id
        store.add_watchlist(Watchlist(pages=(NewPage(url, Role.COLUMN, title=column.title, part_of=root),)), now)
        page = store.page_at(url)
    return PageTask(page) if page and page.part_of is not None else None


def next_list(site: Site, reading: Reading | None) -> str | None:
    """The next page of a list, if it lies on the same site."""
    if reading is None or not reading.next or urlsplit(reading.next).netloc.lower() != site.host:
        return None
    return reading.next
