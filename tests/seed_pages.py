"""The real documents of ../shared/seeds as pages of a portal, in any encoding. Their text is read there and kept nowhere else."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path

SEEDS = Path(os.environ.get("GONGKAI_SHARED", Path(__file__).resolve().parents[1].parent / "shared")) / "seeds"

TITLE_OF_001 = "阜新市2017年政府信息公开工作年度报告"


def seed(number: str) -> list[str]:
    """The lines of a document that hold text."""
    lines = (SEEDS / f"{number}.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def page(title: str, info: str, paragraphs: list[str], encoding: str, container: str) -> bytes:
    """A typical article page: menu, clock, crumbs, title, info line, text, share bar, related rows and footer."""
    text = "".join(f"<p>　　{escape(line)}</p>\n" for line in paragraphs)
    return f"""<!DOCTYPE html><html><head><title>{escape(title)}_某某市人民政府门户网站</title></head><body>
<div class="top"><span id="clock">2026年9月18日 星期五 10:20</span>
<a href="/">首页</a><a href="/zwgk/">政务公开</a><a href="/hdjl/">互动交流</a></div>
<div class="nav"><ul><li><a href="/a/">要闻</a></li><li><a href="/b/">公告</a></li><li><a href="/c/">政策</a></li></ul></div>
<div class="main"><div class="crumbs">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a></div>
<h1>{escape(title)}</h1><div class="info">{info}</div>
<div {container}>{text}</div>
<div class="share">分享到：<a href="#">微信</a></div></div>
<div class="right"><h3>最新公开</h3><ul>
<li><a href="/x/t20260901_1.html">关于一件别的事情的通知</a><span>2026-09-01</span></li>
<li><a href="/x/t20260902_2.html">关于另一件事情的通知</a><span>2026-09-02</span></li></ul></div>
<div class="footer">主办：某某市人民政府办公室 网站标识码：1234567890 更新日期：2026-09-17</div></body></html>""".encode(
        encoding, "xmlcharrefreplace"
    )


def column(name: str, rows: list[tuple[str, str, str]], encoding: str) -> bytes:
    """A typical column page from rows of title, address and date."""
    listed = "".join(
        f'<li><a href="{url}" title="{escape(title)}">{escape(title)}</a><span>{day}</span></li>' for title, url, day in rows
    )
    return f"""<!DOCTYPE html><html><head><title>{name}_某某区人民政府</title></head><body>
<div class="nav"><a href="/">首页</a><a href="/zwgk/">政务公开</a></div><h2>{name}</h2>
<div class="list"><ul class="list-cont">{listed}</ul></div>
<div class="footer">主办：某某区人民政府办公室</div></body></html>""".encode(encoding, "xmlcharrefreplace")


def document(number: str, encoding: str, container: str) -> bytes:
    """One of the five documents as a page, its printed title and date line where a portal has them."""
    lines = seed(number)
    if number == "001":  # the text alone was found; its title follows from it
        return page(TITLE_OF_001, "来源：本站 时间：2018-04-20", lines, encoding, container)
    if number == "002":
        return page(lines[0], lines[1], lines[2:], encoding, container)
    if number == "003":
        start = next(index for index, line in enumerate(lines) if line.startswith("大政办发"))
        return page(lines[0], lines[1], lines[start:], encoding, container)
    if number == "004":
        return page(lines[2], lines[3], lines[4:-4], encoding, container)
    return page(lines[0], "来源：某办公室 时间：2014-12-20", lines[1:], encoding, container)
