"""Signed heads on both engines: one for each day on which the ledger grew, by a key that the ledger itself names."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from authority import Authority
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from scenes import DAY, HOUR, MONDAY, Story, watch
from sqlalchemy import delete, select, update

from storage.engine import writing
from storage.errors import StoreError
from storage.merkle import leaf_hash, root
from storage.notes import check, origin_of, public_of
from storage.records import Head
from storage.stamps import asking
from storage.store import Store
from storage.tables import LEAF, NODE

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


@pytest.fixture
def story(store: Store) -> Story:
    watch(store)
    return Story(store)


def signed(store: Store, at: datetime, key: Ed25519PrivateKey = KEY) -> Head:
    head = store.sign_head(key, at)
    assert head is not None
    return head


def entries(store: Store) -> list[dict[str, object]]:
    return [json.loads(leaf.data) for leaf in store.leaves()]


def test_an_empty_ledger_has_no_head(store: Store) -> None:
    assert not store.head_due(MONDAY)
    assert store.sign_head(KEY, MONDAY) is None
    assert store.newest_head() is None
    assert store.leaves() == []


def test_a_head_covers_all_entries_and_the_first_key_begins_with_one(story: Story, store: Store) -> None:
    story.run(MONDAY)
    assert store.head_due(MONDAY + HOUR)
    head = signed(store, MONDAY + HOUR)
    assert not store.head_due(MONDAY + HOUR)
    kinds = [entry["kind"] for entry in entries(store)]
    assert kinds == ["run", "key"]
    assert entries(store)[1] == {
        "kind": "key", "format": 1, "key": public_of(KEY), "time": "2025-03-03T03:00:00.000000Z", "before": None,
    }  # fmt: skip
    assert head.size == 2
    assert head.root == root([leaf_hash(leaf.data) for leaf in store.leaves()]).hex()
    assert store.newest_head() == head
    assert store.heads() == [head]


def test_the_note_says_what_the_head_says(story: Story, store: Store) -> None:
    story.run(MONDAY)
    head = signed(store, MONDAY)
    told = check(head.note, head.key)
    assert (told.size, told.root, told.time, told.simulated) == (head.size, head.root, MONDAY, False)
    assert told.origin == origin_of(store.archive_name)


def test_a_simulated_home_says_so_in_its_notes(story: Story, store: Store) -> None:
    store.mark_simulated()
    story.run(MONDAY)
    assert check(signed(store, MONDAY).note, public_of(KEY)).simulated


def test_the_name_of_an_archive_is_made_once(store: Store) -> None:
    name = store.archive_name
    assert len(bytes.fromhex(name)) == 16
    assert store.archive_name == name
    other = Store(store.engine)
    assert other.archive_name == name


def test_one_head_on_each_day_of_china_on_which_the_ledger_grew(story: Story, store: Store) -> None:
    evening = datetime(2025, 3, 3, 15, 59, tzinfo=UTC)  # 23:59 in China
    story.run(evening)
    first = signed(store, evening)
    story.run(evening + timedelta(minutes=1))
    assert store.sign_head(KEY, evening) is None
    second = signed(store, evening + timedelta(minutes=1))
    assert store.sign_head(KEY, evening + 2 * DAY) is None  # it did not grow
    story.run(evening + 3 * DAY)
    third = signed(store, evening + 3 * DAY)
    assert [head.size for head in store.heads()] == [first.size, second.size, third.size] == [2, 3, 4]
    assert [entry["kind"] for entry in entries(store)].count("key") == 1


def test_a_clock_that_went_back_signs_nothing(story: Story, store: Store) -> None:
    story.run(MONDAY)
    signed(store, MONDAY + DAY)
    story.run(MONDAY + HOUR)
    assert store.sign_head(KEY, MONDAY) is None


def test_a_new_key_names_the_last_head_of_the_old_one(story: Story, store: Store) -> None:
    story.run(MONDAY)
    old = signed(store, MONDAY)
    assert store.sign_head(OTHER, MONDAY + DAY) is None  # nothing to sign, so nothing is said of the key either
    story.run(MONDAY + DAY)
    new = signed(store, MONDAY + DAY, OTHER)
    said = entries(store)[-1]
    assert said["kind"] == "key"
    assert said["key"] == new.key == public_of(OTHER)
    assert said["before"] == {"key": old.key, "size": old.size, "root": old.root}
    assert new.size == old.size + 2
    check(new.note, public_of(OTHER))
    with pytest.raises(ValueError, match="not signed by"):
        check(new.note, public_of(KEY))


def test_a_key_that_comes_back_begins_anew(story: Story, store: Store) -> None:
    for day, key in enumerate((KEY, OTHER, KEY, KEY)):
        story.run(MONDAY + day * DAY)
        signed(store, MONDAY + day * DAY, key)
    said = [entry for entry in entries(store) if entry["kind"] == "key"]
    assert [entry["key"] for entry in said] == [public_of(KEY), public_of(OTHER), public_of(KEY)]


def test_heads_that_wait_are_those_of_late_and_the_newest_comes_first(story: Story, store: Store) -> None:
    for day in range(3):
        story.run(MONDAY + day * DAY)
        signed(store, MONDAY + day * DAY)
    assert [head.size for head in store.heads_to_stamp(MONDAY + DAY)] == [4, 3]
    assert [head.size for head in store.heads_to_witness(MONDAY)] == [4, 3, 2]
    store.head_stamped(4, b"token")
    store.head_stamped(4, b"a later token")
    store.head_witnessed(3, MONDAY)
    store.head_witnessed(3, MONDAY + DAY)
    assert [head.size for head in store.heads_to_stamp(MONDAY)] == [3, 2]
    assert [head.size for head in store.heads_to_witness(MONDAY)] == [4, 2]
    second, third = store.heads()[1:]
    assert (third.token, third.witnessed) == (b"token", None)
    assert (second.token, second.witnessed) == (None, MONDAY)


def test_nothing_is_signed_over_a_ledger_that_was_rewritten(story: Story, store: Store) -> None:
    story.run(MONDAY)
    story.run(MONDAY + HOUR)
    signed(store, MONDAY + HOUR)
    story.run(MONDAY + DAY)
    with writing(store.engine) as connection:
        # a careful forger: the first entry and every node over it
        data = connection.execute(select(LEAF.c.data).where(LEAF.c.number == 0)).scalar_one().replace(b"sound", b"s0und")
        connection.execute(update(LEAF).where(LEAF.c.number == 0).values(data=data))
        connection.execute(update(NODE).where((NODE.c.level == 0) & (NODE.c.position == 0)).values(hash=leaf_hash(data).hex()))
        connection.execute(update(NODE).where((NODE.c.level == 1) & (NODE.c.position == 0)).values(hash="00" * 32))
    with pytest.raises(StoreError, match="no longer the one of which the head of 3 entries tells"):
        store.sign_head(KEY, MONDAY + DAY)
    assert len(store.heads()) == 1


def test_a_ledger_that_lacks_a_node_is_not_signed(story: Story, store: Store) -> None:
    story.run(MONDAY)
    with writing(store.engine) as connection:
        connection.execute(delete(NODE))
    with pytest.raises(StoreError, match="lacks"):
        store.sign_head(KEY, MONDAY)
    assert store.heads() == []
    assert [entry["kind"] for entry in entries(store)] == ["run"]


def test_many_at_once_sign_one_head_behind_one_key(story: Story, store: Store, database_url: str) -> None:
    story.run(MONDAY)
    doors = [Store.open(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda door: door.sign_head(KEY, MONDAY), doors))
    for door in doors:
        door.close()
    assert [head for head in made if head is not None] == store.heads()
    assert [entry["kind"] for entry in entries(store)] == ["run", "key"]


def test_a_check_finds_heads_of_changing_keys_whole_and_a_stamp_of_something_else(
    story: Story, store: Store, tmp_path: Path
) -> None:
    for day, key in enumerate((KEY, OTHER, KEY)):
        story.run(MONDAY + day * DAY)
        signed(store, MONDAY + day * DAY, key)
    first, second, third = store.heads()
    authority = Authority(tmp_path)
    store.head_stamped(third.size, authority.answer(asking(third.note.encode()).as_bytes()))
    assert store.verify((second.size, second.root)).faults == []
    store.head_stamped(first.size, authority.answer(asking(second.note.encode()).as_bytes()))
    (fault,) = store.verify(None).faults
    assert (fault.what, fault.where) == ("head", str(first.size))
    assert "for other data" in fault.text
