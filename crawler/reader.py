"""The reader: answers in, examinations out. Puts the parts of reading together; touches no disk, no wire and no clock."""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.outcome import classify, classify_answer, classify_data
from crawler.own import OwnReader
from crawler.portal import Portal
from crawler.portals import FAMILIES, LENT
from crawler.reading.article import find_article, find_container
from crawler.reading.coding import CodingError, body_of, uncode
from crawler.reading.data import ends_early, is_data
from crawler.reading.dates import date_in_url, read_dates
from crawler.reading.document import Document, open_document, unhidden
from crawler.reading.file import Files, examine_file
from crawler.reading.kind import kind_of_page
from crawler.reading.kinds import name_of_file
from crawler.reading.listing import UNTOLD
from crawler.reading.marks import site_marks
from crawler.reading.text import read_text, text_of_article
from crawler.reading.title import article_title, page_title
from crawler.wholeness import is_binary
from storage.records import (
    FILE,
    POSTBACK,
    Answer,
    Dates,
    Entry,
    Examination,
    Form,
    Outcome,
    Reader,
    Reading,
    Selectors,
)

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


class PageReader:
    """Implements `storage.records.Reader`; holds no state, so one serves all threads.

    `files` gives the text of files that are no markup; without it they are kept and said to be unread.
    """

    version = "4"

    def __init__(self, files: Files | None = None) -> None:
        self._files = files

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
            if _is_packed(body, url):
                body = uncode(body, "gzip")
            if reading := self._data(body, url, content_type):
                return reading
            if not is_page(body, content_type):
                examination = examine_file(body, url, None, self._files, self.version)
                return examination.reading or self._file(url, examination.reason)
            return self._page(open_document(body, url, content_type))
        except (Exception, RecursionError):
            return self._file(url)

    def of(self, selectors: Selectors) -> Reader:
        """The reader for a site that says itself where its things stand."""
        return OwnReader(self, selectors, is_page)

    def _examine(self, answer: Answer, home: str | None) -> Examination:
        content_type = answer.seen_type
        decided = classify_answer(answer, home)
        if (decided and decided[0] in (Outcome.NOT_MODIFIED, Outcome.REFUSED)) or answer.error or answer.status is None:
            return Examination(*(decided or (Outcome.FAILED, "no answer")))
        body = body_of(answer)
        url = answer.final_url or answer.url
        if _is_packed(body, url):
            body = uncode(body, "gzip")  # some servers pack a page and do not say so
        if not decided and is_data(body) and ends_early(body):
            return Examination(Outcome.UNREADABLE, "the data ends before its last bracket")
        if listed := self._data(body, url, content_type):
            outcome, reason = decided or (Outcome.OK, f"a list of {len(listed.entries)} rows")
            return Examination(outcome, reason, listed if outcome is Outcome.OK else None)
        if not is_page(body, content_type):
            decided = decided or classify_data(body[:2000].decode("utf-8", "replace"))
            if decided or not body:
                return Examination(*(decided or (Outcome.UNREADABLE, "empty body")))
            return examine_file(body, url, answer.header("content-disposition"), self._files, self.version)
        document = open_document(body, url, content_type)
        if is_binary(body, document.encoding):
            return Examination(*(decided or (Outcome.UNREADABLE, "the body is no text, though it is called a page")))
        reading = self._page(document)
        outcome, reason = classify(answer, document, reading, home)
        if outcome is not Outcome.OK:
            return Examination(outcome, reason)
        return Examination(outcome, reason, reading, _next_form(document, reading))

    def _file(self, url: str, reason: str = "") -> Reading:
        return Reading(
            kind="other",
            title=name_of_file(url),
            dates=Dates(url=date_in_url(url)),
            encoding="binary",
            family=FILE,
            family_reason=reason,
            reader=self.version,
        )

    def _data(self, body: bytes, url: str, content_type: str | None) -> Reading | None:
        """The list that an answer without markup is (JSON, JSONP, a record store); None of pages and of any other data."""
        document = open_document(body, url, content_type) if is_data(body) else None
        for family in FAMILIES if document else ():
            if document and family.reads_data and (why := family.recognise(document)):
                return Reading(
                    kind="listing",
                    title="",
                    dates=Dates(url=date_in_url(url)),
                    entries=family.entries(document),
                    next=family.next_page(document),
                    encoding=document.encoding,
                    family=family.name,
                    family_reason=why,
                    reader=self.version,
                )
        return None

    def _page(self, document: Document) -> Reading:
        family, why = next((family, why) for family in FAMILIES if (why := family.recognise(document)))
        reading = self._by(document, family, why)
        if reading.kind == "other" and (shown := unhidden(document)):
            later = self._by(shown, family, f"{why}; its text is hidden until a script shows it")
            reading = later if later.kind == "article" else reading
        return self._helped(document, reading) if family.name == "generic" else reading

    def _helped(self, document: Document, reading: Reading) -> Reading:
        """What structure did not find, as a family known only from description finds it: rows, text, or the next page."""
        lost = not (reading.body or reading.entries or reading.attachments)
        if not lost and (reading.kind != "listing" or reading.next not in (None, UNTOLD)):
            return reading
        for family in FAMILIES:
            if not family.described or not (why := family.recognise(document)):
                continue
            why += " (known from description only)"
            if lost:
                other = self._by(document, family, why)
                if other.body or other.entries or (other.kind == "listing" and other.next not in (None, UNTOLD)):
                    return other
            elif (further := family.next_page(document)) not in (reading.next, UNTOLD):
                return replace(reading, next=further, family_reason=f"{reading.family_reason}; next page by {family.name}: {why}")
        return reading

    def _by(self, document: Document, family: Portal, why: str) -> Reading:
        lent = LENT if family.name == "generic" else ()
        container = find_container(document, (*family.containers, *lent))
        title = article_title(document, family.titles, container)
        article = find_article(container, title)
        text = text_of_article(document, article, title)
        entries = family.entries(document)
        kind = kind_of_page(document, article, text, entries)
        if kind == "other" and family.shells and not document.is_top and family.next_page(document) not in (None, UNTOLD):
            kind = "listing"
        if kind != "article":
            dates = read_dates(document, text.around, text.body, title) if kind == "other" and text.around.titled else None
            return self._listing(document, family, entries if kind == "listing" else (), kind, why, dates)
        return replace(read_text(document, text), family=family.name, family_reason=why, reader=self.version)

    def _listing(
        self, document: Document, family: Portal, entries: tuple[Entry, ...], kind: str, why: str, dates: Dates | None
    ) -> Reading:
        return Reading(
            kind=kind,
            title=page_title(document),
            dates=dates or Dates(url=date_in_url(document.url)),
            entries=entries,
            next=_next_page(document, family, entries) if kind == "listing" else None,
            encoding=document.encoding,
            site=site_marks(document),
            family=family.name,
            family_reason=why,
            reader=self.version,
        )


def _next_page(document: Document, family: Portal, entries: tuple[Entry, ...]) -> str | None:
    """The next page of a list. One without rows, if it is no shell, has not shown where they stand, whatever its pager says."""
    told = family.next_page(document)
    return told if entries or family.shells or told is None else UNTOLD


def _next_form(document: Document, reading: Reading) -> Form | None:
    if POSTBACK not in (reading.next or ""):
        return None
    form = next(family for family in FAMILIES if family.name == reading.family).next_form(document)
    return form if form and form.url == reading.next else None


def _is_packed(body: bytes, url: str) -> bool:
    return body[:2] == b"\x1f\x8b" and not url.lower().endswith((".gz", ".tgz"))


def is_page(body: bytes, content_type: str | None) -> bool:
    """Is a body markup to be read? What it begins with counts more than what the server calls it."""
    head = body[:2048].lstrip()
    if head.startswith(_MAGIC) or (b"%PDF-" in head[:1024] and not _MARKUP.search(head)):
        return False
    called = (content_type or "").lower()
    if head[:1] in (b"{", b"[") and "html" not in called:
        return False
    if "html" in called or not called or _MARKUP.search(head.replace(b"\0", b"")):
        return True
    return called.startswith("text/plain")
