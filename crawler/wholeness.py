"""Is an answer whole? What ends in the middle would look like a page that somebody cut. Never asks what the text means.

A page without its closing tags is ordinary; one that ends inside a tag, or with what was read still open, was cut on the way.
"""

from __future__ import annotations

import re

from crawler.reading.document import Document
from storage.records import Answer, Reading

_CLOSERS = ("</html", "</body", "</HTML", "</BODY")
_OPENING = re.compile(r"<(?:!--|!(?=doctype)|(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})(?=[\s/>]|$))", re.IGNORECASE)
_SILENT = re.compile(r"<script\b[\s\S]*?(?:</script|$)|<!--[\s\S]*?(?:-->|$)|<[^>]{0,2000}>|\s+", re.IGNORECASE)
_COMMENT = re.compile(r"<!--[\s\S]*?(?:-->|$)")
_RAW = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "textarea", "title", "xmp")}
_MUST_CLOSE = frozenset({"div", "table", "ul", "ol", "dl", "section", "article", "main", "h1", "h2", "h3"})
_SOME_TEXT = 60
_FOOTER = 20
_IMPRINT = re.compile(r"版权所有|ICP备|公网安备|网站标识码|主办单位|Copyright", re.IGNORECASE)
_BEHIND = 200
"""Visible characters behind the last closing tag of a page, beyond which that tag belonged to a page inside the page."""
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE = 20_000


def shortfall(answer: Answer) -> str | None:
    """Fewer bytes than the server announced, or a part by its own word; None if there is nothing against it."""
    if answer.status == 206:
        return f"status 206: a part only{f', {told}' if (told := answer.header('content-range')) else ''}"
    announced = (answer.header("content-length") or "").strip()
    coded = (answer.header("content-encoding") or "identity").strip().lower() != "identity"
    if not announced.isascii() or not announced.isdecimal() or len(announced) > 12 or coded:
        return None  # of a coded body the decoder itself says whether it is whole
    if len(answer.body) < int(announced):
        return f"cut: {len(answer.body)} of {int(announced)} bytes came"
    return None


def is_binary(body: bytes, encoding: str) -> bool:
    """Are these bytes no text at all? Every encoding of a page but UTF-16 does without control characters."""
    sample = body[:_SAMPLE]
    return not encoding.startswith("utf-16") and len(_CONTROLS.findall(sample)) > max(8, len(sample) // 50)


def broken_off(document: Document, reading: Reading) -> str | None:
    """Where the source of a page breaks off with what was read of it; None for a page that came to its end."""
    source = document.text
    if _closed(source):
        return None
    inside, still_open = _end_of(source)
    if inside:
        return f"the page ends inside {inside}"
    if not document.lines and "<html" in source[:5000].lower():
        return "the page ends before its text begins"
    if not still_open and reading.kind == "listing" and not reading.entries and not _has_imprint(document):
        return "the page ends without a row and without its end"
    if still_open and _reaches_the_end(document, reading):
        return f"the page ends with an open <{still_open}>, in the midst of what it tells"
    return None


def _closed(source: str) -> bool:
    """Do the page's own closing tags stand at its end? Scripts and counters may follow them."""
    last = max(source.rfind(closer) for closer in _CLOSERS)
    if last < 0 or source.find(">", last) < 0 or _within(source):
        return False
    return len(_SILENT.sub("", source[last : last + 100_000])) <= _BEHIND


def _within(source: str) -> bool:
    """Do closing tags belong to a page inside the page (a header that was copied in whole)?"""
    if source.count("<html") + source.count("<HTML") < 2:
        return False
    bare = _COMMENT.sub("", source).lower()
    return bare.count("<html") > bare.count("</html") > 0


def _end_of(source: str) -> tuple[str | None, str | None]:
    """In what the source ends (a tag, a comment, a script), and the tag of an element that is still open there."""
    depth: dict[str, int] = {}
    place = 0
    while found := _OPENING.search(source, place):
        name = (found[2] or "").lower()
        if found[0] == "<!--":
            place = source.find("-->", found.end()) + 3
            if place < 3:
                return "a comment", None
            continue
        place = source.find(">", found.end()) + 1
        if place <= 0:
            return f"the tag {found[0]}", None
        if name in _RAW and not found[1]:
            close = _RAW[name].search(source, place)
            if close is None:
                return f"a <{name}>", None
            place = close.start()
        elif name in _MUST_CLOSE:
            depth[name] = max(0, depth.get(name, 0) + (-1 if found[1] else 1))
    if "<" in source[-1:]:
        return "a tag", None
    return None, next((name for name, count in depth.items() if count), None)


def _reaches_the_end(document: Document, reading: Reading) -> bool:
    """Does what was read run up to the end of the page? Then more of it may have followed.

    Whatever has its imprint is whole; an article is so where something else stands behind it. Rows may stand anywhere.
    """
    if not document.lines or _has_imprint(document):
        return not document.lines
    if reading.kind == "article" and sum(len(line) for line in reading.body) >= _SOME_TEXT:
        last = reading.body[-1]
        return any(line.text in last or last in line.text for line in document.lines[-3:])
    return True


def _has_imprint(document: Document) -> bool:
    return any(_IMPRINT.search(line.text) for line in document.lines[-_FOOTER:])
