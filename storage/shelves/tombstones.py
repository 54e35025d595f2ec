"""Tombstones: signed entries of the ledger that name what was taken away, why, by whom and when, and nothing of what it said.

Takes nothing away itself. Without one, what is missing is a loss or a forgery.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from storage import ledger
from storage.keys import Deed
from storage.notes import public_of
from storage.records import canonical, stamp
from storage.shelves.heads import introduce

PRUNE, FORGET = "prune", "forget"


def bury(connection: Connection, kind: str, deed: Deed, gone: Sequence[dict[str, Any]]) -> int:
    """Append a tombstone and give its number; after all rows are held that the transaction changes."""
    ledger.hold(connection)
    key = public_of(deed.key)
    introduce(connection, key, deed.at)
    told = {"deed": kind, "why": deed.why, "who": deed.who, "time": stamp(deed.at), "gone": list(gone), "key": key}
    signature = deed.key.sign(canonical({"kind": "tombstone", "format": 1, **told}))
    return ledger.append(connection, "tombstone", {**told, "signature": signature.hex()})
