"""The archive's door: one method per question or deed, named as a person would ask it.

The methods live on the shelves (storage/shelves), one file per kind of question; each is one transaction of its own. Gives out
records, never rows, and never keeps a session open between two calls. Safe to use from several threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Self

from sqlalchemy import select

from storage.engine import mark_trial, open_engine
from storage.leases import Leases
from storage.rows import upsert
from storage.schema import Step, check, is_empty, migrate, pending, prepare, revision_of
from storage.shelves.captures import CaptureShelf
from storage.shelves.changes import ChangeShelf
from storage.shelves.duties import DutyShelf
from storage.shelves.forgetting import ForgettingShelf
from storage.shelves.ground import GroundShelf
from storage.shelves.heads import HeadShelf
from storage.shelves.history import HistoryShelf
from storage.shelves.judgements import JudgementShelf
from storage.shelves.outbox import OutboxShelf
from storage.shelves.proofs import ProofShelf
from storage.shelves.pruning import PruningShelf
from storage.shelves.rereading import RereadingShelf
from storage.shelves.runs import RunShelf
from storage.shelves.searching import SearchingShelf
from storage.shelves.watchlist import WatchlistShelf
from storage.tables import HOUSE
from storage.verifying import Check, Checked, Progress


class Store(
    WatchlistShelf,
    RunShelf,
    CaptureShelf,
    RereadingShelf,
    ChangeShelf,
    GroundShelf,
    DutyShelf,
    JudgementShelf,
    OutboxShelf,
    HistoryShelf,
    ProofShelf,
    HeadShelf,
    PruningShelf,
    ForgettingShelf,
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

    def migrate(self, done: Callable[[Step], None] = lambda _: None) -> None:
        """Bring the database to this program's schema; does nothing if it is there. `done` hears of each step."""
        migrate(self.engine, done=done)

    def pending(self) -> list[Step]:
        """The migrations that are missing; raises NotMigrated if they do not lead on from where the database stands."""
        return pending(self.engine)

    @property
    def revision(self) -> str | None:
        """The schema at which the database stands; None: no gongkai has been there."""
        return revision_of(self.engine)

    def prepare(self) -> None:
        """Give an empty database its schema; raises NotMigrated if it has another than this program's. Else only reads."""
        prepare(self.engine)

    def check(self) -> None:
        """Raise NotMigrated unless the database has this program's schema."""
        check(self.engine)

    @property
    def empty(self) -> bool:
        """Does the database hold nothing yet, not even a schema?"""
        return is_empty(self.engine)

    def verify(self, head: tuple[int, str] | None = None, progress: Progress | None = None) -> Checked:
        """Check the whole archive; see `storage.verifying`."""
        return Check(self.engine).run(head, progress)

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
            mark_trial(connection)
