"""Lays out what judge weighs: histories of pages, closed runs, and the ground on which an agency's duties are judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from storage.records import (
    ABSENT,
    Agency,
    Candidate,
    ColumnLife,
    DutyGround,
    Evidence,
    PageHistory,
    Reading,
    Role,
    Run,
    RunState,
    Sighting,
    Snapshot,
    VenueLooks,
)
from storage.shelf import Shelf, page_of, reading_of, run_of, sightings_of, sites_of, snapshot_of, sound_runs_of
from storage.shelves.captures import BASELINE_RUNS
from storage.shelves.frames import CURRENT, framed
from storage.tables import AGENCY, ENTRY, FINDING, PAGE, RUN, SIGHTING, SITE, SNAPSHOT

LATEST = 50
BATCH = 1000

VERSIONS = 6
"""Versions of a column whose rows are compared; a row taken out longer ago was told then, if judge ran meanwhile."""

SAME_RUN = timedelta(days=1)
"""A run looks at a column before its documents, and is over within a day."""

_CAME = case((ENTRY.c.absent_at.is_not(None), ENTRY.c.first_seen))
"""When a row was seen to come: it was proven not to be there before."""


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
        return absentees + self._histories((PAGE.c.site == site) & PAGE.c.id.in_(further), len(further))

    def _histories(self, which: ColumnElement[bool], most: int) -> list[PageHistory]:
        with self._reading() as connection:
            rows = connection.execute(select(PAGE).where(which).order_by(PAGE.c.id).limit(most)).all()
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
            listed = _listed(connection, rows)
            return [
                replace(
                    _history(connection, row, spans[row.id], homes.get(row.site), stands[row.site], sites, hosts),
                    listed=listed.get(row.id),
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
            looked = _looked_at(connection, rows)
            spans = sightings_of(connection, list(looked.values()), latest=1)
            speaks = {site.host: site.agencies for site in sites_of(connection)}
            adopted = {site.host: site.adopted for site in connection.execute(select(SITE.c.host, SITE.c.adopted))}
            return [_column_life(one, spans[looked[one.id]], speaks[one.site], adopted[one.site]) for one in rows]

    def runs_to_judge(self, after: int = 0) -> list[Run]:
        """Closed runs behind the one numbered `after` that judge has not weighed, a batch at a time, oldest first."""
        waiting = (RUN.c.state != RunState.OPEN.value) & RUN.c.judged_at.is_(None) & (RUN.c.id > after)
        with self._reading() as connection:
            return [run_of(row) for row in connection.execute(select(RUN).where(waiting).order_by(RUN.c.id).limit(BATCH))]

    def duty_ground(self, agency: str) -> DutyGround:
        """Everything the archive knows that bears on the duties of one agency; only what sound runs saw."""
        with self._reading() as connection:
            body = connection.execute(select(AGENCY).where(AGENCY.c.id == agency)).one()
            sites = sites_of(connection, agency=agency)
            hosts = [site.host for site in sites]
            pages = connection.execute(select(PAGE).where(PAGE.c.site.in_(hosts)).order_by(PAGE.c.id)).all()
            mine = [page for page in pages if page.agency in (None, agency)]
            columns = [page for page in mine if page.role == Role.COLUMN.value and page.part_of is None]
            looked = _looked_at(connection, columns)
            spans = sightings_of(connection, list(looked.values()))
            rebuilt = set(connection.execute(select(SITE.c.host).where(SITE.c.adopted.is_not(None))).scalars())
            suspects = (FINDING.c.kind == "impostor_copy") & (FINDING.c.machine != "resolved") & (FINDING.c.human != "dismissed")
            impostors = select(FINDING.c.url).where(suspects)
            first = [page.first_sound for page in pages if page.first_sound is not None]
            return DutyGround(
                agency=Agency(**body._asdict()),
                sites=tuple(sites),
                venues=tuple(
                    VenueLooks(
                        page_of(column),
                        tuple(spans[looked[column.id]]),
                        _covers_from(connection, column, pages),
                        column.site in rebuilt,
                    )
                    for column in columns
                ),
                candidates=tuple(_candidates(connection, mine, columns)),
                first_look=min(first, default=None),
                impostors=frozenset(url for url in connection.execute(impostors).scalars() if url),
                runs=sound_runs_of(connection, [agency])[agency],
            )


def _looked_at(connection: Connection, columns: Sequence[Row[Any]]) -> dict[int, int]:
    """Of each column the page at which its rows are looked for: its own, or of a bare one the page that holds them."""
    bare = framed(connection, PAGE.c.id.in_([column.id for column in columns if not column.rows]), CURRENT)
    return {column.id: bare[column.id].id if column.id in bare else column.id for column in columns}


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


def _absent_rows(connection: Connection, column: int) -> frozenset[str]:
    absent = [outcome.value for outcome in ABSENT]
    sound = SIGHTING.c.sound_count > 0
    looked = select(ENTRY.c.url).join(PAGE, PAGE.c.id == ENTRY.c.page).join(SIGHTING, SIGHTING.c.id == PAGE.c.latest)
    return frozenset(connection.execute(looked.where(sound, ENTRY.c.column == column, SIGHTING.c.outcome.in_(absent))).scalars())


def _versions(connection: Connection, row: Row[Any], spans: list[Sighting]) -> tuple[Snapshot, ...]:
    """The versions that a column's latest spans showed."""
    numbers = list(dict.fromkeys(span.snapshot for span in spans if span.snapshot is not None and span.sound_count))[-VERSIONS:]
    query = select(SNAPSHOT).where(SNAPSHOT.c.page == row.id, SNAPSHOT.c.number.in_(numbers)).order_by(SNAPSHOT.c.number)
    return tuple(snapshot_of(connection, version) for version in connection.execute(query))


def _covers_from(connection: Connection, column: Row[Any], pages: Sequence[Row[Any]]) -> date:
    """From which day on a column's rows were looked through, by the deepest list page that was walked.

    Its bottom row says so; pinned rows stand on top of the first page only. A list walked to its end covers everything, one
    without dates nothing.
    """
    deeper = [page.current for page in pages if page.part_of == column.id and page.current is not None]
    first = select(SNAPSHOT).where(SNAPSHOT.c.page == column.id, SNAPSHOT.c.sound).order_by(SNAPSHOT.c.number).limit(1)
    row = connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.id == deeper[-1]) if deeper else first).first()
    reading = (reading_of(connection, row) if row is not None else None) or Reading(next="unknown")
    if reading.next is None:
        return date.min
    days = [entry.date for entry in reading.entries if entry.date is not None]
    return date.fromisoformat(days[-1][:10]) if days else date.max


def _homes(connection: Connection, hosts: set[str]) -> dict[str, Sighting]:
    homes = connection.execute(select(PAGE.c.id, PAGE.c.site).where(PAGE.c.site.in_(hosts), PAGE.c.role == Role.HOME.value)).all()
    spans = sightings_of(connection, [row.id for row in homes], latest=1)
    return {row.site: spans[row.id][-1] for row in homes if spans[row.id]}


def _history(
    connection: Connection,
    row: Row[Any],
    spans: list[Sighting],
    home: Sighting | None,
    stands: Row[Any],
    sites: dict[str, Any],
    hosts: dict[str, list[str]],
) -> PageHistory:
    current = _current(connection, row)
    speaks = sites[row.site].agencies
    agency = row.agency or (speaks[0] if len(speaks) == 1 else None)  # of several, nobody is accused by guess
    column = row.role == Role.COLUMN.value and row.part_of is None
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
        versions=_versions(connection, row, spans) if column else (),
        absent_rows=_absent_rows(connection, row.id) if column else frozenset(),
    )


def _current(connection: Connection, row: Row[Any]) -> Snapshot | None:
    if row.current is None:
        return None
    return snapshot_of(connection, connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.id == row.current)).one())


def _evidence(row: Row[Any], current: Snapshot | None) -> Evidence | None:
    if current is None or row.current_look is None or row.current_seen is None:
        return None
    return Evidence(row.current_look, row.current_seen, current.url, "ok", row.current_sha256, "present")


def _candidates(connection: Connection, pages: list[Row[Any]], columns: list[Row[Any]]) -> list[Candidate]:
    """One candidate per address: rows of columns and articles seen, joined by address; the earlier first look counts."""
    by_key: dict[str, Candidate] = {}
    for page in pages:
        if page.role == Role.ARTICLE.value and page.first_sound is not None:
            by_key[page.key] = _from_page(page)
    rows = select(ENTRY).where(ENTRY.c.column.in_([column.id for column in columns])).order_by(ENTRY.c.id)
    for row in connection.execute(rows):
        by_key[row.key] = _with_row(by_key.get(row.key), row)
    return list(by_key.values())


def _from_page(page: Row[Any]) -> Candidate:
    return Candidate(
        page=page.id,
        url=page.url,
        title=page.title,
        shown=page.shown,
        meta=page.meta,
        first_seen=page.first_sound,
        first_look=page.first_sound_look,
        sha256=page.first_sound_sha256,
        outcome="ok",
        absent_by=None,
    )


def _with_row(known: Candidate | None, row: Any) -> Candidate:
    standing = (row.column,) if row.listed else ()
    listed = {
        "first_seen": row.first_seen,
        "first_look": row.first_look,
        "sha256": row.first_sha256,
        "first_url": row.first_url,
        "absent_by": row.absent_at,
    }
    if known is None:
        columns = (row.column,)
        return Candidate(row.page, row.url, row.title, row.date, None, outcome="ok", columns=columns, standing=standing, **listed)
    joined = replace(
        known,
        title=known.title or row.title,
        shown=known.shown or row.date,
        columns=(*known.columns, row.column),
        standing=(*known.standing, *standing),
    )
    return replace(joined, **listed) if row.first_seen < known.first_seen else joined
