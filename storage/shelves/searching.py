"""Answers where a text stands or stood: indexes the versions that wait, and tells of each passage found when it was seen.

The index says which passages hold a text; when a passage was there is told by the spans of its page, and whether it stood in a
version by the reading of that version. Indexing waits in `snapshot.indexed` and is never part of keeping a look.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from storage import passages
from storage.engine import again, writing
from storage.errors import StoreError
from storage.folding import fold, passages_of, place
from storage.records import ABSENT, SEEN, Hit, Hits, Sighting
from storage.shelf import Shelf, page_of, page_row, reading_of, sightings_of
from storage.tables import SNAPSHOT

VERSIONS = 100
"""Versions that one turn of indexing takes up at most ..."""

TEXTS = 5000
"""... and the passages after which it stops before that, so that no writer waits for long."""

_WAITING = ~SNAPSHOT.c.indexed


@dataclass(frozen=True, slots=True)
class _Task:
    """A version to be indexed, and the texts of it and of the version before it on the page."""

    id: int
    page: int
    reading: str | None
    before: dict[str, None]
    now: dict[str, None]


class SearchingShelf(Shelf):
    """The deed of indexing, and the question where a text stands."""

    def count_to_index(self) -> int:
        """How many versions wait to be indexed."""
        with self._reading() as connection:
            return _count(connection)

    def index_some(self) -> int:
        """Index some of the versions that wait, oldest first; gives how many it took up, 0 when none is left."""
        with self._reading() as connection:
            tasks = _tasks(connection)
        if tasks:
            self._index(tasks)
        return len(tasks)

    @again
    def _index(self, tasks: list[_Task]) -> None:
        with writing(self.engine, alone="passages", lasting=False) as connection:
            for page, some in groupby(tasks, attrgetter("page")):
                _take_up(connection, page, list(some))

    def search(self, text: str, site: str | None = None, limit: int = 20) -> Hits:
        """The passages that hold a text, in whatever version of a page, newest first; raises StoreError for a text of blanks."""
        wanted = fold(text)
        if not wanted:
            raise StoreError("there is nothing to look for", "give a text of one character or more")
        with self._reading() as connection:
            rows = passages.find(connection, wanted, site, limit)
            pages = {number: _Life(connection, number) for number in {row.page for row in rows}}
            found = tuple(hit for row in rows if (hit := pages[row.page].hit(row, wanted)) is not None)
            return Hits(found, rows[0].total if rows else 0, _count(connection))


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(SNAPSHOT).where(_WAITING)).scalar_one()


def _texts(connection: Connection, row: Row[Any] | None) -> dict[str, None]:
    """The folded passages of a version, each once, in the page's order."""
    reading = reading_of(connection, row) if row is not None else None
    return {folded: None for _, told in passages_of(reading) if (folded := fold(told))} if reading is not None else {}


def _tasks(connection: Connection) -> list[_Task]:
    """The next versions to be indexed, page by page and within a page by number."""
    waiting = connection.execute(select(SNAPSHOT).where(_WAITING).order_by(SNAPSHOT.c.id).limit(VERSIONS)).all()
    tasks: list[_Task] = []
    latest: dict[int, dict[str, None]] = {}
    for row in waiting:
        if row.page not in latest:
            latest[row.page] = _texts(connection, _before(connection, row))
        now = _texts(connection, row)
        tasks.append(_Task(row.id, row.page, row.reading, latest[row.page], now))
        if row.reading is not None:
            latest[row.page] = now
        if sum(len(task.now) for task in tasks) > TEXTS:
            break
    return sorted(tasks, key=attrgetter("page", "id"))


def _before(connection: Connection, row: Row[Any]) -> Row[Any] | None:
    """The version before this one on its page, of those that have a reading."""
    earlier = (SNAPSHOT.c.page == row.page) & (SNAPSHOT.c.id < row.id) & SNAPSHOT.c.reading.is_not(None)
    return connection.execute(select(SNAPSHOT).where(earlier).order_by(SNAPSHOT.c.id.desc()).limit(1)).first()


def _take_up(connection: Connection, page: int, tasks: list[_Task]) -> None:
    """Index these versions of a page; where others came in between or out of turn, the page begins anew."""
    of = {task.id: task for task in tasks}
    held = select(SNAPSHOT.c.id, SNAPSHOT.c.reading, SNAPSHOT.c.indexed).where(SNAPSHOT.c.id.in_(of))
    rows = connection.execute(held.order_by(SNAPSHOT.c.id).with_for_update(key_share=True)).all()
    if len(rows) != len(tasks) or any(row.indexed or row.reading != of[row.id].reading for row in rows):
        return  # another process did it, or read them anew: they come again
    earlier, later = (SNAPSHOT.c.id < tasks[0].id) & _WAITING, (SNAPSHOT.c.id > tasks[0].id) & SNAPSHOT.c.indexed
    if connection.execute(select(SNAPSHOT.c.id).where(SNAPSHOT.c.page == page, earlier | later).limit(1)).first() is not None:
        passages.begin_anew(connection, page)
        return
    for task in tasks:
        if task.reading is not None:
            passages.add(connection, page, task.id, task.before, task.now)
    connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.id.in_(of)).values(indexed=True))


class _Life:
    """A page's spans and versions, and what stood in them; readings are opened only where the answer needs them."""

    def __init__(self, connection: Connection, page: int) -> None:
        self._connection = connection
        self._page = page
        self._told: dict[int, dict[str, tuple[str, str]] | None] = {}

    @cached_property
    def _spans(self) -> list[Sighting]:
        return sightings_of(self._connection, [self._page])[self._page]

    @cached_property
    def _versions(self) -> dict[int, Row[Any]]:
        rows = self._connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.page == self._page).order_by(SNAPSHOT.c.number))
        return {row.number: row for row in rows}

    def hit(self, row: Row[Any], wanted: str) -> Hit | None:
        """What the looks say of a passage; None if none shows it, since its version went meanwhile."""
        first = next((span for span in self._spans if self._holds(span, row)), None)
        last = next((span for span in reversed(self._spans) if self._holds(span, row)), None)
        if first is None or last is None:
            return None
        part, told = (self._passages(first) or {})[row.text]
        before = [span for span in self._spans if span.first < first.first and span.sound_last is not None]
        gone = next(
            (span for span in self._spans if span.first > last.first and span.sound_first and self._lacks(span, row)), None
        )
        newest = self._spans[-1]
        return Hit(
            page_of(page_row(self._connection, self._page)),
            first.snapshot or 0,
            part,
            told,
            *place(told, wanted),
            after=next((span.sound_last for span in reversed(before) if span.outcome in SEEN and self._lacks(span, row)), None),
            first=first.first,
            last=last.last,
            gone_by=gone.sound_first if gone is not None else None,
            there=True if newest is last else False if gone is not None else None,
            outcome=newest.outcome,
            reason=newest.reason,
        )

    def _holds(self, span: Sighting, row: Row[Any]) -> bool:
        """Did this span show the passage; versions in which the index knows that it did not stand are not opened."""
        version = self._versions.get(span.snapshot or 0)
        if version is None or span.outcome not in SEEN:
            return False
        if version.indexed and (version.id < row.snapshot or (row.gone is not None and version.id >= row.gone)):
            return False
        return row.text in (self._passages(span) or {})

    def _lacks(self, span: Sighting, row: Row[Any]) -> bool:
        """Did this span show the page without the passage, or no page; what cannot be read any more says nothing."""
        if span.outcome in ABSENT:
            return True
        told = self._passages(span) if span.outcome in SEEN else None
        return told is not None and row.text not in told

    def _passages(self, span: Sighting) -> dict[str, tuple[str, str]] | None:
        """By folded text, the part and the passage as written, of the version that a span showed; None if it cannot be read."""
        version = self._versions.get(span.snapshot or 0)
        if version is None:
            return None
        if version.id not in self._told:
            reading = reading_of(self._connection, version)
            told = reversed([(fold(text), (part, text)) for part, text in passages_of(reading)]) if reading is not None else None
            self._told[version.id] = dict(told) if told is not None else None
        return self._told[version.id]
