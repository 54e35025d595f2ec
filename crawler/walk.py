"""One site's way through its run: what is ahead, and the deeds of the archive at its beginning, on the way and at its end.

Knows the archive and no wire; the spider that walks fetches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from crawler.contract import is_shaken, verdict
from crawler.cookies import after
from storage.records import POSTBACK, Capture, Form, Kept, NewPage, Page, PageTask, Role, Run, Site, Watchlist
from storage.store import Store
from storage.versioning import host_of

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


@dataclass(frozen=True, slots=True)
class Way:
    """How a list was come to: which of its pages this is, and what the page that named it says about asking for it."""

    depth: int = 1  #: pages of this list that hold rows, up to this one
    referer: str | None = None
    form: Form | None = None
    cookies: Mapping[str, str] = field(default_factory=dict)  #: what the host set on the way here; sent with a form only


@dataclass(slots=True, eq=False)
class Walk:
    """One site's way through its run: what is ahead, what was asked, what is still to be kept."""

    site: Site
    run: Run
    ahead: deque[PageTask]
    fetching: set[int] = field(default_factory=set)  #: page numbers of which the answer is still to come
    open: dict[int, PageTask] = field(default_factory=dict)  #: asked and not yet kept, by page number
    asked: set[int] = field(default_factory=set)
    ways: dict[int, Way] = field(default_factory=dict)  #: a further list page -> how it was come to
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

    def answered(self, page: int) -> None:
        """An answer came: the page is no longer waited for, and what was posted for it is forgotten."""
        self.fetching.discard(page)
        if page in self.ways:
            self.ways[page] = replace(self.ways[page], form=None)

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
    task = store.task_at(url)
    if task is None:
        root = column.part_of or column.id
        store.add_watchlist(Watchlist(pages=(NewPage(url, Role.COLUMN, title=column.title, part_of=root),)), now)
        task = store.task_at(url)
    return task if task and task.page.part_of is not None else None


# --- the pages of a list ----------------------------------------------------------------------------------------------------


def next_way(walk: Walk, task: PageTask, capture: Capture, kept: Kept, list_pages: int) -> tuple[str, Way] | None:
    """Which list page is to be looked at after this look, and how to ask for it; None where the list is walked far enough.

    A page that brought no new address ends the walk, so a list that repeats itself does too. A column whose own page is bare
    says where its rows stand: that address is asked for in every run, and counts as the list's first page.
    """
    way = walk.ways.get(task.page.id, Way())
    reading, depth = capture.examination.reading, way.depth
    if kept.rows_at:
        url, depth = kept.rows_at, 0
    elif kept.found and depth < list_pages and reading is not None and reading.next:
        url = reading.next
    else:
        return None
    form = capture.examination.form
    if not _is_page_of(walk.site, url) or (POSTBACK in url and (form is None or form.url != url)):
        return None
    posted = form if form and form.url == url else None
    return url, Way(depth + 1, _referer(walk.site, capture, url), posted, after(way.cookies, capture.answer))


def _is_page_of(site: Site, url: str) -> bool:
    """Does an address lead to a page of this site; a script, another host and an address with a name in it do not."""
    return host_of(url) == site.host and url.startswith(("http://", "https://")) and "@" not in urlsplit(url).netloc


def _referer(site: Site, capture: Capture, url: str) -> str | None:
    """The address of the page that named the next one, as a browser tells it to the same site: without a fragment."""
    came_from = (capture.answer.final_url or capture.answer.url).partition("#")[0]
    if not _is_page_of(site, came_from) or (came_from.startswith("https:") and not url.startswith("https:")):
        return None
    return came_from
