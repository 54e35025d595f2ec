"""Shields, missing pages, repairs, sign-in pages, shells and damaged answers, each beside an honest page with the same words.

Every case goes through `gongkai read --status --headers`, the path a crawl takes as well.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from front_door import Door

URL = "https://www.jia.gov.cn/zwgk/202601/t20260128_7.html"
MENU = "".join(f"<li><a href='/{n}/'>{n}</a></li>" for n in ("首页", "政务公开", "政务服务", "互动交流", "走进甲市", "专题专栏"))
FOOTER = "<div>主办单位：甲市人民政府办公室 网站标识码：4301000001</div>"
PARAGRAPH = "全年主动公开政府信息一百二十条，办理申请十二件，均在规定的期限内答复，没有因此发生行政复议。"


def page(text: str, title: str = "", head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{text}</body></html>"


def portal(text: str, title: str = "甲市人民政府", head: str = "") -> str:
    """A page in a portal's frame: menu above, imprint below."""
    return page(f"<ul>{MENU}</ul>{text}{FOOTER}", title, head)


def article(title: str, *paragraphs: str, day: str = "发布时间：2026-01-28") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return portal(f"<h1>{title}</h1><div>{day}</div><div class='TRS_Editor'>{body}</div>", f"{title}_甲市人民政府")


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """The command's word on an answer."""

    def read(body: str | bytes, status: int = 200, headers: Iterable[tuple[str, str]] = (), url: str = URL) -> dict[str, Any]:
        file, told = tmp_path / "page.html", tmp_path / "headers.json"
        file.write_bytes(body if isinstance(body, bytes) else body.encode())
        told.write_text(json.dumps([["Content-Type", "text/html"], *headers]))
        said = Door(tmp_path, {})("read", str(file), "--url", url, "--status", status, "--headers", str(told), "--json")
        assert said.code == 0, said.err
        found: dict[str, Any] = said.json
        return found

    return read


COOKIE = "Set-Cookie"
RUISHU = "<meta id='9DhefwqGPrzG' content='{{{qqqq}}}' r='m'><script r='m'>$_ts=window['$_ts'];</script>"
RUISHU += "<script src='/x.js' r='m'></script>"
SAFEDOG = (
    "<h3>网站防火墙</h3><p>您的请求带有不合法参数，已被网站管理员设置拦截！</p><p>可能原因：您提交的内容包含危险的攻击请求</p>"
)
SHIELDS = [
    ("瑞数", 412, [(COOKIE, "enable_924omrTVcFch=true")], page("", head=RUISHU), "瑞数"),
    ("瑞数 with 200", 200, [], page("", head=RUISHU), "瑞数"),
    ("瑞数 with 202", 202, [(COOKIE, "enable_924omrTVcFch=true; path=/")], page("<input id='x' type='hidden'>"), "瑞数"),
    ("加速乐", 521, [(COOKIE, "__jsluid_s=1f")], page("<script>document.cookie='x'</script>"), "加速乐"),
    ("加速乐 with 200", 200, [(COOKIE, "__jsluid_s=1f")], page("<script>document.cookie='__jsl_clearance=1'</script>"), "加速乐"),
    ("加速乐 notice", 403, [], page("<img src='/notice-jiasule.png'>"), "加速乐"),
    (
        "电信",
        405,
        [],
        page("<p>该网站正在使用电信云防护服务，由于您使用的请求方法存在潜在安全风险，被电信云防护拦截</p>"),
        "云防护",
    ),
    ("阿里", 405, [], page("<p>由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</p>"), "威胁"),
    ("阿里 with 200", 200, [], page("<p>您的访问被阻断。</p><img src='https://errors.aliyun.com/1.png'>", "405"), "阿里云盾"),
    ("阿里 challenge", 200, [], page("<script>var arg1='1';document.cookie='acw_sc__v2='+x</script>"), "阿里云盾"),
    ("奇安信", 493, [("WZWS-Ray", "1-1")], page("<p>拦截</p>"), "奇安信"),
    ("奇安信 with 200", 200, [("WZWS-Ray", "1")], page("<script src='/wzws-waf-cgi/x.js'></script>"), "奇安信"),
    ("华为", 418, [(COOKIE, "HWWAFSESID=1")], page("<p>您的请求疑似攻击行为！</p><p>事件ID：1</p>"), "攻击"),
    ("华为 with 200", 200, [("Server", "HuaweiCloudWAF")], page("<p>您的请求疑似攻击行为</p>"), "华为云"),
    ("腾讯", 403, [], page("<img src='http://waf.tencent-cloud.com/403page.html'><p>腾讯云Web应用防火墙</p>"), "腾讯云"),
    ("腾讯 501", 200, [], page("<iframe src='https://waf-static.tencent.com/501page.html?id=1'></iframe>"), "腾讯云"),
    (
        "创宇盾",
        200,
        [],
        page("<p>当前访问疑似黑客攻击，已被创宇盾拦截</p><a href='http://help.365cyd.com/a?code=403'>误报</a>"),
        "创宇盾",
    ),
    ("创宇盾 footer", 403, [], page("<p>访问被拦截</p><p>1.2.3.4/abcdef0 [80123]</p>"), "创宇盾"),
    ("知道创宇", 200, [], page("<img src='/ks-waf-error.png'>"), "创宇盾"),
    ("安全狗", 200, [(COOKIE, "safedog-flow-item=1")], page(SAFEDOG, "网站防火墙"), "安全狗"),
    ("安全狗 404", 404, [], page("<p>如果您是网站管理员，请登录安全狗</p><img src='http://404.safedog.cn/a.png'>"), "安全狗"),
    ("长亭", 403, [], page("<p>请求已被 长亭 SafeLine 阻断</p><!-- event id: 1 -->"), "长亭"),
    ("云盾", 200, [(COOKIE, "yd_cookie=1")], page("<p>Blocked by YUNDUN Cloud WAF</p>"), "云盾"),
    ("云锁", 200, [(COOKIE, "yunsuo_session_verify=1")], page("<p>请求含有不合法的参数，已被网站管理员设置拦截</p>"), "云锁"),
    (
        "云锁 empty",
        200,
        [(COOKIE, "security_session_verify=1")],
        page("<script>self.location='/?security_verify_data=1'</script>"),
        "云锁",
    ),
    ("玄武盾", 403, [], page("<p>已被拦截</p><a href='http://admin.dbappwaf.cn/'>反馈</a>"), "玄武盾"),
    ("百度云加速", 403, [("Server", "yunjiasu-nginx")], page("<p>友情提示</p>"), "百度云加速"),
    ("安全宝", 403, [], page("<img src='/aqb_cc/error/a.png'>"), "安全宝"),
    ("铱迅", 403, [(COOKIE, "yx_ci_session=1")], page("<p>提示</p>"), "铱迅"),
    ("绿盟", 403, [("Server", "NSFocus")], page("<p>提示</p>"), "绿盟"),
    ("网宿", 200, [], page("<p>您当前的访问行为存在异常，请稍后重试</p>"), "异常"),
    ("some cloud", 200, [], page("<p>您的访问可能对网站造成危险，已被云防护安全拦截</p>"), "拦截"),
    ("网站卫士", 200, [], page("<p>当前访问可能对网站安全造成威胁，已被网站卫士拦截</p>"), "威胁"),
    ("another cloud", 200, [], page("<p>抱歉！您的访问可能对网站造成威胁，已被云防护拦截</p>"), "威胁"),
    ("attacks", 200, [], page("<p>最近有可疑的攻击行为，请稍后重试</p>"), "攻击行为"),
    ("a threat", 200, [], page("<p>您的请求可能存在威胁，已被拦截</p>"), "威胁"),
    ("cut off", 200, [], page("<p>请求已被阻断</p>"), "阻断"),
    ("a firewall", 200, [], page("<p>WEB 应用防火墙</p>"), "防火墙"),
    ("refused", 200, [], page("<p>访问被拒绝</p>"), "拒绝"),
    ("verification", 200, [], page("<p>安全验证</p>"), "安全验证"),
    ("restricted", 200, [], page("<p>您的访问被限制</p>"), "限制"),
    ("too often", 200, [], page("<p>请求过于频繁</p>"), "频繁"),
    ("later", 200, [], page("<p>请稍后重试</p>"), "请稍后重试"),
    ("WeChat", 200, [], page("<h2>环境异常</h2><p>当前环境异常，完成验证后即可继续访问。</p><a href='#'>去验证</a>"), "环境异常"),
    ("captcha", 200, [], page("<p>您的IP访问过于频繁，请输入验证码后继续</p><input name=code>"), "频繁"),
    ("court", 455, [], page("<p>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</p>", "455"), "威胁"),
    ("with its own menu", 403, [], portal("<p>您的请求带有不合法参数，已被网站管理员设置拦截</p>"), "不合法"),
    ("with a time", 200, [], page("<p>您的访问被阻断。</p><p>请求时间：2026-01-28 10:00:00</p><p>您的请求ID是：12</p>"), "阻断"),
    ("Cloudflare", 403, [("cf-mitigated", "challenge")], page("", "Just a moment..."), "moment"),
    ("Amazon", 202, [("x-amzn-waf-action", "challenge")], page(""), "x-amzn-waf-action"),
]


@pytest.mark.parametrize(("status", "headers", "body", "why"), [case[1:] for case in SHIELDS], ids=[case[0] for case in SHIELDS])
def test_a_shields_page_is_blocked_and_the_reason_names_it(read: Any, status: int, headers: Any, body: str, why: str) -> None:
    found = read(body, status, headers)
    assert found["outcome"] == "blocked", found["reason"]
    assert why in found["reason"]


def test_data_in_which_a_shield_refuses_is_blocked_and_other_data_is_not(tmp_path: Path, read: Any) -> None:
    told = json.dumps({"code": 403, "msg": "您的请求过于频繁，请稍后重试"}, ensure_ascii=False)
    file, headers = tmp_path / "data.json", tmp_path / "h.json"
    headers.write_text('{"Content-Type": "application/json"}')
    outcomes = []
    for data in (told, '{"code": 200, "rows": []}'):
        file.write_text(data)
        said = Door(tmp_path, {})("read", str(file), "--url", "https://www.jia.gov.cn/q", "--headers", str(headers), "--json")
        outcomes.append(said.json["outcome"])
    assert outcomes == ["blocked", "ok"]


GONE = [
    "ERROR 404 您访问的页面不存在",
    "抱歉，您访问的页面不存在",
    "您访问的页面不存在或已被删除",
    "页面未找到",
    "页面不见了",
    "内容已被发布者移走或已被移除",
    "很抱歉，您要寻找的页面不存在或已被删除。请确认您访问的页面地址是否正确",
    "您搜索的页面不存在或已被删除",
    "该内容已被发布者删除",
    "该内容已删除",
    "此内容因违规无法查看",
    "该信息已被撤回",
    "稿件已撤销",
    "页面已删除",
    "对不起，您所访问的文章已下线",
    "404 Not Found",
    "您要查看的信息已过期，请返回首页",
    "抱歉，您访问的页面地址有误，或者该页面不存在。",
    "无法找到您要访问的页面或资源",
    "您要访问的页面可能已移动或删除",
    "抱歉，该信息不存在或是已经被删除！",
    "404 文件不存在",
]


@pytest.mark.parametrize("phrase", GONE)
@pytest.mark.parametrize("status", [200, 203])
def test_a_page_that_says_so_is_soft_gone(read: Any, phrase: str, status: int) -> None:
    bare = read(page(f"<h2>{phrase}</h2><a href='/'>返回首页</a>"), status)
    framed = read(portal(f"<div class='box'>{phrase}</div>", "错误_甲市人民政府"), status)
    assert [found["outcome"] for found in (bare, framed)] == ["soft_gone", "soft_gone"], (bare["reason"], framed["reason"])


def test_the_title_alone_may_say_so(read: Any) -> None:
    assert read(portal("<img src='/404.png'>", "404-页面不存在-甲市人民政府"))["outcome"] == "soft_gone"


REPAIRS = [
    "网站维护中",
    "网站维护中，请稍后访问",
    "网站维护中，请稍后再试",
    "网站维护中，请稍后重试",
    "系统升级维护",
    "暂时不能登陆",
    "服务不可用",
    "网站正在改版，敬请期待",
    "本网站将于2026年6月1日0时至6时进行系统升级维护，期间暂停访问",
    "系统繁忙，请稍后再试",
]


@pytest.mark.parametrize("phrase", REPAIRS)
def test_a_page_in_the_place_of_the_whole_site_is_a_failed_look(read: Any, phrase: str) -> None:
    found = read(page(f"<h2>{phrase}</h2>"))
    assert (found["outcome"], found["reason"].partition(":")[0]) == ("failed", "maintenance notice")


@pytest.mark.parametrize(
    "text",
    ["<h1>Welcome to nginx!</h1>", "<h1>It works!</h1>", "<h1>502 Bad Gateway</h1>", "<h1>Index of /zwgk</h1>",
        "<p>恭喜，站点创建成功！</p>",
     "<h1>Server Error in '/' Application.</h1>", "<h1>HTTP Status 500 – Internal Server Error</h1>", "<p>该域名正在出售</p>"],
)  # fmt: skip
def test_a_servers_own_page_is_a_failed_look(read: Any, text: str) -> None:
    assert read(page(text))["outcome"] == "failed"


RETRIED = {429: "rate limit", 502: "bad gateway", 503: "unavailable", 449: "try again", 440: "session",
     403: "403", 500: "server error",
           452: "452", 521: "cookie", 454: "454", 458: "458"}  # fmt: skip


@pytest.mark.parametrize("status", RETRIED)
def test_statuses_that_spiders_retry_are_failed_or_blocked_never_gone(read: Any, status: int) -> None:
    found = read(page("<p>提示</p>"), status)
    assert found["outcome"] == ("blocked" if status in (403, 521) else "failed")
    assert RETRIED[status] in found["reason"]


SIGN_IN = "<form><input name=u><input type='password' name=p><button>登录</button></form>"


def test_a_sign_in_page_in_the_place_of_a_document_is_walled(read: Any) -> None:
    assert read(page(SIGN_IN, "统一身份认证平台"))["outcome"] == "walled"
    assert read(portal(SIGN_IN, "用户登录"), url="https://www.jia.gov.cn/zwgk/nianbao/")["outcome"] == "walled"
    assert read(page(SIGN_IN, "政务服务网_用户登录"))["outcome"] == "walled"


SHELLS = [
    page("<div id='app'></div><script src='/a.js'></script>", "甲市"),
    page(
        "<noscript>We're sorry but it doesn't work properly without JavaScript.</noscript><div id=app>"
        "</div><script src=/a.js></script>"
    ),
    page("<div id='root'><img src='/logo.png'>加载中...</div><script src='/a.js'></script>", "甲市人民政府"),
    page("<p>您需要启用 JavaScript 才能浏览本网站。</p><img src='/logo.png'>"),
    page(
        "<h1>甲市年度报告</h1><div class='TRS_Editor'></div><script>$.ajax({url:'/q'})</script>",
        head="<meta name=ArticleTitle content=甲市年度报告>",
    ),
]


@pytest.mark.parametrize("body", SHELLS)
def test_a_page_that_only_scripts_fill_was_not_seen(read: Any, body: str) -> None:
    assert read(body)["outcome"] == "unreadable"


LONG = article("甲市年度报告", *[PARAGRAPH] * 12)


@pytest.mark.parametrize(
    ("body", "headers", "why"),
    [
        (LONG, [("Content-Length", str(len(LONG.encode()) + 1))], "cut"),
        (gzip.compress(LONG.encode())[:-30], [("Content-Encoding", "gzip")], "content coding"),
        (gzip.compress(LONG.encode())[:-30], [], "content coding"),
        (LONG[: LONG.index("期限")], [], "open <div>"),
        (LONG[: LONG.rindex("</p>") + 2], [], "open <div>"),
        (LONG[: LONG.index("<div class")] + "<div class='TRS", [], "inside the tag <div"),
        (LONG[: LONG.rindex("</div>")] + "<script>var a = 1;", [], "inside a <script>"),
        (LONG[: LONG.rindex("</div>")] + "<!-- 正文结束", [], "inside a comment"),
        (page("", "甲市", "<style>p { color: red }")[:60], [], "ends"),
        (random.Random(7).randbytes(50_000), [], "no text"),
        (b"", [], "empty body"),
        (" \n", [], "empty body"),
    ],
)
def test_what_came_damaged_is_unreadable_and_no_change(read: Any, body: str | bytes, headers: Any, why: str) -> None:
    found = read(body, headers=headers)
    assert found["outcome"] == "unreadable"
    assert why in found["reason"]


def test_a_part_of_a_file_is_unreadable_and_the_whole_of_it_is_not(read: Any) -> None:
    data = b"\xff\xd8\xff\xe0" + bytes(19)
    assert read(data, 206, [("Content-Range", "bytes 0-22/900")])["outcome"] == "unreadable"
    assert read(data, headers=[("Content-Length", "900")])["outcome"] == "unreadable"
    assert read(data, headers=[("Content-Length", str(len(data)))])["outcome"] == "ok"


HONEST = [
    (
        "security news",
        article(
            "筑牢网络安全防线",
            "我市依托云防护平台、WEB应用防火墙和安全狗，全年拦截攻击一百二十万次，请求过于频繁的地址均被限制。",
        ),
    ),
    (
        "security news, undated",
        portal(
            "<h1>筑牢防线</h1><div class='TRS_Editor'><p>我市依托云防护平台，"
            "全年已被拦截的攻击一百二十万次，各单位平稳运行。</p></div>"
        ),
    ),
    (
        "a quoted shield",
        article(
            "关于网站访问问题的答复",
            "网友反映打开网页时提示“您的访问可能对网站造成威胁，已被云防护拦截”，经查系网络线路故障，现已恢复正常。",
        ),
    ),
    (
        "a quoted shield, undated",
        portal(
            "<h1>答复</h1><div class=con><p>打开网页时提示“您的访问可能对网站造成威胁，已被云防护拦截”，经查现已恢复。</p></div>"
        ),
    ),
    (
        "a captcha hint",
        article("甲市公告", "经研究，现将有关事项公告如下，请各单位遵照执行，并于月底前报送结果。") + "<div>请完成验证</div>",
    ),
    (
        "an old browser's hint",
        portal(
            "<p>您当前使用的浏览器版本过低，可能存在安全风险，建议升级。</p><p>欢迎访问甲市人民政府网站，本站内容每日更新。</p>"
        ),
    ),
    (
        "a coming repair",
        portal(
            "<h1>关于系统升级维护的公告</h1><div class='TRS_Editor'><p>因系统升级维护，"
            "定于6月1日零时至六时暂停服务，请提前办理业务。</p></div>",
            "关于系统升级维护的公告",
        ),
    ),
    (
        "a repair with its date",
        article("关于网站维护的通知", "本网站定于2026年2月1日进行系统升级维护，届时网站暂停访问，不便之处敬请谅解，特此通知。"),
    ),
    (
        "complaints of missing pages",
        article(
            "关于网站页面不存在问题的通报",
            "检查发现部分网站您访问的页面不存在或已被删除的提示较多，请各单位限期整改，并报送整改情况。",
        ),
    ),
    (
        "complaints, undated",
        portal(
            "<h1>市民反映页面不存在已办结</h1><div class='TRS_Editor'><p>"
            "市民反映有关页面不存在，已由主办单位恢复，并致歉意。</p></div>",
            "市民反映页面不存在已办结",
        ),
    ),
    (
        "a notice of withdrawal",
        article("关于撤销发文的通知", "该文件已被撤销，自本通知印发之日起不再执行，请各单位遵照办理，有关事项另行通知。"),
    ),
    ("a service's sign-in page", portal(SIGN_IN, "甲市政务服务网上办事大厅 用户登录")),
    (
        "a page that mentions 404",
        article("甲市2026年404专项行动", "全市开展专项行动，检查车辆四千余台次，整改隐患三百余处，成效明显，秩序良好。"),
    ),
    ("no closing tags", LONG.replace("</body></html>", "")),
    ("no closing tags and an open div", LONG.replace("</div></body></html>", "")),
    ("a counter behind the end", LONG + "<script>count()</script><div style='display:none'>12</div>"),
    ("an announced length that fits", LONG),
]


@pytest.mark.parametrize("body", [case[1] for case in HONEST], ids=[case[0] for case in HONEST])
@pytest.mark.parametrize("protected", [False, True])
def test_an_honest_page_with_the_same_words_is_ok(read: Any, body: str, protected: bool) -> None:
    # Every page of a protected site carries the protection's cookie and server name.
    headers = [(COOKIE, "__jsluid_s=1f"), (COOKIE, "HWWAFSESID=1"), ("Server", "yunjiasu-nginx")] if protected else []
    url = "https://www.jia.gov.cn/wsbs/index" if "password" in body else URL
    found = read(body, headers=[*headers, ("Content-Length", str(len(body.encode())))], url=url)
    assert found["outcome"] == "ok", found["reason"]


def test_a_list_with_a_row_on_a_repair_is_a_list(read: Any) -> None:
    titles = ["关于网站维护的公告", "关于页面不存在问题的答复", "网络安全：您的请求已被拦截是怎么回事", "关于暂停服务的通知"]
    rows = "".join(
        f"<li><a href='/a/t2026010{n}_{n}.html'>{t}</a><span>2026-01-0{n}</span></li>" for n, t in enumerate(titles, 1)
    )
    found = read(portal(f"<ul class='list'>{rows}</ul>", "通知公告"), url="https://www.jia.gov.cn/tzgg/")
    assert (found["outcome"], len(found["entries"])) == ("ok", 4)


@pytest.mark.parametrize("title", ["关于网站维护的公告", "您访问的页面不存在怎么办", "关于请求过于频繁的说明"])
def test_a_list_of_one_row_is_a_list(read: Any, title: str) -> None:
    row = f"<ul class='list'><li><a href='/a/t20260101_1.html'>{title}</a><span>2026-01-01</span></li></ul>"
    assert (
        read(portal(row, "通知公告", "<meta name=ColumnName content=通知公告>"), url="https://www.jia.gov.cn/tzgg/")["outcome"]
        == "ok"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gbk"])
def test_one_sentence_is_a_page_and_beside_a_script_it_is_a_shell(read: Any, encoding: str) -> None:
    text = "<p>本市公告事项如下，请遵照执行。</p>"
    assert read(page(text, "公告").encode(encoding))["outcome"] == "ok"
    assert read(page(f"{text}<script src='/a.js'></script>", "公告").encode(encoding))["outcome"] == "unreadable"


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "big5", "utf-16", "utf-16-le", "utf-8-sig"])
def test_pages_in_other_encodings_are_no_binary_and_no_shell(read: Any, encoding: str) -> None:
    short = page("<h1>公告</h1><p>全年主動公開政府信息一百二十條，辦理申請十二件，均已按期答復。</p>")
    body = (short if encoding == "big5" else LONG).encode(encoding)
    meta = [("Content-Type", f"text/html; charset={encoding}")]
    assert read(body)["outcome"] == "ok"
    assert read(short.encode(encoding) if encoding.startswith("utf") else body)["outcome"] == "ok", meta
