"""Rows of a column: repeated elements with a link and a date. Judges neither order nor age of the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, islice

from lxml import html
from lxml.html import HtmlElement

from crawler.reading.document import Document, is_top
from crawler.reading.lines import ancestors, fold, is_hidden, is_unseen, tag_of
from crawler.reading.rows import CUT, day_column, is_row_itself, read_row, with_years
from crawler.reading.words import UNSEEN_TAGS
from storage.records import Entry

_ROWS = frozenset(["li", "tr", "dd", "dl", "div", "p", "article", "section"])
_CHROME = re.compile(
    # Lonsun calls its lists of disclosed documents xxgk_nav..., and they are no menus.
    r"(?:^|(?<!xxgk)[-_ ])"
    # What is called page-content or page-main holds the list, and turns no page.
    r"(?:nav\w*|menu\w*|foot\w*|header|top|crumbs?|location|friend\w*|links?|sidebar|hot\w*|paging|"
    r"page(?![-_](?:content|con|list|main|body|wrap|box)))(?:$|[-_ ])",
    re.IGNORECASE,
)
_ARTICLE_URL = re.compile(
    r"/t\d{6,}_?\d*\.|/art[_/]|/content[_/]|/post_\d|/info/\d|/\d{4}[-/]?\d{1,2}/|[0-9a-f]{32}|/\d{6,}\.s?html?", re.IGNORECASE
)
_NEXT = re.compile(r"^[\[【<(]?\s*(?:下一页|下页|后一页|next(?:\s*page)?|[>›»]{1,2})\s*[>›»\])】]*$", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.\w{3,5}$", re.IGNORECASE)
_BEFORE = frozenset(["上一页", "上页", "前一页"])
_PAGES = re.compile(r"(?:共|/)\s*(?:[2-9]|[1-9]\d{1,3})\s*页")
_ONE_PAGE = re.compile(r"(?:共|/)\s*1\s*页|(?<!\d)1\s*/\s*1(?!\d)")
_ASIDE = re.compile(r"最新(?:更新|公开|发布|信息|动态)|热点|热门|推荐|相关|排行|友情链接|猜你喜欢|解读$")
_CALLED = re.compile(r"createPageHTML|pageIndex|totalPage|pageCount|countPage", re.IGNORECASE)
_BUTTON = 4
_SOME = 4
_SENTENCE = 10
_DAY = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
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
        titles = sum(len(entry.title) // (3 if CUT.search(entry.title) else 1) for entry in self.entries)
        return titles * (len(self.entries) + 2 * self.dated + 2 * self.own) // len(self.entries)

    @property
    def is_list(self) -> bool:
        """Are these rows of documents and no menu: most with a date, or with titles and addresses of articles?"""
        return bool(self.entries) and (
            self.dated * 2 >= len(self.entries) or _looks_like_articles(self) or self._fills_the_folder
        )

    @property
    def _fills_the_folder(self) -> bool:
        """Are these titles, too long for a menu, of pages that all lie in the page's own folder?"""
        titles = sum(len(entry.title) for entry in self.entries)
        return self.own == len(self.entries) >= _SOME and titles >= _SENTENCE * len(self.entries)


def find_rows(document: Document) -> Rows:
    """The list of a page that weighs most: dated rows before undated ones, never menus, hidden lists or nested ones."""
    groups = [group for group in _groups(document.tree) if not _is_aside(document, group[0])]
    lists = [rows for group in groups if (rows := read_rows(document, group)).entries]
    good = [rows for rows in lists if rows.is_list]
    best = max(good, key=lambda rows: rows.weight, default=Rows((), (), 0, 0))
    return _with_twins(document, best, good)


def _with_twins(document: Document, best: Rows, lists: Sequence[Rows]) -> Rows:
    """A page that shows the heads of several columns shows them in lists of one kind; one that can be paged has one list."""
    twins = [rows for rows in lists if rows.dated and _list_kind(rows) == _list_kind(best)]
    if len(twins) < 2 or not best.dated or _CALLED.search(document.text) or next_link(document):
        return best
    return read_rows(document, [element for rows in twins for element in rows.elements])


def _list_kind(rows: Rows) -> tuple[object, object, object]:
    """Tag and class of a list and the tag of its rows; a list without a class is of a kind of its own."""
    parent = rows.elements[0].getparent()
    if parent is None or not parent.get("class"):
        return rows.elements[0], None, None
    return parent.tag, parent.get("class"), rows.elements[0].tag


def read_rows(document: Document, elements: Iterable[HtmlElement]) -> Rows:
    """Turn row elements into entries; separators and rows without a link are skipped, an address comes once."""
    found: dict[tuple[str, str], Entry] = {}
    kept: list[HtmlElement] = []
    column: int | None = None
    for number, element in enumerate(elements):
        column = day_column(element) if number == 0 else column
        entry = read_row(document, element, column)
        if entry and (entry.url, entry.title) not in found:
            found[(entry.url, entry.title)] = entry
            kept.append(element)
    dated = with_years(tuple(found.values()))
    whole = [not _is_button(entry, dated) for entry in dated]
    entries = tuple(compress(dated, whole))
    folder = document.absolute("./", document.url)
    own = sum(entry.url.startswith(folder) for entry in entries) if folder and not is_top(folder) else 0
    return Rows(tuple(compress(kept, whole)), entries, sum(entry.date is not None for entry in entries), own)


def _is_button(entry: Entry, beside: tuple[Entry, ...]) -> bool:
    """Among dated rows a word or two without a day are a button, not a title."""
    if entry.date or len(entry.title) > _BUTTON:
        return False
    return sum(other.date is not None for other in beside) * 2 > len(beside)


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
            if is_unseen(anchor):
                continue
            if url and _bare(url) != _bare(document.url):
                return url
            scripted |= url is None and _is_scripted(anchor)
        elif label in _BEFORE:
            linked |= document.absolute(anchor.get("href") or "") not in (None, document.url)
    told = linked or not any(_PAGES.search(line.text) for line in document.lines)
    return UNTOLD if scripted or not told else None


def _bare(url: str) -> str:
    """The address of a page by one of its names: a folder and its index file are the same page."""
    return _INDEX.sub("/", url)


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
    """The nearest item, table row or block around a link that stands among siblings of its kind, or the link itself."""
    if is_row_itself(anchor):
        return anchor
    fallback = None
    for element in ancestors(anchor):
        tag = tag_of(element)
        if tag in ("body", "html"):
            break
        if tag == "li":
            around = _columns_of(element)
            return element if around is None else around
        if tag == "dt" or (tag == "tr" and next(element.iter("table"), None) is None):
            return element  # a table row around another table only lays out the page
        if tag in _ROWS and fallback is None and _has_twin(element):
            fallback = element
    return fallback


def _columns_of(item: HtmlElement) -> HtmlElement | None:
    """The list around an item if its items are the columns of one row: one of them has the link, and lists like it follow."""
    around = item.getparent()
    if (
        around is None
        or tag_of(around) not in ("ul", "ol")
        or not _has_twin(around)
        or next(islice(around, 6, None), None) is not None
    ):
        return None
    dated = any(other is not item and _DAY.search("".join(islice(other.itertext(), 6))) for other in around)
    linked = any(other is not item and next(other.iter("a"), None) is not None for other in around)
    return around if dated and not linked else None


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
        while heading is not None and heading.tag in UNSEEN_TAGS:
            heading = heading.getprevious()
        if heading is not None:
            text = fold("".join(islice(heading.itertext(), 20)))
            return len(text) <= 12 and bool(_ASIDE.search(text)) and text not in document.head_title
        place = place.getparent() if place is not None else None
    return False


def _looks_like_articles(rows: Rows) -> bool:
    titles = [entry for entry in rows.entries if len(entry.title) >= 8]
    return (
        len(titles) * 2 > len(rows.entries)
        and sum(bool(_ARTICLE_URL.search(entry.url)) for entry in titles) * 3 >= len(rows.entries) * 2
    )
