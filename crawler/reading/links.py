"""Links of a text: attachments apart from other links and pictures. Opens nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.reading.article import Article
from crawler.reading.document import Document
from crawler.reading.edges import is_attached
from crawler.reading.lines import ancestors, fold, is_hidden, is_unseen, text_of
from storage.records import Attachment, Entry

_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|wps|et|dps|zip|rar|7z|ofd|csv)$", re.IGNORECASE)
_DOWNLOAD = re.compile(r"download|attach|file(?:id|name)?=|preview", re.IGNORECASE)
_OPENED = re.compile(
    r"""["']((?:https?://|\.{0,2}/)[^"'\s]{2,300}|[\w/-]{1,200}\.(?:s?html?|jhtml|jsp|aspx?|do)(?:\?[^"'\s]{0,200})?)["']"""
)
_WRITTEN = re.compile(
    r"""<a\s[^<>]{0,300}?href\s*=\s*\\?["']([^"'<>\\\s]{1,300})\\?["'][^<>]{0,300}>([^<]{0,200})""", re.IGNORECASE
)
_LONGEST_SCRIPT = 20_000
_ICON = re.compile(r"ico(?:n|_|s|\d|\.|/)|filetype|/spacer|blank\.|/dot\.|qr_?code|erweima", re.IGNORECASE)
_PIXELS = re.compile(r"\s*(\d{1,4})\s*(?:px)?\s*$")
_SMALL = 40
_BLOCKS_BEHIND = 3
_SHORT_BLOCK = 600


def read_links(document: Document, article: Article) -> tuple[tuple[Attachment, ...], tuple[tuple[str, str], ...]]:
    """Attachments of an article, and the other links and the pictures of its text, each address once, in the order of the page.

    Attachments are also looked for just around the text, where many templates list them.
    """
    if article.container is None:
        return (), ()
    attachments: dict[str, str] = {}
    links: dict[str, str] = {}
    inside = set(article.container.iter("a"))
    trimmed = {line.element for line in article.trimmed} - {article.container}
    region = _region(document, article)
    for anchor in (*region.iter("a"), *_just_behind(region)):
        url = document.absolute(anchor.get("href") or "") or _opened_file(document, anchor)
        if url is None or is_unseen(anchor):
            continue
        name = _name(anchor)
        if is_file(url) or _FILE.search(name) or (name and _DOWNLOAD.search(url) and is_attached(anchor)):
            if not attachments.get(url):
                attachments[url] = name or file_name(url)
        elif anchor in inside and name and not _in_trimmed(anchor, trimmed):
            links.setdefault(url, name)
    for url, name in _written(document, region):
        attachments.setdefault(url, name)
    for url, name in _images(document, article, trimmed):
        links.setdefault(url, name)
    return tuple(Attachment(url, name) for url, name in attachments.items()), tuple(links.items())


def has_attachments(document: Document, article: Article, beside: Iterable[Entry] = ()) -> bool:
    """Is there any document among the links of an article, or just around it, that is not also a row of the page's list."""
    if article.container is None:
        return False
    return bool({attachment.url for attachment in read_links(document, article)[0]} - {entry.url for entry in beside})


def _region(document: Document, article: Article) -> HtmlElement:
    """The text and what stands close to it: the widest ancestor that adds no more than half as much text."""
    container = article.container
    assert container is not None
    own = sum(len(line.text) for line in article.lines)
    region = container
    for parent in list(container.iterancestors())[:4]:
        if parent.tag in ("body", "html"):
            break
        inside = set(parent.iter())
        if sum(len(line.text) for line in document.lines if line.element in inside) > own * 1.5 + 400:
            break
        region = parent
    return region


def target_of(document: Document, anchor: HtmlElement) -> str | None:
    """Where a link leads; where only a click opens it, what the click is told."""
    if url := document.absolute(anchor.get("href") or ""):
        return url
    told = _OPENED.search(f"{anchor.get('onclick') or ''} {anchor.get('href') or ''}")
    return document.absolute(told[1]) if told else None


def _opened_file(document: Document, anchor: HtmlElement) -> str | None:
    url = target_of(document, anchor)
    return url if url and is_file(url) else None


def _images(document: Document, article: Article, trimmed: set[HtmlElement]) -> list[tuple[str, str]]:
    """The pictures of a text: many a notice is a scan of its paper. Without icons, spacers and what stands in share bars."""
    assert article.container is not None
    found = []
    for image in article.container.iter("img"):
        url = document.absolute(image.get("src") or "")
        if url is None or _ICON.search(url) or _is_small(image) or is_unseen(image) or _in_trimmed(image, trimmed):
            continue
        name = fold(image.get("alt") or "") or fold(image.get("title") or "") or file_name(url)
        found.append((url, name))
    return found


def _is_small(image: HtmlElement) -> bool:
    sizes = (_PIXELS.match(image.get(side) or "") for side in ("width", "height"))
    return any(size and int(size[1]) <= _SMALL for size in sizes)


def _written(document: Document, region: HtmlElement) -> list[tuple[str, str]]:
    """Files whose links a script beside the text writes into the page, as older TRS portals do."""
    scripts = [
        *region.iter("script"),
        *(block for block in islice(region.itersiblings(), _BLOCKS_BEHIND) if block.tag == "script"),
    ]
    found = []
    for script in scripts:
        for link in _WRITTEN.finditer((script.text or "")[:_LONGEST_SCRIPT]):
            url = document.absolute(link[1])
            if url and is_file(url):
                found.append((url, fold(link[2]) or file_name(url)))
    return found


def _just_behind(region: HtmlElement) -> list[HtmlElement]:
    """The links in the next short blocks behind a text; only files among them count, since nothing else is `inside`."""
    found: list[HtmlElement] = []
    block = region.getnext()
    for _ in range(_BLOCKS_BEHIND):
        if block is None or len(fold("".join(block.itertext()))) > _SHORT_BLOCK:
            break
        found += block.iter("a")
        block = block.getnext()
    return found


def _in_trimmed(anchor: HtmlElement, trimmed: set[HtmlElement]) -> bool:
    """Does the link stand in a line that is no part of the text, such as a share bar or a neighbour?"""
    return anchor in trimmed or any(parent in trimmed for parent in ancestors(anchor))


def _name(anchor: HtmlElement) -> str:
    text = text_of(anchor)
    title = fold(anchor.get("title") or "")
    return text if len(text) >= len(title) or not _FILE.search(title) else title


def is_file(url: str) -> bool:
    """Does an address lead to a document rather than to a page?"""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(_FILE.search(parts.path)) or any(_FILE.search(value.partition("=")[2]) for value in parts.query.split("&"))


def file_name(url: str) -> str:
    """The last part of an address, readable."""
    try:
        return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]) or url
    except ValueError:
        return url


def page_links(document: Document) -> list[tuple[str, str]]:
    """All visible links of a page with their text, for finding columns by their menu text."""
    found: dict[tuple[str, str], None] = {}
    for anchor in document.tree.iter("a"):
        url = document.absolute(anchor.get("href") or "")
        text = fold("".join(anchor.itertext())) or fold(anchor.get("title") or "")
        if url and text and not is_hidden(anchor):
            found.setdefault((url, text))
    return list(found)
