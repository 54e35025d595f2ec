"""`gongkai search`: where a text stands, or stood, in any version of any page. Looks at no portal and judges nothing."""

from __future__ import annotations

from typing import Any

import click
from loguru import logger
from rich.text import Text

from monitor.commands.door import as_json, home_of, shared
from monitor.commands.output import iso, lines, local, note, plain, print_json, print_table, progress, say
from monitor.commands.spans import plain_run
from storage.errors import GongkaiError, Missing
from storage.records import Hit
from storage.store import Store

AROUND = 40
"""Characters of the passage that are shown on each side of what was found in it."""


@click.command(short_help="Where a text stands or stood, in any version of any page.")
@click.argument("text")
@click.option("--site", metavar="HOST", help="Only pages of this site.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Show at most this many passages.")
@as_json
@shared
@click.pass_context
def search(ctx: click.Context, text: str, site: str | None, limit: int, as_json: bool) -> None:
    """Find TEXT in titles, paragraphs, rows and names of attachments of all versions kept, the newest first.

    Full-width and half-width signs, capitals and small letters are the same, and blanks do not count. Of each passage it says
    between which looks it appeared, when it was last seen, and whether it is still there.
    """
    with home_of(ctx).archive() as store:
        if site is not None and store.site(site.strip().lower()) is None:
            raise Missing(f"no site {plain(site)} is watched", "see those that are with `gongkai status`")
        index_waiting(store)
        found = store.search(text, site.strip().lower() if site is not None else None, limit)
    if as_json:
        print_json([hit_shape(hit) for hit in found.hits])
    elif found.hits:
        print_table(["version", "seen", "where and what"], [_row(hit) for hit in found.hits])
    else:
        say(f"no version of any page holds {plain(text)}")
    more = found.total - limit
    if more > 0:
        (note if as_json else say)(f"and {more} more; see them with --limit {found.total}")
    if found.waiting:
        note(f"gongkai: {found.waiting} versions came meanwhile and were not searched")


def index_waiting(store: Store, *, shown: bool = True) -> None:
    """Index the versions that wait, in turns that hold up nobody for long."""
    with progress("indexing", shown=shown) as bar:
        bar.expect(store.count_to_index())
        while some := store.index_some():
            bar.step(by=some)


def index_after_judging(store: Store) -> None:
    """Index what waits; a failure is logged and no more, since the next search does it again."""
    try:
        index_waiting(store, shown=False)
    except GongkaiError as trouble:
        logger.warning("the archived text could not be indexed: {}", trouble)


def hit_shape(hit: Hit) -> dict[str, Any]:
    """One passage, as `search --json` lists it."""
    return {
        "url": hit.page.url,
        "site": hit.page.site,
        "title": hit.page.title,
        "role": hit.page.role.value if hit.page.role else None,
        "version": hit.version,
        "part": hit.part,
        "before": _before(hit),
        "found": hit.text[hit.start : hit.end],
        "behind": hit.text[hit.end : hit.end + AROUND],
        "appeared": {"after": iso(hit.after), "by": iso(hit.first)},
        "first": iso(hit.first),
        "last": iso(hit.last),
        "there": hit.there,
        "gone": {"after": iso(hit.last), "by": iso(hit.gone_by)} if hit.gone_by else None,
        "outcome": hit.outcome.value,
        "reason": hit.reason,
    }


def _before(hit: Hit) -> str:
    return hit.text[max(0, hit.start - AROUND) : hit.start]


def _row(hit: Hit) -> list[object]:
    role = hit.page.role.value if hit.page.role else "page"
    where = lines([hit.page.title, f"{role} {hit.page.url}"]).append("\n").append(_snippet(hit))
    return [lines([hit.version, hit.part]), lines(_times(hit)), where]


def _times(hit: Hit) -> list[str]:
    """Between which looks it appeared and was gone; never at which moment."""
    since = f"appeared {local(hit.after)} - {local(hit.first)}" if hit.after else f"there from the first look, {local(hit.first)}"
    if hit.there:
        return [since, f"still there {local(hit.last)}"]
    if hit.there is None:
        return [since, f"last seen {local(hit.last)}", f"now not known: {hit.outcome.value}"]
    gone = f"gone {local(hit.last)} - {local(hit.gone_by)}"
    return [since, gone, *([] if hit.outcome.value == "ok" else [f"page now: {hit.outcome.value}"])]


def _snippet(hit: Hit) -> Text:
    """The passage around what was found, which is marked so that it shows without colour too."""
    before, behind = _before(hit), hit.text[hit.end : hit.end + AROUND]
    line = Text("…" if hit.start > len(before) else "").append(plain_run(before))
    line.append(f">>{plain_run(hit.text[hit.start : hit.end])}<<", style="bold")
    return line.append(plain_run(behind)).append("…" if hit.end + len(behind) < len(hit.text) else "")
