"""`gongkai crawl`, and the parent's side of the crawl child. Fetches nothing itself: `python -m crawler` does, over pipes."""

from __future__ import annotations

import json
import os
import queue
import site as interpreter
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import click
from loguru import logger

import storage
from monitor.commands.door import as_json, as_of, home_of, shared
from monitor.commands.heads import Heads
from monitor.commands.home import Home, crawl_clock
from monitor.commands.output import Bar, note, plain, print_json, print_table, progress, say
from storage.errors import GongkaiError, Missing
from storage.records import Outcome
from storage.store import Store

STOP_SECONDS = 12.0
"""How long a child may take to end; it needs up to eight for looks under way."""


class CrawlChild:
    """One crawl process that serves many batches, one after the other. A context manager; leaving it ends the process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close(at_once=kind is not None)

    def crawl(self, sites: Sequence[str], mode: str, as_of: datetime | None) -> Iterator[dict[str, Any]]:
        """Crawl one batch and give its events as they come, without the last; raises GongkaiError if the process dies."""
        process = self._alive()
        batch = {"sites": list(sites), "mode": mode, "as_of": as_of.isoformat() if as_of else None}
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(batch) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                event = _event(line)
                if event.get("event") == "done":
                    return
                if event:
                    yield event
        except OSError:
            pass
        code = process.wait()
        raise GongkaiError(f"the crawl process ended with code {code}", "see its last lines above, and `gongkai status`")

    def stop(self) -> None:
        """Ask the process to end soon; whoever reads its events sees them end. May be called from another thread."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def close(self, *, at_once: bool = False) -> None:
        """End the process: after what it was given, or at once, which closes runs under way as abandoned."""
        if at_once:
            self.stop()
        process, self._process = self._process, None
        if process is None:
            return
        try:
            if process.stdin is not None:
                process.stdin.close()
        except OSError:
            pass
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _alive(self) -> subprocess.Popen[str]:
        """The process, started anew if there is none or it died."""
        if self._process is None or self._process.poll() is not None:
            self.close()
            # A session of its own: Ctrl-C comes to the parent alone, which then stops the child once and in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "crawler"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
                env=_with_rooms(self._environment), start_new_session=True,
            )  # fmt: skip
        return self._process


@dataclass(slots=True)
class CrawlReport:
    """What came of one crawl: a row per site, and the troubles on the way."""

    sites: tuple[str, ...]
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: int = 0
    troubles: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)  #: site -> why its crawl did not end

    def rows(self) -> list[dict[str, Any]]:
        """One value per site, as --json prints it."""
        return [
            {
                "site": site,
                "state": self.runs.get(site, {}).get("state"),
                "reasons": self.runs.get(site, {}).get("reasons", []),
                "tally": self.runs.get(site, {}).get("tally", {}),
                "error": self.lost.get(site),
            }
            for site in self.sites
        ]


@click.command(short_help="Look once, politely, at the pages that are due.")
@click.option("--site", metavar="HOST", help="Only this site.")
@click.option("--due", is_flag=True, help="The pages whose time has come (this is the default).")
@click.option("--all", "every", is_flag=True, help="Every page.")
@as_of
@as_json
@shared
@click.pass_context
def crawl(ctx: click.Context, site: str | None, due: bool, every: bool, as_of: datetime | None, as_json: bool) -> None:
    """Look once, politely, at the pages that are due, and keep what comes."""
    if due and every:
        raise click.UsageError("give --due or --all, not both")
    home = home_of(ctx)
    with home.archive() as store, children_of(home) as children:
        report = crawl_sites(children, store, site=site, mode="all" if every else "due", as_of=as_of)
        Heads(home, store).keep(as_of)
    print_json(report.rows()) if as_json else print_report(report)
    end_of(report)


def crawl_sites(
    children: Children,
    store: Store,
    *,
    site: str | None = None,
    sites: Collection[str] | None = None,
    mode: str = "due",
    as_of: datetime | None = None,
    shown: bool = True,
) -> CrawlReport:
    """One crawl of the sites that are due (or all; of one, or of those named in `sites`, no other).

    Raises GongkaiError for an unknown site or an impossible time.
    """
    clock = crawl_clock(store, as_of)
    chosen = [host for host in _chosen(store, site, mode, clock.now()) if sites is None or host in sites]
    report = CrawlReport(tuple(chosen))
    with progress("looking", shown=shown) as bar:
        bar.expect(sum(len(store.tasks(host, clock.now(), mode)) for host in chosen))
        for event in children.crawl(chosen, mode, clock.now() if as_of else None):
            _take(report, event, bar)
    for text in report.troubles:
        note(f"gongkai: {plain(text)}")
    return report


class Children:
    """As many crawl children as GONGKAI_PROCESSES says; a site belongs to one of them."""

    def __init__(self, environment: Mapping[str, str], number: int) -> None:
        self._children = [CrawlChild(environment) for _ in range(number)]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for child in self._children:
            self._stack.enter_context(child)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, trace)

    def stop(self) -> None:
        """Ask all children to end soon."""
        for child in self._children:
            child.stop()

    def crawl(self, sites: Sequence[str], mode: str, as_of: datetime | None) -> Iterator[dict[str, Any]]:
        """Events of all children as they come; a child that dies gives {"event": "lost"} for its unfinished sites."""
        shares = [list(sites[start :: len(self._children)]) for start in range(len(self._children))]
        work = [(child, share) for child, share in zip(self._children, shares, strict=True) if share]
        events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        for child, share in work:
            threading.Thread(target=_feed, args=(child, share, mode, as_of, events), daemon=True).start()
        running = len(work)
        while running:
            event = events.get()
            if event is None:
                running -= 1
            else:
                yield event


def children_of(home: Home) -> Children:
    """The crawl children of a home, none started yet; raises SettingError here rather than in each of them."""
    home.manners.policy()
    return Children(home.environment, home.number("PROCESSES", 1, 64))


def print_report(report: CrawlReport) -> None:
    """A table per site: looks by outcome, new versions, verdict."""
    if not report.sites:
        say("no page is due")
        return
    outcomes = [outcome.value for outcome in Outcome if any(outcome.value in row["tally"] for row in report.rows())]
    columns = ["site", *outcomes, "new", "returned", "verdict"]
    print_table(columns, [[*_numbers(row, outcomes), _verdict(row)] for row in report.rows()])


def end_of(report: CrawlReport) -> None:
    """Raise GongkaiError if there was something to do and no crawl of a site came to its end."""
    if report.sites and not report.runs and (report.lost or report.troubles):
        why = next(iter(report.lost.values()), report.troubles[0] if report.troubles else "")
        raise GongkaiError(f"nothing could be crawled: {plain(why)}")


def _numbers(row: Mapping[str, Any], outcomes: Sequence[str]) -> list[object]:
    tally = row["tally"]
    return [row["site"], *(tally.get(name) or "" for name in outcomes), tally.get("new") or "", tally.get("returned") or ""]


def _verdict(row: Mapping[str, Any]) -> str:
    if row["error"]:
        return f"not finished: {row['error']}"
    if row["state"] is None:
        return "nothing to look at"
    return str(row["state"]) + (f": {'; '.join(row['reasons'])}" if row["reasons"] else "")


def _chosen(store: Store, site: str | None, mode: str, now: datetime) -> list[str]:
    if site is None:
        return store.sites_to_crawl(now, mode)
    host = site.strip().lower()
    if store.site(host) is None:
        raise Missing(
            f"no site {plain(site)} is watched", "see those that are with `gongkai status`, or add it with `gongkai add`"
        )
    return [host] if host in store.sites_to_crawl(now, mode) else []


def _take(report: CrawlReport, event: Mapping[str, Any], bar: Bar) -> None:
    kind, site = event.get("event"), str(event.get("site", ""))
    if kind == "look":
        report.looks += 1
        bar.step(f"{site} {event.get('outcome', '')}")
    elif kind == "run":
        report.runs[site] = dict(event)
    elif kind == "lost":
        report.lost.update({host: str(event["text"]) for host in event["sites"]})
    elif kind == "error":
        lost = event.get("sites") or ([site] if site else [])
        report.lost.update({str(host): str(event.get("text", "")) for host in lost})
        report.troubles.append(": ".join(part for part in (site, str(event.get("text", ""))) if part))


def _feed(
    child: CrawlChild, sites: list[str], mode: str, as_of: datetime | None, events: queue.Queue[dict[str, Any] | None]
) -> None:
    """Pass one child's events on; runs in a thread of its own, ends with None."""
    open_sites = dict.fromkeys(sites)
    try:
        for event in child.crawl(sites, mode, as_of):
            if event.get("event") == "run":
                open_sites.pop(str(event.get("site")), None)
            events.put(event)
    except Exception as error:  # a dead child must not take the other children's sites with it
        logger.debug("a crawl child failed: {}", error)
        events.put({"event": "lost", "sites": list(open_sites), "text": str(error)})
    finally:
        events.put(None)


def _event(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        event = None
    if isinstance(event, dict):
        return event
    logger.warning("the crawl process wrote something that is no event: {}", plain(line)[:200])
    return {}


def _with_rooms(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with this program's own rooms first, so that a folder called crawler where a person stands is not run."""
    rooms = str(Path(str(storage.__file__)).resolve().parent.parent)
    told = {**environment, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    if rooms not in interpreter.getsitepackages():
        told["PYTHONPATH"] = os.pathsep.join(part for part in (rooms, environment.get("PYTHONPATH", "")) if part)
    return told
