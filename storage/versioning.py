"""What a look means for the versions and spans of a page: same, new or returned; the old span or a new one.

Pure: takes values, returns values. Never writes, and never asks what a difference means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from storage.records import POSTBACK, SHANGHAI, Outcome, Reading

LONGEST_GAP = timedelta(hours=36)
"""A look later than twice the planned interval, and later than this, begins a new span, so that holes stay visible."""

_COLUMN_SHELL = "/gkmlpt/"


@dataclass(frozen=True, slots=True)
class Span:
    """The newest span of a page, as far as it matters for the next look."""

    outcome: Outcome
    snapshot: int | None
    last: datetime


def identity_of(reading: Reading | None, sha256: str) -> str:
    """What makes a version: the reading's own identity, or the bytes where there is nothing to read.

    A page that only frames a list says where its rows stand; scripts and tokens around that make no version.
    """
    if reading is not None and reading.is_bare:
        return f"rows:{hashlib.sha256(f'{reading.identity} {reading.next}'.encode('utf-8', 'replace')).hexdigest()}"
    if reading is None or not (reading.body or reading.entries):
        return f"sha256:{sha256}"
    return reading.identity


def verdict(identity: str, latest: str | None, known: Container[str]) -> str:
    """same (as the latest version), returned (to an earlier one) or new."""
    if identity == latest:
        return "same"
    return "returned" if identity in known else "new"


def extends(span: Span | None, outcome: Outcome, snapshot: int | None, at: datetime, planned: timedelta) -> bool:
    """Does a look belong to the newest span: the same version (or outcome), and no hole in between."""
    if span is None or at - span.last > max(2 * planned, LONGEST_GAP):
        return False
    if snapshot is not None:
        return span.snapshot == snapshot
    return span.snapshot is None and span.outcome is outcome


def prior(sound_last: datetime | None, sound_prior: datetime | None, at: datetime) -> datetime | None:
    """The last sound look on an earlier day (in China) than `at`."""
    if sound_last is None or sound_last.astimezone(SHANGHAI).date() >= at.astimezone(SHANGHAI).date():
        return sound_prior
    return sound_last


def host_of(url: str) -> str:
    """The host of an address in lower case, with the port unless it is the scheme's own; '' if there is none."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return host if port in (None, usual) else f"{host}:{port}"


def key_of(url: str) -> str:
    """The normalised key of an address: no scheme, host in lower case, an empty path as a slash, a fragment only if it tells."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip()
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{told}" if (told := telling_fragment(parts.path, parts.fragment)) else ""
    return f"{host_of(url)}{parts.path or '/'}{query}{fragment}"


def telling_fragment(path: str, fragment: str) -> str:
    """The fragment where it names a page of its own, else nothing.

    It does for a postback (many list pages are posted to one address), a route of an application (#/list/3) and a column of
    Guangdong's platform (/gkmlpt/index#2901).
    """
    routed = fragment.startswith((POSTBACK, "/", "!/"))
    return fragment if routed or (_COLUMN_SHELL in path and fragment.isdigit()) else ""
