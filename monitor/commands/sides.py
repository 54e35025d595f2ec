"""Versions of a page as one reader reads them, so that what differs between them is the page and not the reader."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.files import FileReading
from crawler.reader import PageReader
from monitor.diff import differences, replaced
from storage.errors import Missing
from storage.records import Difference, Reader, Reading, Snapshot, reader_of
from storage.store import Store


def reading_of(store: Store, reader: Reader, snapshot: Snapshot) -> Reading:
    """The reading as kept, or made anew if another version of the reader made it: only readings of one reader compare."""
    if snapshot.reading is not None and snapshot.reading.reader == reader.version:
        return snapshot.reading
    try:
        return reader.read(store.raw(snapshot.sha256), url=snapshot.url, content_type=snapshot.content_type)
    except Missing:
        if snapshot.reading is None:
            raise
        return snapshot.reading  # the bytes were pruned


def read_alike(store: Store, site: str, versions: Sequence[Snapshot]) -> list[Reading]:
    """These versions of a page of this site, all read by one reader."""
    reader = reader_of(PageReader(FileReading()), store.site(site))
    sides = [reading_of(store, reader, version) for version in versions]
    if len({side.reader for side in sides}) == 1:
        return sides
    # the site's own selectors find nothing in one of them
    return [reading_of(store, PageReader(FileReading()), version) for version in versions]


def differing(sides: Sequence[Reading], versions: Sequence[Snapshot]) -> tuple[Difference, ...]:
    """What differs between two of them."""
    return replaced(sides[0], sides[1], (versions[0].sha256, versions[1].sha256)) or differences(sides[0], sides[1])
