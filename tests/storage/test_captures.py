"""The archive keeps every version and every span, and tells a return as a return."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from scenes import COLUMN, DAY, HOME, HOST, HOUR, MONDAY, REPORT, Story, article, listing, page, watch
from sqlalchemy import select

from storage.engine import reading
from storage.errors import StoreError
from storage.records import Difference, NewPage, Outcome, Role, RunState, SiteMarks, Watchlist
from storage.rows import pack_differences, pack_reading, unpack_differences, unpack_reading
from storage.store import Store
from storage.tables import CHANGE


@pytest.fixture
def story(store: Store) -> Story:
    watch(store, page(REPORT), page(COLUMN, Role.COLUMN))
    return Story(store)


def test_a_year_of_hourly_looks_at_a_still_page_costs_one_row(story: Story) -> None:
    run = story.begin(MONDAY)
    for hour in range(0, 365 * 24, 24):  # one look in twenty-four is enough: the interval planned is longer
        story.look(run, REPORT, article("不变"), MONDAY + hour * HOUR)
    spans = story.store.sightings(REPORT)
    assert len(spans) == 1
    assert spans[0].count == 365
    assert spans[0].last - spans[0].first == timedelta(days=364)


def test_a_month_without_a_look_does_not_read_as_continuous(story: Story) -> None:
    story.run(MONDAY, (REPORT, article("不变")))
    story.run(MONDAY + 30 * DAY, (REPORT, article("不变")))
    first, second = story.store.sightings(REPORT)
    assert (first.snapshot, second.snapshot) == (1, 1)
    assert second.first - first.last == timedelta(days=30)


def test_a_look_not_modified_lengthens_the_span_of_the_version(story: Story) -> None:
    story.run(MONDAY, (REPORT, article("甲")))
    story.run(MONDAY + DAY, (REPORT, Outcome.NOT_MODIFIED))
    (span,) = story.store.sightings(REPORT)
    assert (span.count, span.snapshot, span.outcome) == (2, 1, Outcome.OK)


def test_other_bytes_with_the_same_reading_are_no_new_version(story: Story) -> None:
    run = story.begin(MONDAY)
    story.look(run, REPORT, article("甲"), MONDAY, b"<p>1</p>")
    kept = story.look(run, REPORT, article("甲"), MONDAY + HOUR, b"<p>2</p>")
    assert kept.verdict == "same"
    assert len(story.store.snapshots(REPORT)) == 1


def test_a_to_b_to_a_is_told_as_two_changes_and_the_second_is_a_return(story: Story) -> None:
    for day, text in enumerate(["甲", "乙", "甲"]):
        story.run(MONDAY + day * DAY, (REPORT, article(text)))
    changes = story.store.changes(REPORT)
    assert [(c.before.number, c.after.number, c.returned) for c in changes] == [(1, 2, False), (2, 1, True)]
    assert [span.snapshot for span in story.store.sightings(REPORT)] == [1, 2, 1]


def test_the_bytes_of_every_version_come_back_as_received(story: Story) -> None:
    run = story.begin(MONDAY)
    story.look(run, REPORT, article("甲"), MONDAY, "甲".encode("gbk"))
    (snapshot,) = story.store.snapshots(REPORT)
    assert story.store.raw(snapshot.sha256) == "甲".encode("gbk")


def test_a_column_brings_pages_once_and_only_of_its_own_site(story: Story) -> None:
    run = story.begin(MONDAY)
    rows = listing(
        ("年报", REPORT, "2025-03-01"), ("通知", f"http://{HOST}/a.html", "2025-03-02"), ("新闻", "https://news.example/1", "")
    )
    kept = story.look(run, COLUMN, rows, MONDAY)
    assert [task.page.url for task in kept.found] == [f"http://{HOST}/a.html"]
    assert story.look(run, COLUMN, rows, MONDAY + HOUR, b"other bytes").found == ()


def test_a_sound_run_lists_entries_and_says_when_a_row_was_not_there_yet(story: Story) -> None:
    story.run(MONDAY, (COLUMN, listing(("旧", f"{COLUMN}1.html", "2024-03-01"))))
    story.run(MONDAY + DAY, (COLUMN, listing(("新", REPORT, "2025-03-04"), ("旧", f"{COLUMN}1.html", "2024-03-01"))))
    ground = story.store.duty_ground("qinghe")
    new = next(candidate for candidate in ground.candidates if candidate.url == REPORT)
    assert new.first_seen == MONDAY + DAY
    assert new.shown == "2025-03-04"
    (venue,) = [venue for venue in ground.venues if venue.page.url == COLUMN]
    assert venue.sightings[0].sound_last == MONDAY


def test_what_proves_a_first_sight_is_the_look_at_the_column_that_listed_it(story: Story) -> None:
    story.run(MONDAY, (COLUMN, listing(("旧", f"{COLUMN}1.html", "2024-03-01"))))
    rows = listing(("新", f"{COLUMN}2.html", "2025-03-04"), ("旧", f"{COLUMN}1.html", "2024-03-01"))
    run = story.run(MONDAY + DAY, (COLUMN, rows))
    new = next(one for one in story.store.duty_ground("qinghe").candidates if one.url.endswith("2.html"))
    assert (new.first_look, new.first_url) == (f"{run.id}.2", COLUMN)
    assert new.sha256 == hashlib.sha256(rows.identity.encode()).hexdigest()


def test_a_column_covers_what_its_deepest_walked_page_reaches(story: Story) -> None:
    def covered() -> date:
        return next(venue.covers_from for venue in story.store.duty_ground("qinghe").venues)

    rows = [("新", REPORT, "2025-03-04"), ("旧", f"{COLUMN}1.html", "2024-05-01")]
    goes_on = replace(listing(*rows), next=f"{COLUMN}index_1.html")
    assert covered() == date.max
    story.run(MONDAY, (COLUMN, goes_on))
    assert covered() == date(2024, 5, 1)
    column = story.store.page_at(COLUMN)
    assert column is not None
    further = NewPage(f"{COLUMN}index_1.html", Role.COLUMN, part_of=column.id)
    story.store.add_watchlist(Watchlist(pages=(further,)), MONDAY)
    story.run(MONDAY + DAY, (COLUMN, goes_on), (further.url, listing(("更旧", f"{COLUMN}2.html", "2020-01-01"))))
    assert covered() == date.min


def test_the_sound_looks_of_a_span_can_each_be_named(story: Story) -> None:
    runs = [story.run(MONDAY + day * DAY, (REPORT, article("甲"))) for day in range(3)]
    (span,) = story.store.sightings(REPORT)
    assert [(time, name) for time, name, _ in span.proven] == [
        (MONDAY + day * DAY, f"{run.id}.2") for day, run in enumerate(runs)
    ]


def test_a_change_names_the_bytes_of_the_looks_between_which_it_happened(story: Story) -> None:
    for day, (text, body) in enumerate([("甲", b"1"), ("甲", b"2"), ("乙", b"3")]):
        run = story.begin(MONDAY + day * DAY)
        story.look(run, REPORT, article(text), MONDAY + day * DAY, body)
        story.store.close_run(run.id, RunState.SOUND, (), MONDAY + day * DAY)
    (change,) = story.store.changes(REPORT)
    assert (change.before_sha256, change.after_sha256) == tuple(hashlib.sha256(body).hexdigest() for body in (b"2", b"3"))
    assert change.before_look == "2.1"


def test_what_differs_is_kept_in_few_bytes_and_told_as_it_was_found(story: Story) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(3000))
    found = [Difference("wording", text, text[:-1] + "😀", 7, (("=", text[:-1]), ("-", text[-1]), ("+", "😀")))]
    for day, words in enumerate("甲乙丙"):
        story.run(MONDAY + day * DAY, (REPORT, article(words)))
    store = story.store
    first, second = store.changes_to_compare()
    assert (first.differences, second.differences) == (None, None)
    store.fill_change(first.id, found, False, MONDAY + DAY)
    store.fill_change(second.id, (), False, MONDAY + DAY)
    assert [change.differences for change in store.changes(REPORT)] == [tuple(found), ()]
    with reading(store.engine) as connection:
        kept = connection.execute(select(CHANGE.c.differences).order_by(CHANGE.c.id)).scalars().all()
    assert (len(kept[0]) < len(text.encode()), kept[1]) == (True, None)


def test_differences_that_are_damaged_are_not_taken_for_none() -> None:
    packed = pack_differences([Difference("figure", "15", "29", 0, (("-", "15"), ("+", "29")))])
    assert packed is not None
    for wrong in (b"", packed[:-1], packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:]):
        with pytest.raises(StoreError, match="damaged"):
            unpack_differences(wrong)


def test_a_suspect_run_keeps_captures_but_its_changes_wait(story: Story) -> None:
    story.run(MONDAY, (REPORT, article("甲")))
    story.run(MONDAY + DAY, (REPORT, article("乙")), state=RunState.SUSPECT)
    store = story.store
    (change,) = store.changes_to_compare()
    store.fill_change(change.id, (), False, MONDAY + DAY)
    assert store.changes_to_judge() == []
    story.run(MONDAY + 2 * DAY, (REPORT, article("乙")))
    assert [c.id for c in store.changes_to_judge()] == [change.id]


def test_a_version_that_only_a_suspect_run_saw_gives_way_to_the_next_one(story: Story) -> None:
    story.run(MONDAY, (REPORT, article("甲")))
    story.run(MONDAY + DAY, (REPORT, article("挑战页")), state=RunState.SUSPECT)
    story.run(MONDAY + 2 * DAY, (REPORT, article("丙")))
    (change,) = story.store.changes_to_compare()
    assert (change.before.number, change.after.number) == (1, 3)


def test_the_first_three_sound_runs_are_the_baseline(story: Story) -> None:
    for day in range(5):
        story.run(MONDAY + day * DAY, (REPORT, article(f"第{day}版")))
    assert [change.baseline for change in story.store.changes(REPORT)] == [True, True, False, False]


def test_nothing_of_an_open_run_is_judged(story: Story) -> None:
    run = story.begin(MONDAY)
    story.look(run, REPORT, article("甲"), MONDAY)
    assert story.store.histories_to_judge() == []
    assert story.store.runs_to_judge() == []


def test_a_closed_run_takes_no_more_captures(story: Story) -> None:
    run = story.run(MONDAY)
    with pytest.raises(StoreError, match="not open"):
        story.look(run, REPORT, article("甲"), MONDAY)


def test_a_run_left_by_a_dead_process_is_abandoned_at_the_next(story: Story) -> None:
    left = story.begin(MONDAY)
    story.look(left, REPORT, article("甲"), MONDAY)
    story.begin(MONDAY + 2 * HOUR)
    states = {run.id: run.state for run in story.store.runs()}
    assert states[left.id] is RunState.ABANDONED


def test_a_page_that_answers_again_after_an_absence_keeps_its_version(story: Story) -> None:
    for day, brought in enumerate([article("甲"), Outcome.GONE, Outcome.GONE, article("甲")]):
        story.run(MONDAY + day * DAY, (REPORT, brought))
    spans = story.store.sightings(REPORT)
    assert [(span.outcome, span.count) for span in spans] == [(Outcome.OK, 1), (Outcome.GONE, 2), (Outcome.OK, 1)]
    assert spans[1].sound_prior == MONDAY + DAY
    assert story.store.changes(REPORT) == []


def test_a_page_given_by_address_alone_gets_its_role_at_the_first_ok_look(store: Store) -> None:
    watch(store, page(REPORT, None))  # type: ignore[arg-type]
    Story(store).run(MONDAY, (REPORT, article("甲")))
    found = store.page_at(REPORT)
    assert found is not None
    assert found.role is Role.ARTICLE


def test_text_that_no_database_can_hold_is_kept_without_it(story: Story) -> None:
    run = story.begin(MONDAY)
    story.look(run, REPORT, article("甲", title="标\0题\ud800"), MONDAY)
    found = story.store.page_at(REPORT)
    assert found is not None
    assert found.title == "标题?"


def test_tasks_put_the_home_page_first_then_columns(story: Story) -> None:
    assert [task.page.url for task in story.store.tasks(HOST, MONDAY, "all")] == [HOME, COLUMN, REPORT]
    story.run(MONDAY, (COLUMN, listing(("年报", REPORT, "2025-03-01"))), (REPORT, article("甲")))
    assert [task.page.url for task in story.store.tasks(HOST, MONDAY + DAY, "due")] == [HOME, COLUMN]
    assert story.store.sites_to_crawl(MONDAY + HOUR, "due") == []
    assert story.store.sites_to_crawl(MONDAY + DAY, "due") == [HOST]


def test_a_reading_that_an_older_version_packed_is_still_unpacked() -> None:
    reading = replace(article("正文"), site=SiteMarks(name="青禾县人民政府网站", printed="www.qinghe.example"))
    old = asdict(reading)
    del old["site"]["printed"]
    packed = json.dumps(old).encode()
    assert unpack_reading(packed) == replace(reading, site=SiteMarks(name="青禾县人民政府网站"))
    assert unpack_reading(pack_reading(reading)) == reading
