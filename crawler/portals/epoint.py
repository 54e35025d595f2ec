"""Epoint (新点), mostly markets of public resources. Article verified on page 007 of the development corpus.

Lists are `ul.ewb-...` or `ul.wb-data-item` with numbered pages beside each other (`1.html`, `2.html`); their pager
marks the page that is shown and often has no words but arrows. Form of lists and pager known from public spiders.
"""

from __future__ import annotations

from lxml.html import HtmlElement

from crawler.portal import Portal
from crawler.reading.document import Document
from crawler.reading.lines import fold


class Epoint(Portal):
    """Pages made by Epoint's web builder."""

    name = "epoint"
    marks = ('"ewb-', "'ewb-", " ewb-", "wb-data-item", "EpointContent")
    containers = (
        *("ewb-article-info", "ewb-article-content", "ewb-article-sources", "ewb-article", "ewb-details-info"),
        "detailCnt",
    )
    titles = ("ewb-article-tt", "ewb-details-title", "ewb-trade-h")

    def next_page(self, document: Document) -> str | None:
        """From a link with words, else the number behind the one that the pager marks as shown."""
        return super().next_page(document) or _following(document)


def _following(document: Document) -> str | None:
    items = [item for item in document.tree.iter("li") if "ewb-page-li" in (item.get("class") or "").split()]
    shown = next((_number(item) for item in items if "current" in (item.get("class") or "").split()), None)
    if shown is None:
        return None
    for anchor in (anchor for item in items for anchor in item.iter("a")):
        if _number(anchor) == shown + 1:
            url = document.absolute(anchor.get("href") or "")
            return url if url != document.url else None
    return None


def _number(element: HtmlElement) -> int | None:
    text = fold("".join(element.itertext()))
    return int(text) if text.isdecimal() and len(text) <= 5 else None
