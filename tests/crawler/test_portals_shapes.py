"""Shapes of lists and names of texts on real hosts, one small page each: what spiders select there is what the reader finds."""

from __future__ import annotations

import pytest

from crawler.reader import PageReader
from storage.records import Reading

HOME = "http://www.jia.gov.cn"
MENU = "".join(f"<li><a href='/{name}/'>{name}</a></li>" for name in ("首页", "政务公开", "办事服务", "互动交流", "走进本地"))
SIDE = "".join(f"<li><a href='/hot/{n}.html'>热点信息之{n}</a></li>" for n in range(6))
DAYS = ("2026-03-09", "2026-02-27", "2026-02-11")
LINK = '<a href="{u}" title="{t}">{t}</a>'


def listing(shape: str, form: str = "{}-{}-{}") -> Reading:
    """A page whose list has the shape: `before | row | after`, with {u}, {t} and {d} in the row."""
    before, row, after = shape.split("|")
    rows = ""
    for number, day in enumerate(DAYS, 1):
        shown = form.format(*day.split("-"))
        title = f"本地关于第{number}批项目名单的公示"
        link = LINK.replace("{u}", f"/zw/gs/{number}.html").replace("{t}", title)
        rows += row.replace("{a}", link).replace("{u}", f"/zw/gs/{number}.html").replace("{t}", title).replace("{d}", shown)
    page = (
        f"<html><head><title>公示</title></head><body><div class='nav'><ul>{MENU}</ul></div>"
        f"<div class='wrap'><div class='left'><h3>热点推荐</h3><ul>{SIDE}</ul></div>"
        f"<div class='right'>{before}{rows}{after}</div></div>"
        f"<div class='footer'><ul>{MENU}</ul></div></body></html>"
    )
    return PageReader().read(page.encode(), url=f"{HOME}/zw/gs/index.html", content_type="text/html; charset=utf-8")


SHAPES = {
    "beijing": '<div class="listBox"><ul class="list">|<li>{a}<span>{d}</span></li>|</ul></div>',
    "chongqing": '<div>|<ul class="list-cont"><li class="w400">{a}</li><li class="w110"><span>{d}</span></li></ul>|</div>',
    "guangdong": '<div class="viewList"><ul>|<li><span class="name">{a}</span><span class="wh">甲府〔2026〕1号</span>'
    '<span class="date">{d}</span></li>|</ul></div>',
    "guizhou": '<div class="right-list-box"><ul>|<li>{a}<span>{d}</span></li>|</ul></div>',
    "hebei": '<table class="xxgkzclbtab3"><tbody>|<tr><td>1</td><td>{a}</td><td>甲政</td>'
    '<td align="center" width="150">{d}</td></tr>|</tbody></table>',
    "henan": '<div class="con-box"><ul>|<li>{a}<p>甲政〔2026〕3号</p><span>{d}</span></li>|</ul></div>',
    "hubei": '<div class="list_block"><ul>|<li>{a}<span>{d}</span></li>|</ul></div>',
    "hunan": "<table><tbody>|<tr><td>1</td><td>{a}</td><td>甲政发〔2026〕1号</td><td>{d}</td><td>有效</td></tr>|</tbody></table>",
    "jiangxi": '<table><tbody>|<tr class="tr_main_value_odd"><td><a href="{u}" mc="{t}" rq="{d}" syh="x">{t}</a></td></tr>'
    "|</tbody></table>",
    "liaoning": '<table class="dataList">|<tr><td>{a}</td><td>{d}</td></tr>|</table>',
    "ningxia": '<ul class="nx-list">|<li>{a}<div class="nx-conmtab"><p><span class="tt">索引号：</span><span>1</span></p>'
    '</div><span class="date">{d}</span></li>|</ul>',
    "qinghai": '<table class="zctb">|<tr><td>1</td><td>{a}</td><td>{d}</td></tr>|</table>',
    "shaanxi": '<ul class="gov-item cf-otw">|<li><div class="a-news">{a}</div><span class="date rt">{d}</span></li>|</ul>',
    "shandong": '<div class="wip_box">|<div class="wip_lists">{a}<div class="wip_lists_time">{d}</div></div>|</div>',
    "shandong_paged": '<ul>|<li class="pagedContent"><a href="{u}" title="{t}"><span class="news_box01_title">{t}</span>'
    "<span>{d}</span></a></li>|</ul>",
    "shanghai": '<table class="table table-list">|<tr><td>1</td><td>{a}</td><td>{d}</td></tr>|</table>',
    "shanxi": '<table class="affairs-document-box">|<tr><td class="affaires-doc-title">{a}</td>'
    '<td class="affaires-doc-published">{d}</td></tr>|</table>',
    "sichuan": '<table id="dash-table">|<tr><td>1</td><td>{a}</td><td>{d}</td></tr>|</table>',
    "xinjiang": '<div class="gknr_list"><dl>|<dd>{a}<span>{d}</span></dd>|</dl></div>',
    "xizang": '<ul class="zwyw_list">|<li>{a}<span>{d}</span></li>|</ul>',
    "gov_cn": '<div class="list list_1"><ul>|<li><h4>{a}<span class="date">{d}</span></h4></li>|</ul></div>',
    "nmg_czt": '<div class="annual-list2-li1"><ul>|<li>{a} {d}</li>|</ul></div>',
    "fmprc": '<div class="rebox_news"><ul>|<li>{a}（{d}）</li>|</ul></div>',
    "wuhan": '<table class="publiclisttable">|<tr><td>{a}</td><td>{d}</td></tr>|</table>',
    "shanxi_jtyst": '<ul class="list list_1 list_2">|<li>{a}<span>{d}</span></li>|</ul>',
    "beijing_scjgj": '<div class="public_list_team"><ul>|<li>{a}<span>{d}</span></li>|</ul></div>',
    "yunnan_amr": '<ul class="news-list-hd">|<li>{a}<span>{d}</span></li>|</ul>',
    "liaoning_rst": '<table>|<tr><td class="info">{a}</td><td>{d}</td></tr>|</table>',
    "anhui_gzw": '<table id="ul_list">|<tr><td>{a}</td><td>[{d}]</td></tr>|</table>',
    "guangxi_wsjkw": '<div class="lxwmbox_newtxt"><ul>|<li><span>[{d}]</span>{a}</li>|</ul></div>',
    "qinghai_wsjkw": '<table>|<tr class="line01"><td>{a}</td><td>{d}</td></tr>|</table>',
    "nmpa": '<table class="ListColumnClass15">|<tr><td>{a}<span>({d})</span></td></tr>|</table>',
    "chinatax": '<ul class="list whlist">|<li>{a}<span>{d}</span></li>|</ul>',
    "chinatax_shared": '<ul class="nw_overview_lists">|<li>{a}<span>{d}</span></li>|</ul>',
    "customs": '<ul class="conList_ull">|<li>{a}<span>{d}</span></li>|</ul>',
    "mee": '<ul id="div">|<li><span class="date">{d}</span>{a}</li>|</ul>',
    "miit": '<div class="clist_con"><ul>|<li>{a}<span>{d}</span></li>|</ul></div>',
    "mohurd": "<table><tr><td><table><tbody>|<tr><td>1</td><td>{a}</td><td>建〔2026〕1号</td><td>发布日期:{d}</td></tr>"
    "|</tbody></table></td></tr></table>",
    "zhejiang_jxt": '<div>|<p class="lb-list">{a}<span>{d}</span></p>|</div>',
    "nea_offices": '<div class="wrapper_overview_right_list"><ul>|<li><a href="{u}"><span>{t}</span><span>{d}</span></a></li>'
    "|</ul></div>",
    "henan_fgw": '<div class="zfxxgk_zdgkc"><ul>|<li>{a}<b>{d}</b></li>|</ul></div>',
    "chongqing_fzggw": '<div class="gkm-cr glw-c"><div><ul>|<li>{a}<span>{d}</span></li>|</ul></div></div>',
    "sichuan_fgw": '<div class="biaobody"><ul>|<li><div class="lie1">1</div><div class="lie2">{a}</div>'
    '<div class="lie4">{d}</div></li>|</ul></div>',
    "shaanxi_sthjt": '<ul class="cm-news-list">|<li>{a}<span>{d}</span></li>|</ul>',
    "hunan_gxt": '<table id="list">|<tr><td>{d}</td><td>{a}</td></tr>|</table>',
    "gansu_fzgg": '<ul id="body">|<li><div class="title">{a}</div><div class="date">{d}</div></li>|</ul>',
    "mohrss": '<div class="organBox">|<div class="organGeneralNewListConType"><span class="organMenuTxtLink">{a}</span>'
    '<span class="organGeneralNewListTxtConTime"><span>{d}</span></span></div>|</div>',
    "guangxi_dnr": '<ul class="more-list">|<li><span>{d}</span>{a}</li>|</ul>',
    "tangshan": '<ul id="lbUR">|<li><div class="lis_suoyin">甲</div><div class="lis_title"><a class="titleBT" href="{u}" '
    'title="{t}">{t}</a><div class="dasite"><table><tr><td>发布日期</td><td>{d}</td></tr></table></div></div>'
    '<div class="lis_date">{d}</div></li>|</ul>',
    "ndrc": '<ul class="u-list">|<li>{a}<span>{d}</span><div class="popbox"><ul>'
    '<li><a href="/jd/x.html">相关解读材料</a></li></ul></div>'
    '</li><li class="empty"></li>|</ul>',
    "shanxi_zrzyt": '<ul class="zwgk_right_content">|<li><span>{d}</span>{a}</li>|</ul>',
    "shanghai_uli": '<ul class="uli14">|<li>{a}<span class="time">{d}</span></li>|</ul>',
    "wuhu": '<ul>|<li class="odd"><a class="left" href="{u}" title="{t}"><span>{t}</span></a>'
    '<span class="right date">{d}</span></li>|</ul>',
    "jpaas": '<div class="page-content"><ul>|<li>{a}<span>{d}</span></li>|</ul></div>',
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_list_of_each_shape_is_found_beside_menus(shape: str) -> None:
    entries = listing(shape).entries
    assert [(entry.url, entry.date) for entry in entries] == [(f"{HOME}/zw/gs/{n}.html", day) for n, day in enumerate(DAYS, 1)]
    assert entries[0].title == "本地关于第1批项目名单的公示"


@pytest.mark.parametrize("form", ["{}年{}月{}日", "{}/{}/{}", "{}.{}.{}", "[{}-{}-{}]", "（{}-{}-{}）"])
def test_the_day_of_a_row_is_read_in_each_of_its_forms(form: str) -> None:
    assert [entry.date for entry in listing(SHAPES["beijing"], form).entries] == list(DAYS)


TEXTS = [
    ".mainTextBox",
    ".gkxl-article",
    ".xl-bk",
    "#zoom",
    ".zw",
    ".view",
    "#Zoom",
    "#content.content",
    ".content_block",
    "#UCAP-CONTENT",
    ".bt-article-y",
    ".zlyxwz_t2a",
    "#main",
    ".TRS_UEDITOR",
    "#contentlf",
    ".szf_lfNewsDetail",
    ".wip_art_con",
    "#ivs_content",
    ".article-body",
    ".contText",
    "#cmsArticleContent",
    ".gknbxq_detail",
    ".pages_content",
    ".position1-text2",
    ".article-box",
    ".content",
    "#News_Body_Txt_A",
    "#content_body",
    "#content_body_xxgk",
    "#downloadContent",
    "#zoomcon",
    ".grey14_30",
    "#vsb_content",
    ".TRS_Editor",
    "#fontzoom",
    ".articleBox",
    ".h-content",
    ".news_show_conter",
    ".page_text",
    ".articlecontent3",
    ".articlecontent1",
    "#nw_detail",
    ".easysite-news-peruse",
    "#con_con",
    ".article-content",
    ".main-txt",
    ".wrapper_deatil",
    ".yMain",
    ".zcwjk-xlcon",
    ".zwxl-main",
    ".detail",
    ".zfwjwzcontent",
    ".message-box",
    ".tys-main-zt",
    ".insMainConTxt",
    ".trs_editor_view",
    ".j-fontContent",
    ".wzcon",
    "#detailCnt",
    ".ewb-article",
    ".contt_cont",
    ".news_cont_d_wrap",
    "#j-show-body",
    ".Custom_UnionStyle",
    ".con",
]
WORDS = [
    "各县区人民政府，市政府各部门：现就有关事项通知如下，请认真组织实施。",
    "一、明确任务分工，压实工作责任。",
    "二、加强监督检查，及时报送情况。",
]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("tag", ["div", "td"])
def test_the_text_in_each_container_is_read_and_nothing_beside_it(name: str, tag: str) -> None:
    marks = f'id="{name[1:].partition(".")[0]}" class="{name.partition(".")[2]}"' if name[0] == "#" else f'class="{name[1:]}"'
    opened, closed = ("<table><tr>", "</tr></table>") if tag == "td" else ("", "")
    text = "".join(f"<p>{line}</p>" for line in WORDS)
    page = (
        f"<html><head><title>某市关于做好工作的通知</title></head><body><div class='nav'><ul>{MENU}</ul></div>"
        f"<div class='side'><h3>热点推荐</h3><ul>{SIDE}</ul></div><div class='box'><h1>某市关于做好工作的通知</h1>"
        f"<div class='info'><span>发布时间：2026-03-09</span><span>来源：某市办公室</span></div>"
        f"{opened}<{tag} {marks}>{text}</{tag}>{closed}<div class='share'>分享到：<a href='#'>微信</a></div></div>"
        f"<div class='footer'>主办：某市人民政府办公室</div></body></html>"
    )
    reading = PageReader().read(page.encode(), url=f"{HOME}/a/1.html", content_type="text/html; charset=utf-8")
    assert reading.kind == "article"
    assert list(reading.body) == WORDS
    assert (reading.title, reading.dates.shown) == ("某市关于做好工作的通知", "2026-03-09")
