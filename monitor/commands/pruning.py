"""`gongkai prune`: takes what no limit keeps, and tells with --dry-run what that would be. Decides no limits."""

from __future__ import annotations

from dataclasses import asdict

import click

from monitor.commands.door import as_json, home_of, shared
from monitor.commands.home import Home, judge_clock
from monitor.commands.output import plain, print_json, print_table, say
from storage.errors import Missing
from storage.keys import Deed, signing_key
from storage.records import Pruned, Retention
from storage.store import Store

WHO = "gongkai prune"


@click.command(short_help="Take old versions that no limit keeps.")
@click.option("--site", metavar="HOST", help="Only this site.")
@click.option("--dry-run", is_flag=True, help="Tell what would go, and change nothing.")
@as_json
@shared
@click.pass_context
def prune(ctx: click.Context, site: str | None, dry_run: bool, as_json: bool) -> None:
    """Take the bytes and texts of old versions that no limit keeps.

    Limits stand in a site's row of the watchlist (keep_versions, keep_days, keep_looks_days) or in GONGKAI_KEEP_*; without any
    nothing ever goes. First and last versions stay, and so does what a finding cites. Of what goes, hash, number and times stay,
    and a signed entry of the ledger says what went and why. `gongkai serve` does this once a day.
    """
    home = home_of(ctx)
    with home.archive() as store:
        limits = _limits(home, store, site)
        done = store.to_prune(limits, judge_clock(store, None).now()) if dry_run else _prune(home, store, limits)
        swept = None if dry_run else store.sweep()
    if as_json:
        print_json({"sites": [asdict(one) for one in done], "swept": asdict(swept) if swept else None})
        return
    if not limits:
        say("no limit is set: every version is kept for ever")
    if dry_run:
        _tell(done)
        return
    for one in done:
        say(f"{plain(one.site)}: {_numbers(one)} went")
    if swept is not None:
        say(f"{_size(swept.freed)} freed" + ("; a backup is under way: files go another time" if swept.held else ""))


def prune_due(home: Home, store: Store) -> str:
    """Take what no limit keeps; says what went, and nothing if no limit is set or nothing went."""
    limits = store.retentions(home.settings.retention)
    if not limits:
        return ""
    done = [one for one in _prune(home, store, limits) if one.versions or one.looks]
    swept = store.sweep()
    if not done and not swept.freed:
        return ""
    return "; ".join([*(f"{one.site}: {_numbers(one)}" for one in done), f"{_size(swept.freed)} freed"])


def _limits(home: Home, store: Store, site: str | None) -> dict[str, Retention]:
    host = site.strip().lower() if site is not None else None
    if host is not None and store.site(host) is None:
        raise Missing(f"no site {plain(host)} is watched", "see those that are with `gongkai status`")
    return store.retentions(home.settings.retention, host)


def _prune(home: Home, store: Store, limits: dict[str, Retention]) -> list[Pruned]:
    if not limits:
        return []
    home.make()
    return store.prune(limits, Deed("retention", WHO, judge_clock(store, None).now(), signing_key(home.folder)))


def _tell(done: list[Pruned]) -> None:
    if done:
        rows = [(plain(one.site), one.versions, one.looks, _size(one.bytes or 0)) for one in done]
        print_table(["site", "versions", "looks", "bytes"], rows)
        say("this would go; nothing was changed")


def _numbers(one: Pruned) -> str:
    return f"{one.versions} version{'s' * (one.versions != 1)} and {one.looks} look{'s' * (one.looks != 1)}"


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if abs(size) >= 1_000_000 else f"{size / 1000:.1f} kB"
