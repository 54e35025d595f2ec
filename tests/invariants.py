"""What must hold in every archive at every moment, asked of its tables: an empty list says that it does.

Written against the tables and not with the shelves that fill them, so that one mistake does not hide the other.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import Column, Connection, Engine, func, select, text
from sqlmodel import SQLModel

from storage import blobs, merkle
from storage.engine import reading
from storage.errors import StoreError
from storage.records import Outcome, RunState
from storage.records.proof import LookLine
from storage.tables import BLOB, CAPTURE, CHANGE, FINDING, LEAF, LOOK, NODE, PAGE, RUN, SIGHTING, SNAPSHOT

NAMED = (
    (PAGE.c.latest, SIGHTING.c.id),
    (PAGE.c.version, SNAPSHOT.c.id),
    (PAGE.c.current, SNAPSHOT.c.id),
    (SIGHTING.c.first_run, RUN.c.id),
    (SIGHTING.c.last_run, RUN.c.id),
    (FINDING.c.page, PAGE.c.id),
)
"""What refers to a row without the database knowing of it."""


def troubles(engine: Engine, *, at_once: bool = False) -> list[str]:
    """Everything that is wrong; `at_once`: several crawls of a site went on together, so a look may lie within another span."""
    with reading(engine) as connection:
        found = [*_file(connection), *_references(connection), *_bytes(connection), *_versions(connection)]
        return [*found, *_spans(connection, at_once), *_looks(connection), *_pages(connection), *_ledger(connection)]


def looks_of_pages(engine: Engine) -> Counter[str]:
    """How many looks at each address the archive tells."""
    with reading(engine) as connection:
        asked = select(PAGE.c.url, func.sum(SIGHTING.c.looks)).join(SIGHTING, SIGHTING.c.page == PAGE.c.id).group_by(PAGE.c.url)
        return Counter({url.removeprefix("http://"): int(count) for url, count in connection.execute(asked)})


def _file(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        for name in ("integrity_check", "foreign_key_check"):
            yield from (f"{name}: {tuple(row)}" for row in connection.execute(text(f"PRAGMA {name}")) if row[0] != "ok")


def _references(connection: Connection) -> Iterator[str]:
    keys = [(key.parent, key.column) for table in SQLModel.metadata.sorted_tables for key in table.foreign_keys]
    for child, parent in (*keys, *NAMED):
        known = parent.table.alias()
        there = select(known).where(known.c[parent.name] == child).exists()
        lost = connection.execute(select(child).where(child.is_not(None), ~there)).scalars().all()
        yield from (f"{child} is {value!r}, and there is no such {parent}" for value in lost)
    whole = {f"{run}.{number}" for run, number in connection.execute(select(CAPTURE.c.run, CAPTURE.c.number))}
    for column in (SIGHTING.c.first_look, CHANGE.c.after_look):
        cited = connection.execute(select(column)).scalars()
        yield from (f"{column} is {look}, which was not kept whole" for look in cited if look not in whole)


def _bytes(connection: Connection) -> Iterator[str]:
    kept = set(connection.execute(select(BLOB.c.sha256)).scalars())
    for name in kept:
        try:
            body = blobs.fetch(connection, name)
        except StoreError as damage:
            yield f"blob {name}: {damage}"
            continue
        if hashlib.sha256(body).hexdigest() != name:
            yield f"blob {name} has another hash"
    for column in _hashes():
        wanted = connection.execute(select(column).where(column.is_not(None))).scalars()
        yield from (f"{column} {name} has no bytes" for name in wanted if name not in kept)


def _hashes() -> Iterator[Column[str]]:
    yield from (SNAPSHOT.c.sha256, SNAPSHOT.c.reading, CAPTURE.c.sha256, CAPTURE.c.rendered, CAPTURE.c.record)
    yield from (BLOB.c.base, LEAF.c.looks)


def _versions(connection: Connection) -> Iterator[str]:
    of: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for page, number, identity in connection.execute(select(SNAPSHOT.c.page, SNAPSHOT.c.number, SNAPSHOT.c.identity)):
        of[page].append((number, identity))
    for page, versions in of.items():
        if sorted(number for number, _ in versions) != list(range(1, len(versions) + 1)):
            yield f"page {page} has versions {sorted(number for number, _ in versions)}"
        if len({identity for _, identity in versions}) < len(versions):
            yield f"page {page} has a version twice"


def _spans(connection: Connection, at_once: bool) -> Iterator[str]:
    of = defaultdict(list)
    for span in connection.execute(select(SIGHTING).order_by(SIGHTING.c.first, SIGHTING.c.last, SIGHTING.c.id)):
        of[span.page].append(span)
        if span.first > span.last or (span.looks == 1) != (span.first == span.last) or span.sound_count > span.looks:
            yield f"span {span.id}: {span.looks} looks, {span.sound_count} of them sound, from {span.first} to {span.last}"
    for page, spans in of.items():
        for one, other in pairwise(spans):
            if other.first < one.last and not (at_once and 1 in (one.looks, other.looks)):
                yield f"page {page}: span {other.id} begins before span {one.id} has ended"


def _looks(connection: Connection) -> Iterator[str]:
    spans = select(PAGE.c.site, func.sum(SIGHTING.c.looks)).join(PAGE, PAGE.c.id == SIGHTING.c.page).group_by(PAGE.c.site)
    told = {site: int(count) for site, count in connection.execute(spans)}
    counted: Counter[str] = Counter()
    rows = defaultdict(list)
    for run, number in connection.execute(select(LOOK.c.run, LOOK.c.number).order_by(LOOK.c.run, LOOK.c.number)):
        rows[run].append(number)
    for run in connection.execute(select(RUN)):
        counted[run.site] += run.looks
        is_open = run.state == RunState.OPEN.value
        if rows[run.id] != (list(range(1, run.looks + 1)) if is_open else []):
            yield f"run {run.id} is {run.state}, counts {run.looks} looks and has {rows[run.id]}"
        if not is_open and sum(run.tally.get(one.value, 0) for one in Outcome) != run.looks:
            yield f"run {run.id} counts {run.looks} looks and tells {run.tally}"
        if is_open != (run.closed is None):
            yield f"run {run.id} is {run.state} and was closed at {run.closed}"
    for site in counted.keys() | told.keys():
        if counted[site] != told.get(site, 0):
            yield f"the runs of {site} count {counted[site]} looks, the spans of its pages {told.get(site, 0)}"


def _pages(connection: Connection) -> Iterator[str]:
    newest: dict[int, tuple[object, int]] = {}
    sound: dict[int, tuple[object, int]] = {}
    for span in connection.execute(select(SIGHTING).order_by(SIGHTING.c.id)):
        newest[span.page] = max(newest.get(span.page, (span.last, span.id)), (span.last, span.id))
        if span.snapshot is not None and span.sound_last is not None:
            sound[span.page] = max(sound.get(span.page, (span.sound_last, span.snapshot)), (span.sound_last, span.snapshot))
    for page in connection.execute(select(PAGE)):
        if page.latest != newest.get(page.id, (None, None))[1]:
            yield f"page {page.id} names span {page.latest} as its newest, and it is {newest.get(page.id)}"
        if page.current != sound.get(page.id, (None, None))[1]:
            yield f"page {page.id} names version {page.current} as soundly seen last, and it is {sound.get(page.id)}"


def _ledger(connection: Connection) -> Iterator[str]:
    """Entries without holes, one of each closed run; what they tell of its looks adds up to what the spans tell."""
    leaves = connection.execute(select(LEAF).order_by(LEAF.c.number)).all()
    if [leaf.number for leaf in leaves] != list(range(len(leaves))):
        yield f"the ledger has the numbers {[leaf.number for leaf in leaves]}"
    closed = set(connection.execute(select(RUN.c.id).where(RUN.c.closed.is_not(None))).scalars())
    if closed != (sealed := {leaf.run for leaf in leaves if leaf.run is not None}):
        yield f"runs {sorted(closed ^ sealed)} are closed or sealed, and not both"
    kept = {(node.level, node.position): node.hash for node in connection.execute(select(NODE))}
    made: dict[tuple[int, int], bytes] = {}
    for leaf in leaves:
        grown = merkle.grown(leaf.number, merkle.leaf_hash(leaf.data), lambda level, place: made[level, place])
        made.update({(level, place): node for level, place, node in grown})
    if kept != {place: node.hex() for place, node in made.items()}:
        yield "the ledger's nodes are not those of its entries"
    looks: Counter[int] = Counter(connection.execute(select(LOOK.c.page)).scalars())
    for leaf in leaves:
        lines = blobs.fetch(connection, leaf.looks).split(b"\n") if leaf.looks else []
        told = json.loads(leaf.data)
        lines = [line for line in lines if line]
        if leaf.run is not None and merkle.root([merkle.leaf_hash(line) for line in lines]).hex() != told["root"]:
            yield f"the looks of run {leaf.run} are not those of its entry"
        looks.update(LookLine.unpacked(line, leaf.run).page for line in lines)
    spans = select(SIGHTING.c.page, func.sum(SIGHTING.c.looks)).group_by(SIGHTING.c.page)
    for page, count in connection.execute(spans):
        if looks[page] != count:
            yield f"page {page} was looked at {looks[page]} times by the runs' lists, and {count} times by its spans"
