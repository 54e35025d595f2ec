"""Answers what people ask: the spans of a page, runs, how sites stand, what waits where. Writes nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, case, func, select

from storage.records import ABSENT, LOST, SEEN, Page, Role, Run, RunState, Sighting, Site, SiteStatus
from storage.shelf import Shelf, page_of, run_of, sightings_of, sites_of
from storage.tables import ALERT, CHANGE, MESSAGE, PAGE, RUN, SIGHTING
from storage.versioning import key_of


class HistoryShelf(Shelf):
    """Questions of people."""

    def sightings(self, url: str) -> list[Sighting]:
        """All spans of the page at this address, oldest first."""
        with self._reading() as connection:
            page = connection.execute(select(PAGE.c.id).where(PAGE.c.key == key_of(url))).scalar()
            return sightings_of(connection, [page])[page] if page is not None else []

    def lost_pages(self, site: str) -> list[Page]:
        """Pages of a site that were soundly seen and are not where they were at the latest look."""
        lost = select(SIGHTING.c.id).where(SIGHTING.c.outcome.in_([outcome.value for outcome in LOST]))
        known = (PAGE.c.site == site) & PAGE.c.current.is_not(None) & PAGE.c.latest.in_(lost)
        with self._reading() as connection:
            return [page_of(row) for row in connection.execute(select(PAGE).where(known).order_by(PAGE.c.id))]

    def home_sightings(self, site: str, limit: int = 50) -> list[Sighting]:
        """The latest spans of a site's home page, sound or not, oldest first; of its first page if no home is watched."""
        home = case((PAGE.c.role == Role.HOME.value, 0), else_=1)
        page = select(PAGE.c.id).where(PAGE.c.site == site).order_by(home, PAGE.c.id).limit(1)
        with self._reading() as connection:
            number = connection.execute(page).scalar()
            return sightings_of(connection, [number], latest=limit)[number] if number is not None else []

    def runs(self, site: str | None = None, limit: int = 50) -> list[Run]:
        """The latest runs, newest first."""
        query = select(RUN).order_by(RUN.c.id.desc()).limit(limit)
        with self._reading() as connection:
            return [run_of(row) for row in connection.execute(query.where(RUN.c.site == site) if site else query)]

    def status(self, now: datetime) -> list[SiteStatus]:
        """How each site stands, by host."""
        with self._reading() as connection:
            return [_status(connection, site, now) for site in sites_of(connection)]

    def queue(self) -> dict[str, int]:
        """How many rows wait for each step."""
        waiting = {
            "compare": (CHANGE, CHANGE.c.compared_at.is_(None) & ~CHANGE.c.superseded),
            "judge": (CHANGE, CHANGE.c.sound & CHANGE.c.judged_at.is_(None) & CHANGE.c.compared_at.is_not(None)),
            "pages": (PAGE, PAGE.c.mark > PAGE.c.judged_mark),
            "runs": (RUN, (RUN.c.state != RunState.OPEN.value) & RUN.c.judged_at.is_(None)),
            "alerts": (ALERT, ALERT.c.message.is_(None)),
            "messages": (MESSAGE, MESSAGE.c.state == "waiting"),
            "dead": (MESSAGE, MESSAGE.c.state == "dead"),
        }
        with self._reading() as connection:
            return {
                step: connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()
                for step, (table, where) in waiting.items()
            }


def _status(connection: Connection, site: Site, now: datetime) -> SiteStatus:
    mine = (PAGE.c.site == site.host) & PAGE.c.part_of.is_(None)
    latest = select(SIGHTING.c.outcome, func.count()).join(PAGE, PAGE.c.latest == SIGHTING.c.id).where(mine)
    outcomes = {row[0]: row[1] for row in connection.execute(latest.group_by(SIGHTING.c.outcome))}
    seen, absent = {outcome.value for outcome in SEEN}, {outcome.value for outcome in ABSENT}
    good = select(func.max(SIGHTING.c.last)).join(PAGE, PAGE.c.id == SIGHTING.c.page).where(mine, SIGHTING.c.outcome.in_(seen))
    last = connection.execute(select(RUN).where(RUN.c.site == site.host).order_by(RUN.c.id.desc()).limit(1)).first()
    return SiteStatus(
        site=site,
        pages=connection.execute(select(func.count()).select_from(PAGE).where(mine)).scalar_one(),
        last_good=connection.execute(good).scalar(),
        overdue=connection.execute(select(func.count()).select_from(PAGE).where(mine, PAGE.c.next_look < now)).scalar_one(),
        last_run=run_of(last) if last is not None else None,
        ok=sum(number for outcome, number in outcomes.items() if outcome in seen),
        absent=sum(number for outcome, number in outcomes.items() if outcome in absent),
        troubled=sum(number for outcome, number in outcomes.items() if outcome not in seen | absent),
    )
