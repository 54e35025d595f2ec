"""Signed heads of the ledger: each tells how many entries there were at one time, and their root. Sends nothing anywhere.

A head is signed on each day on which the ledger grew, and covers all that stands before it. Whoever kept one can show that
nothing of that was changed or taken out since; so a head that was published once is never altered, only marked as stamped.
"""

from __future__ import annotations

import json
import secrets
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import ColumnElement, Connection, Row, select, update

from storage.engine import again
from storage.errors import StoreError
from storage.ledger import append, lookup, size_of
from storage.merkle import kept_root
from storage.notes import Checkpoint, origin_of, public_of, signed
from storage.records import SHANGHAI, Head, stamp
from storage.rows import insert_new
from storage.shelf import Shelf
from storage.shelves.proofs import head_of
from storage.tables import HEAD, HOUSE, LEAF


class HeadShelf(Shelf):
    """Questions and deeds about signed heads."""

    @property
    def archive_name(self) -> str:
        """The name by which this archive calls itself in its heads: made once, at random, and never changed."""
        with self._reading() as connection:
            name = _name(connection)
        if name is None:
            with self._writing() as connection:
                name = _named(connection)
        return name

    def head_due(self, now: datetime) -> bool:
        """Did the ledger grow since its newest head, and was none signed today (in China)?"""
        with self._reading() as connection:
            return _due(connection, now)

    @again
    def sign_head(self, key: Ed25519PrivateKey, now: datetime, *, at_once: bool = False) -> Head | None:
        """Sign the ledger as it stands, if a head is due; of several processes that come at once, one does.

        With `at_once` it is due if the ledger only grew, even on the same day: for evidence that is to leave the house now.
        A key that signs for the first time begins with an entry of its own. Raises StoreError if the ledger is no longer the
        one that its newest head tells of: nothing is ever signed over that.
        """
        with self._writing(alone="ledger") as connection:
            if not _due(connection, now, at_once=at_once):
                return None
            _stands(connection)
            introduce(connection, public_of(key), now)
            return _sign(connection, key, now)

    def newest_head(self) -> Head | None:
        """The head signed last."""
        with self._reading() as connection:
            row = _newest(connection)
        return head_of(row) if row else None

    def heads(self) -> list[Head]:
        """All heads, the smallest first."""
        return self._heads(HEAD.c.size > 0)[::-1]

    def heads_to_stamp(self, since: datetime) -> list[Head]:
        """Heads signed since then that no authority has stamped yet, the newest first."""
        return self._heads(HEAD.c.token.is_(None) & (HEAD.c.signed >= since))

    def heads_to_witness(self, since: datetime) -> list[Head]:
        """Heads signed since then that no witness has taken yet, the newest first."""
        return self._heads(HEAD.c.witnessed.is_(None) & (HEAD.c.signed >= since))

    def head_stamped(self, size: int, token: bytes) -> None:
        """Keep an authority's answer; the first one stays, as it is the earliest."""
        with self._writing() as connection:
            connection.execute(update(HEAD).where((HEAD.c.size == size) & HEAD.c.token.is_(None)).values(token=token))

    def head_witnessed(self, size: int, at: datetime) -> None:
        """Note when a witness took the head."""
        with self._writing() as connection:
            connection.execute(update(HEAD).where((HEAD.c.size == size) & HEAD.c.witnessed.is_(None)).values(witnessed=at))

    def _heads(self, which: ColumnElement[bool]) -> list[Head]:
        with self._reading() as connection:
            return [head_of(row) for row in connection.execute(select(HEAD).where(which).order_by(HEAD.c.size.desc()))]


def introduce(connection: Connection, key: str, now: datetime) -> None:
    """Let a key that signs for the first time begin with an entry that names the last head before it.

    Within a transaction that alone writes to the ledger; heads and tombstones both sign.
    """
    if _introduced(connection) == key:
        return
    head = _newest(connection)
    before = {"key": head.key, "size": head.size, "root": head.root} if head else None
    append(connection, "key", {"key": key, "time": stamp(now), "before": before})


def _introduced(connection: Connection) -> str | None:
    """The key that began last; None if none did, or if its entry is damaged."""
    query = select(LEAF.c.data).where(LEAF.c.kind == "key").order_by(LEAF.c.number.desc()).limit(1)
    data = connection.execute(query).scalar()
    try:
        return str(json.loads(data)["key"]) if data is not None else None
    except (ValueError, KeyError, TypeError):
        return None


def _due(connection: Connection, now: datetime, *, at_once: bool = False) -> bool:
    size, newest = size_of(connection), _newest(connection)
    if newest is None:
        return size > 0
    return bool(size > newest.size and (at_once or _day(newest.signed) < _day(now)))


def _stands(connection: Connection) -> None:
    newest = _newest(connection)
    if newest is not None and _root(connection, newest.size) != newest.root:
        raise StoreError(
            f"the ledger is no longer the one of which the head of {newest.size} entries tells, so no further one is signed",
            "see what was changed with `gongkai verify`",
        )


def _sign(connection: Connection, key: Ed25519PrivateKey, now: datetime) -> Head:
    size = size_of(connection)
    simulated = connection.execute(select(HOUSE.c.value).where(HOUSE.c.name == "simulated")).scalar() == "yes"
    told = Checkpoint(origin_of(_named(connection)), size, _root(connection, size), now, simulated)
    head = Head(size, told.root, now, public_of(key), signed(told, key))
    values = {"size": size, "root": head.root, "signed": now, "key": head.key, "note": head.note}
    connection.execute(HEAD.insert().values(**values))
    return head


def _root(connection: Connection, size: int) -> str:
    return kept_root(size, lookup(connection)).hex()


def _newest(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(HEAD).order_by(HEAD.c.size.desc()).limit(1)).first()


def _name(connection: Connection) -> str | None:
    found: str | None = connection.execute(select(HOUSE.c.value).where(HOUSE.c.name == "archive")).scalar()
    return found


def _named(connection: Connection) -> str:
    insert_new(connection, HOUSE, name="archive", value=secrets.token_hex(16))
    name = _name(connection)
    assert name is not None
    return name


def _day(time: datetime) -> date:
    return time.astimezone(SHANGHAI).date()
