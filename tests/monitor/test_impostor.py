"""A brand where a body's name belongs, hosts that are not the page's own, disguises; lawful words and hosts are let stand."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.impostor import is_proof, signs
from storage.records import Reading, SiteMarks

HOST = "www.copy.example"


def page(*body: str, title: str = "一则通知", printed: str | None = None, stated: tuple[str, ...] = (), **more: str) -> Reading:
    site = SiteMarks(name=more.get("name"), idcode=more.get("idcode"), printed=printed, stated=stated)
    return Reading(kind="article", title=title, body=body, site=site, source=more.get("source"))


def kinds(reading: Reading, host: str = "www.qinghe.gov.cn", known: Iterable[str] = ()) -> list[str]:
    return [sign.kind for sign in signs(reading, (host,), known)]


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


@pytest.mark.parametrize("host", ["www.copy.example", "www.chaofan.com", "www.fanwen.com.cn:8080", "a.b.org.cn"])
@pytest.mark.parametrize("stated", [("www.qinghe.gov.cn",), ("www.qinghe.gov.cn", "zwgk.qinghe.gov.cn")])
def test_a_public_bodys_domain_on_a_host_that_is_none_is_a_sign(stated: tuple[str, ...], host: str) -> None:
    (sign,) = found = signs(page(stated=stated), (host,))
    assert (sign.kind, sign.text, is_proof(found)) == ("domain", "www.qinghe.gov.cn", False)


@pytest.mark.parametrize(
    ("stated", "host", "known"),
    [
        ((), "www.copy.example", []),
        (("www.qinghe.gov.cn",), "www.qinghe.gov.cn", []),
        (("www.qinghe.gov.cn",), "gsj.another.gov.cn:9091", []),
        (("www.qinghe.gov.cn", "www.qinghe.com"), "www.qinghe.com", []),
        (("www.copy.example",), "www.qinghe.gov.cn", []),
        (("www.copy.example",), "www.another.example", []),
        (("www.qinghe.gov.cn",), "school.edu.cn", []),
        (("www.qinghe.gov.cn",), "61.1.2.3", []),
        (("www.qinghe.gov.cn",), "61.1.2.3:8080", []),
        (("www.qinghe.gov.cn",), "saved.invalid", []),
        (("www.qinghe.gov.cn",), "ggzy.group.example", ["ggzy.group.example"]),
    ],
)
def test_a_domain_that_may_honestly_differ_is_none(stated: tuple[str, ...], host: str, known: list[str]) -> None:
    assert kinds(page(stated=stated), host, known) == []


def test_two_heavy_signs_settle_it_and_one_does_not() -> None:
    copied = page(stated=("www.qinghe.gov.cn",), printed="www.qinghe.gov.cn")
    assert is_proof(signs(copied, (HOST,)))
    assert not is_proof(signs(page(printed="www.qinghe.gov.cn"), (HOST,)))
    assert is_proof(signs(page("亚博体育人民政府"), (HOST,)))
    assert not is_proof(())


@pytest.mark.parametrize(
    "title",
    [
        "威廉希尔app_清河县人民政府办公室关于做好工作的通知",
        "清河县人民政府公告-亚博体育",
        "娱乐城注册：国务院办公厅通知",
        "百家乐 国务院关于推进工作的意见",
        "国产精品一区二区-清河县民政局公开指南",
        "欧洲杯竞猜投注|省人民政府办公厅通报",
    ],
)
def test_a_bait_beside_an_official_title_is_a_sign(title: str) -> None:
    assert kinds(page(title=title)) == ["title"]


@pytest.mark.parametrize(
    "title",
    [
        "警惕亚博体育等网络赌博平台-清河县公安局",
        "清河县公安局通报：威廉希尔体育网络赌博案告破",
        "关于打击六合彩赌博活动的通告",
        "反诈提示：真人娱乐骗局-市公安局通告",
        "体彩中心关于世界杯竞猜活动的公告",
        "福彩双色球开奖公告_省民政厅",
        "体育彩票开奖公告-省体育局",
        "亚洲杯组委会公告-省体育局",
        "世界杯体育嘉年华-市体育局通知",
        "金沙体育馆改造项目公告-县住房和城乡建设局",
        "工业园一区二区规划公告-市自然资源局",
        "国产精品水稻推广-市农业农村局通知",
        "宣传片在线观看-县人民政府公开",
        "医保平台线上登录操作指南-市医疗保障局通知",
        "政务服务app官网下载-市政府公告",
        "银河社区居民委员会公告",
    ],
)
def test_an_honest_title_with_such_words_is_none(title: str) -> None:
    assert kinds(page(title=title)) == []


@pytest.mark.parametrize("text", ["国务院办公厅买足球的软件印发政务公开工作要点", "清河县人民政府体育投注关于做好工作的通知"])
def test_a_bait_in_the_place_of_a_function_word_is_a_sign(text: str) -> None:
    assert kinds(page(text)) == ["keyword"]


@pytest.mark.parametrize(
    "text",
    [
        "国务院办公厅近日印发政务公开工作要点",
        "市人民政府办公室政务平台关于热线办理情况的通报",
        "国务院办公厅关于软件正版化工作的通知",
        "县人民政府办公室转发市民政局关于福彩公益金使用的通知",
    ],
)
def test_an_honest_heading_is_none(text: str) -> None:
    assert kinds(page(text, title=text)) == []


def test_characters_broken_by_a_converter_are_a_sign_and_sounds_taught_are_none() -> None:
    assert kinds(page("國務(wù)院辦(bàn)公廳關(guān)于印發(fā)通知")) == ["characters"]
    assert kinds(page("國務(wù)院办公厅")) == []
    assert kinds(page("甪(lù)直镇、尉(yù)犁县、六(lù)安市、蚌(bèng)埠市地名读音")) == []
    assert kinds(page("國務院辦公廳關於印發通知，各省、自治區、直轄市人民政府。" * 5)) == []


def test_what_honest_pages_show_too_counts_only_with_others() -> None:
    strewn = "财政部@@关于@@做好@@预算@@公开@@工作@@的通知"
    spun = "对于2016年第二次全国政府网站检查情况的通报"
    mixed = (
        "國務院辦公廳關於進一步做好政務公開工作發展經濟實業過程環" * 2
        + "国务院办公厅关于进一步做好政务公开工作发展经济实业过程环" * 2
    )
    assert [kinds(page(one)) for one in (strewn, spun, mixed)] == [[], [], []]
    assert kinds(page(strewn, title=spun)) == ["strewn", "wording"]
    assert kinds(page(strewn, mixed)) == ["strewn", "scripts"]
    assert kinds(page("张**同志等人", "李**、王**、赵**、钱**、孙**", "姓名 | 编号 | 金额", title=spun)) == []
    group = page(strewn, stated=("www.qinghe.gov.cn",))
    assert kinds(group, "group.example", ["group.example"]) == ["domain", "strewn"]


def test_a_code_or_number_of_another_province_is_told_only_beside_other_signs() -> None:
    alone = page("豫政办发〔2018〕3号", name="河南省人民政府", idcode="4500000001")
    assert kinds(alone) == []
    other = page("湘政办发〔2018〕3号", "亚博体育人民政府公告", name="河南省人民政府", idcode="4500000001")
    assert [(sign.kind, sign.province) for sign in signs(other, (HOST,))] == [
        ("brand", ""),
        ("code", "广西"),
        ("number", "湖南省"),
    ]
    own = page("豫政办发〔2018〕3号", "亚博体育人民政府公告", name="河南省人民政府", idcode="4100000001")
    assert kinds(own) == ["brand"]


def test_each_sign_carries_the_text_that_shows_it() -> None:
    found = signs(
        page("國務(wù)院辦(bàn)公廳關(guān)于", title="亚博体育-清河县人民政府通知", stated=("www.qinghe.gov.cn",)), (HOST,)
    )
    assert {sign.kind: sign.text for sign in found} == {
        "domain": "www.qinghe.gov.cn",
        "title": "亚博体育",
        "characters": "務(wù) 辦(bàn) 關(guān)",
    }
