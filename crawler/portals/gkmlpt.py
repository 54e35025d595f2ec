"""Guangdong's disclosure platform (gkmlpt) and its post_N pages. Known only from description.

The catalogue `/gkmlpt/index#column` is a shell that a script fills; its `_CONFIG` tells the site's number (SID), and
the rows stand at `/gkmlpt/api/all/<column>?page=N&sid=SID` (column 0: all), a hundred a page, page 0 being page 1.
Described in the public files hulelan/china-governance crawlers/gkmlpt.py and its log of trials; articles are plain
pages with a table of 索引号, 成文日期 and 发布日期.
"""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.portal import Portal
from crawler.reading.data import day_of, entry_of, numbers_of
from crawler.reading.document import Document
from crawler.reading.paging import page_number, turn_to
from storage.records import Entry

_SID = re.compile(r"\bSID\s*:\s*['\"]?(\d{1,9})")
_SHELL = re.compile(r"^(.*)/gkmlpt/(?:index|policy)?(?:\.html)?/?$")
_API = re.compile(r"/gkmlpt/api/all/\d+")
_POST = re.compile(r"/content/(?:\d+/){0,3}m?post_\d+\.html$")
_EACH = 100
_DATES = ("display_publish_time", "first_publish_time", "created_at")


class Gkmlpt(Portal):
    """The catalogue, the answers of its interface, and its articles."""

    name = "gkmlpt"
    described = True
    reads_data = True
    shells = True
    containers = ("article-content", "news_cont_d_wrap", "zoomcon")

    def recognise(self, document: Document) -> str | None:
        """By its address, and for the catalogue by the number of the site that it tells."""
        if document.data is not None:
            return "address gkmlpt/api" if _API.search(document.path) and _articles(document) is not None else None
        if _SHELL.match(document.path) and _SID.search(document.text):
            return "catalogue with a SID"
        return "address content/post_<number>" if _POST.search(document.path) else None

    def entries(self, document: Document) -> tuple[Entry, ...]:
        """The articles of an answer: the day shown there is that of publication, not that of writing."""
        if document.data is None:
            return super().entries(document)
        return tuple(entry for article in _articles(document) or () if (entry := _entry(document, article)))

    def next_page(self, document: Document) -> str | None:
        """Of a catalogue the first page of its interface, of an answer the one behind it."""
        if document.data is not None:
            return _further(document)
        shell, sid = _SHELL.match(document.path), _SID.search(document.text)
        if shell is None or sid is None:
            return super().next_page(document)
        column = document.url.partition("#")[2]
        return document.absolute(
            f"{shell[1]}/gkmlpt/api/all/{column if column.isdecimal() else 0}?page=1&sid={sid[1]}", document.url
        )


def _articles(document: Document) -> list[object] | None:
    held = document.data.get("articles") if isinstance(document.data, dict) else None
    return held if isinstance(held, list) else None


def _entry(document: Document, article: object) -> Entry | None:
    entry = entry_of(document, article) if isinstance(article, dict) else None
    if entry is None or not isinstance(article, dict):
        return None
    day = next((day for name in _DATES if (day := day_of(article.get(name)))), entry.date)
    number = article.get("identifier")
    return replace(entry, date=day, number=number.strip() or None if isinstance(number, str) else entry.number)


def _further(document: Document) -> str | None:
    page = max(page_number(document.url) or 1, 1)
    numbers = numbers_of(document)
    total = numbers.get("total", numbers.get("post_count", 0))
    return turn_to(document.url, page + 1) if _articles(document) and page * _EACH < total else None
