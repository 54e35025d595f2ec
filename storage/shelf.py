"""What every shelf of the archive stands on: the engine, and rows turned into records. Asks nothing by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from loguru import logger
from pydantic import ValidationError
from sqlalchemy import CompoundSelect, Connection, Engine, Row, Select, bindparam, func, select

from storage import blobs
from storage.engine import reading, writing
from storage.errors import StoreError
from storage.records import Outcome, Page, Reading, Role, Run, RunState, Selectors, Sighting, Site, Snapshot
from storage.rows import unpack_reading
from storage.tables import PAGE, SIGHTING, SITE, SNAPSHOT, SPEAKS


class Shelf:
    """A part of the archive that answers one kind of question."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def _reading(self) -> AbstractContextManager[Connection]:
        return reading(self.engine)

    def _writing(self, alone: str | None = None) -> AbstractContextManager[Connection]:
        return writing(self.engine, alone=alone)


def page_of(row: Row[Any]) -> Page:
    """A row of `page` as a record."""
    return Page(
        id=row.id,
        site=row.site,
        url=row.url,
        role=Role(row.role) if row.role else None,
        title=row.title,
        agency=row.agency,
        venue_for=tuple(row.venue_for),
        part_of=row.part_of,
        added=row.added,
        named=row.named,
    )


def run_of(row: Row[Any]) -> Run:
    """A row of `run` as a record."""
    return Run(
        id=row.id,
        site=row.site,
        vantage=row.vantage,
        opened=row.opened,
        closed=row.closed,
        state=RunState(row.state),
        reasons=tuple(row.reasons),
        tally=row.tally,
    )


def snapshot_of(connection: Connection, row: Row[Any], *, with_reading: bool = True) -> Snapshot:
    """A row of `snapshot` as a record; unpacking its reading costs time and can be left out.

    A stored reading that is damaged is left out too: whoever needs it reads the bytes again.
    """
    return Snapshot(
        id=row.id,
        page=row.page,
        number=row.number,
        sha256=row.sha256,
        reading=reading_of(connection, row) if with_reading else None,
        first_seen=row.first_seen,
        url=row.url,
        content_type=row.content_type,
    )


def reading_of(connection: Connection, row: Row[Any]) -> Reading | None:
    """The reading of a row of `snapshot`; None if it is damaged, or was pruned."""
    if row.reading is None:
        return None
    try:
        return unpack_reading(blobs.fetch(connection, row.reading))
    except (StoreError, ValidationError) as damage:
        logger.warning("the reading of version {} of page {} is damaged: {}", row.number, row.page, type(damage).__name__)
        return None


_SPANS = (
    select(*SIGHTING.c, SNAPSHOT.c.number)
    .join(SNAPSHOT, SNAPSHOT.c.id == SIGHTING.c.snapshot, isouter=True)
    .where(SIGHTING.c.page.in_(bindparam("pages", expanding=True)))
    .order_by(SIGHTING.c.page, SIGHTING.c.first, SIGHTING.c.id)
)
_FROM_THE_END = func.row_number().over(
    partition_by=SIGHTING.c.page, order_by=(SIGHTING.c.first.desc(), SIGHTING.c.id.desc())
)  # fmt: skip
_RANKED = (
    select(SIGHTING.c.id, _FROM_THE_END.label("place"))
    .where(SIGHTING.c.page.in_(bindparam("pages", expanding=True)))
    .subquery()
)  # fmt: skip
_LATEST_SPANS = _SPANS.where(SIGHTING.c.id.in_(select(_RANKED.c.id).where(_RANKED.c.place <= bindparam("latest"))))


def sightings_of(connection: Connection, pages: Collection[int], *, latest: int | None = None) -> dict[int, list[Sighting]]:
    """The spans of these pages, oldest first; with `latest`, only that many of each."""
    found: dict[int, list[Sighting]] = {page: [] for page in pages}
    if not found:
        return found
    asked: dict[str, Any] = {"pages": list(found)}
    rows = connection.execute(_LATEST_SPANS, {**asked, "latest": latest}) if latest else connection.execute(_SPANS, asked)
    for row in rows:
        found[row.page].append(_sighting(row))
    return found


def _sighting(row: Any) -> Sighting:
    return Sighting(
        id=row.id,
        page=row.page,
        outcome=Outcome(row.outcome),
        reason=row.reason,
        snapshot=row.number,
        sha256=row.sha256,
        url=row.url,
        first=row.first,
        last=row.last,
        count=row.looks,
        first_look=row.first_look,
        last_look=row.last_look,
        sound_first=row.sound_first,
        sound_last=row.sound_last,
        sound_prior=row.sound_prior,
        sound_count=row.sound_count,
        sound_looks=_sound_looks(row),
    )


def sites_of(connection: Connection, *, agency: str | None = None, host: str | None = None) -> list[Site]:
    """Sites by host; all of them, those that speak for an agency, or one."""
    speaks: dict[str, list[str]] = {}
    for row in connection.execute(select(SPEAKS).order_by(SPEAKS.c.site, SPEAKS.c.rank)):
        speaks.setdefault(row.site, []).append(row.agency)
    query = select(SITE).order_by(SITE.c.host)
    if host is not None:
        query = query.where(SITE.c.host == host)
    return [
        Site(
            host=row.host,
            name=row.name,
            agencies=tuple(speaks.get(row.host, ())),
            scheme=row.scheme,
            delay=row.delay,
            every=timedelta(seconds=row.every) if row.every is not None else None,
            follow=row.follow,
            tls=row.tls,
            selectors=_selectors(row.selectors),
            browser=row.browser,
        )
        for row in connection.execute(query)
        if agency is None or agency in speaks.get(row.host, ())
    ]


def _selectors(told: dict[str, str]) -> Selectors:
    return Selectors(**{name: told.get(name, "") for name in Selectors.__dataclass_fields__})


def _sound_looks(row: Any) -> tuple[tuple[datetime, str, str], ...]:
    told = (
        (row.sound_first, row.sound_first_look, row.sound_first_sha256),
        (row.sound_prior, row.sound_prior_look, row.sound_prior_sha256),
        (row.sound_last, row.sound_last_look, row.sound_last_sha256),
    )
    return tuple(sorted({look for look in told if look[0] is not None}))


_PAGE = select(PAGE).where(PAGE.c.id == bindparam("page"))
# "No key": rows that merely refer to the page may be added meanwhile.
_PAGE_HELD = _PAGE.with_for_update(key_share=True)


def page_row(connection: Connection, page: int, *, lock: bool = False) -> Row[Any]:
    """The row of a page; with `lock`, held against other writers until the transaction ends."""
    return connection.execute(_PAGE_HELD if lock else _PAGE, {"page": page}).one()


def sound_runs_of(connection: Connection, agencies: Collection[str]) -> dict[str, int]:
    """How many sound runs the sites of these agencies had; more than before: there is more to judge by."""
    counted = select(SPEAKS.c.agency, func.sum(SITE.c.sound_runs)).join(SITE, SITE.c.host == SPEAKS.c.site)
    rows = connection.execute(counted.where(SPEAKS.c.agency.in_(agencies)).group_by(SPEAKS.c.agency))
    return dict.fromkeys(agencies, 0) | {row[0]: int(row[1]) for row in rows}


def hold_pages(connection: Connection, pages: Sequence[int] | Select[tuple[int]] | CompoundSelect[tuple[int]]) -> list[Row[Any]]:
    """The rows of these pages by id, held until the transaction ends.

    Whoever writes to several pages holds them first and in this order, or two writers would wait for each other for ever.
    """
    held = select(PAGE).where(PAGE.c.id.in_(pages)).order_by(PAGE.c.id).with_for_update(key_share=True)
    return list(connection.execute(held))
