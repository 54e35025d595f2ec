"""Runs a program of ours that dies at an exact place: ``python tests/dying.py ORDERS MODULE [ARGUMENT...]``.

ORDERS is a JSON object. The places are counted: each statement before it is sent, each commit before and after it, each
rename and `os.fsync` before and after it.

    die      kill this process (SIGKILL) at the place with this number, from 1
    within   count only what these deeds of the archive do, by name; left out: everything
    count    write how many places there were into this file when the program ends by itself
    busy     seconds that SQLite waits for another writer
    patience seconds that a crawl waits for an archive that is away
    large    bytes of a frame from which on it lies in a file
    pages    pages that a SQLite file may have: a disk that is full
    bytes    bytes that a file may have: another one

Only what is patched here, in this process, differs from the program as a person starts it.

``python tests/dying.py -`` imports the program once and then makes a process of it for each line on standard input: orders,
module, arguments, environment and where its standard files are. It answers with the number of the process, and when that has
ended with its exit code. So a death costs a fork and no import.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import runpy
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parents[1])

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

import storage.blob_files
import storage.engine
from storage.store import Store


class Places:
    """Counts the places and dies at one of them."""

    def __init__(self, die: int | None, within: Sequence[str]) -> None:
        self._die, self._within = die, within
        self._lock, self._here = threading.Lock(), threading.local()
        self.passed = 0

    def pass_one(self, *_: Any) -> None:
        """One more place, if it counts."""
        if self._within and not getattr(self._here, "deeds", 0):
            return
        with self._lock:
            self.passed += 1
            if self.passed == self._die:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, deed: Callable[..., Any]) -> Callable[..., Any]:
        """A deed with a place before and after it."""

        @wraps(deed)
        def done(*args: Any, **named: Any) -> Any:
            self.pass_one()
            result = deed(*args, **named)
            self.pass_one()
            return result

        return done

    def inside(self, deed: Callable[..., Any]) -> Callable[..., Any]:
        """A deed within which places count."""

        @wraps(deed)
        def done(*args: Any, **named: Any) -> Any:
            self._here.deeds = getattr(self._here, "deeds", 0) + 1
            try:
                return deed(*args, **named)
            finally:
                self._here.deeds -= 1

        return done


def obey(orders: dict[str, Any]) -> None:
    """Patch this process as the orders say."""
    places = Places(orders.get("die"), orders.get("within", ()))
    event.listen(Engine, "before_cursor_execute", places.pass_one)
    DefaultDialect.do_commit = places.around(DefaultDialect.do_commit)  # type: ignore[method-assign]
    for owner, name in ((os, "replace"), (os, "fsync"), (Path, "replace")):
        setattr(owner, name, places.around(getattr(owner, name)))
    for name in orders.get("within", ()):
        setattr(Store, name, places.inside(getattr(Store, name)))
    if "count" in orders:
        atexit.register(lambda: Path(orders["count"]).write_text(str(places.passed)))
    if "large" in orders:
        storage.blob_files.LARGE = orders["large"]
    if "busy" in orders:
        storage.engine.BUSY_SECONDS = orders["busy"]
    if "patience" in orders:
        import crawler.patience

        crawler.patience.PATIENCE = orders["patience"]
    if "pages" in orders:
        event.listen(Engine, "connect", lambda made, _: made.execute(f"PRAGMA max_page_count={orders['pages']}"))
    if "bytes" in orders:
        resource.setrlimit(resource.RLIMIT_FSIZE, (orders["bytes"], resource.RLIM_INFINITY))


def run(orders: dict[str, Any], module: str, arguments: Sequence[str]) -> None:
    """Become this program."""
    obey(orders)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def serve() -> None:
    """Make a process for each line, one after the other."""
    import crawler.__main__  # noqa: F401
    import monitor.commands.crawling
    import monitor.commands.steps  # noqa: F401

    while line := sys.stdin.readline():
        wanted = json.loads(line)
        if not (process := os.fork()):
            os.environ.clear()
            os.environ.update(wanted["environment"])
            for number, (name, mode) in enumerate(((wanted["stdin"], os.O_RDONLY), *((wanted[n], _MADE) for n in _OUT))):
                os.dup2(os.open(name, mode, 0o600), number)
            run(wanted["orders"], wanted["module"], wanted["arguments"])
            os._exit(0)
        print(process, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


_OUT, _MADE = ("stdout", "stderr"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC

if __name__ == "__main__":
    if sys.argv[1:] == ["-"]:
        serve()
    else:
        run(json.loads(sys.argv[1]), sys.argv[2], sys.argv[3:])
