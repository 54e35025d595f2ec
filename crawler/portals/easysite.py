"""easysite / eportal (customs, Hebei, Liaoning and others). Known only from description.

The pager's links lead nowhere by themselves: each carries its address in `tagname`, and `[NEXTPAGE]` there says that
there is none. Pages are `/eportal/ui?pageId=..&currentPage=2&moduleId=..` or files `<8 hex>-2.html`. Described in
public spiders.
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.document import Document
from crawler.reading.lines import fold

_NEXT = re.compile(r"^\W*(?:下一页|下页)\W*$")
_SHOWN = re.compile(r"<b>\s*(\d{1,5})\s*</b>\s*/\s*<b>\s*(\d{1,5})\s*</b>")


class Easysite(Portal):
    """Pages made by easysite."""

    name = "easysite"
    described = True
    marks = ("easysite-", "/eportal/ui?pageId")
    containers = ("easysiteText", "easysite-news-text", "easysite-news-peruse", "articleWrap")
    titles = ("easysite-news-title",)

    def next_page(self, document: Document) -> str | None:
        """The address that the pager's link carries beside its own; none if the page that is shown is the last."""
        shown = _SHOWN.search(document.text)
        if shown and int(shown[1]) >= int(shown[2]):
            return None
        for anchor in document.tree.iter("a"):
            told = anchor.get("tagname")
            if told and (_NEXT.match(fold("".join(anchor.itertext()))) or _NEXT.match(fold(anchor.get("title") or ""))):
                url = document.absolute(told) if "[" not in told and "PAGE" not in told else None
                return url if url != document.url else None
        return super().next_page(document)
