"""The reader: answers in, examinations out. Puts the parts of reading together; touches no disk, no wire and no clock."""

from __future__ import annotations

import re

from crawler.outcome import classify, classify_answer
from crawler.portal import Portal
from crawler.portals import FAMILIES
from crawler.reading.article import Article, find_article, squeeze, surroundings
from crawler.reading.coding import CodingError, uncode
from crawler.reading.dates import date_in_url, read_dates
from crawler.reading.document import Document, open_document
from crawler.reading.gaps import is_wall, read_gaps, split_labels
from crawler.reading.links import file_name, read_links
from crawler.reading.marks import read_source, site_marks
from crawler.reading.outline import read_outline
from crawler.reading.title import article_title, page_title
from storage.records import Answer, Attachment, Dates, Entry, Examination, Outcome, Reading

_MAGIC = (
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"RIFF",
    b"BM",
    b"II*\0",
    b"\0\0\0",
)
_MARKUP = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|div|meta|title|table|p|script|ul|a)\b", re.IGNORECASE)
_SIGN_IN = re.compile(r"""<input[^>]{0,300}type\s*=\s*["']?password""", re.IGNORECASE)
_COLUMN_PATH = re.compile(r"(?:/|/index[\w-]*\.\w+|list[\w-]*\.\w+|/col/col\d+[^/]*(?:/index\.\w+)?)$", re.IGNORECASE)
_ENOUGH = 60


class PageReader:
    """Implements `storage.records.Reader`; holds no state, so one serves all threads."""

    version = "3"

    def examine(self, answer: Answer, *, home: str | None = None) -> Examination:
        """Classify an answer and, if it is ok, read it. Whatever breaks in here becomes the outcome unreadable."""
        try:
            return self._examine(answer, home)
        except CodingError as error:
            return Examination(*(classify_answer(answer, home) or (Outcome.UNREADABLE, f"content coding: {error}")))
        except (Exception, RecursionError) as error:
            return Examination(Outcome.UNREADABLE, f"the reader failed: {type(error).__name__}: {error}"[:300])

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        """Read stored bytes again, as received or decoded; what cannot be read gives a reading of kind other."""
        try:
            if body[:2] == b"\x1f\x8b" and not url.lower().endswith((".gz", ".tgz")):
                body = uncode(body, "gzip")
            if not is_page(body, content_type):
                return self._file(url)
            return self._page(open_document(body, url, content_type))
        except (Exception, RecursionError):
            return self._file(url)

    def _examine(self, answer: Answer, home: str | None) -> Examination:
        content_type = answer.seen_type
        decided = classify_answer(answer, home)
        if (decided and decided[0] in (Outcome.NOT_MODIFIED, Outcome.REFUSED)) or answer.error or answer.status is None:
            return Examination(*(decided or (Outcome.FAILED, "no answer")))
        body = answer.rendered
        if body is None:
            body = uncode(answer.body, answer.header("content-encoding"))
        url = answer.final_url or answer.url
        if not is_page(body, content_type):
            outcome, reason = decided or ((Outcome.OK, "a file") if body else (Outcome.UNREADABLE, "empty body"))
            return Examination(outcome, reason, self._file(url) if outcome is Outcome.OK else None)
        document = open_document(body, url, content_type)
        reading = self._page(document)
        outcome, reason = classify(answer, document, reading, home)
        return Examination(outcome, reason, reading if outcome is Outcome.OK else None)

    def _file(self, url: str) -> Reading:
        return Reading(
            kind="other", title=file_name(url), dates=Dates(url=date_in_url(url)), reader=self.version, encoding="binary"
        )

    def _page(self, document: Document) -> Reading:
        family, why = next((family, why) for family in FAMILIES if (why := family.recognise(document)))
        title = article_title(document, family.titles)
        article = find_article(document, family.containers, title)
        around = surroundings(document, article, title)
        # Themes put a wall's notice behind the element that holds the text; it is part of what a reader sees of it.
        behind = [line.text for line in around.below[:3] if article.lines and is_wall(line.text, strong=True)]
        body = split_labels([line.text for line in article.lines] + behind)
        attachments, links = read_links(document, article)
        entries = family.entries(document)
        kind = _kind(document, article, body, attachments, entries)
        if kind != "article":
            return self._listing(document, family, entries if kind == "listing" else (), kind, why)
        outline = read_outline(body)
        return Reading(
            kind=kind,
            title=title,
            dates=read_dates(document, around, body),
            source=read_source(document, around),
            body=tuple(body),
            outline=outline,
            gaps=read_gaps(body, outline),
            attachments=attachments,
            links=links,
            encoding=document.encoding,
            site=site_marks(document, around),
            family=family.name,
            family_reason=why,
            reader=self.version,
        )

    def _listing(self, document: Document, family: Portal, entries: tuple[Entry, ...], kind: str, why: str) -> Reading:
        return Reading(
            kind=kind,
            title=page_title(document),
            dates=Dates(url=date_in_url(document.url)),
            entries=entries,
            next=family.next_page(document) if kind == "listing" else None,
            encoding=document.encoding,
            site=site_marks(document),
            family=family.name,
            family_reason=why,
            reader=self.version,
        )


def is_page(body: bytes, content_type: str | None) -> bool:
    """Is a body markup to be read? What it begins with counts more than what the server calls it."""
    head = body[:2048].lstrip()
    if head.startswith(_MAGIC):
        return False
    called = (content_type or "").lower()
    if head[:1] in (b"{", b"[") and "html" not in called:
        return False
    if "html" in called or not called or _MARKUP.search(head.replace(b"\0", b"")):
        return True
    return called.startswith("text/plain")


def _kind(
    document: Document, article: Article, body: list[str], attachments: tuple[Attachment, ...], entries: tuple[Entry, ...]
) -> str:
    """Article, listing or other: by what the page says of itself, else by whether sentences or rows prevail."""
    declared = document.meta("ArticleTitle") or document.meta("PubDate")
    column = document.meta("ColumnName")
    text = sum(len(line) for line in body)
    dated = sum(entry.date is not None for entry in entries)
    rows = sum(len(entry.title) for entry in entries)
    if declared and squeeze(declared) != squeeze(column or ""):
        return "article"
    if document.is_top or _SIGN_IN.search(document.text):
        return "other"
    if article.known and (text >= _ENOUGH or attachments) and text > rows:
        return "article"
    if dated >= 2 and rows * 2 > text:
        return "listing"
    if entries and (column or _COLUMN_PATH.search(document.path)) and text < rows * 4:
        return "listing"
    if (text >= _ENOUGH and sum("。" in line or "；" in line for line in body)) or (attachments and document.head_title):
        return "article"
    if entries or column:
        return "listing"
    return "article" if article.known and text else "other"
