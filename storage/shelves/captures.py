"""Keeps captures: the same version, a new one or an earlier one come back; the old span or a new one; pages newly found.

One transaction per capture writes the span, the version and the empty Change row. Never fetches, reads or judges.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from storage import versioning
from storage.engine import again
from storage.errors import StoreError
from storage.records import ABSENT, FILE, LOST, Capture, Kept, Outcome, Role, RunState
from storage.rows import clean, new_id
from storage.shelf import Shelf, page_row
from storage.shelves.attachments import attach
from storage.shelves.entries import discover, is_another_list
from storage.shelves.frames import rows_elsewhere
from storage.shelves.versions import Version, version_of
from storage.shelves.wholes import Around, Wholes
from storage.tables import CHANGE, LOOK, PAGE, RUN, SIGHTING, SITE

BASELINE_RUNS = 3
"""The first sound runs of a site, from which no change is told (principle 6)."""

UNCOMPARED = frozenset({Role.HOME.value, Role.COLUMN.value})
"""Roles whose text is made of other pages' titles: entries are told there, not differences of text."""


# Statements of the hot path are built once: building one costs more than running it.
_NEXT_LOOK = (
    update(RUN)
    .where(RUN.c.id == bindparam("of"), RUN.c.state == RunState.OPEN.value)
    .values(looks=RUN.c.looks + 1, beat=bindparam("at"))
    .returning(RUN.c.looks)
)
_LAST_LOOK = (
    select(LOOK.c.page, LOOK.c.time, LOOK.c.verdict).where(LOOK.c.run == bindparam("of")).order_by(LOOK.c.number.desc()).limit(1)
)
_NEWEST = select(SIGHTING).where(SIGHTING.c.id == bindparam("of"))
_LONGER = update(SIGHTING).where(SIGHTING.c.id == bindparam("of"))
_ADD_SPAN = insert(SIGHTING)
_ADD_CHANGE = insert(CHANGE)
_ADD_LOOK = insert(LOOK)
_SOUND_RUNS = select(SITE.c.sound_runs).where(SITE.c.host == bindparam("of"))
_TURN_PAGE = update(PAGE).where(PAGE.c.id == bindparam("of"))
_GIVE_WAY = update(CHANGE).where(CHANGE.c.page == bindparam("of"), ~CHANGE.c.sound, ~CHANGE.c.superseded).values(superseded=True)


class _IsForgotten(Exception):
    """Nothing of the page is kept any more; the look leaves no trace, not even a number."""


class CaptureShelf(Shelf):
    """The deed of keeping what a look brought."""

    @again
    def keep(self, capture: Capture, *, anyhow: bool = False) -> Kept:
        """Keep a capture of an open run, in one transaction; raises Unread if it needs a reading and brings none.

        Raises Outread if the version to hold it against was read by another reader; with `anyhow` it is kept all the same.

        Two crawls of a site may hand over their looks in another order than they looked. A look that comes late is a span of
        its own among those that were there at its time, and leaves what the page is now alone.
        """
        made = self._made_ready(capture)
        try:
            return self._keep(capture, made, anyhow)
        except _IsForgotten:  # a crawl that began before that looked at it
            return Kept("none")

    def _keep(self, capture: Capture, made: Wholes, anyhow: bool) -> Kept:
        with self._writing() as connection:
            if (known := _kept_already(connection, capture)) is not None:
                return known
            look, name = _next_look(connection, capture)
            page = page_row(connection, capture.page, lock=True)
            if page.forgotten is not None:
                raise _IsForgotten
            newest = connection.execute(_NEWEST, {"of": page.latest}).first()
            late = newest is not None and capture.answer.ended < newest.last
            version = version_of(connection, capture, page, made, late=late, anyhow=anyhow)
            span, fresh = _span(connection, capture, page, version, name, None if late else newest)
            kept_whole = fresh or made.brings_other_bytes(connection) or made.fails_otherwise(connection)
            record = made.keep_whole(connection, look) if kept_whole else None
            if version.verdict in ("new", "returned") and version.row is not None:
                _begin_change(connection, capture, page, version, name, late=late)
            if not late:
                _update_page(connection, capture, page, version, span)
            lost = fresh and _is_lost(connection, capture, page)
            found = discover(connection, capture, page)
            another = version.verdict in ("new", "returned") and page.version is not None
            found += attach(connection, capture, page, another=another)
            _note_look(connection, capture, look, page, version, fresh, record)
            number = version.row.number if version.row is not None else None
            return Kept(
                version.verdict,
                number,
                tuple(found),
                lost,
                rows_elsewhere(connection, page, version.row, capture.examination.reading),
            )

    def _made_ready(self, capture: Capture) -> Wholes:
        """What has to be compressed is, before the transaction begins that others wait for."""
        with self._reading() as connection:
            made = Wholes(capture, Around.of(connection, page_row(connection, capture.page), _role_of(capture)))
            made.prepare(connection)
            return made


def _is_lost(connection: Connection, capture: Capture, page: Row[Any]) -> bool:
    """Is a page that was soundly seen not where it was, or a column no longer the list it was."""
    if page.current is None or page.retired is not None:
        return False
    examination = capture.examination
    return examination.outcome in LOST or is_another_list(connection, page, examination.reading)


def _kept_already(connection: Connection, capture: Capture) -> Kept | None:
    """Is this the look that the run kept last: handed over once more because the answer that it was kept got lost."""
    last = connection.execute(_LAST_LOOK, {"of": capture.run}).first()
    known = last is not None and (last.page, last.time) == (capture.page, capture.answer.ended)
    return Kept(last.verdict) if last is not None and known else None


def _next_look(connection: Connection, capture: Capture) -> tuple[int, str]:
    """The number of this look in its run, and its name; raises StoreError if the run is closed."""
    number = connection.execute(_NEXT_LOOK, {"of": capture.run, "at": capture.answer.ended}).scalar()
    if number is None:
        raise StoreError(f"run {capture.run} is not open", "crawl the site again")
    return number, f"{capture.run}.{number}"


def _span(
    connection: Connection, capture: Capture, page: Row[Any], version: Version, name: str, newest: Row[Any] | None
) -> tuple[int, bool]:
    """Lengthen the newest span or begin one; gives its id and whether it began."""
    at, outcome = capture.answer.ended, capture.examination.outcome
    snapshot = version.row.id if version.row is not None else None
    span = versioning.Span(Outcome(newest.outcome), newest.snapshot, newest.last) if newest is not None else None
    sha256 = _seen(capture, page)
    if newest is not None and versioning.extends(span, outcome, snapshot, at, timedelta(seconds=page.every)):
        longer = {"last": at, "looks": newest.looks + 1, "last_look": name, "last_run": capture.run, "sha256": sha256}
        connection.execute(_LONGER, {"of": newest.id, **longer})
        return newest.id, False
    begun = connection.execute(
        _ADD_SPAN,
        {
            "page": page.id,
            "outcome": outcome.value,
            "reason": clean(capture.examination.reason),
            "snapshot": snapshot,
            "sha256": sha256,
            "url": capture.answer.final_url or capture.answer.url,
            "first": at,
            "last": at,
            "looks": 1,
            "first_look": name,
            "last_look": name,
            "first_run": capture.run,
            "last_run": capture.run,
            "sound_count": 0,
        },
    )
    return new_id(begun), True


def _seen(capture: Capture, page: Row[Any]) -> str:
    """The hash of the bytes that stand for what was seen: "not modified" says that the last ones still stand."""
    if capture.examination.outcome is Outcome.NOT_MODIFIED and page.sha256:
        return str(page.sha256)
    return capture.answer.seen_sha256


def _begin_change(connection: Connection, capture: Capture, page: Row[Any], version: Version, name: str, *, late: bool) -> None:
    """Write an empty Change from the last soundly seen version; one that never became sound gives way to it."""
    if late and (page.current_seen is None or page.current_seen >= capture.answer.ended):
        return  # what was soundly seen last is younger than this
    if page.version is not None and not late:
        connection.execute(_GIVE_WAY, {"of": page.id})
    after = version.row.id if version.row is not None else None
    if page.current is None or page.current == after or page.role in UNCOMPARED:
        return
    sound_runs = connection.execute(_SOUND_RUNS, {"of": page.site}).scalar_one()
    connection.execute(
        _ADD_CHANGE,
        {
            "page": page.id,
            "before": page.current,
            "after": after,
            "returned": version.verdict == "returned",
            "baseline": sound_runs < BASELINE_RUNS,
            "before_seen": page.current_seen,
            "before_look": page.current_look,
            "before_sha256": page.current_sha256,
            "seen": capture.answer.ended,
            "after_look": name,
            "after_sha256": capture.answer.seen_sha256,
            "sound": False,
            "superseded": False,
            "noise_only": False,
        },
    )


def _update_page(connection: Connection, capture: Capture, page: Row[Any], version: Version, span: int) -> None:
    answer, reading = capture.answer, capture.examination.reading
    values: dict[str, Any] = {"next_look": answer.ended + timedelta(seconds=page.every), "latest": span}
    if version.row is not None:
        values["version"] = version.row.id
    if capture.examination.outcome is Outcome.OK:
        values |= {
            "sha256": answer.seen_sha256,
            # Of a rendered page the server can only say that its shell is as it was.
            "etag": answer.header("etag") if answer.rendered is None else None,
            "last_modified": answer.header("last-modified") if answer.rendered is None else None,
        }
    if reading is not None and capture.examination.outcome is Outcome.OK:
        names = (clean(reading.title), page.title)
        if page.role == Role.ATTACHMENT.value or reading.family == FILE:  # what leads to a file says more than the file's name
            names = names[::-1]
        values |= {"shown": reading.dates.shown, "meta": reading.dates.meta, "title": names[0] or names[1]}
        values["rows"] = len(reading.entries)
        if page.role is None:
            values["role"] = _role_of(capture)
    connection.execute(_TURN_PAGE, {"of": page.id, **values})


def _role_of(capture: Capture) -> str | None:
    """The role that a look gives to a page that has none yet."""
    reading = capture.examination.reading
    if reading is None:
        return None
    return (Role.COLUMN if reading.kind == "listing" else Role.ARTICLE).value


def _note_look(
    connection: Connection,
    capture: Capture,
    number: int,
    page: Row[Any],
    version: Version,
    fresh: bool,
    record: str | None,
) -> None:
    """Write down the look in short: the run's contract weighs it, and the ledger seals it when the run closes."""
    reading = capture.examination.reading
    entries = len(reading.entries) if reading is not None else page.rows
    connection.execute(
        _ADD_LOOK,
        {
            "run": capture.run,
            "number": number,
            "page": page.id,
            "url": capture.answer.url,
            "outcome": capture.examination.outcome.value,
            "reason": clean(capture.examination.reason),
            "entries": entries,
            "known": page.current is not None and page.retired is None,
            "fresh": fresh or capture.examination.outcome in ABSENT,
            "verdict": version.verdict,
            "version": version.row.number if version.row is not None else None,
            "time": capture.answer.ended,
            "sha256": capture.answer.sha256,
            "seen": _seen(capture, page),
            "record": record,
        },
    )
