"""The title of a page without the site's name. Never guesses one from the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from itertools import islice

from lxml.html import HtmlElement

from crawler.reading.article import Container
from crawler.reading.document import Document
from crawler.reading.edges import squeeze
from crawler.reading.lines import is_hidden, is_unseen, text_of

_LARGEST = 40
_SENTENCES = 40
_SURE = 1
_CLOSE = 4
_SHORTEST, _LONGEST = 6, 150
_PLACE = re.compile(r"(?:省|市|县|区|州|盟|旗|镇|乡|街道)$")
_CRUMBS = re.compile(r"(?:当前|现在的?|所在|您的?)\s*位置(?:是|为)?\s*[:：]?")
_FROM_HOME = re.compile(r"^\W?(?:网站)?首\s*页\s*(?=[>»›＞→])")
_PATH = re.compile(r"(?:网站)?首\s*页\s*[-_>»›＞/→|]")
_NO_NAME = frozenset(["首页", "正文", "详情", "内容", "列表", "信息列表", "网站首页"])
_BY_TAG = {"h1": 1, "h2": 3, "h3": 4, "h4": 5, "h5": 6}
_LAST = 9
_TITLES = frozenset(["div", "p", "span", "td", "h2", "h3"])
_NO_TITLE = frozenset(["title", "html", "body", "table", "ul"])
_MARKUP = re.compile(r"<[^>]{1,80}>")
_CUT = re.compile(r"\s*[-_|｜—–»>]+\s*")
_SITE = re.compile(
    r"(?:政府|门户|网|网站|平台|官网|官方网站|公众网|委员会|厅|局|办公室|公开|中心|政务公开|栏目|频道|政府信息公开|专栏|专题|首页|portal|site)$",
    re.IGNORECASE,
)
_INFO = re.compile(
    r"(?:发布|公开)(?:日期|时间)\s*[:：]|来\s*源\s*[:：]|(?:浏览|阅读|访问|点击)(?:次数|量)\s*[:：]|时间\s*[:：]\s*\d{4}"
)
_TITLED = re.compile(r"(?:^|[-_ ])(?:\w*title|\w*tit|biaoti|bt|tt|h4_o)(?:$|[-_ \d])", re.IGNORECASE)


def article_title(document: Document, hints: Iterable[str] = (), container: Container | None = None) -> str:
    """ArticleTitle, else the heading that the title element repeats, else the foremost heading, else the title element.

    A heading below the beginning of the text is one of the text or of what stands beside it, never the title.
    """
    for content in document.metas.get("articletitle", ()):
        if text := clean(content):
            return text
    site = squeeze(document.meta("SiteName") or "")
    head = squeeze(clean(document.head_title))
    end = _beginning(document, container)
    found = [heading for heading in _headings(document, frozenset(hints)) if squeeze(heading.text) != site]
    headings = [heading for heading in found if heading.place <= end and not _PATH.match(heading.text)]
    repeated = [heading.text for heading in headings if len(squeeze(heading.text)) >= 4 and squeeze(heading.text) in head]
    if repeated and not _SITE.search(longest := max(repeated, key=len)):
        return longest
    if near := _above_info(document, headings, end):
        return near
    if headings:
        foremost = min(headings, key=lambda heading: heading.rank)
        if foremost.rank <= _SURE or not _SITE.search(foremost.text):
            return foremost.text
    return page_title(document)


def _beginning(document: Document, container: Container | None) -> int:
    """The place of the element in which the first sentences of the text stand; beyond all places where there are none."""
    lines = container.lines if container else ()
    first = next((line for line in lines if len(line.text) >= _SENTENCES and "。" in line.text), None)
    return document.elements.index(first.element) if first else len(document.elements)


def _above_info(document: Document, headings: list[_Found], end: int) -> str | None:
    """The title by its place: a heading close above the line that tells date, source or clicks, else the line just above it."""
    lines = document.lines
    at = next((at for at, line in enumerate(lines) if len(line.text) < 150 and _INFO.search(line.text)), None)
    if at is None or document.elements.index(lines[at].element) > end:
        return None
    above = [line for line in lines[max(0, at - _CLOSE) : at] if not line.linked]
    close = [heading for heading in headings if any(squeeze(heading.text) in squeeze(line.text) for line in above)]
    if close:
        return min(close, key=lambda heading: heading.rank).text
    last = clean(above[-1].text) if above and above[-1] is lines[at - 1] else ""
    return last if _SHORTEST <= len(last) <= _LONGEST and not _CRUMBS.search(last) and not _INFO.search(last) else None


def page_title(document: Document) -> str:
    """The title element without the site's name, else the column's name or the last crumb: the title of a listing."""
    text = clean(document.head_title)
    site = squeeze(document.meta("SiteName") or "")
    column = clean(document.meta("ColumnName") or "")
    if not text or squeeze(text) == site:
        return column or _last_crumb(document) or _first_heading(document) or text
    if column and squeeze(column) not in squeeze(text) and column == (_last_crumb(document) or _last_crumb(document, _FROM_HOME)):
        return column
    cuts = list(_CUT.finditer(text))
    parts = [part for part in _CUT.split(text) if part]
    if len(parts) < 2:
        return (_last_crumb(document) if _SITE.search(text) or _PLACE.search(text) else None) or text
    shown = {squeeze(line.text) for line in document.lines}
    for cut in reversed(cuts):
        start = text[: cut.start()]
        if squeeze(start) in shown and squeeze(start) != site:
            return start
    first = parts[0]
    if (squeeze(first) == site or _SITE.search(first)) and not _SITE.search(parts[-1]):
        return parts[-1]
    return first if _SITE.search(parts[-1]) or squeeze(parts[-1]) == site else text


def _first_heading(document: Document) -> str | None:
    return next((text for heading in document.tree.iter("h1") if _SHORTEST <= len(text := text_of(heading)) <= _LONGEST), None)


def _last_crumb(document: Document, opening: re.Pattern[str] = _CRUMBS) -> str | None:
    """The end of the line that tells where in the site the page stands."""
    for line in document.lines[:200]:
        if len(line.text) <= 120 and (found := opening.search(line.text)):
            last = re.split(r"\s*[>»›＞/→]+\s*", line.text[found.end() :].strip(" >»›＞/→"))[-1].strip()
            return last if 2 <= len(last) <= 40 and last not in _NO_NAME else None
    return None


@dataclass(frozen=True, slots=True)
class _Found:
    """A heading, its rank (the lower the better) and its place among all elements."""

    rank: int
    text: str
    place: int


def _headings(document: Document, hints: frozenset[str]) -> list[_Found]:
    """Headings with their rank: a family's own mark, h1, then what is called a title, then h2 to h5."""
    ranked: dict[int, int] = {}
    for place, element, key, classes in document.marked:
        if (rank := _rank(element, key, classes, hints)) is not None:
            ranked[place] = rank
    for place, element in enumerate(document.elements):
        by_tag = _BY_TAG.get(element.tag, 0 if element.tag in hints else _LAST)
        if by_tag < ranked.get(place, _LAST):
            ranked[place] = by_tag
    found = []
    for place, rank in sorted(ranked.items()):
        element = document.elements[place]
        if is_hidden(element) or _is_label(element) or (rank > 1 and next(element.iter("a"), None) is not None):
            continue
        if next(islice(element.iter(), _LARGEST, None), None) is not None:
            continue  # a wrapper of half a page may be called a title as well
        text = text_of(element)
        if 4 <= len(text) <= _LONGEST and not is_unseen(element):
            found.append(_Found(rank, text, place))
    return found


def _is_label(element: HtmlElement) -> bool:
    """Is it a cell beside another one: the name of a field, however it is called."""
    beside = (*element.itersiblings(), *element.itersiblings(preceding=True)) if element.tag == "td" else ()
    return any(cell.tag in ("td", "th") and text_of(cell) for cell in beside)


def _rank(element: HtmlElement, key: str, classes: str, hints: frozenset[str]) -> int | None:
    """The rank that an element has by its names."""
    if element.tag in _NO_TITLE:
        return None
    if key in hints or not hints.isdisjoint(classes.split()):
        return 0
    return 2 if element.tag in _TITLES and _TITLED.search(f"{classes} {key}") else None


def clean(text: str) -> str:
    """A title without markup, entities and needless blanks."""
    return " ".join(_MARKUP.sub(" ", unescape(text).replace("\xa0", " ")).split())
