"""Hanweb JCMS (大汉). Articles verified on pages 002 and 005 of the development corpus; lists known only from description.

Rows stand as markup in `<record><![CDATA[...]]>` inside a script, so the tree of the page does not hold them.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.portal import Portal
from crawler.reading.document import Document
from crawler.reading.listing import rows_of_markup
from storage.records import Entry

_TOTAL = re.compile(r"<totalpage>\s*(\d{1,6})\s*</totalpage>")
_ADDRESS = re.compile(r"/art/\d{4}/\d{1,2}/\d{1,2}/art_|/col/col\d+/")
_MARK = re.compile(r"jpage/dataproxy\.jsp|<datastore>|tr_main_value_(?:odd|even)")


class Hanweb(Portal):
    """Pages made by JCMS."""

    name = "hanweb"
    containers = ("zoom", "bt_content", "main-txt", "bt-article-02", "bt-article-y")
    titles = ("con-title", "xl_title", "bt_title")

    def recognise(self, document: Document) -> str | None:
        """By its record store, its data proxy or its addresses."""
        if found := _MARK.search(document.text):
            return f"mark {found[0].strip('<>')}"
        found = _ADDRESS.search(document.path)
        return f"address {found[0]}" if found else None

    def entries(self, document: Document) -> tuple[Entry, ...]:
        """Rows of the record store, else by structure."""
        records = _records(document.text)
        return rows_of_markup(document, records).entries if records else super().entries(document)

    def next_page(self, document: Document) -> str | None:
        """By pageNum in the address where the store tells the number of pages, else from a link."""
        total = _TOTAL.search(document.text)
        parts = urlsplit(document.url)
        query = dict(parse_qsl(parts.query))
        if total and query.get("uid"):
            page = int(query["pageNum"]) if query.get("pageNum", "").isdigit() else 1
            query["pageNum"] = str(page + 1)
            return urlunsplit(parts._replace(query=urlencode(query))) if page < int(total[1]) else None
        return super().next_page(document)


def _records(text: str) -> list[str]:
    """The markup of each record; by plain search, since a hostile page may open records without end."""
    found = []
    for piece in text.split("<record>")[1:]:
        opened, _, rest = piece.partition("<![CDATA[")
        if not opened.strip():
            found.append(rest.partition("]]>")[0])
    return found
