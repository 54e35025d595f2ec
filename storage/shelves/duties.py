"""Lays out the ground on which the duties of agencies are judged: their columns, when these were looked at, what they brought.

Only what sound runs saw. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from storage.records import Agency, Candidate, DutyGround, Reading, Role, Site, VenueLooks
from storage.shelf import Shelf, page_of, reading_of, sightings_of, sites_of, sound_runs_of
from storage.shelves.frames import looked_at
from storage.tables import AGENCY, ENTRY, FINDING, PAGE, SITE, SNAPSHOT

# Asked at every judging: building a statement costs more than running it.
_OF: Any = bindparam("of", expanding=True)
_BODIES = select(AGENCY).where(AGENCY.c.id.in_(_OF))
_BEARING: Select[Any] = select(
    PAGE.c.id, PAGE.c.site, PAGE.c.url, PAGE.c.key, PAGE.c.role, PAGE.c.title, PAGE.c.agency, PAGE.c.venue_for, PAGE.c.part_of,
    PAGE.c.added, PAGE.c.named, PAGE.c.rows, PAGE.c.current, PAGE.c.shown, PAGE.c.meta,
    PAGE.c.first_sound, PAGE.c.first_sound_look, PAGE.c.first_sound_sha256,
).where(PAGE.c.site.in_(_OF)).order_by(PAGE.c.id)  # fmt: skip
_ROWS = select(ENTRY).where(ENTRY.c.column.in_(_OF)).order_by(ENTRY.c.id)
_SUSPECTED = (FINDING.c.kind == "impostor_copy") & (FINDING.c.machine != "resolved") & (FINDING.c.human != "dismissed")
_IMPOSTORS = select(FINDING.c.url).where(_SUSPECTED)
_REBUILT = select(SITE.c.host).where(SITE.c.adopted.is_not(None))
_FORGOTTEN_ROWS = (
    select(ENTRY.c.column, ENTRY.c.first_seen)
    .join(PAGE, PAGE.c.id == ENTRY.c.page)
    .where(ENTRY.c.column.in_(_OF), PAGE.c.forgotten.is_not(None))
    .order_by(ENTRY.c.id)
)
_THESE = select(SNAPSHOT).where(SNAPSHOT.c.id.in_(_OF))
_FIRST = (
    select(SNAPSHOT.c.page, func.min(SNAPSHOT.c.number).label("number"))
    .where(SNAPSHOT.c.page.in_(_OF), SNAPSHOT.c.sound)
    .group_by(SNAPSHOT.c.page)
    .subquery()
)
_FIRST_SOUND = select(SNAPSHOT).join(_FIRST, (_FIRST.c.page == SNAPSHOT.c.page) & (_FIRST.c.number == SNAPSHOT.c.number))


class DutyShelf(Shelf):
    """What judge asks before it judges duties."""

    def duty_ground(self, agency: str) -> DutyGround:
        """Everything the archive knows that bears on the duties of one agency; only what sound runs saw."""
        return self.duty_grounds([agency])[agency]

    def duty_grounds(self, agencies: Collection[str]) -> dict[str, DutyGround]:
        """The same for several agencies, as of one moment: what they share is asked once."""
        with self._reading() as connection:
            bodies = {row.id: Agency(**row._asdict()) for row in connection.execute(_BODIES, {"of": list(agencies)})}
            sites = [site for site in sites_of(connection) if not bodies.keys().isdisjoint(site.agencies)]
            pages = connection.execute(_BEARING, {"of": [site.host for site in sites]}).all()
            venues = _venues(connection, pages)
            entries: dict[int, list[Row[Any]]] = {}
            for row in connection.execute(_ROWS, {"of": list(venues)}):
                entries.setdefault(row.column, []).append(row)
            impostors = frozenset(url for url in connection.execute(_IMPOSTORS).scalars() if url)
            runs = sound_runs_of(connection, agencies)
        return {name: _ground_of(body, sites, pages, venues, entries, impostors, runs[name]) for name, body in bodies.items()}


def _ground_of(
    agency: Agency,
    sites: Sequence[Site],
    pages: Sequence[Row[Any]],
    venues: Mapping[int, VenueLooks],
    entries: Mapping[int, Sequence[Row[Any]]],
    impostors: frozenset[str],
    runs: int,
) -> DutyGround:
    own = [site for site in sites if agency.id in site.agencies]
    hosts = {site.host for site in own}
    here = [page for page in pages if page.site in hosts]
    mine = [page for page in here if page.agency in (None, agency.id)]
    columns = [page.id for page in mine if page.id in venues]
    rows = sorted((row for column in columns for row in entries.get(column, ())), key=lambda row: row.id)
    return DutyGround(
        agency=agency,
        sites=tuple(own),
        venues=tuple(venues[column] for column in columns),
        candidates=tuple(_candidates(mine, rows)),
        first_look=min((page.first_sound for page in here if page.first_sound is not None), default=None),
        impostors=impostors,
        runs=runs,
    )


def _venues(connection: Connection, pages: Sequence[Row[Any]]) -> dict[int, VenueLooks]:
    """The columns among these pages, each with its looks."""
    columns = [page for page in pages if page.role == Role.COLUMN.value and page.part_of is None]
    looked = looked_at(connection, columns)
    spans = sightings_of(connection, set(looked.values()))
    rebuilt = set(connection.execute(_REBUILT).scalars())
    covers = _covered(connection, columns, pages)
    gone = _forgotten_rows(connection, [column.id for column in columns])
    return {
        column.id: VenueLooks(
            page_of(column), tuple(spans[looked[column.id]]), covers[column.id], column.site in rebuilt, gone.get(column.id, ())
        )
        for column in columns
    }


def _forgotten_rows(connection: Connection, columns: Sequence[int]) -> dict[int, tuple[datetime, ...]]:
    """When rows were first seen whose documents were forgotten since: what they were is not known any more."""
    gone: dict[int, tuple[datetime, ...]] = {}
    for row in connection.execute(_FORGOTTEN_ROWS, {"of": columns}):
        gone[row.column] = (*gone.get(row.column, ()), row.first_seen)
    return gone


def _covered(connection: Connection, columns: Sequence[Row[Any]], pages: Sequence[Row[Any]]) -> dict[int, date]:
    """From which day on each column's rows were looked through, by the deepest list page that was walked."""
    deepest = {page.part_of: page.current for page in pages if page.part_of is not None and page.current is not None}
    alone = [column.id for column in columns if column.id not in deepest]
    further = {number: column for column, number in deepest.items()}
    days = {row.page: _covers_from(reading_of(connection, row)) for row in connection.execute(_FIRST_SOUND, {"of": alone})}
    days |= {
        further[row.id]: _covers_from(reading_of(connection, row)) for row in connection.execute(_THESE, {"of": list(further)})
    }
    return {column.id: days.get(column.id, date.max) for column in columns}


def _covers_from(reading: Reading | None) -> date:
    """From which day on rows were looked through; the bottom row says so, pinned ones stand on top of the first page only.

    A list walked to its end covers everything, one without dates nothing.
    """
    if reading is None:
        return date.max
    if reading.next is None:
        return date.min
    days = [entry.date for entry in reading.entries if entry.date is not None]
    return date.fromisoformat(days[-1][:10]) if days else date.max


def _candidates(pages: Sequence[Row[Any]], rows: Sequence[Row[Any]]) -> list[Candidate]:
    """One candidate per address: rows of columns and articles seen, joined by address; the earlier first look counts."""
    by_key: dict[str, Candidate] = {}
    for page in pages:
        if page.role == Role.ARTICLE.value and page.first_sound is not None:
            by_key[page.key] = _from_page(page)
    for row in rows:
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
