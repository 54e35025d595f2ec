"""jyhcms (Yunnan). Known only from description: its lists and texts are plain markup, its page numbers stand encoded in
`#pages` links.
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.document import Document

_MARK = re.compile(r"jyhcms|class=[\"']contt_cont\b")


class Jyhcms(Portal):
    """Pages made by jyhcms."""

    name = "jyhcms"
    described = True
    containers = ("contt_cont",)

    def recognise(self, document: Document) -> str | None:
        """By its name or the class of its text."""
        found = _MARK.search(document.text)
        return f"mark {found[0]}" if found else None
