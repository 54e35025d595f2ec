"""Walls by phrase and by block, and jumps in the numbering: what must be seen, and what honest texts do that must not be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reader import PageReader
from crawler.reading.gaps import is_wall, read_gaps, split_labels
from crawler.reading.outline import read_outline, relabel, spelled
from storage.records import Gap, Reading

FILLER = "本部分说明一年来开展工作的情况、取得的成效和存在的不足，并对下一步的安排作出说明，供社会监督。" * 3

STRONG = [
    "此处内容需要权限查看", "此处内容为VIP专属", "您还没有获得查看权限", "登录后免费查看", "登录后购买",
    "支付￥6.99查看", "升级VIP免费查看", "暂无购买权限", "会员免费查看", "此处内容需要购买后查看", "请付费后查看",
    "终身会员可免费查看", "年费会员可免费查看", "月费会员可免费查看", "隐藏部分付费内容", "付费查看部分内容",
    "付费查看所有内容", "付费查看全文", "登录后查看全文", "请登录后阅读", "登录后继续阅读", "登录后查看完整",
    "登录后可阅读全文", "此内容需要登录", "开通会员后查看", "继续阅读需登录", "登录以阅读", "请登录后查看全文",
    "请登录账户以查看全文", "开通会员查看全文", "会员专享文章", "VIP专享文章", "订阅后阅读全文", "订阅后可阅读",
    "请订阅后阅读", "本文为会员文章，订阅后可阅读全文", "付费后可阅读", "付费后可阅读全文", "付费解锁",
    "付费阅读剩余", "购买后阅读", "购买后阅读全文", "购买专栏解锁", "内容已锁定，付费后可阅读全文", "确认付费解锁",
    "试读结束", "试读已结束", "试读结束，开通VIP后可阅读全文", "本章为VIP", "本章为付费", "剩余70%未读",
    "已读3页，剩余70%未读，登录即可查看完整内容", "该文档为付费文档，购买后可以下载或在线阅读全文",
    "该文档为VIP文档，如果想要下载，成为VIP会员后，下载免费", "阅读全文需登录", "可免费查看", "登录后可查看",
    "登录后可见", "需要登录后可见", "仅限会员",
]  # fmt: skip

WEAK = [
    "隐藏内容", "剩余下载次数", "扫码登录后", "登录后查看", "登录后阅读", "请先登录", "登录后获取更多权限", "开通VIP",
    "开通VIP后", "会员阅读", "成为会员", "未开通会员", "开通SVIP", "订阅后继续", "订阅以继续", "马上订阅",
    "立即购买本专栏", "付费内容", "试读章节", "购买本书", "付费章节", "成为VIP后，下载本文档将扣除1次下载权益",
    "点击查看更多", "预览过于频繁，请输入验证码", "下载资源需要6.99金币", "加入VIP免费专享", "加入VIP,免费下载",
    "下载积分:3金币", "预览文档经过压缩,下载后原文更清晰", "论文部分内容阅读", "继续阅读", "阅读全文",
]  # fmt: skip


def gaps(*lines: str) -> tuple[Gap, ...]:
    """The gaps of these lines, each with some text behind it."""
    body = split_labels([part for line in lines for part in (line, FILLER)])
    return read_gaps(body, read_outline(body))


def read(text: str, behind: str = "") -> Reading:
    body = f'<html><body><h1>某报告</h1><div class="TRS_Editor">{text}</div>{behind}<div>版权所有</div></body></html>'
    return PageReader().read(body.encode(), url="http://www.x.gov.cn/a/t20260612_1.html")


@pytest.mark.parametrize("phrase", STRONG)
def test_a_walls_own_words_alone_are_a_gap_and_in_a_sentence_none(phrase: str) -> None:
    assert [(gap.kind, gap.strength, gap.missing) for gap in gaps("一、总体情况", phrase)] == [("wall", "strong", ())]
    sentence = f"一些网站在公开文件的页面上写着{phrase}的字样，群众意见较大，应当依照规定限期整改到位，并向社会公开说明情况"
    assert gaps("一、总体情况", sentence) == ()


@pytest.mark.parametrize("phrase", WEAK)
def test_weak_words_count_only_with_a_jump(phrase: str) -> None:
    assert not is_wall(phrase, strong=True)
    assert gaps("一、总体情况", phrase, "二、公开情况") == ()
    lines = ["一、总体情况", FILLER, phrase, "四、问题", FILLER]
    assert [(gap.missing, gap.strength) for gap in read_gaps(lines, read_outline(lines))] == [(("二、", "三、"), "strong")]


@pytest.mark.parametrize("phrase", [phrase for phrase in WEAK if phrase not in ("点击查看更多", "继续阅读", "阅读全文")])
def test_weak_words_count_in_a_very_short_text(phrase: str) -> None:
    lines = ["本报告共分六个部分，说明一年来的工作。", phrase]
    assert [(gap.kind, gap.strength) for gap in read_gaps(lines, ())] == [("wall", "weak")]


@pytest.mark.parametrize("phrase", ["点击查看更多", "继续阅读", "阅读全文"])
def test_an_expander_counts_in_a_short_text_only_behind_a_sentence_without_end(phrase: str) -> None:
    assert read_gaps(["本报告共分六个部分，说明一年来的工作。", phrase], ()) == ()
    assert [gap.strength for gap in read_gaps(["本报告共分六个部分，说明一年来的", phrase], ())] == ["weak"]


@pytest.mark.parametrize(
    "line",
    [
        "考生登录后可查看成绩和录取结果。",
        "凭有效身份证件可免费查看档案目录。",
        "本次培训仅限会员单位人员参加。",
        "办理前需要登录后可在线提交材料。",
        "请先登录政务服务网，再选择事项办理。",
    ],
)
def test_how_a_service_is_used_is_no_wall(line: str) -> None:
    assert gaps("一、办理流程", line, "二、联系方式") == ()


def test_labels_glued_to_the_text_before_and_behind_them_are_parted() -> None:
    assert split_labels(["工作稳步推进。登录后查看全文"]) == ["工作稳步推进。", "登录后查看全文"]
    assert split_labels(["工作稳步推进……阅读全文>>"]) == ["工作稳步推进……", "阅读全文>>"]
    assert split_labels(["会员免费查看（三）加强培训"]) == ["会员免费查看", "（三）加强培训"]
    assert split_labels(["应当取消登录后查看全文"]) == ["应当取消登录后查看全文"]


BLOCKS = [
    '<div class="article-paywall"></div>',
    '<div data-pay="6.99"><button>解锁</button></div>',
    '<div class="pay_read_area">buy</div>',
    '<div id="js_pay_content"></div>',
    '<div class="ripay-content card mb-4"><div class="card-body"><i class="fa fa-lock"></i></div></div>',
]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("inside", [True, False])
def test_a_walls_block_is_a_weak_gap_where_no_phrase_stands(block: str, inside: bool) -> None:
    text = f"<p>一、甲</p><p>{FILLER}</p>"
    found = read(text + block) if inside else read(text, block)
    assert [(gap.kind, gap.strength, gap.evidence[:5]) for gap in found.gaps] == [("wall", "weak", "<div ")]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_walls_block_at_a_jump_is_a_strong_gap(block: str) -> None:
    (gap,) = read(f"<p>一、甲</p><p>{FILLER}</p>{block}<p>四、丁</p><p>{FILLER}</p>").gaps
    assert (gap.kind, gap.strength, gap.missing) == ("wall", "strong", ("二、", "三、"))


def test_a_block_with_its_phrase_is_one_gap() -> None:
    block = '<div class="ripay-content"><h5>此处内容需要权限查看</h5><a class="member">会员免费查看</a></div>'
    (gap,) = read(f"<p>一、甲</p><p>{FILLER}</p>{block}<p>三、丙</p><p>{FILLER}</p>").gaps
    assert (gap.strength, gap.missing, gap.evidence) == ("strong", ("二、",), "此处内容需要权限查看")


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        (f'<p>{FILLER}</p><div class="ripay-content" style="display:none"></div>', ""),
        (f'<p>{FILLER}</p><div class="ripay-content"><h5>隐藏内容详情</h5><p>{FILLER}</p></div>', ""),
        (f"<p>{FILLER}</p>", "<p>相关文章</p>" * 5 + '<div class="article-paywall"></div>'),
        (f'<p>{FILLER}</p><div class="hide-article-box"><a href="#">展开阅读全文</a></div>', ""),
        (f"<p>{FILLER}</p><p>样式表中的 article-paywall 一词。</p>", ""),
    ],
    ids=["hidden", "holds its text", "of another text", "an expander below a finished text", "a word"],
)
def test_a_block_that_takes_nothing_from_the_reader_is_no_wall(text: str, behind: str) -> None:
    assert read(text, behind).gaps == ()


def test_an_expander_over_a_broken_sentence_is_a_weak_wall() -> None:
    found = read(f'<p>{FILLER}</p><p>下一步将继续推进</p><div class="hide-article-box"></div>')
    assert [(gap.kind, gap.strength) for gap in found.gaps] == [("wall", "weak")]


@pytest.mark.parametrize(
    "lines",
    [
        ["一、甲", "（一）甲", "1.一", "2.二", "（二）乙", "3.三", "4.四", "（三）丙", "5.五"],
        ["一、甲", "1、一", "2.二", "（1）甲", "（2）乙", "3．三", "二、乙"],
        ["一、甲", "一是加强领导", "三是强化监督", "二、乙"],
        ["导语", "（一）甲", "（二）乙", "（三）丙", "（四）丁"],
        ["一、甲", "一、甲", "二、乙", "二、乙", "三、丙"],
        ["一、甲", "二、乙", "二、又", "三、丙"],
        ["第一章 总则", "第一条 为了规范", "第二条 本办法", "第二章 职责", "第三条 各级", "第四条 有关"],
        ["第二章 职责", "第三条 各级", "第四条 有关"],
        ["【总体情况】", "★主要工作", "■存在问题"],
        ["1.5万件办结", "3.15活动", "2014.5.30印发", "12.31前完成"],
        ["一、甲 …… 1", "二、乙 …… 2", "四、丁 …… 9", "一、甲", "二、乙"],
        ["一、本年新收 | 1", "三、结转 | 2", "六、其他 | 0"],
        ["十、甲", "十 一、乙", "十 二、丙"],
        ["1.概述", "2.2024年工作", "3.下一步"],
        ["（ 一 ）甲", "( 二 )乙", "（三) 丙"],
        ["①甲", "②乙", "③丙", "①丁", "②戊"],
    ],
)
def test_what_honest_authors_do_is_no_gap(lines: list[str]) -> None:
    assert gaps(*lines) == ()


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        (["第一章 总则", "第一条 甲", "第二章 职责", "第四条 丁"], ("第二条", "第三条")),
        (["十、甲", "十 二、丙"], ("十一、",)),
        (["一、甲", "二、乙", "五、戊"], ("三、", "四、")),
        (["①甲", "③丙"], ("②",)),
    ],
)
def test_a_jump_is_weak_and_says_what_is_missing(lines: list[str], missing: tuple[str, ...]) -> None:
    assert [(gap.kind, gap.strength, gap.missing) for gap in gaps(*lines)] == [("numbering", "weak", missing)]


STYLES = (
    lambda n: f"{spelled(n)}、",
    lambda n: f"（{spelled(n)}）",
    lambda n: f"{n}{'、.．'[n % 3]}",
    lambda n: f"（{n}）",
)
SHAPES = st.recursive(st.just([]), lambda below: st.lists(below, min_size=1, max_size=7), max_leaves=25)


def numbered(shape: list[object], depth: int = 0, running: bool = False, last: dict[int, int] | None = None) -> list[str]:
    """A well numbered text of this shape; the deeper levels run on across parents or start anew."""
    last = {} if last is None else last
    lines = []
    for place, below in enumerate(shape, 1):
        number = last.get(depth, 0) + 1 if running and depth else place
        last[depth] = number
        lines += [f"{STYLES[depth](number)}要点", "这一段说明有关的情况。"]
        if isinstance(below, list) and depth + 1 < len(STYLES):
            lines += numbered(below, depth + 1, running, last)
    return lines


@settings(max_examples=200, deadline=None)
@given(SHAPES, st.booleans())
def test_a_well_numbered_text_of_any_shape_has_no_gap(shape: list[object], running: bool) -> None:
    body = numbered(shape, running=running)
    assert read_gaps(body, read_outline(body)) == ()


@settings(max_examples=200, deadline=None)
@given(st.lists(SHAPES, min_size=3, max_size=9), st.data())
def test_a_run_of_headings_taken_out_between_neighbours_is_exactly_that_gap(shape: list[object], data: st.DataObject) -> None:
    first = data.draw(st.integers(2, len(shape) - 1))
    last = data.draw(st.integers(first, len(shape) - 1))
    body = numbered(shape)
    starts = [index for index, line in enumerate(body) if any(line == f"{spelled(n)}、要点" for n in range(1, 11))]
    body = body[: starts[first - 1]] + body[starts[last] :]
    (gap,) = read_gaps(body, read_outline(body))
    label = f"{spelled(last + 1)}、"
    assert (gap.kind, gap.strength) == ("numbering", "weak")
    assert gap.missing == tuple(relabel(label, number) for number in range(first, last + 1))
    assert body[gap.paragraph] == f"{label}要点"
