"""Rows of columns in the shapes that templates give them: the day and the whole title of each are found."""

from __future__ import annotations

import pytest

from crawler.reader import PageReader
from storage.records import Reading

DAYS = range(1, 7)


def read(rows: str) -> Reading:
    page = f"<html><head><title>通知公告</title></head><body>{rows}</body></html>"
    return PageReader().read(page.encode(), url="http://www.x.gov.cn/zwgk/gg/index.html")


def ul(row: str) -> str:
    return "<ul class=l>" + "".join(row.format(d=d) for d in DAYS) + "</ul>"


def div(row: str) -> str:
    return "<div class=items>" + "".join(row.format(d=d) for d in DAYS) + "</div>"


def table(row: str, head: str = "") -> str:
    return f"<table>{head}" + "".join(row.format(d=d) for d in DAYS) + "</table>"


SUMMARY = "摘要：某项工作于2020年1月1日开始，现将有关事项通知如下，请各单位遵照执行。"
HEAD = "<tr><th>序号</th><th>标题</th><th>文号</th><th>成文日期</th><th>发布日期</th></tr>"
LINK = "<a href=./c{d}.html>关于某项工作的通知第{d}号</a>"
SHAPES = {
    "day and month in nodes of their own": ul(f"<li><div><span>0{{d}}</span><span>2024.03</span></div>{LINK}</li>"),
    "day before a month, the year in the address": ul(
        "<li><em><b>0{d}</b><i>03月</i></em><a href=./202403/t2024030{d}_1.html>关于某项工作的通知第{d}号</a></li>"
    ),
    "no year, but in the address": ul("<li><a href=./202403/t2024030{d}_1.html>关于某项工作的通知第{d}号</a>[03-0{d}]</li>"),
    "a title cut short, whole with more in its attribute": ul(
        "<li><a href=./c{d}.html title='标题：关于某项工作的通知第{d}号&#10;发布时间：2024-03-0{d}'>关于某项...</a>"
        "2024/3/{d} 10:20:33</li>"
    ),
    "a table that tells two days": table(
        f"<tr><td>{{d}}</td><td>{LINK}</td><td>某发{{d}}号</td><td>2024-01-02</td><td>2024-03-0{{d}}</td></tr>", HEAD
    ),
    "cards with a summary that tells another day": div(
        f"<div class=item><h3>{LINK}</h3><p>{SUMMARY}</p><div class=t>2024-03-0{{d}}</div></div>"
    ),
    "links that are rows": div(
        "<a class=row href=./c{d}.html><span>关于某项工作的通知第{d}号</span><span>2024-03-0{d}</span></a>"
    ),
    "rows parted by line breaks": div(f"·{LINK} [2024-03-0{{d}}]<br>"),
    "rows parted by line breaks, the day first": div(f"[2024-03-0{{d}}] {LINK}<br>"),
    "terms and their descriptions": "<dl>"
    + "".join(f"<dt>{LINK}</dt><dd>2024-03-0{{d}}</dd>".format(d=d) for d in DAYS)
    + "</dl>",
    "opened by a click": ul(
        "<li><a href='javascript:;' onclick=\"show(this,'./c{d}.html')\">关于某项工作的通知第{d}号</a>2024-03-0{d}</li>"
    ),
    "related rows within a row": table(
        f"<tr><td>{LINK}<div><ul><li><a href=./j{{d}}.html>解读：某项工作的通知怎么看待才算全面</a></li></ul></div></td>"
        "<td>2024年3月{d}日</td></tr>"
    ),
    "separators between rows": ul(f"<li>{LINK}<span>2024-03-0{{d}}</span></li><li class=empty></li>"),
    "a span of months in the title": ul(
        "<li><a href=./c{d}.html>关于某项工作的通知第{d}号</a> 2024-03-0{d} 附2026年3-4月信息价</li>"
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_row_gives_its_title_and_its_day(shape: str) -> None:
    reading = read(SHAPES[shape])
    assert reading.kind == "listing"
    assert [(entry.title, entry.date) for entry in reading.entries] == [
        (f"关于某项工作的通知第{d}号", f"2024-03-0{d}") for d in DAYS
    ]


def test_a_span_of_months_is_no_day() -> None:
    rows = ul("<li><a href=./c{d}.html>某市2026年3-4月主要材料信息价第{d}号</a></li>")
    assert {entry.date for entry in read(rows).entries} <= {None}


def test_a_text_given_for_wide_and_for_narrow_screens_is_read_once() -> None:
    first, second = (
        "我局今年主动公开信息一千二百条，受理申请三十件，按期答复率百分之百，",
        "没有发生行政复议和行政诉讼，特此报告，供社会监督。",
    )
    text = f"<p>{first}</p><p>{second}</p>"
    page = f"<h1>某局年度报告</h1><div class=article-content><div class=pc>{text}</div><div class=mobile>{text}</div></div>"
    assert len(read(page).body) == 2


def test_an_order_ends_with_its_day() -> None:
    page = """<h1>某市人民政府令</h1><div class=article-content><p>《某办法》已经市政府常务会议通过，现予公布。</p>
    <p>市长 某某某</p><p>2025年3月26日</p></div>"""
    assert read(page).dates.written == "2025-03-26"
