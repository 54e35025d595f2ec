"""`gongkai forget`: takes a page out of the archive for good, and names the copies that it cannot reach. Asks before it does."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from monitor.commands.door import as_json, home_of, shared
from monitor.commands.home import Home, deed_time
from monitor.commands.output import note, plain, print_json, say
from storage.errors import GongkaiError
from storage.keys import Deed, signing_key
from storage.records import Forgotten


@click.command(short_help="Take a page out of the archive, for personal data.")
@click.argument("url")
@click.option("--why", required=True, metavar="TEXT", help="The reason, without the data: it stays in the ledger for ever.")
@click.option("--who", metavar="NAME", help="Who decided it; stays in the ledger too (default: your name on this machine).")
@click.option("--address-too", is_flag=True, help="The address as well, where it holds a name itself.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@shared
@click.pass_context
def forget(ctx: click.Context, url: str, why: str, who: str | None, address_too: bool, yes: bool, as_json: bool) -> None:
    """Take all that is kept of a page out of the archive: for personal data that must not be kept.

    Its bytes, texts and titles go, and so do the words of findings and messages about it. That it was there, when it was looked
    at and what it hashed to stays, and a signed entry of the ledger says that it was forgotten and why. The page is not watched
    any more, whoever lists or names it. This cannot be undone. What lies elsewhere (texts of pages that list it, mails that
    left, backups, evidence packs) is named, where it is known.
    """
    home = home_of(ctx)
    with home.archive() as store:
        if not yes:
            _ask(url)
        home.make()
        deed = Deed(why.strip(), who if who is not None else _me(), deed_time(store), signing_key(home.folder))
        done = store.forget(url, deed, address_too=address_too)
        taken, clean = store.clean()
    if as_json:
        print_json({**asdict(done), "bodies": taken, "clean": clean, "backups": _backups(home)})
        return
    _tell(done, _backups(home))
    _tell_clean(home, clean)


def _ask(url: str) -> None:
    if not sys.stdin.isatty():
        raise GongkaiError("forgetting a page cannot be undone, and nobody is there to be asked", "add --yes if it is meant")
    click.confirm(f"Take all that is kept of {plain(url)} out of the archive, for good?", abort=True, err=True)


def _me() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _tell(done: Forgotten, backups: Sequence[str]) -> None:
    if not done.versions and not done.looks:
        say(f"entry {done.leaf} of the ledger says that it is forgotten; nothing more was kept of it")
        _tell_places("these backups may still hold it; delete them", backups)
        return
    say(f"forgotten: {done.versions} versions and {done.looks} looks; entry {done.leaf} of the ledger says so")
    if done.findings or done.naming:
        say(f"findings: {len(done.findings)} about it are emptied and over, {len(done.naming)} that named it name it no more")
    if done.emptied or done.withdrawn:
        say(f"messages: {done.emptied} that had left are emptied, {done.withdrawn} that waited are withdrawn")
    say("it is watched no more; if your watchlist file names it, take it out there")
    for title, places in (
        ("its files are pages of their own; forget them too if they hold the same", done.files),
        ("the texts of these pages list it, and are kept", done.columns),
        ("these mails still hold what was told of it", done.filed),
        ("these backups may still hold it; delete them", backups),
    ):
        _tell_places(title, places)
    if done.duties:
        note("gongkai: findings about duties named it; that it stood there keeps these from being called missing or late")
    say("out of reach: mails that were sent, backups, evidence packs, and other copies of this home")


def _tell_places(title: str, places: Sequence[str]) -> None:
    if places:
        say(f"{title}:")
        for place in places:
            say(f"  {plain(place)}")


def _backups(home: Home) -> list[str]:
    """Backups in the home itself, such as `gongkai migrate` makes before it begins."""
    return [str(path) for path in sorted((home.folder / "backups").glob("*.zip"))]


def _tell_clean(home: Home, clean: bool) -> None:
    if clean:
        return
    if home.settings.database.startswith("sqlite:"):
        note(
            "gongkai: pieces may still lie in gaps of the database file, since others use it now; "
            "stop them and give the same command again"
        )
    else:
        note("gongkai: the server keeps old rows until it writes its tables anew; let its owner run VACUUM FULL")
