"""Which titles are an agency's annual report, and which only sound like one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from monitor.duty import DutyCase, DutyInstance, assess, load_packs, match
from monitor.packs import Titles
from monitor.titles import subject_of, year_of
from storage.records import Agency, Candidate

TITLES = next(duty.titles for duty in load_packs() if duty.id == "annual_report")
CITY = Agency("city", "青禾市人民政府", "government", "city", "云岭省青禾市")
DISTRICT = Agency("district", "青禾市江东区人民政府", "government", "county", "青禾市江东区")
BUREAU = Agency("edu", "青禾市教育局", "department", "city", "青禾市")
REFORM = Agency("reform", "青禾市发展和改革委员会", "department", "city", "青禾市")
SEEN = datetime(2024, 3, 1, tzinfo=UTC)


def fits(title: str, agency: Agency = CITY, period: str = "2023", shown: str | None = None, many: bool = False) -> bool:
    owed = DutyInstance(agency.id, agency.name, "annual_report", "annual report", period, date(2024, 3, 31), "", TITLES)
    return match(owed, Candidate(None, "https://a.example/1", title, shown, None, SEEN, "1.1", "", "ok"), agency, many)


@pytest.mark.parametrize(
    "title",
    [
        "青禾市人民政府2023年政府信息公开工作年度报告",
        "青禾市2023年政府信息公开工作年度报告",
        "2023年青禾市政府信息公开工作年度报告",
        "青禾市2023年度政府信息公开年度报告",
        "青禾市人民政府信息公开工作年度报告（2023年）",
        "青禾市政府信息公开工作2023年度报告",
        "2023年政府信息公开年报",
        "政府信息公开年报（2023年度）",
        "二〇二三年度政府信息公开工作报告",
        "二○二三年青禾市政府信息公开工作年度报告",
        "青禾市２０２３年政府信息公开工作年度报告",
        "青禾市 2023 年 政府信息公开 工作年度报告",
        "2023年政府信息公开工作情况报告",
        "我市2023年政府信息公开工作年度报告",
        "关于印发《青禾市2023年政府信息公开工作年度报告》的通知",
        "青禾市人民政府关于印发2023年政府信息公开工作年度报告的通知",
        "云岭省青禾市人民政府2023年政府信息公开工作年度报告",
    ],
)
def test_the_annual_report_is_known_in_its_many_forms(title: str) -> None:
    assert fits(title)


@pytest.mark.parametrize(
    "title",
    [
        "青禾市2023年政府信息公开工作要点落实情况报告",
        "青禾市人民政府落实《2023年政府信息公开工作要点》工作情况报告",
        "关于做好2023年政府信息公开工作年度报告编制和发布工作的通知",
        "一图读懂青禾市2023年政府信息公开工作年度报告",
        "青禾市2023年上半年政府信息公开工作情况报告",
        "青禾市2023年第三季度政府信息公开工作报告",
        "青禾市2023年政府信息公开工作考核情况报告",
        "青禾市2023年政府信息公开第三方评估报告",
        "青禾市2023年法治政府建设年度报告",
        "青禾市2023年政府网站工作年度报表",
        "2023年政府工作报告",
        "青禾市2023年预算执行情况报告",
        "2023年政府信息公开培训情况报告",
        "青禾市2022年政府信息公开工作年度报告",
        "青禾市教育局2023年政府信息公开工作年度报告",
        "柳林镇2023年政府信息公开工作年度报告",
        "江东区2023年政府信息公开工作年度报告",
        "青禾市人民政府办公室2023年政府信息公开工作年度报告",
        "2023年政府信息公开工作年度报告（市水务局）",
        "",
    ],
)
def test_what_only_sounds_like_the_citys_report_is_not_taken_for_it(title: str) -> None:
    assert not fits(title)


@pytest.mark.parametrize(
    ("title", "agency"),
    [
        ("青禾市教育局2023年政府信息公开工作年度报告", BUREAU),
        ("市教育局2023年政府信息公开工作年度报告", BUREAU),
        ("教育局2023年政府信息公开工作年度报告", BUREAU),
        ("2023年政府信息公开工作年度报告（市教育局）", BUREAU),
        ("青禾市发改委2023年政府信息公开年报", REFORM),
        ("市发展改革委2023年政府信息公开工作年度报告", REFORM),
        ("江东区2023年政府信息公开工作年度报告", DISTRICT),
        ("青禾市江东区2023年政府信息公开工作年度报告", DISTRICT),
    ],
)
def test_a_body_is_known_by_its_short_names_too(title: str, agency: Agency) -> None:
    assert fits(title, agency)
    assert fits(title, agency, many=True)


@pytest.mark.parametrize("other", ["青禾市体育局", "青禾市", "青禾市人民政府", "江东区教育局", "青禾市教育考试院"])
def test_another_bodys_report_is_not_taken_for_a_bureaus(other: str) -> None:
    assert not fits(f"{other}2023年政府信息公开工作年度报告", BUREAU)


def test_where_a_site_speaks_for_many_the_title_must_name_the_body() -> None:
    assert not fits("2023年政府信息公开工作年度报告", BUREAU, many=True)
    assert fits("2023年政府信息公开工作年度报告", BUREAU)


def test_without_a_year_in_the_title_the_year_before_the_date_shown_counts() -> None:
    assert fits("政府信息公开工作年度报告", shown="2024-01-20")
    assert not fits("政府信息公开工作年度报告", shown="2023-01-20")
    assert not fits("政府信息公开工作年度报告")


def test_a_name_in_another_script_is_not_compared_with_a_chinese_title() -> None:
    assert fits("青禾市2023年政府信息公开工作年度报告", replace(CITY, name="Qinghe City Government"))


@pytest.mark.parametrize(
    ("title", "year"),
    [
        ("2024年发布2023年度报告", 2023),
        ("二〇一六年年报", 2016),
        ("政府信息公开年报(2019)", 2019),
        ("国办发〔2014〕12号落实2015年政府信息公开情况", 2015),
        ("年度报告", None),
    ],
)
def test_the_year_a_report_is_about(title: str, year: int | None) -> None:
    assert year_of(title) == year


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("关于青禾市教育局2023年度政府信息公开工作年度报告", "青禾市教育局"),
        ("本机关2023年政府信息公开年报", None),
        ("全市2023年政府信息公开年报", None),
        ("青禾市人民政府信息公开年报", "青禾市人民政府"),
    ],
)
def test_the_body_a_title_names(title: str, subject: str | None) -> None:
    assert subject_of(title) == subject


# --- the real documents of the shared folder


def title_of(shared: Path, number: str) -> str:
    lines = (shared / "seeds" / f"{number}.txt").read_text(encoding="utf-8").splitlines()
    return next(line.strip() for line in lines if "报告" in line and len(line.strip()) < 60)


def test_a_real_report_of_a_district_was_seven_days_early_by_the_rules_of_2007(shared: Path) -> None:
    district = Agency("gaoming", "佛山市高明区人民政府", "government", "county")
    owed = next(duty for duty in load_packs() if duty.due_for(2016) and duty.binds("government", "county"))
    due = owed.due_for(2016)
    assert due == date(2017, 3, 31)
    instance = DutyInstance("gaoming", district.name, owed.id, owed.name, "2016", due, owed.ground, owed.titles)
    report = Candidate(1, "https://a.example/4", title_of(shared, "004"), "2017-03-24", None, SEEN, "1.1", "", "ok")
    assert match(instance, report, district, False)
    state = assess(DutyCase(instance, (report,)), SEEN)
    assert (state.state, state.days, state.grounds) == ("on_time", -7, "shown")


@pytest.mark.parametrize("number", ["000", "002"])
def test_real_reports_on_work_points_are_no_annual_reports(shared: Path, number: str) -> None:
    city = Agency("xt", "湘潭市人民政府", "government", "city")
    for period in ("2013", "2014", "2015"):
        assert not fits(title_of(shared, number), city, period, shown="2015-06-29")


def test_a_real_report_on_work_points_is_ninety_days_late_by_a_persons_own_row_but_only_suspected(shared: Path) -> None:
    city = Agency("xt", "湘潭市人民政府", "government", "city")
    due, titles = date(2015, 3, 31), Titles(("工作要点.{0,8}情况报告",))
    owed = DutyInstance("xt", city.name, "work_points_report", "work points report", "2014", due, "", titles, by_row=True)
    report = Candidate(1, "https://a.example/2", title_of(shared, "002"), "2015-06-29T08:31", None, SEEN, "1.1", "", "ok")
    assert match(owed, report, city, False)
    state = assess(DutyCase(owed, (report,), impostors=frozenset({report.url})), SEEN)
    assert (state.state, state.days, state.grounds, state.suspected) == ("late", 90, "shown", True)
