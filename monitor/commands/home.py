"""The home that a command works in: its folder, its settings, its archive and its clock. Does nothing of a command itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from dotenv import dotenv_values

from crawler.settings import CrawlSettings
from monitor.settings import DEFAULT_HOME, MonitorSettings
from storage.backup import Place
from storage.clock import SimulatedClock, SystemClock
from storage.errors import GongkaiError
from storage.records import Clock
from storage.store import Store

PREFIX = "GONGKAI_"

OTHERS = ("processes", "log_level", "debug", "backup_passphrase", "shared")
"""Settings that only the front door reads; the last one only the tests."""


class Home:
    """Where the archive and the settings of one run of the program live: flags over the environment over `.env`."""

    def __init__(self, folder: Path | None = None, database_url: str | None = None, **fixed: str | None) -> None:
        """`fixed` are settings that hold whatever the environment says, by their names in small letters; None: not set."""
        self._folder = folder
        self._fixed = {"database_url": database_url, **fixed} if database_url else fixed

    @cached_property
    def settings(self) -> MonitorSettings:
        """The settings of the lookout; raises SettingError."""
        known = {name: value for name, value in self._fixed.items() if name in MonitorSettings.model_fields}
        return MonitorSettings.load(self._folder, **known)

    @cached_property
    def manners(self) -> CrawlSettings:
        """The settings of the gate, for the looks that the front door takes itself; raises SettingError."""
        known = {name: value for name, value in self._fixed.items() if name in CrawlSettings.model_fields}
        return CrawlSettings(**{"home": self.folder, **known})

    @property
    def folder(self) -> Path:
        """The home folder; it may not exist yet."""
        return self.settings.home

    @property
    def environment(self) -> dict[str, str]:
        """The environment for a child process: the same settings, wherever they were written."""
        written = {name: value for name, value in dotenv_values(self.folder / ".env").items() if value is not None}
        ours = {name: value for name, value in written.items() if name.startswith(PREFIX)}
        told = {**ours, **{name: value for name, value in os.environ.items() if value or not name.startswith(PREFIX)}}
        told |= {PREFIX + name.upper(): value or "" for name, value in self._fixed.items()}
        return {**told, "GONGKAI_HOME": str(self.folder.absolute()), "GONGKAI_DATABASE_URL": self.settings.database}

    def written(self, name: str) -> str | None:
        """A setting as it stands in the home's `.env`, read before all others are; None if there is none that can be read."""
        folder = self._folder or Path(os.environ.get(PREFIX + "HOME") or DEFAULT_HOME)
        try:
            return dotenv_values(folder / ".env").get(PREFIX + name)
        except (OSError, ValueError):
            return None  # whoever needs the settings will be told

    def strangers(self) -> list[tuple[str, str | None]]:
        """Names in the environment and in `.env` that look like settings and are none, each with the nearest that is one."""
        folder = self._folder or Path(os.environ.get(PREFIX + "HOME") or DEFAULT_HOME)
        try:
            written = dotenv_values(folder / ".env")
        except (OSError, ValueError):
            written = {}
        known = {PREFIX + name.upper() for name in (*MonitorSettings.model_fields, *CrawlSettings.model_fields, *OTHERS)}
        strange = sorted(name for name in {*os.environ, *written} if name.startswith(PREFIX) and name not in known)
        return [(name, next(iter(get_close_matches(name, sorted(known), 1, 0.8)), None)) for name in strange]

    def value(self, name: str, default: str) -> str:
        """One setting that only the front door reads."""
        return self.environment.get(PREFIX + name) or default

    def number(self, name: str, default: int, most: int) -> int:
        """One whole number of at least 1 that only the front door reads; raises GongkaiError."""
        told = self.value(name, str(default))
        if not (told.isascii() and told.isdigit() and 1 <= int(told) <= most):
            raise GongkaiError(f"{PREFIX}{name} is '{told}'", f"give a whole number from 1 to {most}")
        return int(told)

    def make(self) -> None:
        """Make the folder, for its owner alone; raises GongkaiError."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise GongkaiError(f"the home {self.folder} cannot be made: {error.strerror}", "name another with --home") from None

    @contextmanager
    def archive(self, *, create: bool = False) -> Iterator[Store]:
        """The open archive; `create` makes home and archive when they are not there, else their absence is a GongkaiError.

        An empty database gets its schema; raises NotMigrated if it has an older or a newer one than this program.
        """
        if create:
            self.make()
        else:
            self.place_of_archive()
        store = Store.open(self.settings.database)
        try:
            store.prepare()
            yield store
        finally:
            store.close()

    def place_of_archive(self) -> Place:
        """Where the archive lies, whatever its schema; raises GongkaiError if there is none."""
        if not self._exists():
            raise GongkaiError(
                f"there is no archive in {self.folder}", "start with `gongkai init`, or name the home that has it with --home"
            )
        return self.place

    @property
    def place(self) -> Place:
        """Where the archive lies, or will lie."""
        return Place(self.folder.absolute(), self.settings.database)

    def _exists(self) -> bool:
        url = self.settings.database
        try:
            return not url.startswith("sqlite:") or Path(url.removeprefix("sqlite:///")).exists()
        except OSError as error:
            raise GongkaiError(
                f"the home {self.folder} cannot be looked into: {error.strerror}", "name one that you may read with --home"
            ) from None


def crawl_clock(store: Store, as_of: datetime | None) -> Clock:
    """The clock of a crawl; `as_of` only in a simulated home and not before the newest capture, else GongkaiError."""
    newest = store.newest_capture()
    now = _asked(store, as_of)
    if newest is not None and now < newest:
        raise GongkaiError(
            f"the newest capture of this home is of {newest.isoformat()}, later than {now.isoformat()}",
            f"give --as-of {newest.isoformat()} or later" if store.simulated else "set the machine's clock right",
        )
    return SimulatedClock(now) if as_of else SystemClock()


def judge_clock(store: Store, as_of: datetime | None) -> Clock:
    """The clock of judge, deliver and every table: max(T, newest capture); without T a simulated home stands at the latter."""
    newest = store.newest_capture()
    if as_of is None and not store.simulated:
        return SystemClock()
    now = newest if as_of is None and newest is not None else _asked(store, as_of)
    return SimulatedClock(max(now, newest) if newest else now)


def deed_time(store: Store) -> datetime:
    """When a person's deed (import, add) takes place; in a simulated home before its next step, so that it is due then."""
    if not store.simulated:
        return SystemClock().now()
    return store.newest_capture() or datetime(1970, 1, 1, tzinfo=UTC)


def _asked(store: Store, as_of: datetime | None) -> datetime:
    if as_of is None and store.simulated and store.newest_capture() is not None:
        raise GongkaiError("this home lives by a simulated clock, which does not go on by itself", "give the time with --as-of T")
    if as_of is None:
        return SystemClock().now()
    if not store.simulated:
        raise GongkaiError(
            "--as-of works only in a simulated home, so that no real capture ever carries a made-up time",
            "leave it out, or make a home for trials with `gongkai --home DIR init --simulated`",
        )
    return as_of


def is_terminal() -> bool:
    """Is a person watching standard output."""
    return sys.stdout.isatty()
