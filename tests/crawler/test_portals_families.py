"""Rows and next pages of each family on a small page of its own, and the traps of their paging."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.reader import PageReader
from crawler.reading.listing import UNTOLD
from storage.records import Answer, Examination, Outcome, Reading

PAGES = Path(__file__).resolve().parents[1] / "pages"
HOME = "http://www.jia.gov.cn"
NOW = datetime(2026, 10, 1, tzinfo=UTC)


def read(name: str, path: str) -> Reading:
    return PageReader().read((PAGES / name).read_bytes(), url=HOME + path)


def read_text(text: str, path: str, content_type: str = "text/html; charset=utf-8") -> Reading:
    return PageReader().read(text.encode(), url=HOME + path, content_type=content_type)


def examine(body: bytes, path: str, content_type: str, status: int = 200) -> Examination:
    url = HOME + path
    headers = ((b"content-type", content_type.encode()),)
    return PageReader().examine(Answer(url, NOW, NOW, final_url=url, status=status, headers=headers, body=body))


def rows(reading: Reading) -> list[tuple[str, str, str | None]]:
    return [(entry.title, entry.url.removeprefix(HOME), entry.date) for entry in reading.entries]


def listed(*days: str) -> str:
    """A list of as many dated rows as days."""
    return "".join(
        f'<li><a href="/a/{n}.html">关于第{n}号项目公示的公告</a><span>{day}</span></li>' for n, day in enumerate(days, 1)
    )


# --- which family answers, its rows, its next page ------------------------------------------------------------------------

LISTS = [
    ("vsb", "vsb/list.html", "/zbgg.htm", "/info/1116/5946.htm", "2026-06-23", "/zbgg/10.htm"),
    ("epoint", "epoint/list.html", "/jyxx/002001/2.html", "/jyxx/002001/20260511/a1.html", "2026-05-11", "/jyxx/002001/3.html"),
    ("xinhua", "xinhua/list.html", "/xwzx/nyyw.htm", "/20260916/dbc37cd08438465f98d539873064d4fe/c.html", "2026-09-16", None),
    ("generic", "lonsun/list.html", "/content/column/6791573", None, "2026-01-08", "/content/column/6791573?pageIndex=2"),
    (
        *("generic", "easysite/list.html", "/customs/302249/302272/index.html", "/customs/302249/1.html", "2026-02-03"),
        "/eportal/ui?pageId=302272&currentPage=2&moduleId=b600&staticRequest=yes",
    ),
    ("generic", "ivs/list.html", "/tzgg/index.html", "/tzgg/20260910/t0035_1.html", "2026-09-11", "/tzgg/index_2.html"),
    ("generic", "aspnet/list.html", "/XZGFList.aspx?page=1", "/Detail.aspx?id=1", "2026-03-02", "/XZGFList.aspx?page=2"),
    ("generic", "jyhcms/list.html", "/gs.html", "/a/1.html", "2026-05-02", "/list?page=Mg%3D%3D"),
    (
        *("gkmlpt", "gkmlpt/answer.json", "/zjj/gkmlpt/api/all/721?page=1&sid=755041"),
        *("/gkmlpt/content/0/963/post_963149.html", "2026-06-02", "/zjj/gkmlpt/api/all/721?page=2&sid=755041"),
    ),
    (
        *("jpaas", "jpaas/answer.json", "/api-gateway/jpaas-publish-server/front/page/build/unit?webId=8d82&pageId=ca51"),
        *("/zw/art/2026/art_1a2b3c4d1a2b3c4d1a2b3c4d1a2b3c4d.html", "2026-04-02"),
        "/api-gateway/jpaas-publish-server/front/page/build/unit?webId=8d82&pageId=ca51"
        "&paramJson=%7B%22pageNo%22%3A+2%2C+%22pageSize%22%3A+2%7D",
    ),
    (
        *("jsonlist", "jsonlist/igs.json", "/igs/front/search.jhtml?code=4b&pageSize=2&pageNumber=1&siteId=10"),
        *(
            "/zfxxgk/nb/202601/t20260126_1.html",
            "2026-01-26",
            "/igs/front/search.jhtml?code=4b&pageSize=2&pageNumber=2&siteId=10",
        ),
    ),
    ("jsonlist", "jsonlist/jsonp.js", "/govsearch/jsonp/zf.jsp?lb=1", "/gkml/202003/t20200324_7.html", "2020-03-24", None),
    (
        *("hanweb", "hanweb/store.xml", "/module/web/jpage/dataproxy.jsp?startrecord=46&endrecord=90&perpage=15&unitid=7"),
        *("/art/2024/8/1/art_60085_46.html", "2024-08-01"),
        "/module/web/jpage/dataproxy.jsp?startrecord=91&endrecord=135&perpage=15&unitid=7",
    ),
    (
        *("hanweb", "hanweb/jpage.html", "/col/col30067/index.html", "/art/2014/7/14/art_30067_1.html", "2014-07-14"),
        "/module/jslib/jquery/jpage/dataproxy.jsp?startrecord=3&endrecord=77&perpage=25&col=1&appid=1&webid=60&path=%2F"
        "&columnid=30067&unitid=49468&webname=%E4%B9%99%E5%B8%82%E9%87%87%E8%B4%AD%E7%BD%91&permissiontype=0",
    ),
    ("hanweb", "hanweb/arrays.html", "/col/col1220133/index.html", "/art/2018/3/7/art_1220133_1.html", "2018-03-07", None),
    (
        *("hanweb", "hanweb/catalogue.html", "/module/xxgk/subjectinfo.jsp?sortfield=&currpage=2", "/art/2026/3/2/art_1_1.html"),
        *("2026-03-02", "/module/xxgk/subjectinfo.jsp?sortfield=&currpage=3"),
    ),
]


@pytest.mark.parametrize(("family", "name", "path", "first", "day", "further"), LISTS)
def test_each_family_gives_rows_and_the_next_page(
    family: str, name: str, path: str, first: str | None, day: str, further: str | None
) -> None:
    reading = read(name, path)
    assert (reading.kind, reading.family) == ("listing", family)
    assert len(reading.entries) >= 2
    assert reading.entries[0].date == day
    assert first is None or reading.entries[0].url == HOME + first
    assert reading.next == (HOME + further if further else None)


def test_a_family_known_from_description_says_so_where_it_helped() -> None:
    assert "known from description only" in read("lonsun/list.html", "/content/column/6791573").family_reason
    assert "known from description only" not in read("vsb/list.html", "/zbgg.htm").family_reason


def test_titles_and_numbers_of_the_catalogue_stand_in_attributes() -> None:
    first = read("hanweb/catalogue.html", "/module/xxgk/subjectinfo.jsp?currpage=2").entries[0]
    assert (first.title, first.number) == ("乙省关于加强管理的实施意见（全文）", "000014349/2026-00012")


def test_titles_in_arrays_side_by_side() -> None:
    assert rows(read("hanweb/arrays.html", "/col/col1220133/index.html")) == [
        ("乙市关于停电的公告", "/art/2018/3/7/art_1220133_1.html", "2018-03-07"),
        ("乙市关于复电的公告", "/art/2018/3/2/art_1220133_2.html", "2018-03-02"),
    ]


def test_the_day_of_writing_is_not_that_of_publication_in_the_answers_of_gkmlpt() -> None:
    first, second = read("gkmlpt/answer.json", "/gkmlpt/api/all/721?page=1&sid=755041").entries
    assert (first.date, first.number) == ("2026-06-02", "114403006955506492/2026-00426")
    assert (second.title, second.date, second.number) == ("庚市关于停水的公告", "2026-05-02", None)


def test_an_article_of_gkmlpt_keeps_its_dates_apart() -> None:
    reading = read("gkmlpt/post.html", "/gkmlpt/content/9/9103/post_9103540.html")
    assert (reading.kind, reading.title) == ("article", "庚市关于印发计划的通知")
    assert (reading.dates.written, reading.dates.shown) == ("2021-09-02", "2021-09-03")
    assert [line[:6] for line in reading.body] == ["各区人民政府", "执行中遇到的"]


# --- shells: the rows stand elsewhere -------------------------------------------------------------------------------------

SHELLS = [
    ("gkmlpt/shell.html", "/zjj/gkmlpt/index", "gkmlpt", "/zjj/gkmlpt/api/all/0?page=1&sid=755041"),
    ("gkmlpt/shell.html", "/gkmlpt/index#721", "gkmlpt", "/gkmlpt/api/all/721?page=1&sid=755041"),
    (
        *("jpaas/shell.html", "/zw/gg/index.html", "jpaas"),
        "/api-gateway/jpaas-publish-server/front/page/build/unit?parseType=buildstatic&webId=8d82&tplSetId=2097&pageType=column"
        "&tagId=%E4%BF%A1%E6%81%AF%E5%88%97%E8%A1%A8&editType=null&pageId=ca51",
    ),
]


@pytest.mark.parametrize(("name", "path", "family", "further"), SHELLS)
def test_a_shell_names_the_address_where_its_rows_stand(name: str, path: str, family: str, further: str) -> None:
    examined = examine((PAGES / name).read_bytes(), path, "text/html")
    reading = examined.reading
    assert examined.outcome is Outcome.OK
    assert reading is not None
    assert (reading.kind, reading.family, reading.entries, reading.next) == ("listing", family, (), HOME + further)


def test_a_page_of_jpaas_that_brings_its_first_rows_goes_on_in_its_unit() -> None:
    shell = (PAGES / "jpaas/shell.html").read_text("utf-8")
    first = (
        f"<ul>{listed('2026-03-01', '2026-02-01')}</ul><div id='x' querydata=\"{{'rows':'2','count':'5','pageNo':'1'}}\"></div>"
    )
    reading = read_text(shell.replace("</body>", f"{first}</body>"), "/zw/gg/index.html")
    assert (reading.family, len(reading.entries)) == ("generic", 2)
    assert "paramJson=%7B%22pageNo%22%3A+2" in (reading.next or "")
    ended = first.replace("'5'", "'2'")
    assert read_text(shell.replace("</body>", f"{ended}</body>"), "/zw/gg/index.html").next is None


def test_a_list_that_a_script_fills_is_not_seen_though_its_pages_are_counted() -> None:
    page = "<html><head><meta name='ColumnName' content='文件通知'></head><body><ul></ul><script>$.ajax({url: u});"
    page += "createPageHTML('page_div',10, 1,'zwgklist','shtml',200);</script></body></html>"
    examined = examine(page.encode(), "/jyt/xxgk_list.shtml", "text/html")
    assert examined.outcome is Outcome.UNREADABLE
    assert examined.reason.startswith("a list without rows, filled by script")


def test_of_several_units_that_may_be_the_list_none_is_guessed() -> None:
    page = (PAGES / "jpaas/shell.html").read_text("utf-8").replace("页脚", "图片列表")
    assert read_text(page, "/zw/gg/index.html").next in (None, UNTOLD)


# --- data: what is a list and what is not ---------------------------------------------------------------------------------

NO_LISTS = [
    '{"status": "ok", "message": "关于系统升级的说明"}',
    '[{"name": "首页", "url": "/index.html"}, {"name": "政务公开", "url": "/zwgk/"}, {"name": "互动交流", "url": "/hdjl/"}]',
    '{"rows": [{"id": 7, "title": "没有地址的一行", "publishTime": 1606376547}]}',
    '[{"title": "图片一张", "url": "/img/1.jpg", "date": "2026-01-01"}]',
]


@pytest.mark.parametrize("body", NO_LISTS)
def test_data_without_dated_rows_stays_a_file(body: str) -> None:
    examined = examine(body.encode(), "/api/x", "application/json")
    assert (examined.outcome, examined.reason) == (Outcome.OK, "a file of unknown kind, kept unread")
    assert examined.reading is not None
    assert examined.reading.kind == "other"


@pytest.mark.parametrize(
    "body", ['{"data": [', "[" * 100_000, "<datastore><recordset><record><![CDATA[<li>"], ids=["cut", "deep", "store"]
)
def test_data_that_ends_early_is_unreadable(body: str) -> None:
    assert examine(body.encode(), "/api/x", "application/json").outcome is Outcome.UNREADABLE


def test_a_list_as_data_is_a_list_whatever_the_server_calls_it() -> None:
    body = (PAGES / "jsonlist/igs.json").read_bytes()
    for content_type in ("application/json", "text/html; charset=utf-8", "text/plain", "application/octet-stream"):
        examined = examine(body, "/igs/front/search.jhtml?pageNumber=1", content_type)
        assert (examined.outcome, examined.reason) == (Outcome.OK, "a list of 2 rows")


def test_an_error_that_comes_as_data_stays_an_error() -> None:
    assert examine((PAGES / "jsonlist/igs.json").read_bytes(), "/api", "application/json", status=404).outcome is Outcome.GONE


FIELDS = [
    (
        '"DOCTITLE": "辰县关于公示的公告", "DOCPUBURL": "http://www.jia.gov.cn/t1.htm", "DOCRELTIME": "2025-09-01 11:49:37"',
        "2025-09-01",
    ),
    ('"bt": "辰县关于公示的公告", "lj": "/a/1.html", "fbrq": "20250901"', "2025-09-01"),
    ('"title": "辰县关于公示的公告", "link": "/a/1.html", "publishTime": 1756656000000', "2025-09-01"),
    ('"title": "辰县关于公示的公告", "link": "/a/1.html", "publishTime": "1756656000"', "2025-09-01"),
    (
        '"title": "辰县关于公示的公告", "url": "/a/1.html", '
        '"publishedTime": 1756000000000, "publishedTimeStr": "2025-09-01 16:38"',
        "2025-09-01",
    ),
    ('"title": "辰县关于公示的公告", "url": "/a/1.html", "updateTime": "2025-11-30", "createTime": "2025-09-01"', "2025-09-01"),
    (
        '"title": "<b>辰县</b>关于公示的公告&nbsp;", "url": "/a/1.html", "date": "2025年9月1日", "endDate": "2025-12-01"',
        "2025-09-01",
    ),
    ('"title": "%u8FB0%u53BF关于公示的公告", "url": "/a/1.html", "rq": "2025-09-01"', "2025-09-01"),
    ('"id": 7, "highlight": {"title": "辰县关于公示的公告"}, "url": "/a/1.html", "time": "2025-09-01"', "2025-09-01"),
]


@pytest.mark.parametrize(("record", "day"), FIELDS)
def test_title_address_and_day_of_a_record_are_found_by_what_they_are(record: str, day: str) -> None:
    reading = read_text(f'{{"data": {{"list": [{{{record}}}]}}}}', "/api/list", "application/json")
    (entry,) = reading.entries
    assert (entry.title, entry.date) == ("辰县关于公示的公告", day)
    assert entry.url.startswith(HOME)


def test_rows_that_come_as_markup_in_a_string_are_read_as_markup() -> None:
    rows_as_text = listed("2026-03-01", "2026-02-01").replace('"', '\\"')
    reading = read_text(f'{{"code": 0, "html": "<ul>{rows_as_text}</ul>"}}', "/api", "application/json")
    assert [entry.date for entry in reading.entries] == ["2026-03-01", "2026-02-01"]


def test_data_inside_a_string_of_data() -> None:
    inner = '[{\\"title\\": \\"辰县关于公示的公告\\", \\"url\\": \\"/a/1.html\\", \\"date\\": \\"2025-09-01\\"}]'
    assert len(read_text(f'{{"data": "{inner}"}}', "/api", "application/json").entries) == 1


def numbered_list(told: str, rows_there: int = 10) -> str:
    records = ", ".join(f'{{"title": "辰县第{n}号公告", "url": "/a/{n}.html", "date": "2025-09-01"}}' for n in range(rows_there))
    return f'{{"data": {{"records": [{records}]{told}}}}}'


@pytest.mark.parametrize(
    ("told", "path", "further"),
    [
        (', "total": 25', "/s?page=2", "/s?page=3"),
        (', "total": 25', "/s?page=3", None),
        (', "total": "25", "size": 10', "/s?currentPage=1&x=1", "/s?currentPage=2&x=1"),
        (', "totalPage": 3', "/s?pageNo=3", None),
        (', "totalPage": 3', "/s?pageIndex=0", "/s?pageIndex=1"),
        (', "total": 10', "/s", None),
        (', "total": 25', "/s", UNTOLD),
        ("", "/s?page=1&pageSize=10", "/s?page=2&pageSize=10"),
        ("", "/s?page=1&pageSize=20", None),
        ("", "/s?page=1", None),
        ("", "/s", None),
        (', "total": 25', "/data_itemId=927,pageIndex=1,pageSize=10.json", "/data_itemId=927,pageIndex=2,pageSize=10.json"),
        (', "total": 25', "/s?pageIndex=4&pageNumber=1", "/s?pageIndex=4&pageNumber=2"),
    ],
)
def test_the_next_page_of_data_is_the_next_number_while_the_numbers_say_so(told: str, path: str, further: str | None) -> None:
    reading = read_text(numbered_list(told), path, "application/json")
    assert reading.next == (further if further in (None, UNTOLD) else f"{HOME}{further}")


# --- paging of TRS and UCAP -----------------------------------------------------------------------------------------------

SCRIPTS = [
    ('createPageHTML(9, 0, "index", "html");', "/a/", "/a/index_1.html"),
    ('createPageHTML(9,0,"index","shtml","black2",250);', "/a/index.shtml", "/a/index_1.shtml"),
    ('//createPageHTML(9, 0, "index", "html");', "/a/", "/a/index_1.html"),
    ("<!-- createPageHTML('9','0','index','html'); -->", "/a/", "/a/index_1.html"),
    ('function turn(){ createPageHTML(9, 3, "list", ".html"); }', "/a/list_3.html", "/a/list_4.html"),
    ('var all = 9, now = 2; createPageHTML(all, now, "index", "html");', "/a/index_2.html", "/a/index_3.html"),
    ("Pager({size:9, current:0, prefix:'index',suffix:'html'});", "/a/", "/a/index_1.html"),
    ("Pager({prefix:'index',suffix:'html',size:9,current:8});", "/a/index_8.html", None),
    (
        'var currentPage = 0; var countPage = 9//共多少页\ndocument.write("index"+"_" + nextPage + "."+"shtml");',
        "/a/",
        "/a/index_1.shtml",
    ),
    ("var currentPage = 1; var countPage = 9; var file = 'index' + '_' + nextPage;", "/a/index_1.html", "/a/index_2.html"),
    ('//createPageHTML(2, 1, "index", "html");\nvar currentPage = 1;var countPage = 17;', "/a/index_1.html", "/a/index_2.html"),
    ('createPageHTML(9, 8, "index", "html");', "/a/index_8.html", None),
    ('createPageHTML(1, 0, "index", "html");', "/a/", None),
    ('createPageHTML(9, 0, "index", "html");', "/a/index_4.html", "/a/index_5.html"),
    ('createPageHTML(9, 0, "index", "html");', "/a/index_8.html", None),
    ("createPageHTML('page_div',34, 1,'common_list','shtml',500);", "/a/common_list.shtml", "/a/common_list_2.shtml"),
    ('createPageHTML("page_div","34","34","common_list","shtml",500);', "/a/common_list_34.shtml", None),
    ("createPageHTML('page_div',34, 1,'common_list','shtml',500);", "/a/common_list_34.shtml", None),
]


@pytest.mark.parametrize(("script", "path", "further"), SCRIPTS)
def test_scripts_that_page_are_read_in_each_of_their_forms(script: str, path: str, further: str | None) -> None:
    page = f"<html><body><ul>{listed('2026-03-01', '2026-02-01')}</ul><script>{script}</script></body></html>"
    assert read_text(page, path).next == (HOME + further if further else None)


def test_the_definition_of_the_paging_function_is_no_call_of_it() -> None:
    script = "function createPageHTML(_nPageCount, _nCurrIndex, _sPageName, _sPageExt){ document.write(_sPageName); }"
    page = f"<html><body><ul>{listed('2026-03-01', '2026-02-01')}</ul><script>{script}</script></body></html>"
    assert read_text(page, "/a/").next is None


def test_addresses_of_newer_group_sites_without_a_date_are_those_of_trs() -> None:
    page = "<html><head><title>某市关于公示的公告</title></head><body><p>现将有关事项公告如下，请遵照执行。</p></body></html>"
    assert read_text(page, "/zfxxgk/t28115724.shtml").family == "trs"


# --- ends of lists: nothing leads back or in a circle ---------------------------------------------------------------------


def test_vsb_ends_where_its_pager_says_so_and_never_counts_up() -> None:
    page = (PAGES / "vsb/list.html").read_text("utf-8")
    ended = page.replace(
        '<span class="p_next p_fun"><a href="zbgg/10.htm">下页</a></span>', '<span class="p_next_d p_fun_d">下页</span>'
    )
    assert read_text(ended, "/zbgg/1.htm").next is None
    assert read_text(page.replace('"zbgg/10.htm">下页', '"5.htm">下页'), "/zbgg/6.htm").next == f"{HOME}/zbgg/5.htm"
    assert read_text(page.replace('"zbgg/10.htm">下页', '"1.htm">下页'), "/zbgg/1.htm").next is None


def test_the_numbers_of_easysite_end_at_the_last_page_and_its_placeholders_lead_nowhere() -> None:
    page = (PAGES / "easysite/list.html").read_text("utf-8")
    last = page.replace("<b>1</b>/<b>9</b>", "<b>9</b>/<b>9</b>")
    assert read_text(last, "/c/index.html").next is None
    placeholder = page.replace(
        "/eportal/ui?pageId=302272&amp;currentPage=2&amp;moduleId=b600&amp;staticRequest=yes", "[NEXTPAGE]"
    )
    assert read_text(placeholder, "/c/index.html").next in (None, UNTOLD)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("lonsun/list.html", "/content/column/6791573?pageIndex=3"),
        ("ivs/list.html", "/tzgg/index_12.html"),
        ("aspnet/list.html", "/XZGFList.aspx?page=7"),
        ("hanweb/store.xml", "/module/web/jpage/dataproxy.jsp?startrecord=91&endrecord=135&perpage=15"),
        ("hanweb/catalogue.html", "/module/xxgk/subjectinfo.jsp?currpage=106"),
        ("gkmlpt/answer.json", "/gkmlpt/api/all/721?page=2&sid=755041"),
        ("jsonlist/igs.json", "/igs/front/search.jhtml?pageSize=2&pageNumber=6"),
    ],
)
def test_the_last_page_has_no_next_one(name: str, path: str) -> None:
    reading = read(name, path)
    assert reading.entries
    assert reading.next is None


def grouped(link: str, path: str) -> str | None:
    store = (PAGES / "hanweb/store.xml").read_text("utf-8")
    group = f'<nextgroup><![CDATA[<a href="{link}"></a>]]></nextgroup>'
    return read_text(store.replace("<nextgroup></nextgroup>", group), path, "text/xml").next


def test_the_next_group_of_a_record_store_keeps_what_its_link_leaves_out() -> None:
    own = "/module/web/jpage/dataproxy.jsp?page=1&webid=1&path=/&columnid=4584&unitid=325&permissiontype=0"
    assert grouped("./dataproxy.jsp?page=2&amp;path=/&amp;columnid=4584&amp;unitid=325", own) == (
        f"{HOME}/module/web/jpage/dataproxy.jsp?page=2&webid=1&path=%2F&columnid=4584&unitid=325&permissiontype=0"
    )
    assert grouped("./dataproxy.jsp?page=1&amp;columnid=4584", own) is None


def test_an_array_without_links_and_a_store_without_end_do_no_harm() -> None:
    assert read_text(f"<script>InitData1=[{''.join(chr(39) * 5000)}</script>", "/col/col1/index.html").entries == ()
    assert read_text("<datastore>" + "<record>" * 50_000, "/x.jsp", "text/xml").entries == ()
