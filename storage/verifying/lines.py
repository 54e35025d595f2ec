"""The looks as the log tells them, laid out as a table that lives as long as the check, so that rows can be held against them.

The root over a run's lines is checked here, and that its entry says what its row says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, MetaData, Row, String, Table, func, insert, select
from sqlmodel import UTCDateTime

from storage import blobs, ledger, merkle
from storage.errors import StoreError
from storage.records import LookLine
from storage.tables import LEAF, LOOK, RUN
from storage.tables.columns import Digest
from storage.verifying.faults import Checked

_SCRATCH = MetaData()

LINE = Table(
    "checked_line",
    _SCRATCH,
    Column("look", String, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("page", Integer, nullable=False),
    Column("url", String, nullable=False),
    Column("time", UTCDateTime, nullable=False),
    Column("outcome", String, nullable=False),
    Column("sha256", Digest),
    Column("seen", Digest),
    Column("record", Digest),
    Column("version", Integer),
    Column("new", Boolean, nullable=False),
    Index("checked_line_of_page", "page", "version"),
    prefixes=["TEMPORARY"],
)
"""Every look that the log, or an open run, tells of."""

THIN = Table("checked_thin", _SCRATCH, Column("run", Integer, primary_key=True), prefixes=["TEMPORARY"])
"""Runs of which not every look is told: older than the ledger, or with a list that cannot be read."""

GONE = Table(
    "checked_gone",
    _SCRATCH,
    Column("look", String, nullable=False, index=True),
    Column("page", Integer, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("sha256", Digest, index=True),
    prefixes=["TEMPORARY"],
)
"""What tombstones name: looks ('' if none is meant), versions of pages (0), bytes."""

BATCH = 500


def lay_out(connection: Connection, found: Checked) -> None:
    """Fill the tables of this check from the log and from the looks of open runs."""
    _SCRATCH.create_all(connection)
    for leaf in _leaves(connection, "tombstone"):
        _bury(connection, leaf)
    runs = connection.execute(select(func.count()).select_from(LEAF).where(LEAF.c.kind == "run")).scalar_one()
    for done, leaf in enumerate(_leaves(connection, "run")):
        found.progress("looks", done, runs)
        _run(connection, leaf, found)
    for run in connection.execute(select(RUN.c.id).where(RUN.c.closed.is_(None))).scalars().all():
        looks = connection.execute(select(LOOK).where(LOOK.c.run == run)).all()
        _add(connection, [_of_open(look) for look in looks])
        if any(look.sha256 is None for look in looks):
            _thin(connection, run)
    _unsealed(connection, found)


def clear(connection: Connection) -> None:
    """Take the tables of this check away."""
    _SCRATCH.drop_all(connection)


def _leaves(connection: Connection, kind: str) -> Iterator[Row[Any]]:
    wanted, last = select(LEAF).where(LEAF.c.kind == kind).order_by(LEAF.c.number).limit(BATCH), -1
    while rows := connection.execute(wanted.where(LEAF.c.number > last)).all():
        yield from rows
        last = rows[-1].number


def _bury(connection: Connection, leaf: Row[Any]) -> None:
    try:
        gone = json.loads(leaf.data)["gone"]
        rows = [
            {"look": one.get("look", ""), "page": one["page"], "version": one.get("version", 0), "sha256": one.get("sha256")}
            for one in gone
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # said by the log's own check
    if rows:
        connection.execute(insert(GONE), rows)


def _run(connection: Connection, leaf: Row[Any], found: Checked) -> None:
    """One run: its entry against its row, and its lines against the root in the entry."""
    if leaf.run is None:
        return  # said by the log's own check
    row = connection.execute(select(RUN).where(RUN.c.id == leaf.run)).first()
    try:
        told = dict(json.loads(leaf.data))
    except (ValueError, TypeError):
        return  # said by the log's own check
    if row is None:
        found.fault("run", leaf.run, f"its row is gone; entry {leaf.number} of the ledger tells of it")
    elif row.closed is None or any(told.get(name) != value for name, value in ledger.run_told(row).items()):
        found.fault("run", leaf.run, f"its row does not say what entry {leaf.number} of the ledger says")
    try:
        packed = blobs.fetch(connection, leaf.looks or "")
        hashes, lines = ledger.hashes_of(packed), ledger.lines_of(packed, leaf.run)
        rows = _rows_of(lines)
    except (StoreError, ValueError, TypeError, AttributeError) as wrong:
        found.fault("run", leaf.run, f"the list of its looks cannot be read: {wrong}")
        _thin(connection, leaf.run)
        return
    if len(hashes) != told.get("looks") or merkle.root(hashes).hex() != told.get("root"):
        found.fault("run", leaf.run, "the list of its looks has another root than the ledger says: it was changed")
    found.count("looks", len(lines))
    _add(connection, rows)
    if not told.get("whole"):
        _thin(connection, leaf.run)
    if len(rows) < len(lines) and len(lines) - len(rows) > _forgotten(connection, leaf.run, {row["look"] for row in rows}):
        found.fault("run", leaf.run, "lines of its looks were taken out, and no tombstone names the looks")


def _rows_of(lines: Sequence[LookLine | bytes]) -> list[dict[str, Any]]:
    """The lines that are told, as rows; raises ValueError if a look is told twice, or one is no line of ours."""
    rows = {line.number: _of_line(line) for line in lines if isinstance(line, LookLine)}
    if len(rows) != sum(isinstance(line, LookLine) for line in lines):
        raise ValueError("a look is told twice")
    return list(rows.values())


def _forgotten(connection: Connection, run: int, told: set[str]) -> int:
    """How many looks of a run that it does not tell were forgotten by tombstones."""
    named = select(GONE.c.look).distinct().where(GONE.c.look.startswith(f"{run}."))
    return len(set(connection.execute(named).scalars()) - told)


def _thin(connection: Connection, run: int | None) -> None:
    if run is not None:
        connection.execute(insert(THIN).values(run=run))


def _of_line(line: LookLine) -> dict[str, Any]:
    return {
        "look": line.look,
        "run": line.run,
        "number": line.number,
        "page": line.page,
        "url": line.url,
        "time": line.time,
        "outcome": line.outcome,
        "sha256": line.sha256,
        "seen": line.seen,
        "record": line.record,
        "version": line.version,
        "new": line.new,
    }


def _of_open(look: Row[Any]) -> dict[str, Any]:
    told = {name: getattr(look, name) for name in ("run", "number", "page", "url", "time", "outcome")}
    told |= {name: getattr(look, name) for name in ("sha256", "seen", "record", "version")}
    return {"look": f"{look.run}.{look.number}", **told, "new": look.verdict == "new"}


def _add(connection: Connection, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH):
        connection.execute(insert(LINE), rows[start : start + BATCH])


def _unsealed(connection: Connection, found: Checked) -> None:
    """Closed runs of which the ledger does not know."""
    sealed = select(LEAF.c.run).where(LEAF.c.run.is_not(None))
    for run in connection.execute(select(RUN.c.id).where(RUN.c.closed.is_not(None), RUN.c.id.not_in(sealed))).scalars():
        found.fault("run", run, "is closed, and the ledger has no entry of it")
