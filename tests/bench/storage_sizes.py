"""Where the bytes of an archive on SQLite lie, and how long it takes to read what is kept. Writes nothing."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from storage import blobs
from storage.engine import reading
from storage.store import Store

SAMPLE = 3000
DEEPEST = 300

USES = """
with used as (
  select sha256, 'body' as kind from capture union select rendered, 'body' from capture union select sha256, 'body' from snapshot
  union select record, 'record' from capture union select reading, 'reading' from snapshot
)
select kind, base is null, count(*), sum(size), sum(length(data)), avg(depth), max(depth)
from blob join (select sha256, min(kind) as kind from used group by sha256) using (sha256) group by 1, 2 order by 1, 2
"""


def sizes(database: Path) -> tuple[int, list[tuple[str, int]]]:
    """Bytes on the disk after a checkpoint, and of each table and index, the largest first; small ones together."""
    with sqlite3.connect(database) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
        rows = connection.execute(
            "select s.name, m.type, sum(s.pgsize), sum(s.unused) from dbstat s left join sqlite_schema m on m.name = s.name"
            " group by 1 order by 3 desc"
        ).fetchall()
    beside = sum(file.stat().st_size for file in (database.parent / "blobs").rglob("*") if file.is_file())
    total = database.stat().st_size + beside
    parts = [(f"{kind or 'table'} {name} ({unused} unused)", size) for name, kind, size, unused in rows]
    parts.append(("large bodies as files", beside))
    large = [part for part in parts if part[1] > total // 200]
    return total, [*large, ("all others", total - sum(size for _, size in large))]


def told_of_blobs(database: Path, count: int) -> Iterator[str]:
    """What kinds of bytes are kept, how many of them whole, how large and how deep."""
    with sqlite3.connect(database) as connection:
        for kind, whole, number, size, packed, depth, deepest in connection.execute(USES):
            told = "whole" if whole else f"as deltas, depth {depth:.1f} in the mean and {deepest} at most"
            kept = f"{size / number:.0f} bytes each, {(packed or 0) / number:.0f} kept"
            yield f"{kind}: {number} {told}: {kept}; {(packed or 0) / count:.1f} a version kept"


def decode_times(database: Path) -> Iterator[str]:
    """How long random bodies take to read, those of the deepest chains apart."""
    store, dice = Store.open(f"sqlite:///{database}"), random.Random(1)
    with reading(store.engine) as connection:
        all_ = [row[0] for row in connection.execute(text("select distinct hex(sha256) from capture order by 1"))]
        deepest = text("select hex(sha256) from blob order by depth desc limit :n")
        deep = [row[0] for row in connection.execute(deepest, {"n": DEEPEST})]
        for name, asked in (("random bodies", dice.sample(all_, min(SAMPLE, len(all_)))), ("deepest chains", deep)):
            took = sorted(_seconds(connection, sha256.lower()) for sha256 in asked)
            p50, p99 = (1000 * took[int(len(took) * share)] for share in (0.5, 0.99))
            yield f"reading {len(took)} {name}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, most {1000 * took[-1]:.2f} ms"
    store.close()


def _seconds(connection: object, sha256: str) -> float:
    begun = time.perf_counter()
    blobs.fetch(connection, sha256)  # type: ignore[arg-type]
    return time.perf_counter() - begun
