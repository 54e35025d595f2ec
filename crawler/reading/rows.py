"""One row of a column: its title, address, day and running number. Knows nothing of the other rows, their years aside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from crawler.reading.dates import date_in, date_in_url
from crawler.reading.document import Document
from crawler.reading.lines import fold, is_hidden, tag_of
from crawler.reading.links import target_of
from storage.records import Entry

_NESTED = frozenset(["ul", "ol", "dl", "table"])
_NUMBER = re.compile(r"(?<![\w/])[0-9A-Za-z-]{5,24}/\d{4}-\d{3,}(?!\d)")
_SHORT_DATE = re.compile(r"(?<![\d-])(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?![\d-])\s*日?")
# A running number before a whole date (序号, 日期) is no day.
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s+(\d{4})\s*[-/.年]\s*(\d{1,2})(?!\d)(?!\s*[-/.月]\s*\d)")
_DAY_BEFORE_MONTH = re.compile(r"(?<![\d月-])(\d{1,2})日?\s+(\d{1,2})\s*月(?!\s*\d)")
_PAGER = re.compile(
    r"^[\[【<(«‹]*\s*(?:首\s*页|末\s*页|尾\s*页|第?\d{1,4}页?|[上下前后]\d*一?页|last|first|prev(?:ious)?|next)\s*[>\])】»›]*$",
    re.IGNORECASE,
)
_NO_ROW = re.compile(r"今天是|星期[一二三四五六日天]|(?:当前|现在的?|所在)位置")
_DAY = r"[\[(（]?\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\])）]?"
_ANY_DAY = re.compile(_DAY)
_DAY_ALONE = re.compile(rf"^\s*{_DAY}\s*$")
_DATE_AT_AN_END = re.compile(rf"^{_DAY}\s+|\s+{_DAY}$")
_TOLD_MORE = re.compile(r"(?:[\r\n]|(?:发布|更新)(?:时间|日期)\s*[:：]|作者\s*[:：]|(?<=\s)(?:时间|日期)[:：]).*$", re.DOTALL)
_TOLD_TITLE = re.compile(r"^\s*(?:文章)?标题\s*[:：]\s*")
_PUBLISHED = re.compile(r"^(?:(?:发布|公开|公布|上网|发文)?\s*(?:日\s*期|时\s*间))$")
_FIRMLY_PUBLISHED = re.compile(r"发布|公开|公布|上网")
_LONGEST_TITLE = 1000
CUT = re.compile(r"(?:\.{2,}|…+)\s*$")
"""A title whose end the template left out."""


@dataclass(slots=True)
class _Parts:
    """What a row holds of its own: pieces of text in their order, those in links included, and the links."""

    texts: list[str] = field(default_factory=list)
    anchors: list[HtmlElement] = field(default_factory=list)

    @property
    def text(self) -> str:
        return fold(" ".join(self.texts))


def read_row(document: Document, row: HtmlElement, column: int | None = None) -> Entry | None:
    """The entry of a row; None without a link that leads to another page. `column` is the place of the day in a table."""
    parts = _own_parts(row)
    best: tuple[int, HtmlElement, str, str] | None = None
    for anchor in parts.anchors:
        url = target_of(document, anchor)
        title = _title_of(anchor)
        if url is None or len(title) < 2 or _PAGER.match(title):
            continue
        if best is None or len(title) > best[0]:
            best = (len(title), anchor, url, title)
    own = parts.text
    if best is None or best[2] == document.url or _NO_ROW.search(own):
        return None
    _, anchor, url, title = best
    number = _NUMBER.search(f"{anchor.get('syh') or ''} {own}")
    day = _day_in_cell(row, column) or _row_date(anchor, parts, url)
    return Entry(title, url, day, number[0] if number else None)


def is_row_itself(anchor: HtmlElement) -> bool:
    """Is a link a whole row: one of several side by side, or parted by line breaks, with a day in it or beside it."""
    if not any(sibling is not None and sibling.tag in ("a", "br") for sibling in (anchor.getnext(), anchor.getprevious())):
        return False
    return bool(_ANY_DAY.search(" ".join(_beside(anchor)))) or any(_DAY_ALONE.match(part) for part in anchor.itertext())


def day_column(row: HtmlElement) -> int | None:
    """Which column of a row's table tells the day of publication, by the head of the table."""
    table = next(row.iterancestors("table"), None) if row.tag == "tr" else None
    head = next(table.iter("tr"), None) if table is not None else None
    if head is None or head is row:
        return None
    labels = [fold("".join(cell.itertext())) for cell in head if tag_of(cell) in ("td", "th")]
    days = [place for place, label in enumerate(labels) if _PUBLISHED.match(label)]
    firm = [place for place in days if _FIRMLY_PUBLISHED.search(labels[place])]
    return next(iter(firm or days), None)


def with_years(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
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


def _own_parts(row: HtmlElement) -> _Parts:
    """The row's text and links without nested lists; of a link that is a row, and of a term, what stands beside it too."""
    parts = _Parts()
    _gather(row, row, parts)
    if row.tag == "a":
        parts.texts += _beside(row)
    elif row.tag == "dt":
        for sibling in row.itersiblings():
            if sibling.tag != "dd":
                break
            _gather(sibling, row, parts)
    return parts


def _gather(root: HtmlElement, row: HtmlElement, parts: _Parts) -> None:
    stack: list[tuple[HtmlElement, bool]] = [(root, True)]
    while stack:
        element, entering = stack.pop()
        if not entering:
            parts.texts.append(element.tail or "")
            continue
        # A definition list within an item or a table row lays that row out.
        nested = element is not root and tag_of(element) in _NESTED and not (element.tag == "dl" and row.tag in ("li", "tr"))
        if not tag_of(element) or is_hidden(element) or nested:
            continue
        if element.tag == "a" and element.get("href"):
            parts.anchors.append(element)
        parts.texts.append(element.text or "")
        for child in reversed(element):
            stack += [(child, False), (child, True)]


def _beside(anchor: HtmlElement) -> list[str]:
    """The text around a link up to the next link or line break on either side."""
    return [*reversed(list(_up_to_a_break(anchor, back=True))), *_up_to_a_break(anchor, back=False)]


def _up_to_a_break(anchor: HtmlElement, *, back: bool) -> Iterator[str]:
    element: HtmlElement | None = anchor
    while element is not None:
        following = element.getprevious() if back else element.getnext()
        if back:
            parent = element.getparent()
            yield (following.tail if following is not None else parent.text if parent is not None else "") or ""
        else:
            yield element.tail or ""
        if following is None or following.tag in ("a", "br") or len(following) > 0:
            return
        yield following.text or ""
        element = following


def _title_of(anchor: HtmlElement) -> str:
    text = _text_of(anchor)
    told = _TOLD_TITLE.sub("", (anchor.get("mc") or anchor.get("title") or "")[:_LONGEST_TITLE])
    told = fold(_TOLD_MORE.sub("", told))
    if told and (not text or len(told) >= len(text) or CUT.search(text)):
        return told
    return _without_date(text) or text


def _text_of(anchor: HtmlElement) -> str:
    """The text of a link without a day that stands in it as a part of its own."""
    if len(anchor) == 0:
        return fold(anchor.text or "")
    parts = list(anchor.itertext())
    kept = [part for part in parts if not _DAY_ALONE.match(part)]
    return fold("".join(kept)) or fold("".join(parts))


def _without_date(text: str) -> str:
    """A link that holds title and date together gives its title."""
    return fold(_DATE_AT_AN_END.sub("", text)) if _DATE_AT_AN_END.search(text) else text


def _day_in_cell(row: HtmlElement, column: int | None) -> str | None:
    if column is None or row.tag != "tr":
        return None
    cells = [cell for cell in row if tag_of(cell) in ("td", "th")]
    iso = date_in("".join(cells[column].itertext())) if column < len(cells) else None
    return iso[:10] if iso else None


def _row_date(anchor: HtmlElement, parts: _Parts, url: str) -> str | None:
    if iso := date_in(anchor.get("rq") or ""):
        return iso[:10]
    alone = next((text for text in parts.texts if _DAY_ALONE.match(text)), "")
    own = parts.text
    rest = own.replace(_text_of(anchor), " ")
    for text in (alone, rest, own):
        plain = unicodedata.normalize("NFKC", text)
        match = _DAY_FIRST.search(plain)
        if match and (iso := date_in(f"{match[2]}-{match[3]}-{match[1]}")):
            return iso[:10]
        if iso := date_in(plain):
            return iso[:10]
        if text is rest and (short := _short_date(plain, url)):
            return short
    return None


def _short_date(text: str, url: str) -> str | None:
    """A day without a year, which its address or else a neighbour may know."""
    if found := _DAY_BEFORE_MONTH.search(text):
        day, month = int(found[1]), int(found[2])
    elif found := _SHORT_DATE.search(text):
        month, day = int(found[1]), int(found[2])
    else:
        return None
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{(date_in_url(url) or '????')[:4]}-{month:02}-{day:02}"
