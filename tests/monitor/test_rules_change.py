"""What a change of a page is called: one change, one finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.diff import differences, noise_only
from monitor.rule import ORDER, ChangeCase, judge_change, merge_change_verdicts
from monitor.rules import RULES
from storage.records import Agency, Attachment, Change, Dates, Gap, Page, Reading, Role, Site, Snapshot, Verdict

HOST = "www.qinghe.example"
URL = f"https://{HOST}/nianbao/1.html"
AGENCY = Agency("qinghe", "青禾县人民政府")
SITE = Site(HOST, "青禾县人民政府网站", ("qinghe",))
THEN, NOW = datetime(2025, 3, 3, 2, tzinfo=UTC), datetime(2025, 3, 4, 2, tzinfo=UTC)
WALL = Gap("wall", 1, "此处内容需要权限查看", ("(一)", "(二)"), "strong")


def article(*body: str, shown: str = "2025-03-01", gaps: Sequence[Gap] = ()) -> Reading:
    return Reading(kind="article", title="2024年年报", dates=Dates(shown=shown), body=body, gaps=tuple(gaps))


def change(before: Reading, after: Reading, **more: Any) -> Change:
    page = Page(12, HOST, URL, more.pop("role", Role.ARTICLE))
    told = differences(before, after)
    sides = [Snapshot(n, 12, n, str(n) * 64, reading, THEN, URL) for n, reading in ((1, before), (2, after))]
    values = {"returned": False, "baseline": False, "differences": told, "noise_only": noise_only(told), **more}
    return Change(33, page, sides[0], sides[1], seen=NOW, before_seen=THEN, before_look="4.1", after_look="5.1", **values)


def judged(changed: Change, site: Site | None = SITE, agency: Agency | None = AGENCY) -> list[Verdict]:
    return list(judge_change(RULES, ChangeCase(changed, site, agency)))


def only(changed: Change, **more: Any) -> Verdict:
    (verdict,) = judged(changed, **more)
    return verdict


def test_another_figure_under_the_old_date_is_a_figure_changed_and_a_silent_edit() -> None:
    verdict = only(change(article("受理申请15件。"), article("受理申请29件。")))
    assert (verdict.kind, verdict.also, verdict.key) == ("figure_changed", ("silent_edit",), "figure_changed:change:33")
    assert (verdict.agency, verdict.site, verdict.page, verdict.url) == ("qinghe", HOST, 12, URL)
    assert (verdict.after, verdict.by, verdict.severity, verdict.machine) == (THEN, NOW, "high", "settled")
    assert verdict.detail["figures"] == ["15 → 29"]
    assert [(one.role, one.capture) for one in verdict.evidence] == [("before", "4.1"), ("after", "5.1")]


def test_a_change_that_makes_an_impostors_page_of_it_accuses_nobody() -> None:
    verdict = only(change(article("受理申请15件。"), article("受理申请29件。", "由金沙博彩领导小组负责。")))
    assert (verdict.kind, verdict.agency) == ("figure_changed", None)


def test_another_figure_under_a_new_date_is_a_page_changed_besides() -> None:
    verdict = only(change(article("受理申请15件。"), article("受理申请29件。", shown="2025-03-04")))
    assert (verdict.kind, verdict.also) == ("figure_changed", ("page_changed",))


def test_other_words_under_the_old_date_are_a_silent_edit() -> None:
    verdict = only(change(article("按期答复率较高。"), article("按期答复率一般。")))
    assert (verdict.kind, verdict.also, verdict.severity) == ("silent_edit", (), "medium")
    (told,) = verdict.detail["differences"]
    assert told["kind"] == "wording"
    assert ["-", "较高"] in told["spans"]


def test_other_words_under_a_new_date_are_a_page_changed() -> None:
    assert only(change(article("较高。"), article("一般。", shown="2025-03-04"))).kind == "page_changed"


def test_another_date_over_the_old_text_is_redated_and_tells_both_dates() -> None:
    verdict = only(change(article("甲"), article("甲", shown="2025-02-27")))
    assert (verdict.kind, verdict.also, verdict.severity) == ("redated", (), "medium")
    assert "from 2025-03-01 to 2025-02-27" in verdict.reasons[0].text


def test_an_attachment_that_went_is_told_and_weighs_more_than_one_that_came() -> None:
    bare, full = article("甲"), replace(article("甲"), attachments=(Attachment("https://x.example/a.pdf", "年报.pdf"),))
    assert [(only(change(full, bare)).kind, only(change(full, bare)).severity)] == [("attachment_changed", "medium")]
    assert only(change(bare, full)).severity == "low"


def test_a_link_that_leads_elsewhere_under_the_same_words_is_told() -> None:
    before, after = (replace(article("见此处"), links=((f"https://x.example/{n}", "此处"),)) for n in (1, 2))
    assert only(change(before, after)).kind == "link_changed"


def test_reasons_speak_of_two_looks() -> None:
    verdict = only(change(article("较高。"), article("一般。")))
    assert "not yet so at 2025-03-03 10:00, so at 2025-03-04 10:00" in verdict.reasons[0].text
    assert {reason.rule for reason in verdict.reasons} == {"silent_edit"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (article("甲段的文字", "乙段的文字"), article("乙段的文字", "甲段的文字")),
        (article("（甲） 15 件"), article("(甲)15件")),
    ],
    ids=["moved", "form"],
)
def test_moved_text_and_form_are_no_news(before: Reading, after: Reading) -> None:
    assert judged(change(before, after)) == []


def test_a_baseline_a_home_and_a_column_give_no_change_finding() -> None:
    before, after = article("较高。"), article("一般。")
    assert judged(change(before, after, baseline=True)) == []
    assert judged(change(before, after, role=Role.HOME)) == []
    assert judged(change(before, after, role=Role.COLUMN)) == []
    assert judged(change(before, replace(after, kind="listing"))) == []


def test_a_wall_that_went_up_is_one_finding_with_the_edit_named_besides() -> None:
    before = article("四、存在问题", "(一)公开不够及时", "(二)队伍不够稳定", "(三)培训15次")
    after = article("四、存在问题", "此处内容需要权限查看", "(三)培训29次", gaps=[WALL])
    verdict = only(change(before, after))
    assert (verdict.kind, verdict.key) == ("paywalled_section", "paywalled_section:page:12")
    assert verdict.also == ("figure_changed", "silent_edit")
    assert verdict.detail["missing"] == ["(一)", "(二)"]
    assert verdict.title.startswith("(一), (二) behind a wall")
    assert [one.role for one in verdict.evidence] == ["before", "after"]
    assert (verdict.after, verdict.by) == (THEN, NOW)


def test_a_wall_that_stood_before_leaves_the_change_its_own_name() -> None:
    wall = "此处内容需要权限查看"
    verdict = only(change(article("办结15件", wall, gaps=[WALL]), article("办结29件", wall, gaps=[WALL])))
    assert verdict.kind == "figure_changed"


def test_a_wall_that_is_gone_is_told() -> None:
    verdict = only(change(article("甲", "此处内容需要权限查看", gaps=[WALL]), article("甲", "(一)公开不够及时")))
    assert (verdict.kind, verdict.severity) == ("wall_lifted", "low")
    assert "silent_edit" in verdict.also


def test_a_page_on_a_foreign_host_accuses_nobody() -> None:
    before, after = article("四、", "(一)甲"), article("四、", "此处内容需要权限查看", gaps=[WALL])
    foreign = Site("copy.example", "", ())
    for site in (foreign, None):
        verdict = only(change(before, after), site=site)
        assert verdict.agency is None
        assert any("no agency is accused" in reason.text for reason in verdict.reasons)
    assert only(change(article("较高。"), article("一般。")), site=foreign).agency is None


def test_a_return_to_an_earlier_version_is_told_as_a_return() -> None:
    verdict = only(change(article("办结29件。"), article("办结15件。"), returned=True))
    assert "back to version 2" in verdict.title
    assert (verdict.severity, verdict.detail["returned"]) == ("low", True)


def test_page_text_in_a_finding_is_short() -> None:
    long = "很长的段落，" * 400
    verdict = only(change(article(f"{long}较高{long}"), article(f"{long}一般{long}")))
    (told,) = verdict.detail["differences"]
    assert len(told["before"]) <= 400
    assert "较高" in told["before"]
    assert "一般" in told["after"]
    assert sum(len(text) for _, text in told["spans"]) <= 800


def test_of_many_kinds_the_highest_is_told() -> None:
    verdicts = [Verdict(kind, kind, "page", kind) for kind in ("page_changed", "figure_changed", "paywalled_section")]
    merged = merge_change_verdicts(verdicts)
    assert merged is not None
    assert (merged.kind, merged.also) == ("paywalled_section", ("figure_changed", "page_changed"))
    assert merge_change_verdicts([]) is None


def test_every_rule_has_a_place_in_the_order_and_a_name_of_its_own() -> None:
    assert {rule.kind for rule in RULES} <= set(ORDER)
    assert len({(rule.kind, rule.asks) for rule in RULES}) == len(RULES)
    assert timedelta(0) < NOW - THEN
