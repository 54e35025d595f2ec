"""The half of `gongkai verify` that checks the whole archive, and what it says of it. Mends nothing and writes nothing."""

from __future__ import annotations

import re

import click

from monitor.commands.home import Home
from monitor.commands.output import iso, local, plain, print_json, progress, say
from storage.records import Head
from storage.store import Store
from storage.verifying import Checked

COUNTED = ("entries", "heads", "looks", "captures", "versions", "spans", "findings", "bytes")
"""What is told of a check, in this order; under "bytes" each body, reading and record once."""


def head_given(_ctx: click.Context, param: click.Parameter, told: str | None) -> tuple[int, str] | None:
    """SIZE:ROOT, as it stands below every mail; raises BadParameter."""
    if told is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,17}):([0-9a-fA-F]{64})", told.strip())
    if not found:
        raise click.BadParameter("write SIZE:ROOT, as it stands below every mail: a number, and 64 hex digits", param=param)
    return int(found[1]), found[2].lower()


def check_archive(home: Home, head: tuple[int, str] | None, *, as_json: bool) -> None:
    """Check the archive of a home and tell what came of it; ends the process with exit code 1 if anything is broken."""
    with home.archive() as store:
        found = _check(store, head)
        newest = store.newest_head()
    if as_json:
        faults = [{"what": fault.what, "where": fault.where, "text": fault.text} for fault in found.faults]
        told = {"size": newest.size, "root": newest.root, "signed": iso(newest.signed), "key": newest.key} if newest else None
        print_json({"whole": not found.faults, "checked": found.counts, "faults": faults, "untold": found.untold, "head": told})
    else:
        _tell(found, head, newest)
    if found.faults:
        raise SystemExit(1)


def _check(store: Store, head: tuple[int, str] | None) -> Checked:
    with progress("checking") as bar:
        return store.verify(head, bar.reach)


def _tell(found: Checked, head: tuple[int, str] | None, newest: Head | None) -> None:
    for fault in found.faults:
        say(f"WRONG: {plain(fault)}")
    if found.untold:
        say(f"and {found.untold} more of the same kinds")
    said = ", ".join(f"{found.counts.get(name, 0)} {name}" for name in COUNTED)
    if found.faults:
        say(f"the archive is not whole ({said} were checked); what is broken can only come back from a backup")
        return
    say(f"the archive is whole: {said}")
    if head is not None:
        say(f"the head over {head[0]} entries that you gave is one of this archive")
    elif newest is not None:
        say(f"its newest head is {newest.size}:{newest.root}, signed {local(newest.signed)} by the key {newest.key}")
        say("who has the archive and its key can write both anew: hold it to a head that somebody else has (--head)")
    else:
        say("no head was signed yet; `gongkai run` signs one a day")
