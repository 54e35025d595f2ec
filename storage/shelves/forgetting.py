"""Forgets a page: takes all that is kept of it out of the archive, with a tombstone, and lets nobody watch it again.

That there was a page, when it was looked at and what its bytes hashed to stays, so that everything else can still be proven.
What others hold too stays theirs; copies that lie elsewhere are named. Never decides what is to be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from storage import blobs, ledger, merkle, passages, sweeping
from storage.engine import again, scrub
from storage.errors import Missing, StoreError
from storage.keys import Deed
from storage.records import Forgotten, LookLine, Reading
from storage.shelf import Shelf, page_row, reading_of
from storage.shelves.forgotten import veiled
from storage.shelves.judgements import ALERTS
from storage.shelves.pruning import take_captures, take_versions
from storage.shelves.tombstones import FORGET, bury
from storage.shelves.withdrawing import FORGOTTEN, withdraw
from storage.tables import CAPTURE, CHANGE, ENTRY, LEAF, LOOK, PAGE, RUN, SIGHTING, SNAPSHOT
from storage.versioning import key_of

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class ForgettingShelf(Shelf):
    """The deed of forgetting a page."""

    @again
    def forget(self, url: str, deed: Deed, *, address_too: bool = False) -> Forgotten:
        """Take out all that is kept of a page, in one transaction; raises Missing, or StoreError while a crawl looks at it.

        The bytes go with `clean`, which has to follow. A page that was forgotten already stays as it is.
        """
        with self._writing(alone=ALERTS) as connection:
            page = _page(connection, url)
            if page.forgotten is not None:
                return Forgotten(page.forgotten)
            return _forget(connection, page, deed, address_too)

    def clean(self) -> tuple[int, bool]:
        """Take away what nothing refers to, and all traces of it in the gaps of the database; how much, and if that could be."""
        swept = sweeping.sweep(self.engine)
        with self._writing() as connection:
            passages.purge(connection)
        return swept.blobs, scrub(self.engine) and not swept.held


def _page(connection: Connection, url: str) -> Row[Any]:
    key = key_of(url)
    number = connection.execute(select(PAGE.c.id).where(PAGE.c.key.in_((key, veiled(key))))).scalar()
    if number is None:
        raise Missing(f"no page at {url} is watched", "see those that are with `gongkai status`")
    return page_row(connection, number, lock=True)


def _forget(connection: Connection, page: Row[Any], deed: Deed, address_too: bool) -> Forgotten:
    if connection.execute(select(LOOK.c.run).where(LOOK.c.page == page.id).limit(1)).first() is not None:
        raise StoreError(
            f"a crawl of {page.site} looked at it and is not over", "let it end, or crawl the site once, and try again"
        )
    veil = veiled(page.key) if address_too else None
    versions = connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.page == page.id).order_by(SNAPSHOT.c.number)).all()
    readings = [reading for row in versions if (reading := reading_of(connection, row)) is not None]
    captures = connection.execute(select(CAPTURE.c.run, CAPTURE.c.number).where(CAPTURE.c.page == page.id)).all()
    columns = _columns(connection, page)
    words = _words(connection, page, readings) | ({page.url, page.key} if address_too else set())
    withdrawn = withdraw(connection, page, words, deed.why, veil)
    _forget_words(connection, page, deed, veil)
    looks = {(row.run, row.number) for row in captures}
    ledger.hold(connection)
    if address_too:
        looks |= set(_veil_lines(connection, page))
    gone = [{"page": page.id, "version": row.number, "sha256": row.sha256} for row in versions]
    leaf = bury(connection, FORGET, deed, [*gone, *({"page": page.id, "look": f"{run}.{n}"} for run, n in sorted(looks))])
    take_versions(connection, [row.id for row in versions], leaf)
    take_captures(connection, [(row.run, row.number) for row in captures])
    connection.execute(update(PAGE).where(PAGE.c.id == page.id).values(forgotten=leaf))
    return Forgotten(
        leaf,
        len(versions),
        len(captures),
        columns,
        _linked(connection, readings),
        tuple(withdrawn.about),
        tuple(withdrawn.naming),
        tuple(withdrawn.duties),
        withdrawn.emptied,
        withdrawn.again,
        tuple(withdrawn.filed),
    )


def _columns(connection: Connection, page: Row[Any]) -> tuple[str, ...]:
    """Pages whose own text lists it."""
    listing = select(ENTRY.c.column).where((ENTRY.c.page == page.id) | (ENTRY.c.key == page.key))
    found = connection.execute(select(PAGE.c.url).where(PAGE.c.id.in_(listing), PAGE.c.id != page.id).order_by(PAGE.c.id))
    return tuple(found.scalars())


def _linked(connection: Connection, readings: Sequence[Reading]) -> tuple[str, ...]:
    """Its files that are watched as pages of their own."""
    keys = {key_of(one.url) for reading in readings for one in reading.attachments}
    query = select(PAGE.c.url).where(PAGE.c.key.in_(keys), PAGE.c.forgotten.is_(None)).order_by(PAGE.c.id)
    return tuple(connection.execute(query).scalars()) if keys else ()


def _words(connection: Connection, page: Row[Any], readings: Sequence[Reading]) -> set[str]:
    """What it was called, here and wherever it was listed."""
    rows = select(ENTRY.c.title).where((ENTRY.c.page == page.id) | (ENTRY.c.key == page.key))
    return {page.title, *(reading.title for reading in readings), *connection.execute(rows).scalars()} - {""}


def _forget_words(connection: Connection, page: Row[Any], deed: Deed, veil: str | None) -> None:
    """Take its words, and with a veil its address, out of all rows but those of findings and messages."""
    mine = (ENTRY.c.page == page.id) | (ENTRY.c.key == page.key)
    hidden = {"url": veil, "key": veil} if veil else {}
    connection.execute(update(ENTRY).where(mine).values(title="", date=None, number=None, page=page.id, **hidden))
    connection.execute(update(ENTRY).where(ENTRY.c.column == page.id).values(title="", listed=False))
    address = {"url": veil} if veil else {}
    connection.execute(update(SIGHTING).where(SIGHTING.c.page == page.id).values(reason=FORGOTTEN, **address))
    if veil:
        connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.page == page.id).values(url=veil))
    told = {"differences": None, "superseded": True, "compared_at": func.coalesce(CHANGE.c.compared_at, deed.at)}
    told["judged_at"] = func.coalesce(CHANGE.c.judged_at, deed.at)
    connection.execute(update(CHANGE).where(CHANGE.c.page == page.id).values(**told))
    blank = {"title": "", "shown": None, "meta": None, "etag": None, "last_modified": None, "sha256": None, "named": False}
    still = {"retired": deed.at, "unsettled": False, "judged_mark": PAGE.c.mark, "next_look": NEVER, "venue_for": [], "rows": 0}
    connection.execute(update(PAGE).where(PAGE.c.id == page.id).values(**blank, **still, **hidden))


def _veil_lines(connection: Connection, page: Row[Any]) -> Iterator[tuple[int, int]]:
    """Put the hash of each of its lines in the place of the line, so that the roots still follow; gives the looks."""
    # All runs of the site: where two went on at once, the runs of a span's ends do not stand for those between.
    runs = select(RUN.c.id).where(RUN.c.site == page.site)
    for leaf in connection.execute(select(LEAF).where(LEAF.c.run.in_(runs)).order_by(LEAF.c.number)).all():
        packed = blobs.fetch(connection, leaf.looks)
        lines, mine = packed.split(b"\n"), []
        for at, (line, told) in enumerate(zip(lines, ledger.lines_of(packed, leaf.run), strict=False)):
            if isinstance(told, LookLine) and told.page == page.id:
                lines[at] = ledger.FORGOTTEN + merkle.leaf_hash(line).hex().encode("ascii")
                mine.append((leaf.run, told.number))
        if mine:
            kept = blobs.keep(connection, b"\n".join(lines))
            connection.execute(update(LEAF).where(LEAF.c.number == leaf.number).values(looks=kept))
            yield from mine
