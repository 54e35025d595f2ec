"""Backups: the whole state of a home in one file, made while others go on writing.

The database as it stood at one moment, then the files of its bodies, which are never written anew; watchlist, mails, settings.
Secrets only sealed. Never changes the home it copies, never overwrites a file. How it is restored: `storage.restoring`.
"""

from __future__ import annotations

import io
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.engine import make_url

from storage.blob_files import path_of
from storage.confidential import without_secrets
from storage.copying import Tell, copy_out
from storage.engine import open_engine
from storage.errors import BackupError
from storage.holding import blob_files_held
from storage.parcel import DATABASE, FORMAT, KEY, SEALED, SETTINGS, WATCHLIST, Manifest, Packer, is_allowed, packing
from storage.sealing import Seal, seal

LARGEST_SETTINGS = 2**20


@dataclass(frozen=True, slots=True)
class Place:
    """Where a home lies: its folder, and the address of its database."""

    home: Path
    database_url: str

    @property
    def database(self) -> Path | None:
        """The file of the database; None on PostgreSQL."""
        address = make_url(self.database_url)
        return Path(address.database or "").absolute() if address.get_backend_name() == "sqlite" else None

    @property
    def blobs(self) -> Path | None:
        """Where the files of bodies lie; None on PostgreSQL, which keeps them itself."""
        return self.database.parent / "blobs" / self.database.name if self.database else None


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a backup."""

    manifest: Manifest
    skipped: tuple[str, ...]  #: names in the home that stand for something else than a plain file


def back_up(place: Place, target: Path, now: datetime, software: str, tell: Tell, passphrase: str | None = None) -> Made:
    """Write a backup of a home; with a passphrase its secrets are sealed into it, else left out. Raises BackupError."""
    with packing(target, now) as (packer, beside), ExitStack() as held:
        if place.blobs is not None:
            held.enter_context(blob_files_held(place.blobs))
        copied = beside / DATABASE
        engine = open_engine(place.database_url)
        try:
            revision = copy_out(engine, copied, tell)
        finally:
            engine.dispose()
        skipped = _pack_files(packer, {DATABASE: copied, **_files(place.home)}, tell)
        holes = _pack_bodies(packer, copied, place.blobs, tell)
        secrets = _pack_settings(packer, place.home)
        names = tuple(dict.fromkeys(name for name, _ in secrets))
        manifest = Manifest(FORMAT, now, software, engine.dialect.name, revision, (), names, tuple(holes))
        if passphrase is not None and secrets:
            manifest = replace(manifest, sealed=_pack_secrets(packer, dict(data for _, data in secrets), passphrase))
        manifest = replace(manifest, items=tuple(packer.items))
        packer.finish(manifest)
    return Made(manifest, tuple(skipped))


def _files(home: Path) -> dict[str, Path]:
    """Watchlist and mails, by their names in a backup; half-written mails begin with a dot and are none."""
    found = {WATCHLIST: home / WATCHLIST} if os.path.lexists(home / WATCHLIST) else {}
    try:
        mails = sorted((home / "mail").iterdir()) if (home / "mail").is_dir() else []
    except OSError as wrong:
        raise BackupError(f"{home / 'mail'} cannot be read: {wrong.strerror}", "see that you may read it") from wrong
    return found | {f"mail/{mail.name}": mail for mail in mails if not mail.name.startswith(".")}


def _pack_files(packer: Packer, files: dict[str, Path], tell: Tell) -> list[str]:
    total, done, skipped = sum(path.lstat().st_size for path in files.values()), 0, []

    def grown(size: int) -> None:
        nonlocal done
        done += size
        tell("packing", done, max(done, total))

    for name, path in files.items():
        if is_allowed(name) and stat.S_ISREG(path.lstat().st_mode):
            with _opened(path) as source:
                packer.add(name, source, grown=grown)
        else:
            skipped.append(name)
    return skipped


def _pack_bodies(packer: Packer, copied: Path, blobs: Path | None, tell: Tell) -> list[str]:
    """The files that the copied rows speak of; gives those that are not there."""
    holes = []
    if blobs is not None:
        with closing(sqlite3.connect(copied)) as file:
            names = list(bodies_in_files(file))
        for done, name in enumerate(names):
            tell("packing bodies", done, len(names))
            try:
                with _opened(path_of(blobs, name)) as source:
                    packer.add(f"blobs/{name[:2]}/{name}", source, squeeze=False)
            except FileNotFoundError:
                holes.append(name)
    return holes


def bodies_in_files(file: sqlite3.Connection) -> Iterator[str]:
    """The SHA-256 of the bodies that lie in files beside the database; schemas before 0005 have none."""
    asked = "SELECT lower(hex(sha256)) FROM blob WHERE data IS NULL AND typeof(sha256) = 'blob' ORDER BY sha256"
    for (name,) in file.execute(asked):
        yield name


def _pack_settings(packer: Packer, home: Path) -> list[tuple[str, tuple[str, bytes]]]:
    """Take the settings without what is secret in them; gives each secret's name, and the file that it stands in."""
    secrets = []
    if (told := _small(home / KEY)) is not None:
        secrets.append((KEY, (KEY, told)))
    if (told := _small(home / SETTINGS)) is not None:
        safe, left_out = without_secrets(told.decode("utf-8"))
        packer.add(SETTINGS, io.BytesIO(safe.encode()))
        secrets += [(name, (SETTINGS, told)) for name in left_out]
    return secrets


def _small(path: Path) -> bytes | None:
    """A small file of the home; None if there is none."""
    try:
        with _opened(path) as source:
            told = source.read(LARGEST_SETTINGS + 1)
    except FileNotFoundError:
        return None
    if len(told) > LARGEST_SETTINGS:
        raise BackupError(f"{path} is longer than a file of its kind can be", "see what it is")
    return told


def _pack_secrets(packer: Packer, secrets: dict[str, bytes], passphrase: str) -> Seal:
    made, sealed = seal(secrets, passphrase, packer.items[0].sha256)
    packer.add(SEALED, io.BytesIO(sealed), squeeze=False)
    return made


def _opened(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_RDONLY), "rb")
    except FileNotFoundError:
        raise
    except OSError as wrong:
        raise BackupError(f"{path} cannot be read: {wrong.strerror}", "see that you may read it") from wrong
