"""Keeps the rows of columns: since when sound looks listed them, which look before had them not, and what they newly bring.

Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from storage import versioning
from storage.records import Capture, Entry, NewPage, PageTask, Reading, Role
from storage.rows import clean
from storage.shelf import page_of, reading_of
from storage.shelves.forgotten import forgotten_among
from storage.shelves.watchlist import put_page
from storage.tables import ENTRY, PAGE, SIGHTING, SITE, SNAPSHOT

FEW_ROWS = 3
"""Of fewer rows, most may go in a day for any reason."""

NEVER_ABSENT: dict[str, Any] = {"absent_at": None, "absent_look": None}
"""No look proves that a row was not there before."""


def list_entries(connection: Connection, page: Row[Any], span: Row[Any], *, older: bool, heads: bool) -> None:
    """Begin or lengthen the spans of the rows that a column lists; a further list page adds to its column.

    `older`: another run has soundly seen the column after this span, so what is listed now is not told by it. `heads`: here the
    column's list begins; that is its own page, or the one at which a bare page says its rows stand. A bare page says nothing of
    any row, and neither does a version whose reading is damaged.
    """
    if page.part_of is None and not heads:
        return
    column, here = page.part_of or page.id, ENTRY.c.column == (page.part_of or page.id)
    if page.current == span.snapshot:
        if not older:
            connection.execute(update(ENTRY).where(here, ENTRY.c.listed).values(last_seen=span.last))
        return
    asked = select(SNAPSHOT).where(SNAPSHOT.c.id.in_((page.current, span.snapshot)))
    versions = {row.id: row for row in connection.execute(asked)}
    reading = reading_of(connection, versions[span.snapshot])
    if reading is None:
        return
    rows = {versioning.key_of(entry.url): entry for entry in reading.entries}
    known = set(connection.execute(select(ENTRY.c.key).where(here)).scalars())
    mine = here & ENTRY.c.key.in_(rows)
    if older:
        connection.execute(update(ENTRY).where(mine, ENTRY.c.first_seen > span.last).values(_first(span)))
        connection.execute(update(ENTRY).where(mine, ENTRY.c.absent_at >= ENTRY.c.first_seen).values(NEVER_ABSENT))
    else:
        if heads:
            _look_after(connection, here & ENTRY.c.listed & ENTRY.c.key.not_in(rows), span.last)
            connection.execute(update(ENTRY).where(here).values(listed=False))
        connection.execute(update(ENTRY).where(mine).values(listed=True, last_seen=span.last))
    new = _unforgotten(connection, {key: entry for key, entry in rows.items() if key not in known})
    if new:
        told = {"column": column, "listed": heads and not older, **_first(span), "last_seen": span.last}
        told |= NEVER_ABSENT if older or _rebuilt_since(connection, page) else _absent(connection, page, versions)
        connection.execute(insert(ENTRY), list(_new_rows(connection, new, told)))


def list_anew(connection: Connection, page: Row[Any], version: Row[Any], reading: Reading) -> None:
    """Let the rows of a column be those that today's reader finds in the version that it was last soundly seen in.

    A row found only now was there at the first look that brought these very bytes; of one that no such look proves nothing is
    said. One that is no row to this reader was not taken out either. A page without rows says nothing of any.
    """
    column, here = page.part_of or page.id, ENTRY.c.column == (page.part_of or page.id)
    rows = {versioning.key_of(entry.url): entry for entry in reading.entries}
    if not rows:
        return
    known = set(connection.execute(select(ENTRY.c.key).where(here)).scalars())
    for key in _unforgotten(connection, {key: rows[key] for key in known & rows.keys()}):
        entry = rows[key]
        said = {"title": clean(entry.title), "date": entry.date, "number": entry.number}
        connection.execute(update(ENTRY).where(here, ENTRY.c.key == key).values(**said))
    if page.part_of is None:
        connection.execute(update(ENTRY).where(here, ENTRY.c.listed, ENTRY.c.key.not_in(rows)).values(listed=False))
        connection.execute(update(ENTRY).where(here, ENTRY.c.key.in_(rows)).values(listed=True))
    new = _unforgotten(connection, {key: entry for key, entry in rows.items() if key not in known})
    look = _look_with(connection, page, version)
    if new and look:
        told = {"column": column, "listed": page.part_of is None, "last_seen": page.current_seen, **look, **NEVER_ABSENT}
        connection.execute(insert(ENTRY), list(_new_rows(connection, new, told)))


def _unforgotten(connection: Connection, rows: Mapping[str, Entry]) -> dict[str, Entry]:
    """Without the rows of pages that were forgotten: their words are not taken up again."""
    gone = forgotten_among(connection, rows)
    return {key: entry for key, entry in rows.items() if key not in gone}


def _look_with(connection: Connection, page: Row[Any], version: Row[Any]) -> dict[str, Any] | None:
    """The first sound look that brought exactly the bytes kept of a version; None if no look that is known by name did."""
    looks = select(SIGHTING).where(SIGHTING.c.snapshot == version.id, SIGHTING.c.sound_first_sha256 == version.sha256)
    first = connection.execute(looks.order_by(SIGHTING.c.sound_first).limit(1)).first()
    if first is not None:
        seen, look = first.sound_first, first.sound_first_look
    elif page.current_sha256 == version.sha256:
        seen, look = page.current_seen, page.current_look
    else:
        return None
    return {"first_seen": seen, "first_look": look, "first_url": version.url, "first_sha256": version.sha256}


def is_another_list(connection: Connection, page: Row[Any], reading: Reading | None) -> bool:
    """Are most of the rows that a column listed gone from it at once; then its site may have been rebuilt."""
    if page.role != Role.COLUMN.value or page.part_of is not None or reading is None or not reading.entries:
        return False
    listed = set(connection.execute(select(ENTRY.c.key).where(ENTRY.c.column == page.id, ENTRY.c.listed)).scalars())
    kept = listed & {versioning.key_of(entry.url) for entry in reading.entries}
    return len(listed) >= FEW_ROWS and len(kept) * 2 < len(listed)


def discover(connection: Connection, capture: Capture, page: Row[Any]) -> list[PageTask]:
    """Watch what a column newly lists on its own site; rows that lead to other hosts stay rows."""
    reading = capture.examination.reading
    if reading is None or not reading.entries or page.role != Role.COLUMN.value:
        return []
    if not connection.execute(select(SITE.c.follow).where(SITE.c.host == page.site)).scalar():
        return []
    here = {versioning.key_of(entry.url): entry for entry in reading.entries if versioning.host_of(entry.url) == page.site}
    known = set(connection.execute(select(PAGE.c.key).where(PAGE.c.key.in_(here))).scalars())
    added = [
        put_page(
            connection,
            NewPage(url=entry.url, role=Role.ARTICLE, title=clean(entry.title), agency=page.agency),
            capture.answer.ended,
        )
        for key, entry in here.items()
        if key not in known
    ]
    ids = [number for number in added if number is not None]
    rows = connection.execute(select(PAGE).where(PAGE.c.id.in_(ids)).order_by(PAGE.c.id)) if ids else ()
    return [PageTask(page=page_of(row), baseline=True) for row in rows]


def _first(span: Row[Any]) -> dict[str, Any]:
    """This look as the first one that had a row."""
    return {"first_seen": span.last, "first_look": span.last_look, "first_url": span.url, "first_sha256": span.sha256}


def _absent(connection: Connection, page: Row[Any], versions: Mapping[int, Row[Any]]) -> dict[str, Any]:
    """The look before, at which a new row was not there yet.

    What another reader did not see may have been there all the same, and so may what nobody can read any more, or what this
    reader did not read at that look but in the bytes of an earlier one.
    """
    before = versions.get(page.current)
    readers = {version.reader for version in versions.values()}
    if before is None or len(readers) > 1 or reading_of(connection, before) is None:
        return NEVER_ABSENT
    if before.anew and page.current_sha256 != before.sha256:
        return NEVER_ABSENT
    return {"absent_at": page.current_seen, "absent_look": page.current_look}


def _rebuilt_since(connection: Connection, column: Row[Any]) -> bool:
    """Was the site's redesign adopted since the column was last seen: its rows may have stood elsewhere before."""
    adopted = connection.execute(select(SITE.c.adopted).where(SITE.c.host == column.site)).scalar()
    return adopted is not None and (column.current_seen is None or column.current_seen < adopted)


def _look_after(connection: Connection, rows: ColumnElement[bool], at: datetime) -> None:
    """A page whose row was taken out of its column is looked at with the next crawl, whenever it was due."""
    taken = select(ENTRY.c.page).where(rows, ENTRY.c.page.is_not(None))
    connection.execute(update(PAGE).where(PAGE.c.id.in_(taken), PAGE.c.next_look > at).values(next_look=at))


def _new_rows(connection: Connection, rows: Mapping[str, Entry], told: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    watched = {row.key: row.id for row in connection.execute(select(PAGE.c.key, PAGE.c.id).where(PAGE.c.key.in_(rows)))}
    for key, entry in rows.items():
        said = {"url": entry.url, "title": clean(entry.title), "date": entry.date, "number": entry.number}
        yield {"key": key, "page": watched.get(key), **said, **told}
