"""What a page says of the site it belongs to and of its source. Never compares that with the address it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.reading.article import Surroundings
from crawler.reading.document import Document
from crawler.reading.lines import Line
from storage.records import SiteMarks

_IDCODE = re.compile(r"bm\d{8}|(?<!\d)\d{10}(?!\d)")
_PRINTED_CODE = re.compile(r"网站标识码\s*[:：]?\s*(bm\d{8}|\d{10})")
_HOST = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,12})", re.IGNORECASE)
_PRINTED_HOST = re.compile(
    r"(\S{2,30}?(?:门户网站|政府网站?|官方网站|信息网))\s*[(（]?\s*((?:[a-z0-9-]+\.){1,4}[a-z]{2,8})(?![a-z0-9.@-])",
    re.IGNORECASE,
)
_OWN_LINE = re.compile(
    r"[\s【\[(（|]*[\u4e00-\u9fff·]{2,30}?(?:门户网站|政府网站?|官方网站|信息网|人民政府网?)\s*[:：(（]?\s*(?:https?://)?"
    r"((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12})(?![a-z0-9.@-])/?\s*[)）]?\s*"
    r"(?=$|[|｜【\[]|(?:发布|公开|更新|发文)?\s*(?:日期|时间)|来\s*源|浏览|阅读|点击|作者|字\s*[体号]|20\d\d)",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"(?<![资资料数据])(?:信\s*息|文\s*章|稿\s*件)?(?:来\s*源|稿\s*源)\s*[:：]\s*([^\n]*)")
_BRACKETED = re.compile(r"[\[【]\s*([\u4e00-\u9fff]{2,30})\s*[\]】]\s*\d{4}[-/.年]\d{1,2}")
_SMALL = 1000
_NEXT_LABEL = re.compile(
    r"\s*(?:[|｜【\[]|\s{2,}|(?:发布|公开|更新|成文)?\s*(?:日期|时间)|作者|浏览|阅读|点击|访问|字\s*[体号]|责任编辑|编辑|发布|打印|分享|文章类型|信息类型|所属栏目|主题分类|索引号|\d{4}[-年/.])"
)


def site_marks(document: Document, around: Surroundings | None = None) -> SiteMarks:
    """Name, domain and code of the site from its meta tags, else as printed on the page."""
    name, stated = document.meta("SiteName"), _hosts(document.meta("SiteDomain") or "")
    domain = stated[0] if stated else None
    code = _IDCODE.search(re.sub(r"\s", "", document.meta("SiteIDCode") or ""))
    if not domain or not name:
        printed = _printed_host(document)
        name, domain = name or printed[0], domain or printed[1]
    idcode = code[0] if code else _printed_code(document)
    return SiteMarks(name or None, domain, idcode, printed=_own_host(around) if around else None, stated=stated)


def _hosts(text: str) -> tuple[str, ...]:
    """The hosts in a SiteDomain that may carry a scheme, a port, a path, a line break or a second host."""
    parts = re.split(r"[,，;；、|\s]+", text.strip()[:500])
    found = (_HOST.match(part) for part in parts if part)
    return tuple(dict.fromkeys(match[1].lower() for match in found if match))


def _printed_code(document: Document) -> str | None:
    for line in reversed(document.lines):
        if "网站标识码" in line.text and (match := _PRINTED_CODE.search(line.text)):
            return match[1]
    return None


def _printed_host(document: Document) -> tuple[str | None, str | None]:
    for line in document.lines:
        # Each name ends with 网 or 网站; the pattern tries every place of a line, and few lines speak of any.
        if len(line.text) < 200 and "网" in line.text and (match := _PRINTED_HOST.search(line.text)):
            return match[1], match[2].lower()
    return None, None


def _own_host(around: Surroundings) -> str | None:
    """The host in the slot of the portal's own name: between title and text, never in the text, in a footer or behind 来源."""
    for line in around.above:
        if len(line.text) < 200 and (match := _OWN_LINE.match(line.text)):
            return match[1].lower()
    return None


def read_source(document: Document, around: Surroundings) -> str | None:
    """The source (来源) as printed near the text, else ContentSource, else a name in brackets before the day.

    A printed label without a value says that there is none.
    """
    for lines in (around.above, around.before[-25:], around.below[:25]):
        for line, text in zip(lines, _near(lines), strict=True):
            if match := _SOURCE.search(text):
                value = _value(match[1])
                if value or not _is_scripted(line):
                    return value
                break  # a script writes the name
    bracketed = next((match for line in around.above if (match := _BRACKETED.match(line.text))), None)
    return document.meta("ContentSource") or (bracketed[1] if bracketed else None)


def _is_scripted(line: Line) -> bool:
    """Does a script stand within a line, to write what the page leaves out."""
    parent = line.element.getparent()
    around = line.element if parent is None or len("".join(parent.itertext())) > _SMALL else parent
    return next(around.iter("script"), None) is not None


def _near(lines: Iterable[Line]) -> list[str]:
    """Lines, each with the next one behind it where it ends in a bare label."""
    texts = [line.text for line in lines]
    for index, text in enumerate(texts[:-1]):
        following = texts[index + 1]
        if re.search(r"来\s*源\s*[:：]$", text) and len(following) < 40 and not re.search(r"[:：]|^[【\[]|^\d{4}", following):
            texts[index] = f"{text}{following}"
    return texts


def _value(text: str) -> str | None:
    cut = _NEXT_LABEL.search(text)
    value = (text[: cut.start()] if cut else text).strip(" |【】[]()（）:：")
    return value if 1 < len(value) <= 60 else None
