"""Lays out what judge weighs: histories of pages, closed runs, and the ground on which an agency's duties are judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, func, select

from storage.records import (
    ABSENT,
    ColumnLife,
    Evidence,
    PageHistory,
    Role,
    Run,
    RunState,
    Sighting,
    Snapshot,
)
from storage.shelf import Shelf, page_of, run_of, sightings_of, sites_of, snapshot_of
from storage.shelves.captures import BASELINE_RUNS
from storage.shelves.frames import looked_at
from storage.tables import ENTRY, PAGE, RUN, SIGHTING, SITE, SNAPSHOT

LATEST = 50
BATCH = 1000

VERSIONS = 6
"""Versions of a column whose rows are compared; a row taken out longer ago was told then, if judge ran meanwhile."""

SAME_RUN = timedelta(days=1)
"""A run looks at a column before its documents, and is over within a day."""

_CAME = case((ENTRY.c.absent_at.is_not(None), ENTRY.c.first_seen))
"""When a row was seen to come: it was proven not to be there before."""


# Asked at every judging: building a statement costs more than running it.
_OF: Any = bindparam("of", expanding=True)
_THESE = select(SNAPSHOT).where(SNAPSHOT.c.id.in_(_OF))
_SOME: Any = bindparam("numbers", expanding=True)
_VERSIONS = select(SNAPSHOT).where(SNAPSHOT.c.page == bindparam("page"), SNAPSHOT.c.number.in_(_SOME)).order_by(SNAPSHOT.c.number)
_ABSENT_ROWS = (
    select(ENTRY.c.column, ENTRY.c.url)
    .join(PAGE, PAGE.c.id == ENTRY.c.page)
    .join(SIGHTING, SIGHTING.c.id == PAGE.c.latest)
    .where(ENTRY.c.column.in_(_OF), SIGHTING.c.sound_count > 0, SIGHTING.c.outcome.in_([outcome.value for outcome in ABSENT]))
)


class GroundShelf(Shelf):
    """Questions that judge asks before it asks the rules."""

    def histories_to_judge(self, after: int = 0) -> list[PageHistory]:
        """Pages behind the one numbered `after` with sound looks that judge has not weighed, a batch at a time."""
        return self._histories((PAGE.c.mark > PAGE.c.judged_mark) & (PAGE.c.id > after), BATCH)

    def absent_histories(self, site: str, besides: Collection[int] = ()) -> list[PageHistory]:
        """Pages of a site that were soundly seen and of which the latest look says that they are not there; and these, anyhow."""
        absent = select(SIGHTING.c.id).where(SIGHTING.c.outcome.in_([outcome.value for outcome in ABSENT]))
        lost = (PAGE.c.site == site) & PAGE.c.current.is_not(None) & PAGE.c.retired.is_(None) & PAGE.c.latest.in_(absent)
        absentees = self._histories(lost, BATCH)
        further = set(besides) - {history.page.id for history in absentees}
        more = self._histories((PAGE.c.site == site) & PAGE.c.id.in_(further), len(further)) if further else []
        return absentees + more

    def _histories(self, which: ColumnElement[bool], most: int) -> list[PageHistory]:
        with self._reading() as connection:
            rows = connection.execute(select(PAGE).where(which).order_by(PAGE.c.id).limit(most)).all()
            if not rows:
                return []
            sites = {site.host: site for site in sites_of(connection)}
            hosts: dict[str, list[str]] = {}
            for site in sites.values():
                for agency in site.agencies:
                    hosts.setdefault(agency, []).append(site.host)
            numbers = [row.id for row in rows]
            spans = sightings_of(connection, numbers, latest=LATEST)
            homes = _homes(connection, {row.site for row in rows})
            stands: dict[str, Any] = {
                row.host: row for row in connection.execute(select(SITE.c.host, SITE.c.sound_runs, SITE.c.adopted))
            }
            listed, absent = _listed(connection, rows), _absent_rows(connection, rows)
            current = {one.id: one for one in connection.execute(_THESE, {"of": [row.current for row in rows if row.current]})}
            return [
                replace(
                    _history(
                        connection,
                        row,
                        current.get(row.current),
                        spans[row.id],
                        homes.get(row.site),
                        stands[row.site],
                        sites,
                        hosts,
                    ),
                    listed=listed.get(row.id),
                    absent_rows=frozenset(absent.get(row.id, ())),
                )
                for row in rows
            ]

    def column_lives(self) -> list[ColumnLife]:
        """Every column that was soundly seen, with its latest sign of life."""
        row = (func.count(ENTRY.c.id), func.max(ENTRY.c.date), func.max(_CAME))
        query = select(*PAGE.c, *(part.label(name) for part, name in zip(row, ("listing", "newest", "came"), strict=True)))
        joined = query.join(ENTRY, (ENTRY.c.column == PAGE.c.id) & ENTRY.c.listed, isouter=True).group_by(PAGE.c.id)
        columns = (PAGE.c.role == Role.COLUMN.value) & PAGE.c.part_of.is_(None) & PAGE.c.first_sound.is_not(None)
        with self._reading() as connection:
            rows = connection.execute(joined.where(columns).order_by(PAGE.c.id)).all()
            looked = looked_at(connection, rows)
            spans = sightings_of(connection, list(looked.values()), latest=1)
            speaks = {site.host: site.agencies for site in sites_of(connection)}
            adopted = {site.host: site.adopted for site in connection.execute(select(SITE.c.host, SITE.c.adopted))}
            return [_column_life(one, spans[looked[one.id]], speaks[one.site], adopted[one.site]) for one in rows]

    def runs_to_judge(self, after: int = 0) -> list[Run]:
        """Closed runs behind the one numbered `after` that judge has not weighed, a batch at a time, oldest first."""
        waiting = (RUN.c.state != RunState.OPEN.value) & RUN.c.judged_at.is_(None) & (RUN.c.id > after)
        with self._reading() as connection:
            return [run_of(row) for row in connection.execute(select(RUN).where(waiting).order_by(RUN.c.id).limit(BATCH))]


def _column_life(row: Row[Any], spans: list[Sighting], speaks: tuple[str, ...], adopted: datetime | None) -> ColumnLife:
    return ColumnLife(
        page=page_of(row),
        agency=row.agency or (speaks[0] if len(speaks) == 1 else None),
        rows=row.listing,
        newest=date.fromisoformat(row.newest[:10]) if row.newest else None,
        came=row.came,
        latest=spans[-1] if spans else None,
        watched_from=max(filter(None, (row.first_sound, adopted)), default=None),
    )


def _listed(connection: Connection, pages: Sequence[Row[Any]]) -> dict[int, bool]:
    """Of pages that a column listed for as long as they were seen, whether one still does.

    A row that was not listed any more while its page still stood has rolled off the list pages looked at: nothing is said.
    """
    seen = {page.id: page.current_seen for page in pages}
    standing, last = func.sum(case((ENTRY.c.listed, 1), else_=0)), func.max(ENTRY.c.last_seen)
    rows = connection.execute(select(ENTRY.c.page, standing, last).where(ENTRY.c.page.in_(seen)).group_by(ENTRY.c.page))
    return {
        page: bool(number)
        for page, number, until in rows
        if number or (seen[page] is not None and until >= seen[page] - SAME_RUN)
    }


def _absent_rows(connection: Connection, pages: Sequence[Row[Any]]) -> dict[int, set[str]]:
    """Of the columns among these pages, the addresses of rows whose own page the latest look did not find."""
    columns = [page.id for page in pages if _lists(page)]
    found: dict[int, set[str]] = {}
    for row in connection.execute(_ABSENT_ROWS, {"of": columns}) if columns else ():
        found.setdefault(row.column, set()).add(row.url)
    return found


def _lists(page: Row[Any]) -> bool:
    return page.role == Role.COLUMN.value and page.part_of is None


def _versions(connection: Connection, row: Row[Any], spans: list[Sighting]) -> tuple[Snapshot, ...]:
    """The versions that a column's latest spans showed."""
    numbers = list(dict.fromkeys(span.snapshot for span in spans if span.snapshot is not None and span.sound_count))[-VERSIONS:]
    versions = connection.execute(_VERSIONS, {"page": row.id, "numbers": numbers}).all()
    return tuple(snapshot_of(connection, version) for version in versions)


def _homes(connection: Connection, hosts: set[str]) -> dict[str, Sighting]:
    homes = connection.execute(select(PAGE.c.id, PAGE.c.site).where(PAGE.c.site.in_(hosts), PAGE.c.role == Role.HOME.value)).all()
    spans = sightings_of(connection, [row.id for row in homes], latest=1)
    return {row.site: spans[row.id][-1] for row in homes if spans[row.id]}


def _history(
    connection: Connection,
    row: Row[Any],
    version: Row[Any] | None,
    spans: list[Sighting],
    home: Sighting | None,
    stands: Row[Any],
    sites: dict[str, Any],
    hosts: dict[str, list[str]],
) -> PageHistory:
    current = snapshot_of(connection, version) if version is not None else None
    speaks = sites[row.site].agencies
    agency = row.agency or (speaks[0] if len(speaks) == 1 else None)  # of several, nobody is accused by guess
    return PageHistory(
        page=page_of(row),
        sightings=tuple(spans),
        current=current,
        current_evidence=_evidence(row, current),
        home=home,
        baseline=stands.sound_runs <= BASELINE_RUNS,
        adopted=stands.adopted,
        agency=agency,
        agency_hosts=tuple(hosts.get(agency, ())) if agency else (),
        mark=row.mark,
        retired=row.retired is not None,
        versions=_versions(connection, row, spans) if _lists(row) else (),
    )


def _evidence(row: Row[Any], current: Snapshot | None) -> Evidence | None:
    if current is None or row.current_look is None or row.current_seen is None:
        return None
    return Evidence(row.current_look, row.current_seen, current.url, "ok", row.current_sha256, "present")
