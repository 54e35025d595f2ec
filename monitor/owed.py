"""Who owes what for which period, which documents answer to it, and which columns count as its venues.

Pure. Lays the ground for `monitor.duty`; never says whether anything is late or missing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from monitor import titles as title_words
from monitor.packs import Duty, Titles
from storage.records import SHANGHAI, Agency, Candidate, DutyGround, DutyRow, VenueLooks

REACH = timedelta(days=365)
"""How long before our first look a due day may lie for its report to be looked for; earlier ones only if a report is there."""
FIRST_YEAR = 2007


@dataclass(frozen=True, slots=True)
class DutyInstance:
    """What one agency owes for one period."""

    agency: str
    agency_name: str
    duty: str
    name: str  #: the duty in plain English
    period: str
    due: date
    basis: str
    titles: Titles
    site: str | None = None  #: only this host counts
    by_row: bool = False  #: written by a person, not by a pack
    problem: str = ""  #: why it cannot be assessed at all

    @property
    def first_day(self) -> date:
        """The first day on which the report may have appeared: a yearly one not before its year is over."""
        if not self.by_row and self.period.isdigit():
            return date(int(self.period) + 1, 1, 1)
        return self.due - REACH


class Papers:
    """What may answer to an agency's duties, each document with what its place leaves open, found by year.

    Laid out once for all duties of an agency: they are many, and most documents are of another year than the one owed.
    """

    def __init__(self, agency: Agency, ground: DutyGround) -> None:
        self._agency = agency
        self._all = [(candidate, speaks_for_many(candidate, ground)) for candidate in ground.candidates]
        self._of_year: defaultdict[int | None, list[tuple[Candidate, bool]]] = defaultdict(list)
        for candidate, many in self._all:
            self._of_year[_year_about(candidate)].append((candidate, many))

    def answering(self, instance: DutyInstance) -> Iterator[Candidate]:
        """The documents that are the report that is owed."""
        fitting = self._all if instance.by_row else self._of_year.get(int(instance.period), ())
        return (candidate for candidate, many in fitting if match(instance, candidate, self._agency, many))


@dataclass(frozen=True, slots=True)
class DutyCase:
    """One owed report with everything that bears on it: what answers to it and where it may appear."""

    instance: DutyInstance
    reports: tuple[Candidate, ...] = ()  #: documents that answer to it, earliest first
    venues: tuple[VenueLooks, ...] = ()  #: columns named by a person for this duty, or that carried a report of it before
    impostors: frozenset[str] = frozenset()
    first_look: datetime | None = None
    match: str = "machine"


def duties_of(
    agency: Agency, rows: Iterable[DutyRow], packs: Iterable[Duty], ground: DutyGround, now: datetime
) -> tuple[DutyInstance, ...]:
    """List what an agency owes: the packs' yearly duties, sharpened by local rows, and the rows' own duties.

    Of the packs' duties come those due no earlier than a year before our first look, the earlier ones for which a report is
    there, and the next one to come. A row for the same duty and period may set an earlier due day, never a later one.
    """
    return _owed(agency, rows, packs, ground, Papers(agency, ground), now)


def _owed(
    agency: Agency, rows: Iterable[DutyRow], packs: Iterable[Duty], ground: DutyGround, papers: Papers, now: datetime
) -> tuple[DutyInstance, ...]:
    own = [row for row in rows if row.agency == agency.id]
    yearly = [i for i in _yearly(agency, packs, now) if _within_reach(i, ground, papers, now)]
    local = {(row.duty, row.period): row for row in own}
    packed = {(i.duty, i.period) for i in yearly}
    sharpened = [_sharpen(i, local.get((i.duty, i.period))) for i in yearly]
    written = [_of_row(agency, row) for row in own if (row.duty, row.period) not in packed]
    return tuple(sorted((*sharpened, *written), key=lambda i: (i.duty, i.due, i.period)))


def _yearly(agency: Agency, packs: Iterable[Duty], now: datetime) -> list[DutyInstance]:
    today = now.astimezone(SHANGHAI).date()
    found: dict[tuple[str, int], DutyInstance] = {}
    next_due: dict[str, date] = {}
    rules = [duty for duty in packs if duty.binds(agency.kind, agency.level)]
    for year in range(FIRST_YEAR, today.year + 2):
        for duty in rules:
            due = duty.due_for(year)
            if due is None or not _existed(agency, year, due) or due > next_due.get(duty.id, date.max):
                continue
            if due >= today:
                next_due[duty.id] = due
            found.setdefault((duty.id, year), _of_pack(agency, duty, year, due))
    return list(found.values())


def _existed(agency: Agency, year: int, due: date) -> bool:
    born = agency.valid_from is None or agency.valid_from.year <= year
    return born and (agency.valid_to is None or agency.valid_to >= due)


def _within_reach(instance: DutyInstance, ground: DutyGround, papers: Papers, now: datetime) -> bool:
    if instance.due >= ((ground.first_look or now).astimezone(SHANGHAI) - REACH).date():
        return True
    return next(papers.answering(instance), None) is not None


def _of_pack(agency: Agency, duty: Duty, year: int, due: date) -> DutyInstance:
    return DutyInstance(agency.id, agency.name, duty.id, duty.name, str(year), due, duty.ground, duty.titles)


def _of_row(agency: Agency, row: DutyRow) -> DutyInstance:
    patterns = Titles((row.title,) if row.title else ())
    problem = patterns.problem() or ("" if row.title else "the duty has no title pattern")
    name = row.duty.replace("_", " ")
    return DutyInstance(
        agency.id, agency.name, row.duty, name, row.period, row.due, row.basis, patterns, row.site, by_row=True, problem=problem
    )


def _sharpen(instance: DutyInstance, row: DutyRow | None) -> DutyInstance:
    if row is None:
        return instance
    patterns = Titles((*instance.titles.must, *((row.title,) if row.title else ())), instance.titles.must_not)
    earlier = row.due < instance.due
    return replace(
        instance,
        due=min(row.due, instance.due),
        basis=row.basis if earlier and row.basis else instance.basis,
        titles=instance.titles if patterns.problem() else patterns,
        site=row.site,
    )


def match(instance: DutyInstance, candidate: Candidate, agency: Agency, many_agencies: bool) -> bool:
    """Tell whether a document is the report that is owed, by its title, its year and the body it names.

    Where a site speaks for many agencies the title must name this one; elsewhere it must only not name another.
    """
    if instance.problem or (instance.site and urlsplit(candidate.url).netloc.lower() != instance.site):
        return False
    return (
        _looks_like(instance.titles, candidate.title)
        and _of_period(instance, candidate)
        and _of_agency(instance, candidate, agency, many_agencies)
    )


@lru_cache(maxsize=65536)
def _looks_like(patterns: Titles, title: str) -> bool:
    forms = {title, title_words.fold(title)}
    if not any(re.search(pattern, form) for pattern in patterns.must for form in forms):
        return False
    return not any(re.search(pattern, form) for pattern in patterns.must_not for form in forms)


def _of_period(instance: DutyInstance, candidate: Candidate) -> bool:
    if not instance.by_row:
        return _year_about(candidate) == int(instance.period)
    year = title_words.year_of(candidate.title)
    shown = day_of(candidate.shown)
    if year is not None and re.fullmatch(r"20\d\d", instance.period):
        return year == int(instance.period)
    return shown is None or abs(shown - instance.due) <= REACH


def _year_about(candidate: Candidate) -> int | None:
    """The year in the title decides; without one, a yearly report is about the year before the date shown."""
    year = title_words.year_of(candidate.title)
    shown = day_of(candidate.shown) if year is None else None
    return shown.year - 1 if shown is not None else year


def _of_agency(instance: DutyInstance, candidate: Candidate, agency: Agency, many_agencies: bool) -> bool:
    if instance.by_row:
        return not many_agencies or title_words.mentions(candidate.title, agency)
    subject = title_words.subject_of(candidate.title)
    return title_words.names(subject, agency) if subject else not many_agencies


def day_of(shown: str | None) -> date | None:
    """Read the day of a date shown on a page; None if there is none or it is no date."""
    try:
        return date.fromisoformat(shown[:10]) if shown else None
    except ValueError:
        return None


def speaks_for_many(candidate: Candidate, ground: DutyGround) -> bool:
    """Tell whether a document's place leaves open whose it is: a site of several agencies, and no column of this agency alone."""
    listed = [venue.page for venue in ground.venues if venue.page.id in candidate.columns]
    if any(page.agency == ground.agency.id for page in listed):
        return False
    host = urlsplit(candidate.url).netloc.lower()
    site = next((site for site in ground.sites if site.host == host), None)
    return site is None or site.agencies != (ground.agency.id,) or any(page.agency for page in listed)


def cases_of(ground: DutyGround, rows: Sequence[DutyRow], packs: Sequence[Duty], now: datetime) -> tuple[DutyCase, ...]:
    """Gather for every duty of an agency what answers to it and where it may appear."""
    papers = Papers(ground.agency, ground)
    instances = _owed(ground.agency, rows, packs, ground, papers, now)
    answers = {i: _answers(i, papers) for i in instances}
    return tuple(DutyCase(i, answers[i], _venues(i, answers, ground), ground.impostors, ground.first_look) for i in instances)


def _answers(instance: DutyInstance, papers: Papers) -> tuple[Candidate, ...]:
    return tuple(sorted(papers.answering(instance), key=lambda c: (c.first_seen, c.url)))


def _venues(
    instance: DutyInstance, answers: dict[DutyInstance, tuple[Candidate, ...]], ground: DutyGround
) -> tuple[VenueLooks, ...]:
    """A further list page is no venue of its own: what it lists counts for the column it belongs to.

    A column of a rebuilt site may hold something else under its old address: it is a venue again once it lists such a report.
    """
    heads = {venue.page.id: venue.page.part_of or venue.page.id for venue in ground.venues}
    seen = min((c.first_seen for c in answers[instance]), default=None)
    carried = {
        heads[column]
        for other, reports in answers.items()
        if other.duty == instance.duty and other.period != instance.period
        for report in reports
        if seen is None or report.first_seen < seen
        for column in report.columns
        if column in heads
    }
    standing = {
        column for other, reports in answers.items() if other.duty == instance.duty for r in reports for column in r.standing
    }
    still = [venue for venue in ground.venues if not venue.rebuilt or venue.page.id in standing]
    return tuple(venue for venue in still if _counts(venue, instance, carried))


def _counts(venue: VenueLooks, instance: DutyInstance, carried: set[int]) -> bool:
    page = venue.page
    if page.part_of is not None or page.agency not in (None, instance.agency):
        return False
    if instance.site is not None and page.site != instance.site:
        return False
    return page.id in carried or instance.duty in page.venue_for
