"""The log by itself: entries without holes, the tree over them, the heads that were signed, the keys, and the tombstones.

Never looks at what the entries tell of.
"""

from __future__ import annotations

import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, Row, select

from storage import merkle, notes, stamps
from storage.records import canonical
from storage.tables import HEAD, HOUSE, LEAF, NODE
from storage.verifying.faults import Checked

KINDS = frozenset({"run", "key", "tombstone"})

BATCH = 1000


class Log:
    """The tree over the entries as they are now, beside what is kept of it."""

    def __init__(self, connection: Connection, found: Checked) -> None:
        self._connection, self._found = connection, found
        self._heads = {row.size: row for row in connection.execute(select(HEAD).order_by(HEAD.c.size))}
        self._peaks: list[tuple[int, bytes]] = []  #: the perfect subtrees so far: level and root
        self._key: str | None = None
        self._torn = False  #: is an entry missing, so that no root behind it can be found
        self._also: tuple[int, str] | None = None
        self.size = 0

    def check(self, also: tuple[int, str] | None = None) -> None:
        """Go through all entries once; `also` is a head known from elsewhere: so many entries, and their root in hex."""
        self._also = also
        for row in self._entries():
            self._entry(row)
        self._found.count("entries", self.size)
        self._found.count("heads", len(self._heads))
        for size in self._heads:
            if size > self.size:
                self._found.fault("head", size, f"was signed over {size} entries, and there are {self.size}")
        if also is not None and also[0] > self.size:
            self._found.fault("head", also[0], f"the head you gave is over {also[0]} entries, and there are {self.size}")
        beyond = select(NODE.c.position).where(NODE.c.level == 0, NODE.c.position >= self.size).limit(1)
        if self._connection.execute(beyond).first() is not None:
            self._found.fault("ledger", self.size, "the tree goes on behind the last entry: entries are missing at the end")

    def _entries(self) -> Any:
        last = -1
        while rows := self._connection.execute(
            select(LEAF.c.number, LEAF.c.kind, LEAF.c.run, LEAF.c.data)
            .where(LEAF.c.number > last)
            .order_by(LEAF.c.number)
            .limit(BATCH)
        ).all():
            yield from rows
            last = rows[-1].number

    def _entry(self, row: Row[Any]) -> None:
        if row.number != self.size:
            self._found.fault("ledger", self.size, f"entries {self.size} to {row.number - 1} are missing")
            self._torn = True
        self.size = row.number + 1
        if not self._torn:
            self._grow(row.number, merkle.leaf_hash(row.data))
        try:
            told = json.loads(row.data)
            agrees = told["kind"] == row.kind and row.kind in KINDS and told.get("run") == row.run
        except (ValueError, KeyError, TypeError, AttributeError):
            agrees, told = False, {}
        if not agrees:
            self._found.fault("ledger", row.number, "the entry does not say what its row says")
        elif row.kind == "key":
            self._turn_key(row.number, told)
        elif row.kind == "tombstone":
            self._tombstone(row.number, told)
        if self.size in self._heads:
            self._head(self._heads[self.size])
        if self._also is not None and self._also[0] == self.size and self._root() != self._also[1]:
            self._found.fault("head", self.size, "the head you gave has another root: entries were changed since")

    def _grow(self, number: int, leaf: bytes) -> None:
        kept = {
            (row.level, row.position): row.hash
            for level, position in merkle.completed(number)
            for row in self._connection.execute(select(NODE).where(NODE.c.level == level, NODE.c.position == position))
        }
        node = leaf
        for level, position in merkle.completed(number):
            if level:
                node = merkle.node_hash(self._peaks.pop()[1], node)
            if kept.get((level, position)) != node.hex():
                place = f"entry {number}" if not level else f"entries {position << level} to {number}"
                self._found.fault("ledger", number, f"{place} hash to something else than the tree says: they were changed")
        self._peaks.append((len(merkle.completed(number)) - 1, node))

    def _root(self) -> str | None:
        return None if self._torn else merkle_root(self._peaks).hex()

    def _head(self, row: Row[Any]) -> None:
        try:
            told = notes.check(row.note, row.key)
        except ValueError as wrong:
            self._found.fault("head", row.size, str(wrong))
            return
        if (told.size, told.root, told.time) != (row.size, row.root, row.signed):
            self._found.fault("head", row.size, "its row does not say what was signed")
        if told.root != self._root():
            self._found.fault("head", row.size, "the entries below it have another root: they were changed after it was signed")
        if told.origin != self._origin():
            self._found.fault("head", row.size, "was signed for another archive")
        if row.key != self._key:
            self._found.fault("head", row.size, "was signed with a key that no entry before it names")
        self._stamp(row)

    def _stamp(self, row: Row[Any]) -> None:
        try:
            if row.token is not None:
                stamps.check(row.token, row.note.encode())
        except ValueError as wrong:
            self._found.fault("head", row.size, f"its time stamp does not hold: {wrong}")

    def _origin(self) -> str:
        named = self._connection.execute(select(HOUSE.c.value).where(HOUSE.c.name == "archive")).scalar()
        try:
            return notes.origin_of(named or "")
        except ValueError:
            return ""

    def _turn_key(self, number: int, told: dict[str, Any]) -> None:
        before = told.get("before")
        signed = [row for size, row in self._heads.items() if size <= number]
        last = {"key": signed[-1].key, "size": signed[-1].size, "root": signed[-1].root} if signed else None
        if before != last:
            self._found.fault("key", number, "does not name the last head of the key before it")
        self._key = told.get("key")

    def _tombstone(self, number: int, told: dict[str, Any]) -> None:
        try:
            signature = bytes.fromhex(told["signature"])
            signed = canonical({name: value for name, value in told.items() if name != "signature"})
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["key"])).verify(signature, signed)
        except (InvalidSignature, KeyError, ValueError, TypeError):
            self._found.fault("tombstone", number, "its signature is false")
            return
        if told["key"] != self._key:
            self._found.fault("tombstone", number, "is signed with a key that no entry before it names")


def merkle_root(peaks: list[tuple[int, bytes]]) -> bytes:
    """The root over perfect subtrees from left to right."""
    if not peaks:
        return merkle.EMPTY
    node = peaks[-1][1]
    for _, left in reversed(peaks[:-1]):
        node = merkle.node_hash(left, node)
    return node
