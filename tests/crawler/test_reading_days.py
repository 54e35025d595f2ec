"""Which of the days on a page is that of its publication: clocks, rows of lists, events and laws have days too."""

from __future__ import annotations

import pytest

from crawler.reader import PageReader
from storage.records import Reading

TEXT = "我局今年主动公开政府信息一千二百条，受理依申请公开三十件，均按期答复，没有发生行政复议和行政诉讼。"
ROW = "<li><a href=r{n}.html>关于第{n}号事项的通知</a><span>2026-01-0{n}</span></li>"
ROWS, MANY = (f"<ul>{''.join(ROW.format(n=n) for n in range(1, count))}</ul>" for count in (3, 9))
DAY = "2024-05-06"


def read(info: str = "", *, text: str = "", head: str = "", side: str = "", meta: str = "", foot: str = "") -> Reading:
    title = "关于某项工作的通知"
    body = f"<div class=TRS_Editor><p>{TEXT}</p>{text}</div>"
    page = f"""<html><head><title>{title}_某市人民政府</title>{meta}</head><body><div class=top>{head}</div>
    <div class=left>{side}</div><div class=main><h1>{title}</h1>{info}{body}{foot}</div></body></html>"""
    return PageReader().read(page.encode(), url="http://www.x.gov.cn/a/b.html")


def day(reading: Reading) -> str | None:
    return (reading.dates.published or "")[:10] or None


INFOS = [
    "<p>2024-05-06 来源：某局</p>",
    "<p>（2019年4月3日国务院令第711号公布）</p><p>发布时间：2024-05-06 10:00</p>",
    "<table><tr><td>成文日期</td><td>2024年04月30日</td><td>发布日期</td><td>2024年05月06日</td></tr></table>",
    "<p>生成日期：2024-04-30</p><p>发布日期：2024-05-06</p>",
    "<p>发布时间：2024-05-06 更新时间：2024-06-01</p>",
    "<p>时间：2024/5/6 9:03:01</p>",
    "<p>发布日期：2024.05.06</p>",
    "<p>发布日期：<span>2024</span>-<span>05</span>-<span>06</span></p>",
    "<p>发布时间： 2024- 05- 06</p>",
    "<ul><li>索引号：12/2024</li><li>发布日期：2024-05-06</li><li>发文机关：某局</li></ul>",
    "<span>2024-05-06 09:00:00</span>",
    "<p>点击数：2024 发布日期：2024-05-06</p>",
    "<p>有效期至：2030-01-01 发布日期：2024-05-06</p>",
    "<p>截止日期：2024-06-06 发布日期：2024-05-06</p>",
    "<p>现在时间：2026-11-22 11:11</p><p>发布时间：2024-05-06</p>",
    "<p>某局 发布 2024-05-06 08:30</p>",
    "<p>【时间：2024-05-06】 【字体：大 中 小】</p>",
    "<p>日　　期：2024-05-06</p>",
]


@pytest.mark.parametrize("info", INFOS)
def test_the_day_of_publication_is_found_among_others(info: str) -> None:
    assert day(read(info)) == DAY


@pytest.mark.parametrize(
    "around",
    [
        {"head": "今天是2026年11月22日 星期日"},
        {"side": ROWS},
        {
            "side": ROWS.replace(
                "</ul>", "".join(f"<li><a href=r{n}.html>关于丙的通知</a> 2026-01-0{n}</li>" for n in range(1, 9)) + "</ul>"
            )
        },
        {"text": "<p>会议时间：2025年3月1日上午。报名时间：2025年2月1日至2月10日。</p>"},
        {"text": "<p>（2019年4月3日国务院令第711号公布，自2019年5月15日起施行。）</p>"},
        {"foot": "<p>Copyright 2001-2026 更新日期：2026-11-20</p>"},
        {"foot": "<ul><li><a href=1.html>关于甲的通知公告</a> 发布时间：2026-01-01</li></ul>"},
    ],
    ids=["clock", "rows", "many rows", "event", "law", "footer", "labelled rows"],
)
def test_days_of_other_things_are_not_taken(around: dict[str, str]) -> None:
    assert day(read("<p>发布日期：2024-05-06</p>", **around)) == DAY
    assert day(read(**around)) is None


def test_a_day_of_writing_or_of_an_event_alone_is_no_day_of_publication() -> None:
    assert day(read("<p>成文日期：2024-04-30</p>")) is None
    assert day(read("<p>公示时间：2024年7月1日至7月5日</p>")) is None


def test_the_day_shown_comes_before_the_meta_tags() -> None:
    meta = '<meta name=PubDate content="2025-05-06 10:00">'
    assert day(read("<p>发布日期：2024-05-06</p>", meta=meta)) == DAY
    assert day(read(meta=meta)) == "2025-05-06"
