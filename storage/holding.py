"""Holds the files of bodies beside a SQLite database: whoever copies them shares the hold, whoever unlinks some must be alone.

Unlinks nothing itself. A hold ends with its process, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"


@contextmanager
def blob_files_held(folder: Path) -> Iterator[None]:
    """As long as this lasts nobody unlinks a file of this folder; waits for one who does so now."""
    handle = _open(folder)
    try:
        if handle is not None:
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def blob_files_alone(folder: Path) -> Iterator[bool]:
    """True if nobody copies files of this folder, and nobody begins to as long as this lasts; False: come another time."""
    handle = _open(folder)
    try:
        yield handle is not None and _taken(handle)
    finally:
        if handle is not None:
            os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _open(folder: Path) -> int | None:
    """The lock's handle; None where it can neither be read nor made, since who may only read cannot keep a sweeper off."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        return os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        try:
            return os.open(folder / LOCK, os.O_RDONLY)
        except OSError:
            return None
