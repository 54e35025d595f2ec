"""The visible lines of a part of a page, as a person would read them. Drops what is hidden; never chooses what matters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.reading.words import INLINE_TAGS, UNSEEN_TAGS

_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WRAPPED = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])[ \t]*[\r\n][\s]*(?=[\u2e80-\u9fff\uff00-\uffef])")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One visible line: its text, the element it starts in, and how many of its characters are links."""

    text: str
    element: HtmlElement
    linked: int


def fold(text: str) -> str:
    """Every run of blanks as one; a line break of the source between two Chinese characters is no blank."""
    text = text.strip()
    if "\n" in text or "\r" in text:
        text = _WRAPPED.sub("", text)
    if "\u200b" in text or "\ufeff" in text:
        text = text.replace("\u200b", " ").replace("\ufeff", " ")
    return " ".join(text.split())


def tag_of(element: HtmlElement) -> str:
    """The lower-case tag, empty for comments and processing instructions."""
    tag = element.tag
    return tag if isinstance(tag, str) else ""


def is_hidden(element: HtmlElement) -> bool:
    """Does the element's own markup hide it?"""
    if element.tag in UNSEEN_TAGS or element.get("hidden") is not None:
        return True
    style = element.get("style")
    return bool(style and _HIDDEN.search(style))


def ancestors(element: HtmlElement) -> Iterator[HtmlElement]:
    """The nearest ancestors, at most 60: a page may nest thousands deep, and no template means anything by that."""
    return islice(element.iterancestors(), 60)


def is_unseen(element: HtmlElement) -> bool:
    """Is the element hidden by itself or by what it stands in?"""
    return is_hidden(element) or any(is_hidden(parent) for parent in ancestors(element))


def is_inline(element: HtmlElement) -> bool:
    """Does the element run on in its line? Office markup (o:p, st1:date) does; tags nobody knows do not."""
    return _runs_on(tag_of(element))


def _runs_on(tag: str) -> bool:
    return tag in INLINE_TAGS or ":" in tag


class _Pen:
    """Gathers text until a line ends."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._parts: list[str] = []
        self._element: HtmlElement | None = None
        self._linked = 0

    def write(self, text: str, element: HtmlElement, linked: int, *, kept: bool = False) -> None:
        """Add text to the line; `kept` says that its line breaks are meant."""
        if kept and "\n" in text:
            for part in text.split("\n"):
                if part:
                    self.write(part, element, linked)
                self.end()
            return
        if self._element is None and text.strip():
            self._element = element
        self._parts.append(text)
        self._linked += linked

    def end(self) -> None:
        if not self._parts:
            return
        if self._element is not None and (text := fold("".join(self._parts))):
            self.lines.append(Line(text, self._element, min(self._linked, len(text))))
        self._parts, self._element, self._linked = [], None, 0


def lines_of(root: HtmlElement, drop: Callable[[HtmlElement], bool] | None = None) -> list[Line]:
    """The visible lines below `root` in document order; rows of data tables come as cells joined with ' | '.

    `drop` may leave out further elements with all that is in them. Walks without recursion: pages nest as deep as they like.
    """
    pen = _Pen()
    links = 0
    kept = 0
    skipped: HtmlElement | None = None
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        if event == "start":
            if element is not root and (not isinstance(tag, str) or is_hidden(element) or (drop and drop(element))):
                skipped = element
                walker.skip_subtree()
                continue
            if tag not in INLINE_TAGS and ":" not in tag:
                pen.end()
                if tag == "tr" and (cells := _data_cells(element)):
                    _write_row(pen, element, cells)
                    skipped = element
                    walker.skip_subtree()
                    continue
            if tag == "a":
                links += 1
            elif tag == "pre":
                kept += 1
            if text := element.text:
                pen.write(text, element, len(text.strip()) if links else 0, kept=kept > 0)
            continue
        if element is not skipped:
            if tag == "a":
                links -= 1
            elif tag == "pre":
                kept -= 1
            if tag not in INLINE_TAGS and ":" not in tag:
                pen.end()
        skipped = None
        if element is not root and (tail := element.tail):
            pen.write(tail, _parent(element, root), len(tail.strip()) if links else 0, kept=kept > 0)
    pen.end()
    return pen.lines


def _parent(element: HtmlElement, root: HtmlElement) -> HtmlElement:
    parent = element.getparent()
    return root if parent is None else parent


def text_of(root: HtmlElement) -> str:
    """All visible text below an element as one line."""
    if len(root) == 0:
        return fold(root.text or "")
    return fold(" ".join(line.text for line in lines_of(root)))


def _write_row(pen: _Pen, row: HtmlElement, columns: list[HtmlElement]) -> None:
    cells = [_cell(cell) for cell in columns]
    while cells and not cells[-1]:
        cells.pop()  # an empty cell keeps its place only where another follows
    if cells:
        linked = sum(len(fold("".join(a.itertext()))) for a in row.iter("a"))
        pen.lines.append(Line(" | ".join(cells), row, linked))


def _cell(cell: HtmlElement) -> str:
    if len(cell) == 0 and not is_hidden(cell):  # most cells hold nothing but text
        return fold(cell.text or "")
    return fold(" ".join(line.text for line in lines_of(cell)))


def _data_cells(row: HtmlElement) -> list[HtmlElement]:
    """The cells of a row of data. Rows that hold tables, headings or long runs of paragraphs lay out a page; they have none."""
    cells = [cell for cell in row if tag_of(cell) in ("td", "th")]
    if len(cells) < 2 or next(row.iter("table", "ul", "ol", "h1", "h2", "h3", "form"), None) is not None:
        return []
    crowded = any(len(cell) and next(islice(cell.iter("p", "br", "div"), 12, None), None) is not None for cell in cells)
    return [] if crowded else cells
