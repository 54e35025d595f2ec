"""Principle 2, case by case: on time, late, backdated, missing, or nothing can be said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.duty import DutyCase, DutyInstance, DutyState, assess, end_of
from monitor.packs import Titles
from storage.records import SHANGHAI, Candidate, Outcome, Page, Role, Sighting, VenueLooks

DUE = date(2024, 1, 31)
DAY = timedelta(days=1)
NOW = datetime(2024, 6, 1, 12, tzinfo=SHANGHAI)
INSTANCE = DutyInstance("edu", "青禾县教育局", "annual_report", "annual report", "2023", DUE, "a law art. 49", Titles(("年报",)))
URL = "https://www.qinghe.example/nianbao/1.html"


def on(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2024, month, day, hour, tzinfo=SHANGHAI)


def report(shown: str | None, seen: datetime, url: str = URL) -> Candidate:
    return Candidate(7, url, "青禾县教育局2023年年报", shown, None, seen, "9.3", "f" * 64, "ok", (1,))


def span(*times: datetime, outcome: Outcome = Outcome.OK, number: int = 1, reason: str = "200") -> Sighting:
    """A span with these sound looks; the archive keeps the first, the last and the last of an earlier day."""
    last = times[-1] if times else None
    earlier = [time for time in times if last and time.astimezone(SHANGHAI).date() < last.astimezone(SHANGHAI).date()]
    return Sighting(
        number, 1, outcome, reason, 1, "a" * 64, "https://www.qinghe.example/nianbao/", times[0], times[-1], len(times),
        f"{number}.1", f"{number}.2", times[0], last, earlier[-1] if earlier else None, len(times),
    )  # fmt: skip


def venue(*sightings: Sighting, page: int = 1) -> VenueLooks:
    return VenueLooks(Page(page, "www.qinghe.example", f"https://www.qinghe.example/{page}/", Role.COLUMN), sightings)


def state_of(*reports: Candidate, venues: tuple[VenueLooks, ...] = (), now: datetime = NOW, **more: object) -> DutyState:
    return assess(DutyCase(INSTANCE, reports, venues, **more), now)  # type: ignore[arg-type]


def why(state: DutyState) -> str:
    return next(reason.rule for reason in state.reasons if reason.rule.startswith("timeliness"))


def short(state: DutyState) -> tuple[str, int | None, bool, str | None, bool]:
    return state.state, state.days, state.at_least, state.grounds, state.backdated


def test_a_shown_and_seen_by_the_due_day_is_on_time_as_observed() -> None:
    state = state_of(report("2024-01-25", on(1, 26)), venues=(venue(span(on(1, 25))),))
    assert short(state) == ("on_time", -6, False, "observed", False)
    assert why(state) == "timeliness.a"


def test_a_the_due_day_itself_counts_until_its_end_in_china() -> None:
    assert state_of(report("2024-01-31", end_of(DUE))).grounds == "observed"
    assert state_of(report("2024-01-31", end_of(DUE) + timedelta(seconds=1))).grounds == "shown"
    assert short(state_of(report("2024-01-31", on(1, 31, 23))))[:2] == ("on_time", 0)


def test_b_shown_after_the_due_day_is_late_by_the_date_shown() -> None:
    state = state_of(report("2024-02-05", on(2, 6)), venues=(venue(span(on(2, 4))),))
    assert short(state) == ("late", 5, False, "shown", False)
    assert why(state) == "timeliness.b"


def test_b_and_not_there_after_the_date_shown_is_backdated_and_late_by_at_least_the_later_of_both() -> None:
    state = state_of(report("2024-02-05", on(2, 20)), venues=(venue(span(on(2, 4), on(2, 12))),))
    assert short(state) == ("late", 12, True, "shown", True)
    assert why(state) == "timeliness.b"


def test_c_shown_in_time_but_absent_after_the_due_day_is_late_at_least_and_backdated() -> None:
    state = state_of(report("2024-01-30", on(2, 10)), venues=(venue(span(on(1, 20), on(2, 3))),))
    assert short(state) == ("late", 3, True, "observed", True)
    assert why(state) == "timeliness.c"
    assert (state.absent_at, state.present_by) == (on(2, 3), on(2, 10))


def test_d_absent_after_the_date_shown_but_before_the_due_day_is_backdated_and_not_assessable() -> None:
    state = state_of(report("2024-01-20", on(2, 10)), venues=(venue(span(on(1, 25))),))
    assert short(state) == ("not_assessable", None, False, None, True)
    assert why(state) == "timeliness.d"


def test_e_shown_in_time_and_seen_later_without_contradiction_is_on_time_as_shown() -> None:
    state = state_of(report("2024-01-20", on(2, 10)), venues=(venue(span(on(1, 20, 9))),))
    assert short(state) == ("on_time", -11, False, "shown", False)
    assert why(state) == "timeliness.e"
    assert short(state_of(report("2024-01-20", on(2, 10)))) == ("on_time", -11, False, "shown", False)


def test_f_without_a_date_only_our_looks_decide() -> None:
    assert short(state_of(report(None, on(1, 26)))) == ("on_time", -5, False, "observed", False)
    late = state_of(report(None, on(2, 10)), venues=(venue(span(on(2, 3))),))
    assert short(late) == ("late", 3, True, "observed", False)
    unknown = state_of(report(None, on(2, 10)), venues=(venue(span(on(1, 20))),))
    assert short(unknown) == ("not_assessable", None, False, None, False)
    assert {why(late), why(unknown)} == {"timeliness.f"}


def test_a_date_that_is_none_is_no_date() -> None:
    assert why(state_of(report("昨天", on(2, 10)))) == "timeliness.f"


def test_a_list_not_walked_back_far_enough_proves_no_absence() -> None:
    looked = venue(span(on(1, 20), on(2, 1), on(2, 2)))
    shallow = replace(looked, covers_from=date(DUE.year, 1, 15))
    state = state_of(venues=(shallow,))
    assert (state.state, state.evidence) == ("not_assessable", ())
    assert "back to" in state.reasons[0].text
    resurfaced = report(f"{DUE.year}-01-10", on(2, 10))
    assert short(state_of(resurfaced, venues=(looked,)))[0] == "late"
    assert short(state_of(resurfaced, venues=(shallow,))) == ("on_time", -21, False, "shown", False)


def test_missing_needs_two_sound_looks_on_two_days_after_the_due_day() -> None:
    state = state_of(venues=(venue(span(on(1, 20), on(2, 1), on(2, 2))),))
    assert short(state) == ("missing", 2, True, "observed", False)
    assert [(one.role, one.time) for one in state.evidence] == [("absent", on(2, 1)), ("absent", on(2, 2))]
    assert state.absent_at == on(2, 2)


@pytest.mark.parametrize("times", [(on(1, 30), on(1, 31)), (on(1, 30), on(2, 1)), (on(2, 1, 8), on(2, 1, 20))])
def test_fewer_looks_after_the_due_day_accuse_nobody(times: tuple[datetime, ...]) -> None:
    state = state_of(venues=(venue(span(*times)),))
    assert state.state == "not_assessable"
    assert "could not look" in state.reasons[0].text


def test_what_was_forgotten_since_accuses_nobody() -> None:
    """A document that stood in the list, and of which nothing is known any more, may have been the report."""
    looked = venue(span(on(1, 30), on(2, 1), on(2, 3), on(5, 30)))
    gone = replace(looked, forgotten=(on(1, 20),))
    assert state_of(venues=(looked,)).state == "missing"
    state = state_of(venues=(gone,))
    assert (state.state, why(state)) == ("not_assessable", "timeliness.forgotten")
    assert looked.page.url in state.reasons[0].text
    late = report("2024-02-05", on(2, 6))
    assert state_of(late, venues=(looked,)).state == "late"
    assert short(state_of(late, venues=(gone,)))[:4] == ("not_assessable", None, False, None)


@pytest.mark.parametrize("seen", [on(1, 20) - 400 * DAY, on(2, 7)])
def test_what_stood_there_before_the_period_or_only_after_the_report_was_not_it(seen: datetime) -> None:
    looked = venue(span(on(2, 1), on(2, 4)))
    assert state_of(report("2024-02-05", on(2, 6)), venues=(replace(looked, forgotten=(seen,)),)).state == "late"


def test_missing_needs_the_looks_at_every_venue() -> None:
    seen, shut = venue(span(on(2, 1), on(2, 2))), venue(span(on(1, 5)), span(on(2, 2), outcome=Outcome.BLOCKED), page=2)
    assert state_of(venues=(seen,)).state == "missing"
    state = state_of(venues=(seen, shut))
    assert state.state == "not_assessable"
    assert "blocked" in state.reasons[0].text


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.OK, Outcome.NOT_MODIFIED}))
def test_a_look_that_did_not_see_the_venue_proves_nothing(outcome: Outcome) -> None:
    assert state_of(venues=(venue(span(on(2, 1), on(2, 9), outcome=outcome)),)).state == "not_assessable"


def test_looks_of_unsound_runs_prove_nothing() -> None:
    unsound = replace(span(on(2, 1), on(2, 9)), sound_first=None, sound_last=None, sound_prior=None, sound_count=0)
    assert state_of(venues=(venue(unsound),)).state == "not_assessable"


def test_without_a_venue_nothing_is_missing() -> None:
    state = state_of()
    assert state.state == "not_assessable"
    assert "no venue known" in state.reasons[0].text


@pytest.mark.parametrize(("now", "state"), [(on(1, 10), "not_yet_due"), (on(1, 19), "due_soon"), (on(1, 31, 23), "due_soon")])
def test_before_the_end_of_the_due_day_nothing_is_missing(now: datetime, state: str) -> None:
    assert state_of(venues=(venue(span(on(1, 2))),), now=now).state == state


def test_the_venue_looked_at_least_lately_decides_since_the_report_may_have_stood_there() -> None:
    often, rarely = venue(span(on(1, 20), on(2, 9))), venue(span(on(1, 20)), page=2)
    assert state_of(report("2024-01-30", on(2, 10)), venues=(often, rarely)).state == "on_time"
    never = venue(span(on(2, 12)), page=3)
    assert state_of(report("2024-01-30", on(2, 10)), venues=(often, never)).absent_at is None


def test_looks_from_the_first_one_with_the_report_on_are_no_looks_without_it() -> None:
    state = state_of(report("2024-01-30", on(2, 10)), venues=(venue(span(on(1, 20), on(2, 3), on(2, 10))),))
    assert state.absent_at == on(2, 3)


def test_of_two_copies_the_earlier_date_and_the_earlier_look_count_for_the_agency() -> None:
    later = report("2024-02-09", on(2, 9), URL.replace("1.html", "2.html"))
    state = state_of(later, report("2024-01-30", on(2, 20)))
    assert (state.state, state.shown, state.url) == ("on_time", "2024-01-30", URL)


def test_an_impostors_page_leaves_the_state_but_settles_nothing() -> None:
    state = state_of(report("2024-02-05", on(2, 6)), impostors=frozenset({URL}))
    assert (state.state, state.days, state.suspected) == ("late", 5, True)
    assert any(reason.rule == "impostor" for reason in state.reasons)
    other = report("2024-01-30", on(2, 6), URL.replace("1.html", "2.html"))
    genuine = state_of(report("2024-02-05", on(2, 6)), other, impostors=frozenset({URL}))
    assert (genuine.state, genuine.suspected) == ("on_time", False)


def test_a_late_date_on_a_page_that_we_saw_in_time_is_told_but_not_settled() -> None:
    state = state_of(report("2024-02-05", on(1, 20)))
    assert (state.state, state.suspected) == ("late", True)
    assert any(reason.rule == "contradiction" for reason in state.reasons)


def test_a_due_day_on_a_day_off_does_not_roll_over_but_is_told() -> None:
    sunday = replace(INSTANCE, due=date(2024, 3, 31))
    state = assess(DutyCase(sunday, (report("2024-04-01", on(4, 2)),)), NOW)
    assert (state.state, state.days) == ("late", 1)
    assert any("Sunday" in reason.text and "does not roll over" in reason.text for reason in state.reasons)
    assert not any(reason.rule == "workday" for reason in state_of().reasons)


def test_reasons_speak_of_two_looks_and_evidence_holds_both() -> None:
    state = state_of(report("2024-02-05", on(2, 6)), venues=(venue(span(on(2, 4))),))
    assert "not there at 2024-02-04 10:00, there at 2024-02-06 10:00" in [reason.text for reason in state.reasons]
    assert [(one.role, one.time) for one in state.evidence] == [("absent", on(2, 4)), ("present", on(2, 6))]


def test_a_duty_that_cannot_be_read_accuses_nobody() -> None:
    broken = replace(INSTANCE, problem="the title pattern '(' cannot be used")
    assert assess(DutyCase(broken, (), (venue(span(on(2, 1), on(2, 9))),)), NOW).state == "not_assessable"


HOURS = st.integers(-24 * 40, 24 * 40)


@given(st.none() | st.integers(-40, 40), HOURS, st.none() | st.integers(1, 24 * 60))
def test_nobody_is_late_without_a_late_date_or_a_look_after_the_due_day(shown: int | None, seen: int, gap: int | None) -> None:
    came = end_of(DUE) + timedelta(hours=seen)
    absent = came - timedelta(hours=gap) if gap else None
    state = state_of(
        report((DUE + shown * DAY).isoformat() if shown is not None else None, came),
        venues=(venue(span(absent)),) if absent else (),
    )
    after = absent is not None and absent > end_of(DUE)
    assert (state.state == "late") == ((shown is not None and shown > 0) or after)
    if state.state == "late":
        assert state.days is not None
        assert state.days >= 1
    if state.backdated:
        assert shown is not None
        assert absent is not None
        assert absent.astimezone(SHANGHAI).date() > DUE + shown * DAY
