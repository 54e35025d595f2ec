"""Rows taken out of a list: when the rest of it proves that, and the many other reasons for which a row may be missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rows import missing_rows, rows_taken_out
from storage.records import Entry, Outcome, Page, PageHistory, Reading, Role, Sighting, Snapshot

HOST = "www.qinghe.example"
COLUMN = f"https://{HOST}/tzgg/"
NEWEST = date(2025, 3, 31)
START = datetime(2025, 4, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def row(number: int, day: date | None = None, title: str = "") -> Entry:
    shown = day or NEWEST - timedelta(days=number)
    return Entry(title or f"第{number}号", f"{COLUMN}{number}.html", shown.isoformat())


def listing(*numbers: int, more: bool = True, rows: tuple[Entry, ...] = ()) -> Reading:
    entries = rows or tuple(row(number) for number in numbers)
    return Reading(kind="listing", entries=entries, next=f"{COLUMN}2.html" if more else None, reader="1")


def missed(old: Reading, new: Reading) -> list[str]:
    return [entry.title for entry in missing_rows(old, new)]


def test_a_row_between_two_that_still_stand_in_order_was_taken_out() -> None:
    assert missed(listing(0, 1, 2, 3), listing(0, 1, 3)) == ["第2号"]
    assert missed(listing(0, 1, 2, 3), listing(9, 0, 1, 3)) == ["第2号"]


def test_two_neighbours_taken_out_together_are_both_missed() -> None:
    assert missed(listing(0, 1, 2, 3, 4), listing(0, 3, 4)) == ["第1号", "第2号"]


@pytest.mark.parametrize("after", [(0, 1, 2), (9, 0, 1, 2), (3, 0, 1, 2), (3, 1, 0)])
def test_a_row_without_both_neighbours_in_order_is_not_missed(after: tuple[int, ...]) -> None:
    assert missed(listing(0, 1, 2, 3), listing(*after)) == []


def test_the_first_row_of_a_list_that_goes_on_may_have_been_put_further_down() -> None:
    assert missed(listing(0, 1, 2, 3), listing(1, 2, 3)) == []


def test_a_pinned_row_goes_back_to_its_place_further_down() -> None:
    pinned = (row(0), row(50, date(2020, 1, 1)), row(1), row(2))
    assert missed(listing(rows=pinned), listing(0, 1, 2)) == []


def test_a_list_that_names_no_further_page_proves_its_first_and_its_middle_rows() -> None:
    whole = listing(0, 1, 2, 3, more=False)
    assert missed(whole, listing(1, 2, 3, more=False)) == ["第0号"]
    assert missed(whole, listing(0, 1, 3, more=False)) == ["第2号"]


def test_the_end_of_a_list_may_have_gone_into_an_archive_or_onto_a_page_that_only_a_script_knows() -> None:
    assert missed(listing(0, 1, 2, 3, more=False), listing(0, 1, 2, more=False)) == []
    assert missed(listing(*range(30), more=False), listing(*range(20), more=False)) == []
    pinned = listing(rows=(row(50, date(2020, 1, 1)), row(0), row(1), row(2)), more=False)
    assert missed(pinned, listing(0, 1, 2, more=False)) == []


def test_the_last_row_of_a_list_of_the_latest_few_rolls_off() -> None:
    assert missed(listing(0, 1, 2, 3, more=False), listing(9, 0, 1, 2, more=False)) == []


def test_a_list_of_which_most_rows_are_gone_is_another_list() -> None:
    assert missed(listing(0, 1, 2, 3, more=False), listing(8, 9, 3, more=False)) == []


@given(
    st.lists(st.integers(0, 30), unique=True, max_size=20), st.lists(st.integers(0, 30), unique=True, max_size=20), st.booleans()
)
def test_only_rows_that_are_not_there_are_ever_missed(old: list[int], new: list[int], more: bool) -> None:
    found = missing_rows(listing(*old, more=more), listing(*new, more=more))
    there = {f"{COLUMN}{number}.html" for number in new}
    assert not [entry for entry in found if entry.url in there]
    assert len(found) * 2 <= len(old)


@given(st.lists(st.integers(0, 30), unique=True, min_size=1, max_size=20), st.integers(1, 5))
def test_a_list_that_only_rolls_on_misses_nothing(rows: list[int], new: int) -> None:
    rolled = [*range(100, 100 + new), *rows][: len(rows)]
    assert missing_rows(listing(*rows), listing(*rolled)) == ()
    assert missing_rows(listing(*rows, more=False), listing(*rolled, more=False)) == ()


# --- over the looks of a column


def history(*looks: tuple[Reading, int]) -> PageHistory:
    """A column that showed each of these lists for so many daily looks."""
    spans, versions, day = [], [], 0
    for number, (reading, count) in enumerate(looks, 1):
        first, last = START + day * DAY, START + (day + count - 1) * DAY
        spans.append(
            Sighting(
                number, 7, Outcome.OK, "ok", number, "a" * 64, COLUMN, first, last, count, "1.1", "1.2", first, last, None, count
            )
        )
        versions.append(Snapshot(number, 7, number, "a" * 64, reading, first, COLUMN))
        day += count
    page = Page(7, HOST, COLUMN, Role.COLUMN, "通知公告")
    return PageHistory(page, tuple(spans), versions[-1], None, None, False, "qinghe", (HOST,), versions=tuple(versions))


def test_it_is_said_between_which_looks_and_for_how_long_rows_have_been_missed() -> None:
    (taken,) = rows_taken_out(history((listing(0, 1, 2, 3), 5), (listing(0, 1, 3), 2), (listing(9, 0, 1, 3), 3)))
    assert [entry.title for entry in taken.rows] == ["第2号"]
    assert (taken.stretch.looks, taken.stretch.since, taken.stretch.until) == (5, START + 5 * DAY, START + 9 * DAY)
    assert taken.with_.last == START + 4 * DAY


def test_a_row_that_came_back_or_stands_under_another_address_is_not_missed() -> None:
    assert rows_taken_out(history((listing(0, 1, 2, 3), 5), (listing(0, 1, 3), 1), (listing(0, 1, 2, 3), 1))) == ()
    moved = listing(rows=(row(0), row(1), Entry("第2号", f"{COLUMN}new.html", "2025-03-29"), row(3)))
    assert rows_taken_out(history((listing(0, 1, 2, 3), 5), (moved, 1))) == ()


def test_a_column_that_changes_at_every_look_is_known_well_by_its_older_looks_too() -> None:
    known = history(*((listing(number, 1, 2, 3), 1) for number in range(30, 20, -1)), (listing(21, 1, 3), 3))
    assert [len(one.rows) for one in rows_taken_out(replace(known, versions=known.versions[-3:]))] == [1]


def test_rows_of_a_column_hardly_known_are_not_missed_nor_what_another_reader_saw() -> None:
    assert rows_taken_out(history((listing(0, 1, 2, 3), 2), (listing(0, 1, 3), 5))) == ()
    other = Reading(kind="listing", entries=(row(0), row(1), row(3)), next=f"{COLUMN}2.html", reader="2")
    assert rows_taken_out(history((listing(0, 1, 2, 3), 5), (other, 5))) == ()
