"""What a family of portal software is: how it is recognised, where it keeps rows, pages and text. Knows no single host.

A family is a subclass in `portals/` and one line in `portals.FAMILIES`. What a family does not say, structure decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from crawler.reading.document import Document
from crawler.reading.listing import UNTOLD, find_rows, next_link
from crawler.reading.postback import next_form
from storage.records import Entry, Form


class Portal:
    """One family. Every method takes a parsed page and returns values; none touches the wire."""

    name: str = "generic"
    described: bool = False  #: known only from description: asked only where structure finds no rows, no text or no next page
    reads_data: bool = False  #: answers that are no markup (JSON, JSONP, a record store in XML) may be its lists
    shells: bool = False  #: a page without rows may be a list whose rows stand at the address that `next_page` names
    marks: Sequence[str] = ()  #: pieces of markup that no other family writes; plain strings, for every page is searched for them
    containers: Sequence[str] = ()  #: ids, classes or tags that hold the text, beyond those known for all
    titles: Sequence[str] = ()  #: ids, classes or tags that hold the title

    def recognise(self, document: Document) -> str | None:
        """Why this page is of this family, in a few words; None if it is not."""
        found = next((mark for mark in self.marks if mark in document.text), None)
        return f"mark {found.strip()}" if found else None

    def entries(self, document: Document) -> tuple[Entry, ...]:
        """The rows of the page's list, with absolute addresses, in the order of the page."""
        return find_rows(document).entries

    def next_page(self, document: Document) -> str | None:
        """The address of the next page of the list, None on the last one; UNTOLD if only a script knows it."""
        told = next_link(document)
        form = self.next_form(document) if told in (None, UNTOLD) else None
        return form.url if form else told

    def next_form(self, document: Document) -> Form | None:
        """What the page posts for the next page of its list; None where a plain address leads there, and on the last page.

        The reader hands it on only if `next_page` gives its address.
        """
        return next_form(document)
