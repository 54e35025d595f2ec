"""What happens when a run is closed as sound: its looks begin to count, and what judge has to weigh is marked.

Never decides whether a run is sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from storage import versioning
from storage.records import Role
from storage.shelf import hold_pages
from storage.shelves.entries import list_entries
from storage.shelves.frames import LATEST, framed
from storage.tables import CHANGE, ENTRY, LOOK, PAGE, RUN, SIGHTING, SITE, SNAPSHOT

_SPANS_OF_RUN = select(SIGHTING).where(SIGHTING.c.last_run == bindparam("of")).order_by(SIGHTING.c.last, SIGHTING.c.id)
_COUNT_SOUND = update(SIGHTING).where(SIGHTING.c.id == bindparam("of"))
_PAGE = update(PAGE).where(PAGE.c.id == bindparam("of"))
_VERSION_SOUND = update(SNAPSHOT).where(SNAPSHOT.c.id == bindparam("after_")).values(sound=True)
_LED = (CHANGE.c.page == bindparam("page_")) & (CHANGE.c.after == bindparam("after_"))
_CHANGE_SOUND = update(CHANGE).where(_LED, ~CHANGE.c.sound, ~CHANGE.c.superseded).values(sound=True)


def make_sound(connection: Connection, run: int) -> None:
    """Let the looks of a run count: spans, versions, changes, rows of columns, and what judge has to weigh."""
    # The site before its pages, as an import takes them.
    site = select(RUN.c.site).where(RUN.c.id == run).scalar_subquery()
    connection.execute(update(SITE).where(SITE.c.host == site).values(sound_runs=SITE.c.sound_runs + 1))
    looked = select(LOOK.c.page).where(LOOK.c.run == run)
    listed = select(ENTRY.c.page).where(ENTRY.c.column.in_(looked), ENTRY.c.listed, ENTRY.c.page.is_not(None))
    unsettled = {row.id for row in hold_pages(connection, looked.union(listed)) if row.unsettled}
    fresh = set(connection.execute(select(LOOK.c.page).where(LOOK.c.run == run, LOOK.c.fresh)).scalars())
    spans = connection.execute(_SPANS_OF_RUN, {"of": run}).all()
    if spans:
        connection.execute(_COUNT_SOUND, [_sound_span(span) for span in spans])
    seen = [span for span in spans if span.snapshot is not None]
    if seen:
        _sound_pages(connection, seen)
    # A span that a suspect or a dead run began is news when the first sound look lengthens it.
    news = {span.page for span in spans if span.page in fresh | unsettled or not span.sound_count}
    connection.execute(update(PAGE).where(PAGE.c.id.in_(news)).values(mark=PAGE.c.mark + 1))


def _sound_span(span: Row[Any]) -> dict[str, Any]:
    """This look is the span's last sound one; the one before becomes the prior if it was on an earlier day."""
    look = (span.last, span.last_look, span.sha256)
    first = (span.sound_first, span.sound_first_look, span.sound_first_sha256) if span.sound_first else look
    latest = (span.sound_last, span.sound_last_look, span.sound_last_sha256)
    earlier = versioning.prior(span.sound_last, span.sound_prior, span.last) != span.sound_prior
    prior = latest if earlier else (span.sound_prior, span.sound_prior_look, span.sound_prior_sha256)
    told = {"sound_first": first, "sound_prior": prior, "sound_last": look}
    named = {
        f"{name}{part}": value
        for name, parts in told.items()
        for part, value in zip(("", "_look", "_sha256"), parts, strict=True)
    }
    return {"of": span.id, "sound_count": span.sound_count + 1, **named}


def _sound_pages(connection: Connection, spans: Sequence[Row[Any]]) -> None:
    """The versions of these spans are now their pages' current ones, and the changes that led to them may be judged."""
    wanted = select(PAGE).where(PAGE.c.id.in_([span.page for span in spans]))
    pages = {row.id: row for row in connection.execute(wanted)}
    columns = {row.part_of or row.id for row in pages.values() if row.role == Role.COLUMN.value}
    holders = {column: row.id for column, row in framed(connection, PAGE.c.id.in_(columns), LATEST).items()} if columns else {}
    for span in spans:
        page = pages[span.page]
        if page.role == Role.COLUMN.value:
            heads = page.id == holders.get(page.part_of or page.id, page.part_of or page.id)
            list_entries(connection, page, span, older=_older(page, span), heads=heads)
    moved = [{"page_": span.page, "after_": span.snapshot} for span in spans if pages[span.page].current != span.snapshot]
    if moved:
        connection.execute(_VERSION_SOUND, moved)
        connection.execute(_CHANGE_SOUND, moved)
    connection.execute(_PAGE, [_sound_page(pages[span.page], span) for span in spans])


def _older(page: Row[Any], span: Row[Any]) -> bool:
    """Has another run, closed before this one, soundly seen the page after this span."""
    return page.current_seen is not None and span.last < page.current_seen


def _sound_page(page: Row[Any], span: Row[Any]) -> dict[str, Any]:
    look = (span.last, span.last_look, span.sha256)
    now = (page.current, page.current_seen, page.current_look, page.current_sha256, page.retired)
    first = (page.first_sound, page.first_sound_look, page.first_sound_sha256)
    if not _older(page, span):
        now = (span.snapshot, *look, None)
    if page.first_sound is None or span.last < page.first_sound:
        first = look
    names = ("current", "current_seen", "current_look", "current_sha256", "retired")
    firsts = ("first_sound", "first_sound_look", "first_sound_sha256")
    return {"of": page.id, **dict(zip((*names, *firsts), (*now, *first), strict=True))}
