"""Starts the crawl child: settings, logs, signals and the lines in and out. How to speak to it stands in `crawler.child`.

Never crawls by itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from loguru import logger

from crawler.child import Child, Tell
from crawler.files import FileReading
from crawler.reader import PageReader
from crawler.settings import CrawlSettings
from storage.errors import GongkaiError
from storage.store import Store

STOPPING = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Serve standard input until it ends or a signal comes; the exit code is told in `crawler.child`."""
    out = own_stdout()
    log_to_stderr()
    try:
        settings = CrawlSettings()
        log_to_stderr(settings.log_level)
        store = Store.open(settings.database_url)
        store.check()
    except GongkaiError as error:
        print(f"the crawl child cannot begin: {error}", file=sys.stderr)
        return 1
    try:
        asyncio.run(serve(settings, store, out))
    finally:
        store.close()
    return 0


async def serve(settings: CrawlSettings, store: Store, out: BinaryIO) -> None:
    """Wire the child to standard input, to `out` and to the signals, and end when it has ended."""
    loop, stop, lines = asyncio.get_running_loop(), asyncio.Event(), asyncio.Queue[str | None]()
    for number in STOPPING:
        loop.add_signal_handler(number, _stop_once, loop, stop)
    child = Child(settings, store, PageReader(FileReading()), teller(out, stop.set))
    threading.Thread(target=listen, args=(loop, lines), name="stdin", daemon=True).start()
    serving, stopped = asyncio.create_task(child.serve(lines)), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            await child.stop()
    finally:
        await cancel_rest()
        await child.close()


def _stop_once(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """The first signal asks the child to stop; the next one ends the process at once, as a signal usually does."""
    for number in STOPPING:
        loop.remove_signal_handler(number)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    stop.set()


async def cancel_rest() -> None:
    """End what is still under way, so that each visit gives its lease back before the connections close."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def listen(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str | None]) -> None:
    """Pass on standard input line by line, then None; runs in a thread of its own."""
    try:
        for line in _lines(sys.stdin.fileno()):
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, None)
    except RuntimeError:  # the loop was closed while we waited for a line
        return


def _lines(descriptor: int) -> Iterator[str]:
    # Read without Python's buffer: a thread that waits inside it would stop the interpreter from ending.
    rest = b""
    while chunk := os.read(descriptor, 65536):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
    if rest:
        yield rest.decode(errors="replace")


def own_stdout() -> BinaryIO:
    """Keep standard output for our lines alone: whatever else is printed in this process goes to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def teller(out: BinaryIO, gone: Callable[[], None]) -> Tell:
    """Write events as JSON lines; `gone` is called when nobody reads them any more."""

    def tell(event: dict[str, Any]) -> None:
        try:
            out.write(json.dumps(event).encode() + b"\n")
            out.flush()
        except BrokenPipeError:
            gone()

    return tell


class ToLoguru(logging.Handler):
    """Hands the records of the standard library's loggers (Scrapy, Twisted, asyncio) to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass one record on, with its own level and exception."""
        level: str | int = record.levelname if record.levelname in LEVELS else record.levelno
        logger.opt(exception=record.exc_info, depth=6).log(level, "{}: {}", record.name, record.getMessage())


LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})


def log_to_stderr(level: str = "WARNING") -> None:
    """Send every log to standard error through loguru, from `level` upwards."""
    logger.remove()
    logger.add(sys.stderr, level=level)
    logging.basicConfig(handlers=[ToLoguru()], level=level, force=True)
    logging.captureWarnings(True)


if __name__ == "__main__":
    sys.exit(main())
