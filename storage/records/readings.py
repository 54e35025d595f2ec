"""What the reader makes of the bytes of a page. Plain values; reads nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

FILE = "file"
"""The family of a reading that was made of a document file and of no page."""


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates that a page states of itself, kept apart; each YYYY-MM-DD or YYYY-MM-DDTHH:MM in China's time."""

    written: str | None = None  #: 成文日期
    shown: str | None = None  #: 发布日期 as printed
    meta: str | None = None  #: PubDate
    url: str | None = None  #: from the address

    @property
    def published(self) -> str | None:
        """The date shown, else meta PubDate."""
        return self.shown or self.meta


@dataclass(frozen=True, slots=True)
class Heading:
    """One numbered heading; `label` keeps the page's own form, `paragraph` is an index into the body."""

    level: int
    ordinal: int
    label: str
    title: str
    paragraph: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where text is missing: behind a wall phrase, or by a jump in the numbering."""

    kind: str  #: wall | numbering
    paragraph: int
    evidence: str
    missing: tuple[str, ...] = ()
    strength: str = "weak"  #: strong | weak


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document linked from the text."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a column; `date` is YYYY-MM-DD or None."""

    title: str
    url: str
    date: str | None = None
    number: str | None = None  #: 索引号


PARTS = ("title", "dates", "source", "body", "attachments", "links", "entries")
"""The parts of a reading that are held against each other when it is made anew."""


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of reading a stored version of a page anew."""

    url: str
    number: int  #: of the version, within its page
    differs: tuple[str, ...] = ()  #: which of PARTS came out different
    kept: str = ""  #: why its old reading stays; empty if it was read


@dataclass(frozen=True, slots=True)
class SiteMarks:
    """What the page says of the site it belongs to (SiteName, SiteDomain, SiteIDCode, or their printed forms)."""

    name: str | None = None
    domain: str | None = None
    idcode: str | None = None
    printed: str | None = None  #: the host printed beside the portal's own name in the line above the text
    stated: tuple[str, ...] = ()  #: every host that SiteDomain names


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of the bytes; stamped with the reader's version."""

    kind: str = "other"  #: article | listing | other
    title: str = ""
    dates: Dates = Dates()
    source: str | None = None
    body: tuple[str, ...] = ()
    outline: tuple[Heading, ...] = ()
    gaps: tuple[Gap, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    links: tuple[
        tuple[str, str], ...
    ] = ()  #: (absolute address, text) of links and pictures inside the text, without attachments
    entries: tuple[Entry, ...] = ()
    next: str | None = None  #: address of the next page of a list; "unknown" if only a script knows it
    encoding: str = "utf-8"
    site: SiteMarks = SiteMarks()
    family: str = "generic"
    family_reason: str = ""
    reader: str = ""

    @property
    def is_bare(self) -> bool:
        """Is it a list without rows that tells the address where they stand."""
        return self.kind == "listing" and not self.entries and (self.next or "").startswith(("http://", "https://"))

    @property
    def identity(self) -> str:
        """A hash over what makes a version of its own: title, dates, body, attachments, links, entries.

        Encoding, family, reader version and whatever stands outside the main text are left out: they may change while the
        document does not. So may the title that a file's properties give it, whenever somebody saves it anew. The host in the
        portal's own line counts, since a copier may swap nothing else; www. does not.
        """
        told = hashlib.sha256()
        for part in (
            self.title if self.family != FILE else "",
            self.dates.published,
            self.source,
            *self.body,
            *(f"{a.url} {a.name}" for a in self.attachments),
            *(f"{url} {text}" for url, text in self.links),
            *(f"{e.title} {e.url} {e.date} {e.number}" for e in self.entries),
            *((f"printed {self.site.printed.removeprefix('www.')}",) if self.site.printed else ()),
        ):
            told.update((part or "").encode("utf-8", "replace") + b"\0")
        return told.hexdigest()
