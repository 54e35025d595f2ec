"""Takes away bytes that nothing refers to any more, and files that no row names (docs/decisions/retention.md).

What refers to bytes is asked set-wise when some are to go, never counted. Everything is asked again in the transaction that
deletes, so that a crawl that refers to bytes just now keeps them: it holds their rows meanwhile, and what is held is passed
over. What living deltas lean on goes only after these have been made anew. Never decides what is to be kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loguru import logger
from sqlalchemy import Connection, Engine, Select, bindparam, delete, except_, func, select, update

from storage import blob_files, blobs
from storage.blobs import Frame
from storage.engine import again, reading, writing
from storage.errors import StoreError
from storage.holding import blob_files_alone
from storage.tables import BLOB, CAPTURE, LEAF, SNAPSHOT

BATCH = 5000
"""Hashes deleted in one transaction; the larger, the seldomer all references are read through."""

ANEW = 32
"""Frames made anew in one transaction; what costs time is done before it."""

REFERENCES: tuple[Select[Any], ...] = (
    select(CAPTURE.c.sha256),
    select(CAPTURE.c.record),
    select(CAPTURE.c.rendered),
    select(SNAPSHOT.c.sha256).where(SNAPSHOT.c.pruned.is_(None)),
    select(SNAPSHOT.c.reading),
    select(LEAF.c.looks),
)
"""All that refers to bytes, beside a delta to its base."""

_DEAD = except_(select(BLOB.c.sha256), *REFERENCES).subquery()
_DEEPEST_FIRST = select(BLOB.c.sha256).join(_DEAD, _DEAD.c.sha256 == BLOB.c.sha256).order_by(BLOB.c.depth.desc(), BLOB.c.sha256)
_LEANING = select(BLOB.c.sha256).where(BLOB.c.base.in_(select(_DEAD.c.sha256))).order_by(BLOB.c.depth, BLOB.c.sha256)
_MADE_ANEW = update(BLOB).where(BLOB.c.sha256 == bindparam("of"), BLOB.c.base == bindparam("leant_on"))
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep took away."""

    blobs: int = 0
    freed: int = 0  #: bytes of what went, less what others grew by
    anew: int = 0  #: frames that leant on what went
    files: int = 0
    held: bool = False  #: were files left alone, since a backup copies them now


@dataclass(frozen=True, slots=True)
class _Anew:
    frame: Frame
    leant_on: str


def sweep(engine: Engine) -> Swept:
    """Take away what nothing refers to; safe beside crawls, and beside another sweep."""
    with reading(engine) as connection:
        dead = list(connection.execute(_DEEPEST_FIRST).scalars())
        going = set(dead)
        leaning = [one for one in connection.execute(_LEANING).scalars() if one not in going] if dead else []
    anew, grown = _make_all_anew(engine, leaning, going)
    # The deepest first: what a row leans on never goes before it, or whoever refers to it again would find a hole.
    gone = [_let_go(engine, part) for part in _parts(dead, BATCH)]
    files = _sweep_files(engine)
    swept, freed = sum(number for number, _ in gone), sum(size for _, size in gone)
    return replace(files, blobs=swept, freed=freed + files.freed - grown, anew=anew)


def unreferred(connection: Connection, hashes: Iterable[str]) -> set[str]:
    """Those of these hashes to which nothing refers."""
    free = set(hashes)
    for part in _parts(sorted(free), BATCH):
        for referring in REFERENCES:
            column = referring.selected_columns[0]
            free -= set(connection.execute(referring.where(column.in_(part))).scalars())
    return free


def references(connection: Connection, hashes: Iterable[str]) -> Counter[str]:
    """How often each of these hashes is referred to."""
    counted: Counter[str] = Counter()
    for part in _parts(sorted(hashes), BATCH):
        for referring in REFERENCES:
            column = referring.selected_columns[0]
            counted.update(connection.execute(referring.where(column.in_(part))).scalars())
    return counted


def bytes_in_files(connection: Connection, hashes: Iterable[str]) -> int:
    """How many bytes these take in files."""
    folder = blob_files.folder_of(connection.engine)
    paths = [blob_files.path_of(folder, sha256) for sha256 in hashes] if folder is not None and folder.is_dir() else []
    return sum(path.stat().st_size for path in paths if path.is_file())


# --- what leans on it -------------------------------------------------------------------------------------------------


def _make_all_anew(engine: Engine, leaning: Sequence[str], going: Collection[str]) -> tuple[int, int]:
    """Make every delta anew that leans on what goes, the least deep first; how many, and by how much they grew."""
    made = grown = 0
    for part in _parts(leaning, ANEW):
        with reading(engine) as connection:
            ready = [anew for one in part if (anew := _anew(connection, one, going)) is not None]
        for number, size in _give_anew(engine, ready):
            made, grown = made + number, grown + size
    return made, grown


def _anew(connection: Connection, sha256: str, going: Collection[str]) -> _Anew | None:
    """The frame of bytes without what goes: against the nearest on the way down that stays, else standing alone."""
    way = blobs.way_down(connection, sha256)
    if not way or way[-1].base is None:
        return None  # it is gone, or stands alone by now
    stays = next((row.sha256 for row in reversed(way[:-1]) if row.sha256 not in going), None)
    try:
        body = blobs.fetch(connection, sha256)
    except StoreError as damage:  # it keeps what it leans on, so that what can be saved is
        logger.warning("{}; what it leans on is kept", damage)
        return None
    frame = blobs.pack(connection, body, [stays])
    if frame.base in going or (frame.base is not None and blob_files.lies_beside(connection, frame.data)):
        # What stays may itself lean on what goes. And a file gives way before its row does: only a frame that stands alone is
        # also read right by the old row.
        frame = replace(frame, data=blobs.compress(body), base=None, depth=0)
    return _Anew(frame, way[-1].base)


@again
def _give_anew(engine: Engine, ready: Sequence[_Anew]) -> list[tuple[int, int]]:
    with writing(engine) as connection:
        return [_given(connection, one) for one in ready]


def _given(connection: Connection, anew: _Anew) -> tuple[int, int]:
    """Put a frame in the place of another one of the same bytes; nothing if either end changed meanwhile."""
    frame = anew.frame
    size = select(func.coalesce(func.length(BLOB.c.data), 0)).where(BLOB.c.sha256 == frame.sha256, BLOB.c.base == anew.leant_on)
    before = connection.execute(size).scalar()
    if before is None or (frame.base is not None and not blobs.held(connection, frame.base)):
        return 0, 0
    beside = blob_files.put(connection, frame.sha256, frame.data)
    told = {"base": frame.base, "depth": frame.depth, "data": None if beside else frame.data}
    connection.execute(_MADE_ANEW, {"of": frame.sha256, "leant_on": anew.leant_on, **told})
    return 1, len(frame.data) - before


# --- rows -------------------------------------------------------------------------------------------------------------


@again
def _let_go(engine: Engine, hashes: Sequence[str]) -> tuple[int, int]:
    """Delete those of these rows to which still nothing refers, and on which nothing leans; how many, and their bytes."""
    with writing(engine) as connection:
        # A writer holds what it is about to refer to: what is held is no rubbish. What is held by us, a writer waits for, and
        # then finds gone. Each of the questions that follow sees all that was kept before they were asked.
        mine = select(BLOB.c.sha256).where(BLOB.c.sha256.in_(hashes)).order_by(BLOB.c.sha256).with_for_update(skip_locked=True)
        free = unreferred(connection, connection.execute(mine).scalars().all())
        leaning = connection.execute(select(BLOB.c.sha256, BLOB.c.base).where(BLOB.c.base.in_(free))).all()
        free = _without_needed(free, [(row.sha256, row.base) for row in leaning])
        going = BLOB.c.sha256.in_(free)
        size = connection.execute(select(func.coalesce(func.sum(func.length(BLOB.c.data)), 0)).where(going)).scalar_one()
        connection.execute(delete(BLOB).where(going))
        return len(free), int(size)


def _without_needed(free: set[str], leaning: Sequence[tuple[str, str]]) -> set[str]:
    """Without those on which something leans that stays, however far down."""
    bases = dict(leaning)
    for one in [sha256 for sha256 in bases if sha256 not in free]:
        below: str | None = bases[one]
        while below in free:
            free.discard(below)
            below = bases.get(below)
    return free


# --- files ------------------------------------------------------------------------------------------------------------


def _sweep_files(engine: Engine) -> Swept:
    """Unlink files that no row names, and halves that a killed writer left, unless a backup copies files now."""
    folder = blob_files.folder_of(engine)
    if folder is None or not folder.is_dir():
        return Swept()
    with blob_files_alone(folder) as alone:
        if not alone:
            return Swept(held=True)
        taken = [_unlinked(engine, inner) for inner in sorted(folder.iterdir()) if inner.is_dir()]
    return Swept(files=sum(number for number, _ in taken), freed=sum(size for _, size in taken))


def _unlinked(engine: Engine, folder: Path) -> tuple[int, int]:
    with reading(engine) as connection:
        if not _strays(connection, folder):
            return 0, 0
    # Writers write their files inside of a transaction too: in this one there is no file that waits for its row.
    with writing(engine) as connection:
        strays = _strays(connection, folder)
        size = sum(path.stat().st_size for path in strays)
        for path in strays:
            path.unlink(missing_ok=True)
    return len(strays), size


def _strays(connection: Connection, folder: Path) -> list[Path]:
    files = [path for path in folder.iterdir() if path.is_file()]
    halves = [path for path in files if path.name.startswith(".") and path.suffix == ".part"]
    whole = {path.name: path for path in files if len(path.name) == 64 and _HEX.issuperset(path.name)}
    named: set[str] = set()
    for part in _parts(sorted(whole), BATCH):
        query = select(BLOB.c.sha256).where(BLOB.c.sha256.in_(part), BLOB.c.data.is_(None))
        named |= set(connection.execute(query).scalars())
    return [*halves, *(path for name, path in whole.items() if name not in named)]


def _parts(whole: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(whole), most):
        yield whole[start : start + most]
