"""The documents of a made-up portal: its notices by the calendar, its reports, their addresses and their text.

Pure: the same portal, dates and seed always give the same documents. Never knows what happened to a document later (see
`events`), and never knows markup.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from deploy.demo.chance import dice
from deploy.demo.families import FAMILIES
from deploy.demo.notices import ROADS, SUBJECTS
from deploy.demo.portal import Column, Portal
from deploy.demo.reports import Block, report

EPOCH = date(2015, 1, 5)  #: the day on which the portals numbered their first document

HOLIDAYS = (
    (date(2024, 9, 15), date(2024, 9, 17)),
    (date(2024, 10, 1), date(2024, 10, 7)),
    (date(2025, 1, 1), date(2025, 1, 1)),
    (date(2025, 1, 28), date(2025, 2, 4)),
    (date(2025, 4, 4), date(2025, 4, 6)),
    (date(2025, 5, 1), date(2025, 5, 5)),
    (date(2025, 5, 31), date(2025, 6, 2)),
    (date(2025, 10, 1), date(2025, 10, 8)),
    (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 2, 15), date(2026, 2, 23)),
)
"""Public holidays on which an office publishes nothing; only for a lifelike calendar, no due day is computed from it."""


@dataclass(frozen=True, slots=True)
class Copied:
    """An impostor's copy: whose document it was, whose name stands there now, and which host it prints."""

    original: Document
    brand: str
    printed: str


@dataclass(frozen=True, slots=True)
class Document:
    """One published document; `shown` is the time printed on the page, in China's time."""

    portal: Portal
    key: str  #: report-2024, notice-07
    column: Column
    title: str
    shown: datetime
    written: date
    serial: int
    period: int | None = None  #: year reported on; None for a notice
    number: str = ""  #: 文号
    copied: Copied | None = None  #: for an impostor's copy: what it was made from

    @property
    def path(self) -> str:
        """The address within the site, in the form of the portal's family."""
        token = hashlib.sha256(f"{self.portal.host}/{self.serial}".encode()).hexdigest()[:32]
        form = FAMILIES[self.portal.family].article
        return form.format(place=self.column.place, day=self.shown.date(), serial=self.serial, token=token)

    @property
    def url(self) -> str:
        """The full address."""
        return f"http://{self.portal.host}{self.path}"


def column_path(portal: Portal, column: Column) -> str:
    """The address of a column's first list page within the site."""
    return FAMILIES[portal.family].column.format(place=column.place)


def column_url(portal: Portal, column: Column) -> str:
    """The full address of a column's first list page."""
    return f"http://{portal.host}{column_path(portal, column)}"


def annual_report(portal: Portal, year: int, shown: date, seed: int) -> Document:
    """The annual report for `year` that shows `shown` as its day."""
    chance = dice(seed, portal.key, year, "report")
    return Document(
        portal=portal,
        key=f"report-{year}",
        column=portal.reports,
        title=f"{portal.short}{year}年政府信息公开工作年度报告",
        shown=_office_hour(shown, chance),
        written=shown - timedelta(days=chance.randint(0, 2)),
        serial=_serial(portal, shown),
        period=year,
    )


@lru_cache(maxsize=64)
def notices(portal: Portal, start: date, end: date, seed: int) -> tuple[Document, ...]:
    """All notices of a portal, oldest first: those that stand in the column on `start`, then one about every five weeks."""
    chance = dice(seed, portal.key, "notices")
    days = [start - timedelta(days=9 + portal.every * i + chance.randint(0, 5)) for i in reversed(range(portal.standing))]
    day = start + timedelta(days=chance.randint(4, 12))
    while day <= end and (portal.asleep is None or day < portal.asleep):
        days.append(day)
        day += timedelta(days=portal.every + chance.randint(-3, 3))
    return tuple(_notice(portal, i, _working(day), seed) for i, day in enumerate(days))


def copy_of(original: Document, key: str, portal: Portal, day: date, brand: str, printed: str) -> Document:
    """An impostor's copy of another body's notice, put on `portal` on a day, with a brand where the body's name stood."""
    return replace(
        original,
        portal=portal,
        key=key,
        column=portal.notices,
        title=f"{brand}人民政府{original.title}",
        shown=datetime.combine(day, time(9, 6)),
        serial=_serial(portal, day) + 2,
        copied=Copied(original, brand, printed),
    )


def text(document: Document, seed: int, added: int = 0) -> tuple[Block, ...]:
    """The document's text; `added` raises one figure of a report."""
    if (copied := document.copied) is not None:
        name, fake = copied.original.portal.short, f"{copied.brand}人民政府"
        return tuple(replace(block, text=block.text.replace(name, fake)) for block in text(copied.original, seed))
    if document.period is not None:
        return report(document.portal, document.period, seed, added)
    _, *paragraphs = _subject(document.portal, _index(document), seed)
    fields = _fields(document.portal, _index(document), document.shown.date(), seed)
    day = document.written
    return (
        *(Block("para", paragraph.format(**fields)) for paragraph in paragraphs),
        Block("sign", document.portal.short),
        Block("sign", f"{day.year}年{day.month}月{day.day}日"),
    )


def _notice(portal: Portal, index: int, day: date, seed: int) -> Document:
    chance = dice(seed, portal.key, index, "notice")
    return Document(
        portal=portal,
        key=f"notice-{index + 1:02}",
        column=portal.notices,
        title=_subject(portal, index, seed)[0].format(**_fields(portal, index, day, seed)),
        shown=_office_hour(day, chance),
        written=day,
        serial=_serial(portal, day) + 1,
        number=f"{portal.mark}〔{day.year}〕{index + 3}号",
    )


def _subject(portal: Portal, index: int, seed: int) -> tuple[str, ...]:
    subjects = list(SUBJECTS[portal.subjects])
    dice(seed, portal.key, "subjects").shuffle(subjects)
    return subjects[index % len(subjects)]


def _fields(portal: Portal, index: int, day: date, seed: int) -> dict[str, object]:
    chance = dice(seed, portal.key, index, "fields")
    # The round is added so that a subject never comes back to the town it was last about.
    turn = index + index // len(SUBJECTS[portal.subjects])
    road, other = chance.sample(ROADS, 2)
    when = day + timedelta(days=chance.randint(5, 25))
    return {
        "town": portal.towns[turn % len(portal.towns)],
        "road": road,
        "other": other,
        "few": chance.randint(2, 9),
        "some": chance.randint(21, 96),
        "year": day.year,
        "when": f"{when.month}月{when.day}日",
    }


def _index(document: Document) -> int:
    return int(document.key.removeprefix("notice-")) - 1


def _serial(portal: Portal, day: date) -> int:
    family = FAMILIES[portal.family]
    return family.base + family.step * (day - EPOCH).days


def _office_hour(day: date, chance: Random) -> datetime:
    # Before the hour of the looks, so that a document is there on the very day it shows.
    return datetime.combine(day, time(chance.randint(8, 11), chance.randint(0, 59)))


def _working(day: date) -> date:
    while day.weekday() >= 5 or any(first <= day <= last for first, last in HOLIDAYS):
        day += timedelta(days=1)
    return day
