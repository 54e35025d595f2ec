"""Writes down how often each page is looked at from now on, as `monitor.revisit` says. Never looks itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from monitor.revisit import DAILY, LONG_GONE, MONTHLY, next_interval
from storage.records import Pace
from storage.store import Store


def plan(store: Store, dues: Mapping[str, Iterable[date]], now: datetime) -> int:
    """Set the interval of every page whose site has none of its own; `dues` are due days by agency. Gives how many changed."""
    wanted = {pace.page: interval for pace in store.paces() if (interval := _interval(pace, dues, now)) != pace.every}
    store.set_paces(wanted)
    return len(wanted)


def _interval(pace: Pace, dues: Mapping[str, Iterable[date]], now: datetime) -> timedelta:
    if pace.unsettled:
        return DAILY
    if pace.gone is not None and now - pace.gone > LONG_GONE:
        return MONTHLY
    due_days = [day for agency in pace.agencies for day in dues.get(agency, ())]
    return next_interval(pace.role, [pace.latest], now, due_days)
