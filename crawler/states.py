"""What pages say of their own state: gone, under repair, asking to sign in, a server's own notice. Words only; decides nothing.

A line that speaks to the visitor counts as it stands. A bare phrase counts only where its line says hardly anything else, since
notices, complaints and news speak of missing pages and of repairs too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_THING = r"(?:页面|网页|内容|信息|文章|栏目|文件|资源|地址|链接|稿件|网址)"
_LOST = (
    r"(?:不存在|有误|找不到|可能已(?:移动|删除)|已丢失|未找到|没有找到|不见了|已?被?(?:删除|移除|撤[回下销])|"
    r"已(?:经)?(?:删除|下线|失效|过期|移除|撤销))"
)
_ASKED = rf"(?:您|你)?(?:所|要|想)?(?:访问|搜索|查找|浏览|寻找|请求|打开|查看)的?(?:这个|该)?{_THING}[^。！!\n]{{0,6}}?{_LOST}"
_GONE_TOLD = re.compile(
    rf"(?:您|你){_ASKED}|(?:您|你)[^。！!\n]{{0,4}}{_ASKED}|{_THING}[^。！!\n]{{0,6}}不存在或(?:者)?已?被?(?:删除|移除)|"
    rf"(?:无法找到|未找到|找不到|没有找到)(?:您|你)(?:所|要|想)?(?:访问|查找|浏览|寻找|请求)的{_THING}|"
    r"已被发布者删除|此内容因违规无法查看|the (?:page|resource|file) (?:you|that you)[^.\n]{0,40}(?:not|cannot) be found",
    re.IGNORECASE,
)
_GONE_BARE = re.compile(
    rf"{_ASKED}|(?:该|此|当前|本)(?:的)?{_THING}\s*{_LOST}|页面(?:未找到|不见了|不存在|没有找到|已删除|找不到|走丢了|丢失)|"
    rf"找不到(?:页面|该页|网页)|{_THING}(?:不存在|已删除)|或已被移除|稿件已撤[销回]|(?:error|错误|状态码?)\s*[:：]?\s*404|"
    r"404\s*(?:error|错误|not found|页面)|\b404\b|page not found|not found$|file or directory not found",
    re.IGNORECASE,
)
_REPAIR = re.compile(
    r"(?:网站|系统|平台|栏目|页面|服务器?)\s*(?:正在|处于|进行)?\s*(?:维护|升级|改版|建设|调整)(?:维护|改造)?(?:中|状态|$)|"
    r"正在(?:进行)?(?:系统|网站)?(?:维护|升级|改版)|系统升级维护|系统维护|升级维护中|维护中|暂时不能登[陆录]|"
    r"(?:暂时|目前)(?:无法|不能)(?:访问|提供服务|打开)|服务(?:暂时)?不可用|暂停(?:服务|访问)|系统(?:繁|正)?忙|"
    r"under (?:maintenance|construction)|temporarily (?:unavailable|down)|be right back",
    re.IGNORECASE,
)
_SERVER = re.compile(
    r"^(?:welcome to (?:nginx|openresty|tengine)!?|test page for the .{0,40}|apache2? .{0,30}default page.{0,20}|it works!?|"
    r"iis windows(?: server)?|iis\d{1,2}|(?:50\d|http (?:error|status) 50\d).{0,60}|internal server error|bad gateway|"
    r"service unavailable|gateway time-?out|server error in '.{0,60}' application\.?|runtime error|"
    r"(?:apache )?tomcat/[\d.]+ - error report|error establishing a database connection|index of /.{0,80}|"
    r"directory listing for /.{0,80}|网站(?:建设|访问)报错|恭喜，?站点创建成功.{0,10}|站点创建成功.{0,20}|没有找到站点|"
    r"(?:该|此|本)?域名.{0,10}(?:出售|转让|已过期|待售)|this domain (?:is for sale|has expired).{0,40}|"
    r".{0,10}网站暂?时?(?:无法|不能)访问.{0,20}|.{0,8}(?:未备案|备案信息不符).{0,20})$",
    re.IGNORECASE,
)
_TOLD_OF = re.compile(r"关于|反映|投诉|回应|通报|整改|答复|回复|网友|市民|群众|记者|公告|通知|通告|公示|报道|本报|发现|检查")
_MANNERS = re.compile(
    r"(?:很|非常)?(?:抱歉|对不起|不好意思)|返回\w{0,4}|sorry|oops|哎呀|啊?哦|请\w{0,12}(?:地址|网址|重试|再试|联系管理员)|[\W\d_]+",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“[^”\n]{1,80}”|「[^」\n]{1,80}」|《[^》\n]{1,80}》|\"[^\"\n]{1,80}\"")
_LONGEST = 80
_SPARE = 10
"""Characters that a line may hold beside a bare phrase."""


def unquoted(text: str) -> str:
    """The text without what it quotes: an article that quotes an error page is none."""
    return _QUOTED.sub("", text)


def says_gone(lines: Iterable[str]) -> str | None:
    """The words by which a page says that what was asked for is not there."""
    for line in lines:
        told = unquoted(line)
        if len(told) > _LONGEST or _TOLD_OF.search(told):
            continue
        found = _GONE_TOLD.search(told)
        if found or ((found := _GONE_BARE.search(told)) and _says_little_else(_GONE_BARE, told)):
            return found[0]
    return None


def says_repair(lines: Iterable[str]) -> str | None:
    """The words by which a page says that the site is being mended."""
    found = (_REPAIR.search(told) for line in lines if len(told := unquoted(line)) <= 2 * _LONGEST)
    return next((match[0] for match in found if match), None)


def says_server(lines: Iterable[str]) -> str | None:
    """A server's, hoster's or domain trader's own notice in a line of its own."""
    return next((line for line in lines if len(line) <= _LONGEST and _SERVER.match(line.strip())), None)


def _says_little_else(phrase: re.Pattern[str], line: str) -> bool:
    return len(_MANNERS.sub("", phrase.sub("", line))) <= _SPARE
