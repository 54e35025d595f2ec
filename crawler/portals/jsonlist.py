"""Lists that come as JSON or JSONP, whoever made them (TRS IGS and WAS searches, UCAP searches, provinces' own). By
structure.

Known from public spiders and their tests, no saved answer was read. A search may hold rows in data.results,
page.content, rows or list, titles with marks of the words found, and days as text, in seconds or in milliseconds.
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.data import numbers_of, remaining, rows_of_data
from crawler.reading.document import Document
from crawler.reading.listing import UNTOLD
from crawler.reading.paging import page_number, turn_to
from storage.records import Entry

_SIZE = re.compile(r"[?&](?:pageSize|perpage|per_page|limit|rows|size)=(\d{1,4})(?!\d)", re.IGNORECASE)


class Jsonlist(Portal):
    """An answer that is data and holds rows."""

    name = "jsonlist"
    described = True
    reads_data = True

    def recognise(self, document: Document) -> str | None:
        """By its records: titles with addresses, most of them dated."""
        if document.data is None:
            return None
        return f"data with {count} rows" if (count := len(self.entries(document))) else None

    def entries(self, document: Document) -> tuple[Entry, ...]:
        """The records, or the rows of the markup that the data carries."""
        return rows_of_data(document)

    def next_page(self, document: Document) -> str | None:
        """The same address with the next number, as long as the numbers of the answer say that there is more."""
        page, rows = page_number(document.url), len(self.entries(document))
        size = _SIZE.search(document.url)
        more = remaining(numbers_of(document), page or 0, rows, int(size[1]) if size else None)
        if more is None:  # no number tells: a page that is full may be followed by another
            more = page is not None and size is not None and rows >= int(size[1])
        if not more:
            return None
        return UNTOLD if page is None else turn_to(document.url, page + 1)
