"""Xinhua's CMS (nea.gov.cn and others). Rows verified on the public file white1star/KuangYeZIXUN
tests/fixtures/nea_list.html.

Its lists are `ul` with `data="datasource:<32 hex>"`, their dates in brackets, and many rows lead to other hosts. How it
pages is not known: structure decides.
"""

from __future__ import annotations

import re

from crawler.portal import Portal
from crawler.reading.document import Document

_SOURCE = re.compile(r"""data=["']datasource:[0-9a-f]{32}""")
_ADDRESS = re.compile(r"/\d{8}/[0-9a-f]{32}/c\.html?$")


class Xinhua(Portal):
    """Pages made by the CMS of Xinhua."""

    name = "xinhua"
    containers = ("detailContent",)

    def recognise(self, document: Document) -> str | None:
        """By its sources of data or its article addresses."""
        if _SOURCE.search(document.text):
            return "list with a datasource"
        return "address <date>/<32 hex>/c.html" if _ADDRESS.search(document.path) else None
