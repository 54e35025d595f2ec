"""What the wire said to one request, and what a look made of it. Plain values; judges nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from storage.records.readings import Reading
from storage.records.words import Outcome

POSTBACK = "__doPostBack="
"""How the fragment begins that names what is posted to an address; the rest of the address is what goes over the wire."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a page would post for the next page of its list. Lives as long as the crawl that read it; never stored."""

    url: str  #: where it is posted to, with a fragment that names the postback: the list page's own address
    fields: tuple[tuple[str, str], ...]  #: in the order of the page
    charset: str = "utf-8"

    @property
    def size(self) -> int:
        """How many characters its fields have; once encoded they are never fewer."""
        return sum(len(name) + len(value) for name, value in self.fields)

    @property
    def content(self) -> bytes:
        """The fields as they are posted; characters that the page's charset lacks go as references, as browsers send them."""
        return urlencode(self.fields, encoding=self.charset, errors="xmlcharrefreplace").encode("ascii")


def error_class(error: str | None) -> str:
    """The short name of what went wrong; empty if nothing did."""
    return (error or "").partition(":")[0]


RENDERED_TYPE = "text/html; charset=utf-8"
"""The content type of every rendered page."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: who answered what on the way."""

    url: str
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    address: str | None = None  #: the address really connected to


@dataclass(frozen=True)
class Answer:
    """What the wire said to one request, or why it said nothing. Judges nothing.

    `headers` are the raw pairs in the order and case received; `body` holds the bytes as received (after removal of the
    transfer coding, before removal of a content coding). `error` is set when no whole answer came: a short class name
    followed by a colon and the detail, e.g. ``timeout: no answer within 30 s``; classes: timeout, dns, connect, tls, cut,
    too_large, too_many_redirects, bomb, protocol, and the refusals refused_address, refused_robots, refused_budget.
    """

    url: str
    started: datetime
    ended: datetime
    final_url: str = ""
    status: int | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    hops: tuple[Hop, ...] = ()
    address: str | None = None
    http_version: str = ""
    request_headers: tuple[tuple[bytes, bytes], ...] = ()
    tls: str = "none"  #: none | verified | unverified: why
    robots: str = "not asked"  #: allowed | disallowed | unreachable: why | not asked
    error: str | None = None
    phrase: str = ""  #: the words behind the status, as received
    method: str = "GET"  #: of the request that was answered: POST if something was posted to it
    certificate: str | None = None  #: SHA-256 of the certificate that the server showed, believed or not
    rendered: bytes | None = None  #: what a browser made of the body: derived, and received from nobody; None: not rendered

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever the case of its name."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the body as received, in hex."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def seen(self) -> bytes:
        """The bytes that are read: the rendered page if there is one, else the body."""
        return self.body if self.rendered is None else self.rendered

    @cached_property
    def seen_sha256(self) -> str:
        """SHA-256 of the bytes that are read, in hex; the same as `sha256` unless the page was rendered."""
        return self.sha256 if self.rendered is None else hashlib.sha256(self.rendered).hexdigest()

    @property
    def seen_type(self) -> str | None:
        """The content type of the bytes that are read."""
        return self.header("content-type") if self.rendered is None else RENDERED_TYPE


@dataclass(frozen=True, slots=True)
class Examination:
    """An answer after the reader looked at it: its class, the reason that decided, and a reading if it is ok."""

    outcome: Outcome
    reason: str
    reading: Reading | None = None
    form: Form | None = None  #: by which the reading's next page is to be asked for, if not by its address alone


@dataclass(frozen=True, slots=True)
class Capture:
    """What one look brought: the answer, where we stood, and what was made of it."""

    run: int
    page: int
    answer: Answer
    examination: Examination
    vantage: str = "here"
