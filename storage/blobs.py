"""Keeps bytes as received, once each, by their SHA-256, compressed with zstandard.

Never looks into the bytes, and never gives out any that do not match their hash.
"""

from __future__ import annotations

import hashlib

import zstandard
from sqlalchemy import Connection, bindparam, select

from storage.errors import Missing, StoreError
from storage.rows import insert_new
from storage.tables import BLOB

LEVEL = 6
LARGEST = 2**31

_KNOWN = select(BLOB.c.size).where(BLOB.c.sha256 == bindparam("hash"))


def compress(data: bytes) -> bytes:
    """A zstandard frame that carries its size and a checksum."""
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(data)


def decompress(data: bytes) -> bytes:
    """The bytes of a frame made by `compress`; raises StoreError if it is damaged."""
    try:
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=LARGEST)
    except zstandard.ZstdError as error:
        raise StoreError("stored bytes are damaged", "restore this home from a backup") from error


def keep(connection: Connection, body: bytes, sha256: str) -> None:
    """Keep bytes unless they are there already."""
    if not connection.execute(_KNOWN, {"hash": sha256}).first():
        insert_new(connection, BLOB, sha256=sha256, size=len(body), data=compress(body))


def fetch(connection: Connection, sha256: str) -> bytes:
    """The bytes with this hash; raises Missing, or StoreError if what is stored does not match."""
    row = connection.execute(select(BLOB.c.data).where(BLOB.c.sha256 == sha256)).first()
    if row is None:
        raise Missing(f"no bytes with SHA-256 {sha256[:12]} are kept")
    body = decompress(row[0])
    if hashlib.sha256(body).hexdigest() != sha256:
        raise StoreError(f"the bytes kept as {sha256[:12]} have another hash", "restore this home from a backup")
    return body
