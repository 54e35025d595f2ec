"""Where an answer led instead of to the page, by redirect, by script and by what the page is; and what is no detour."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.reader import PageReader
from storage.records import Answer, Examination, Outcome

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
HOME = "https://www.jia.gov.cn/"
ASKED = f"{HOME}zwgk/202601/t20260128_7.html"
PARAGRAPH = "<p>全年主动公开政府信息一百二十条，办理申请十二件，均在规定的期限内答复，没有因此发生行政复议。</p>"
ARTICLE = f"<html><body><h1>甲市年度报告</h1><div class='TRS_Editor'>{PARAGRAPH * 12}</div></body></html>"
LINKS = "".join(f"<li><a href='/c{n}/'>栏目{n}</a></li>" for n in range(30))
NAMED = "<head><title>甲市人民政府</title><meta name='SiteName' content='甲市人民政府'></head>"
SIGN_IN = "<html><head><title>{}</title></head><body><form><input type='password'></form></body></html>"


def look(body: str = ARTICLE, final: str = "", asked: str = ASKED) -> Examination:
    answer = Answer(asked, NOON, NOON, final_url=final or asked, status=200, body=body.encode())
    return PageReader().examine(answer, home=HOME)


@pytest.mark.parametrize(
    ("final", "outcome", "why"),
    [
        ("https://sso.jia.gov.cn/index?service=x", Outcome.WALLED, "sign-in"),
        ("https://tyrz.zwfw.gov.cn/am/oauth2/authorize", Outcome.WALLED, "sign-in"),
        ("https://www.jia.gov.cn/user/login.html", Outcome.WALLED, "sign-in"),
        ("https://errors.aliyun.com/error", Outcome.BLOCKED, "shield's own host"),
        ("http://help.365cyd.com/cyd-error-help.html?code=403", Outcome.BLOCKED, "shield's own host"),
        ("https://www.yi.gov.cn/a.html", Outcome.MOVED, "another host"),
        ("https://www.jia.gov.cn/404.html", Outcome.SOFT_GONE, "error page"),
        ("https://www.jia.gov.cn/404/index.html", Outcome.SOFT_GONE, "error page"),
        ("https://www.jia.gov.cn/page-not-found", Outcome.SOFT_GONE, "error page"),
        ("https://www.jia.gov.cn/index.shtml", Outcome.SOFT_GONE, "home page"),
        ("https://www.jia.gov.cn/zwgk/202601/t20260128_8.html", Outcome.OK, "article"),
        ("https://www.jia.gov.cn/zwgk/login-record/t20260128_8.html", Outcome.WALLED, "sign-in"),
    ],
)
def test_a_redirect_says_by_its_end_what_it_is(final: str, outcome: Outcome, why: str) -> None:
    found = look(final=final)
    assert (found.outcome, why in found.reason) == (outcome, True), found.reason


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ("location.href='/404.html'", Outcome.SOFT_GONE),
        ("window.location.replace('/index.html')", Outcome.SOFT_GONE),
        ("location.assign('https://www.yi.gov.cn/a.html')", Outcome.MOVED),
        ("location='/zwgk/other/t20260101_1.html'", Outcome.UNREADABLE),
    ],
)
def test_a_page_that_sends_on_by_script_says_where(script: str, outcome: Outcome) -> None:
    assert look(f"<html><body><script>{script}</script></body></html>").outcome is outcome


def test_the_home_page_in_the_place_of_a_document_is_soft_gone_and_at_its_own_address_it_is_not() -> None:
    home = f"<html>{NAMED}<body><ul>{LINKS}</ul></body></html>"
    assert look(home).outcome is Outcome.SOFT_GONE
    assert look(home, asked=HOME).outcome is Outcome.OK
    assert look(home, asked=f"{HOME}zwgk/").outcome is Outcome.OK


def test_a_document_titled_like_the_site_is_a_document() -> None:
    assert look(ARTICLE.replace("<body>", f"{NAMED}<body>")).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("title", "asked", "outcome"),
    [
        ("用户登录", ASKED, Outcome.WALLED),
        ("甲市政务服务网 登录", ASKED, Outcome.WALLED),
        ("甲市政务服务网 登录", f"{HOME}wsbs/", Outcome.OK),
        ("网上办事大厅_用户登录", f"{HOME}bsdt/index", Outcome.OK),
        ("用户登录", f"{HOME}zwgk/nianbao/", Outcome.WALLED),
        ("用户登录", f"{HOME}gwyks/login.html", Outcome.OK),
        ("用户登录", "https://sso.jia.gov.cn/portal", Outcome.OK),
    ],
)
def test_a_sign_in_page_is_a_wall_only_where_something_else_was_asked_for(title: str, asked: str, outcome: Outcome) -> None:
    assert (
        look(
            SIGN_IN.format(title) + "<p>请使用甲市政务服务统一账号登录，首次使用请先注册并完成实名认证，咨询电话12345。</p>",
            asked=asked,
        ).outcome
        is outcome
    )
