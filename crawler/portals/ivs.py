"""Shanghai's portals (ivs). Known only from description.

Texts stand in `#ivs_content`; columns are `ul.uli14` and page by `totalPage: 12` with `.pagination("setPage", shown,
12)`: the second page is `index_2.html`. Described in public spiders and the test of one.
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.document import Document
from crawler.reading.paging import numbered, own_number

_PAGES = re.compile(r"totalPage\s*:\s*(\d{1,5})|pagination\(\s*[\"']setPage[\"']\s*,\s*\d{1,5}\s*,\s*(\d{1,5})")
_SHOWN = re.compile(r"pagination\(\s*[\"']setPage[\"']\s*,\s*(\d{1,5})")
_COLUMN = re.compile(r"/(?:index(?:_\d+)?\.html)?$")


class Ivs(Portal):
    """Pages of Shanghai's portals."""

    name = "ivs"
    described = True
    marks = ("ivs_content", "ivs_title", "ivs_date", '"uli14')
    containers = ("ivs_content",)
    titles = ("ivs_title",)

    def next_page(self, document: Document) -> str | None:
        """From the numbers that the pager's script is given, else from a link."""
        pages = _PAGES.search(document.text)
        if pages is None or not _COLUMN.search(document.path):
            return super().next_page(document)
        shown = _SHOWN.search(document.text)
        page = max(int(shown[1]) if shown else 1, own_number(document, "index"), 1)
        return numbered(document, "index", "html", page + 1) if page < int(pages[1] or pages[2]) else None
