"""Which click brings the next page of an ASP.NET list, and what it would post."""

from __future__ import annotations

import pytest

from crawler.reading.document import Document, open_document
from crawler.reading.postback import next_form, page_number
from storage.records import Form

URL = "http://www.a.gov.test/xxgk/List.aspx?id=3"
STATE = '<input type="hidden" name="__VIEWSTATE" id="__VIEWSTATE" value="/wEPDwUK+=">'


FORM = 'method="post" action="./List.aspx?id=3" id="form1"'


def page(pager: str, *, url: str = URL, form: str = FORM, more: str = "") -> Document:
    text = f"<html><body><form {form}>{STATE}{more}<div>{pager}</div></form></body></html>"
    return Document(url, text, "utf-8")


def link(label: str, target: str, argument: str = "", **more: str) -> str:
    told = "".join(f' {name}="{value}"' for name, value in more.items())
    return f"""<a href="javascript:__doPostBack(&#39;{target}&#39;,&#39;{argument}&#39;)"{told}>{label}</a>"""


def turned(form: Form | None) -> tuple[str, str, str] | None:
    """The name of the next page, and what is clicked for it."""
    if form is None:
        return None
    fields = dict(form.fields)
    return form.url.removeprefix(URL), fields["__EVENTTARGET"], fields["__EVENTARGUMENT"]


NUMBERS = "<span>1</span>" + "".join(link(str(n), "AspNetPager1", str(n)) for n in (2, 3)) + link("...", "AspNetPager1", "11")
GRID = "<table><tr><td><span>1</span></td>" + "".join(f"<td>{link(str(n), 'gv', f'Page${n}')}</td>" for n in (2, 3)) + "</table>"


@pytest.mark.parametrize(
    ("pager", "told"),
    [
        (NUMBERS + link("下一页", "AspNetPager1", "2"), ("#__doPostBack=AspNetPager1,2", "AspNetPager1", "2")),
        (NUMBERS, ("#__doPostBack=AspNetPager1,2", "AspNetPager1", "2")),
        (GRID, ("#__doPostBack=gv,2", "gv", "Page$2")),
        (link("下一页", "ctl00$lbtnNext"), ("#__doPostBack=ctl00$lbtnNext,2", "ctl00$lbtnNext", "")),
        (link("&gt;", "gv", "Page$Next"), ("#__doPostBack=gv,2", "gv", "Page$Next")),
        (link("2", "rptPage$ctl01$lnk"), ("#__doPostBack=rptPage$ctl01$lnk,2", "rptPage$ctl01$lnk", "")),
        (
            """<a onclick='WebForm_DoPostBackWithOptions(new WebForm_PostBackOptions("p", "", true))' href="#">下页</a>""",
            ("#__doPostBack=p,2", "p", ""),
        ),
    ],
)
def test_a_pager_names_the_next_page_in_each_of_its_forms(pager: str, told: tuple[str, str, str]) -> None:
    assert turned(next_form(page(pager))) == told


@pytest.mark.parametrize(
    "pager",
    [
        "<a disabled='disabled'>下一页</a>" + link("首页", "AspNetPager1", "1"),
        link("下一页", "P", "2", disabled="disabled"),
        link("下一页", "P", "2", **{"class": "aspNetDisabled"}),
        f"<div style='display:none'>{link('下一页', 'P', '2')}</div>",
        link("&gt;", "Calendar1", "V8432", title="Go to the next month"),
        link("15", "Calendar1", "8432"),
        link("2", "ctl00$btnVote"),
        link("按日期", "gv", "Sort$Date") + link("选择", "gv", "Select$2"),
        "<span>1</span>",
        '<a href="List.aspx?page=2">下一页</a>',
        '<input type="submit" name="btnSearch" value="搜索">',
    ],
)
def test_what_is_switched_off_hidden_or_no_pager_is_not_clicked(pager: str) -> None:
    assert next_form(page(pager)) is None


def test_a_later_page_names_the_one_after_itself() -> None:
    second = URL + "#__doPostBack=gv,2"
    pager = link("1", "gv", "Page$1") + "<span>2</span>" + link("3", "gv", "Page$3")
    assert turned(next_form(page(pager, url=second))) == ("#__doPostBack=gv,3", "gv", "Page$3")
    last = link("1", "gv", "Page$1") + "<span>2</span>"
    assert next_form(page(last, url=second)) is None
    again = turned(next_form(page(link("下一页", "lbtnNext"), url=URL + "#__doPostBack=lbtnNext,2")))
    assert again == ("#__doPostBack=lbtnNext,3", "lbtnNext", "")


def test_the_numbers_of_the_next_ten_pages_are_behind_the_dots() -> None:
    tenth = URL + "#__doPostBack=AspNetPager1,10"
    pager = link("9", "AspNetPager1", "9") + "<span>10</span>" + link("...", "AspNetPager1", "11")
    assert turned(next_form(page(pager, url=tenth))) == ("#__doPostBack=AspNetPager1,11", "AspNetPager1", "11")


@pytest.mark.parametrize(
    ("url", "number"),
    [(URL, 1), (URL + "#__doPostBack=a,3", 3), (URL + "#__doPostBack=a,b", 1), (URL + "#top,7", 1), ("http://[", 1)],
)
def test_an_address_tells_which_page_it_is(url: str, number: int) -> None:
    assert page_number(url) == number


def test_it_posts_what_a_browser_would_and_no_button_that_was_not_clicked() -> None:
    more = (
        '<input type="hidden" name="__EVENTTARGET" value="old"><input name="kw" value="年报"><input type="password" name="pw">'
        '<input type="checkbox" name="all" checked><input type="checkbox" name="none"><input disabled name="off" value="x">'
        '<select name="year"><option value="0">全部<option selected>2024</select><select name="size"><option value="9">9</select>'
        '<textarea name="note">有</textarea><input type="submit" name="btnSearch" value="搜索"><input value="nameless">'
    )
    form = next_form(page(link("下一页", "Pager", "2"), more=more))
    assert form is not None
    assert form.fields == (
        ("__EVENTTARGET", "Pager"),
        ("__EVENTARGUMENT", "2"),
        ("__VIEWSTATE", "/wEPDwUK+="),
        ("kw", "年报"),
        ("all", "on"),
        ("year", "2024"),
        ("size", "9"),
        ("note", "有"),
    )


def test_a_button_of_the_pager_is_sent_by_its_own_name() -> None:
    form = next_form(
        page('<input type="submit" name="ctl00$btnNext" value="下一页"><input type="submit" name="go" value="转到">')
    )
    assert form is not None
    assert form.url == URL + "#__doPostBack=ctl00$btnNext,2"
    assert form.fields == (("__VIEWSTATE", "/wEPDwUK+="), ("ctl00$btnNext", "下一页"))
    form = next_form(page('<input type="image" name="ib" alt="下一页">'))
    assert form is not None
    assert form.fields[1:] == (("ib.x", "1"), ("ib.y", "1"))


def test_a_page_of_an_old_charset_posts_in_it() -> None:
    text = (
        f'<html><meta charset="gb2312"><form method="post">{STATE}<input name="q" value="年报">{link("下一页", "P", "2")}</form>'
    )
    form = next_form(open_document(text.encode("gbk"), URL, "text/html; charset=gb2312"))
    assert form is not None
    assert b"q=%C4%EA%B1%A8" in form.content
    assert form.url == URL + "#__doPostBack=P,2"


@pytest.mark.parametrize(
    "form", ['method="get" action="/s"', 'action="javascript:go()"', 'action="mailto:a@b"', 'action="http://[/"']
)
def test_a_form_that_cannot_be_posted_brings_nothing(form: str) -> None:
    assert next_form(page(link("下一页", "P", "2"), form=form)) is None


def test_a_link_that_torn_markup_left_outside_belongs_to_the_one_form_with_a_view_state() -> None:
    torn = f'<form action="/search"><input name="q"></form><form method="post">{STATE}</form>{link("下一页", "P", "2")}'
    assert turned(next_form(Document(URL, torn, "utf-8"))) == ("#__doPostBack=P,2", "P", "2")
    assert next_form(Document(URL, torn + f'<form method="post">{STATE}</form>', "utf-8")) is None
    assert next_form(Document(URL, f'<form>{link("下一页", "P", "2")}</form><form method="post">{STATE}</form>', "utf-8")) is None


def test_a_hostile_page_of_buttons_is_gone_through_once() -> None:
    many = "<button>" * 20_000 + "x" * 20_000 + link("下一页", "P", "2") * 20_000
    next_form(page(many))
