"""Which looks are kept whole, in how few bytes, and what their records and lines say."""

from __future__ import annotations

import hashlib
import random

import pytest
from scenes import DAY, HOME, HOST, HOUR, MONDAY, Story, answer, article, page, watch
from sqlalchemy import func, select

from storage import blob_files, blobs
from storage.engine import writing
from storage.errors import Missing
from storage.records import Capture, Examination, Hop, Outcome, Role, RunState
from storage.store import Store
from storage.tables import BLOB, CAPTURE

NOTICE = f"https://{HOST}/a/1.html"
TEXT = "".join(f"第{number}条 本机关主动公开政府信息，并按时编制年度报告。\n" for number in range(60))


@pytest.fixture
def story(store: Store) -> Story:
    watch(store, page(HOME, Role.HOME), page(NOTICE))
    return Story(store)


def captures(store: Store) -> list[str]:
    with store.engine.connect() as connection:
        return [
            f"{row.run}.{row.number}" for row in connection.execute(select(CAPTURE).order_by(CAPTURE.c.run, CAPTURE.c.number))
        ]


def noisy(story: Story, number: int) -> bytes:
    """One sound run with one look at the notice, whose bytes differ and whose text does not."""
    body = f"<p>{TEXT}<!-- {number} -->".encode()
    run = story.begin(MONDAY + number * HOUR)
    story.look(run, NOTICE, article(TEXT), MONDAY + number * HOUR, body)
    story.store.close_run(run.id, RunState.SOUND, (), MONDAY + number * HOUR)
    return body


def test_a_look_with_other_bytes_is_kept_whole_though_nothing_in_them_is_new(story: Story) -> None:
    bodies = [noisy(story, number) for number in range(3)]
    assert captures(story.store) == ["1.1", "2.1", "3.1"]
    assert len(story.store.snapshots(NOTICE)) == 1
    for number, body in enumerate(bodies, 1):
        record, line = story.store.capture(f"{number}.1"), story.store.line(f"{number}.1")
        assert record is not None
        assert line is not None
        assert record.sha256 == line.sha256 == line.seen == hashlib.sha256(body).hexdigest()
        assert line.record == hashlib.sha256(record.packed()).hexdigest()
        assert (line.version, line.new) == (1, number == 1)
        assert story.store.raw(record.sha256) == body


def test_a_look_with_the_same_bytes_is_a_line_and_no_more(story: Story) -> None:
    for day in range(3):
        story.run(MONDAY + day * DAY, (NOTICE, article(TEXT)), home=False)
    assert captures(story.store) == ["1.1"]
    assert [story.store.line(f"{run}.1").version for run in (1, 2, 3)] == [1, 1, 1]  # type: ignore[union-attr]
    assert story.store.capture("2.1") is None
    first = story.store.line("1.1")
    assert first is not None
    assert story.store.capture_with(first.page, first.sha256) == "1.1"


def test_not_modified_stands_for_the_bytes_seen_before(story: Story) -> None:
    story.run(MONDAY, (NOTICE, article(TEXT)), home=False)
    story.run(MONDAY + DAY, (NOTICE, Outcome.NOT_MODIFIED), home=False)
    first, second = story.store.line("1.1"), story.store.line("2.1")
    assert first is not None
    assert second is not None
    assert second.seen == first.seen
    assert second.sha256 == hashlib.sha256(b"").hexdigest()


def test_a_hundred_noisy_looks_cost_little_more_than_one(story: Story) -> None:
    for number in range(100):
        noisy(story, number)
    with story.store.engine.connect() as connection:
        stored = connection.execute(select(func.sum(func.length(BLOB.c.data)))).scalar_one()
        bodies = connection.execute(select(func.sum(BLOB.c.size))).scalar_one()
    assert stored < bodies / 10
    assert story.store.verify().faults == []


def test_all_that_came_stands_in_the_record(story: Story) -> None:
    run = story.begin(MONDAY)
    watched = story.store.page_at(NOTICE)
    assert watched is not None
    came = answer(
        NOTICE,
        b"<p>x",
        MONDAY,
        http_version="1.1",
        phrase="Alles \xe9 gut",
        address="192.0.2.7",
        tls="verified",
        certificate="ab" * 32,
        robots="allowed",
        method="POST",
        request_headers=((b"Host", b"a"), (b"X-b", b"\xff")),
        headers=((b"Server", b"nginx"), (b"server", b"\xe4\xb8\xad")),
        hops=(Hop("http://x/", 302, ((b"Location", b"y"),), "192.0.2.8"),),
    )
    story.store.keep(Capture(run.id, watched.id, came, Examination(Outcome.OK, "200", article("x")), "berlin"))
    record = story.store.capture("1.1")
    assert record is not None
    assert (record.headers, record.request_headers, record.hops) == (came.headers, came.request_headers, came.hops)
    assert (record.phrase, record.method, record.certificate, record.vantage) == (came.phrase, "POST", "ab" * 32, "berlin")
    assert (record.started, record.ended, record.outcome, record.reader) == (MONDAY, MONDAY, "ok", "1")
    assert record.software.startswith("gongkai")


def test_a_large_body_lies_beside_the_database_on_sqlite_and_in_it_on_postgresql(story: Story, engine: str) -> None:
    body = random.Random(1).randbytes(blob_files.LARGE + 1)
    run = story.begin(MONDAY)
    story.look(run, NOTICE, article("x"), MONDAY, body)
    sha256, folder = hashlib.sha256(body).hexdigest(), blob_files.folder_of(story.store.engine)
    with story.store.engine.connect() as connection:
        inside = connection.execute(select(BLOB.c.data).where(BLOB.c.sha256 == sha256)).scalar()
    assert (inside is None) == (folder is not None) == (engine == "sqlite")
    assert story.store.raw(sha256) == body
    if folder is not None:
        assert [path.name for path in folder.rglob("*") if path.is_file()] == [sha256]
        blob_files.path_of(folder, sha256).unlink()
        assert [fault.where for fault in story.store.verify().faults] == [sha256]


def test_a_body_whose_base_went_meanwhile_stands_alone(store: Store) -> None:
    with writing(store.engine) as connection:
        blobs.keep(connection, TEXT.encode())
        frame = blobs.pack(connection, (TEXT + "x").encode(), [blobs.hash_of(TEXT.encode())])
        assert frame.base is not None
        connection.execute(BLOB.delete())
        blobs.put(connection, frame)
        assert blobs.fetch(connection, frame.sha256) == (TEXT + "x").encode()
        assert blobs.keyframe_of(connection, frame.sha256) == frame.sha256


def test_what_is_no_name_of_a_look_is_told_in_one_line(store: Store) -> None:
    with pytest.raises(Missing, match="is no name of a look"):
        store.capture("1-2")
    assert store.line("7.1") is None
    with pytest.raises(Missing, match="run 7 is not in the ledger yet"):
        store.proof_of("7.1")
