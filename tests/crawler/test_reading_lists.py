"""The list of a column is found among menus, side lists, hidden lists and footers, with or without days."""

from __future__ import annotations

import pytest

from crawler.reader import PageReader
from storage.records import Reading

TITLE = "关于印发某项工作实施办法的通知第{d}号"
SHAPES = {
    "li": ("ul", "<li><a href=./{p}{d}.html title='{t}'>{t}</a>{s}</li>"),
    "tr": ("table", "<tr><td>{d}</td><td><a href=./{p}{d}.html>{t}</a></td><td>{s}</td></tr>"),
    "div": ("div", "<div class=it><a href=./{p}{d}.html>{t}</a>{s}</div>"),
    "dd": ("dl", "<dd><a href=./{p}{d}.html>{t}</a>{s}</dd>"),
}


def rows(count: int, shape: str = "li", *, dated: bool = True, folder: str = "c", title: str = TITLE) -> str:
    around, row = SHAPES[shape]
    told = (
        row.format(d=d, p=folder, t=title.format(d=d), s=f"<span>2024-03-{d:02}</span>" if dated else "")
        for d in range(1, count + 1)
    )
    return f"<{around} class={folder}list>{''.join(told)}</{around}>"


MENU = "<div class=menu><ul>" + "".join(f"<li><a href=/gk/{n}/>政务公开栏目{n}</a></li>" for n in range(30)) + "</ul></div>"
FOOT = (
    "<div class=footer><ul>"
    + "".join(f"<li><a href=http://www.y{n}.gov.cn/>某省人民政府网站{n}</a></li>" for n in range(20))
    + "</ul></div>"
)
PAGERS = {
    "one page": "",
    "links": "<div class=page><a href=index.html>首页</a><a href=index_1.html>下一页</a><a href=index_9.html>末页</a></div>",
    "script": "<script>createPageHTML(9, 0, 'index', 'html');</script>",
}
SIDES = {
    "nothing": "",
    "hot": f"<div class=right><h3>热点信息</h3>{rows(8, folder='h', title='某市召开重要工作会议部署第{d}项工作')}</div>",
    "newest": f"<div class=side><div class=tit>最新公开</div>{rows(10, folder='n', title='某市最新公开的一份文件第{d}号')}</div>",
    "columns": "<div class=left><ul>"
    + "".join(f"<li><a href=/col{n}/>机构职能栏目名称{n}</a></li>" for n in range(15))
    + "</ul></div>",
    "links": f"<div class=right><div>相关链接</div>{rows(6, dated=False, folder='u', title='专题专栏的长长的一个名称{d}')}</div>",
    "hidden": f"<div style='display:none'>{rows(20, folder='z')}</div>",
    "explained": f"<div class=r><h4>政策解读</h4>{rows(6, folder='p', title='某项政策的解读材料第{d}期全文')}</div>",
}


def read(main: str, side: str, *, first: bool) -> Reading:
    crumbs = "<div class=crumb>当前位置：<a href=/>首页</a> &gt; <a href=/gk/>公开</a> &gt; 通知公告</div>"
    column = f"<div class=main>{crumbs}{main}</div>"
    middle = side + column if first else column + side
    page = f"<html><head><title>通知公告-某市人民政府</title></head><body>{MENU}{middle}{FOOT}</body></html>"
    return PageReader().read(page.encode(), url="http://www.x.gov.cn/gk/tz/index.html")


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_rows_of_the_column_are_read_and_no_others(shape: str, dated: bool, side: str) -> None:
    for count in (4, 15):
        for pager, markup in PAGERS.items():
            for first in (False, True):
                reading = read(rows(count, shape, dated=dated) + markup, SIDES[side], first=first)
                found = [entry.url.rpartition("/")[2] for entry in reading.entries]
                assert found == [f"c{d}.html" for d in range(1, count + 1)], (pager, first)
                assert bool(reading.next) == bool(markup), (pager, first)
