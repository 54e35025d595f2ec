"""When to look at a page again. Pure: takes what is known of the page and the time, gives an interval.

Never looks and never schedules. Where new things appear looks are dense, and densest around due days, so that "not there at t1,
there at t2" is a short interval just when it matters; an old article that nobody touches is left in peace: the reader is a guest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from storage.records import SHANGHAI, Role

HALF_DAILY = timedelta(hours=12)
DAILY = timedelta(days=1)
WEEKLY = timedelta(days=7)
MONTHLY = timedelta(days=28)
LONG_GONE = timedelta(days=60)
"""How long a page must have been gone to be looked at monthly: it may come back, but nobody waits for it day by day."""
FRESH = timedelta(days=7)
"""How long after its first sight or its last change an article is looked at daily."""
SETTLED = timedelta(days=56)
"""How long after its first sight or its last change a file is looked at weekly; there are many, and each may be large."""
BEFORE_DUE, AFTER_DUE = timedelta(days=3), timedelta(days=8)
"""From how long before a due day until how long after it the columns of the agency are looked at twice a day."""


def next_interval(role: Role | None, changes: Iterable[datetime], now: datetime, due_days: Iterable[date] = ()) -> timedelta:
    """Say how long to wait until the next look.

    `changes` are the times at which the page was first seen or seen changed; `due_days` the due days of duties whose reports may
    appear on the site. Homes and pages of unknown role are looked at daily, columns too, and more often around due days.
    Files that articles link to are looked at seldom; an article that changes has its own looked at along with it.
    """
    today = now.astimezone(SHANGHAI).date()
    if role is Role.COLUMN and any(-BEFORE_DUE <= today - due <= AFTER_DUE for due in due_days):
        return HALF_DAILY
    if role not in (Role.ARTICLE, Role.ATTACHMENT):
        return DAILY
    latest = max(changes, default=None)
    if role is Role.ATTACHMENT:
        return WEEKLY if latest is None or now - latest < SETTLED else MONTHLY
    return DAILY if latest is None or now - latest < FRESH else WEEKLY
