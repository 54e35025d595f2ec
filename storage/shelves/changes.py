"""Keeps changes: what waits for compare, and what compare filled in. Never compares anything itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from storage import blobs
from storage.records import Change, Difference, Snapshot
from storage.rows import pack_differences, unpack_differences
from storage.shelf import Shelf, page_of, page_row, snapshot_of
from storage.tables import CHANGE, PAGE, SNAPSHOT
from storage.versioning import key_of

BATCH = 500


class ChangeShelf(Shelf):
    """Questions and deeds about changes and versions."""

    def changes_to_compare(self, after: int = 0) -> list[Change]:
        """Changes behind the one numbered `after` that compare has not filled, a batch at a time, oldest first."""
        return self._changes(CHANGE.c.compared_at.is_(None) & ~CHANGE.c.superseded & (CHANGE.c.id > after), BATCH)

    def changes_to_judge(self, after: int = 0) -> list[Change]:
        """Filled, soundly seen changes behind the one numbered `after` that judge has not taken, a batch at a time."""
        ready = CHANGE.c.compared_at.is_not(None) & CHANGE.c.sound & CHANGE.c.judged_at.is_(None)
        return self._changes(ready & ~CHANGE.c.superseded & (CHANGE.c.id > after), BATCH)

    def changes(self, url: str) -> list[Change]:
        """All changes of the page at this address, oldest first."""
        page = select(PAGE.c.id).where(PAGE.c.key == key_of(url)).scalar_subquery()
        return self._changes(CHANGE.c.page == page)  # superseded ones too: they were seen

    def fill_change(self, change: int, differences: Sequence[Difference], noise_only: bool, at: datetime) -> None:
        """Write what compare found; a change that is only noise needs no judge."""
        filled: dict[str, Any] = {
            "differences": pack_differences(differences),
            "noise_only": noise_only,
            "compared_at": at,
        }
        if noise_only:
            filled["judged_at"] = at
        with self._writing() as connection:
            connection.execute(update(CHANGE).where(CHANGE.c.id == change).values(**filled))

    def raw(self, sha256: str) -> bytes:
        """Bytes as received, by their hash; raises Missing."""
        with self._reading() as connection:
            return blobs.fetch(connection, sha256)

    def snapshots(self, url: str) -> list[Snapshot]:
        """All versions of the page at this address, oldest first."""
        query = select(SNAPSHOT).join(PAGE, PAGE.c.id == SNAPSHOT.c.page).where(PAGE.c.key == key_of(url))
        with self._reading() as connection:
            return [snapshot_of(connection, row) for row in connection.execute(query.order_by(SNAPSHOT.c.number))]

    def _changes(self, which: ColumnElement[bool], most: int | None = None) -> list[Change]:
        with self._reading() as connection:
            rows = connection.execute(select(CHANGE).where(which).order_by(CHANGE.c.id).limit(most)).all()
            return [_change_of(connection, row) for row in rows]


def _change_of(connection: Connection, row: Row[Any]) -> Change:
    versions = {
        found.id: snapshot_of(connection, found)
        for found in connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.id.in_([row.before, row.after])))
    }
    return Change(
        id=row.id,
        page=page_of(page_row(connection, row.page)),
        before=versions[row.before],
        after=versions[row.after],
        returned=row.returned,
        seen=row.seen,
        before_seen=row.before_seen,
        before_look=row.before_look,
        after_look=row.after_look,
        baseline=row.baseline,
        differences=unpack_differences(row.differences) if row.compared_at is not None else None,
        noise_only=row.noise_only,
        before_sha256=row.before_sha256,
        after_sha256=row.after_sha256,
    )
