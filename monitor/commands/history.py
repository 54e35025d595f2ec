"""`gongkai log`, `show` and `diff`: what the archive keeps of one page. Writes nothing and looks at no portal."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from crawler.files import FileReading
from crawler.reader import PageReader
from monitor.commands.door import as_json, home_of, shared
from monitor.commands.output import local, plain, print_json, print_table, say
from monitor.commands.reading import print_reading
from monitor.commands.shapes import comparison_shape, reading_shape, sighting_shape
from monitor.commands.sides import differing, read_alike, reading_of
from monitor.commands.spans import print_differences, print_rows, span_rows
from monitor.diff import noise_only
from storage.errors import Missing
from storage.records import Examination, Outcome, Page, Reader, Snapshot, reader_of
from storage.store import Store


@click.command(short_help="The history of a page, with the holes in it.")
@click.argument("url")
@as_json
@shared
@click.pass_context
def log(ctx: click.Context, url: str, as_json: bool) -> None:
    """Show the history of a page: spans in which the same was seen, and where nobody looked."""
    with home_of(ctx).archive() as store:
        page = _page(store, url)
        sightings = store.sightings(page.url)
    if as_json:
        print_json([sighting_shape(sighting) for sighting in sightings])
        return
    say(f"{plain(page.url)}  {plain(page.title)}")
    if not sightings:
        say("not looked at yet")
        return
    print_table(["from", "to", "looks", "version", "what was seen"], span_rows(sightings))


@click.command(short_help="One version of a page as it was read.")
@click.argument("url", metavar="URL[@N]")
@as_json
@shared
@click.pass_context
def show(ctx: click.Context, url: str, as_json: bool) -> None:
    """Show one version of a page as it was read, the latest if no number is given."""
    with home_of(ctx).archive() as store:
        address, number = _address_and_number(store, url)
        page = _page(store, address)
        reader = reader_of(PageReader(FileReading()), store.site(page.site))
        snapshot = _version(store, page, number)
        examination = _examination(store, reader, snapshot)
    if as_json:
        print_json(reading_shape(examination, reader.version))
        return
    say(f"{plain(snapshot.url)}  version {snapshot.number}, first seen {local(snapshot.first_seen)}")
    print_reading(examination)


@click.command(short_help="What differs between two versions of a page.")
@click.argument("url")
@click.argument("a", type=int, required=False)
@click.argument("b", type=int, required=False)
@as_json
@shared
@click.pass_context
def diff(ctx: click.Context, url: str, a: int | None, b: int | None, as_json: bool) -> None:
    """Show what differs between versions A and B of a page (the two latest without numbers)."""
    if a is not None and b is None:
        raise click.UsageError("give both versions, A and B, or neither")
    with home_of(ctx).archive() as store:
        page = _page(store, url)
        latest = _version(store, page, None).number
        before, after = (a, b) if a is not None else (latest - 1, latest)
        if before < 1 and a is None:
            raise Missing(f"{plain(page.url)} has one version only", "see it with `gongkai show`")
        versions = [_version(store, page, number) for number in (before, after)]
        sides = read_alike(store, page.site, versions)
    found = differing(sides, versions)
    if as_json:
        print_json(comparison_shape(found, noise_only(found)))
        return
    say(f"{plain(page.url)}  version {before} -> {after}")
    print_differences(found)
    if not print_rows(*sides) and not found:
        say("no difference in what is read")


def _page(store: Store, url: str) -> Page:
    page = store.page_at(url)
    if page is not None:
        return page
    if urlsplit(url).scheme not in {"http", "https"}:
        raise Missing(f"{plain(url)} is not an address", "give the whole address of a page, with http:// or https://")
    raise Missing(f"no page at {plain(url)} is watched", f"watch it with `gongkai add {plain(url)}`")


def _address_and_number(store: Store, url: str) -> tuple[str, int | None]:
    """URL@N taken apart, unless the whole is an address that is watched."""
    address, at, number = url.rpartition("@")
    if not at or not number.isdecimal() or store.page_at(url) is not None:
        return url, None
    return address, int(number)


def _version(store: Store, page: Page, number: int | None) -> Snapshot:
    snapshots = store.snapshots(page.url)
    if not snapshots:
        raise Missing(f"no version of {plain(page.url)} is kept", "see `gongkai log` for what was seen instead")
    if number is None:
        return snapshots[-1]
    found = next((snapshot for snapshot in snapshots if snapshot.number == number), None)
    if found is None:
        raise Missing(f"{plain(page.url)} has no version {number}", f"it has 1 to {snapshots[-1].number}")
    return found


def _examination(store: Store, reader: Reader, snapshot: Snapshot) -> Examination:
    """The version as the archive saw it: the outcome of its span, and its reading."""
    spans = [one for one in store.sightings(snapshot.url) if one.snapshot == snapshot.number]
    # a "not modified" says that the version was still there; what it is was said by a look that brought it
    brought = [one for one in spans if one.outcome is not Outcome.NOT_MODIFIED] or spans
    last = brought[-1] if brought else None
    if last is None or last.outcome in {Outcome.OK, Outcome.NOT_MODIFIED}:
        reason = last.reason if last else f"kept as version {snapshot.number}"
        return Examination(Outcome.OK, reason, reading_of(store, reader, snapshot))
    return Examination(last.outcome, last.reason, snapshot.reading)
