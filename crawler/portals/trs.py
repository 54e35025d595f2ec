"""TRS WCM, the most common family. Verified on pages 001, 003, 015 (articles), 017, 020, 021 (lists) of the development corpus.

Lists page by a script call `createPageHTML(pages, current from 0, name, ending)`, also when it stands in a comment.
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.document import Document

_PAGING = re.compile(
    r"""createPageHTML\(\s*['"]?(\d{1,5})['"]?\s*,\s*['"]?(\d{1,5})['"]?\s*,\s*["']([\w.-]{1,80})["']\s*,\s*["'](\w{2,6})["']"""
)
# The first letter stands apart: for one that a flag sets in either case, `re` would try the whole pattern at every place.
_EDITOR = re.compile(r"[Tt](?i:RS_(?:Editor|UEDITOR|editor_view|paper_default|PreAppend))")
_ADDRESS = re.compile(r"/t\d{8}_\d+\.s?html?$")


class Trs(Portal):
    """Pages made by TRS WCM and its newer group sites."""

    name = "trs"
    containers = ("TRS_Editor", "TRS_UEDITOR", "trs_editor_view", "TRS_PreAppend")
    titles = ("NewsArticleTitle",)

    def recognise(self, document: Document) -> str | None:
        """By its editor's class, its paging call or its article addresses."""
        if found := _EDITOR.search(document.text):
            return f"text in {found[0]}"
        if _PAGING.search(document.text):
            return "paging by createPageHTML"
        return "address t<date>_<number>" if _ADDRESS.search(document.path) else None

    def next_page(self, document: Document) -> str | None:
        """From the paging call, else from a link."""
        if call := _PAGING.search(document.text):
            pages, current = int(call[1]), int(call[2])
            return document.absolute(f"{call[3]}_{current + 1}.{call[4]}", document.url) if current + 1 < pages else None
        return super().next_page(document)
