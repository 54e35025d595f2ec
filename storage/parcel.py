"""The file that a backup is: a zip with a manifest. Writes it whole or not at all, and believes nothing that it reads.

Knows no database and no home. A file that is read may come from anybody: every name must stand in the manifest and be one of
those that a home can hold, nothing but plain files is taken, nothing is longer than the manifest says, every byte is hashed.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import TypeAdapter, ValidationError

from storage.errors import BackupError
from storage.sealing import Seal

FORMAT = 1
MANIFEST, DATABASE, WATCHLIST, SETTINGS = "manifest.json", "gongkai.db", "watchlist.toml", ".env"
KEY, SEALED = "ledger.key", "secrets.sealed"
_NAMES = re.compile(r"blobs/(?P<two>[0-9a-f]{2})/(?P=two)[0-9a-f]{62}|mail/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", re.ASCII)
_SINGLE = frozenset({DATABASE, SEALED, SETTINGS, WATCHLIST})
LONGEST_MANIFEST = 64 * 2**20
PIECE = 2**20

_DAMAGE = (BadZipFile, EOFError, NotImplementedError, OverflowError, RuntimeError, ValueError, struct.error, zlib.error)
"""What a reader of zips says of a damaged or a crafted one."""

Grown = Callable[[int], None]
"""Is told of every piece that was moved: its bytes."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    made: datetime
    software: str
    engine: str  #: from which it was made: sqlite | postgresql
    revision: str  #: of the schema
    items: tuple[Item, ...]
    secrets: tuple[str, ...] = ()  #: by name: sealed into it if there is a seal, else left out
    holes: tuple[str, ...] = ()  #: bodies that were missing in the archive already, by SHA-256
    sealed: Seal | None = None

    def item(self, name: str) -> Item | None:
        """The file of this name, if there is one."""
        return next((item for item in self.items if item.name == name), None)

    @property
    def size(self) -> int:
        """All bytes of all files."""
        return sum(item.size for item in self.items)


_MANIFEST = TypeAdapter(Manifest)


def is_allowed(name: str) -> bool:
    """May a file of this name stand in a backup."""
    return name in _SINGLE or _NAMES.fullmatch(name) is not None


class Packer:
    """Takes files into a zip, one after the other, and remembers what it took."""

    def __init__(self, archive: ZipFile, now: datetime) -> None:
        self._archive = archive
        self._time = (now.year, now.month, now.day, now.hour, now.minute, now.second)
        self.items: list[Item] = []

    def add(self, name: str, source: BinaryIO, *, squeeze: bool = True, grown: Grown = lambda _: None) -> None:
        """Take one file, in pieces; `squeeze` where the bytes are not compressed already."""
        hashed, size = hashlib.sha256(), 0
        with self._archive.open(self._info(name, squeeze), "w", force_zip64=True) as out:
            while piece := source.read(PIECE):
                out.write(piece)
                hashed.update(piece)
                size += len(piece)
                grown(len(piece))
        self.items.append(Item(name, size, hashed.hexdigest()))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, with which a backup ends."""
        self._archive.writestr(self._info(MANIFEST, squeeze=True), _MANIFEST.dump_json(manifest, indent=1))

    def _info(self, name: str, squeeze: bool) -> ZipInfo:
        info = ZipInfo(name, self._time)
        info.compress_type = ZIP_DEFLATED if squeeze else ZIP_STORED
        info._compresslevel = 1 if squeeze else None  # type: ignore[attr-defined]
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        return info


@contextmanager
def packing(target: Path, now: datetime) -> Iterator[tuple[Packer, Path]]:
    """A packer, and a folder beside the target for what has to be made first; the target appears when all went well.

    Raises BackupError if it is there already or cannot be written.
    """
    _refuse_overwriting(target)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
            half = Path(folder) / "half.zip"
            with _private(half) as file:
                with ZipFile(file, "w") as archive:
                    yield Packer(archive, now), Path(folder)
                file.flush()
                os.fsync(file.fileno())
            _appear(half, target)
    except OSError as wrong:
        if isinstance(wrong, FileExistsError):
            raise _exists(target) from None
        raise BackupError(f"{target} cannot be written: {wrong.strerror or wrong}", "name a place with more room") from wrong


def _refuse_overwriting(target: Path) -> None:
    try:
        there = target.exists() or target.is_symlink()
        folder = target.parent.is_dir()
    except OSError as wrong:
        raise BackupError(f"{target} cannot be written: {wrong.strerror}", "name another file") from None
    if there:
        raise _exists(target)
    if not folder:
        raise BackupError(f"there is no folder {target.parent}", "make it first, or name another")


def _exists(target: Path) -> BackupError:
    return BackupError(f"{target} is there already", "a backup overwrites nothing: name another file")


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def _appear(half: Path, target: Path) -> None:
    """Give the finished file its name; a link fails where another was faster, a rename would overwrite it."""
    try:
        target.hardlink_to(half)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        _refuse_overwriting(target)
        half.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder written down."""
    with suppress(OSError):  # some file systems cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Parcel:
    """A backup that was opened: its names and sizes were checked, its bytes are checked when they are taken out."""

    def __init__(self, archive: ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def take_out(self, item: Item, target: Path, grown: Grown = lambda _: None) -> None:
        """Write one file, in pieces, for its owner alone; raises BackupError if its bytes are not those of the manifest."""
        with _private(target) as out:
            for piece in self._pieces(item):
                out.write(piece)
                grown(len(piece))
            out.flush()
            os.fsync(out.fileno())

    def read(self, item: Item, most: int) -> bytes:
        """A small file whole."""
        if item.size > most:
            raise BackupError(f"{item.name} in the backup is too long")
        return b"".join(self._pieces(item))

    def _pieces(self, item: Item) -> Iterator[bytes]:
        hashed, left = hashlib.sha256(), item.size
        with _damage(), self._archive.open(item.name) as source:
            while piece := source.read(min(PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise BackupError(f"{item.name} in the backup is longer than its manifest says", "take another backup")
                hashed.update(piece)
                yield piece
        if left or hashed.hexdigest() != item.sha256:
            raise BackupError(f"{item.name} in the backup is damaged", "take another backup")


@contextmanager
def opened(path: Path) -> Iterator[Parcel]:
    """A backup, its names and sizes checked; raises BackupError if this is none that can be taken out."""
    if path.exists() and not path.is_file():
        raise BackupError(f"{path} is no file", "name the file that gongkai backup wrote")
    with _damage(path):
        archive = ZipFile(path)
    with archive:
        infos = {info.filename: info for info in archive.infolist()}
        if len(infos) != len(archive.infolist()):
            raise BackupError(f"{path} holds a name twice", "it was not made by gongkai")
        with _damage(path):
            manifest = _manifest_of(archive, infos.get(MANIFEST), path)
        _check(manifest, infos, path)
        yield Parcel(archive, manifest)


@contextmanager
def _damage(path: Path | None = None) -> Iterator[None]:
    """A file that is away, not to be read, or no zip that is whole, told in one line."""
    told = path or "the backup"
    try:
        yield
    except FileNotFoundError:
        raise BackupError(f"there is no file {told}", "name a backup that `gongkai backup` made") from None
    except OSError as wrong:
        raise BackupError(f"{told} cannot be read: {wrong.strerror or wrong}", "name a file that you may read") from wrong
    except _DAMAGE as wrong:
        raise BackupError(f"{told} is no backup of gongkai, or is damaged: {wrong}", "take another backup") from wrong


def _manifest_of(archive: ZipFile, info: ZipInfo | None, path: Path) -> Manifest:
    if info is None or info.file_size > LONGEST_MANIFEST:
        raise BackupError(f"{path} is no backup of gongkai: it has no manifest", "name a file that `gongkai backup` made")
    with archive.open(info) as source:
        told = source.read(LONGEST_MANIFEST + 1)
    try:
        manifest = _MANIFEST.validate_json(told)
    except (ValidationError, RecursionError):
        raise BackupError(f"{path} is no backup of gongkai: its manifest cannot be read", "take another backup") from None
    if manifest.format != FORMAT:
        raise BackupError(f"{path} has another format than this program knows", "use a newer gongkai")
    return manifest


def _check(manifest: Manifest, infos: dict[str, ZipInfo], path: Path) -> None:
    """Every name one that a home can hold, once, a plain file, of the size that the manifest says; and the database there."""
    items = {item.name: item for item in manifest.items}
    if len(items) != len(manifest.items) or items.keys() | {MANIFEST} != infos.keys() or DATABASE not in items:
        raise BackupError(f"{path} does not hold what its manifest says", "it was changed, or not made by gongkai")
    for name, info in infos.items():
        if (name != MANIFEST and not is_allowed(name)) or info.orig_filename != name:
            raise BackupError(f"{path} holds {name[:80]!r}, which is no file of a home", "it was not made by gongkai")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if (
            info.is_dir()
            or kind not in (0, stat.S_IFREG)
            or info.flag_bits & 0x1
            or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED)
        ):
            raise BackupError(f"{path} holds {name[:80]!r} as something else than a plain file", "it was not made by gongkai")
        if name != MANIFEST and (info.file_size != items[name].size or items[name].size < 0):
            raise BackupError(f"{name} in {path} is not as long as the manifest says", "it was changed")
