"""How often a page is looked at follows its age, its changes and the due days near."""

from __future__ import annotations

from datetime import date, timedelta

from scenes import COLUMN, DAY, HOME, HOST, MONDAY, REPORT, Story, article, page, watch

from monitor.plan import plan
from storage.records import Outcome, Role, Site, Watchlist
from storage.store import Store


def test_an_article_is_looked_at_daily_in_its_first_week_and_around_due_days_else_weekly(store: Store) -> None:
    watch(store, page(REPORT), page(COLUMN, Role.COLUMN))
    assert plan(store, {}, MONDAY) == 1
    assert intervals(store)[REPORT] == DAY
    later = MONDAY + 30 * DAY
    plan(store, {}, later)
    assert intervals(store) == {REPORT: 7 * DAY, COLUMN: DAY, f"https://{HOST}/": DAY}
    plan(store, {"qinghe": [date(2025, 4, 4)]}, later)
    assert intervals(store)[COLUMN] == DAY / 2
    assert plan(store, {"qinghe": [date(2025, 4, 4)]}, later) == 0


def test_a_shorter_interval_brings_the_next_look_forward(store: Store) -> None:
    watch(store, page(REPORT))
    later = MONDAY + 30 * DAY
    plan(store, {}, later)
    store.set_paces({store.page_at(REPORT).id: DAY})  # type: ignore[union-attr]
    due = [task.page.url for task in store.tasks(HOST, MONDAY + timedelta(minutes=1), "due")]
    assert REPORT in due


def test_a_site_with_an_interval_of_its_own_keeps_it(store: Store) -> None:
    watch(store, page(REPORT))
    store.add_watchlist(Watchlist(sites=(Site(HOST, "青禾县", ("qinghe",), every=timedelta(hours=6)),)), MONDAY)
    assert plan(store, {}, MONDAY) == 0


def test_a_page_long_gone_is_looked_at_monthly_and_one_gone_lately_weekly(store: Store) -> None:
    watch(store, page(HOME, Role.HOME), page(REPORT))
    story = Story(store)
    story.run(MONDAY, (REPORT, article("正文")))
    story.run(MONDAY + 20 * DAY, (REPORT, Outcome.GONE))
    plan(store, {}, MONDAY + 30 * DAY)
    assert intervals(store)[REPORT] == 7 * DAY
    plan(store, {}, MONDAY + 90 * DAY)
    assert intervals(store)[REPORT] == 28 * DAY
    story.run(MONDAY + 90 * DAY, (REPORT, article("正文")))
    plan(store, {}, MONDAY + 91 * DAY)
    assert intervals(store)[REPORT] == 7 * DAY


def intervals(store: Store) -> dict[str, timedelta]:
    pages = {page.id: page.url for page in store.pages()}
    return {pages[pace.page]: pace.every for pace in store.paces()}
