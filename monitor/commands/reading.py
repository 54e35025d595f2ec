"""`gongkai read` and `gongkai compare`: what the reader makes of saved pages. Touches no archive and no wire."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import click

from crawler.files import FileReading
from crawler.reader import PageReader
from monitor.commands.door import as_json, shared
from monitor.commands.output import note, plain, print_json, print_table, say
from monitor.commands.saved import findings_of_page
from monitor.commands.shapes import comparison_shape, directive_shape, reading_shape
from monitor.commands.spans import print_differences, print_rows
from monitor.commands.watchlist_kinds import SELECTORS, Row, record_of
from monitor.diff import differences, noise_only, replaced
from monitor.directive import read_directive
from storage.errors import GongkaiError
from storage.records import Answer, Examination, Outcome, Reading, Selectors, Site, reader_of

SELECTOR_LINES = 'write lines like select_body = "#text", as in a watchlist\'s site'

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""A saved page carries no time of its own, and none is made up from the machine's clock."""


def _address(_ctx: click.Context, param: click.Parameter, told: str | None) -> str | None:
    try:
        urlsplit(told or "")
    except ValueError as error:
        raise click.BadParameter(f"'{plain(told)}' is not an address: {error}", param=param) from None
    return told


@click.command(short_help="What the reader makes of a saved page.")
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.option("--url", callback=_address, help="Where the page was: its links are read against it.")
@click.option("--status", type=click.IntRange(100, 599), default=200, show_default=True, help="The status it was answered with.")
@click.option(
    "--headers",
    "headers_file",
    type=click.Path(readable=False, path_type=Path),
    help="Its headers: a JSON object or list of pairs.",
)
@click.option(
    "--selectors",
    "selectors_file",
    type=click.Path(readable=False, path_type=Path),
    help='Read it with these selectors: a .toml with lines like select_body = "#text".',
)
@click.option("--judge", is_flag=True, help="Add what the rules that need one page say.")
@as_json
@shared
def read(
    file: Path,
    url: str | None,
    status: int,
    headers_file: Path | None,
    selectors_file: Path | None,
    judge: bool,
    as_json: bool,
) -> None:
    """Show what the reader makes of a saved page; touches no archive."""
    headers = _headers(headers_file) if headers_file else ()
    answer = saved_answer(file, url, status, headers)
    reader = reader_of(
        PageReader(FileReading()), Site("", selectors=selectors_in(selectors_file) if selectors_file else Selectors())
    )
    examination = reader.examine(answer, home=_home_of(answer.url) if url else None)
    shape = reading_shape(examination, reader.version)
    if judge:
        shape["findings"] = findings_of_page(answer, examination)
        shape["directive"] = directive_shape(read_directive(examination.reading)) if examination.reading else None
    if as_json:
        print_json(shape)
        return
    print_reading(examination)
    for finding in shape.get("findings", []):
        say(f"finding {finding['kind']}: {plain('; '.join(reason['text'] for reason in finding['reasons']))}")


@click.command(short_help="The differences between two saved pages.")
@click.argument("a", type=click.Path(readable=False, path_type=Path))
@click.argument("b", type=click.Path(readable=False, path_type=Path))
@click.option("--url", callback=_address, help="Where the two pages were.")
@as_json
@shared
def compare(a: Path, b: Path, url: str | None, as_json: bool) -> None:
    """Show the differences between two saved pages, A being the earlier one."""
    sides = (_reading(a, url), _reading(b, url))
    found = replaced(*sides, _hashes(a, b)) or differences(*sides)
    if as_json:
        print_json(comparison_shape(found, noise_only(found)))
        return
    print_differences(found)
    if not print_rows(*sides) and not found:
        say("no difference")


def print_reading(examination: Examination) -> None:
    """A reading for people: what it is, its dates, its text."""
    reading = examination.reading
    say(f"{examination.outcome.value}: {plain(examination.reason)}")
    if reading is None:
        return
    dates = reading.dates
    told = {
        "kind": reading.kind, "title": reading.title, "shown": dates.shown, "written": dates.written, "meta": dates.meta,
        "in the address": dates.url, "source": reading.source, "site": reading.site.name, "family": family_of(reading),
        "encoding": reading.encoding, "reader": reading.reader, "next": reading.next,
    }  # fmt: skip
    print_table(["", ""], [(name, value) for name, value in told.items() if value])
    for paragraph in reading.body:
        say(f"\n{plain(paragraph)}")
    if reading.entries:
        print_table(["date", "title", "address"], [(e.date, e.title, e.url) for e in reading.entries], title="\nentries")
    for attachment in reading.attachments:
        say(f"attachment: {plain(attachment.name)} {plain(attachment.url)}")
    for gap in reading.gaps:
        where = f"gap ({gap.kind}, {gap.strength}) at paragraph {gap.paragraph}"
        say(f"{where}: {plain(gap.evidence)} {plain(', '.join(gap.missing))}")


def family_of(reading: Reading) -> str:
    """The family that answered, and why."""
    return f"{reading.family} ({reading.family_reason})" if reading.family_reason else reading.family


def selectors_in(file: Path) -> Selectors:
    """The selectors of a file with the lines of a watchlist's site; raises GongkaiError that names what is wrong."""
    try:
        told = tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise GongkaiError(f"{file} cannot be read: {error.strerror}", "name a file that exists and that you may read") from None
    except ValueError as error:
        raise GongkaiError(f"{file} is not TOML: {error}", SELECTOR_LINES) from None
    if strange := [name for name in told if name not in SELECTORS]:
        raise GongkaiError(f"{file} holds '{plain(strange[0])}', which is no selector; there are {', '.join(SELECTORS)}")
    site, problems = record_of(Row("site", str(file), 1, {"host": "saved.invalid", **told}))
    if problems or not isinstance(site, Site):
        raise GongkaiError(plain(problems[0]), SELECTOR_LINES)
    if not site.selectors.told:
        raise GongkaiError(f"{file} holds no selector", SELECTOR_LINES)
    return site.selectors


def _reading(file: Path, url: str | None) -> Reading:
    answer = saved_answer(file, url)
    examination = PageReader(FileReading()).examine(answer, home=_home_of(answer.url) if url else None)
    if examination.outcome is not Outcome.OK or examination.reading is None:
        raise GongkaiError(
            f"{file} cannot be compared: {examination.outcome.value} ({plain(examination.reason)})",
            f"see what it is with `gongkai read {file}`",
        )
    return examination.reading


def _hashes(a: Path, b: Path) -> tuple[str, str]:
    return saved_answer(a, None).sha256, saved_answer(b, None).sha256


def saved_answer(file: Path, url: str | None, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    """A saved page as if a server had answered with it; raises GongkaiError if the file cannot be read."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise GongkaiError(f"{file} cannot be read: {error.strerror}", "name a file that exists and that you may read") from None
    if url is not None and urlsplit(url).scheme not in {"http", "https"}:
        note(f"--url {plain(url)} is not an http or https address; links are read as they stand")
    address = url or f"https://saved.invalid/{quote(file.name, errors='replace')}"
    return Answer(url=address, final_url=address, started=EPOCH, ended=EPOCH, status=status, headers=headers, body=body)


def _home_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _headers(file: Path) -> tuple[tuple[bytes, bytes], ...]:
    """Raw pairs from a JSON object (values may be lists) or a list of pairs; raises GongkaiError."""
    try:
        told = json.loads(file.read_bytes())
        pairs = list(told.items()) if isinstance(told, dict) else [(name, value) for name, value in told]
        spread = [(name, one) for name, value in pairs for one in (value if isinstance(value, list) else [value])]
        return tuple((str(name).encode("utf-8"), str(value).encode("utf-8")) for name, value in spread)
    except OSError as error:
        raise GongkaiError(f"{file} cannot be read: {error.strerror}", "name a file that exists and that you may read") from None
    except (ValueError, TypeError, RecursionError):
        raise GongkaiError(
            f"{file} holds no headers", 'write a JSON object, {"Content-Type": "text/html"}, or a list of pairs'
        ) from None
