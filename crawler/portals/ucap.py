"""UCAP (开普). Verified on pages 009, 010 (articles), 022 and 023 (lists) of the development corpus.

Lists page by `createPageHTML('element', pages, current from 1, 'name', 'ending', rows)`; texts stand in tags of their
own.
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.document import Document
from crawler.reading.paging import numbered, own_number

_PAGING = re.compile(
    r"""createPageHTML\(\s*['"][\w-]+['"]\s*,\s*['"]?(\d{1,5})['"]?\s*,\s*['"]?(\d{1,5})['"]?\s*,"""
    r"""\s*['"]([\w.-]{1,80})['"]\s*,\s*['"]\.?(\w{2,6})['"]"""
)
# First letters stand apart: for one that a flag sets in either case, `re` would try the whole pattern at every place.
_MARK = re.compile(r"<(?i:ucap(?:title|content)|publishtime)|U(?i:CAP-CONTENT)|u(?i:CAP-CONTENT)")
_PARTS = ("ucap", "UCAP", "Ucap", "CAP-", "ublish")


class Ucap(Portal):
    """Pages made by the UCAP platform."""

    name = "ucap"
    containers = ("ucapcontent", "UCAP-CONTENT")
    titles = ("ucaptitle",)

    def recognise(self, document: Document) -> str | None:
        """By its own tags or its form of the paging call."""
        told = any(part in document.text for part in _PARTS)
        if told and (found := _MARK.search(document.text)):
            return f"mark {found[0].strip('<')}"
        paged = "createPageHTML" in document.text and _PAGING.search(document.text)
        return "paging by createPageHTML with an element" if paged else None

    def next_page(self, document: Document) -> str | None:
        """From the paging call, else from a link; the second page is name_2, and the page's own address knows its number best."""
        if call := _PAGING.search(document.text):
            pages, current = int(call[1]), max(int(call[2]), own_number(document, call[3]))
            return numbered(document, call[3], call[4], current + 1) if current < pages else None
        return super().next_page(document)
