"""Keeps bytes once each by their SHA-256: as a zstandard frame, or as what differs from other bytes that are kept.

A page looked at again differs from itself in a few tokens; with the page's previous bytes as the dictionary the frame holds
little more than these. Each frame has its place above one that stands alone, which says on which other it leans: most on the one
before, every 16th on one 16 places earlier and so on, like stairs, so that the way down stays short however many there are
(docs/decisions/delta-storage.md). A frame stands alone where a delta does not pay. On SQLite large frames lie in files beside
the database, written before the row that names them.

What refers to bytes is not counted here: it is asked when something is to go (see `sweeping`). Never looks into the bytes, and
never gives out any that do not match their hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import zstandard
from sqlalchemy import Connection, Row, bindparam, select

from storage import blob_files
from storage.errors import Missing, StoreError
from storage.rows import insert_new, upsert
from storage.tables import BLOB

LEVEL = 9
LARGEST = 2**31

STEP = 16
"""How many places a stair has; the way down is at most as long as the digits of a place, to this base, make together."""

HIGHEST = STEP**4 - 1
"""The last place, 60 deltas above the frame that stands alone; each costs a decompression."""

PAYS = 0.5
"""A delta larger than this share of a frame that stands alone gives way to one."""

SURELY_PAYS = 0.02
"""A delta smaller than this share of the bytes themselves pays without looking at the other frame: text shrinks to a fifth."""

DELTA_MOST = 8_000_000
"""Bytes beyond this are never held against others: what is so large is a file, and files do not change by a few tokens."""

_DAMAGED = "restore this home from a backup"

_HASH = BLOB.c.sha256 == bindparam("hash")
_HELD = select(BLOB.c.depth).where(_HASH).with_for_update(read=True, key_share=True)
_KNOWN = select(BLOB.c.size).where(_HASH)


def _way_down() -> Any:
    """The row of a hash and those that it leans on."""
    first = select(BLOB).where(_HASH).cte("chain", recursive=True)
    further = select(BLOB).join(first, (BLOB.c.sha256 == first.c.base) & (BLOB.c.depth < first.c.depth))
    chain = first.union_all(further)
    return select(chain).order_by(chain.c.depth)


_CHAIN = _way_down()


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes made ready to be kept."""

    sha256: str
    size: int
    data: bytes
    base: str | None = None
    depth: int = 0  #: its place above a frame that stands alone; 0: it is one
    body: bytes = b""


def hash_of(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def compress(body: bytes) -> bytes:
    """A zstandard frame that stands alone; it carries its size and a checksum."""
    level = LEVEL if len(body) <= DELTA_MOST else 3
    return zstandard.ZstdCompressor(level=level, write_checksum=True).compress(body)


def delta(body: bytes, base: bytes) -> bytes:
    """A zstandard frame that needs `base` to be read; the window spans both, or what is far apart would be said again."""
    window = min(27, max(17, (len(base) + len(body)).bit_length()))
    told = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, source_size=len(body), dict_size=len(base), window_log=window, write_checksum=True, write_content_size=True
    )
    return zstandard.ZstdCompressor(dict_data=_dictionary(base), compression_params=told).compress(body)


def decompress(data: bytes, base: bytes | None = None, *, size: int | None = None) -> bytes:
    """The bytes of a frame; raises StoreError if it is damaged, was made against another base, or is not of this size."""
    try:
        if size is not None and zstandard.frame_content_size(data) not in (-1, size):
            raise StoreError("stored bytes are damaged", _DAMAGED)
        known = zstandard.ZstdDecompressor(dict_data=_dictionary(base)) if base is not None else zstandard.ZstdDecompressor()
        return known.decompress(data, max_output_size=LARGEST)
    except zstandard.ZstdError as error:
        raise StoreError("stored bytes are damaged", _DAMAGED) from error


def _dictionary(base: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def pack(connection: Connection, body: bytes, near: Iterable[str | None] = ()) -> Frame:
    """Make bytes ready, against the first of these hashes that is kept; writes nothing, so that no transaction waits for it."""
    frame = Frame(hash_of(body), len(body), b"", body=body)
    if len(body) <= DELTA_MOST:
        for other in near:
            if other is not None and other != frame.sha256 and (made := _against(connection, frame, other)):
                return made
    return replace(frame, data=compress(body))


def stair(place: int) -> int:
    """The place on which the next one leans: the last digit that is not 0, to the base of STEP, is one less."""
    width = 1
    while place % (width * STEP) == 0:
        width *= STEP
    return place - width


def _against(connection: Connection, frame: Frame, other: str) -> Frame | None:
    """The frame as a delta, in the place after other bytes; None if they are not there, too far up, or it does not pay."""
    rows = connection.execute(_CHAIN, {"hash": other}).all()
    if not rows or rows[-1].sha256 != other or rows[-1].depth >= HIGHEST:
        return None
    place = rows[-1].depth + 1
    rows = [row for row in rows if row.depth <= stair(place)]
    if not rows or not 0 < rows[-1].size <= DELTA_MOST:
        return None
    try:
        base = _decoded(connection, rows, rows[-1].sha256)
    except StoreError:  # what is damaged is for verify to tell; what comes now stands alone
        return None
    made = replace(frame, data=delta(frame.body, base), base=rows[-1].sha256, depth=place)
    if len(made.data) <= SURELY_PAYS * frame.size or len(made.data) <= PAYS * len(compress(frame.body)):
        return made
    return None


def put(connection: Connection, frame: Frame) -> None:
    """Keep what `pack` made ready, unless it is there already; if its base went meanwhile it is made to stand alone."""
    if connection.execute(_HELD, {"hash": frame.sha256}).first() is not None:
        return
    if frame.base is not None and connection.execute(_HELD, {"hash": frame.base}).first() is None:
        frame = replace(frame, data=compress(frame.body), base=None, depth=0)
    beside = blob_files.put(connection, frame.sha256, frame.data)
    row = {"sha256": frame.sha256, "size": frame.size, "base": frame.base, "depth": frame.depth}
    insert_new(connection, BLOB, **row, data=None if beside else frame.data)


def keep(connection: Connection, body: bytes, near: Iterable[str | None] = ()) -> str:
    """Make ready and keep at once, for bytes that are small; gives their hash."""
    frame = pack(connection, body, near)
    put(connection, frame)
    return frame.sha256


def restore(connection: Connection, body: bytes) -> str:
    """Keep bytes as a frame that stands alone, in place of one that turned out to be damaged; gives their hash."""
    frame = Frame(hash_of(body), len(body), compress(body))
    beside = blob_files.put(connection, frame.sha256, frame.data)
    stands = {"size": frame.size, "base": None, "depth": 0, "data": None if beside else frame.data}
    upsert(connection, BLOB, ["sha256"], sha256=frame.sha256, **stands)
    return frame.sha256


def is_kept(connection: Connection, sha256: str) -> bool:
    """Are bytes with this hash kept."""
    return connection.execute(_KNOWN, {"hash": sha256}).first() is not None


def keyframe_of(connection: Connection, sha256: str) -> str | None:
    """The hash of the frame that stands alone and on which these bytes rest; None if they are not kept."""
    rows = connection.execute(_CHAIN, {"hash": sha256}).all()
    return rows[0].sha256 if rows else None


def fetch(connection: Connection, sha256: str) -> bytes:
    """The bytes with this hash; raises Missing, or StoreError if what is stored does not match."""
    rows = connection.execute(_CHAIN, {"hash": sha256}).all()
    if not rows:
        raise Missing(f"no bytes with SHA-256 {sha256[:12]} are kept")
    body = _decoded(connection, rows, sha256)
    if hash_of(body) != sha256:
        raise StoreError(f"the bytes kept as {sha256[:12]} have another hash", _DAMAGED)
    return body


def _decoded(connection: Connection, rows: Sequence[Row[Any]], sha256: str) -> bytes:
    """What these rows, from the one that stands alone upward, make together."""
    body: bytes | None = None
    for row in rows:
        if (row.base is None) != (body is None):
            raise StoreError(f"what the bytes {sha256[:12]} lean on is not there", _DAMAGED)
        data = row.data if row.data is not None else blob_files.fetch(connection, row.sha256)
        body = decompress(data, body, size=row.size)
    if body is None:
        raise Missing(f"no bytes with SHA-256 {sha256[:12]} are kept")
    return body
