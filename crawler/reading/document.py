"""One page, decoded and parsed once, shared by all who read it. Holds no opinion about the page."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from lxml.html import HtmlElement

from crawler.reading.encoding import decode
from crawler.reading.lines import Line, lines_of

_CONTROL = bytes([*range(9), 11, 12, *range(14, 32), 127])
_BREAKS = re.compile(r"[\t\r\n]")
_HOST = r"https?://[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?"
# Addresses that mean what they say: whole ones, paths from the root or from the page's folder, without dots to be resolved.
_PLAIN = re.compile(
    rf"(?:(?P<whole>{_HOST})/|(?P<root>/(?!/))|(?:\./)?(?=\w))(?:[\w-]+/)*(?:[\w-]+(?:\.[a-z]+)?)?(?:\?[\w=&%.-]+)?$",
    re.ASCII,
)
_BASE = re.compile(rf"(?P<root>{_HOST})/(?:[\w-][\w.-]*/)*(?=[^/?#]*(?:\?|$))", re.ASCII)
_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_TOP = re.compile(r"^/?(?:(?:index|default|home|main)(?:_m)?\.[a-z]{3,5})?$", re.IGNORECASE)


# lxml.html asks a method in Python for the class of each element; here every one has the same.
_ELEMENTS = etree.ElementDefaultClassLookup(element=HtmlElement)

# Data opens with a bracket, or (JSONP) with the name of a function and one; a mark of byte order may stand among the blanks.
_DATA = re.compile(r"[\s\ufeff]*(?:/\*.{0,40}?\*/\s*)?(?:[\w$.]{1,80}\s*\(\s*)?(?=[\[{])")
_NOT_SHOWN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_LITTLE = 300
_LONGEST_TITLE = 300
_LONGEST_TAG = 20_000
# Portals put pages together from whole documents, and the parser stops at the first of these.
_ENDS = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_LONG_TAG = re.compile(rb"<[a-zA-Z][^<>]{%d,}" % _LONGEST_TAG)
_MOST_ATTRIBUTES = 1000


def _source(text: str) -> bytes:
    """What the parser is given: no control characters, and no tag that would stop it before the end."""
    source = _ENDS.sub(b"", text.encode("utf-8", "replace").translate(None, _CONTROL))
    if max(map(len, source.split(b"<"))) > _LONGEST_TAG:
        source = _LONG_TAG.sub(_without_attributes, source)
    return source


def _without_attributes(tag: re.Match[bytes]) -> bytes:
    """A tag that no template writes: the parser compares every attribute with every other, so thousands of them stop it."""
    words = tag[0].split(maxsplit=_MOST_ATTRIBUTES)
    return tag[0] if len(words) <= _MOST_ATTRIBUTES else words[0]


@dataclass(frozen=True)
class Document:
    """A page with its address and text; tree, metas and lines are made at first use and kept."""

    url: str
    text: str
    encoding: str

    @cached_property
    def tree(self) -> HtmlElement:
        """The element tree; an empty page gives an empty `html` element. Comments are left out."""
        parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
        parser.set_element_class_lookup(_ELEMENTS)
        source = _source(self.text)
        try:
            root = etree.fromstring(source, parser) if source.strip() else None
        except etree.LxmlError:
            root = None
        return root if isinstance(root, HtmlElement) else html.Element("html")

    @cached_property
    def elements(self) -> list[HtmlElement]:
        """All elements in document order.

        The list also keeps them alive: lxml makes a Python object anew for each element that nobody holds, at every visit.
        """
        return list(self.tree.iter())

    @cached_property
    def tags(self) -> frozenset[str]:
        """The tags that occur."""
        return frozenset(element.tag for element in self.elements if isinstance(element.tag, str))

    @cached_property
    def marked(self) -> list[tuple[int, HtmlElement, str, str]]:
        """Elements that carry an id or a class: place among all elements, element, id and classes."""
        found = []
        for place, element in enumerate(self.elements):
            key, classes = element.get("id") or "", element.get("class") or ""
            if key or classes:
                found.append((place, element, key, classes))
        return found

    @cached_property
    def data(self) -> dict[str, object] | list[object] | None:
        """What the answer holds if it is JSON or JSONP and no markup; None of every page."""
        opening = _DATA.match(self.text[:2000])
        if opening is None:
            return None
        try:
            found, _ = json.JSONDecoder(strict=False).raw_decode(self.text, opening.end())
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict | list) else None

    @cached_property
    def metas(self) -> dict[str, list[str]]:
        """Contents of the meta tags by lower-case name, empty ones included, in the order of the page."""
        found: dict[str, list[str]] = {}
        for meta in self.tree.iter("meta"):
            name = (meta.get("name") or "").strip().lower()
            if name:
                found.setdefault(name, []).append((meta.get("content") or "").strip())
        return found

    def meta(self, name: str) -> str | None:
        """The first filled content of a meta tag, whatever the case of its name."""
        return next((content for content in self.metas.get(name.lower(), ()) if content), None)

    @cached_property
    def lines(self) -> list[Line]:
        """All visible lines of the page."""
        return lines_of(self.tree)

    @cached_property
    def base(self) -> str:
        """The address that relative links count from."""
        for base in self.tree.iter("base"):
            if base.get("href"):
                return self.absolute(base.get("href") or "", self.url) or self.url
        return self.url

    @cached_property
    def prose(self) -> int:
        """How many visible characters are not links: what a page says of itself beyond its menus."""
        return sum(len(line.text) - line.linked for line in self.lines)

    @cached_property
    def head_title(self) -> str:
        """The text of the title element."""
        title = next(self.tree.iter("title"), None)
        # One that is never closed takes the whole page.
        return " ".join("".join(title.itertext()).split())[:_LONGEST_TITLE] if title is not None else ""

    @property
    def path(self) -> str:
        """The path of the page's address, empty if the address is broken."""
        try:
            return urlsplit(self.url).path
        except ValueError:
            return ""

    @property
    def is_top(self) -> bool:
        """Is this the address of a site's home page?"""
        return is_top(self.url)

    def absolute(self, href: str, base: str | None = None) -> str | None:
        """The absolute address of a link, None for scripts, mail, anchors and what cannot be an address."""
        base = base or self.base
        key = (href, base)
        if key not in self._absolutes:
            self._absolutes[key] = _absolute(href, base)
        return self._absolutes[key]

    @cached_property
    def _absolutes(self) -> dict[tuple[str, str], str | None]:
        return {}


def _absolute(href: str, base: str) -> str | None:
    href = _BREAKS.sub("", href).strip()
    # Most links need no more than this, and joining is slow.
    plain = _PLAIN.match(href)
    if plain and plain["whole"]:
        return href
    if plain and (found := _BASE.match(base)):
        return f"{found['root'] if plain['root'] else found[0]}{href.removeprefix('./')}"
    if not href or href.startswith("#") or _OTHER_SCHEME.match(href) or "{{" in href or "${" in href:
        return None
    try:
        joined = urljoin(base, href)
        return joined.partition("#")[0] if urlsplit(joined).hostname else None
    except ValueError:
        return None


def is_top(url: str) -> bool:
    """Does an address lead to the home page of its host?"""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return not parts.query and bool(_TOP.match(parts.path))


def unhidden(document: Document) -> Document | None:
    """The page as a script may show it later, if next to nothing of it is visible now and much is hidden; else None."""
    if document.is_top or document.prose >= _LITTLE or not _NOT_SHOWN.search(document.text):
        return None
    shown = Document(document.url, _NOT_SHOWN.sub("", document.text), document.encoding)
    return shown if shown.prose >= document.prose + _LITTLE else None


def open_document(body: bytes, url: str, content_type: str | None = None) -> Document:
    """Decode a body into a document."""
    text, encoding = decode(body, content_type)
    return Document(url=url, text=text, encoding=encoding)
