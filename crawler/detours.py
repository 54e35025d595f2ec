"""Where an answer led instead of to the page: another host, the home page, an error page, a sign-in page. Fetches nothing."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.reading.document import Document, is_top
from crawler.reading.edges import squeeze
from storage.records import Answer, Outcome, Reading

Decision = tuple[Outcome, str]

_SIGN_IN_TITLE = re.compile(r"登录|登陆|统一身份认证|单点登录|sign.?in|log.?in", re.IGNORECASE)
_SIGN_IN_PATH = re.compile(r"(?:^|[/_.-])(?:login|signin|sso|cas|passport|oauth2?|authorize)(?:$|[/_.?-])", re.IGNORECASE)
_SIGN_IN_HOST = re.compile(r"^(?:login|sso|cas|passport|oauth|tyrz|tysfrz|auth|id|uias|ca)\.", re.IGNORECASE)
_SERVICE = re.compile(
    r"办事|办理|服务(?:大厅|平台|中心)|政务服务|(?:申报|业务|报名|查询|管理|申请|审批|备案|考试|监管|填报)\w{0,6}(?:系统|平台)|准考证|依申请公开"
)
_SHIELD_HOST = re.compile(
    r"(?:^|\.)(?:errors\.aliyun\.com|365cyd\.com|safedog\.cn|tencent-cloud\.com|dbappwaf\.cn|yunjiasu\.com|jiasule\.com)$"
)
_ERROR_PATH = re.compile(
    r"/(?:(?:page)?40[34](?:page|error)?|error\w*|notfound|page-?not-?found)(?:/index)?(?:\.\w+)?/?$", re.IGNORECASE
)
_DOCUMENT_PATH = re.compile(r"\d{5}|/(?:info|art|content|post|detail)[/_-]|\.(?:pdf|docx?|xlsx?|ofd|wps)$", re.IGNORECASE)
_PASSWORD = re.compile(r"""type\s*=\s*["']?password""", re.IGNORECASE)
_SCRIPT_MOVE = re.compile(r"""(?:location(?:\.href)?\s*=\s*|location\.(?:replace|assign)\(\s*)["']([^"']{1,300})["']""")
_REFRESH = re.compile(
    r"""<meta[^>]{0,80}http-equiv\s*=\s*["']?refresh["']?[^>]{0,80}url\s*=\s*["']?([^"'>\s]{1,300})""", re.IGNORECASE
)


def of_redirect(answer: Answer, home: str | None) -> Decision | None:
    """What a followed redirect says: to another host, to the home page, to an error page, to a sign-in page."""
    final = answer.final_url or answer.url
    if final == answer.url:
        return None
    asked, came = _parts(answer.url), _parts(final)
    if asked[0] != came[0]:
        return _of_other_host(asked, came)
    if is_top(final) or (home and came == _parts(home)):
        if not is_top(answer.url) and asked != _parts(home or ""):
            return Outcome.SOFT_GONE, "redirected to the home page"
    elif _ERROR_PATH.search(came[1]):
        return Outcome.SOFT_GONE, f"redirected to an error page: {came[1]}"
    elif _SIGN_IN_PATH.search(came[1]) and not _SIGN_IN_PATH.search(asked[1]):
        return Outcome.WALLED, f"redirected to a sign-in page: {came[1]}"
    return None


def _of_other_host(asked: tuple[str, str], came: tuple[str, str]) -> Decision:
    if _SHIELD_HOST.search(came[0]):
        return Outcome.BLOCKED, f"redirected to a shield's own host: {came[0]}"
    if (_SIGN_IN_PATH.search(came[1]) or _SIGN_IN_HOST.search(came[0])) and not _SIGN_IN_PATH.search(asked[1]):
        return Outcome.WALLED, f"redirected to a sign-in page: {came[0]}{came[1]}"
    return Outcome.MOVED, f"redirected to another host: {came[0]}"


def of_page(answer: Answer, document: Document, reading: Reading) -> Decision | None:
    """Detours that only the text tells: on by script or refresh, a page titled like the site, a sign-in page."""
    return _to_home(answer, document, reading) or _onward(answer, document) or _to_sign_in(answer, document, reading)


def _to_home(answer: Answer, document: Document, reading: Reading) -> Decision | None:
    """A page titled like the site where a deeper one was asked for."""
    final = answer.final_url or answer.url
    site = document.meta("SiteName")
    if is_top(answer.url) or not site or squeeze(document.head_title) != squeeze(site):
        return None
    if any(document.meta(name) for name in ("ArticleTitle", "PubDate", "ColumnName")):
        return None
    if final != answer.url:
        return Outcome.SOFT_GONE, "redirected to a page titled like the site"
    if _DOCUMENT_PATH.search(_parts(answer.url)[1]) and reading.kind != "article" and len(document.lines) >= 20:
        return Outcome.SOFT_GONE, "the site's home page in place of the page asked for"
    return None


def _onward(answer: Answer, document: Document) -> Decision | None:
    final = answer.final_url or answer.url
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
    if _ERROR_PATH.search(_parts(target)[1]):
        return Outcome.SOFT_GONE, f"the page sends on to an error page: {_parts(target)[1]}"
    return Outcome.UNREADABLE, f"the page sends on by itself to {target}"


def _to_sign_in(answer: Answer, document: Document, reading: Reading) -> Decision | None:
    """A sign-in page where something else was asked for; a service's own one is a page like others."""
    title = f"{document.head_title} {document.meta('ColumnName') or ''}"
    if not _SIGN_IN_TITLE.search(title) or not _PASSWORD.search(document.text) or reading.kind == "article" or reading.entries:
        return None
    host, path = _parts(answer.url)
    if _SIGN_IN_PATH.search(path) or _SIGN_IN_HOST.search(host) or is_top(answer.url):
        return None
    if _SERVICE.search(title) and not _DOCUMENT_PATH.search(path):
        return None
    return Outcome.WALLED, "a sign-in page"


def _parts(url: str) -> tuple[str, str]:
    """Host without www and default port, and path without a trailing slash."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return "", ""
    return f"{(parts.hostname or '').removeprefix('www.')}{port}", parts.path.rstrip("/")
