"""Retention: takes the bytes of versions and looks that no limit keeps, and says so in the ledger.

Hash, number, time and spans of a version stay, so that the history stays whole, and what comes back is told as a return. Each
transaction holds its pages and asks everything anew. Decides no limits, and never takes what is needed (see `needed`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, tuple_, update

from storage import passages, sweeping
from storage.engine import again
from storage.keys import Deed
from storage.records import Pruned, Retention
from storage.retention import Look, Place, Span, Version, looks_to_go, versions_to_go
from storage.shelf import Shelf, hold_pages, sites_of
from storage.shelves.judgements import ALERTS
from storage.shelves.needed import LOOKS_OF_SPAN, Cited, needed_looks, needed_versions, place_of, rows_of
from storage.shelves.tombstones import PRUNE, bury
from storage.sweeping import Swept
from storage.tables import BLOB, CAPTURE, PAGE, RUN, SNAPSHOT

PAGES = 200
"""Pages weighed in one transaction."""

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class _Going:
    """What goes of one page."""

    versions: Sequence[Row[Any]]
    captures: Sequence[Row[Any]]


class PruningShelf(Shelf):
    """Questions and deeds about what retention takes."""

    def retentions(self, usual: Retention, site: str | None = None) -> dict[str, Retention]:
        """The limits of each site for which any are set."""
        with self._reading() as connection:
            limits = {one.host: one.retention(usual) for one in sites_of(connection, host=site)}
        return {host: one for host, one in limits.items() if one}

    def to_prune(self, limits: Mapping[str, Retention], now: datetime) -> list[Pruned]:
        """What would go of each site; changes nothing."""
        with self._reading() as connection:
            cited = Cited.of(connection)
            return [_told(connection, host, _weighed_all(connection, host, one, cited, now)) for host, one in limits.items()]

    def prune(self, limits: Mapping[str, Retention], deed: Deed) -> list[Pruned]:
        """Take what no limit keeps, site by site, with a tombstone for each transaction; the bytes go with the next sweep."""
        done = []
        for host, one in limits.items():
            with self._reading() as connection:
                pages = _candidates(connection, host)
            named = replace(deed, why=f"{deed.why}: {one}")
            gone = [self._prune_pages(part, one, named) for part in _parts(pages, PAGES)]
            done.append(Pruned(host, sum(versions for versions, _ in gone), sum(looks for _, looks in gone), None))
        return done

    def sweep(self) -> Swept:
        """Take away the bytes to which nothing refers."""
        return sweeping.sweep(self.engine)

    @again
    def _prune_pages(self, pages: Sequence[int], limits: Retention, deed: Deed) -> tuple[int, int]:
        # Alone with judge: what it cites while this asks would be taken from under it.
        with self._writing(alone=ALERTS) as connection:
            held = hold_pages(connection, pages)
            going = list(_weighed(connection, held, limits, Cited.of(connection), deed.at))
            versions = [version for one in going for version in one.versions]
            captures = [capture for one in going for capture in one.captures]
            if versions or captures:
                leaf = bury(connection, PRUNE, deed, [*map(_version_told, versions), *map(_look_told, captures)])
                take_versions(connection, [version.id for version in versions], leaf)
                take_captures(connection, [(one.run, one.number) for one in captures])
            return len(versions), len(captures)


def take_versions(connection: Connection, versions: Sequence[int], leaf: int) -> None:
    """Let go of bytes and readings of versions by an entry of the ledger, and of what can be searched for in them."""
    for part in _parts(versions, AT_ONCE):
        pruned = {"reading": None, "pruned": leaf}
        connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.id.in_(part)).values(**pruned))
    passages.drop(connection, versions)


def take_captures(connection: Connection, places: Sequence[Place]) -> None:
    """Let go of looks that were kept whole."""
    for part in _parts(places, AT_ONCE):
        connection.execute(delete(CAPTURE).where(tuple_(CAPTURE.c.run, CAPTURE.c.number).in_(part)))


def _version_told(row: Row[Any]) -> dict[str, Any]:
    return {"page": row.page, "version": row.number, "sha256": row.sha256}


def _look_told(row: Row[Any]) -> dict[str, Any]:
    return {"page": row.page, "look": f"{row.run}.{row.number}"}


def _candidates(connection: Connection, host: str) -> list[int]:
    """Pages of which more is kept than always stays."""
    mine = select(PAGE.c.id).where(PAGE.c.site == host)
    versions = select(SNAPSHOT.c.page).where(SNAPSHOT.c.page.in_(mine), SNAPSHOT.c.pruned.is_(None)).group_by(SNAPSHOT.c.page)
    looks = select(CAPTURE.c.page).where(CAPTURE.c.page.in_(mine)).group_by(CAPTURE.c.page)
    found = set(connection.execute(versions.having(func.count() > 2)).scalars())
    return sorted(found | set(connection.execute(looks.having(func.count() > 2)).scalars()))


def _weighed_all(connection: Connection, host: str, limits: Retention, cited: Cited, now: datetime) -> list[_Going]:
    going: list[_Going] = []
    for part in _parts(_candidates(connection, host), PAGES):
        pages = connection.execute(select(PAGE).where(PAGE.c.id.in_(part)).order_by(PAGE.c.id)).all()
        going += _weighed(connection, pages, limits, cited, now)
    return going


def _weighed(
    connection: Connection, pages: Sequence[Row[Any]], limits: Retention, cited: Cited, now: datetime
) -> Iterator[_Going]:
    query = select(*CAPTURE.c, RUN.c.closed).join(RUN, RUN.c.id == CAPTURE.c.run)
    over = query.where(CAPTURE.c.page.in_([page.id for page in pages]), RUN.c.closed.is_not(None))
    for of in rows_of(connection, pages, connection.execute(over).all()):
        last = {span.snapshot: span.last for span in of.spans}  # the oldest first: the latest span of a version stays
        kept = [Version(row.id, last.get(row.id, row.first_seen)) for row in of.versions if row.pruned is None]
        versions = set(versions_to_go(kept, needed_versions(of, cited), limits, now))
        # What an earlier pruning left of a version's looks, since a run was open, goes with the next.
        gone = versions | {row.id for row in of.versions if row.pruned is not None}
        looks = [Look((row.run, row.number), row.closed) for row in of.captures]
        places = set(looks_to_go(looks, [_span(span) for span in of.spans], gone, needed_looks(of, cited), limits, now))
        yield _Going(
            [row for row in of.versions if row.id in versions],
            [row for row in of.captures if (row.run, row.number) in places],
        )


def _span(row: Row[Any]) -> Span:
    named = frozenset(place_of(look) for name in LOOKS_OF_SPAN if (look := getattr(row, name)) is not None)
    return Span(row.snapshot, place_of(row.first_look), place_of(row.last_look), named)


def _told(connection: Connection, host: str, going: Sequence[_Going]) -> Pruned:
    """What goes of a site in numbers; its bytes are those to which nothing else refers, as they are kept now."""
    versions = [row for one in going for row in one.versions]
    captures = [row for one in going for row in one.captures]
    return Pruned(host, len(versions), len(captures), _weight(connection, versions, captures))


def _weight(connection: Connection, versions: Sequence[Row[Any]], captures: Sequence[Row[Any]]) -> int:
    let_go: dict[str, int] = {}
    for sha256 in (
        *(one for row in versions for one in (row.sha256, row.reading) if one),
        *(one for row in captures for one in (row.sha256, row.record, row.rendered) if one),
    ):
        let_go[sha256] = let_go.get(sha256, 0) + 1
    stays = sweeping.references(connection, let_go)
    free = [sha256 for sha256, times in let_go.items() if stays[sha256] == times]
    sizes = (
        connection.execute(select(func.sum(func.length(BLOB.c.data))).where(BLOB.c.sha256.in_(part))).scalar()
        for part in _parts(free, AT_ONCE)
    )
    return sum(int(size or 0) for size in sizes) + sweeping.bytes_in_files(connection, free)


def _parts(whole: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(whole), most):
        yield whole[start : start + most]
