"""A file that is a document: its text as a library found it, turned into a reading and an outcome.

Pure. The libraries work elsewhere, behind `Files`; what they cannot read gets an outcome with the reason, never an exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from crawler.reading.dates import file_dates
from crawler.reading.gaps import read_gaps
from crawler.reading.kinds import READ, called, is_whole, kind_of, name_of_file
from crawler.reading.outline import read_outline
from crawler.reading.paper import PaperPage, paragraphs
from storage.records import FILE, Examination, Outcome, Reading


@dataclass(frozen=True, slots=True)
class FileText:
    """What a library found in a file: printed pages, or paragraphs and rows as they stand."""

    library: str  #: name and version
    title: str = ""  #: what the file's own properties call it
    pages: tuple[PaperPage, ...] = ()
    paragraphs: tuple[str, ...] = ()


class FileTrouble(Exception):
    """A file that was not read: ok if it is as it should be and is kept unread, else why nothing can be said of it."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome, self.reason = outcome, reason


class Files(Protocol):
    """Gives the text of a file; the libraries that do it work within limits of time, memory and output."""

    def text_of(self, kind: str, body: bytes) -> FileText:
        """Read a file of one of the kinds in `kinds.READ`; raises FileTrouble, and nothing else."""
        ...


def examine_file(body: bytes, url: str, disposition: str | None, files: Files | None, reader: str) -> Examination:
    """Read a body that is no markup; one that cannot be read is kept and said to be unread."""
    name = name_of_file(url, disposition)
    kind = kind_of(body, name)
    if kind is not None and not is_whole(kind, body):
        return Examination(Outcome.UNREADABLE, f"{called(kind)} without its end: it was cut or is damaged")
    if kind not in READ or files is None:
        return _unread(f"{called(kind)}, kept unread", name, url, reader)
    try:
        text = files.text_of(kind, body)
    except FileTrouble as trouble:
        why = f"{called(kind)}: {trouble.reason}"
        return _unread(why, name, url, reader) if trouble.outcome is Outcome.OK else Examination(trouble.outcome, why)
    return _read(kind, text, name, url, reader)


def _unread(reason: str, name: str, url: str, reader: str) -> Examination:
    reading = Reading(
        kind="other", title=name, dates=file_dates(url), family=FILE, family_reason=reason, reader=reader, encoding="binary"
    )
    return Examination(Outcome.OK, reason, reading)


def _read(kind: str, text: FileText, name: str, url: str, reader: str) -> Examination:
    body = paragraphs(text.pages) if text.pages else list(text.paragraphs)
    reason = _told(kind, text)
    if not body:
        return _unread(reason, name, url, reader)
    outline = read_outline(body)
    reading = Reading(
        kind="article",
        title=_title(text.title) or name,
        dates=file_dates(url, body),
        body=tuple(body),
        outline=outline,
        gaps=read_gaps(body, outline),
        encoding="binary",
        family=FILE,
        family_reason=f"{reason}, by {text.library}",
        reader=reader,
    )
    return Examination(Outcome.OK, reason, reading)


def _told(kind: str, text: FileText) -> str:
    """What there is to say of a file that was opened: how long it is, and how much of it is pictures."""
    total = len(text.pages)
    if not total:
        return f"{called(kind)} without text" if not text.paragraphs else called(kind)
    bare = [page for page in text.pages if not page.lines]
    scanned = sum(page.pictures for page in bare)
    if len(bare) == total:
        return f"a scanned PDF of {_pages(total)} without text" if scanned else f"a PDF of {_pages(total)} without text"
    missing = f", {scanned} of them scanned and without text" if scanned else ""
    return f"a PDF of {_pages(total)}{missing}"


def _pages(number: int) -> str:
    return "1 page" if number == 1 else f"{number} pages"


_NONSENSE = re.compile(
    r"^(?:microsoft\s|powerpoint|untitled|document\d*$|slide\s?\d|无标题|未命名|文档\s?\d*$|文件\d*$|标题\d*$|新建|title$|"
    r"print|扫描|scan|full\s?page|about:|https?:)|\.(?:docx?|wps|xlsx?|et|pptx?|rtf|txt|html?|tmp|pdf|ofd|indd|cdr|dwg)$|"
    r"^[\W\d_]*$|�|^[\x00-\x7f]{1,12}$",
    re.IGNORECASE,
)


def _title(title: str) -> str:
    """What a file's properties call it, if that is a title and not what some program wrote there by itself."""
    title = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", title).split())
    return "" if len(title) < 4 or len(title) > 200 or _NONSENSE.search(title) else title
