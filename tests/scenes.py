"""Small scenes for tests of the archive: a site, answers, captures and whole runs, written as a story would tell them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from storage.records import (
    Agency,
    Answer,
    Capture,
    Dates,
    Entry,
    Examination,
    Kept,
    NewPage,
    Outcome,
    Reading,
    Role,
    Run,
    RunState,
    Site,
    Subscriber,
    Watchlist,
)
from storage.store import Store

MONDAY = datetime(2025, 3, 3, 2, 0, tzinfo=UTC)
HOST = "www.qinghe.example"
HOME = f"https://{HOST}/"
COLUMN = f"https://{HOST}/nianbao/"
REPORT = f"https://{HOST}/nianbao/t20250303_1.html"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def watch(store: Store, *pages: NewPage, at: datetime = MONDAY, subscribers: Sequence[Subscriber] = ()) -> None:
    """Watch one agency's site with these pages."""
    agency = Agency("qinghe", "青禾县人民政府", level="county")
    site = Site(HOST, "青禾县人民政府网站", ("qinghe",))
    store.add_watchlist(Watchlist((agency,), (site,), pages, subscribers=tuple(subscribers)), at)


def article(text: str, title: str = "一则通知", shown: str | None = "2025-03-01") -> Reading:
    """A reading of an article with one paragraph to the line."""
    return Reading(kind="article", title=title, dates=Dates(shown=shown), body=tuple(text.splitlines()), reader="1")


def listing(*rows: tuple[str, str, str]) -> Reading:
    """A reading of a column from rows of title, address and date."""
    return Reading(kind="listing", title="年报", entries=tuple(Entry(*row) for row in rows), reader="1")


def answer(url: str, body: bytes, at: datetime, status: int = 200, **more: object) -> Answer:
    """An answer of a server."""
    return Answer(url=url, started=at, ended=at, final_url=url, status=status, body=body, **more)  # type: ignore[arg-type]


class Story:
    """Tells an archive what looks brought, run by run."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def begin(self, at: datetime) -> Run:
        """Open a run of the site."""
        return self.store.open_run(HOST, "here", at)

    def look(self, run: Run, url: str, brought: Reading | Outcome, at: datetime, body: bytes | None = None) -> Kept:
        """Keep one look: a reading of an ok answer, or another outcome."""
        page = self.store.page_at(url)
        assert page is not None, url
        if isinstance(brought, Reading):
            bytes_ = body if body is not None else brought.identity.encode()
            examination = Examination(Outcome.OK, "200", brought)
            return self.store.keep(Capture(run.id, page.id, answer(url, bytes_, at), examination))
        status = {Outcome.GONE: 404, Outcome.NOT_MODIFIED: 304, Outcome.BLOCKED: 412}.get(brought)
        said = answer(url, body or b"", at, status or 200)
        return self.store.keep(Capture(run.id, page.id, said, Examination(brought, brought.value)))

    def run(
        self, at: datetime, *looks: tuple[str, Reading | Outcome], state: RunState = RunState.SOUND, home: bool = True
    ) -> Run:
        """A whole run with these looks, closed in this state."""
        run = self.begin(at)
        if home:
            self.look(run, HOME, article("欢迎"), at)
        for url, brought in looks:
            self.look(run, url, brought, at)
        return self.store.close_run(run.id, state, (), at)


def page(url: str, role: Role = Role.ARTICLE) -> NewPage:
    """A page named by a person."""
    return NewPage(url, role, named=True)
