"""The append-only log: one entry for each closed run, holding the root over all its looks, so that every look can be proven.

Entries are numbered by whoever holds the one lock, and written in the transaction of what they tell; none is ever changed. Signs
nothing (see `heads`), and never says whether what the log tells agrees with the rows (see `verifying`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from loguru import logger
from sqlalchemy import Connection, Row, String, bindparam, cast, func, insert, select, text

from storage import blobs, merkle
from storage.errors import StoreError
from storage.records import CaptureRecord, LookLine, Outcome, canonical, stamp
from storage.tables import CAPTURE, LEAF, LOOK, NODE, RUN, SIGHTING, SNAPSHOT

FORGOTTEN = b"#"
"""Begins what stands in the place of a line that was forgotten: the hash of the line, in hex, so that the root still follows."""

_NEXT = select(func.coalesce(func.max(LEAF.c.number) + 1, 0))
_NODE = select(NODE.c.hash).where(NODE.c.level == bindparam("at"), NODE.c.position == bindparam("place"))
_LOOKS = select(LOOK).where(LOOK.c.run == bindparam("of")).order_by(LOOK.c.number)
_RUN = select(RUN).where(RUN.c.id == bindparam("of"))
_SAID_AT = ("sound_first", "sound_prior", "sound_last", "last")
_SAID = (
    *(getattr(SIGHTING.c, f"{at}_look") for at in _SAID_AT),
    *(getattr(SIGHTING.c, f"{at}_sha256") for at in _SAID_AT[:-1]),
    SIGHTING.c.sha256.label("last_sha256"),
)
"""What a span says of its looks, and of the bytes that stood for what was seen."""

_LATEST_LIST = (
    select(LEAF.c.looks)
    .join(RUN, RUN.c.id == LEAF.c.run)
    .where(RUN.c.site == bindparam("site"), RUN.c.id < bindparam("of"))
    .order_by(RUN.c.id.desc())
    .limit(1)
)


def append(connection: Connection, kind: str, told: dict[str, Any], *, run: int | None = None, looks: str | None = None) -> int:
    """Add an entry and give its number; the last thing in a transaction, for the lock is held until its end."""
    hold(connection)
    number = int(connection.execute(_NEXT).scalar_one())
    data = canonical({"kind": kind, "format": 1, **told})
    connection.execute(insert(LEAF).values(number=number, kind=kind, run=run, data=data, looks=looks))
    nodes = merkle.grown(number, merkle.leaf_hash(data), lookup(connection))
    connection.execute(insert(NODE), [{"level": level, "position": place, "hash": node.hex()} for level, place, node in nodes])
    return number


def hold(connection: Connection) -> None:
    """Let nobody else append until the transaction ends; whatever rows it changes are held before."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('gongkai:ledger'))"))


def lookup(connection: Connection) -> merkle.Lookup:
    """The nodes of the log as they are kept; asking for one that is not there raises StoreError."""

    def node(level: int, position: int) -> bytes:
        found = connection.execute(_NODE, {"at": level, "place": position}).scalar()
        if found is None:
            raise StoreError(f"the ledger lacks node {position} of level {level}", "run gongkai verify")
        return bytes.fromhex(found)

    return node


def size_of(connection: Connection) -> int:
    """How many entries the log has."""
    return int(connection.execute(_NEXT).scalar_one())


def seal(connection: Connection, run: int, version: str) -> int:
    """Add the entry of a run that was just closed, from its looks while they are there; gives its number."""
    rows = connection.execute(_LOOKS, {"of": run}).all()
    if all(row.sha256 is not None for row in rows):
        return _seal(connection, run, [_line(row) for row in rows], version, whole=True)
    return _seal(connection, run, list(_lines_kept(connection, run)), version, whole=False)


def take_over(connection: Connection, version: str) -> int:
    """Add entries for closed runs that are older than the ledger, from what was kept whole of them; gives their number."""
    known = select(LEAF.c.run).where(LEAF.c.run.is_not(None))
    runs = (
        connection.execute(select(RUN.c.id).where(RUN.c.closed.is_not(None), RUN.c.id.not_in(known)).order_by(RUN.c.id))
        .scalars()
        .all()
    )
    for done, run in enumerate(runs):
        if done % 500 == 0:
            logger.info("taking over run {} of {} into the ledger", done, len(runs))
        _seal(connection, run, list(_lines_kept(connection, run)), version, whole=False)
    return len(runs)


def lines_of(packed: bytes, run: int) -> list[LookLine | bytes]:
    """The lines of a sealed list in order; of a forgotten one the hash. Raises ValueError."""
    return [
        bytes.fromhex(line[1:].decode("ascii")) if line.startswith(FORGOTTEN) else LookLine.unpacked(line, run)
        for line in packed.split(b"\n")
        if line
    ]


def hashes_of(packed: bytes) -> list[bytes]:
    """The leaf hashes of a sealed list; raises ValueError."""
    return [
        bytes.fromhex(line[1:].decode("ascii")) if line.startswith(FORGOTTEN) else merkle.leaf_hash(line)
        for line in packed.split(b"\n")
        if line
    ]


def _seal(connection: Connection, run: int, lines: Sequence[LookLine], version: str, *, whole: bool) -> int:
    row = connection.execute(_RUN, {"of": run}).one()
    packed = b"\n".join(line.packed() for line in lines)
    before = connection.execute(_LATEST_LIST, {"site": row.site, "of": run}).scalar()
    told = {
        **run_told(row),
        "looks": len(lines),
        "root": merkle.root([merkle.leaf_hash(line.packed()) for line in lines]).hex(),
        "whole": whole,
        "software": version,
    }
    looks = blobs.keep(connection, packed, [before], blobs.PAYS_OF_HASHES)
    return append(connection, "run", told, run=run, looks=looks)


def run_told(row: Row[Any]) -> dict[str, Any]:
    """What the entry of a run says of its row."""
    return {
        "run": row.id,
        "site": row.site,
        "vantage": row.vantage,
        "opened": stamp(row.opened),
        "closed": stamp(row.closed),
        "state": row.state,
        "reasons": list(row.reasons),
    }


def _line(row: Row[Any]) -> LookLine:
    return LookLine(
        run=row.run,
        number=row.number,
        page=row.page,
        url=row.url,
        time=row.time,
        outcome=row.outcome,
        sha256=row.sha256,
        seen=row.seen,
        record=row.record,
        version=row.version,
        new=row.verdict == "new",
    )


def _lines_kept(connection: Connection, run: int) -> Iterator[LookLine]:
    """The looks of a run that were kept whole; of the others nothing is known any more but how many there were."""
    name = cast(CAPTURE.c.run, String) + "." + cast(CAPTURE.c.number, String)
    began = (SIGHTING.c.page == CAPTURE.c.page) & (SIGHTING.c.first_look == name)
    query = (
        select(*CAPTURE.c, SNAPSHOT.c.number.label("version"), SNAPSHOT.c.first_seen, SNAPSHOT.c.sha256.label("shown"), *_SAID)
        .join(SIGHTING, began, isouter=True)
        .join(SNAPSHOT, SNAPSHOT.c.id == SIGHTING.c.snapshot, isouter=True)
        .where(CAPTURE.c.run == run)
        .order_by(CAPTURE.c.number)
    )
    for row in connection.execute(query).all():
        told = CaptureRecord.unpacked(blobs.fetch(connection, row.record), f"{run}.{row.number}")
        same = told.outcome == Outcome.NOT_MODIFIED.value and row.shown
        yield LookLine(
            run=run,
            number=row.number,
            page=row.page,
            url=told.url,
            time=told.ended,
            outcome=told.outcome,
            sha256=row.sha256,
            seen=_stood_for(connection, row) if same else row.rendered or row.sha256,
            record=row.record,
            version=row.version,
            new=row.first_seen is not None and row.first_seen == told.ended,
            whole=False,
        )


def _stood_for(connection: Connection, row: Any) -> str:
    """The hash of the bytes that a page still had at a look that says "not modified": those that had come before it.

    They need not be the ones that brought the version: other bytes may read the same.
    """
    name = f"{row.run}.{row.number}"
    for look, sha256 in ((getattr(row, f"{at}_look"), getattr(row, f"{at}_sha256")) for at in _SAID_AT):
        if look == name and sha256 is not None:
            return str(sha256)
    before = (CAPTURE.c.run < row.run) | ((CAPTURE.c.run == row.run) & (CAPTURE.c.number < row.number))
    earlier = select(CAPTURE).where(CAPTURE.c.page == row.page, before).order_by(CAPTURE.c.run.desc(), CAPTURE.c.number.desc())
    for one in connection.execute(earlier).all():
        told = CaptureRecord.unpacked(blobs.fetch(connection, one.record), "")
        if told.outcome == Outcome.OK.value:
            return str(one.rendered or one.sha256)
    return str(row.shown)
