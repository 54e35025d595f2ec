"""Errors of the archive, and the base of every error that a person is shown as one line. Decides nothing.

GongkaiError             message, and what to do next
├── StoreError           the archive cannot do what was asked
│   ├── Away             the database cannot be used now: it is down, or locked for too long
│   │   └── Stuck        ... and no waiting helps: its disk is full, or it may not be written
│   ├── NotMigrated      the database has another schema than this program
│   ├── Missing          what was asked for is not in the archive
│   ├── Collision        two writers waited for each other, and this one had to give way
│   ├── Unread           the bytes are not those last seen any more: read them
│   ├── Outread          the page's versions were read by another reader: read them anew
│   ├── Overtaken        a newer judging has judged this meanwhile
│   └── BackupError      a backup cannot be made, or none can be restored from this file
└── SettingError         a setting or a watchlist row cannot be used
"""

from __future__ import annotations


class GongkaiError(Exception):
    """Something a person can do something about: what is wrong, and the next step."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message}; {self.next_step}" if self.next_step else self.message


class StoreError(GongkaiError):
    """The archive cannot do what was asked."""


class Away(StoreError):
    """The database cannot be used now and may be later; nothing of the deed was kept, unless its last answer alone was lost."""


class Stuck(Away):
    """The database cannot be used until a person does something: its disk is full, or it may not be written."""


class NotMigrated(StoreError):
    """The database has another schema than this program; `older`: one that the migrations of this program lead on from."""

    def __init__(self, message: str, next_step: str = "", *, older: bool = False) -> None:
        super().__init__(message, next_step)
        self.older = older


class Missing(StoreError):
    """What was asked for is not in the archive."""


class Collision(StoreError):
    """Two writers waited for each other; nothing of this one's deed was kept, and it may be done again."""


class Unread(StoreError):
    """A look came without a reading because its bytes were the last ones, and meanwhile another crawl has kept others."""


class Outread(StoreError):
    """A look cannot be told the same or new beside a version that another reader read: what differs may be the reader alone."""


class Overtaken(StoreError):
    """What is judged here was judged meanwhile, by as much or by more: the ids of it, and nothing was kept."""

    def __init__(
        self,
        pages: frozenset[int] = frozenset(),
        changes: frozenset[int] = frozenset(),
        runs: frozenset[int] = frozenset(),
        agencies: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__("another judging was faster", "judge again")
        self.pages, self.changes, self.runs, self.agencies = pages, changes, runs, agencies


class BackupError(StoreError):
    """A backup cannot be made, or a file is none that can be restored."""


class SettingError(GongkaiError):
    """A setting or a row of the watchlist cannot be used."""
