"""What is told of an owed report: that it came, that it is late, that it is missing, or that nobody can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from monitor.duty import DutyCase, DutyInstance, DutyState, end_of
from monitor.packs import Titles
from monitor.rule import AssessedDuty, Ruling, judge_duty
from monitor.rules import RULES
from storage.records import SHANGHAI, Page, Role, VenueLooks, Verdict

DUE = date(2024, 1, 31)
NOW = datetime(2024, 3, 1, 12, tzinfo=SHANGHAI)
FIRST = datetime(2023, 12, 1, 12, tzinfo=SHANGHAI)
HOST = "www.qinghe.example"
OWED = DutyInstance("edu", "青禾县教育局", "annual_report", "annual report", "2023", DUE, "a law art. 49", Titles(("年报",)))
VENUE = VenueLooks(Page(1, HOST, f"https://{HOST}/nianbao/", Role.COLUMN), ())
ABSENT, PRESENT = datetime(2024, 2, 3, 10, tzinfo=SHANGHAI), datetime(2024, 2, 12, 10, tzinfo=SHANGHAI)
URL = f"https://{HOST}/nianbao/1.html"
CAME = DutyState("on_time", -6, grounds="observed", shown="2024-01-25", absent_at=ABSENT, present_by=PRESENT, url=URL)


def ruling(state: DutyState, open_: tuple[Verdict, ...] = (), now: datetime = NOW, **more: Any) -> Ruling:
    case = DutyCase(OWED, (), (VENUE,), first_look=more.pop("first_look", FIRST))
    return judge_duty(RULES, AssessedDuty(case, state, now, {one.key: one for one in open_}))


def kinds(one: Ruling) -> list[str]:
    return sorted(verdict.kind for verdict in one.verdicts)


def test_a_report_that_was_not_there_before_is_published() -> None:
    (verdict,) = ruling(CAME).verdicts
    assert (verdict.kind, verdict.severity) == ("report_published", "low")
    assert verdict.key == "report_published:duty:edu:annual_report:2023"
    assert (verdict.after, verdict.by, verdict.url, verdict.site) == (ABSENT, PRESENT, URL, HOST)
    assert (verdict.subject, verdict.agency) == ("duty", "edu")
    assert verdict.reasons[0].text == "there at 2024-02-12 10:00; 6 days early"


def test_a_report_that_was_there_at_our_first_look_is_no_news() -> None:
    assert kinds(ruling(replace(CAME, absent_at=None, present_by=FIRST))) == []
    assert kinds(ruling(replace(CAME, absent_at=None, shown="2019-01-25"))) == []


def test_a_report_without_known_venue_is_published_by_its_own_date() -> None:
    assert kinds(ruling(replace(CAME, absent_at=None))) == ["report_published"]


def test_a_late_report_tells_by_how_much_and_on_which_grounds() -> None:
    late = replace(CAME, state="late", days=12, at_least=True, grounds="observed")
    (verdict,) = [one for one in ruling(late).verdicts if one.kind == "late_report"]
    assert verdict.title.startswith("Late by at least 12 days: annual report 2023")
    assert (verdict.machine, verdict.severity) == ("settled", "medium")
    assert (verdict.detail["days"], verdict.detail["grounds"], verdict.detail["due"]) == (12, "observed", "2024-01-31")
    assert any("due on 2024-01-31 by a law art. 49" in reason.text for reason in verdict.reasons)


def test_what_rests_on_a_doubtful_page_is_only_suspected() -> None:
    late = replace(CAME, state="late", days=1, grounds="shown", suspected=True)
    assert {one.machine for one in ruling(late).verdicts} == {"suspected"}


def test_lateness_that_turns_out_to_be_none_is_resolved() -> None:
    (late,) = [one for one in ruling(replace(CAME, state="late", days=1, grounds="shown")).verdicts if one.kind == "late_report"]
    assert ruling(CAME, (late,)).resolved == (late.key,)


def test_a_backdated_report_is_told_with_the_look_that_contradicts_its_date() -> None:
    verdicts = ruling(replace(CAME, state="late", days=3, at_least=True, backdated=True)).verdicts
    (backdated,) = [one for one in verdicts if one.kind == "backdated"]
    assert "it shows 2024-01-25, but was not there at 2024-02-03 10:00" in backdated.reasons[0].text
    assert kinds(ruling(replace(CAME, state="not_assessable", days=None, backdated=True))) == ["backdated", "report_published"]


def test_a_missing_report_is_told_once_and_resolved_when_it_comes() -> None:
    missing = DutyState("missing", 2, True, "observed", absent_at=ABSENT)
    (verdict,) = ruling(missing).verdicts
    assert (verdict.kind, verdict.severity, verdict.url, verdict.site) == ("missing_report", "high", VENUE.page.url, HOST)
    assert ruling(replace(missing, days=9, absent_at=PRESENT), (verdict,)) == Ruling((verdict,), ())
    came = ruling(replace(CAME, state="late", days=12, grounds="shown"), (verdict,))
    assert came.resolved == (verdict.key,)
    assert kinds(came) == ["late_report", "report_published"]


@pytest.mark.parametrize(("hours", "told"), [(47, []), (48, ["not_assessable"])])
def test_what_cannot_be_assessed_is_told_once_two_days_of_looking_would_have_been_possible(hours: int, told: list[str]) -> None:
    blind = DutyState("not_assessable")
    now = end_of(DUE) + timedelta(hours=hours)
    assert kinds(ruling(blind, now=now)) == told


def test_what_was_due_before_we_watched_is_not_told_as_not_assessable() -> None:
    assert kinds(ruling(DutyState("not_assessable"), first_look=NOW)) == []


def test_nothing_is_told_before_the_due_day() -> None:
    assert kinds(ruling(DutyState("due_soon"))) == []
    assert kinds(ruling(DutyState("not_yet_due"))) == []
