"""The first step: lays the two versions of every waiting change side by side and fills in what differs. Judges nothing.

A broken row is logged, goes on waiting, and never stops the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loguru import logger

from monitor.diff import differences, noise_only, replaced
from storage.records import FILE, Change, Clock, Reader, Reading, Site, Snapshot, reader_of

if TYPE_CHECKING:
    from storage.store import Store


def compare(store: Store, reader: Reader, clock: Clock) -> int:
    """Fill every change that waits to be compared; gives how many were filled."""
    filled = 0
    last = 0  # what is broken stays in the queue, so the next batch begins behind it
    while waiting := store.changes_to_compare(last):
        last = waiting[-1].id
        sites = {site.host: site for site in store.sites()}
        filled += sum(_filled(store, reader, clock, change, sites.get(change.page.site)) for change in waiting)
    return filled


def _filled(store: Store, reader: Reader, clock: Clock, change: Change, site: Site | None) -> bool:
    try:
        sides = readings_of(store, reader, change, site)
        found = replaced(*sides, (change.before.sha256, change.after.sha256)) or differences(*sides)
        store.fill_change(change.id, found, noise_only(found), clock.now())
    except Exception as wrong:
        logger.opt(exception=wrong).warning("change {} of {} could not be compared: {}", change.id, change.page.url, wrong)
        return False
    return True


def readings_of(store: Store, reader: Reader, change: Change, site: Site | None = None) -> tuple[Reading, Reading]:
    """Give both sides as this reader reads them: an upgrade that saw one side only would look like an edit (principle 4).

    Where the site's own selectors find nothing on one side, neither is read with them.
    """
    before, after = change.before.reading, change.after.reading
    own = reader_of(reader, site)
    if before and after and before.reader == after.reader == own.version and _same_library(before, after):
        return before, after
    again = _read(store, own, change.before), _read(store, own, change.after)
    if again[0].reader != again[1].reader:
        again = _read(store, reader, change.before), _read(store, reader, change.after)
    if before and after and _lost_words(before, again[0]) | _lost_words(after, again[1]):
        return before, after
    return again


def _same_library(before: Reading, after: Reading) -> bool:
    """Were both files read by the same version of the same library? Another one may put the same words otherwise."""
    return _library(before) == _library(after)


def _library(reading: Reading) -> str:
    return reading.family_reason.rpartition(", by ")[2] if reading.family == FILE and reading.body else ""


def _lost_words(kept: Reading, again: Reading) -> bool:
    """Could a file that was read once not be read this time? That is no edit of it."""
    return again.family == FILE and bool(kept.body) and not again.body


def _read(store: Store, reader: Reader, snapshot: Snapshot) -> Reading:
    return reader.read(store.raw(snapshot.sha256), url=snapshot.url, content_type=snapshot.content_type)
