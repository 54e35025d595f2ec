"""`gongkai init`: a commented watchlist and settings file to start from. Never overwrites either."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import click

from monitor.commands.door import home_of, shared
from monitor.commands.home import Home
from monitor.commands.output import say
from storage.errors import GongkaiError

SETTINGS = """\
# Settings of gongkai in this home. A flag wins over the environment, the environment wins over this file.
# Take the # off a line to set it; what stands there now is the default.

# --- visits -----------------------------------------------------------------------------------------------------
# Who you are: sent with every visit, so that a site can reach you. Please set it.
#GONGKAI_CONTACT=mailto:you@example.org
# The whole user agent, where gongkai/<version> (+contact) will not do.
#GONGKAI_USER_AGENT=
# Seconds between two visits to one host (varied by half, so that they do not come like a clock).
#GONGKAI_DELAY=5.0
# Visits at one time: in all, and to one host.
#GONGKAI_CONCURRENCY=16
#GONGKAI_PER_HOST=1
# Crawl processes side by side.
#GONGKAI_PROCESSES=1
# Seconds until an answer is given up, bytes until it is cut, redirects that are followed.
#GONGKAI_TIMEOUT=30
#GONGKAI_MAX_BYTES=20000000
#GONGKAI_MAX_REDIRECTS=10
# List pages of a column that are read beside its first.
#GONGKAI_LIST_PAGES=3
# Chromium, for sites with browser = true: its name or path.
#GONGKAI_BROWSER=chromium
# Whether robots.txt is obeyed.
#GONGKAI_OBEY_ROBOTS=true
# From where this home looks; every capture carries it.
#GONGKAI_VANTAGE=here
# Hosts led to other addresses, for tests: host=address or host=address:port, separated by commas.
#GONGKAI_RESOLVE=
# Addresses of this machine and of private networks are refused without this.
#GONGKAI_ALLOW_PRIVATE_HOSTS=false

# --- findings ---------------------------------------------------------------------------------------------------
# From how many sound looks on, and over how many hours, an absent page is called removed and not just suspected so.
#GONGKAI_REMOVAL_LOOKS=3
#GONGKAI_REMOVAL_SPAN_HOURS=36
# The same for a page that is there again, and for a site that did not answer (in crawls); either is told as suspected at once.
#GONGKAI_RESTORATION_LOOKS=2
#GONGKAI_RESTORATION_SPAN_HOURS=12
#GONGKAI_OUTAGE_LOOKS=3
#GONGKAI_OUTAGE_SPAN_HOURS=24

# --- mails ------------------------------------------------------------------------------------------------------
# Without a server the mails are written into the folder mail/ of this home.
#GONGKAI_SMTP_URL=smtp+starttls://user:password@mail.example.org:587
#GONGKAI_MAIL_FROM=gongkai@localhost
#GONGKAI_SMTP_TIMEOUT=30
#GONGKAI_PUBLIC_URL=

# --- the ledger -------------------------------------------------------------------------------------------------
# Every day on which the archive grew, the head of its ledger is signed with the key in the file ledger.key of this home.
# A time stamp authority (RFC 3161) that is asked to stamp it, and the certificates (PEM) by which its answer is checked.
#GONGKAI_TSA_URL=
#GONGKAI_TSA_CERTIFICATES=
# A witness: the head is posted there, so that somebody else holds it too.
#GONGKAI_WITNESS_URL=

# --- the archive ------------------------------------------------------------------------------------------------
# The default is the file gongkai.db in this home.
#GONGKAI_DATABASE_URL=postgresql://user:password@host/name
# DEBUG, INFO, WARNING or ERROR, on standard error.
#GONGKAI_LOG_LEVEL=WARNING
"""


@click.command(short_help="Write a watchlist and settings to start from.")
@click.option("--simulated", is_flag=True, help="A home for trials: its clock is set by --as-of, and all it sends says so.")
@shared
@click.pass_context
def init(ctx: click.Context, simulated: bool) -> None:
    """Write a commented watchlist.toml and .env to start from."""
    home = home_of(ctx)
    watchlist, settings = home.folder / "watchlist.toml", home.folder / ".env"
    for path in (watchlist, settings):
        if path.exists() or path.is_symlink():
            raise GongkaiError(f"{path} is there already", "edit it, or name another home with --home")
    home.make()
    _write(watchlist, files("deploy").joinpath("watchlist.example.toml").read_text("utf-8"))
    _write(settings, SETTINGS)
    with home.archive(create=True) as store:
        if simulated:
            store.mark_simulated()
    say(f"wrote {watchlist} and {settings}" + ("; this home is simulated" if simulated else ""))
    say(f"next: edit {watchlist}, then  {command_of(home)} import {watchlist}")


def command_of(home: Home) -> str:
    """How the program is called for this home."""
    return "gongkai" if str(home.folder) == "gongkai-data" else f"gongkai --home {home.folder}"


def _write(path: Path, text: str) -> None:
    try:
        # settings may hold a password: the file belongs to its owner from its first byte on
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise GongkaiError(f"{path} cannot be written: {error.strerror}", "name another home with --home") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
