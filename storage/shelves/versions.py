"""Which version of its page a look shows: the one before, an earlier one come back, or a new one, which is kept here.

Never writes of a span, a change or the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from storage import versioning
from storage.errors import Outread, Unread
from storage.records import SEEN, Capture, Outcome, Reading
from storage.shelf import reading_of
from storage.shelves.wholes import Wholes
from storage.tables import SNAPSHOT

_VERSION = select(SNAPSHOT).where(SNAPSHOT.c.id == bindparam("of"))
_EARLIER = select(SNAPSHOT).where(SNAPSHOT.c.page == bindparam("of"), SNAPSHOT.c.identity == bindparam("as_"))
_VERSIONS = select(func.count()).select_from(SNAPSHOT).where(SNAPSHOT.c.page == bindparam("of"))
_ADD_VERSION = insert(SNAPSHOT).returning(*SNAPSHOT.c)
_MEND = update(SNAPSHOT).where(SNAPSHOT.c.id == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Version:
    """Which version a capture shows; `row` is None for one that shows none."""

    verdict: str
    row: Row[Any] | None


def version_of(connection: Connection, capture: Capture, page: Row[Any], made: Wholes, *, late: bool, anyhow: bool) -> Version:
    """The version that a look shows; one that is new is kept.

    Raises Unread if it needs a reading and brings none, Outread if the latest version was read by another reader.
    """
    outcome, reading = capture.examination.outcome, capture.examination.reading
    if outcome not in SEEN:
        return Version("none", None)
    if outcome is Outcome.NOT_MODIFIED and not _asked_about_now(capture, page):
        return Version("none", None)
    latest = _snapshot(connection, page.version) if page.version is not None else None
    unchanged = outcome is Outcome.NOT_MODIFIED or (capture.answer.seen_sha256 == page.sha256)
    if unchanged:
        return Version("same" if latest is not None else "none", latest)
    if reading is None:
        raise Unread("the page changed between two crawls of this site at once", "read it again")
    if not anyhow and latest is not None and latest.reader != reading.reader:
        raise Outread("the page's latest version was read by another reader", "read it anew")
    identity = versioning.identity_of(reading, capture.answer.seen_sha256)
    earlier = connection.execute(_EARLIER, {"of": page.id, "as_": identity}).first()
    known = {identity} if earlier is not None else set()
    verdict = versioning.verdict(identity, latest.identity if latest is not None else None, known)
    if earlier is None:
        return Version(verdict, _add_snapshot(connection, capture, page, made, identity))
    if verdict == "returned" and reading_of(connection, earlier) is None:
        mended = {"sha256": made.keep_seen(connection), "reader": reading.reader, "reading": made.restore_reading(connection)}
        connection.execute(_MEND, {"of": earlier.id, "pruned": None, "indexed": False, **mended})
    return Version("same" if late else verdict, earlier)


def _asked_about_now(capture: Capture, page: Row[Any]) -> bool:
    """Was "not modified" said of the version that was last kept, and not of one before it that this crawl still knew."""
    said = {name.lower(): value.decode("latin-1") for name, value in capture.answer.request_headers}
    known = {b"if-none-match": page.etag, b"if-modified-since": page.last_modified}
    return all(said[name] == value for name, value in known.items() if name in said)


def _snapshot(connection: Connection, snapshot: int) -> Row[Any]:
    return connection.execute(_VERSION, {"of": snapshot}).one()


def _add_snapshot(connection: Connection, capture: Capture, page: Row[Any], made: Wholes, identity: str) -> Row[Any]:
    answer, reading = capture.answer, capture.examination.reading or Reading()
    count = connection.execute(_VERSIONS, {"of": page.id}).scalar_one()
    added = connection.execute(
        _ADD_VERSION,
        {
            "page": page.id,
            "number": count + 1,
            "identity": identity,
            "sha256": made.keep_seen(connection),
            "url": answer.final_url or answer.url,
            "content_type": answer.seen_type,
            "reader": reading.reader,
            "reading": made.keep_reading(connection),
            "first_seen": answer.ended,
            "sound": False,
        },
    )
    return added.one()
