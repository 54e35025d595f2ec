"""The made-up region on a chosen day: its portals, what they publish, what was true of them, and when to look.

Answers requests as a pure function of host, path, day and request count. Never serves by itself (see `server`), never looks at
its own pages, and holds no clock: the day is set from outside, forwards or backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from deploy.demo import documents
from deploy.demo.chance import dice
from deploy.demo.documents import Document
from deploy.demo.events import BEGIN, END, EVENTS, Action, Event, due, looks, state_of
from deploy.demo.pages import HITS, SALT, Reply, Shelf, render
from deploy.demo.portals import PORTALS, Portal
from deploy.demo.truth import Truth
from storage.records import NewPage, Role, Site, Subscriber, Watchlist

DESK = Subscriber(id="desk", address="desk@gongkai.example")
"""Who is told of everything in the demo."""


class Region:
    """Three portals that live from `start` to `end`; the same seed always makes the same region."""

    def __init__(self, start: date = BEGIN, seed: int = 1, end: date = END) -> None:
        first = min(event.day for event in EVENTS)
        if not BEGIN <= start < first or not start < end <= END:
            raise ValueError(f"the region lives from {BEGIN} to {END}, watched from before {first}; not from {start} to {end}")
        self.start, self.end, self.seed = start, end, seed
        self.day = start
        self._portals = {portal.host: portal for portal in PORTALS}
        self._documents = {portal.key: self._issue(portal) for portal in PORTALS}
        self._shelves: dict[tuple[str, date], Shelf] = {}
        self._replies: dict[tuple[str, str], Reply] = {}

    def set_day(self, day: date) -> None:
        """Let it be `day` in the region; any day, in any order."""
        self.day = day
        self._shelves.clear()
        self._replies = {}

    def answer(self, host: str, path: str, count: int = 0) -> Reply:
        """What the portal answers on the present day to its `count`-th request; 421 for a host that is not of the region."""
        portal = self._portals.get(host.partition(":")[0].lower())
        if portal is None:
            return Reply(421, (("Content-Type", "text/plain"),), b"no such host in this region\n")
        path = path.partition("?")[0]
        replies = self._replies
        reply = replies.get((portal.host, path))
        if reply is None:
            reply = replies[(portal.host, path)] = render(self.shelf(portal), path)
        return reply if portal.validators else Reply(reply.status, reply.headers, _counted(reply.body, self.day, path, count))

    def shelf(self, portal: Portal) -> Shelf:
        """All that the portal has on the present day, newest first."""
        key = portal.key, self.day
        if key not in self._shelves:
            states = ((d, state_of(portal.key, d.key, self.day, d.shown.date())) for d in self._documents[portal.key])
            self._shelves[key] = Shelf(portal, self.day, tuple((d, s) for d, s in states if s.published), self.seed)
        return self._shelves[key]

    def document(self, portal: str, key: str) -> Document | None:
        """One document by its key; None if it never comes."""
        return next((d for d in self._documents[portal] if d.key == key), None)

    def happened(self, day: date) -> tuple[Event, ...]:
        """The deeds of one day."""
        return tuple(event for event in EVENTS if event.day == day)

    def looks(self) -> tuple[date, ...]:
        """The days on which to look: weekly, and daily about each due day and each event."""
        years = range(self.start.year - 1, self.end.year + 1)
        return looks(self.start, self.end, frozenset(due(portal.agency, year) for portal in PORTALS for year in years))

    def truth(self) -> tuple[Truth, ...]:
        """All that was true until the end: what must be found, and (not `sure`) what may be told besides.

        A deed so close to the end that no look can have shown it is not `sure`.
        """
        told = (truth for event in EVENTS if self.start <= event.day <= self.end for truth in self._told(event))
        return (*told, *self._standing(), *self._stale())

    def watchlist(self) -> Watchlist:
        """What a person would import to watch the region; portals are known by host, wherever they are served."""
        return Watchlist(
            agencies=tuple(portal.agency for portal in PORTALS),
            sites=tuple(_site(portal) for portal in PORTALS),
            pages=tuple(page for portal in PORTALS for page in self._watched(portal)),
            subscribers=(DESK,),
        )

    def _issue(self, portal: Portal) -> tuple[Document, ...]:
        deeds = [event for event in EVENTS if event.portal == portal.key and event.action is Action.PUBLISH]
        came = [(event.period, event.day) for event in deeds if event.period is not None]
        reports = [documents.annual_report(portal, year, day, self.seed) for year, day in (*portal.earlier, *came)]
        # Notices follow the region's own calendar, whenever one begins to look, so that addresses stay the same.
        issued = [*reports, *documents.notices(portal, BEGIN, END, self.seed)]
        return tuple(sorted(issued, key=lambda d: d.shown, reverse=True))

    def _watched(self, portal: Portal) -> Sequence[NewPage]:
        reports, notices = (documents.column_url(portal, column) for column in (portal.reports, portal.notices))
        named = (self.document(portal.key, key) for key in portal.watched)
        return (
            NewPage(portal.root, Role.HOME, portal.name, named=True),
            NewPage(reports, Role.COLUMN, portal.reports.title, portal.agency.id, ("annual_report",), named=True),
            *([NewPage(notices, Role.COLUMN, portal.notices.title, named=True)] if portal.watch_notices else ()),
            *(NewPage(d.url, Role.ARTICLE, d.title, named=True) for d in named if d is not None),
        )

    def _told(self, event: Event) -> Sequence[Truth]:
        portal = next(portal for portal in PORTALS if portal.key == event.portal)
        document = self.document(portal.key, event.document)
        return [
            Truth(
                kind=told.kind,
                site=portal.host,
                agency=portal.agency.id,
                url=document.url if document and event.action is not Action.LAPSE else None,
                period=None if event.period is None else str(event.period),
                day=event.day,
                known=event.day + timedelta(days=told.needs),
                text=told.text,
                until=told.until if told.until and told.until <= self.end else None,
                sure=told.sure and event.day + timedelta(days=told.needs) <= self.end,
            )
            for told in event.told
        ]

    def _standing(self) -> Sequence[Truth]:
        """The reports that stood in the columns before the first look, all on time by the date they show."""
        return [
            Truth(
                kind="report_published",
                site=portal.host,
                agency=portal.agency.id,
                url=document.url,
                period=str(year),
                day=shown,
                known=self.start,
                text=f"The report for {year} was published on {shown}, by its due day {due(portal.agency, year)}; shown.",
                sure=False,
            )
            for portal in PORTALS
            for year, shown in portal.earlier
            if (document := self.document(portal.key, f"report-{year}")) is not None
        ]

    def _stale(self) -> Sequence[Truth]:
        """Columns of reports where nothing came for more than a year."""
        return [
            Truth(
                kind="stale_column",
                site=portal.host,
                agency=portal.agency.id,
                url=documents.column_url(portal, portal.reports),
                period=None,
                day=shown + timedelta(days=366),
                known=self.end,
                text=f"Nothing came to the column of annual reports since {shown}.",
                sure=False,
            )
            for portal in PORTALS
            for _, shown in portal.earlier[-1:]
            if not any(e.portal == portal.key and e.action is Action.PUBLISH and e.day <= self.end for e in EVENTS)
        ]


def _site(portal: Portal) -> Site:
    return Site(portal.host, portal.name, (portal.agency.id,), scheme="http", delay=0.0, follow=portal.follow)


def _counted(body: bytes, day: date, path: str, count: int) -> bytes:
    if HITS not in body and SALT not in body:
        return body
    hits = 1_000 + 9 * day.toordinal() % 90_000 + count
    return body.replace(HITS, str(hits).encode()).replace(SALT, f"{dice(day, path, count).random():.15f}".encode())
