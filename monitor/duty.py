"""Is what was owed on time, late, missing, or can nothing be said? The one place where that is decided.

Pure. Accuses only on proof and names the grounds; what cannot be proven is `not_assessable`, never late. Who owes what stands in
`monitor.owed`, the rules of law in `monitor.packs`; both are handed on here, so that callers need this module alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.owed import DutyCase, DutyInstance, cases_of, day_of, duties_of, match
from monitor.packs import Duty, duty_names, load_packs
from monitor.workdays import is_workday
from storage.records import SEEN, SHANGHAI, Candidate, Evidence, Reason, Sighting, VenueLooks

__all__ = [
    "Duty", "DutyCase", "DutyInstance", "DutyState",
    "assess", "cases_of", "duties_of", "duty_names", "end_of", "load_packs", "match",
]  # fmt: skip

SOON = timedelta(days=14)
NO_VENUE = "no venue known: nobody named one and no column carried a report of this duty before, or its site was rebuilt since"


@dataclass(frozen=True, slots=True)
class DutyState:
    """How an owed report stands. `days` counts from the due day, negative for early; with `at_least` it is a lower bound."""

    state: str  #: not_yet_due | due_soon | on_time | late | missing | not_assessable
    days: int | None = None
    at_least: bool = False
    grounds: str | None = None  #: observed | shown
    shown: str | None = None
    absent_at: datetime | None = None  #: at every venue it was not there then
    present_by: datetime | None = None  #: our first look with it
    url: str | None = None
    match: str = "machine"
    backdated: bool = False
    suspected: bool = False  #: what it rests on is in doubt, so it may not be called settled
    doubted: bool = False  #: the page itself is in doubt, so it may not even stay settled
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """One sound look at a venue at which the page itself was seen."""

    time: datetime
    capture: str
    sha256: str
    sighting: Sighting

    @property
    def day(self) -> date:
        return _day(self.time)


@dataclass(frozen=True, slots=True)
class _Facts:
    """D, S, A and F of one case, with what proves them."""

    due: date
    end: datetime  #: D
    shown: date | None  #: S
    absent: _Look | None  #: A
    seen: datetime | None  #: F
    report: Candidate | None
    doubtful: bool


def end_of(due: date) -> datetime:
    """The end of a due day: 24:00 in China."""
    return datetime(due.year, due.month, due.day, tzinfo=SHANGHAI) + timedelta(days=1)


def assess(case: DutyCase, now: datetime) -> DutyState:
    """Say how an owed report stands, by the cases (a) to (f) in this order, and `missing` only on two sound looks everywhere.

    D = end of the due day, S = date shown, A = last sound look at the venues without the report, F = first look with it.
    A date shown is a whole day, so a look contradicts it only from the next day on.
    """
    if case.instance.problem:
        return DutyState("not_assessable", match=case.match, reasons=(Reason("timeliness", case.instance.problem),))
    facts = _facts(case, now)
    return _absent(case, facts, now) if facts.report is None else _present(case, facts, facts.report)


def _facts(case: DutyCase, now: datetime) -> _Facts:
    """A report whose page is under suspicion of being an impostor's counts only if there is no other."""
    genuine = [report for report in case.reports if report.url not in case.impostors]
    reports = genuine or list(case.reports)
    seen = min((report.first_seen for report in reports), default=None)
    dated = [(day, report) for report in reports if (day := day_of(report.shown))]
    shown, report = min(dated, key=lambda pair: pair[0], default=(None, reports[0] if reports else None))
    due = case.instance.due
    covered = all(venue.covers_from <= (shown or case.instance.first_day) for venue in case.venues)
    absent = _last_without(case.venues, _proves_absence(reports, now)) if covered else None
    return _Facts(due, end_of(due), shown, absent, seen, report, bool(reports) and not genuine)


def _proves_absence(reports: Iterable[Candidate], now: datetime) -> Callable[[datetime], bool]:
    """Which looks at a venue prove that the report was not there yet.

    None does if it was first seen in a place never looked at without it: it may have lain there all the time.
    """
    first = min(reports, key=lambda report: report.first_seen, default=None)
    if first is None:
        return lambda time: time < now
    seen, by = first.first_seen, first.absent_by
    return lambda time: by is not None and time < seen and time <= by


def _last_without(venues: Iterable[VenueLooks], proves: Callable[[datetime], bool]) -> _Look | None:
    """A: the report could have appeared at any venue, so the venue whose last look lies furthest back decides."""
    lasts = [_latest(venue, proves) for venue in venues]
    known = [look for look in lasts if look is not None]
    return min(known, key=lambda look: look.time) if known and len(known) == len(lasts) else None


def _latest(venue: VenueLooks, proves: Callable[[datetime], bool]) -> _Look | None:
    return max((look for look in _looks(venue) if proves(look.time)), key=lambda look: look.time, default=None)


def _looks(venue: VenueLooks) -> list[_Look]:
    """The sound looks at a venue that its spans name; a span's others are known only by number."""
    return [_Look(*look, sighting) for sighting in venue.sightings if sighting.outcome in SEEN for look in sighting.proven]


# --- a report is there ---------------------------------------------------------------------------------------------------


def _present(case: DutyCase, facts: _Facts, report: Candidate) -> DutyState:
    state, days, at_least, grounds, backdated, reason = _timeliness(facts)
    if state == "late" and (gone := _forgotten(case, report.first_seen)):
        state, days, at_least, grounds, reason = "not_assessable", None, False, None, gone[0]
    against = state == "late" and facts.seen is not None and facts.seen <= facts.end
    return DutyState(
        state=state,
        days=days,
        at_least=at_least,
        grounds=grounds,
        shown=facts.shown.isoformat() if facts.shown else None,
        absent_at=facts.absent.time if facts.absent else None,
        present_by=facts.seen,
        url=report.url,
        match=case.match,
        backdated=backdated,
        suspected=facts.doubtful or against,
        doubted=facts.doubtful,
        reasons=(reason, *_interval(facts), *_holiday(facts.due), *_doubts(facts, against)),
        evidence=(*_absence(facts.absent), _presence(report)),
    )


_Timeliness = tuple[str, int | None, bool, str | None, bool, Reason]


def _timeliness(facts: _Facts) -> _Timeliness:
    """Cases (a) to (f), in this order; `_dated` and `_undated` quote them."""
    return _dated(facts, facts.shown) if facts.shown else _undated(facts)


def _dated(facts: _Facts, shown: date) -> _Timeliness:
    """With a date shown.

    (a) S <= D and F <= D: on time, grounds observed.
    (b) S > D: late by S - D, grounds shown; if A > S also backdated, and late by at least max(S, A) - D.
    (c) S <= D but A > D: late by at least A - D, and backdated.
    (d) S < A <= D < F: backdated, timeliness not assessable.
    (e) S <= D < F and nothing contradicts: on time, grounds shown.
    """
    by_shown = (shown - facts.due).days
    absent = facts.absent
    unseen = absent is not None and absent.day > shown
    by_look = (absent.day - facts.due).days if absent else 0
    if shown <= facts.due and facts.seen is not None and facts.seen <= facts.end:
        return "on_time", by_shown, False, "observed", False, _because("a", "it was there by the end of the due day")
    if shown > facts.due and unseen:
        days = max(by_shown, by_look)
        return "late", days, True, "shown", True, _because("b", f"dated {shown}, and not there even after that")
    if shown > facts.due:
        return "late", by_shown, False, "shown", False, _because("b", f"the date it shows, {shown}, lies after the due day")
    if absent is not None and absent.time > facts.end:
        return "late", by_look, True, "observed", True, _because("c", f"dated {shown}, but not there after the due day")
    if unseen:
        return "not_assessable", None, False, None, True, _because("d", f"dated {shown}, but not there at a later look")
    return "on_time", by_shown, False, "shown", False, _because("e", f"dated {shown}, and no look of ours contradicts that")


def _undated(facts: _Facts) -> _Timeliness:
    """Without one: (f) no S: observed looks only, else not assessable."""
    if facts.seen is not None and facts.seen <= facts.end:
        days = (_day(facts.seen) - facts.due).days
        return "on_time", days, False, "observed", False, _because("f", "it shows no date, but was there in time")
    if facts.absent is not None and facts.absent.time > facts.end:
        days = (facts.absent.day - facts.due).days
        return "late", days, True, "observed", False, _because("f", "it shows no date, and was not there after the due day")
    return "not_assessable", None, False, None, False, _because("f", "it shows no date, and no look tells when it came")


# --- no report is there --------------------------------------------------------------------------------------------------


def _absent(case: DutyCase, facts: _Facts, now: datetime) -> DutyState:
    if now <= facts.end:
        state = "due_soon" if facts.end - now <= SOON else "not_yet_due"
        return _without(case, facts, state, _because("open", f"due on {facts.due}; no report has been seen so far"))
    if not case.venues:
        return _without(case, facts, "not_assessable", _because("missing", NO_VENUE))
    blind = [venue for venue in case.venues if len(_days_after(venue, facts.end)) < 2]
    if blind:
        reasons = (_because("missing", _blindness(venue, facts.end)) for venue in blind)
        return _without(case, facts, "not_assessable", *reasons)
    shallow = [venue for venue in case.venues if venue.covers_from > case.instance.first_day]
    if shallow:
        return _without(case, facts, "not_assessable", *(_because("missing", _shallowness(venue)) for venue in shallow))
    if gone := _forgotten(case, now):
        return _without(case, facts, "not_assessable", *gone)
    count = len(case.venues)
    where = "the venue" if count == 1 else f"each of the {count} venues"
    because = f"two sound looks on two days after the due day, at {where}, did not find it"
    return _without(case, facts, "missing", _because("missing", because))


def _forgotten(case: DutyCase, before: datetime) -> tuple[Reason, ...]:
    """What was forgotten accuses nobody: a document that stood at a venue and is known no more may have been the report."""
    start = case.instance.first_day
    venues = [venue for venue in case.venues if any(start <= _day(time) and time < before for time in venue.forgotten)]
    said = "a document that stood in the list at {} was forgotten since, and may have been the report"
    return tuple(_because("forgotten", said.format(venue.page.url)) for venue in venues)


def _without(case: DutyCase, facts: _Facts, state: str, *reasons: Reason) -> DutyState:
    missing = state == "missing"
    return DutyState(
        state=state,
        days=(facts.absent.day - facts.due).days if missing and facts.absent else None,
        at_least=missing,
        grounds="observed" if missing else None,
        absent_at=facts.absent.time if facts.absent else None,
        match=case.match,
        reasons=(*reasons, *_interval(facts), *_holiday(facts.due)),
        evidence=tuple(e for venue in case.venues for e in _two_days(venue, facts.end)) if missing else _absence(facts.absent),
    )


def _days_after(venue: VenueLooks, end: datetime) -> set[date]:
    return {look.day for look in _looks(venue) if look.time > end}


def _two_days(venue: VenueLooks, end: datetime) -> tuple[Evidence, ...]:
    """The two latest days of sound looks after the due day, one look of each, the earlier first."""
    by_day = {look.day: look for look in sorted(_looks(venue), key=lambda look: look.time) if look.time > end}
    return tuple(proof for day in sorted(by_day)[-2:] for proof in _absence(by_day[day]))


def _shallowness(venue: VenueLooks) -> str:
    """A row that rolled off the first pages before our first look was never ours to see."""
    how_far = (
        "no row shows a date" if venue.covers_from == date.max else f"it was looked through back to {venue.covers_from} only"
    )
    return f"could not look far enough: the list at {venue.page.url} goes on, and {how_far}"


def _blindness(venue: VenueLooks, end: datetime) -> str:
    days = len(_days_after(venue, end))
    trouble = venue.sightings[-1] if venue.sightings and venue.sightings[-1].outcome not in SEEN else None
    said = f"; its latest answer was {trouble.outcome.value} ({trouble.reason})" if trouble else ""
    looked = "no sound look" if days == 0 else "sound looks on one day only"
    return f"could not look: {looked} after the due day at {venue.page.url}{said}"


# --- in words and in captures --------------------------------------------------------------------------------------------


def _because(case: str, text: str) -> Reason:
    return Reason(f"timeliness.{case}", text)


def _interval(facts: _Facts) -> tuple[Reason, ...]:
    told = [f"not there at {_told(facts.absent.time)}"] if facts.absent else []
    told += [f"there at {_told(facts.seen)}"] if facts.seen else []
    return (Reason("interval", ", ".join(told)),) if told else ()


def _holiday(due: date) -> tuple[Reason, ...]:
    if is_workday(due) is not False:
        return ()
    return (Reason("workday", f"the due day {due} ({due:%A}) is no working day in China; a fixed date does not roll over"),)


def _doubts(facts: _Facts, against: bool) -> tuple[Reason, ...]:
    doubts = []
    if facts.doubtful:
        doubts.append(Reason("impostor", "the page is suspected to be an impostor's copy, so it accuses no agency"))
    if against:
        doubts.append(Reason("contradiction", "our own look found it before the due day ended, although it shows a later date"))
    return tuple(doubts)


def _absence(look: _Look | None) -> tuple[Evidence, ...]:
    if look is None:
        return ()
    seen = look.sighting
    return (Evidence(look.capture, look.time, seen.url, seen.outcome.value, look.sha256, "absent"),)


def _presence(report: Candidate) -> Evidence:
    where = report.first_url or report.url
    return Evidence(report.first_look, report.first_seen, where, report.outcome, report.sha256, "present")


def _day(time: datetime) -> date:
    return time.astimezone(SHANGHAI).date()


def _told(time: datetime) -> str:
    return f"{time.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
