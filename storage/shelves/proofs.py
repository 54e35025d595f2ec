"""Answers what proves a look: its record, its line in its run's sealed list, and the way from there to a signed head.

Writes nothing, and never says whether what it gives agrees (see `verifying`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from storage import blobs, ledger, merkle
from storage.errors import Missing
from storage.records import CaptureRecord, Head, Leaf, LookLine, LookProof, Role
from storage.shelf import Shelf
from storage.tables import CAPTURE, ENTRY, HEAD, LEAF, PAGE

BESIDE = 10
"""Looks that are named beside one; few pages are listed in more columns."""


class ProofShelf(Shelf):
    """Questions about what proves a look."""

    def capture(self, look: str) -> CaptureRecord | None:
        """The record of a look, if it was kept whole; raises Missing if it went by a tombstone."""
        run, number = _numbers(look)
        query = select(CAPTURE.c.record).where(CAPTURE.c.run == run, CAPTURE.c.number == number)
        with self._reading() as connection:
            record = connection.execute(query).scalar()
            return CaptureRecord.unpacked(blobs.fetch(connection, record), look) if record is not None else None

    def capture_with(self, page: int, sha256: str) -> str | None:
        """The name of the first look kept whole that brought these bytes of a page."""
        brought = (CAPTURE.c.sha256 == sha256) | (CAPTURE.c.rendered == sha256)
        query = select(CAPTURE.c.run, CAPTURE.c.number).where(CAPTURE.c.page == page, brought)
        with self._reading() as connection:
            row = connection.execute(query.order_by(CAPTURE.c.run, CAPTURE.c.number).limit(1)).first()
        return f"{row.run}.{row.number}" if row is not None else None

    def line(self, look: str) -> LookLine | None:
        """The line of a look of a closed run; None if its run is open, if it was forgotten, or there was no such look."""
        run, number = _numbers(look)
        with self._reading() as connection:
            leaf = _leaf_of(connection, run)
            if leaf is None:
                return None
            lines = ledger.lines_of(blobs.fetch(connection, leaf.looks), run)
        return next((line for line in lines if isinstance(line, LookLine) and line.number == number), None)

    def looks_beside(self, look: str) -> list[str]:
        """Looks of the same crawl at the columns that listed the page, and at the home page of its site; the first of them."""
        run, number = _numbers(look)
        with self._reading() as connection:
            leaf = _leaf_of(connection, run)
            lines = ledger.lines_of(blobs.fetch(connection, leaf.looks), run) if leaf is not None else []
            told = [line for line in lines if isinstance(line, LookLine)]
            page = next((line.page for line in told if line.number == number), None)
            site = select(PAGE.c.site).where(PAGE.c.id == page).scalar_subquery()
            homes = select(PAGE.c.id).where(PAGE.c.site == site, PAGE.c.role == Role.HOME.value)
            columns = select(ENTRY.c.column).where(ENTRY.c.page == page)
            beside = set(connection.execute(homes.union(columns)).scalars()) - {page}
        return [line.look for line in told if line.page in beside][:BESIDE]

    def proof_of(self, look: str) -> LookProof:
        """The way from a look to the first head that covers it; raises Missing if no entry of the ledger tells of it."""
        run, number = _numbers(look)
        with self._reading() as connection:
            row = _leaf_of(connection, run)
            if row is None:
                raise Missing(f"run {run} is not in the ledger yet", "let the crawl end")
            packed = blobs.fetch(connection, row.looks)
            lines = ledger.lines_of(packed, run)
            index = next((at for at, line in enumerate(lines) if isinstance(line, LookLine) and line.number == number), None)
            if index is None:
                raise Missing(f"the ledger tells of no look {look}")
            head = head_over(connection, row.number)
            way = merkle.kept_inclusion(row.number, head.size, ledger.lookup(connection)) if head is not None else []
        return LookProof(
            line=packed.split(b"\n")[index],
            index=index,
            looks=len(lines),
            path=tuple(step.hex() for step in merkle.inclusion(ledger.hashes_of(packed), index)),
            leaf=leaf_of(row),
            head=head,
            leaf_path=tuple(step.hex() for step in way),
        )

    def way_of(self, leaf: Leaf) -> tuple[Head | None, tuple[str, ...]]:
        """The first head that covers an entry of the ledger, and the way there; None: none was signed yet."""
        with self._reading() as connection:
            head = head_over(connection, leaf.number)
            way = merkle.kept_inclusion(leaf.number, head.size, ledger.lookup(connection)) if head is not None else []
        return head, tuple(step.hex() for step in way)

    def leaves(self, kind: str | None = None) -> list[Leaf]:
        """The entries of the ledger, of one kind or all, in order."""
        query = select(LEAF).order_by(LEAF.c.number)
        with self._reading() as connection:
            return [leaf_of(row) for row in connection.execute(query.where(LEAF.c.kind == kind) if kind else query)]


def head_over(connection: Connection, leaf: int) -> Head | None:
    """The first signed head that covers an entry."""
    row = connection.execute(select(HEAD).where(HEAD.c.size > leaf).order_by(HEAD.c.size).limit(1)).first()
    return head_of(row) if row is not None else None


def head_of(row: Row[Any]) -> Head:
    """A row of `head` as a record."""
    return Head(row.size, row.root, row.signed, row.key, row.note, row.token, row.witnessed)


def leaf_of(row: Row[Any]) -> Leaf:
    """A row of `leaf` as a record."""
    return Leaf(row.number, row.kind, row.data)


def _leaf_of(connection: Connection, run: int) -> Row[Any] | None:
    return connection.execute(select(LEAF).where(LEAF.c.run == run)).first()


def _numbers(look: str) -> tuple[int, int]:
    """Run and number of a look's name; raises Missing."""
    run, dot, number = look.partition(".")
    if not (dot and run.isdecimal() and number.isdecimal()):
        raise Missing(f"{look} is no name of a look", "it is <run>.<number>, as `gongkai findings --json` tells it")
    return int(run), int(number)
