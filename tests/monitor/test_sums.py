"""A stated total against its own breakdown, in prose: what disagrees, and what a careful reader would let stand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.quantities import quantities
from monitor.sums import disagreements

Found = tuple[str, int, list[int], int]


def sums(*body: str) -> list[Found]:
    return [(one.unit, int(one.total), [int(part) for part in one.parts], int(one.comes_to)) for one in disagreements(body)]


@pytest.mark.parametrize(
    ("sentence", "total", "parts"),
    [
        ("公开水利信息20条，其中规划信息8条、防汛信息9条、取水信息5条。", 20, [8, 9, 5]),
        ("公开水利信息20条,其中:规划信息8条;防汛信息9条;取水信息5条。", 20, [8, 9, 5]),
        ("公开水利信息２０条，其中，规划信息８条、防汛信息９条、取水信息５条。", 20, [8, 9, 5]),
        ("公开农林信息20条，其中，县农业局公开种植信息8条、养殖信息2条；县林业局公开造林信息12条。", 20, [8, 2, 12]),
        ("受理申请20件，内容多为土地方面。其中，当面申请8件，网络申请9件，信函申请5件。", 20, [8, 9, 5]),
        ("受理申请20件（当面申请8件，网络申请9件，信函申请5件）。", 20, [8, 9, 5]),
        ("受理申请20件(当面8件、网络9件),全部按期答复。", 20, [8, 9]),
        ("办理提案20件，分别为人大建议8件、政协提案9件。", 20, [8, 9]),
        ("公开信息1,200条，其中机构类信息200条，业务类信息800条，其他类信息100条。", 1200, [200, 800, 100]),
        ("共有行政许可8项、行政处罚9项、行政强制5项，总计20项。", 20, [8, 9, 5]),
        ("申请已全部办结，20件中，其中“同意公开”为8件，“部分公开”为9件，“不予公开”为5件。", 20, [8, 9, 5]),
    ],
)
def test_a_total_and_its_breakdown_disagree(sentence: str, total: int, parts: list[int]) -> None:
    ((_, said, added, comes_to),) = sums(sentence)
    assert (said, added, comes_to) == (total, parts, sum(parts))


@pytest.mark.parametrize(
    "sentence",
    [
        "公开水利信息22条，其中规划信息8条、防汛信息9条、取水信息5条。",
        # 其中 may name some parts only
        "公开政府信息950条，其中规范性文件32条、规划12条。",
        "公开政府信息950条，包括规范性文件32条、规划12条等。",
        "办理提案20件，分别为人大建议8件、政协提案9件等。",
        "受理申请20件（当面8件，网络9件等）。",
        # the breakdown ends: at a body of its own, at a new statement, where the sum is reached
        "县水利局公开水利信息20条，其中规划信息8条、防汛信息12条；县交通局公开交通信息5条。",
        "县水利局公开水利信息20条，其中规划信息8条、防汛信息6条；县交通局公开交通信息9条。",
        "公开政府信息20条，其中规范性文件8条，回应公众关切15条。",
        "受理申请20件，其中网络申请8件，已答复18件。",
        "受理申请20件，其中网络申请8件，累计答复18件。",
        "公开信息20条，其中政策类信息8条；受理咨询类信息14条。",
        "公开政府信息20条，其中规划信息8条、防汛信息14条，其中险情信息9条。",
        "公开政府信息20条，其中规划信息12条，比上年增加9条。",
        # parts overlap
        "公开政府信息20条，其中通过网站公开18条、通过微信公开9条。",
        "代表共20名，其中女代表12名，党员代表15名。",
        "收入20万元，其中税收收入15万元，增值税收入9万元。",
        # of two totals
        "公开信息20条，回应咨询10条，其中规划类信息15条、防汛类信息14条。",
        "公开信息20条、通告10条，其中规划类15条、防汛类15条。",
        # not exact, not of one unit, or no count at all
        "公开信息20余条，其中规划信息8条、防汛信息15条。",
        "公开信息约20条，其中规划信息8条、防汛信息15条。",
        "公开信息1.2万条，其中规划信息5020条、防汛信息7013条。",
        "共涉及20家单位，其中行政许可18项、行政处罚9项。",
        "按照条例第20条的规定，其中第8条、第15条另有说明。",
        "全年会议20个，其中要求8个工作日内答复、15个工作日内办结。",
        "分别比上年增加8条、15条。",
        "共20条，其中1条。",
        # so far off that it is no breakdown of this total
        "开通专线20条，其中投诉类工单80条、咨询类工单90条。",
        # a table is told elsewhere
        "合计20件 | 其中 | 8件、15件",
    ],
)
def test_what_a_careful_reader_lets_stand(sentence: str) -> None:
    assert sums(sentence) == []


def test_rounded_figures_may_miss_by_their_last_place_and_not_by_more() -> None:
    assert sums("支出1.2亿元（基本支出0.7亿元、项目支出0.4亿元）。") == []
    assert len(sums("支出9.2亿元（基本支出5.7亿元、项目支出2.4亿元）。")) == 1


def test_each_paragraph_and_sentence_is_weighed_by_itself() -> None:
    wrong = "公开信息20条，其中规划信息8条、防汛信息15条"
    found = disagreements(("一、概述", f"2017年工作如下。{wrong}。此外无。"))
    assert [(one.paragraph, one.sentence) for one in found] == [(1, wrong)]
    assert sums("公开信息20条。", "其中规划信息8条、防汛信息15条。") == []


# --- shares

COUNTS = "受理申请26件。其中，当面申请{}件，占比{}%；网络申请{}件，占比{}%；信函申请{}件，占比{}%。"


@pytest.mark.parametrize(
    "shares", [("30.77", "26.92", "42.31"), ("30.76", "26.92", "42.30"), ("30.8", "26.9", "42.3"), ("31", "27", "42")]
)
def test_shares_may_be_rounded_or_cut_off(shares: tuple[str, str, str]) -> None:
    assert sums(COUNTS.format(8, shares[0], 7, shares[1], 11, shares[2])) == []


def test_a_share_that_is_off_by_more_is_told_with_what_it_comes_to() -> None:
    (one,) = disagreements((COUNTS.format(8, "30.77", 7, "29.62", 11, "42.31"),))
    assert (one.kind, one.parts, one.total) == ("share", (Decimal(7),), Decimal(26))
    assert (one.comes_to, one.printed) == (Decimal("26.92"), Decimal("29.62"))


def test_a_later_sentence_shares_the_total_that_its_neighbours_share() -> None:
    later = COUNTS.format(8, "30.77", 7, "26.92", 11, "42.31") + "按时办结24件，占比{}%；延期办结2件，占比7.69%。"
    assert sums(later.format("92.31")) == []
    assert [one.printed for one in disagreements((later.format("82.31"),))] == [Decimal("82.31")]


def test_a_share_of_another_count_printed_before_it_is_right() -> None:
    assert sums("受理申请40件，其中网络申请20件，占比50%，予以公开5件，占比25%。") == []


@pytest.mark.parametrize(
    "sentence", ["办结24件，占比10%。", "约办结24件，占比10%。", "占总数的62.5%。", "答复24件，占答复总数的10%，共30件。"]
)
def test_a_share_of_nobody_knows_what_is_let_stand(sentence: str) -> None:
    assert sums(sentence) == []


# --- hostile text

WORDS = "其中 分别为 包括 总计 占比 % 3 20 1,200 0.5 万 余 约 第 条 件 元 人次 县水利局公开 规划信息 其他 等"
SIGNS = "， 、 ； ： 。 （ ） ( ) ０ ² ٣ \0"
PIECES = st.sampled_from([*WORDS.split(" "), *SIGNS.split(" "), " | ", " "])


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    for one in disagreements((text, text)):
        assert one.total > 0
        assert one.sentence in text


@pytest.mark.parametrize("piece", ["其中1条", "(1条(1条)", "1条,占比3%;", "总计1条、"])
def test_of_endless_text_only_what_a_report_could_hold_is_read(piece: str) -> None:
    wrong = "。公开信息20条，其中规划信息8条、防汛信息15条。"
    assert len(disagreements((wrong,))) == 1
    endless = (piece * 20_000)[:20_000]
    assert disagreements((endless + wrong,)) == ()
    assert disagreements((*[endless] * 10, wrong)) == ()


def test_counts_know_their_value_unit_and_place() -> None:
    (one,) = quantities("约1.25万条")
    assert (one.value, one.unit, one.place, one.exact) == (Decimal(12500), "条", Decimal(100), False)
    assert [(count.value, count.unit) for count in quantities("3人次、1,234件、2017年、第5条、5条例、12项目")] == [
        (3, "人次"),
        (1234, "件"),
    ]
