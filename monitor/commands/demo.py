"""`gongkai demo`: the made-up region lives, and the house watches it over loopback. Knows no page of the region itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from deploy.demo import Progress, Region, Row, Score, Server, live
from monitor.commands.crawling import Children, crawl_sites
from monitor.commands.door import log_to_stderr, shared
from monitor.commands.heads import Heads
from monitor.commands.home import Home, deed_time, is_terminal
from monitor.commands.output import Bar, lines, print_table, progress, say
from monitor.commands.steps import deliver_waiting, judge_waiting
from storage.errors import GongkaiError
from storage.records import Finding
from storage.store import Store

DEFAULT_FOLDER = "gongkai-demo"
PROCESSES = 1
"""Crawl children; the portals and the judging live in a process of their own beside it."""


class Steps:
    """The three steps as the region's life calls them, each as of a simulated time, on one archive with one crawl process."""

    def __init__(self, home: Home, store: Store, children: Children) -> None:
        self._home, self._store, self._children = home, store, children
        self._heads = Heads(home, store)

    def crawl(self, as_of: datetime, sites: Sequence[str]) -> None:
        """Visit what is due at these sites; raises GongkaiError if the crawl process died."""
        report = crawl_sites(self._children, self._store, sites=sites, as_of=as_of, shown=False)
        if report.lost:
            raise GongkaiError(next(iter(report.lost.values())))

    def judge(self, as_of: datetime) -> Sequence[Finding]:
        """Compare and judge what waits."""
        return judge_waiting(self._home, self._store, as_of)

    def deliver(self, as_of: datetime) -> None:
        """Sign the day's head and write the mails into the home."""
        self._heads.keep(as_of)
        deliver_waiting(self._home, self._store, as_of)


class Diary:
    """What is told while the region lives: a line per month, a line per finding below it."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._month = ""

    def note(self, told: Progress) -> None:
        """Tell one look day."""
        self._bar.expect(told.total)
        if f"{told.day:%Y-%m}" != self._month:
            self._month = f"{told.day:%Y-%m}"
            self._bar.line(self._month)
        for finding in told.findings:
            verdict = finding.verdict
            turn = "" if verdict.machine == "settled" else f" ({verdict.machine})"
            self._bar.line(f"  {told.day:%m-%d}  {verdict.title}{turn}")
        self._bar.step(str(told.day))


@click.command(short_help="Watch a made-up region of portals for fourteen months.")
@click.option("--days", type=click.IntRange(min=14), help="How many days the region lives (default: fourteen months).")
@click.option("--seed", type=click.IntRange(min=1), default=1, show_default=True, help="Another number makes another region.")
@click.option("--no-serve", is_flag=True, help="End when the account is told; without it the portals stay up until Ctrl-C.")
@shared
@click.pass_context
def demo(ctx: click.Context, days: int | None, seed: int, no_serve: bool) -> None:
    """Let a made-up region of portals live through fourteen months, and watch it: crawls, findings, mails. Needs no network."""
    log_to_stderr("ERROR")
    region = _region(days, seed)
    told = ctx.find_root().ensure_object(dict)
    folder, named = _free_folder(told.get("folder")), told.get("database_url")
    with ExitStack() as stack:
        server = stack.enter_context(Server(region))
        home = _demo_home(folder, server.resolve, named)
        store = stack.enter_context(home.archive(create=True))
        store.mark_simulated()
        store.add_watchlist(region.watchlist(), deed_time(store))
        say(f"a made-up region of {len(server.places)} portals lives from {region.start} to {region.end}; its home is {folder}")
        with Children(home.environment, PROCESSES) as children, progress("living") as bar:
            score = live(region, Steps(home, store, children), Diary(bar).note)
        _account(score)
        say(f"the portals of seed {seed} were asked {server.requests.total()} times")
        _point(score, home, named)
        if not no_serve and is_terminal():
            _stay(server)


def _region(days: int | None, seed: int) -> Region:
    whole = Region(seed=seed)
    longest = (whole.end - whole.start).days
    if days is None:
        return whole
    if days > longest:
        raise click.BadParameter(f"the region lives for {longest} days at most", param_hint="--days")
    return Region(end=whole.start + timedelta(days=days), seed=seed)


def _free_folder(named: Path | None) -> Path:
    """The folder a person named, if it is empty, else the first free gongkai-demo, gongkai-demo-2 ...; deletes nothing."""
    if named is not None:
        if named.exists() and (not named.is_dir() or any(named.iterdir())):
            raise GongkaiError(f"{named} is there already", "name an empty or new folder with --home")
        return named
    numbers = (DEFAULT_FOLDER if number == 1 else f"{DEFAULT_FOLDER}-{number}" for number in range(1, 1000))
    free = next((Path(name) for name in numbers if not Path(name).exists()), None)
    if free is None:
        raise GongkaiError(f"there are 999 folders called {DEFAULT_FOLDER} here", "delete some, or name one with --home")
    return free


def _demo_home(folder: Path, resolve: str, database_url: str | None = None) -> Home:
    """A home that cannot reach beyond this machine: an archive of its own, no mail server, every host led to loopback.

    The archive lies in the home unless a person named another database on the command line, which must be empty; one that is
    only set in the environment may be in use, and is left alone.
    """
    if database_url:
        _refuse_if_used(database_url)
    return Home(
        folder,
        database_url or f"sqlite:///{folder.absolute() / 'gongkai.db'}",
        smtp_url=None, tsa_url="", witness_url="",
        allow_private_hosts="true", resolve=resolve, delay="0", contact="", user_agent="", obey_robots="true",
    )  # fmt: skip


def _refuse_if_used(database_url: str) -> None:
    with closing(Store.open(database_url)) as store:
        if not store.empty:
            raise GongkaiError("the database named for the demo is in use", "name an empty one with --database-url")


def _account(score: Score) -> None:
    columns = ["", "kind, portal", "what was true", "true since", "told on"]
    rows = sorted(score.rows, key=lambda row: row.truth.day if row.truth else row.first or date.max)
    print_table(columns, [_row(row) for row in rows], title="\nwhat was true, and what was found")
    words = {"found": "found", "missed": "missed", "invented": "invented", "lingers": "still told though no longer true"}
    say(", ".join(f"{len(score.of(state))} {word}" for state, word in words.items()))


def _point(score: Score, home: Home, named: str | None) -> None:
    mails = sorted(home.settings.mail_folder.glob("**/*.eml"))
    say(f"mails: {len(mails)} written into {home.settings.mail_folder}")
    say("to look closer:")
    call = f"  gongkai --home {home.folder}" + (f" --database-url '{named}'" if named else "")
    for command in ("findings", "duties", "status"):
        say(f"{call} {command}")
    changed = [
        row.truth.url for row in score.rows if row.truth and row.truth.url and row.kind in {"silent_edit", "figure_changed"}
    ]
    url = next(iter(changed), None)
    for command in ("log", "diff") if url else ():
        say(f"{call} {command} {url}")


def _row(row: Row) -> tuple[object, ...]:
    site = row.truth.site if row.truth else row.finding.verdict.site if row.finding else None
    return (row.state, lines((row.kind, site or "")), row.text, row.truth.day if row.truth else "", row.first or "")


def _stay(server: Server) -> None:
    say("the portals stay up, as they were on the last day; open one in a browser, Ctrl-C ends:")
    for host, place in server.places.items():
        say(f"  http://{place}/  {host}")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("")
