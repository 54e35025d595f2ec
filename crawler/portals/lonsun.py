"""Lonsun (龙讯), Anhui and others. Known only from description.

Columns page by `Ls.pagination('#...', function (pageIndex) { location.href = '...?pageIndex=' + pageIndex }, {currPage:
.., pageCount: N})`; catalogues are filled from `site/label/8888?...&pageIndex=N`, which answers with a piece of markup.
Described in public spiders.
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.document import Document
from crawler.reading.paging import page_number, turn_to

_STEM = re.compile(r"""location(?:\.href)?\s*=\s*['"]([^'"\s]{1,500}[?&]pageIndex=)['"]\s*\+""")
_PAGES = re.compile(r"pageCount\s*:\s*['\"]?(\d{1,5})")
_LABEL = re.compile(r"/site/label/\d+$")
_SIZE = re.compile(r"[?&]pageSize=(\d{1,3})(?!\d)", re.IGNORECASE)


class Lonsun(Portal):
    """Pages made by Lonsun, and the pieces of markup that fill its catalogues."""

    name = "lonsun"
    described = True
    marks = ("Ls.pagination(", "j-fontContent", "site/label/8888")
    containers = ("j-fontContent", "wzcon", "newscontnet", "gzk-article", "wenzhang_main")
    titles = ("wztit",)

    def recognise(self, document: Document) -> str | None:
        """By its pager, the class of its text or its address for pieces of markup."""
        if _LABEL.search(document.path):
            return "address site/label"
        return super().recognise(document)

    def next_page(self, document: Document) -> str | None:
        """From the pager's script; of a piece of markup the next one, while this one is full."""
        page = page_number(document.url) or 1
        stem, pages = _STEM.search(document.text), _PAGES.search(document.text)
        if pages and page >= int(pages[1]):
            return None
        if stem and pages:
            return document.absolute(f"{stem[1]}{page + 1}")
        size = _SIZE.search(document.url) if _LABEL.search(document.path) else None
        if size:
            full = pages is not None or len(self.entries(document)) >= int(size[1])
            return turn_to(document.url, page + 1) if full else None
        return super().next_page(document)
