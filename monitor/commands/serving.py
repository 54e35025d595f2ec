"""`gongkai serve`: the steps again and again until stopped. Judges nothing itself; a step that fails comes again."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType

import click
from loguru import logger

from monitor.commands.crawling import Children, children_of, crawl_sites
from monitor.commands.door import home_of, log_to_stderr, shared
from monitor.commands.heads import Heads
from monitor.commands.home import Home
from monitor.commands.steps import deliver_waiting, judge_waiting
from monitor.schedule import scheduler_of
from storage.clock import SystemClock
from storage.errors import GongkaiError
from storage.store import Store


@click.command(short_help="Crawl, judge and deliver on schedule, until Ctrl-C.")
@shared
@click.pass_context
def serve(ctx: click.Context) -> None:
    """Crawl what is due, judge and deliver, until stopped with Ctrl-C or SIGTERM."""
    log_to_stderr("INFO")
    # a crawl may well take longer than its pause; that its next turn is left out is no news
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    home = home_of(ctx)
    with home.archive() as store:
        if store.simulated:
            raise GongkaiError("time does not go on by itself in a simulated home", "take its steps with `gongkai run --as-of T`")
        Watch(home, store).until(_stop_signal())


class Watch:
    """The three steps side by side on one archive."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home, self._store = home, store
        self._heads = Heads(home, store)
        self._stopping = threading.Event()
        self._children: Children | None = None

    def until(self, stop: threading.Event) -> None:
        """Run the steps until `stop` is set; then end crawls in order, and come back when no step is under way."""
        steps = {"crawl": self.crawl, "judge": self.judge, "deliver": self.deliver}
        scheduler = scheduler_of({name: self._kept(step) for name, step in steps.items()}, SystemClock().now())
        scheduler.start()
        logger.info("serving {}; {} sites are watched", self._home.folder, len(self._store.sites()))
        stop.wait()
        logger.info("stopping")
        self._stopping.set()
        if self._children is not None:
            self._children.stop()
        scheduler.shutdown(wait=True)

    def crawl(self) -> None:
        """Look at what is due, in child processes of this step's own."""
        with children_of(self._home) as children:
            self._children = children
            report = crawl_sites(children, self._store, shown=False)
            self._children = None
        for row in report.rows():
            why = row["error"] or "; ".join(row["reasons"])
            logger.info("{}: {} {} {}", row["site"], row["state"] or "not finished", row["tally"], why)
        self._heads.keep()

    def judge(self) -> None:
        """Compare and judge what waits."""
        for finding in judge_waiting(self._home, self._store, None):
            logger.info("finding {}: {} {}", finding.id, finding.verdict.kind, finding.verdict.title)

    def deliver(self) -> None:
        """Sign the day's head, then send what waits."""
        self._heads.keep()
        done = deliver_waiting(self._home, self._store, None)
        if done.sent or done.filed or done.dead:
            logger.info("mails: {} sent, {} filed, {} waiting, {} given up", done.sent, done.filed, done.waiting, done.dead)

    def _kept(self, step: Callable[[], None]) -> Callable[[], None]:
        """The step so that a failure is logged and the next turn comes."""

        def turn() -> None:
            if self._stopping.is_set():
                return
            try:
                step()
            except GongkaiError as error:
                logger.error("{}: {}", step.__name__, error)
            except Exception:
                logger.exception("{} failed; it comes again", step.__name__)

        return turn


def _stop_signal() -> threading.Event:
    stop = threading.Event()

    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, told)
    signal.signal(signal.SIGTERM, told)
    return stop
