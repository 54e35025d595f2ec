"""`gongkai adopt`: takes what a rebuilt site brings now as its new normal, before seven days have done so. Looks at no page."""

from __future__ import annotations

import click

from monitor.commands.door import home_of, shared
from monitor.commands.home import deed_time
from monitor.commands.output import plain, say
from storage.errors import GongkaiError, Missing
from storage.records import RunState


@click.command(short_help="Take a rebuilt site as it is now for its new normal.")
@click.argument("site", metavar="HOST")
@shared
@click.pass_context
def adopt(ctx: click.Context, site: str) -> None:
    """Take what a rebuilt site brings now as its new normal.

    Its pages that are no longer where they were, or that no crawl has looked at since, count as left behind by the redesign:
    none of them is called removed unless it is seen again first. The next three sound crawls are its baseline, as for a new
    site. Without this command it happens when crawls have agreed for seven days.
    """
    host = site.strip().lower()
    with home_of(ctx).archive() as store:
        if store.site(host) is None:
            raise Missing(f"no site {plain(site)} is watched", "see those that are with `gongkai status`")
        latest = next((run for run in store.runs(host) if run.closed is not None), None)
        if latest is None or latest.state is not RunState.SUSPECT:
            raise GongkaiError(f"the latest crawl of {host} was not suspect", "there is nothing to adopt")
        lost = store.lost_pages(host)
        store.adopt(host, deed_time(store))
    say(f"what {host} brings now is its new normal; {len(lost)} pages count as left behind by its redesign:")
    for page in lost[:20]:
        say(f"  {plain(page.title or page.url)}  {page.url}")
    if len(lost) > 20:
        say(f"  and {len(lost) - 20} more")
