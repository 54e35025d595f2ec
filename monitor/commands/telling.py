"""`gongkai status`, `findings` and `duties`: how things stand. Writes nothing and looks at no portal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from crawler.browser.ready import missing
from monitor.commands.door import as_json, as_of, home_of, moment, shared
from monitor.commands.home import judge_clock
from monitor.commands.output import lines, local, plain, print_json, print_table, say
from monitor.commands.shapes import duty_shape, finding_shape, head_shape, site_shape
from monitor.commands.watchlist_csv import cell_text
from monitor.judge import duty_states
from monitor.notifier import WORDS
from storage.records import Finding, Head, SiteStatus

DUTY_COLUMNS = (
    "agency", "duty", "period", "due", "basis", "state", "days", "at_least", "grounds", "shown", "absent_at", "present_by",
    "url", "match", "reasons",
)  # fmt: skip


@click.command(short_help="How each site stands, and what waits.")
@as_of
@as_json
@shared
@click.pass_context
def status(ctx: click.Context, as_of: datetime | None, as_json: bool) -> None:
    """Show how each site stands, what waits for which step, and what is sick."""
    home = home_of(ctx)
    with home.archive() as store:
        now = judge_clock(store, as_of).now()
        sites, queue, simulated, head = store.status(now), store.queue(), store.simulated, store.newest_head()
    if as_json:
        told = {"simulated": simulated, "now": now.isoformat(), "sites": [site_shape(one) for one in sites], "queue": queue}
        print_json(told | {"head": head_shape(head) if head else None})
        return
    say(f"{'simulated home, ' if simulated else ''}as of {local(now)}")
    if not sites:
        say("no site is watched; next: gongkai import FILE or gongkai add URL")
    else:
        columns = ["site", "pages", "latest looks", "last good look", "last run"]
        print_table(columns, [_site_row(one) for one in sites])
    shown = [one.site.host for one in sites if one.site.browser]
    if shown and (why := missing(home.manners.browser)):
        say(f"{why} ({len(shown)} of {len(sites)} sites, the first {plain(shown[0])})")
    waiting = {step: number for step, number in queue.items() if number}
    say("waiting: " + (", ".join(f"{number} for {step}" for step, number in waiting.items()) if waiting else "nothing"))
    say(f"ledger: {_head_line(head)}" if head else "ledger: no head is signed yet")


@click.command(short_help="What was found.")
@click.option("--since", metavar="TIME", callback=moment, help="Raised or updated at or after this time.")
@click.option("--kind", type=click.Choice(list(WORDS)), metavar="KIND", help="Only this kind, alone or along with another.")
@as_json
@shared
@click.pass_context
def findings(ctx: click.Context, since: datetime | None, kind: str | None, as_json: bool) -> None:
    """List what was found."""
    with home_of(ctx).archive() as store:
        found = store.findings(since, kind)
    if as_json:
        print_json([finding_shape(finding) for finding in found])
    elif found:
        print_findings(found)
    else:
        say("no findings")


@click.command(short_help="Who owed what, and whether it came: the league table.")
@click.option("--year", type=click.IntRange(1990, 2200), help="Only duties for this year's period.")
@click.option("--csv", "as_csv", is_flag=True, help="The table as CSV on standard output.")
@as_of
@as_json
@shared
@click.pass_context
def duties(ctx: click.Context, year: int | None, as_csv: bool, as_of: datetime | None, as_json: bool) -> None:
    """Show what each agency owes and whether it came: the league table."""
    if as_json and as_csv:
        raise click.UsageError("give --json or --csv, not both")
    with home_of(ctx).archive() as store:
        now = judge_clock(store, as_of).now()
        owed = [pair for pair in duty_states(store, now) if year is None or pair[0].period.startswith(str(year))]
    rows = [duty_shape(instance, state) for instance, state in owed]
    if as_json:
        print_json(rows)
    elif as_csv:
        click.echo(_csv(rows), nl=False)
    elif rows:
        columns = ["who owes what", "due", "state", "why"]
        print_table(columns, [_duty_row(instance.agency_name, row) for (instance, _), row in zip(owed, rows, strict=True)])
    elif year is not None:
        say(f"no agency owes anything for {year}; see all years with gongkai duties")
    else:
        say("no agency owes anything yet: name agencies and their sites in the watchlist")


def print_findings(found: Sequence[Finding]) -> None:
    """Findings for people, oldest first."""
    print_table(["id", "updated", "kind", "what, why and where"], [_finding_row(finding) for finding in found])


def _finding_row(finding: Finding) -> list[object]:
    verdict = finding.verdict
    kinds = [verdict.kind, *(f"+ {kind}" for kind in verdict.also)]
    states = [verdict.machine, verdict.severity] + ([] if finding.human == "none" else [finding.human])
    what = [verdict.title, *(reason.text for reason in verdict.reasons[:2]), verdict.url or verdict.site or ""]
    return [finding.id, local(finding.updated)[:10], lines([*kinds, ", ".join(states)]), lines(what)]


def _site_row(one: SiteStatus) -> list[object]:
    run = one.last_run
    told = f"{run.state.value}{': ' + '; '.join(run.reasons) if run.reasons else ''}" if run else "never"
    numbers = {"ok": one.ok, "absent": one.absent, "troubled": one.troubled, "overdue": one.overdue}
    looks = [f"{number} {name}" for name, number in numbers.items() if number]
    return [one.site.host, one.pages, lines(looks), local(one.last_good), told]


def _head_line(head: Head) -> str:
    marks = [name for name, there in (("stamped", head.token), ("witnessed", head.witnessed)) if there]
    entries = f"{head.size} {'entry' if head.size == 1 else 'entries'}"
    return f"{entries}, signed {local(head.signed)}, {' and '.join(marks) or 'not stamped'}, root {head.root}"


def _duty_row(agency: str, row: dict[str, Any]) -> list[object]:
    state = [row["state"]]
    if row["state"] in {"late", "missing"} and row["days"]:
        state.append(f"{'at least ' if row['at_least'] else ''}{row['days']} {'day' if row['days'] == 1 else 'days'}")
    state += [row["grounds"]] if row["grounds"] else []
    why = "; ".join(reason["text"] for reason in row["reasons"])
    return [lines([agency, f"{row['duty']} {row['period']}"]), row["due"], lines(state), why]


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(DUTY_COLUMNS)
    for row in rows:
        flat = {**row, "reasons": "; ".join(plain(reason["text"]) for reason in row["reasons"])}
        writer.writerow(cell_text(flat[name]) for name in DUTY_COLUMNS)
    return out.getvalue()
