"""Retention keeps what is needed, takes the rest with a tombstone, and what comes back is told as a return."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from scenes import COLUMN, DAY, HOST, MONDAY, REPORT, Story, article, listing, page, watch
from storage_deeds import KEY, judge_all
from wholeness import whole

from storage.keys import Deed
from storage.records import Evidence, Judgement, Retention, Role, RunState, Verdict, canonical
from storage.store import Store

LATER = MONDAY + 400 * DAY
TWO = {HOST: Retention(versions=2)}


def deed(at=LATER) -> Deed:
    return Deed("retention", "gongkai prune", at, KEY)


def text(number: int) -> str:
    return "\n".join(f"第{number}版的第{line}段，" + chr(0x4E00 + number * 40 + line) * 30 for line in range(20))


def days(store: Store, versions: list[int], url: str = REPORT) -> None:
    """One run a day, each of which shows this version."""
    story = Story(store)
    for day, number in enumerate(versions):
        story.run(MONDAY + day * DAY, (url, article(text(number))))
    judge_all(store)


def kept(store: Store, url: str = REPORT) -> list[int]:
    return [one.number for one in store.snapshots(url) if one.reading is not None]


def test_versions_beyond_the_limit_go_and_their_history_stays(store: Store) -> None:
    watch(store, page(REPORT))
    days(store, [1, 2, 3, 4, 5, 6])
    before = [(one.number, one.sha256, one.first_seen) for one in store.snapshots(REPORT)]
    spans = store.sightings(REPORT)
    told = store.to_prune(TWO, LATER)
    assert [(one.site, one.versions, one.looks) for one in told] == [(HOST, 3, 3)]
    assert told[0].bytes > 0
    done = store.prune(TWO, deed())
    assert [(one.versions, one.looks) for one in done] == [(3, 3)]
    assert kept(store) == [1, 5, 6]
    swept = store.sweep()
    assert swept.blobs == 9  # of each version its bytes, its reading and its record
    assert [(one.number, one.sha256, one.first_seen) for one in store.snapshots(REPORT)] == before
    assert store.sightings(REPORT) == spans
    whole(store)
    assert store.verify().faults == []
    assert store.prune(TWO, deed()) == [type(done[0])(HOST, 0, 0, None)]
    assert store.sweep().blobs == 0


def test_what_would_go_is_about_what_goes(store: Store) -> None:
    watch(store, page(REPORT))
    days(store, list(range(1, 12)))
    told = store.to_prune(TWO, LATER)[0]
    store.prune(TWO, deed())
    swept = store.sweep()
    assert swept.anew > 0
    assert 0 < swept.freed <= told.bytes


def test_the_tombstone_is_signed_and_names_what_went_without_its_text(store: Store) -> None:
    watch(store, page(REPORT))
    days(store, [1, 2, 3, 4])
    gone = store.snapshots(REPORT)[1]
    store.prune(TWO, deed())
    (leaf,) = store.leaves("tombstone")
    told = json.loads(leaf.data)
    report = store.page_at(REPORT)
    assert report is not None
    assert told["gone"] == [
        {"page": report.id, "version": 2, "sha256": gone.sha256},
        {"page": report.id, "look": store.sightings(REPORT)[1].first_look},
    ]
    assert (told["deed"], told["why"], told["who"]) == ("prune", "retention: keep_versions = 2", "gongkai prune")
    assert told["time"] == "2026-04-07T02:00:00.000000Z"
    signature = bytes.fromhex(told.pop("signature"))
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["key"])).verify(signature, canonical(told))
    assert store.snapshots(REPORT)[1].pruned == leaf.number
    assert [json.loads(one.data)["key"] for one in store.leaves("key")] == [told["key"]]


def test_a_version_goes_only_when_no_limit_keeps_it(store: Store) -> None:
    watch(store, page(REPORT))
    days(store, [1, 2, 3, 4, 5, 6])
    now = MONDAY + 5 * DAY + timedelta(hours=1)
    store.prune({HOST: Retention(versions=1, days=4)}, deed(now))
    assert kept(store) == [1, 3, 4, 5, 6]  # only the second was last seen longer ago, and the first always stays
    store.prune({HOST: Retention(versions=3, days=1)}, deed(now))
    assert kept(store) == [1, 4, 5, 6]
    store.prune({HOST: Retention(days=2)}, deed(now))
    assert kept(store) == [1, 5, 6]


def test_a_return_keeps_the_text_of_the_present_version(store: Store) -> None:
    watch(store, page(REPORT))
    days(store, [1, 2, 3, 4, 1])
    store.prune(TWO, deed())
    store.sweep()
    assert kept(store) == [1, 4]
    present = store.snapshots(REPORT)[0]
    assert present.reading is not None
    assert "第1版" in present.reading.body[0]


def test_a_pruned_version_that_comes_back_has_its_text_again(store: Store) -> None:
    watch(store, page(REPORT))
    days(store, [1, 2, 3, 4])
    store.prune(TWO, deed())
    store.sweep()
    assert kept(store) == [1, 3, 4]
    run = Story(store).run(LATER, (REPORT, article(text(2))))
    assert run.tally["returned"] == 1
    second = store.snapshots(REPORT)[1]
    assert (second.number, second.pruned) == (2, None)
    assert second.reading is not None
    assert store.raw(second.sha256).decode() == article(text(2)).identity
    (change,) = store.changes_to_compare()
    assert (change.returned, change.after.number) == (True, 2)
    whole(store)
    assert store.verify().faults == []


def test_what_a_finding_cites_stays(store: Store) -> None:
    watch(store, page(REPORT))
    days(store, [1, 2, 3, 4, 5, 6])
    third, report = store.sightings(REPORT)[2], store.page_at(REPORT)
    assert report is not None
    cited = Evidence(third.first_look, third.first, REPORT, "ok", third.sha256, "present")
    told = Verdict(key="k", kind="page_changed", subject="page", title="t", page=report.id, evidence=(cited,))
    other = Verdict(key="o", kind="page_changed", subject="page", title="t", page=report.id, detail={"versions": [4, 5]})
    store.save_judgement(Judgement(verdicts=(told, other)), MONDAY)
    store.prune({HOST: Retention(versions=1)}, deed())
    assert kept(store) == [1, 3, 4, 5, 6]
    assert store.capture(third.first_look) is not None


def test_what_waits_for_compare_or_judge_stays(store: Store) -> None:
    watch(store, page(REPORT))
    story = Story(store)
    for day, number in enumerate([1, 2, 3, 4, 5]):
        story.run(MONDAY + day * DAY, (REPORT, article(text(number))))
    store.prune({HOST: Retention(versions=1)}, deed())
    assert kept(store) == [1, 2, 3, 4, 5]
    judge_all(store)
    store.prune({HOST: Retention(versions=1)}, deed())
    assert kept(store) == [1, 5]


def test_a_column_keeps_the_versions_whose_rows_are_compared(store: Store) -> None:
    watch(store, page(COLUMN, Role.COLUMN))
    story = Story(store)
    for day in range(10):
        rows = [(f"第{number}号通知", f"https://{HOST}/n/{number}.html", "2025-03-01") for number in range(day + 3)]
        story.run(MONDAY + day * DAY, (COLUMN, listing(*rows)))
    store.prune({HOST: Retention(versions=1)}, deed())
    assert kept(store, COLUMN) == [1, 5, 6, 7, 8, 9, 10]


def test_looks_within_a_span_go_by_age(store: Store) -> None:
    watch(store, page(REPORT))
    story = Story(store)
    for day in range(6):  # the same text in other bytes
        run = story.begin(MONDAY + day * DAY)
        story.look(run, REPORT, article(text(1)), MONDAY + day * DAY, body=text(1).encode() + b"<!-- %d -->" % day)
        store.close_run(run.id, RunState.SOUND, (), MONDAY + day * DAY)
    limits = {HOST: Retention(looks_days=3)}
    now = MONDAY + 5 * DAY + timedelta(hours=1)
    assert [(one.versions, one.looks) for one in store.prune(limits, deed(now))] == [(0, 2)]
    store.sweep()
    assert [store.capture(f"{run}.1") is not None for run in range(1, 7)] == [True, False, False, True, True, True]
    assert len(store.sightings(REPORT)) == 1
    whole(store)


def test_a_look_of_an_open_run_stays(store: Store) -> None:
    watch(store, page(REPORT))
    days(store, [1, 2, 3])
    story = Story(store)
    run = story.begin(MONDAY + 9 * DAY)
    for number in (4, 5, 6):
        story.look(run, REPORT, article(text(number)), MONDAY + 9 * DAY + timedelta(hours=number))
    store.prune({HOST: Retention(versions=1)}, deed())
    assert all(store.capture(f"{run.id}.{look}") is not None for look in (1, 2, 3))
    store.close_run(run.id, RunState.SOUND, (), LATER)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_dry_run_changes_nothing(store: Store, tmp_path) -> None:
    watch(store, page(REPORT))
    days(store, [1, 2, 3, 4, 5])
    store.close()
    file = tmp_path / "archive.db"
    before = file.read_bytes()
    again = Store.open(f"sqlite:///{file}")
    assert again.to_prune(TWO, LATER)[0].versions == 2
    again.close()
    assert file.read_bytes() == before
    assert not list(tmp_path.glob("archive.db-*"))
