"""The archive's door: one method per question or deed, named as a person would ask it.

The methods live on the shelves (storage/shelves), one file per kind of question; each is one transaction of its own. Gives out
records, never rows, and never keeps a session open between two calls. Safe to use from several threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import select

from storage.engine import open_engine
from storage.leases import Leases
from storage.rows import upsert
from storage.schema import check, is_empty, migrate
from storage.shelves.captures import CaptureShelf
from storage.shelves.changes import ChangeShelf
from storage.shelves.ground import GroundShelf
from storage.shelves.history import HistoryShelf
from storage.shelves.judgements import JudgementShelf
from storage.shelves.outbox import OutboxShelf
from storage.shelves.proofs import ProofShelf
from storage.shelves.rereading import RereadingShelf
from storage.shelves.runs import RunShelf
from storage.shelves.searching import SearchingShelf
from storage.shelves.watchlist import WatchlistShelf
from storage.tables import HOUSE


class Store(
    WatchlistShelf,
    RunShelf,
    CaptureShelf,
    RereadingShelf,
    ChangeShelf,
    GroundShelf,
    JudgementShelf,
    OutboxShelf,
    HistoryShelf,
    ProofShelf,
    SearchingShelf,
):
    """All shelves behind one door."""

    @classmethod
    def open(cls, database_url: str) -> Self:
        """Open an archive; raises NotMigrated at the first question if its schema is not this program's."""
        return cls(open_engine(database_url))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def migrate(self) -> None:
        """Bring the database to this program's schema; does nothing if it is there."""
        migrate(self.engine)

    def check(self) -> None:
        """Raise NotMigrated unless the database has this program's schema."""
        check(self.engine)

    @property
    def empty(self) -> bool:
        """Does the database hold nothing yet, not even a schema?"""
        return is_empty(self.engine)

    @property
    def leases(self) -> Leases:
        """Who may visit a host now."""
        return Leases(self.engine)

    def claim(self, keys: Sequence[str], holder: str, now: datetime, ttl: float) -> float:
        """See `storage.leases.Leases.claim`."""
        return self.leases.claim(keys, holder, now, ttl)

    def release(self, keys: Sequence[str], holder: str, next_at: datetime) -> None:
        """See `storage.leases.Leases.release`."""
        self.leases.release(keys, holder, next_at)

    @property
    def simulated(self) -> bool:
        """Does this home live by a simulated clock (principle 11)."""
        with self._reading() as connection:
            return connection.execute(select(HOUSE.c.value).where(HOUSE.c.name == "simulated")).scalar() == "yes"

    def mark_simulated(self) -> None:
        """Mark this home as living by a simulated clock, for good."""
        with self._writing() as connection:
            upsert(connection, HOUSE, ["name"], name="simulated", value="yes")
