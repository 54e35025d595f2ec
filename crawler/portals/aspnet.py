"""Lists of ASP.NET. Known only from description.

Their pager is a link with an address, a parameter of the page's own address (`page`, `Paging`), or a postback
(`crawler.reading.postback` finds those, for every family).
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.document import Document
from crawler.reading.listing import UNTOLD
from crawler.reading.paging import page_number, turn_to

_PAGES = re.compile(r"(?:共|总)\s*(?:<[^<>]{1,80}>\s*)?(\d{1,5})\s*(?:</\w+>\s*)?页|(?<!\d)\d{1,5}\s*/\s*(\d{1,5})\s*页")


class Aspnet(Portal):
    """Pages of ASP.NET with a list."""

    name = "aspnet"
    described = True
    marks = ("__VIEWSTATE",)

    def next_page(self, document: Document) -> str | None:
        """From a link; else by the page's own parameter, while the page says that there are more."""
        told = super().next_page(document)
        page, pages = page_number(document.url), _PAGES.search(document.text)
        if told not in (None, UNTOLD) or page is None or pages is None:
            return told
        return turn_to(document.url, page + 1) if page < int(pages[1] or pages[2]) else None
