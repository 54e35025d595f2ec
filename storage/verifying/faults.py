"""What a check found: what is broken, in one line each, and how much was looked at. Checks nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MOST = 1000
"""Faults told of one kind; a lost table would otherwise be told row by row."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is broken."""

    what: str  #: ledger, head, key, tombstone, run, capture, version, span, page, entry, change, finding or bytes
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
