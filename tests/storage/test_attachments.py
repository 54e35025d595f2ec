"""Documents that articles link to are watched as pages of their own, not too many at once and not too often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from scenes import COLUMN, DAY, HOST, MONDAY, REPORT, Story, article, listing, page, watch

from storage.records import FILE, Attachment, NewPage, Outcome, Reading, Role, Site, Watchlist
from storage.shelves.attachments import A_DAY, MOST
from storage.store import Store


@pytest.fixture
def story(store: Store) -> Story:
    watch(store, page(REPORT), page(COLUMN, Role.COLUMN))
    return Story(store)


def linking(*attachments: tuple[str, str], text: str = "见附件。") -> Reading:
    made = (Attachment(url if "//" in url else f"http://{HOST}/{url}", name) for url, name in attachments)
    return replace(article(text), attachments=tuple(made))


def found(story: Story, reading: Reading, url: str = REPORT) -> list[str]:
    kept = story.look(story.begin(MONDAY), url, reading, MONDAY)
    return [task.page.url.removeprefix(f"http://{HOST}/") for task in kept.found]


def test_the_documents_of_an_article_become_pages_with_the_role_attachment(story: Story) -> None:
    assert found(story, linking(("fj/1.pdf", "年度报告全文"), ("fj/down.jsp?id=2", "附件：统计表.xlsx"))) == [
        "fj/1.pdf",
        "fj/down.jsp?id=2",
    ]
    one = story.store.page_at(f"http://{HOST}/fj/1.pdf")
    assert one is not None
    assert (one.role, one.title, one.named) == (Role.ATTACHMENT, "年度报告全文", False)


def test_archives_pictures_and_files_of_other_hosts_are_left_alone(story: Story) -> None:
    others = (("fj/1.zip", "全部"), ("fj/2.rar", "全部"), ("fj/3.jpg", "图"), ("https://oss.example/a.pdf", "报告"))
    assert found(story, linking(*others)) == []


def test_a_known_document_is_not_found_again(story: Story) -> None:
    reading = linking(("fj/1.pdf", "报告"))
    assert found(story, reading) == ["fj/1.pdf"]
    assert found(story, replace(reading, body=("另文。",))) == []


def test_only_the_first_documents_of_an_article_are_watched(story: Story) -> None:
    assert len(found(story, linking(*((f"fj/{n}.pdf", "报告") for n in range(MOST + 5))))) == MOST


def test_a_column_and_an_attachment_bring_none(story: Story) -> None:
    assert found(story, linking(("fj/1.pdf", "报告")), COLUMN) == []
    assert found(story, linking(("fj/1.pdf", "报告"))) == ["fj/1.pdf"]
    assert found(story, linking(("fj/2.pdf", "报告")), f"http://{HOST}/fj/1.pdf") == []


def test_a_site_that_is_not_followed_has_its_documents_left_alone(story: Story) -> None:
    story.store.add_watchlist(Watchlist(sites=(Site(HOST, scheme="http", follow=False),)), MONDAY)
    assert found(story, linking(("fj/1.pdf", "报告"))) == []


def test_a_look_that_saw_no_article_brings_none(story: Story) -> None:
    story.look(story.begin(MONDAY), REPORT, Outcome.GONE, MONDAY)
    assert [one.url for one in story.store.pages(HOST) if one.role is Role.ATTACHMENT] == []


def test_of_very_many_documents_found_on_a_day_the_later_ones_wait_for_later_days(story: Story) -> None:
    articles = [f"http://{HOST}/a/{n}.html" for n in range(2 * A_DAY // MOST + 1)]
    story.store.add_watchlist(Watchlist(pages=tuple(NewPage(url, Role.ARTICLE, named=True) for url in articles)), MONDAY)
    now = []
    for number, url in enumerate(articles):
        now += found(story, linking(*((f"fj/{number}-{n}.pdf", "报告") for n in range(MOST))), url)
    assert len(now) == A_DAY
    for day, due in ((0, A_DAY), (1, 2 * A_DAY), (2, 2 * A_DAY + MOST)):
        tasks = story.store.tasks(HOST, MONDAY + day * DAY)
        assert sum(task.page.role is Role.ATTACHMENT for task in tasks) == due


def test_documents_are_looked_at_after_all_other_pages_and_weekly_even_at_a_site_looked_at_hourly(story: Story) -> None:
    story.store.add_watchlist(Watchlist(sites=(Site(HOST, scheme="http", every=timedelta(hours=1)),)), MONDAY)
    late = f"http://{HOST}/late.html"
    story.run(MONDAY, (REPORT, linking(("fj/1.pdf", "报告"))))
    story.store.add_watchlist(Watchlist(pages=(page(late),)), MONDAY)
    assert [task.page.url for task in story.store.tasks(HOST, MONDAY)][-2:] == [late, f"http://{HOST}/fj/1.pdf"]
    story.run(MONDAY + DAY, (f"http://{HOST}/fj/1.pdf", article("全文")))
    due = [[task.page.role for task in story.store.tasks(HOST, MONDAY + day * DAY)] for day in (7, 8)]
    assert [Role.ATTACHMENT in roles for roles in due] == [False, True]


def test_an_article_that_changes_has_its_documents_looked_at_with_the_next_crawl(story: Story) -> None:
    file = f"http://{HOST}/fj/1.pdf"
    reading = linking(("fj/1.pdf", "报告"))
    story.run(MONDAY, (REPORT, reading), (file, article("全文")))
    assert file not in [task.page.url for task in story.store.tasks(HOST, MONDAY + DAY)]
    story.run(MONDAY + DAY, (REPORT, replace(reading, body=("改写了。",))))
    assert file in [task.page.url for task in story.store.tasks(HOST, MONDAY + DAY)]


def test_a_document_keeps_the_name_that_its_article_gave_it(story: Story) -> None:
    file = f"http://{HOST}/fj/P0202601273344.pdf"
    story.run(MONDAY, (REPORT, linking((file, "2025年度报告全文"))), (file, article("全文", "P0202601273344.pdf")))
    one = story.store.page_at(file)
    assert one is not None
    assert one.title == "2025年度报告全文"


def test_a_row_that_leads_to_a_file_keeps_its_title_too_so_that_a_report_is_known_by_it(story: Story) -> None:
    file = f"http://{HOST}/fj/P0202601273344.pdf"
    story.run(MONDAY, (COLUMN, listing(("2025年政府信息公开年度报告", file, "2026-01-27"))))
    story.run(MONDAY + DAY, (file, replace(article("全文", "P0202601273344.pdf", None), family=FILE)))
    (candidate,) = [one for one in story.store.duty_ground("qinghe").candidates if one.url == file]
    assert (candidate.title, candidate.shown) == ("2025年政府信息公开年度报告", "2026-01-27")


def test_a_document_is_no_report_beside_the_article_that_it_hangs_on(story: Story) -> None:
    file = f"http://{HOST}/fj/1.pdf"
    story.run(MONDAY, (REPORT, linking(("fj/1.pdf", "2025年年度报告"))), (file, article("全文")))
    assert [one.url for one in story.store.duty_ground("qinghe").candidates] == [REPORT]
