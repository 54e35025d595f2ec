"""The kinds of row in a watchlist, their columns, and the record each row becomes. Reads no file and knows no archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from monitor.commands import watchlist_fields as cells
from monitor.commands.watchlist_fields import Field
from monitor.notifier import WORDS
from monitor.notifiers import NOTIFIERS
from monitor.settings import is_mail_address
from storage.records import Agency, DutyRow, NewPage, Role, Selectors, Site, Subscriber, Watchlist

SELECTORS = {f"select_{name}": name for name in Selectors.__dataclass_fields__}
"""Columns of a site that hold a selector, and which one."""

KINDS: Mapping[str, Mapping[str, Field]] = {
    "agency": {
        "id": Field(cells.identity, required=True),
        "name": Field(cells.text, required=True),
        "kind": Field(cells.one_of("government", "department")),
        "level": Field(cells.one_of("state", "province", "city", "county", "township")),
        "region": Field(cells.text),
        "valid_from": Field(cells.day),
        "valid_to": Field(cells.day),
        "successor": Field(cells.identity),
    },
    "site": {
        "host": Field(cells.host, required=True),
        "name": Field(cells.text),
        "agencies": Field(cells.texts),
        "scheme": Field(cells.one_of("https", "http")),
        "delay": Field(cells.seconds),
        "every": Field(cells.span),
        "follow": Field(cells.flag),
        "tls": Field(cells.one_of("verify", "fallback")),
        **dict.fromkeys(SELECTORS, Field(cells.selector)),
        "browser": Field(cells.flag),
        "keep_versions": Field(cells.limit),
        "keep_days": Field(cells.limit),
        "keep_looks_days": Field(cells.limit),
    },
    "column": {
        "url": Field(cells.url, required=True),
        "title": Field(cells.text),
        "agency": Field(cells.identity),
        "duties": Field(cells.texts),
    },
    "page": {
        "url": Field(cells.url, required=True),
        "title": Field(cells.text),
        "role": Field(cells.one_of(*(role.value for role in Role))),
        "agency": Field(cells.identity),
        "duties": Field(cells.texts),
    },
    "duty": {
        "agency": Field(cells.identity, required=True),
        "duty": Field(cells.identity, required=True),
        "period": Field(cells.text, required=True),
        "due": Field(cells.day, required=True),
        "basis": Field(cells.text),
        "title": Field(cells.pattern, required=True),
        "site": Field(cells.host),
    },
    "subscriber": {
        "id": Field(cells.identity, required=True),
        "address": Field(cells.text, required=True),
        "notifier": Field(cells.one_of(*NOTIFIERS)),
        "agencies": Field(cells.texts),
        "sites": Field(cells.texts),
        "kinds": Field(cells.several_of(*WORDS)),
        "severity": Field(cells.one_of("low", "medium", "high")),
        "settled_only": Field(cells.flag),
        "digest": Field(cells.one_of("run", "daily")),
    },
}
"""Kind of row -> column -> what its cell may hold. The names are the tables of a .toml and the sheets of an .xlsx."""

ATTRIBUTES = {"duties": "venue_for", **{column: f"selectors.{name}" for column, name in SELECTORS.items()}}
"""Columns that have another name than the record's attribute."""

LIMITS = frozenset({"keep_versions", "keep_days", "keep_looks_days"})
"""Attributes that are a number or everything."""

Record = Agency | Site | NewPage | DutyRow | Subscriber


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row as a file holds it: where it stands, and its raw cells. Two rows with the same cells are two rows."""

    kind: str
    where: str  #: how a person finds it: "row 3", "sheet site, row 3", "[[site]] 2 (line 14)"
    number: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell or one row."""

    row: Row | None  #: None: the file as a whole
    column: str
    text: str

    def __str__(self) -> str:
        where = self.row.where if self.row else ""
        return ": ".join(part for part in (", ".join(part for part in (where, self.column) if part), self.text) if part)


def record_of(row: Row) -> tuple[Record | None, list[Problem]]:
    """The record that a row stands for, or everything that is wrong with its cells."""
    columns = KINDS[row.kind]
    given = {name: cell for name, cell in row.cells.items() if not _empty(cell)}
    problems = [Problem(row, name, _unknown(columns)) for name in given if name not in columns]
    problems += [Problem(row, name, "is missing") for name, field in columns.items() if field.required and name not in given]
    values: dict[str, Any] = {}
    for name, field in columns.items():
        if name in given:
            try:
                values[ATTRIBUTES.get(name, name)] = field.parse(given[name])
            except ValueError as error:
                problems.append(Problem(row, name, str(error)))
    problems += [] if problems else _at_odds(row, values)
    return (None, problems) if problems else (_build(row.kind, values), [])


def kind_of(record: Record) -> str:
    """The kind of row that a record is written as."""
    if isinstance(record, NewPage):
        return "column" if record.role is Role.COLUMN else "page"
    return {Agency: "agency", Site: "site", DutyRow: "duty", Subscriber: "subscriber"}[type(record)]


def rows_of(watchlist: Watchlist) -> dict[str, list[dict[str, Any]]]:
    """A watchlist as cells by kind, in the order of `KINDS`; only what a person named, without cells that hold a default."""
    rows: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    named = [page for page in watchlist.pages if page.named and page.part_of is None]
    records: list[Record] = [*watchlist.agencies, *watchlist.sites, *named, *watchlist.duties, *watchlist.subscribers]
    for record in records:
        rows[kind_of(record)].append(cells_of(record, kind_of(record)))
    return rows


def cells_of(record: Record, kind: str) -> dict[str, Any]:
    """The cells of one record, without those that hold the default."""
    return {
        name: cell
        for name in KINDS[kind]
        if (cell := _cell(record, ATTRIBUTES.get(name, name))) is not None and not _is_default(record, ATTRIBUTES.get(name, name))
    }


def _cell(record: Record, attribute: str) -> Any:
    value = attrgetter(attribute)(record)
    return cells.limit_cell(value) if attribute in LIMITS else cells.cell_of(value)


def _is_default(record: Record, attribute: str) -> bool:
    blank = {Agency: Agency("", ""), Site: Site(""), NewPage: NewPage(""), Subscriber: Subscriber("", "")}.get(type(record))
    return blank is not None and attrgetter(attribute)(record) == attrgetter(attribute)(blank)


def _build(kind: str, values: dict[str, Any]) -> Record:
    if kind == "agency":
        return Agency(**values)
    if kind == "site":
        own = {name: values.pop(f"selectors.{name}") for name in SELECTORS.values() if f"selectors.{name}" in values}
        return Site(**{**values, "host": _own_host(values)}, selectors=Selectors(**own))
    if kind == "duty":
        return DutyRow(**{"basis": "", **values})
    if kind == "subscriber":
        return Subscriber(**values)
    role = Role.COLUMN if kind == "column" else Role(values["role"]) if "role" in values else None
    return NewPage(**{**values, "role": role, "named": True})


def _own_host(values: Mapping[str, Any]) -> str:
    """The host without the port that its scheme has anyway, as it stands in the addresses of its pages."""
    return str(values["host"]).removesuffix({"http": ":80", "https": ":443"}[values.get("scheme", "https")])


def _at_odds(row: Row, values: Mapping[str, Any]) -> list[Problem]:
    """Cells that are well formed each and impossible together."""
    if row.kind == "agency" and values.get("valid_from") and values.get("valid_to") and values["valid_from"] > values["valid_to"]:
        return [Problem(row, "valid_to", "lies before valid_from")]
    if row.kind == "page" and values.get("venue_for") and values.get("role") != Role.COLUMN.value:
        return [Problem(row, "duties", "only a page with the role column can be a venue of duties")]
    if row.kind == "subscriber" and values.get("notifier", "email") == "email" and not is_mail_address(values["address"]):
        return [Problem(row, "address", f"'{values['address']}' is not a mail address")]
    return []


def _unknown(columns: Mapping[str, Field]) -> str:
    return f"is not a column of this kind; it has {', '.join(columns)}"


def _empty(cell: Any) -> bool:
    return cell is None or cell == [] or (isinstance(cell, str) and not cell.strip())
