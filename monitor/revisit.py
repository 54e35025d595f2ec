"""When to look at a page again. Pure: takes what is known of the page and the time, gives an interval.

Never looks, never schedules, and never goes below one day: the reader is a guest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from storage.records import SHANGHAI, Role

DAILY = timedelta(days=1)
WEEKLY = timedelta(days=7)
FRESH = timedelta(days=7)
"""How long after its first sight or its last change an article is looked at daily."""
NEAR_DUE = timedelta(days=14)
"""How long before and after a due day everything of the agency is looked at daily."""


def next_interval(role: Role | None, changes: Iterable[datetime], now: datetime, due_days: Iterable[date] = ()) -> timedelta:
    """Say how long to wait until the next look.

    `changes` are the times at which the page was first seen or seen changed; `due_days` the due days of duties that the page may
    fulfil. Homes, columns and pages of unknown role are looked at daily, for that is where new things appear.
    """
    if role not in (Role.ARTICLE, Role.ATTACHMENT):
        return DAILY
    today = now.astimezone(SHANGHAI).date()
    if any(abs(due - today) <= NEAR_DUE for due in due_days):
        return DAILY
    latest = max(changes, default=None)
    return DAILY if latest is None or now - latest < FRESH else WEEKLY
