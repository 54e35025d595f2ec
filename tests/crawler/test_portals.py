"""Each family of portals is recognised by its own page, and its rows, pages and texts are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.portals import FAMILIES
from crawler.reader import PageReader
from crawler.reading.document import open_document
from crawler.reading.listing import UNTOLD
from storage.records import Reading

PAGES = Path(__file__).resolve().parents[1] / "pages"
HOME = "http://www.jia.gov.cn"


def read(name: str, path: str) -> Reading:
    return PageReader().read((PAGES / name).read_bytes(), url=HOME + path)


@pytest.mark.parametrize("family", ["trs", "hanweb", "ucap", "generic"])
def test_each_family_recognises_its_own_list(family: str) -> None:
    reading = read(f"{family}/list.html", "/zwgk/list/")
    assert (reading.family, reading.kind) == (family, "listing")
    assert reading.family_reason


def test_the_generic_family_takes_every_page_and_only_what_is_known_from_description_stands_behind_it() -> None:
    names = [family.name for family in FAMILIES]
    generic = names.index("generic")
    assert FAMILIES[generic].recognise(open_document(b"", "http://x.gov.cn/")) is not None
    assert [family.described for family in FAMILIES] == [place > generic for place in range(len(names))]


def test_pinned_rows_stay_and_hidden_nested_and_empty_rows_do_not() -> None:
    entries = read("trs/list.html", "/tzgg/").entries
    assert [entry.url for entry in entries] == [
        f"{HOME}/tzgg/202401/t20240105_9.html",
        f"{HOME}/tzgg/202607/t20260724_3.html",
        "https://news.example.cn/2026/a.html",
        f"{HOME}/tzgg/202607/t20260710_5.html",
    ]


def test_a_cut_title_is_taken_from_the_title_attribute() -> None:
    assert read("trs/list.html", "/tzgg/").entries[1].title == "关于印发甲市政务公开工作要点的通知（全文）"


def test_a_date_without_year_takes_the_year_of_its_address() -> None:
    assert [entry.date for entry in read("trs/list.html", "/tzgg/").entries] == [
        "2024-01-05",
        "2026-07-24",
        "2026-07-20",
        "2026-07-10",
    ]


def test_paging_of_trs_is_found_inside_a_comment() -> None:
    assert read("trs/list.html", "/tzgg/").next == f"{HOME}/tzgg/index_1.html"


def test_paging_of_ucap_counts_from_one() -> None:
    assert read("ucap/list.html", "/nb/common_list.shtml").next == f"{HOME}/nb/common_list_2.shtml"


def test_hanweb_rows_come_out_of_the_script_block() -> None:
    reading = read("hanweb/list.html", "/col/col1599562/index.html?uid=4892867&pageNum=1")
    assert [(entry.title, entry.date) for entry in reading.entries] == [
        ("关于乙县决算公开的公告", "2024-10-14"),
        ("关于乙县预算调整的公告", "2024-09-02"),
    ]
    assert reading.next == f"{HOME}/col/col1599562/index.html?uid=4892867&pageNum=2"


def test_running_numbers_and_the_rows_own_date_are_read() -> None:
    reading = read("generic/list.html", "/a/")
    assert [(entry.number, entry.date) for entry in reading.entries] == [
        ("0233621J/2026-00300", "2026-09-15"),
        ("0233621J/2026-00282", "2026-09-02"),
    ]
    assert reading.next == f"{HOME}/a/index_2.html"


def test_a_listing_is_titled_without_the_site() -> None:
    assert read("trs/list.html", "/tzgg/").title == "通知公告"
    assert read("generic/list.html", "/a/").title == "信息公开目录"


def test_marks_of_the_site_are_read_despite_blanks_and_schemes() -> None:
    site = read("trs/list.html", "/tzgg/").site
    assert (site.name, site.domain, site.idcode) == ("甲市人民政府", "www.jia.gov.cn", "4400000001")


def test_an_article_of_trs_gives_all_its_parts() -> None:
    reading = read("trs/article.html", "/zwgk/202601/t20260128_7.html")
    assert reading.title == "甲市2025年政府信息公开工作年度报告"
    assert (reading.dates.shown, reading.dates.meta, reading.dates.url) == ("2026-01-27", "2026-01-28T09:30", "2026-01-28")
    assert reading.source == "甲市人民政府办公室"
    assert [heading.label for heading in reading.outline] == ["一、", "二、"]
    assert "规章 |  | 3" in reading.body
    assert reading.body[0].startswith("本报告")
    assert not any("看不见" in line or "分享" in line or "主办" in line for line in reading.body)
    assert [(a.url, a.name) for a in reading.attachments] == [(f"{HOME}/zwgk/202601/P020260127.pdf", "年度报告全文.pdf")]
    assert reading.links == ((f"{HOME}/zwgk/zn.html", "公开指南"),)
    assert reading.gaps == ()


def test_a_list_of_one_row_in_layout_tables_is_found_beside_menus_and_newest_items() -> None:
    reading = read("generic/table.html", "/nb/index.htm")
    assert [(entry.title, entry.url, entry.date) for entry in reading.entries] == [
        ("戊区2025年度报告", f"{HOME}/nb/6838.htm", "2026-03-27")
    ]


def listed(markup: str) -> list[tuple[str, str | None]]:
    page = f"<html><head><title>通知公告</title></head><body>{markup}</body></html>".encode()
    reading = PageReader().read(page, url=f"{HOME}/tzgg/List.aspx", content_type="text/html; charset=utf-8")
    return [(entry.title, entry.date) for entry in reading.entries]


ROWS = [("关于甲街道停水的公告", "2025-02-11"), ("关于乙街道停水的公告", "2025-01-10")]


def test_blocks_without_a_class_are_no_rows_of_one_list_only_because_they_stand_side_by_side() -> None:
    rows = "".join(f"<tr><td><a href='/i/{day}.aspx'>{title}</a></td><td>{day}</td></tr>" for title, day in ROWS)
    main = f"<div id='main'><div><a href='/'>首页</a> 通知公告</div><table>{rows}</table></div>"
    assert listed(f"<div id='menu'><a href='/a.aspx'>信息公开</a></div>{main}") == ROWS
    numbered = "".join(
        f"<div id='row{i}'><a href='/i/{day}.aspx'>{title}</a><b>{day}</b></div>" for i, (title, day) in enumerate(ROWS)
    )
    assert listed(numbered) == ROWS


def test_a_running_number_before_a_date_is_not_taken_for_its_day() -> None:
    rows = [
        f"<tr><td>{number}</td><td><a href='/i/{number}.aspx'>{title}</a></td><td>{{}}</td></tr>"
        for number, (title, _) in enumerate(ROWS, 1)
    ]
    for form in ("{}-{}-{}", "{}/{}/{}", "{}年{}月{}日"):
        dated = [row.format(form.format(*day.split("-"))) for row, (_, day) in zip(rows, ROWS, strict=True)]
        assert listed(f"<table>{''.join(dated)}</table>") == ROWS
    apart = "".join(f"<li><b>{day[8:]}</b> <i>{day[:7]}</i><a href='/i/{day}.aspx'>{title}</a></li>" for title, day in ROWS)
    assert listed(f"<ul>{apart}</ul>") == ROWS


def test_a_list_of_lonsun_is_no_menu_for_its_name() -> None:
    rows = "".join(f"<div class='xxgk_navli'><a href='/p/{day}.html'>{title}</a><span>{day}</span></div>" for title, day in ROWS)
    assert listed(f"<div class='xxgk_nav_con'>{rows}</div>") == ROWS
    assert listed(f"<div class='site_nav_con'>{rows}</div>") == []


PAGERS = {
    '<a href="list_2.html">下一页</a>': "http://www.qinghe.test/zfxxgk/list_2.html",
    '<span>共 12 页</span><a href="list_2.html">下一页</a>': "http://www.qinghe.test/zfxxgk/list_2.html",
    '<a href="javascript:void(0)">下一页</a>': UNTOLD,
    '<a onclick="go(2)">下一页</a>': UNTOLD,
    '<a href="#">下一页</a>': UNTOLD,
    "<span>共 12 页</span><script>createPage(12, 1)</script>": UNTOLD,
    "<span>第 1/12 页</span>": UNTOLD,
    '<a class="next disabled" href="javascript:;">下一页</a>': None,
    '<span>共 1 页</span><a href="javascript:;">下一页</a>': None,
    '<span>第 1/1 页</span><a href="#">下一页</a>': None,
    '<span>共 2 页</span><a href="list_1.html">上一页</a><span>下一页</span>': None,
    '<a href="">下一页</a>': None,
    '<a href="list.html">下一页</a>': None,
    '<a href="list_2.html" style="display:none">下一页</a>': None,
    '<p hidden><a href="javascript:go(2)">下一页</a></p>': None,
    "": None,
}


@pytest.mark.parametrize(("pager", "expected"), PAGERS.items())
def test_a_list_that_only_a_script_turns_over_is_not_taken_for_one_that_ends(pager: str, expected: str | None) -> None:
    rows = "".join(f'<li><a href="/{n}.html">关于第{n}号文件的通知</a><span>2025-03-{28 - n:02}</span></li>' for n in range(10))
    page = f'<html><body><ul class="list">{rows}</ul><div class="turn">{pager}</div></body></html>'
    reading = PageReader().read(
        page.encode(), url="http://www.qinghe.test/zfxxgk/list.html", content_type="text/html; charset=utf-8"
    )
    assert (len(reading.entries), reading.next) == (10, expected)
