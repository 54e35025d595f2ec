"""Puts a backup into an empty home: everything is taken out and checked beside it first, and then put in place.

Overwrites nothing and merges nothing. What goes wrong before the end leaves the home, and the database, as they were.
"""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dotenv import dotenv_values

from storage.backup import LARGEST_SETTINGS, Place, bodies_in_files
from storage.blob_files import path_of
from storage.confidential import without_password
from storage.copying import Tell, copy_in, make_empty, tables_of
from storage.derived import is_derived, rebuild
from storage.engine import open_engine, writing
from storage.errors import BackupError
from storage.parcel import DATABASE, KEY, SEALED, SETTINGS, WATCHLIST, Manifest, Parcel, opened, sync_folder
from storage.schema import is_empty, known_revisions, newest_revision
from storage.sealing import unseal

STAGING = ".restoring-"
SPARE = 2**24
"""Bytes that stay free on the disk."""

_DATABASE_URL = re.compile(r"^[ \t]*(?:export[ \t]+)?(?=GONGKAI_DATABASE_URL[ \t]*=)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a restore."""

    manifest: Manifest
    missing: tuple[str, ...]  #: secrets that were left out, by name
    older: bool  #: does `gongkai migrate` have to follow
    put_aside: bool  #: did the settings name another database than the one restored into


@dataclass(slots=True)
class Moves:
    """Files on their way from where they were checked to where they belong; all of them or none."""

    ahead: list[tuple[Path, Path]]
    done: list[tuple[Path, Path]] = field(default_factory=list)

    def make(self) -> None:
        """Put all in place, in the order told."""
        for staged, final in self.ahead:
            staged.rename(final)
            self.done.append((staged, final))
        for folder in {final.parent for _, final in self.done}:
            sync_folder(folder)

    def unmake(self) -> None:
        """Take them back."""
        for staged, final in reversed(self.done):
            final.rename(staged)


def restore(place: Place, source: Path, tell: Tell, passphrase: Callable[[], str] | None) -> Restored:
    """Put a backup into an empty home; without a passphrase its secrets stay out. Raises BackupError."""
    with opened(source) as parcel:
        manifest = parcel.manifest
        if manifest.revision not in known_revisions():
            raise BackupError(f"{source} has the schema {manifest.revision}, newer than this program's", "use a newer gongkai")
        secrets = _secrets(parcel, passphrase)
        with _staged(place) as (home, beside):
            _check_room(manifest, beside)
            _take_out(parcel, home, beside, tell)
            _check_database(beside, manifest)
            put_aside = _write_settings(place, home, secrets)
            _put_in_place(place, home, beside, manifest, tell)
    older = manifest.revision != newest_revision()
    if not older:
        _rebuild(place)
    return Restored(manifest, () if manifest.sealed and secrets else manifest.secrets, older, put_aside)


# --- before anything is done ------------------------------------------------------------------------------------------------


@contextmanager
def _staged(place: Place) -> Iterator[tuple[Path, Path]]:
    """A folder in the home and one beside the database (the same, if that lies in the home); both go away in the end."""
    folders = list(dict.fromkeys((place.home, place.database.parent if place.database else place.home)))
    made = [each for folder in folders for each in (folder, *folder.parents) if not each.exists()]
    staging: list[Path] = []
    done = False
    try:
        _check_empty(place)
        for folder in folders:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            staging.append(Path(tempfile.mkdtemp(prefix=STAGING, dir=folder)))
        yield staging[0], staging[-1]
        done = True
    except OSError as wrong:
        raise BackupError(
            f"the backup cannot be put into {place.home}: {wrong.strerror or wrong}", "see that the disk has room"
        ) from wrong
    finally:
        for folder in staging:
            shutil.rmtree(folder, ignore_errors=True)
        for folder in () if done else made:
            with suppress(OSError):
                folder.rmdir()


def _check_empty(place: Place) -> None:
    if place.home.exists() and any(place.home.iterdir()):
        raise BackupError(f"the home {place.home} is not empty", "a backup is restored into an empty one: name it with --home")
    if place.database is None:
        engine = open_engine(place.database_url)
        try:
            if not is_empty(engine):
                raise BackupError("the database is not empty", "a backup is restored into an empty one")
        finally:
            engine.dispose()
    elif place.database.exists() or (place.blobs and place.blobs.exists()):
        raise BackupError(f"there is an archive at {place.database} already", "name another with GONGKAI_DATABASE_URL")


def _check_room(manifest: Manifest, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if manifest.size + SPARE > free:
        raise BackupError(
            f"the backup needs {manifest.size:,} bytes, the disk of {folder.parent} has {free:,}", "make room first"
        )


def _secrets(parcel: Parcel, passphrase: Callable[[], str] | None) -> dict[str, bytes]:
    manifest = parcel.manifest
    sealed, database = manifest.item(SEALED), manifest.item(DATABASE)
    if manifest.sealed is None or sealed is None or database is None or passphrase is None:
        return {}
    secrets = unseal(parcel.read(sealed, 4 * LARGEST_SETTINGS), manifest.sealed, passphrase(), database.sha256)
    if not secrets.keys() <= {SETTINGS, KEY}:
        raise BackupError("the backup seals files that no home keeps secret", "restore --without-secrets")
    return secrets


# --- beside the home --------------------------------------------------------------------------------------------------------


def _take_out(parcel: Parcel, home: Path, beside: Path, tell: Tell) -> None:
    done = 0

    def grown(size: int) -> None:
        nonlocal done
        done += size
        tell("taking out", done, parcel.manifest.size)

    for item in parcel.manifest.items:
        if item.name != SEALED:
            target = (beside if item.name.startswith(("blobs/", DATABASE)) else home) / item.name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            parcel.take_out(item, target, grown)


def _check_database(beside: Path, manifest: Manifest) -> None:
    """Is it whole, of the schema that the manifest says, and has every body its file."""
    with _reading(beside / DATABASE) as file:
        file.execute("PRAGMA trusted_schema=OFF")
        said = file.execute("PRAGMA quick_check(1)").fetchone()[0]
        if said != "ok":
            raise BackupError(f"the database in the backup is damaged: {said}", "take another backup")
        _check_schema(file, manifest.revision)
        for name in bodies_in_files(file):
            if not path_of(beside / "blobs", name).exists() and name not in manifest.holes:
                raise BackupError(f"the bytes {name[:12]} are missing in the backup", "take another backup")


def _check_schema(file: sqlite3.Connection, revision: str) -> None:
    if file.execute("SELECT version_num FROM alembic_version").fetchall() != [(revision,)]:
        raise BackupError("the database in the backup has another schema than its manifest says", "it was changed")
    (there, made), (wanted, known) = _shape_of(file), _shape_at(revision)
    if missing := [name for name in wanted if set(wanted[name]) != set(there.get(name, ()))]:
        raise BackupError(f"the table {missing[0]} in the backup is not of the schema {revision}", "it was changed")
    if strange := sorted(name for name in made - known if not is_derived(name)):
        raise BackupError(
            f"the database in the backup holds {strange[0][:40]!r}, which is not gongkai's", "drop it and back up again"
        )


Shape = tuple[dict[str, list[str]], frozenset[str]]
"""The tables of a database with their columns, and the names of its triggers and views."""


@cache
def _shape_at(revision: str) -> Shape:
    with tempfile.TemporaryDirectory() as folder:
        make_empty(Path(folder) / DATABASE, revision)
        with _reading(Path(folder) / DATABASE) as file:
            return _shape_of(file)


def _shape_of(file: sqlite3.Connection) -> Shape:
    made = file.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')")
    return tables_of(file), frozenset(name for (name,) in made)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as file:
            yield file
    except sqlite3.Error as wrong:
        raise BackupError(f"the database in the backup cannot be read: {wrong}", "take another backup") from wrong


def _write_settings(place: Place, home: Path, secrets: dict[str, bytes]) -> bool:
    """Put secrets back, and aside the address of another database than this; says whether there was one."""
    for name, data in secrets.items():
        (home / name).unlink(missing_ok=True)
        (home / name).touch(0o600)
        (home / name).write_bytes(data)
    if not (home / SETTINGS).exists():
        return False
    told = (home / SETTINGS).read_bytes().decode("utf-8", "replace")
    named = dotenv_values(stream=io.StringIO(told), interpolate=False).get("GONGKAI_DATABASE_URL")
    if not named or named in (place.database_url, without_password(place.database_url)):
        return False
    (home / SETTINGS).write_bytes(_DATABASE_URL.sub("#", told).encode())
    return True


# --- in its place -----------------------------------------------------------------------------------------------------------


def _put_in_place(place: Place, home: Path, beside: Path, manifest: Manifest, tell: Tell) -> None:
    """The database comes last: a home without one is told to hold no archive."""
    moves = Moves([(home / name, place.home / name) for name in (WATCHLIST, "mail", SETTINGS, KEY) if (home / name).exists()])
    try:
        if place.database is None:
            _fill(place.database_url, beside, manifest, moves.make, tell)
            return
        if place.blobs is not None and (beside / "blobs").exists():
            place.blobs.parent.mkdir(mode=0o700, exist_ok=True)
            moves.ahead.append((beside / "blobs", place.blobs))
        moves.ahead.append((beside / DATABASE, place.database))
        moves.make()
    except BaseException:
        moves.unmake()
        if place.blobs is not None:
            with suppress(OSError):
                place.blobs.parent.rmdir()
        raise


def _fill(database_url: str, beside: Path, manifest: Manifest, last: Callable[[], None], tell: Tell) -> None:
    def body_of(name: str) -> bytes | None:
        return None if name in manifest.holes else path_of(beside / "blobs", name).read_bytes()

    engine = open_engine(database_url)
    try:
        copy_in(beside / DATABASE, engine, manifest.revision, body_of, last, tell)
    finally:
        engine.dispose()


def _rebuild(place: Place) -> None:
    engine = open_engine(place.database_url)
    try:
        with writing(engine, alone="migrate") as connection:
            rebuild(connection)
    finally:
        engine.dispose()
