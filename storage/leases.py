"""Who may visit a host or an address now, and when the next visit is allowed: one table for all processes and machines.

A lease is claimed for every request and released after it, with the time of the next visit, so that two processes together are
never faster at a host than one alone. A holder that died loses its lease after `ttl`. Times are the machine's real time, in
simulated homes too: politeness is not simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, bindparam, select, update

from storage.engine import writing
from storage.rows import insert_new
from storage.tables import LEASE

SHORTEST_WAIT = 0.05


_FREE = (LEASE.c.holder.is_(None) | (LEASE.c.until <= bindparam("now"))) & (LEASE.c.next_at <= bindparam("now"))
_NAMED = LEASE.c.key.in_(bindparam("names", expanding=True))
_TAKE = update(LEASE).where(_NAMED, _FREE).values(holder=bindparam("who"), until=bindparam("end"))
_LOOK = select(LEASE).where(_NAMED).order_by(LEASE.c.key)
_GIVE = update(LEASE).where(_NAMED, LEASE.c.holder == bindparam("who"))
_GIVE = _GIVE.values(holder=None, until=None, next_at=bindparam("next"))


class _Busy(Exception):
    """Not every key was free: what was taken is given back with the transaction."""


class Leases:
    """Claims and releases leases; every call is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, keys: Sequence[str], holder: str, now: datetime, ttl: float) -> float:
        """Take all keys or none: 0.0 if granted, else the seconds to wait before asking again."""
        names = sorted(set(keys))
        try:
            with writing(self._engine, alone="leases", lasting=False) as connection:
                asked = {"names": names, "now": now, "who": holder, "end": now + timedelta(seconds=ttl)}
                if connection.execute(_TAKE, asked).rowcount == len(names):
                    return 0.0
                raise _Busy
        except _Busy:
            return self._busy(names, holder, now, ttl)

    def release(self, keys: Sequence[str], holder: str, next_at: datetime) -> None:
        """Give leases back and say when the next visit is allowed; a lease lost meanwhile is left alone."""
        with writing(self._engine, lasting=False) as connection:
            connection.execute(_GIVE, {"names": sorted(set(keys)), "who": holder, "next": next_at})

    def _busy(self, names: Sequence[str], holder: str, now: datetime, ttl: float) -> float:
        """The slow way: keys that nobody visited yet are made, and the wait is that of the busiest key."""
        with writing(self._engine, alone="leases", lasting=False) as connection:
            made = [insert_new(connection, LEASE, key=key, holder=None, until=None, next_at=now) for key in names]
            rows = connection.execute(_LOOK, {"names": names}).all()
        wait = max((_wait(row.holder, row.until, row.next_at, now) for row in rows), default=0.0)
        if wait <= 0 and any(made):
            return self.claim(names, holder, now, ttl)
        return max(wait, SHORTEST_WAIT)


def _wait(owner: str | None, until: datetime | None, next_at: datetime, now: datetime) -> float:
    """Seconds until this lease may be asked for again; 0.0 if it is free now."""
    if owner is not None and until is not None and until > now:
        return min(0.5, (until - now).total_seconds())
    return max(0.0, (next_at - now).total_seconds())
