"""Two readings compared: what changed is told by its kind and to the character, what is only form is not told at all."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.diff import differences, noise_only
from monitor.tokens import key_of
from storage.records import Attachment, Dates, Difference, Entry, Gap, Reading

SENTENCE = (
    "全区各部门全年共受理依申请公开事项一千余件，其中县级部门受理较多，乡镇受理较少，"
    "按期答复率保持在较高水平，群众满意度稳步提升。"
)


def article(*body: str, title: str = "一则通知", shown: str | None = "2024-01-20", gaps: Sequence[Gap] = ()) -> Reading:
    return Reading(kind="article", title=title, dates=Dates(shown=shown), body=body, gaps=tuple(gaps))


def found(before: Reading, after: Reading) -> list[tuple[str, str | None, str | None]]:
    return [(one.kind, one.before, one.after) for one in differences(before, after)]


def kinds(before: Reading, after: Reading) -> list[str]:
    return [one.kind for one in differences(before, after)]


def marked(difference: Difference, sign: str) -> str:
    return "".join(text for one, text in difference.spans if one == sign)


def test_an_edit_of_two_characters_in_a_long_sentence_marks_two_characters() -> None:
    (edit,) = differences(article("开头", SENTENCE, "结尾"), article("开头", SENTENCE.replace("较高", "最低"), "结尾"))
    assert (edit.kind, edit.paragraph) == ("wording", 1)
    assert (marked(edit, "-"), marked(edit, "+")) == ("较高", "最低")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("15", "29"),
        ("3.5%", "62.5%"),
        ("2014年7月15日", "2014年11月20日"),
        ("2014-07-15", "2014-07-16"),
        ("12万元", "9亿元"),
        ("1,204", "1,304"),
        ("８", "9"),
        ("百分之九十", "百分之六十"),
        ("十五个", "二十个"),
        ("9:30", "10:00"),
    ],
)
def test_another_figure_is_one_edit_of_the_whole_figure(before: str, after: str) -> None:
    (edit,) = differences(article(f"全年共办理{before}，情况良好。"), article(f"全年共办理{after}，情况良好。"))
    assert edit.kind == "figure"
    assert edit.spans[0] == ("=", "全年共办理")
    gone, come = marked(edit, "-"), marked(edit, "+")
    assert before.startswith(gone)
    assert after.startswith(come)
    assert len([sign for sign, _ in edit.spans if sign != "="]) == 2


def test_fifteen_to_twenty_nine_is_no_salad_of_digits() -> None:
    (edit,) = differences(article("受理申请15件。"), article("受理申请29件。"))
    assert edit.spans == (("=", "受理申请"), ("-", "15"), ("+", "29"), ("=", "件。"))


def test_a_figure_that_came_with_other_words_is_wording() -> None:
    assert kinds(article("共受理申请15件，全部办结。"), article("共受理申请29件，大多办结。")) == ["wording"]


def test_rows_of_a_table_with_other_figures_are_paired_row_by_row() -> None:
    before = article("本年新收 | 15 | 20", "上年结转 | 1 | 2", "总计 | 16 | 22")
    after = article("本年新收 | 29 | 20", "上年结转 | 3 | 2", "总计 | 32 | 22")
    told = differences(before, after)
    assert [(one.kind, one.paragraph) for one in told] == [("figure", 0), ("figure", 1), ("figure", 2)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("全年（含上年）受理 15 件", "全年(含上年)受理15件"),
        ("受理１５件，办结１２件", "受理15件,办结12件"),
        ("　　受理十五件", "受理十五件"),
        ("受理\u200b十五件", "受理十五件"),
        ("收费 1,204 元", "收费1204元"),
    ],
)
def test_blanks_width_and_grouping_are_no_difference(before: str, after: str) -> None:
    told = differences(article(before), article(after))
    assert told == ()
    assert noise_only(told)


def test_paragraphs_taken_out_and_put_in_carry_the_index_of_their_own_side() -> None:
    before, after = article("甲甲甲甲", "乙乙乙乙", "丙丙丙丙"), article("甲甲甲甲", "丙丙丙丙", "丁丁丁丁")
    assert [(one.kind, one.before, one.after, one.paragraph) for one in differences(before, after)] == [
        ("paragraph_removed", "乙乙乙乙", None, 1),
        ("paragraph_added", None, "丁丁丁丁", 2),
    ]


def test_moved_text_is_not_changed_text() -> None:
    before = article("第一段讲总体情况", "第二段讲主动公开", "第三段讲依申请公开", "第四段讲存在问题")
    after = article("第二段讲主动公开", "第三段讲依申请公开", "第四段讲存在问题", "第一段讲总体情况")
    (moved,) = differences(before, after)
    assert (moved.kind, moved.paragraph) == ("paragraph_moved", 3)
    assert moved.before == moved.after == "第一段讲总体情况"


def test_unlike_paragraphs_in_one_place_are_not_called_an_edit() -> None:
    told = kinds(article("政务服务大厅搬迁至新址办公"), article("本机关未收取任何信息处理费用"))
    assert sorted(told) == ["paragraph_added", "paragraph_removed"]


def test_a_wall_that_went_up_is_told_with_the_paragraphs_that_went_behind_it() -> None:
    wall = Gap("wall", 1, "此处内容需要权限查看", ("(一)", "(二)"), "strong")
    before = article("四、存在问题", "(一)公开不够及时，重点不够突出", "(二)队伍不够稳定", "(三)培训不够充分")
    after = article("四、存在问题", "此处内容需要权限查看", "(三)培训不够充分", gaps=[wall])
    told = differences(before, after)
    assert ("wall_added", None, "此处内容需要权限查看", 1) in [(o.kind, o.before, o.after, o.paragraph) for o in told]
    gone = {one.before for one in told if one.kind == "paragraph_removed"}
    assert gone == {"(一)公开不够及时，重点不够突出", "(二)队伍不够稳定"}
    assert "wall_removed" in kinds(after, before)


def test_another_wording_of_the_same_wall_is_no_second_wall() -> None:
    old, new = Gap("wall", 0, "登录后查看"), Gap("wall", 0, "开通会员后查看")
    assert "wall_added" not in kinds(article("登录后查看", gaps=[old]), article("开通会员后查看", gaps=[new]))


def test_titles_and_dates_have_their_own_kinds() -> None:
    before, after = article("正文", title="2023年年报"), article("正文", title="2024年年报", shown="2024-02-02")
    assert found(before, after) == [("title", "2023年年报", "2024年年报"), ("published", "2024-01-20", "2024-02-02")]


def test_a_time_of_day_that_only_one_side_shows_is_no_other_date() -> None:
    assert differences(article("正文"), article("正文", shown="2024-01-20T09:30")) == ()
    assert kinds(article("正文", shown="2024-01-20T09:30"), article("正文", shown="2024-01-20T10:30")) == ["published"]


def test_attachments_and_links_are_told_by_address() -> None:
    before = Reading(kind="article", attachments=(Attachment("u/a.pdf", "附件"),), links=(("u/1", "办法"), ("u/2", "解读")))
    after = Reading(kind="article", attachments=(Attachment("u/b.pdf", "附件"),), links=(("u/9", "办法"), ("u/2", "解读文章")))
    assert found(before, after) == [
        ("attachment_removed", "附件 u/a.pdf", None),
        ("attachment_added", None, "附件 u/b.pdf"),
        ("link", "u/1", "u/9"),
    ]


def test_rows_of_a_listing_are_no_paragraphs() -> None:
    before = Reading(kind="listing", title="年报", body=("甲",), entries=(Entry("甲", "u/1"),))
    after = Reading(kind="listing", title="年报", body=("乙",), entries=(Entry("乙", "u/2"),))
    assert differences(before, after) == ()
    assert kinds(before, Reading(kind="listing", title="年度报告")) == ["title"]


# --- what holds for any two texts

TEXT = st.text(alphabet="公开办法的一二三十个件15923年月日，。 　（(％%\n", max_size=60)
BODY = st.lists(TEXT, max_size=8).map(tuple)


@given(BODY, TEXT)
def test_a_reading_does_not_differ_from_itself(body: tuple[str, ...], title: str) -> None:
    reading = article(*body, title=title)
    assert differences(reading, reading) == ()


@given(TEXT, TEXT)
def test_the_marks_of_an_edit_give_back_both_texts(before: str, after: str) -> None:
    for edit in differences(article(before, title=before), article(after, title=after)):
        if edit.spans:
            assert "".join(text for sign, text in edit.spans if sign != "+") == edit.before
            assert "".join(text for sign, text in edit.spans if sign != "-") == edit.after
            assert all(text for _, text in edit.spans)


@given(BODY, BODY)
def test_what_is_told_leads_from_the_one_text_to_the_other(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    told = [one for one in differences(article(*before), article(*after)) if one.kind != "paragraph_moved"]
    there = Counter(plain(text) for text in before)
    there.subtract(plain(one.before) for one in told if one.before is not None)
    there.update(plain(one.after) for one in told if one.after is not None)
    assert {text: count for text, count in there.items() if text and count} == Counter(filter(None, map(plain, after)))


def plain(text: str) -> str:
    """What a text says: no blanks, one width, no commas (which may group digits)."""
    return key_of(text).replace(",", "")


@settings(max_examples=30)
@given(st.lists(TEXT.filter(str.strip), min_size=2, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_another_order_of_the_same_paragraphs_only_moves_them(body: list[str], order: random.Random) -> None:
    shuffled = order.sample(body, len(body))
    assert set(kinds(article(*body), article(*shuffled))) <= {"paragraph_moved"}


# --- no pair of texts takes long

SECONDS = 4.0
"""About a second on a quiet machine; the rest is for a busy one."""


def letters(count: int, kinds: int, seed: int) -> str:
    """So many characters of so many kinds, the same at every run."""
    chance = random.Random(seed)
    return "".join(chr(0x4E00 + chance.randrange(kinds)) for _ in range(count))


@pytest.mark.parametrize("alphabet", [2, 30, 3000])
def test_two_unrelated_texts_of_a_megabyte_take_no_time(alphabet: int) -> None:
    one, other = letters(340_000, alphabet, 1), letters(340_000, alphabet, 2)
    begun = time.process_time()
    told = differences(article(one), article(other))
    assert time.process_time() - begun < SECONDS
    assert one in {difference.before for difference in told}
    assert other in {difference.after for difference in told}


def test_two_hundred_thousand_paragraphs_take_no_time_and_what_is_new_is_named() -> None:
    lines = [f"第{number}行" for number in range(200_000)]
    other = [line if number % 2 else f"新增第{number}行" for number, line in enumerate(lines)]
    begun = time.process_time()
    told = differences(article(*lines), article(*other))
    assert time.process_time() - begun < SECONDS
    assert [one.kind for one in told] == ["paragraph_removed", "paragraph_added"]
    assert "第4行" in (told[0].before or "").splitlines()
    assert "新增第199998行" in (told[1].after or "").splitlines()


def test_many_edited_paragraphs_are_still_edits() -> None:
    lines = [letters(300, 400, number) for number in range(600)]
    begun = time.process_time()
    told = differences(article(*lines), article(*(f"{line[:100]}新{line[104:]}" for line in lines)))
    assert time.process_time() - begun < SECONDS
    assert {one.kind for one in told} == {"wording"}
    assert len(told) == 600


def test_an_edit_inside_a_very_long_paragraph_is_found_to_the_character() -> None:
    text = "。".join(letters(40, 900, number) for number in range(2_000))
    (edit,) = differences(article(text), article(text[:40_000] + "插入" + text[40_000:]))
    assert marked(edit, "+") == "插入"
    assert marked(edit, "-") == ""
