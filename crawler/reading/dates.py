"""The dates that a page states of itself, kept apart. Decides nothing about which of them is true."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import urlsplit

from crawler.reading.article import Surroundings
from crawler.reading.document import Document
from crawler.reading.edges import squeeze
from crawler.reading.lines import Line
from crawler.reading.words import OTHER_DATES
from storage.records import Dates

# 年 goes with 月, and no 月 follows the day: "2026年3-4月" is a span of months.
_YEAR = r"(\d{4})\s*(?:年(?=\s*\d{1,2}\s*月)|[-/.－](?!\s*\d{1,2}\s*月))"
_DAY = _YEAR + r"\s*(\d{1,2})\s*[-/.月－]\s*(\d{1,2})(?!\d)(?!\s*月)\s*[日号]?"
_TIME = r"(?:\s*[T-]?\s*(\d{1,2})\s*[:：∶时點点]\s*(\d{1,2})(?!\d))?"
_DATE = re.compile(_DAY + _TIME)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})")
_BARE = re.compile(r"^[\[(（【]?\s*" + _DAY + r"(?:\s*\d{1,2}\s*[:∶时]\s*\d{1,2}(?:\s*[:∶分]\s*\d{1,2})?秒?)?\s*[\])）】]?$")


def _label(*words: str) -> str:
    return "|".join(r"\s*".join(word) for word in words)


def _labelled(words: str, guard: str = "") -> re.Pattern[str]:
    return re.compile(rf"{guard}(?:{words})\s*(?:为\s*)?[\]】]?[\s:∶|]*[\[(]?\s*" + _DAY + _TIME)


_GUARD = "".join(f"(?<!{word})" for word in OTHER_DATES)
_STRONG = _labelled(
    _label("发布日期", "发布时间", "公开日期", "公开时间", "发表日期", "发表时间", "发稿时间", "上传时间", "时间发布", "发布于")
)
_WEAK = _labelled(_label("日期", "时间"), _GUARD)
_WRITTEN = (
    _labelled(_label("成文日期", "成文时间", "形成日期", "形成时间")),
    _labelled(_label("发文日期", "发文时间", "印发日期", "印发时间", "制发日期")),
    _labelled(_label("生成日期", "生成时间")),
)
_TIMED_END = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+\d{1,2}:\d{2}(?::\d{2})?\s*$")
_ABOUT = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+\d{1,2}:\d{2}|来源\s*[:：]")
_LABEL = re.compile(r"(?:^|发布|公开|发稿|发表)(?:日\s*期|时\s*间)\s*[:：]\s*\d{4}|来\s*源\s*[:：]")
_LABELLED = re.compile(r"(?:日期|时间|于)\s*[:：]?\s*$")
_WHOLE_TITLE = 8
_CLOCK = re.compile(r"今天|今日|星期|农历|当前时间|现在|北京时间|系统时间|周[一二三四五六日]\b|欢迎")
_BESIDE = re.compile(r"来源|字[体号]|浏览|阅读|点击|作者|发布|访问")
_META_DATES = ("pubdate", "firstpublishedtime", "publishdate", "publish_date", "publishtime", "article:published_time")
_IN_URL = (
    re.compile(r"(?:^|/)[tTcC](\d{4})(\d{2})(\d{2})_"),
    re.compile(r"/(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?=/|_|\.)"),
    re.compile(r"/(\d{4})(\d{2})/(\d{2})(?=/)"),
    re.compile(r"/(\d{4})(\d{2})(\d{2})(?=/)"),
    re.compile(r"/(20\d{2})(\d{2})(\d{2})\d{6,11}(?=\.)"),
)
_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"○": "0", "零": "0", "O": "0", "0": "0"}
_SPELLED = re.compile(r"^([〇○零一二三四五六七八九O0]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日$")
_BODY_NAME = re.compile(r"(?:政府|办公[厅室]|局|厅|委员?会?|部|院|处|中心|办|署|会|公司|学校|大学|领导小组)$")


def read_dates(document: Document, around: Surroundings, body: Sequence[str], title: str) -> Dates:
    """Read the five dates but our own: written, shown, meta and the one in the address.

    A date counts as shown by its label and its place: between title and text any label will do, elsewhere only one that
    speaks of publishing. A header's clock, rows of lists, dates of events and dates in the text are never publication dates.
    """
    return Dates(
        written=_written(around, body),
        shown=_shown(around, title),
        meta=_meta_date(document),
        url=date_in_url(document.url),
    )


def is_informed(around: Surroundings) -> bool:
    """Does a line between title and text tell a date or a source, as above articles and hardly anywhere else."""
    return any(len(line.text) < 150 and (_DATE.search(line.text) or _ABOUT.search(line.text)) for line in around.above)


def is_labelled(around: Surroundings) -> bool:
    """Does one of the first lines below the title tell, under its label, when or whence the text was published."""
    return any(
        len(line.text) < 150 and line.linked * 2 <= len(line.text) and _LABEL.search(line.text) for line in around.above[:4]
    )


def tells_source(around: Surroundings) -> bool:
    """Does a line between title and text tell a source."""
    return any(len(line.text) < 150 and "源" in line.text and _ABOUT.search(line.text) for line in around.above)


def file_dates(url: str, body: Sequence[str] = ()) -> Dates:
    """The dates of a text that came as a file: the one under its signature and the one in its address."""
    return Dates(written=_signed(body), url=date_in_url(url))


def _shown(around: Surroundings, title: str) -> str | None:
    before, below = (_told(_without_rows(lines)) for lines in (around.before[-60:], around.below[:60]))
    above = _told(around.above, linked=True)
    places = ((_STRONG, above, False), (_WEAK, above, False), (_STRONG, before, True), (_STRONG, below, False))
    for pattern, text, latest in places:
        found = [iso for match in pattern.finditer(text) if (iso := iso_of(match))]
        if found:
            return found[-1] if latest else found[0]
    for line in above.split("\n"):
        match = _DATE.search(line) if len(line) < 80 else None
        if match is None or _LABELLED.search(line[: match.start()]):
            continue
        if _BARE.match(line) or _BESIDE.search(line) or (match[4] and _TIMED_END.search(line)):
            return iso_of(match)
    return _of_own_row((*around.above, *around.inside, *around.below), title)


def _of_own_row(lines: Iterable[Line], title: str) -> str | None:
    """The date beside the page's own title, where a row of the page's own list tells it."""
    bare = squeeze(title)
    if len(bare) < _WHOLE_TITLE:
        return None
    for line in lines:
        text = squeeze(line.text)
        if text.startswith(bare) and (match := _BARE.match(unicodedata.normalize("NFKC", text[len(bare) :]))):
            return iso_of(match)
    return None


def _written(around: Surroundings, body: Sequence[str]) -> str | None:
    text = "\n".join(_told(lines) for lines in (around.before[-60:], around.above, around.below[:60]))
    for pattern in _WRITTEN:
        if match := pattern.search(text):
            return iso_of(match)
    return _signed(body)


def _signed(body: Sequence[str]) -> str | None:
    """The date under the issuing body's name near the end of the text, or the date with which the text ends."""
    for index in range(len(body) - 1, max(0, len(body) - 40), -1):
        line = re.sub(r"\s", "", unicodedata.normalize("NFKC", body[index]))
        signed = _BODY_NAME.search(re.sub(r"[\s()（）]", "", body[index - 1]))
        if len(line) > 20 or not (signed or index == len(body) - 1):
            continue
        if match := _BARE.match(line):
            return iso_of(match)
        if match := _SPELLED.match(line):
            year = "".join(_DIGITS.get(char, "x") for char in match[1])
            return _iso(year, str(_counted(match[2])), str(_counted(match[3])))
    return None


def _counted(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    return (int(_DIGITS.get(tens, "1")) * 10 if ten else 0) + (int(_DIGITS[ones]) if ones in _DIGITS else 0)


def _without_rows(lines: Iterable[Line]) -> list[Line]:
    """Lines away from the text of which a good part is a link are rows of other documents, with days of their own."""
    return [line for line in lines if line.linked * 4 <= len(line.text)]


def _told(lines: Iterable[Line], *, linked: bool = False) -> str:
    """The lines that may tell a date, without today's clock or rows of lists (`linked`: but for those with time or source)."""
    told = []
    for line in lines:
        text = unicodedata.normalize("NFKC", line.text)
        is_row = line.linked * 2 > len(line.text) and not (linked and _ABOUT.search(text))
        if is_row or (_CLOCK.search(text) and "发布" not in text):
            continue
        told.append(text)
    return "\n".join(told)


def _meta_date(document: Document) -> str | None:
    for name in _META_DATES:
        for content in document.metas.get(name, ()):
            if iso := date_in(content) or _compact(content):
                return iso
    return None


def _compact(text: str) -> str | None:
    match = _COMPACT.match(text.strip())
    return _iso(match[1], match[2], match[3]) if match else None


def date_in(text: str) -> str | None:
    """The first date in a text, in the form of the records, or None."""
    for match in _DATE.finditer(unicodedata.normalize("NFKC", text)):
        if iso := iso_of(match):
            return iso
    return None


def date_in_url(url: str) -> str | None:
    """The day that an address carries: t20260612_, /2024/10/14/, /20260916/; None for a month alone."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    for pattern in _IN_URL:
        for match in pattern.finditer(path):
            if iso := _iso(*match.groups()):
                return iso
    return None


def iso_of(match: re.Match[str]) -> str | None:
    """Year, month, day and perhaps hour and minute of a match in the form of the records."""
    return _iso(*match.groups())


def _iso(year: str, month: str, day: str, hour: str | None = None, minute: str | None = None) -> str | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    if not 1949 <= found.year <= 2100:
        return None
    # Midnight to the minute is what a template prints when it knows only the day.
    if hour is None or minute is None or (int(hour), int(minute)) == (0, 0) or int(hour) > 23 or int(minute) > 59:
        return found.isoformat()
    return f"{found.isoformat()}T{int(hour):02}:{int(minute):02}"
