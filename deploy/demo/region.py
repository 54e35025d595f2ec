"""The made-up region on a chosen day: its portals, what they publish, what was true of them, and when to look.

Answers requests as a pure function of host, path, day and request count. Never serves by itself (see `server`), never looks at
its own pages, and holds no clock: the day is set from outside, forwards or backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from deploy.demo import documents, truths
from deploy.demo.chance import dice
from deploy.demo.days import dressed, looks, state_of, trouble_of
from deploy.demo.documents import Document
from deploy.demo.events import BEGIN, END, Action, Event, State
from deploy.demo.families import FAMILIES
from deploy.demo.happenings import EVENTS
from deploy.demo.pages import HITS, SALT, Shelf, render
from deploy.demo.portal import Portal
from deploy.demo.portals import PORTALS
from deploy.demo.reply import Reply
from deploy.demo.troubles import answer_of
from deploy.demo.truth import Truth
from storage.records import NewPage, Role, Site, Subscriber, Watchlist

DESK = Subscriber(id="desk", address="desk@gongkai.example")
"""Who is told of everything in the demo."""


class Region:
    """The portals that live from `start` to `end`; the same seed always makes the same region."""

    def __init__(self, start: date = BEGIN, seed: int = 1, end: date = END) -> None:
        first = min(event.day for event in EVENTS)
        if not BEGIN <= start < first or not start < end <= END:
            raise ValueError(f"the region lives from {BEGIN} to {END}, watched from before {first}; not from {start} to {end}")
        self.start, self.end, self.seed = start, end, seed
        self.day = start
        self._portals = {portal.host: portal for portal in PORTALS}
        self._documents = {portal.key: self._issue(portal) for portal in PORTALS}
        for event in EVENTS:
            if event.copied:
                self._add_copy(event, *event.copied)
        self._looks = {portal.host: looks(portal, start, end) for portal in PORTALS}
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
        trouble = trouble_of(portal.key, self.day)
        if trouble and (instead := answer_of(trouble, path)):
            return instead
        replies = self._replies
        reply = replies.get((portal.host, path))
        if reply is None:
            reply = replies[(portal.host, path)] = render(self.shelf(portal), path)
        return replace(reply, body=_counted(reply.body, self.day, path, count)) if FAMILIES[portal.family].noisy else reply

    def shelf(self, portal: Portal) -> Shelf:
        """All that the portal has on the present day, newest first."""
        key = portal.key, self.day
        if key not in self._shelves:
            there = [(d, s) for d in self._documents[portal.key] if (s := self._state(d)).published]
            now = dressed(portal, self.day)
            moved = frozenset(d.path for d, _ in there) if now.family != portal.family else frozenset[str]()
            dated = tuple((replace(d, portal=now), state) for d, state in there)
            self._shelves[key] = Shelf(now, self.day, dated, self.seed, moved)
        return self._shelves[key]

    def _state(self, document: Document) -> State:
        return state_of(document.portal.key, document.key, self.day, document.shown.date())

    def document(self, portal: str, key: str) -> Document | None:
        """One document by its key; None if it never comes."""
        return next((d for d in self._documents[portal] if d.key == key), None)

    def happened(self, day: date) -> tuple[Event, ...]:
        """The deeds of one day."""
        return tuple(event for event in EVENTS if event.day == day)

    def looks(self) -> tuple[date, ...]:
        """The days on which to look at any portal."""
        return tuple(sorted(frozenset().union(*self._looks.values())))

    def sites_on(self, day: date) -> tuple[str, ...]:
        """The hosts to look at on a day: all once a week, each daily about its own due days, deeds and troubles."""
        return tuple(host for host, days in self._looks.items() if day in days)

    def truth(self) -> tuple[Truth, ...]:
        """All that was true until the end: what must be found, and (not `sure`) what may be told besides.

        A deed so close to the end that no look can have shown it is not `sure`.
        """
        return truths.of(self)

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
        came = [(event.period, event.shown or event.day) for event in deeds if event.period is not None]
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

    def _add_copy(self, event: Event, owner: str, key: str, brand: str, printed: str) -> None:
        """Put an impostor's copy among a portal's documents."""
        original = self.document(owner, key)
        portal = next(portal for portal in PORTALS if portal.key == event.portal)
        assert original is not None
        fake = documents.copy_of(original, event.document, portal, event.day, brand, printed)
        self._documents[portal.key] = (*self._documents[portal.key], fake)
        self._documents[portal.key] = tuple(sorted(self._documents[portal.key], key=lambda d: d.shown, reverse=True))


def _site(portal: Portal) -> Site:
    return Site(portal.host, portal.name, (portal.agency.id,), scheme="http", delay=0.0, follow=portal.follow)


def _counted(body: bytes, day: date, path: str, count: int) -> bytes:
    if HITS not in body and SALT not in body:
        return body
    hits = 1_000 + 9 * day.toordinal() % 90_000 + count
    return body.replace(HITS, str(hits).encode()).replace(SALT, f"{dice(day, path, count).random():.15f}".encode())
