"""`gongkai add URL`: one look or a saved page, what is read in it, and onto the watchlist. Takes no capture, follows no link."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from crawler.files import FileReading
from crawler.reader import PageReader
from crawler.reading.coding import uncode
from crawler.reading.document import is_top, open_document
from crawler.reading.links import page_links
from monitor.commands.door import home_of, shared
from monitor.commands.home import Home, deed_time
from monitor.commands.output import plain, print_table, say
from monitor.commands.probing import first_look
from monitor.commands.reading import family_of, saved_answer
from monitor.commands.starting import command_of
from monitor.commands.watchlist_fields import url as checked_url
from monitor.duty import duty_names, load_packs
from storage.errors import GongkaiError, Missing
from storage.records import (
    SELECTOR_MISSED,
    Answer,
    Examination,
    NewPage,
    Outcome,
    Reader,
    Reading,
    Role,
    Site,
    Watchlist,
    reader_of,
)
from storage.store import Store
from storage.versioning import host_of, key_of

OTHER_COLUMNS = (
    "通知公告", "公示公告", "政策文件", "规范性文件", "政府文件", "部门文件", "财政预决算", "预决算公开", "预算公开", "决算公开",
    "预算决算", "法定主动公开内容", "政策解读", "行政处罚", "行政许可",
)  # fmt: skip
"""Menu words of columns that are worth watching though no pack of duties names them."""


@click.command(short_help="Look at an address, say what it is, and watch it.")
@click.argument("url")
@click.option("--agency", metavar="ID", help="The agency that the page speaks for.")
@click.option("--duty", "duties", multiple=True, help="A duty whose reports appear in this column; may be given more than once.")
@click.option(
    "--saved", metavar="FILE", type=click.Path(readable=False, path_type=Path), help="Go by this saved page; nothing is fetched."
)
@shared
@click.pass_context
def add(ctx: click.Context, url: str, agency: str | None, duties: tuple[str, ...], saved: Path | None) -> None:
    """Look at URL, say what family of portal it is and what is read, and watch it.

    From a home page also propose the columns to watch.
    """
    try:
        address = checked_url(url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    home = home_of(ctx)
    with home.archive(create=True) as store:
        _known(store, agency, duties)
        site = store.site(host_of(address)) or Site(host_of(address), scheme=address.partition(":")[0])
        reader = reader_of(PageReader(FileReading()), site)
        answer, examination = _looked(home, store, address, reader, site, saved)
        if examination.outcome is not Outcome.OK or examination.reading is None:
            raise GongkaiError(
                f"{plain(address)} cannot be added now: {examination.outcome.value} ({plain(examination.reason)})",
                _instead(answer, examination),
            )
        reading = examination.reading
        role = role_of(address, reading)
        _tell(reading, role)
        known = store.page_at(address) is not None
        page = NewPage(address, role, reading.title, agency, duties, named=True)
        store.add_watchlist(_rows(store, site, page), deed_time(store))
    say(f"{'was watched already, now named by you' if known else 'now watched'}: {plain(address)} ({role.value})")
    if role is Role.HOME:
        _propose(answer, command_of(home))
    else:
        say(f"next: {command_of(home)} crawl --site {site.host}")


def role_of(address: str, reading: Reading) -> Role:
    """What a page is for, by its address and by what the reader made of it."""
    if is_top(address):
        return Role.HOME
    return Role.COLUMN if reading.kind == "listing" else Role.ARTICLE


def columns_in(links: Sequence[tuple[str, str]], words: Mapping[str, str | None]) -> list[tuple[str, str, str | None]]:
    """(address, menu text, duty) of the links whose text holds a word that names a column; an address once, best word first.

    `words` is menu word -> duty or None, the most telling first; a link that holds a word among much other text is a headline.
    """
    found: dict[str, tuple[str, str, str | None]] = {}
    for word, duty in words.items():
        for address, text in links:
            if word in text and len(text) <= len(word) + 6 and key_of(address) not in found:
                found[key_of(address)] = (address, text, duty)
    return list(found.values())


def _known(store: Store, agency: str | None, duties: Sequence[str]) -> None:
    if agency is not None and agency not in {one.id for one in store.agencies()}:
        raise Missing(f"no agency {plain(agency)} is known", "put it into a watchlist file and import that first")
    names = duty_names() | {row.duty for row in store.duty_rows()}
    wrong = [duty for duty in duties if duty not in names]
    if wrong:
        raise Missing(f"no duty {plain(wrong[0])} is known", f"known are {', '.join(sorted(names))}")


def _looked(home: Home, store: Store, address: str, reader: Reader, site: Site, saved: Path | None) -> tuple[Answer, Examination]:
    if saved is None:
        return first_look(home, store, address, reader, site.home)
    answer = saved_answer(saved, address)
    return answer, reader.examine(answer, home=site.home)


def _rows(store: Store, site: Site, page: NewPage) -> Watchlist:
    """The page, with its site only if that is new: a known site keeps what a person said of it."""
    new = store.site(site.host) is None
    named = Site(site.host, page.title if page.role is Role.HOME else "", (page.agency,) if page.agency else (), site.scheme)
    return Watchlist(sites=(named,) if new else (), pages=(page,))


def _instead(answer: Answer, examination: Examination) -> str:
    if examination.reason.startswith(SELECTOR_MISSED):
        return "mend the selectors in the site's row of your watchlist and import it; try them with `gongkai read --selectors`"
    if examination.outcome is Outcome.MOVED and answer.final_url:
        return f"add the place it moved to: {plain(answer.final_url)}"
    if (answer.error or "").startswith("refused_address"):
        return "loopback and private addresses are looked at only with GONGKAI_ALLOW_PRIVATE_HOSTS=true"
    return (
        "try again later, give the page as you saved it with --saved FILE, or put it into a watchlist file and import that: "
        "then it is looked at whenever it is due"
    )


def _tell(reading: Reading, role: Role) -> None:
    dates = reading.dates
    told = {
        "family": family_of(reading),
        "read as": f"{reading.kind}, so it is watched as {role.value}",
        "title": reading.title,
        "published": dates.published,
        "written": dates.written,
        "paragraphs": len(reading.body) or None,
        "entries": str(len(reading.entries)) if reading.kind == "listing" else None,
        "next page": _next(reading),
        "attachments": len(reading.attachments) or None,
    }
    print_table(["", ""], [(name, value) for name, value in told.items() if value])


def _next(reading: Reading) -> str | None:
    if reading.kind != "listing":
        return None
    return {None: "none", "unknown": "there is one, but only a script knows where"}.get(reading.next, reading.next)


def _propose(answer: Answer, command: str) -> None:
    body = uncode(answer.body, answer.header("content-encoding"))
    document = open_document(body, answer.final_url or answer.url, answer.header("content-type"))
    words: dict[str, str | None] = {word: duty.id for duty in load_packs() for word in duty.venues}
    found = columns_in(page_links(document), {**words, **dict.fromkeys(OTHER_COLUMNS, None)})
    if not found:
        say("no column was found by its menu text; add the columns you want by their addresses")
        return
    title = "columns found by their menu text"
    print_table(["menu text", "address"], [(text, address) for address, text, _ in found], title=title)
    say("to watch them:")
    for address, _, duty in found:
        say(f"  {command} add {shlex.quote(plain(address))}" + (f" --duty {duty}" if duty else ""))
