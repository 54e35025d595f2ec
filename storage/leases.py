"""Who may visit a host or an address now, and when the next visit is allowed: one table for all processes and machines.

A lease is claimed for every request and released after it, with the time of the next visit, so that two processes together are
never faster at a host than one alone. A holder that died loses its lease after `ttl`. Times are the machine's real time, in
simulated homes too: politeness is not simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, select, update

from storage.engine import writing
from storage.rows import insert_new
from storage.tables import LEASE

SHORTEST_WAIT = 0.05


class Leases:
    """Claims and releases leases; every call is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, keys: Sequence[str], holder: str, now: datetime, ttl: float) -> float:
        """Take all keys or none: 0.0 if granted, else the seconds to wait before asking again."""
        names = sorted(set(keys))
        with writing(self._engine) as connection:
            for key in names:
                insert_new(connection, LEASE, key=key, holder=None, until=None, next_at=now)
            rows = connection.execute(select(LEASE).where(LEASE.c.key.in_(names)).order_by(LEASE.c.key).with_for_update()).all()
            wait = max((_wait(row.holder, row.until, row.next_at, now) for row in rows), default=0.0)
            if wait > 0:
                return max(wait, SHORTEST_WAIT)
            until = now + timedelta(seconds=ttl)
            connection.execute(update(LEASE).where(LEASE.c.key.in_(names)).values(holder=holder, until=until))
            return 0.0

    def release(self, keys: Sequence[str], holder: str, next_at: datetime) -> None:
        """Give leases back and say when the next visit is allowed; a lease lost meanwhile is left alone."""
        held = LEASE.c.key.in_(sorted(set(keys))) & (LEASE.c.holder == holder)
        with writing(self._engine) as connection:
            connection.execute(update(LEASE).where(held).values(holder=None, until=None, next_at=next_at))


def _wait(owner: str | None, until: datetime | None, next_at: datetime, now: datetime) -> float:
    """Seconds until this lease may be asked for again; 0.0 if it is free now."""
    if owner is not None and until is not None and until > now:
        return min(0.5, (until - now).total_seconds())
    return max(0.0, (next_at - now).total_seconds())
