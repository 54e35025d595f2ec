"""Large frames as files beside an SQLite database, by hash. On PostgreSQL there are none: a file here is invisible to others.

A file is whole before the row that names it is written, and goes after the row has gone: one too many may lie here, one too few
never. Both happen inside of a writing transaction, so that a sweeper and a writer never meet.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from sqlalchemy import Connection, Engine

from storage.errors import StoreError, Stuck

LARGE = 256_000
"""Bytes of a frame from which on it lies in a file: the database stays quick to copy, and its pages are not torn apart."""


def folder_of(engine: Engine) -> Path | None:
    """Where the files of this archive lie, whether or not there are any; None on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return None
    database = Path(str(engine.url.database)).absolute()
    return database.parent / "blobs" / database.name


def path_of(folder: Path, sha256: str) -> Path:
    """Where the frame of these bytes lies."""
    return folder / sha256[:2] / sha256


def put(connection: Connection, sha256: str, data: bytes) -> bool:
    """Write a large frame whole or not at all; says whether it lies in a file now. Raises Stuck."""
    folder = folder_of(connection.engine)
    if folder is None or len(data) < LARGE:
        return False
    path = path_of(folder, sha256)
    half = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with half.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        for holder in (path.parent, folder, folder.parent):
            _settle(holder)
    except OSError as wrong:
        half.unlink(missing_ok=True)
        raise Stuck(f"{path} cannot be written: {wrong.strerror or wrong}", "make room on the disk, and crawl again") from wrong
    return True


def fetch(connection: Connection, sha256: str) -> bytes:
    """The frame that lies in a file; raises StoreError if it is not there."""
    folder = folder_of(connection.engine)
    if folder is None:
        raise StoreError(f"the bytes {sha256[:12]} lie in no row", "restore this home from a backup")
    try:
        return path_of(folder, sha256).read_bytes()
    except OSError as wrong:
        raise StoreError(
            f"{path_of(folder, sha256)} cannot be read: {wrong.strerror or wrong}", "restore this home from a backup"
        ) from wrong


def _settle(folder: Path) -> None:
    """Have the disk know the new name too, not only what is in the file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
