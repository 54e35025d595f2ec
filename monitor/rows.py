"""Which rows were taken out of a column: only where the rest of the list proves it.

Pure. A row that rolled off the first page, was unpinned, or gave way to a redesign of the list is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from monitor.absence import Stretch
from storage.records import SEEN, Entry, PageHistory, Reading, Sighting

BASELINE_LOOKS = 3
"""Sound looks that must lie before a row is missed."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows that one look had and the next had not, and have not come back."""

    rows: tuple[Entry, ...]
    with_: Sighting  #: the last span that listed them
    without: tuple[Sighting, ...]  #: the spans since
    to_the_end: bool  #: names the list no further page; else both neighbours of each row prove it

    @property
    def stretch(self) -> Stretch:
        """How long they have been missed."""
        return Stretch.of(self.without)


def rows_taken_out(history: PageHistory) -> tuple[Taken, ...]:
    """Rows taken out of a column between two of its latest versions, and not there since; the oldest first."""
    readings = {version.number: version.reading for version in history.versions if version.reading is not None}
    spans = [span for span in history.sightings if span.sound_count and span.outcome in SEEN and span.snapshot in readings]
    counts = accumulate(span.sound_count if span.outcome in SEEN else 0 for span in history.sightings)
    looks = dict(zip((span.id for span in history.sightings), counts, strict=True))
    return tuple(_taken(spans, [readings[span.snapshot or 0] for span in spans], looks))[::-1]


def _taken(spans: Sequence[Sighting], readings: Sequence[Reading], looks: Mapping[int, int]) -> Iterator[Taken]:
    """From the latest span back, so that what came back later is known."""
    later: set[str] = set()  #: addresses and titles of the rows listed since
    for at in range(len(spans) - 1, 0, -1):
        old, new = readings[at - 1], readings[at]
        if old is not new:
            later.update(word for entry in new.entries for word in (entry.url, entry.title))
        if old is new or looks[spans[at - 1].id] < BASELINE_LOOKS or old.reader != new.reader:
            continue
        rows = tuple(row for row in missing_rows(old, new) if row.url not in later and row.title not in later)
        if rows:
            yield Taken(rows, spans[at - 1], tuple(spans[at:]), old.next is None and new.next is None)


def missing_rows(old: Reading, new: Reading) -> tuple[Entry, ...]:
    """Rows of `old` that were taken out of the list that `new` shows; in the order of the list.

    Proven by both neighbours, still there and in order; in a list that names no further page also without one above. A row
    below which nothing stands any more may have rolled off, or lie in an archive by year; most rows gone is another list.
    """
    there = {entry.url: place for place, entry in enumerate(new.entries)}
    gone = [place for place, entry in enumerate(old.entries) if entry.url not in there]
    if len(gone) * 2 > len(old.entries):
        return ()
    above = _nearest(old.entries, there)
    below = _nearest(old.entries[::-1], there)[::-1]
    pinned = _pinned(old.entries)
    whole = old.next is None and new.next is None
    proven = (place for place in gone if not pinned[place] and _is_proven(above[place], below[place], whole))
    return tuple(old.entries[place] for place in proven)


def _nearest(rows: Sequence[Entry], there: Mapping[str, int]) -> list[int | None]:
    """For each row, where the nearest one before it that still stands is now."""
    found: list[int | None] = []
    last: int | None = None
    for row in rows:
        found.append(last)
        last = there.get(row.url, last)
    return found


def _is_proven(above: int | None, below: int | None, whole: bool) -> bool:
    if below is None:
        return False
    return whole if above is None else above < below


def _pinned(rows: Sequence[Entry]) -> list[bool]:
    """Does a row stand above a later one: it was put on top, and may have gone back to its place further down."""
    found: list[bool] = []
    latest = ""  #: the latest day shown below
    for row in reversed(rows):
        found.append(latest > (row.date or ""))
        latest = max(latest, row.date or "")
    return found[::-1]
