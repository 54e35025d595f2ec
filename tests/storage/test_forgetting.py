"""What is forgotten is in no file of the home any more, everything else can still be proven, and nobody watches it again."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from random import Random

import pytest
from scenes import COLUMN, DAY, HOST, HOUR, MONDAY, REPORT, Story, answer, article, listing, page, watch
from storage_deeds import KEY, judge_all
from wholeness import whole

from storage.errors import Missing, StoreError
from storage.keys import Deed
from storage.records import (
    Capture,
    Evidence,
    Examination,
    Judgement,
    NewMessage,
    Outcome,
    Reason,
    Role,
    RunState,
    Subscriber,
    Verdict,
)
from storage.store import Store

NAME = "张三丰的个人信息公示"
SECRET = "身份证号码是三七零一零二一九八零"
MARKS = [Random(number).randbytes(3000) for number in range(3)]
OTHER = f"https://{HOST}/other.html"
DESK = Subscriber("desk", "desk@example.org")
LATER = MONDAY + 9 * DAY


def deed() -> Deed:
    return Deed("personal data", "an editor", LATER, KEY)


@pytest.fixture
def lived(store: Store) -> Store:
    """A column that lists a page with personal data, three versions of that page, and another page beside it."""
    watch(store, page(COLUMN, Role.COLUMN), page(REPORT), page(OTHER), subscribers=[DESK])
    story = Story(store)
    for day, mark in enumerate(MARKS):
        at = MONDAY + day * DAY
        run = story.begin(at)
        rows = [(NAME, REPORT, "2025-03-01"), *((f"第{n}号通知", f"https://{HOST}/n/{n}.html", "2025-03-01") for n in range(3))]
        story.look(run, COLUMN, listing(*rows), at)
        text = article(f"{SECRET}{day}" * 20, title=NAME)
        story.look(run, REPORT, text, at, body=SECRET.encode() + mark)
        story.look(run, OTHER, article("别的内容" * 20), at, body=b"other" + mark[:1500])
        store.close_run(run.id, RunState.SOUND, (), at)
    judge_all(store)
    while store.index_some():
        pass
    return store


def found_in(folder: Path, *needles: bytes) -> dict[str, list[bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    held = {path.name: [needle for needle in needles if needle in path.read_bytes()] for path in files}
    return {name: needles for name, needles in held.items() if needles}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("address_too", [False, True])
def test_it_is_in_no_file_afterwards(lived: Store, tmp_path: Path, address_too: bool) -> None:
    secret, inner = SECRET.encode(), MARKS[1][2000:2100]
    report = lived.page_at(REPORT)
    assert report is not None
    about = Verdict(key="k", kind="silent_edit", subject="page", title=f"{NAME} {SECRET}", page=report.id, url=REPORT)
    lived.save_judgement(Judgement(verdicts=(about,)), MONDAY)
    assert "archive.db" in found_in(tmp_path, secret) or "archive.db-wal" in found_in(tmp_path, secret)
    assert found_in(tmp_path, inner)
    assert len(lived.search(SECRET[:6]).hits) == 3
    done = lived.forget(REPORT, deed(), address_too=address_too)
    assert (done.versions, done.looks) == (3, 3)
    taken, clean = lived.clean()
    assert (taken > 0, clean) == (True, True)
    needles = [secret, inner, *(mark[1600:1700] for mark in MARKS)]
    if address_too:
        needles += [b"t20250303_1"]
    # What the other page holds too stays there, and the column's own text, compressed.
    assert found_in(tmp_path, *needles) == {}
    assert lived.search(SECRET[:6]).hits == ()
    whole(lived)
    assert lived.verify().faults == []
    assert lived.raw(lived.snapshots(OTHER)[0].sha256)


def test_the_rest_can_still_be_proven_and_the_tombstone_says_what_went(lived: Store) -> None:
    report = lived.page_at(REPORT)
    assert report is not None
    hashes = [one.sha256 for one in lived.snapshots(REPORT)]
    done = lived.forget(REPORT, deed())
    lived.clean()
    assert done.columns == (COLUMN,)
    leaf = next(one for one in lived.leaves("tombstone") if one.number == done.leaf)
    said = json.loads(leaf.data)
    assert (said["deed"], said["why"], said["who"]) == ("forget", "personal data", "an editor")
    assert [one["sha256"] for one in said["gone"] if "version" in one] == hashes
    assert [one["look"] for one in said["gone"] if "look" in one] == ["1.2", "2.2", "3.2"]
    assert NAME not in leaf.data.decode()
    assert lived.verify().faults == []
    line = lived.line("2.2")
    assert line is not None
    assert line.url == REPORT
    versions = lived.snapshots(REPORT)
    assert [(one.reading, one.pruned) for one in versions] == [(None, done.leaf)] * 3
    assert [span.reason for span in lived.sightings(REPORT)] == ["forgotten"] * 3


def test_the_lines_of_its_looks_may_go_and_the_roots_still_follow(lived: Store) -> None:
    done = lived.forget(REPORT, deed(), address_too=True)
    lived.clean()
    assert lived.verify().faults == []
    assert lived.line("2.2") is None
    assert lived.line("2.1") is not None
    assert lived.proof_of("2.3").leaf.kind == "run"
    assert lived.page_at(REPORT) is None
    assert lived.forget(REPORT, deed()) == type(done)(done.leaf)


@pytest.mark.parametrize("address_too", [False, True])
def test_nobody_watches_it_again(lived: Store, address_too: bool) -> None:
    known = lived.page_at(REPORT)
    assert known is not None
    lived.forget(REPORT, deed(), address_too=address_too)
    watch(lived, page(REPORT))
    assert REPORT not in [one.url for one in lived.watchlist().pages]
    story = Story(lived)
    run = story.begin(LATER)
    assert known.id not in [task.page.id for task in lived.tasks(HOST, LATER, "all")]
    rows = [(NAME, REPORT, "2025-03-01"), (NAME + "二", f"https://{HOST}/new.html", None)]
    kept = story.look(run, COLUMN, listing(*rows), LATER)
    assert [task.page.url for task in kept.found] == [f"https://{HOST}/new.html"]
    late = Capture(run.id, known.id, answer(REPORT, b"again", LATER), Examination(Outcome.OK, "200", article("又来了")))
    assert lived.keep(late).verdict == "none"
    lived.close_run(run.id, RunState.SOUND, (), LATER)
    assert len(lived.runs()[0].tally) > 0
    lived.clean()
    whole(lived)
    assert lived.verify().faults == []


def test_that_it_stood_at_a_venue_is_known_so_that_nobody_is_accused_of_its_absence(lived: Store) -> None:
    def looked() -> tuple[datetime, ...]:
        return next(venue.forgotten for venue in lived.duty_ground("qinghe").venues if venue.page.url == COLUMN)

    assert looked() == ()
    lived.forget(REPORT, deed())
    assert looked() == (MONDAY,)


def test_findings_and_messages_say_no_more_of_it(lived: Store) -> None:
    report = lived.page_at(REPORT)
    assert report is not None
    look = lived.sightings(REPORT)[0]
    cites = (Evidence(look.first_look, look.first, REPORT, "ok", look.sha256, "present"),)
    named = (Reason("x", f"with 《{NAME}》 among them"),)
    where = {"site": HOST, "page": report.id, "url": REPORT}
    detail = {"differences": [{"before": SECRET, "after": None}]}
    about = Verdict("about", "silent_edit", "page", f"Edit: {NAME}", evidence=cites, detail=detail, **where)
    naming = Verdict("naming", "page_removed", "site", "3 pages", site=HOST, reasons=named)
    beside = Verdict("beside", "page_changed", "page", "Something else", site=HOST)
    lived.save_judgement(Judgement(verdicts=(about, naming, beside)), MONDAY)
    alerts = {alert.finding.verdict.key: alert.id for alert in lived.alerts_waiting()}

    def pack(*keys: str) -> int:
        new = NewMessage(f"<{'-'.join(keys)}@x>", "desk", "desk@example.org", "email", NAME, SECRET.encode())
        packed = lived.pack_message([alerts[key] for key in keys], new, MONDAY)
        assert packed is not None
        return packed.id

    waiting = pack("about", "beside")
    filed = pack("naming")
    lived.message_filed(filed, "mail/1.eml", MONDAY)
    done = lived.forget(REPORT, deed())
    by_key = {one.verdict.key: one.verdict for one in lived.findings()}
    assert (len(done.findings), len(done.naming), done.emptied, done.withdrawn, done.filed) == (1, 1, 1, 1, ("mail/1.eml",))
    assert NAME not in by_key["about"].title
    assert (by_key["about"].machine, by_key["about"].detail) == ("resolved", {})
    assert by_key["about"].reasons == (Reason("forgotten", "the page was forgotten: personal data"),)
    assert by_key["about"].evidence == cites
    assert by_key["naming"].reasons == (Reason("x", "with 《(forgotten)》 among them"),)
    assert [alert.finding.verdict.key for alert in lived.alerts_waiting()] == ["beside"]
    assert [(one.id, one.state, one.content, one.subject) for one in lived.messages()] == [
        (waiting, "withdrawn", b"", "(forgotten)"), (filed, "filed", b"", "(forgotten)"),
    ]  # fmt: skip
    assert lived.claim_messages(LATER, "me", DAY) == []
    assert lived.verify().faults == []


def test_while_a_crawl_looks_at_it_it_has_to_wait(lived: Store) -> None:
    story = Story(lived)
    run = story.begin(LATER)
    story.look(run, REPORT, article("新的一版"), LATER)
    with pytest.raises(StoreError, match="is not over"):
        lived.forget(REPORT, deed())
    with pytest.raises(Missing):
        lived.forget("https://www.nowhere.example/", deed())


def test_an_address_is_forgotten_also_where_two_runs_overlapped(store: Store) -> None:
    watch(store, page(REPORT))
    story = Story(store)
    older, newer = story.begin(MONDAY), story.begin(MONDAY)
    story.look(newer, REPORT, article("一"), MONDAY)
    story.look(older, REPORT, article("一"), MONDAY + HOUR)
    for run in (older, newer):
        store.close_run(run.id, RunState.SOUND, (), MONDAY + HOUR)
    store.forget(REPORT, deed(), address_too=True)
    store.clean()
    assert [store.line(look) for look in (f"{older.id}.1", f"{newer.id}.1")] == [None, None]
    assert store.verify().faults == []
