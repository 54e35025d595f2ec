"""What happens in the region, and what each happening must be told as.

Data and pure selection. One `Event` is one deed of a portal (or the deed that fails to come) on one day. A further event is
one more row in `EVENTS`. Due days: article 49 of the disclosure rules of 2019, departments 31 January, governments 31 March.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from storage.records import Agency

BEGIN = date(2025, 1, 6)
END = date(2026, 3, 6)


class Action(StrEnum):
    """What a portal does to a document."""

    PUBLISH = "publish"
    LAPSE = "lapse"  #: a due day goes by and nothing comes
    WALL = "wall"
    EDIT = "edit"
    REMOVE = "remove"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Told:
    """A finding that an event leads to; see `truth.Truth` for the fields."""

    kind: str
    text: str
    needs: int = 1  #: days until looks can have shown it; articles are looked at weekly, columns at every look
    until: date | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """One deed, on one day, and the truth it must lead to."""

    day: date
    portal: str
    action: Action
    document: str  #: key of the document it is done to
    told: tuple[Told, ...]
    added: int = 0  #: EDIT: by how much the one figure grows
    unlisted: bool = False  #: REMOVE: is the row taken out of the column too

    @property
    def period(self) -> int | None:
        """The year that the report reports on; None for a notice."""
        return int(self.document.removeprefix("report-")) if self.document.startswith("report-") else None


EVENTS: tuple[Event, ...] = (
    Event(
        date(2025, 2, 1),
        "yunling",
        Action.LAPSE,
        "report-2024",
        (
            Told(
                "missing_report",
                "The report for 2024 was not there when its due day, 2025-01-31, had gone by; it came twelve days later.",
                needs=2,
                until=date(2025, 2, 12),
            ),
        ),
    ),
    Event(
        date(2025, 2, 12),
        "yunling",
        Action.PUBLISH,
        "report-2024",
        (
            Told(
                "late_report",
                "The report for 2024, due 2025-01-31, was published on 2025-02-12: 12 days late, shown and observed.",
            ),
            Told("report_published", "The report for 2024 was published on 2025-02-12.", sure=False),
        ),
    ),
    Event(
        date(2025, 3, 20),
        "qinghe",
        Action.PUBLISH,
        "report-2024",
        (Told("report_published", "The report for 2024 was published on 2025-03-20, eleven days before its due day; observed."),),
    ),
    Event(
        date(2025, 4, 1),
        "wanglan",
        Action.LAPSE,
        "report-2024",
        (Told("missing_report", "The report for 2024, due 2025-03-31, never came.", needs=2),),
    ),
    Event(
        date(2025, 6, 17),
        "yunling",
        Action.WALL,
        "report-2023",
        (
            Told(
                "paywalled_section",
                "Sections (二) and (三) of the report for 2023 were put behind a wall; the date shown stayed as it was.",
                needs=8,
            ),
            Told("numbering_gap", "The numbering of the report for 2023 jumps from (一) to (四).", sure=False),
            Told("silent_edit", "The report for 2023 was altered and its date was not.", sure=False),
        ),
    ),
    Event(
        date(2025, 7, 22),
        "qinghe",
        Action.EDIT,
        "report-2024",
        (
            Told(
                "figure_changed",
                "One figure of the published report for 2024, the number of items on the site, grew by 90 in silence.",
                needs=8,
            ),
            Told("silent_edit", "The report for 2024 was altered and its date was not.", sure=False),
        ),
        added=90,
    ),
    Event(
        date(2025, 9, 9),
        "qinghe",
        Action.REMOVE,
        "notice-07",
        (
            Told("page_removed", "A notice of 2024 was taken away for good, page and row.", needs=22),
            Told("entry_removed", "The notice's row was taken out of the column.", needs=8, sure=False),
        ),
        unlisted=True,
    ),
    Event(
        date(2025, 10, 21),
        "wanglan",
        Action.REMOVE,
        "notice-06",
        (
            Told(
                "page_removed",
                "A notice was taken away on 2025-10-21, its row left standing, and came back five weeks later.",
                needs=22,
                until=date(2025, 11, 25),
            ),
        ),
    ),
    Event(
        date(2025, 11, 25),
        "wanglan",
        Action.RESTORE,
        "notice-06",
        (Told("page_restored", "The notice taken away on 2025-10-21 was put back unchanged.", needs=15),),
    ),
    Event(
        date(2026, 1, 22),
        "yunling",
        Action.PUBLISH,
        "report-2025",
        (Told("report_published", "The report for 2025 was published on 2026-01-22, nine days before its due day; observed."),),
    ),
)


@dataclass(frozen=True, slots=True)
class State:
    """What has become of one document by some day."""

    published: date | None = None
    walled: bool = False
    added: int = 0
    gone: bool = False
    unlisted: bool = False
    touched: date | None = None  #: day of the latest deed


def state_of(portal: str, document: str, day: date, published: date | None = None) -> State:
    """Fold all deeds done to a document until `day` (inclusive); `published` is the day it came if no event says so."""
    deeds = [e for e in EVENTS if e.portal == portal and e.document == document and e.day <= day and e.action is not Action.LAPSE]
    visible = [e for e in deeds if e.action in (Action.REMOVE, Action.RESTORE)]
    out = bool(visible) and visible[-1].action is Action.REMOVE
    came = next((e.day for e in deeds if e.action is Action.PUBLISH), published if published and published <= day else None)
    return State(
        published=came,
        walled=any(e.action is Action.WALL for e in deeds),
        added=sum(e.added for e in deeds),
        gone=out,
        unlisted=out and visible[-1].unlisted,
        touched=deeds[-1].day if deeds else came,
    )


def due(agency: Agency, year: int) -> date:
    """The due day of the annual report for `year` (2019 and later): article 49 of the rules of 2019."""
    return date(year + 1, 1, 31) if agency.kind == "department" else date(year + 1, 3, 31)


def looks(start: date, end: date, due_days: frozenset[date]) -> tuple[date, ...]:
    """The days on which to look: weekly, and daily about each due day and each event."""
    days = {start + timedelta(days=7 * i) for i in range((end - start).days // 7 + 1)} | {end}
    for centre in due_days:
        days |= {centre + timedelta(days=i) for i in range(-2, 5)}
    for event in EVENTS:
        days |= {event.day + timedelta(days=i) for i in range(-1, 2)}
    return tuple(sorted(day for day in days if start <= day <= end))
