"""Answers get the outcome that a careful person would give them: could not look is never not there."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reader import PageReader
from storage.records import Answer, Examination, Outcome

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
ASKED = "https://www.jia.gov.cn/zwgk/202601/t20260128_7.html"
PARAGRAPH = "<p>全年主动公开政府信息一百二十条，办理申请十二件，均在规定的期限内答复，没有因此发生行政复议。</p>"
ARTICLE = "<html><head><title>年度报告</title></head><body><h1>甲市年度报告</h1>"
ARTICLE += f"<div class='TRS_Editor'>{PARAGRAPH * 12}</div></body></html>"


def look(
    body: str | bytes = ARTICLE,
    status: int | None = 200,
    *,
    final: str = ASKED,
    asked: str = ASKED,
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),),
    error: str | None = None,
) -> Examination:
    raw = tuple((key.encode(), value.encode()) for key, value in headers)
    content = body.encode() if isinstance(body, str) else body
    answer = Answer(asked, NOON, NOON, final_url=final, status=status, headers=raw, body=content, error=error)
    return PageReader().examine(answer, home="https://www.jia.gov.cn/")


def page(text: str, title: str = "", head: str = "") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{text}</body></html>"


def test_an_ordinary_article_is_ok_and_read() -> None:
    found = look()
    assert found.outcome is Outcome.OK
    assert found.reading is not None
    assert found.reading.kind == "article"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("refused_robots: disallowed", Outcome.REFUSED),
        ("refused_address: 127.0.0.1", Outcome.REFUSED),
        ("refused_budget: run used up", Outcome.REFUSED),
        ("too_large: more than 20000000 bytes", Outcome.REFUSED),
        ("bomb: grows without end", Outcome.REFUSED),
        ("timeout: no answer within 30 s", Outcome.FAILED),
        ("dns: no such host", Outcome.FAILED),
        ("tls: certificate expired", Outcome.FAILED),
        ("cut: 10 of 200 bytes", Outcome.FAILED),
        ("too_many_redirects: 11", Outcome.FAILED),
    ],
)
def test_errors_of_the_wire_are_refused_or_failed(error: str, outcome: Outcome) -> None:
    assert look("", None, error=error).outcome is outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (304, Outcome.NOT_MODIFIED),
        (404, Outcome.GONE),
        (410, Outcome.GONE),
        (401, Outcome.BLOCKED),
        (403, Outcome.BLOCKED),
        (412, Outcome.BLOCKED),
        (521, Outcome.BLOCKED),
        (405, Outcome.BLOCKED),
        (418, Outcome.BLOCKED),
        (493, Outcome.BLOCKED),
        (429, Outcome.FAILED),
        (500, Outcome.FAILED),
        (502, Outcome.FAILED),
        (400, Outcome.FAILED),
    ],
)
def test_a_status_decides_whatever_the_page_says(status: int, outcome: Outcome) -> None:
    assert look(page("<p>短</p>"), status).outcome is outcome


@pytest.mark.parametrize(
    "text",
    [
        "您的访问可能对网站造成危险，已被云防护安全拦截",
        "当前访问疑似黑客攻击，已被创宇盾拦截",
        "您的请求带有不合法参数，已被网站管理员设置拦截",
        "访问过于频繁，请完成验证",
        "<script>window.$_ts=window.$_ts||{};</script>",
        "<script>document.cookie='__jsl_clearance=1'</script>",
        "<img src='/ks-waf-error.png'>",
        "请稍后重试",
    ],
)
def test_a_shield_page_with_status_200_is_blocked(text: str) -> None:
    assert look(page(text)).outcome is Outcome.BLOCKED


def test_a_shield_on_a_404_is_blocked_not_gone() -> None:
    assert look(page("当前访问疑似黑客攻击，已被创宇盾拦截"), 404).outcome is Outcome.BLOCKED


def test_a_404_by_way_of_a_content_network_is_gone() -> None:
    assert look(page("", "404 Not Found"), 404, headers=(("Server", "cloudflare"), ("cf-ray", "1"))).outcome is Outcome.GONE


def test_a_header_of_a_challenge_blocks() -> None:
    assert look("", 202, headers=(("x-amzn-waf-action", "challenge"),)).outcome is Outcome.BLOCKED


@pytest.mark.parametrize("text", ["网站维护中，请稍后访问", "系统升级维护，请稍后再试", "服务不可用"])
def test_maintenance_is_failed(text: str) -> None:
    assert look(page(f"<h2>{text}</h2>")).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "text",
    [
        "抱歉，您访问的页面不存在",
        "您访问的页面不存在或已被删除",
        "很抱歉，您要寻找的页面不存在或已被删除。",
        "页面未找到",
        "该信息已被撤回",
        "该内容已被发布者删除",
        "ERROR 404",
    ],
)
def test_a_short_page_that_says_so_is_soft_gone(text: str) -> None:
    assert look(page(f"<div><a href='/'>首页</a><h2>{text}</h2></div>")).outcome is Outcome.SOFT_GONE


def test_a_long_article_that_quotes_the_phrase_is_ok() -> None:
    assert look(ARTICLE.replace("</div>", "<p>您访问的页面不存在</p></div>")).outcome is Outcome.OK


def test_a_short_notice_about_maintenance_is_a_document() -> None:
    notice = "因政务服务平台系统升级维护，定于6月1日零时至六时暂停服务，恢复时间另行通知，不便之处敬请谅解，特此公告周知。"
    text = f"<div class='TRS_Editor'><p>{notice}</p></div>"
    head = '<meta name="ArticleTitle" content="关于系统升级维护的公告"><meta name="PubDate" content="2026-05-30 10:00">'
    assert look(page(text, "关于系统升级维护的公告", head)).outcome is Outcome.OK


@pytest.mark.parametrize("final", ["https://www.jia.gov.cn/", "http://jia.gov.cn/index.html", "https://www.jia.gov.cn"])
def test_a_redirect_to_the_home_page_is_soft_gone(final: str) -> None:
    assert look(final=final).outcome is Outcome.SOFT_GONE


def test_a_redirect_of_the_home_page_itself_is_not() -> None:
    assert look(asked="http://www.jia.gov.cn/", final="https://www.jia.gov.cn/index.html").outcome is Outcome.OK


def test_a_redirect_from_http_to_https_is_nothing() -> None:
    assert look(asked=ASKED.replace("https:", "http:")).outcome is Outcome.OK


def test_a_redirect_to_another_host_is_moved() -> None:
    assert look(final="https://www.yi.gov.cn/a.html").outcome is Outcome.MOVED


def test_a_page_that_sends_home_by_script_is_soft_gone() -> None:
    assert look(page("<script>window.location.href='/';</script>")).outcome is Outcome.SOFT_GONE


def test_a_redirect_to_a_page_titled_like_the_site_is_soft_gone() -> None:
    body = page(PARAGRAPH * 12, "甲市人民政府", '<meta name="SiteName" content="甲市人民政府">')
    assert look(body, final="https://www.jia.gov.cn/portal/main.html").outcome is Outcome.SOFT_GONE


@pytest.mark.parametrize("body", ["", "   ", "<html></html>", page("<div id='app'></div><script src='/a.js'></script>", "甲市")])
def test_an_empty_result_is_never_success(body: str) -> None:
    assert look(body).outcome is Outcome.UNREADABLE


def test_a_list_that_scripts_fill_was_not_seen() -> None:
    head = '<meta name="ColumnName" content="年报">'
    assert look(page("<ul id=l></ul><script>$.ajax({url:'/q'})</script>", "年报", head)).outcome is Outcome.UNREADABLE
    assert (
        look(page("<p>首页 政务公开 互动交流</p><p>暂无信息</p><script>$.ajax({})</script>", "年报", head)).outcome is Outcome.OK
    )


def test_a_sign_in_page_where_an_article_was_is_walled() -> None:
    form = "<form><input name=u><input type='password' name=p><button>登录</button></form>"
    assert look(page(form, "用户登录")).outcome is Outcome.WALLED
    assert look(page(form, "用户登录"), final="https://www.jia.gov.cn/sso/login").outcome is Outcome.WALLED


def test_a_page_wholly_behind_a_wall_is_walled_and_one_with_text_is_ok() -> None:
    wall = "<div class='TRS_Editor'><p>此处内容需要权限查看</p><p>会员免费查看</p></div>"
    assert look(page(wall, "报告")).outcome is Outcome.WALLED
    found = look(ARTICLE.replace("</div>", "<p>此处内容需要权限查看</p></div>"))
    assert found.outcome is Outcome.OK
    assert found.reading is not None
    assert [gap.kind for gap in found.reading.gaps] == ["wall"]


def test_files_are_ok_and_titled_by_their_name() -> None:
    found = look(
        b"%PDF-1.7 ... %%EOF", final="https://www.jia.gov.cn/a/%E6%8A%A5%E5%91%8A.pdf", asked="https://www.jia.gov.cn/a/b.pdf"
    )
    assert found.outcome is Outcome.OK
    assert found.reading is not None
    assert (found.reading.kind, found.reading.title, found.reading.body) == ("other", "报告.pdf", ())


def test_an_error_page_served_for_a_file_is_not_a_file() -> None:
    assert look(page("<h1>您访问的页面不存在</h1>"), asked="https://www.jia.gov.cn/a.pdf", final="").outcome is Outcome.SOFT_GONE


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_content_codings_are_removed(coding: str, pack: object) -> None:
    assert callable(pack)
    found = look(pack(ARTICLE.encode()), headers=(("content-type", "text/html"), ("Content-Encoding", coding)))
    assert found.outcome is Outcome.OK


def test_a_bomb_and_a_cut_body_are_unreadable() -> None:
    bomb = gzip.compress(b"\0" * 60_000_000)
    headers = (("content-encoding", "gzip"),)
    assert look(bomb, headers=headers).outcome is Outcome.UNREADABLE
    assert look(gzip.compress(ARTICLE.encode())[:-20], headers=headers).outcome is Outcome.UNREADABLE
    assert look(b"junk", 404, headers=(("content-encoding", "deflate"),)).outcome is Outcome.GONE


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=3000), st.sampled_from([200, 404, 403, 503]), st.text(max_size=40))
def test_examine_never_raises_on_any_bytes(body: bytes, status: int, address: str) -> None:
    found = look(body, status, final="http://" + address)
    assert isinstance(found.outcome, Outcome)
    assert found.reason
    assert not found.reason.startswith("the reader failed")


MARKUP = "<p>|</p>|<div class='TRS_Editor'>|<table><tr><td>|</td>|<ul><li>|<a href='x.pdf'>|<a href='http://[x'>|</a>|<br>|<!--"
TAGS = st.sampled_from(MARKUP.split("|"))
TEXTS = st.sampled_from(
    ["一、总则", "(三)加强", "1.5万", "会员免费查看", "2026-13-45", "发布时间：2026-1-1", "第十章", "来源：", "①", "\0", "下一页"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TAGS | TEXTS | st.text(max_size=8), max_size=60))
def test_examine_never_raises_on_any_markup(parts: list[str]) -> None:
    found = look("<html>" + "".join(parts))
    assert not found.reason.startswith("the reader failed")


@pytest.mark.parametrize("status", [200, 304, 404])
def test_what_came_without_a_verified_certificate_proves_nothing(status: int) -> None:
    url, now = "https://www.qinghe.example/a.html", datetime(2025, 3, 3, tzinfo=UTC)
    page = "<html><body><div class='TRS_Editor'><p>一段足够长的正文，看上去一切如常。</p></div></body></html>".encode()
    answer = Answer(url, now, now, url, status, body=page, tls="unverified: self-signed certificate")
    examination = PageReader().examine(answer)
    assert (examination.outcome, examination.reading) == (Outcome.FAILED, None)
    assert "self-signed" in examination.reason


def test_a_tag_of_countless_attributes_does_not_stop_the_reader() -> None:
    url, now = "https://www.qinghe.example/a.html", datetime(2025, 3, 3, tzinfo=UTC)
    attributes = " ".join(f"a{number}=1" for number in range(200_000))
    text = "<div class='TRS_Editor'><p>一段足够长的正文，前面的标签有二十万个属性。</p></div>"
    page = f"<html><body {attributes}>{text}</body></html>"
    examination = PageReader().examine(Answer(url, now, now, url, 200, body=page.encode()))
    assert examination.reading is not None
    assert "二十万个属性" in examination.reading.body[0]
