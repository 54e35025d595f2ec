"""The protections that answer in the place of a site: by which status, header, cookie, script and words each is known.

Data and small questions on it. That a site is protected is no sign of anything: whether an answer is the shield's own page is
decided in `outcome`, where status, headers and body come together. Marks are those of the wafw00f and identYwaf projects and of
public spiders; words were read on public blocking pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

STATUSES = {
    412: "a script challenge, as 瑞数 sends it",
    521: "a cookie challenge, as 加速乐 sends it",
    405: "a cloud shield, as 阿里云盾 and 电信云防护 send it",
    418: "a cloud shield, as 华为云 sends it",
    493: "a shield, as 奇安信网站卫士 sends it",
}
"""Statuses that no portal sends for a page that is asked for politely."""

_CHALLENGES = (("cf-mitigated", "challenge"), ("x-amzn-waf-action", ""), ("rimon", "block"), ("x-waf-action", ""))

_SERVERS = (
    ("加速乐", r"__jsl_clearance|__jsluid|jiasule"),
    ("奇安信网站卫士", r"wzws-ray|qianxin-waf|wzws_(?:sid|cid)"),
    ("华为云", r"hwwafses|huaweicloudwaf"),
    ("云锁", r"yunsuo_session|security_session_(?:verify|mid|high)"),
    ("安全狗", r"safedog"),
    ("云盾", r"yd_cookie|yundun"),
    ("铱迅", r"yx_ci_session|yxlink"),
    ("绿盟", r"nsfocus"),
    ("百度云加速", r"yunjiasu"),
    ("阿里云盾", r"aliyungf|acw_sc__v"),
    ("腾讯云", r"tencent-waf|t-sec-waf"),
    ("安全宝", r"anquanbao"),
    ("创宇盾", r"ks-waf|365cyd"),
    ("玄武盾", r"dbappwaf"),
    ("长亭", r"safeline|sl-challenge"),
    ("瑞数", r"set-cookie: ?enable_\w{6,24}=true"),
)
_MARKS = (
    ("瑞数", ("$_ts", "_$_", " r='m'", ' r="m"')),
    ("加速乐", ("__jsl_clearance", "notice-jiasule", 'go({"bts"')),
    ("奇安信网站卫士", ("wzws-waf-cgi", "/wzws_")),
    ("创宇盾", ("ks-waf-error", "365cyd.com")),
    ("安全狗", ("404.safedog.cn", "safedogsite")),
    ("阿里云盾", ("errors.aliyun.com", "error.aliyun.com", "alicdn.com/sd-base/static", "acw_sc__v2", "/_____tmd_____/")),
    ("腾讯云", ("waf.tencent-cloud.com", "waf-static.tencent.com")),
    ("玄武盾", ("admin.dbappwaf.cn",)),
    ("安全宝", ("aqb_cc/error",)),
    ("云锁", ("yunsuologo",)),
    ("云盾", ("blocked by yundun",)),
    ("长亭", ("<!-- event id:", "<!-- event_id:", "/.safeline/")),
    ("a content network", ("challenge-platform", "/_incapsula_resource", "awswafcookie", "https_waf_cookie")),
)
_FOOTER = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}/[0-9a-f]{7} \[80\d{3}\]")

_ASKING = r"(?:您|你|当前|本次)(?:的|所|正在|使用)?[^。！!；;\n]{0,10}?(?:访问(?!量|人)|请求|操作|提交|IP)"
_REFUSED = r"(?:拦截|阻断|被拒绝|被限制|封禁|屏蔽|被禁止|攻击|威胁|危险|存在异常|不合法|非法|过于频繁|频率过[高快]|安全风险)"
SENTENCE = re.compile(
    rf"{_ASKING}[^。！!\n]{{0,40}}?{_REFUSED}|已被(?:云防护|网站卫士|创宇盾|安全狗|玄武盾|网站管理员设置|管理员设置的策略)\w{{0,6}}(?:拦截|阻断)|"
    r"最近有可疑的攻击行为|如果您是网站管理员，?请登录|请求已被\s?\w{0,12}\s?(?:阻断|拦截)|"
    r"为(?:了|保证|保障|确认)[^。！!\n]{0,20}请(?:先)?(?:完成|进行|通过)[^。！!\n]{0,6}(?:验证|滑块)|请(?:先)?(?:完成|进行)(?:安全|人机|滑[块动])验证|"
    r"输入验证码后?(?:即可|再|方可)?继续|sorry, your request has been blocked|"
    r"request could not be satisfied|checking your browser|"
    r"attention required|just a moment|verify (?:that )?you are (?:a )?human",
    re.IGNORECASE,
)
"""What a shield says to its visitor; a page of some length may quote it."""

WORD = re.compile(
    r"云防护|网站卫士|创宇盾|安全狗|网站防火墙|WEB\s*应用防火墙|WAF\s*防火墙|长亭|SafeLine|玄武盾|云锁|D盾|雷池|安全拦截|拦截提示|已被拦截|"
    r"疑似(?:黑客)?攻击|请求已被阻断|访问被(?:拒绝|限制|阻断|禁止|拦截)|安全验证|人机(?:验证|识别)|滑[块动]验证|请求(?:过于)?频繁|"
    r"访问(?:过于)?频繁|访问频率过[高快]|环境异常|完成验证|去验证|验证码后继续|预览过于频繁|"
    r"access denied|request blacklist|request rejected|blocked by|rate limit exceeded|too many requests",
    re.IGNORECASE,
)
"""Words of shields that other pages use as well: they decide only where a page says next to nothing else."""


def challenge(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The header by which a protection says that it sent a challenge, or None."""
    told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reversed(tuple(headers))}
    for name, value in _CHALLENGES:
        if (found := told.get(name)) and value in found.lower():
            return f"{name}: {found}"
    return None


def server_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str] | None:
    """Which protection names itself in the headers or sets its cookie, and the mark; honest pages behind it do so too."""
    told = "\n".join(f"{name.decode('latin-1')}: {value.decode('latin-1')[:300]}" for name, value in headers)
    found = ((name, pattern.search(told)) for name, pattern in _HEADERS)
    return next(((name, match[0].strip()) for name, match in found if match), None)


def mark_in(source: str) -> tuple[str, str] | None:
    """Which protection's script, picture or comment the source of a page holds, and the mark."""
    folded = source.lower()
    for name, marks in _MARKS:
        if found := next((mark for mark in marks if mark in folded), None):
            return name, found.strip()
    footer = _FOOTER.search(source) if " [80" in source else None
    return ("创宇盾", footer[0]) if footer else None


_HEADERS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _SERVERS)
