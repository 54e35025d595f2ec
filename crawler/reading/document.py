"""One page, decoded and parsed once, shared by all who read it. Holds no opinion about the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from lxml.html import HtmlElement

from crawler.reading.encoding import decode
from crawler.reading.lines import Line, lines_of

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TOP = re.compile(r"^/?(?:(?:index|default|home|main)(?:_m)?\.[a-z]{3,5})?$", re.IGNORECASE)


# lxml.html asks a method in Python for the class of each element; here every one has the same.
_ELEMENTS = etree.ElementDefaultClassLookup(element=HtmlElement)

_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}")
_MOST_ATTRIBUTES = 1000
_END = re.compile(r"</html\s*>", re.IGNORECASE)


def _without_attributes(tag: re.Match[str]) -> str:
    """A tag that no template writes: the parser compares every attribute with every other, so thousands of them stop it."""
    words = tag[0].split(maxsplit=_MOST_ATTRIBUTES)
    return tag[0] if len(words) <= _MOST_ATTRIBUTES else words[0]


def _without_early_end(text: str) -> str:
    """A page with text behind its </html>: browsers show it, and this parser would stop there."""
    ends = [place for place in map(text.find, ("</html", "</HTML", "</Html")) if place >= 0]
    if not ends or not text[text.find(">", min(ends)) + 1 :].strip():
        return text
    return _END.sub("", text)


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
        source = _LONG_TAG.sub(_without_attributes, _CONTROL.sub("", _without_early_end(self.text))).encode("utf-8", "replace")
        try:
            root = etree.fromstring(source, parser) if source.strip() else None
        except etree.LxmlError:
            root = None
        return root if isinstance(root, HtmlElement) else html.Element("html")

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
        return " ".join("".join(title.itertext()).split()) if title is not None else ""

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
        href = re.sub(r"[\t\r\n]", "", href).strip()
        if not href or href.startswith("#") or re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", href, re.IGNORECASE):
            return None
        if "{{" in href or "${" in href:
            return None
        try:
            joined = urljoin(base or self.base, href)
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


def open_document(body: bytes, url: str, content_type: str | None = None) -> Document:
    """Decode a body into a document."""
    text, encoding = decode(body, content_type)
    return Document(url=url, text=text, encoding=encoding)
