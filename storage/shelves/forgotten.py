"""Pages that were forgotten: which addresses are not to be watched again. Forgets nothing itself (see `forgetting`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, select

from storage.tables import PAGE

VEIL = "forgotten:"


def veiled(key: str) -> str:
    """What stands in the place of an address that was forgotten too: whoever comes with the address finds it, nobody else."""
    return VEIL + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def forgotten_among(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Those of these keys whose page was forgotten."""
    named = {name: key for key in keys for name in (key, veiled(key))}
    query = select(PAGE.c.key).where(PAGE.c.key.in_(list(named)), PAGE.c.forgotten.is_not(None))
    return {named[name] for name in connection.execute(query).scalars()} if named else set()
