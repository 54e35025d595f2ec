"""Where the text of an article stands, and its paragraphs. Reads no dates, numbers no headings, finds no gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.reading.document import Document
from crawler.reading.lines import Line, ancestors, is_inline, is_unseen, lines_of, tag_of
from crawler.reading.words import CONTAINERS

_CHROME = re.compile(
    r"(?:^|[-_ ])(?:nav|menu|head(?:er)?|top(?:bar)?|foot(?:er)?|bottom|side(?:bar)?|aside|crumbs?|breadcrumb|"
    r"location|curpage|share|bdshare\w*|fontsize|font-?s|qr_?code|ewm|erweima|toolbar|print(?:er)?|pagesource|related?|xgwz|xgxx|prevnext|pagination|"
    r"friend\w*|copyright|comment|article-(?:icon|btn|ewm|extended|attr|share))(?:$|[-_ ])",
    re.IGNORECASE,
)
_META_LINE = re.compile(
    r"^[【\[(（]?\s*(?:(?:信息|文章|稿件)?来\s*源|稿源|作\s*者|(?:信息)?发布(?:日期|时间|机构|单位|人)?|公开(?:日期|时间)|(?:更新|录入|上传|发表|成文|"
    r"生成|发文)?(?:日期|时间)|字\s*[体号]|浏览(?:次数|量)?|阅读(?:次数|量)?|访问量|点击(?:数|率|次数)?|责任编辑|编\s*辑|分享(?:到)?|打\s*印|关\s*闭|"
    r"收\s*藏|视力保护色?|背景色|保护视力色|索\s*引\s*号|扫一扫|手机(?:扫|阅读)|上一[篇条]|下一[篇条]|相关(?:链接|附件|文章|新闻|稿件|信息|文档)|"
    r"附件下载|返回(?:顶部|列表)|语音播报|语言播报|我要纠错|纠错|主题分类|大\s*中\s*小|【?\s*大\s*】?)(?=[\s:：|】\]）)]|\d{4}|$)[\s\d:：|】\]）)]*",
)
_MARKED_DATE = re.compile(r"^(?:时间|日期)?[:：]?\s*\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_TOLD_DATE = re.compile(r"(?:发布|公开)(?:日期|时间)\s*[:：]\s*\d{4}")
_CONTROL = re.compile(
    r"^[\s【\[(（「|]*(?:字\s*[体号]\s*[:：]?[\s【\[]*(?:[特超]?大|中|小|默认|[】\]\[【\s|])*|大\s+中\s+小|打印(?:本页|此页)?|关闭(?:窗口|本页)?|"
    r"分享到?[:：]?|收藏|返回顶部|[+-]?A[+-]?|TOP|扫一扫在?手机(?:上)?打开(?:当前页面?)?|我要打印|点击播报|开始播报|暂无(?:数据|内容|信息)?|(?:正在|数据)?加载中?)[\s】\])）」|:：]*$",
    re.IGNORECASE,
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
_STOPS = re.compile(r"[，。；：！？、,;]")
_LEAF = frozenset(["p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "dd", "dt", "blockquote", "center", "pre"])


@dataclass(frozen=True, slots=True)
class Article:
    """The element that holds the text, whether its name was known, its lines, and what stood above and below the text in it."""

    container: HtmlElement | None
    known: bool
    lines: tuple[Line, ...] = ()
    trimmed: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Container:
    """The element in which the text stands, whether its name was known, and its lines without navigation."""

    element: HtmlElement | None
    known: bool
    lines: tuple[Line, ...] = ()


def find_container(document: Document, containers: Iterable[str]) -> Container:
    """Find where the text stands by the names of its container, else by where the sentences are."""
    lines_in: dict[HtmlElement, list[Line]] = {}
    element = _named(document, frozenset((*containers, *CONTAINERS)), lines_in)
    known = element is not None
    if element is None:
        element = _densest(document)
    if element is None:
        return Container(None, False)
    return Container(element, known, tuple(lines_in.get(element) or _lines_within(document, element)))


def find_article(container: Container, title: str) -> Article:
    """Take from a container's lines what is the text; an empty article if there is no container."""
    if container.element is None:
        return Article(None, False)
    lines = _once([line for line in container.lines if not _is_control(line.text) and not _is_file_link(line)])
    first, last = _edges(lines, title, container.known)
    return Article(container.element, container.known, tuple(lines[first:last]), tuple(lines[:first] + lines[last:]))


def _once(lines: list[Line]) -> list[Line]:
    """A text that stands there twice, for wide and for narrow screens, is taken once."""
    texts = [line.text for line in lines]
    half = next((at for at, text in enumerate(texts) if at and text == texts[0]), 0)
    while half and half * 2 <= len(texts):
        if texts[:half] == texts[half : half * 2] and sum(map(len, texts[:half])) >= _TELLING:
            return lines[:half] + lines[half * 2 :]
        half = next((at for at in range(half + 1, len(texts) // 2 + 1) if texts[at] == texts[0]), 0)
    return lines


def _is_control(text: str) -> bool:
    return len(text) <= 40 and bool(_CONTROL.match(text))


def _is_file_link(line: Line) -> bool:
    """Is the line nothing but the link to a file? The attachments tell of it."""
    return line.linked * 10 >= len(line.text) * 9 and bool(_FILE_NAME.search(line.text))


def _named(document: Document, names: frozenset[str], lines_in: dict[HtmlElement, list[Line]]) -> HtmlElement | None:
    """Of all elements with a known name take the one with most text, then the innermost that still has nearly all of it.

    `lines_in` takes what was read on the way, so that nothing is read twice.
    """
    named = [element for _, element, key, classes in document.marked if key in names or not names.isdisjoint(classes.split())]
    tagged = [element for name in names & document.tags for element in document.tree.iter(name)]
    found = [element for element in (*tagged, *named) if not is_unseen(element)]
    lines_in.update((element, _lines_within(document, element)) for element in found[:40])
    sized = [(sum(len(line.text) for line in lines), element) for element, lines in lines_in.items()]
    sized = [(size, element) for size, element in sized if size or next(element.iter("img", "a", "iframe"), None) is not None]
    if not sized:
        return None
    most, best = max(sized, key=lambda pair: pair[0])
    for size, element in sized:
        if size >= most * 0.85 and element is not best and best in element.iterancestors():
            most, best = size, element
    return best


def _lines_within(document: Document, container: HtmlElement) -> list[Line]:
    """The lines of a container without navigation: of those of the whole page, or its own where a line may begin outside."""
    inside = set(container.iter())
    chrome = [element for element in inside if element is not container and _is_chrome(element)]
    in_row = next(container.iterancestors("tr"), None) is not None
    if in_row or is_inline(container) or any(is_inline(element) for element in chrome):
        return lines_of(container, _is_chrome)
    for element in chrome:
        inside.difference_update(element.iter())
    return [line for line in document.lines if line.element in inside]


def _is_chrome(element: HtmlElement) -> bool:
    """Navigation, share bars and the like, known by tag or by a part of id or class."""
    tag = element.tag
    if tag in ("nav", "footer", "aside"):
        return True
    key, classes = element.get("id"), element.get("class")
    if not (key or classes) or (is_inline(element) and tag != "span"):
        return False
    return _names_chrome(f"{classes or ''} {key or ''}".strip()) and len("".join(element.itertext())) < 1500


@lru_cache(4096)
def _names_chrome(names: str) -> bool:
    return bool(_CHROME.search(names))


def _densest(document: Document) -> HtmlElement | None:
    """The element under which most sentences stand; links and short labels weigh nothing."""
    scores: dict[HtmlElement, float] = {}
    for line in document.lines:
        if line.linked * 5 > len(line.text) * 2 or (len(line.text) < 15 and not _STOPS.search(line.text)):
            continue
        weight = float(len(line.text) + 10 * len(_STOPS.findall(line.text)))
        element: HtmlElement | None = _block_of(line.element)
        for _ in range(4):
            if element is None or element.tag == "html":
                break
            scores[element] = scores.get(element, 0.0) + weight
            weight /= 2
            element = element.getparent()
    if not scores:
        body = next(document.tree.iter("body"), None)
        return body if body is not None and document.prose else None
    return max(scores, key=lambda found: scores[found])


def _block_of(element: HtmlElement) -> HtmlElement | None:
    """The element that may hold an article around a line: never the paragraph, item or row itself."""
    found: HtmlElement | None = element
    while found is not None and is_inline(found):
        found = found.getparent()
    while found is not None and tag_of(found) in _LEAF:
        found = found.getparent()
    if found is not None and found.tag in ("tr", "ul", "ol"):
        table = next(found.iterancestors("table"), None) if found.tag == "tr" else found
        return table.getparent() if table is not None else found
    return found


def _edges(lines: list[Line], title: str, known: bool) -> tuple[int, int]:
    """Where the text begins and ends: a repeated title and lines about the page (source, clicks, neighbours) are outside."""
    first, last = 0, len(lines)
    bare = squeeze(title)
    reach = 8 if known else 25
    for index, line in enumerate(lines[:reach]):
        text = squeeze(line.text)
        if (
            (bare and text == bare)
            or (index == first and (_is_meta(line.text) or _is_info(line.text) or text in bare))
            or (not known and index - first < 6 and _is_meta(line.text) and _crumbs_only(lines[first:index]))
        ):
            first = index + 1
    while last > first and (_is_trailer(lines[last - 1]) or _is_attachment(lines[first:last])):
        last -= 1
        if last - 2 >= first and lines[last - 1].text.isdigit() and _is_trailer(lines[last - 2]):
            last -= 1  # the counter of a share bar
    return first, last


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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The lines around an article's text: before its title, between title and text, below the text; and the text itself."""

    before: tuple[Line, ...]
    above: tuple[Line, ...]
    below: tuple[Line, ...]
    inside: tuple[Line, ...] = ()
    titled: bool = False  #: does the title stand above the text


def surroundings(document: Document, article: Article, title: str) -> Surroundings:
    """Split what is printed around the text; without a text everything is `above`."""
    lines = document.lines
    keys = {(line.element, line.text) for line in article.lines}
    inside = [index for index, line in enumerate(lines) if (line.element, line.text) in keys]
    bare = squeeze(title)
    head, titled = 0, False
    start, end = (inside[0], inside[-1] + 1) if inside else (len(lines), len(lines))
    for index in range(start - 1, -1, -1):
        if bare and squeeze(lines[index].text) == bare:
            head, titled = index + 1, True
            break
    else:
        head = max(0, start - 12) if inside else 0
    return Surroundings(tuple(lines[:head]), tuple(lines[head:start]), tuple(lines[end:]), article.lines, titled)
