"""Hanweb JPAAS. Known only from description.

A list page is a shell: `<script url=".../jpaas-publish-server/front/page/build/unit" queryData="{'webId':'...',...}">`
names where its rows stand. The answer is JSON with the markup in data.html; in it an element with
`queryData="{'rows':'15','count':'31','pageNo':'1'}"` tells the pages, and `paramJson={"pageNo":2,"pageSize":15}` asks
for one. Described in several public spiders and their tests.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from crawler.portal import Portal
from crawler.reading.data import rows_in
from crawler.reading.document import Document
from crawler.reading.listing import UNTOLD
from crawler.reading.paging import with_query
from storage.records import Entry

_UNIT = "jpaas-publish-server/front/page/build/unit"
_PAIR = re.compile(r"'(\w{1,40})'\s*:\s*'([^']{0,200})'")
_LIST = re.compile(r"列表|list|分页|内容|信息", re.IGNORECASE)
_ADDRESS = re.compile(r"/art/\d{4}/art_[0-9a-f]{32}\.html$")


class Jpaas(Portal):
    """Shells of JPAAS and the answers that fill them."""

    name = "jpaas"
    described = True
    reads_data = True
    shells = True
    containers = ("con_con", "ccontent")
    titles = ("con_title",)

    def recognise(self, document: Document) -> str | None:
        """By the unit that a script asks for, or by its article addresses."""
        if document.data is not None:
            return "answer of build/unit" if _UNIT in document.url and _markup(document) is not None else None
        if _UNIT in document.text:
            return "unit filled by script"
        return "address art_<32 hex>" if _ADDRESS.search(document.path) else None

    def entries(self, document: Document) -> tuple[Entry, ...]:
        """The rows of the markup in an answer, else by structure."""
        markup = _markup(document)
        return rows_in(document, markup).entries if markup is not None else super().entries(document)

    def next_page(self, document: Document) -> str | None:
        """The unit that fills the page, or its next page; UNTOLD if several could be the list."""
        markup = _markup(document)
        if markup is not None:
            numbers = _numbers(markup)
            return with_query(document.url, paramJson=_asked(numbers)) if _goes_on(numbers) else None
        unit, numbers = _unit(document), _numbers(document.text)
        if unit is None or (numbers and not _goes_on(numbers)):
            return super().next_page(document)
        if unit == UNTOLD:
            return UNTOLD
        return with_query(unit, paramJson=_asked(numbers)) if numbers else unit


def _markup(document: Document) -> str | None:
    data = document.data.get("data") if isinstance(document.data, dict) else None
    html = data.get("html") if isinstance(data, dict) else None
    return html if isinstance(html, str) else None


def _unit(document: Document) -> str | None:
    """The address of the one unit that may be the list of the page."""
    units = []
    for script in document.tree.iter("script"):
        given = dict(_PAIR.findall(script.get("querydata") or ""))
        if _UNIT in (script.get("url") or "") and given.get("pageId"):
            units.append((bool(_LIST.search(given.get("tagId", ""))), script.get("url") or "", given))
    likely = [unit for unit in units if unit[0]] or units
    if not likely:
        return None
    if len(likely) > 1:
        return UNTOLD
    url = document.absolute(likely[0][1])
    return f"{url}?{urlencode(likely[0][2])}" if url else None


def _numbers(markup: str) -> dict[str, int]:
    """Rows of a page, all rows, and the number of the page, as the pager's element tells them."""
    found = dict(_PAIR.findall(markup[at : at + 400])) if (at := markup.find("'rows'")) >= 0 else {}
    told = {
        name: int(found[name]) for name in ("rows", "count", "pageNo") if found.get(name, "").isdecimal() and len(found[name]) < 8
    }
    return told if len(told) == 3 else {}


def _goes_on(numbers: dict[str, int]) -> bool:
    return bool(numbers) and numbers["pageNo"] * numbers["rows"] < numbers["count"]


def _asked(numbers: dict[str, int]) -> str:
    return json.dumps({"pageNo": numbers["pageNo"] + 1, "pageSize": numbers["rows"]})
