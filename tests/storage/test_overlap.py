"""Two runs of one site, two judgings, an import and a crawl: what overlaps sets nothing back, and no one waits for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from scenes import COLUMN, DAY, HOME, HOST, HOUR, MONDAY, Story, answer, article, listing, page, watch
from sqlalchemy import event, select, update

from storage.engine import reading, writing
from storage.errors import Overtaken, Unread
from storage.records import (
    Capture,
    Examination,
    Judgement,
    NewMessage,
    NewPage,
    Outcome,
    Role,
    RunState,
    Site,
    Subscriber,
    Verdict,
    Watchlist,
)
from storage.records.findings import ENDLESS
from storage.store import Store
from storage.tables import ENTRY, PAGE, SNAPSHOT

NOTICE = f"https://{HOST}/tzgg/t20250303_2.html"
OTHER = f"https://{HOST}/tzgg/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def story(store: Store) -> Story:
    watch(store, page(COLUMN, Role.COLUMN), page(NOTICE))
    return Story(store)


def row(number: int) -> tuple[str, str, str]:
    """A row of a column."""
    return f"第{number}号通知", f"https://{HOST}/nianbao/{number}.html", "2025-03-01"


def current(store: Store, url: str) -> str:
    """The text that a page is held to say now."""
    with reading(store.engine) as connection:
        asked = select(PAGE.c.current).where(PAGE.c.key == url.removeprefix("https://"))
        number = connection.execute(asked).scalar()
    return "".join(one.reading.body[0] for one in store.snapshots(url) if one.id == number and one.reading)


# --- two runs of one site ---------------------------------------------------------------------------------------------------


def two_runs(story: Story, *, older_says: str = "二", newer_says: str = "三") -> None:
    """The run that began and looked first is closed last."""
    story.run(MONDAY, (NOTICE, article("一")), (COLUMN, listing(row(1))))
    older, newer = story.begin(MONDAY + DAY), story.begin(MONDAY + DAY)
    for run, says, rows, at in (
        (older, older_says, (row(2), row(1)), MONDAY + DAY + MINUTE),
        (newer, newer_says, (row(3), row(1)), MONDAY + DAY + HOUR),
    ):
        story.look(run, HOME, article("欢迎"), at)
        story.look(run, NOTICE, article(says), at)
        story.look(run, COLUMN, listing(*rows), at)
    story.store.close_run(newer.id, RunState.SOUND, (), MONDAY + DAY + HOUR)
    story.store.close_run(older.id, RunState.SOUND, (), MONDAY + DAY + 2 * HOUR)


def test_an_older_run_that_closes_last_does_not_set_a_page_back(story: Story) -> None:
    two_runs(story)
    assert current(story.store, NOTICE) == "三"
    story.run(MONDAY + 2 * DAY, (NOTICE, article("四")))
    *_, change = [one for one in story.store.changes(NOTICE) if one.seen == MONDAY + 2 * DAY]
    assert change.before.reading
    assert change.before.reading.body == ("三",)
    assert change.before_seen == MONDAY + DAY + HOUR


def test_an_older_run_that_closes_last_leaves_the_rows_of_a_column_as_they_are_now(story: Story) -> None:
    two_runs(story)
    with reading(story.store.engine) as connection:
        rows = {one.title: one for one in connection.execute(select(ENTRY))}
    assert {title for title, one in rows.items() if one.listed} == {"第1号通知", "第3号通知"}
    assert rows["第2号通知"].first_seen == MONDAY + DAY + MINUTE, "seen soundly all the same"
    for one in rows.values():
        assert one.absent_at is None or one.absent_at < one.first_seen
    first = {one.title: one.first_seen for one in story.store.duty_ground("qinghe").candidates}
    assert first["第3号通知"] == MONDAY + DAY + HOUR
    assert all(one.absent_by in (None, ENDLESS) or one.absent_by < one.first_seen for one in _listed(story.store))


def _listed(store: Store) -> tuple[Any, ...]:
    return store.duty_ground("qinghe").candidates


def test_what_the_older_run_saw_is_soundly_seen_too(story: Story) -> None:
    two_runs(story)
    assert [(span.snapshot, span.sound_count) for span in story.store.sightings(NOTICE)] == [(1, 1), (2, 1), (3, 1)]


def test_a_look_that_is_kept_late_begins_no_return(story: Story) -> None:
    """Two crawls fetched one after the other, and the archive got the later answer first."""
    story.run(MONDAY, (NOTICE, article("一")))
    slow, fast = story.begin(MONDAY + DAY), story.begin(MONDAY + DAY)
    story.look(fast, NOTICE, article("二"), MONDAY + DAY + HOUR)
    story.look(slow, NOTICE, article("一"), MONDAY + DAY + MINUTE)
    for run in (fast, slow):
        story.store.close_run(run.id, RunState.SOUND, (), MONDAY + DAY + 2 * HOUR)
    (change,) = story.store.changes(NOTICE)
    assert (change.returned, change.after.number) == (False, 2)
    assert [(span.snapshot, span.last) for span in story.store.sightings(NOTICE)] == [
        (1, MONDAY),
        (1, MONDAY + DAY + MINUTE),
        (2, MONDAY + DAY + HOUR),
    ]
    assert current(story.store, NOTICE) == "二"
    assert story.run(MONDAY + 2 * DAY, (NOTICE, article("二"))).tally["returned"] == 0


def test_a_version_that_only_a_late_look_saw_is_told_as_a_change_too(story: Story) -> None:
    story.run(MONDAY, (NOTICE, article("一")))
    slow, fast = story.begin(MONDAY + DAY), story.begin(MONDAY + DAY)
    story.look(fast, NOTICE, article("三"), MONDAY + DAY + HOUR)
    story.look(slow, NOTICE, article("二"), MONDAY + DAY + MINUTE)
    for run in (fast, slow):
        story.store.close_run(run.id, RunState.SOUND, (), MONDAY + DAY + 2 * HOUR)
    for change in story.store.changes_to_compare():
        story.store.fill_change(change.id, (), False, MONDAY + 2 * DAY)
    told = [one.after.reading.body for one in story.store.changes_to_judge() if one.after.reading]
    assert sorted(told) == [("三",), ("二",)]


def test_a_late_look_never_sets_the_end_of_a_span_back(story: Story) -> None:
    slow, fast = story.begin(MONDAY), story.begin(MONDAY)
    story.look(fast, NOTICE, Outcome.GONE, MONDAY + HOUR)
    story.look(slow, NOTICE, Outcome.GONE, MONDAY + MINUTE)
    assert max(span.last for span in story.store.sightings(NOTICE)) == MONDAY + HOUR
    assert sum(span.count for span in story.store.sightings(NOTICE)) == 2
    with reading(story.store.engine) as connection:
        asked = select(PAGE.c.next_look).where(PAGE.c.key == NOTICE.removeprefix("https://"))
        assert connection.execute(asked).scalar() == MONDAY + HOUR + 7 * DAY


def test_not_modified_since_another_version_is_not_said_of_this_one(story: Story) -> None:
    """The crawl asked with the tag of version 1; another crawl has kept version 2 meanwhile."""
    known = (("ETag", "one"), ("ETag", "two"))
    run = story.begin(MONDAY)
    number = story.store.page_at(NOTICE)
    assert number
    for at, (text, (name, tag)) in enumerate(zip("一二", known, strict=True)):
        said = answer(NOTICE, text.encode(), MONDAY + at * MINUTE, headers=((name.encode(), tag.encode()),))
        story.store.keep(Capture(run.id, number.id, said, Examination(Outcome.OK, "200", article(text))))
    asked = answer(NOTICE, b"", MONDAY + HOUR, 304, request_headers=((b"If-None-Match", b"one"),))
    kept = story.store.keep(Capture(run.id, number.id, asked, Examination(Outcome.NOT_MODIFIED, "304")))
    assert kept.snapshot is None
    assert [(span.snapshot, span.outcome) for span in story.store.sightings(NOTICE)][-1] == (None, Outcome.NOT_MODIFIED)
    asked = answer(NOTICE, b"", MONDAY + 2 * HOUR, 304, request_headers=((b"if-none-match", b"two"),))
    kept = story.store.keep(Capture(run.id, number.id, asked, Examination(Outcome.NOT_MODIFIED, "304")))
    assert kept.snapshot == 2


def test_bytes_that_are_no_longer_the_last_ones_have_to_be_read_after_all(story: Story) -> None:
    first, second = story.begin(MONDAY), story.begin(MONDAY)
    number = story.store.page_at(NOTICE)
    assert number
    story.look(first, NOTICE, article("一"), MONDAY, b"1")
    story.look(first, NOTICE, article("二"), MONDAY + MINUTE, b"2")
    again = answer(NOTICE, b"1", MONDAY + HOUR)
    with pytest.raises(Unread):
        story.store.keep(Capture(second.id, number.id, again, Examination(Outcome.OK, "same bytes as before")))
    kept = story.store.keep(Capture(second.id, number.id, again, Examination(Outcome.OK, "200", article("一"))))
    assert (kept.verdict, kept.snapshot) == ("returned", 1)


# --- damage -----------------------------------------------------------------------------------------------------------------


def test_a_column_back_at_a_damaged_version_breaks_no_run_and_proves_no_absence(story: Story) -> None:
    story.run(MONDAY, (COLUMN, listing(row(1))))
    story.run(MONDAY + DAY, (COLUMN, listing(row(2), row(1))))
    run = story.begin(MONDAY + 2 * DAY)
    story.look(run, COLUMN, listing(row(1)), MONDAY + 2 * DAY)
    with writing(story.store.engine) as connection:
        connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.number == 1).values(reading="ab" * 32))
    assert story.store.close_run(run.id, RunState.SOUND, (), MONDAY + 2 * DAY).state is RunState.SOUND
    assert story.run(MONDAY + 3 * DAY, (COLUMN, listing(row(3), row(1)))).state is RunState.SOUND
    (third,) = [one for one in _listed(story.store) if one.title == "第3号通知"]
    assert (third.first_seen, third.absent_by) == (MONDAY + 3 * DAY, None)


def test_a_column_whose_damaged_version_is_read_again_is_mended(story: Story) -> None:
    story.run(MONDAY, (COLUMN, listing(row(1))))
    story.run(MONDAY + DAY, (COLUMN, listing(row(2), row(1))))
    with writing(story.store.engine) as connection:
        connection.execute(update(SNAPSHOT).where(SNAPSHOT.c.number == 1).values(reading="ab" * 32))
    story.run(MONDAY + 2 * DAY, (COLUMN, listing(row(1))))
    assert [one.reading is not None for one in story.store.snapshots(COLUMN)] == [True, True]


# --- two judgings -----------------------------------------------------------------------------------------------------------

GONE = Verdict("page_removed:page:1", "page_removed", "page", "gone")


def test_a_judgement_that_a_newer_one_has_overtaken_keeps_nothing(story: Story) -> None:
    story.run(MONDAY, (NOTICE, article("一")))
    stale = next(one for one in story.store.histories_to_judge() if one.page.url == NOTICE)
    story.run(MONDAY + DAY, (NOTICE, article("二")))
    newer = next(one for one in story.store.histories_to_judge() if one.page.url == NOTICE)
    story.store.save_judgement(Judgement(pages=((newer.page.id, newer.mark),)), MONDAY + 2 * DAY)
    with pytest.raises(Overtaken) as late:
        story.store.save_judgement(Judgement((GONE,), pages=((stale.page.id, stale.mark),)), MONDAY + 2 * DAY)
    assert late.value.pages == {stale.page.id}
    assert story.store.findings() == []


# --- writers that wait for each other (SQLite has one writer at a time, and none of this) -------------------------------------


def together(*deeds: Callable[[], object]) -> None:
    """Do all at once; raise what any of them raised."""
    with ThreadPoolExecutor(len(deeds)) as threads:
        for done in [threads.submit(deed) for deed in deeds]:
            done.result(60)


@pytest.mark.parametrize("engine", ["postgresql"])
def test_two_columns_that_bring_the_same_pages_in_opposite_order_both_keep_their_reading(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(HOST, follow=True)
    store.add_watchlist(Watchlist(sites=(site,), pages=(page(COLUMN, Role.COLUMN), page(OTHER, Role.COLUMN))), MONDAY)
    story, rows, met = Story(store), [row(1), row(2)], threading.Barrier(2)
    put, first = _put_page(), threading.local()

    def meeting(*told: Any) -> Any:
        """Each writer has put in its first page before either puts in its second."""
        number = put(*told)
        if not getattr(first, "met", False):
            first.met = True
            met.wait(30)
        return number

    monkeypatch.setattr("storage.shelves.entries.put_page", meeting)
    runs = story.begin(MONDAY), story.begin(MONDAY)
    together(
        lambda: story.look(runs[0], COLUMN, listing(*rows), MONDAY),
        lambda: story.look(runs[1], OTHER, listing(*reversed(rows)), MONDAY),
    )
    assert [span.outcome for url in (COLUMN, OTHER) for span in store.sightings(url)] == [Outcome.OK] * 2
    assert [len(one.reading.entries) for url in (COLUMN, OTHER) for one in store.snapshots(url) if one.reading] == [2, 2]
    assert len(store.pages(HOST)) == 5


def _put_page() -> Any:
    from storage.shelves.entries import put_page

    return put_page


@pytest.mark.parametrize("engine", ["postgresql"])
def test_an_import_and_the_end_of_a_run_do_not_wait_for_each_other_for_ever(story: Story) -> None:
    """The import has the site and wants its pages; the run's end has the pages and wants the site."""
    run = story.begin(MONDAY)
    story.look(run, HOME, article("欢迎"), MONDAY)
    story.look(run, NOTICE, article("一"), MONDAY)
    has_site, has_pages = threading.Event(), threading.Event()

    def before(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO page") and not has_site.is_set():
            has_site.set()
            has_pages.wait(5)
        if statement.startswith("UPDATE site"):
            has_pages.set()
            has_site.wait(1)  # an import that takes the pages first waits for us, and has not got here

    event.listen(story.store.engine, "before_cursor_execute", before)
    pages = (NewPage(NOTICE, Role.ARTICLE, title="一则通知", named=True),)
    together(
        lambda: story.store.add_watchlist(Watchlist(sites=(Site(HOST, "新名"),), pages=pages), MONDAY),
        lambda: story.store.close_run(run.id, RunState.SOUND, (), MONDAY),
    )
    assert story.store.runs(HOST)[0].state is RunState.SOUND
    found = story.store.site(HOST)
    assert found
    assert found.name == "新名"


@pytest.mark.parametrize("engine", ["postgresql"])
def test_who_is_told_of_a_finding_while_it_is_resolved_is_told_that_too(store: Store) -> None:
    """A judge asks whether the subscriber was told, while a deliverer packs the mail that tells it."""
    watch(store, page(NOTICE), subscribers=[Subscriber("anna", "anna@watch.example")])
    store.save_judgement(Judgement((GONE,)), MONDAY)
    (alert,) = store.alerts_waiting()
    packing, resolved = threading.Event(), threading.Event()

    def before(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO message"):
            packing.set()
            resolved.wait(1)  # a judge that has to wait for us does not get so far

    def resolve() -> None:
        packing.wait(10)
        store.save_judgement(Judgement(resolved_keys=(GONE.key,)), MONDAY + DAY)
        resolved.set()

    event.listen(store.engine, "before_cursor_execute", before)
    mail = NewMessage("<1@test>", "anna", "anna@watch.example", "email", "gone", b"gone")
    together(lambda: store.pack_message([alert.id], mail, MONDAY), resolve)
    assert [one.turn for one in store.alerts_waiting()] == ["resolved"]
