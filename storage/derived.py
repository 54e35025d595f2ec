"""What can be made anew from the rest of the archive, and is therefore left out of backups. Holds nothing itself."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from storage import passages

PREFIX = passages.INDEX
"""Tables whose names begin so are derived: the index of the archived text with all that its engine keeps beside it."""

REBUILDERS: tuple[Callable[[Connection], None], ...] = (passages.rebuild,)
"""Each makes its derived tables, and fills them, where they are missing; else it does nothing.

Asked at the end of a restore and of a migration, in a transaction that writes, with the schema at this program's revision.
"""


def is_derived(table: str) -> bool:
    """Can this table, or index, be made anew from the others; no model describes it."""
    return table.startswith(PREFIX)


def rebuild(connection: Connection) -> None:
    """Make anew what is missing of all that is derived."""
    for each in REBUILDERS:
        each(connection)
