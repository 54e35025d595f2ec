"""From bytes to text. Trusts a byte order mark, then the bytes themselves, and a declaration only last; never raises."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_:-]{2,20})""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_:-]{2,20})""", re.IGNORECASE)
_CHINESE = re.compile(r"gb|x-gbk|cp936|hz", re.IGNORECASE)
_KNOWN = re.compile(r"big5|shift_?jis|euc-|koi8|windows-12|cp12|iso-8859|latin", re.IGNORECASE)
_HEAD = 4096
_SAMPLE = 200_000


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Turn a body into text and say which encoding was used.

    The order is: byte order mark, UTF-8 (also with a few broken bytes), the declared charset, gb18030. Declarations come
    late because portals copy templates together with their meta tags; gb2312 and gbk are read as their superset gb18030.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), name.removesuffix("-le").removesuffix("-be")
    if wide := _wide_without_mark(body):
        return body.decode(wide, "replace"), "utf-16"
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _nearly_utf8(body, error):
            return body.decode("utf-8", "replace").rstrip("\ufffd"), "utf-8"
    return _declared_or_chinese(body, content_type)


def _declared_or_chinese(body: bytes, content_type: str | None) -> tuple[str, str]:
    strict = _strictly(body, "gb18030")
    for name in _declarations(body, content_type):
        if _CHINESE.match(name) or not _KNOWN.match(name):
            continue
        if name.lower().startswith(("iso-8859", "windows-12", "cp12", "latin")) and strict is not None:
            continue  # servers announce Latin-1 for whatever they do not know
        text = _strictly(body, name)
        if text is not None:
            return text, codecs.lookup(name).name
    return (strict if strict is not None else body.decode("gb18030", "replace")), "gb18030"


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None


def _declarations(body: bytes, content_type: str | None) -> list[str]:
    header = _HEADER.search(content_type or "")
    meta = _META.search(body[:_HEAD])
    return [m for m in (header and header[1], meta and meta[1].decode("ascii")) if m]


def _nearly_utf8(body: bytes, error: UnicodeDecodeError) -> bool:
    """Is this UTF-8 with a cut end or a few broken bytes? In a page of the GB family nearly every character is broken."""
    if error.reason == "unexpected end of data" and error.start > 0:
        return True
    # The sample starts where the trouble does, or a long head of plain ASCII would hide it.
    start = max(0, error.start - _SAMPLE // 2)
    text = body[start : start + _SAMPLE].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for char in text if char > "\x7f") - broken
    return whole >= 10 and broken <= max(3, whole // 50) and broken * 3 <= whole


def _wide_without_mark(body: bytes) -> str | None:
    head = body[:400]
    if len(head) < 40 or b"<" not in head:
        return None
    first, second = head[::2].count(0), head[1::2].count(0)
    if max(first, second) <= len(head) // 8 or max(first, second) < 4 * min(first, second):
        return None
    return "utf-16-le" if second > first else "utf-16-be"
