"""Has files read by a process of its own, within limits of time, memory and output, so that no file can harm the crawl.

Implements `crawler.reading.file.Files`. The process (`file_child`) is started at the first file, serves many, and is started anew
when a file broke it. Never opens a file itself, and never raises anything but FileTrouble.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import Any

from crawler.reading.file import FileText, FileTrouble
from crawler.reading.paper import PaperLine, PaperPage
from storage.records import Outcome

PROGRAM = Path(__file__).with_name("file_child.py")

_OUTCOMES = {"unread": Outcome.OK, "damaged": Outcome.UNREADABLE, "bomb": Outcome.REFUSED}


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What reading one file may cost."""

    seconds: float = 20.0  #: by the clock
    processor: int = 10  #: seconds
    memory: int = 1_000_000_000  #: bytes of address space, the program itself included
    answer: int = 64_000_000  #: bytes
    files: int = 200  #: after so many a process is replaced, for libraries keep some memory of each


class Ended(Exception):
    """The process ended, or had to be ended, before it answered."""


class FileReading:
    """Reads files, in up to `at_once` processes; may be asked from several threads."""

    def __init__(self, limits: FileLimits | None = None, at_once: int = 2) -> None:
        self._limits = limits or FileLimits()
        self._idle: LifoQueue[_Process | None] = LifoQueue()
        self._running: set[_Process] = set()
        for _ in range(at_once):
            self._idle.put(None)
        self._end = weakref.finalize(self, _end_all, self._running)

    def text_of(self, kind: str, body: bytes) -> FileText:
        """Read a file; raises FileTrouble with the outcome and the reason where that cannot be done."""
        process = self._idle.get()
        try:
            process, told = self._ask(process, kind, body)
        except (Ended, OSError) as error:
            process = None
            raise FileTrouble(Outcome.UNREADABLE, str(error)) from None
        finally:
            self._idle.put(process)
        for how, outcome in _OUTCOMES.items():
            if how in told:
                raise FileTrouble(outcome, str(told[how]))
        return _text(told)

    def close(self) -> None:
        """End the processes; a file that is asked for later starts a new one."""
        _end_all(self._running)

    def _ask(self, process: _Process | None, kind: str, body: bytes) -> tuple[_Process, dict[str, Any]]:
        """Ask a process that stands ready, or a new one; one that somebody ended meanwhile gets a second try with a new one."""
        if process is not None and process.is_ready(self._limits.files):
            try:
                return process, process.ask(kind, body, self._limits)
            except Ended:
                self._give_up(process)
                if process.was_timed_out or process.ended_by in (signal.SIGXCPU, None):
                    raise
        elif process is not None:
            self._give_up(process)
        fresh = _Process(self._limits)
        self._running.add(fresh)
        try:
            return fresh, fresh.ask(kind, body, self._limits)
        except Ended:
            self._give_up(fresh)
            raise

    def _give_up(self, process: _Process) -> None:
        process.end()
        self._running.discard(process)


class _Process:
    """One process that reads files; used by one thread at a time."""

    def __init__(self, limits: FileLimits) -> None:
        # A session of its own, so that Ctrl-C comes to whoever asks; the process ends when its standard input does.
        self._process = subprocess.Popen(  # noqa: S603 -- our own program
            [sys.executable, "-S", "-P", str(PROGRAM), str(limits.processor), str(limits.memory)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        )  # fmt: skip
        self._files = 0
        self.was_timed_out = False

    @property
    def ended_by(self) -> int | None:
        """The signal that ended it, None if it ended by itself or runs."""
        code = self._process.poll()
        return -code if code is not None and code < 0 else None

    def is_ready(self, files: int) -> bool:
        """Does it run, and has it not read too many files yet?"""
        return self._process.poll() is None and self._files < files

    def ask(self, kind: str, body: bytes, limits: FileLimits) -> dict[str, Any]:
        """Hand over one file and wait for what is found; raises Ended."""
        self._files += 1
        timer = threading.Timer(limits.seconds, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(kind, body, limits.answer)
        except (OSError, ValueError, EOFError):
            self._settle()
            raise Ended(self._why(limits)) from None
        finally:
            timer.cancel()

    def _exchange(self, kind: str, body: bytes, most: int) -> dict[str, Any]:
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        asked.write(f"{kind} {len(body)}\n".encode())
        asked.write(body)
        asked.flush()
        size = int(answers.readline(32) or b"ended")
        if size > most:
            raise EOFError
        told = answers.read(size)
        found = json.loads(told) if len(told) == size else None
        if not isinstance(found, dict):
            raise EOFError
        return found

    def _time_out(self) -> None:
        self.was_timed_out = True
        self._process.kill()

    def _why(self, limits: FileLimits) -> str:
        if self.was_timed_out:
            return f"reading it took more than {limits.seconds:g} s"
        if self.ended_by == signal.SIGXCPU:
            return f"reading it took more than {limits.processor} s of processor time"
        return f"the process that reads files ended amid it ({_told(self._process.returncode)})"

    def end(self) -> None:
        """End it at once and give its pipes back; doing so twice changes nothing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                continue

    def _settle(self) -> None:
        """End it; one that is just ending by itself is waited for, so that how it ended can be told."""
        try:
            self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            self.end()


def _end_all(running: set[_Process]) -> None:
    for process in tuple(running):
        process.end()
    running.clear()


def _told(code: int | None) -> str:
    if code is None or code >= 0:
        return f"code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _text(told: dict[str, Any]) -> FileText:
    try:
        return FileText(
            library=str(told["library"]),
            title=str(told["title"]),
            pages=tuple(_page(page) for page in told.get("pages", ())),
            paragraphs=tuple(told.get("paragraphs", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FileTrouble(Outcome.UNREADABLE, f"the process that reads files said something strange: {error!r}"[:200]) from None


def _page(told: dict[str, Any]) -> PaperPage:
    lines = tuple(PaperLine(text, left, right) for text, left, right in told["lines"])
    return PaperPage(lines, told["width"], told["pictures"])
