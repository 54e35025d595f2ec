"""Where title, day and text stand on pages that name nothing: found by their place, as a reader finds them."""

from __future__ import annotations

from crawler.reader import PageReader
from storage.records import Reading

URL = "http://www.x.gov.cn/zwgk/info/detail.html"
TEXT = "我局今年主动公开政府信息一千二百条，受理依申请公开三十件，均按期答复，没有发生行政复议和行政诉讼。"


def read(page: str, url: str = URL) -> Reading:
    return PageReader().read(page.encode(), url=url)


def test_a_page_put_together_from_whole_documents_is_read_to_its_end() -> None:
    inner = "<!doctype html><html><body><ul><li><a href=/>首页</a></li></ul></body></html>"
    page = f"<html><head><title>关于办公时间的通知</title></head><body>{inner}<div id=zoom><p>{TEXT}</p></div></body></html>"
    assert read(page).body == (TEXT,)


def test_a_heading_below_the_beginning_of_the_text_is_no_title() -> None:
    page = f"""<html><head><title>关于办公时间的通知</title></head><body><div id=zoom><p>{TEXT}</p><h3>附则说明</h3></div>
    <div class=pannel-title>相关稿件</div></body></html>"""
    assert read(page).title == "关于办公时间的通知"


def test_the_line_above_date_and_source_is_the_title_where_nothing_is_marked_as_one() -> None:
    page = f"""<html><head><title>首页 - 新闻动态</title></head><body><h2>首页 - 新闻动态</h2><table><tr><td>
    <span class=Head>关于2026年办公时间的通知</span></td></tr><tr><td>创建时间： <span>2026/09/22</span> 浏览次数：</td>
    </tr></table><div id=vsb_content><p>{TEXT}</p></div></body></html>"""
    reading = read(page)
    assert reading.title == "关于2026年办公时间的通知"
    assert reading.body == (TEXT,)


def test_a_title_that_is_never_closed_does_not_become_the_title() -> None:
    page = f"<html><head><title>某局 - 通知 {'一 - ' * 30_000}<body><div id=zoom><p>{TEXT}</p></div></body></html>"
    assert len(read(page).title) <= 300


def test_a_column_under_a_title_that_names_only_the_place_is_called_by_its_last_crumb() -> None:
    rows = "".join(
        f"<tr><td><a href='./202009/t2020090{n}_{n}.html'>某市2019年第{n}号公告</a></td><td>2020-09-0{n}</td></tr>"
        for n in range(1, 6)
    )
    page = f"""<html><head><title>某某示范区</title></head><body><table><tr><td>您现在的位置是：
    <a href=../../>首页</a> &gt;&gt; <a href=../>信息公开</a> &gt;&gt; <a href=./>信息公开年报</a></td></tr></table>
    <table>{rows}</table></body></html>"""
    assert read(page, "http://www.x.gov.cn/xxgk/nb/").title == "信息公开年报"


def test_the_day_beside_a_linked_name_of_the_site_is_shown_and_a_signing_day_is_not() -> None:
    line = "<p><a href=/>某县政府门户网站 www.x.gov.cn</a> <span>2018-04-19 17:32:17</span> <span>来源：某县政府</span></p>"
    page = (
        "<html><head><title>公告-某县</title></head><body><h1>关于办公时间的公告</h1>{}<div class=nr><p>"
        + TEXT
        + "</p></div></body></html>"
    )
    assert read(page.format(line)).dates.shown == "2018-04-19T17:32"
    signed = "<p><span>签署时间：2026-03-17 00:32</span><span>信息来源：某市</span></p>"
    assert read(page.format(signed)).dates.shown is None


def test_a_table_of_fields_under_title_and_source_is_a_text() -> None:
    cells = (
        "<tr><th>采购人名称</th><td>某县体育中心（某县少年体校）</td></tr><tr><th>合同金额</th><td>三十万元人民币，含税</td></tr>"
    )
    page = f"""<html><head><title>某交易平台</title></head><body><h4>某县体育中心用车服务采购合同</h4>
    <p>信息来源：某市公共资源交易网</p><table>{cells}</table></body></html>"""
    reading = read(page)
    assert (reading.kind, reading.title, len(reading.body)) == ("article", "某县体育中心用车服务采购合同", 2)


def test_the_first_day_of_publication_is_taken_from_the_meta_tag_of_that_name() -> None:
    page = f"""<html><head><title>决议</title><meta name="firstpublishedtime" content="2021-08-01-06:08:00"></head>
    <body><div id=zoom><p>{TEXT}</p></div></body></html>"""
    assert read(page).dates.meta == "2021-08-01T06:08"


def test_heads_of_several_columns_in_lists_of_one_kind_are_all_rows_and_a_side_list_of_a_paged_one_is_not() -> None:
    def block(n: int) -> str:
        rows = "".join(
            f"<li><a href=/20260{n}1{k}/a{n}{k}/c.html>国家某局主要负责人第{n}{k}次会见</a> ({n}-1{k})</li>" for k in range(3)
        )
        return f"<div class=box{n}><div><ul class=list01>{rows.replace(f'({n}-1', f'(2026-0{n}-1')}</ul></div></div>"

    page = f"<html><head><title>新闻中心</title></head><body>{block(1)}{block(2)}{{}}</body></html>"
    assert len(read(page.format(""), "http://www.x.gov.cn/xwzx/index.htm").entries) == 6
    paged = page.format("<script>createPageHTML(5, 0, 'index', 'htm');</script>")
    assert len(read(paged, "http://www.x.gov.cn/xwzx/index.htm").entries) == 3


def test_rows_in_definition_lists_within_a_table_are_rows_and_the_pager_is_none() -> None:
    rows = "".join(
        f"""<tr><td><div class=nm><dl><dt><a href=/system/2017/10/1{n}/0{n}.shtml>我市召开第{n}次河长制工作会议</a></dt>
        <dd><a href=/system/2017/10/1{n}/0{n}.shtml>阅读全文</a>日期：2017/10/1{n}</dd></dl></div></td></tr>"""
        for n in range(4)
    )
    pager = "".join(f"<tr><td><a href=/l-{n}.html>{label}</a></td></tr>" for n, label in enumerate(["首页", "下一页", "末页"]))
    reading = read(
        f"<html><head><title>热点新闻</title></head><body><table>{rows}{pager}</table></body></html>", "http://www.x.gov.cn/hot/"
    )
    assert [entry.date for entry in reading.entries] == [f"2017-10-1{n}" for n in range(4)]


def test_a_column_with_a_login_box_beside_it_is_a_column() -> None:
    rows = "".join(
        f"<li><a href=./t2020090{n}_{n}.html>某市2019年第{n}号公告全文</a><span>2020-09-0{n}</span></li>" for n in range(1, 8)
    )
    page = f"<html><head><title>公告</title></head><body><form><input type=password name=p></form><ul>{rows}</ul></body></html>"
    assert read(page, "http://www.x.gov.cn/gg/").kind == "listing"


def attachments(inside: str) -> list[tuple[str, str]]:
    page = f"<html><head><title>公告</title></head><body><h1>采购公告</h1><div id=zoom><p>{TEXT}</p>{inside}</div></body></html>"
    return [(one.url, one.name) for one in read(page).attachments]


def test_files_that_a_click_opens_or_a_script_writes_are_attachments() -> None:
    click = "<a href='javascript:void(0)' onclick=\"DownloadFile('https://f.x.gov.cn/files/1.pdf')\">图纸</a>"
    assert attachments(click) == [("https://f.x.gov.cn/files/1.pdf", "图纸")]
    written = """<script>var appendix='<a href="./P020200101.docx">采购文件</a>'; document.write(appendix)</script>"""
    assert attachments(written) == [("http://www.x.gov.cn/zwgk/info/P020200101.docx", "采购文件")]
    share = "<a href='javascript:;' onclick=\"window.open('http://share.example.com/?u=1')\">分享</a>"
    assert attachments(share) == []


def test_a_text_that_only_a_script_shows_is_read_where_nothing_else_is_there() -> None:
    told = "".join(f"<p>第{number}项：{TEXT}</p>" for number in "一二三四五六七八")
    hidden = f"<div class=nr style='display: none'>{told}</div>"
    page = f"<html><head><title>关于采购的公告</title></head><body><h1>关于采购的公告</h1>{hidden}</body></html>"
    reading = read(page)
    assert reading.kind == "article"
    assert "hidden until a script shows it" in reading.family_reason
    beside = page.replace("</h1>", f"</h1><div id=zoom><p>{TEXT}</p></div>")
    assert read(beside).body == (TEXT,)


def test_the_name_of_a_field_is_no_title_and_the_next_label_no_part_of_the_source() -> None:
    cells = "<tr><td class=title>采购项目名称</td><td>某协同平台建设项目</td></tr>"
    page = f"""<html><head><title>某平台建设项目结果公告</title></head><body><p>来源：某检查局文章类型：原创</p>
    <table>{cells}</table><div id=zoom><p>{TEXT}</p></div></body></html>"""
    reading = read(page)
    assert (reading.title, reading.source) == ("某平台建设项目结果公告", "某检查局")


def test_days_in_the_names_of_files_and_in_rarer_meta_tags_are_known() -> None:
    head = '<title>公告</title><meta name="publishdate" content="2020-09-11">'
    page = f"<html><head>{head}</head><body><div id=zoom>{TEXT}</div></body></html>"
    dates = read(page, "http://www.x.gov.cn/a/20200911083851127.html").dates
    assert (dates.meta, dates.url) == ("2020-09-11", "2020-09-11")


def test_pictures_of_a_text_are_links_with_names_and_icons_are_not() -> None:
    pictures = """<p><img src="./W020200101.jpg" alt="公告扫描件"><img src="/images/icon_pdf.png"><img src="b.gif" width="16">
    <img src="data:image/png;base64,AA"><img src="../P020200102.png"></p>"""
    page = (
        f"<html><head><title>公告</title></head><body><h1>采购公告</h1><div id=zoom><p>{TEXT}</p>{pictures}</div></body></html>"
    )
    assert read(page).links == (
        ("http://www.x.gov.cn/zwgk/info/W020200101.jpg", "公告扫描件"),
        ("http://www.x.gov.cn/zwgk/P020200102.png", "P020200102.png"),
    )
