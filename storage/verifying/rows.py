"""Rows against the looks that they name: same time, same outcome, same hash, and none missing that a look tells of.

Rows missing by a tombstone are no fault. What is derived (readings, differences, titles) is no look's word, and not checked here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, String, and_, case, cast, func, literal, null, or_, select

from storage.records import Outcome
from storage.tables import CAPTURE, CHANGE, ENTRY, FINDING, LEAF, PAGE, RUN, SIGHTING, SNAPSHOT
from storage.verifying.faults import Checked
from storage.verifying.lines import GONE, LINE, THIN

BATCH = 500


@dataclass(frozen=True, slots=True)
class Named:
    """Columns in which a row names a look, its time, the hash of what came, the version that it showed, and how it came out."""

    what: str
    look: Column[Any]
    time: Column[Any]
    sha256: Column[Any] | None
    where: Column[Any]
    version: Column[Any] | None = None
    outcome: Column[Any] | None = None


NAMED = (
    Named("span", SIGHTING.c.first_look, SIGHTING.c.first, None, SIGHTING.c.id, SIGHTING.c.snapshot, SIGHTING.c.outcome),
    Named("span", SIGHTING.c.last_look, SIGHTING.c.last, SIGHTING.c.sha256, SIGHTING.c.id, SIGHTING.c.snapshot),
    Named("span", SIGHTING.c.sound_first_look, SIGHTING.c.sound_first, SIGHTING.c.sound_first_sha256, SIGHTING.c.id),
    Named("span", SIGHTING.c.sound_prior_look, SIGHTING.c.sound_prior, SIGHTING.c.sound_prior_sha256, SIGHTING.c.id),
    Named("span", SIGHTING.c.sound_last_look, SIGHTING.c.sound_last, SIGHTING.c.sound_last_sha256, SIGHTING.c.id),
    Named("page", PAGE.c.current_look, PAGE.c.current_seen, PAGE.c.current_sha256, PAGE.c.url, PAGE.c.current),
    Named("page", PAGE.c.first_sound_look, PAGE.c.first_sound, PAGE.c.first_sound_sha256, PAGE.c.url),
    Named("entry", ENTRY.c.first_look, ENTRY.c.first_seen, ENTRY.c.first_sha256, ENTRY.c.url),
    Named("entry", ENTRY.c.absent_look, ENTRY.c.absent_at, None, ENTRY.c.url),
    Named("change", CHANGE.c.before_look, CHANGE.c.before_seen, CHANGE.c.before_sha256, CHANGE.c.id, CHANGE.c.before),
    Named("change", CHANGE.c.after_look, CHANGE.c.seen, CHANGE.c.after_sha256, CHANGE.c.id, CHANGE.c.after),
)
"""Every place in which a look is named."""

_PAGE_OF: dict[str, Column[Any]] = {"span": SIGHTING.c.page, "page": PAGE.c.id, "change": CHANGE.c.page}
"""The page at which these looks were; a row of a column may have been seen at any of the column's list pages."""


def check(connection: Connection, found: Checked) -> None:
    """Hold all rows against the looks."""
    steps = (_captures, _versions, _named, _spans, _pages, _findings)
    for done, step in enumerate(steps):
        found.progress("rows", done, len(steps))
        with found.over(f"rows, {step.__name__[1:]}"):
            step(connection, found)


def _captures(connection: Connection, found: Checked) -> None:
    """Each look kept whole, and each row of one, say the same."""
    is_its = (CAPTURE.c.run == LINE.c.run) & (CAPTURE.c.number == LINE.c.number)
    tomb = GONE.c.look == LINE.c.look
    differs = or_(CAPTURE.c.record != LINE.c.record, CAPTURE.c.sha256 != LINE.c.sha256, CAPTURE.c.page != LINE.c.page)
    query = (
        select(LINE.c.look, LINE.c.url, CAPTURE.c.run)
        .join(CAPTURE, is_its, isouter=True)
        .join(GONE, tomb, isouter=True)
        .where(LINE.c.record.is_not(None), or_(and_(CAPTURE.c.run.is_(None), GONE.c.look.is_(None)), differs))
    )
    for row in connection.execute(query):
        text = "its capture is gone" if row.run is None else "its capture does not say what the ledger says"
        found.fault("capture", row.look, f"{text} ({row.url})")
    name = cast(CAPTURE.c.run, String) + "." + cast(CAPTURE.c.number, String)
    untold = (
        select(name.label("look"))
        .join(LINE, is_its, isouter=True)
        .join(THIN, THIN.c.run == CAPTURE.c.run, isouter=True)
        .join(GONE, GONE.c.look == name, isouter=True)
        .where(LINE.c.record.is_(None), THIN.c.run.is_(None), GONE.c.look.is_(None))
    )
    for look in connection.execute(untold).scalars():
        found.fault("capture", look, "the ledger tells of no such look")
    found.count("captures", connection.execute(select(func.count()).select_from(CAPTURE)).scalar_one())


def _versions(connection: Connection, found: Checked) -> None:
    """Each version was brought by a look at the time it tells, and each that a look brought is there."""
    shown = (LINE.c.page == SNAPSHOT.c.page) & (LINE.c.version == SNAPSHOT.c.number)
    told = (
        select(
            SNAPSHOT.c.id,
            SNAPSHOT.c.page,
            SNAPSHOT.c.number,
            PAGE.c.url,
            func.count(LINE.c.look).label("lines"),
            func.max(case((LINE.c.new & (LINE.c.time == SNAPSHOT.c.first_seen), 1), else_=0)).label("brought"),
            func.max(case((LINE.c.seen == SNAPSHOT.c.sha256, 1), else_=0)).label("bytes"),
        )
        .join(PAGE, PAGE.c.id == SNAPSHOT.c.page)
        .join(LINE, shown, isouter=True)
        .group_by(SNAPSHOT.c.id, SNAPSHOT.c.page, SNAPSHOT.c.number, PAGE.c.url)
    )
    versions = told.subquery()
    bad = (versions.c.brought == 0) | (versions.c.bytes == 0)
    known = (versions.c.lines > 0) | ~_forgotten(versions.c.page, versions.c.number)
    for row in connection.execute(select(versions).where(bad, known)):
        why = "time" if not row.brought else "hash"
        found.fault("version", f"{row.number} of {row.url}", f"no look of the ledger brought it with this {why}")
    gone = (
        select(LINE.c.look, LINE.c.url, LINE.c.version)
        .join(SNAPSHOT, shown, isouter=True)
        .where(LINE.c.new, SNAPSHOT.c.id.is_(None), ~_forgotten(LINE.c.page, LINE.c.version))
    )
    for row in connection.execute(gone):
        found.fault("version", f"{row.version} of {row.url}", f"its row is gone; look {row.look} brought it")
    pruned = select(SNAPSHOT.c.number, PAGE.c.url).join(PAGE, PAGE.c.id == SNAPSHOT.c.page)
    for row in connection.execute(pruned.where(SNAPSHOT.c.pruned.is_not(None), ~_forgotten(SNAPSHOT.c.page, SNAPSHOT.c.number))):
        found.fault("version", f"{row.number} of {row.url}", "is marked as pruned, and no tombstone names it")
    found.count("versions", connection.execute(select(func.count()).select_from(SNAPSHOT)).scalar_one())


def _forgotten(page: ColumnElement[int], version: ColumnElement[int]) -> ColumnElement[bool]:
    """Does a tombstone name this version."""
    return select(GONE.c.page).where(GONE.c.page == page, GONE.c.version == version).exists()


def _named(connection: Connection, found: Checked) -> None:
    """Wherever a row names a look, it says of it what the ledger says."""
    for named in NAMED:
        with found.over(f"rows, {named.look}"):
            _named_here(connection, found, named)


def _named_here(connection: Connection, found: Checked, named: Named) -> None:
    run = func.substr(named.look, 1, _dot(connection, named.look) - 1)
    untold = LINE.c.look.is_(None) & GONE.c.look.is_(None) & THIN.c.run.is_(None)
    differs: list[ColumnElement[bool]] = [untold, LINE.c.time.is_distinct_from(named.time) & LINE.c.look.is_not(None)]
    if (page := _PAGE_OF.get(named.what)) is not None:
        differs.append(LINE.c.page != page)
    if named.sha256 is not None:
        another = LINE.c.seen.is_distinct_from(named.sha256) & LINE.c.sha256.is_distinct_from(named.sha256)
        unknown = LINE.c.sha256.is_(None) & THIN.c.run.is_not(None)
        differs.append(another & LINE.c.look.is_not(None) & ~unknown)
    if named.version is not None:
        unknown = LINE.c.version.is_(None) & THIN.c.run.is_not(None)
        differs.append(LINE.c.version.is_distinct_from(SNAPSHOT.c.number) & LINE.c.look.is_not(None) & ~unknown)
    if named.outcome is not None:
        differs.append(LINE.c.outcome != named.outcome)
    query = (
        select(named.where.label("place"), named.look.label("look"), LINE.c.time, named.time.label("told"), *_labelled(named))
        .select_from(named.look.table)
        .join(LINE, LINE.c.look == named.look, isouter=True)
        .join(SNAPSHOT, SNAPSHOT.c.id == (null() if named.version is None else named.version), isouter=True)
        .join(THIN, cast(THIN.c.run, String) == run, isouter=True)
        .join(GONE, GONE.c.look == named.look, isouter=True)
        .where(named.look.is_not(None), or_(*differs))
    )
    for row in connection.execute(query):
        found.fault(named.what, row.place, _said(row))
    lost = select(named.where).where(named.look.is_(None), named.time.is_not(None))
    for place in connection.execute(lost).scalars():
        found.fault(named.what, place, "tells of a look without naming it")


def _labelled(named: Named) -> list[ColumnElement[Any]]:
    outcome = named.outcome if named.outcome is not None else LINE.c.outcome
    return [
        LINE.c.version.is_distinct_from(SNAPSHOT.c.number).label("another"),
        (LINE.c.outcome != outcome).label("otherwise"),
        literal(named.version is not None).label("versioned"),
        (LINE.c.page != _PAGE_OF.get(named.what, LINE.c.page)).label("elsewhere"),
    ]


def _dot(connection: Connection, look: Column[Any]) -> Any:
    return func.strpos(look, ".") if connection.dialect.name == "postgresql" else func.instr(look, ".")


def _said(row: Any) -> str:
    if row.time is None:
        return f"names look {row.look}, of which the ledger does not tell"
    if row.time != row.told:
        when = row.told.isoformat() if row.told is not None else "no time"
        return f"says that look {row.look} was at {when}; the ledger says {row.time.isoformat()}"
    if row.otherwise:
        return f"says that look {row.look} came out otherwise than the ledger says"
    if row.versioned and row.another:
        return f"says that look {row.look} showed another version than the ledger says"
    if row.elsewhere:
        return f"names look {row.look}, which was at another page"
    return f"says of look {row.look} another hash than the ledger"


def _spans(connection: Connection, found: Checked) -> None:
    """The spans of a page hold all its looks, each once."""
    spans = select(SIGHTING.c.page, func.sum(SIGHTING.c.looks).label("looks")).group_by(SIGHTING.c.page).subquery()
    lines = select(LINE.c.page, func.count().label("looks")).group_by(LINE.c.page).subquery()
    thin = select(RUN.c.site).join(THIN, THIN.c.run == RUN.c.id)
    kept, told = func.coalesce(spans.c.looks, 0), func.coalesce(lines.c.looks, 0)
    query = (
        select(PAGE.c.id, PAGE.c.url, kept.label("kept"), told.label("told"))
        .join(spans, spans.c.page == PAGE.c.id, isouter=True)
        .join(lines, lines.c.page == PAGE.c.id, isouter=True)
        .where((kept < told) | ((kept > told) & PAGE.c.site.not_in(thin) & PAGE.c.forgotten.is_(None)))
    )
    for row in connection.execute(query):
        found.fault("page", row.url, f"its spans hold {row.kept} looks; the ledger tells of {row.told}")
    orphans = select(LINE.c.page).distinct().where(LINE.c.page.not_in(select(PAGE.c.id)))
    for page in connection.execute(orphans).scalars():
        found.fault("page", page, "its row is gone; the ledger tells of looks at it")
    found.count("spans", connection.execute(select(func.count()).select_from(SIGHTING)).scalar_one())


def _pages(connection: Connection, found: Checked) -> None:
    """Only of a page that a tombstone forgets nothing need be kept."""
    query = select(PAGE.c.url, LEAF.c.kind, LEAF.c.data).join(LEAF, LEAF.c.number == PAGE.c.forgotten, isouter=True)
    for row in connection.execute(query.where(PAGE.c.forgotten.is_not(None))):
        if row.kind != "tombstone" or json.loads(row.data).get("deed") != "forget":
            found.fault("page", row.url, "is marked as forgotten, and no tombstone says so")


def _findings(connection: Connection, found: Checked) -> None:
    """What findings cite is what the ledger tells of these looks."""
    last = 0
    while rows := connection.execute(
        select(FINDING.c.id, FINDING.c.evidence).where(FINDING.c.id > last).order_by(FINDING.c.id).limit(BATCH)
    ).all():
        for row in rows:
            try:
                cited = {one["capture"] for one in row.evidence}
            except (TypeError, KeyError):
                found.fault("finding", row.id, "what it cites cannot be read")
                continue
            lines = {line.look: line for line in connection.execute(select(LINE).where(LINE.c.look.in_(cited)))}
            for one in row.evidence:
                _cited(connection, found, row.id, one, lines.get(one["capture"]))
        found.count("findings", len(rows))
        last = rows[-1].id


def _cited(connection: Connection, found: Checked, finding: int, one: dict[str, str], line: Row[Any] | None) -> None:
    look = one["capture"]
    if line is None:
        run = look.partition(".")[0]
        thin = run.isdecimal() and connection.execute(select(THIN.c.run).where(THIN.c.run == int(run))).first()
        if not thin and not connection.execute(select(GONE.c.look).where(GONE.c.look == look)).first():
            found.fault("finding", finding, f"cites look {look}, of which the ledger does not tell")
    elif (
        not _same_time(line.time, one.get("time", ""))
        or one.get("sha256") not in (line.seen, line.sha256)
        or not _same_outcome(line.outcome, one.get("outcome", ""))
    ):
        found.fault("finding", finding, f"says of look {look} something else than the ledger")


def _same_time(time: datetime, told: str) -> bool:
    try:
        return datetime.fromisoformat(told) == time
    except (ValueError, TypeError):
        return False


def _same_outcome(outcome: str, told: str) -> bool:
    """Does a finding call a look by its own outcome, or a page that was not modified one that came."""
    return outcome == told or {outcome, told} == {Outcome.OK.value, Outcome.NOT_MODIFIED.value}
