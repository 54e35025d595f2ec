"""Where the text of an article stands, and its paragraphs. Reads no dates, numbers no headings, finds no gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.reading.document import Document
from crawler.reading.edges import edges, is_control, is_file_link, once, squeeze
from crawler.reading.lines import Line, is_inline, is_unseen, lines_of, tag_of
from crawler.reading.words import CONTAINERS

_CHROME = re.compile(
    r"(?:^|[-_ ])(?:nav|menu|head(?:er)?|top(?:bar)?|foot(?:er)?|bottom|side(?:bar)?|aside|crumbs?|breadcrumb|"
    r"location|curpage|share|bdshare\w*|fontsize|font-?s|qr_?code|ewm|erweima|toolbar|print(?:er)?|pagesource|related?|xgwz|xgxx|prevnext|pagination|"
    r"friend\w*|copyright|comment|article-(?:icon|btn|ewm|extended|attr|share))(?:$|[-_ ])",
    re.IGNORECASE,
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
    lines = once([line for line in container.lines if not is_control(line.text) and not is_file_link(line)])
    first, last = edges(lines, title, container.known)
    return Article(container.element, container.known, tuple(lines[first:last]), tuple(lines[:first] + lines[last:]))


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
