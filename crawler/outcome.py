"""What kind of answer came: one outcome and the reason that decided. Looks before anyone compares, and accuses nobody.

The order matters: what only says "could not look" is ruled out before anything says "not there".
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.reading.article import squeeze
from crawler.reading.document import Document, is_top
from crawler.reading.gaps import is_wall, wall_only
from storage.records import Answer, Outcome, Reading

Decision = tuple[Outcome, str]

_SHIELD_STATUS = {412: "script challenge", 521: "cookie challenge", 405: "cloud shield", 418: "cloud shield", 493: "cloud shield"}
_ERRORS = {"too_large": Outcome.REFUSED, "bomb": Outcome.REFUSED}
_CHALLENGE_HEADERS = (("cf-mitigated", "challenge"), ("x-amzn-waf-action", ""), ("rimon", "block"), ("x-waf-action", ""))
_SHIELD_HEADERS = re.compile(
    r"wzws-ray|qianxin-waf|hwwafsesid|huaweicloudwaf|yunsuo_session|safedog-flow|yd_cookie|yx_ci_session|nsfocus|yunjiasu|__jsl_clearance|"
    r"__jsluid|aliyungf|acw_sc__v|tencent-waf|x-powered-by-anquanbao",
    re.IGNORECASE,
)
_SHIELD_MARKS = re.compile(
    r"wzws-waf-cgi|ks-waf-error|404\.safedog\.cn|errors\.aliyun\.com|waf\.tencent-cloud\.com|365cyd\.com|notice-jiasule|"
    r"admin\.dbappwaf\.cn|aqb_cc/error|<!-- event id:|Blocked by YUNDUN|__jsl_clearance|\$_ts\s*=|_\$_[a-z0-9]{4,}\(|acw_sc__v2|"
    r"challenge-platform|/_Incapsula_Resource|awsWafCookie",
    re.IGNORECASE,
)
_SHIELD_WORDS = re.compile(
    r"云防护|网站卫士|创宇盾|安全狗|网站防火墙|WEB\s*应用防火墙|长亭|SafeLine|疑似(?:黑客)?攻击|攻击行为|"
    r"访问行为存在异常|不合法参数|已被拦截|"
    r"被(?:云\w*|安全)?拦截|请求已被阻断|访问被(?:拒绝|限制|阻断|禁止)|安全验证|请求过于频繁|访问过于频繁|环境异常|完成验证|去验证|验证码后继续|人机验证|"
    r"access denied|attention required|just a moment|request could not be satisfied|request blacklist|checking your browser",
    re.IGNORECASE,
)
_RETRY_WORDS = re.compile(r"请稍后(?:重试|再试)")
_MAINTENANCE = re.compile(
    r"(?:网站|系统|平台|栏目)\s*(?:正在)?\s*(?:维护|升级|改版)(?:中|$)?|系统升级维护|升级维护中|维护中|"
    r"暂时不能登[陆录]|服务(?:暂时)?不可用|"
    r"暂停服务|under maintenance",
    re.IGNORECASE,
)
_SOFT_GONE = re.compile(
    r"(?:您?(?:访问|搜索|查找|浏览|要?寻找|请求)的?|该|此|当前)(?:的)?(?:页面|网页|内容|信息|文章|栏目|文件|资源)\s*"
    r"(?:不存在|已?被?(?:删除|移除|撤[回下销])|已(?:经)?(?:删除|下线|失效|过期|移除))|"
    r"页面(?:未找到|不见了|不存在|没有找到|已删除|找不到)|找不到(?:页面|该页|您)|不存在或已被?删除|或已被移除|"
    r"已被发布者删除|此内容因违规无法查看|稿件已撤[销回]|"
    r"(?:ERROR|错误)\s*[:：]?\s*404|404\s*(?:ERROR|错误|not found|页面)|"
    r"^404\b|page not found|not found$|file or directory not found",
    re.IGNORECASE,
)
_SIGN_IN_TITLE = re.compile(r"登录|登陆|统一身份认证|单点登录|sign.?in|log.?in", re.IGNORECASE)
_SIGN_IN_PATH = re.compile(r"(?:^|[/_.-])(?:login|signin|sso|cas|passport|oauth)(?:$|[/_.?-])", re.IGNORECASE)
_ERROR_PATH = re.compile(r"/(?:40[34]|error\w*|notfound|404page)(?:\.\w+)?/?$", re.IGNORECASE)
_PASSWORD = re.compile(r"""type\s*=\s*["']?password""", re.IGNORECASE)
_SCRIPT_MOVE = re.compile(r"""(?:location(?:\.href)?\s*=\s*|location\.replace\(\s*)["']([^"']{1,300})["']""")
_REFRESH = re.compile(
    r"""<meta[^>]{0,80}http-equiv\s*=\s*["']?refresh["']?[^>]{0,80}url\s*=\s*["']?([^"'>\s]{1,300})""", re.IGNORECASE
)
_FILLED = re.compile(
    r"\$\.(?:ajax|post|get|getJSON)\s*\(|axios|fetch\s*\(|XMLHttpRequest|dataproxy|unitbuild|queryList|\{\{\s*\w|v-for=|ng-repeat|createPageHTML\("
)
_NO_ROWS = re.compile(r"暂无|没有(?:相关|找到|任何)|无相关|无数据|内容(?:正在)?建设|正在建设")
BY_SCRIPT = ", filled by script"
_RENDER_IT = ": pip install 'gongkai[browser]' and set browser = true for this site"
_SHORT = 400
_SOME_TEXT = 40


def classify_answer(answer: Answer, home: str | None = None) -> Decision | None:
    """What the answer says without its text: transport, status, headers, redirects; None if the text has to be read."""
    if answer.error:
        return _of_error(answer.error)
    if answer.status is None:
        return Outcome.FAILED, "no answer"
    if answer.tls.startswith("unverified"):
        why = answer.tls.partition(":")[2].strip() or "no reason given"
        return Outcome.FAILED, f"certificate not verified: {why}; what came is kept and proves nothing by itself"
    if answer.status == 304:
        return Outcome.NOT_MODIFIED, "status 304"
    return _of_status(answer) or _of_address(answer, home)


def classify(answer: Answer, document: Document, reading: Reading, home: str | None = None) -> Decision:
    """The outcome of an answer whose body is markup. Pure; never raises for any text."""
    decided = classify_answer(answer, home)
    if (decided and decided[0] in (Outcome.NOT_MODIFIED, Outcome.REFUSED)) or answer.error:
        return decided or (Outcome.FAILED, "no answer")
    if shield := _shield(answer, document, reading):
        return shield
    status = answer.status or 0
    if status in (401, 403) and any(is_wall(line.text, strong=True) for line in document.lines):
        return Outcome.WALLED, f"status {status} and a login wall's phrase"
    if decided:
        return decided
    return _of_text(answer, document, reading)


def _of_error(error: str) -> Decision:
    kind = error.partition(":")[0].strip()
    if kind.startswith("refused"):
        return Outcome.REFUSED, error
    return _ERRORS.get(kind, Outcome.FAILED), error


def _of_status(answer: Answer) -> Decision | None:
    status = answer.status or 0
    for name, value in _CHALLENGE_HEADERS:
        if value in (found := answer.header(name) or "").lower() and found:
            return Outcome.BLOCKED, f"header {name}: {found}"
    if status in _SHIELD_STATUS:
        return Outcome.BLOCKED, f"status {status}: {_SHIELD_STATUS[status]}"
    if status in (404, 410):
        return Outcome.GONE, f"status {status}"
    if status in (401, 403, 406, 451):
        return Outcome.BLOCKED, f"status {status}"
    return None if 200 <= status < 300 else (Outcome.FAILED, f"status {status}")


def _of_address(answer: Answer, home: str | None) -> Decision | None:
    """What a followed redirect says: to another host, to the home page, to an error page, to a sign-in page."""
    final = answer.final_url or answer.url
    if final == answer.url:
        return None
    asked, came = _parts(answer.url), _parts(final)
    if asked[0] != came[0]:
        return Outcome.MOVED, f"redirected to another host: {came[0]}"
    if is_top(final) or (home and came == _parts(home)):
        if not is_top(answer.url) and asked != _parts(home or ""):
            return Outcome.SOFT_GONE, "redirected to the home page"
    elif _ERROR_PATH.search(came[1]):
        return Outcome.SOFT_GONE, f"redirected to an error page: {came[1]}"
    elif _SIGN_IN_PATH.search(came[1]) and not _SIGN_IN_PATH.search(asked[1]):
        return Outcome.WALLED, f"redirected to a sign-in page: {came[1]}"
    return None


def _parts(url: str) -> tuple[str, str]:
    """Host without www and default port, and path without a trailing slash."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return "", ""
    return f"{(parts.hostname or '').removeprefix('www.')}{port}", parts.path.rstrip("/")


def _shield(answer: Answer, document: Document, reading: Reading) -> Decision | None:
    """A protection's own page: its script or words where the page says little else."""
    if document.prose >= _SHORT or _is_document(document, reading):
        return None
    status = answer.status or 0
    text = _said(document)
    if found := _SHIELD_WORDS.search(text):
        return Outcome.BLOCKED, f"shield page: {found[0]}"
    if sum(len(line.text) for line in document.lines) < 150 and (mark := _SHIELD_MARKS.search(document.text[:200_000])):
        return Outcome.BLOCKED, f"challenge script: {mark[0][:40]}"
    if (status >= 400 and status not in (404, 410)) or document.prose < 20:
        headers = "\n".join(f"{key.decode('latin-1')}: {value.decode('latin-1')}" for key, value in answer.headers)
        if mark := _SHIELD_HEADERS.search(headers):
            return Outcome.BLOCKED, f"shield's header: {mark[0]}"
    if document.prose < 120 and status != 404 and (found := _RETRY_WORDS.search(text)) and not _MAINTENANCE.search(text):
        return (Outcome.FAILED if status >= 500 else Outcome.BLOCKED), f"page says: {found[0]}"
    return None


def _is_document(document: Document, reading: Reading) -> bool:
    """Does the page carry a document's marks and some text? Then words of error pages in it are its matter, not its state."""
    marked = document.meta("ArticleTitle") or document.meta("PubDate") or reading.dates.shown
    return bool(marked) and sum(len(line) for line in reading.body) >= _SOME_TEXT


def _said(document: Document) -> str:
    return "\n".join([document.head_title, *(line.text for line in document.lines[:200])])


def _of_text(answer: Answer, document: Document, reading: Reading) -> Decision:
    if not document.text.strip():
        return Outcome.UNREADABLE, "empty body"
    rich = sum(len(line) for line in reading.body) >= _SHORT or len(reading.entries) >= 3 or _is_document(document, reading)
    title = document.head_title
    short = document.prose < _SHORT and not rich
    if short or (not rich and _SOFT_GONE.search(title)):
        said = _said(document) if short else title
        if notice := _MAINTENANCE.search(said):
            return Outcome.FAILED, f"maintenance notice: {notice[0]}"
        if phrase := _soft_gone(said):
            return Outcome.SOFT_GONE, f"page says: {phrase}"
    decided = _of_home(answer, document) or _of_wall(answer, document, reading)
    if decided:
        return decided
    outcome, reason = _of_emptiness(document, reading)
    return outcome, reason + _RENDER_IT * (reason.endswith(BY_SCRIPT) and answer.rendered is None)


def _soft_gone(said: str) -> str | None:
    """A phrase on a line of its own; a long line that quotes it does not count."""
    for line in said.split("\n"):
        if len(line) <= 80 and (found := _SOFT_GONE.search(line)):
            return found[0]
    return None


def _of_home(answer: Answer, document: Document) -> Decision | None:
    """Redirects that only the text tells: by script or refresh, or to a page titled like the site."""
    final = answer.final_url or answer.url
    if final != answer.url and not is_top(answer.url):
        site = document.meta("SiteName")
        if (
            site
            and squeeze(document.head_title) == squeeze(site)
            and not document.meta("ArticleTitle")
            and not document.meta("ColumnName")
        ):
            return Outcome.SOFT_GONE, "redirected to a page titled like the site"
    if document.prose >= 100:
        return None
    move = _REFRESH.search(document.text) or (_SCRIPT_MOVE.search(document.text) if document.prose < 20 else None)
    target = document.absolute(move[1]) if move else None
    if target is None or _parts(target) == _parts(final):
        return None
    if _parts(target)[0] != _parts(final)[0]:
        return Outcome.MOVED, f"the page sends on to another host: {_parts(target)[0]}"
    if is_top(target) and not is_top(answer.url):
        return Outcome.SOFT_GONE, "the page sends on to the home page"
    return Outcome.UNREADABLE, f"the page sends on by itself to {target}"


def _of_wall(answer: Answer, document: Document, reading: Reading) -> Decision | None:
    if reading.kind == "article" and not reading.attachments and wall_only(reading.body):
        return Outcome.WALLED, "a wall's phrase and nearly no text"
    lines = [line.text for line in document.lines if line.linked * 2 <= len(line.text)]
    if (
        document.prose < 200
        and not reading.entries
        and not reading.attachments
        and any(is_wall(line, strong=True) for line in lines)
    ):
        return Outcome.WALLED, "a wall's phrase and nearly no text"
    asked = _parts(answer.url)[1]
    if (
        _SIGN_IN_TITLE.search(f"{document.head_title} {document.meta('ColumnName') or ''}")
        and _PASSWORD.search(document.text)
        and reading.kind != "article"
        and not _SIGN_IN_PATH.search(asked)
        and not is_top(answer.url)
        and not reading.entries
    ):
        return Outcome.WALLED, "a sign-in page"
    return None


def _of_emptiness(document: Document, reading: Reading) -> Decision:
    """An empty result is never success: a shell filled by script was not seen."""
    pictures = next(document.tree.iter("img"), None) is not None
    if reading.kind == "article":
        if reading.body or reading.attachments:
            return Outcome.OK, "an article"
        return (Outcome.OK, "an article of pictures") if pictures else (Outcome.UNREADABLE, "an article without text")
    if reading.kind == "listing":
        if reading.entries:
            return Outcome.OK, f"a list of {len(reading.entries)} rows"
        if _NO_ROWS.search(_said(document)) or not _FILLED.search(document.text):
            return Outcome.OK, "a list that is empty"
        return Outcome.UNREADABLE, f"a list without rows{BY_SCRIPT}"
    if sum(len(line.text) for line in document.lines) < 30 and not pictures:
        scripted = next(document.tree.iter("script"), None) is not None
        return Outcome.UNREADABLE, "a shell without text" + BY_SCRIPT * scripted
    return Outcome.OK, "a page"
