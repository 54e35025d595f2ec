"""Working days of mainland China, with the make-up days (调休) that the State Council sets each year.

The table lies in `workdays.json` and may be replaced by a newer file without a release. A year that the table does not hold has
no answer: this module says None and never guesses. Never decides what is owed or when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A table of days that differ from the plain week, for the years it knows."""

    years: frozenset[int]
    holidays: frozenset[date]
    workdays: frozenset[date]  #: Saturdays and Sundays on which work is made up
    source: str = ""


def load(path: Path | None = None) -> Calendar:
    """Read a table of working days: the given file, or the one that came with the program.

    Raises ValueError in one plain sentence if the file is not such a table.
    """
    if path is None:
        return _shipped()
    return parse(path.read_text(encoding="utf-8"), name=str(path))


@cache
def _shipped() -> Calendar:
    return parse((files("monitor") / "workdays.json").read_text(encoding="utf-8"), name="workdays.json")


def parse(text: str, *, name: str) -> Calendar:
    """Make a calendar of the text of a table; raises ValueError naming the file and the part that is wrong."""
    try:
        table: dict[str, Any] = json.loads(text)
        rows: Mapping[str, Mapping[str, list[str]]] = table["years"]
        return Calendar(
            years=frozenset(int(year) for year in rows),
            holidays=_days(rows, "holidays"),
            workdays=_days(rows, "workdays"),
            source=str(table.get("source", "")),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{name} is not a table of working days: {type(error).__name__} {error}") from error


def _days(rows: Mapping[str, Mapping[str, list[str]]], kind: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(f"{int(year):04d}-{day}") for year, row in rows.items() for day in row[kind])


def is_workday(day: date, calendar: Calendar | None = None) -> bool | None:
    """Tell whether people work on that day in China; None if the table does not hold the year."""
    table = calendar or _shipped()
    if day.year not in table.years:
        return None
    return day in table.workdays or (day.weekday() < 5 and day not in table.holidays)


def add_workdays(day: date, amount: int, calendar: Calendar | None = None) -> date | None:
    """Give the day that lies `amount` working days after `day` (before it, if negative); None if that leaves the table.

    The day itself is not counted, as is usual for periods that run from an event. With 0 the day itself comes back.
    """
    step = _DAY if amount >= 0 else -_DAY
    left, at = abs(amount), day
    while left:
        at += step
        works = is_workday(at, calendar)
        if works is None:
            return None
        left -= works
    return at


def workdays_between(start: date, end: date, calendar: Calendar | None = None) -> int | None:
    """Count the working days after `start` up to and with `end` (negative if end lies before); None outside the table."""
    if end < start:
        back = workdays_between(end, start, calendar)
        return None if back is None else -back
    count, at = 0, start
    while at < end:
        at += _DAY
        works = is_workday(at, calendar)
        if works is None:
            return None
        count += works
    return count
