"""Working days of China: the days that the State Council moved, and no answer where the table ends."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.workdays import add_workdays, is_workday, load, parse, workdays_between

KNOWN = st.dates(date(2008, 6, 1), date(2024, 6, 1))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 9), True),  # the eve of the Spring Festival was no holiday that year
        (date(2024, 2, 12), False),
        (date(2024, 2, 18), True),  # a Sunday on which work was made up
        (date(2019, 5, 2), False),
        (date(2019, 5, 5), True),
        (date(2026, 1, 31), False),  # a plain Saturday
        (date(2025, 3, 31), True),
        (date(2008, 5, 1), False),
    ],
)
def test_it_knows_holidays_and_made_up_days(day: date, works: bool) -> None:
    assert is_workday(day) is works


def test_a_written_date_and_a_date_shown_of_a_real_page_lie_five_working_days_apart() -> None:
    assert workdays_between(date(2023, 10, 16), date(2023, 10, 23)) == 5
    assert add_workdays(date(2023, 10, 16), 5) == date(2023, 10, 23)


def test_twenty_working_days_over_the_spring_festival_take_longer_than_four_weeks() -> None:
    assert add_workdays(date(2024, 2, 1), 20) == date(2024, 3, 5)


@pytest.mark.parametrize("day", [date(1999, 1, 4), date(2031, 1, 6)])
def test_a_year_outside_the_table_has_no_answer(day: date) -> None:
    assert is_workday(day) is None
    assert add_workdays(day, 3) is None
    assert workdays_between(day, day + timedelta(days=3)) is None


def test_a_period_that_leaves_the_table_has_no_answer() -> None:
    last = max(load().years)
    assert add_workdays(date(last, 12, 30), 20) is None


@given(KNOWN, st.integers(0, 300))
def test_adding_and_counting_agree(day: date, amount: int) -> None:
    later = add_workdays(day, amount)
    assert later is not None
    assert workdays_between(day, later) == amount
    assert workdays_between(later, day) == -amount


@given(KNOWN, st.integers(1, 200))
def test_the_day_reached_is_a_working_day_and_going_back_from_it_never_passes_the_start(day: date, amount: int) -> None:
    later = add_workdays(day, amount)
    assert later is not None
    assert is_workday(later)
    back = add_workdays(later, -amount)
    assert back is not None
    assert back <= day


def test_a_newer_table_of_a_home_is_used_without_a_release(tmp_path: Path) -> None:
    table = tmp_path / "workdays.json"
    table.write_text('{"years": {"2031": {"holidays": ["01-01"], "workdays": ["01-04"]}}}', encoding="utf-8")
    calendar = load(table)
    assert is_workday(date(2031, 1, 1), calendar) is False
    assert is_workday(date(2031, 1, 4), calendar) is True
    assert is_workday(date(2025, 3, 31), calendar) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"years": {"x": {}}}', '{"years": {"2030": {"holidays": ["13-41"], "workdays": []}}}']
)
def test_a_file_that_is_no_table_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"home\.json is not a table of working days"):
        parse(text, name="home.json")


def test_the_table_names_its_source() -> None:
    assert "chinesecalendar" in load().source
    assert load().years >= set(range(2007, 2027))
