"""Blocks that themes put in the place of text, known by class, id or attribute. Reads no phrases and judges no numbering."""

from __future__ import annotations

from lxml.html import HtmlElement

from crawler.reading.article import Article
from crawler.reading.document import Document
from crawler.reading.lines import Line, is_unseen, text_of
from crawler.reading.words import EXPANDER_BLOCKS, WALL_BLOCKS

_NAMES = (*WALL_BLOCKS, *EXPANDER_BLOCKS, "data-pay")
_CONTENT = 120
"""Characters in a block from which on it holds what it once hid."""
_BEHIND = 3
"""Lines that may stand between the text and a block behind it."""
_ENDS = ("。", "！", "？", "”", "）", ")", "日")


def wall_blocks(document: Document, article: Article) -> list[tuple[Line | None, str]]:
    """The wall blocks inside or right behind a text: the line of the text before each, and the tag that shows it.

    A block counts where a reader would see it and it does not hold the text itself. What only lies over the end of a text counts
    if that text breaks off.
    """
    if article.container is None or not any(name in document.text for name in _NAMES):
        return []
    blocks = [(element, name) for element in document.tree.iter() if (name := _name_of(element)) and not is_unseen(element)]
    if not blocks:
        return []
    places = {element: place for place, element in enumerate(document.tree.iter())}
    found = []
    for element, name in blocks[:20]:
        before = [line for line in article.lines if places.get(line.element, -1) < places[element]]
        last = before[-1] if before else None
        if not _stands_by(document, article, element, last, places) or len(text_of(element)) >= _CONTENT:
            continue
        if name in EXPANDER_BLOCKS and (last is None or last.text.endswith(_ENDS)):
            continue
        found.append((last, f"<{element.tag} {name}>"))
    return found


def _name_of(element: HtmlElement) -> str | None:
    """By which name of its own an element is a wall's block."""
    attributes = element.attrib
    if "data-pay" in attributes:
        return "data-pay"
    names = (*(attributes.get("class") or "").split(), attributes.get("id") or "")
    return next((name for name in names if name in WALL_BLOCKS or name in EXPANDER_BLOCKS), None)


def _stands_by(
    document: Document, article: Article, element: HtmlElement, last: Line | None, places: dict[HtmlElement, int]
) -> bool:
    """Does a block stand inside the text's element, or behind it with hardly a line between?"""
    if article.container in element.iterancestors():
        return True
    if last is None or last is not article.lines[-1]:
        return False
    between = [line for line in document.lines if places.get(last.element, 0) < places.get(line.element, 0) < places[element]]
    return len(between) <= _BEHIND
