"""`gongkai import` and `gongkai export`: the watchlist in and out of the archive. Looks at no page."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.commands.door import home_of, shared
from monitor.commands.home import deed_time
from monitor.commands.output import note, plain, say
from monitor.commands.watchlist import Checked, read_watchlist, write_refused, write_watchlist
from monitor.duty import duty_names
from storage.errors import SettingError
from storage.records import Watchlist


@click.command("import", short_help="Take agencies, sites, pages and duties from a file.")
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.option("--keep-good", is_flag=True, help="Import the good rows and write the others to FILE.rejected.csv.")
@shared
@click.pass_context
def import_(ctx: click.Context, file: Path, keep_good: bool) -> None:
    """Import agencies, sites, columns, pages, duties and subscribers from a .toml, .csv or .xlsx FILE.

    All or nothing: with one wrong row nothing is imported, and every problem is named. A CSV with just a url column works.
    """
    with home_of(ctx).archive(create=True) as store:
        checked = read_watchlist(file, store.watchlist(), duty_names())
        for problem in checked.problems:
            note(plain(problem))
        if checked.problems and not keep_good:
            wrong = f"{_count(checked)} in {file}; nothing was imported"
            raise SettingError(wrong, "mend them, or import the good rows with --keep-good")
        if checked.problems:
            note(f"{_count(checked)}: the refused rows are in {write_refused(file, checked)}")
        if not _told(checked.watchlist):
            raise SettingError(f"{file} holds no row that could be imported", "see docs/watchlist.md for the columns")
        store.add_watchlist(checked.watchlist, deed_time(store))
    say(f"imported {_told(checked.watchlist)}")


@click.command(short_help="Write the watchlist to a file.")
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@shared
@click.pass_context
def export(ctx: click.Context, file: Path) -> None:
    """Write the watchlist to a .toml, .xlsx or .csv FILE (a .csv holds the pages only)."""
    with home_of(ctx).archive() as store:
        watchlist = store.watchlist()
    write_watchlist(file, watchlist)
    say(f"wrote {file}")


def _count(checked: Checked) -> str:
    number = len(checked.problems)
    return f"{number} problem" if number == 1 else f"{number} problems"


def _told(watchlist: Watchlist) -> str:
    counts = {
        ("agency", "agencies"): watchlist.agencies,
        ("site", "sites"): watchlist.sites,
        ("page", "pages"): watchlist.pages,
        ("duty", "duties"): watchlist.duties,
        ("subscriber", "subscribers"): watchlist.subscribers,
    }
    return ", ".join(f"{len(rows)} {names[len(rows) > 1]}" for names, rows in counts.items() if rows)
