"""What a directive asks for: tasks and who leads them, deadlines, standing rules; and what is no directive."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.outline import read_outline
from monitor.directive import read_directive
from storage.records import Dates, Reading

TITLE = "清河县人民政府办公室关于做好防汛工作的通知"


def paper(*body: str, title: str = TITLE, written: str | None = "2019-04-01", kind: str = "article") -> Reading:
    return Reading(kind=kind, title=title, dates=Dates(written=written), body=body, outline=read_outline(body))


def test_tasks_run_on_across_their_chapters_and_name_who_leads_them() -> None:
    read = read_directive(
        paper(
            "一、任务", "（一）水库", "1.加固堤坝。先查后修。（县水利局、县应急局牵头，县财政局配合）", "2、清淤。(县水利局牵头)",
            "（二）河道", "3．疏通。", "按季推进。（县城管局、各乡镇分别牵头）", "二、要求", "加强领导。",
        )
    )  # fmt: skip
    assert read is not None
    assert [(task.number, task.leads) for task in read.tasks] == [
        (1, ("县水利局", "县应急局")), (2, ("县水利局",)), (3, ("县城管局", "各乡镇")),
    ]  # fmt: skip
    assert read.tasks[0].text == "加固堤坝。先查后修。"


@pytest.mark.parametrize(
    ("lead", "leads"),
    [
        ("(县水利局负责)", ("县水利局",)),
        ("（县水利局、县应急局按职责分工负责）", ("县水利局", "县应急局")),
        ("（县水利局和各单位共同牵头）", ("县水利局和各单位",)),
        ("牵头单位：县水利局、县应急局；责任单位：县财政局。", ("县水利局", "县应急局")),
        ("（县水利局以及县应急局牵头）", ("县水利局", "县应急局")),
    ],
)
def test_bodies_are_named_in_several_ways(lead: str, leads: tuple[str, ...]) -> None:
    read = read_directive(paper(f"1.加固堤坝。{lead}"))
    assert read is not None
    assert read.tasks[0].leads == leads


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("分别于2019年7月15日前、11月20日前报送。", [date(2019, 7, 15), date(2019, 11, 20)]),
        ("于2019 年 7 月 15 日之前报送。", [date(2019, 7, 15)]),
        ("6月底前完成，12月10日以前报送。", [date(2019, 6, 30), date(2019, 12, 10)]),
        ("2020年2月底前完成。", [date(2020, 2, 29)]),
        ("2020年底前完成。", [date(2020, 12, 31)]),
        ("2018年7月15日前已建成。", []),
        ("每年3月31日前报送。", []),
        ("2019年13月45日前报送。", []),
        ("7月15日召开会议。", []),
    ],
)
def test_deadlines_carry_their_year_over_and_lie_behind_the_paper(sentence: str, days: list[date]) -> None:
    read = read_directive(paper("1.加固。（县水利局牵头）", sentence))
    assert read is not None
    assert list(read.deadlines) == days


def test_a_day_without_any_year_is_no_deadline_of_an_undated_paper() -> None:
    read = read_directive(paper("1.加固。（县水利局牵头）", "7月15日前报送。", written=None))
    assert read is not None
    assert read.deadlines == ()


def test_rules_are_the_clauses_that_set_a_period() -> None:
    told = "严格执行“应当自变更之日起20个工作日内公开”的要求，收到后15日内答复，并于每年3月31日前报送。"
    read = read_directive(paper("1.加固。（县水利局牵头）", told))
    assert read is not None
    assert read.rules == ("应当自变更之日起20个工作日内公开", "收到后15日内答复", "并于每年3月31日前报送")


def test_a_notice_that_only_sets_a_deadline_is_a_directive() -> None:
    read = read_directive(paper("请于2019年7月15日前报送。"))
    assert read is not None
    assert (read.tasks, read.deadlines) == ((), (date(2019, 7, 15),))


@pytest.mark.parametrize(
    "reading",
    [
        paper("请按时报送。"),
        paper("1.由县水利局牵头，堤坝已加固。", "于2019年7月15日前完成。", title="清河县2018年工作报告"),
        paper("1.堤坝已加固。（县水利局牵头）", title="清河县2018年工作报告"),
        paper("请于2019年7月15日前报名。", title="清河县水利局招聘公告"),
        paper("1.加固。（县水利局牵头）", kind="listing"),
        paper(),
    ],
)
def test_what_asks_nothing_or_tells_how_it_went_is_none(reading: Reading) -> None:
    assert read_directive(reading) is None


WORDS = "1. 一、 （一） （ ） ( 牵头 负责 、 县水利局 2019年 7月 15日 前 底前 每年 个工作日内 20 。 99月"
PIECES = st.sampled_from(WORDS.split(" "))


@given(st.lists(st.lists(PIECES, max_size=20).map("".join) | st.text(max_size=40), max_size=8))
def test_no_text_breaks_it(body: list[str]) -> None:
    read = read_directive(paper(*body))
    assert read is None or all(task.leads for task in read.tasks)
