"""Where the bytes of an archive on SQLite lie, and how long it takes to read what is kept. Writes nothing."""

from __future__ import annotations

import random
import sqlite3
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, select

from storage import blobs
from storage.blobs import stair
from storage.engine import reading
from storage.store import Store
from storage.tables import BLOB, CAPTURE

SAMPLE = 3000
DEEPEST = 300

USES = """
with used as (
  select sha256, 'body' as kind from capture union select rendered, 'body' from capture union select sha256, 'body' from snapshot
  union select record, 'record' from capture union select reading, 'reading' from snapshot union select looks, 'list' from leaf
), attached as (
  select c.sha256 from capture c join page p on p.id = c.page where p.url like '%.pdf'
)
select case when sha256 in attached then 'attachment' else kind end, base, size, coalesce(length(data), 0), depth
from blob join (select sha256, min(kind) as kind from used group by sha256) using (sha256)
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
    large = [part for part in parts if part[1] > max(total // 200, 8192)]
    return total, [*large, ("all others", total - sum(size for _, size in large))]


def told_of_blobs(database: Path, count: int) -> Iterator[str]:
    """What kinds of bytes are kept, how many of them whole, how large, and over how many deltas they are read."""
    kinds: dict[tuple[str, bool], list[tuple[int, int, int]]] = defaultdict(list)
    with sqlite3.connect(database) as connection:
        for kind, base, size, packed, place in connection.execute(USES):
            kinds[kind, base is None].append((size, packed, _steps(place)))
    for (kind, whole), told in sorted(kinds.items()):
        sizes, packed, steps = zip(*told, strict=True)
        how = "whole" if whole else f"as deltas, {statistics.mean(steps):.1f} deep in the mean and {max(steps)} at most"
        kept = f"{statistics.mean(sizes):.0f} bytes each, {statistics.mean(packed):.0f} kept"
        yield f"{kind}: {len(told)} {how}: {kept}; {sum(packed) / count:.1f} a version kept"


def _steps(place: int) -> int:
    """Deltas on the way down from a place."""
    steps = 0
    while place:
        place, steps = stair(place), steps + 1
    return steps


def decode_times(database: Path) -> Iterator[str]:
    """How long random bodies take to read, those of the highest places apart; in time, and in time of the processor."""
    store, dice = Store.open(f"sqlite:///{database}"), random.Random(1)
    with reading(store.engine) as connection:
        held = [row[0] for row in connection.execute(select(CAPTURE.c.sha256).distinct().order_by(CAPTURE.c.sha256))]
        high = connection.execute(select(BLOB.c.sha256, BLOB.c.depth, BLOB.c.size).where(BLOB.c.depth > 0)).all()
        deep = sorted(high, key=lambda row: (-_steps(row.depth), -row.size))[:DEEPEST]
        samples = {
            "random bodies": dice.sample(held, min(SAMPLE, len(held))),
            "of most deltas, the largest first": [row[0] for row in deep],
        }
        for name, asked in samples.items():
            took = [_seconds(connection, sha256) for sha256 in asked]
            told = (
                f"{what} {_shares(sorted(times))}"
                for what, times in zip(("time", "processor"), zip(*took, strict=True), strict=True)
            )
            yield f"reading {len(took)} {name}: {', '.join(told)}"
    store.close()


def _shares(times: list[float]) -> str:
    p50, p99 = (1000 * times[int(len(times) * share)] for share in (0.5, 0.99))
    return f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, most {1000 * times[-1]:.2f} ms"


def _seconds(connection: Connection, sha256: str) -> tuple[float, float]:
    begun, worked = time.perf_counter(), time.process_time()
    blobs.fetch(connection, sha256)
    return time.perf_counter() - begun, time.process_time() - worked
