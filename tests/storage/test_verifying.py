"""An archive that nobody touched verifies clean; each way of touching it is found, and told where."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from scenes import COLUMN, DAY, HOME, HOST, HOUR, MONDAY, REPORT, Story, article, listing, page, watch
from sqlalchemy import Connection, delete, insert, select, text, update

from storage import blobs, ledger, merkle, notes
from storage.engine import writing
from storage.records import Evidence, Judgement, Outcome, Role, RunState, Verdict, stamp
from storage.store import Store
from storage.tables import BLOB, CAPTURE, CHANGE, ENTRY, FINDING, HEAD, HOUSE, LEAF, NODE, PAGE, RUN, SIGHTING, SNAPSHOT

NOTICE = f"https://{HOST}/a/1.html"
ARCHIVE = "0123456789abcdef" * 2
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def row(number: int) -> tuple[str, str, str]:
    return (f"第{number}号通知", f"https://{HOST}/a/{number}.html", "2025-03-01")


def sign(store: Store, key: Ed25519PrivateKey = KEY) -> str:
    """Sign a head over all that is there, as the front door does once a day; gives its root."""
    with writing(store.engine) as connection:
        connection.execute(delete(HOUSE).where(HOUSE.c.name == "archive"))
        connection.execute(insert(HOUSE).values(name="archive", value=ARCHIVE))
        last = connection.execute(select(HEAD).order_by(HEAD.c.size.desc())).first()
        if last is None or last.key != notes.public_of(key):
            before = {"key": last.key, "size": last.size, "root": last.root} if last is not None else None
            ledger.append(connection, "key", {"key": notes.public_of(key), "time": stamp(MONDAY), "before": before})
        size = ledger.size_of(connection)
        root = merkle.kept_root(size, ledger.lookup(connection)).hex()
        at = MONDAY + size * DAY
        note = notes.signed(notes.Checkpoint(notes.origin_of(ARCHIVE), size, root, at), key)
        connection.execute(insert(HEAD).values(size=size, root=root, signed=at, key=notes.public_of(key), note=note))
    return root


@pytest.fixture
def story(store: Store) -> Story:
    """Six runs of a site, one of them suspect and one open, with changes, noise, absences, a finding and two heads."""
    watch(store, page(HOME, Role.HOME), page(COLUMN, Role.COLUMN), page(NOTICE), page(REPORT))
    told = Story(store)
    text = "一、总体情况\n" + "本机关主动公开政府信息，按时编制年度报告并依法向社会公布。\n" * 8
    for day in range(4):
        at = MONDAY + day * DAY
        run = told.begin(at)
        told.look(run, HOME, article("欢迎"), at, f"home {day}".encode())
        told.look(run, COLUMN, listing(*(row(number) for number in range(day + 1, 0, -1))), at)
        told.look(run, NOTICE, article(text + f"共 {day // 2} 件"), at, (text + f"共 {day // 2} 件 <!-- {day} -->").encode())
        told.look(run, REPORT, Outcome.GONE if day == 3 else article("年度报告"), at + HOUR)
        store.close_run(run.id, RunState.SOUND, (), at + HOUR)
        if day in (1, 3):
            sign(store)
    told.run(MONDAY + 4 * DAY, (NOTICE, Outcome.BLOCKED), (REPORT, Outcome.NOT_MODIFIED), state=RunState.SUSPECT)
    told.look(told.begin(MONDAY + 5 * DAY), HOME, article("欢迎"), MONDAY + 5 * DAY)
    find(store)
    return told


def find(store: Store) -> None:
    """A finding that cites the looks of the page that is gone."""
    before, after = store.sightings(REPORT)[:2]
    evidence = tuple(
        Evidence(span.last_look, span.last, span.url, span.outcome.value, span.sha256, role)
        for span, role in ((before, "present"), (after, "absent"))
    )
    told = Verdict("page_removed:1", "page_removed", "page", "年度报告", site=HOST, url=REPORT, evidence=evidence)
    store.save_judgement(Judgement((told,)), MONDAY + 4 * DAY)


def faults(store: Store) -> list[str]:
    return [str(fault) for fault in store.verify().faults]


def test_an_archive_that_nobody_touched_is_clean(story: Story) -> None:
    checked = story.store.verify()
    assert checked.faults == []
    assert checked.counts["entries"] == 6  # five runs and the key
    assert checked.counts["heads"] == 2
    assert checked.counts["looks"] == 4 * 4 + 3
    assert checked.counts["decoded"] == checked.counts["bytes"] > 15
    assert checked.counts["findings"] == 1


def test_an_empty_archive_is_clean(store: Store) -> None:
    assert store.verify().faults == []


def test_a_check_leaves_nothing_behind_and_can_be_made_twice(story: Story) -> None:
    assert faults(story.store) == faults(story.store) == []


def test_a_crawl_goes_on_while_the_archive_is_checked(story: Story) -> None:
    def meanwhile(step: str, _done: int, _of: int) -> None:
        if step == "bytes" and not crawled:
            crawled.append(story.run(MONDAY + 6 * DAY, (NOTICE, article("另一篇"))))

    crawled: list[object] = []
    assert story.store.verify(progress=meanwhile).faults == []
    assert crawled
    assert faults(story.store) == []


# --- what is found ------------------------------------------------------------------------------------------------------------


def _flip(connection: Connection, where: object) -> None:
    """Turn one bit in the middle of stored bytes."""
    found = connection.execute(select(BLOB).where(where)).first()  # type: ignore[arg-type]
    assert found is not None
    data = bytearray(found.data)
    data[len(data) // 2] ^= 4
    connection.execute(update(BLOB).where(BLOB.c.sha256 == found.sha256).values(data=bytes(data)))


def _body(number: int) -> object:
    return BLOB.c.sha256.in_(select(SNAPSHOT.c.sha256).where(SNAPSHOT.c.number == number, SNAPSHOT.c.url == NOTICE))


def _version_row(number: int) -> object:
    return select(SNAPSHOT.c.id).where(SNAPSHOT.c.number == number, SNAPSHOT.c.url == NOTICE).scalar_subquery()


def _hide_line(connection: Connection, run: int) -> None:
    """Put the hash of a look in the place of its line, as forgetting does: the root still follows."""
    packed = blobs.fetch(connection, connection.execute(select(LEAF.c.looks).where(LEAF.c.run == run)).scalar_one())
    first, *others = packed.split(b"\n")
    hidden = b"\n".join([b"#" + merkle.leaf_hash(first).hex().encode(), *others])
    connection.execute(update(LEAF).where(LEAF.c.run == run).values(looks=blobs.keep(connection, hidden)))


LATER = timedelta(microseconds=1)

TOUCHES: dict[str, tuple[Callable[[Connection], object], str]] = {
    "a flipped bit in bytes": (lambda c: _flip(c, _body(1)), "bytes "),
    "a flipped bit in a delta": (lambda c: _flip(c, BLOB.c.base.is_not(None)), "bytes "),
    "a flipped bit in a record": (
        lambda c: _flip(c, BLOB.c.sha256 == select(CAPTURE.c.record).limit(1).scalar_subquery()),
        "bytes ",
    ),
    "bytes taken away": (lambda c: c.execute(delete(BLOB).where(_body(1))), "version "),  # type: ignore[arg-type]
    "a capture deleted": (lambda c: c.execute(delete(CAPTURE).where(CAPTURE.c.run == 1, CAPTURE.c.number == 2)), "capture 1.2"),
    "a capture made up": (
        lambda c: c.execute(
            insert(CAPTURE).from_select(
                ["run", "number", "page", "record", "sha256"],
                select(text("5"), text("99"), CAPTURE.c.page, CAPTURE.c.record, CAPTURE.c.sha256).limit(1),
            )
        ),
        "capture 5.99",
    ),
    "a capture of another record": (
        lambda c: c.execute(
            update(CAPTURE)
            .where(CAPTURE.c.run == 1, CAPTURE.c.number == 1)
            .values(record=select(CAPTURE.c.record).where(CAPTURE.c.run == 2, CAPTURE.c.number == 1).scalar_subquery())
        ),
        "capture 1.1",
    ),
    "a version's time": (
        lambda c: c.execute(
            update(SNAPSHOT).where(SNAPSHOT.c.number == 2, SNAPSHOT.c.url == NOTICE).values(first_seen=MONDAY + LATER)
        ),
        f"version 2 of {NOTICE}: no look of the ledger brought it with this time",
    ),
    "a version's bytes": (
        lambda c: c.execute(
            update(SNAPSHOT)
            .where(SNAPSHOT.c.number == 2, SNAPSHOT.c.url == NOTICE)
            .values(sha256=select(SNAPSHOT.c.sha256).where(SNAPSHOT.c.url == HOME).limit(1).scalar_subquery())
        ),
        f"version 2 of {NOTICE}: no look of the ledger brought it with this hash",
    ),
    "a version pruned without a tombstone": (
        lambda c: c.execute(update(SNAPSHOT).where(SNAPSHOT.c.number == 2, SNAPSHOT.c.url == NOTICE).values(pruned=1)),
        f"version 2 of {NOTICE}: is marked as pruned",
    ),
    "a span's beginning": (
        lambda c: c.execute(update(SIGHTING).where(SIGHTING.c.id == 3).values(first=MONDAY - DAY)),
        "span 3: says that look 1.3 was at",
    ),
    "a span's end": (
        lambda c: c.execute(update(SIGHTING).where(SIGHTING.c.id == 1).values(last=MONDAY + 9 * DAY)),
        "span 1: says that look",
    ),
    "a span's sound look": (
        lambda c: c.execute(update(SIGHTING).where(SIGHTING.c.id == 2).values(sound_last=MONDAY - DAY)),
        "span 2: says that look",
    ),
    "a span's look that nobody names": (
        lambda c: c.execute(update(SIGHTING).where(SIGHTING.c.id == 2).values(sound_first_look=None)),
        "span 2: tells of a look without naming it",
    ),
    "a span's sound look without a time": (
        lambda c: c.execute(update(SIGHTING).where(SIGHTING.c.id == 2).values(sound_first=None)),
        "span 2: says that look 1.2 was at no time",
    ),
    "a look of another page": (
        lambda c: c.execute(update(SIGHTING).where(SIGHTING.c.id == 2).values(first_look="1.1")),
        "span 2: names look 1.1, which was at another page",
    ),
    "how a span came out": (
        lambda c: c.execute(update(SIGHTING).where(SIGHTING.c.outcome == "gone").values(outcome="ok")),
        "span 9: says that look 4.4 came out otherwise",
    ),
    "the version of a span": (
        lambda c: c.execute(update(SIGHTING).where(SIGHTING.c.id == 3).values(snapshot=_version_row(2))),
        "span 3: says that look 1.3 showed another version",
    ),
    "the version that a page shows now": (
        lambda c: c.execute(update(PAGE).where(PAGE.c.url == NOTICE).values(current=_version_row(1))),
        f"page {NOTICE}: says that look 4.3 showed another version",
    ),
    "the sides of a change": (
        lambda c: c.execute(update(CHANGE).values(after=_version_row(1))),
        "change 1: says that look 3.3 showed another version",
    ),
    "how what a finding cites came out": (
        lambda c: c.execute(
            update(FINDING).values(
                evidence=[{**one, "outcome": "error"} for one in c.execute(select(FINDING.c.evidence)).scalar_one()]
            )
        ),
        "finding 1: says of look 3.4 something else than the ledger",
    ),
    "what a finding cites made unreadable": (
        lambda c: c.execute(update(FINDING).values(evidence=[1])),
        "finding 1: what it cites cannot be read",
    ),
    "a rendered page": (
        lambda c: c.execute(update(CAPTURE).where(CAPTURE.c.run == 1, CAPTURE.c.number == 2).values(rendered=CAPTURE.c.sha256)),
        "capture 1.2: names another rendered page than its record",
    ),
    "the place of a delta": (
        lambda c: c.execute(update(BLOB).where(BLOB.c.base.is_not(None)).values(depth=0)),
        "bytes ",
    ),
    "a list of looks taken away": (
        lambda c: c.execute(update(LEAF).where(LEAF.c.run == 2).values(looks=None)),
        "run 2: the list of its looks cannot be read",
    ),
    "a line hidden behind its hash": (
        lambda c: _hide_line(c, 2),
        "run 2: lines of its looks were taken out, and no tombstone names the looks",
    ),
    "an entry that is no record": (
        lambda c: c.execute(update(LEAF).where(LEAF.c.run == 2).values(data=b"[]")),
        "ledger 1: the entry does not say what its row says",
    ),
    "an entry of no run": (
        lambda c: c.execute(update(LEAF).where(LEAF.c.run == 2).values(run=None)),
        "ledger 1: the entry does not say what its row says",
    ),
    "a span deleted": (lambda c: c.execute(delete(SIGHTING).where(SIGHTING.c.id == 4)), f"page {REPORT}: its spans hold"),
    "looks of a span": (
        lambda c: c.execute(update(SIGHTING).where(SIGHTING.c.id == 1).values(looks=7)),
        f"page {HOME}: its spans hold",
    ),
    "when a row came": (
        lambda c: c.execute(update(ENTRY).where(ENTRY.c.title == "第3号通知").values(first_seen=MONDAY)),
        f"entry https://{HOST}/a/3.html: says that look 3.2 was at",
    ),
    "when a row was absent": (
        lambda c: c.execute(update(ENTRY).where(ENTRY.c.title == "第3号通知").values(absent_at=MONDAY)),
        f"entry https://{HOST}/a/3.html: says that look 2.2 was at",
    ),
    "when a change was seen": (
        lambda c: c.execute(update(CHANGE).values(seen=MONDAY)),
        "change 1: says that look 3.3 was at",
    ),
    "when a page was last seen": (
        lambda c: c.execute(update(PAGE).where(PAGE.c.url == NOTICE).values(current_seen=MONDAY)),
        f"page {NOTICE}: says that look 4.3 was at",
    ),
    "what a finding cites": (
        lambda c: c.execute(
            update(FINDING).values(
                evidence=[{**one, "time": "2025-03-01T00:00:00Z"} for one in c.execute(select(FINDING.c.evidence)).scalar_one()]
            )
        ),
        "finding 1: says of look 3.4 something else than the ledger",
    ),
    "a run's verdict": (
        lambda c: c.execute(update(RUN).where(RUN.c.id == 5).values(state="sound")),
        "run 5: its row does not say",
    ),
    "a run's time": (
        lambda c: c.execute(update(RUN).where(RUN.c.id == 2).values(opened=MONDAY)),
        "run 2: its row does not say what entry 1 of the ledger says",
    ),
    "a list of looks": (
        lambda c: c.execute(
            update(LEAF).where(LEAF.c.run == 2).values(looks=select(LEAF.c.looks).where(LEAF.c.run == 1).scalar_subquery())
        ),
        "run 2: the list of its looks has another root",
    ),
    "an entry's words": (
        lambda c: c.execute(
            update(LEAF)
            .where(LEAF.c.run == 2)
            .values(data=c.execute(select(LEAF.c.data).where(LEAF.c.run == 2)).scalar_one().replace(b'"sound"', b'"solid"'))
        ),
        "ledger 1: entry 1 hash to something else",
    ),
    "an entry deleted": (lambda c: c.execute(delete(LEAF).where(LEAF.c.run == 2)), "ledger 1: entries 1 to 1 are missing"),
    "the last entry deleted": (
        lambda c: c.execute(delete(LEAF).where(LEAF.c.run == 5)),
        "run 5: is closed, and the ledger has no",
    ),
    "a node of the tree": (
        lambda c: c.execute(update(NODE).where(NODE.c.level == 1, NODE.c.position == 0).values(hash="ab" * 32)),
        "ledger 1: entries 0 to 1 hash to something else",
    ),
    "a head's root": (lambda c: c.execute(update(HEAD).values(root="ab" * 32)), "head 3: its row does not say what was signed"),
    "a head's note": (
        lambda c: c.execute(
            update(HEAD).values(note=c.execute(select(HEAD.c.note)).scalars().first().replace("\n3\n", "\n4\n"))  # type: ignore[union-attr]
        ),
        "head 3: the signature of the note is false",
    ),
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_what_was_touched_is_found(story: Story, touch: str) -> None:
    deed, said = TOUCHES[touch]
    with story.store.engine.connect() as connection, connection.begin():
        if story.store.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        deed(connection)
        if story.store.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = DEFAULT")
    assert [one for one in faults(story.store) if one.startswith(said)], faults(story.store)


def test_who_rewrites_all_that_hangs_together_is_found_by_a_head_that_was_published(story: Story) -> None:
    published = (3, _root_of(story.store, 3))
    with writing(story.store.engine) as connection:
        connection.execute(delete(HEAD))
        rows = connection.execute(select(LEAF).order_by(LEAF.c.number)).all()
        connection.execute(delete(NODE))
        connection.execute(delete(LEAF))
        for leaf in rows:
            if leaf.kind != "run":
                continue
            told = {name: value for name, value in _told(leaf.data).items() if name not in ("kind", "format")}
            ledger.append(connection, "run", told | {"software": "another"}, run=leaf.run, looks=leaf.looks)
    assert faults(story.store) == []
    assert [str(fault) for fault in story.store.verify(published).faults] == [
        "head 3: the head you gave has another root: entries were changed since"
    ]


def test_a_head_known_from_a_mail_agrees(story: Story) -> None:
    assert story.store.verify((3, _root_of(story.store, 3))).faults == []
    assert [fault.where for fault in story.store.verify((99, "ab" * 32)).faults] == ["99"]


def test_a_new_key_that_does_not_name_the_last_head_of_the_one_before_is_found(story: Story) -> None:
    sign(story.store, Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32))
    assert faults(story.store) == []
    with writing(story.store.engine) as connection:
        stranger = notes.public_of(Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32))
        ledger.append(connection, "key", {"key": stranger, "time": stamp(MONDAY), "before": None})
    assert faults(story.store) == ["key 7: does not name the last head of the key before it"]


def _root_of(store: Store, size: int) -> str:
    with store.engine.connect() as connection:
        return str(connection.execute(select(HEAD.c.root).where(HEAD.c.size == size)).scalar_one())


def _told(data: bytes) -> dict[str, object]:
    return dict(json.loads(data))


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_time_that_is_none_is_told_and_the_rest_is_still_checked(story: Story) -> None:
    with writing(story.store.engine) as connection:
        connection.execute(text("UPDATE sighting SET sound_last = 'nonsense' WHERE id = 1"))
        connection.execute(update(SIGHTING).where(SIGHTING.c.id == 3).values(first=MONDAY - DAY))
    said = faults(story.store)
    assert [one for one in said if one.startswith("archive rows, sighting.sound_last_look: a value cannot be read")], said
    assert [one for one in said if one.startswith("span 3: says that look 1.3 was at")], said
