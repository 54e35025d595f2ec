"""Reads stored versions anew: what another reader made of them gives way to what today's makes of the same bytes.

Without this, same or new would be told by holding what two readers made against each other. Opens no change and raises no
finding. Of a version read anew only the bytes of its first look are kept: what a later look of it would have shown this reader
is not known, and `anew` says so.
"""

from __future__ import annotations

from typing import Any

from loguru import logger
from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from storage import blobs, versioning
from storage.engine import again
from storage.errors import StoreError
from storage.records import FILE, PARTS, Reader, Reading, Reread, Role
from storage.rows import clean, pack_reading
from storage.shelf import Shelf, hold_pages, reading_of
from storage.shelves.entries import list_anew
from storage.tables import PAGE, SNAPSHOT

BATCH = 500

RECENT = 12
"""Versions of a page that a crawl reads anew before it tells same, new or returned; columns have a new one every day."""


_READABLE = SNAPSHOT.c.pruned.is_(None)
"""Of what was pruned there are no bytes to read."""


class RereadingShelf(Shelf):
    """Questions and deeds about what another reader read."""

    def versions_to_read(self, site: str, reader: str | None, below: int | None = None) -> list[int]:
        """Versions of a site that this reader has not read (None: all), the newest first, a batch at a time."""
        before = SNAPSHOT.c.id < below if below is not None else SNAPSHOT.c.id.is_not(None)
        query = select(SNAPSHOT.c.id).where(_of(site, reader), before).order_by(SNAPSHOT.c.id.desc()).limit(BATCH)
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def count_to_read(self, site: str, reader: str | None) -> int:
        """How many versions of a site this reader has not read (None: all)."""
        with self._reading() as connection:
            return connection.execute(select(func.count()).select_from(SNAPSHOT).where(_of(site, reader))).scalar_one()

    def outread(self, page: int, reader: str) -> list[int]:
        """The latest versions of a page that this reader has not read, the newest first."""
        latest = select(SNAPSHOT.c.id, SNAPSHOT.c.reader).where(SNAPSHOT.c.page == page).order_by(SNAPSHOT.c.number.desc())
        with self._reading() as connection:
            return [row.id for row in connection.execute(latest.where(_READABLE).limit(RECENT)) if row.reader != reader]

    def read_anew(self, version: int, reader: Reader) -> Reread:
        """Read a version's bytes with this reader; if nothing can be read in them any more, its old reading stays."""
        query = select(*SNAPSHOT.c, PAGE.c.url.label("address")).join(PAGE, PAGE.c.id == SNAPSHOT.c.page)
        with self._reading() as connection:
            row: Any = connection.execute(query.where(SNAPSHOT.c.id == version)).one()
        told = Reread(row.address, row.number)
        try:
            with self._reading() as connection:
                before = reading_of(connection, row)
                body = blobs.fetch(connection, row.sha256)
            reading = reader.read(body, url=row.url, content_type=row.content_type)
        except StoreError as trouble:
            return Reread(told.url, told.number, kept=trouble.message)
        except Exception as trouble:  # one version that breaks the reader must not stop the next
            logger.opt(exception=trouble).error("the reader broke on version {} of {}", row.number, row.address)
            return Reread(told.url, told.number, kept=f"the reader broke: {type(trouble).__name__}")
        if why := _unread(before, reading, reader):
            return Reread(told.url, told.number, kept=why)
        self._put_reading(version, reading)
        return Reread(told.url, told.number, _differing(before, reading))

    @again
    def _put_reading(self, version: int, reading: Reading) -> None:
        with self._writing() as connection:
            row = connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.id == version)).one()
            page = _held(connection, row.page)
            told = {
                "identity": _identity(connection, row, versioning.identity_of(reading, row.sha256)),
                "reader": reading.reader,
                "reading": _keep(connection, row, reading),
                "anew": row.anew or row.reader != reading.reader,
                "indexed": False,
            }
            connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.id == version).values(**told))
            if page.version == version:
                said = {"title": clean(reading.title) or page.title, "rows": len(reading.entries)}
                said |= {"shown": reading.dates.shown, "meta": reading.dates.meta}
                connection.execute(update(PAGE).where(PAGE.c.id == page.id).values(**said))
            if page.current == version and page.role == Role.COLUMN.value:
                list_anew(connection, page, row, reading)


def _keep(connection: Connection, row: Row[Any], reading: Reading) -> str:
    """Keep a new reading beside the old one, which other versions may lean on; a damaged one with the same hash is mended."""
    packed = pack_reading(reading)
    if row.reading == blobs.hash_of(packed) and reading_of(connection, row) is None:
        return blobs.restore(connection, packed)
    return blobs.keep(connection, packed, [row.reading, None if reading.family == FILE else row.sha256])


def _of(site: str, reader: str | None) -> ColumnElement[bool]:
    mine = SNAPSHOT.c.page.in_(select(PAGE.c.id).where(PAGE.c.site == site)) & _READABLE
    return mine if reader is None else mine & (SNAPSHOT.c.reader != reader)


def _held(connection: Connection, page: int) -> Row[Any]:
    """The page's row, held with that of its column, as whoever keeps a look or closes a run holds them."""
    column = select(PAGE.c.part_of).where(PAGE.c.id == page, PAGE.c.part_of.is_not(None))
    return next(row for row in hold_pages(connection, column.union(select(PAGE.c.id).where(PAGE.c.id == page))) if row.id == page)


def _identity(connection: Connection, row: Row[Any], identity: str) -> str:
    """What makes the version; where another version of the page reads the same now, the newer of them bears the name."""
    same = (SNAPSHOT.c.page == row.page) & (SNAPSHOT.c.identity == identity) & (SNAPSHOT.c.id != row.id)
    other = connection.execute(select(SNAPSHOT.c.id, SNAPSHOT.c.number).where(same)).first()
    if other is None:
        return identity
    if other.number > row.number:
        return f"{identity}~{row.number}"
    older = update(SNAPSHOT).where(SNAPSHOT.c.id == other.id).values(identity=f"{identity}~{other.number}")
    connection.execute(older)
    return identity


def _unread(before: Reading | None, reading: Reading, reader: Reader) -> str:
    """Why a new reading cannot stand in for the old one; empty if it can."""
    if reading.reader != reader.version:
        return "the site's own selectors find nothing in it"
    if before is not None and _tells(before) and not _tells(reading):
        return "nothing can be read in it now"
    return ""


def _tells(reading: Reading) -> bool:
    return bool(reading.body or reading.entries or reading.attachments)


def _differing(before: Reading | None, reading: Reading) -> tuple[str, ...]:
    """The parts that came out different; all that it tells, if what was kept of the old reading is damaged."""
    return tuple(part for part in PARTS if getattr(before or Reading(), part) != getattr(reading, part))
