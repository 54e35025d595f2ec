"""What a check found: what is broken, in one line each, and how much was looked at. Checks nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.exc import DataError, IntegrityError

UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, IntegrityError, DataError)
"""What a value brings about that this program would never have written: a time that is none, a list in place of a record."""

MOST = 1000
"""Faults told of one kind; a lost table would otherwise be told row by row."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is broken."""

    #: ledger | head | key | tombstone | run | look | capture | version | span | page | entry | change | finding | bytes | archive
    what: str
    where: str  #: which one
    text: str  #: what is wrong with it, in one plain sentence

    def __str__(self) -> str:
        return f"{self.what} {self.where}: {self.text}"


Progress = Callable[[str, int, int], None]
"""Is told a step's name, how far it is, and how far it goes."""


def _unshown(_step: str, _done: int, _of: int) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class Checked:
    """What was looked at, and what was wrong with it."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    untold: int = 0  #: further faults of a kind of which many were told
    progress: Progress = _unshown

    def count(self, what: str, number: int = 1) -> None:
        """So many of these were looked at."""
        self.counts[what] = self.counts.get(what, 0) + number

    def fault(self, what: str, where: object, text: str) -> None:
        """This is broken."""
        if sum(fault.what == what for fault in self.faults) < MOST:
            self.faults.append(Fault(what, str(where), text))
        else:
            self.untold += 1

    @contextmanager
    def over(self, where: str) -> Iterator[None]:
        """What goes on over these rows ends where a value cannot be read, and that is told; what follows goes on."""
        try:
            yield
        except UNREADABLE as wrong:
            self.fault("archive", where, f"a value cannot be read, so not all was checked: {' '.join(str(wrong).split())[:200]}")
