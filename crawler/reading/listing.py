"""Rows of a column: repeated elements with a link and a date. Judges neither order nor age of the rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml import html
from lxml.html import HtmlElement

from crawler.reading.dates import date_in, date_in_url
from crawler.reading.document import Document, is_top
from crawler.reading.lines import ancestors, fold, is_hidden, tag_of
from storage.records import Entry

_ROWS = frozenset(["li", "tr", "dd", "dl", "div", "p", "article", "section"])
_NESTED = frozenset(["ul", "ol", "dl", "table"])
_NUMBER = re.compile(r"(?<![\w/])[0-9A-Za-z-]{5,24}/\d{4}-\d{3,}(?!\d)")
_SHORT_DATE = re.compile(r"(?<![\d-])(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?![\d-])\s*日?")
# A running number before a whole date (序号, 日期) is no day.
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s+(\d{4})\s*[-/.年]\s*(\d{1,2})(?!\d)(?!\s*[-/.月]\s*\d)")
_CHROME = re.compile(
    # Lonsun calls its lists of disclosed documents xxgk_nav..., and they are no menus.
    r"(?:^|(?<!xxgk)[-_ ])"
    r"(?:nav\w*|menu\w*|foot\w*|header|top|crumbs?|location|friend\w*|links?|sidebar|page|paging|hot\w*)(?:$|[-_ ])",
    re.IGNORECASE,
)
_ARTICLE_URL = re.compile(
    r"/t\d{6,}_?\d*\.|/art[_/]|/content[_/]|/post_\d|/info/\d|/\d{4}[-/]?\d{1,2}/|[0-9a-f]{32}|/\d{6,}\.s?html?", re.IGNORECASE
)
_NEXT = re.compile(r"^[\[【<(]?\s*(?:下一页|下页|后一页|next(?:\s*page)?|[>›»]{1,2})\s*[>›»\])】]*$", re.IGNORECASE)
_BEFORE = frozenset(["上一页", "上页", "前一页"])
_PAGES = re.compile(r"(?:共|/)\s*(?:[2-9]|[1-9]\d{1,3})\s*页")
_ONE_PAGE = re.compile(r"(?:共|/)\s*1\s*页|(?<!\d)1\s*/\s*1(?!\d)")
_ASIDE = re.compile(r"最新(?:更新|公开|发布|信息|动态)|热点|热门|推荐|相关|排行|友情链接|猜你喜欢")
_NO_ROW = re.compile(r"今天是|星期[一二三四五六日天]|(?:当前|现在的?|所在)位置")
_CUT = re.compile(r"(?:\.{2,}|…+)\s*$")
_TOO_MANY = 400
UNTOLD = "unknown"
"""In place of the next page's address: there is one, and no link tells where."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one list; `own` of them lie in the page's own folder, `dated` carry a date."""

    elements: tuple[HtmlElement, ...]
    entries: tuple[Entry, ...]
    dated: int
    own: int

    @property
    def weight(self) -> int:
        """How much speaks for its being the page's list: characters of whole titles, dates, and rows of its own folder."""
        if not self.entries:
            return 0
        titles = sum(len(entry.title) // (3 if _CUT.search(entry.title) else 1) for entry in self.entries)
        return titles * (len(self.entries) + 2 * self.dated + 2 * self.own) // len(self.entries)


def find_rows(document: Document) -> Rows:
    """The list of a page that weighs most: dated rows before undated ones, never menus, hidden lists or nested ones."""
    groups = [group for group in _groups(document.tree) if not _is_aside(document, group[0])]
    lists = [rows for group in groups if (rows := read_rows(document, group)).entries]
    good = [rows for rows in lists if rows.dated * 2 >= len(rows.entries) or _looks_like_articles(rows)]
    return max(good, key=lambda rows: rows.weight, default=Rows((), (), 0, 0))


def read_rows(document: Document, elements: Iterable[HtmlElement]) -> Rows:
    """Turn row elements into entries; separators and rows without a link are skipped, an address comes once."""
    found: dict[tuple[str, str], Entry] = {}
    kept = []
    for element in elements:
        entry = _entry(document, element)
        if entry and (entry.url, entry.title) not in found:
            found[(entry.url, entry.title)] = entry
            kept.append(element)
    entries = _with_years(tuple(found.values()))
    folder = document.absolute("./", document.url)
    own = sum(entry.url.startswith(folder) for entry in entries) if folder and not is_top(folder) else 0
    return Rows(tuple(kept), entries, sum(entry.date is not None for entry in entries), own)


def rows_of_markup(document: Document, fragments: Sequence[str]) -> Rows:
    """Rows that a portal keeps as markup inside a script."""
    wrapped = "".join(f"<div class='row'>{fragment}</div>" for fragment in fragments[:_TOO_MANY])
    tree = html.fromstring(f"<html><body>{wrapped}</body></html>")
    return read_rows(document, tree.iter("div") if not wrapped else [el for el in tree.iter("div") if el.get("class") == "row"])


def next_link(document: Document) -> str | None:
    """The address behind a link that says 'next page', if it leads to another page; UNTOLD if only a script knows that."""
    scripted = linked = False
    for anchor in document.tree.iter("a"):
        label = fold("".join(anchor.itertext())) or fold(anchor.get("title") or "")
        if len(label) <= 12 and _NEXT.match(label):
            url = document.absolute(anchor.get("href") or "")
            if url and url != document.url:
                return url
            scripted |= url is None and _is_scripted(anchor)
        elif label in _BEFORE:
            linked |= document.absolute(anchor.get("href") or "") not in (None, document.url)
    told = linked or not any(_PAGES.search(line.text) for line in document.lines)
    return UNTOLD if scripted or not told else None


def _is_scripted(anchor: HtmlElement) -> bool:
    """Does a script wait for a click on it; not of one that is switched off, or of the only page."""
    waits = bool(anchor.get("onclick")) or (anchor.get("href") or "").strip().lower().startswith(("javascript:", "#"))
    parent = anchor.getparent()
    around = fold("".join(islice(parent.itertext(), 40))) if parent is not None else ""
    return waits and "disab" not in (anchor.get("class") or "").lower() and not _ONE_PAGE.search(around)


def says_next(label: str) -> bool:
    """Do the words of a link or button mean the next page of a list?"""
    return len(label) <= 12 and bool(_NEXT.match(label))


def _groups(tree: HtmlElement) -> list[list[HtmlElement]]:
    """Sibling elements that look alike and hold links; several lists side by side with the same class are one."""
    groups: dict[tuple[HtmlElement | None, str, str], list[HtmlElement]] = {}
    seen: set[HtmlElement] = set()
    chrome: dict[HtmlElement, bool] = {}
    for anchor in tree.iter("a"):
        if not anchor.get("href"):
            continue
        row = _row_of(anchor)
        if row is None or row in seen:
            continue
        seen.add(row)
        if not seen.isdisjoint(ancestors(row)):
            continue  # a list inside a row belongs to that row
        parent = row.getparent()
        if parent is None:
            continue
        if parent not in chrome:
            chrome[parent] = _is_chrome(parent)
        if chrome[parent]:
            continue
        above = parent.getparent()
        # Rows in blocks of five come as several lists of one kind under one parent.
        key = (above if above is not None else parent, f"{tag_of(parent)}.{parent.get('class') or ''}", tag_of(row))
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def _row_of(anchor: HtmlElement) -> HtmlElement | None:
    """The nearest item, table row or block around a link that stands among siblings of its kind."""
    fallback = None
    for element in ancestors(anchor):
        tag = tag_of(element)
        if tag in ("body", "html"):
            break
        if tag == "li" or (tag == "tr" and next(element.iter("table"), None) is None):
            return element  # a table row around another table only lays out the page
        if tag in _ROWS and fallback is None and _has_twin(element):
            fallback = element
    return fallback


def _has_twin(element: HtmlElement) -> bool:
    kind = _kind(element)
    return any(sibling is not None and _kind(sibling) == kind for sibling in (element.getnext(), element.getprevious()))


def _kind(element: HtmlElement) -> tuple[object, str | None]:
    """What siblings of one kind share: tag and class, or without a class the id but for its number (menu is not main)."""
    return element.tag, element.get("class") or re.sub(r"\d+", "", element.get("id") or "")


def _is_chrome(element: HtmlElement) -> bool:
    for parent in (element, *ancestors(element)):
        if is_hidden(parent) or parent.tag in ("nav", "footer", "aside"):
            return True
        if parent.tag in ("body", "html"):
            return False
        named = _CHROME.search(f"{parent.get('class') or ''} {parent.get('id') or ''}")
        # A wrapper of the whole page may be called anything; only small blocks are believed.
        if named and (parent is element or sum(1 for _ in parent.iter("a")) == sum(1 for _ in element.iter("a"))):
            return True
    return False


def _is_aside(document: Document, row: HtmlElement) -> bool:
    """Does the list stand under a heading of side lists (newest, hot, related) that is not the page's own name?"""
    place: HtmlElement | None = row
    for _ in range(3):
        heading = place.getprevious() if place is not None else None
        if heading is not None:
            text = fold("".join(islice(heading.itertext(), 20)))
            return len(text) <= 12 and bool(_ASIDE.search(text)) and text not in document.head_title
        place = place.getparent() if place is not None else None
    return False


def _entry(document: Document, row: HtmlElement) -> Entry | None:
    own, anchors = _own_parts(row)
    best: tuple[int, HtmlElement, str, str] | None = None
    for anchor in anchors:
        url = document.absolute(anchor.get("href") or "")
        title = _title_of(anchor)
        if url is None or len(title) < 2:
            continue
        if best is None or len(title) > best[0]:
            best = (len(title), anchor, url, title)
    if best is None or best[2] == document.url or _NO_ROW.search(own):
        return None
    _, anchor, url, title = best
    number = _NUMBER.search(f"{anchor.get('syh') or ''} {own}")
    return Entry(title, url, _row_date(anchor, own, url), number[0] if number else None)


def _own_parts(row: HtmlElement) -> tuple[str, list[HtmlElement]]:
    """The row's text outside of links and nested lists, and its own links."""
    texts: list[str] = []
    anchors: list[HtmlElement] = []
    stack: list[tuple[HtmlElement, bool]] = [(row, True)]
    while stack:
        element, entering = stack.pop()
        if not entering:
            texts.append(element.tail or "")
            continue
        nested = element is not row and (tag_of(element) in _NESTED and not (row.tag == "li" and element.tag == "dl"))
        if not tag_of(element) or is_hidden(element) or nested:
            continue
        if element.tag == "a" and element.get("href"):
            anchors.append(element)
        texts.append(" " + (element.text or ""))
        for child in reversed(element):
            stack += [(child, False), (child, True)]
    return fold(" ".join(texts)), anchors


def _title_of(anchor: HtmlElement) -> str:
    text = fold("".join(anchor.itertext()))
    told = fold(anchor.get("mc") or anchor.get("title") or "")
    if told and (not text or len(told) >= len(text) or _CUT.search(text)):
        return re.sub(r"\s+(?:发布)?(?:时间|日期)[:：].*$", "", told)
    return text if not _without_date(text) else _without_date(text)


def _without_date(text: str) -> str:
    """A link that holds title and date together gives its title."""
    return fold(
        re.sub(
            r"^[\[(（]?\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\])）]?\s+|\s+[\[(（]?\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\])）]?$",
            "",
            text,
        )
    )


def _row_date(anchor: HtmlElement, own: str, url: str) -> str | None:
    if iso := date_in(anchor.get("rq") or ""):
        return iso[:10]
    rest = own.replace(fold("".join(anchor.itertext())), " ")
    for text in (rest, own):
        plain = unicodedata.normalize("NFKC", text)
        match = _DAY_FIRST.search(plain)
        if match and (iso := date_in(f"{match[2]}-{match[3]}-{match[1]}")):
            return iso[:10]
        if iso := date_in(plain):
            return iso[:10]
        match = _SHORT_DATE.search(plain) if text is rest else None
        if match and 1 <= int(match[1]) <= 12 and 1 <= int(match[2]) <= 31:
            year = (date_in_url(url) or "????")[:4]
            return f"{year}-{int(match[1]):02}-{int(match[2]):02}"
    return None


def _with_years(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Give rows that print only month and day the year of their neighbours; None where no row knows one."""
    dated = []
    for index, entry in enumerate(entries):
        day = entry.date
        if day and day.startswith("????"):
            near = sorted(
                (abs(other - index), e.date[:4]) for other, e in enumerate(entries) if e.date and not e.date.startswith("????")
            )
            day = date_in(f"{near[0][1]}{day[4:]}") if near else None
        dated.append(Entry(entry.title, entry.url, day, entry.number))
    return tuple(dated)


def _looks_like_articles(rows: Rows) -> bool:
    titles = [entry for entry in rows.entries if len(entry.title) >= 8]
    return (
        len(titles) * 2 > len(rows.entries)
        and sum(bool(_ARTICLE_URL.search(entry.url)) for entry in titles) * 3 >= len(rows.entries) * 2
    )
