"""`gongkai judge`, `deliver` and `run`: the steps behind the crawl, each handed what it needs. Decides nothing itself."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import click

from crawler.files import FileReading
from crawler.reader import PageReader
from monitor.commands.crawling import children_of, crawl_sites, end_of, print_report
from monitor.commands.door import as_json, as_of, home_of, shared
from monitor.commands.heads import Heads
from monitor.commands.home import Home, judge_clock
from monitor.commands.output import note, plain, print_json, say
from monitor.commands.probing import probe_of
from monitor.commands.searching import index_after_judging
from monitor.commands.shapes import finding_shape
from monitor.commands.telling import print_findings
from monitor.compare import compare
from monitor.deliver import DeliverReport
from monitor.deliver import deliver as deliver_step
from monitor.judge import judge as judge_step
from monitor.judge import settling_of
from storage.records import Finding
from storage.store import Store


@click.command(short_help="Compare and judge what waits.")
@as_of
@as_json
@shared
@click.pass_context
def judge(ctx: click.Context, as_of: datetime | None, as_json: bool) -> None:
    """Compare and judge what waits; names the findings that are new or have turned."""
    home = home_of(ctx)
    with home.archive() as store:
        found = judge_waiting(home, store, as_of)
    print_json([finding_shape(finding) for finding in found]) if as_json else _tell_findings(found)


@click.command(short_help="Send the mails that wait.")
@as_json
@shared
@click.pass_context
def deliver(ctx: click.Context, as_json: bool) -> None:
    """Send what waits: by mail, or into the home's folder mail where no server is set."""
    home = home_of(ctx)
    with home.archive() as store:
        Heads(home, store).keep()
        report = deliver_waiting(home, store, None)
    print_json(asdict(report)) if as_json else print_delivery(report)


@click.command(short_help="Crawl, judge and deliver, once.")
@as_of
@as_json
@shared
@click.pass_context
def run(ctx: click.Context, as_of: datetime | None, as_json: bool) -> None:
    """Crawl what is due, judge and deliver, once."""
    home = home_of(ctx)
    with home.archive() as store:
        with children_of(home) as children:
            report = crawl_sites(children, store, as_of=as_of)
        # a crawl that failed is itself news, and what waits from earlier runs is still judged and sent
        found = judge_waiting(home, store, as_of)
        # signed before the mails are made, so that they carry it
        Heads(home, store).keep(as_of)
        delivery = deliver_waiting(home, store, as_of)
    if as_json:
        print_json({"sites": report.rows(), "findings": [finding_shape(one) for one in found], "delivery": asdict(delivery)})
    else:
        print_report(report)
        _tell_findings(found)
        print_delivery(delivery)
    end_of(report)


def judge_waiting(home: Home, store: Store, as_of: datetime | None) -> list[Finding]:
    """Compare, then judge; gives the findings that are new or have turned. What was kept is made ready to be searched in."""
    clock, reader = judge_clock(store, as_of), PageReader(FileReading())
    compare(store, reader, clock)
    found = judge_step(store, clock, probe_of(home, store, clock, reader), reader, settling_of(home.settings))
    index_after_judging(store)
    return found


def deliver_waiting(home: Home, store: Store, as_of: datetime | None) -> DeliverReport:
    """Send what waits."""
    return deliver_step(store, judge_clock(store, as_of), home.settings)


def print_delivery(report: DeliverReport) -> None:
    """Where the mails went."""
    parts = []
    if report.sent:
        parts.append(f"{report.sent} sent")
    if report.filed:
        parts.append(f"{report.filed} written into {report.where}")
    parts += [f"{number} {name}" for name, number in (("waiting", report.waiting), ("given up", report.dead)) if number]
    say("mails: " + (", ".join(parts) or "none") + (f" ({report.held} alerts wait for their digest)" if report.held else ""))
    for trouble in report.troubles:
        note(f"gongkai: {plain(trouble)}")


def _tell_findings(found: list[Finding]) -> None:
    if found:
        print_findings(found)
    else:
        say("no new findings")
