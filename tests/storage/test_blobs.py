"""Bytes kept as what differs from others: on what each leans, how long the way down is, and what is done when it is broken."""

from __future__ import annotations

import random

from sqlalchemy import Connection, delete, select, update

from storage import blobs
from storage.blobs import HIGHEST, STEP, stair
from storage.store import Store
from storage.tables import BLOB

PAGE = "".join(chr(random.Random(1).randrange(0x4E00, 0x9000)) for _ in range(40)) + "".join(
    f"<li>{random.Random(n).random()}</li>" for n in range(60)
)


def body(number: int) -> bytes:
    return PAGE.replace("<li>", f"<li n={number}>", 1).encode()


def digits(place: int) -> int:
    return sum(int(digit, STEP) for digit in f"{place:x}")


def way_down(place: int) -> list[int]:
    places = [place]
    while places[-1]:
        places.append(stair(places[-1]))
    return places[1:]


def test_the_way_down_is_as_long_as_the_digits_of_a_place_together() -> None:
    assert [stair(place) for place in (1, 15, 16, 17, 0x20, 0x3A7, 0x3A0, 0x300)] == [0, 14, 0, 16, 0x10, 0x3A6, 0x390, 0x200]
    assert all(len(way_down(place)) == digits(place) for place in range(1, 5000))
    assert len(way_down(HIGHEST)) == 60


def test_what_a_place_leans_on_is_the_place_before_or_below_it() -> None:
    """So the base is at hand whenever the bytes before are read."""
    for place in range(1, 5000):
        assert stair(place) in [place - 1, *way_down(place - 1)]


def kept(connection: Connection, count: int) -> list[str]:
    """So many bodies, each kept near the one before; their hashes."""
    hashes: list[str] = []
    for number in range(count):
        hashes.append(blobs.keep(connection, body(number), hashes[-1:]))
    return hashes


def test_of_many_bodies_one_stands_alone_and_each_comes_back_as_it_was(store: Store) -> None:
    with store._writing() as connection:
        hashes = kept(connection, 40)
        rows = {row.sha256: row for row in connection.execute(select(BLOB))}
        assert [rows[sha256].depth for sha256 in hashes] == list(range(40))
        assert [hashes.index(rows[sha256].base) for sha256 in hashes[1:]] == [stair(place) for place in range(1, 40)]
        assert [blobs.fetch(connection, sha256) for sha256 in hashes] == [body(number) for number in range(40)]
        assert blobs.keyframe_of(connection, hashes[-1]) == hashes[0]


def test_where_the_stairs_are_broken_what_comes_next_stands_alone(store: Store) -> None:
    """Of the bytes before something is gone: nothing new is made to lean on them."""
    with store._writing() as connection:
        hashes = kept(connection, 18)
        connection.execute(delete(BLOB).where(BLOB.c.sha256 == hashes[0]))
        new = blobs.keep(connection, body(99), hashes[-1:])
        assert connection.execute(select(BLOB.c.base).where(BLOB.c.sha256 == new)).scalar_one() is None
        assert blobs.fetch(connection, new) == body(99)


def test_bytes_lean_on_the_nearest_step_that_is_left(store: Store) -> None:
    """When a step went, what leant on it was made to lean further down; the next stair does so too."""
    with store._writing() as connection:
        hashes = kept(connection, 32)
        alone = blobs.compress(body(16))
        connection.execute(
            update(BLOB).where(BLOB.c.sha256 == hashes[17]).values(data=blobs.delta(body(17), body(0)), base=hashes[0])
        )
        connection.execute(delete(BLOB).where(BLOB.c.sha256 == hashes[16]))
        new = blobs.keep(connection, body(99), hashes[-1:])
        row = connection.execute(select(BLOB).where(BLOB.c.sha256 == new)).one()
        assert (row.base, row.depth) == (hashes[0], 32)
        assert len(row.data) < len(alone) / 4
        assert blobs.fetch(connection, new) == body(99)


def test_after_the_last_place_a_body_stands_alone(store: Store) -> None:
    with store._writing() as connection:
        hashes = kept(connection, 2)
        connection.execute(update(BLOB).where(BLOB.c.sha256 == hashes[1]).values(depth=HIGHEST))
        new = blobs.keep(connection, body(2), hashes[-1:])
        assert connection.execute(select(BLOB.c.depth).where(BLOB.c.sha256 == new)).scalar_one() == 0
