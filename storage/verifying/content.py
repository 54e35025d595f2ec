"""Bytes against their hashes, and every reference against what it refers to.

Goes down from each frame that stands alone to those that lean on it, so that each frame is taken apart once.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Index, MetaData, Select, String, Table, bindparam, cast, func, insert, select

from storage import blob_files, blobs
from storage.errors import StoreError
from storage.records import CaptureRecord
from storage.tables import BLOB, CAPTURE, LEAF, PAGE, SNAPSHOT
from storage.tables.columns import Digest
from storage.verifying.faults import Checked
from storage.verifying.lines import LINE

_SCRATCH = MetaData()

_LEANING = Table(
    "checked_leaning",
    _SCRATCH,
    Column("base", Digest, nullable=False),
    Column("sha256", Digest, nullable=False),
    Index("checked_leaning_on", "base"),
    prefixes=["TEMPORARY"],
)

_BASE = BLOB.alias("base")
_BESIDE_ITS_BASE = (
    select(*BLOB.c, _BASE.c.depth.label("below"))
    .join(_BASE, _BASE.c.sha256 == BLOB.c.base, isouter=True)
    .where(BLOB.c.sha256 == bindparam("of"))
)


def check(connection: Connection, found: Checked) -> None:
    """Decode everything that is kept, then ask for what is not there."""
    _SCRATCH.create_all(connection)
    connection.execute(insert(_LEANING).from_select(["base", "sha256"], select(BLOB.c.base, BLOB.c.sha256).where(_leans())))
    total = connection.execute(select(func.count()).select_from(BLOB)).scalar_one()
    for alone in connection.execute(select(BLOB.c.sha256).where(BLOB.c.base.is_(None))).scalars().all():
        _tree(connection, alone, found, total)
    found.count("bytes", total)
    _records(connection, found)
    _references(connection, found)
    _SCRATCH.drop_all(connection)


def _leans() -> Any:
    return BLOB.c.base.is_not(None)


def _tree(connection: Connection, alone: str, found: Checked, total: int) -> None:
    """A frame and all that lean on it, a branch at a time: in hand is never more than one way down."""
    waiting: list[tuple[str, int]] = [(alone, 0)]
    way: list[bytes | None] = []
    while waiting:
        sha256, depth = waiting.pop()
        del way[depth:]
        way.append(_decoded(connection, sha256, way[-1] if way else None, found))
        found.progress("bytes", found.counts.get("decoded", 0), total)
        found.count("decoded")
        leaning = connection.execute(select(_LEANING.c.sha256).where(_LEANING.c.base == sha256)).scalars()
        waiting += [(other, depth + 1) for other in leaning]


def _decoded(connection: Connection, sha256: str, base: bytes | None, found: Checked) -> bytes | None:
    row = connection.execute(_BESIDE_ITS_BASE, {"of": sha256}).one()
    if row.base is not None and base is None:
        found.fault("bytes", sha256, f"cannot be read, for they lean on {row.base}, which cannot be read")
        return None
    if row.base is not None and row.below >= row.depth:
        found.fault("bytes", sha256, "cannot be read, for they stand no higher than what they lean on")
    try:
        data = row.data if row.data is not None else blob_files.fetch(connection, sha256)
        body = blobs.decompress(data, base, size=row.size)
    except StoreError as wrong:
        found.fault("bytes", sha256, wrong.message)
        return None
    if blobs.hash_of(body) != sha256:
        found.fault("bytes", sha256, "decode to bytes with another hash: they were changed")
        return None
    return body


def _records(connection: Connection, found: Checked) -> None:
    """The record of each look says what the look's line says."""
    lines = select(*LINE.c, CAPTURE.c.rendered).join(CAPTURE, (CAPTURE.c.run == LINE.c.run) & (CAPTURE.c.number == LINE.c.number))
    kept = lines.join(BLOB, BLOB.c.sha256 == LINE.c.record).where(LINE.c.record.is_not(None))
    for line in connection.execute(kept.order_by(LINE.c.page, LINE.c.run, LINE.c.number)).all():
        try:
            record = CaptureRecord.unpacked(blobs.fetch(connection, line.record), line.look)
        except StoreError:
            continue  # said where its bytes were decoded
        except ValueError as wrong:
            found.fault("capture", line.look, str(wrong))
            continue
        told = (record.url, record.ended, record.outcome, record.sha256)
        if told != (line.url, line.time, line.outcome, line.sha256):
            found.fault("capture", line.look, "its record does not say what the ledger says")
        if record.rendered != line.rendered:
            found.fault("capture", line.look, "names another rendered page than its record")


def _references(connection: Connection, found: Checked) -> None:
    """What is referred to is kept; what a tombstone names is referred to no more."""
    look = cast(CAPTURE.c.run, String) + "." + cast(CAPTURE.c.number, String)
    name = PAGE.c.url
    version = select(SNAPSHOT.c.sha256, name.label("place")).join(PAGE, PAGE.c.id == SNAPSHOT.c.page)
    asked: tuple[tuple[str, str, Select[Any]], ...] = (
        ("capture", "its bytes are", select(CAPTURE.c.sha256, look.label("place"))),
        ("capture", "its record is", select(CAPTURE.c.record.label("sha256"), look.label("place"))),
        ("capture", "its rendered page is", select(CAPTURE.c.rendered.label("sha256"), look.label("place"))),
        ("version", "its bytes are", version.where(SNAPSHOT.c.pruned.is_(None))),
        (
            "version",
            "its reading is",
            select(SNAPSHOT.c.reading.label("sha256"), name.label("place")).join(PAGE, PAGE.c.id == SNAPSHOT.c.page),
        ),
        ("run", "the list of its looks is", select(LEAF.c.looks.label("sha256"), cast(LEAF.c.run, String).label("place"))),
        ("bytes", "what they lean on is", select(BLOB.c.base.label("sha256"), cast(BLOB.c.size, String).label("place"))),
    )
    for what, which, query in asked:
        wanted = query.subquery()
        missing = (
            select(wanted.c.sha256, wanted.c.place)
            .join(BLOB, BLOB.c.sha256 == wanted.c.sha256, isouter=True)
            .where(wanted.c.sha256.is_not(None), BLOB.c.sha256.is_(None))
        )
        for row in connection.execute(missing):
            found.fault(what, row.place, f"{which} not kept: {row.sha256}")
