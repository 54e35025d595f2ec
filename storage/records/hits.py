"""What a search in the archived text comes to. Plain values; asks nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.records.watchlist import Page
from storage.records.words import Outcome


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that holds the text, and the looks between which it appeared and was gone."""

    page: Page
    version: int  #: number of the version in which it first stood
    part: str  #: title | text | row | attachment
    text: str  #: the passage as the page wrote it
    start: int  #: of the text that was looked for, within the passage
    end: int
    after: datetime | None  #: the last sound look that showed the page without it, before it was there; None: there is none
    first: datetime  #: the first look that showed it
    last: datetime  #: the last look that showed it
    gone_by: datetime | None  #: the first sound look after that which showed the page without it, or showed no page
    there: bool | None  #: does it stand on the page at the newest look; None: the newest look cannot tell
    outcome: Outcome  #: of the newest look at the page
    reason: str


@dataclass(frozen=True, slots=True)
class Hits:
    """The passages of the newest versions that hold a text, and how many there are in all."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    waiting: int = 0  #: versions that are not indexed yet
