"""Keeps the passages of all versions to be searched in: each distinct passage of a page once, however many versions have it.

An index of every two neighbouring characters finds them (docs/decisions/search.md): an FTS5 table without texts of its own on
SQLite, a GIN index over a function on PostgreSQL. All of it is derived: what is named `passage_text` is made anew from the table
`passage`, and that from the readings. Never opens a reading.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Text, and_, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY

from storage.folding import mark, pairs
from storage.tables import PAGE, PASSAGE, SNAPSHOT

T = TypeVar("T")

INDEX = "passage_text"
"""Begins the name of the index and of all that an engine keeps beside it; no model describes them."""

MANY = 500
"""Rows that one statement writes or asks for."""

PAIRS = 64
"""Pairs of a text that the index is asked for; what it finds is held against the whole text anyway."""

_MAKE = f"CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(pairs, content='', tokenize='ascii', detail='none', columnsize=0)"
_PUT = text(f"INSERT INTO {INDEX}(rowid, pairs) VALUES (:id, :pairs)")  # noqa: S608
_TAKE = text(f"INSERT INTO {INDEX}({INDEX}, rowid, pairs) VALUES ('delete', :id, :pairs)")  # noqa: S608
_EMPTY = text(f"INSERT INTO {INDEX}({INDEX}) VALUES ('delete-all')")  # noqa: S608
_TIDY = text(f"INSERT INTO {INDEX}({INDEX}) VALUES ('optimize')")  # noqa: S608
_ADD = insert(PASSAGE).returning(PASSAGE.c.id, PASSAGE.c.text)
_TURN = update(PASSAGE).where(PASSAGE.c.id == bindparam("of")).values(gone=bindparam("from_"))


def add(connection: Connection, page: int, snapshot: int, before: Collection[str], now: Collection[str]) -> None:
    """Take up a version's folded texts, given those of the page's version before it; only what differs costs anything."""
    came, went = [each for each in dict.fromkeys(now) if each not in before], [each for each in before if each not in now]
    known = _known(connection, page, [*came, *went])
    turned = [{"of": known[each].id, "from_": None} for each in came if each in known]
    turned += [{"of": known[each].id, "from_": snapshot} for each in went if each in known]
    for some in _chunks(turned):
        connection.execute(_TURN, some)
    new = [each for each in came if each not in known]
    for some in _chunks([{"page": page, "snapshot": snapshot, "mark": mark(each), "text": each} for each in new]):
        _index(connection, connection.execute(_ADD, some).all())


def drop(connection: Connection, snapshots: Sequence[int]) -> None:
    """Let go of all passages of the pages that these versions belong to; what else is kept of the pages waits to be indexed.

    So a passage that a later version still has is found again under that one. In the caller's transaction.
    """
    for some in _chunks(snapshots):
        for page in connection.execute(select(SNAPSHOT.c.page).where(SNAPSHOT.c.id.in_(some)).distinct()).scalars().all():
            begin_anew(connection, page)


def begin_anew(connection: Connection, page: int) -> None:
    """Let go of the passages of a page, and let all its versions that have a reading wait to be indexed."""
    mine = PASSAGE.c.page == page
    for rows in _chunks(connection.execute(select(PASSAGE.c.id, PASSAGE.c.text).where(mine)).all()):
        _index(connection, rows, away=True)
    connection.execute(delete(PASSAGE).where(mine))
    connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.page == page).values(indexed=SNAPSHOT.c.reading.is_(None)))


def rebuild(connection: Connection) -> None:
    """Make the index from the table `passage` where it is missing or empty, as after a restore; else do nothing."""
    newest = connection.execute(select(PASSAGE.c.id, PASSAGE.c.text).order_by(PASSAGE.c.id.desc()).limit(1)).first()
    if connection.dialect.name != "sqlite":
        return  # the index of a table comes with the table
    connection.execute(text(_MAKE))
    if (
        newest is None
        or connection.execute(select(PASSAGE.c.id).where(PASSAGE.c.id == newest.id, holds(newest.text, "sqlite"))).first()
    ):
        return
    connection.execute(_EMPTY)
    last = 0
    query = select(PASSAGE.c.id, PASSAGE.c.text).where(PASSAGE.c.id > bindparam("last")).order_by(PASSAGE.c.id).limit(MANY)
    while rows := connection.execute(query, {"last": last}).all():
        _index(connection, rows)
        last = rows[-1].id


def purge(connection: Connection) -> None:
    """Leave no trace in the index of what was dropped; until then the pairs of its characters may stand in it, on SQLite.

    It writes the whole index anew: for what has to be forgotten, not for what is merely old.
    """
    if connection.dialect.name == "sqlite":
        connection.execute(_TIDY)


def find(connection: Connection, wanted: str, site: str | None, limit: int) -> list[Row[Any]]:
    """The passages that hold a folded text, those of the newest versions first; each row says in `total` how many there are."""
    query = select(PASSAGE.c.id, func.count().over().label("total")).where(holds(wanted, connection.dialect.name))
    if site is not None:
        query = query.where(PASSAGE.c.page.in_(select(PAGE.c.id).where(PAGE.c.site == site)))
    some = query.order_by(PASSAGE.c.snapshot.desc(), PASSAGE.c.id).limit(limit).subquery()
    rows = select(*PASSAGE.c, some.c.total).join(some, some.c.id == PASSAGE.c.id)
    return list(connection.execute(rows.order_by(PASSAGE.c.snapshot.desc(), PASSAGE.c.id)))


def holds(wanted: str, engine: str) -> ColumnElement[bool]:
    """Does a passage hold this folded text; the index says which may, and the text itself which do."""
    asked = list(dict.fromkeys(wanted[at : at + 2] for at in range(len(wanted) - 1)))[:PAIRS]
    if engine == "sqlite":
        match = " AND ".join(f'"{pairs(pair)[:2]}"' for pair in asked) or f'"{pairs(wanted)}" *'
        found = text(f"passage.id IN (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :match)").bindparams(match=match)  # noqa: S608
        return and_(found, func.instr(PASSAGE.c.text, wanted) > 0)
    held = func.strpos(PASSAGE.c.text, wanted) > 0
    may = func.passage_text_pairs(PASSAGE.c.text).op("@>")(bindparam(None, asked, ARRAY(Text)))
    return and_(may, held) if asked else and_(held)


def _index(connection: Connection, rows: Sequence[Any], *, away: bool = False) -> None:
    """Put these passages into the index or take them out; PostgreSQL does so by itself."""
    if rows and connection.dialect.name == "sqlite":
        connection.execute(_TAKE if away else _PUT, [{"id": row.id, "pairs": pairs(row.text)} for row in rows])


def _known(connection: Connection, page: int, texts: Sequence[str]) -> dict[str, Row[Any]]:
    """The rows of those among these texts that the page has or had."""
    found: dict[str, Row[Any]] = {}
    query = select(PASSAGE.c.id, PASSAGE.c.text, PASSAGE.c.gone).where(PASSAGE.c.page == page)
    for some in _chunks([mark(each) for each in texts]):
        found |= {row.text: row for row in connection.execute(query.where(PASSAGE.c.mark.in_(some)))}
    return found


def _chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[at : at + MANY] for at in range(0, len(rows), MANY))
