"""What a duty is: who owes what, by when, on which legal ground. Read from the packs in `duties/`, one TOML file per duty.

Reads the packs that come with the program and nothing else. Never says whether a duty was met.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from monitor.workdays import Calendar, add_workdays


@dataclass(frozen=True, slots=True)
class Titles:
    """How a report is known by its title: one of `must` is found in it and none of `must_not` (regular expressions)."""

    must: tuple[str, ...]
    must_not: tuple[str, ...] = ()

    def problem(self) -> str:
        """Say which pattern cannot be used; an empty text if all can."""
        for pattern in (*self.must, *self.must_not):
            try:
                re.compile(pattern)
            except re.error as error:
                return f"the title pattern {pattern!r} cannot be used: {error}"
        return ""


@dataclass(frozen=True, slots=True)
class Duty:
    """One rule of one duty: for these bodies, while this law is in force, due then.

    A yearly duty has `month` and `day`: the report of year Y is due then in Y + 1. Other duties run from an event: `amount` of
    `unit` (workday or day) after `event`.
    """

    id: str
    name: str
    name_zh: str
    basis: str
    article: str
    kinds: tuple[str, ...]
    levels: tuple[str, ...]
    titles: Titles
    venues: tuple[str, ...] = ()  #: words by which a portal's menu names the column
    valid_from: date = date.min
    valid_to: date = date.max
    month: int | None = None
    day: int | None = None
    amount: int | None = None
    unit: str | None = None
    event: str | None = None

    @property
    def ground(self) -> str:
        """The legal basis with its article, as shown to people."""
        return f"{self.basis} art. {self.article}" if self.article else self.basis

    def binds(self, kind: str, level: str) -> bool:
        """Tell whether bodies of this kind and level owe it."""
        return kind in self.kinds and level in self.levels

    def due_for(self, year: int) -> date | None:
        """Give the due day of the report of a year; None if this rule was not in force then, or has no fixed day."""
        if self.month is None or self.day is None:
            return None
        due = date(year + 1, self.month, self.day)
        return due if self.valid_from <= due <= self.valid_to else None

    def due_after(self, start: date, calendar: Calendar | None = None) -> date | None:
        """Give the last day of a period that runs from an event; None if it is no such duty or the calendar does not reach."""
        if self.amount is None or not self.valid_from <= start <= self.valid_to:
            return None
        if self.unit == "workday":
            return add_workdays(start, self.amount, calendar)
        return start + timedelta(days=self.amount)


@cache
def load_packs() -> tuple[Duty, ...]:
    """Read all packs that come with the program, in order of their names."""
    folder = files("monitor") / "duties"
    packs = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(duty for file in packs for duty in parse(file.read_text(encoding="utf-8"), name=file.name))


def duty_names() -> frozenset[str]:
    """Give the ids of the duties that the packs know."""
    return frozenset(duty.id for duty in load_packs())


def parse(text: str, *, name: str) -> tuple[Duty, ...]:
    """Make duties of the text of a pack; raises ValueError naming the pack and what is wrong with it."""
    try:
        pack = tomllib.loads(text)
        duties = tuple(_duty(pack, rule) for rule in pack["rule"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"the duty pack {name} cannot be read: {type(error).__name__} {error}") from error
    problem = next((duty.titles.problem() for duty in duties if duty.titles.problem()), "")
    if problem:
        raise ValueError(f"the duty pack {name} cannot be used: {problem}")
    return duties


def _duty(pack: Mapping[str, Any], rule: Mapping[str, Any]) -> Duty:
    due = rule["due"]
    return Duty(
        id=pack["duty"],
        name=pack["name"]["en"],
        name_zh=pack["name"]["zh"],
        basis=rule["basis"],
        article=str(rule.get("article", "")),
        kinds=tuple(rule["kinds"]),
        levels=tuple(rule["levels"]),
        titles=Titles(tuple(pack["titles"]["must"]), tuple(pack["titles"].get("must_not", ()))),
        venues=tuple(pack.get("venues", ())),
        valid_from=rule.get("valid_from", date.min),
        valid_to=rule.get("valid_to", date.max),
        month=due.get("month"),
        day=due.get("day"),
        amount=due.get("amount"),
        unit=due.get("unit"),
        event=due.get("event"),
    )
