"""TRS WCM, the most common family. Verified on pages 001, 003, 015 (articles), 017, 020, 021 (lists) of the development
corpus.

Lists page by a script: `createPageHTML(pages, current from 0, name, ending)`, also when it stands in a comment or gets
variables, or `Pager({size, current, prefix, suffix})`, or lines of their own with `countPage` and `currentPage`. The
second page is name_1. A call left in a comment may tell an older number of pages than the variables beside it (seen on
a public page), so the larger one counts.
"""

from __future__ import annotations

import re
from itertools import islice

from crawler.portal import Portal
from crawler.reading.document import Document
from crawler.reading.paging import numbered, own_number

_CALL = re.compile(
    r"""createPageHTML\(\s*['"]?(\w{1,30})['"]?\s*,\s*['"]?(\w{1,30})['"]?\s*,\s*["']([\w./-]{1,80})["']\s*,\s*["']\.?(\w{2,6})["']"""
)
_PAGER = re.compile(r"Pager\(\{([^{}]{10,300})\}")
_SETTING = re.compile(r"""\b(size|current|prefix|suffix)\s*:\s*['"]?([\w.-]{1,80})""")
_COUNT = re.compile(r"countPage\s*=\s*['\"]?(\d{1,5})")
_CURRENT = re.compile(r"currentPage\s*=\s*['\"]?(\d{1,5})")
_JOINED = re.compile(r"""["']_["']\s*\+""")
_ENDING = re.compile(r"""["']\.["']\s*\+\s*["'](s?html?)\b""")
# The first letter stands apart: for one that a flag sets in either case, `re` would try the whole pattern at every place.
_EDITOR = re.compile(r"[Tt](?i:RS_(?:Editor|UEDITOR|editor_view|paper_default|PreAppend))")
_ADDRESS = re.compile(r"/t\d{8}_\d+\.s?html?$|/t\d{7,9}\.shtml$")
_MOST_CALLS = 5


class Trs(Portal):
    """Pages made by TRS WCM and its newer group sites."""

    name = "trs"
    containers = ("TRS_Editor", "TRS_UEDITOR", "trs_editor_view", "TRS_PreAppend", "view")
    titles = ("NewsArticleTitle",)

    def recognise(self, document: Document) -> str | None:
        """By its editor's class, its paging call or its article addresses."""
        text = document.text
        if ("TRS_" in text or "trs_" in text) and (found := _EDITOR.search(text)):
            return f"text in {found[0]}"
        if _call(document.text):
            return "paging by createPageHTML"
        if _pager(document.text):
            return "paging by Pager"
        if _variables(document):
            return "paging by countPage"
        return "address t<date>_<number>" if _ADDRESS.search(document.path) else None

    def next_page(self, document: Document) -> str | None:
        """From the script, else from a link. The page's own address counts more than a number that its script tells."""
        told = _call(document.text) or _pager(document.text) or _variables(document)
        if told is None:
            return super().next_page(document)
        pages, current, name, ending = told
        if (count := _COUNT.search(document.text)) is not None:
            pages = max(pages, int(count[1]))
        current = max(current, own_number(document, name))
        return numbered(document, name, ending, current + 1) if current + 1 < pages else None


def _call(text: str) -> tuple[int, int, str, str] | None:
    for call in islice(_CALL.finditer(text), _MOST_CALLS) if "createPageHTML" in text else ():
        pages, current = _value(text, call[1]), _value(text, call[2])
        if pages is not None and current is not None:
            return pages, current, call[3], call[4]
    return None


def _value(text: str, word: str) -> int | None:
    """A number, or the number that a variable of this name is given."""
    if word.isdecimal():
        return int(word) if len(word) <= 5 else None
    given = re.search(rf"\b{re.escape(word)}\s*=\s*['\"]?(\d{{1,5}})\b", text)
    return int(given[1]) if given else None


def _pager(text: str) -> tuple[int, int, str, str] | None:
    for call in islice(_PAGER.finditer(text), _MOST_CALLS) if "Pager({" in text else ():
        found = {setting[1]: setting[2] for setting in _SETTING.finditer(call[1])}
        size, current = found.get("size", ""), found.get("current", "")
        if len(found) == 4 and size.isdecimal() and current.isdecimal() and len(size) <= 5 and len(current) <= 5:
            return int(size), int(current), found["prefix"], found["suffix"]
    return None


def _variables(document: Document) -> tuple[int, int, str, str] | None:
    """The lines that write the links themselves; the name of the files is that of the page."""
    if "countPage" not in document.text:
        return None
    count, current = _COUNT.search(document.text), _CURRENT.search(document.text)
    if count is None or current is None or not _JOINED.search(document.text):
        return None
    stem, _, ending = document.path.rpartition("/")[2].partition(".")
    written = _ENDING.search(document.text)
    name = re.sub(r"_\d+$", "", stem) or "index"
    ending = ending or (written[1] if written else "")
    return (int(count[1]), int(current[1]), name, ending) if ending else None
