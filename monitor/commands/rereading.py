"""`gongkai reread`: what is kept, read anew by today's reader. Looks at no portal, judges nothing and raises no finding."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import click

from crawler.files import FileReading
from crawler.reader import PageReader
from monitor.commands.door import as_json, home_of, shared
from monitor.commands.output import Bar, plain, print_json, print_table, progress, say
from storage.errors import GongkaiError, Missing
from storage.records import PARTS, Reader, Reread, Site, reader_of
from storage.store import Store

LISTED = 20
"""Versions that kept their old reading, as a person is shown them; --json lists them all."""


@dataclass(slots=True)
class Tally:
    """What came of it so far."""

    versions: int = 0
    read: int = 0
    different: int = 0
    parts: Counter[str] = field(default_factory=Counter)
    kept: list[Reread] = field(default_factory=list)
    left: int = 0  #: that were not come to

    def count(self, told: Reread) -> None:
        """One more version."""
        self.read += not told.kept
        self.different += bool(told.differs)
        self.parts.update(told.differs)
        if told.kept:
            self.kept.append(told)

    def shape(self) -> dict[str, Any]:
        """What --json prints."""
        return {
            "versions": self.versions,
            "read": self.read,
            "different": self.different,
            "differing": {part: self.parts[part] for part in PARTS},
            "kept": [{"url": one.url, "version": one.number, "why": one.kept} for one in self.kept],
            "left": self.left,
        }


@click.command(short_help="Read what is kept anew with today's reader.")
@click.argument("site", required=False)
@click.option("--all", "everything", is_flag=True, help="Also the versions that today's reader has read.")
@as_json
@shared
@click.pass_context
def reread(ctx: click.Context, site: str | None, everything: bool, as_json: bool) -> None:
    """Read the kept bytes of all versions (of SITE) that another reader read, the newest first; no look, no finding.

    May run beside a crawl, and may be stopped: the next one goes on with what is left. A version in which nothing can be read
    any more keeps the reading it has, and is listed.
    """
    tally = Tally()
    stopped = False
    with home_of(ctx).archive() as store:
        sites = _sites(store, site)
        tally.versions = sum(store.count_to_read(one.host, _stamp(one, everything)) for one in sites)
        tally.left = tally.versions
        with progress("reading") as bar:
            bar.expect(tally.versions)
            try:
                for one in sites:
                    _reread(store, one, everything, tally, bar)
            except KeyboardInterrupt:
                stopped = True
    print_json(tally.shape()) if as_json else _tell(tally)
    if stopped:
        raise GongkaiError(f"stopped with {tally.left} of {tally.versions} versions left", "run it again to go on")


def _sites(store: Store, host: str | None) -> list[Site]:
    if host is None:
        return store.sites()
    known = store.site(host.strip().lower())
    if known is None:
        raise Missing(f"no site {plain(host)} is watched", "see those that are with `gongkai status`")
    return [known]


def _reader(site: Site) -> Reader:
    return reader_of(PageReader(FileReading()), site)


def _stamp(site: Site, everything: bool) -> str | None:
    return None if everything else _reader(site).version


def _reread(store: Store, site: Site, everything: bool, tally: Tally, bar: Bar) -> None:
    """One version at a time: each is a transaction of its own, and none is held longer than that."""
    reader, stamp, below = _reader(site), _stamp(site, everything), None
    while waiting := store.versions_to_read(site.host, stamp, below):
        below = waiting[-1]
        for version in waiting:
            tally.count(store.read_anew(version, reader))
            tally.left = max(0, tally.left - 1)
            bar.step(site.host)


def _tell(tally: Tally) -> None:
    if not tally.versions:
        say("nothing to read anew: today's reader has read everything that is kept")
        return
    parts = [f"{tally.parts[part]} in {part}" for part in PARTS if tally.parts[part]]
    say(f"read anew: {tally.read} of {tally.versions} versions")
    say(f"different: {tally.different}" + (f" ({', '.join(parts)})" if parts else ""))
    if not tally.kept:
        return
    rows = [(one.url, one.number, one.kept) for one in tally.kept[:LISTED]]
    print_table(["page", "version", "why"], rows, title=f"not read, so their old reading stays: {len(tally.kept)}")
    if len(tally.kept) > LISTED:
        say(f"and {len(tally.kept) - LISTED} more; see them with --json")
