"""The whole check in order: log, looks, rows, bytes; on one consistent view of the archive, while crawls go on."""

from __future__ import annotations

from sqlalchemy import Engine

from storage.engine import reading
from storage.verifying import content, lines, rows
from storage.verifying.faults import Checked, Fault, Progress
from storage.verifying.log import Log

__all__ = ["Check", "Checked", "Fault", "Progress"]


class Check:
    """Checks one archive."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, head: tuple[int, str] | None = None, progress: Progress | None = None) -> Checked:
        """Check everything; `head` is one published elsewhere: number of entries and root in hex. Raises StoreError."""
        found = Checked(progress=progress) if progress is not None else Checked()
        with reading(self._engine) as connection:
            with found.over("the ledger"):
                Log(connection, found).check(head)
            with found.over("the looks"):
                lines.lay_out(connection, found)
                rows.check(connection, found)
            with found.over("the bytes"):
                content.check(connection, found)
            lines.clear(connection)
        return found
