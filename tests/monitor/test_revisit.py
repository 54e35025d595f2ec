"""When to look again: daily where new things appear, twice a day around due days, weekly at old documents."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.revisit import DAILY, HALF_DAILY, MONTHLY, WEEKLY, next_interval
from storage.records import Role

NOW = datetime(2025, 3, 20, 2, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=200)


@pytest.mark.parametrize("role", [Role.HOME, Role.COLUMN, None])
def test_places_where_new_things_appear_are_looked_at_daily(role: Role | None) -> None:
    assert next_interval(role, [LONG_AGO], NOW) == DAILY


def test_a_document_is_looked_at_daily_in_its_first_week_and_weekly_then() -> None:
    assert next_interval(Role.ARTICLE, [NOW - timedelta(days=6)], NOW) == DAILY
    assert next_interval(Role.ARTICLE, [NOW - timedelta(days=8)], NOW) == WEEKLY


def test_a_file_is_looked_at_weekly_for_eight_weeks_and_monthly_then() -> None:
    assert next_interval(Role.ATTACHMENT, [], NOW) == WEEKLY
    assert next_interval(Role.ATTACHMENT, [NOW - timedelta(days=55)], NOW) == WEEKLY
    assert next_interval(Role.ATTACHMENT, [NOW - timedelta(days=57)], NOW) == MONTHLY
    assert next_interval(Role.ATTACHMENT, [LONG_AGO, NOW - timedelta(days=1)], NOW) == WEEKLY


def test_a_document_never_seen_is_looked_at_soon() -> None:
    assert next_interval(Role.ARTICLE, [], NOW) == DAILY


def test_a_change_makes_a_document_fresh_again() -> None:
    assert next_interval(Role.ARTICLE, [LONG_AGO, NOW - timedelta(days=1)], NOW) == DAILY


@pytest.mark.parametrize(
    ("due", "interval"),
    [(date(2025, 3, 23), HALF_DAILY), (date(2025, 3, 12), HALF_DAILY), (date(2025, 3, 24), DAILY), (date(2025, 3, 11), DAILY)],
)
def test_around_a_due_day_columns_are_looked_at_twice_a_day(due: date, interval: timedelta) -> None:
    assert next_interval(Role.COLUMN, [LONG_AGO], NOW, [date(2024, 1, 31), due]) == interval


def test_a_due_day_near_leaves_old_documents_in_peace() -> None:
    assert next_interval(Role.ARTICLE, [LONG_AGO], NOW, [date(2025, 3, 21)]) == WEEKLY
