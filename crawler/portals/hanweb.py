"""Hanweb JCMS (大汉). Articles verified on pages 002 and 005 of the development corpus, a list that its script fills on
page 012.

Rows stand as markup in `<record><![CDATA[...]]>` inside a script, as strings of an array (`InitData`), or as
`urls[i]='...'` beside other arrays, so the tree of the page does not hold them; on pages of the disclosure catalogue in
a table whose links carry title and date as attributes. Forms of lists known from public spiders and one page saved in a
public dump. The next group of rows comes from a data proxy, which a link in `<nextgroup>` or the settings of the script
`jpage` name; it answers with a record store in XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawler.portal import Portal
from crawler.reading.document import Document
from crawler.reading.listing import UNTOLD, rows_of_markup
from crawler.reading.paging import with_query
from storage.records import Entry

_TOTAL_PAGES = re.compile(r"<totalpage>\s*(\d{1,6})\s*</totalpage>")
_TOTAL = re.compile(r"<totalrecord>\s*(\d{1,7})\s*</totalrecord>|totalRecord\s*:\s*['\"]?(\d{1,7})")
_PROXY = re.compile(r"""proxyUrl\s*:\s*['"]([^'"\s]{1,200}dataproxy\.jsp)""")
_PER_PAGE = re.compile(r"perPage\s*:\s*['\"]?(\d{1,3})")
_GROUP = re.compile(r"groupSize\s*:\s*['\"]?(\d{1,2})")
_PARAMETERS = re.compile(r"(?:ajaxParam|params)\s*:\s*\{([^{}]{1,2000})\}")
_PARAMETER = re.compile(r"""(\w+)\s*:\s*(?:'([^']*)'|"([^"]*)"|(\d+))""")
_GROUP_LINK = re.compile(r"""href\s*=\s*["']([^"'<>]{1,1000}dataproxy\.jsp\?[^"'<>]{1,1000})""")
_ARRAY = re.compile(r"InitData\w*\s*=\s*\[")
_STRING = re.compile(r"""\s*,?\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""", re.DOTALL)
_LAYOUT = re.compile(r"</?(?:table|tbody|tr|td|ul|dl)\b[^<>]{0,300}>", re.IGNORECASE)
_STEP = re.compile(r"""\b(\w+)\[i\]\s*=\s*(?:'([^'\n]*)'|"([^"\n]*)")|\bi\+\+""")
_CATALOGUE = re.compile(r"共\s*(\d{1,5})\s*页")
_ADDRESS = re.compile(r"/art/\d{4}/\d{1,2}/\d{1,2}/art_|/col/col\d+/")
_MOST_ROWS = 400


class Hanweb(Portal):
    """Pages made by JCMS, and what its data proxy answers."""

    name = "hanweb"
    reads_data = True
    marks = ("jpage/dataproxy.jsp", "<datastore>", "tr_main_value_odd", "tr_main_value_even", "jquery.jpage.js")
    containers = ("zoom", "bt_content", "main-txt", "bt-article-02", "bt-article-y")
    titles = ("con-title", "xl_title", "bt_title")

    def recognise(self, document: Document) -> str | None:
        """By its record store, its data proxy or its addresses."""
        if document.data is not None:
            return None
        if mark := super().recognise(document):
            return mark
        found = _ADDRESS.search(document.path)
        return f"address {found[0]}" if found else None

    def entries(self, document: Document) -> tuple[Entry, ...]:
        """Rows of the record store or of the arrays in a script, else by structure."""
        records = _records(document.text) or list(_array(document.text)) or _parallel(document.text)
        return rows_of_markup(document, records).entries if records else super().entries(document)

    def next_page(self, document: Document) -> str | None:
        """By the proxy's own link or numbers, by the page's number, or by the settings of the script; else from a link."""
        if further := _next_group(document):
            return further
        query = dict(parse_qsl(urlsplit(document.url).query, keep_blank_values=True))
        if document.path.endswith("dataproxy.jsp"):
            return _further_records(document, query)
        total = _TOTAL_PAGES.search(document.text)
        if total and query.get("uid"):
            page = _number(query.get("pageNum")) or 1
            return with_query(document.url, pageNum=page + 1) if page < int(total[1]) else None
        if proxy := _PROXY.search(document.text):
            return _by_settings(document, proxy[1])
        pages = _CATALOGUE.search(document.text) if "tr_main_value_" in document.text else None
        if pages and "currpage" in query:
            page = _number(query["currpage"]) or 1
            return with_query(document.url, currpage=page + 1) if page < int(pages[1]) else None
        told = super().next_page(document)
        return UNTOLD if told is None and pages and int(pages[1]) > 1 else told


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) <= 7 else None


def _next_group(document: Document) -> str | None:
    """The link in `<nextgroup>`, with what it leaves out of the proxy's own address; None if it does not lead on."""
    group = document.text.partition("<nextgroup>")[2][:3000].partition("</nextgroup>")[0]
    link = _GROUP_LINK.search(group)
    url = document.absolute(unescape(link[1]), document.url) if link else None
    if url is None:
        return None
    asked, own = urlsplit(url), urlsplit(document.url)
    query, mine = dict(parse_qsl(asked.query)), dict(parse_qsl(own.query))
    if asked.path == own.path:
        if (_number(query.get("page")) or 0) <= (_number(mine.get("page")) or 0):
            return None
        query = {**mine, **query}
    return f"{url.partition('?')[0]}?{urlencode(query)}"


def _further_records(document: Document, query: dict[str, str]) -> str | None:
    """The records behind those that were asked for, while the store says that there are more."""
    start, end, total = _number(query.get("startrecord")), _number(query.get("endrecord")), _total(document.text)
    if start is None or end is None or total is None or not start <= end < total:
        return None
    return with_query(document.url, startrecord=end + 1, endrecord=end + (end - start + 1))


def _by_settings(document: Document, proxy: str) -> str | None:
    """The group of records behind those that came with the page, by the settings that the page hands its script."""
    settings, total = _PARAMETERS.search(document.text), _total(document.text)
    per_page = _PER_PAGE.search(document.text)
    url = document.absolute(proxy)
    if settings is None or total is None or per_page is None or url is None:
        return UNTOLD
    group = _GROUP.search(document.text)
    there = len(_records(document.text) or list(_array(document.text)))
    if there >= total:
        return None
    each = int(per_page[1]) * max(1, int(group[1]) if group else 3)
    asked = {"startrecord": there + 1, "endrecord": there + each, "perpage": int(per_page[1])}
    given = {name: one or two or three for name, one, two, three in _PARAMETER.findall(settings[1])}
    return f"{url}?{urlencode(asked | given)}"


def _total(text: str) -> int | None:
    found = _TOTAL.search(text)
    return int(found[1] or found[2]) if found else None


def _records(text: str) -> list[str]:
    """The markup of each record; by plain search, since a hostile page may open records without end."""
    found = []
    for piece in text.split("<record>")[1 : _MOST_ROWS + 1]:
        opened, _, rest = piece.partition("<![CDATA[")
        if not opened.strip():
            found.append(_flat(rest.partition("]]>")[0]))
    return found


def _flat(markup: str) -> str:
    """A row without the table or list that a theme lays it out with: what stands in one would count as a list in the row."""
    return _LAYOUT.sub(" ", markup)


def _array(text: str) -> Iterator[str]:
    """The strings of the array that a script is given as its first rows, if they are markup with links."""
    opening = _ARRAY.search(text)
    place = opening.end() if opening else len(text)
    for _ in range(_MOST_ROWS):
        string = _STRING.match(text, place)
        if string is None:
            return
        markup = re.sub(r"\\(.)", r"\1", string[1] or string[2] or "")
        if "<a" in markup:
            yield _flat(markup)
        place = string.end()


def _parallel(text: str) -> list[str]:
    """Rows that stand in arrays side by side (`urls[i]='/art/...'; headers[i]='...'; i++`), as markup."""
    if "urls[i]" not in text:
        return []
    rows: list[str] = []
    row: dict[str, str] = {}
    for step in _STEP.finditer(text):
        name = step[1]
        if row.get("urls") and (name is None or name == "urls"):
            rows.append(_row(row))
            row = {}
        if name:
            row[name] = step[2] or step[3] or ""
        if len(rows) >= _MOST_ROWS:
            break
    return rows + ([_row(row)] if row.get("urls") else [])


def _row(row: dict[str, str]) -> str:
    day = "-".join(row[name] for name in ("year", "month", "day") if row.get(name))
    values = [unescape(value) for name, value in row.items() if name not in ("urls", "year", "month", "day")]
    title = max((value for value in values if not re.search(r"\d{4}-\d", value)), key=len, default="")
    rest = " ".join(escape(value) for value in values if value != title)
    return f'<a href="{escape(row["urls"])}">{escape(title)}</a> <span>{day} {rest}</span>'
