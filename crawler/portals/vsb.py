"""VSB (博达 WebBer). Article verified on page 004 of the development corpus, the pager on a list saved in public.

Its pages are counted down: the first is `name.htm`, the second `name/<pages - 1>.htm`, the last one `name/1.htm`. The
pager is markup: `span.p_next a` leads on, and `span.p_next_d` says that there is nothing more.
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.document import Document

_END = re.compile(r"""class\s*=\s*["']?p_next_d\b""")
_NEXT = re.compile(r"""class\s*=\s*["']p_next\b[^<>]{0,40}>\s*<a\s+href\s*=\s*["']([^"'<>]{1,300})""")
_DOWN = re.compile(r"/(\d{1,5})\.htm$")


class Vsb(Portal):
    """Pages made by WebBer, mostly of schools and hospitals."""

    name = "vsb"
    marks = ("vsb_content", "v_news_content", "pb_sys_common", "/_vsl/", "_showDynClick")
    containers = (
        *("v_news_content", "vsb_content", "vsb_content_2", "vsb_content_4", "vsb_content_6", "vsb_content_100"),
        *("vsb_content_500", "vsb_content_501", "vsb_content_1001"),
    )

    def next_page(self, document: Document) -> str | None:
        """From its pager, while the numbers go down; else from a link."""
        if _END.search(document.text):
            return None
        link = _NEXT.search(document.text)
        url = document.absolute(link[1]) if link else None
        if url is None:
            return super().next_page(document)
        here, there = _DOWN.search(document.path), _DOWN.search(url)
        backwards = here and there and int(there[1]) >= int(here[1])
        return None if url == document.url or backwards else url
