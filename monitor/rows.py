"""Which rows were taken out of a column: only where the rest of the list proves it.

Pure. A row that rolled off the first page, was unpinned, or gave way to a redesign of the list is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

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
    return tuple(_taken(spans, readings, looks))


def _taken(spans: Sequence[Sighting], readings: dict[int, Reading], looks: dict[int, int]) -> Iterator[Taken]:
    for number, (before, after) in enumerate(pairwise(spans), 1):
        old, new = readings[before.snapshot or 0], readings[after.snapshot or 0]
        if before.snapshot == after.snapshot or looks[before.id] < BASELINE_LOOKS or old.reader != new.reader:
            continue
        later = [readings[span.snapshot or 0].entries for span in spans[number:]]
        back = {entry.url for entries in later for entry in entries} | {entry.title for entries in later for entry in entries}
        rows = tuple(row for row in missing_rows(old, new) if row.url not in back and row.title not in back)
        if rows:
            yield Taken(rows, before, tuple(spans[number:]), old.next is None and new.next is None)


def missing_rows(old: Reading, new: Reading) -> tuple[Entry, ...]:
    """Rows of `old` that were taken out of the list that `new` shows; in the order of the list.

    Proven by both neighbours, still there and in order; in a list that names no further page also without one above. A row below
    which nothing stands any more may have rolled off, or lie in an archive by year; more than half of the rows gone is another list.
    """
    there = {entry.url: place for place, entry in enumerate(new.entries)}
    gone = [place for place, entry in enumerate(old.entries) if entry.url not in there]
    if len(gone) * 2 > len(old.entries):
        return ()
    whole = old.next is None and new.next is None
    return tuple(old.entries[place] for place in gone if _is_proven(old.entries, place, there, whole))


def _is_proven(rows: Sequence[Entry], place: int, there: dict[str, int], whole: bool) -> bool:
    above = next((there[row.url] for row in reversed(rows[:place]) if row.url in there), None)
    below = next((there[row.url] for row in rows[place + 1 :] if row.url in there), None)
    if below is None or _is_pinned(rows, place):
        return False
    return whole if above is None else above < below


def _is_pinned(rows: Sequence[Entry], place: int) -> bool:
    """Does a row stand above a later one: it was put on top, and may have gone back to its place further down."""
    day = rows[place].date
    return any(row.date is not None and (day is None or row.date > day) for row in rows[place + 1 :])
