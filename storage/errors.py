"""Errors of the archive, and the base of every error that a person is shown as one line. Decides nothing.

GongkaiError             message, and what to do next
├── StoreError           the archive cannot do what was asked
│   ├── NotMigrated      the database has another schema than this program
│   └── Missing          what was asked for is not in the archive
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


class NotMigrated(StoreError):
    """The database has another schema than this program."""


class Missing(StoreError):
    """What was asked for is not in the archive."""


class SettingError(GongkaiError):
    """A setting or a row of the watchlist cannot be used."""
