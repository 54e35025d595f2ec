"""What retention never takes: what findings cite, what waits for a step, and what later judgings will ask for.

Answers for some pages at a time. Deletes nothing, and knows no limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.records import Role
from storage.retention import Place
from storage.rows import unpack_evidence
from storage.shelves.ground import LATEST, VERSIONS
from storage.tables import CHANGE, FINDING, SIGHTING, SNAPSHOT
from storage.versioning import key_of

LOOKS_OF_SPAN = ("first_look", "last_look", "sound_first_look", "sound_prior_look", "sound_last_look")
LOOKS_OF_PAGE = ("current_look", "first_sound_look")


def place_of(look: str) -> Place:
    """Run and number of a look's name."""
    run, _, number = look.partition(".")
    return int(run), int(number)


@dataclass(frozen=True, slots=True)
class Cited:
    """What all findings cite, whatever became of them."""

    looks: frozenset[str] = frozenset()
    versions: frozenset[tuple[int, int]] = frozenset()  #: page and number
    at: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)  #: by the page's key, times and hashes

    @classmethod
    def of(cls, connection: Connection) -> Cited:
        """Ask all findings."""
        looks: set[str] = set()
        versions: set[tuple[int, int]] = set()
        at: dict[str, list[tuple[datetime, str]]] = {}
        for row in connection.execute(select(FINDING.c.page, FINDING.c.evidence, FINDING.c.detail)):
            numbers = row.detail.get("versions") if row.page is not None else None
            versions |= {(row.page, number) for number in numbers or () if isinstance(number, int)}
            for one in unpack_evidence(row.evidence):
                looks.add(one.capture)
                at.setdefault(key_of(one.url), []).append((one.time, one.sha256))
        return cls(frozenset(looks), frozenset(versions), at)


@dataclass(frozen=True, slots=True)
class OfPage:
    """All rows of one page that retention weighs."""

    page: Row[Any]
    versions: Sequence[Row[Any]]  #: by number
    spans: Sequence[Row[Any]]  #: oldest first
    waiting: Sequence[Row[Any]]  #: changes that wait for compare, a sound run, or judge
    captures: Sequence[Row[Any]]


def rows_of(connection: Connection, pages: Sequence[Row[Any]], captures: Sequence[Any]) -> list[OfPage]:
    """The rows of these pages."""
    ids = [page.id for page in pages]
    versions = _by_page(connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.page.in_(ids)).order_by(SNAPSHOT.c.number)))
    spans = select(SIGHTING).where(SIGHTING.c.page.in_(ids)).order_by(SIGHTING.c.first, SIGHTING.c.id)
    seen = _by_page(connection.execute(spans))
    ahead = CHANGE.c.page.in_(ids) & CHANGE.c.judged_at.is_(None) & ~CHANGE.c.superseded
    waiting = _by_page(connection.execute(select(CHANGE).where(ahead)))
    whole = _by_page(captures)
    return [OfPage(one, *(of.get(one.id, []) for of in (versions, seen, waiting, whole))) for one in pages]


def needed_versions(of: OfPage, cited: Cited) -> set[int]:
    """The ids of versions that stay: first and last, present ones, cited ones, and those that something waits for."""
    if not of.versions:
        return set()
    stay = {of.versions[0].id, of.versions[-1].id, of.page.version, of.page.current}
    stay |= {side for change in of.waiting for side in (change.before, change.after)}
    stay |= {version.id for version in of.versions if (of.page.id, version.number) in cited.versions}
    stay |= {span.snapshot for span in of.spans if _is_cited(span, of, cited)}
    if of.page.role == Role.COLUMN.value:
        stay |= _for_column(of)
    return {version for version in stay if version is not None}


def needed_looks(of: OfPage, cited: Cited) -> set[Place]:
    """Looks that stay whole: those that findings cite, those that brought the bytes cited, and those that something waits for."""
    names = {look for change in of.waiting for look in (change.before_look, change.after_look)}
    names |= {look for name in LOOKS_OF_PAGE if (look := getattr(of.page, name)) is not None}
    hashes = {sha256 for key in _keys(of) for _, sha256 in cited.at.get(key, ())}
    brought = [one for one in of.captures if f"{one.run}.{one.number}" in cited.looks or {one.sha256, one.rendered} & hashes]
    return {place_of(name) for name in names} | {(one.run, one.number) for one in brought}


def _for_column(of: OfPage) -> set[int]:
    """Of a column the version that tells how far back it was looked through, and those whose rows are still compared."""
    first = next((version.id for version in of.versions if version.sound), None)
    shown = [span.snapshot for span in of.spans[-LATEST:] if span.snapshot is not None and span.sound_count]
    return {*list(dict.fromkeys(shown))[-VERSIONS:], *([first] if first is not None else [])}


def _is_cited(span: Row[Any], of: OfPage, cited: Cited) -> bool:
    if span.snapshot is None:
        return False
    if any(getattr(span, name) in cited.looks for name in LOOKS_OF_SPAN):
        return True
    told = [one for key in {of.page.key, key_of(span.url)} for one in cited.at.get(key, ())]
    return any(span.first <= time <= span.last for time, _ in told)


def _keys(of: OfPage) -> set[str]:
    return {of.page.key, *(key_of(span.url) for span in of.spans)}


def _by_page(rows: Iterable[Any]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.page, []).append(row)
    return found
