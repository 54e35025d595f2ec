"""Rows of a watchlist file against each other and against what the archive knows: a watchlist, or what is wrong with it.

Reads no file and writes nothing. A row is accepted or refused as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from monitor.commands.watchlist_kinds import Problem, Record, Row, record_of
from storage.records import Agency, DutyRow, NewPage, Role, Site, Subscriber, Watchlist
from storage.versioning import host_of, key_of

_KEYS = {Agency: "id", Site: "host", NewPage: "url", Subscriber: "id"}


@dataclass(frozen=True, slots=True)
class Checked:
    """The good rows as a watchlist, and what is wrong with the others."""

    watchlist: Watchlist
    problems: tuple[Problem, ...]

    @property
    def refused(self) -> tuple[Row, ...]:
        """The rows that have at least one problem, in the file's order."""
        return tuple(dict.fromkeys(problem.row for problem in self.problems if problem.row is not None))


def check(rows: Sequence[Row], known: Watchlist, duties: Iterable[str] = ()) -> Checked:
    """Make records of rows.

    Other rows may be referred to wherever they stand, in the file or among `known`; `duties` are the names that the packs
    give. A page on an unknown host brings its site with it (https unless the address says http; entries are followed only
    if a column was named).
    """
    good: dict[Row, Record] = {}
    problems: list[Problem] = []
    for row in rows:
        record, wrong = record_of(row)
        problems += wrong
        if record is not None:
            good[row] = record
    problems += _drop_duplicates(good)
    problems += _drop_dangling(good, rows, known, frozenset(duties))
    order = {row: place for place, row in enumerate(rows)}
    problems.sort(key=lambda problem: order[problem.row] if problem.row else -1)
    return Checked(_assemble(good.values(), known), tuple(problems))


def _key(record: Record) -> tuple[Any, ...]:
    if isinstance(record, DutyRow):
        return ("duty", record.agency, record.duty, record.period)
    if isinstance(record, NewPage):
        return ("page", key_of(record.url))
    return (type(record).__name__, getattr(record, _KEYS[type(record)]))


def _drop_duplicates(good: dict[Row, Record]) -> list[Problem]:
    first: dict[tuple[Any, ...], Row] = {}
    problems = []
    for row, record in list(good.items()):
        earlier = first.setdefault(_key(record), row)
        if earlier is not row:
            column = "duty" if isinstance(record, DutyRow) else _KEYS[type(record)]
            problems.append(Problem(row, column, f"stands already in {earlier.where}"))
            del good[row]
    return problems


def _drop_dangling(good: dict[Row, Record], rows: Sequence[Row], known: Watchlist, duties: frozenset[str]) -> list[Problem]:
    """Refuse rows that refer to nothing, and then those that referred to them, until no more fall."""
    problems: list[Problem] = []
    while True:
        agencies = _ids(good, Agency, "id") | {agency.id for agency in known.agencies}
        sites = _ids(good, Site, "host") | {site.host for site in known.sites}
        refused = {str(row.cells.get("host", "")).lower() for row in rows if row.kind == "site" and row not in good} - sites
        hosts = sites | ({host_of(record.url) for record in good.values() if isinstance(record, NewPage)} - refused)
        duty_names = duties | _ids(good, DutyRow, "duty") | {row.duty for row in known.duties}
        wrong = []
        for row, record in good.items():
            for column, kind, value in _references(record):
                pool = {"agency": agencies, "site": hosts, "duty": duty_names}[kind]
                if value not in pool:
                    wrong.append(Problem(row, column, f"{kind} '{value}' {_why_not(kind, value, rows)}"))
        if not wrong:
            return problems
        problems += wrong
        for problem in wrong:
            if problem.row is not None:
                good.pop(problem.row, None)


def _ids(good: dict[Row, Record], kind: type, attribute: str) -> set[str]:
    return {getattr(record, attribute) for record in good.values() if isinstance(record, kind)}


def _references(record: Record) -> list[tuple[str, str, str]]:
    """(column, kind referred to, name) of everything a record refers to."""
    found: list[tuple[str, str, str | None]] = []
    if isinstance(record, Agency):
        found = [("successor", "agency", record.successor)]
    elif isinstance(record, NewPage):
        found = [("agency", "agency", record.agency), ("url", "site", host_of(record.url))]
        found += [("duties", "duty", duty) for duty in record.venue_for]
    elif isinstance(record, DutyRow):
        found = [("agency", "agency", record.agency), ("site", "site", record.site)]
    elif isinstance(record, Site | Subscriber):
        found = [("agencies", "agency", agency) for agency in record.agencies]
        found += [("sites", "site", site) for site in record.sites] if isinstance(record, Subscriber) else []
    return [(column, kind, value) for column, kind, value in found if value]


def _why_not(kind: str, value: str, rows: Sequence[Row]) -> str:
    column = {"agency": "id", "site": "host", "duty": "duty"}[kind]
    same = [row for row in rows if row.kind == kind and str(row.cells.get(column, "")).strip() == value]
    return f"was refused ({same[0].where})" if same else "is not known"


def _assemble(records: Iterable[Record], known: Watchlist) -> Watchlist:
    kept = list(records)
    pages = tuple(record for record in kept if isinstance(record, NewPage))
    sites = tuple(record for record in kept if isinstance(record, Site))
    have = {site.host for site in (*sites, *known.sites)}
    return Watchlist(
        agencies=tuple(record for record in kept if isinstance(record, Agency)),
        sites=sites + sites_for([page for page in pages if host_of(page.url) not in have]),
        pages=pages,
        duties=tuple(record for record in kept if isinstance(record, DutyRow)),
        subscribers=tuple(record for record in kept if isinstance(record, Subscriber)),
    )


def sites_for(pages: Sequence[NewPage]) -> tuple[Site, ...]:
    """The sites that pages stand on, made from their addresses alone; entries are followed where a column was named."""
    standing: dict[str, list[NewPage]] = {}
    for page in pages:
        standing.setdefault(host_of(page.url), []).append(page)
    return tuple(_site_for(host, there) for host, there in standing.items())


def _site_for(host: str, pages: Sequence[NewPage]) -> Site:
    scheme = urlsplit(pages[0].url).scheme
    agencies = tuple(dict.fromkeys(page.agency for page in pages if page.agency))
    return Site(host, scheme=scheme, agencies=agencies, follow=any(page.role is Role.COLUMN for page in pages))
