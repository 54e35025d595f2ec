"""A brand where a body's name belongs and a foreign host in the portal's own line; lawful words and hosts are let stand."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.impostor import signs
from storage.records import Reading, SiteMarks

HOST = "www.copy.example"


def page(*body: str, title: str = "一则通知", printed: str | None = None, **more: str) -> Reading:
    return Reading(kind="article", title=title, body=body, site=SiteMarks(printed=printed), source=more.get("source"))


def brands(*body: str, **more: str) -> list[tuple[str, str]]:
    return [(sign.text, sign.province) for sign in signs(page(*body, **more), (HOST,)) if sign.kind == "brand"]


@pytest.mark.parametrize(
    ("text", "slot", "province"),
    [
        ("按照《亚博体育人民政府办公厅关于做好工作的通知》(湘政办发〔2018〕3号)的要求", "亚博体育人民政府办公厅", "湖南省"),
        ("根据威廉希尔体育政务公开与政务服务领导小组办公室的部署", "威廉希尔体育政务公开与政务服务领导小组办公室", ""),
        ("beat365清河县民政局", "beat365清河县民政局", ""),
        ("由金沙博彩领导小组负责。", "金沙博彩领导小组", ""),
        ("各单位，六合彩省人民政府决定", "六合彩省人民政府", ""),
        ("《世界杯投注委员会办公室公告》", "世界杯投注委员会办公室", ""),
    ],
)
def test_a_brand_in_the_place_of_a_body_is_a_sign(text: str, slot: str, province: str) -> None:
    assert brands(text) == [(slot, province)]


def test_it_may_stand_in_the_title_or_as_the_source_and_is_told_once() -> None:
    assert brands(title="亚博体育人民政府公告") == brands(source="亚博体育人民政府") == [("亚博体育人民政府", "")]
    assert len(brands("亚博体育人民政府", "亚博体育人民政府", title="亚博体育人民政府公告")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "福彩中心公布开奖结果，体彩管理中心同日公布。",
        "亚洲杯组织委员会、世界杯组织委员会来函。",
        "金沙县人民政府办公室、永利镇人民政府、万博商务区管理委员会。",
        "金沙县体育局、皇冠体育中心管理委员会、银河体育馆办公室。",
        "敢打必赢，领导小组办公室全力攻坚。",
        "县公安局打击“六合彩”赌博专项行动领导小组办公室成立。",
        "严查六合彩领导小组办公室。六合彩专项治理领导小组办公室。",
        "市公安局侦破亚博体育网络赌博案，县公安局配合。",
        "“亚博体育”网络赌博案由县公安局侦办。",
        "警惕威廉希尔体育、bet365等赌博网站，民政局提醒。",
        "bet365的用户向公安局报案。",
        "阜政办发〔2017〕32号，辽政办明电〔2018〕3号。",
    ],
)
def test_lawful_words_and_warnings_are_none(text: str) -> None:
    assert brands(text) == []


@pytest.mark.parametrize(
    ("printed", "fetched", "known"),
    [
        ("www.0413piao.example", ["www.xiangtan.gov.cn"], []),
        ("www.xiangtan.gov.cn", ["www.copy.example"], []),
        ("www.xiangtan.gov.cn", ["www.copy.example:8080"], ["zwgk.copy.example"]),
    ],
)
def test_a_foreign_host_in_the_portals_own_line_is_a_sign(printed: str, fetched: list[str], known: Iterable[str]) -> None:
    assert [(sign.kind, sign.text) for sign in signs(page(printed=printed), fetched, known)] == [("host", printed)]


@pytest.mark.parametrize(
    ("printed", "fetched", "known"),
    [
        (None, [HOST], []),
        ("www.xiangtan.gov.cn", ["xiangtan.gov.cn:80"], []),
        ("www.xiangtan.gov.cn", ["fgw.xiangtan.gov.cn"], []),
        ("www.xiangtan.com.cn", ["zwgk.xiangtan.com.cn"], []),
        ("www.xiangtan.example", [HOST], ["www.xiangtan.example"]),
        ("www.old-name.gov.cn", ["www.new-name.gov.cn"], []),
        ("www.0413piao.example", ["saved.invalid"], []),
        ("www.0413piao.example", [""], []),
    ],
)
def test_its_own_host_a_relative_and_no_host_at_all_are_none(printed: str | None, fetched: list[str], known: list[str]) -> None:
    assert signs(page(printed=printed), fetched, known) == ()


def test_only_articles_are_looked_at() -> None:
    listing = Reading(kind="listing", title="亚博体育人民政府", site=SiteMarks(printed="www.other.example"))
    assert signs(listing, (HOST,)) == signs(None, (HOST,)) == ()


WORDS = "亚博 体育 金沙 六合彩 人民政府 办公厅 局 领导小组 县 由 《 （ 湘政办发〔2018〕3号 bet365 ﹏ ① ．"
PIECES = st.sampled_from(WORDS.split(" "))


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_no_text_and_no_host_breaks_it(text: str, printed: str, host: str) -> None:
    signs(page(text, title=text, printed=printed), (host,), (printed[:3],))
