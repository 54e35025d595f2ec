"""Where a text begins and ends within its container: what speaks of the page is outside. Chooses no container."""

from __future__ import annotations

import re
from itertools import islice

from lxml.html import HtmlElement

from crawler.reading.lines import Line, ancestors

_META_LINE = re.compile(
    r"^[【\[(（]?\s*(?:(?:信息|文章|稿件)?来\s*源|稿源|作\s*者|(?:信息)?发布(?:日期|时间|机构|单位|人)?|公开(?:日期|时间)|(?:更新|录入|上传|发表|成文|"
    r"生成|发文)?(?:日期|时间)|字\s*[体号]|浏览(?:次数|量)?|阅读(?:次数|量)?|访问量|点击(?:数|率|次数)?|(?:责任|网络|值班|本站|网站|文章|本期)?编\s*辑|(?:信息|稿件|内容)?审\s*核(?:人)?|[初复终]审(?:人)?|校\s*对(?:人)?|录入(?:人|员|者)?|供稿(?:人|单位)?|分享(?:到)?|打\s*印|关\s*闭|"
    r"收\s*藏|视力保护色?|背景色|保护视力色|索\s*引\s*号|扫一扫|手机(?:扫|阅读)|上一[篇条]|下一[篇条]|相关(?:链接|附件|文章|新闻|稿件|信息|文档)|"
    r"附件下载|返回(?:顶部|列表)|语音播报|语言播报|我要纠错|纠错|主题分类|大\s*中\s*小|【?\s*大\s*】?)(?=[\s:：|】\]）)]|\d{4}|$)[\s\d:：|】\]）)]*",
)
_MARKED_DATE = re.compile(r"^(?:时间|日期)?[:：]?\s*\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_TOLD_DATE = re.compile(r"(?:发布|公开)(?:日期|时间)\s*[:：]\s*\d{4}")
_BUTTON = (
    r"打印(?:本页|此页|文章)?|我要打印|关闭(?:窗口|本页|页面)?|分享到?|收藏(?:本页)?|返回(?:顶部|列表|上一?页)?|复制链接|推荐给好友|"
    r"(?:我要)?纠错|投稿|TOP|[+-]?A[+-]?|字\s*[体号]|[特超]?大|中|小|默认|点击播报|开始播报|扫一扫在?手机(?:上)?打开(?:当前页面?)?|"
    r"暂无(?:数据|内容|信息|评论)?|(?:用户|网友|发表|我要)评论|(?:正在|数据)?加载中?"
)
_CONTROL = re.compile(rf"^[\s【\[(（「|/:：]*(?:(?:{_BUTTON})[\s】\[【\](（)）」|/:：]*)+$", re.IGNORECASE)
_LEAVING = re.compile(r"^您?(?:访问|点击|打开)的(?:链接|网站)即将离开")
_TIMED = re.compile(r"^\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}日?\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?$")
_DISCLOSED = re.compile(
    r"^\s*(?:文\s*号|发文字号|名\s*称|信息名称|主\s*题\s*(?:词|分类)|信息(?:分类|类别)|公开(?:方式|范围|形式|类别)|有\s*效\s*性|体\s*裁|"
    r"(?:废止|失效|生效|实施)(?:日期|时间)|组配分类|关\s*键\s*[字词]|组织机构|服务对象)\s*[:：|]"
)
_ASIDE = re.compile(
    r"^[\s【\[]*(?:相关|推荐|热点|热门|最新|延伸|猜你|更多|上一|下一|政策|图[解文]|一图|解读|关联|阅读排行|点击排行)[\u4e00-\u9fff]{0,8}[\s】\]:：>》»]*$"
)
_INFO = re.compile(r"来\s*源\s*[:：]|(?:浏览|点击|阅读|访问)(?:次数|量|数)?\s*[:：]|字[体号]\s*[:：]")
_SENTENCE = re.compile(r"[。；]")
_FILE_NAME = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|wps|et|zip|rar|7z|ofd)\)?$", re.IGNORECASE)
_IMPRINT = re.compile(
    r"(?:主办|承办)(?:单位)?\s*[:：]|ICP备|网站标识码|公网安备|版权所有|Copyright|建议(?:您)?(?:用|使用).{0,20}浏览",
    re.IGNORECASE,
)
_AWAY = re.compile(r"[【\[(（]*(?:打印|关闭|返回|上一|下一|分享|收藏|网站地图)")
_TELLING = 40
_ATTACHED = re.compile(
    r"(?:^|[-_ ])(?:insertfileTag|fj|fujian|attach\w*|accessory|annex|appendix|xgfj|enclosure)(?:$|[-_ \d])", re.IGNORECASE
)


def once(lines: list[Line]) -> list[Line]:
    """A text that stands there twice, for wide and for narrow screens, is taken once."""
    texts = [line.text for line in lines]
    half = next((at for at, text in enumerate(texts) if at and text == texts[0]), 0)
    while half and half * 2 <= len(texts):
        if texts[:half] == texts[half : half * 2] and sum(map(len, texts[:half])) >= _TELLING:
            return lines[:half] + lines[half * 2 :]
        half = next((at for at in range(half + 1, len(texts) // 2 + 1) if texts[at] == texts[0]), 0)
    return lines


def is_control(text: str) -> bool:
    return len(text) <= 60 and bool(_CONTROL.match(text) or _LEAVING.match(text))


def is_file_link(line: Line) -> bool:
    """Is the line nothing but the link to a file? The attachments tell of it."""
    return line.linked * 10 >= len(line.text) * 9 and bool(_FILE_NAME.search(line.text))


def edges(lines: list[Line], title: str, known: bool) -> tuple[int, int]:
    """Where the text begins and ends: a repeated title and lines about the page (source, clicks, neighbours) are outside."""
    first, last = 0, len(lines)
    bare = squeeze(title)
    reach = 8 if known else 25
    for index, line in enumerate(lines[:reach]):
        text = squeeze(line.text)
        if (
            (bare and text == bare)
            or (index == first and (_is_meta(line.text) or _is_info(line.text) or text in bare or _TIMED.match(line.text)))
            or (0 < first == index and _DISCLOSED.match(line.text))
            or (not known and index - first < 6 and _is_meta(line.text) and _crumbs_only(lines[first:index]))
        ):
            first = index + 1
    while last > first:
        if neighbours := _neighbours(lines[first:last]):
            last -= neighbours
            continue
        if not _is_trailer(lines[last - 1]) and not _is_attachment(lines[first:last]):
            break
        last -= 1
        if last - 2 >= first and lines[last - 1].text.isdigit() and _is_trailer(lines[last - 2]):
            last -= 1  # the counter of a share bar
    return first, last


def _neighbours(lines: list[Line]) -> int:
    """How many lines at the end are links to other pages under a label that says so."""
    linked = 0
    while linked < len(lines) and lines[-1 - linked].linked * 10 >= len(lines[-1 - linked].text) * 9:
        linked += 1
    label = lines[-1 - linked] if 0 < linked < len(lines) else None
    return linked + 1 if label and _ASIDE.match(label.text) else 0


def _crumbs_only(lines: list[Line]) -> bool:
    """Are these lines no text yet: menus, crumbs, a title?"""
    return all(len(line.text) < 60 and not re.search(r"[。；]", line.text) for line in lines)


def _is_meta(text: str) -> bool:
    if len(text) > 120:
        return False
    if len(text) < 100 and _TOLD_DATE.search(text) and not re.search(r"[。；]", text):
        return True
    match = _META_LINE.match(text)
    return bool(match and (match.end() >= len(text) or (len(text) < 90 and re.search(r"[:：】]|\d{4}", text)))) or bool(
        len(text) < 60 and _MARKED_DATE.match(text) and re.search(r"来源|浏览|字[体号]|阅读|点击", text)
    )


def _is_info(text: str) -> bool:
    """Does a line at the head of a text tell its source or its clicks, whatever else it tells."""
    return len(text) < 120 and bool(_INFO.search(text)) and not _SENTENCE.search(text)


def _is_trailer(line: Line) -> bool:
    """Does the line tell of the page or the site, or lead away from it?"""
    leads_away = line.linked > 0 and len(line.text) < 40 and bool(_AWAY.match(line.text))
    return leads_away or _is_meta(line.text) or bool(_IMPRINT.search(line.text))


def _is_attachment(lines: list[Line]) -> bool:
    """Is the last line but the name of a linked document, under no heading that makes it a part of the text."""
    if lines[-1].linked * 10 < len(lines[-1].text) * 9 or any("附件" in line.text for line in lines[-8:]):
        return False
    return is_attached(lines[-1].element)


def is_attached(element: HtmlElement) -> bool:
    """Does an element stand in a block that is called one of attachments."""
    near = [element, *islice(ancestors(element), 3)]
    return any(_ATTACHED.search(f"{one.get('class') or ''} {one.get('id') or ''}") for one in near)


def squeeze(text: str) -> str:
    """The text without any blank, for comparing titles."""
    return "".join(text.split())
