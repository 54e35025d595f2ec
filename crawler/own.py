"""The reader of a site that says itself where its things stand: its CSS selectors, laid over what the families read.

A selector that finds nothing on a page that needs it makes the look unreadable, with the reason: never an empty page. What no
selector speaks of is read as everywhere. Pure, as the reader is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from lxml.html import HtmlElement

from crawler.outcome import classify
from crawler.reading.article import Article
from crawler.reading.coding import body_of, uncode
from crawler.reading.dates import date_in, date_in_url
from crawler.reading.document import Document, open_document
from crawler.reading.lines import Line, ancestors, fold, lines_of, text_of
from crawler.reading.listing import UNTOLD, next_link, read_rows
from crawler.reading.text import read_text, text_of_article
from crawler.reading.title import article_title, clean, page_title
from crawler.selecting import TooLarge, find
from storage.records import (
    SELECTOR_MISSED,
    Answer,
    Attachment,
    Dates,
    Entry,
    Examination,
    Outcome,
    Reader,
    Reading,
    Selectors,
)

FAMILY = "own"
_MOST = 5000
"""Elements of one selector that are looked at."""


class Missed(Exception):
    """A selector found nothing where the page needs it."""

    def __init__(self, name: str, css: str, what: str = "nothing") -> None:
        super().__init__(f"{SELECTOR_MISSED} {name} found {what}: {css}")


class OwnReader:
    """Reads as `plain` does, and lays over it what the site's own selectors find. Implements `storage.records.Reader`.

    `is_page` says whether a body is markup at all.
    """

    def __init__(self, plain: Reader, selectors: Selectors, is_page: Callable[[bytes, str | None], bool]) -> None:
        self._plain, self._selectors, self._is_page = plain, selectors, is_page
        self.version = f"{plain.version}+{selectors.stamp}"

    def of(self, selectors: Selectors) -> Reader:
        """The same reader with other selectors."""
        return OwnReader(self._plain, selectors, self._is_page)

    def examine(self, answer: Answer, *, home: str | None = None) -> Examination:
        """Classify an answer and, if it is ok, read it with the site's own selectors."""
        examination = self._plain.examine(answer, home=home)
        if examination.outcome not in (Outcome.OK, Outcome.UNREADABLE):
            return examination
        try:
            return self._examine(answer, home, examination)
        except Missed as missed:
            return Examination(Outcome.UNREADABLE, str(missed))
        except (Exception, RecursionError) as error:
            return Examination(Outcome.UNREADABLE, f"the reader failed: {type(error).__name__}: {error}"[:300])

    def read(self, body: bytes, *, url: str, content_type: str | None = None) -> Reading:
        """Read stored bytes again; where a selector misses, as without selectors, which the stamp of the reading tells."""
        reading = self._plain.read(body, url=url, content_type=content_type)
        try:
            document = self._opened(body, url, content_type)
            return self._laid(document, reading) if document else replace(reading, reader=self.version)
        except (Exception, RecursionError):
            return reading

    def _examine(self, answer: Answer, home: str | None, plain: Examination) -> Examination:
        body = body_of(answer)
        url, content_type = answer.final_url or answer.url, answer.seen_type
        document = self._opened(body, url, content_type)
        if document is None:
            reading = plain.reading
            return replace(plain, reading=replace(reading, reader=self.version) if reading else None)
        before = plain.reading or self._plain.read(body, url=url, content_type=content_type)
        if plain.outcome is Outcome.UNREADABLE and classify(answer, document, before, home)[1] != plain.reason:
            return plain  # what came is no whole page, wherever its things may stand
        reading = self._laid(document, before)
        outcome, reason = classify(answer, document, reading, home)
        form = plain.form if plain.form and plain.form.url == reading.next else None
        return replace(plain, outcome=outcome, reason=reason, reading=reading if outcome is Outcome.OK else None, form=form)

    def _opened(self, body: bytes, url: str, content_type: str | None) -> Document | None:
        if body[:2] == b"\x1f\x8b":
            body = uncode(body, "gzip")
        return open_document(body, url, content_type) if self._is_page(body, content_type) else None

    def _laid(self, document: Document, reading: Reading) -> Reading:
        """The reading with the site's own parts in place of the families'; raises Missed."""
        if document.is_top:
            return replace(reading, reader=self.version)
        return replace(_Laying(document, reading, self._selectors).done(), reader=self.version)


@dataclass(frozen=True, slots=True)
class _Laying:
    """One page, what the families read in it, and where the site says that its things stand."""

    document: Document
    reading: Reading
    own: Selectors
    found: dict[str, list[HtmlElement]] = field(default_factory=dict)  #: by the selector's name

    def done(self) -> Reading:
        body, rows = self.all("body"), self.all("rows")
        article = self.article(body) if body else None
        entries = self.entries(rows) if rows else ()
        kind = self.kind(article, entries)
        if kind == "listing" and (entries or self.own.rows):
            return self.listing(entries)
        if kind == "article":
            return self.text(article)
        if kind == "other" and (self.own.body or self.own.rows):
            raise self.missed("body" if self.own.body else "rows")
        return self.reading

    def kind(self, article: Article | None, entries: Sequence[Entry]) -> str:
        """What the page is, by what was found in it: where both were, by which of them tells more."""
        if article is None and not entries:
            return self.reading.kind
        told = self.reading.body if self.reading.kind == "article" else ()
        rows, lines = set(self.all("rows")), article.lines if article else ()
        outside = [line.text for line in lines if rows.isdisjoint((line.element, *ancestors(line.element)))]
        text = sum(map(len, outside if article else told))
        titled = sum(len(entry.title) for entry in entries)
        if not entries or (self.document.meta("ArticleTitle") and (article or told)):
            return "article"
        return "listing" if titled > text else "article"

    # --- an article -------------------------------------------------------------------------------------------------------

    def text(self, article: Article | None) -> Reading:
        """The article with what the selectors found of it; raises Missed."""
        if self.own.body and article is None:
            raise self.missed("body")
        title, shown = self.told("title"), self.date()
        reading = self.reading if article is None else self.read(article, title)
        source = self.first("source")
        laid = replace(
            reading,
            title=title or reading.title,
            dates=replace(reading.dates, shown=shown or reading.dates.shown),
            source=(_text(source) or None) if source is not None else reading.source,
        )
        return self.named(laid, "body", "drop", "title", "date", "source")

    def article(self, found: Sequence[HtmlElement]) -> Article:
        """The text in these elements, without the dropped parts; raises Missed if nothing stands in them."""
        dropped = set(self.all("drop"))
        known = set(found)
        outer = [element for element in found if known.isdisjoint(element.iterancestors())]
        lines = [line for element in outer for line in lines_of(element, dropped.__contains__)]
        if not lines and not any(next(element.iter("img", "a", "iframe"), None) is not None for element in outer):
            raise self.missed("body", "an element without text")
        trimmed = tuple(Line("", element, 0) for element in dropped)
        return Article(_around(outer), True, tuple(lines), trimmed)

    def read(self, article: Article, title: str) -> Reading:
        """What the reader makes of a text of which the place is known."""
        document, before = self.document, self.reading
        title = title or (before.title if before.kind == "article" else article_title(document))
        reading = read_text(document, text_of_article(document, article, title))
        return replace(reading, attachments=self.kept(reading.attachments))

    def kept(self, attachments: Sequence[Attachment]) -> tuple[Attachment, ...]:
        """Without those that only a dropped part links to."""
        dropped = set(self.all("drop"))
        if not dropped:
            return tuple(attachments)
        standing = {
            self.document.absolute(anchor.get("href") or "")
            for anchor in self.document.tree.iter("a")
            if anchor not in dropped and dropped.isdisjoint(ancestors(anchor))
        }
        return tuple(attachment for attachment in attachments if attachment.url in standing)

    def told(self, name: str) -> str:
        """The text of the first element that a selector finds, empty without a selector; raises Missed."""
        if not getattr(self.own, name):
            return ""
        found = self.first(name)
        text = clean(_text(found)) if found is not None else ""
        if not text:
            raise self.missed(name)
        return text

    def date(self) -> str | None:
        if text := self.told("date"):
            return date_in(text) or self.raise_missed("date", "no date")
        return None

    # --- a list -----------------------------------------------------------------------------------------------------------

    def listing(self, entries: Sequence[Entry]) -> Reading:
        """The list with the rows that the selectors found; raises Missed."""
        if self.own.rows and not entries:
            raise self.missed("rows")
        before = self.reading
        listed = before.kind == "listing"
        laid = Reading(
            kind="listing",
            title=before.title if listed else page_title(self.document),
            dates=Dates(url=date_in_url(self.document.url)),
            entries=tuple(entries),
            next=self.next() if self.own.next else before.next if listed else next_link(self.document),
            encoding=before.encoding,
            site=before.site,
            family=before.family,
            family_reason=before.family_reason,
        )
        return self.named(laid, "rows", "row_title", "row_date", "next")

    def entries(self, rows: Sequence[HtmlElement]) -> tuple[Entry, ...]:
        """Rows with a link, each address and title once; raises Missed if none has one, or none what a selector names."""
        known = read_rows(self.document, rows)
        usual = dict(zip(known.elements, known.entries, strict=False))
        found = {(entry.url, entry.title): entry for row in rows if (entry := self.entry(row, usual.get(row)))}
        if not found:
            raise self.missed("row_title" if self.own.row_title else "rows", "no row with a link")
        if self.own.row_date and not any(entry.date for entry in found.values()):
            raise self.missed("row_date", "no date")
        return tuple(found.values())

    def entry(self, row: HtmlElement, usual: Entry | None) -> Entry | None:
        titled, dated = self.first("row_title", row), self.first("row_date", row)
        if self.own.row_title:
            if titled is None or not (url := self.target(titled, row)):
                return None
            title = fold(titled.get("title") or "") or text_of(titled)
            usual = Entry(title, url, usual.date if usual else None, usual.number if usual else None)
        if usual is None or not self.own.row_date:
            return usual
        said = _text(dated) if dated is not None else ""
        day = date_in(said)
        # a day without its year is known by the rows around it
        return replace(usual, date=day[:10] if day else usual.date if any(map(str.isdecimal, said)) else None)

    def target(self, titled: HtmlElement, row: HtmlElement) -> str | None:
        """Where a title leads: by itself, by a link in it or around it, else by the first link of its row."""
        around = (element for element in ancestors(titled) if element.tag == "a")
        anchor = next(titled.iter("a"), None)
        if anchor is None:
            anchor = next(around, next(row.iter("a"), None))
        return self.document.absolute(anchor.get("href") or "") if anchor is not None else None

    def next(self) -> str | None:
        """The next page; no such element means the last one, one without an address that only a script knows it."""
        found = self.first("next")
        if found is None:
            return None
        anchor = next(found.iter("a"), None)
        url = self.document.absolute(anchor.get("href") or "") if anchor is not None else None
        return None if url == self.document.url else url or UNTOLD

    # --- asking -----------------------------------------------------------------------------------------------------------

    def all(self, name: str) -> list[HtmlElement]:
        """What a selector finds on the page; asked once. Raises Missed if it cannot be asked of such a page."""
        css = getattr(self.own, name)
        if name not in self.found:
            try:
                self.found[name] = find(self.document.tree, css)[:_MOST] if css else []
            except TooLarge:
                raise self.missed(name, "a page too deep or too long to be asked") from None
        return self.found[name]

    def first(self, name: str, inside: HtmlElement | None = None) -> HtmlElement | None:
        found = self.all(name)
        if inside is None or not found:
            return found[0] if found else None
        named = set(found)
        return next((element for element in inside.iter() if element in named), None)

    def missed(self, name: str, what: str = "nothing") -> Missed:
        return Missed(name, getattr(self.own, name), what)

    def raise_missed(self, name: str, what: str) -> str:
        raise self.missed(name, what)

    def named(self, reading: Reading, *names: str) -> Reading:
        """The reading with its family and the selectors that found something; as it is if none of them did."""
        found = ", ".join(name for name in names if self.first(name) is not None)
        return replace(reading, family=FAMILY, family_reason=f"the site's own selectors: {found}") if found else reading


def _text(element: HtmlElement) -> str:
    """What an element says: the content of a meta tag, else its text."""
    return fold(element.get("content") or "") if element.tag == "meta" else text_of(element)


def _around(elements: Sequence[HtmlElement]) -> HtmlElement:
    """The element itself, or the nearest one around several."""
    first, *others = elements
    if not others:
        return first
    common = list(first.iterancestors())
    for other in others:
        around = set(other.iterancestors())
        common = [element for element in common if element in around]
    return common[0] if common else first
