"""Addresses of further list pages, made from numbers that a page or its own address tells. Asks for nothing."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.reading.document import Document

# Of several in one address the first named here is the one that servers heed.
_NAMES = ("pagenumber", "pageno", "pageindex", "currentpage", "currpage", "curpage", "pagenum", "paging", "page", "p")
_PARAMETER = re.compile(rf"(?<=[?&,;/])({'|'.join(_NAMES)})=(\d{{1,6}})(?=$|[&,;#.])", re.IGNORECASE)


def page_number(url: str) -> int | None:
    """The number of the page in the address's own parameter (page, pageNo, pageIndex, ...), None if there is none."""
    match = _parameter(url)
    return int(match[2]) if match else None


def turn_to(url: str, number: int) -> str | None:
    """The same address with another page number; None if it carries no number, or that one already."""
    match = _parameter(url)
    if match is None or int(match[2]) == number:
        return None
    return f"{url[: match.start(2)]}{number}{url[match.end(2) :]}"


def _parameter(url: str) -> re.Match[str] | None:
    return min(_PARAMETER.finditer(url), key=lambda match: _NAMES.index(match[1].lower()), default=None)


def numbered(document: Document, name: str, ending: str, number: int) -> str | None:
    """The page `name_number.ending` beside this one, None if it is this one."""
    url = document.absolute(f"{name}_{number}.{ending}", document.url)
    return url if url != document.url else None


def own_number(document: Document, name: str) -> int:
    """The number in an address `name_number.ending` of the page itself, 0 if it has none: scripts may tell a stale one."""
    file, _, _ = document.path.rpartition("/")[2].partition(".")
    stem, _, number = file.rpartition("_")
    base = name.rpartition("/")[2]
    return int(number) if stem == base and number.isdigit() and len(number) <= 5 else 0


def with_query(url: str, **changed: object) -> str:
    """The address with some parameters set, the others as they are."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(query=urlencode(query | {name: str(value) for name, value in changed.items()}), fragment=""))
