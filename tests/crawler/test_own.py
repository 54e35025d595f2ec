"""Sites that say themselves where their things stand: what their selectors find, and what is said when they find nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from lxml.cssselect import CSSSelector

from crawler.reader import PageReader
from crawler.selecting import TooLarge, compiled, find
from storage.records import Answer, Examination, Outcome, Reading, Selectors

AT = datetime(2025, 3, 3, tzinfo=UTC)
URL = "https://www.qinghe.gov.cn/zwgk/tzgg/202503/t20250303_17.html"
TEXT = "为进一步规范全县行政规范性文件的制定和管理工作，现就有关事项通知如下，请各单位认真贯彻执行。"
MORE = "各乡镇人民政府要在三月底前把清理结果报县司法局备案，逾期不报的予以通报。"

ARTICLE = f"""<html><head><title>青禾县</title></head><body>
<div class="crumb">首页 &gt; 通知</div>
<div class="a7"><b class="k">关于清理文件的通知</b><i class="when">2025-03-02 09:30</i><i class="who">县司法局</i></div>
<div class="b9"><p>{TEXT}</p><div class="tip">本页面由系统生成，请勿转载并注意核对原文。</div><p>{MORE}</p>
<a href="/f/1.pdf">附件：清单.pdf</a><a href="/n/2.html">有关说明</a></div>
<div class="c1"><p>{TEXT}旁栏里的另一段长文字，写着与本文无关的许多内容，供读者参考之用。</p></div></body></html>"""

LIST = """<html><head><title>通知公告-青禾县</title></head><body><div class="m"><dl>
<dt><span>一、</span><a href="/a/1.html">关于第一件事的通知</a></dt><dd>发于 2025-03-01</dd></dl><dl>
<dt><span>二、</span><a href="/a/2.html">关于第二件事的通知</a></dt><dd>发于 2025-02-27</dd></dl></div>
<a class="older" href="index_2.html">older</a></body></html>"""

OWN = Selectors(title=".a7 .k", date=".when", source=".who", body=".b9", drop=".tip")
ROWS = Selectors(rows=".m dl", row_title="dt a", row_date="dd", next="a.older")


def examine(page: str, own: Selectors, url: str = URL, status: int = 200) -> Examination:
    answer = Answer(url, AT, AT, url, status, headers=((b"Content-Type", b"text/html; charset=utf-8"),), body=page.encode())
    return PageReader().of(own).examine(answer, home="https://www.qinghe.gov.cn/")


def read(page: str, own: Selectors, url: str = URL) -> Reading:
    examination = examine(page, own, url)
    assert examination.outcome is Outcome.OK, examination.reason
    assert examination.reading
    assert examination.reading == PageReader().of(own).read(page.encode(), url=url, content_type="text/html; charset=utf-8")
    return examination.reading


def unread(page: str, own: Selectors, url: str = URL) -> str:
    examination = examine(page, own, url)
    assert (examination.outcome, examination.reading) == (Outcome.UNREADABLE, None)
    return examination.reason


# --- what they find ---------------------------------------------------------------------------------------------------------


def test_an_article_is_read_where_the_site_says() -> None:
    reading = read(ARTICLE, OWN)
    assert (reading.kind, reading.title, reading.source) == ("article", "关于清理文件的通知", "县司法局")
    assert reading.dates.shown == "2025-03-02T09:30"
    assert reading.body[:2] == (TEXT, MORE)
    assert not any("请勿转载" in line or "旁栏" in line for line in reading.body)
    assert [(one.url, one.name) for one in reading.attachments] == [("https://www.qinghe.gov.cn/f/1.pdf", "附件：清单.pdf")]
    assert [url for url, _ in reading.links] == ["https://www.qinghe.gov.cn/n/2.html"]
    assert (reading.family, reading.family_reason) == ("own", "the site's own selectors: body, drop, title, date, source")


def test_the_stamp_names_the_reader_and_the_selectors() -> None:
    stamps = {read(ARTICLE, own).reader for own in (OWN, Selectors(body=".b9"), Selectors(body=".b9 "), Selectors(body="div.b9"))}
    assert len(stamps) == 4
    assert all(stamp.startswith(f"{PageReader.version}+") for stamp in stamps)
    assert PageReader().of(OWN).of(ROWS).version == PageReader().of(ROWS).version


def test_what_a_dropped_part_links_to_is_no_attachment() -> None:
    page = ARTICLE.replace("请注意核对原文。", "").replace('<div class="tip">', '<div class="tip"><a href="/x.pdf">x.pdf</a>')
    assert [one.name for one in read(page, OWN).attachments] == ["附件：清单.pdf"]
    assert len(read(page, Selectors(body=".b9")).attachments) == 2


def test_a_body_in_several_elements_is_read_in_the_order_of_the_page() -> None:
    assert read(ARTICLE, Selectors(body=".b9 p, .b9")).body == read(ARTICLE, Selectors(body=".b9")).body
    assert read(ARTICLE, Selectors(body=".b9 > p")).body == (TEXT, MORE)


def test_a_meta_tag_gives_its_content() -> None:
    page = ARTICLE.replace("<head>", '<head><meta name="fb" content="2025年2月28日">')
    assert read(page, Selectors(body=".b9", date="meta[name=fb]")).dates.shown == "2025-02-28"


def test_without_a_selector_for_the_body_the_families_find_it() -> None:
    page = ARTICLE.replace('class="b9"', 'class="TRS_Editor"')
    reading = read(page, Selectors(title=".k"))
    assert (reading.title, reading.family) == ("关于清理文件的通知", "own")
    assert TEXT in reading.body


def test_a_list_is_read_where_the_site_says() -> None:
    reading = read(LIST, ROWS, "https://www.qinghe.gov.cn/zwgk/tzgg/")
    assert reading.kind == "listing"
    assert [(entry.title, entry.url[-9:], entry.date) for entry in reading.entries] == [
        ("关于第一件事的通知", "/a/1.html", "2025-03-01"),
        ("关于第二件事的通知", "/a/2.html", "2025-02-27"),
    ]
    assert reading.next == "https://www.qinghe.gov.cn/zwgk/tzgg/index_2.html"
    assert reading.family_reason == "the site's own selectors: rows, row_title, row_date, next"


@pytest.mark.parametrize(
    ("anchor", "further"),
    [("", None), ('<a class="older" onclick="go(2)">', "unknown"), ('<a class="older" href="#">', "unknown")],
)
def test_the_next_page_may_be_missing_on_the_last_one_or_known_to_a_script_alone(anchor: str, further: str | None) -> None:
    page = LIST.replace('<a class="older" href="index_2.html">', anchor)
    assert read(page, ROWS, "https://www.qinghe.gov.cn/zwgk/tzgg/").next == further


def test_a_page_that_has_both_is_what_it_tells_more_of() -> None:
    both = Selectors(body=".b9, .m", rows=".m dl, .c1 li")
    assert read(LIST, both, "https://www.qinghe.gov.cn/zwgk/tzgg/").kind == "listing"
    related = '<div class="c1"><ul><li><a href="/a/9.html">关于另一事项的通知</a></li></ul></div></body>'
    assert read(ARTICLE.replace("</body>", related), both).kind == "article"


def test_the_home_page_needs_none_of_them() -> None:
    page = "<html><title>青禾县</title><body><p>欢迎访问本站，这里公开县人民政府的文件和报告，供公众查阅监督。</p></body></html>"
    assert read(page, OWN, "https://www.qinghe.gov.cn/").kind == PageReader().read(page.encode(), url="https://a.cn/").kind


def test_a_file_is_what_it_is_without_selectors_and_bears_the_stamp() -> None:
    reading = PageReader().of(OWN).read(b"%PDF-1.4 ...", url="https://www.qinghe.gov.cn/f/1.pdf")
    assert (reading.kind, reading.reader) == ("other", PageReader().of(OWN).version)


# --- what is said when they find nothing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (Selectors(body=".gone"), "the site's selector for body found nothing: .gone"),
        (Selectors(body=".crumb + i"), "the site's selector for body found nothing: .crumb + i"),
        (Selectors(body=".b9", title="h1.t"), "the site's selector for title found nothing: h1.t"),
        (Selectors(body=".b9", date=".k"), "the site's selector for date found no date: .k"),
    ],
)
def test_a_selector_that_finds_nothing_on_an_article_is_told(own: Selectors, reason: str) -> None:
    assert unread(ARTICLE, own) == reason


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (Selectors(rows="ul.gone li"), "the site's selector for rows found nothing: ul.gone li"),
        (Selectors(rows=".m dd"), "the site's selector for rows found no row with a link: .m dd"),
        (Selectors(rows=".m dl", row_title="h3"), "the site's selector for row_title found no row with a link: h3"),
        (Selectors(rows=".m dl", row_date="span"), "the site's selector for row_date found no date: span"),
    ],
)
def test_a_selector_that_finds_nothing_on_a_list_is_told(own: Selectors, reason: str) -> None:
    page = LIST.replace("<dl>", "<dl><dd>2025-03-01</dd>") if "dd" in own.rows else LIST
    assert unread(page, own, "https://www.qinghe.gov.cn/zwgk/tzgg/") == reason


def test_a_source_and_a_next_page_may_be_missing() -> None:
    page = ARTICLE.replace('<i class="who">县司法局</i>', "")
    assert read(page, OWN).source is None
    assert read(LIST, Selectors(rows=".m dl", next=".none"), "https://www.qinghe.gov.cn/zwgk/tzgg/").next is None


def test_a_body_in_which_nothing_stands_is_no_empty_page() -> None:
    page = ARTICLE.replace("</body>", '<div class="empty"></div></body>')
    assert unread(page, Selectors(body=".empty")) == "the site's selector for body found an element without text: .empty"


def test_a_page_that_is_not_there_or_behind_a_shield_is_that_and_no_miss() -> None:
    gone = "<html><title>提示</title><body><p>您访问的页面不存在或已删除</p></body></html>"
    assert examine(gone, OWN).outcome is Outcome.SOFT_GONE
    assert examine(gone, OWN, status=404).outcome is Outcome.GONE
    shield = "<html><body>您的访问行为存在异常，已被拦截</body></html>"
    assert examine(shield, OWN).outcome is Outcome.BLOCKED


def test_what_only_the_selectors_find_is_no_shell() -> None:
    page = "<html><title>x</title><body><div class='z'><span>短</span></div></body></html>"
    assert PageReader().examine(Answer(URL, AT, AT, URL, 200, body=page.encode())).outcome is Outcome.UNREADABLE
    assert read(page, Selectors(body=".z")).body == ("短",)


def test_stored_bytes_in_which_they_find_nothing_are_read_without_them_and_the_stamp_says_so() -> None:
    reading = PageReader().of(Selectors(body=".gone")).read(ARTICLE.encode(), url=URL)
    assert reading == PageReader().read(ARTICLE.encode(), url=URL)
    assert reading.reader == PageReader.version


# --- selectors as such ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("css", ["", "div[", "a::text", "p:foo", "x" * 301, ">", "a..b", "//div"])
def test_what_is_no_selector_is_refused_with_a_sentence(css: str) -> None:
    with pytest.raises(ValueError, match=r"is not a CSS selector|longer"):
        compiled(css)


NAMES = ("div", "span", "section")
SIMPLE = st.sampled_from(["div", "span", ".a", ".b", "#i", "*", "section.c", "div:not(.a)", "span:nth-child(2)", "[class=b]"])
STEPS = st.lists(st.tuples(st.sampled_from([" ", " > ", " + ", " ~ "]), SIMPLE), max_size=3)
TREES = st.recursive(
    st.just(""),
    lambda inner: st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from("abc"), inner).map(
            lambda told: f"<{told[0]} class='{told[1]}' id='i'>{told[2]}</{told[0]}>"
        ),
        max_size=4,
    ).map("".join),
    max_leaves=12,
)


@given(TREES, SIMPLE, STEPS)
def test_every_selector_finds_what_libxml2_finds(page: str, first: str, steps: list[tuple[str, str]]) -> None:
    tree = html.fromstring(f"<html><body><p></p>{page}</body></html>")
    css = first + "".join(relation + simple for relation, simple in steps)
    assert find(tree, css) == CSSSelector(css, translator="html")(tree)
    assert find(tree, f"{css}, p") == CSSSelector(f"{css}, p", translator="html")(tree)


def test_a_step_that_counts_is_not_asked_of_a_page_without_end() -> None:
    tree = html.fromstring(f"<html><body><ul>{'<li>x</li>' * 1001}</ul></body></html>")
    with pytest.raises(TooLarge):
        find(tree, "ul > li:nth-child(2)")
    assert len(find(tree, "ul > li + li")) == 1000
    assert unread(ARTICLE.replace("</body>", "<b>x</b>" * 1001 + "</body>"), Selectors(body=".b9:nth-child(3)")) == (
        "the site's selector for body found a page too deep or too long to be asked: .b9:nth-child(3)"
    )
