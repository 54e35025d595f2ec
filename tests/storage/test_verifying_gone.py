"""What a tombstone names is missing by right; that excuses nothing else: neither other bytes, nor other rows, nor false times."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from scenes import DAY, HOST, MONDAY, REPORT, Story, article, page, watch
from sqlalchemy import Connection, delete, select, update
from storage_deeds import KEY, judge_all

from storage import ledger, notes
from storage.engine import writing
from storage.keys import Deed
from storage.records import Retention, canonical, stamp
from storage.store import Store
from storage.tables import BLOB, CAPTURE, PAGE, SIGHTING, SNAPSHOT

OTHER = f"https://{HOST}/other.html"
LATER = MONDAY + 400 * DAY
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)


def text(number: int) -> str:
    return "\n".join(f"第{number}版的第{line}段，" + chr(0x4E00 + number * 40 + line) * 30 for line in range(20))


def deed(key: Ed25519PrivateKey = KEY) -> Deed:
    return Deed("retention", "gongkai prune", LATER, key)


@pytest.fixture
def pruned(store: Store) -> Store:
    """Two pages with the same six versions; of the first the second to the fourth were pruned."""
    watch(store, page(REPORT), page(OTHER))
    story = Story(store)
    for day in range(1, 7):
        story.run(MONDAY + day * DAY, (REPORT, article(text(day))))
    story.run(MONDAY + 8 * DAY, (OTHER, article(text(2))))
    judge_all(store)
    assert [one.versions for one in store.prune({HOST: Retention(versions=2)}, deed())] == [3]
    store.sweep()
    assert store.verify().faults == []
    return store


def faults(store: Store) -> list[str]:
    return [str(fault) for fault in store.verify().faults]


def _second(connection: Connection) -> str:
    return str(connection.execute(select(SNAPSHOT.c.sha256).where(SNAPSHOT.c.url == OTHER)).scalar_one())


def _span(number: int) -> object:
    its = select(SNAPSHOT.c.id).where(SNAPSHOT.c.url == REPORT, SNAPSHOT.c.number == number)
    return SIGHTING.c.snapshot == its.scalar_subquery()


TOUCHES: dict[str, tuple[Callable[[Connection], object], str]] = {
    "bytes that another page still shows": (
        lambda c: c.execute(delete(BLOB).where(BLOB.c.sha256 == _second(c))),
        "version " + OTHER + ": its bytes are not kept",
    ),
    "when a pruned version came": (
        lambda c: c.execute(update(SNAPSHOT).where(SNAPSHOT.c.url == REPORT, SNAPSHOT.c.number == 3).values(first_seen=MONDAY)),
        f"version 3 of {REPORT}: no look of the ledger brought it with this time",
    ),
    "the hash of a pruned version": (
        lambda c: c.execute(update(SNAPSHOT).where(SNAPSHOT.c.url == REPORT, SNAPSHOT.c.number == 3).values(sha256="ab" * 32)),
        f"version 3 of {REPORT}: no look of the ledger brought it with this hash",
    ),
    "when the span of a pruned version began": (
        lambda c: c.execute(update(SIGHTING).where(_span(3)).values(first=MONDAY)),  # type: ignore[arg-type]
        "span ",
    ),
    "a span of a page of which looks were pruned": (
        lambda c: c.execute(delete(SIGHTING).where(_span(3))),  # type: ignore[arg-type]
        f"page {REPORT}: its spans hold 5 looks; the ledger tells of 6",
    ),
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_what_was_touched_beside_a_tombstone_is_found(pruned: Store, touch: str) -> None:
    deed, said = TOUCHES[touch]
    with pruned.engine.connect() as connection, connection.begin():
        if pruned.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        deed(connection)
        if pruned.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = DEFAULT")
    assert [one for one in faults(pruned) if one.startswith(said)], faults(pruned)


def test_a_tombstone_of_a_stranger_excuses_nothing(pruned: Store) -> None:
    with writing(pruned.engine) as connection:
        gone = connection.execute(select(CAPTURE).order_by(CAPTURE.c.run.desc())).first()
        assert gone is not None
        named = [{"page": gone.page, "look": f"{gone.run}.{gone.number}"}]
        told = {"deed": "prune", "why": "", "who": "", "time": stamp(LATER), "gone": named, "key": notes.public_of(STRANGER)}
        signature = STRANGER.sign(canonical({"kind": "tombstone", "format": 1, **told}))
        number = ledger.append(connection, "tombstone", {**told, "signature": signature.hex()})
        connection.execute(delete(CAPTURE).where(CAPTURE.c.run == gone.run, CAPTURE.c.number == gone.number))
    assert faults(pruned) == [f"tombstone {number}: is signed with a key that no entry before it names"]


def test_of_a_forgotten_page_the_rows_that_stay_still_say_the_same(pruned: Store) -> None:
    pruned.forget(REPORT, deed())
    assert faults(pruned) == []
    with writing(pruned.engine) as connection:
        connection.execute(update(SIGHTING).where(_span(3)).values(first=MONDAY))  # type: ignore[arg-type]
    assert [one.partition(" ")[0] for one in faults(pruned)] == ["span"]


def test_a_page_is_not_forgotten_without_a_tombstone(pruned: Store) -> None:
    with writing(pruned.engine) as connection:
        connection.execute(update(PAGE).where(PAGE.c.url == OTHER).values(forgotten=0))
    assert faults(pruned) == [f"page {OTHER}: is marked as forgotten, and no tombstone says so"]


def test_after_an_address_was_forgotten_the_spans_of_other_pages_are_still_counted(pruned: Store) -> None:
    pruned.forget(REPORT, deed(), address_too=True)
    assert faults(pruned) == []
    with writing(pruned.engine) as connection:
        connection.execute(update(SIGHTING).where(SIGHTING.c.url == OTHER).values(looks=0))
    assert faults(pruned) == [f"page {OTHER}: its spans hold 0 looks; the ledger tells of 1"]
