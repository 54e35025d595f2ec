"""The pages of a made-up portal on one day, as bytes: home, columns, articles, and what a server says of a page that is gone.

Pure: the same shelf and path always give the same page. The two marks that change from request to request (view counters and the
random query string of a style sheet) are left in the bytes for the server to fill.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from deploy.demo import documents
from deploy.demo.documents import Document
from deploy.demo.events import State, Way
from deploy.demo.families import FAMILIES
from deploy.demo.portal import Column, Portal
from deploy.demo.reply import Reply
from deploy.demo.reports import walled

HITS = b"@@hits@@"
SALT = b"@@salt@@"
WEEKDAYS = "一二三四五六日"
LATEST = 6  #: rows of the lists on home pages and in sidebars


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that a portal has on one day: each document that ever came, with its state, newest first.

    `moved` are the addresses that articles had before a redesign.
    """

    portal: Portal
    day: date
    documents: tuple[tuple[Document, State], ...]
    seed: int
    moved: frozenset[str] = frozenset()

    def rows(self, column: Column | None = None) -> tuple[Document, ...]:
        """The documents that lists show, newest first."""
        return tuple(d for d, state in self.documents if not state.unlisted and column in (None, d.column))

    @property
    def stamp(self) -> date:
        """The day on which anything on the site was last published, altered or taken away."""
        return max(state.touched or d.shown.date() for d, state in self.documents)


def render(shelf: Shelf, path: str) -> Reply:
    """The page at `path`; 404 in the words of the portal's software for everything that is not there."""
    portal = shelf.portal
    if path == "/robots.txt" and portal.robots is not None:
        return Reply(200, (("Content-Type", "text/plain"),), portal.robots.encode())
    if path in shelf.moved:
        return _gone(portal, Way.HOME)
    for document, state in shelf.documents:
        if document.path == path:
            return _gone(portal, state.gone) if state.gone else _page(shelf, path, "article", _article(shelf, document, state))
    if path in FAMILIES[portal.family].homes:
        return _page(shelf, path, "home", {"latest": shelf.rows()[:LATEST]})
    for column in (portal.reports, portal.notices):
        number = _list_number(portal, column, path)
        if number is not None and number < _list_pages(shelf, column):
            return _page(shelf, path, "column", _listing(shelf, column, number))
    return _gone(portal, Way.GONE)


def _gone(portal: Portal, way: Way) -> Reply:
    if way is Way.HOME:
        return Reply(302, (("Server", FAMILIES[portal.family].server), ("Location", "/")), b"")
    return Reply(200 if way is Way.SOFT else 404, _headers(portal), _encoded(portal, "gone", {"portal": portal}))


def _article(shelf: Shelf, document: Document, state: State) -> dict[str, object]:
    siblings = shelf.rows(document.column)
    place = siblings.index(document) if document in siblings else 0
    blocks = documents.text(document, shelf.seed, state.added)
    return {
        "document": document,
        "blocks": walled(blocks) if state.walled else blocks,
        "path_of_column": documents.column_path(shelf.portal, document.column),
        "newer": siblings[place - 1] if place else None,
        "older": siblings[place + 1] if place + 1 < len(siblings) else None,
    }


def _listing(shelf: Shelf, column: Column, number: int) -> dict[str, object]:
    rows = shelf.rows(column)[number * column.size : (number + 1) * column.size]
    return {"column": column, "rows": rows, "number": number, "pages": _list_pages(shelf, column)}


def _list_pages(shelf: Shelf, column: Column) -> int:
    return max(1, -(-len(shelf.rows(column)) // column.size))


def _list_number(portal: Portal, column: Column, path: str) -> int | None:
    """Which page of a column's list a path means, from 0 on."""
    first, more = documents.column_path(portal, column), FAMILIES[portal.family].more
    if path == first or (more and path == f"{first}index.html"):
        return 0
    before, _, after = more.partition("{}")
    tail = path.removeprefix(f"{first}{before}").removesuffix(after)
    return int(tail) if more and tail.isascii() and tail.isdigit() else None


def _page(shelf: Shelf, path: str, kind: str, fields: dict[str, object]) -> Reply:
    portal = shelf.portal
    common = {
        "portal": portal,
        "day": shelf.day,
        "weekday": WEEKDAYS[shelf.day.weekday()],
        "stamp": shelf.stamp,
        "latest": shelf.rows()[:LATEST],
        "paths": {name: documents.column_path(portal, getattr(portal, name)) for name in ("notices", "reports")},
        "link": linker(portal, path),
        "path": path,
    }
    body = _encoded(portal, kind, {**common, **fields})
    return Reply(200, (*_headers(portal), *(_validators(body, shelf.stamp) if portal.validators else ())), body)


def _encoded(portal: Portal, kind: str, fields: dict[str, object]) -> bytes:
    return _templates().get_template(f"{portal.family}_{kind}.html").render(fields).encode(portal.encoding)


def _headers(portal: Portal) -> tuple[tuple[str, str], ...]:
    family = FAMILIES[portal.family]
    return ("Server", family.server), ("Content-Type", family.content_type)


def _validators(body: bytes, stamp: date) -> tuple[tuple[str, str], ...]:
    at = datetime.combine(stamp, time(7, 42, 18), tzinfo=UTC) - timedelta(hours=8)
    tag = hashlib.sha256(body).hexdigest()[:16]
    return ("ETag", f'"{tag}"'), ("Last-Modified", format_datetime(at, usegmt=True))


def linker(portal: Portal, here: str) -> Callable[[str], str]:
    """A function that writes a path of the site as the portal's software writes links on the page `here`."""
    links = FAMILIES[portal.family].links
    if links == "root":
        return str
    folder = here if here.endswith("/") else posixpath.dirname(here)

    def relative(path: str) -> str:
        way = posixpath.relpath(path, folder)
        way = f"{way}/" if path.endswith("/") and not way.endswith("/") else way
        return f"./{way}" if links == "dotted" and not way.startswith(".") else way

    return relative


def cut(title: str, length: int) -> str:
    """A title as lists show it, cut at `length` characters."""
    return title if len(title) <= length else f"{title[: length - 3]}..."


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=False, auto_reload=False)
    environment.filters["cut"] = cut
    return environment
