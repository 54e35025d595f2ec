"""Answers that are data (JSON, JSONP): which of their records are rows of a list. Finds them by structure, not by portal.

A record is a row if it has a title and an address; the list of records with most dated rows is the list of the answer. Where the
rows stand as markup inside a string, that is read as the markup of any page. Anything else stays what it is: data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from crawler.reading.dates import date_in
from crawler.reading.document import Document
from crawler.reading.listing import Rows, find_rows
from crawler.reading.title import clean
from storage.records import Entry

_MOST_RECORDS = 400
_MOST_NODES = 50_000
_MOST_MARKUP = 3
_HEAD = re.compile(rb"(?:\s|\xef\xbb\xbf)*(?:/\*.{0,40}?\*/\s*)?(?:[\w$.]{1,80}\s*\(\s*)?[\[{]")

_TITLES = (
    *(
        "title",
        "doctitle",
        "titleo",
        "articletitle",
        "infotitle",
        "newstitle",
        "maintitle",
        "subject",
        "xxbt",
        "wjbt",
        "bt",
        "biaoti",
    ),
    *("name", "mc", "filename", "docname"),
)
_ADDRESSES = (
    *("url", "puburl", "docpuburl", "pub_url", "link", "href", "pcurl", "linkurl", "arturl", "infourl", "detailurl", "staticurl"),
    *("post_url", "visiturl", "docurl", "xxlj", "wjlj", "lj"),
)
_NO_ADDRESS = re.compile(r"img|pic|image|thumb|photo|icon|logo|video|attach|cover|site|domain|qr|share|mobile|wap|app")
_ADDRESS = re.compile(r"(?:(?:https?:)?//[^\s/]+\.[^\s]+|\.{0,2}/[^\s/][^\s]*|[\w%/.-]+\.(?:s?html?|jsp|aspx?|do|pdf)(?:\?\S*)?)")
_NO_PAGE = re.compile(r"\.(?:jpe?g|png|gif|bmp|svg|webp|mp4|mp3|js|css|ico)(?:\?|$)", re.IGNORECASE)
_PUBLISHED = re.compile(r"display|publi?s?h?|fb|rel(?:ease)?|issue|show|day_?time|gk")
_PLAIN_DATES = frozenset(
    ["date", "dates", "time", "datetime", "infodate", "newsdate", "docdate", "trs_time", "rq", "riqi", "day", "sj"]
)
_MADE = re.compile(r"creat|cr_?time|add|input|insert")
_OTHER_DATE = re.compile(
    r"updat|modif|edit|expir|end|start|begin|oper|effect|valid|writ|cw|sign|sx|ss|delete|url|publisher|unit|dept|by$|name|id$"
)
_DATED = re.compile(r"date|time|rq|sj|day|publish|_at$|pub$")
_COMPACT = re.compile(r"(20\d{2}|19\d{2})(\d{2})(\d{2})(?:\d{4,6})?")
_NUMBER = re.compile(r"[0-9A-Za-z-]{5,24}/\d{4}-\d{3,}")
_INLINE = re.compile(r"</?(?:em|font|b|strong|span|i|mark)\b[^<>]{0,200}>", re.IGNORECASE)
_ESCAPED = re.compile(r"%u([0-9a-fA-F]{4})")
_CHINA = timedelta(hours=8)
_PAGES = ("totalpages", "totalpage", "total_page", "total_pages", "pagetotal", "pagecount", "pages", "lastpage")
_TOTALS = (
    "totalcount",
    "totalelements",
    "totalrecords",
    "totalrecord",
    "recordcount",
    "numfound",
    "post_count",
    "total",
    "count",
)
_SIZES = ("pagesize", "page_size", "perpage", "per_page", "size", "limit", "rows")


_STORE = re.compile(rb"[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?<datastore")


def is_data(body: bytes) -> bool:
    """Does a body open as JSON, JSONP or a record store in XML does? Says nothing of what is in it."""
    return bool(_HEAD.match(body[:2000]) or _STORE.match(body[:300]))


def ends_early(body: bytes) -> bool:
    """Does data break off before its last bracket or the end of its store?"""
    if _STORE.match(body[:300]):
        return b"</datastore" not in body[-500:]
    return body.rstrip()[-1:] not in (b"}", b"]", b")", b";", b"/")


def rows_of_data(document: Document) -> tuple[Entry, ...]:
    """The rows of an answer that is data: records with title and address, else rows of the markup that it carries."""
    best = max(
        (rows for rows in _lists(document) if rows.is_list), key=lambda rows: (rows.dated, len(rows.entries)), default=None
    )
    if best:
        return best.entries
    return next((rows.entries for text in markup_of(document) if (rows := rows_in(document, text)).entries), ())


def rows_in(document: Document, markup: str) -> Rows:
    """The rows of a piece of markup that came inside an answer."""
    return find_rows(Document(document.url, f"<html><body>{markup}</body></html>", document.encoding))


def markup_of(document: Document) -> list[str]:
    """The strings of the data that are markup with links, the longest first."""
    texts = [unescape(value) for value in _nodes(document.data) if isinstance(value, str) and ("<a" in value or "%3Ca" in value)]
    return sorted((text for text in texts if "<a " in text), key=len, reverse=True)[:_MOST_MARKUP]


def numbers_of(document: Document) -> dict[str, int]:
    """The numbers that the data tells of itself outside of its records, by lower-case name; the outermost of a name counts."""
    found: dict[str, int] = {}
    level: list[Mapping[str, object]] = [document.data] if isinstance(document.data, dict) else []
    for _ in range(4):
        for mapping in level:
            for name, value in mapping.items():
                if (number := _whole(value)) is not None:
                    found.setdefault(name.lower(), number)
        below: list[Mapping[str, object]] = [v for mapping in level for v in mapping.values() if isinstance(v, dict)]
        level = below[:50]
    return found


def remaining(numbers: Mapping[str, int], page: int, rows: int, size: int | None) -> bool | None:
    """Does the list go on behind its page number `page`; None if the numbers do not tell. A first page may count as 0 or 1."""
    size = size or next((numbers[name] for name in _SIZES if numbers.get(name)), None) or rows
    pages = next((numbers[name] for name in _PAGES if name in numbers), None)
    if pages is not None:
        return page < pages if page else pages > 1
    total = next((numbers[name] for name in _TOTALS if name in numbers), None)
    return None if total is None else max(page, 1) * size < total


def unescape(text: str) -> str:
    """Text as JavaScript's escape() wrote it (%uXXXX, %XX) in plain; any other as it is."""
    if not _ESCAPED.search(text):
        return text
    return unquote(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), text), encoding="latin-1")


def day_of(value: object) -> str | None:
    """The day that a field tells: written out, as 20260728, or in seconds or milliseconds since 1970, in China's time."""
    if isinstance(value, str) and (iso := date_in(value)):
        return iso[:10]
    if isinstance(value, str) and (match := _COMPACT.fullmatch(value.strip())):
        return date_in("-".join(match.groups()))
    number = _whole(value)
    if number is None or not 0 < number < 4_102_444_800_000:
        return None
    seconds = number / 1000 if number >= 100_000_000_000 else number
    if seconds < 157_766_400:  # before 1975: a count, not a time
        return None
    return (datetime.fromtimestamp(seconds, UTC) + _CHINA).date().isoformat()


def entry_of(document: Document, record: Mapping[str, object]) -> Entry | None:
    """The row that a record is, None if it has no title or no address."""
    fields = _fields(record)
    title, url = _title(fields), _address(document, fields)
    if title is None or url is None:
        return None
    number = next((match[0] for v in fields.values() if isinstance(v, str) and (match := _NUMBER.fullmatch(v.strip()))), None)
    return Entry(title, url, _day(fields), number)


def _lists(document: Document) -> Iterator[Rows]:
    for node in _nodes(document.data):
        if isinstance(node, list) and node and isinstance(node[0], dict):
            found: dict[tuple[str, str], Entry] = {}
            for record in node[:_MOST_RECORDS]:
                if isinstance(record, dict) and (entry := entry_of(document, record)):
                    found.setdefault((entry.url, entry.title), entry)
            entries = tuple(found.values())
            if len(entries) * 2 > min(len(node), _MOST_RECORDS):
                yield Rows((), entries, sum(entry.date is not None for entry in entries), 0)


def _nodes(data: object) -> Iterator[object]:
    """Every value in the data, breadth first; a string that is data again counts as what it holds."""
    level: Sequence[object] = [data]
    seen = 0
    while level and seen < _MOST_NODES:
        below: list[object] = []
        for node in level:
            seen += 1
            yield node
            if isinstance(node, dict):
                below += node.values()
            elif isinstance(node, list):
                below += node
            elif isinstance(node, str) and node[:1] in "{[" and len(node) > 20 and (held := _held(node)) is not None:
                below.append(held)
        level = below[: _MOST_NODES - seen]


def _held(text: str) -> object | None:
    try:
        return json.loads(text, strict=False)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None


def _fields(record: Mapping[str, object]) -> dict[str, object]:
    """The plain values of a record by lower-case name, and behind them those of the mappings in it (tip, highlight, ...)."""
    fields: dict[str, object] = {}
    for name, value in record.items():
        if not isinstance(value, dict | list):
            fields[name.lower()] = value
    for value in record.values():
        for inner, held in value.items() if isinstance(value, dict) else ():
            if not isinstance(held, dict | list):
                fields.setdefault(inner.lower(), held)
    return fields


def _title(fields: Mapping[str, object]) -> str | None:
    names = [name for name in _TITLES if name in fields]
    names += [name for name in fields if "title" in name and "sub" not in name]
    for name in names:
        if isinstance(value := fields[name], str) and len(text := clean(_INLINE.sub("", unescape(value[:2000])))) >= 2:
            return text
    return None


def _address(document: Document, fields: Mapping[str, object]) -> str | None:
    names = [name for name in _ADDRESSES if name in fields]
    names += [name for name in fields if re.search(r"url|link|href|path|addr", name) and not _NO_ADDRESS.search(name)]
    for name in names:
        value = fields[name]
        if not isinstance(value, str) or len(value) > 2000 or _NO_PAGE.search(value):
            continue
        if _ADDRESS.fullmatch(value.strip()) and (url := document.absolute(value.strip())):
            return url
    return None


def _day(fields: Mapping[str, object]) -> str | None:
    """The day of publication: named so, else a plain date, else when the record was made; a written day before a counted one."""
    ranked: list[tuple[int, bool, str]] = []
    for name, value in fields.items():
        rank = _rank(name)
        if rank is not None and (day := day_of(value)):
            ranked.append((rank, not (isinstance(value, str) and not value.strip().isdigit()), day))
    return min(ranked, key=lambda found: found[:2], default=(0, False, None))[2]


def _rank(name: str) -> int | None:
    if _OTHER_DATE.search(name) or not _DATED.search(name):
        return None
    if name in _PLAIN_DATES:
        return 1
    if _MADE.search(name):
        return 3
    return 0 if _PUBLISHED.search(name) else 2


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.strip().isdecimal() and len(value) <= 15 else None
