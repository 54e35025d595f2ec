"""Keeps the watchlist: agencies, sites, pages, duties, subscribers. Never looks at what was seen of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from storage.engine import again
from storage.records import Agency, DutyRow, NewPage, Page, Role, Site, Subscriber, Watchlist
from storage.rows import insert_new, upsert
from storage.shelf import Shelf, page_of, sites_of
from storage.shelves.forgotten import forgotten_among
from storage.tables import AGENCY, DUTY, PAGE, SITE, SPEAKS, SUBSCRIBER
from storage.versioning import host_of, key_of

EVERY = {
    Role.HOME: timedelta(days=1),
    Role.COLUMN: timedelta(days=1),
    Role.ARTICLE: timedelta(days=7),
    Role.ATTACHMENT: timedelta(days=7),
}
"""Planned interval between looks where neither the site nor the judge says otherwise."""

FILTERS = ("agencies", "sites", "kinds", "severity", "settled_only", "digest")


class WatchlistShelf(Shelf):
    """Questions and deeds about what is watched."""

    @again
    def add_watchlist(self, watchlist: Watchlist, at: datetime) -> None:
        """Add everything in it, or bring it up to date where its id is known; all or nothing."""
        with self._writing() as connection:
            for agency in watchlist.agencies:
                upsert(connection, AGENCY, ["id"], **asdict(agency))
            _hold_sites(connection, watchlist)
            for site in watchlist.sites:
                _put_site(connection, site, at)
            for page in watchlist.pages:
                put_page(connection, page, at)
            for duty in watchlist.duties:
                upsert(connection, DUTY, ["agency", "duty", "period"], **asdict(duty))
            for subscriber in watchlist.subscribers:
                _put_subscriber(connection, subscriber)

    def watchlist(self) -> Watchlist:
        """Everything a person put in; discovered pages are left out."""
        with self._reading() as connection:
            named = connection.execute(select(PAGE).where(PAGE.c.named).order_by(PAGE.c.id))
            return Watchlist(
                agencies=tuple(_agencies(connection)),
                sites=tuple(sites_of(connection)),
                pages=tuple(_as_new(page_of(row)) for row in named),
                duties=tuple(_duties(connection)),
                subscribers=tuple(_subscribers(connection)),
            )

    def sites(self) -> list[Site]:
        """All sites, by host."""
        with self._reading() as connection:
            return sites_of(connection)

    def site(self, host: str) -> Site | None:
        """The site with this host."""
        with self._reading() as connection:
            return next(iter(sites_of(connection, host=host)), None)

    def agencies(self) -> list[Agency]:
        """All agencies, by id."""
        with self._reading() as connection:
            return _agencies(connection)

    def pages(self, site: str | None = None) -> list[Page]:
        """All watched pages, or those of a site, in the order they were added."""
        query = select(PAGE).order_by(PAGE.c.id)
        with self._reading() as connection:
            return [page_of(row) for row in connection.execute(query.where(PAGE.c.site == site) if site else query)]

    def page_at(self, url: str) -> Page | None:
        """The page watched at this address, whatever its scheme or fragment."""
        with self._reading() as connection:
            row = connection.execute(select(PAGE).where(PAGE.c.key == key_of(url))).first()
            return page_of(row) if row else None

    def duty_rows(self) -> list[DutyRow]:
        """Duties that a person wrote down, beside those of the packs."""
        with self._reading() as connection:
            return _duties(connection)

    def subscribers(self) -> list[Subscriber]:
        """All subscribers, by id."""
        with self._reading() as connection:
            return _subscribers(connection)


def put_page(connection: Connection, page: NewPage, at: datetime) -> int | None:
    """Watch a page; one that is watched already keeps what it has and takes what is newly said. Gives the id of a new page.

    One that was forgotten is not watched again, whoever names it.
    """
    host = host_of(page.url)
    if forgotten_among(connection, [key_of(page.url)]):
        return None
    _ensure_site(connection, page.url, host)
    role = page.role.value if page.role else None
    values: dict[str, Any] = {
        "site": host,
        "url": page.url,
        "key": key_of(page.url),
        "role": role,
        "title": page.title,
        "agency": page.agency,
        "venue_for": list(page.venue_for),
        "part_of": page.part_of,
        "named": page.named,
        "added": at,
        "next_look": at,
        "every": _interval(connection, host, page.role).total_seconds(),
        "rows": 0,
        "mark": 0,
        "judged_mark": 0,
    }
    if insert_new(connection, PAGE, **values):
        return int(connection.execute(select(PAGE.c.id).where(PAGE.c.key == values["key"])).scalar_one())
    said = {name: values[name] for name in ("role", "title", "agency", "venue_for", "named") if values[name]}
    if page.named:
        connection.execute(update(PAGE).where(PAGE.c.key == values["key"]).values(**said))
    return None


def _hold_sites(connection: Connection, watchlist: Watchlist) -> None:
    """Hold every site before its pages, as the end of a run does, or the two would wait for each other."""
    hosts = {host_of(page.url) for page in watchlist.pages} | {site.host for site in watchlist.sites}
    held = select(SITE.c.host).where(SITE.c.host.in_(hosts)).order_by(SITE.c.host)
    connection.execute(held.with_for_update(key_share=True)).all()


def _interval(connection: Connection, host: str, role: Role | None) -> timedelta:
    every = connection.execute(select(SITE.c.every).where(SITE.c.host == host)).scalar()
    usual = EVERY[role or Role.ARTICLE]
    if every is None:
        return usual
    # an interval set for a site's pages is not meant for its files, of which there may be thousands
    return max(usual, timedelta(seconds=every)) if role is Role.ATTACHMENT else timedelta(seconds=every)


def _ensure_site(connection: Connection, url: str, host: str) -> None:
    scheme = "http" if url.startswith("http:") else "https"
    insert_new(connection, SITE, host=host, name="", scheme=scheme, follow=False, tls="fallback", sound_runs=0)


def _put_site(connection: Connection, site: Site, at: datetime) -> None:
    every = site.every.total_seconds() if site.every is not None else None
    upsert(
        connection,
        SITE,
        ["host"],
        host=site.host,
        name=site.name,
        scheme=site.scheme,
        delay=site.delay,
        every=every,
        follow=site.follow,
        tls=site.tls,
        selectors=site.selectors.told,
        browser=site.browser,
        keep_versions=site.keep_versions,
        keep_days=site.keep_days,
        keep_looks_days=site.keep_looks_days,
        **({} if _known(connection, site.host) else {"sound_runs": 0}),
    )
    connection.execute(delete(SPEAKS).where(SPEAKS.c.site == site.host))
    for rank, agency in enumerate(site.agencies):
        insert_new(connection, SPEAKS, site=site.host, agency=agency, rank=rank)
    put_page(connection, NewPage(url=site.home, role=Role.HOME, title=site.name), at)


def _known(connection: Connection, host: str) -> bool:
    return bool(connection.execute(select(func.count()).select_from(SITE).where(SITE.c.host == host)).scalar())


def _put_subscriber(connection: Connection, subscriber: Subscriber) -> None:
    told = asdict(subscriber)
    filters: dict[str, Any] = {name: list(told[name]) if isinstance(told[name], tuple) else told[name] for name in FILTERS}
    upsert(
        connection,
        SUBSCRIBER,
        ["id"],
        id=subscriber.id,
        address=subscriber.address,
        notifier=subscriber.notifier,
        filters=filters,
    )


def subscriber_of(row: Row[Any]) -> Subscriber:
    """A row of `subscriber` as a record."""
    filters: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.filters.items()}
    return Subscriber(id=row.id, address=row.address, notifier=row.notifier, **filters)


def _subscribers(connection: Connection) -> list[Subscriber]:
    return [subscriber_of(row) for row in connection.execute(select(SUBSCRIBER).order_by(SUBSCRIBER.c.id))]


def _agencies(connection: Connection) -> list[Agency]:
    return [Agency(**row._asdict()) for row in connection.execute(select(AGENCY).order_by(AGENCY.c.id))]


def _duties(connection: Connection) -> list[DutyRow]:
    ordered: Iterable[Row[Any]] = connection.execute(select(DUTY).order_by(DUTY.c.agency, DUTY.c.duty, DUTY.c.period))
    return [DutyRow(**row._asdict()) for row in ordered]


def _as_new(page: Page) -> NewPage:
    return NewPage(url=page.url, role=page.role, title=page.title, agency=page.agency, venue_for=page.venue_for, named=True)
