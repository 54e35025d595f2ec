"""Who owes which report by when, and which columns count as its venues."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from monitor.duty import DutyCase, assess, cases_of, duties_of, duty_names, load_packs
from monitor.packs import parse
from storage.records import SHANGHAI, Agency, Candidate, DutyGround, DutyRow, Outcome, Page, Role, Sighting, Site, VenueLooks

HOST = "www.qinghe.example"
COUNTY = Agency("qinghe", "青禾县人民政府", "government", "county")
BUREAU = Agency("edu", "青禾县教育局", "department", "county")
TOWN = Agency("town", "柳林镇人民政府", "government", "township")
FIRST = datetime(2024, 1, 5, 10, tzinfo=SHANGHAI)
NOW = datetime(2024, 6, 1, 12, tzinfo=SHANGHAI)


def candidate(
    title: str, shown: str | None = None, url: str = "1", seen: datetime = FIRST, columns: tuple[int, ...] = (1,)
) -> Candidate:
    return Candidate(None, f"https://{HOST}/{url}.html", title, shown, None, seen, "1.2", "f" * 64, "ok", columns)


def column(number: int = 1, *looks: datetime, **more: object) -> VenueLooks:
    page = Page(number, HOST, f"https://{HOST}/c{number}/", Role.COLUMN, **more)  # type: ignore[arg-type]
    first, last = (looks[0], looks[-1]) if looks else (FIRST, FIRST)
    prior = looks[-2] if len(looks) > 1 else None
    seen = Sighting(1, number, Outcome.OK, "200", 1, "a" * 64, page.url, first, last, 2, "1.1", "2.1", first, last, prior, 2)
    return VenueLooks(page, (seen,))


def ground(
    agency: Agency, *candidates: Candidate, venues: tuple[VenueLooks, ...] = (), agencies: tuple[str, ...] = ()
) -> DutyGround:
    site = Site(HOST, "", agencies or (agency.id,))
    return DutyGround(agency, (site,), venues, candidates, FIRST)


def owed(agency: Agency, *candidates: Candidate, rows: tuple[DutyRow, ...] = (), now: datetime = NOW) -> dict[str, date]:
    lot = duties_of(agency, rows, load_packs(), ground(agency, *candidates), now)
    return {one.period: one.due for one in lot}


def case(agency: Agency, period: str, *candidates: Candidate, rows: tuple[DutyRow, ...] = (), **more: object) -> DutyCase:
    lot = cases_of(ground(agency, *candidates, **more), rows, load_packs(), NOW)  # type: ignore[arg-type]
    (one,) = [one for one in lot if one.instance.period == period]
    return one


def test_departments_owe_by_the_end_of_january_and_governments_by_the_end_of_march() -> None:
    assert owed(BUREAU)["2023"] == date(2024, 1, 31)
    assert owed(COUNTY)["2023"] == date(2024, 3, 31)


def test_a_years_reach_back_and_the_next_one_to_come_are_owed_and_no_others() -> None:
    assert owed(COUNTY) == {"2022": date(2023, 3, 31), "2023": date(2024, 3, 31), "2024": date(2025, 3, 31)}
    assert owed(COUNTY, now=datetime(2024, 2, 1, tzinfo=SHANGHAI)) == {"2022": date(2023, 3, 31), "2023": date(2024, 3, 31)}


@pytest.mark.parametrize(("year", "due"), [(2008, date(2009, 3, 31)), (2018, date(2019, 3, 31)), (2019, date(2020, 1, 31))])
def test_an_older_report_that_is_there_is_judged_by_the_rule_of_its_own_time(year: int, due: date) -> None:
    assert owed(BUREAU, candidate(f"青禾县教育局{year}年政府信息公开工作年度报告"))[str(year)] == due


def test_the_new_rules_bind_no_townships_but_the_old_ones_did() -> None:
    assert owed(TOWN) == {}
    assert owed(TOWN, candidate("柳林镇2016年政府信息公开年报")) == {"2016": date(2017, 3, 31)}


def test_before_2008_nothing_was_owed() -> None:
    assert "2007" not in owed(COUNTY, candidate("青禾县2007年政府信息公开工作年度报告"))


def test_a_body_owes_nothing_for_years_before_it_was_founded_or_after_it_ended() -> None:
    young = Agency("edu", "青禾县教育局", "department", "county", valid_from=date(2023, 3, 1))
    assert min(owed(young)) == "2023"
    ended = Agency("edu", "青禾县教育局", "department", "county", valid_to=date(2023, 12, 31))
    assert "2023" not in owed(ended)


def row(due: date, title: str = "", duty: str = "annual_report", period: str = "2023", **more: str) -> DutyRow:
    return DutyRow("qinghe", duty, period, due, "a local order", title, **more)  # type: ignore[arg-type]


def test_a_local_row_may_set_an_earlier_day_but_never_a_later_one() -> None:
    assert owed(COUNTY, rows=(row(date(2024, 2, 20)),))["2023"] == date(2024, 2, 20)
    assert owed(COUNTY, rows=(row(date(2024, 5, 1)),))["2023"] == date(2024, 3, 31)


def test_a_row_of_its_own_is_owed_whenever_it_was_due() -> None:
    rows = (row(date(2015, 3, 31), "工作要点.*情况报告", "work_points_report", "2014"),)
    assert owed(COUNTY, rows=rows)["2014"] == date(2015, 3, 31)


def test_a_row_whose_pattern_is_no_pattern_is_told_and_accuses_nobody() -> None:
    one = case(COUNTY, "x", rows=(row(date(2024, 3, 1), "(", "budget", "x"),), venues=(column(venue_for=("budget",)),))
    assert "cannot be used" in assess(one, NOW).reasons[0].text
    assert assess(one, NOW).state == "not_assessable"


def test_a_column_counts_as_a_venue_when_a_person_named_it() -> None:
    named, other = column(1, venue_for=("annual_report",)), column(2)
    assert [venue.page.id for venue in case(COUNTY, "2023", venues=(named, other)).venues] == [1]


def test_a_column_counts_as_a_venue_when_it_carried_an_earlier_report() -> None:
    old = candidate("青禾县2021年政府信息公开工作年度报告", "2022-03-20")
    assert [venue.page.id for venue in case(COUNTY, "2023", old, venues=(column(1), column(2))).venues] == [1]


def test_a_column_of_a_rebuilt_site_is_a_venue_again_once_it_lists_such_a_report() -> None:
    """Its address may hold something else now: nobody is missed there on the word of what stood there before."""
    named = replace(column(1, venue_for=("annual_report",)), rebuilt=True)
    old = candidate("青禾县2022年政府信息公开工作年度报告", "2023-03-20")
    assert case(COUNTY, "2023", old, venues=(named,)).venues == ()
    assert assess(case(COUNTY, "2023", old, venues=(named,)), NOW).state == "not_assessable"
    listed = replace(old, standing=(1,))
    assert [venue.page.id for venue in case(COUNTY, "2023", listed, venues=(named,)).venues] == [1]


def test_a_column_that_first_carries_this_very_report_was_no_venue_before() -> None:
    new = candidate("青禾县2023年政府信息公开工作年度报告", "2024-03-20", seen=NOW)
    assert case(COUNTY, "2023", new, venues=(column(1),)).venues == ()


def test_a_further_list_page_is_no_venue_of_its_own() -> None:
    old = candidate("青禾县2021年政府信息公开工作年度报告", "2022-03-20", columns=(2,))
    assert [venue.page.id for venue in case(COUNTY, "2023", old, venues=(column(1), column(2, part_of=1))).venues] == [1]


def test_another_agencys_column_is_no_venue() -> None:
    theirs = column(1, venue_for=("annual_report",), agency="edu")
    assert case(COUNTY, "2023", venues=(theirs,)).venues == ()


def test_where_a_site_speaks_for_many_a_report_without_a_name_is_nobodys() -> None:
    bare = candidate("2023年政府信息公开工作年度报告")
    assert case(COUNTY, "2023", bare).reports == (bare,)
    assert case(COUNTY, "2023", bare, agencies=("qinghe", "edu")).reports == ()
    assert case(COUNTY, "2023", bare, agencies=("qinghe", "edu"), venues=(column(1, agency="qinghe"),)).reports == (bare,)


def test_a_report_that_comes_after_two_looks_at_a_known_venue_is_late() -> None:
    old = candidate("青禾县2021年政府信息公开工作年度报告", "2022-03-20")
    new = candidate("青禾县2023年政府信息公开工作年度报告", "2024-03-30", "2", NOW)
    looked = (datetime(2024, 4, 9, tzinfo=SHANGHAI), datetime(2024, 4, 12, tzinfo=SHANGHAI))
    state = assess(case(COUNTY, "2023", old, new, venues=(column(1, *looked),)), NOW)
    assert (state.state, state.days, state.backdated) == ("late", 12, True)


def test_a_day_of_working_days_is_reckoned_from_its_event() -> None:
    (duty,) = parse(
        """
        duty = "reply"
        name = { en = "reply", zh = "答复" }
        [titles]
        must = ["答复"]
        [[rule]]
        basis = "a law"
        article = 33
        kinds = ["department"]
        levels = ["county"]
        due = { amount = 20, unit = "workday", event = "收到" }
        valid_from = 2019-05-15
        """,
        name="reply.toml",
    )
    assert duty.due_after(date(2024, 2, 1)) == date(2024, 3, 5)
    assert duty.due_after(date(2019, 1, 2)) is None
    assert duty.due_for(2023) is None


@pytest.mark.parametrize("text", ["", "x =", 'duty = "x"\nname = {en = "", zh = ""}\ntitles = {must = ["("]}\n[[rule]]'])
def test_a_pack_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"bad\.toml"):
        parse(text, name="bad.toml")


def test_every_pack_names_its_legal_basis() -> None:
    assert "annual_report" in duty_names()
    for duty in load_packs():
        assert duty.article
        assert "政府信息公开条例" in duty.ground
        assert timedelta(0) < duty.valid_to - duty.valid_from
