"""Headings, gaps, dates and paragraphs are read as a careful person would read them."""

from __future__ import annotations

import pytest

from crawler.reader import PageReader
from crawler.reading.dates import date_in, date_in_url
from crawler.reading.gaps import read_gaps, split_labels
from crawler.reading.outline import mark_of, number_of, read_outline, relabel
from storage.records import Gap, Reading

FILLER = "本部分说明一年来开展工作的情况、取得的成效和存在的不足，并对下一步的安排作出说明，供社会监督。" * 3


def gaps(*lines: str) -> tuple[Gap, ...]:
    body = split_labels([part for line in lines for part in (line, FILLER)])
    return read_gaps(body, read_outline(body))


def article(text: str, info: str = "", before: str = "", after: str = "", head: str = "") -> Reading:
    body = f"""<html><head><title>某市年度报告_某市人民政府</title>{head}</head><body>{before}
<h1>某市年度报告</h1><div class=i>{info}</div>
<div class="TRS_Editor">{text}<p>{FILLER}</p></div>{after}</body></html>"""
    return PageReader().read(body.encode(), url="http://www.x.gov.cn/a/t20260612_1.html")


@pytest.mark.parametrize(
    ("line", "level", "ordinal", "label"),
    [
        ("一、总体情况", 1, 1, "一、"),
        ("十二、其他", 1, 12, "十二、"),
        ("(三)加强培训", 2, 3, "(三)"),
        ("（十一）加强培训", 2, 11, "（十一）"),
        ("㈡加强培训", 2, 2, "㈡"),
        ("1.概述", 3, 1, "1."),
        ("２、概述", 3, 2, "２、"),
        ("3．概述", 3, 3, "3．"),
        ("（4）概述", 4, 4, "（4）"),
        ("⑤概述", 5, 5, "⑤"),
        ("第三章　法律责任", 1, 3, "第三章"),
        ("第二十一条 经营者", 3, 21, "第二十一条"),
    ],
)
def test_heading_marks_are_read_in_the_pages_form(line: str, level: int, ordinal: int, label: str) -> None:
    (heading,) = read_outline([line])
    assert (heading.level, heading.ordinal, heading.label) == (level, ordinal, label)


@pytest.mark.parametrize(
    "line", ["1.5万件", "2014年，", "一是加强领导", "第十条第二款规定", "12.31前完成", "一、本年新收 | 3 | 4", "二季度", ""]
)
def test_decimals_years_inline_counts_and_table_rows_are_no_headings(line: str) -> None:
    assert mark_of(line) is None


def test_lists_of_contents_give_no_headings() -> None:
    assert read_outline(["一、总体情况…………1", "二、公开情况......2"]) == ()


@pytest.mark.parametrize(("text", "value"), [("十", 10), ("二十一", 21), ("一百零二", 102), ("9", 9), ("某", 0)])
def test_numerals_have_values(text: str, value: int) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize(
    ("label", "ordinal", "wanted"),
    [
        ("(三)", 1, "(一)"),
        ("（三）", 2, "（二）"),
        ("12、", 10, "10、"),
        ("３．", 2, "２．"),
        ("㈢", 1, "㈠"),
        ("第四章", 12, "第十二章"),
        ("③", 2, "②"),
    ],
)
def test_missing_labels_take_the_pages_form(label: str, ordinal: int, wanted: str) -> None:
    assert relabel(label, ordinal) == wanted


def test_a_wall_and_its_button_around_one_jump_are_one_strong_gap() -> None:
    (gap,) = read_wall()
    assert (gap.kind, gap.missing, gap.strength, gap.evidence) == ("wall", ("（一）", "（二）"), "strong", "此处内容需要权限查看")


def read_wall() -> tuple[Gap, ...]:
    lines = [
        "一、公开",
        "（一）甲",
        "（二）乙",
        "（三）丙",
        "二、服务",
        "此处内容需要权限查看",
        "会员免费查看（三）丁" + FILLER,
        "（四）戊",
    ]
    body = split_labels(lines)
    return read_gaps(body, read_outline(body))


def test_a_glued_label_is_parted_from_its_heading() -> None:
    assert split_labels(["立即购买(三)加强培训"]) == ["立即购买", "(三)加强培训"]
    assert split_labels(["会员免费查看全部内容"]) == ["会员免费查看全部内容"]


def test_a_strong_phrase_alone_is_a_gap_without_labels() -> None:
    (gap,) = gaps("一、总体情况", "登录后查看全文")
    assert (gap.kind, gap.missing) == ("wall", ())


def test_weak_words_alone_in_a_long_text_are_no_gap() -> None:
    assert gaps("一、总体情况", "继续阅读", "二、公开情况", "请先登录") == ()


def test_weak_words_with_a_jump_are_a_gap() -> None:
    lines = ["一、总体情况", FILLER, "继续阅读", "四、问题", FILLER]
    (gap,) = read_gaps(lines, read_outline(lines))
    assert (gap.kind, gap.missing) == ("wall", ("二、", "三、"))


def test_a_sentence_that_quotes_a_phrase_is_no_wall() -> None:
    assert (
        gaps("不少网站设置了登录后查看全文的限制，影响公众获取信息，群众意见较大，应当依照规定限期整改到位，并向社会公开说明情况")
        == ()
    )


def test_a_jump_between_two_neighbours_is_weak() -> None:
    (gap,) = gaps("一、总体情况", "二、公开情况", "四、存在问题")
    assert (gap.kind, gap.missing, gap.strength) == ("numbering", ("三、",), "weak")


@pytest.mark.parametrize(
    "lines",
    [
        ["（一）甲", "1.一", "2.二", "（二）乙", "3.三", "4.四"],
        ["一、甲", "1.一", "2.二", "二、乙", "1.一", "2.二"],
        ["导语", "（一）甲", "（二）乙"],
        ["一、甲", "一是加强", "三是改进", "二、乙"],
        ["一、甲", "1.一", "2、二", "3．三"],
        ["一、甲", "二、乙", "二、又", "三、丙"],
        ["一、甲。二、乙同在一段", "三、丙"],
        ["一、甲", "（一）一", "（二）二", "二、乙", "（四）四"],
        ["一、本年新收 | 1", "三、结转 | 2"],
    ],
)
def test_run_on_restarted_orphan_mixed_and_inline_numbers_are_no_gap(lines: list[str]) -> None:
    assert gaps(*lines) == ()


def test_the_shown_date_is_neither_the_clock_nor_a_sidebar_nor_the_text() -> None:
    reading = article(
        "<p>第一条 发布日期：2001-01-01 本办法自2018年1月1日起施行，活动时间：2019年5月1日。</p>",
        info="<span>来源：某办</span><span>时间：2024年12月07日08时01分</span>",
        before="<div>发布时间 今天是2026年9月18日 星期五</div>",
        after="<ul><li><a href=/b>某通知</a> 发布日期：2025-02-02</li></ul>",
        head='<meta name="PubDate" content="2020年08月02日">',
    )
    assert (reading.dates.shown, reading.dates.meta, reading.dates.url) == ("2024-12-07T08:01", "2020-08-02", "2026-06-12")
    assert reading.source == "某办"


def test_without_a_shown_date_the_meta_date_is_the_published_one() -> None:
    reading = article("<p>文</p>", info="成文日期：2026-03-01", head='<meta name="PubDate" content="2026-03-05 10:11:12">')
    assert (reading.dates.written, reading.dates.shown, reading.dates.published) == ("2026-03-01", None, "2026-03-05T10:11")


def test_the_date_under_the_issuing_body_is_the_day_of_writing() -> None:
    reading = article(f"<p>{FILLER}</p><p>某市人民政府办公室</p><p>二〇一四年五月三十日</p>")
    assert reading.dates.written == "2014-05-30"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2014- 05- 30", "2014-05-30"),
        ("2026/7/4 9:05", "2026-07-04T09:05"),
        ("2026-07-04 00:00:00", "2026-07-04"),
        ("2026.07.04", "2026-07-04"),
        ("2026-02-30", None),
        ("1200-01-01", None),
    ],
)
def test_dates_are_read_in_all_their_forms(text: str, iso: str | None) -> None:
    assert date_in(text) == iso


@pytest.mark.parametrize(
    ("url", "iso"),
    [
        ("http://x/t20260612_1.html", "2026-06-12"),
        ("http://x/art/2024/10/14/art_1.html", "2024-10-14"),
        ("http://x/20260916/0a/c.html", "2026-09-16"),
        ("http://x/202609/a.html", None),
        ("http://x/20269999/a.html", None),
        ("http://[x", None),
    ],
)
def test_addresses_carry_dates(url: str, iso: str | None) -> None:
    assert date_in_url(url) == iso


def test_a_page_nested_ten_thousand_deep_is_read() -> None:
    body = b"<html><body>" + b"<div>" * 10_000 + "<p>深处的一段文字，仍然可以读到。</p>".encode() + b"</body></html>"
    assert PageReader().read(body, url="http://x/").reader == PageReader.version


@pytest.mark.parametrize(
    ("info", "host"),
    [
        ("清河县人民政府门户网站 www.Qinghe.gov.cn 发布时间：2015-06-29 08:31 【字体：", "www.qinghe.gov.cn"),
        ("<span>清河县政府网</span> <a href='/'>www.qinghe.gov.cn</a> <span>2015-06-29</span>", "www.qinghe.gov.cn"),
        ("清河县人民政府门户网站（www.qinghe.gov.cn）", "www.qinghe.gov.cn"),
        ("来源：湖南省人民政府门户网站 www.hunan.gov.cn 发布时间：2015-06-29", None),
        ("作者：清河县政府网 发布时间：2015-06-29 邮箱 desk@qinghe.gov.cn", None),
        ("清河县人民政府门户网站 发布时间：2015-06-29", None),
    ],
)
def test_the_host_in_the_portals_own_line_is_read(info: str, host: str | None) -> None:
    assert article("<p>正文。</p>", info).site.printed == host


def test_hosts_in_the_text_the_header_and_the_footer_are_not_the_portals_own_line() -> None:
    told = "清河县人民政府门户网站 www.qinghe.gov.cn"
    read = article(f"<p>{told}</p>", "时间：2015-06-29", f"<div class=top>{told}</div>", f"<div class=footer>{told}</div>")
    assert read.site.printed is None


def test_another_host_in_the_portals_own_line_makes_another_version_and_www_does_not() -> None:
    def version(host: str) -> str:
        return article("<p>正文。</p>", f"清河县人民政府门户网站 {host} 发布时间：2015-06-29").identity

    assert version("www.qinghe.gov.cn") == version("qinghe.gov.cn") != version("www.0413piao.example")


@pytest.mark.parametrize(
    ("content", "stated"),
    [
        ("www.qinghe.gov.cn", ("www.qinghe.gov.cn",)),
        ("https://www.Qinghe.gov.cn/", ("www.qinghe.gov.cn",)),
        ("http://zwgk.qinghe.gov.cn:9091/zwgk", ("zwgk.qinghe.gov.cn",)),
        ("www.qinghe.gov.cn,zwgk.qinghe.gov.cn", ("www.qinghe.gov.cn", "zwgk.qinghe.gov.cn")),
        ("www.qinghe.gov.cn，http://www.qinghe.com/", ("www.qinghe.gov.cn", "www.qinghe.com")),
        ("\nwww.qinghe.gov.cn\n", ("www.qinghe.gov.cn",)),
        ("", ()),
        ("清河县", ()),
    ],
)
def test_every_host_of_a_site_domain_is_read_however_it_is_written(content: str, stated: tuple[str, ...]) -> None:
    site = article("<p>正文。</p>", head=f'<meta name="SiteDomain" content="{content}">').site
    assert (site.stated, site.domain) == (stated, stated[0] if stated else None)


@pytest.mark.parametrize(
    ("content", "code"), [("4500000001", "4500000001"), ("45000\n00001 ", "4500000001"), ("bm05000001", "bm05000001"), ("", None)]
)
def test_a_site_code_is_read_however_it_is_broken(content: str, code: str | None) -> None:
    assert article("<p>正文。</p>", head=f'<meta name="SiteIDCode" content="{content}">').site.idcode == code


@pytest.mark.parametrize("end", ["</html>", "</body></html>", "</HTML >", "</html></html>"])
def test_text_behind_an_early_end_is_read_as_browsers_show_it(end: str) -> None:
    page = f'<html><body><div class="top">首页</div>{end}<div class="TRS_Editor"><p>{FILLER}</p></div></body></html>'
    assert PageReader().read(page.encode(), url="http://www.x.gov.cn/a/t20260612_1.html").body == (FILLER,)
