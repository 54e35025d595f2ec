"""The sweeper takes what nothing refers to, makes anew what leant on it, and leaves no hole beside crawls."""

from __future__ import annotations

import threading
from pathlib import Path
from random import Random

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from scenes import DAY, HOST, MONDAY, REPORT, Story, article, page, watch
from sqlalchemy import delete, select
from storage_deeds import KEY, judge_all
from wholeness import whole

from storage import blob_files, blobs, sweeping
from storage.engine import reading, writing
from storage.holding import blob_files_held
from storage.keys import Deed
from storage.records import Reading, Retention, RunState
from storage.store import Store
from storage.tables import BLOB, SNAPSHOT

URLS = [f"https://{HOST}/a/{number}.html" for number in range(3)]


def text(number: int) -> Reading:
    return article("\n".join(f"第{number}版的第{line}段，" + chr(0x4E00 + number * 40 + line) * 20 for line in range(12)))


def refer(store: Store, *bodies: bytes, near: str | None = None, first: int = 1) -> list[str]:
    """Keep bytes to which versions refer, each held against the one before."""
    watch(store, page(REPORT))
    report = store.page_at(REPORT)
    assert report is not None
    hashes = []
    with writing(store.engine) as connection:
        for number, body in enumerate(bodies, first):
            near = blobs.keep(connection, body, [near])
            told = {"number": number, "identity": str(number), "sha256": near, "url": REPORT, "reader": "1"}
            connection.execute(SNAPSHOT.insert().values(page=report.id, first_seen=MONDAY, **told))
            hashes.append(near)
    return hashes


def forget(store: Store, *hashes: str) -> None:
    with writing(store.engine) as connection:
        connection.execute(delete(SNAPSHOT).where(SNAPSHOT.c.sha256.in_(hashes)))


def rows(store: Store) -> dict[str, tuple[str | None, int]]:
    with reading(store.engine) as connection:
        return {row.sha256: (row.base, row.depth) for row in connection.execute(select(BLOB))}


def random(size: int, seed: int = 1) -> bytes:
    return Random(seed).randbytes(size)


def test_what_leans_on_it_is_made_anew_against_the_nearest_that_stays(store: Store) -> None:
    body = random(4000)
    a, b, c, d = refer(store, body, body + b"b", body + b"bc", body + b"bcd")
    assert rows(store) == {a: (None, 0), b: (a, 1), c: (b, 2), d: (c, 3)}
    forget(store, b, c)
    swept = store.sweep()
    assert (swept.blobs, swept.anew) == (2, 1)
    assert rows(store) == {a: (None, 0), d: (a, 1)}
    forget(store, a)
    swept = store.sweep()
    assert (swept.blobs, swept.anew) == (1, 1)
    assert rows(store) == {d: (None, 0)}
    assert store.raw(d) == body + b"bcd"
    assert store.sweep() == sweeping.Swept()


def test_what_cannot_be_read_keeps_what_it_leans_on(store: Store) -> None:
    body = random(4000)
    a, b, c = refer(store, body, body + b"b", body + b"bc")
    with writing(store.engine) as connection:
        connection.execute(BLOB.update().where(BLOB.c.sha256 == c).values(data=b"damaged"))
    forget(store, a, b)
    assert store.sweep().blobs == 0
    assert rows(store) == {a: (None, 0), b: (a, 1), c: (b, 2)}


def test_a_batch_leaves_what_an_earlier_one_had_to_leave(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 2)
    body = random(4000)
    hashes = refer(store, *(body + bytes(number) for number in range(8)))
    forget(store, *hashes[:5])
    assert store.sweep().blobs == 5
    whole(store)


def test_what_is_referred_to_again_after_it_was_asked_stays(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    body = random(4000)
    a, b, c, d = refer(store, body, body + b"b", random(4000, 2), random(4000, 3))
    forget(store, a, b, c, d)
    asked = sweeping._make_all_anew
    late = []

    def meanwhile(*told):
        refer(store, body + b"b", first=11)  # the same bytes again
        late.extend(refer(store, random(4000, 2) + b"more", near=c, first=12))  # and others that lean on what was asked about
        return asked(*told)

    monkeypatch.setattr(sweeping, "_make_all_anew", meanwhile)
    assert store.sweep().blobs == 1
    assert rows(store) == {a: (None, 0), b: (a, 1), c: (None, 0), late[0]: (c, 1)}
    monkeypatch.undo()
    assert store.sweep().blobs == 2
    whole(store)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_files_go_with_their_rows_and_strays_too(store: Store) -> None:
    body = random(blob_files.LARGE + 1000)
    a, b = refer(store, body, body[:-5] + random(blob_files.LARGE, 2))
    folder = blob_files.folder_of(store.engine)
    assert folder is not None
    files = [blob_files.path_of(folder, one) for one in (a, b)]
    assert [path.is_file() for path in files] == [True, True]
    half = files[0].with_name(f".{a}.0.part")
    stray = files[0].with_name("f" * 64)
    stranger = files[0].with_name("notes.txt")
    for path in (half, stray, stranger):
        path.write_bytes(b"x")
    forget(store, a)
    with blob_files_held(folder):
        swept = store.sweep()
        assert (swept.blobs, swept.files, swept.held) == (1, 0, True)
    assert store.raw(b).endswith(random(blob_files.LARGE, 2))
    assert store.sweep().files == 3
    assert [path.exists() for path in (*files, half, stray, stranger)] == [False, True, False, False, True]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_file_made_anew_is_read_right_by_its_old_row(store: Store) -> None:
    first, second = random(800_000), random(400_000, 2)
    below, a, b = refer(store, first, first + b"a", first + b"a" + second)
    assert rows(store)[b] == (a, 2)
    forget(store, a)
    with reading(store.engine) as connection:
        ready = sweeping._anew(connection, b, {a})
    assert ready is not None
    assert ready.frame.base is None
    with writing(store.engine) as connection:
        assert blob_files.put(connection, b, ready.frame.data)  # the process dies before its row gives way
    assert rows(store)[b] == (a, 2)
    assert store.raw(b) == first + b"a" + second
    store.sweep()
    assert rows(store) == {below: (None, 0), b: (None, 0)}
    assert store.raw(b) == first + b"a" + second


def test_a_frame_that_stands_alone_needs_no_dictionary_and_bears_one() -> None:
    body = b"abc" * 1000 + random(3000)
    alone = blobs.compress(body)
    base = b"abc" * 500
    assert blobs.decompress(alone, base) == blobs.decompress(alone) == body
    with pytest.raises(zstandard.ZstdError):
        zstandard.ZstdDecompressor().decompress(blobs.delta(base + body, base))


DEEDS = some.lists(
    some.one_of(
        some.tuples(some.just("crawl"), some.integers(0, 2), some.integers(0, 5)),
        some.tuples(some.just("judge"), some.just(0), some.just(0)),
        some.tuples(some.just("prune"), some.integers(1, 3), some.integers(0, 2)),
        some.tuples(some.just("sweep"), some.just(0), some.just(0)),
    ),
    min_size=5,
    max_size=25,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS)
@pytest.mark.parametrize("engine", ["sqlite"])
def test_whatever_is_done_what_is_referred_to_can_be_read(
    deeds: list[tuple[str, int, int]], engine: str, tmp_path: Path, migrated_file: Path
) -> None:
    file = tmp_path / "any.db"
    for old in tmp_path.glob("any.db*"):
        old.unlink()
    file.write_bytes(migrated_file.read_bytes())
    store = Store.open(f"sqlite:///{file}")
    watch(store, *(page(url) for url in URLS))
    story = Story(store)
    for day, (name, one, other) in enumerate(deeds):
        at = MONDAY + day * DAY
        if name == "crawl":
            story.run(at, (URLS[one], text(other)), home=False)
        elif name == "judge":
            judge_all(store)
        elif name == "prune":
            store.prune({HOST: Retention(versions=one, days=other or None, looks_days=other or None)}, Deed("r", "", at, KEY))
            whole(store, swept=False)
        else:
            store.sweep()
            whole(store)
    store.sweep()
    whole(store)
    for url in URLS:
        shown = [span.snapshot for span in store.sightings(url)][-1:]
        assert all(store.snapshots(url)[number - 1].reading is not None for number in shown)
    store.close()


def test_a_crawl_and_a_sweeper_side_by_side_leave_no_hole(store: Store, database_url: str) -> None:
    watch(store, *(page(url) for url in URLS))
    over, wrong = threading.Event(), list[BaseException]()

    def crawl() -> None:
        other = Store.open(database_url)
        try:
            story = Story(other)
            for day in range(12):
                run = story.begin(MONDAY + day * DAY)
                for url in URLS:  # the same few texts again and again, so that what goes comes back at once
                    story.look(run, url, text(day % 3 + len(url) % 2), MONDAY + day * DAY)
                other.close_run(run.id, RunState.SOUND, (), MONDAY + day * DAY)
        except BaseException as error:
            wrong.append(error)
        finally:
            over.set()
            other.close()

    crawling = threading.Thread(target=crawl)
    crawling.start()
    sweeps = 0
    while not over.is_set() or sweeps < 2:
        judge_all(store)
        store.prune({HOST: Retention(versions=1)}, Deed("r", "", MONDAY + 400 * DAY, KEY))
        store.sweep()
        sweeps += 1
    crawling.join()
    assert wrong == []
    store.sweep()
    whole(store)
    assert all(store.sightings(url)[-1].snapshot is not None for url in URLS)


@pytest.mark.parametrize("engine", ["postgresql"])
def test_what_a_writer_holds_is_no_rubbish(store: Store) -> None:
    a, b = refer(store, random(4000), random(4000, 2))
    forget(store, a, b)
    with writing(store.engine) as connection:
        assert blobs.keep(connection, random(4000)) == a  # a look refers to it, and its capture is not written yet
        assert store.sweep().blobs == 1
    assert rows(store) == {a: (None, 0)}
    assert store.sweep().blobs == 1
